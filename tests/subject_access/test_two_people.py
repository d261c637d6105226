"""What is held about somebody goes out through two people of equal right, as both looked at it, and never further."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from uuid import UUID

import pytest
from sqlalchemy import func, select

from clearinghouse.access.roles import OPERATOR, Actor, Region, Role
from clearinghouse.casework.dialogue.conversations import NewConversation, NewPassage, record_conversation
from clearinghouse.casework.errors import Invalid, NotFound, Refused, Stale
from clearinghouse.casework.meetings.minutes import MinuteAsked, issue_minute
from clearinghouse.casework.meetings.recording import record_meeting
from clearinghouse.casework.retention.tombstones import destroy_keys, record_destroyed
from clearinghouse.casework.subject_access.approving import (
    approve_part,
    download_answer,
    hand_over,
    send_back,
)
from clearinghouse.casework.subject_access.preparing import Marked, mark_passage, present_part, take_part
from clearinghouse.casework.subject_access.redacting import MARK
from clearinghouse.casework.subject_access.requests import end_request, extend, identify
from clearinghouse.casework.subject_access.views import part_page, parts_due, request_page, requests_and_parts
from clearinghouse.casework.subject_access.watching import watch_requests
from clearinghouse.casework.subject_access.working import Ground, Mark
from clearinghouse.casework.verification import verify
from clearinghouse.casework.world import World
from clearinghouse.protocol.minutes import MinuteParty
from clearinghouse.protocol.vocabulary import Capacity
from clearinghouse.records.dialogue import Passage
from clearinghouse.records.events import Event, Stream
from clearinghouse.records.keyring import DataKeyRow
from clearinghouse.records.ledger import LedgerEvent
from clearinghouse.records.people import RoleGrant
from clearinghouse.records.sealed import Compartment
from clearinghouse.records.subject_access import (
    HandedHow,
    PartState,
    RequestEnd,
    RequestState,
    SubjectPart,
    SubjectRequest,
)
from tests.factories.authorities import authority
from tests.factories.cases import logged_case, triaged_case
from tests.factories.meetings import ISSUE_A, joint_meeting
from tests.factories.people import person
from tests.factories.subject_access import NAME, approved, found, parts, prepared, request, version_of
from tests.worlds import Clock

SAID = "Cllr Margaret Okell would not hear of it. Her deputy, Tim Zabel, would; Zabel’s wife told us."
OTHERS = ("Tim Zabel", "Zabel")
TODAY = date(2026, 11, 23)


@dataclass(frozen=True)
class Office:
    """Two leads of a region, a third, and a case with a conversation about whoever asks."""

    first: Actor
    second: Actor
    third: Actor
    associate: Actor
    council: UUID
    case_id: UUID
    part_id: UUID
    request_id: UUID


@pytest.fixture
def office(world: World) -> Office:
    council = authority(world)
    leads = [person(world, Role.LEAD, name=f"Lead {number}") for number in range(3)]
    associate = person(world, Role.ASSOCIATE)
    case_id = logged_case(world, associate, council).case_id
    talk(world, leads[0], case_id, SAID)
    request_id = request(world, leads[0])
    return Office(*leads, associate, council, case_id, parts(world, request_id)[0], request_id)


def talk(world: World, actor: Actor, case_id: UUID, text: str) -> None:
    told = NewConversation(TODAY, True, frozenset({Capacity.LEADER}), "The leader", (NewPassage(text),))
    record_conversation(world, actor, case_id, None, told)


def state(world: World, part_id: UUID) -> PartState:
    with world.reading(OPERATOR) as work:
        return work.session.get_one(SubjectPart, part_id).state


def end_role(world: World, actor: Actor) -> None:
    with world.unit_of_work(OPERATOR) as work:
        for grant in work.session.scalars(select(RoleGrant).where(RoleGrant.user_id == actor.person)):
            grant.ended_at = work.now


def events(world: World, kind: Event) -> int:
    with world.reading(OPERATOR) as work:
        query = select(func.count()).select_from(LedgerEvent).where(LedgerEvent.type == kind.value)
        return int(work.session.scalar(query) or 0)


def test_what_is_found_is_marked_approved_by_another_and_handed_over(world: World, office: Office) -> None:
    """The whole road; and not a letter of what was blacked out is in what goes out."""
    version = prepared(world, office.first, office.part_id, Marked(Mark.INCLUDE, black_out=OTHERS))
    page = part_page(world, office.second, office.part_id)
    assert page.may_approve
    assert [each.words for each in page.passages] == ["Conversation"]
    assert page.passages[0].names_left == ()
    approve_part(world, office.second, office.part_id, version)
    answer = download_answer(world, office.second, office.part_id)
    assert f"Cllr {NAME} would not hear of it. Her deputy, {MARK}, would; {MARK} wife told us." in answer.text
    assert "Zabel" not in answer.text
    assert "CH-" not in answer.text
    hand_over(world, office.first, office.part_id, None, HandedHow.POST, TODAY)
    with world.reading(OPERATOR) as work:
        row = work.session.get_one(SubjectRequest, office.request_id)
        assert row.state is RequestState.ANSWERED
    for who in (office.first, office.second):
        with pytest.raises(NotFound):
            download_answer(world, who, office.part_id)
    assert events(world, Event.SUBJECT_PART_DOWNLOADED) == 1
    assert not parts_due(world, office.first)


def test_one_person_alone_sends_nothing_out(world: World, office: Office) -> None:
    """Whoever prepared it would also have approved it, or downloaded it before anybody did."""
    version = prepared(world, office.first, office.part_id)
    with pytest.raises(Refused, match="Another person of equal right"):
        approve_part(world, office.first, office.part_id, version)
    with pytest.raises(NotFound):
        download_answer(world, office.first, office.part_id)
    with pytest.raises(NotFound):
        hand_over(world, office.first, office.part_id, None, HandedHow.POST, TODAY)
    take_part(world, office.second, office.part_id, version)  # who takes it over has prepared it
    present_part(world, office.second, office.part_id, None)
    with pytest.raises(Refused, match="Another person"):
        approve_part(world, office.second, office.part_id, version_of(world, office.part_id))


def test_any_change_voids_the_approval(world: World, office: Office) -> None:
    """An approval of one text would let another one out."""
    approved(world, office.first, office.second, office.part_id, Marked(Mark.INCLUDE, black_out=OTHERS))
    mark_passage(world, office.first, office.part_id, None, 0, Marked(Mark.INCLUDE))
    assert state(world, office.part_id) is PartState.PREPARING
    with pytest.raises(NotFound):
        download_answer(world, office.second, office.part_id)
    with world.reading(OPERATOR) as work:
        assert work.session.get_one(SubjectPart, office.part_id).answer_sealed is None
    present_part(world, office.first, office.part_id, None)
    seen = version_of(world, office.part_id)
    mark_passage(world, office.first, office.part_id, None, 0, Marked(Mark.WITHHOLD, Ground.OTHERS))
    present_part(world, office.first, office.part_id, None)
    with pytest.raises(Stale):
        approve_part(world, office.second, office.part_id, seen)


def test_a_text_that_changed_since_it_was_marked_is_not_approved(world: World, office: Office) -> None:
    """What was blacked out of the old words would not be of the new ones."""
    version = prepared(world, office.first, office.part_id, Marked(Mark.INCLUDE, black_out=OTHERS))
    with world.unit_of_work(OPERATOR) as work:
        row = work.session.scalars(select(Passage)).one()
        row.text = SAID + " And so said Nadia Quill."
        work.record(Event.CASE_MOVED, Stream.CASE, office.case_id)
    assert part_page(world, office.second, office.part_id).passages[0].text is None
    with pytest.raises(Refused, match="has changed"):
        approve_part(world, office.second, office.part_id, version)
    take_part(world, office.first, office.part_id, version)
    with pytest.raises(Refused, match="every passage"):
        present_part(world, office.first, office.part_id, None)


def test_what_was_destroyed_since_it_was_approved_does_not_go_out(world: World, office: Office) -> None:
    """Two people destroyed it for good, and the answer would still be printed with every word of it."""
    approved(world, office.first, office.second, office.part_id, Marked(Mark.INCLUDE))
    assert SAID in download_answer(world, office.first, office.part_id).text
    with world.unit_of_work(OPERATOR) as work:
        keys = destroy_keys(work, office.case_id, {Compartment.CONVERSATIONS}, review_id=None)
        record_destroyed(work, office.case_id, keys)
    for who in (office.first, office.second):
        with pytest.raises(Refused, match="has changed"):
            download_answer(world, who, office.part_id)
    hand_over(world, office.first, office.part_id, None, HandedHow.IN_PERSON, TODAY)


def test_who_takes_an_approval_back_sends_it_back(world: World, office: Office) -> None:
    approved(world, office.first, office.second, office.part_id, Marked(Mark.INCLUDE))
    send_back(world, office.second, office.part_id, None)
    with pytest.raises(NotFound):
        download_answer(world, office.first, office.part_id)
    with pytest.raises(Refused, match="does not wait"):
        send_back(world, office.second, office.part_id, None)


@pytest.mark.parametrize("who", ["first", "second"])
def test_a_role_that_ended_meanwhile_counts_no_more(world: World, office: Office, who: str) -> None:
    """Somebody who left would still have sent it out."""
    version = prepared(world, office.first, office.part_id)
    if who == "first":
        end_role(world, office.first)
        with pytest.raises(Refused, match="may not see it any more"):
            approve_part(world, office.second, office.part_id, version)
        return
    approve_part(world, office.second, office.part_id, version)
    end_role(world, office.second)
    with pytest.raises(Refused, match="Look again"):
        download_answer(world, office.first, office.part_id)
    with pytest.raises(NotFound):
        download_answer(world, office.second, office.part_id)


def test_nothing_is_approved_before_who_asks_is_known(world: World, office: Office) -> None:
    """Somebody would be told what is held about another by using their name."""
    request_id = request(world, office.first, identified=False, asked_on=TODAY - timedelta(days=10))
    part_id = parts(world, request_id)[0]
    version = prepared(world, office.first, part_id)
    with pytest.raises(Refused, match="who they are"):
        approve_part(world, office.second, part_id, version)
    assert request_page(world, office.second, request_id).line.due_on == date(2026, 12, 14)
    with pytest.raises(Invalid):
        identify(world, office.first, request_id, None, "Passport", TODAY + timedelta(days=1))
    identify(world, office.first, request_id, None, "Passport", TODAY)
    assert request_page(world, office.second, request_id).line.due_on == date(2026, 12, 23)
    approve_part(world, office.second, part_id, version)


def test_every_passage_is_decided_with_a_ground_and_words_that_stand_in_it(
    world: World, office: Office
) -> None:
    """Nothing goes out, or stays, by being overlooked; a mistyped name would stay in the text."""
    take_part(world, office.first, office.part_id, version_of(world, office.part_id))
    with pytest.raises(Refused, match="every passage"):
        present_part(world, office.first, office.part_id, None)
    for given, field in (
        (Marked(Mark.WITHHOLD), "ground"),
        (Marked(Mark.INCLUDE, black_out=("Zabell",)), "black_out"),
    ):
        with pytest.raises(Invalid) as problem:
            mark_passage(world, office.first, office.part_id, None, 0, given)
        assert list(problem.value.problems) == [field]
    with pytest.raises(NotFound):
        mark_passage(world, office.second, office.part_id, None, 0, Marked(Mark.INCLUDE))
    with pytest.raises(NotFound):
        mark_passage(world, office.first, office.part_id, None, 1, Marked(Mark.INCLUDE))


def test_a_month_an_extension_and_an_end(world: World, clock: Clock, office: Office) -> None:
    """The law's days: a month, two more once, and every end with a reason; an ended request leaves nothing behind."""
    assert request_page(world, office.first, office.request_id).line.due_on == date(2026, 12, 23)
    extend(world, office.first, office.request_id, None, "Many records.")
    assert request_page(world, office.first, office.request_id).line.due_on == date(2027, 2, 23)
    with pytest.raises(Refused, match="once"):
        extend(world, office.first, office.request_id, None, "More.")
    prepared(world, office.first, office.part_id)
    end_request(world, office.second, office.request_id, None, RequestEnd.TAKEN_BACK, "They rang.")
    with world.reading(OPERATOR) as work:
        part = work.session.get_one(SubjectPart, office.part_id)
        assert (part.state, part.working_sealed) == (PartState.ENDED, None)
    with pytest.raises(Refused, match="over"):
        extend(world, office.first, office.request_id, None, "More.")
    late = request(world, office.first)
    clock.pass_days(60)
    with pytest.raises(Refused, match="passed"):
        extend(world, office.first, late, None, "Too late.")


