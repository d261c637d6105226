"""Round tables: an agenda that misses nothing, decisions that become duties, nothing told to the wrong person."""

from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest
from sqlalchemy import select

from clearinghouse.access.roles import Actor, Region, Role
from clearinghouse.casework.cases import case_page
from clearinghouse.casework.closing import close_case
from clearinghouse.casework.duties.followups import schedule_followup
from clearinghouse.casework.errors import Invalid, NotFound, Refused, Stale
from clearinghouse.casework.meetings.recording import record_meeting
from clearinghouse.casework.regional import deciding
from clearinghouse.casework.regional.actions import (
    action_entry,
    action_page,
    actions_due,
    finish_action,
    move_action,
)
from clearinghouse.casework.regional.deciding import (
    NewDecision,
    decide_what_is_left,
    record_round_table,
)
from clearinghouse.casework.regional.items import items_waiting
from clearinghouse.casework.regional.round_tables import (
    move_round_table,
    plan_round_table,
    round_table_page,
    round_tables_of,
)
from clearinghouse.casework.regional.sharing import NewSupportOffer, offer_support, record_practice
from clearinghouse.casework.world import World
from clearinghouse.protocol.round_table import Decision, Helpers, ItemKind, Party, Planning
from clearinghouse.protocol.signals import Direction, SignalTheme
from clearinghouse.protocol.vocabulary import ClosingOutcome, DutyKind, Route
from clearinghouse.records import ledger
from clearinghouse.records.cases import Case, Closing
from clearinghouse.records.duties import Duty, DutyState
from clearinghouse.records.events import Event
from clearinghouse.records.regional import RoundTableItem
from clearinghouse.records.verification import verify_records
from tests.factories.authorities import authority
from tests.factories.cases import triaged_case
from tests.factories.meetings import ISSUE_B, joint_meeting
from tests.factories.people import person
from tests.factories.regional import signal
from tests.factories.round_tables import DUE, NEXT, NORTH_EAST, agenda, held, planned, taken_up
from tests.worlds import Clock

TOLD = "Thresholds: the region could learn from it."
REFERRAL, SIGNALS, OFFER, PRACTICE = ItemKind


def referred_case(world: World, lead: Actor, council: UUID, told: str = TOLD) -> UUID:
    """A case with an issue that a joint local meeting referred to the round table."""
    case_id = triaged_case(world, lead, council, Route.JOINT_LOCAL_MEETING)
    record_meeting(world, lead, case_id, None, joint_meeting(replace(ISSUE_B, for_round_table=told)))
    return case_id


DEFERRED = NewDecision(Decision.DEFERRED)
NOT_NEEDED = NewDecision(Decision.NOT_NEEDED, "It has been solved.")


def open_duties_of(world: World, case_id: UUID) -> dict[DutyKind, tuple[UUID, date]]:
    with world.database.reading() as session:
        query = select(Duty).where(Duty.case_id == case_id, Duty.state == DutyState.OPEN)
        return {duty.kind: (duty.owner_id, duty.due_on) for duty in session.scalars(query)}


def everything(world: World, lead: Actor) -> UUID:
    """A region in which there is one item of each kind; gives the case's id."""
    places = [authority(world, f"{name} Council") for name in ("One", "Two", "Three")]
    case_id = referred_case(world, lead, places[0])
    for each in places:
        signal(world, lead, each)
    offer = NewSupportOffer(
        places[1], SignalTheme.CHILDREN, Helpers.BOTH, NEXT, "R. Hale", "Two days a month."
    )
    offer_support(world, lead, offer)
    record_practice(world, lead, places[2], SignalTheme.WASTE, "A round of reuse shops.")
    return case_id


