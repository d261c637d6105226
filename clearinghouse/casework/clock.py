"""What happens because time passes: reminders, overdue duties, lapsed offers and letters, each exactly once."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, Row, select, update
from sqlalchemy.orm import InstrumentedAttribute

from clearinghouse.access.roles import CLOCK
from clearinghouse.casework.admission import scopes_of
from clearinghouse.casework.anchors.cosigning import Cosigned, ask_witnesses
from clearinghouse.casework.anchors.posting import mail_checkpoints
from clearinghouse.casework.anchors.stamping import stamp_by_clock
from clearinghouse.casework.convergence.finding import find_convergences
from clearinghouse.casework.dialogue.offers import lapse_offers
from clearinghouse.casework.log import Logged, keep_log
from clearinghouse.casework.mail.audience import Audience
from clearinghouse.casework.mail.letters import LetterKind, Sent, send_letters, write_letters
from clearinghouse.casework.next_duty import LEAVES_NEXT_DUTY
from clearinghouse.casework.openings.ending import end_break_glasses, end_liftings
from clearinghouse.casework.packs.building import build_packs
from clearinghouse.casework.peers.accreditation import watch_accreditations
from clearinghouse.casework.peers.posting import send_peer_letters
from clearinghouse.casework.people.departures import end_roles, shut_idle_accounts
from clearinghouse.casework.people.grant_reminders import remind_of_reviews
from clearinghouse.casework.questionnaires.closing import chase_half_time, close_due, forget_addresses
from clearinghouse.casework.questionnaires.letters import send_questionnaires
from clearinghouse.casework.regional.chasing import raise_overdue_actions, remind_of_actions
from clearinghouse.casework.register.succession_duties import owe_all_successions
from clearinghouse.casework.retention.due import find_due
from clearinghouse.casework.retention.tombstones import settle_tombstones
from clearinghouse.casework.search.building import build_search_texts
from clearinghouse.casework.subject_access.watching import watch_requests
from clearinghouse.casework.teams.watching import watch_invitations
from clearinghouse.casework.upkeep.mending import mend_cases
from clearinghouse.casework.world import Work, World
from clearinghouse.protocol.duties import ChasedWith, deputy_hears_before
from clearinghouse.protocol.vocabulary import DutyKind
from clearinghouse.protocol.working_days import add_working_days
from clearinghouse.records.cases import Case
from clearinghouse.records.duties import Duty, DutyState
from clearinghouse.records.events import Event, Stream
from clearinghouse.records.ledger import Fact

BATCH = 500
CHECKPOINT_EVERY = timedelta(minutes=1)
T = TypeVar("T")
_Claimed = Row[UUID, UUID, DutyKind, UUID, date]
# The columns that the claim writes are none that the next duty of a case rests on.
_CLAIMS = {"synchronize_session": False, LEAVES_NEXT_DUTY: True}


@dataclass(frozen=True)
class Failure:
    """A step of a round that broke; what is due in it waits for the next round."""

    step: str
    error: Exception


@dataclass(frozen=True)
class TickReport:
    """What one round of the clock did.

    `deputy` counts what was raised to deputies, `mended` the cases that were found without a next duty, `left` the
    roles and accounts that ended.
    """

    reminded: int
    overdue: int
    deputy: int
    lapsed: int
    mended: int
    left: int
    letters: Sent
    failures: tuple[Failure, ...]


@dataclass(frozen=True)
class _Alarm:
    """One rung on which a duty is raised: to whom, the column that says it was, and when it is time."""

    rung: ChasedWith
    event: Event
    letter: LetterKind
    raised_at: InstrumentedAttribute[Any]
    is_time: Callable[[Work], tuple[ColumnElement[bool], ...]]


_REMINDER = _Alarm(
    ChasedWith.OWNER,
    Event.DUTY_REMINDED,
    LetterKind.REMINDER,
    Duty.reminded_at,
    lambda work: (Duty.due_on >= work.today, Duty.due_on <= add_working_days(work.today, 1, work.holidays)),
)
_OVERDUE = _Alarm(
    ChasedWith.LEAD,
    Event.DUTY_OVERDUE,
    LetterKind.OVERDUE,
    Duty.overdue_at,
    lambda work: (Duty.due_on < work.today,),
)
# Only what has reached the rung before: after an outage of days each still hears in turn.
_DEPUTY = _Alarm(
    ChasedWith.DEPUTY,
    Event.DUTY_RAISED_TO_DEPUTY,
    LetterKind.OVERDUE_FOR_DEPUTY,
    Duty.deputy_told_at,
    lambda work: (
        Duty.due_on < deputy_hears_before(work.today, work.holidays),
        Duty.overdue_at.is_not(None),
    ),
)


def tick(world: World, *, thorough: bool = True) -> TickReport:
    """One round: let offers lapse and roles end, remind, raise what is overdue (004 §19), send letters.

    Any number of processes may tick at once, at any time: what is due is claimed, told and written down in one
    transaction. A step that breaks does not keep the others from their work. `thorough` looks through every open case
    for one that has no next duty, which need not be done every few seconds.
    """
    failures: list[Failure] = []

    def step(name: str, verb: Callable[[World], T], nothing: T) -> T:
        try:
            return verb(world)
        except Exception as error:  # whatever it is, the other steps must not wait for it
            failures.append(Failure(name, error))
            return nothing

    # Who leaves hands over first, so that what is raised is raised to those who have it now.
    left = step("roles", end_roles, 0) + step("idle", shut_idle_accounts, 0)
    step("liftings", end_liftings, 0)
    step("break-glass", end_break_glasses, 0)
    lapsed = step("lapse", _lapse_all, 0)
    step("questionnaires", close_due, 0)
    step("half-time", chase_half_time, 0)
    mended = step("without", mend_cases, 0) if thorough else 0
    step("succession", owe_all_successions, 0)
    step("convergence", find_convergences, 0)
    step("retention", find_due, 0)
    step("tombstones", lambda world: settle_tombstones(world, thorough=thorough), False)
    step("peers asked", watch_invitations, 0)
    reminded = step("remind", lambda world: _raise_all(world, _REMINDER), 0)
    reminded += step("remind of actions", remind_of_actions, 0)
    overdue = step("overdue", lambda world: _raise_all(world, _OVERDUE), 0)
    overdue += step("overdue actions", raise_overdue_actions, 0)
    deputy = step("deputy", lambda world: _raise_all(world, _DEPUTY), 0)
    step("subject access", watch_requests, 0)
    step("accreditations", watch_accreditations, 0)
    if thorough:
        step("reviews of roles", remind_of_reviews, 0)
    letters = step("letters", send_letters, Sent())
    step("questionnaire mail", send_questionnaires, Sent())
    step("letters to peers", send_peer_letters, Sent())
    step("log", lambda world: keep_log(world, CHECKPOINT_EVERY), Logged())
    step("witnesses", ask_witnesses, list[Cosigned]())
    step("time stamp", stamp_by_clock, None)
    step("checkpoint mail", mail_checkpoints, Sent())
    # Last, since a large pack takes its time.
    step("packs", build_packs, 0)
    if thorough:
        step("addresses", forget_addresses, None)
        step("search", build_search_texts, 0)
    return TickReport(reminded, overdue, deputy, lapsed, mended, left, letters, tuple(failures))


def _lapse_all(world: World) -> int:
    total = 0
    while count := lapse_offers(world):
        total += count
    return total


def _raise_all(world: World, alarm: _Alarm) -> int:
    """Raise what is due, a batch to a transaction, until nothing is left that nobody else holds."""
    total = 0
    while (done := _raise_batch(world, alarm)) is not None:
        total += done
    return total


def _raise_batch(world: World, alarm: _Alarm) -> int | None:
    """Raise up to BATCH duties; None where there were none. Says how many of them another process had not taken."""
    with world.unit_of_work(CLOCK) as work:
        due = (Duty.state == DutyState.OPEN, alarm.raised_at.is_(None), *alarm.is_time(work))
        # Verbs hold the case first, so the clock does too: whoever waits for the other, it is never in a circle.
        free = (
            select(Duty.id, Duty.case_id, Case.route)
            .join(Case, Case.id == Duty.case_id)
            .where(*due)
            .order_by(Duty.due_on, Duty.id)
            .limit(BATCH)
            .with_for_update(of=Case, skip_locked=True)
        )
        found = work.session.execute(free).all()
        if not found:
            return None
        # A duty that was found may have been raised or done before its case was held: ask again.
        claim = (
            update(Duty)
            .where(Duty.id.in_([row.id for row in found]), *due)
            .values({alarm.raised_at: work.now})
            .returning(Duty.id, Duty.case_id, Duty.kind, Duty.owner_id, Duty.due_on)
        )
        claimed = work.session.execute(claim, execution_options=_CLAIMS).all()
        audience = Audience(work, scopes_of(work, {row.case_id: row.route for row in found}))
        _raise(work, alarm, audience, sorted(claimed, key=lambda duty: (duty.due_on, duty.id)))
        return len(claimed)


def _raise(work: Work, alarm: _Alarm, audience: Audience, duties: Sequence[_Claimed]) -> None:
    """Write what is raised, and the letters, of a whole batch in few statements."""
    happened: list[tuple[UUID, dict[str, Fact]]] = []
    letters: list[tuple[UUID, UUID]] = []
    for duty in duties:
        told = _raise_one(alarm, audience, duty)
        happened.append(
            (duty.case_id, {"duty": duty.id, "kind": duty.kind, "due_on": duty.due_on, "told": told})
        )
        letters += ((person, duty.case_id) for person in told)
    # Not a change that anybody's form has to know of: the case's version stays.
    work.record_many(alarm.event, Stream.CASE, happened)
    write_letters(work, alarm.letter, letters)


def _raise_one(alarm: _Alarm, audience: Audience, duty: _Claimed) -> tuple[UUID, ...]:
    return audience.of(duty.case_id, duty.owner_id, alarm.rung)
