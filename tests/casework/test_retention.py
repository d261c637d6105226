"""Nothing is destroyed by one person, on hold, or unseen; and what was destroyed reads as destroyed everywhere."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from threading import Barrier
from unittest.mock import Mock
from uuid import UUID

import pytest
from sqlalchemy import select

from clearinghouse.access.decision import Membership
from clearinghouse.access.permissions import Permission
from clearinghouse.access.roles import OPERATOR, Actor, Region, Role
from clearinghouse.casework.admission import case_to_change, record_change
from clearinghouse.casework.assignment import add_to_case
from clearinghouse.casework.cases import CaseReading, case_page
from clearinghouse.casework.clock import tick
from clearinghouse.casework.closing import close_case, reopen_case
from clearinghouse.casework.dialogue.conversations import (
    NewConversation,
    NewPassage,
    conversations_page,
    record_conversation,
)
from clearinghouse.casework.documents.keeping import remove_document
from clearinghouse.casework.documents.showing import (
    document_to_remove,
    documents_page,
    download_document,
)
from clearinghouse.casework.drafts import read_draft, save_draft
from clearinghouse.casework.duties.agenda import agenda
from clearinghouse.casework.errors import Invalid, NotFound, Refused
from clearinghouse.casework.retention import due
from clearinghouse.casework.retention.due import find_due
from clearinghouse.casework.retention.holds import (
    ask_to_lift,
    keep_hold,
    lift_hold,
    place_hold,
)
from clearinghouse.casework.retention.reviewing import (
    ask_source_destroyed,
    confirm_destruction,
    keep_longer,
    propose_destruction,
    stop_destruction,
)
from clearinghouse.casework.retention.views import case_retention, retention_list
from clearinghouse.casework.source import open_source
from clearinghouse.casework.verification import verify
from clearinghouse.casework.world import World
from clearinghouse.protocol.retention import Kept
from clearinghouse.protocol.vocabulary import Capacity, ClosingOutcome, DutyKind
from clearinghouse.records.cases import Concern, Source
from clearinghouse.records.events import Event
from clearinghouse.records.sealed import Gone
from tests.factories.authorities import authority
from tests.factories.cases import logged_case, triaged_case
from tests.factories.documents import document_on
from tests.factories.people import person
from tests.worlds import Clock

A_YEAR = 366
SEVEN_YEARS = 7 * A_YEAR
FOURTEEN_YEARS = 14 * A_YEAR


@dataclass(frozen=True)
class Shelf:
    """A closed case whose periods pass, with those who decide on it."""

    world: World
    clock: Clock
    council: UUID
    case_id: UUID
    lead: Actor
    second: Actor

    def pass_days(self, days: float) -> None:
        self.clock.pass_days(days)
        assert not tick(self.world).failures

    def review(self) -> UUID:
        (review,) = case_retention(self.world, self.second, self.case_id).open
        return review.id

    def destroy(self) -> None:
        """What is due, by both."""
        review = self.review()
        propose_destruction(self.world, self.lead, self.case_id, None, review)
        assert confirm_destruction(self.world, self.second, self.case_id, None, review)


@pytest.fixture
def shelf(world: World, clock: Clock) -> Shelf:
    return _shelf(world, clock)


@pytest.fixture
def quick(sqlite_world: World, clock: Clock) -> Shelf:
    """The same, for what does not depend on the database."""
    return _shelf(sqlite_world, clock)


def _shelf(world: World, clock: Clock) -> Shelf:
    council = authority(world)
    lead, second = (person(world, Role.LEAD, name=name) for name in ("Lena Lead", "Sid Second"))
    case_id = triaged_case(world, lead, council)
    talk = NewConversation(
        held_on=world.today,
        held=True,
        with_whom="The leader",
        capacities=frozenset({Capacity.LEADER}),
        passages=(NewPassage("They know of it."),),
    )
    record_conversation(world, lead, case_id, None, talk)
    close_case(world, lead, case_id, None, ClosingOutcome.IMPROVED, "All is well.")
    return Shelf(world, clock, council, case_id, lead, second)


def test_what_is_due_is_put_to_a_lead_and_nothing_goes_by_itself(shelf: Shelf) -> None:
    """Wrong if nobody were asked, if they were asked twice, or if the clock destroyed anything."""
    shelf.pass_days(300)
    assert case_retention(shelf.world, shelf.lead, shelf.case_id).open == ()
    shelf.pass_days(A_YEAR - 300)
    shelf.pass_days(1)
    (review,) = case_retention(shelf.world, shelf.lead, shelf.case_id).open
    assert [each.kind for each in review.goes] == [Kept.SOURCE]
    assert review.goes[0].texts == 1
    kinds = [
        entry.kind
        for lead in (shelf.lead, shelf.second)
        for day in agenda(shelf.world, lead).days
        for entry in day.entries
    ]
    assert kinds.count(DutyKind.REVIEW_RETENTION) == 1
    shelf.pass_days(SEVEN_YEARS)
    assert _source_name(shelf) == "Jo Bright"
    assert case_page(shelf.world, shelf.lead, shelf.case_id).reading is not None


def test_a_look_that_was_broken_off_is_taken_up_by_the_next_round(
    shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Wrong if the day counted as looked at, and who raised a concern were kept longer than anybody decided."""
    shelf.clock.pass_days(A_YEAR)
    with monkeypatch.context() as broken:
        broken.setattr(due, "record_change", Mock(side_effect=OSError("The disk is full.")))
        with pytest.raises(OSError, match="full"):
            find_due(shelf.world)
    assert find_due(shelf.world) == 1
    assert find_due(shelf.world) == 0


