"""Nothing falls between stools (004 §19): no work is kept that leaves an open case without an owner or a next duty.

Verbs need not remember it: every work is watched for changes to what the invariant rests on.
"""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from sqlalchemy import Select, event, exists, inspect, select, update
from sqlalchemy.orm import ORMExecuteState, Session

from clearinghouse.casework.errors import InvariantBroken
from clearinghouse.protocol.invariants import DutyFacts, has_next
from clearinghouse.protocol.vocabulary import Standing
from clearinghouse.records.cases import NEVER, Case, CaseMember, CaseRegion
from clearinghouse.records.duties import Duty, DutyState

LEAVES_NEXT_DUTY = "leaves_next_duty"
"""An execution option: that a statement over many cases or duties writes nothing that the invariant rests on."""

_RESTS_ON = {Case: ("standing", "owner_id"), Duty: ("state", "due_on", "owner_id", "case_id")}
_TABLES = {inspect(row).local_table for row in _RESTS_ON}


def watch(session: Session) -> set[UUID]:
    """Note from now on every case whose standing, owner or duties the session changes, in the set that is returned.

    A statement that changes many at once says by LEAVES_NEXT_DUTY that it leaves them as they are; without that it is
    refused, since nobody could tell which cases it was about.
    """
    touched: set[UUID] = set()

    @event.listens_for(session, "before_flush")
    def note(session: Session, *_: object) -> None:
        touched.update(_touched(session))

    @event.listens_for(session, "do_orm_execute")
    def refuse(said: ORMExecuteState) -> None:
        if said.is_insert or said.is_update or said.is_delete:
            table = getattr(said.statement, "table", None)
            if table in _TABLES and not said.execution_options.get(LEAVES_NEXT_DUTY):
                raise InvariantBroken(
                    f"rows of {table} are changed one by one, so that their cases are checked"
                )

    return touched


def settle(session: Session, case_id: UUID) -> None:
    """Check the case as it stands at the end of a work, and repeat the date of its next duty where lists look for it.

    Raises InvariantBroken where it is open and lacks an owner or a next duty.
    """
    case = session.get(Case, case_id)
    if case is None:
        return  # destroyed in this very work
    owed = session.execute(
        select(Duty.kind, Duty.due_on, Duty.owner_id).where(
            Duty.case_id == case_id, Duty.state == DutyState.OPEN
        )
    ).all()
    facts = [DutyFacts(duty.kind, duty.due_on, str(duty.owner_id)) for duty in owed]
    verdict = has_next(case.standing, str(case.owner_id), facts)
    if not verdict.allowed:
        raise InvariantBroken(" ".join(reason.words for reason in verdict.missing))
    # Lists of open cases go by the date: what a closed one still owes its source stands in agendas, not there.
    closed = case.standing is Standing.CLOSED
    case.due_on = NEVER if closed else min((duty.due_on for duty in owed), default=NEVER)
    for copies in (CaseRegion, CaseMember):
        session.execute(update(copies).where(copies.case_id == case_id).values(due_on=case.due_on))


def cases_without() -> Select[UUID]:
    """The open cases without a next duty; that a case has an owner and a duty a date, the tables see to."""
    owed = exists().where(Duty.case_id == Case.id, Duty.state == DutyState.OPEN).correlate(Case)
    return select(Case.id).where(Case.standing != Standing.CLOSED, ~owed)


def _touched(session: Session) -> Iterator[UUID]:
    for row in (*session.new, *session.dirty, *session.deleted):
        columns = _RESTS_ON.get(type(row))
        if columns is None:
            continue
        state: Any = inspect(row)
        if row in session.deleted or any(state.attrs[name].history.has_changes() for name in columns):
            yield row.id if isinstance(row, Case) else row.case_id
            # A duty that moves to another case leaves the one it came from, too.
            if isinstance(row, Duty):
                yield from state.attrs.case_id.history.deleted or ()
