"""Questionnaires on the screen: a stranger answers once and sees no case; the coordinator is sent no word of them."""

import html
from collections.abc import Callable
from uuid import UUID

import pytest
from werkzeug.test import TestResponse

from clearinghouse.access.roles import Role
from clearinghouse.casework.headers import case_header
from clearinghouse.casework.questionnaires.building import word_opening
from clearinghouse.casework.questionnaires.closing import close_questionnaire
from clearinghouse.casework.questionnaires.pages import draft_page, questionnaires_page
from clearinghouse.casework.world import World
from tests.factories.questionnaires import CLOSED_QUESTIONS, Survey, survey
from tests.web.test_pages import contents, faults
from tests.web.visitors import Visitor, signed_in

CANARY = "canary-supervision-2207"
HOSTILE = '<script>alert(1)</script>\'"><img src=x onerror=go()> =HYPERLINK("http://evil") {{ "inert" * 2 }}'
GIVEN = {f"q{number}": value for number, value in CLOSED_QUESTIONS.items()}


@pytest.fixture
def asked(sqlite_world: World) -> Survey:
    """A case about Midthorpe with a team."""
    return survey(sqlite_world)


@pytest.fixture
def cora(site: object, asked: Survey) -> Visitor:
    """The coordinator's browser."""
    return signed_in(site, asked.world, asked.coordinator)  # type: ignore[arg-type]  # the site


@pytest.fixture
def lead(site: object, asked: Survey) -> Visitor:
    """The lead's browser."""
    return signed_in(site, asked.world, asked.lead)  # type: ignore[arg-type]  # the site


def send(asked: Survey, visitor: Visitor, path: str, data: dict[str, object]) -> TestResponse:
    assert visitor.actor
    version = str(case_header(asked.world, visitor.actor, asked.case_id).version)
    return visitor.post(f"/cases/{asked.case_id}/questionnaires{path}", {"version": version, **data})


def test_a_stranger_answers_once_and_nothing_typed_is_lost(asked: Survey, stranger: Visitor) -> None:
    """A page that forgets what was typed gets no second try from somebody who was asked a favour."""
    one = asked.build()
    token = asked.hand_out(one)[0]
    path = f"/questionnaire/{token}"
    first = stranger.get(path)
    assert first.status_code == 200
    assert not list(faults(first.text))
    assert "Where do you work?" in first.text
    assert "recorded" not in first.text
    wrong = stranger.post(path, {"q1": "2", "q2": "4", "q9": CANARY})
    assert wrong.status_code == 422
    assert wrong.text.count("Select an answer") >= 5
    assert CANARY in wrong.text
    assert not list(faults(wrong.text))
    assert 'value="4" checked' in " ".join(wrong.text.split())
    done = stranger.post(path, {**GIVEN, "q9": CANARY})
    assert (done.status_code, done.location) == (303, "/questionnaire")
    assert "Thank you" in stranger.get(done.location).text
    again = stranger.post(path, GIVEN)
    assert again.status_code == 404
    shown = questionnaires_page(asked.world, asked.coordinator, asked.case_id).questionnaires[0]
    assert shown.returned.answered == 1


def test_the_page_of_a_stranger_names_no_case_no_council_and_nobody(asked: Survey, stranger: Visitor) -> None:
    """A link that is passed on would tell that the council is being helped."""
    token = asked.hand_out(asked.build())[0]
    header = case_header(asked.world, asked.lead, asked.case_id)
    for answer in (stranger.get(f"/questionnaire/{token}"), stranger.get("/questionnaire")):
        for secret in (
            header.reference,
            "Midthorpe",
            asked.lead.name,
            asked.coordinator.name,
            str(header.id),
        ):
            assert secret not in answer.text
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Referrer-Policy"] == "no-referrer"


def test_reading_the_questions_changes_nothing(asked: Survey, stranger: Visitor) -> None:
    """Programs that look at links in mail before their reader does would use them up."""
    token = asked.hand_out(asked.build())[0]
    before = contents(asked.world)
    for _ in range(3):
        assert stranger.get(f"/questionnaire/{token}").status_code == 200
    assert contents(asked.world) == before


def test_links_that_lead_nowhere_are_one_page_to_the_byte(asked: Survey, stranger: Visitor) -> None:
    """An employer who tries a link of somebody's would learn whether they have answered."""
    tokens = asked.hand_out(asked.build())
    other = asked.build("after")
    closed = asked.hand_out(other)
    close_questionnaire(asked.world, asked.coordinator, asked.case_id, None, other)
    asked.answer(tokens[0])
    answers = [stranger.get(f"/questionnaire/{token}") for token in (tokens[0], closed[0], "x" * 43)]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.data for answer in answers}) == 1
    assert not list(faults(answers[0].text))


def test_what_staff_wrote_is_inert_wherever_it_is_shown(asked: Survey, lead: Visitor) -> None:
    """The answer of somebody outside would run in the browser of a lead, or in a spreadsheet."""
    one = asked.build()
    draft = draft_page(asked.world, asked.lead, asked.case_id, one)
    changed = send(
        asked,
        lead,
        f"/{one}/questions/{draft.questions[0].id}",
        {"words": f"={HOSTILE}", "kind": "choice", "options": "=1+1\n@SUM(A1)"},
    )
    assert changed.status_code == 303
    tokens = asked.hand_out(one)
    asked.answer(*tokens, words=HOSTILE)
    close_questionnaire(asked.world, asked.coordinator, asked.case_id, None, one)
    shown = lead.get(f"/cases/{asked.case_id}/questionnaires/{one}/results")
    assert not list(faults(shown.text))
    assert "<script>alert" not in shown.text
    assert html.escape("<script>alert(1)</script>") in shown.text
    assert "inertinert" not in shown.text
    file = lead.get(f"/cases/{asked.case_id}/questionnaires/{one}/counts.csv")
    assert file.headers["Content-Disposition"].startswith("attachment")
    assert "'=1+1" in file.text
    assert "'@SUM(A1)" in file.text
    assert "\"'=<script>" in file.text


