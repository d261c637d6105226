"""Who may learn that concerns may belong together: the region's leads, else a national one, never one walled off."""

from uuid import UUID

from sqlalchemy import select

from clearinghouse.access.decision import CaseScope, grants_reaching, may, may_enter
from clearinghouse.access.permissions import Permission
from clearinghouse.access.roles import Actor, Region, Role
from clearinghouse.casework.admission import scope_of
from clearinghouse.casework.staff import actor_of, in_force
from clearinghouse.casework.walls import outside_walls
from clearinghouse.casework.world import Work
from clearinghouse.protocol.vocabulary import Standing
from clearinghouse.records.cases import Case, CaseRegion
from clearinghouse.records.convergence import Convergence, ConvergenceState
from clearinghouse.records.people import RoleGrant, User, UserState


class Leads:
    """All leads at work today, read once in a work."""

    def __init__(self, work: Work) -> None:
        self._work = work
        held = (RoleGrant.role == Role.LEAD, in_force(work.today))
        query = select(User).where(
            User.state == UserState.ACTIVE, User.id.in_(select(RoleGrant.user_id).where(*held))
        )
        self._people = [
            actor_of(work, user) for user in work.session.scalars(query.order_by(User.name, User.id))
        ]
        self._scopes: dict[UUID, CaseScope] = {}

    def who_learn(self, first_id: UUID, second_id: UUID) -> tuple[UUID, ...]:
        """Those who lead a region that both cases belong to and are walled off from neither; where there are none,
        the national leads of whom that holds.
        """
        scopes = [self._scope(each) for each in (first_id, second_id)]
        regional = [each for each in self._people if _reaches_both(_of_regions(each), scopes)]
        able = regional or [each for each in self._people if _reaches_both(each, scopes)]
        return tuple(each.person for each in able)

    def _scope(self, case_id: UUID) -> CaseScope:
        if case_id not in self._scopes:
            self._scopes[case_id] = scope_of(self._work, self._work.session.get_one(Case, case_id))
        return self._scopes[case_id]


def waiting_for(work: Work, actor: Actor) -> tuple[Convergence, ...]:
    """What waits for this lead, the longest waiting first: both cases open, and they among those who learn of it.

    The query itself leaves out what a wall hides, so that nothing is looked at, or counted, on its account.
    """
    if not may_enter(actor, Permission.CASE_JOIN):
        return ()
    query = select(Convergence).where(Convergence.state == ConvergenceState.WAITING)
    for side in (Convergence.first_id, Convergence.second_id):
        query = query.where(side.in_(select(Case.id).where(Case.standing != Standing.CLOSED)))
        query = query.where(*outside_walls(work, actor, side))
        regions = _regions_led(actor)
        if regions is not None:
            query = query.where(side.in_(select(CaseRegion.case_id).where(CaseRegion.region.in_(regions))))
    rows = work.session.scalars(query.order_by(Convergence.found_at, Convergence.id)).all()
    leads = Leads(work) if rows else None
    return tuple(row for row in rows if leads and actor.id in leads.who_learn(row.first_id, row.second_id))


def _regions_led(actor: Actor) -> frozenset[Region] | None:
    """The regions in which the person may join cases; None for the whole country."""
    led = [grant.region for grant, _ in grants_reaching(actor, Permission.CASE_JOIN)]
    return None if None in led else frozenset(region for region in led if region is not None)


def _of_regions(person: Actor) -> Actor:
    """The person with nothing but the roles that they hold in a region."""
    kept = tuple(grant for grant in person.grants if grant.region is not None)
    return Actor(person.id, person.name, grants=kept, walled=person.walled)


def _reaches_both(person: Actor, scopes: list[CaseScope]) -> bool:
    return all(may(person, Permission.CASE_JOIN, scope).allowed for scope in scopes)
