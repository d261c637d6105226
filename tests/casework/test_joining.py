"""Cases that leads join because they belong together: one goes on, both walls stand, and no source opens anew."""

from datetime import date
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from clearinghouse.access.decision import Membership
from clearinghouse.access.roles import OPERATOR, Region, Role
from clearinghouse.casework.assignment import add_to_case, change_owner
from clearinghouse.casework.cases import case_list, case_page
from clearinghouse.casework.closing import close_case, reopen_case
from clearinghouse.casework.concerns import NewConcern, log_concern
from clearinghouse.casework.convergence.answers import (
    convergence_page,
    convergences,
    dismiss_convergence,
)
from clearinghouse.casework.convergence.finding import find_convergences
from clearinghouse.casework.convergence.joining import Joining, join_cases, preview_join
from clearinghouse.casework.dialogue.conversations import conversations_page
from clearinghouse.casework.dialogue.telling import NewAuthorityTelling, tell_authority, telling_sheet
from clearinghouse.casework.duties.followups import schedule_followup
from clearinghouse.casework.duties.setting import set_duty
from clearinghouse.casework.errors import Invalid, NotFound, Refused, Stale
from clearinghouse.casework.escalation.recording import NewEscalation, record_escalation
from clearinghouse.casework.headers import case_header
from clearinghouse.casework.listing import CaseFilter, Scope
from clearinghouse.casework.meetings.recording import correct_meeting, record_meeting
from clearinghouse.casework.source import open_source
from clearinghouse.casework.world import World
from clearinghouse.protocol.telling import Saying, ToldHow
from clearinghouse.protocol.vocabulary import (
    Body,
    Capacity,
    ClosingOutcome,
    DutyKind,
    EscalationAction,
    Nature,
    Route,
    Standing,
)
from clearinghouse.records.base import new_id
from clearinghouse.records.cases import Case, CaseMember, Concern
from clearinghouse.records.convergence import CaseJoin, ConvergenceAnswer
from clearinghouse.records.duties import Duty, DutyState, Letter
from clearinghouse.records.events import Event
from tests.factories.authorities import authority
from tests.factories.cases import logged_case, triaged_case
from tests.factories.convergence import REASON, events_of, the_only, two_cases
from tests.factories.meetings import ISSUE_A, joint_meeting
from tests.factories.people import person
from tests.factories.routes import REACHABLE, owed, reroute

TODAY = date(2026, 11, 23)


def open_duties_of(world: World, case_id: UUID) -> list[Any]:
    with world.reading(OPERATOR) as work:
        query = select(Duty.kind, Duty.due_on, Duty.owner_id)
        return list(work.session.execute(query.where(Duty.case_id == case_id, Duty.state == DutyState.OPEN)))


def concern_of(world: World, case_id: UUID) -> UUID:
    with world.reading(OPERATOR) as work:
        return work.session.scalars(select(Concern.id).where(Concern.case_id == case_id)).one()


def test_two_cases_are_carried_on_as_one_and_no_source_opens_to_anybody_new(world: World) -> None:
    lead = person(world, Role.LEAD)
    ada, ben, custodian = (person(world, Role.ASSOCIATE) for _ in range(3))
    first, second = two_cases(world, ada, ben)
    add_to_case(world, lead, first, None, custodian.person, Membership.CUSTODIAN)
    add_to_case(world, lead, first, None, custodian.person, Membership.TEAM)
    schedule_followup(world, lead, second, None, date(2027, 1, 11), "Ask about the panel.")
    page = convergence_page(world, lead, the_only(world, lead).id)

    preview = preview_join(world, lead, page.converging.id, Joining(first))
    assert set(preview.reading_other) == {ada.name, custodian.name}
    assert (preview.gaining, preview.losing, preview.refused) == ((), (), ())
    assert preview.staying_behind == (ben.name,)
    assert [duty.kind for duty in preview.duties] == [DutyKind.FOLLOW_UP]
    assert join_cases(world, lead, page.converging.id, page.version, Joining(first), REASON) == first

    reading = case_page(world, lead, first).reading
    assert reading
    (joined,) = reading.joined
    assert (joined.id, joined.reason, joined.concerns[0].text) == (second, REASON, f"What {ben.name} heard.")
    assert {DutyKind.TRIAGE, DutyKind.FOLLOW_UP} == {duty.kind for duty in open_duties_of(world, first)}
    assert open_duties_of(world, second) == []
    assert case_header(world, lead, second).standing is Standing.CLOSED
    assert convergences(world, lead) == ()

    # Those on the case that goes on read the other one, and learn nothing of its source.
    for who in (ada, custodian):
        theirs = case_page(world, who, first).reading
        assert theirs
        assert theirs.joined[0].concerns[0].text == f"What {ben.name} heard."
        assert not theirs.joined[0].concerns[0].may_show_source
        assert conversations_page(world, who, second).case.id == second
        with pytest.raises(NotFound):
            open_source(world, who, second, concern_of(world, second))
    # Who logged the other one keeps it and its source, and is told of no other case.
    own = case_page(world, ben, second).reading
    assert own
    assert own.concerns[0].may_show_source
    assert open_source(world, ben, second, concern_of(world, second)).name == "Jo Bright"
    assert own.carried_on_in is None
    assert [each.reason for each in own.closings] == ["The lead carries the work on."]
    assert REASON not in str(own)
    assert case_header(world, lead, first).reference not in str((own, events_of(world, second)))
    assert case_page(world, ben, first).reading is None
    seen = case_page(world, lead, second).reading
    assert seen
    assert seen.carried_on_in is not None
    assert seen.carried_on_in.id == first


