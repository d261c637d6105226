"""What people see of requests: lists without a name, a request, a part with what was found and what would go out."""

from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select

from clearinghouse.access.decision import may_enter
from clearinghouse.access.permissions import Permission
from clearinghouse.access.roles import Actor, Region
from clearinghouse.casework.admission import case_to_open
from clearinghouse.casework.errors import NotFound
from clearinghouse.casework.regional_reach import regions_for
from clearinghouse.casework.staff import Colleague, active_actor, name_of
from clearinghouse.casework.subject_access import holdings
from clearinghouse.casework.subject_access.answer import Given
from clearinghouse.casework.subject_access.approving import outgoing
from clearinghouse.casework.subject_access.days import KEPT_AFTER_HANDING_OVER
from clearinghouse.casework.subject_access.finding import ACCOUNT_PLACE, PEER_PLACE, compartment_of, text_at
from clearinghouse.casework.subject_access.preparing import may_let_out
from clearinghouse.casework.subject_access.reach import (
    LIVE,
    about,
    current,
    is_open,
    left_out,
    part_to_read,
    parts_of,
    request_to_read,
    sees_part,
    sees_request,
)
from clearinghouse.casework.subject_access.redacting import lines_of, names_left
from clearinghouse.casework.subject_access.working import Kept, Mark, digest_of, read_working
from clearinghouse.casework.world import Work, World
from clearinghouse.records.authorities import Authority
from clearinghouse.records.cases import Case
from clearinghouse.records.events import Event, Stream
from clearinghouse.records.sealed import Compartment
from clearinghouse.records.subject_access import (
    HandedHow,
    PartKind,
    PartState,
    RequestEnd,
    RequestState,
    SubjectPart,
    SubjectRequest,
)


@dataclass(frozen=True)
class RequestLine:
    """A request in a list: that somebody asked, never who."""

    id: UUID
    reference: str
    state: RequestState
    asked_on: date
    due_on: date
    is_overdue: bool


@dataclass(frozen=True)
class PartLine:
    """A part in a list. `words` say where it looks; `mine` is true where the reader prepares it."""

    id: UUID
    reference: str
    words: str
    state: PartState
    due_on: date
    is_overdue: bool
    mine: bool
    waits_for_me: bool


@dataclass(frozen=True)
class RequestPage:
    """A request with who asks, and those of its parts that the reader may work on."""

    line: RequestLine
    version: int
    name: str = field(repr=False)
    other_names: tuple[str, ...] = field(repr=False)
    contact: str = field(repr=False)
    asked: str = field(repr=False)
    identity: str = field(repr=False)
    identified_on: date | None
    authorities: tuple[str, ...]
    extended: bool
    why_extended: str
    how_ended: RequestEnd | None
    why_ended: str
    opened_by: str
    regions: tuple[Region, ...]
    parts: tuple[PartLine, ...]


@dataclass(frozen=True)
class Passage:
    """A passage that was found. `text` is None where it is gone or changed; `given` is what would go out of it.

    `names_left` look like names of other people in what would go out.
    """

    number: int
    words: str
    reference: str
    text: str | None = field(repr=False)
    kept: Kept
    given: Given | None = field(repr=False)
    names_left: tuple[str, ...] = field(repr=False)
    may_let_out: bool


@dataclass(frozen=True)
class PartPage:
    """A part with everything that was found for it, and what the reader may do next."""

    line: PartLine
    version: int
    kind: PartKind
    region: Region | None
    beyond_links: bool
    name: str = field(repr=False)
    contact: str = field(repr=False)
    identified_on: date | None
    request_id: UUID | None
    left_out: tuple[str, ...]
    prepared_by: str
    prepared_at: datetime | None
    approved_by: str
    approved_at: datetime | None
    downloads: int
    handed_on: date | None
    handed_how: HandedHow | None
    kept_until: date | None
    passages: tuple[Passage, ...]
    is_open: bool
    prepares: bool
    may_present: bool
    may_approve: bool
    may_send_back: bool
    may_download: bool

    @property
    def given(self) -> tuple[Given, ...]:
        """What would go out, in its order."""
        return tuple(each.given for each in self.passages if each.given and each.kept.mark is Mark.INCLUDE)


