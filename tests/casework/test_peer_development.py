"""What changes about peers over the years: accreditation that ends, days of the council year, training, groups."""

from datetime import date
from uuid import UUID

import pytest
from sqlalchemy import select

from clearinghouse.access.roles import OPERATOR, Actor, Region, Role
from clearinghouse.casework.errors import Invalid, NotFound, Refused
from clearinghouse.casework.peers.accreditation import (
    SHOWN,
    AccreditationsDue,
    Renewal,
    accreditations_due,
    let_accreditation_lapse,
    renew_accreditation,
    watch_accreditations,
)
from clearinghouse.casework.peers.development import change_group, change_offer, record_training
from clearinghouse.casework.peers.export import export_peers
from clearinghouse.casework.peers.importing import PeerImportReport, import_peers
from clearinghouse.casework.peers.listing import PeerFilter, peer_list
from clearinghouse.casework.peers.register import PeerPage, peer_page
from clearinghouse.casework.teams.choosing import TeamNeeds
from clearinghouse.casework.verification import verify
from clearinghouse.casework.world import World
from clearinghouse.jobs.ticking import run_clock
from clearinghouse.protocol.peer_words import Course, Level
from clearinghouse.records import ledger
from clearinghouse.records.duties import Letter
from clearinghouse.records.events import Event
from tests.casework.test_teams import Scene
from tests.factories.authorities import authority
from tests.factories.cases import triaged_case
from tests.factories.peers import code_of, peer, peer_file
from tests.factories.people import again, person
from tests.factories.teams import send_team
from tests.worlds import Clock

NEW = Renewal("LGA", date(2026, 11, 1), date(2029, 10, 31), Level.LEADER)


def letters(world: World, person_id: UUID | None) -> int:
    with world.reading(OPERATOR) as work:
        mine = (Letter.user_id == person_id, Letter.kind == "accreditation_ends")
        return len(work.session.scalars(select(Letter.id).where(*mine)).all())


def events(world: World, peer_id: UUID) -> list[Event]:
    with world.reading(OPERATOR) as work:
        told = (entry.type for entry in ledger.entries(work.session, peer_id) if "accred" in entry.type)
        return list(reversed(list(told)))


def due(world: World, actor: Actor) -> list[tuple[str, bool]]:
    return [(each.name, each.is_overdue) for each in accreditations_due(world, actor).first]


def page_of(world: World, actor: Actor, peer_id: UUID) -> PeerPage:
    return peer_page(world, actor, peer_id)


def test_an_accreditation_that_ends_is_owed_told_and_ended_by_renewing_it(world: World, clock: Clock) -> None:
    """A peer would lapse unseen, and be missed on the day a team is put together."""
    cora, colleague = person(world, Role.COORDINATOR, None), person(world, Role.COORDINATOR, None)
    lead, council = person(world, Role.LEAD), authority(world)
    ann = peer(world, "Ann Able", council, accredited_until="2027-02-01")
    peer(world, "Una Fox", council, accredited_until="2027-06-30")
    peer(world, "Old Hand", council, accredited_until="2025-12-31")
    for _ in range(2):
        run_clock(world, once=True)
    assert due(world, cora) == [("Ann Able", False)]
    assert due(world, lead) == [], "a lead reads the register and does not keep it"
    assert page_of(world, cora, ann).is_owed
    assert (letters(world, cora.id), letters(world, colleague.id), letters(world, lead.id)) == (1, 1, 0)
    assert events(world, ann) == [Event.PEER_ACCREDITATION_DUE]
    clock.pass_days(60)
    run_clock(world, once=True)
    assert letters(world, cora.id) == 2, "reminded ten working days before"
    clock.pass_days(20)
    for _ in range(2):
        run_clock(world, once=True)
    assert ("Ann Able", True) in due(world, again(world, cora))
    assert events(world, ann) == [
        Event.PEER_ACCREDITATION_DUE,
        Event.PEER_ACCREDITATION_REMINDED,
        Event.PEER_ACCREDITATION_OVERDUE,
    ]
    renew_accreditation(world, again(world, cora), ann, NEW)
    shown = page_of(world, again(world, cora), ann)
    assert (shown.is_owed, shown.level, shown.facts.accredited_until, shown.is_accredited) == (
        False,
        Level.LEADER,
        NEW.until,
        True,
    )
    assert "Ann Able" not in dict(due(world, again(world, cora)))
    assert watch_accreditations(world) == 0
    assert verify(world).faults == ()


