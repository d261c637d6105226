"""Recording a joint local meeting issue by issue, or a pre-intervention meeting, and correcting what was recorded."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import select

from clearinghouse.access.permissions import Permission
from clearinghouse.access.roles import Actor
from clearinghouse.casework.admission import case_to_change
from clearinghouse.casework.documents.keeping import keep_documents
from clearinghouse.casework.documents.receiving import NewDocument
from clearinghouse.casework.errors import Invalid, NotFound, Refused
from clearinghouse.casework.escalation.standing import is_escalated
from clearinghouse.casework.meetings.checks import check_meeting
from clearinghouse.casework.meetings.effects import drop_what_followed, go_on
from clearinghouse.casework.meetings.entries import (
    LikelyAction,
    Met,
    NewAttendee,
    NewIssue,
    NewMeeting,
    NewMeetingPassage,
)
from clearinghouse.casework.meetings.keeping import keep_meeting
from clearinghouse.casework.meetings.minutes_owed import owe_new_minutes
from clearinghouse.casework.still_owed import owe_a_next_step
from clearinghouse.casework.world import Work, World
from clearinghouse.protocol.vocabulary import Outcome
from clearinghouse.records.base import new_id
from clearinghouse.records.cases import Case
from clearinghouse.records.documents import CameWith
from clearinghouse.records.meetings import Meeting, MeetingIssue

__all__ = (
    "LikelyAction",
    "Met",
    "NewAttendee",
    "NewIssue",
    "NewMeeting",
    "NewMeetingPassage",
    "correct_meeting",
    "record_gathering",
    "record_meeting",
)


def record_meeting(
    world: World, actor: Actor, case_id: UUID, version: int | None, meeting: NewMeeting
) -> Met:
    """Record a meeting (004 §22, §26): facts are never refused, only an outcome that contradicts them.

    Outcome A books its review, B hands the issue to the RIEP and the round table by its date, C records the
    escalation with its finding and owes what the family has not done. Raises Invalid beside the field, its names
    like `issues_0_outcome`; NotFound, Stale.
    """
    return record_gathering(world, actor, case_id, version, {case_id: meeting})[0]


def record_gathering(
    world: World,
    actor: Actor,
    case_id: UUID,
    version: int | None,
    parts: Mapping[UUID, NewMeeting],
    documents: Sequence[NewDocument] = (),
) -> tuple[Met, ...]:
    """Record one meeting that was held about several cases: each gets its own part of it, and knows no other's.

    `parts` begins with the case on whose page it is recorded; the documents are kept on that case alone. Raises Invalid
    as record_meeting does, the names of another case's fields with its id before them (`…/issues_0_outcome`); NotFound
    where one of the cases is absent or may not be changed; Stale.
    """
    with world.unit_of_work(actor) as work:
        # In one order for everybody, so that two gatherings never wait for each other.
        cases = {
            each: case_to_change(
                work, each, Permission.MEETING_RECORD, seen=version if each == case_id else None
            )
            for each in sorted(parts)
        }
        checked = {each: check_meeting(work, cases[each], part) for each, part in parts.items()}
        problems = {
            name if each == case_id else f"{each}/{name}": words
            for each, (_, found) in checked.items()
            for name, words in found.items()
        }
        if problems:
            raise Invalid(problems)
        gathering_id = new_id() if len(parts) > 1 else None
        met = []
        for each, part in parts.items():
            row, issues = keep_meeting(work, cases[each], part, checked[each][0], gathering_id=gathering_id)
            met.append(Met(row.id, go_on(work, cases[each], row, issues, part)))
            if each == case_id:
                keep_documents(work, cases[each], CameWith.MEETING, row.id, documents)
        return tuple(met)


def correct_meeting(
    world: World,
    actor: Actor,
    case_id: UUID,
    version: int | None,
    meeting_id: UUID,
    meeting: NewMeeting,
    reason: str,
) -> Met:
    """Correct a meeting by a later entry that takes its place, with a reason; the first stays as it is.

    What the first brought about and has not been done follows the later one. An escalation that it came to is
    corrected with it, its finding computed anew; where the later entry came to no escalation, none stands. Where
    minutes were issued, new ones are owed. Raises Refused where a later entry corrects it already, Invalid beside the
    field, NotFound, Stale.
    """
    with world.unit_of_work(actor) as work:
        case = case_to_change(work, case_id, Permission.MEETING_RECORD, seen=version)
        row = meeting_of(work, case_id, meeting_id)
        if work.session.scalars(select(Meeting.id).where(Meeting.corrects_id == row.id)).first():
            raise Refused("This meeting has been corrected already: correct the later entry.")
        positions, problems = check_meeting(work, case, meeting, row)
        if meeting.kind is not row.kind:
            problems["reason"] = "A correction does not change what kind of meeting it was."
        if not reason:
            problems["reason"] = "Enter why the meeting is corrected."
        if problems:
            raise Invalid(problems)
        before = _issues(work, row)
        later, issues = keep_meeting(
            work, case, meeting, positions, gathering_id=row.gathering_id, corrects=row, reason=reason
        )
        pairs = _pairs(before, issues)
        still_c = {
            was.id
            for new in issues
            if new.outcome is Outcome.C and (was := pairs.get(new.id)) and was.outcome is Outcome.C
        }
        drop_what_followed(work, case, before, still_c)
        met = Met(later.id, go_on(work, case, later, issues, meeting, pairs))
        _settle_standing(work, case)
        owe_new_minutes(work, case, row, later)
        return met


def meeting_of(work: Work, case_id: UUID, meeting_id: UUID) -> Meeting:
    """One meeting of the case. Raises NotFound."""
    row = work.session.get(Meeting, meeting_id)
    if row is None or row.case_id != case_id:
        raise NotFound
    return row


def _settle_standing(work: Work, case: Case) -> None:
    work.session.flush()
    case.escalated = is_escalated(work, case.id)
    owe_a_next_step(work, case)


def _issues(work: Work, row: Meeting) -> list[MeetingIssue]:
    query = select(MeetingIssue).where(MeetingIssue.meeting_id == row.id).order_by(MeetingIssue.id)
    return list(work.session.scalars(query))


def _pairs(before: list[MeetingIssue], after: list[MeetingIssue]) -> dict[UUID, MeetingIssue]:
    """Which earlier issue each later one was: that of the same title, else the next one of the same outcome."""
    left, pairs = list(before), dict[UUID, MeetingIssue]()
    for alike in (
        lambda new, old: new.title == old.title,
        lambda new, old: new.outcome is old.outcome,
    ):
        for new in after:
            found = next((old for old in left if new.id not in pairs and alike(new, old)), None)
            if found is not None:
                pairs[new.id] = found
                left.remove(found)
    return pairs
