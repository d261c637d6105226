"""The pages of a team at work: planned by a coordinator who is sent no word of it, written and read on the case."""

from collections.abc import Callable
from uuid import UUID

import pytest
from werkzeug.test import TestResponse

from clearinghouse.access.roles import Region, Role
from clearinghouse.casework.headers import case_header
from clearinghouse.casework.teams.packages import peers_of
from clearinghouse.casework.teams.work_page import work_page
from clearinghouse.casework.world import World
from clearinghouse.protocol.team_work import Package, VisitState
from tests.factories.authorities import authority
from tests.factories.cases import triaged_case
from tests.factories.people import person
from tests.factories.team_work import team_at_work
from tests.web.form_fillers import words_of
from tests.web.visitors import Visitor

SignIn = Callable[..., Visitor]
CANARIES = ("Purpose-canary", "Finding-canary", "Presenter-canary", "Note-canary", "Later-canary")
TODAY, LATER = ["23", "11", "2026"], ["7", "12", "2026"]


@pytest.fixture
def council(sqlite_world: World) -> UUID:
    return authority(sqlite_world)


@pytest.fixture
def lead(signed_in_as: SignIn) -> Visitor:
    return signed_in_as(Role.LEAD)


@pytest.fixture
def cora(signed_in_as: SignIn) -> Visitor:
    return signed_in_as(Role.COORDINATOR, None)


@pytest.fixture
def case_id(sqlite_world: World, lead: Visitor, council: UUID) -> UUID:
    assert lead.actor
    return triaged_case(sqlite_world, lead.actor, council)


def send(
    world: World,
    visitor: Visitor,
    case_id: UUID,
    path: str,
    data: dict[str, object],
    version: int | None = None,
) -> TestResponse:
    """Post a form about the case as it stands, or as it stood at a version."""
    assert visitor.actor
    seen = version or case_header(world, visitor.actor, case_id).version
    return visitor.post(f"/cases/{case_id}/team{path}", {"version": str(seen), **data})


def test_a_panel_is_planned_held_and_read_and_the_coordinator_is_sent_no_word_of_it(
    sqlite_world: World, lead: Visitor, cora: Visitor, case_id: UUID
) -> None:
    """Purposes, findings, notes and names would reach somebody who reads no case, or nobody at all."""
    world, base = sqlite_world, f"/cases/{case_id}/team"
    assert "No team is assigned to this case" in lead.get(f"{base}/work").text
    assert cora.actor
    team, members = team_at_work(world, cora.actor, case_id, Package.STANDING_PANEL)
    with world.reading(cora.actor) as work:
        assert set(peers_of(work, team)) == set(members)
    assert lead.actor
    manager = {"manager": f"user:{lead.actor.id}"}
    assert send(world, cora, case_id, f"/{team}/manager", manager).location == f"{base}/work"
    form = lead.get(f"{base}/{team}/visits/new").text
    assert "Session 4" in form
    assert "Session 5" not in form
    assert "purpose" not in cora.get(f"{base}/{team}/visits/new").text
    workshop: dict[str, object] = {
        "kind": "workshop",
        "first": TODAY,
        "purpose": "Purpose-canary",
        "chair": f"user:{lead.actor.id}",
        "session_0_area": "housing",
        "session_0_presenter": "Presenter-canary",
    }
    assert send(world, lead, case_id, f"/{team}/visits/new", workshop).location == f"{base}/work"
    (shown,) = work_page(world, cora.actor, case_id).teams
    (visit,) = shown.visits
    found = f"found_{visit.sessions[0].id.hex}"
    held: dict[str, object] = {
        "came": [str(each) for each in members],
        f"presented_{visit.sessions[0].id.hex}": "y",
        found: "Finding-canary",
    }
    assert found not in cora.get(f"{base}/visits/{visit.id}/held").text
    assert send(world, lead, case_id, f"/visits/{visit.id}/held", held).status_code == 303
    note = {"on": TODAY, "means": "telephone", "by": f"peer:{members[0]}", "note": "Note-canary"}
    assert send(world, lead, case_id, f"/{team}/contacts/new", note).status_code == 303
    more = {"session": str(visit.sessions[0].id), "findings": "Later-canary"}
    answer = send(world, lead, case_id, f"/visits/{visit.id}/found", more)
    assert answer.location == f"{base}/findings"
    read = words_of(lead.get(answer.location).text)
    assert not [canary for canary in CANARIES if canary not in read]
    (output,) = work_page(world, cora.actor, case_id).teams[0].outputs
    sent = [
        cora.get(path).text
        for path in (
            *(f"{base}{rest}" for rest in ("", "/work", "/findings")),
            *(f"{base}/visits/{visit.id}/{rest}" for rest in ("held", "move", "cancel", "found")),
            *(f"{base}/{team}/{rest}" for rest in ("manager", "package", "visits/new", "contacts/new")),
            f"{base}/outputs/{output.id}",
            f"/cases/{case_id}",
            "/agenda",
        )
    ]
    assert not [canary for canary in CANARIES for page in sent if canary in page]
    assert send(world, cora, case_id, f"/outputs/{output.id}", {"delivered_on": TODAY}).status_code == 303
    assert "Done" in words_of(cora.get(f"{base}/work").text)