def test_the_agenda_makes_itself_and_each_decision_becomes_what_it_must(world: World, clock: Clock) -> None:
    """The main line on both databases: four kinds of items, one of each decision, and the next agenda."""
    lead, officer = person(world, Role.LEAD), person(world, Role.RIEP_OFFICER)
    case_id = everything(world, lead)
    table = planned(world, officer)
    items = agenda(world, officer, table)
    assert [each.kind for each in items] == [REFERRAL, SIGNALS, OFFER, PRACTICE]
    assert items[0].words.text == TOLD
    assert items[0].words.told_title.startswith("One Council, CH-")
    assert items[1].words.told_text == "Signals warn in 3 authorities of the region."
    assert "R. Hale" in items[2].words.text
    assert "R. Hale" not in items[2].words.told_text
    keys = [each.key for each in items]
    decisions = dict(zip(keys, (taken_up(lead), taken_up(officer), DEFERRED, NOT_NEEDED), strict=True))
    with pytest.raises(Invalid) as refusal:
        record_round_table(world, officer, table, None, held(decisions))
    assert list(refusal.value.problems) == ["next_on"]
    record_round_table(world, officer, table, None, held(decisions, NEXT))
    duties = open_duties_of(world, case_id)
    assert DutyKind.ROUND_TABLE not in duties
    assert duties[DutyKind.FOLLOW_UP] == (lead.id, DUE)
    (entry,) = actions_due(world, officer)
    page = action_page(world, officer, entry.id)
    assert (page.what, page.due_on, page.owner) == ("Visit and learn.", DUE, officer.name)
    frozen = round_table_page(world, lead, table)
    assert frozen.is_held
    assert [each.decision for each in frozen.items] == [each.decision for each in decisions.values()]
    assert [each.decided_words for each in frozen.items][3] == "It has been solved."
    following = next(each.id for each in round_tables_of(world, lead, None).tables if not each.is_held)
    assert [each.key for each in agenda(world, lead, following)] == [keys[2]]
    # What is known later does not change what was frozen.
    signal(world, lead, authority(world, "Four Council"))
    assert round_table_page(world, lead, table).items[1].words == frozen.items[1].words
    with world.reading(lead) as work:
        assert not verify_records(work.session, world.vault).faults
        told = ledger.entries(work.session, case_id, Event.ROUND_TABLE_TOLD)
        assert told
    assert "Decided at the regional round table" in {
        each.words
        for each in case_page(world, lead, case_id).reading.history.entries  # type: ignore[union-attr]  # the lead reads
    }


def test_a_case_that_nothing_was_written_for_shows_its_reference_and_nature_alone(
    sqlite_world: World,
) -> None:
    """The authority's name, or what the meeting said, would be told without anybody having said that it may be."""
    world, lead = sqlite_world, person(sqlite_world, Role.LEAD)
    case_id = referred_case(world, lead, authority(world), told="")
    by_hand = triaged_case(world, lead, authority(world, "Oxtown Council"))
    schedule_followup(world, lead, by_hand, None, DUE, "Secret words", DutyKind.ROUND_TABLE)
    items = agenda(world, lead, planned(world, lead))
    assert {each.case_id for each in items} == {case_id, by_hand}
    for each in items:
        assert each.words.told_text == "A service."
        for text in (each.words.title, each.words.text, each.words.told_title):
            assert not {"Midthorpe", "Oxtown", "Secret", "Safeguarding"} & set(text.replace(",", " ").split())


def test_what_is_deferred_waits_for_the_next_day_and_what_is_not_needed_leaves_a_next_duty(
    sqlite_world: World, clock: Clock
) -> None:
    """A referral would fall overdue while it waits as agreed, or its case be left without a next duty."""
    world, lead = sqlite_world, person(sqlite_world, Role.LEAD)
    first, second = (referred_case(world, lead, authority(world, f"{name} Council")) for name in ("A", "B"))
    table = planned(world, lead)
    items = {each.case_id: each.key for each in agenda(world, lead, table)}
    record_round_table(
        world, lead, table, None, held({items[first]: DEFERRED, items[second]: NOT_NEEDED}, NEXT)
    )
    assert open_duties_of(world, first)[DutyKind.ROUND_TABLE][1] == NEXT
    assert DutyKind.ROUND_TABLE not in open_duties_of(world, second)
    assert open_duties_of(world, second)
    (later,) = (each.id for each in round_tables_of(world, lead, None).tables if not each.is_held)
    assert [each.case_id for each in agenda(world, lead, later)] == [first]