def test_the_clock_reminds_raises_and_destroys(world: World, clock: Clock, office: Office) -> None:
    """An answer forgotten is a law broken; an answer kept for ever is another."""
    assert watch_requests(world) == 0
    clock.pass_days(24)
    assert (watch_requests(world), watch_requests(world)) == (1, 0)
    clock.pass_days(7)
    assert (watch_requests(world), watch_requests(world)) == (1, 0)
    assert parts_due(world, office.third)[0].is_overdue
    approved(world, office.first, office.second, office.part_id, Marked(Mark.INCLUDE))
    clock.pass_days(30)
    with pytest.raises(NotFound):  # on the day itself, before the clock has said so
        download_answer(world, office.first, office.part_id)
    watch_requests(world)
    assert state(world, office.part_id) is PartState.PREPARING
    present_part(world, office.first, office.part_id, None)
    approve_part(world, office.second, office.part_id, version_of(world, office.part_id))
    download_answer(world, office.first, office.part_id)
    hand_over(world, office.first, office.part_id, None, HandedHow.IN_PERSON, world.today)
    clock.pass_days(89)
    watch_requests(world)
    assert found(world, office.part_id)
    clock.pass_days(2)
    watch_requests(world)
    with world.reading(OPERATOR) as work:
        part = work.session.get_one(SubjectPart, office.part_id)
        assert part.working_sealed is part.answer_sealed is None
        keys = select(DataKeyRow.wrapped).where(
            DataKeyRow.subject_id == office.part_id, DataKeyRow.compartment == "subject-access"
        )
        assert not any(work.session.scalars(keys))
    assert part_page(world, office.second, office.part_id).passages == ()
    clock.pass_days(3 * 365)
    watch_requests(world)
    assert requests_and_parts(world, office.second) == ((), ())
    for verb in (request_page, part_page):
        with pytest.raises(NotFound):
            verb(world, office.second, office.request_id if verb is request_page else office.part_id)
    assert verify(world).faults == ()


