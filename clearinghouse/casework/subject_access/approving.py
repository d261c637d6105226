"""Approving a part, downloading its answer and handing it over: by two of equal right, and by nobody else."""

from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from uuid import UUID

from clearinghouse.access.roles import Actor
from clearinghouse.casework.errors import Invalid, NotFound, Refused
from clearinghouse.casework.staff import active_actor
from clearinghouse.casework.subject_access import holdings
from clearinghouse.casework.subject_access.answer import Answer, Given, as_text, from_json, to_json
from clearinghouse.casework.subject_access.days import APPROVAL_HOLDS
from clearinghouse.casework.subject_access.finding import ACCOUNT_PLACE, PEER_PLACE, text_at
from clearinghouse.casework.subject_access.preparing import CHANGED, end_approval, is_unchanged, may_let_out
from clearinghouse.casework.subject_access.reach import (
    LIVE,
    current,
    is_open,
    part_to_change,
    parts_of,
    sees_part,
)
from clearinghouse.casework.subject_access.redacting import black_out
from clearinghouse.casework.subject_access.working import Kept, Mark, read_working
from clearinghouse.casework.world import Work, World
from clearinghouse.records.events import Event, Stream
from clearinghouse.records.subject_access import (
    HandedHow,
    PartKind,
    PartState,
    RequestState,
    SubjectPart,
    SubjectRequest,
)

__all__ = ["Download", "HandedHow", "approve_part", "download_answer", "hand_over", "outgoing", "send_back"]


@dataclass(frozen=True)
class Download:
    """An answer on its way to one of the two: as it stands, and as plain text with a name for the file."""

    name: str
    answer: Answer
    text: str


def approve_part(world: World, actor: Actor, part_id: UUID, version: int) -> None:
    """Approve exactly what the person looked at, prepared by another who still may; the answer is made and sealed.

    Raises Refused where they prepared it themselves, who asks is not known, a passage has changed, or a source's own
    words would go out past somebody who may not know the source; Stale, NotFound.
    """
    with world.unit_of_work(actor) as work:
        part, me = part_to_change(work, part_id, version), current(work)
        request = work.session.get_one(SubjectRequest, part.request_id)
        if part.prepared_by == me.person:
            raise Refused("You prepared this part. Another person of equal right approves it.")
        if part.state is not PartState.PREPARED or not is_open(work, part):
            raise Refused("This part does not wait for an approval.")
        if request.identified_on is None:
            raise Refused("What shows who they are is not recorded yet. Nothing can be approved before.")
        _see_that_preparer_may(work, part)
        working = read_working(part)
        if not is_unchanged(work, me, part, working):
            raise Refused(CHANGED)
        included = [kept for kept in working.found if kept.mark is Mark.INCLUDE]
        if not all(may_let_out(work, me, kept) for kept in included):
            raise Refused(
                "A source’s own words would go out. Only somebody who may know the source can approve it."
            )
        given = tuple(outgoing(work, me, part, kept) for kept in included)
        answer = Answer(request.reference, work.today, given)
        if part.kind is PartKind.SOURCE:
            part.source_answer = to_json(answer)
        else:
            part.answer = to_json(answer)
        part.state, part.approved_by, part.approved_at = PartState.APPROVED, me.person, work.now
        part.version += 1
        work.record(
            Event.SUBJECT_PART_APPROVED,
            Stream.SUBJECT_ACCESS,
            part.id,
            prepared_by=part.prepared_by,
            version=part.version,
            digest=_digest(answer),
        )


def send_back(world: World, actor: Actor, part_id: UUID, version: int | None) -> None:
    """Back to whoever prepares it: not agreed, or the approval is taken back. Raises Refused, Stale, NotFound."""
    with world.unit_of_work(actor) as work:
        part = part_to_change(work, part_id, version)
        if part.state not in (PartState.PREPARED, PartState.APPROVED) or not is_open(work, part):
            raise Refused("This part does not wait for a second person, and is not approved.")
        end_approval(work, part)
        part.state = PartState.PREPARING
        part.version += 1
        work.record(Event.SUBJECT_PART_SENT_BACK, Stream.SUBJECT_ACCESS, part.id, version=part.version)