def test_what_a_coordinator_types_by_hand_into_a_form_is_not_kept(
    sqlite_world: World, lead: Visitor, cora: Visitor, case_id: UUID
) -> None:
    """A field that a page does not offer would be filled by hand, and a word of the case come from nowhere."""
    assert cora.actor
    team, members = team_at_work(sqlite_world, cora.actor, case_id)
    visit = {"first": TODAY, "purpose": "Purpose-canary"}
    assert send(sqlite_world, cora, case_id, f"/{team}/visits/new", visit).status_code == 303
    (shown,) = work_page(sqlite_world, cora.actor, case_id).teams[0].visits
    held = {"came": [str(each) for each in members], "findings": "Finding-canary"}
    assert send(sqlite_world, cora, case_id, f"/visits/{shown.id}/held", held).status_code == 303
    assert not [canary for canary in CANARIES if canary in lead.get(f"/cases/{case_id}/team/findings").text]


WRONG: tuple[tuple[str, dict[str, object], str], ...] = (
    ("/{team}/visits/new", {"first": ["31", "2", "2027"]}, "The first day must be a real date"),
    ("/{team}/visits/new", {"first": LATER, "last": TODAY}, "The last day must not be before the first"),
    ("/{team}/visits/new", {"first": ["1", "11", "2026"]}, "must not be before the team was assigned"),
    ("/visits/{visit}/move", {"first": LATER, "why": ""}, "Select why it is moved"),
    ("/visits/{visit}/move", {"first": LATER, "why": "other"}, "planned for these already"),
    ("/visits/{visit}/cancel", {}, "Select why it is cancelled"),
    ("/visits/{visit}/held", {"came": []}, "Select who of the team came"),
    ("/visits/{visit}/held", {"findings": "Finding-canary"}, "still ahead"),
    ("/visits/{visit}/found", {"findings": "Later-canary"}, "has not taken place yet"),
    ("/{team}/contacts/new", {"on": LATER, "note": "Note-canary"}, "Select how you were in touch"),
    ("/{team}/manager", {}, "Select who manages"),
    ("/{team}/package", {"package": "exchange"}, "cannot be changed any more"),
)


def test_what_is_wrong_is_said_beside_the_field_and_nothing_typed_is_lost(
    sqlite_world: World, lead: Visitor, case_id: UUID
) -> None:
    assert lead.actor
    team, members = _team(sqlite_world, case_id)
    send(sqlite_world, lead, case_id, f"/{team}/visits/new", {"first": LATER})
    (visit,) = work_page(sqlite_world, lead.actor, case_id).teams[0].visits
    for path, typed, words in WRONG:
        data = {"came": [str(each) for each in members]} | typed
        answer = send(sqlite_world, lead, case_id, path.format(team=team, visit=visit.id), data)
        assert (answer.status_code, words in words_of(answer.text)) == (422, True), (path, words)
        kept = [value for value in typed.values() if isinstance(value, str) and "anary" in value]
        assert all(value in answer.text for value in kept)


def test_a_stale_form_says_who_changed_what_and_keeps_the_new_day(
    sqlite_world: World, lead: Visitor, case_id: UUID
) -> None:
    """The second of two who move a visit would undo the first without a word."""
    world = sqlite_world
    team, _ = _team(world, case_id)
    send(world, lead, case_id, f"/{team}/visits/new", {"first": LATER})
    assert lead.actor
    (visit,) = work_page(world, lead.actor, case_id).teams[0].visits
    seen = case_header(world, lead.actor, case_id).version
    moved = {"first": ["14", "12", "2026"], "why": "elections"}
    assert send(world, lead, case_id, f"/visits/{visit.id}/move", moved).status_code == 303
    late = {"first": ["15", "12", "2026"], "why": "peer_unable"}
    answer = send(world, lead, case_id, f"/visits/{visit.id}/move", late, seen)
    assert answer.status_code == 409
    assert lead.actor.name in answer.text
    assert "15" in words_of(answer.text)
    (visit,) = work_page(world, lead.actor, case_id).teams[0].visits
    assert (visit.first.day, visit.state) == (14, VisitState.PLANNED)


def test_a_visit_is_recorded_from_its_last_day_on(sqlite_world: World, lead: Visitor, case_id: UUID) -> None:
    """Somebody would be led to a form that refuses whatever they enter."""
    team, _ = _team(sqlite_world, case_id)
    for day, offered in ((LATER, False), (TODAY, True)):
        send(sqlite_world, lead, case_id, f"/{team}/visits/new", {"first": day})
        page = words_of(lead.get(f"/cases/{case_id}/team/work").text)
        assert ("Record that it took place" in page) is offered


def test_for_outsiders_there_is_no_team_at_work(
    sqlite_world: World, signed_in_as: SignIn, case_id: UUID, council: UUID
) -> None:
    """A curious colleague, one of another region or somebody walled off would learn that help is given."""
    team, _ = _team(sqlite_world, case_id)
    for role, region, walled in (
        (Role.ASSOCIATE, Region.NORTH_EAST, False),
        (Role.LEAD, Region.SOUTH_WEST, False),
        (Role.LEAD, Region.NORTH_EAST, True),
        (Role.COORDINATOR, None, True),
        (Role.ADMINISTRATOR, None, False),
        (Role.AUDIT_OFFICER, None, False),
    ):
        outsider = signed_in_as(role, region, walled_from=council if walled else None)
        for rest in ("work", "findings", f"{team}/manager", f"{team}/visits/new", f"{team}/contacts/new"):
            there = outsider.get(f"/cases/{case_id}/team/{rest}")
            absent = outsider.get(f"/cases/00000000-0000-7000-8000-000000000000/team/{rest}")
            assert (there.status_code, there.text) == (404, absent.text), (role, rest)


def _team(world: World, case_id: UUID) -> tuple[UUID, tuple[UUID, ...]]:
    return team_at_work(world, person(world, Role.COORDINATOR, None), case_id)