def test_a_triage_done_again_does_not_take_a_referral_off_the_agenda(sqlite_world: World) -> None:
    """Its duty is replaced by another; the locality agreed that the round table takes it up all the same."""
    world, lead = sqlite_world, person(sqlite_world, Role.LEAD)
    case_id = referred_case(world, lead, authority(world))
    with world.unit_of_work(lead) as work:
        for duty in work.session.scalars(select(Duty).where(Duty.case_id == case_id)):
            duty.state = DutyState.REPLACED if duty.kind is DutyKind.ROUND_TABLE else duty.state
    assert [each.case_id for each in agenda(world, lead, planned(world, lead))] == [case_id]


def test_good_practice_of_a_closed_case_is_there_only_where_it_may_be_shared(sqlite_world: World) -> None:
    """What was learnt in confidence would be told to the region, or its council be named."""
    world, lead = sqlite_world, person(sqlite_world, Role.LEAD)
    case_id = triaged_case(world, lead, authority(world))
    with world.unit_of_work(lead) as work:
        for share, words in ((True, "Peers meet every month."), (False, "The leader was at fault.")):
            row = work.add(
                Closing(case_id=case_id, made_by=lead.person, made_at=work.now, share_good_practice=share)
            )
            row.good_practice = words
        from clearinghouse.records.events import Stream

        work.record(Event.CASE_CLOSED, Stream.CASE, case_id)
    table = planned(world, lead)
    (item,) = agenda(world, lead, table)
    assert (item.kind, item.words.text, item.case_id) == (PRACTICE, "Peers meet every month.", None)
    assert "Midthorpe" not in item.words.told_title + item.words.title
    record_round_table(world, lead, table, None, held({item.key: taken_up(lead)}))
    assert len(actions_due(world, lead)) == 1


@pytest.mark.parametrize(
    ("change", "fields"),
    [
        ({"what": ""}, ["what"]),
        ({"owner_id": None, "due_on": None}, ["owner", "due_on"]),
        ({"due_on": date(2026, 11, 20)}, ["due_on"]),
        ({"decision": Decision.NOT_NEEDED, "what": ""}, ["what"]),
    ],
)
def test_a_decision_says_what_it_must(
    sqlite_world: World, change: dict[str, object], fields: list[str]
) -> None:
    """What nobody does by no day falls between stools."""
    world, lead = sqlite_world, person(sqlite_world, Role.LEAD)
    referred_case(world, lead, authority(world))
    table = planned(world, lead)
    (item,) = agenda(world, lead, table)
    with pytest.raises(Invalid) as refusal:
        record_round_table(
            world,
            lead,
            table,
            None,
            held({item.key: replace(taken_up(lead), **change)}),  # type: ignore[arg-type]  # as given
        )
    assert list(refusal.value.problems) == [f"{item.slug}_{field}" for field in fields]
    with pytest.raises(Invalid) as nothing:
        record_round_table(
            world, lead, table, None, replace(held({}), parties=(), held_on=date(2026, 11, 24))
        )
    assert set(nothing.value.problems) == {f"{item.slug}_decision", "held_on", "parties"}