def test_two_people_destroy_who_raised_it_and_the_rest_is_kept(shelf: Shelf) -> None:
    shelf.pass_days(A_YEAR)
    shelf.destroy()
    assert _source_name(shelf).startswith("Destroyed on ")
    reading = _reading(shelf)
    assert reading.concerns[0].text == "Thresholds in safeguarding are not understood."
    assert (
        conversations_page(shelf.world, shelf.lead, shelf.case_id).conversations[0].with_whom == "The leader"
    )
    (ended,) = reading.kept.destroyed
    assert (ended.kinds, ended.proposed_by, ended.ended_by) == (
        (Kept.SOURCE,),
        "Lena Lead",
        "Sid Second",
    )
    report = verify(shelf.world)
    assert (report.faults, report.destroyed) == ((), 1)


def test_one_person_alone_destroys_nothing(quick: Shelf) -> None:
    quick.pass_days(A_YEAR)
    review = quick.review()
    with pytest.raises(Refused, match="Nobody has proposed"):
        confirm_destruction(quick.world, quick.lead, quick.case_id, None, review)
    propose_destruction(quick.world, quick.lead, quick.case_id, None, review)
    with pytest.raises(Refused, match="a second person"):
        confirm_destruction(quick.world, quick.lead, quick.case_id, None, review)
    assert _source_name(quick) == "Jo Bright"
    owed = [each for day in agenda(quick.world, quick.second).days for each in day.entries]
    assert [each.kind for each in owed] == [DutyKind.CONFIRM_DESTRUCTION]


@pytest.mark.parametrize("verb", [propose_destruction, confirm_destruction, stop_destruction])
def test_who_may_not_decide_finds_nothing_to_decide(quick: Shelf, verb: Callable[..., object]) -> None:
    quick.pass_days(A_YEAR)
    review = quick.review()
    walled = person(quick.world, Role.LEAD, walled_from=quick.council)
    others = [
        person(quick.world, Role.LEAD, Region.LONDON),
        person(quick.world, Role.ADMINISTRATOR, None),
        person(quick.world, Role.ASSOCIATE),
        person(quick.world, Role.AUDIT_OFFICER, None),
        person(quick.world, Role.COORDINATOR, None),
    ]
    for who in (walled, *others):
        with pytest.raises(NotFound):
            verb(quick.world, who, quick.case_id, None, review)
        with pytest.raises(NotFound):
            case_retention(quick.world, who, quick.case_id)
        with pytest.raises(NotFound):
            place_hold(quick.world, who, quick.case_id, None, "I say so.")
        assert retention_list(quick.world, who).due == ()
    assert len(retention_list(quick.world, quick.lead).due) == 1


def test_a_hold_stands_against_everything_and_takes_two_to_lift(shelf: Shelf) -> None:
    """Wrong if a held case could be destroyed, were it proposed before, or if one person could lift the hold."""
    shelf.pass_days(A_YEAR)
    review = shelf.review()
    propose_destruction(shelf.world, shelf.lead, shelf.case_id, None, review)
    place_hold(shelf.world, shelf.lead, shelf.case_id, None, "A claim was announced.")
    for verb in (propose_destruction, confirm_destruction):
        with pytest.raises(Refused):
            verb(shelf.world, shelf.second, shelf.case_id, None, review)
    shelf.pass_days(30)
    found = case_retention(shelf.world, shelf.lead, shelf.case_id)
    assert found.open == ()
    assert found.hold
    assert found.hold.reason == "A claim was announced."
    ask_to_lift(shelf.world, shelf.lead, shelf.case_id, None, "The claim was settled.")
    with pytest.raises(Refused, match="second person"):
        lift_hold(shelf.world, shelf.lead, shelf.case_id, None)
    keep_hold(shelf.world, shelf.second, shelf.case_id, None)
    with pytest.raises(Refused, match="Nobody"):
        lift_hold(shelf.world, shelf.second, shelf.case_id, None)
    ask_to_lift(shelf.world, shelf.second, shelf.case_id, None, "It was settled indeed.")
    lift_hold(shelf.world, shelf.lead, shelf.case_id, None)
    shelf.pass_days(1)
    shelf.destroy()
    assert not verify(shelf.world).faults


