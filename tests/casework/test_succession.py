"""Councils that were replaced: open cases follow once a lead confirmed, nothing is lost, and no wall opens."""

from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from clearinghouse.access.decision import Membership
from clearinghouse.access.roles import OPERATOR, Region, Role
from clearinghouse.casework.assignment import add_to_case
from clearinghouse.casework.cases import case_list, case_page
from clearinghouse.casework.closing import close_case, reopen_case
from clearinghouse.casework.correction import Swap, correct_authority
from clearinghouse.casework.duties.agenda import agenda
from clearinghouse.casework.errors import Invalid, NotFound, Refused, Stale
from clearinghouse.casework.headers import case_header
from clearinghouse.casework.listing import CaseFilter
from clearinghouse.casework.regional.actions import actions_due
from clearinghouse.casework.regional.deciding import HeldRoundTable, NewDecision, record_round_table
from clearinghouse.casework.regional.round_tables import plan_round_table, round_table_page
from clearinghouse.casework.regional.sharing import record_practice
from clearinghouse.casework.register.keeping import import_register
from clearinghouse.casework.register.succession import (
    Following,
    confirm_succession,
    decline_succession,
    pending_successions,
    preview_succession,
    succession_question,
)
from clearinghouse.casework.register.succession_duties import owe_all_successions
from clearinghouse.casework.world import World
from clearinghouse.protocol.round_table import Decision, Party
from clearinghouse.protocol.signals import SignalTheme
from clearinghouse.protocol.vocabulary import ClosingOutcome, DutyKind
from clearinghouse.records import ledger
from clearinghouse.records.authorities import Authority, AuthorityLineage
from clearinghouse.records.cases import CaseMember
from clearinghouse.records.duties import Duty, DutyState
from clearinghouse.records.events import Event
from clearinghouse.records.succession import SuccessionAnswer
from tests.factories.authorities import authority
from tests.factories.cases import logged_case, triaged_case
from tests.factories.people import again, person
from tests.worlds import Clock

SAMPLE = (Path(__file__).parents[1] / "data" / "register_sample.csv").read_bytes()
WHOLE = Path(__file__).parents[3] / "shared" / "data" / "local_authorities.csv"
YESTERDAY = date(2026, 11, 22)
NORTH_WEST = Region.NORTH_WEST


def replace_council(world: World, old: UUID, *successors: UUID, on: date = YESTERDAY) -> None:
    """What the register says from now on, as an import writes it."""
    with world.unit_of_work(OPERATOR) as work:
        work.session.get_one(Authority, old).ended_on = on
        for each in successors:
            work.session.add(AuthorityLineage(predecessor_id=old, successor_id=each))
    owe_all_successions(world)


def split(world: World) -> tuple[UUID, UUID, UUID]:
    """A county, and the two councils that will follow it."""
    county = authority(world, "Cumberfold County Council", NORTH_WEST)
    return (
        county,
        authority(world, "Westfold Council", NORTH_WEST),
        authority(world, "Eastfold Council", NORTH_WEST),
    )


def owed(world: World) -> list[Any]:
    """The open duties to say what a case names now."""
    with world.reading(OPERATOR) as work:
        query = select(Duty.case_id, Duty.owner_id, Duty.subject_id, Duty.due_on)
        query = query.where(Duty.kind == DutyKind.CONFIRM_SUCCESSION, Duty.state == DutyState.OPEN)
        return list(work.session.execute(query))


def code(world: World, code: str) -> UUID:
    with world.reading(OPERATOR) as work:
        return work.session.scalars(select(Authority.id).where(Authority.code == code)).one()