def test_a_duty_goes_only_to_somebody_who_may_do_it(sqlite_world: World) -> None:
    """A case's duty given to somebody behind its wall would tell them of it, and be done by nobody."""
    world, lead, council = sqlite_world, person(sqlite_world, Role.LEAD), authority(sqlite_world)
    referred_case(world, lead, council)
    table = planned(world, lead)
    item = round_table_page(world, lead, table, with_people=True).items[0]
    others = (
        person(world, Role.LEAD, walled_from=council),
        person(world, Role.ASSOCIATE),
        person(world, Role.LEAD, Region.LONDON),
    )
    for other in others:
        assert other.id not in {each.id for each in item.people}
        with pytest.raises(Invalid) as refusal:
            record_round_table(world, lead, table, None, held({item.key: taken_up(other)}))
        assert list(refusal.value.problems) == [f"{item.slug}_owner"]


def test_what_the_recorder_cannot_see_waits_undecided_for_somebody_who_can(sqlite_world: World) -> None:
    """A walled lead who records the meeting would lose the hidden item, or be shown it."""
    world, lead = sqlite_world, person(sqlite_world, Role.LEAD)
    council = authority(world)
    case_id = referred_case(world, lead, council)
    record_practice(world, lead, authority(world, "Open Council"), SignalTheme.WASTE, "Reuse shops.")
    walled = person(world, Role.LEAD, walled_from=council)
    table = planned(world, walled)
    (item,) = agenda(world, walled, table)
    record_round_table(world, walled, table, None, held({item.key: NOT_NEEDED}))
    after = round_table_page(world, walled, table)
    assert ([each.key for each in after.items], after.undecided) == ([item.key], False)
    with pytest.raises(Refused):
        decide_what_is_left(world, walled, table, None, held({}))
    seen = round_table_page(world, lead, table)
    assert (len(seen.items), seen.undecided) == (2, True)
    left = next(each for each in seen.items if each.decision is None)
    assert left.case_id == case_id
    following = planned(world, lead, NEXT)
    assert [each.key for each in agenda(world, lead, following)] == [left.key]
    decide_what_is_left(world, lead, table, None, held({left.key: taken_up(lead)}))
    assert agenda(world, lead, following) == ()
    assert not round_table_page(world, lead, table).undecided
    # The note may be about the hidden item, whoever wrote it.
    assert round_table_page(world, lead, table).note == "All were there."
    assert round_table_page(world, walled, table).note == ""


def test_a_pattern_is_not_seen_through_a_wall_on_the_agenda_or_once_frozen(sqlite_world: World) -> None:
    """“Three authorities” with two of them named tells which the third is."""
    world, lead = sqlite_world, person(sqlite_world, Role.LEAD)
    places = [authority(world, f"{name} Council") for name in ("One", "Two", "Three", "Four")]
    for each in places[:3]:
        signal(world, lead, each)
    walled = person(world, Role.LEAD, walled_from=places[0])
    table = planned(world, lead)
    assert agenda(world, walled, table) == ()
    signal(world, lead, places[3])
    (item,) = agenda(world, walled, table)
    assert item.words.told_text == "Signals warn in 3 authorities of the region."
    assert "One" not in item.words.text
    record_round_table(world, lead, table, None, held({item.key: taken_up(lead)}))
    (action,) = actions_due(world, lead)
    # The action is about the hidden council too, so it is not there for somebody behind the wall.
    assert actions_due(world, walled, of_region=True) == ()
    with pytest.raises(NotFound):
        action_page(world, walled, action.id)


def test_a_theme_that_was_decided_comes_again_with_what_was_observed_since(
    sqlite_world: World, clock: Clock
) -> None:
    """A pattern taken up once would stand on every agenda for a year, or never come again."""
    world, lead = sqlite_world, person(sqlite_world, Role.LEAD)
    places = [authority(world, f"{name} Council") for name in ("One", "Two", "Three")]
    for each in places:
        signal(world, lead, each)
    table = planned(world, lead)
    (item,) = agenda(world, lead, table)
    record_round_table(world, lead, table, None, held({item.key: NOT_NEEDED}, NEXT))
    clock.pass_days(30)
    (later,) = (each.id for each in round_tables_of(world, lead, None).tables if not each.is_held)
    assert agenda(world, lead, later) == ()
    for each in places:
        signal(world, lead, each, observed_on=date(2026, 12, 10))
    assert [each.key for each in agenda(world, lead, later)] == [item.key]


