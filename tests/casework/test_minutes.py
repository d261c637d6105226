"""Minutes: what each party's holds, exactly; what was issued stays as it was; and nobody else gets at any."""

from dataclasses import replace
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from clearinghouse.access.decision import Membership
from clearinghouse.access.roles import Actor, Region, Role
from clearinghouse.casework.assignment import add_to_case
from clearinghouse.casework.dialogue.conversations import NewConversation, NewPassage, record_conversation
from clearinghouse.casework.errors import NotFound, Refused, Stale
from clearinghouse.casework.headers import case_header
from clearinghouse.casework.meetings.minutes import (
    MinuteAsked,
    issue_minute,
    issued_minute,
    minute_parties,
    preview_minute,
)
from clearinghouse.casework.meetings.recording import (
    NewAttendee,
    NewMeeting,
    NewMeetingPassage,
    record_meeting,
)
from clearinghouse.casework.meetings.tab import meetings_tab
from clearinghouse.casework.verification import verify
from clearinghouse.casework.world import World
from clearinghouse.protocol.minutes import MinuteParty
from clearinghouse.protocol.vocabulary import (
    Attendance,
    Audience,
    Body,
    Capacity,
    KnownAnswer,
    Nature,
    SourceConsent,
)
from clearinghouse.records import ledger
from clearinghouse.records.events import Event
from clearinghouse.records.minutes import Minute
from tests.factories.authorities import authority
from tests.factories.cases import logged_case, triaged_case
from tests.factories.meetings import ISSUE_A, ISSUE_C, MET_ON
from tests.factories.people import person

LEADER, CHIEF = Capacity.LEADER, Capacity.CHIEF_EXECUTIVE
FREE = SourceConsent.NOT_FROM_SOURCE
CAME = Attendance.ATTENDED
OF_FIVE = (Audience.LEADER, Audience.CHIEF_EXECUTIVE, Audience.RIEP, Audience.MEETING, Audience.REGULATOR)


def words(audience: Audience) -> str:
    """The text of the passage for one audience."""
    return f"canary-for-{audience.value}"


FIVE = tuple(NewMeetingPassage(words(each), frozenset({each}), FREE) for each in OF_FIVE)
WITHHELD = (
    NewMeetingPassage("canary-for-nobody", source_consents=FREE),
    NewMeetingPassage("canary-not-agreed", frozenset(OF_FIVE), SourceConsent.NO),
    NewMeetingPassage("canary-not-asked", frozenset(OF_FIVE), SourceConsent.NOT_KNOWN),
)
ATTENDEES = (
    NewAttendee(Body.AUTHORITY, CAME, LEADER, "Councillor Hale", "canary-position-leader"),
    NewAttendee(Body.AUTHORITY, CAME, CHIEF, "R. Moss", "canary-position-chief"),
    NewAttendee(Body.AUDIT_COMMISSION, CAME, None, "P. Iyer", "canary-position-audit", dissents=True),
    NewAttendee(Body.RIEP, Attendance.MISSED, None, "H. Castell"),
    NewAttendee(Body.OTHER, CAME, None, "The primary care trust", "canary-position-trust"),
    NewAttendee(Body.OTHER, CAME, None, "The police", "canary-position-police"),
)
MEETING = NewMeeting(MET_ON, ATTENDEES, (ISSUE_A,), passages=(*FIVE, *WITHHELD))
FOR_THE_LEADER = MinuteAsked(MinuteParty.AUTHORITY, frozenset({LEADER}))
FOR_BOTH = MinuteAsked(MinuteParty.AUTHORITY, frozenset({LEADER, CHIEF}))
FOR_RIEP = MinuteAsked(MinuteParty.RIEP)


def met(world: World, meeting: NewMeeting = MEETING) -> tuple[Actor, UUID, UUID]:
    """A lead, a case, and its meeting."""
    lead = person(world, Role.LEAD)
    case_id = triaged_case(world, lead, authority(world))
    return lead, case_id, record_meeting(world, lead, case_id, None, meeting).meeting_id


def issued(world: World, lead: Actor, case_id: UUID, meeting_id: UUID, asked: MinuteAsked) -> str:
    """What a minute says, issued and read again."""
    minute_id = issue_minute(world, lead, case_id, None, meeting_id, asked)
    return issued_minute(world, lead, case_id, minute_id).plain


