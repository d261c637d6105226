"""The header of a case: what every page about it shows at its top, and what the actor may do there."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select

from clearinghouse.access.permissions import Permission
from clearinghouse.access.roles import Actor, Region
from clearinghouse.casework.admission import Admitted, case_to_read, permissions_on
from clearinghouse.casework.opened import open_until
from clearinghouse.casework.staff import name_of
from clearinghouse.casework.world import Work, World
from clearinghouse.protocol.vocabulary import Nature, Route, Standing
from clearinghouse.records.authorities import Authority
from clearinghouse.records.cases import NEVER, CaseAuthority


@dataclass(frozen=True)
class NamedAuthority:
    """An authority that a case names."""

    id: UUID
    name: str


@dataclass(frozen=True)
class CaseHeader:
    """What may be known of a case without reading it. `due_on` is None for a closed case.

    `version` goes into every form about the case; `right` says why the actor may see this page. `former_authorities`
    are those that it named before they were replaced. `open_until` is set where it is open to the actor for a time.
    """

    id: UUID
    reference: str
    version: int
    lead_authority: NamedAuthority
    other_authorities: tuple[NamedAuthority, ...]
    regions: tuple[Region, ...]
    nature: Nature
    standing: Standing
    route: Route | None
    escalated: bool
    people_at_risk: bool
    owner_id: UUID
    owner_name: str
    due_on: date | None
    permissions: frozenset[Permission]
    right: str
    former_authorities: tuple[NamedAuthority, ...] = ()
    open_until: datetime | None = None


def case_header(
    world: World, actor: Actor, case_id: UUID, needs: Permission = Permission.CASE_HEADER
) -> CaseHeader:
    """The case's header, for somebody who may do `needs` with it. Raises NotFound for absent and forbidden alike."""
    with world.reading(actor) as work:
        return header_of(work, case_to_read(work, case_id, needs))


def header_of(work: Work, admitted: Admitted) -> CaseHeader:
    """The header of a case to which the actor was admitted."""
    case = admitted.case
    named = work.session.execute(
        select(Authority.id, Authority.name, CaseAuthority.is_lead, CaseAuthority.former_since)
        .join(CaseAuthority, CaseAuthority.authority_id == Authority.id)
        .where(CaseAuthority.case_id == case.id)
        .order_by(CaseAuthority.is_lead.desc(), Authority.name)
    ).all()
    lead, *others = [NamedAuthority(row.id, row.name) for row in named if row.former_since is None]
    return CaseHeader(
        id=case.id,
        reference=case.reference,
        version=case.version,
        lead_authority=lead,
        other_authorities=tuple(others),
        regions=tuple(sorted(admitted.scope.regions)),
        nature=case.nature,
        standing=case.standing,
        route=case.route,
        escalated=case.escalated,
        people_at_risk=case.people_at_risk,
        owner_id=case.owner_id,
        owner_name=name_of(work, case.owner_id),
        due_on=None if case.due_on == NEVER else case.due_on,
        permissions=permissions_on(work, admitted.scope),
        right=admitted.decision.right,
        former_authorities=tuple(NamedAuthority(row.id, row.name) for row in named if row.former_since),
        open_until=open_until(work, case.id, admitted.scope, admitted.decision),
    )
