"""The concerns of a case as those who read it are shown them, and those of the cases that were joined into it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select

from clearinghouse.access.decision import may
from clearinghouse.access.permissions import Permission
from clearinghouse.casework.admission import Admitted, case_to_open, scope_of
from clearinghouse.casework.source import may_know_source
from clearinghouse.casework.staff import name_of
from clearinghouse.casework.world import Work
from clearinghouse.protocol.vocabulary import Nature
from clearinghouse.records.cases import Case, Concern
from clearinghouse.records.convergence import CaseJoin
from clearinghouse.records.sealed import Compartment


@dataclass(frozen=True)
class ShownConcern:
    """What one source said. `may_show_source` where the actor may learn who it was."""

    id: UUID
    text: str
    how_known: str
    nature: Nature
    service: str
    noticed_on: date | None
    logged_by: str
    logged_at: datetime
    may_show_source: bool


@dataclass(frozen=True)
class JoinedCase:
    """A case that is carried on in the one that is read."""

    id: UUID
    reference: str
    joined_by: str
    joined_at: datetime
    reason: str
    concerns: tuple[ShownConcern, ...]


@dataclass(frozen=True)
class CarriedOnIn:
    """The case in which the one that is read is carried on: for those alone who may read that one too."""

    id: UUID
    reference: str


def concerns_of(work: Work, admitted: Admitted) -> tuple[ShownConcern, ...]:
    """The case's own concerns, in the order in which they were logged."""
    rows = work.session.scalars(
        select(Concern).where(Concern.case_id == admitted.case.id).order_by(Concern.id)
    )
    return tuple(
        ShownConcern(
            id=row.id,
            text=row.text,
            how_known=row.how_known,
            nature=row.nature,
            service=row.service,
            noticed_on=row.noticed_on,
            logged_by=name_of(work, row.logged_by),
            logged_at=row.logged_at,
            may_show_source=may_know_source(work.actor, admitted.scope, row),
        )
        for row in rows
    )


def joined_cases(work: Work, case_id: UUID) -> tuple[JoinedCase, ...]:
    """What was joined into the case, at any remove; that each was opened is in its own ledger."""
    return tuple(_joined(work, case_id))


def carried_on_in(work: Work, case_id: UUID) -> CarriedOnIn | None:
    """Where the case is carried on, if the actor may read that case."""
    here = (CaseJoin.joined_id == case_id, CaseJoin.ended_at.is_(None))
    onward = work.session.scalars(
        select(Case).join(CaseJoin, CaseJoin.case_id == Case.id).where(*here)
    ).first()
    if onward is None or not may(work.actor, Permission.CASE_READ, scope_of(work, onward)).allowed:
        return None
    return CarriedOnIn(onward.id, onward.reference)


def _joined(work: Work, case_id: UUID) -> Iterator[JoinedCase]:
    here = (CaseJoin.case_id == case_id, CaseJoin.ended_at.is_(None))
    for join in work.session.scalars(select(CaseJoin).where(*here).order_by(CaseJoin.id)).all():
        case = work.session.get_one(Case, join.joined_id)
        if not may(work.actor, Permission.CASE_READ, scope_of(work, case)).allowed:
            continue
        admitted = case_to_open(work, case.id, Compartment.CONCERN)
        yield JoinedCase(
            id=case.id,
            reference=case.reference,
            joined_by=name_of(work, join.joined_by),
            joined_at=join.joined_at,
            reason=join.reason,
            concerns=concerns_of(work, admitted),
        )
        yield from _joined(work, case.id)