def test_a_part_whose_preparer_has_left_waits_for_the_others(world: World, office: Office) -> None:
    """It would stand on nobody's agenda until it is overdue."""
    take_part(world, office.first, office.part_id, version_of(world, office.part_id))
    assert not parts_due(world, office.second)[0].waits_for_me
    end_role(world, office.first)
    assert parts_due(world, office.second)[0].waits_for_me
    take_part(world, office.second, office.part_id, version_of(world, office.part_id))
    assert part_page(world, office.second, office.part_id).prepares


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"name": "X."}, "name"),
        ({"other_names": ("MO",)}, "other_names"),
        ({"asked_on": TODAY + timedelta(days=1), "identity": "", "identified_on": None}, "asked_on"),
        ({"identity": "Seen", "identified_on": None}, "identity"),
        ({"regions": ()}, "regions"),
        ({"regions": (Region.LONDON,)}, "regions"),
    ],
)
def test_what_cannot_be_is_said_beside_the_field(
    world: World, office: Office, given: dict[str, object], field: str
) -> None:
    with pytest.raises(Invalid) as problem:
        request(world, office.first, **given)  # type: ignore[arg-type]  # as given
    assert list(problem.value.problems) == [field]


def test_who_is_no_lead_opens_no_request_and_sees_none(world: World, office: Office) -> None:
    """An administrator or audit officer who could would read every case of a region through a name."""
    prepared(world, office.first, office.part_id)
    for role in (
        Role.ADMINISTRATOR,
        Role.AUDIT_OFFICER,
        Role.ASSOCIATE,
        Role.COORDINATOR,
        Role.POLITICAL_LEAD,
    ):
        somebody = person(world, role, None)
        verbs: tuple[Callable[[], object], ...] = (
            lambda who=somebody: request(world, who),  # type: ignore[misc]  # as given
            lambda who=somebody: request_page(world, who, office.request_id),  # type: ignore[misc]  # as given
            lambda who=somebody: part_page(world, who, office.part_id),  # type: ignore[misc]  # as given
            lambda who=somebody: take_part(world, who, office.part_id, 1),  # type: ignore[misc]  # as given
            lambda who=somebody: approve_part(world, who, office.part_id, version_of(world, office.part_id)),  # type: ignore[misc]  # as given
            lambda who=somebody: send_back(world, who, office.part_id, None),  # type: ignore[misc]  # as given
        )
        for verb in verbs:
            with pytest.raises(NotFound):
                verb()
        assert requests_and_parts(world, somebody) == ((), ())