def download_answer(world: World, actor: Actor, part_id: UUID) -> Download:
    """The answer, for the two who made it, until it is handed over or must be looked at again; each time in the ledger.

    Raises NotFound for anybody else, and where there is none; Refused where something in it was changed or destroyed.
    """
    with world.unit_of_work(actor) as work:
        part, answer = _approved(work, part_id)
        if not is_unchanged(work, current(work), part, read_working(part)):
            raise Refused(CHANGED)
        part.downloads += 1
        work.record(
            Event.SUBJECT_PART_DOWNLOADED,
            Stream.SUBJECT_ACCESS,
            part.id,
            times=part.downloads,
            digest=_digest(answer),
        )
        return Download(f"{answer.reference}.txt", answer, as_text(answer))


def hand_over(
    world: World, actor: Actor, part_id: UUID, version: int | None, how: HandedHow, on: date
) -> None:
    """Record how and when one of the two gave the person their answer; nobody can download it any more.

    Where it was the last part but those of sources, the request is answered. Raises Invalid beside the field, Refused,
    Stale, NotFound.
    """
    with world.unit_of_work(actor) as work:
        part, answer = _approved(work, part_id, version)
        if not part.downloads:
            raise Refused("Print or download the answer first: nobody has it yet.")
        approved_on = part.approved_at.date() if part.approved_at else work.today
        if not approved_on <= on <= work.today:
            raise Invalid({"on": "The day must be on or after the approval, and not in the future."})
        part.state, part.handed_on, part.handed_how = PartState.HANDED_OVER, on, how
        part.handed_by, part.handed_at = work.actor.person, work.now
        part.version += 1
        work.record(
            Event.SUBJECT_PART_HANDED_OVER,
            Stream.SUBJECT_ACCESS,
            part.id,
            on=on,
            how=how,
            digest=_digest(answer),
        )
        if part.kind is not PartKind.SOURCE:
            _end_where_answered(work, part)


def outgoing(work: Work, actor: Actor, part: SubjectPart, kept: Kept) -> Given:
    """A passage as it would go out."""
    name = kept.place.partition("/")[0]
    words = {ACCOUNT_PLACE: holdings.ACCOUNT, PEER_PLACE: holdings.PEER}.get(name)
    if part.kind is PartKind.SOURCE:
        words = holdings.SOURCE
    text = text_at(work, actor, part, kept) or ""
    return Given(words or holdings.words_for_them(name), black_out(text, kept.black_out))


def _approved(work: Work, part_id: UUID, version: int | None = None) -> tuple[SubjectPart, Answer]:
    part, me = part_to_change(work, part_id, version), current(work)
    both = (part.prepared_by, part.approved_by)
    if part.state is not PartState.APPROVED or me.person not in both or not is_open(work, part):
        raise NotFound
    if part.approved_at is None or work.now - part.approved_at >= APPROVAL_HOLDS:
        raise NotFound
    for person_id in both:
        person = active_actor(work, person_id) if person_id else None
        if person is None or not sees_part(work, person, part):
            raise Refused("One of the two who made this answer may not see this part any more. Look again.")
    return part, from_json(part.source_answer if part.kind is PartKind.SOURCE else part.answer)


def _see_that_preparer_may(work: Work, part: SubjectPart) -> None:
    preparer = active_actor(work, part.prepared_by) if part.prepared_by else None
    if preparer is None or not sees_part(work, preparer, part):
        raise Refused("Whoever prepared this part may not see it any more. Take it over, and look again.")


def _end_where_answered(work: Work, part: SubjectPart) -> None:
    """Sources' parts do not count: that the others are done must not depend on whether there is one."""
    request = work.session.get_one(SubjectRequest, part.request_id)
    others = [each for each in parts_of(work, request) if each.kind is not PartKind.SOURCE]
    if any(each.state in LIVE for each in others):
        return
    request.state, request.ended_by, request.ended_at = RequestState.ANSWERED, work.actor.person, work.now
    request.version += 1
    work.record(Event.SUBJECT_REQUEST_ANSWERED, Stream.SUBJECT_ACCESS, request.id, due_on=request.due_on)


def _digest(answer: Answer) -> int:
    """The SHA-256 of the answer's plain text as the ledger carries it: a number."""
    return int.from_bytes(sha256(as_text(answer).encode()).digest(), "big")
