"""Which regions a case belongs to: those of the authorities that it names."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import delete, select

from clearinghouse.access.roles import Region
from clearinghouse.casework.world import Work
from clearinghouse.records.authorities import Authority
from clearinghouse.records.cases import Case, CaseAuthority, CaseRegion


def regions_of(work: Work, authorities: Collection[UUID]) -> frozenset[Region]:
    """The regions of these authorities."""
    found = work.session.scalars(select(Authority.region).where(Authority.id.in_(authorities)))
    return frozenset(region for region in found if region)


def draw_regions(work: Work, case: Case) -> None:
    """Put the case into the regions of the authorities that it names now, and into no other."""
    session = work.session
    session.flush()
    named = session.scalars(select(CaseAuthority.authority_id).where(CaseAuthority.case_id == case.id)).all()
    session.execute(delete(CaseRegion).where(CaseRegion.case_id == case.id))
    for region in regions_of(work, named):
        session.add(CaseRegion(case_id=case.id, region=region, due_on=case.due_on))
    session.flush()


def redraw_regions(work: Work, authorities: Collection[UUID]) -> int:
    """Draw anew the regions of every case that names one of these authorities. Gives how many there are."""
    naming = select(CaseAuthority.case_id).where(CaseAuthority.authority_id.in_(authorities))
    held = select(Case).where(Case.id.in_(naming)).order_by(Case.id).with_for_update()
    cases = work.session.scalars(held.execution_options(populate_existing=True)).all()
    for case in cases:
        draw_regions(work, case)
    return len(cases)
