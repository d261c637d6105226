"""Who raised a concern: shown to its logger and to named custodians alone, and every showing is in the ledger."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import select

from clearinghouse.access.decision import CaseScope, may
from clearinghouse.access.permissions import Permission
from clearinghouse.access.roles import Actor
from clearinghouse.casework.admission import case_to_open, case_to_read
from clearinghouse.casework.errors import NotFound
from clearinghouse.casework.headers import CaseHeader, header_of
from clearinghouse.casework.staff import name_of
from clearinghouse.casework.world import Work, World
from clearinghouse.protocol.telling import Saying, ToldHow
from clearinghouse.records.cases import Concern, Source
from clearinghouse.records.sealed import Compartment, Gone
from clearinghouse.records.telling import SourceTelling


@dataclass(frozen=True)
class Told:
    """One time that the source was told what happened, or was tried to be, with what was noted about it."""

    told_on: date
    how: ToldHow
    done: bool
    sayings: tuple[Saying, ...]
    note: str
    recorded_by: str


@dataclass(frozen=True)
class ShownSource:
    """Who raised one concern, with the header of its case. `name` is empty for somebody who gave none.

    `may_be_contacted` is None where they were never asked; `may_ask_destroyed` where it may be proposed
    that who they are is destroyed.
    """

    header: CaseHeader
    name: str
    contact: str
    position: str
    may_be_named: bool
    may_be_contacted: bool | None
    concern_id: UUID
    tellings: tuple[Told, ...]
    may_ask_destroyed: bool


def open_source(world: World, actor: Actor, case_id: UUID, concern_id: UUID) -> ShownSource:
    """Show who raised a concern; that it was opened, and by whom, is in the ledger (004 §23).

    Raises NotFound where the concern is not on the case, was logged by somebody else, or the case is not the actor's.
    """
    with world.unit_of_work(actor) as work:
        admitted = case_to_read(work, case_id, Permission.SOURCE_READ)
        concern = work.session.get(Concern, concern_id)
        if (
            concern is None
            or concern.case_id != case_id
            or not may_know_source(actor, admitted.scope, concern)
        ):
            raise NotFound
        case_to_open(work, case_id, Compartment.SOURCE)
        source = work.session.scalars(select(Source).where(Source.concern_id == concern_id)).one_or_none()
        if source is None:
            raise NotFound
        return ShownSource(
            header=header_of(work, admitted),
            name=source.name,
            contact=source.contact,
            position=source.position,
            may_be_named=source.may_be_named,
            may_be_contacted=source.may_be_contacted,
            concern_id=concern_id,
            tellings=_tellings(work, source),
            may_ask_destroyed=not isinstance(source.name, Gone),
        )


def may_know_source(actor: Actor, scope: CaseScope, concern: Concern) -> bool:
    """Of several concerns on a case, a logger learns the source of their own alone; a custodian of each."""
    theirs = concern.logged_by == actor.id or scope.is_custodian(actor.id)
    return theirs and may(actor, Permission.SOURCE_READ, scope).allowed


def _tellings(work: Work, source: Source) -> tuple[Told, ...]:
    query = select(SourceTelling).where(SourceTelling.source_id == source.id)
    return tuple(
        Told(
            row.told_on,
            row.how,
            row.done,
            tuple(Saying(each) for each in row.sayings),
            row.note,
            name_of(work, row.recorded_by),
        )
        for row in work.session.scalars(query.order_by(SourceTelling.id.desc())).all()
    )
