"""Questionnaires to a council's staff: built, sent, chased and read, with a return that can be seen to improve."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select

from clearinghouse.access.roles import CLOCK, OPERATOR, Region, Role
from clearinghouse.casework.clock import tick
from clearinghouse.casework.closing import Learning, close_case
from clearinghouse.casework.errors import Invalid, NotFound, Refused
from clearinghouse.casework.headers import case_header
from clearinghouse.casework.links import LinkKind, declare_link
from clearinghouse.casework.questionnaires.answering import AnswerSheet, answer_sheet
from clearinghouse.casework.questionnaires.building import (
    add_question,
    build_questionnaire,
    change_question,
    drop_questionnaire,
    move_question,
    remove_question,
    word_opening,
)
from clearinghouse.casework.questionnaires.closing import close_questionnaire, look_at_answers
from clearinghouse.casework.questionnaires.letters import OUTBOX
from clearinghouse.casework.questionnaires.links import PATH, link_for
from clearinghouse.casework.questionnaires.pages import (
    State,
    draft_page,
    preview_page,
    questionnaires_page,
)
from clearinghouse.casework.questionnaires.results import counts_file, results_page
from clearinghouse.casework.questionnaires.sending import Sending, remind, send_questionnaire
from clearinghouse.casework.retention.tombstones import destroy_keys, record_destroyed
from clearinghouse.casework.verification import verify
from clearinghouse.casework.world import World
from clearinghouse.notices.mail import MailSettings
from clearinghouse.protocol.questionnaires import Asked, QuestionKind
from clearinghouse.protocol.vocabulary import ClosingOutcome, DutyKind
from clearinghouse.records import ledger
from clearinghouse.records.duties import Duty, DutyState
from clearinghouse.records.events import Event
from clearinghouse.records.ledger import LedgerEvent
from clearinghouse.records.questionnaires import QuestionnaireLetter, QuestionnaireLink
from clearinghouse.records.sealed import Compartment
from tests.factories.cases import triaged_case
from tests.factories.people import again, person
from tests.factories.questionnaires import CANARY, HERE, STAFF, Survey, dump, survey
from tests.worlds import Clock


@pytest.fixture
def asked(sqlite_world: World) -> Survey:
    """A survey on SQLite."""
    return survey(sqlite_world)


def owed(world: World, case_id: UUID) -> dict[DutyKind, Duty]:
    with world.reading(OPERATOR) as work:
        rows = work.session.scalars(
            select(Duty).where(Duty.case_id == case_id, Duty.state == DutyState.OPEN)
        ).all()
        work.session.expunge_all()
        return {row.kind: row for row in rows}


def test_a_poor_return_improves_after_the_first_visit(world: World, clock: Clock) -> None:
    """Midthorpe: "Although there was a poor return rate initially, after the first site visit this improved.\""""
    asked = survey(world)
    one = asked.build()
    tokens = asked.hand_out(one, links=20, days=14)
    asked.answer(*tokens[:3])
    clock.pass_days(8)
    tick(world)
    assert owed(world, asked.case_id)[DutyKind.QUESTIONNAIRE_REMINDER].owner_id == asked.coordinator.id
    clock.pass_days(8)
    tick(world)
    first = questionnaires_page(world, asked.coordinator, asked.case_id).questionnaires[0]
    assert (first.state, first.returned.answered, first.returned.asked) == (State.CLOSED, 3, 20)
    assert "Fewer than five" in first.next_step
    kinds = owed(world, asked.case_id)
    assert DutyKind.QUESTIONNAIRE_REMINDER not in kinds
    assert kinds[DutyKind.QUESTIONNAIRE_ANSWERS].owner_id == asked.lead.id
    with pytest.raises(NotFound):
        asked.answer(tokens[3])

    clock.pass_days(10)
    asked.hand_out(one, links=0, days=10)
    asked.answer(*tokens[3:14])
    clock.pass_days(11)
    tick(world)
    second = questionnaires_page(world, asked.coordinator, asked.case_id).questionnaires[0]
    assert [(each.returned.answered, each.returned.asked) for each in second.rounds] == [(3, 20), (11, 17)]
    assert second.returned.percent == 70
    found = results_page(world, asked.lead, asked.case_id, one)
    assert found.questionnaire.shown_people == 14
    assert [each.count for each in found.results[1].counts] == [0, 0, 0, 14, 0]
    assert found.is_owed
    look_at_answers(world, asked.lead, asked.case_id, None, one)
    assert DutyKind.QUESTIONNAIRE_ANSWERS not in owed(world, asked.case_id)
    assert not verify(world).faults