def requests_and_parts(world: World, actor: Actor) -> tuple[tuple[RequestLine, ...], tuple[PartLine, ...]]:
    """The requests that a lead may learn of, the newest first, and the open parts that the person may work on."""
    with world.reading(actor) as work:
        me = current(work)
        rows = work.session.scalars(
            select(SubjectRequest).order_by(SubjectRequest.opened_at.desc(), SubjectRequest.id.desc())
        ).all()
        return tuple(_line(work, row) for row in rows if sees_request(work, me, row)), _parts_due(work, me)


def parts_due(world: World, actor: Actor) -> tuple[PartLine, ...]:
    """The open parts that the person may prepare or approve, by their day: for the agenda."""
    if not may_enter(actor, Permission.SUBJECT_ACCESS_PREPARE):
        return ()
    with world.reading(actor) as work:
        return _parts_due(work, current(work))


def request_page(world: World, actor: Actor, request_id: UUID) -> RequestPage:
    """A request with who asks; that it was opened is recorded. Of a source's part nothing is said. Raises NotFound."""
    with world.unit_of_work(actor) as work:
        request, me = request_to_read(work, request_id), current(work)
        work.record(Event.SUBJECT_REQUEST_OPENED, Stream.SUBJECT_ACCESS, request.id)
        parts = [part for part in parts_of(work, request) if part.kind is not PartKind.SOURCE]
        return RequestPage(
            line=_line(work, request),
            version=request.version,
            name=request.name,
            other_names=tuple(each for each in lines_of(request.names) if each != request.name),
            contact=request.contact,
            asked=request.asked,
            identity=request.identity,
            identified_on=request.identified_on,
            authorities=_names(work, about(work, request.id)),
            extended=request.extended,
            why_extended=request.why_extended,
            how_ended=request.how_ended,
            why_ended=request.why_ended,
            opened_by=name_of(work, request.opened_by),
            regions=tuple(part.region for part in parts if part.region and not part.beyond_links),
            parts=tuple(_part_line(work, me, part) for part in parts if sees_part(work, me, part)),
        )


def part_page(world: World, actor: Actor, part_id: UUID) -> PartPage:
    """A part with what was found; that it, and each case in it, was opened is recorded. Raises NotFound.

    That a source's part was opened stands in the part's own stream: on the case's page it would tell every reader that
    the source asked.
    """
    with world.unit_of_work(actor) as work:
        part, me = part_to_read(work, part_id), current(work)
        request = work.session.get_one(SubjectRequest, part.request_id)
        working = read_working(part)
        works_on = part.state is not PartState.WAITING
        passages = tuple(
            _passage(work, me, part, number, kept, lines_of(request.names))
            for number, kept in enumerate(working.found if works_on else ())
        )
        work.record(
            Event.SUBJECT_PART_OPENED,
            Stream.SUBJECT_ACCESS,
            part.id,
            version=part.version,
            concern=working.concern,
        )
        if part.kind is not PartKind.SOURCE:
            _record_openings(work, passages)
        live, mine = is_open(work, part), part.prepared_by == me.person
        made = part.state is PartState.APPROVED
        kept_until = part.handed_at + KEPT_AFTER_HANDING_OVER if part.handed_at else None
        return PartPage(
            line=_part_line(work, me, part),
            version=part.version,
            kind=part.kind,
            region=part.region,
            beyond_links=part.beyond_links,
            name=request.name,
            contact=request.contact,
            identified_on=request.identified_on,
            request_id=request.id if sees_request(work, me, request) else None,
            left_out=() if part.beyond_links else _names(work, left_out(work, part) & me.walled),
            prepared_by=name_of(work, part.prepared_by) if part.prepared_by else "",
            prepared_at=part.prepared_at,
            approved_by=name_of(work, part.approved_by) if part.approved_by else "",
            approved_at=part.approved_at,
            downloads=part.downloads,
            handed_on=part.handed_on,
            handed_how=part.handed_how,
            kept_until=kept_until.date() if kept_until else None,
            passages=passages,
            is_open=live,
            prepares=mine and live,
            may_present=mine and live and part.state is PartState.PREPARING and not working.unmarked,
            may_approve=live and not mine and part.state is PartState.PREPARED,
            may_send_back=live and part.state in (PartState.PREPARED, PartState.APPROVED),
            may_download=live and made and me.person in (part.prepared_by, part.approved_by),
        )