def test_an_open_case_follows_its_council_once_a_lead_confirmed_what_was_shown(world: World) -> None:
    county, west, east = split(world)
    lead, associate = person(world, Role.LEAD, NORTH_WEST), person(world, Role.ASSOCIATE, NORTH_WEST)
    linked_east = person(world, Role.LEAD, NORTH_WEST, walled_from=east)
    case = logged_case(world, associate, county)
    replace_council(world, county, west, east)

    (duty,) = owed(world)
    assert (duty.owner_id, duty.subject_id) == (lead.id, county)
    (waiting,) = pending_successions(world, lead)
    assert (waiting.council, waiting.successors) == (
        "Cumberfold County Council",
        ("Eastfold Council", "Westfold Council"),
    )
    before = case_header(world, lead, case.case_id)
    assert before.lead_authority.id == county, "nothing follows before a lead confirms"

    following = Following(county, (west,))
    preview = preview_succession(world, lead, case.case_id, following)
    assert (preview.named, preview.lead) == (("Westfold Council",), "Westfold Council")
    assert (preview.gaining, preview.losing, preview.new_owner) == ((), (), None)
    assert confirm_succession(world, lead, case.case_id, before.version, following).still_visible

    header = case_header(world, associate, case.case_id)
    assert header.lead_authority.id == west
    assert [each.id for each in header.former_authorities] == [county]
    assert header.other_authorities == ()
    assert owed(world) == []
    for words in ("cumberfold", "westfold"):
        found = case_list(world, associate, CaseFilter(words=words)).rows
        assert [row.id for row in found] == [case.case_id], f"lost to a search for {words}"
    linked_east = again(world, linked_east)
    with pytest.raises(NotFound):
        case_header(world, linked_east, case.case_id)
    with world.reading(lead) as work:
        entry = ledger.entries(work.session, case.case_id, Event.CASE_SUCCEEDED)[0]
        assert entry.facts["successors"] == [str(west)]
        assert work.session.scalars(select(SuccessionAnswer)).one().ask_again_on is None


def test_a_merger_walls_off_who_is_linked_to_what_the_case_names_now(world: World) -> None:
    """Somebody from a council that was merged into the same one would sit on a case about their own new council."""
    harrow, craven = (authority(world, f"{name} Council", NORTH_WEST) for name in ("Harrow", "Craven"))
    merged = authority(world, "Northdale Council", Region.YORKSHIRE_AND_THE_HUMBER)
    heir = person(world, Role.LEAD, Region.YORKSHIRE_AND_THE_HUMBER, name="Zoe Heir")
    linked = person(world, Role.ASSOCIATE, None, walled_from=craven)
    near = person(world, Role.ASSOCIATE, NORTH_WEST)
    national = person(world, Role.LEAD, None, name="Ann National")
    case = logged_case(world, linked, harrow)
    add_to_case(world, national, case.case_id, None, near.person, Membership.TEAM)
    with world.unit_of_work(OPERATOR) as work:
        work.session.add(AuthorityLineage(predecessor_id=craven, successor_id=merged))
    replace_council(world, harrow, merged)

    following = Following(harrow, (merged,))
    preview = preview_succession(world, national, case.case_id, following)
    assert preview.gaining == (heir.name,)
    assert set(preview.losing) == {linked.name, near.name}
    assert (preview.regions_before, preview.regions_after) == (
        (NORTH_WEST,),
        (Region.YORKSHIRE_AND_THE_HUMBER,),
    )
    assert preview.new_owner == heir.name
    confirm_succession(world, national, case.case_id, None, following)
    for gone in (linked, near):
        with pytest.raises(NotFound):
            case_page(world, again(world, gone), case.case_id)
    header = case_header(world, heir, case.case_id)
    assert (header.owner_id, header.regions) == (heir.id, (Region.YORKSHIRE_AND_THE_HUMBER,))
    with world.reading(heir) as work:
        assert set(work.session.scalars(select(CaseMember.user_id))) == {heir.id}
        open_ones = select(Duty.owner_id).where(Duty.state == DutyState.OPEN)
        assert set(work.session.scalars(open_ones)) <= {heir.id, national.id}


def test_one_old_council_may_be_followed_by_several_and_one_of_them_leads(world: World) -> None:
    county, west, east = split(world)
    lead = person(world, Role.LEAD, NORTH_WEST)
    case_id = triaged_case(world, lead, county)
    replace_council(world, county, west, east)
    confirm_succession(world, lead, case_id, None, Following(county, (east, west), lead=west))
    header = case_header(world, lead, case_id)
    assert (header.lead_authority.id, [each.id for each in header.other_authorities]) == (west, [east])


def test_a_wall_never_opens_where_a_council_is_split(sqlite_world: World) -> None:
    """A lead linked to the successor that was not chosen was walled off before, and must stay so."""
    county, west, east = split(sqlite_world)
    lead = person(sqlite_world, Role.LEAD, NORTH_WEST)
    case_id = triaged_case(sqlite_world, lead, county)
    replace_council(sqlite_world, county, west, east)
    linked = [person(sqlite_world, Role.LEAD, NORTH_WEST, walled_from=each) for each in (county, west, east)]
    confirm_succession(sqlite_world, lead, case_id, None, Following(county, (west,)))
    for each in linked:
        assert pending_successions(sqlite_world, each) == ()
        assert case_list(sqlite_world, each, CaseFilter()).rows == ()
        with pytest.raises(NotFound):
            succession_question(sqlite_world, each, case_id)