def test_what_passed_where_they_took_part_is_found_without_their_name(world: World, office: Office) -> None:
    """The note of one's own conversation rarely says one's name, and would be left out of the answer."""
    told = (NewPassage("The leader would not hear of it."), NewPassage("The leader left early."))
    talked = NewConversation(TODAY, True, frozenset({Capacity.LEADER}), f"Cllr {NAME}", told)
    record_conversation(world, office.first, office.case_id, None, talked)
    take_part(world, office.first, office.part_id, version_of(world, office.part_id))
    texts = [each.text for each in part_page(world, office.first, office.part_id).passages]
    assert texts == [f"Cllr {NAME}", *(each.text for each in told), SAID]


def test_a_minute_is_looked_into_and_given_in_its_words(world: World, office: Office) -> None:
    """As it is kept, in parts, a name that begins a line is none, and what goes out is no text for anybody to read."""
    lead, meeting = office.first, joint_meeting(ISSUE_A)
    case_id = triaged_case(world, lead, office.council)
    chief = replace(meeting.attendees[0], position=f"The plan will do.\n{NAME} left.")
    meeting = replace(meeting, attendees=(chief, meeting.attendees[1]))
    meeting_id = record_meeting(world, lead, case_id, None, meeting).meeting_id
    theirs = MinuteAsked(MinuteParty.AUTHORITY, frozenset({Capacity.CHIEF_EXECUTIVE}))
    issue_minute(world, lead, case_id, None, meeting_id, theirs)
    take_part(world, lead, office.part_id, version_of(world, office.part_id))
    texts = [
        each.text or "" for each in part_page(world, lead, office.part_id).passages if each.words == "Minute"
    ]
    assert [f"R. Hale: The plan will do.\n{NAME} left.\n" in text for text in texts] == [True]
