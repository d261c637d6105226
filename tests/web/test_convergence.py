"""The pages of concerns that may belong together: for their leads alone, and no hint of them anywhere else."""

import re
from collections.abc import Callable
from uuid import UUID, uuid4

import pytest
from flask import Flask

from clearinghouse.access.roles import Actor, Region, Role
from clearinghouse.casework.convergence.answers import convergences
from clearinghouse.casework.convergence.finding import find_convergences
from clearinghouse.casework.world import World
from tests.factories.authorities import authority
from tests.factories.cases import logged_case
from tests.factories.people import person
from tests.web.visitors import Visitor, signed_in

SignIn = Callable[..., Visitor]
LINK = "Concerns that may belong together"


@pytest.fixture
def council(sqlite_world: World) -> UUID:
    """Midthorpe."""
    return authority(sqlite_world)


@pytest.fixture
def people(sqlite_world: World) -> tuple[Actor, Actor]:
    """Two associates who do not know of each other's concerns."""
    return person(sqlite_world, Role.ASSOCIATE, name="Ada"), person(sqlite_world, Role.ASSOCIATE, name="Ben")


@pytest.fixture
def lead(signed_in_as: SignIn) -> Visitor:
    return signed_in_as(Role.LEAD, name="Lea Lead")


@pytest.fixture
def cases(
    sqlite_world: World, council: UUID, people: tuple[Actor, Actor], lead: Visitor
) -> tuple[UUID, UUID]:
    first, second = (logged_case(sqlite_world, who, council).case_id for who in people)
    return first, second


def waiting(world: World, lead: Visitor) -> UUID:
    assert lead.actor
    return convergences(world, lead.actor)[0].id


def test_a_lead_looks_previews_and_joins(
    sqlite_world: World, lead: Visitor, cases: tuple[UUID, UUID]
) -> None:
    assert LINK not in lead.get("/agenda").text
    find_convergences(sqlite_world)
    assert f"{LINK} (1)" in lead.get("/agenda").text
    key = waiting(sqlite_world, lead)
    assert f"/convergence/{key}" in lead.get("/convergence").text
    page = lead.get(f"/convergence/{key}").text
    version = re.search(r'name="version" value="(\d+)"', page)
    assert version
    sent = {"kept": str(cases[0]), "bring": "y", "reason": "One team runs both.", "version": version[1]}
    preview = lead.post(f"/convergence/{key}", {**sent, "step": "preview"})
    assert "Check what joining brings" in preview.text
    assert "Ben" in preview.text
    back = lead.post(f"/convergence/{key}", {**sent, "step": "change"})
    assert (back.status_code, "One team runs both." in back.text) == (200, True)
    done = lead.post(f"/convergence/{key}", {**sent, "step": "confirm"})
    assert (done.status_code, done.location) == (303, f"/cases/{cases[0]}")
    shown = lead.get(f"/cases/{cases[0]}").text
    assert "Joined to this case" in shown
    assert "One team runs both." in shown
    assert "This case is carried on in" in lead.get(f"/cases/{cases[1]}").text
    again = lead.post(f"/convergence/{key}", {**sent, "step": "confirm"})
    assert again.status_code == 422
    assert "joined the two cases meanwhile" in again.text
    assert "One team runs both." in again.text, "what was typed is lost"


def test_nothing_typed_is_lost_and_each_problem_stands_at_its_field(
    sqlite_world: World, lead: Visitor, cases: tuple[UUID, UUID]
) -> None:
    find_convergences(sqlite_world)
    key = waiting(sqlite_world, lead)
    answer = lead.post(f"/convergence/{key}", {"reason": "Half typed.", "step": "preview"})
    assert answer.status_code == 422
    assert "Select which case goes on" in answer.text
    assert "Half typed." in answer.text
    empty = lead.post(f"/convergence/{key}/dismiss", {"why_not": " "})
    assert (empty.status_code, "Enter why they are not the same" in empty.text) == (422, True)
    assert lead.post(f"/convergence/{key}/dismiss", {"why_not": "Two teams."}).status_code == 303
    assert LINK not in lead.get("/agenda").text
    assert lead.get(f"/convergence/{key}").status_code == 404