def _token_of(asked: Survey, link_id: UUID) -> str:
    return link_for(asked.world, link_id).rpartition(PATH)[2]


def test_a_reminder_goes_to_who_has_not_answered_with_the_same_link_and_says_only_how_many(
    asked: Survey, clock: Clock
) -> None:
    """Staff who learn who has not answered learn who has; another link would make the first mail a dead end."""
    one = asked.build()
    asked.mail(one, *STAFF)
    with asked.world.reading(OPERATOR) as work:
        hashes = set(work.session.scalars(select(QuestionnaireLink.token_hash)))
        some = work.session.scalars(select(QuestionnaireLink.id)).first()
    assert some
    asked.answer(_token_of(asked, some))
    with pytest.raises(NotFound):
        asked.answer(_token_of(asked, some))
    assert remind(asked.world, asked.coordinator, asked.case_id, None, one) == 7
    with pytest.raises(Refused, match="short while"):
        remind(asked.world, asked.coordinator, asked.case_id, None, one)
    with asked.world.reading(OPERATOR) as work:
        assert set(work.session.scalars(select(QuestionnaireLink.token_hash))) == hashes
        letters = work.session.scalars(select(QuestionnaireLetter.link_id).where(QuestionnaireLetter.reminds))
        assert some not in set(letters)
    clock.pass_days(2)
    assert remind(asked.world, asked.coordinator, asked.case_id, None, one) == 7


def test_a_mail_carries_a_link_and_nothing_else_and_none_goes_for_a_link_that_is_used(asked: Survey) -> None:
    """A mail that names the case tells whoever reads it that the council is being helped."""
    one = asked.build()
    asked.mail(one, *STAFF)
    mailing = replace(asked.world, mail=MailSettings("smtp://mail.example", "asks@clearinghouse.example"))
    header = case_header(asked.world, asked.lead, asked.case_id)

    def mails() -> dict[UUID, str | None]:
        with mailing.reading(CLOCK) as work:
            letters = work.session.scalars(select(QuestionnaireLetter)).all()
            written = {letter.link_id: OUTBOX.compose(work, letter) for letter in letters}
        return {link: mail.as_string() if mail else None for link, mail in written.items()}

    first = mails()
    assert len(first) == 8
    for link, text in first.items():
        assert text
        assert f"/questionnaire/{_token_of(asked, link)}" in text
        for secret in (header.reference, "Midthorpe Council", "afeguarding", asked.coordinator.name):
            assert secret not in text
    used = next(iter(first))
    asked.answer(_token_of(asked, used))
    assert [link for link, text in mails().items() if text is None] == [used]
    close_questionnaire(asked.world, asked.coordinator, asked.case_id, None, one)
    assert set(mails().values()) == {None}


def test_no_fact_of_an_event_names_anybody_or_quotes_anything(asked: Survey) -> None:
    """The ledger is kept for longest, and packs are made of it."""
    one = asked.build()
    draft = draft_page(asked.world, asked.lead, asked.case_id, one)
    word_opening(asked.world, asked.lead, asked.case_id, None, one, CANARY, CANARY)
    change_question(
        asked.world,
        asked.lead,
        asked.case_id,
        None,
        one,
        draft.questions[0].id,
        Asked(QuestionKind.TEXT, CANARY),
    )
    asked.mail(one, *STAFF)
    remind(asked.world, asked.coordinator, asked.case_id, None, one)
    close_questionnaire(asked.world, asked.coordinator, asked.case_id, None, one)
    with asked.world.reading(OPERATOR) as work:
        events = ledger.entries(work.session, asked.case_id)
        ours = [each for each in events if each.type.value.startswith("questionnaire:")]
        assert {each.type for each in ours} == {
            Event.QUESTIONNAIRE_MADE,
            Event.QUESTIONNAIRE_CHANGED,
            Event.QUESTIONNAIRE_SENT,
            Event.QUESTIONNAIRE_REMINDED,
            Event.QUESTIONNAIRE_CLOSED,
        }
        said = repr([each.facts for each in events])
        bodies = b"".join(work.session.scalars(select(LedgerEvent.body)))
    for secret in (CANARY, "midthorpe.example"):
        assert secret not in said
        assert secret.encode() not in bodies
    assert not any(CANARY in value or "midthorpe.ex" in value for _, _, value in dump(asked.world))