def test_the_coordinator_builds_sends_and_closes_and_is_sent_no_word(asked: Survey, cora: Visitor) -> None:
    """She never needs the narrative; what staff write is nothing else."""
    assert send(asked, cora, "/new", {"ready": "own"}).status_code == 422
    pages = [send(asked, cora, "/new", {"ready": "safeguarding"})]
    assert pages[0].status_code == 303
    one = questionnaires_page(asked.world, asked.coordinator, asked.case_id).questionnaires[0].id
    word(asked, one)
    base = f"/cases/{asked.case_id}/questionnaires"
    pages += [cora.get(base), cora.get(f"{base}/{one}/send")]
    wrong = send(
        asked, cora, f"/{one}/send", {"addresses": "not an address", "closes_on": ["9", "12", "2026"]}
    )
    assert (wrong.status_code, "not an address" in wrong.text) == (422, True)
    sent = send(asked, cora, f"/{one}/send", {"links": "6", "closes_on": ["9", "12", "2026"]})
    assert (sent.status_code, sent.text.count("<svg")) == (200, 6)
    tokens = sorted({part.split("<")[0].split("\n")[0] for part in sent.text.split("/questionnaire/")[1:]})
    assert len(tokens) == 6
    asked.answer(*tokens, words=CANARY)
    pages += [sent, cora.get(base), cora.get(f"/cases/{asked.case_id}/team"), cora.get("/agenda")]
    pages += [send(asked, cora, f"/{one}/close", {}), cora.get(base), cora.get(f"/cases/{asked.case_id}")]
    assert all(page.status_code < 400 for page in pages)
    assert not any(CANARY in page.text for page in pages)
    for rest in ("preview", "results", "counts.csv", "draft", "opening", "questions/new"):
        assert cora.get(f"{base}/{one}/{rest}").status_code == 404
    assert not list(faults(pages[-2].text))


def word(asked: Survey, one: UUID) -> None:
    word_opening(asked.world, asked.lead, asked.case_id, None, one, CANARY, CANARY)


def test_links_are_shown_once(asked: Survey, cora: Visitor) -> None:
    """A list that can be looked at again, shorter each time, says who has answered to whoever kept the first."""
    one = asked.build()
    key = {"post_key": "0d0c2f4e-58f0-4f0e-9f6f-5f3b8a3c1a11"}
    data: dict[str, object] = {"links": "6", "closes_on": ["9", "12", "2026"], **key}
    assert send(asked, cora, f"/{one}/send", data).text.count("<svg") == 6
    again = send(asked, cora, f"/{one}/send", data)
    assert "/questionnaire/" not in again.text
    assert (
        questionnaires_page(asked.world, asked.coordinator, asked.case_id).questionnaires[0].returned.asked
        == 6
    )


def test_a_lead_words_previews_and_reads(asked: Survey, lead: Visitor, enter_associate: Visitor) -> None:
    base = f"/cases/{asked.case_id}/questionnaires"
    made = send(asked, lead, "/new", {"ready": "own"})
    one = made.location.split("/")[-2]
    assert send(asked, lead, f"/{one}/opening", {"title": "", "intro": "Hello"}).status_code == 422
    assert send(asked, lead, f"/{one}/opening", {"title": "Ours", "intro": "Hello"}).status_code == 303
    refused = send(
        asked, lead, f"/{one}/questions/new", {"words": CANARY, "kind": "choice", "options": "One"}
    )
    assert (refused.status_code, CANARY in refused.text) == (422, True)
    for text in ("First", "Second"):
        assert send(asked, lead, f"/{one}/questions/new", {"words": text, "kind": "scale"}).status_code == 303
    page = lead.get(f"{base}/{one}/draft").text
    assert page.index("First") < page.index("Second")
    key = draft_page(asked.world, asked.lead, asked.case_id, UUID(one)).questions[1].id
    assert send(asked, lead, f"/{one}/questions/{key}/move", {"direction": "up"}).status_code == 303
    page = lead.get(f"{base}/{one}/draft").text
    assert page.index("Second") < page.index("First")
    assert send(asked, lead, f"/{one}/questions/{key}/remove", {}).status_code == 303
    preview = lead.get(f"{base}/{one}/preview")
    assert not list(faults(preview.text))
    assert ("First" in preview.text, "Second" in preview.text) == (True, False)
    for path in ("", f"/{one}/draft", f"/{one}/preview", f"/{one}/results", f"/{one}/send", "/new"):
        assert not list(faults(lead.get(base + path).text)), path
        assert enter_associate.get(base + path).status_code == 404


@pytest.fixture
def enter_associate(signed_in_as: Callable[..., Visitor]) -> Visitor:
    """An associate of the region who is not on the case."""
    return signed_in_as(Role.ASSOCIATE)
