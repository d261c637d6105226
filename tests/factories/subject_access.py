"""Requests by people who ask what is held about them, brought as far as a test wants them."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import select

from clearinghouse.access.roles import OPERATOR, Actor, Region
from clearinghouse.casework.subject_access.approving import approve_part
from clearinghouse.casework.subject_access.preparing import Marked, mark_passage, present_part, take_part
from clearinghouse.casework.subject_access.requests import NewRequest, open_request
from clearinghouse.casework.subject_access.working import Mark, read_working
from clearinghouse.casework.world import World
from clearinghouse.records.subject_access import PartKind, SubjectPart

NAME = "Margaret Okell"


def request(
    world: World,
    lead: Actor,
    name: str = NAME,
    regions: Collection[Region] = (Region.NORTH_EAST,),
    *,
    identified: bool = True,
    **more: object,
) -> UUID:
    """Somebody asks, and has shown who they are."""
    given = {
        "contact": "7 Mill Lane",
        "asked_on": world.today,
        "identity": "Passport seen" if identified else "",
        "identified_on": world.today if identified else None,
        **more,
    }
    return open_request(world, lead, NewRequest(name=name, regions=regions, **given))  # type: ignore[arg-type]  # as given


def parts(world: World, request_id: UUID, kind: PartKind = PartKind.REGION) -> list[UUID]:
    """The request's parts of a kind, the oldest first."""
    with world.reading(OPERATOR) as work:
        query = select(SubjectPart.id).where(SubjectPart.request_id == request_id, SubjectPart.kind == kind)
        return list(work.session.scalars(query.order_by(SubjectPart.id)))


def version_of(world: World, part_id: UUID) -> int:
    with world.reading(OPERATOR) as work:
        return work.session.get_one(SubjectPart, part_id).version


def found(world: World, part_id: UUID) -> list[str]:
    """Where each passage of the part lies."""
    with world.reading(OPERATOR) as work:
        return [kept.place for kept in read_working(work.session.get_one(SubjectPart, part_id)).found]


def prepared(world: World, preparer: Actor, part_id: UUID, given: Marked = Marked(Mark.INCLUDE)) -> int:  # noqa: B008  # frozen
    """The part taken, every passage marked alike, and presented. Returns its version."""
    take_part(world, preparer, part_id, version_of(world, part_id))
    for number in range(len(found(world, part_id))):
        mark_passage(world, preparer, part_id, None, number, given)
    present_part(world, preparer, part_id, None)
    return version_of(world, part_id)


def approved(world: World, preparer: Actor, approver: Actor, part_id: UUID, given: Marked) -> None:
    """The part prepared by one and approved by the other."""
    approve_part(world, approver, part_id, prepared(world, preparer, part_id, given))
