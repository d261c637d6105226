"""Triage in the browser, without a script: the facts are kept, the suggestion explained, the decision recorded."""

from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select

from clearinghouse.access.roles import Actor, Region, Role
from clearinghouse.casework.headers import case_header
from clearinghouse.casework.world import World
from clearinghouse.protocol.vocabulary import Capacity, KnownAnswer, Route, Scenario, Standing
from clearinghouse.records.cases import Case, Triage
from clearinghouse.web.triage_questions import SECTIONS
from tests.factories.authorities import authority
from tests.factories.cases import logged_case
from tests.factories.people import person
from tests.web.form_fillers import FormFiller, words_of

KNOWN = {
    "kind": {"nature": "service", "service": "Children’s services", "scenario": "service_weakness"},
    "risk": {"risk_of_harm": "no", "legal_duty_to_refer": "no", "serious_adverse_incident": "no"},
    "authority": {
        "acknowledged": "no",
        "willing": "not_known",
        "can_act_itself": "no",
        "asserts_local_priority": "no",
        "who_knows": ["nobody"],
    },
    "outside": {
        "known_to_regulator": "yes",
        "regulator_contemplating_action": "no",
        "critical_and_hard": "no",
    },
}


@pytest.fixture
def council(sqlite_world: World) -> UUID:
    return authority(sqlite_world)


@pytest.fixture
def lead(sqlite_world: World) -> Actor:
    return person(sqlite_world, Role.LEAD, name="Ravi Singh")


@pytest.fixture
def ravi(site: Flask, sqlite_world: World, lead: Actor) -> FormFiller:
    return FormFiller(site, sqlite_world, lead)


@pytest.fixture
def case(sqlite_world: World, council: UUID, lead: Actor) -> str:
    """The address of a case that waits for its triage."""
    associate = person(sqlite_world, Role.ASSOCIATE, name="Asha Pole")
    return f"/cases/{logged_case(sqlite_world, associate, council, service='Housing').case_id}"


def answer_all(visitor: FormFiller, case: str, **other: dict[str, object]) -> None:
    """Answer every section, as far as the decision."""
    visitor.get(f"{case}/triage")
    for slug, typed in (KNOWN | other).items():
        visitor.get(f"{case}/triage/{slug}")
        assert visitor.post(f"{case}/triage/{slug}", **typed).status_code == 200


def triages(world: World, lead: Actor) -> list[tuple[Route, Route, str]]:
    with world.reading(lead) as work:
        rows = work.session.scalars(select(Triage).order_by(Triage.made_at, Triage.id))
        return [(row.suggested, row.decided, row.rationale) for row in rows]


def test_a_lead_reads_what_was_said_answers_and_accepts_the_suggestion(
    sqlite_world: World, ravi: FormFiller, lead: Actor, case: str
) -> None:
    ravi.get(f"{case}/triage")
    assert "Thresholds in safeguarding are not understood." in words_of(ravi.page)
    ravi.get(f"{case}/triage/kind")
    assert 'value="service" checked' in ravi.page, "the concern's own kind is not offered"
    assert 'value="Housing"' in ravi.page
    answer_all(ravi, case)
    assert ravi.path == f"{case}/triage/decide"
    shown = words_of(ravi.page)
    assert "Suggested: Confidential dialogue" in shown
    assert "§23, §28" in shown
    assert "protect the source at first contact" in shown
    assert "Sector specialists" in shown, "the support map's help is missing"
    assert "by Thursday 26 November 2026" in shown
    assert "It waits for nobody" not in shown
    ravi.post(f"{case}/triage/decide", decided="confidential_dialogue", rationale="")
    assert ravi.path == case
    assert "The triage is recorded." in words_of(ravi.page)
    header = case_header(sqlite_world, lead, UUID(case.removeprefix("/cases/")))
    assert (header.standing, header.route) == (Standing.TRIAGED, Route.CONFIDENTIAL_DIALOGUE)
    assert triages(sqlite_world, lead) == [(Route.CONFIDENTIAL_DIALOGUE, Route.CONFIDENTIAL_DIALOGUE, "")]


def test_to_depart_asks_why_and_keeps_the_choice_until_it_is_said(
    sqlite_world: World, ravi: FormFiller, lead: Actor, case: str
) -> None:
    answer_all(ravi, case)
    refused = ravi.post(f"{case}/triage/decide", decided="riep_facilitated", rationale="")
    assert refused.status_code == 422
    assert words_of(ravi.page).count("Say why you choose another route than the suggested one") == 2
    assert 'value="riep_facilitated" checked' in ravi.page
    ravi.post(f"{case}/triage/decide", decided="riep_facilitated", rationale="The RIEP knows them well.")
    assert triages(sqlite_world, lead) == [
        (Route.CONFIDENTIAL_DIALOGUE, Route.RIEP_FACILITATED, "The RIEP knows them well.")
    ]


def test_sent_twice_a_decision_is_recorded_once(
    sqlite_world: World, ravi: FormFiller, lead: Actor, case: str
) -> None:
    answer_all(ravi, case)
    page = ravi.page
    for _ in range(2):
        ravi.page = page
        ravi.post(f"{case}/triage/decide", decided="confidential_dialogue", rationale="")
        assert ravi.path == case
    assert len(triages(sqlite_world, lead)) == 1


