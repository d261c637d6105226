"""What happens because time passes: reminders, overdue duties, lapsed offers and letters, each exactly once."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar
from uuid import UUID

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import InstrumentedAttribute

from clearinghouse.access.decision import CaseScope
from clearinghouse.access.roles import CLOCK, Actor, Region, Role
from clearinghouse.casework.admission import scope_of
from clearinghouse.casework.letters import LetterKind, Sent, enqueue, may_hear, send_letters
from clearinghouse.casework.offers import lapse_offers
from clearinghouse.casework.staff import actor_of, in_force
from clearinghouse.casework.world import Work, World
from clearinghouse.protocol.duties import ChasedWith, chased_with
from clearinghouse.protocol.working_days import add_working_days
from clearinghouse.records.cases import Case
from clearinghouse.records.duties import Duty, DutyState
from clearinghouse.records.events import Event, Stream
from clearinghouse.records.people import RoleGrant, User, UserState

BATCH = 200
T = TypeVar("T")


@dataclass(frozen=True)
class Failure:
    """A step of a round that broke; what is due in it waits for the next round."""

    step: str
    error: Exception


@dataclass(frozen=True)
class TickReport:
    """What one round of the clock did."""

    reminded: int
    overdue: int
    lapsed: int
    letters: Sent
    failures: tuple[Failure, ...]


@dataclass(frozen=True)
class _Alarm:
    """One way in which a duty is raised: the event, the letter, the column that says it was, and when it is time."""

    event: Event
    letter: LetterKind
    raised_at: InstrumentedAttribute[object]
    is_time: Callable[[Work], tuple[ColumnElement[bool], ...]]


_REMINDER = _Alarm(
    Event.DUTY_REMINDED,
    LetterKind.REMINDER,
    Duty.reminded_at,
    lambda work: (Duty.due_on >= work.today, Duty.due_on <= add_working_days(work.today, 1, work.holidays)),
)
_OVERDUE = _Alarm(
    Event.DUTY_OVERDUE, LetterKind.OVERDUE, Duty.overdue_at, lambda work: (Duty.due_on < work.today,)
)


def tick(world: World) -> TickReport:
    """One round: let offers lapse, remind, raise what is overdue (004 §19), send letters.

    Any number of processes may tick at once, at any time: what is due is claimed, told and written down in one
    transaction. A step that breaks does not keep the others from their work.
    """
    failures: list[Failure] = []

    def step(name: str, verb: Callable[[World], T], nothing: T) -> T:
        try:
            return verb(world)
        except Exception as error:  # whatever it is, the other steps must not wait for it
            failures.append(Failure(name, error))
            return nothing

    lapsed = step("lapse", _lapse_all, 0)
    reminded = step("remind", lambda world: _raise_all(world, _REMINDER), 0)
    overdue = step("overdue", lambda world: _raise_all(world, _OVERDUE), 0)
    letters = step("letters", send_letters, Sent())
    return TickReport(reminded, overdue, lapsed, letters, tuple(failures))


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
        free = select(Duty.id).join(Case, Case.id == Duty.case_id).where(*due).order_by(Duty.due_on, Duty.id)
        found = work.session.scalars(free.limit(BATCH).with_for_update(of=Case, skip_locked=True)).all()
        if not found:
            return None
        # A duty that was found may have been raised or done before its case was held: ask again.
        claim = (
            update(Duty).where(Duty.id.in_(found), *due).values({alarm.raised_at: work.now}).returning(Duty)
        )
        claimed = work.session.scalars(claim, execution_options={"synchronize_session": False}).all()
        audience = _Audience(work)
        for duty in sorted(claimed, key=lambda duty: (duty.due_on, duty.id)):
            _raise_one(work, duty, alarm, audience)
        return len(claimed)


def _raise_one(work: Work, duty: Duty, alarm: _Alarm, audience: "_Audience") -> None:
    told = audience.of(duty)
    # Not a change that anybody's form has to know of: the case's version stays.
    work.record(
        alarm.event, Stream.CASE, duty.case_id, duty=duty.id, kind=duty.kind, due_on=duty.due_on, told=told
    )
    for person in told:
        enqueue(work, person, alarm.letter, duty.case_id)


class _Audience:
    """Who hears of a duty, asked for many duties in one work: people and leads are looked up once."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._people: dict[UUID, Actor | None] = {}
        self._leads: dict[Region | None, tuple[UUID, ...]] = {}

    def of(self, duty: Duty) -> tuple[UUID, ...]:
        """The owner until it is overdue, then the leads too (§19); leads at once where the owner may not hear of it."""
        work = self._work
        scope = scope_of(work, work.session.get_one(Case, duty.case_id))
        told = self._who_may_hear((duty.owner_id,), duty, scope)
        chased = chased_with(duty.due_on, work.today, work.holidays)
        if chased is not ChasedWith.OWNER or not told:
            leads = [lead for region in sorted(scope.regions) for lead in self._leads_in(region)]
            heard = self._who_may_hear(leads, duty, scope) or self._who_may_hear(
                self._leads_in(None), duty, scope
            )
            told = tuple(dict.fromkeys((*told, *heard)))
        return told

    def _who_may_hear(
        self, people: tuple[UUID, ...] | list[UUID], duty: Duty, scope: CaseScope
    ) -> tuple[UUID, ...]:
        known = ((each, self._person(each)) for each in people)
        return tuple(
            each for each, person in known if person and may_hear(self._work, person, duty.case_id, scope)
        )

    def _person(self, user_id: UUID) -> Actor | None:
        if user_id not in self._people:
            user = self._work.session.get_one(User, user_id)
            self._people[user_id] = actor_of(self._work, user) if user.state is UserState.ACTIVE else None
        return self._people[user_id]

    def _leads_in(self, region: Region | None) -> tuple[UUID, ...]:
        if region not in self._leads:
            where = RoleGrant.region.is_(None) if region is None else RoleGrant.region == region
            held = select(RoleGrant.user_id).where(
                RoleGrant.role == Role.LEAD, where, in_force(self._work.today)
            )
            self._leads[region] = tuple(
                self._work.session.scalars(held.distinct().order_by(RoleGrant.user_id))
            )
        return self._leads[region]