def test_not_yet_is_kept_with_its_reason_and_asked_again_on_its_day(world: World, clock: Clock) -> None:
    county, west, _ = split(world)
    lead = person(world, Role.LEAD, NORTH_WEST)
    case_id = triaged_case(world, lead, county)
    replace_council(world, county, west)
    for day in (date(2026, 11, 23), date(2028, 1, 1)):
        with pytest.raises(Invalid) as refused:
            decline_succession(world, lead, case_id, None, county, "Too early.", day)
        assert list(refused.value.problems) == ["ask_again_on"]
    again_on = date(2027, 1, 11)
    decline_succession(world, lead, case_id, None, county, "The new council has no leader yet.", again_on)
    assert [duty.due_on for duty in owed(world)] == [again_on]
    assert owe_all_successions(world) == 0, "asked twice"
    clock.pass_days(60)
    assert [each.due_on for each in pending_successions(world, lead)] == [again_on]
    with world.reading(lead) as work:
        assert (
            work.session.scalars(select(SuccessionAnswer)).one().reason
            == "The new council has no leader yet."
        )


def test_two_leads_at_once_give_one_result(world: World) -> None:
    county, west, east = split(world)
    first, second = person(world, Role.LEAD, NORTH_WEST), person(world, Role.LEAD, NORTH_WEST)
    case_id = triaged_case(world, first, county)
    replace_council(world, county, west, east)
    seen = succession_question(world, first, case_id).case.version
    confirm_succession(world, first, case_id, seen, Following(county, (west,)))
    with pytest.raises(Stale):
        confirm_succession(world, second, case_id, seen, Following(county, (east,)))
    with pytest.raises(Refused, match="another lead"):
        confirm_succession(world, second, case_id, None, Following(county, (east,)))
    with pytest.raises(Refused, match="another lead"):
        decline_succession(world, second, case_id, None, county, "No.", date(2027, 1, 11))
    assert case_header(world, second, case_id).lead_authority.id == west


def test_only_an_unwalled_lead_of_the_region_is_asked(sqlite_world: World) -> None:
    county, west, _ = split(sqlite_world)
    lead = person(sqlite_world, Role.LEAD, NORTH_WEST)
    associate = person(sqlite_world, Role.ASSOCIATE, NORTH_WEST)
    case = logged_case(sqlite_world, associate, county)
    replace_council(sqlite_world, county, west)
    others = [person(sqlite_world, role, None) for role in Role if role is not Role.LEAD]
    others += [
        associate,
        person(sqlite_world, Role.LEAD, Region.LONDON),
        person(sqlite_world, Role.LEAD, NORTH_WEST, walled_from=west),
    ]
    following = Following(county, (west,))
    for each in others:
        assert pending_successions(sqlite_world, each) == ()
        for tried in (
            lambda who: succession_question(sqlite_world, who, case.case_id),
            lambda who: preview_succession(sqlite_world, who, case.case_id, following),
            lambda who: confirm_succession(sqlite_world, who, case.case_id, None, following),
            lambda who: decline_succession(
                sqlite_world, who, case.case_id, None, county, "No.", date(2027, 1, 11)
            ),
        ):
            with pytest.raises(NotFound):
                tried(each)
    assert len(pending_successions(sqlite_world, lead)) == 1


def test_only_a_successor_can_be_chosen_and_somebody_must_be(sqlite_world: World) -> None:
    county, west, east = split(sqlite_world)
    lead = person(sqlite_world, Role.LEAD, NORTH_WEST)
    case_id = triaged_case(sqlite_world, lead, county)
    replace_council(sqlite_world, county, west)
    for following, field in (
        (Following(county, ()), "chosen"),
        (Following(county, (east,)), "chosen"),
        (Following(county, (west,), lead=east), "lead"),
    ):
        with pytest.raises(Invalid) as refused:
            preview_succession(sqlite_world, lead, case_id, following)
        assert list(refused.value.problems) == [field]
    with pytest.raises(Refused):
        confirm_succession(sqlite_world, lead, case_id, None, Following(west, (east,)))


def test_a_case_that_nobody_could_own_stays_where_it_is(sqlite_world: World) -> None:
    old = authority(sqlite_world, "Oldtown Council", NORTH_WEST)
    new = authority(sqlite_world, "Newtown Council", Region.LONDON)
    lead = person(sqlite_world, Role.LEAD, NORTH_WEST)
    case_id = triaged_case(sqlite_world, lead, old)
    replace_council(sqlite_world, old, new)
    with pytest.raises(Refused, match="no lead of London is free"):
        confirm_succession(sqlite_world, lead, case_id, None, Following(old, (new,)))
    assert case_header(sqlite_world, lead, case_id).lead_authority.id == old


