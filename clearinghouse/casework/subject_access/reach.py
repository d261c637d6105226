"""Who may learn of a request, and who may prepare or approve a part of it: asked anew at every step."""

import json
from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select

from clearinghouse.access.decision import may, may_enter
from clearinghouse.access.permissions import Permission
from clearinghouse.access.roles import Actor, Region
from clearinghouse.casework.admission import scope_of
from clearinghouse.casework.errors import NotFound, Stale
from clearinghouse.casework.regional_reach import may_in
from clearinghouse.casework.source import may_know_source
from clearinghouse.casework.staff import active_actor, name_of
from clearinghouse.casework.subject_access.days import REQUEST_KEPT
from clearinghouse.casework.world import Work
from clearinghouse.records.cases import Case, Concern
from clearinghouse.records.folding import fold
from clearinghouse.records.subject_access import (
    PartKind,
    PartState,
    RequestState,
    SubjectPart,
    SubjectPartAuthority,
    SubjectRequest,
    SubjectRequestAuthority,
)

ANSWERED_BY_SOURCES = (RequestState.OPEN, RequestState.ANSWERED)
LIVE = (PartState.WAITING, PartState.PREPARING, PartState.PREPARED, PartState.APPROVED)


def current(work: Work) -> Actor:
    """Whoever acts, as their roles and links are now. Raises NotFound for who has none any more."""
    actor = active_actor(work, work.actor.person)
    if actor is None:
        raise NotFound
    return actor


def about(work: Work, request_id: UUID) -> frozenset[UUID]:
    """The authorities that the person belongs to, as far as they were named."""
    query = select(SubjectRequestAuthority.authority_id).where(
        SubjectRequestAuthority.request_id == request_id
    )
    return frozenset(work.session.scalars(query))


def left_out(work: Work, part: SubjectPart) -> frozenset[UUID]:
    """The authorities that the part leaves out."""
    query = select(SubjectPartAuthority.authority_id).where(SubjectPartAuthority.part_id == part.id)
    return frozenset(work.session.scalars(query))


def parts_of(work: Work, request: SubjectRequest) -> Sequence[SubjectPart]:
    """Every part of the request, those of sources too."""
    query = select(SubjectPart).where(SubjectPart.request_id == request.id).order_by(SubjectPart.id)
    return work.session.scalars(query).all()


def regions_of(work: Work, request: SubjectRequest) -> tuple[Region, ...]:
    """The regions in which is looked, in their usual order."""
    query = select(SubjectPart.region).where(
        SubjectPart.request_id == request.id, SubjectPart.region.is_not(None)
    )
    found = set(work.session.scalars(query))
    return tuple(region for region in Region if region in found)


def is_theirs(actor: Actor, request: SubjectRequest) -> bool:
    """Whether the person asks about themselves: then others answer. Somebody of the same name leaves it to them too."""
    return fold(actor.name) == fold(request.name)


def sees_request(work: Work, actor: Actor, request: SubjectRequest) -> bool:
    """Whether the person leads a region in which is looked, with no wall between them and where the person belongs."""
    if _is_past(work, request) or is_theirs(actor, request):
        return False
    named = about(work, request.id)
    return any(
        may_in(actor, Permission.SUBJECT_ACCESS_OPEN, region, named) for region in regions_of(work, request)
    )


def sees_part(work: Work, actor: Actor, part: SubjectPart) -> bool:
    """Whether the person may prepare or approve the part.

    Walls are compared with what whoever prepares it left out, never with what was found: a refusal teaches nothing.
    """
    request = work.session.get_one(SubjectRequest, part.request_id)
    if request.destroyed_at is not None or is_theirs(actor, request):
        return False
    if part.kind is PartKind.SOURCE:
        return request.state in ANSWERED_BY_SOURCES and _knows_source(work, actor, part)
    if _is_past(work, request):
        return False
    named = about(work, part.request_id)
    if part.kind is PartKind.PEERS:
        return may_enter(actor, Permission.PEER_MANAGE) and not actor.walled & named
    if part.beyond_links:
        return may_in(actor, Permission.SUBJECT_ACCESS_OPEN, part.region, named) and not actor.walled
    taken = part.prepared_by is not None
    return may_in(actor, Permission.SUBJECT_ACCESS_OPEN, part.region, named) and not (
        taken and actor.walled - left_out(work, part)
    )


def request_to_read(work: Work, request_id: UUID) -> SubjectRequest:
    """The request, for a lead who may learn of it. Raises NotFound."""
    request = work.session.get(SubjectRequest, request_id)
    if request is None or not sees_request(work, current(work), request):
        raise NotFound
    return request


def request_to_change(work: Work, request_id: UUID, version: int | None) -> SubjectRequest:
    """The request, held until the work ends. Raises NotFound, Stale where it is not what was looked at."""
    request = _held_request(work, request_id)
    if request is None or not sees_request(work, current(work), request):
        raise NotFound
    if version is not None and version != request.version:
        raise Stale("Another lead", request.opened_at)
    return request


def part_to_read(work: Work, part_id: UUID) -> SubjectPart:
    """The part, for whoever may prepare or approve it. Raises NotFound."""
    part = work.session.get(SubjectPart, part_id)
    if part is None or not sees_part(work, current(work), part):
        raise NotFound
    return part


def part_to_change(work: Work, part_id: UUID, version: int | None = None) -> SubjectPart:
    """The part and its request, held until the work ends. Raises NotFound, Stale where it is not what was looked at."""
    known = work.session.get(SubjectPart, part_id)
    if known is None or _held_request(work, known.request_id) is None:
        raise NotFound
    query = select(SubjectPart).where(SubjectPart.id == part_id).with_for_update()
    part = work.session.scalars(query.execution_options(populate_existing=True)).one()
    if not sees_part(work, current(work), part):
        raise NotFound
    if version is not None and version != part.version:
        raise Stale(name_of(work, part.prepared_by), part.prepared_at or work.now)
    return part


def is_open(work: Work, part: SubjectPart) -> bool:
    """Whether the part still waits to be answered. That of a source goes on where the others were handed over."""
    request = work.session.get_one(SubjectRequest, part.request_id)
    if part.kind is PartKind.SOURCE:
        return part.state in LIVE and request.state in ANSWERED_BY_SOURCES
    return part.state in LIVE and request.state is RequestState.OPEN


def concern_of(part: SubjectPart) -> UUID:
    """The concern whose source a part is about, which stands nowhere but in what is sealed."""
    return UUID(str(json.loads(part.source_working)["concern"]))


def _is_past(work: Work, request: SubjectRequest) -> bool:
    """Whether it is kept no longer. One that still waits for a source's part must not be told from those destroyed."""
    over = request.ended_at is not None and request.ended_at <= work.now - REQUEST_KEPT
    return over or request.destroyed_at is not None


def _knows_source(work: Work, actor: Actor, part: SubjectPart) -> bool:
    if part.source_working_sealed is None or not may_enter(actor, Permission.SOURCE_READ):
        return False
    concern = work.session.get(Concern, concern_of(part))
    if concern is None:
        return False
    scope = scope_of(work, work.session.get_one(Case, concern.case_id))
    return may_know_source(actor, scope, concern) and may(actor, Permission.SOURCE_READ, scope).allowed


def _held_request(work: Work, request_id: UUID) -> SubjectRequest | None:
    query = select(SubjectRequest).where(SubjectRequest.id == request_id).with_for_update()
    return work.session.scalars(query.execution_options(populate_existing=True)).one_or_none()