@pytest.mark.parametrize(
    ("asked", "held"),
    [
        (FOR_THE_LEADER, {Audience.LEADER, Audience.MEETING}),
        (
            MinuteAsked(MinuteParty.AUTHORITY, frozenset({CHIEF})),
            {Audience.CHIEF_EXECUTIVE, Audience.MEETING},
        ),
        (FOR_BOTH, {Audience.MEETING}),
        (FOR_RIEP, {Audience.RIEP}),
        (MinuteAsked(MinuteParty.AUDIT_COMMISSION), {Audience.REGULATOR, Audience.MEETING}),
        (MinuteAsked(MinuteParty.EVERYBODY), {Audience.MEETING}),
    ],
)
def test_a_minute_of_a_meeting_with_five_passages_holds_exactly_the_ones_it_may(
    sqlite_world: World, asked: MinuteAsked, held: set[Audience]
) -> None:
    """A party would read what only another may be told, or not hear what it may; the RIEP was not there."""
    lead, case_id, meeting_id = met(sqlite_world)
    text = issued(sqlite_world, lead, case_id, meeting_id, asked)
    assert {each for each in OF_FIVE if words(each) in text} == held
    assert not [each.text for each in WITHHELD if each.text in text]


def test_a_minute_for_the_council_is_the_same_on_both_databases(world: World) -> None:
    """The main line: previewed, issued, read again, in the ledger, and the ledger still holds."""
    lead, case_id, meeting_id = met(world)
    preview = preview_minute(world, lead, case_id, meeting_id, FOR_BOTH)
    assert preview.text
    assert [(each.number, each.audiences) for each in preview.left_out] == [
        (1, (Audience.LEADER,)),
        (2, (Audience.CHIEF_EXECUTIVE,)),
        (3, (Audience.RIEP,)),
        (5, (Audience.REGULATOR,)),
        (6, (Audience.NOBODY,)),
        (7, tuple(sorted(OF_FIVE))),
        (8, tuple(sorted(OF_FIVE))),
    ]
    minute_id = issue_minute(world, lead, case_id, None, meeting_id, FOR_BOTH)
    shown = issued_minute(world, lead, case_id, minute_id)
    assert shown.text == preview.text
    assert shown.issued_by == lead.name
    with world.reading(lead) as work:
        (entry,) = ledger.entries(work.session, case_id, Event.MINUTE_ISSUED)
        assert (entry.facts["meeting"], entry.facts["minute"]) == (str(meeting_id), str(minute_id))
        assert entry.facts["recipients"] == ["chief_executive", "leader"]
        assert len(entry.facts["passages"]) == 1  # type: ignore[arg-type]  # a list of keys
    assert verify(world).faults == ()


def test_a_minute_says_when_who_and_what_was_concluded_with_the_party_s_own_position(
    sqlite_world: World,
) -> None:
    """A party could not tell what the meeting came to, or would read what the others said."""
    lead, case_id, meeting_id = met(sqlite_world)
    text = issued(sqlite_world, lead, case_id, meeting_id, MinuteAsked(MinuteParty.AUDIT_COMMISSION))
    for said in (
        "Minute of the joint local meeting on 23 November 2026",
        "For the Audit Commission",
        "Midthorpe Council, leader of the council: Councillor Hale",
        "Safeguarding thresholds",
        "Outcome: A. Strong local plans are in place.",
        "Plan: The safeguarding plan",
        "canary-position-audit",
        "Dissents from what the meeting concluded.",
    ):
        assert said in text, said
    others = ("leader", "chief", "trust", "police")
    assert not [each for each in others if f"canary-position-{each}" in text]
    assert "H. Castell" not in text, "who did not come is not among those who did"


def test_two_other_bodies_have_a_minute_each(sqlite_world: World) -> None:
    """The police would read what the primary care trust said."""
    lead, case_id, meeting_id = met(sqlite_world)
    parties = minute_parties(sqlite_world, lead, case_id, meeting_id).parties
    trust, police = (each for each in parties if each.party is MinuteParty.OTHER)
    assert (trust.name, police.name) == ("The primary care trust", "The police")
    text = issued(
        sqlite_world,
        lead,
        case_id,
        meeting_id,
        MinuteAsked(MinuteParty.OTHER, attendee_id=police.attendee_id),
    )
    assert "canary-position-police" in text
    assert "canary-position-trust" not in text
    for attendee_id in (None, uuid4()):
        with pytest.raises(Refused, match="only to the parties"):
            issue_minute(
                sqlite_world,
                lead,
                case_id,
                None,
                meeting_id,
                MinuteAsked(MinuteParty.OTHER, attendee_id=attendee_id),
            )


