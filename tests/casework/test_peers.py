"""The register of peers: what a filter finds, who sees what is sealed, and what can be recorded of a peer."""

from datetime import date
from uuid import UUID

import pytest

from clearinghouse.access.roles import Actor, Region, Role
from clearinghouse.casework.errors import Invalid, NotFound, Refused
from clearinghouse.casework.peers.listing import ON_A_PAGE, Accreditation, PeerFilter, peer_list
from clearinghouse.casework.peers.register import (
    declare_interest,
    peer_page,
    record_absence,
    restore_peer,
    suspend_peer,
)
from clearinghouse.casework.world import World
from clearinghouse.protocol.peer_words import Service, Theme
from clearinghouse.protocol.peers import PeerKind
from clearinghouse.records import ledger
from clearinghouse.records.events import Event
from tests.factories.authorities import authority
from tests.factories.peers import USUAL, code_of, peer, peer_file
from tests.factories.people import person

SECRET = "canary-house-5520"


@pytest.fixture
def cora(sqlite_world: World) -> Actor:
    return person(sqlite_world, Role.COORDINATOR, None)


def names(world: World, actor: Actor, **given: object) -> list[str]:
    return [row.name for row in peer_list(world, actor, PeerFilter(**given)).rows]  # type: ignore[arg-type]  # as given


def test_a_filter_finds_by_words_kind_knowledge_region_and_accreditation(world: World) -> None:
    cora, council = person(world, Role.COORDINATOR, None), authority(world)
    peer(
        world,
        "Ann Able",
        council,
        themes="finance;governance",
        regions="London",
        accredited_until="2026-12-31",
    )
    peer(world, "Bo Baker", council, kind="councillor", services="waste", suspended="True")
    peer(world, "Cy Carr", council, accredited_until="2026-11-22")
    peer(world, "Di Dunn", kind="specialist", accredited_from="", accredited_until="")
    assert names(world, cora) == ["Ann Able", "Bo Baker", "Cy Carr", "Di Dunn"]
    assert names(world, cora, words="AB an") == ["Ann Able"]
    assert names(world, cora, words="%") == []
    assert names(world, cora, kind=PeerKind.COUNCILLOR) == ["Bo Baker"]
    assert names(world, cora, theme=Theme.GOVERNANCE) == ["Ann Able"]
    assert names(world, cora, service=Service.WASTE) == ["Bo Baker"]
    assert names(world, cora, region=Region.LONDON) == ["Ann Able"]
    assert names(world, cora, accreditation=Accreditation.NOW) == ["Ann Able", "Di Dunn"]
    assert names(world, cora, accreditation=Accreditation.NOT_NOW) == ["Bo Baker", "Cy Carr"]
    assert names(world, cora, accreditation=Accreditation.ENDING) == ["Ann Able"]


def test_pages_follow_one_another_forwards_and_back_without_gap_or_repeat(
    sqlite_world: World, cora: Actor
) -> None:
    from clearinghouse.casework.peers.importing import import_peers

    code = code_of(sqlite_world, authority(sqlite_world))
    rows = [
        {"code": f"K{n}", "name": f"Same Name {n % 7}", **USUAL, "authority_code": code}
        for n in range(ON_A_PAGE + 9)
    ]
    import_peers(sqlite_world, cora, peer_file(*rows))
    first = peer_list(sqlite_world, cora, PeerFilter())
    second = peer_list(sqlite_world, cora, PeerFilter(), first.next)
    assert (first.previous, second.next) == (None, None)
    found = [row.code for row in (*first.rows, *second.rows)]
    assert len(found) == len(set(found)) == ON_A_PAGE + 9
    back = peer_list(sqlite_world, cora, PeerFilter(), second.previous)
    assert (back.rows, back.previous) == (first.rows, None)


def test_contact_and_interests_are_for_those_who_keep_the_register_and_leave_a_trace(world: World) -> None:
    cora, lead = person(world, Role.COORDINATOR, None), person(world, Role.LEAD)
    council = authority(world)
    one = peer(world, "Ann Able", council, contact=SECRET)
    declare_interest(world, cora, one, council, f"{SECRET}, hers")
    shown = peer_page(world, cora, one).sealed
    assert shown is not None
    assert (shown.contact, [each.words for each in shown.interests]) == (SECRET, [f"{SECRET}, hers"])
    assert SECRET not in repr(shown)
    assert peer_page(world, lead, one).sealed is None
    with world.reading(cora) as work:
        opened = ledger.entries(work.session, one, Event.PEER_OPENED)
        assert [entry.actor for entry in opened] == [str(cora.id)]


def test_an_absence_and_a_suspension_are_recorded_and_a_suspension_ends(
    sqlite_world: World, cora: Actor
) -> None:
    one = peer(sqlite_world, "Ann Able", authority(sqlite_world))
    record_absence(sqlite_world, cora, one, date(2026, 12, 1), date(2026, 12, 3))
    for first, last in ((date(2026, 12, 3), date(2026, 12, 1)), (date(2026, 10, 1), date(2026, 10, 2))):
        with pytest.raises(Invalid):
            record_absence(sqlite_world, cora, one, first, last)
    with pytest.raises(Refused):
        restore_peer(sqlite_world, cora, one)
    suspend_peer(sqlite_world, cora, one)
    shown = peer_page(sqlite_world, cora, one)
    assert (shown.facts.suspended, shown.is_accredited) == (True, False)
    assert [period.last for period in shown.facts.unavailable] == [date(2026, 12, 3)]
    restore_peer(sqlite_world, cora, one)
    assert peer_page(sqlite_world, cora, one).is_accredited


@pytest.mark.parametrize(
    "role", [Role.ASSOCIATE, Role.ADMINISTRATOR, Role.AUDIT_OFFICER, Role.POLITICAL_LEAD]
)
def test_there_is_no_register_for_others(sqlite_world: World, role: Role) -> None:
    one, other = peer(sqlite_world, "Ann Able", authority(sqlite_world)), person(sqlite_world, role)
    with pytest.raises(NotFound):
        peer_list(sqlite_world, other, PeerFilter())
    with pytest.raises(NotFound):
        peer_page(sqlite_world, other, one)


def test_a_lead_reads_the_register_and_changes_nothing(sqlite_world: World) -> None:
    council = authority(sqlite_world)
    one, lead = peer(sqlite_world, "Ann Able", council), person(sqlite_world, Role.LEAD)
    assert names(sqlite_world, lead) == ["Ann Able"]
    with pytest.raises(NotFound):
        suspend_peer(sqlite_world, lead, one)
    with pytest.raises(NotFound):
        declare_interest(sqlite_world, lead, one, council, "Mine.")
    with pytest.raises(NotFound):
        record_absence(sqlite_world, lead, UUID(int=1), date(2026, 12, 1), date(2026, 12, 3))
