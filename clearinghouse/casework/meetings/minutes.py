"""Minutes of meetings: previewing what each party's may hold, issuing it, and reading it again as it was issued."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select

from clearinghouse.access.permissions import Permission
from clearinghouse.access.roles import Actor
from clearinghouse.casework.admission import Admitted, case_to_change, case_to_open, record_change
from clearinghouse.casework.errors import NotFound, Refused
from clearinghouse.casework.facts import whom_it_is_about
from clearinghouse.casework.headers import CaseHeader, header_of
from clearinghouse.casework.meetings.minute_words import (
    Held,
    MinuteText,
    addressee,
    day_words,
    minute_text,
    plain_text,
    present,
    restored,
    stored,
)
from clearinghouse.casework.meetings.minutes_owed import finish_if_replaced, replaced_minute
from clearinghouse.casework.staff import name_of
from clearinghouse.casework.world import LONDON, Work, World
from clearinghouse.protocol.minutes import (
    ONE_OF_ITS_KIND,
    MinuteFor,
    MinuteParty,
    Present,
    Said,
    may_go_to,
    may_hold,
)
from clearinghouse.protocol.verdict import Verdict
from clearinghouse.protocol.vocabulary import (
    Audience,
    Body,
    Capacity,
    KnownAnswer,
    MeetingKind,
    SourceConsent,
)
from clearinghouse.records.authorities import Authority
from clearinghouse.records.cases import Case, CaseAuthority
from clearinghouse.records.dialogue import Conversation, Passage
from clearinghouse.records.events import Event
from clearinghouse.records.meetings import Meeting, MeetingAttendee, MeetingIssue, MeetingPassage
from clearinghouse.records.minutes import Minute
from clearinghouse.records.sealed import Compartment


@dataclass(frozen=True)
class MinuteAsked:
    """Which minute is wanted. `picked` are the passages of conversations that are to be in it."""

    party: MinuteParty
    recipients: frozenset[Capacity] = frozenset()
    attendee_id: UUID | None = None
    picked: frozenset[UUID] = frozenset()


@dataclass(frozen=True)
class PartyChoice:
    """A party that a minute of the meeting can be made for; `name` tells bodies of one kind apart."""

    party: MinuteParty
    attendee_id: UUID | None
    name: str


@dataclass(frozen=True)
class MinuteParties:
    """The parties of a meeting, and who of the council a minute can go to."""

    case: CaseHeader
    meeting_id: UUID
    kind: MeetingKind
    held_on: date
    parties: tuple[PartyChoice, ...]
    capacities: tuple[Capacity, ...]


@dataclass(frozen=True)
class LeftOut:
    """A passage of the meeting that a minute may not hold: its number, and whom it names; never a word of it."""

    number: int
    audiences: tuple[Audience, ...]
    consent: SourceConsent


@dataclass(frozen=True)
class Pickable:
    """A passage of a conversation that this minute's readers may be told, should the lead want it in."""

    id: UUID
    held_on: date
    text: str
    picked: bool


@dataclass(frozen=True)
class MinutePreview:
    """A minute as it would be issued, and what is left out of it; `text` is None where it may not go there at all."""

    parties: MinuteParties
    addressed_to: str
    verdict: Verdict
    text: MinuteText | None
    left_out: tuple[LeftOut, ...]
    pickable: tuple[Pickable, ...]
    has_old_note: bool


@dataclass(frozen=True)
class IssuedMinute:
    """A minute as it was issued, with who issued it and when."""

    case: CaseHeader
    id: UUID
    text: MinuteText
    issued_by: str
    issued_at: datetime
    held_on: date

    @property
    def plain(self) -> str:
        """The same words as plain text."""
        return plain_text(self.text)


@dataclass(frozen=True)
class _Draft:
    """A minute being made, with the ids of what it holds."""

    minute: MinuteFor
    attendee: MeetingAttendee | None
    addressed_to: str
    verdict: Verdict
    attendees: tuple[MeetingAttendee, ...]
    everybody: tuple[Present, ...]

    def holds(self, passage: MeetingPassage | Passage) -> bool:
        """Whether the minute may hold the passage."""
        audiences = frozenset(Audience(each) for each in passage.audiences)
        return may_hold(Said(audiences, _consent(passage.source_consents)), self.minute, self.everybody)


def minute_parties(world: World, actor: Actor, case_id: UUID, meeting_id: UUID) -> MinuteParties:
    """Whom minutes of a meeting can be made for; that it was opened is in the ledger. Raises NotFound, Refused."""
    with world.unit_of_work(actor) as work:
        admitted = _to_minute(work, case_id)
        return _parties(work, admitted, _meeting(work, case_id, meeting_id))