def test_the_coordinator_sends_and_counts_and_opens_no_word(asked: Survey) -> None:
    """Questions tell what the concern is about, and answers are narrative."""
    one = asked.build()
    with pytest.raises(Invalid):
        asked.build("")
    tokens = asked.hand_out(one)
    asked.answer(*tokens, words=CANARY)
    close_questionnaire(asked.world, asked.coordinator, asked.case_id, None, one)
    for verb in (draft_page, preview_page, results_page, counts_file):
        with pytest.raises(NotFound):
            verb(asked.world, asked.coordinator, asked.case_id, one)
    seen = repr(questionnaires_page(asked.world, asked.coordinator, asked.case_id))
    assert CANARY not in seen
    assert "afeguarding" not in seen


def test_a_walled_lead_a_colleague_elsewhere_and_an_administrator_find_nothing(asked: Survey) -> None:
    """Whoever is linked to the council would read what its staff say of them."""
    one = asked.build()
    walled = person(asked.world, Role.LEAD)
    declare_link(asked.world, walled, walled.person, asked.council, LinkKind.EMPLOYED)
    others = (
        again(asked.world, walled),
        person(asked.world, Role.LEAD, Region.LONDON),
        person(asked.world, Role.ASSOCIATE),
        person(asked.world, Role.ADMINISTRATOR, None),
    )
    sending = Sending(asked.world.today + timedelta(days=7), STAFF)
    for actor in others:
        for verb in (draft_page, preview_page, results_page, counts_file):
            with pytest.raises(NotFound):
                verb(asked.world, actor, asked.case_id, one)
        with pytest.raises(NotFound):
            questionnaires_page(asked.world, actor, asked.case_id)
        with pytest.raises(NotFound):
            send_questionnaire(asked.world, actor, asked.case_id, None, one, sending)
        with pytest.raises(NotFound):
            build_questionnaire(asked.world, actor, asked.case_id, None, "safeguarding")


def test_looking_at_words_or_answers_is_in_the_ledger(asked: Survey) -> None:
    one = asked.build()

    def views() -> int:
        with asked.world.reading(OPERATOR) as work:
            return len(
                ledger.entries(work.session, asked.case_id, Event.CASE_OPENED, Event.QUESTIONNAIRE_EXPORTED)
            )

    for verb, more in ((draft_page, 1), (preview_page, 1), (results_page, 1), (counts_file, 2)):
        before = views()
        verb(asked.world, asked.lead, asked.case_id, one)
        assert views() == before + more


def test_a_draft_is_worded_and_what_was_sent_is_not(world: World) -> None:
    """Questions that change under those who answer make their counts worthless."""
    asked = survey(world)
    one = build_questionnaire(world, asked.lead, asked.case_id, None, "")
    with pytest.raises(Refused, match="title"):
        asked.hand_out(one)
    word_opening(world, asked.lead, asked.case_id, None, one, "Where we are", "Please say.")
    texts = ("First", "Second", "Third")
    for text in texts:
        add_question(world, asked.lead, asked.case_id, None, one, Asked(QuestionKind.SCALE, text))

    def words() -> list[str]:
        return [each.asked.words for each in draft_page(world, asked.lead, asked.case_id, one).questions]

    def key(text: str) -> UUID:
        found = draft_page(world, asked.lead, asked.case_id, one).questions
        return next(each.id for each in found if each.asked.words == text)

    move_question(world, asked.lead, asked.case_id, None, one, key("Third"), up=True)
    assert words() == ["First", "Third", "Second"]
    move_question(world, asked.lead, asked.case_id, None, one, key("First"), up=True)
    choice = Asked(QuestionKind.CHOICE, "Where?", options=("Here", "There"))
    change_question(world, asked.lead, asked.case_id, None, one, key("Third"), choice)
    remove_question(world, asked.lead, asked.case_id, None, one, key("First"))
    assert words() == ["Where?", "Second"]
    for bad in (
        Asked(QuestionKind.SCALE, " "),
        Asked(QuestionKind.CHOICE, "Where?", options=("One",)),
        Asked(QuestionKind.CHOICE, "Where?", options=("One", "One")),
    ):
        with pytest.raises(Invalid):
            add_question(world, asked.lead, asked.case_id, None, one, bad)
    sheet = preview_page(world, asked.lead, asked.case_id, one).sheet
    token = asked.hand_out(one)[0]
    assert answer_sheet(world, token, HERE) == AnswerSheet(
        "Where we are", "Please say.", world.today + timedelta(days=14), sheet.questions
    )
    with pytest.raises(Refused, match="cannot be changed"):
        add_question(world, asked.lead, asked.case_id, None, one, choice)
    assert not verify(world).faults


