"""Preparing a part: looking, marking each passage, presenting it to a second person; any change voids an approval."""

from dataclasses import dataclass, replace
from uuid import UUID

from sqlalchemy import delete

from clearinghouse.access.decision import may
from clearinghouse.access.permissions import Permission
from clearinghouse.access.roles import Actor
from clearinghouse.casework.admission import scope_of
from clearinghouse.casework.errors import Invalid, NotFound, Refused
from clearinghouse.casework.source import may_know_source
from clearinghouse.casework.subject_access.finding import THEIR_WORDS, find, text_at
from clearinghouse.casework.subject_access.reach import (
    current,
    is_open,
    left_out,
    part_to_change,
    parts_of,
)
from clearinghouse.casework.subject_access.redacting import absent
from clearinghouse.casework.subject_access.requests import add_part
from clearinghouse.casework.subject_access.working import (
    Ground,
    Kept,
    Mark,
    Working,
    digest_of,
    keep_working,
    read_working,
)
from clearinghouse.casework.world import Work, World
from clearinghouse.records.cases import Case, Concern
from clearinghouse.records.events import Event, Stream
from clearinghouse.records.subject_access import (
    PartKind,
    PartState,
    SubjectPart,
    SubjectPartAuthority,
    SubjectRequest,
)

CHANGED = "Something that was found has changed since it was marked. Look again, and mark it anew."


@dataclass(frozen=True)
class Marked:
    """What becomes of a passage: included with words blacked out, or held back on a ground."""

    mark: Mark
    ground: Ground | None = None
    black_out: tuple[str, ...] = ()


def take_part(world: World, actor: Actor, part_id: UUID, version: int) -> None:
    """Begin a part, take it over from a colleague, or look again; whoever does so prepares it from then on.

    What is behind their walls becomes a part of its own, which they never see. Marks stay where the text is the same.
    Raises Refused where it is over, Stale, NotFound.
    """
    with world.unit_of_work(actor) as work:
        part, me = part_to_change(work, part_id, version), current(work)
        if not is_open(work, part):
            raise Refused("This part is over.")
        end_approval(work, part)
        part.state, part.prepared_by, part.prepared_at = PartState.PREPARING, me.person, work.now
        if part.kind is PartKind.REGION and not part.beyond_links:
            _put_behind(work, me, part)
        working = read_working(part).with_found(find(work, me, part))
        keep_working(part, working)
        work.record(Event.SUBJECT_PART_TAKEN, Stream.SUBJECT_ACCESS, part.id, found=len(working.found))


def mark_passage(
    world: World, actor: Actor, part_id: UUID, version: int | None, number: int, given: Marked
) -> None:
    """Decide what becomes of one passage. Only whoever prepares the part does; an approval that it had is void.

    Raises Invalid beside the field, Refused for a source's own words that the actor may not let out, Stale, NotFound.
    """
    with world.unit_of_work(actor) as work:
        part, me = part_to_change(work, part_id, version), current(work)
        working = read_working(part)
        if part.prepared_by != me.person or not is_open(work, part) or number >= len(working.found):
            raise NotFound
        kept = working.found[number]
        text = text_at(work, me, part, kept)
        if text is None or digest_of(text) != kept.digest:
            raise Refused(CHANGED)
        _check_mark(work, me, kept, text, given)
        end_approval(work, part)
        part.state, part.prepared_at = PartState.PREPARING, work.now
        chosen = replace(kept, mark=given.mark, ground=given.ground, black_out=given.black_out)
        keep_working(part, working.with_mark(number, chosen))
        work.record(
            Event.SUBJECT_PART_MARKED,
            Stream.SUBJECT_ACCESS,
            part.id,
            number=number,
            mark=given.mark,
            ground=given.ground,
            blacked_out=len(given.black_out),
        )


def present_part(world: World, actor: Actor, part_id: UUID, version: int | None) -> None:
    """Say that the part is ready for a second person. Raises Refused while a passage is not marked, Stale, NotFound."""
    with world.unit_of_work(actor) as work:
        part, me = part_to_change(work, part_id, version), current(work)
        if part.prepared_by != me.person:
            raise NotFound
        if part.state is not PartState.PREPARING or not is_open(work, part):
            raise Refused("This part does not wait to be presented.")
        working = read_working(part)
        if working.unmarked:
            raise Refused("Decide about every passage first.")
        if not is_unchanged(work, me, part, working):
            raise Refused(CHANGED)
        part.state = PartState.PREPARED
        part.version += 1
        work.record(Event.SUBJECT_PART_PREPARED, Stream.SUBJECT_ACCESS, part.id, version=part.version)


def end_approval(work: Work, part: SubjectPart) -> None:
    """No approval any more, and what was made under it is taken away."""
    if part.approved_by is not None:
        work.record(
            Event.SUBJECT_PART_APPROVAL_ENDED, Stream.SUBJECT_ACCESS, part.id, approved_by=part.approved_by
        )
    part.approved_by = part.approved_at = None
    part.downloads = 0
    part.answer_sealed = part.source_answer_sealed = None


def is_unchanged(work: Work, actor: Actor, part: SubjectPart, working: Working) -> bool:
    """Whether the actor reads every passage, as it was marked. One whose key was destroyed counts as changed."""
    return all(
        (text := text_at(work, actor, part, kept)) is not None and digest_of(text) == kept.digest
        for kept in working.found
    )


def may_let_out(work: Work, actor: Actor, kept: Kept) -> bool:
    """Whether the actor may include the passage: a source's own words only where they may know that source."""
    name, _, key = kept.place.partition("/")
    if name not in THEIR_WORDS:
        return True
    concern = work.session.get_one(Concern, UUID(key))
    scope = scope_of(work, work.session.get_one(Case, concern.case_id))
    return may_know_source(actor, scope, concern) and may(actor, Permission.CASE_READ, scope).allowed


def _check_mark(work: Work, actor: Actor, kept: Kept, text: str, given: Marked) -> None:
    if given.mark is Mark.WITHHOLD:
        if given.ground is None:
            raise Invalid({"ground": "Select why it is held back."})
        return
    if not may_let_out(work, actor, kept):
        raise Invalid(
            {"mark": "These are a source’s own words. Only those who may know the source can give them out."}
        )
    if missing := absent(text, given.black_out):
        raise Invalid({"black_out": f"“{missing[0]}” does not stand in the text as whole words."})


def _put_behind(work: Work, actor: Actor, part: SubjectPart) -> None:
    """Leave out what is behind the actor's walls, and see that a part beyond links covers it."""
    request = work.session.get_one(SubjectRequest, part.request_id)
    work.session.execute(delete(SubjectPartAuthority).where(SubjectPartAuthority.part_id == part.id))
    for authority_id in sorted(actor.walled):
        work.session.add(SubjectPartAuthority(part_id=part.id, authority_id=authority_id))
    beyond = [
        other for other in parts_of(work, request) if other.beyond_links and other.region == part.region
    ]
    covered = frozenset(each for other in beyond for each in left_out(work, other))
    missing = sorted(actor.walled - covered)
    if missing:
        further = add_part(work, request, PartKind.REGION, part.region, beyond_links=True)
        for authority_id in missing:
            work.session.add(SubjectPartAuthority(part_id=further.id, authority_id=authority_id))
    work.session.flush()
