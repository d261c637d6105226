"""The sector offer: made with a date to answer by, answered, withdrawn, or lapsed by the clock."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import select

from clearinghouse.access.permissions import Permission
from clearinghouse.access.roles import CLOCK, Actor
from clearinghouse.casework.admission import case_to_change, record_change
from clearinghouse.casework.duties.setting import finish_duties, owe, set_duty
from clearinghouse.casework.errors import Invalid, Refused
from clearinghouse.casework.facts import offer_facts
from clearinghouse.casework.mail.letters import LetterKind, enqueue
from clearinghouse.casework.world import Work, World
from clearinghouse.protocol.duties import first_duty_after
from clearinghouse.protocol.facts import OfferFacts
from clearinghouse.protocol.offers import may_answer, may_lapse, may_offer, may_withdraw
from clearinghouse.protocol.standing import after, may_step
from clearinghouse.protocol.verdict import Missing, Verdict
from clearinghouse.protocol.vocabulary import DutyKind, OfferAnswer, Step
from clearinghouse.protocol.working_days import next_working_day
from clearinghouse.records.cases import Case
from clearinghouse.records.dialogue import Offer
from clearinghouse.records.events import Event

_LAPSED_AT_ONCE = 200
_STEPS = {OfferAnswer.ACCEPTED: Step.ACCEPT, OfferAnswer.DECLINED: Step.DECLINE}
_AT_THE_FIELD = {
    Missing.ANSWER_BY_NOT_AHEAD: "answer_by",
    Missing.ANSWER_IN_FUTURE: "answered_on",
    Missing.ANSWER_BEFORE_OFFER: "answered_on",
    Missing.ANSWER_TOO_LATE: "answered_on",
}


@dataclass(frozen=True)
class NewOffer:
    """The help put to the authority, and the day by which it answers.

    `from_whom` says who gives it, `cost` what it costs the authority, `starts_by` when it could begin at the latest.
    """

    terms: str
    answer_by: date
    from_whom: str = ""
    cost: str = ""
    starts_by: date | None = None


@dataclass(frozen=True)
class Made:
    """The offer that was made, and the working day that its answer is due on."""

    offer_id: UUID
    answer_by: date


def make_offer(world: World, actor: Actor, case_id: UUID, version: int | None, offer: NewOffer) -> Made:
    """Put the sector's help to the authority, with a working day to answer by (004 §16, §26).

    Raises Refused with reasons where the protocol says not yet, Invalid beside the field, NotFound, Stale.
    """
    with world.unit_of_work(actor) as work:
        case = case_to_change(work, case_id, Permission.OFFER_MAKE, seen=version)
        answer_by = next_working_day(offer.answer_by, work.holidays)
        _require(may_offer(case.standing, offer_facts(work, case), offer.answer_by, work.today))
        if offer.starts_by and offer.starts_by < work.today:
            raise Invalid({"starts_by": "The help cannot have started already: enter a day from today on."})
        row = work.add(
            Offer(
                case_id=case.id,
                made_by=actor.person,
                made_on=work.today,
                answer_by=answer_by,
                starts_by=offer.starts_by,
            )
        )
        row.terms, row.from_whom, row.cost = offer.terms, offer.from_whom, offer.cost
        case.standing = after(case.standing, Step.MAKE_OFFER)
        row.made_event_id = record_change(work, case, Event.OFFER_MADE, offer=row.id, answer_by=answer_by)
        set_duty(work, case, DutyKind.ANSWER_TO_OFFER, answer_by, subject_id=row.id)
        finish_duties(work, case, DutyKind.MAKE_OFFER, DutyKind.FIRST_CONTACT)
        return Made(row.id, answer_by)


def answer_offer(
    world: World,
    actor: Actor,
    case_id: UUID,
    version: int | None,
    answer: OfferAnswer,
    answered_on: date,
    note: str,
) -> None:
    """Record what the authority said to the offer that waits, or, in time but late recorded, that lapsed (§15e).

    Raises Refused with reasons where there is nothing to answer, Invalid beside the field, NotFound, Stale.
    """
    with world.unit_of_work(actor) as work:
        case = case_to_change(work, case_id, Permission.OFFER_MAKE, seen=version)
        row, facts = _latest(work, case)
        _require(may_answer(facts, answered_on, work.today))
        step = _STEPS[answer]
        _require(may_step(case.standing, step))
        row.answer, row.answered_on, row.answer_note = answer, answered_on, note
        case.standing = after(case.standing, step)
        row.answer_event_id = record_change(
            work, case, Event.OFFER_ANSWERED, offer=row.id, answer=answer, answered_on=answered_on
        )
        _go_on(work, case, row, step)


def withdraw_offer(world: World, actor: Actor, case_id: UUID, version: int | None, note: str) -> None:
    """Take back an offer that waits for its answer; a withdrawn offer opens no gate. Raises as answer_offer does."""
    with world.unit_of_work(actor) as work:
        case = case_to_change(work, case_id, Permission.OFFER_MAKE, seen=version)
        row, facts = _latest(work, case)
        _require(may_withdraw(facts))
        row.answer, row.answered_on, row.answer_note = OfferAnswer.WITHDRAWN, work.today, note
        case.standing = after(case.standing, Step.WITHDRAW)
        row.answer_event_id = record_change(work, case, Event.OFFER_WITHDRAWN, offer=row.id)
        _go_on(work, case, row, Step.WITHDRAW)


def lapse_offers(world: World) -> int:
    """Let every offer lapse whose day has passed in silence: recorded as lapsed, not forgotten. Returns how many."""
    with world.reading(CLOCK) as work:
        overdue = (Offer.answer.is_(None), Offer.answer_by < work.today)
        due = work.session.execute(
            select(Offer.id, Offer.case_id).where(*overdue).limit(_LAPSED_AT_ONCE)
        ).all()
    return sum(_lapse(world, row.case_id, row.id) for row in due)


def _lapse(world: World, case_id: UUID, offer_id: UUID) -> bool:
    with world.unit_of_work(CLOCK) as work:
        case = case_to_change(work, case_id, Permission.OFFER_MAKE)
        row, facts = _latest(work, case)
        # Another clock, or the authority's answer, may have come first.
        if row.id != offer_id or not may_lapse(facts, work.today).allowed:
            return False
        row.answer, row.answered_on = OfferAnswer.LAPSED, row.answer_by
        if may_step(case.standing, Step.LAPSE).allowed:
            case.standing = after(case.standing, Step.LAPSE)
        row.answer_event_id = record_change(work, case, Event.OFFER_LAPSED, offer=row.id)
        _go_on(work, case, row, Step.LAPSE)
        enqueue(work, case.owner_id, LetterKind.OFFER_LAPSED, case.id)
        return True


def _latest(work: Work, case: Case) -> tuple[Offer, OfferFacts]:
    row = work.session.scalars(
        select(Offer).where(Offer.case_id == case.id).order_by(Offer.made_on.desc(), Offer.id.desc()).limit(1)
    ).one_or_none()
    if row is None:
        raise Refused(Missing.NO_OPEN_OFFER.words)
    return row, offer_facts(work, case)[-1]


def _go_on(work: Work, case: Case, offer: Offer, step: Step) -> None:
    # All that is owed about this offer ends, so also what a lapse had brought about before the answer was recorded.
    finish_duties(work, case, *DutyKind, subject_id=offer.id)
    following = first_duty_after(step)
    if following:
        owe(work, case, following, subject_id=offer.id)


def _require(verdict: Verdict) -> None:
    at_fields = {_AT_THE_FIELD[each]: each.words for each in verdict.missing if each in _AT_THE_FIELD}
    others = [each.words for each in verdict.missing if each not in _AT_THE_FIELD]
    if others:
        raise Refused(*others)
    if at_fields:
        raise Invalid(at_fields)