def test_those_on_the_other_case_come_along_where_the_lead_says_so(world: World) -> None:
    lead, ada, ben = person(world, Role.LEAD), person(world, Role.ASSOCIATE), person(world, Role.ASSOCIATE)
    _, second = two_cases(world, ada, ben)
    pair = the_only(world, lead).id
    preview = preview_join(world, lead, pair, Joining(second, bring=True))
    assert preview.gaining == (ada.name,)
    join_cases(world, lead, pair, None, Joining(second, bring=True), REASON)
    assert case_page(world, ada, second).reading is not None
    with pytest.raises(NotFound):
        open_source(world, ada, second, concern_of(world, second))
    with world.reading(OPERATOR) as work:
        told = select(Letter.user_id).where(Letter.case_id == second, Letter.kind == "assigned")
        assert ada.id in set(work.session.scalars(told))


def test_the_walls_of_both_stand_round_what_goes_on(world: World) -> None:
    """Somebody linked to a council that only the joined case names would read about it."""
    council, other = authority(world), authority(world, "Oxtown Council", Region.LONDON)
    lead = person(world, Role.LEAD)
    linked = person(world, Role.ASSOCIATE, None, walled_from=other)
    away = person(world, Role.LEAD, Region.LONDON)
    kept = logged_case(world, linked, council).case_id
    national = person(world, Role.ASSOCIATE, None)
    concern = NewConcern((council, other), Nature.SERVICE, "Both of them.", "A call", people_at_risk=True)
    joined = log_concern(world, national, concern).case_id
    find_convergences(world)
    pair = the_only(world, lead).id
    preview = preview_join(world, lead, pair, Joining(kept))
    assert preview.losing == (linked.name,)
    assert preview.gaining == (away.name,)
    assert preview.added_authorities == ("Oxtown Council",)
    assert preview.new_owner in (lead.name, away.name)
    join_cases(world, lead, pair, None, Joining(kept), REASON)
    with pytest.raises(NotFound):
        case_header(world, linked, kept)
    header = case_header(world, away, kept)
    assert set(header.regions) == {Region.NORTH_EAST, Region.LONDON}
    assert header.people_at_risk
    assert linked.id not in {duty.owner_id for duty in open_duties_of(world, kept)}
    with world.reading(OPERATOR) as work:
        members = select(CaseMember.user_id).where(CaseMember.case_id == kept)
        assert linked.id not in set(work.session.scalars(members))
    assert case_page(world, away, joined).reading is not None


def test_who_is_walled_off_from_the_case_that_goes_on_reads_nothing_of_it_through_their_own(
    sqlite_world: World,
) -> None:
    council, other = authority(sqlite_world), authority(sqlite_world, "Oxtown Council")
    lead = person(sqlite_world, Role.LEAD)
    linked = person(sqlite_world, Role.ASSOCIATE, walled_from=other)
    own = logged_case(sqlite_world, linked, council).case_id
    both = NewConcern((council, other), Nature.SERVICE, "Both of them.", "A call")
    kept = log_concern(sqlite_world, person(sqlite_world, Role.ASSOCIATE), both).case_id
    find_convergences(sqlite_world)
    pair = the_only(sqlite_world, lead).id
    join_cases(sqlite_world, lead, pair, None, Joining(kept, bring=True), REASON)
    reading = case_page(sqlite_world, linked, own).reading
    assert reading
    assert reading.carried_on_in is None
    assert [row.id for row in case_list(sqlite_world, linked, CaseFilter(scope=Scope.ALL)).rows] == [own]
    with pytest.raises(NotFound):
        case_header(sqlite_world, linked, kept)


