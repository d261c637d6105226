"""Which regions a case belongs to, from the authorities that it names, and who loses sight of it when they change."""

from collections.abc import Collection, Set
from dataclasses import dataclass, replace
from uuid import UUID

from sqlalchemy import delete, select

from clearinghouse.access.decision import CaseScope, Membership
from clearinghouse.access.roles import Region
from clearinghouse.casework.admission import open_duties, record_change, scope_of
from clearinghouse.casework.assignment import HandedOn, hand_on, members_of
from clearinghouse.casework.errors import Refused
from clearinghouse.casework.sight import Sight, who_can_see
from clearinghouse.casework.staff import Colleague, leads_of
from clearinghouse.casework.world import Work
from clearinghouse.protocol.vocabulary import Standing
from clearinghouse.records.authorities import Authority
from clearinghouse.records.cases import Case, CaseAuthority, CaseRegion
from clearinghouse.records.events import Event


@dataclass(frozen=True)
class Move:
    """What naming other authorities brings: who sees the case before and after, and who would own it.

    `owner` is None where the present owner still sees the case.
    """

    scope: CaseScope
    before: Sight
    after: Sight
    owner: Colleague | None

    @property
    def gaining(self) -> tuple[str, ...]:
        """The names of those who will read the case and do not yet."""
        return tuple(each.name for each in self.after.readers if each.id not in self.before.everybody)

    @property
    def losing(self) -> tuple[str, ...]:
        """The names of those who read the case and will not any more."""
        return tuple(each.name for each in self.before.readers if each.id not in self.after.everybody)


def regions_of(work: Work, authorities: Collection[UUID]) -> frozenset[Region]:
    """The regions of these authorities."""
    found = work.session.scalars(select(Authority.region).where(Authority.id.in_(authorities)))
    return frozenset(region for region in found if region)


def named_now(work: Work, case: Case) -> frozenset[UUID]:
    """The authorities that the case names today, without those that were replaced."""
    here = (CaseAuthority.case_id == case.id, CaseAuthority.former_since.is_(None))
    return frozenset(work.session.scalars(select(CaseAuthority.authority_id).where(*here)))


def plan_move(work: Work, case: Case, named: Set[UUID], former: Set[UUID] = frozenset()) -> Move:
    """What it would bring if the case named these authorities, and `former` ones formerly; walls go by both.

    Raises Refused where nobody could own the case then.
    """
    scope = scope_of(work, case)
    regions, walls = regions_of(work, named), frozenset(named) | former
    moved = replace(scope, authorities=walls, regions=regions)
    before, after = who_can_see(work, scope), who_can_see(work, moved)
    if case.owner_id in after.everybody:
        return Move(moved, before, after, owner=None)
    leads = leads_of(work, regions, walls)
    if not leads:
        where = " and ".join(sorted(regions))
        raise Refused(
            f"Nobody could own the case: no lead of {where} is free of links to the authorities it names."
        )
    owned = replace(moved, members=moved.members | {(leads[0].id, Membership.OWNER)})
    return Move(moved, before, who_can_see(work, owned), owner=leads[0])


def carry_out(work: Work, case: Case, move: Move) -> HandedOn:
    """Put the case into the regions of what it names now, and take those off it who may no longer read it.

    Call it once the authorities are written; the caller writes the event.
    """
    draw_regions(work, case)
    return _replace_the_lost(work, case, move.after)


def draw_regions(work: Work, case: Case) -> None:
    """Put the case into the regions of the authorities that it names now, and into no other."""
    session = work.session
    session.flush()
    regions = regions_of(work, named_now(work, case))
    session.execute(delete(CaseRegion).where(CaseRegion.case_id == case.id))
    for region in regions:
        session.add(CaseRegion(case_id=case.id, region=region, due_on=case.due_on))
    session.flush()


def redraw_cases(work: Work, authorities: Collection[UUID]) -> int:
    """After the register changed these: draw anew the regions of every case that names one of them.

    Whoever may not read an open case any more, because it moved or because a wall follows the new lineage, is taken
    off it, and what they owned and owed passes on. Gives how many cases changed.
    """
    naming = select(CaseAuthority.case_id).where(CaseAuthority.authority_id.in_(authorities))
    # In the order of their keys, so that two who hold many cases never wait for each other in a circle.
    held = select(Case).where(Case.id.in_(naming)).order_by(Case.id).with_for_update()
    cases = work.session.scalars(held.execution_options(populate_existing=True)).all()
    return sum(_redraw(work, case) for case in cases)


def _redraw(work: Work, case: Case) -> bool:
    before = scope_of(work, case).regions
    draw_regions(work, case)
    scope = scope_of(work, case)
    handed = None
    if case.standing is not Standing.CLOSED:
        handed = _replace_the_lost(work, case, who_can_see(work, scope))
    replaced = handed is not None and (handed.left or handed.duties or case.owner_id != handed.former)
    if scope.regions == before and not replaced:
        return False
    record_change(
        work,
        case,
        Event.CASE_MOVED,
        regions=tuple(sorted(scope.regions)),
        owner=case.owner_id,
        former=handed.former if handed else case.owner_id,
        left=handed.left if handed else (),
        duties=handed.duties if handed else (),
    )
    return True


def _replace_the_lost(work: Work, case: Case, after: Sight) -> HandedOn:
    owing = {duty.owner_id for duty in open_duties(work, case)}
    on_case = {member.user_id for member in members_of(work, case)}
    return hand_on(work, case, (on_case | owing) - after.everybody, owing)
