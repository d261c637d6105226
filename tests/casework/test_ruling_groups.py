"""Which group runs a council: a peer of that group is warned of until the team has a councillor of another."""

from datetime import date, timedelta
from uuid import UUID

import pytest

from clearinghouse.access.roles import Actor, Region, Role
from clearinghouse.casework.errors import Invalid, NotFound
from clearinghouse.casework.register.ruling_groups import (
    EnteredGroup,
    RulingGroup,
    entered_group,
    record_ruling_group,
)
from clearinghouse.casework.teams.choosing import TeamNeeds, add_to_team, propose_team
from clearinghouse.casework.teams.pages import match_page
from clearinghouse.casework.world import World
from clearinghouse.records import ledger
from clearinghouse.records.events import Event
from tests.factories.authorities import authority
from tests.factories.cases import triaged_case
from tests.factories.peers import peer
from tests.factories.people import person

SINCE = date(2023, 5, 4)
NEEDS = TeamNeeds(date(2026, 12, 7), date(2026, 12, 18), 4)
WARNED = (
    "Belongs to the Green group, which has led Midthorpe Council since 4 May 2023,"
    " and the team has no councillor of another group."
)


@pytest.fixture
def cora(sqlite_world: World) -> Actor:
    return person(sqlite_world, Role.COORDINATOR, None)


def entries(world: World, actor: Actor) -> list[ledger.Entry]:
    with world.reading(actor) as work:
        found = ledger.entries(work.session, world.vault.installation, Event.AUTHORITY_RULED)
        assert all(each.facts for each in found), "what an event says opens within the work that read it"
        return found


def councillor(world: World, name: str, council: str, group: str) -> UUID:
    return peer(
        world,
        name,
        authority(world, council),
        kind="councillor",
        role="Leader",
        political_group=group,
    )


def test_the_warning_comes_with_the_group_and_goes_with_a_councillor_of_another(world: World) -> None:
    lead, cora = person(world, Role.LEAD), person(world, Role.COORDINATOR, None)
    council = authority(world)
    case_id = triaged_case(world, lead, council)
    dinah = councillor(world, "Dinah Oke", "Oxtown Council", "green")
    other = councillor(world, "Gwen Parry", "Calderwick Council", "Labour")
    team = propose_team(world, cora, case_id, None, NEEDS)

    def warnings() -> dict[UUID, tuple[str, ...]]:
        return {each.id: each.warnings for each in match_page(world, cora, case_id).candidates}

    assert warnings() == {dinah: (), other: ()}
    record_ruling_group(world, cora, council, "Green", SINCE)
    assert warnings() == {dinah: (WARNED,), other: ()}
    add_to_team(world, cora, case_id, None, team, other)
    assert warnings() == {dinah: ()}


def test_what_is_entered_is_read_back_with_its_day_and_the_same_again_leaves_no_event(world: World) -> None:
    """The group's name is free text: the ledger, which is never erased, would hold whatever was typed there."""
    cora, council = person(world, Role.COORDINATOR, None), authority(world)
    assert entered_group(world, cora, council) == EnteredGroup(RulingGroup(), None)
    for typed in ("Green  Party ", "Green Party"):
        record_ruling_group(world, cora, council, typed, SINCE)
    found = entered_group(world, cora, council)
    assert found == EnteredGroup(RulingGroup("Green Party", SINCE), world.now())
    (event,) = entries(world, cora)
    assert event.facts == {"authority": str(council), "since": str(SINCE)}
    record_ruling_group(world, cora, council, "", None)
    assert entered_group(world, cora, council).ruling == RulingGroup()
    assert entries(world, cora)[0].facts == {"authority": str(council), "since": None}


@pytest.mark.parametrize(
    ("group", "days", "field"),
    [
        ("Green", None, "since"),
        ("Green", 1, "since"),
        (" ", 0, "group"),
        ("G" * 61, 0, "group"),
        ("Gr\x00een", 0, "group"),
    ],
)
def test_half_an_answer_and_a_day_to_come_are_refused_and_nothing_is_kept(
    sqlite_world: World, cora: Actor, group: str, days: int | None, field: str
) -> None:
    council = authority(sqlite_world)
    since = None if days is None else sqlite_world.today + timedelta(days=days)
    with pytest.raises(Invalid) as problem:
        record_ruling_group(sqlite_world, cora, council, group, since)
    assert set(problem.value.problems) == {field}
    assert entries(sqlite_world, cora) == []


def test_needs_that_are_refused_keep_no_group_either(sqlite_world: World, cora: Actor) -> None:
    council = authority(sqlite_world)
    case_id = triaged_case(sqlite_world, person(sqlite_world, Role.LEAD), council)
    wrong = TeamNeeds(NEEDS.first, NEEDS.last, 0)
    for needs, ruling, fields in (
        (wrong, RulingGroup("Green", SINCE), {"days"}),
        (wrong, RulingGroup("Green"), {"days", "since"}),
    ):
        with pytest.raises(Invalid) as problem:
            propose_team(sqlite_world, cora, case_id, None, needs, ruling)
        assert set(problem.value.problems) == fields
    assert entered_group(sqlite_world, cora, council).ruling == RulingGroup()
    propose_team(sqlite_world, cora, case_id, None, NEEDS, RulingGroup("Green", SINCE))
    propose_team(sqlite_world, cora, case_id, None, NEEDS)
    assert entered_group(sqlite_world, cora, council).ruling == RulingGroup("Green", SINCE)


@pytest.mark.parametrize(
    ("role", "region", "walled"),
    [
        (Role.COORDINATOR, None, True),
        (Role.LEAD, Region.NORTH_EAST, False),
        (Role.ADMINISTRATOR, None, False),
    ],
)
def test_nobody_else_enters_or_reads_it(
    sqlite_world: World, cora: Actor, role: Role, region: Region | None, walled: bool
) -> None:
    """Somebody linked to the council, or to what it replaced, could take the warning away."""
    old = authority(sqlite_world, "Elderton Council", ended_on=date(2023, 4, 1))
    council = authority(sqlite_world, replaces=(old,))
    outsider = person(sqlite_world, role, region, walled_from=old if walled else None)
    with pytest.raises(NotFound):
        record_ruling_group(sqlite_world, outsider, council, "Green", SINCE)
    with pytest.raises(NotFound):
        entered_group(sqlite_world, outsider, council)
    assert entries(sqlite_world, cora) == []