def test_it_may_be_left_to_lapse_and_a_file_that_moves_the_day_ends_it_too(
    sqlite_world: World, clock: Clock
) -> None:
    """Coordinators would be reminded for ever of somebody who has stepped down, or of a day that is none."""
    world, cora = sqlite_world, person(sqlite_world, Role.COORDINATOR, None)
    council = authority(world)
    ann = peer(world, "Ann Able", council, accredited_until="2027-02-01")
    una = peer(world, "Una Fox", council, accredited_until="2027-02-02")
    with pytest.raises(Refused, match="Nothing is owed"):
        let_accreditation_lapse(world, cora, ann)
    watch_accreditations(world)
    let_accreditation_lapse(world, cora, ann)
    assert page_of(world, cora, ann).facts.accredited_until == date(2027, 2, 1), "it holds until its day"
    code = page_of(world, cora, una).code
    moved = {"code": code, "name": "Una Fox", "kind": "officer", "role": "Director"}
    import_peers(world, cora, peer_file(moved | {"accredited_until": "2027-02-03"}))
    assert due(world, cora) == []
    assert watch_accreditations(world) == 1
    assert due(world, cora) == [("Una Fox", False)]
    clock.pass_days(80)
    assert watch_accreditations(world) == 1, "raised, of Una alone"


def test_an_agenda_lists_the_first_to_end_and_says_how_many_follow(sqlite_world: World) -> None:
    """A whole generation of peers that was accredited on one day would bury what else is due."""
    world, cora = sqlite_world, person(sqlite_world, Role.COORDINATOR, None)
    alike = {"kind": "officer", "role": "Director", "accredited_until": "2027-02-01"}
    alike["authority_code"] = code_of(world, authority(world))
    many = [{"code": f"P{number:02}", "name": f"Peer {number:02}", **alike} for number in range(SHOWN + 2)]
    assert import_peers(world, cora, peer_file(*many)).created == len(many)
    watch_accreditations(world)
    assert [name for name, _ in due(world, cora)] == [each["name"] for each in many[:SHOWN]]
    assert accreditations_due(world, cora).further == 2


@pytest.mark.parametrize(
    ("given", "field"),
    [
        (Renewal(" ", NEW.first, NEW.until, NEW.level), "by"),
        (Renewal("LGA", date(2026, 12, 25), NEW.until, NEW.level), "first"),
        (Renewal("LGA", NEW.first, date(2026, 11, 2), NEW.level), "until"),
    ],
)
def test_a_renewal_that_makes_no_sense_is_refused_beside_the_field(
    sqlite_world: World, given: Renewal, field: str
) -> None:
    one = peer(sqlite_world, "Ann Able", authority(sqlite_world))
    with pytest.raises(Invalid) as problem:
        renew_accreditation(sqlite_world, person(sqlite_world, Role.COORDINATOR, None), one, given)
    assert set(problem.value.problems) == {field}


@pytest.mark.parametrize("role", [Role.LEAD, Role.ASSOCIATE, Role.ADMINISTRATOR, Role.AUDIT_OFFICER])
def test_nobody_changes_a_peer_who_does_not_keep_the_register(sqlite_world: World, role: Role) -> None:
    """A lead who wants a peer could renew them, or give them days."""
    world, one = sqlite_world, peer(sqlite_world, "Ann Able", authority(sqlite_world))
    outsider = person(
        world, role, None if role in (Role.ADMINISTRATOR, Role.AUDIT_OFFICER) else Region.LONDON
    )
    for change in (
        lambda: renew_accreditation(world, outsider, one, NEW),
        lambda: let_accreditation_lapse(world, outsider, one),
        lambda: record_training(world, outsider, one, Course.INDUCTION, date(2026, 5, 1)),
        lambda: change_group(world, outsider, one, "Green", date(2026, 5, 1)),
        lambda: change_offer(world, outsider, one, 5, ()),
    ):
        with pytest.raises(NotFound):
            change()
    watch_accreditations(world)
    assert accreditations_due(world, outsider) == AccreditationsDue()