def preview_minute(
    world: World, actor: Actor, case_id: UUID, meeting_id: UUID, asked: MinuteAsked
) -> MinutePreview:
    """A minute as it would be issued now, before anybody issues it; that it was opened is in the ledger.

    Nothing of a conversation is in it unless it was picked. Raises NotFound, Refused where the meeting was corrected.
    """
    with world.unit_of_work(actor) as work:
        admitted = _to_minute(work, case_id)
        case_to_open(work, case_id, Compartment.CONVERSATIONS)
        meeting = _meeting(work, case_id, meeting_id)
        draft = _draft(work, admitted.case, meeting, asked)
        allowed = draft.verdict.allowed
        said = _said_in_conversations(work, case_id) if allowed else []
        text, _, _ = _text(work, admitted.case, meeting, draft, asked) if allowed else (None, (), ())
        return MinutePreview(
            parties=_parties(work, admitted, meeting),
            addressed_to=draft.addressed_to,
            verdict=draft.verdict,
            text=text,
            left_out=_left_out(work, meeting, draft),
            pickable=tuple(
                Pickable(passage.id, held_on, passage.text, passage.id in asked.picked)
                for passage, held_on in said
                if draft.holds(passage)
            ),
            has_old_note=bool(meeting.note),
        )


def issue_minute(
    world: World, actor: Actor, case_id: UUID, version: int | None, meeting_id: UUID, asked: MinuteAsked
) -> UUID:
    """Issue a minute: what it may hold is asked once more, and it is kept as it is; gives its id.

    Where those who get it had one before, it says that it replaces that. Raises Refused where it may not go there,
    where something was picked that it may not hold, or where the meeting was corrected; NotFound, Stale.
    """
    with world.unit_of_work(actor) as work:
        case = case_to_change(work, case_id, Permission.MEETING_RECORD, seen=version)
        meeting = _meeting(work, case_id, meeting_id)
        draft = _draft(work, case, meeting, asked)
        if not draft.verdict.allowed:
            raise Refused(*(each.words for each in draft.verdict.missing))
        text, passages, picked = _text(work, case, meeting, draft, asked)
        if set(picked) != set(asked.picked):
            raise Refused("This minute may not hold a passage that was picked for it: look at it again.")
        before = replaced_minute(work, meeting, asked.party, draft.attendee, asked.recipients)
        row = work.add(
            Minute(
                case_id=case.id,
                meeting_id=meeting.id,
                party=asked.party,
                attendee_id=draft.attendee.id if draft.attendee else None,
                recipients=sorted(asked.recipients),
                replaces_id=before.id if before else None,
                issued_by=actor.person,
                issued_at=work.now,
            )
        )
        row.content = stored(text)
        row.event_id = record_change(
            work,
            case,
            Event.MINUTE_ISSUED,
            minute=row.id,
            meeting=meeting.id,
            party=row.party,
            attendee=row.attendee_id,
            recipients=tuple(sorted(asked.recipients)),
            passages=passages,
            conversation_passages=picked,
            replaces=row.replaces_id,
        )
        finish_if_replaced(work, case, meeting)
        return row.id


def issued_minute(world: World, actor: Actor, case_id: UUID, minute_id: UUID) -> IssuedMinute:
    """A minute word for word as it was issued; that it was opened is in the ledger. Raises NotFound."""
    with world.unit_of_work(actor) as work:
        admitted = case_to_open(work, case_id, Compartment.MEETINGS)
        row = work.session.get(Minute, minute_id)
        if row is None or row.case_id != case_id:
            raise NotFound
        return IssuedMinute(
            case=header_of(work, admitted),
            id=row.id,
            text=restored(row.content),
            issued_by=name_of(work, row.issued_by),
            issued_at=row.issued_at,
            held_on=work.session.get_one(Meeting, row.meeting_id).held_on,
        )


def _to_minute(work: Work, case_id: UUID) -> Admitted:
    """The case, opened for somebody who may record its meetings, and so issue their minutes."""
    admitted = case_to_open(work, case_id, Compartment.MEETINGS)
    if Permission.MEETING_RECORD not in header_of(work, admitted).permissions:
        raise NotFound
    return admitted


def _meeting(work: Work, case_id: UUID, meeting_id: UUID) -> Meeting:
    row = work.session.get(Meeting, meeting_id)
    if row is None or row.case_id != case_id:
        raise NotFound
    if work.session.scalars(select(Meeting.id).where(Meeting.corrects_id == row.id)).first():
        raise Refused("This meeting was corrected: a minute is made from the later entry.")
    return row


