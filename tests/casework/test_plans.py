"""Improvement plans: agreed with actions and measures, reviewed, failing, carried on; nothing of them is lost."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from uuid import UUID, uuid4

import pytest

from clearinghouse.access.decision import Membership
from clearinghouse.access.roles import Actor, Region, Role
from clearinghouse.casework.assignment import add_to_case
from clearinghouse.casework.cases import CaseReading, case_page
from clearinghouse.casework.closing import close_case, reopen_case
from clearinghouse.casework.dialogue.conversations import NewConversation, NewPassage, record_conversation
from clearinghouse.casework.dialogue.offers import NewOffer, answer_offer, make_offer
from clearinghouse.casework.errors import Invalid, NotFound, Refused, Stale
from clearinghouse.casework.escalation.recording import NewEscalation
from clearinghouse.casework.escalation.referrals import refer
from clearinghouse.casework.headers import case_header
from clearinghouse.casework.meetings.recording import record_meeting
from clearinghouse.casework.meetings.tab import meetings_tab
from clearinghouse.casework.plans.keeping import (
    Progress,
    add_action,
    agree_plan,
    amend_plan,
    change_action,
    record_progress,
)
from clearinghouse.casework.plans.reviews import field_of, record_review
from clearinghouse.casework.plans.tab import action_page, plan_tab
from clearinghouse.casework.world import World
from clearinghouse.protocol.plans import ActionState, Sign, Trend
from clearinghouse.protocol.vocabulary import (
    Audience,
    Body,
    Capacity,
    ClosingOutcome,
    DutyKind,
    EscalationAction,
    FamilyFirst,
    Gate,
    KnownAnswer,
    OfferAnswer,
    Standing,
)
from clearinghouse.records import ledger
from clearinghouse.records.events import Event
from tests.factories.authorities import authority
from tests.factories.cases import logged_case, triaged_case
from tests.factories.meetings import ISSUE_B, joint_meeting
from tests.factories.people import person
from tests.factories.plans import AGREED, LATER, SOON, TERMS, an_action, planned
from tests.worlds import Clock


def begun(world: World) -> tuple[Actor, UUID]:
    """A lead and a triaged case of theirs."""
    lead = person(world, Role.LEAD)
    return lead, triaged_case(world, lead, authority(world))


def accepted(world: World) -> tuple[Actor, UUID]:
    """A lead and a case whose authority talked, was made an offer and accepted it, all today."""
    lead, case_id = begun(world)
    passage = NewPassage("They would take help.", frozenset({Audience.NOBODY}), KnownAnswer.NOT_KNOWN)
    talk = NewConversation(world.today, True, frozenset({Capacity.LEADER}), "The leader", (passage,))
    record_conversation(world, lead, case_id, None, talk)
    make_offer(world, lead, case_id, None, NewOffer("A plan and money for it.", date(2026, 12, 7)))
    answer_offer(world, lead, case_id, None, OfferAnswer.ACCEPTED, world.today, "Accepted.")
    return lead, case_id


def owed(world: World, actor: Actor, case_id: UUID) -> dict[DutyKind, date]:
    return {duty.kind: duty.due_on for duty in case_page(world, actor, case_id).duties}


def reading(world: World, actor: Actor, case_id: UUID) -> CaseReading:
    found = case_page(world, actor, case_id).reading
    assert found is not None
    return found


def test_a_plan_is_agreed_with_actions_and_its_review_is_booked(world: World) -> None:
    """What an authority agreed would not be there as it was typed, or nobody would look at it again."""
    lead, case_id = accepted(world)
    planned(world, lead, case_id, SOON, LATER)
    tab = plan_tab(world, lead, case_id)
    assert tab.case.standing is Standing.SUPPORTED
    assert tab.terms is not None
    assert tab.card is not None
    assert tab.terms.terms == TERMS
    assert [action.said for action in tab.actions] == [an_action(SOON), an_action(LATER)]
    assert (tab.card.tally.actions, tab.card.tally.done, tab.card.tally.overdue) == (2, 0, 0)
    assert tab.card.next_review_on == owed(world, lead, case_id)[DutyKind.REVIEW] == date(2027, 2, 18)
    assert tab.card.due_before_review == 2, "targets would be missed in silence before the review"
    assert reading(world, lead, case_id).plan == tab.card


def test_the_review_falls_on_the_chosen_day_and_a_team_that_is_not_needed_is_not_owed(world: World) -> None:
    """The first review would come too late, or a duty that nobody can do would stay for ever."""
    lead, case_id = accepted(world)
    assert plan_tab(world, lead, case_id).team_owed
    agree_plan(world, lead, case_id, None, TERMS, SOON, without_team=True)
    assert owed(world, lead, case_id)[DutyKind.REVIEW] == SOON
    assert DutyKind.ASSIGN_TEAM not in owed(world, lead, case_id)


@pytest.mark.parametrize(
    ("terms", "review_on", "field"),
    [
        (replace(TERMS, agreed_on=date(2026, 11, 24)), None, "agreed_on"),
        (replace(TERMS, riep_funded=False), None, "pounds"),
        (replace(TERMS, pounds=0), None, "pounds"),
        (TERMS, AGREED, "review_on"),
        (TERMS, date(2036, 1, 1), "review_on"),
    ],
)
def test_a_plan_that_cannot_be_is_refused_at_its_field(
    sqlite_world: World, terms: object, review_on: date | None, field: str
) -> None:
    lead, case_id = begun(sqlite_world)
    with pytest.raises(Invalid) as refused:
        agree_plan(sqlite_world, lead, case_id, None, terms, review_on)  # type: ignore[arg-type]  # as given
    assert list(refused.value.problems) == [field]
    assert plan_tab(sqlite_world, lead, case_id).terms is None


def test_a_case_has_one_plan_and_none_before_its_triage_or_after_its_close(sqlite_world: World) -> None:
    lead, case_id = begun(sqlite_world)
    for refused in (
        lambda: add_action(sqlite_world, lead, case_id, None, an_action()),
        lambda: amend_plan(sqlite_world, lead, case_id, None, TERMS, "Why."),
    ):
        with pytest.raises(Refused, match="No improvement plan"):
            refused()
    (action,) = planned(sqlite_world, lead, case_id, SOON)
    with pytest.raises(Refused, match="already"):
        agree_plan(sqlite_world, lead, case_id, None, TERMS)
    fresh = logged_case(sqlite_world, lead, authority(sqlite_world, "Oxtown Council")).case_id
    with pytest.raises(Refused, match="triaged"):
        agree_plan(sqlite_world, lead, fresh, None, TERMS)
    close_case(sqlite_world, lead, case_id, None, ClosingOutcome.IMPROVED, "Done.")
    with pytest.raises(Refused, match="closed"):
        record_progress(sqlite_world, lead, case_id, None, Progress(action, ActionState.DONE))


def test_an_amended_plan_and_a_moved_action_keep_what_they_said_before(world: World, clock: Clock) -> None:
    """Somebody would soften a target or move a date, and nobody could tell."""
    lead, case_id = begun(world)
    (action,) = planned(world, lead, case_id, SOON)
    clock.pass_days(1)
    amended = replace(TERMS, outcomes="Two teams of four.", pounds=None, riep_funded=False)
    amend_plan(world, lead, case_id, None, amended, "The money went elsewhere.")
    change_action(world, lead, case_id, None, action, an_action(LATER, target="80 in 100"), "Half are ill.")
    tab = plan_tab(world, lead, case_id)
    assert tab.terms is not None
    assert (tab.terms.terms, tab.terms.reason) == (amended, "The money went elsewhere.")
    assert [each.terms for each in tab.earlier] == [TERMS]
    shown = action_page(world, lead, case_id, action).action
    assert shown.said.due_on == LATER
    assert [(each.said.due_on, each.said.target, each.reason) for each in shown.earlier] == [
        (LATER, "80 in 100", "Half are ill."),
        (SOON, "95 in 100", ""),
    ]
    with world.reading(lead) as work:
        moved = next(
            entry
            for entry in ledger.entries(work.session, case_id)
            if entry.type is Event.PLAN_ACTION_CHANGED
        )
        assert (moved.facts["from_on"], moved.facts["due_on"]) == (SOON.isoformat(), LATER.isoformat())
    assert tab.card is not None
    assert tab.card.suggestion.signs == (Sign.POSTPONED,)


def test_progress_is_kept_with_every_step_and_a_dropped_action_says_why(world: World) -> None:
    lead, case_id = begun(world)
    associate = person(world, Role.ASSOCIATE)
    add_to_case(world, lead, case_id, None, associate.person, Membership.TEAM)
    (action,) = planned(world, lead, case_id, SOON)
    record_progress(
        world, associate, case_id, None, Progress(action, ActionState.UNDER_WAY, "Drafted for two teams.")
    )
    with pytest.raises(Invalid) as refused:
        record_progress(world, associate, case_id, None, Progress(action, ActionState.DROPPED, " "))
    assert list(refused.value.problems) == ["note"]
    record_progress(world, lead, case_id, None, Progress(action, ActionState.DROPPED, "Merged with another."))
    shown = action_page(world, associate, case_id, action).action
    assert [(each.state, each.note) for each in shown.progress] == [
        (ActionState.DROPPED, "Merged with another."),
        (ActionState.UNDER_WAY, "Drafted for two teams."),
    ]
    assert shown.is_finished


def test_an_action_past_its_date_is_overdue_until_it_is_done(world: World, clock: Clock) -> None:
    """A missed target would look like any other."""
    lead, case_id = begun(world)
    first, _ = planned(world, lead, case_id, SOON, LATER)
    clock.pass_days(14)
    assert [action.is_overdue for action in plan_tab(world, lead, case_id).actions] == [False, False]
    clock.pass_days(1)
    tab = plan_tab(world, lead, case_id)
    assert tab.card is not None
    assert ([action.is_overdue for action in tab.actions], tab.card.tally.overdue) == ([True, False], 1)
    assert (tab.card.suggestion.trend, tab.card.suggestion.signs) == (
        Trend.STALLED,
        (Sign.OVERDUE, Sign.NOTHING_MOVED),
    )
    record_progress(world, lead, case_id, None, Progress(first, ActionState.DONE))
    tab = plan_tab(world, lead, case_id)
    assert tab.card is not None
    assert (tab.card.tally.done, tab.card.tally.overdue) == (1, 0)
    assert tab.card.suggestion.trend is Trend.ON_TRACK


def test_a_review_records_each_action_and_books_the_next_on_the_chosen_day(
    world: World, clock: Clock
) -> None:
    lead, case_id = begun(world)
    first, second = planned(world, lead, case_id, SOON, LATER)
    clock.pass_days(7)
    progress = (
        Progress(first, ActionState.DONE, "In every team."),
        Progress(second, ActionState.UNDER_WAY),
    )
    record_review(world, lead, case_id, None, world.today, True, "Both moved.", progress, date(2027, 1, 12))
    tab = plan_tab(world, lead, case_id)
    assert [action.state for action in tab.actions] == [ActionState.DONE, ActionState.UNDER_WAY]
    assert [(each.state, each.note) for each in tab.reviews[0].actions] == [
        (ActionState.DONE, "In every team."),
        (ActionState.UNDER_WAY, ""),
    ]
    assert tab.actions[0].progress[0].in_review
    assert tab.card is not None
    assert tab.card.next_review_on == date(2027, 1, 12)
    assert tab.case.standing is Standing.UNDER_REVIEW


@pytest.mark.parametrize(
    ("note", "next_on", "field"),
    [("", LATER, "note"), ("Merged.", AGREED, "next_on"), ("Merged.", date(2036, 1, 1), "next_on")],
)
def test_a_review_is_refused_beside_what_is_wrong_with_it(
    sqlite_world: World, note: str, next_on: date, field: str
) -> None:
    lead, case_id = begun(sqlite_world)
    (action,) = planned(sqlite_world, lead, case_id, SOON)
    dropped = (Progress(action, ActionState.DROPPED, note),)
    with pytest.raises(Invalid) as refused:
        record_review(sqlite_world, lead, case_id, None, AGREED, True, "So.", dropped, next_on)
    assert list(refused.value.problems) == [field_of(action, "note") if field == "note" else field]
    assert plan_tab(sqlite_world, lead, case_id).actions[0].state is ActionState.NOT_STARTED


def test_an_action_of_another_case_is_not_there(sqlite_world: World) -> None:
    """A plan would be changed by the address of another case, and its ledger not say so."""
    lead, case_id = begun(sqlite_world)
    other = triaged_case(sqlite_world, lead, authority(sqlite_world, "Oxtown Council"))
    planned(sqlite_world, lead, case_id, SOON)
    (theirs,) = planned(sqlite_world, lead, other, SOON)
    done = Progress(theirs, ActionState.DONE)
    for attempt in (
        lambda: action_page(sqlite_world, lead, case_id, theirs),
        lambda: change_action(sqlite_world, lead, case_id, None, theirs, an_action(), "Why."),
        lambda: record_progress(sqlite_world, lead, case_id, None, done),
        lambda: record_review(sqlite_world, lead, case_id, None, AGREED, True, "So.", (done,)),
        lambda: action_page(sqlite_world, lead, case_id, uuid4()),
    ):
        with pytest.raises(NotFound):
            attempt()
    assert not plan_tab(sqlite_world, lead, case_id).reviews


def review(world: World, lead: Actor, case_id: UUID, *, adequate: bool) -> None:
    record_review(world, lead, case_id, None, world.today, adequate, "As found.")


def referral(today: date) -> NewEscalation:
    return NewEscalation(
        body=Body.AUDIT_COMMISSION,
        action=EscalationAction.FURTHER_AUDIT,
        on=today,
        reason="Two reviews found nothing.",
        agreed_by="The RIEP",
        authority_told="The leader",
        authority_told_on=today,
        follow_up_on=None,
        recipient="The auditor",
    )


def test_failing_support_leads_to_a_meeting_and_then_opens_the_referral(world: World, clock: Clock) -> None:
    """§15g: accepted, reviewed twice in vain, considered by a joint local meeting; then, and only then, referred."""
    lead, case_id = accepted(world)
    planned(world, lead, case_id, SOON)
    clock.pass_days(7)
    review(world, lead, case_id, adequate=False)
    assert reading(world, lead, case_id).failing is None
    with pytest.raises(Refused):
        refer(world, lead, case_id, None, referral(world.today))
    first = world.today
    clock.pass_days(7)
    review(world, lead, case_id, adequate=False)
    failing = reading(world, lead, case_id).failing
    assert failing is not None
    assert failing == plan_tab(world, lead, case_id).failing
    assert (failing.reviewed_on, failing.is_considered) == ((first, world.today), False)
    assert failing.meeting_due_on == owed(world, lead, case_id)[DutyKind.JOINT_LOCAL_MEETING]
    with pytest.raises(Refused):
        refer(world, lead, case_id, None, referral(world.today))
    clock.pass_days(7)
    record_meeting(world, lead, case_id, None, joint_meeting(ISSUE_B, held_on=world.today))
    failing = reading(world, lead, case_id).failing
    assert failing is not None
    assert (failing.is_considered, failing.meeting_due_on) == (True, None)
    refer(world, lead, case_id, None, referral(world.today))
    entry = meetings_tab(world, lead, case_id).escalations[0]
    assert (entry.ours, entry.finding, entry.gate) == (True, FamilyFirst.GIVEN, Gate.FAILED_SUPPORT)
    assert {each.words for each in entry.evidence} >= {
        "Offer answered",
        "Progress reviewed",
        "Meeting recorded",
    }


def test_one_adequate_review_undoes_the_failing_and_takes_its_meeting_back(
    sqlite_world: World, clock: Clock
) -> None:
    """An authority that has turned would be taken to a meeting, or referred, on what was before."""
    world = sqlite_world
    lead, case_id = accepted(world)
    for adequate in (False, False):
        clock.pass_days(7)
        review(world, lead, case_id, adequate=adequate)
    assert DutyKind.JOINT_LOCAL_MEETING in owed(world, lead, case_id)
    clock.pass_days(7)
    review(world, lead, case_id, adequate=True)
    assert reading(world, lead, case_id).failing is None
    assert DutyKind.JOINT_LOCAL_MEETING not in owed(world, lead, case_id)
    clock.pass_days(7)
    review(world, lead, case_id, adequate=False)
    assert reading(world, lead, case_id).failing is None, "one review after a good one is not two in a row"


def test_two_reviews_on_one_day_count_once_and_do_not_hide_the_one_before(
    sqlite_world: World, clock: Clock
) -> None:
    """Support would fail within an afternoon; or a second entry on the same day would take the finding back."""
    world = sqlite_world
    lead, case_id = accepted(world)
    clock.pass_days(7)
    for _ in range(2):
        review(world, lead, case_id, adequate=False)
    assert reading(world, lead, case_id).failing is None
    clock.pass_days(7)
    for _ in range(2):
        review(world, lead, case_id, adequate=False)
    assert reading(world, lead, case_id).failing is not None
    review(world, lead, case_id, adequate=True)
    assert reading(world, lead, case_id).failing is None, "the last entry of a day counts"


def test_an_open_plan_is_carried_on_when_its_case_opens_again(world: World) -> None:
    """A case would open again with a plan that nobody is asked to review."""
    lead, case_id = begun(world)
    first, second = planned(world, lead, case_id, SOON, LATER)
    record_progress(world, lead, case_id, None, Progress(first, ActionState.DONE))
    close_case(world, lead, case_id, None, ClosingOutcome.IMPROVED, "On course.")
    assert owed(world, lead, case_id) == {}
    reopen_case(world, lead, case_id, None, "It came back.")
    assert set(owed(world, lead, case_id)) == {DutyKind.TRIAGE, DutyKind.REVIEW}
    assert [action.state for action in plan_tab(world, lead, case_id).actions] == [
        ActionState.DONE,
        ActionState.NOT_STARTED,
    ]
    record_progress(world, lead, case_id, None, Progress(second, ActionState.DONE))
    close_case(world, lead, case_id, None, ClosingOutcome.IMPROVED, "All done.")
    reopen_case(world, lead, case_id, None, "It came back again.")
    assert set(owed(world, lead, case_id)) == {DutyKind.TRIAGE}


def test_a_plan_changed_meanwhile_is_not_written_over(sqlite_world: World) -> None:
    lead, case_id = begun(sqlite_world)
    seen = case_header(sqlite_world, lead, case_id).version
    (action,) = planned(sqlite_world, lead, case_id, SOON)
    for attempt in (
        lambda: amend_plan(sqlite_world, lead, case_id, seen, TERMS, "Why."),
        lambda: change_action(sqlite_world, lead, case_id, seen, action, an_action(), "Why."),
        lambda: record_progress(sqlite_world, lead, case_id, seen, Progress(action, ActionState.DONE)),
    ):
        with pytest.raises(Stale):
            attempt()


Attempt = Callable[[], object]


@pytest.mark.parametrize(
    ("role", "region", "walled", "brokered"),
    [
        (Role.ASSOCIATE, Region.NORTH_EAST, False, False),
        (Role.RIEP_OFFICER, Region.NORTH_EAST, False, False),
        (Role.LEAD, Region.SOUTH_WEST, False, False),
        (Role.LEAD, Region.NORTH_EAST, True, False),
        (Role.COORDINATOR, None, False, False),
        (Role.POLITICAL_LEAD, Region.NORTH_EAST, False, True),
        (Role.AUDIT_OFFICER, None, False, False),
        (Role.ADMINISTRATOR, None, False, False),
    ],
)
def test_the_curious_the_walled_and_the_administrator_read_and_change_no_plan(
    sqlite_world: World, role: Role, region: Region | None, walled: bool, brokered: bool
) -> None:
    """A plan names people in a council and says what it cannot do."""
    from clearinghouse.protocol.vocabulary import Route

    world, council = sqlite_world, authority(sqlite_world)
    lead = person(world, Role.LEAD)
    route = Route.POLITICAL_BROKERAGE if brokered else Route.CONFIDENTIAL_DIALOGUE
    case_id = triaged_case(world, lead, council, route)
    (action,) = planned(world, lead, case_id, SOON)
    outsider = person(world, role, region, walled_from=council if walled else None)
    for attempt in _everything(world, outsider, case_id, action):
        with pytest.raises(NotFound):
            attempt()


def test_whoever_works_on_the_case_records_progress_and_changes_nothing_else(sqlite_world: World) -> None:
    world = sqlite_world
    lead, case_id = begun(world)
    associate, officer = person(world, Role.ASSOCIATE), person(world, Role.RIEP_OFFICER)
    (action,) = planned(world, lead, case_id, SOON)
    for somebody in (associate, officer):
        add_to_case(world, lead, case_id, None, somebody.person, Membership.TEAM)
        read, opened, progress, *rest = _everything(world, somebody, case_id, action)
        for allowed in (read, opened, progress):
            allowed()
        for attempt in rest:
            with pytest.raises(NotFound):
                attempt()


def _everything(world: World, actor: Actor, case_id: UUID, action: UUID) -> tuple[Attempt, ...]:
    """Every way to a plan: reading, recording progress, then what is a lead's alone."""
    done = Progress(action, ActionState.DONE)
    return (
        lambda: plan_tab(world, actor, case_id),
        lambda: action_page(world, actor, case_id, action),
        lambda: record_progress(world, actor, case_id, None, done),
        lambda: agree_plan(world, actor, case_id, None, TERMS),
        lambda: amend_plan(world, actor, case_id, None, TERMS, "Why."),
        lambda: add_action(world, actor, case_id, None, an_action()),
        lambda: change_action(world, actor, case_id, None, action, an_action(), "Why."),
        lambda: record_review(world, actor, case_id, None, AGREED, True, "So.", (done,)),
    )