def test_a_case_opened_again_is_its_own_once_more(world: World) -> None:
    lead, ada, ben = person(world, Role.LEAD), person(world, Role.ASSOCIATE), person(world, Role.ASSOCIATE)
    first, second = two_cases(world, ada, ben)
    join_cases(world, lead, the_only(world, lead).id, None, Joining(first), REASON)
    assert case_page(world, ada, second).reading is not None
    reopen_case(world, lead, second, None, "They are not the same after all.")
    reading = case_page(world, lead, first).reading
    assert reading
    assert reading.joined == ()
    assert case_page(world, ada, second).reading is None
    assert Event.CASE_SEPARATED in events_of(world, first)


def test_what_waits_on_the_closing_case_is_said_and_nothing_is_joined(world: World) -> None:
    lead, ada = person(world, Role.LEAD), person(world, Role.ASSOCIATE)
    first, second = two_cases(world, ada, ada)
    with world.unit_of_work(lead) as work:
        set_duty(work, work.session.get_one(Case, second), DutyKind.REFER_AT_ONCE, date(2026, 11, 23))
        work.session.get_one(Case, second).standing = Standing.SUPPORTED
    pair = the_only(world, lead).id
    assert len(preview_join(world, lead, pair, Joining(first)).refused) == 2
    with pytest.raises(Refused, match="Help was accepted"):
        join_cases(world, lead, pair, None, Joining(first), REASON)
    with pytest.raises(Invalid):
        join_cases(world, lead, pair, None, Joining(new_id()), REASON)
    assert join_cases(world, lead, pair, None, Joining(second), REASON) == second


def test_two_leads_at_once_give_one_result(world: World) -> None:
    lead, other, ada = person(world, Role.LEAD), person(world, Role.LEAD), person(world, Role.ASSOCIATE)
    first, second = two_cases(world, ada, ada)
    page = convergence_page(world, lead, the_only(world, lead).id)
    join_cases(world, lead, page.converging.id, page.version, Joining(first), REASON)
    with pytest.raises(Refused, match=f"{lead.name} joined the two cases meanwhile"):
        join_cases(world, other, page.converging.id, page.version, Joining(second), REASON)
    with pytest.raises(Refused, match="meanwhile"):
        dismiss_convergence(world, other, page.converging.id, "No.")
    with world.reading(OPERATOR) as work:
        assert len(work.session.scalars(select(CaseJoin)).all()) == 1
        assert len(work.session.scalars(select(ConvergenceAnswer)).all()) == 1


def test_a_page_that_was_read_before_either_case_changed_is_stale(sqlite_world: World) -> None:
    lead, ada, ben = (
        person(sqlite_world, Role.LEAD),
        person(sqlite_world, Role.ASSOCIATE),
        person(sqlite_world, Role.ASSOCIATE),
    )
    first, second = two_cases(sqlite_world, ada, ben)
    page = convergence_page(sqlite_world, lead, the_only(sqlite_world, lead).id)
    change_owner(sqlite_world, lead, second, None, lead.person, keep=True)
    with pytest.raises(Stale):
        join_cases(sqlite_world, lead, page.converging.id, page.version, Joining(first), REASON)


def test_a_third_case_may_be_joined_after_the_second(sqlite_world: World) -> None:
    council = authority(sqlite_world)
    lead, ada, ben = (
        person(sqlite_world, Role.LEAD),
        person(sqlite_world, Role.ASSOCIATE),
        person(sqlite_world, Role.ASSOCIATE),
    )
    first, second = two_cases(sqlite_world, ben, ben, council)
    third = logged_case(sqlite_world, ada, council).case_id
    find_convergences(sqlite_world)
    by_pair = {
        frozenset({each.first.header.id, each.second.header.id}): each.id
        for each in convergences(sqlite_world, lead)
    }
    join_cases(sqlite_world, lead, by_pair[frozenset({first, second})], None, Joining(second), REASON)
    join_cases(sqlite_world, lead, by_pair[frozenset({second, third})], None, Joining(third), REASON)
    reading = case_page(sqlite_world, ada, third).reading
    assert reading
    assert [each.id for each in reading.joined] == [second, first]
    assert not any(concern.may_show_source for each in reading.joined for concern in each.concerns)
    assert case_page(sqlite_world, ada, first).reading is not None


