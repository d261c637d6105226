"""What the people of the demo's stories do, each act by the verb that the screens use too."""

from collections.abc import Callable

from sqlalchemy import select

from clearinghouse.access.decision import Membership
from clearinghouse.casework.assignment import add_to_case, change_owner
from clearinghouse.casework.closing import Learning, close_case
from clearinghouse.casework.concerns import NewConcern, log_concern
from clearinghouse.casework.demo.people import demo_actor
from clearinghouse.casework.demo.stage import Moment
from clearinghouse.casework.dialogue.conversations import (
    NewConversation,
    NewPassage,
    conversations_page,
    record_conversation,
)
from clearinghouse.casework.dialogue.offers import NewOffer, answer_offer, make_offer
from clearinghouse.casework.duties.followups import complete_duty, schedule_followup
from clearinghouse.casework.duties.series import Repeat
from clearinghouse.casework.escalation.recording import NewEscalation
from clearinghouse.casework.escalation.referrals import refer
from clearinghouse.casework.escalation.risk import NewRiskReferral, refer_at_once
from clearinghouse.casework.meetings.minutes import MinuteAsked, issue_minute
from clearinghouse.casework.meetings.recording import (
    NewAttendee,
    NewIssue,
    NewMeeting,
    NewMeetingPassage,
    record_meeting,
)
from clearinghouse.casework.plans.reviews import record_review
from clearinghouse.casework.triage import open_triage, triage_case
from clearinghouse.protocol.triage import TriageFacts
from clearinghouse.protocol.vocabulary import (
    Audience,
    Capacity,
    ClosingOutcome,
    DutyKind,
    KnownAnswer,
    Nature,
    OfferAnswer,
    Route,
    Scenario,
)
from clearinghouse.records.duties import Duty, DutyState
from clearinghouse.records.meetings import Meeting

Act = Callable[[Moment], None]


def logs(nature: Nature, text: str, how_known: str, source: str, position: str, **more: str | bool) -> Act:
    """Logs the concern that begins the case. `more` is `service`, `people_at_risk`, `source_contact`,
    `contactable`.
    """

    def act(moment: Moment) -> None:
        concern = NewConcern(
            authorities=(moment.authority_id,),
            nature=nature,
            text=text,
            how_known=how_known,
            noticed_on=moment.world.today,
            service=str(more.get("service", "")) or None,
            people_at_risk=bool(more.get("people_at_risk")),
            source_name=source,
            source_position=position,
            source_contact=str(more.get("source_contact", "")),
            source_may_be_contacted=bool(more["contactable"]) if "contactable" in more else None,
        )
        logged = log_concern(moment.world, moment.actor, concern)
        moment.stage.cases[moment.story.key] = logged.case_id

    return act


def facts(nature: Nature, scenario: Scenario, service: str = "", **answers: KnownAnswer) -> TriageFacts:
    """What is known at triage: nobody at risk and no legal duty, unless an answer says otherwise."""
    known = {"risk_of_harm": KnownAnswer.NO, "legal_duty_to_refer": KnownAnswer.NO, **answers}
    return TriageFacts(nature, scenario, service or None, who_knows=None, dialogue_tried=False, **known)


def triages(known: TriageFacts, route: Route, rationale: str = "") -> Act:
    """Reads what was said and decides the route."""

    def act(moment: Moment) -> None:
        open_triage(moment.world, moment.actor, moment.case_id)
        triage_case(moment.world, moment.actor, moment.case_id, None, known, route, rationale)

    return act


def talks(with_whom: str, capacities: set[Capacity], *passages: NewPassage, held: bool = True) -> Act:
    """Records a conversation of that day; not held means attempted in vain."""

    def act(moment: Moment) -> None:
        talk = NewConversation(moment.world.today, held, frozenset(capacities), with_whom, passages)
        record_conversation(moment.world, moment.actor, moment.case_id, None, talk)

    return act


def said(text: str, *audiences: Audience, consents: KnownAnswer = KnownAnswer.NOT_KNOWN) -> NewPassage:
    """A passage of a conversation, for nobody unless somebody is named."""
    return NewPassage(text, frozenset(audiences or {Audience.NOBODY}), consents)