def outsiders(world: World) -> tuple[Actor, ...]:
    return (
        person(world, Role.RIEP_OFFICER, Region.LONDON),
        person(world, Role.LEAD, Region.SOUTH_WEST),
        person(world, Role.ASSOCIATE),
        person(world, Role.ADMINISTRATOR, None),
        person(world, Role.COORDINATOR, None),
        person(world, Role.AUDIT_OFFICER, None),
        person(world, Role.POLITICAL_LEAD),
    )


def test_the_round_table_does_not_exist_for_whoever_does_not_run_the_regions(sqlite_world: World) -> None:
    """Another region's officer, an associate or an administrator would read what was told in confidence."""
    world, lead = sqlite_world, person(sqlite_world, Role.LEAD)
    council = authority(world)
    everything(world, lead)
    table = planned(world, lead)
    items = agenda(world, lead, table)
    record_round_table(world, lead, table, None, held({each.key: taken_up(lead) for each in items}))
    (action, *_) = actions_due(world, lead)
    offer = NewSupportOffer(council, SignalTheme.WASTE, Helpers.OFFICERS, NEXT, "Somebody")
    for outsider in outsiders(world):
        for attempt in (
            lambda who=outsider: round_table_page(world, who, table),
            lambda who=outsider: round_tables_of(world, who, NORTH_EAST),
            lambda who=outsider: plan_round_table(world, who, NORTH_EAST, NEXT),
            lambda who=outsider: move_round_table(world, who, table, None, NEXT),
            lambda who=outsider: record_round_table(world, who, table, None, held({})),
            lambda who=outsider: decide_what_is_left(world, who, table, None, held({})),
            lambda who=outsider: action_page(world, who, action.id),
            lambda who=outsider: action_entry(world, who, action.id),
            lambda who=outsider: finish_action(world, who, action.id, "Done"),
            lambda who=outsider: move_action(world, who, action.id, NEXT),
            lambda who=outsider: offer_support(world, who, offer),
            lambda who=outsider: record_practice(world, who, council, SignalTheme.WASTE, "x"),
        ):
            with pytest.raises(NotFound):
                attempt()
        assert actions_due(world, outsider, of_region=True) == ()


def test_two_leads_do_not_record_one_round_table_twice(sqlite_world: World) -> None:
    world, lead = sqlite_world, person(sqlite_world, Role.LEAD)
    table = planned(world, lead)
    version = round_table_page(world, lead, table).version
    record_round_table(world, lead, table, version, held({}))
    with pytest.raises(Stale):
        record_round_table(world, lead, table, version, held({}))
    with pytest.raises(Refused):
        record_round_table(world, lead, table, None, held({}))
    with pytest.raises(Refused):
        move_round_table(world, lead, table, None, NEXT)


def test_a_region_is_told_how_it_stands_with_its_round_tables(sqlite_world: World, clock: Clock) -> None:
    """Two a year would become none, and nobody would notice."""
    world, officer = sqlite_world, person(sqlite_world, Role.RIEP_OFFICER)

    def stands() -> Planning:
        return round_tables_of(world, officer, None).planning

    assert stands() is Planning.NOT_PLANNED
    table = planned(world, officer, date(2026, 11, 24))
    assert stands() is Planning.PLANNED
    with pytest.raises(Invalid, match="planned for that day already"):
        planned(world, officer, date(2026, 11, 24))
    with pytest.raises(Invalid, match="today or later"):
        planned(world, officer, date(2026, 11, 20))
    clock.pass_days(3)
    assert stands() is Planning.NOT_RECORDED
    move_round_table(world, officer, table, None, date(2026, 11, 26))
    record_round_table(world, officer, table, None, replace(held({}), held_on=date(2026, 11, 26)))
    assert stands() is Planning.NOT_PLANNED
    planned(world, officer, date(2027, 9, 1))
    assert stands() is Planning.LATE
    assert round_tables_of(world, officer, None).by == date(2027, 5, 27)


