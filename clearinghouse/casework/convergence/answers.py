"""What waits for a lead among concerns that may belong together: to be read, and dismissed with a reason."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from clearinghouse.access.permissions import Permission
from clearinghouse.access.roles import Actor
from clearinghouse.casework.admission import case_to_open, case_to_read
from clearinghouse.casework.errors import NotFound, Refused
from clearinghouse.casework.headers import CaseHeader, header_of
from clearinghouse.casework.mail.convergence_leads import waiting_for
from clearinghouse.casework.staff import name_of
from clearinghouse.casework.world import Work, World
from clearinghouse.records.cases import Case
from clearinghouse.records.convergence import Convergence, ConvergenceAnswer, ConvergenceState
from clearinghouse.records.events import Event, Stream
from clearinghouse.records.sealed import Compartment


@dataclass(frozen=True)
class ConvergingCase:
    """One of two cases that may belong together."""

    header: CaseHeader
    logged_at: datetime


@dataclass(frozen=True)
class Converging:
    """Two cases that a lead should look at; the first is the one that was logged first."""

    id: UUID
    first: ConvergingCase
    second: ConvergingCase
    same_nature: bool
    same_service: bool
    found_at: datetime


@dataclass(frozen=True)
class Dismissal:
    """That a lead found the two not to be the same, before a third case came."""

    by: str
    at: datetime
    reason: str


@dataclass(frozen=True)
class ConvergencePage:
    """The two cases, and what was said of them before. `version` changes when either case does."""

    converging: Converging
    version: int
    dismissals: tuple[Dismissal, ...]


def convergences(world: World, actor: Actor) -> tuple[Converging, ...]:
    """What waits for this lead; nothing for anybody else, whatever waits for others."""
    with world.reading(actor) as work:
        return tuple(_converging(work, row) for row in waiting_for(work, actor))


def how_many_wait(world: World, actor: Actor) -> int:
    """How many pairs wait for this lead."""
    with world.reading(actor) as work:
        return len(waiting_for(work, actor))


def convergence_page(world: World, actor: Actor, convergence_id: UUID) -> ConvergencePage:
    """One of them. Raises NotFound for absent, decided and not theirs to know alike."""
    with world.reading(actor) as work:
        row = waiting(work, convergence_id)
        answered = select(ConvergenceAnswer.id).where(ConvergenceAnswer.convergence_id == row.id)
        asked_before = work.session.scalars(answered.limit(1)).first() is not None
        shown = _converging(work, row)
    if not asked_before:
        return ConvergencePage(shown, _version(shown), ())
    with world.unit_of_work(actor) as work:
        row = waiting(work, convergence_id)
        case_to_open(work, row.first_id, Compartment.CONCERN)
        return ConvergencePage(shown, _version(shown), _dismissals(work, row))


def dismiss_convergence(world: World, actor: Actor, convergence_id: UUID, reason: str) -> None:
    """Say that the two are not the same; they are asked about again only where a third case converges (ours).

    Raises NotFound as the page does, Refused where another lead was first.
    """
    with world.unit_of_work(actor) as work:
        row = waiting_to_change(work, convergence_id)
        answer = keep_answer(work, row, joined=False, reason=reason)
        row.state = ConvergenceState.DISMISSED
        work.record(
            Event.CONVERGENCE_DISMISSED,
            Stream.INSTALLATION,
            work.world.vault.installation,
            convergence=row.id,
            answer=answer.id,
            first=row.first_id,
            second=row.second_id,
        )


def waiting(work: Work, convergence_id: UUID) -> Convergence:
    """What waits, for a lead whom it concerns. Raises NotFound."""
    for row in waiting_for(work, work.actor):
        if row.id == convergence_id:
            return row
    raise NotFound


def waiting_to_change(work: Work, convergence_id: UUID) -> Convergence:
    """The same, held until the work ends. Raises Refused, for a lead whom it concerned, where it was decided."""
    held = select(Convergence).where(Convergence.id == convergence_id).with_for_update()
    row = work.session.scalars(held.execution_options(populate_existing=True)).one_or_none()
    if row is None:
        raise NotFound
    if row.state is ConvergenceState.WAITING:
        return waiting(work, convergence_id)
    for each in (row.first_id, row.second_id):
        case_to_read(work, each, Permission.CASE_JOIN)
    latest = select(ConvergenceAnswer).where(ConvergenceAnswer.convergence_id == row.id)
    answer = work.session.scalars(latest.order_by(ConvergenceAnswer.answered_at.desc()).limit(1)).one()
    did = "joined the two cases" if answer.joined else "found that they are not the same"
    raise Refused(f"{name_of(work, answer.answered_by)} {did} meanwhile.")


def keep_answer(work: Work, row: Convergence, *, joined: bool, reason: str) -> ConvergenceAnswer:
    """Write what the lead said, sealed with the first case; the caller writes the event."""
    answer = work.add(
        ConvergenceAnswer(
            convergence_id=row.id,
            case_id=row.first_id,
            answered_by=work.actor.person,
            answered_at=work.now,
            joined=joined,
        )
    )
    answer.reason = reason
    return answer


def _converging(work: Work, row: Convergence) -> Converging:
    def of(case_id: UUID) -> ConvergingCase:
        admitted = case_to_read(work, case_id, Permission.CASE_JOIN)
        return ConvergingCase(header_of(work, admitted), work.session.get_one(Case, case_id).logged_at)

    return Converging(
        id=row.id,
        first=of(row.first_id),
        second=of(row.second_id),
        same_nature=row.same_nature,
        same_service=row.same_service,
        found_at=row.found_at,
    )


def _version(shown: Converging) -> int:
    return shown.first.header.version + shown.second.header.version


def _dismissals(work: Work, row: Convergence) -> tuple[Dismissal, ...]:
    query = select(ConvergenceAnswer).where(ConvergenceAnswer.convergence_id == row.id)
    return tuple(
        Dismissal(name_of(work, each.answered_by), each.answered_at, each.reason)
        for each in work.session.scalars(query.order_by(ConvergenceAnswer.answered_at))
    )