def without_chance(text: str) -> str:
    """A page without what differs from one answer to the next."""
    text = re.sub(r'(name="(?:csrf[-_]token|post_key)" (?:content|value)=)"[^"]*"', r"\1", text)
    text = re.sub(r'nonce="[^"]*"|data-seconds="[^"]*"', "", text)
    return re.sub(r"recorded at [^<]*\.", "", text)


PAGES = (
    "/",
    "/agenda",
    "/agenda?whose=region",
    "/cases",
    "/cases?show=all",
    "/cases.csv",
    "/help",
    "/account",
)


def test_no_page_of_anybody_else_changes_by_a_byte_when_concerns_converge(
    site: Flask,
    sqlite_world: World,
    signed_in_as: SignIn,
    council: UUID,
    people: tuple[Actor, Actor],
    cases: tuple[UUID, UUID],
) -> None:
    """An associate, a walled lead, an administrator, a coordinator, an audit officer: none gets a hint."""
    others = [
        *(signed_in(site, sqlite_world, who) for who in people),
        *(signed_in_as(role, None) for role in Role if role is not Role.LEAD),
        signed_in_as(Role.LEAD, Region.LONDON),
        signed_in_as(Role.LEAD, None),
        signed_in_as(Role.LEAD, walled_from=council),
    ]
    paths = (*PAGES, *(f"/cases/{each}" for each in cases), "/convergence", "/replaced")

    def crawl(visitor: Visitor) -> list[tuple[int, str]]:
        answers = [visitor.get(path) for path in paths]
        return [(each.status_code, without_chance(each.text)) for each in answers]

    for visitor in others:
        crawl(visitor)  # the pages of cases list who opened them, at first once more with every look
    before = [[status for status, _ in crawl(visitor)] for visitor in others]
    texts = [crawl(visitor) for visitor in others]
    assert find_convergences(sqlite_world) == 1
    for visitor, statuses, text in zip(others, before, texts, strict=True):
        found = crawl(visitor)
        assert [status for status, _ in found] == statuses
        for path, (_, old), (_, new) in zip(paths, text, found, strict=True):
            if not path.startswith("/cases/"):
                assert new == old, f"{visitor.actor} {path}"
            assert LINK not in new or path == "/convergence"


def test_the_page_of_a_pair_is_as_absent_as_no_pair(
    sqlite_world: World, signed_in_as: SignIn, council: UUID, cases: tuple[UUID, UUID], lead: Visitor
) -> None:
    find_convergences(sqlite_world)
    key = waiting(sqlite_world, lead)
    for other in (
        signed_in_as(Role.ASSOCIATE),
        signed_in_as(Role.ADMINISTRATOR, None),
        signed_in_as(Role.LEAD, Region.LONDON),
        signed_in_as(Role.LEAD, walled_from=council),
    ):
        absent = other.get(f"/convergence/{uuid4()}")
        found = other.get(f"/convergence/{key}")
        assert (found.status_code, found.data) == (404, absent.data)
        for rest in ("", "/dismiss"):
            sent = other.post(f"/convergence/{key}{rest}", {"why_not": "Mine.", "step": "confirm"})
            none = other.post(f"/convergence/{uuid4()}{rest}", {"why_not": "Mine.", "step": "confirm"})
            assert (sent.status_code, sent.data) == (none.status_code, none.data), rest


def test_logging_a_concern_answers_alike_whether_or_not_a_case_is_there(
    site: Flask, sqlite_world: World, people: tuple[Actor, Actor], cases: tuple[UUID, UUID], council: UUID
) -> None:
    """The pages after a concern is logged would tell the associate that somebody else is worried too."""
    find_convergences(sqlite_world)
    other = authority(sqlite_world, "Midthorpf Council")
    newcomer = person(sqlite_world, Role.ASSOCIATE)
    visitor = signed_in(site, sqlite_world, newcomer)
    pages = []
    for each in (council, other):
        logged = logged_case(sqlite_world, newcomer, each)
        texts = [
            visitor.get(f"/cases/{logged.case_id}").text,
            visitor.get(f"/concerns/{logged.case_id}").text,
        ]
        text = " ".join(without_chance(text) for text in texts).replace("Midthorpf", "Midthorpe")
        text = text.replace(str(logged.case_id), "").replace(logged.reference, "")
        pages.append(re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}", "", text))
    assert pages[0] == pages[1]
