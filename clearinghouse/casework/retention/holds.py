"""Legal holds: placed on a case by one person, and lifted by two."""

from uuid import UUID

from sqlalchemy import select

from clearinghouse.access.permissions import Permission
from clearinghouse.access.roles import Actor
from clearinghouse.casework.admission import case_to_change, record_change
from clearinghouse.casework.errors import NotFound, Refused
from clearinghouse.casework.retention.due import end_reviews
from clearinghouse.casework.world import Work, World
from clearinghouse.records.cases import Case
from clearinghouse.records.events import Event
from clearinghouse.records.retention import LegalHold


def place_hold(world: World, actor: Actor, case_id: UUID, version: int | None, reason: str) -> UUID:
    """Put a case on legal hold: nothing of it is destroyed, whoever proposed it, until two have lifted the hold.

    Raises Refused where it is on hold already, NotFound, Stale.
    """
    with world.unit_of_work(actor) as work:
        case = case_to_change(work, case_id, Permission.RECORD_DESTROY, seen=version)
        if _hold(work, case) is not None:
            raise Refused("The case is on hold already.")
        hold = work.add(LegalHold(case_id=case.id, placed_by=actor.person, placed_at=work.now))
        hold.reason = reason
        record_change(work, case, Event.HOLD_PLACED, hold=hold.id)
        end_reviews(work, case)
        return hold.id


def ask_to_lift(world: World, actor: Actor, case_id: UUID, version: int | None, reason: str) -> None:
    """Propose that the hold is lifted, and say why; it holds until a second person agrees. Raises as place_hold."""
    with world.unit_of_work(actor) as work:
        case, hold = _held(work, case_id, version)
        if hold.lift_asked_by is not None:
            raise Refused("It has been proposed already. A second person decides.")
        hold.lift_asked_by, hold.lift_asked_at, hold.lift_reason = actor.person, work.now, reason
        record_change(work, case, Event.HOLD_LIFT_ASKED, hold=hold.id)


def lift_hold(world: World, actor: Actor, case_id: UUID, version: int | None) -> None:
    """Lift a hold, as the second person.

    Raises Refused for whoever proposed it, and where nobody did; NotFound, Stale.
    """
    with world.unit_of_work(actor) as work:
        case, hold = _held(work, case_id, version)
        if hold.lift_asked_by is None:
            raise Refused("Nobody has proposed to lift the hold.")
        if hold.lift_asked_by == actor.person:
            raise Refused("You proposed to lift the hold. A second person decides.")
        hold.lifted_by, hold.lifted_at = actor.person, work.now
        record_change(work, case, Event.HOLD_LIFTED, hold=hold.id, asked_by=hold.lift_asked_by)


def keep_hold(world: World, actor: Actor, case_id: UUID, version: int | None) -> None:
    """Leave the hold as it is: send back, or take back, the proposal to lift it. Raises Refused, NotFound, Stale."""
    with world.unit_of_work(actor) as work:
        case, hold = _held(work, case_id, version)
        if hold.lift_asked_by is None:
            raise Refused("Nobody has proposed to lift the hold.")
        record_change(work, case, Event.HOLD_LIFT_REFUSED, hold=hold.id, asked_by=hold.lift_asked_by)
        hold.lift_asked_by, hold.lift_asked_at = None, None


def _held(work: Work, case_id: UUID, version: int | None) -> tuple[Case, LegalHold]:
    case = case_to_change(work, case_id, Permission.RECORD_DESTROY, seen=version)
    hold = _hold(work, case)
    if hold is None:
        raise NotFound
    return case, hold


def _hold(work: Work, case: Case) -> LegalHold | None:
    query = select(LegalHold).where(LegalHold.case_id == case.id, LegalHold.lifted_at.is_(None))
    return work.session.scalars(query.with_for_update()).first()