def test_what_is_sent_is_checked_beside_its_field(asked: Survey) -> None:
    one = asked.build()
    day = asked.world.today

    def problems(sending: Sending) -> set[str]:
        with pytest.raises(Invalid) as refused:
            send_questionnaire(asked.world, asked.coordinator, asked.case_id, None, one, sending)
        return set(refused.value.problems)

    assert problems(Sending(day, links=8)) == {"closes_on"}
    assert problems(Sending(day + timedelta(days=400), links=8)) == {"closes_on"}
    assert problems(Sending(day + timedelta(days=7), ("no address",))) == {"addresses"}
    assert problems(Sending(day + timedelta(days=7), STAFF[:4])) == {"addresses"}
    assert problems(Sending(day + timedelta(days=7))) == {"links"}
    assert problems(Sending(day + timedelta(days=7), links=100_000)) == {"links"}
    assert asked.mail(one, *STAFF, STAFF[0].upper()) == 8


def test_more_people_are_asked_while_it_is_open_and_it_may_stay_open_for_longer(asked: Survey) -> None:
    one = asked.build()
    asked.mail(one, *STAFF, days=5)
    asked.mail(one, *STAFF, "late@midthorpe.example", days=9)
    shown = questionnaires_page(asked.world, asked.coordinator, asked.case_id).questionnaires[0]
    (only,) = shown.rounds
    assert (only.returned.asked, only.closes_on) == (9, asked.world.today + timedelta(days=9))
    with asked.world.reading(OPERATOR) as work:
        assert len(work.session.scalars(select(QuestionnaireLetter)).all()) == 9


def test_a_closed_case_asks_nobody_any_more(asked: Survey) -> None:
    """A link that still takes answers keeps a case open that its lead has closed."""
    one = asked.build()
    tokens = asked.hand_out(one)
    close_case(
        asked.world,
        asked.lead,
        asked.case_id,
        None,
        ClosingOutcome.UNFOUNDED,
        "No grounds.",
        Learning("None."),
    )
    with pytest.raises(NotFound):
        asked.answer(tokens[0])
    tick(asked.world)
    shown = questionnaires_page(asked.world, asked.coordinator, asked.case_id).questionnaires[0]
    assert shown.state is State.CLOSED
    with pytest.raises(Refused):
        asked.hand_out(one)
    assert owed(asked.world, asked.case_id) == {}


def test_a_draft_is_given_up_and_what_was_sent_is_not(asked: Survey) -> None:
    """Answers that people gave would be gone from every page."""
    one, two = asked.build(), asked.build()
    drop_questionnaire(asked.world, asked.coordinator, asked.case_id, None, one)
    (left,) = questionnaires_page(asked.world, asked.lead, asked.case_id).questionnaires
    assert left.id == two
    with pytest.raises(NotFound):
        preview_page(asked.world, asked.lead, asked.case_id, one)
    asked.hand_out(two)
    with pytest.raises(Refused, match="was sent"):
        drop_questionnaire(asked.world, asked.coordinator, asked.case_id, None, two)


def test_what_was_asked_and_answered_is_destroyed_with_what_is_kept_of_the_team(asked: Survey) -> None:
    """Answers that outlive the period are kept from those who gave them in trust; a clock that breaks on them stops."""
    one = asked.build()
    tokens = asked.hand_out(one)
    asked.answer(*tokens[:6], words=CANARY)
    close_questionnaire(asked.world, asked.coordinator, asked.case_id, None, one)
    asked.hand_out(one, links=0)
    with asked.world.unit_of_work(OPERATOR) as work:
        keys = destroy_keys(work, asked.case_id, {Compartment.PEERS}, review_id=None)
        record_destroyed(work, asked.case_id, keys)
    with pytest.raises(NotFound):
        answer_sheet(asked.world, tokens[7], HERE)
    found = results_page(asked.world, asked.lead, asked.case_id, one)
    assert (found.results, found.title.startswith("Destroyed on")) == ((), True)
    close_questionnaire(asked.world, asked.coordinator, asked.case_id, None, one)
    assert not verify(asked.world).faults


def test_a_case_without_a_team_has_no_questionnaire(asked: Survey) -> None:
    other = triaged_case(asked.world, asked.lead, asked.council)
    with pytest.raises(Refused, match="team"):
        build_questionnaire(asked.world, asked.coordinator, other, None, "safeguarding")