def test_the_words_are_sealed_under_the_case_where_they_are_about_one(sqlite_world: World) -> None:
    """When a case is destroyed, what a round table decided of it must go with it."""
    world, lead = sqlite_world, person(sqlite_world, Role.LEAD)
    everything(world, lead)
    table = planned(world, lead)
    items = agenda(world, lead, table)
    record_round_table(world, lead, table, None, held({each.key: NOT_NEEDED for each in items}))
    with world.database.reading() as session:
        rows = session.scalars(select(RoundTableItem)).all()
        case_id = session.scalars(select(Case.id)).one()
        for row in rows:
            assert row.subject_id == (case_id if row.kind is REFERRAL else table)


def test_the_worlds_settings_say_how_many_a_year(sqlite_world: World) -> None:
    """A region that set four a year would be told that it is in time with two."""
    from clearinghouse.protocol.round_table import RegionRules, RegionSettings

    four = replace(sqlite_world, regions=RegionSettings(own=(("North East", RegionRules(4, (Party.LGA,))),)))
    lead = person(four, Role.LEAD)
    assert round_tables_of(four, lead, None).a_year == 4
    assert round_table_page(four, lead, planned(four, lead)).parties == (Party.LGA,)


def test_directions_are_told_apart(sqlite_world: World) -> None:
    """A theme in which three authorities got better is no pattern of concern."""
    world, lead = sqlite_world, person(sqlite_world, Role.LEAD)
    for name in ("One", "Two", "Three"):
        signal(world, lead, authority(world, f"{name} Council"), direction=Direction.BETTER)
    assert agenda(world, lead, planned(world, lead)) == ()


def test_what_was_decided_of_a_pattern_is_for_who_sees_all_of_it(sqlite_world: World) -> None:
    """The decision, or what was noted beside it, may name the very council that the wall hides."""
    world, lead = sqlite_world, person(sqlite_world, Role.LEAD)
    places = [authority(world, f"{name} Council") for name in ("One", "Two", "Three", "Four")]
    for each in places:
        signal(world, lead, each)
    walled = person(world, Role.LEAD, walled_from=places[0])
    table = planned(world, lead)
    (item,) = agenda(world, lead, table)
    decided = replace(taken_up(lead), what="Visit One Council first.")
    record_round_table(world, lead, table, None, held({item.key: decided}))
    shown, page = agenda(world, lead, table)[0], round_table_page(world, walled, table)
    assert (shown.decided_words, shown.owner) == (decided.what, lead.name)
    (seen,) = page.items
    assert (seen.decision, seen.waits) == (Decision.TAKEN_UP, False)
    assert (seen.decided_words, seen.owner, seen.due_on, seen.action_id) == ("", "", None, None)
    assert page.note == ""


def test_nothing_is_owed_on_a_case_that_was_closed_in_the_same_instant(
    sqlite_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever closes a case while a round table is recorded would leave a duty on it that no closing ended."""
    world, lead = sqlite_world, person(sqlite_world, Role.LEAD)
    case_id = referred_case(world, lead, authority(world))
    table = planned(world, lead)
    (item,) = agenda(world, lead, table)
    with world.reading(lead) as work:
        waiting = items_waiting(work, NORTH_EAST)
    close_case(world, lead, case_id, None, ClosingOutcome.IMPROVED, "It is solved.")
    monkeypatch.setattr(deciding, "items_waiting", lambda *_: waiting)
    with pytest.raises(Refused, match="closed meanwhile"):
        record_round_table(world, lead, table, None, held({item.key: taken_up(lead)}))
    assert open_duties_of(world, case_id) == {}