def test_a_hold_and_a_destruction_at_the_same_instant_are_one_after_the_other(
    shelf: Shelf,
) -> None:
    """Wrong if a case were destroyed after somebody was told that it is on hold, or twice."""
    shelf.pass_days(A_YEAR)
    review, third = shelf.review(), person(shelf.world, Role.LEAD)
    propose_destruction(shelf.world, shelf.lead, shelf.case_id, None, review)
    together = Barrier(3)

    def at_once(verb: Callable[..., object], who: Actor, *given: object) -> str:
        together.wait(60)
        try:
            verb(shelf.world, who, shelf.case_id, None, *given)
        except Refused as refused:
            return refused.reasons[0]
        return "done"

    with ThreadPoolExecutor(3) as pool:
        held = pool.submit(at_once, place_hold, shelf.lead, "A claim was announced.")
        confirmed = [pool.submit(at_once, confirm_destruction, who, review) for who in (shelf.second, third)]
        ends = [each.result(120) for each in confirmed]
    assert held.result() == "done"
    assert ends.count("done") <= 1
    events = [entry.words for entry in reversed(_reading(shelf).history.entries)]
    if "done" in ends:
        assert events.index("Destroyed, confirmed by a second person") < events.index("Put on legal hold")
    else:
        assert _source_name(shelf) == "Jo Bright"
    assert not verify(shelf.world).faults


def test_what_is_kept_longer_comes_again_on_its_day(quick: Shelf) -> None:
    quick.pass_days(A_YEAR)
    review = quick.review()
    for day in (quick.world.today, quick.world.today + timedelta(days=11 * A_YEAR)):
        with pytest.raises(Invalid):
            keep_longer(
                quick.world,
                quick.lead,
                quick.case_id,
                None,
                review,
                day,
                "It is needed.",
            )
    until = quick.world.today + timedelta(days=100)
    keep_longer(
        quick.world,
        quick.lead,
        quick.case_id,
        None,
        review,
        until,
        "An inquiry asks for it.",
    )
    assert dict(_reading(quick).kept.until)[Kept.SOURCE] == until
    quick.pass_days(99)
    assert case_retention(quick.world, quick.lead, quick.case_id).open == ()
    quick.pass_days(1)
    assert quick.review() != review


def test_what_was_recorded_after_the_proposal_is_looked_at_first(quick: Shelf) -> None:
    quick.pass_days(A_YEAR)
    review = quick.review()
    propose_destruction(quick.world, quick.lead, quick.case_id, None, review)
    add = person(quick.world, Role.LEAD)
    with quick.world.unit_of_work(add) as work:
        case = case_to_change(work, quick.case_id, Permission.CASE_CLOSE)
        record_change(work, case, Event.CASE_ASSIGNED)
    with pytest.raises(Refused, match="recorded after it was proposed"):
        confirm_destruction(quick.world, quick.second, quick.case_id, None, review)
    stop_destruction(quick.world, quick.second, quick.case_id, None, review)
    quick.destroy()


def test_a_source_who_asks_is_forgotten_by_who_knows_them_and_a_lead(
    shelf: Shelf,
) -> None:
    """Wrong if one person could do it alone, if somebody else could ask, or if it waited for the period."""
    world = shelf.world
    logger, other, custodian = (person(world, Role.ASSOCIATE) for _ in range(3))
    case_id = logged_case(world, logger, shelf.council).case_id
    concern = _concern(world, case_id)
    add_to_case(world, shelf.lead, case_id, None, other.person, Membership.TEAM)
    add_to_case(world, shelf.lead, case_id, None, custodian.person, Membership.CUSTODIAN)
    for who in (other, shelf.lead):
        with pytest.raises(NotFound):
            ask_source_destroyed(world, who, case_id, None, concern, "They withdrew.")
    save_draft(world, logger, f"source-telling:{concern}", {"note": ["Jo asked again"]})
    save_draft(world, logger, "concern", {"text": ["Something else"]})
    ask_source_destroyed(world, custodian, case_id, None, concern, "They withdrew.")
    review = _only_review(world, shelf.lead, case_id)
    with pytest.raises(Refused, match="already"):
        ask_source_destroyed(world, logger, case_id, None, concern, "They withdrew.")
    for who in (custodian, logger):
        with pytest.raises(NotFound):
            confirm_destruction(world, who, case_id, None, review)
    confirm_destruction(world, shelf.lead, case_id, None, review)
    shown = open_source(world, custodian, case_id, concern)
    assert (shown.name.startswith("Destroyed on"), shown.may_be_contacted) == (
        True,
        False,
    )
    assert read_draft(world, logger, f"source-telling:{concern}") is None
    kept = read_draft(world, logger, "concern")
    assert kept
    assert kept.answers == {"text": ("Something else",)}
    assert not verify(world).faults


