"""Open cases that have no next duty, which must never be: found by the clock and the operator, and given one."""

from uuid import UUID

from sqlalchemy import func, select

from clearinghouse.access.roles import CLOCK, OPERATOR
from clearinghouse.casework.admission import record_change, scopes_of
from clearinghouse.casework.duties.setting import set_duty
from clearinghouse.casework.mail.audience import Audience
from clearinghouse.casework.mail.letters import LetterKind, write_letters
from clearinghouse.casework.next_duty import cases_without
from clearinghouse.casework.world import World
from clearinghouse.protocol.vocabulary import DutyKind
from clearinghouse.records.cases import Case
from clearinghouse.records.events import Event


def mend_cases(world: World) -> int:
    """Owe a follow-up at once on every open case that has no next duty (004 §19), and tell its leads; returns how many.

    The program refuses to keep such a case; one that was made so past it must not lie there unseen.
    """
    with world.reading(CLOCK) as work:
        lost = work.session.scalars(cases_without().order_by(Case.id)).all()
    return sum(_mend(world, case_id) for case_id in lost)


def count_cases_without(world: World) -> int:
    """How many open cases have no next duty: none, unless somebody wrote past the program."""
    with world.reading(OPERATOR) as work:
        return work.session.scalars(select(func.count()).select_from(cases_without().subquery())).one()


def _mend(world: World, case_id: UUID) -> bool:
    with world.unit_of_work(CLOCK) as work:
        held = select(Case).where(Case.id == case_id).with_for_update(skip_locked=True)
        case = work.session.scalars(held).one_or_none()
        # Another clock may have it in hand, or somebody has set a duty since.
        if case is None or work.session.scalars(cases_without().where(Case.id == case_id)).first() is None:
            return False
        told = Audience(work, scopes_of(work, {case.id: case.route})).leads(case.id)
        record_change(work, case, Event.CASE_FOUND_WITHOUT_DUTY, told=told)
        set_duty(work, case, DutyKind.FOLLOW_UP, work.today)
        write_letters(work, LetterKind.WITHOUT_DUTY, [(person, case.id) for person in told])
        return True
