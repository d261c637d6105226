"""Who raised a concern: shown to its logger and to named custodians alone, and every showing is in the ledger."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from clearinghouse.access.decision import CaseScope, may
from clearinghouse.access.permissions import Permission
from clearinghouse.access.roles import Actor
from clearinghouse.casework.admission import case_to_open, case_to_read
from clearinghouse.casework.errors import NotFound
from clearinghouse.casework.headers import CaseHeader, header_of
from clearinghouse.casework.world import World
from clearinghouse.records.cases import Concern, Source
from clearinghouse.records.sealed import Compartment


@dataclass(frozen=True)
class ShownSource:
    """Who raised one concern, with the header of its case. `name` is empty for somebody who gave none."""

    header: CaseHeader
    name: str
    contact: str
    position: str
    may_be_named: bool


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
            header_of(work, admitted), source.name, source.contact, source.position, source.may_be_named
        )


def may_know_source(actor: Actor, scope: CaseScope, concern: Concern) -> bool:
    """Of several concerns on a case, a logger learns the source of their own alone; a custodian of each."""
    theirs = concern.logged_by == actor.id or scope.is_custodian(actor.id)
    return theirs and may(actor, Permission.SOURCE_READ, scope).allowed
