"""Who may see what belongs to a region rather than to a case: asked of the policy table, the wall first."""

from collections.abc import Collection, Mapping
from uuid import UUID

from sqlalchemy import select

from clearinghouse.access.decision import CaseScope, grants_reaching, may
from clearinghouse.access.permissions import Permission
from clearinghouse.access.roles import Actor, Region
from clearinghouse.casework.world import Work
from clearinghouse.records.regional import RegionalAction, RoundTableItemAuthority


def scope_in(region: Region | None, authorities: Collection[UUID] = ()) -> CaseScope:
    """What access needs to know of something in a region that is about these authorities."""
    return CaseScope(frozenset({region}) if region else frozenset(), frozenset(authorities))


def may_in(
    actor: Actor, permission: Permission, region: Region | None, authorities: Collection[UUID] = ()
) -> bool:
    """Whether the person may do this in the region, with what is about these authorities; a wall comes first."""
    return may(actor, permission, scope_in(region, authorities)).allowed


def regions_for(actor: Actor, permission: Permission) -> tuple[Region, ...]:
    """The regions in which the person may do this."""
    held = {grant.region for grant, _ in grants_reaching(actor, permission)}
    return tuple(region for region in Region if None in held or region in held)


def scope_of_action(work: Work, action: RegionalAction) -> CaseScope:
    """What access needs to know of a regional action: its region, and the authorities that its item is about."""
    return scopes_of_actions(work, (action,))[action.id]


def scopes_of_actions(work: Work, actions: Collection[RegionalAction]) -> Mapping[UUID, CaseScope]:
    """What access needs to know of each of many regional actions, in one query."""
    about: dict[UUID, set[UUID]] = {action.item_id: set() for action in actions}
    named = select(RoundTableItemAuthority).where(RoundTableItemAuthority.item_id.in_(about))
    for each in work.session.scalars(named):
        about[each.item_id].add(each.authority_id)
    return {action.id: scope_in(action.region, about[action.item_id]) for action in actions}


def may_hear_of_action(work: Work, person: Actor, action: RegionalAction) -> bool:
    """Whether the person may be told of the action: they work in its region, and no wall stands between."""
    return may(person, Permission.SIGNAL_READ, scope_of_action(work, action)).allowed