def test_a_closed_case_waits_no_more_and_its_pair_comes_back_when_it_is_opened_again(
    sqlite_world: World,
) -> None:
    council = authority(sqlite_world)
    lead = person(sqlite_world, Role.LEAD)
    first, _ = (triaged_case(sqlite_world, lead, council) for _ in range(2))
    find_convergences(sqlite_world)
    close_case(sqlite_world, lead, first, None, ClosingOutcome.IMPROVED, "All is well.")
    assert convergences(sqlite_world, lead) == ()
    reopen_case(sqlite_world, lead, first, None, "New talk.")
    assert the_only(sqlite_world, lead)


def test_word_of_an_escalation_is_given_on_the_case_that_holds_it(sqlite_world: World) -> None:
    """The duty would ask for an entry that the case which goes on does not have, and never be done."""
    world, lead, ada = sqlite_world, person(sqlite_world, Role.LEAD), person(sqlite_world, Role.ASSOCIATE)
    first, second = two_cases(world, ada, ada)
    for case_id in (first, second):
        reroute(world, lead, case_id, Route.JOINT_LOCAL_MEETING)
    made = record_escalation(
        world,
        lead,
        second,
        None,
        NewEscalation(Body.AUDIT_COMMISSION, EscalationAction.RED_FLAG, TODAY, "Thresholds."),
    )
    met = record_meeting(world, lead, first, None, joint_meeting(ISSUE_A)).meeting_id
    join_cases(world, lead, the_only(world, lead).id, None, Joining(first), REASON)
    assert DutyKind.TELL_AUTHORITY not in owed(world, first)
    telling = NewAuthorityTelling(TODAY, Capacity.CHIEF_EXECUTIVE, ToldHow.TELEPHONE)
    tell_authority(world, lead, second, None, made.escalation_id, telling)
    assert owed(world, second) == {}
    correct_meeting(world, lead, first, None, met, joint_meeting(ISSUE_A), "A name was wrong.")
    assert case_header(world, lead, first).escalated, "what the joined case brought stands all the same"


def test_talks_that_are_owed_become_a_follow_up_on_another_route(sqlite_world: World) -> None:
    """Nobody can record a talk on a case that is not brokered, so the duty would stay for ever."""
    world, lead, ada = sqlite_world, person(sqlite_world, Role.LEAD), person(sqlite_world, Role.ASSOCIATE)
    first, second = two_cases(world, ada, ada)
    reroute(world, lead, first, Route.CONFIDENTIAL_DIALOGUE)
    reroute(world, lead, second, Route.POLITICAL_BROKERAGE)
    pair, due_on = the_only(world, lead).id, owed(world, second)[DutyKind.POLITICAL_BROKERAGE].due_on
    shown = preview_join(world, lead, pair, Joining(first)).duties
    assert [(each.kind, each.due_on) for each in shown] == [(DutyKind.FOLLOW_UP, due_on)]
    join_cases(world, lead, pair, None, Joining(first), REASON)
    assert owed(world, first)[DutyKind.FOLLOW_UP].due_on == due_on
    assert DutyKind.POLITICAL_BROKERAGE not in owed(world, first)


def test_the_source_of_a_joined_case_hears_what_became_of_it(world: World) -> None:
    """It would be told that our work has ended while it goes on, and never hear when it does end."""
    lead, ada, ben = person(world, Role.LEAD), person(world, Role.ASSOCIATE), person(world, Role.ASSOCIATE)
    council = authority(world)
    first = logged_case(world, ada, council).case_id
    second = logged_case(world, ben, council, **REACHABLE).case_id
    find_convergences(world)
    reroute(world, lead, first, Route.CONFIDENTIAL_DIALOGUE)
    join_cases(world, lead, the_only(world, lead).id, None, Joining(first), REASON)
    assert owed(world, second) == {}
    concern = concern_of(world, second)
    said = telling_sheet(world, ben, second, concern).may_be_said
    assert Saying.RECEIVED in said
    assert Saying.ENDED not in said
    close_case(world, lead, first, None, ClosingOutcome.WITH_OTHERS, "The inspectorate acts.")
    duty = owed(world, second)[DutyKind.TELL_SOURCE]
    assert (duty.owner_id, duty.subject_id) == (ben.id, concern)
    said = telling_sheet(world, ben, second, concern).may_be_said
    assert {Saying.ENDED, Saying.OTHERS_ACT} <= set(said)
    assert case_page(world, ben, first).reading is None