def places_to_ask(world: World, actor: Actor) -> tuple[tuple[Region, ...], tuple[Colleague, ...]]:
    """The regions that the person leads, and the councils that a person who asks may belong to. Raises NotFound."""
    regions = regions_for(actor, Permission.SUBJECT_ACCESS_OPEN)
    if not regions:
        raise NotFound
    with world.reading(actor) as work:
        found = work.session.execute(
            select(Authority.id, Authority.name)
            .where(Authority.region.in_(regions), Authority.id.not_in(actor.walled))
            .order_by(Authority.name)
        )
        return regions, tuple(Colleague(row.id, row.name) for row in found)


def _parts_due(work: Work, me: Actor) -> tuple[PartLine, ...]:
    query = (
        select(SubjectPart)
        .join(SubjectRequest, SubjectRequest.id == SubjectPart.request_id)
        .where(SubjectPart.state.in_(LIVE))
        .order_by(SubjectRequest.due_on, SubjectPart.id)
    )
    return tuple(
        _part_line(work, me, part)
        for part in work.session.scalars(query).all()
        if is_open(work, part) and sees_part(work, me, part)
    )


def _line(work: Work, request: SubjectRequest) -> RequestLine:
    late = request.state is RequestState.OPEN and request.due_on < work.today
    return RequestLine(request.id, request.reference, request.state, request.asked_on, request.due_on, late)


def _part_line(work: Work, me: Actor, part: SubjectPart) -> PartLine:
    request = work.session.get_one(SubjectRequest, part.request_id)
    mine = part.prepared_by == me.person
    waits = part.state is PartState.WAITING or (part.state is PartState.PREPARED) != mine
    if part.prepared_by is not None and not mine:
        preparer = active_actor(work, part.prepared_by)
        waits = waits or preparer is None or not sees_part(work, preparer, part)
    return PartLine(
        id=part.id,
        reference=request.reference,
        words=_where(part),
        state=part.state,
        due_on=request.due_on,
        is_overdue=part.state in LIVE and request.due_on < work.today,
        mine=mine,
        waits_for_me=part.state in LIVE and waits,
    )


def _where(part: SubjectPart) -> str:
    if part.kind is PartKind.SOURCE:
        return "Who raised a concern"
    if part.kind is PartKind.PEERS:
        return "Register of peers"
    return f"{part.region}, what a colleague’s links hide" if part.beyond_links else str(part.region)


def _passage(
    work: Work, me: Actor, part: SubjectPart, number: int, kept: Kept, own: tuple[str, ...]
) -> Passage:
    name = kept.place.partition("/")[0]
    text = text_at(work, me, part, kept)
    if text is not None and digest_of(text) != kept.digest:
        text = None
    given = outgoing(work, me, part, kept) if text is not None and kept.mark is Mark.INCLUDE else None
    words = {ACCOUNT_PLACE: "Account", PEER_PLACE: "Entry in the register"}.get(name)
    case = work.session.get(Case, kept.case) if kept.case and text is not None else None
    return Passage(
        number=number,
        words=words or holdings.words_for_us(name),
        reference=case.reference if case else "",
        text=text,
        kept=kept,
        given=given,
        names_left=names_left(given.text, own) if given else (),
        may_let_out=text is not None and may_let_out(work, me, kept),
    )


def _record_openings(work: Work, passages: tuple[Passage, ...]) -> None:
    """On each case that what one of its compartments holds was shown, once; and on each peer."""
    for passage in passages:
        name, _, key = passage.kept.place.partition("/")
        if name == PEER_PLACE and passage.text is not None:
            work.record(Event.PEER_OPENED, Stream.PEER, UUID(key))
    shown = {
        (case_id, compartment)
        for each in passages
        if (case_id := each.kept.case)
        and each.text is not None
        and (compartment := compartment_of(each.kept))
    }
    for case_id, compartment in sorted(shown):
        case_to_open(work, case_id, Compartment(compartment))


def _names(work: Work, authorities: frozenset[UUID]) -> tuple[str, ...]:
    query = select(Authority.name).where(Authority.id.in_(authorities)).order_by(Authority.name)
    return tuple(work.session.scalars(query))