def test_no_minute_goes_to_those_whom_the_concern_is_about(sqlite_world: World) -> None:
    """Leader and chief executive at odds would read what was said of each of them."""
    lead = person(sqlite_world, Role.LEAD)
    case_id = logged_case(
        sqlite_world, lead, authority(sqlite_world), nature=Nature.LEADER_AND_CHIEF_EXECUTIVE
    ).case_id
    meeting_id = record_meeting(sqlite_world, lead, case_id, None, MEETING).meeting_id
    for asked in (FOR_THE_LEADER, FOR_BOTH, MinuteAsked(MinuteParty.EVERYBODY)):
        preview = preview_minute(sqlite_world, lead, case_id, meeting_id, asked)
        assert preview.text is None
        assert preview.verdict.missing
        with pytest.raises(Refused):
            issue_minute(sqlite_world, lead, case_id, None, meeting_id, asked)
    assert "Minute of" in issued(sqlite_world, lead, case_id, meeting_id, FOR_RIEP)


def talk(world: World, lead: Actor, case_id: UUID) -> None:
    """A conversation with a passage for the leader, with and without consent, and one for the RIEP."""
    yes, no = KnownAnswer.YES, KnownAnswer.NO
    passages = (
        NewPassage("canary-talk-leader", frozenset({Audience.LEADER}), yes),
        NewPassage("canary-talk-no-consent", frozenset({Audience.LEADER}), no),
        NewPassage("canary-talk-riep", frozenset({Audience.RIEP}), yes),
    )
    record_conversation(
        world, lead, case_id, None, NewConversation(MET_ON, True, frozenset({CHIEF}), "R. Moss", passages)
    )


def test_a_conversation_comes_into_a_minute_only_where_it_may_and_the_lead_picks_it(
    sqlite_world: World,
) -> None:
    """What was said in confidence would be handed out unasked, or to somebody it was not for."""
    lead, case_id, meeting_id = met(sqlite_world)
    talk(sqlite_world, lead, case_id)
    preview = preview_minute(sqlite_world, lead, case_id, meeting_id, FOR_THE_LEADER)
    (offered,) = preview.pickable
    assert (offered.text, offered.picked) == ("canary-talk-leader", False)
    assert "canary-talk" not in issued(sqlite_world, lead, case_id, meeting_id, FOR_THE_LEADER)
    picked = replace(FOR_THE_LEADER, picked=frozenset({offered.id}))
    assert "canary-talk-leader" in issued(sqlite_world, lead, case_id, meeting_id, picked)
    for asked in (replace(FOR_BOTH, picked=picked.picked), replace(FOR_RIEP, picked=picked.picked)):
        with pytest.raises(Refused, match="may not hold a passage"):
            issue_minute(sqlite_world, lead, case_id, None, meeting_id, asked)
    with pytest.raises(Refused, match="may not hold a passage"):
        issue_minute(
            sqlite_world, lead, case_id, None, meeting_id, replace(picked, picked=frozenset({uuid4()}))
        )


def test_what_was_issued_stays_as_it_was(sqlite_world: World) -> None:
    """What a party has in its hands could not be seen again."""
    lead, case_id, meeting_id = met(sqlite_world)
    minute_id = issue_minute(sqlite_world, lead, case_id, None, meeting_id, FOR_RIEP)
    before = issued_minute(sqlite_world, lead, case_id, minute_id)
    again = issue_minute(sqlite_world, lead, case_id, None, meeting_id, FOR_RIEP)
    assert issued_minute(sqlite_world, lead, case_id, minute_id).text == before.text
    assert "replaces" not in before.plain
    text = issued_minute(sqlite_world, lead, case_id, again).plain
    assert "This minute replaces the one of 23 November 2026." in text
    shown = meetings_tab(sqlite_world, lead, case_id).meetings[0].minutes
    assert [each.id for each in shown] == [minute_id, again]