def test_nothing_is_written_where_it_was_destroyed(shelf: Shelf) -> None:
    """Wrong if what somebody types next were sealed under a key that is gone, or silently under a new one."""
    shelf.pass_days(SEVEN_YEARS)
    shelf.destroy()
    with pytest.raises(Refused, match="Log a new concern"):
        reopen_case(shelf.world, shelf.lead, shelf.case_id, None, "It goes on.")
    with pytest.raises(Refused, match="What was kept here was destroyed on"):
        _write(shelf)
    assert not verify(shelf.world).faults


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_whole_case_goes_and_its_ledger_still_verifies(shelf: Shelf) -> None:
    shelf.pass_days(FOURTEEN_YEARS)
    shelf.destroy()
    reading = _reading(shelf)
    assert isinstance(reading.concerns[0].text, Gone)
    assert reading.triage
    assert isinstance(reading.triage.rationale, Gone)
    assert reading.history.entries[0].words == "Destroyed, confirmed by a second person"
    assert all(entry.text == "" for entry in reading.history.entries[1:])
    report = verify(shelf.world)
    assert report.faults == ()
    assert report.destroyed > 20
    assert verify(shelf.world, processes=2) == report
    shelf.pass_days(A_YEAR)
    assert case_retention(shelf.world, shelf.lead, shelf.case_id).open == ()
    assert find_due(shelf.world) == 0


def test_a_destroyed_document_reads_as_destroyed_and_nothing_is_added_or_removed_there(
    shelf: Shelf,
) -> None:
    """Wrong if a letter could be read on, if its page broke, or if verification took it for tampered with."""
    world, lead, case_id = shelf.world, shelf.lead, shelf.case_id
    document = document_on(world, lead, case_id, about="From the leader")
    shelf.pass_days(FOURTEEN_YEARS)
    shelf.destroy()
    (shown,) = documents_page(world, lead, case_id).documents
    assert (shown.name, shown.about, shown.is_destroyed, shown.is_there) == (
        "",
        "",
        True,
        False,
    )
    for attempt in (
        lambda: download_document(world, lead, case_id, document),
        lambda: document_to_remove(world, lead, case_id, document),
        lambda: remove_document(world, lead, case_id, document, "Wrong"),
        lambda: document_on(world, lead, case_id),
    ):
        with pytest.raises(Refused, match="destroyed"):
            attempt()
    assert verify(world).faults == ()


def test_reopening_ends_the_review(quick: Shelf) -> None:
    quick.pass_days(A_YEAR)
    propose_destruction(quick.world, quick.lead, quick.case_id, None, quick.review())
    reopen_case(quick.world, quick.lead, quick.case_id, None, "It is not over.")
    assert case_retention(quick.world, quick.lead, quick.case_id).open == ()
    assert _source_name(quick) == "Jo Bright"


def _source_name(shelf: Shelf) -> str:
    with shelf.world.reading(OPERATOR) as work:
        return (
            work.session.scalars(
                select(Source).where(Source.concern_id == _concern(shelf.world, shelf.case_id))
            )
            .one()
            .name
        )


def _write(shelf: Shelf) -> None:
    with shelf.world.unit_of_work(shelf.lead) as work:
        row = work.session.scalars(select(Concern).where(Concern.case_id == shelf.case_id)).one()
        row.how_known = "Somebody writes meanwhile."


def _reading(shelf: Shelf) -> CaseReading:
    reading = case_page(shelf.world, shelf.lead, shelf.case_id, whole_history=True).reading
    assert reading
    return reading


def _concern(world: World, case_id: UUID) -> UUID:
    with world.reading(OPERATOR) as work:
        return work.session.scalars(select(Concern.id).where(Concern.case_id == case_id)).one()


def _only_review(world: World, lead: Actor, case_id: UUID) -> UUID:
    (review,) = case_retention(world, lead, case_id).open
    return review.id