def test_triaged_again_the_earlier_facts_stand_in_the_form(ravi: FormFiller, case: str) -> None:
    answer_all(ravi, case)
    ravi.post(f"{case}/triage/decide", decided="confidential_dialogue", rationale="")
    ravi.get(f"{case}/triage")
    assert "Triage again" in words_of(ravi.page)
    assert words_of(ravi.page).count("Completed") == len(SECTIONS)
    ravi.get(f"{case}/triage/authority")
    assert 'value="nobody" checked' in ravi.page
    ravi.post(f"{case}/triage/authority", **KNOWN["authority"])
    assert ravi.path == f"{case}/triage/decide"
    assert "Suggested: Confidential dialogue" in words_of(ravi.page)


@pytest.mark.parametrize("answer", ["risk_of_harm", "legal_duty_to_refer"])
def test_risk_and_the_law_say_to_refer_at_once(ravi: FormFiller, case: str, answer: str) -> None:
    answer_all(ravi, case, risk=KNOWN["risk"] | {answer: "yes"})
    assert "Refer this at once. It waits for nobody" in words_of(ravi.page)
    assert "Suggested: Immediate referral" in words_of(ravi.page)


@pytest.mark.parametrize(
    ("slug", "typed", "problem"),
    [
        ("kind", {"nature": "service", "service": "Waste"}, "Select the example that comes nearest"),
        ("risk", {"risk_of_harm": "no"}, "Select whether there is a legal duty to refer it"),
        (
            "authority",
            KNOWN["authority"] | {"who_knows": ["leader", "not_known"]},
            "Select who knows, or “Nobody”, or “Not known”, not several of these",
        ),
    ],
)
def test_an_unanswered_fact_is_said_beside_it_and_the_others_stay(
    ravi: FormFiller, case: str, slug: str, typed: dict[str, object], problem: str
) -> None:
    ravi.get(f"{case}/triage")
    ravi.get(f"{case}/triage/{slug}")
    assert ravi.post(f"{case}/triage/{slug}", **typed).status_code == 422
    assert words_of(ravi.page).count(problem) == 2
    ravi.get(f"{case}/triage/{slug}")
    for values in typed.values():
        for value in [values] if isinstance(values, str) else values:
            assert f'value="{value}"' in ravi.page
    ravi.get(f"{case}/triage/decide")
    assert ravi.path == f"{case}/triage"


def test_somebody_elses_change_meanwhile_is_not_overwritten_and_the_facts_stay(
    sqlite_world: World, ravi: FormFiller, lead: Actor, case: str
) -> None:
    answer_all(ravi, case)
    with sqlite_world.database.writing() as session:
        session.scalars(select(Case)).one().version += 1
    stale = ravi.post(f"{case}/triage/decide", decided="advocacy", rationale="They stand by it.")
    assert stale.status_code == 409
    assert "They stand by it." in ravi.page
    assert triages(sqlite_world, lead) == []
    ravi.get(f"{case}/triage/decide")
    assert "They stand by it." in ravi.page


def test_what_the_script_saves_is_there_again(ravi: FormFiller, case: str) -> None:
    ravi.get(f"{case}/triage")
    assert ravi.post(f"{case}/triage/kind/draft", nature="political", service="").status_code == 204
    ravi.get(f"{case}/triage/kind")
    assert 'value="political" checked' in ravi.page


@pytest.mark.parametrize(
    ("role", "region", "walled"),
    [
        (Role.LEAD, Region.SOUTH_WEST, False),
        (Role.LEAD, Region.NORTH_EAST, True),
        (Role.ASSOCIATE, Region.NORTH_EAST, False),
        (Role.ADMINISTRATOR, None, False),
    ],
)
def test_for_everybody_else_there_is_no_such_page(
    sqlite_world: World,
    site: Flask,
    case: str,
    council: UUID,
    role: Role,
    region: Region | None,
    walled: bool,
) -> None:
    other = FormFiller(
        site, sqlite_world, person(sqlite_world, role, region, walled_from=council if walled else None)
    )
    missing = other.get("/nothing/here").text
    paths = ("/triage", "/triage/kind", "/triage/decide")
    for path in paths:
        assert other.get(case + path).status_code == 404
        assert other.page == missing
    other.get("/account")
    token = other.page
    for path in (*paths[1:], "/triage/kind/draft", "/triage/decide/draft"):
        other.page = token
        assert other.post(case + path, nature="political").status_code == 404


def test_every_answer_of_the_vocabulary_can_be_given() -> None:
    """A scenario, capacity or answer that a form left out could never be triaged."""
    offered: dict[str, set[str]] = {name: set() for name in ("scenario", "who_knows", "acknowledged")}
    for section in SECTIONS.values():
        for name in offered.keys() & section.fields:
            offered[name] = {option.value for option in getattr(section.form, name).kwargs["options"]}
    assert offered["scenario"] == {each.value for each in Scenario}
    assert offered["who_knows"] == {each.value for each in Capacity} | {"nobody", "not_known"}
    assert offered["acknowledged"] == {each.value for each in KnownAnswer}