def test_training_group_days_and_regions_are_kept_with_their_dates(world: World) -> None:
    cora, council = person(world, Role.COORDINATOR, None), authority(world)
    one = peer(world, "Ann Able", council, kind="councillor", political_group="Labour")
    record_training(world, cora, one, Course.TEAM_LEADING, date(2026, 5, 1))
    with pytest.raises(Invalid, match="already"):
        record_training(world, cora, one, Course.TEAM_LEADING, date(2026, 5, 1))
    with pytest.raises(Invalid):
        record_training(world, cora, one, Course.SHADOWING, date(2027, 5, 1))
    change_group(world, cora, one, "Independent", date(2026, 9, 1))
    for wrong, since in (
        ("independent", date(2026, 9, 2)),
        ("Green", date(2026, 9, 1)),
        ("A: B", date(2026, 9, 2)),
    ):
        with pytest.raises(Invalid):
            change_group(world, cora, one, wrong, since)
    change_offer(world, cora, one, 12, {Region.LONDON, Region.NORTH_WEST})
    shown = page_of(world, cora, one)
    assert [(each.course, each.taken_on) for each in shown.training] == [
        (Course.TEAM_LEADING, date(2026, 5, 1))
    ]
    assert (shown.facts.political_group, shown.group_since) == ("Independent", date(2026, 9, 1))
    assert [(each.name, each.since, each.until) for each in shown.former_groups] == [
        ("Labour", None, date(2026, 8, 31))
    ]
    assert (shown.facts.days_offered, sorted(shown.facts.regions)) == (12, ["London", "North West"])
    officer = peer(world, "Bo Lee", council)
    with pytest.raises(Refused, match="councillors"):
        change_group(world, cora, officer, "Green", date(2026, 5, 1))
    exported = export_peers(world, cora, PeerFilter())
    assert "team_leading:2026-05-01" in exported
    assert "Labour::2026-08-31" in exported
    assert import_peers(world, cora, exported.encode()) == PeerImportReport(unchanged=2)
    assert verify(world).faults == ()


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        ({"training": "juggling:2026-01-01"}, "training has 'juggling:2026-01-01'"),
        ({"training": "induction"}, "training has 'induction'"),
        ({"former_groups": "Labour:2020-01-01"}, "it must be NAME:since:until"),
        ({"former_groups": "Labour:2020-01-01:2019-01-01"}, "ends before it begins"),
        ({"former_groups": "Labour:2020-01-01:"}, "it must be NAME:since:until"),
        ({"accreditation_level": "wizard"}, "accreditation_level is 'wizard'"),
        ({"political_group_since": "1 May"}, "a date looks like"),
        ({"days_used_year": "last"}, "it must be a whole number"),
    ],
)
def test_each_new_column_says_what_is_wrong_and_nothing_is_imported(
    sqlite_world: World, cell: dict[str, str], words: str
) -> None:
    code = code_of(sqlite_world, authority(sqlite_world))
    good = {"code": "P-1", "name": "Ian Bell", "kind": "officer", "role": "Director", "authority_code": code}
    report = import_peers(sqlite_world, OPERATOR, peer_file(good | {"code": "P-2"}, good | cell))
    assert len(report.errors) == 1
    assert words in report.errors[0].words
    assert peer_list(sqlite_world, person(sqlite_world, Role.COORDINATOR, None), PeerFilter()).rows == ()


def test_days_begin_anew_on_1_april_and_a_team_counts_where_its_days_fall(world: World, clock: Clock) -> None:
    """Peers would stay used up for ever, or be asked for days that are counted on already."""
    lead, cora = person(world, Role.LEAD), person(world, Role.COORDINATOR, None)
    council = authority(world, "Midthorpe Council")
    scene = Scene(world, lead, cora, council, triaged_case(world, lead, council))
    three = [
        peer(world, name, authority(world, f"{name}’s Council"), days_used="3", accredited_until="2029-01-01")
        for name in ("Ann", "Bo", "Cy")
    ]
    team = scene.propose(*three, needs=TeamNeeds(date(2027, 3, 29), date(2027, 4, 9), 8))
    send_team(world, cora, scene.case_id, team)
    facts = page_of(world, cora, three[0]).facts
    assert (facts.days_used, facts.days_booked_next) == (5, 6)
    assert {row.days_left for row in peer_list(world, cora, PeerFilter()).rows} == {15}
    march = export_peers(world, cora, PeerFilter())
    assert import_peers(world, cora, march.encode()) == PeerImportReport(unchanged=3)
    clock.pass_days((date(2027, 4, 1) - world.today).days)
    cora = again(world, cora)
    facts = page_of(world, cora, three[0]).facts
    assert (facts.days_used, facts.days_booked_next) == (6, 0)
    assert page_of(world, cora, three[0]).year_began == date(2027, 4, 1)
    # What a file of March says of days used is not of this year.
    assert import_peers(world, cora, march.encode()) == PeerImportReport(unchanged=3)
    plain = {
        "code": march.splitlines()[1].partition(",")[0],
        "name": "Ann",
        "kind": "officer",
        "role": "Director of finance",
    }
    import_peers(world, cora, peer_file(plain | {"days_used": "9"}))
    assert page_of(world, cora, three[0]).facts.days_used == 9
    assert import_peers(world, cora, peer_file(plain | {"days_used": "9"})) == PeerImportReport(unchanged=1)