def offers(terms: str, answer_by: int, from_whom: str = "", cost: str = "") -> Act:
    """Reads the conversations and makes the offer; the answer is due so many working days before the last day."""

    def act(moment: Moment) -> None:
        conversations_page(moment.world, moment.actor, moment.case_id)
        offer = NewOffer(terms, moment.day(answer_by), from_whom, cost)
        make_offer(moment.world, moment.actor, moment.case_id, None, offer)

    return act


def records_answer(answer: OfferAnswer, note: str) -> Act:
    """Records what the authority said to the offer that day."""

    def act(moment: Moment) -> None:
        answer_offer(moment.world, moment.actor, moment.case_id, None, answer, moment.world.today, note)

    return act


def schedules(on: int, note: str, by: str | None = None) -> Act:
    """Schedules a follow-up so many working days before the last day, for somebody or for the case's owner."""

    def act(moment: Moment) -> None:
        owner = demo_actor(moment.world, by).person if by else None
        schedule_followup(
            moment.world, moment.actor, moment.case_id, None, moment.day(on), note, owner_id=owner
        )

    return act


def repeats(on: int, note: str, repeat: Repeat) -> Act:
    """Schedules a follow-up that comes again, the first so many working days before the last day."""

    def act(moment: Moment) -> None:
        schedule_followup(
            moment.world, moment.actor, moment.case_id, None, moment.day(on), note, repeat=repeat
        )

    return act


def does(kind: DutyKind, note: str, next_on: int) -> Act:
    """Does the first open duty of a kind by saying so, and dates the next follow-up."""

    def act(moment: Moment) -> None:
        with moment.world.reading(moment.actor) as work:
            owed = (Duty.case_id == moment.case_id, Duty.state == DutyState.OPEN, Duty.kind == kind)
            duty_id = work.session.scalars(
                select(Duty.id).where(*owed).order_by(Duty.due_on, Duty.id).limit(1)
            ).one()
        complete_duty(moment.world, moment.actor, moment.case_id, duty_id, note, moment.day(next_on))

    return act


def hands_over(owner: str) -> Act:
    """Hands the case to another owner and keeps the former on it."""

    def act(moment: Moment) -> None:
        to = demo_actor(moment.world, owner).person
        change_owner(moment.world, moment.actor, moment.case_id, None, to, keep=True)

    return act


def puts_on_case(person: str) -> Act:
    """Puts somebody on the case."""

    def act(moment: Moment) -> None:
        to = demo_actor(moment.world, person).person
        add_to_case(moment.world, moment.actor, moment.case_id, None, to, Membership.TEAM)

    return act


def reviews(adequate_progress: bool, note: str) -> Act:
    """Records a review of the support."""

    def act(moment: Moment) -> None:
        record_review(
            moment.world,
            moment.actor,
            moment.case_id,
            None,
            moment.world.today,
            adequate_progress,
            note,
        )

    return act


def meets(
    passages: tuple[NewMeetingPassage, ...], attendees: tuple[NewAttendee, ...], *issues: NewIssue
) -> Act:
    """Records a joint local meeting of that day."""

    def act(moment: Moment) -> None:
        meeting = NewMeeting(moment.world.today, attendees, issues, passages=passages)
        record_meeting(moment.world, moment.actor, moment.case_id, None, meeting)

    return act


def issues_minutes(*asked: MinuteAsked) -> Act:
    """Issues minutes of the case's latest meeting."""

    def act(moment: Moment) -> None:
        with moment.world.reading(moment.actor) as work:
            held = select(Meeting.id).where(Meeting.case_id == moment.case_id).order_by(Meeting.id.desc())
            meeting_id = work.session.scalars(held.limit(1)).one()
        for each in asked:
            issue_minute(moment.world, moment.actor, moment.case_id, None, meeting_id, each)

    return act


def refers(given: Callable[[Moment], NewEscalation]) -> Act:
    """Refers the authority through its gate."""

    def act(moment: Moment) -> None:
        refer(moment.world, moment.actor, moment.case_id, None, given(moment))

    return act


def refers_at_once(given: Callable[[Moment], NewRiskReferral]) -> Act:
    """Refers without waiting, because people are at risk."""

    def act(moment: Moment) -> None:
        refer_at_once(moment.world, moment.actor, moment.case_id, None, given(moment))

    return act


def closes(outcome: ClosingOutcome, reason: str, learning: Learning) -> Act:
    """Closes the case with what it came to and what was learned."""

    def act(moment: Moment) -> None:
        close_case(moment.world, moment.actor, moment.case_id, None, outcome, reason, learning)

    return act