def test_a_council_that_ends_later_and_a_case_opened_again_are_asked_about_by_the_clock(
    world: World, clock: Clock
) -> None:
    county, west, _ = split(world)
    lead = person(world, Role.LEAD, NORTH_WEST)
    case_id, closed_id = triaged_case(world, lead, county), triaged_case(world, lead, county)
    close_case(world, lead, closed_id, None, ClosingOutcome.IMPROVED, "All is well.")
    replace_council(world, county, west, on=date(2026, 12, 31))
    assert owed(world) == []
    clock.pass_days(60)
    assert owe_all_successions(world) == 1
    assert [duty.case_id for duty in owed(world)] == [case_id]
    reopen_case(world, lead, closed_id, None, "New talk.")
    assert owe_all_successions(world) == 1
    assert {duty.case_id for duty in owed(world)} == {case_id, closed_id}


def test_a_chain_of_reorganisations_leads_to_who_stands_there_today(sqlite_world: World) -> None:
    first, second, third = (
        authority(sqlite_world, f"{name} Council", NORTH_WEST) for name in ("First", "Second", "Third")
    )
    lead = person(sqlite_world, Role.LEAD, NORTH_WEST)
    case_id = triaged_case(sqlite_world, lead, first)
    replace_council(sqlite_world, second, third)
    replace_council(sqlite_world, first, second)
    question = succession_question(sqlite_world, lead, case_id)
    assert [each.id for each in question.successors] == [third]
    confirm_succession(sqlite_world, lead, case_id, None, Following(first, (third,)))
    assert succession_question(sqlite_world, lead, case_id).council_id is None


def test_a_second_reorganisation_keeps_every_former_name(sqlite_world: World) -> None:
    first, second, third = (
        authority(sqlite_world, f"{name} Council", NORTH_WEST) for name in ("First", "Second", "Third")
    )
    lead = person(sqlite_world, Role.LEAD, NORTH_WEST)
    case_id = triaged_case(sqlite_world, lead, first)
    replace_council(sqlite_world, first, second)
    confirm_succession(sqlite_world, lead, case_id, None, Following(first, (second,)))
    replace_council(sqlite_world, second, third)
    confirm_succession(sqlite_world, lead, case_id, None, Following(second, (third,)))
    header = case_header(sqlite_world, lead, case_id)
    assert (header.lead_authority.id, {each.id for each in header.former_authorities}) == (
        third,
        {first, second},
    )


def test_correcting_a_successor_that_was_wrong_takes_its_former_name_along(sqlite_world: World) -> None:
    """People linked to a council that the case was never about would stay walled off from it."""
    old, new, right = (
        authority(sqlite_world, f"{name} Council", NORTH_WEST) for name in ("Old", "New", "Right")
    )
    lead = person(sqlite_world, Role.LEAD, NORTH_WEST)
    linked = person(sqlite_world, Role.LEAD, NORTH_WEST, walled_from=old)
    case_id, other_id = triaged_case(sqlite_world, lead, old), triaged_case(sqlite_world, lead, old)
    replace_council(sqlite_world, old, new)
    confirm_succession(sqlite_world, lead, case_id, None, Following(old, (new,)))
    correct_authority(sqlite_world, lead, case_id, None, Swap(new, right), "Misheard.")
    header = case_header(sqlite_world, linked, case_id)
    assert (header.lead_authority.id, header.former_authorities) == (right, ())
    correct_authority(sqlite_world, lead, other_id, None, Swap(old, right), "Misheard.")
    assert owed(sqlite_world) == [], "still asked about a council that the case does not name"


def changed(code: bytes, *pairs: tuple[bytes, bytes]) -> bytes:
    """The sample with one council's line changed."""
    lines = SAMPLE.splitlines(keepends=True)
    number = next(n for n, line in enumerate(lines) if line.startswith(code + b","))
    for old, new in pairs:
        assert old in lines[number]
        lines[number] = lines[number].replace(old, new)
    return b"".join(lines)