def test_a_minute_does_not_tell_of_one_that_only_another_had(sqlite_world: World) -> None:
    """The chief executive would learn that the leader was written to alone."""
    lead, case_id, meeting_id = met(sqlite_world)
    issued(sqlite_world, lead, case_id, meeting_id, FOR_THE_LEADER)
    assert "replaces" not in issued(sqlite_world, lead, case_id, meeting_id, FOR_BOTH)
    assert "replaces" in issued(sqlite_world, lead, case_id, meeting_id, FOR_THE_LEADER)


def test_a_minute_says_nothing_of_the_source_the_finding_or_the_round_table(sqlite_world: World) -> None:
    """The escalation's reason and its finding, or who raised the concern, would leave the house in a minute."""
    issue = replace(ISSUE_C, for_round_table="canary-round-table")
    lead, case_id, meeting_id = met(sqlite_world, replace(MEETING, issues=(issue,), note="canary-old-note"))
    for party in MinuteParty:
        if party in {MinuteParty.OTHER, MinuteParty.DEPARTMENT}:
            continue
        asked = MinuteAsked(party, frozenset({LEADER}) if party is MinuteParty.AUTHORITY else frozenset())
        preview = preview_minute(sqlite_world, lead, case_id, meeting_id, asked)
        text = str(preview.text)
        for never in (
            "Jo Bright",
            "Thresholds are not understood",
            "amily first",
            "canary-round",
            "canary-old",
        ):
            assert never not in text, (party, never)


def test_the_walled_the_curious_and_the_officer_on_the_case_make_no_minute(sqlite_world: World) -> None:
    """A minute could be made, or read, by somebody who may not know of the case or has no part in its meetings."""
    council = authority(sqlite_world)
    lead = person(sqlite_world, Role.LEAD)
    case_id = triaged_case(sqlite_world, lead, council)
    meeting_id = record_meeting(sqlite_world, lead, case_id, None, MEETING).meeting_id
    minute_id = issue_minute(sqlite_world, lead, case_id, None, meeting_id, FOR_RIEP)
    officer = person(sqlite_world, Role.RIEP_OFFICER)
    outsiders = (
        person(sqlite_world, Role.LEAD, walled_from=council),
        person(sqlite_world, Role.LEAD, Region.SOUTH_WEST),
        person(sqlite_world, Role.ASSOCIATE),
        person(sqlite_world, Role.ADMINISTRATOR, None),
        officer,
    )
    for outsider in outsiders:
        with pytest.raises(NotFound):
            issued_minute(sqlite_world, outsider, case_id, minute_id)
    add_to_case(sqlite_world, lead, case_id, None, officer.person, Membership.TEAM)
    assert issued_minute(sqlite_world, officer, case_id, minute_id).plain
    for outsider in outsiders:
        with pytest.raises(NotFound):
            minute_parties(sqlite_world, outsider, case_id, meeting_id)
        with pytest.raises(NotFound):
            preview_minute(sqlite_world, outsider, case_id, meeting_id, FOR_RIEP)
        with pytest.raises(NotFound):
            issue_minute(sqlite_world, outsider, case_id, None, meeting_id, FOR_RIEP)
    other = triaged_case(sqlite_world, lead, council)
    for of_other in (meeting_id, uuid4()):
        with pytest.raises(NotFound):
            preview_minute(sqlite_world, lead, other, of_other, FOR_RIEP)
    with pytest.raises(NotFound):
        issued_minute(sqlite_world, lead, other, minute_id)


def test_nothing_of_a_minute_lies_in_the_clear(sqlite_world: World) -> None:
    """Whoever has the database would read what its parties were told."""
    lead, case_id, meeting_id = met(sqlite_world)
    issue_minute(sqlite_world, lead, case_id, None, meeting_id, FOR_THE_LEADER)
    with sqlite_world.reading(lead) as work:
        (row,) = work.session.scalars(select(Minute)).all()
        assert row.content_sealed
        assert b"canary" not in row.content_sealed
        assert words(Audience.LEADER) in row.content


def test_a_minute_made_over_a_change_is_refused(sqlite_world: World) -> None:
    """A minute would be issued that its author has not seen as it is."""
    lead, case_id, meeting_id = met(sqlite_world)
    seen = case_header(sqlite_world, lead, case_id).version
    issue_minute(sqlite_world, lead, case_id, seen, meeting_id, FOR_RIEP)
    with pytest.raises(Stale):
        issue_minute(sqlite_world, lead, case_id, seen, meeting_id, FOR_RIEP)