def _draft(work: Work, case: Case, meeting: Meeting, asked: MinuteAsked) -> _Draft:
    attendees = _attendees(work, meeting)
    several = asked.party not in ONE_OF_ITS_KIND
    attendee = next((each for each in attendees if several and each.id == asked.attendee_id), None)
    minute = MinuteFor(asked.party, asked.recipients, str(attendee.id) if attendee else "")
    everybody = tuple(present(each) for each in attendees)
    return _Draft(
        minute,
        attendee,
        addressee(minute, _council(work, case), attendee.name if attendee else ""),
        may_go_to(minute, everybody, whom_it_is_about(work, case)),
        attendees,
        everybody,
    )


def _text(
    work: Work, case: Case, meeting: Meeting, draft: _Draft, asked: MinuteAsked
) -> tuple[MinuteText, tuple[UUID, ...], tuple[UUID, ...]]:
    """The minute, with the ids of the meeting's passages and of the conversations' in it."""
    passages = [each for each in _passages(work, meeting) if draft.holds(each)]
    picked = [
        passage
        for passage, _ in _said_in_conversations(work, case.id)
        if passage.id in asked.picked and draft.holds(passage)
    ]
    issues = select(MeetingIssue).where(MeetingIssue.meeting_id == meeting.id).order_by(MeetingIssue.id)
    held = Held(
        meeting,
        _council(work, case),
        draft.attendees,
        work.session.scalars(issues).all(),
        [*(each.text for each in passages), *(each.text for each in picked)],
    )
    before = replaced_minute(work, meeting, asked.party, draft.attendee, asked.recipients)
    closing = (
        [f"This minute replaces the one of {day_words(before.issued_at.astimezone(LONDON).date())}."]
        if before
        else []
    )
    closing.append(f"Issued by {work.actor.name} on {day_words(work.today)}. Reference {case.reference}.")
    text = minute_text(held, draft.minute, draft.addressed_to, closing)
    return text, tuple(each.id for each in passages), tuple(each.id for each in picked)


def _left_out(work: Work, meeting: Meeting, draft: _Draft) -> tuple[LeftOut, ...]:
    return tuple(
        LeftOut(number, tuple(Audience(each) for each in passage.audiences), passage.source_consents)
        for number, passage in enumerate(_passages(work, meeting), 1)
        if not draft.holds(passage)
    )


def _parties(work: Work, admitted: Admitted, meeting: Meeting) -> MinuteParties:
    attendees = _attendees(work, meeting)
    choices = [PartyChoice(MinuteParty.AUTHORITY, None, ""), PartyChoice(MinuteParty.RIEP, None, "")]
    for each in attendees:
        party = MinuteParty(each.body.value)
        several = party not in ONE_OF_ITS_KIND
        choice = PartyChoice(party, each.id if several else None, each.name if several else "")
        if choice not in choices:
            choices.append(choice)
    choices.append(PartyChoice(MinuteParty.EVERYBODY, None, ""))
    came = {
        each.capacity for each in map(present, attendees) if each.attended and each.body is Body.AUTHORITY
    }
    usual = {Capacity.LEADER, Capacity.CHIEF_EXECUTIVE}
    return MinuteParties(
        header_of(work, admitted),
        meeting.id,
        meeting.kind,
        meeting.held_on,
        tuple(sorted(choices, key=lambda choice: list(MinuteParty).index(choice.party))),
        tuple(each for each in Capacity if each in usual | came),
    )


def _attendees(work: Work, meeting: Meeting) -> tuple[MeetingAttendee, ...]:
    query = (
        select(MeetingAttendee).where(MeetingAttendee.meeting_id == meeting.id).order_by(MeetingAttendee.id)
    )
    return tuple(work.session.scalars(query))


def _passages(work: Work, meeting: Meeting) -> tuple[MeetingPassage, ...]:
    query = select(MeetingPassage).where(MeetingPassage.meeting_id == meeting.id)
    return tuple(work.session.scalars(query.order_by(MeetingPassage.position)))


def _said_in_conversations(work: Work, case_id: UUID) -> list[tuple[Passage, date]]:
    query = (
        select(Passage, Conversation.held_on)
        .join(Conversation, Conversation.id == Passage.conversation_id)
        .where(Passage.case_id == case_id)
        .order_by(Conversation.held_on.desc(), Conversation.id.desc(), Passage.position)
    )
    return [(row[0], row[1]) for row in work.session.execute(query)]


def _consent(said: KnownAnswer | SourceConsent) -> SourceConsent:
    return SourceConsent(said.value)


def _council(work: Work, case: Case) -> str:
    """What the authority is called in the case's minutes; where the case names several, no more than "the council"."""
    names = work.session.scalars(
        select(Authority.name)
        .join(CaseAuthority, CaseAuthority.authority_id == Authority.id)
        .where(CaseAuthority.case_id == case.id)
    ).all()
    return names[0] if len(names) == 1 else "The council"