def test_an_import_that_moves_a_council_replaces_who_loses_sight(world: World) -> None:
    """The case would be owned, and its duties owed, by people who cannot open it."""
    import_register(world, OPERATOR, SAMPLE)
    lead, associate = (
        person(world, Role.LEAD, Region.SOUTH_EAST),
        person(world, Role.ASSOCIATE, Region.SOUTH_EAST),
    )
    heir = person(world, Role.LEAD, Region.SOUTH_WEST)
    case = logged_case(world, associate, code(world, "KEN"))
    import_register(world, OPERATOR, changed(b"KEN", (b"South East", b"South West")))
    header = case_header(world, heir, case.case_id)
    assert (header.owner_id, header.regions) == (heir.id, (Region.SOUTH_WEST,))
    with world.reading(heir) as work:
        assert set(work.session.scalars(select(Duty.owner_id))) == {heir.id}
        assert set(work.session.scalars(select(CaseMember.user_id))) == {heir.id}
        entry = ledger.entries(work.session, case.case_id, Event.CASE_MOVED)[0]
        assert entry.facts["left"] == [str(associate.id)]
    for gone in (lead, associate):
        with pytest.raises(NotFound):
            case_header(world, gone, case.case_id)


def test_an_import_that_brings_lineage_hands_on_what_its_wall_now_stops(sqlite_world: World) -> None:
    """Somebody linked to a successor would go on owning the case about what it replaced."""
    world = sqlite_world
    before = changed(b"SWT", (b"2023-04-01", b""), (b"SMT", b""), (b"False", b"True"))
    assert import_register(world, OPERATOR, before).problems == ()
    lead = person(world, Role.LEAD, Region.SOUTH_WEST)
    linked = person(world, Role.LEAD, Region.SOUTH_WEST, walled_from=code(world, "SMT"))
    case_id = triaged_case(world, linked, code(world, "SWT"))
    import_register(world, OPERATOR, SAMPLE)
    with pytest.raises(NotFound):
        case_header(world, again(world, linked), case_id)
    assert case_header(world, lead, case_id).owner_id == lead.id
    with world.reading(OPERATOR) as work:
        open_ones = select(Duty.owner_id).where(Duty.state == DutyState.OPEN)
        assert set(work.session.scalars(open_ones)) == {lead.id}
    (waiting,) = pending_successions(world, lead)
    assert waiting.case.id == case_id
    assert [entry.kind for day in agenda(world, lead).days for entry in day.entries].count(
        DutyKind.CONFIRM_SUCCESSION
    ) == 1


@pytest.mark.skipif(not WHOLE.exists(), reason="the published register is not at hand")
@pytest.mark.parametrize(
    ("old", "successors"),
    [
        ("HAG", {"NYE"}),
        ("CMA", {"CBD", "WAF"}),
        ("NTH", {"NNT", "WNT"}),
        ("TAU", {"SMT"}),
    ],
    ids=["North Yorkshire: one", "Cumbria: two", "Northamptonshire: two", "Taunton: through two steps"],
)
def test_the_published_register_leads_every_case_to_who_stands_there_today(
    sqlite_world: World, old: str, successors: set[str]
) -> None:
    world = sqlite_world
    import_register(world, OPERATOR, WHOLE.read_bytes())
    lead = person(world, Role.LEAD, None)
    case_id = triaged_case(world, lead, code(world, old))
    assert owe_all_successions(world) == 1
    question = succession_question(world, lead, case_id)
    with world.reading(OPERATOR) as work:
        codes = {work.session.get_one(Authority, each.id).code for each in question.successors}
    assert codes == successors
    chosen = tuple(each.id for each in question.successors)
    confirm_succession(world, lead, case_id, question.case.version, Following(code(world, old), chosen))
    assert pending_successions(world, lead) == ()


def test_an_import_that_brings_lineage_hands_on_regional_actions_too(sqlite_world: World) -> None:
    """What a round table decided would be owed by somebody who cannot open it, and be done by nobody."""
    world = sqlite_world
    before = changed(b"SWT", (b"2023-04-01", b""), (b"SMT", b""), (b"False", b"True"))
    assert import_register(world, OPERATOR, before).problems == ()
    lead = person(world, Role.LEAD, Region.SOUTH_WEST)
    linked = person(world, Role.LEAD, Region.SOUTH_WEST, walled_from=code(world, "SMT"))
    record_practice(world, lead, code(world, "SWT"), SignalTheme.WASTE, "Reuse shops.")
    table = plan_round_table(world, lead, Region.SOUTH_WEST, date(2026, 12, 1))
    (item,) = round_table_page(world, lead, table).items
    decided = NewDecision(Decision.TAKEN_UP, "Visit and learn.", linked.id, date(2026, 12, 14))
    held = HeldRoundTable(date(2026, 11, 23), (Party.RIEP,), {item.key: decided})
    record_round_table(world, lead, table, None, held)
    assert actions_due(world, linked)
    import_register(world, OPERATOR, SAMPLE)
    assert actions_due(world, again(world, linked)) == ()
    assert [each.owner for each in actions_due(world, lead)] == [lead.name]
