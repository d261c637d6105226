"""A request and its days: received, who asks made sure of, extended, and ended without an answer."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import select

from clearinghouse.access.permissions import Permission
from clearinghouse.access.roles import Actor, Region
from clearinghouse.casework.errors import Invalid, NotFound, Refused
from clearinghouse.casework.references import new_request_reference
from clearinghouse.casework.regional_reach import may_in, regions_for
from clearinghouse.casework.retention.tombstones import destroy_keys, record_destroyed
from clearinghouse.casework.subject_access.days import answer_due
from clearinghouse.casework.subject_access.finding import is_in_register
from clearinghouse.casework.subject_access.notifying import tell_of_part
from clearinghouse.casework.subject_access.reach import LIVE, current, parts_of, request_to_change
from clearinghouse.casework.subject_access.redacting import lines_of
from clearinghouse.casework.subject_access.working import Working, keep_working
from clearinghouse.casework.world import Work, World
from clearinghouse.records.authorities import Authority
from clearinghouse.records.events import Event, Stream
from clearinghouse.records.folding import fold
from clearinghouse.records.sealed import Compartment
from clearinghouse.records.subject_access import (
    PartKind,
    PartState,
    RequestEnd,
    RequestState,
    SubjectPart,
    SubjectRequest,
    SubjectRequestAuthority,
)

__all__ = [
    "NewRequest",
    "RequestEnd",
    "add_part",
    "destroy_content",
    "end_part",
    "end_request",
    "extend",
    "identify",
    "open_request",
]

SHORTEST_NAME = 3
_OF_A_PART = (Compartment.SUBJECT_ACCESS, Compartment.SOURCE)


@dataclass(frozen=True)
class NewRequest:
    """What is known when somebody asks. `other_names` are more ways in which the records may call them.

    `identity` is empty, and `identified_on` None, until they have shown who they are. `regions` are those in which is
    looked; `authority_id` is where they belong, if anywhere.
    """

    name: str
    contact: str
    asked_on: date
    regions: Collection[Region]
    asked: str = ""
    other_names: tuple[str, ...] = ()
    identity: str = ""
    identified_on: date | None = None
    authority_id: UUID | None = None


def open_request(world: World, actor: Actor, given: NewRequest) -> UUID:
    """Take a request in: a part for each region, one for the register of peers where the name stands in it.

    Whether it is the name of a source is looked at by the clock: not even how long this takes may tell. Raises Invalid
    beside the field, NotFound for who leads no region.
    """
    with world.unit_of_work(actor) as work:
        me = current(work)
        regions = tuple(region for region in Region if region in given.regions)
        names = lines_of("\n".join((given.name, *given.other_names)))
        _check(work, me, given, regions, names)
        request = work.add(
            SubjectRequest(
                reference=new_request_reference(work),
                state=RequestState.OPEN,
                version=1,
                opened_by=me.person,
                opened_at=work.now,
                asked_on=given.asked_on,
                identified_on=given.identified_on if given.identity else None,
                due_on=answer_due(given.asked_on, given.identified_on, work.holidays, extended=False),
                extended=False,
            )
        )
        request.name, request.names, request.contact = given.name, "\n".join(names), given.contact
        request.asked, request.identity = given.asked, given.identity
        work.session.flush()
        if given.authority_id:
            work.session.add(SubjectRequestAuthority(request_id=request.id, authority_id=given.authority_id))
        work.record(
            Event.SUBJECT_REQUEST_RECEIVED,
            Stream.SUBJECT_ACCESS,
            request.id,
            asked_on=request.asked_on,
            due_on=request.due_on,
            identified=request.identified_on is not None,
            regions=regions,
        )
        for region in regions:
            add_part(work, request, PartKind.REGION, region)
        if is_in_register(work, names):
            add_part(work, request, PartKind.PEERS)
        return request.id


def add_part(
    work: Work,
    request: SubjectRequest,
    kind: PartKind,
    region: Region | None = None,
    *,
    beyond_links: bool = False,
    concern_id: UUID | None = None,
) -> SubjectPart:
    """A part that waits for somebody to begin; whoever may is told that something has a date."""
    part = work.add(
        SubjectPart(
            request_id=request.id,
            kind=kind,
            region=region,
            beyond_links=beyond_links,
            state=PartState.WAITING,
            version=0,
            downloads=0,
        )
    )
    keep_working(part, Working(concern=concern_id))
    work.session.flush()
    work.record(Event.SUBJECT_PART_ADDED, Stream.SUBJECT_ACCESS, part.id, request=request.id, kind=kind)
    tell_of_part(work, part)
    return part


def identify(
    world: World, actor: Actor, request_id: UUID, version: int | None, identity: str, on: date
) -> None:
    """Record what shows that the person is who they say; the month runs from then on, where that is later.

    Raises Invalid beside the field, Refused where it is known or over, Stale, NotFound.
    """
    with world.unit_of_work(actor) as work:
        request = _open(work, request_id, version)
        if request.identified_on is not None:
            raise Refused("What shows who they are is recorded already.")
        if not request.asked_on <= on <= work.today:
            raise Invalid(
                {"on": "The day must be on or after the day on which they asked, and not in the future."}
            )
        request.identity, request.identified_on = identity, on
        _set_due(work, request)
        work.record(
            Event.SUBJECT_REQUEST_IDENTIFIED, Stream.SUBJECT_ACCESS, request.id, on=on, due_on=request.due_on
        )


def extend(world: World, actor: Actor, request_id: UUID, version: int | None, reason: str) -> None:
    """Take two months more, once, and before the month is over. Raises Refused, Stale, NotFound."""
    with world.unit_of_work(actor) as work:
        request = _open(work, request_id, version)
        if request.extended:
            raise Refused("It was extended already. The law allows it once.")
        if work.today > request.due_on:
            raise Refused("Its day has passed. It could be extended only before.")
        request.extended, request.why_extended = True, reason
        _set_due(work, request)
        work.record(Event.SUBJECT_REQUEST_EXTENDED, Stream.SUBJECT_ACCESS, request.id, due_on=request.due_on)


def end_request(
    world: World, actor: Actor, request_id: UUID, version: int | None, how: RequestEnd, reason: str
) -> None:
    """End a request without an answer, with every part and what was made of it. Raises Refused, Stale, NotFound."""
    with world.unit_of_work(actor) as work:
        request = _open(work, request_id, version)
        request.state, request.how_ended = how.state, how
        request.ended_by, request.ended_at, request.why_ended = work.actor.person, work.now, reason
        request.version += 1
        work.record(Event.SUBJECT_REQUEST_ENDED, Stream.SUBJECT_ACCESS, request.id, how=how)
        for part in parts_of(work, request):
            if (
                part.state in LIVE and part.kind is not PartKind.SOURCE
            ):  # those the clock ends, for the same reason
                end_part(work, part)


def end_part(work: Work, part: SubjectPart) -> None:
    """A part that nobody answers any more, with nothing left of it."""
    part.state = PartState.ENDED
    part.version += 1
    destroy_content(work, part)


def destroy_content(work: Work, part: SubjectPart) -> None:
    """Take away what a part found, marked and gave, and destroy the keys under which it was sealed."""
    # Straight into the columns, which a sealed attribute refuses to empty.
    part.working_sealed = part.answer_sealed = None
    part.source_working_sealed = part.source_answer_sealed = None
    work.session.flush()
    work.record(Event.SUBJECT_PART_DESTROYED, Stream.SUBJECT_ACCESS, part.id)
    if keys := destroy_keys(work, part.id, _OF_A_PART, review_id=None):
        record_destroyed(work, part.id, keys)


def _set_due(work: Work, request: SubjectRequest) -> None:
    request.due_on = answer_due(
        request.asked_on, request.identified_on, work.holidays, extended=request.extended
    )
    request.reminded_at = request.overdue_at = None
    request.version += 1


def _open(work: Work, request_id: UUID, version: int | None) -> SubjectRequest:
    request = request_to_change(work, request_id, version)
    if request.state is not RequestState.OPEN:
        raise Refused(f"This request is over: {request.state.words.lower()}.")
    return request


def _check(
    work: Work, actor: Actor, given: NewRequest, regions: Collection[Region], names: Collection[str]
) -> None:
    if not regions_for(actor, Permission.SUBJECT_ACCESS_OPEN):
        raise NotFound
    problems = {}
    short = [name for name in names if len(fold(name)) < SHORTEST_NAME]
    if short:
        problems["name" if given.name in short else "other_names"] = (
            f"“{short[0]}” is too short to look for. Give {SHORTEST_NAME} letters or more."
        )
    if fold(given.name) == fold(actor.name):
        problems["name"] = "This is your own name. Another lead takes the request in."
    if given.asked_on > work.today:
        problems["asked_on"] = "The day on which they asked must not be in the future."
    if given.identified_on and not given.asked_on <= given.identified_on <= work.today:
        problems["identified_on"] = "The day must be on or after the day on which they asked."
    if bool(given.identity) != bool(given.identified_on):
        problems["identity"] = "Give both what shows who they are and the day, or neither yet."
    place = frozenset({given.authority_id} if given.authority_id else ())
    known = work.session.scalars(select(Authority.id).where(Authority.id.in_(place))).all()
    if len(known) != len(place) or place & actor.walled:
        problems["authority"] = "Select a council from the list."
    if not any(may_in(actor, Permission.SUBJECT_ACCESS_OPEN, region, place) for region in regions):
        problems.setdefault("regions", "Select your own region, and others where something may be held.")
    if problems:
        raise Invalid(problems)
