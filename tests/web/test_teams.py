"""The team tab and the match page: a coordinator's way to an assigned team, and what she is never sent."""

from collections.abc import Callable
from uuid import UUID

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from clearinghouse.access.roles import Region, Role
from clearinghouse.casework.headers import case_header
from clearinghouse.casework.teams.pages import team_page
from clearinghouse.casework.world import World
from clearinghouse.protocol.vocabulary import Route, Standing
from clearinghouse.records.peers import TeamMember
from tests.factories.authorities import authority
from tests.factories.cases import triaged_case
from tests.factories.peers import peer
from tests.factories.people import person
from tests.factories.teams import confirm_all
from tests.web.visitors import Visitor

ASKED = {
    "first": ["7", "12", "2026"],
    "last": ["18", "12", "2026"],
    "days": "4",
    "size": "3",
    "themes": ["finance"],
    "named": "calderwick",
}


@pytest.fixture
def council(sqlite_world: World) -> UUID:
    return authority(sqlite_world)


@pytest.fixture
def case_id(sqlite_world: World, council: UUID) -> UUID:
    return triaged_case(sqlite_world, person(sqlite_world, Role.LEAD), council, Route.PEER_SUPPORT)


@pytest.fixture
def enter(signed_in_as: Callable[..., Visitor]) -> Callable[..., Visitor]:
    """Sign somebody in, for all England unless a region is given."""

    def one(role: Role, region: Region | None = None, **more: object) -> Visitor:
        return signed_in_as(role, region, **more)

    return one


@pytest.fixture
def three(sqlite_world: World) -> list[UUID]:
    return [
        peer(sqlite_world, "Dinah Oke", authority(sqlite_world, "Oxtown Council"), led_reviews="2"),
        peer(
            sqlite_world, "Priya Natarajan", authority(sqlite_world, "Calderwick Council"), themes="finance"
        ),
        peer(sqlite_world, "Sam Reed", kind="specialist", services="children"),
    ]


def send(world: World, visitor: Visitor, case_id: UUID, path: str, data: dict[str, object]) -> TestResponse:
    assert visitor.actor
    version = str(case_header(world, visitor.actor, case_id).version)
    return visitor.post(f"/cases/{case_id}/team{path}", {"version": version, **data})


def test_a_coordinator_asks_chooses_and_assigns_without_a_word_of_the_concern(
    sqlite_world: World, enter: Callable[..., Visitor], case_id: UUID, three: list[UUID]
) -> None:
    world, cora = sqlite_world, enter(Role.COORDINATOR)
    assert "Say what is asked of the team" in cora.get(f"/cases/{case_id}/team").text
    asked = send(world, cora, case_id, "/needs", ASKED)
    assert asked.location == f"/cases/{case_id}/team/match"
    ranked = cora.get(asked.location).text
    assert ranked.index("1. Priya Natarajan") < ranked.index("2. Dinah Oke") < ranked.index("3. Sam Reed")
    assert "Comes from a council asked for by name: Calderwick Council." in ranked
    for each in three:
        assert send(world, cora, case_id, "/match", {"peer": str(each)}).status_code == 303
    assert cora.actor
    team = team_page(world, cora.actor, case_id).proposed
    assert team
    early = send(world, cora, case_id, f"/{team.id}/assign", {})
    assert (early.status_code, "Choose who leads the team." in early.text) == (422, True)
    send(world, cora, case_id, f"/{team.id}/leader", {"peer": str(three[0])})
    confirm_all(world, cora.actor, case_id, team.id)
    assert "Assign the team" in cora.get(f"/cases/{case_id}/team").text
    assert send(world, cora, case_id, f"/{team.id}/assign", {}).status_code == 303
    assert case_header(world, cora.actor, case_id).standing is Standing.SUPPORTED
    pages = [
        cora.get(f"/cases/{case_id}/team{rest}", follow_redirects=True).text
        for rest in ("", "/needs", "/match")
    ]
    assert not [text for text in pages if "Thresholds" in text or "Jo Bright" in text]


def test_a_blocked_candidate_is_shown_with_the_reason_and_refused_when_posted_by_hand(
    sqlite_world: World, enter: Callable[..., Visitor], case_id: UUID, council: UUID
) -> None:
    gwen = peer(sqlite_world, "Gwen Parry", council, kind="councillor", role="Deputy leader")
    cora = enter(Role.COORDINATOR)
    send(sqlite_world, cora, case_id, "/needs", ASKED | {"named": ""})
    shown = cora.get(f"/cases/{case_id}/team/match").text
    assert "Councillor of Midthorpe Council." in shown
    assert f'value="{gwen}"' not in shown
    refused = send(sqlite_world, cora, case_id, "/match", {"peer": str(gwen)})
    assert (refused.status_code, "Gwen Parry: Councillor of Midthorpe Council." in refused.text) == (
        422,
        True,
    )
    with sqlite_world.reading(cora.actor) as work:  # type: ignore[arg-type]  # she is signed in
        assert work.session.scalars(select(TeamMember)).all() == []


def test_what_was_asked_is_kept_when_something_of_it_is_wrong(
    sqlite_world: World, enter: Callable[..., Visitor], case_id: UUID
) -> None:
    cora = enter(Role.COORDINATOR)
    wrong = ASKED | {"days": "four", "last": ["31", "2", "2027"], "named": "Nowhere"}
    answer = send(sqlite_world, cora, case_id, "/needs", wrong)
    assert answer.status_code == 422
    for words in ("Enter a whole number", "must be a real date", 'value="four"', "Nowhere</textarea>"):
        assert words in answer.text
    unknown = send(sqlite_world, cora, case_id, "/needs", ASKED | {"named": "Nowhere"})
    assert "No council of the register is called Nowhere" in unknown.text
    backwards = send(
        sqlite_world, cora, case_id, "/needs", ASKED | {"named": "", "last": ["1", "12", "2026"]}
    )
    assert "The last day must not be before the first." in backwards.text
    nobody = send(sqlite_world, cora, case_id, "/needs", ASKED | {"named": ""})
    assert nobody.status_code == 303
    assert "Select a peer" in send(sqlite_world, cora, case_id, "/match", {}).text


def test_a_lead_accepts_a_warning_on_a_page_of_its_own(
    sqlite_world: World, enter: Callable[..., Visitor], case_id: UUID
) -> None:
    council = authority(sqlite_world, "Oxtown Council")
    two = [peer(sqlite_world, name, council) for name in ("Ian Bell", "Una Fox")]
    cora, lee = enter(Role.COORDINATOR), enter(Role.LEAD, Region.NORTH_EAST)
    send(sqlite_world, cora, case_id, "/needs", ASKED | {"named": ""})
    for each in two:
        send(sqlite_world, cora, case_id, "/match", {"peer": str(each)})
    assert lee.actor
    team = team_page(sqlite_world, lee.actor, case_id).proposed
    assert team
    path = f"/{team.id}/warnings/{two[0]}/worked_together/{two[1]}"
    assert path in lee.get(f"/cases/{case_id}/team").text
    assert path not in cora.get(f"/cases/{case_id}/team").text
    assert cora.get(f"/cases/{case_id}/team{path}").status_code == 404
    assert "Enter why" in send(sqlite_world, lee, case_id, path, {"reason": " "}).text
    assert send(sqlite_world, lee, case_id, path, {"reason": "They hardly met."}).status_code == 303
    assert "They hardly met." in lee.get(f"/cases/{case_id}/team").text
    assert "They hardly met." not in cora.get(f"/cases/{case_id}/team").text


def test_who_runs_the_council_is_asked_with_the_needs_and_kept_with_them(
    sqlite_world: World, enter: Callable[..., Visitor], case_id: UUID
) -> None:
    peer(
        sqlite_world,
        "Dinah Oke",
        authority(sqlite_world, "Oxtown Council"),
        kind="councillor",
        role="Leader",
        political_group="Green",
    )
    cora, asked = enter(Role.COORDINATOR), ASKED | {"named": ""}
    undated = send(sqlite_world, cora, case_id, "/needs", asked | {"group": "Green Party"})
    assert undated.status_code == 422
    for words in ("Enter since when the group runs the council.", 'value="Green Party"'):
        assert words in undated.text
    said = {"group": "Green", "since": ["4", "5", "2023"]}
    assert send(sqlite_world, cora, case_id, "/needs", asked | said).status_code == 303
    warning = "Belongs to the Green group, which has led Midthorpe Council since 4 May 2023"
    assert warning in cora.get(f"/cases/{case_id}/team/match").text
    again = cora.get(f"/cases/{case_id}/team/needs").text
    for shown in ("As entered on ", 'value="Green"', 'name="since" type="text" value="2023"'):
        assert shown in again
    send(sqlite_world, cora, case_id, "/needs", asked)
    assert warning not in cora.get(f"/cases/{case_id}/team/match").text


@pytest.mark.parametrize(
    ("role", "region", "walled"),
    [
        (Role.ASSOCIATE, Region.NORTH_EAST, False),
        (Role.ADMINISTRATOR, None, False),
        (Role.LEAD, Region.SOUTH_WEST, False),
        (Role.COORDINATOR, None, True),
    ],
)
def test_outsiders_get_the_same_not_found(
    enter: Callable[..., Visitor],
    case_id: UUID,
    council: UUID,
    role: Role,
    region: Region | None,
    walled: bool,
) -> None:
    outsider = enter(role, region, walled_from=council if walled else None)
    absent = outsider.get("/cases/00000000-0000-7000-8000-000000000000/team")
    for rest in ("", "/needs", "/match"):
        answer = outsider.get(f"/cases/{case_id}/team{rest}")
        assert (answer.status_code, answer.text) == (404, absent.text)


def test_a_whole_team_is_solved_changed_by_keeping_and_leaving_out_and_taken(
    sqlite_world: World, enter: Callable[..., Visitor], case_id: UUID, three: list[UUID]
) -> None:
    """Wrong if whom she keeps or leaves out is lost on the way, or if a word of the concern shows."""
    world, cora = sqlite_world, enter(Role.COORDINATOR)
    other = peer(world, "Vic Hale", authority(world, "Fenmoor Council"), themes="finance")
    send(world, cora, case_id, "/needs", ASKED)
    assert cora.actor
    team = team_page(world, cora.actor, case_id).proposed
    assert team
    solve = f"/cases/{case_id}/team/{team.id}/solve"
    assert solve in cora.get(f"/cases/{case_id}/team").text
    first = cora.get(solve).text
    assert [name for name in ("Dinah Oke", "Priya Natarajan", "Sam Reed") if name in first]
    kept = cora.get(f"{solve}?chosen=1&keep={other}&out={three[2]}").text
    assert f'value="{other}" checked' in kept
    assert f'name="out" type="checkbox" value="{three[2]}" checked' in kept
    best = kept[kept.index("The best team") : kept.index("Who was looked at")]
    assert [name in best for name in ("Vic Hale", "Priya Natarajan", "Dinah Oke")] == [True] * 3
    assert "Thresholds" not in kept
    assert "Jo Bright" not in kept
    chosen = [str(each) for each in (three[0], three[1], other)]
    taken = send(world, cora, case_id, f"/{team.id}/take", {"peer": chosen, "leader": chosen[0]})
    assert taken.status_code == 303
    now = team_page(world, cora.actor, case_id).proposed
    assert now
    assert {member.name: member.leads for member in now.members} == {
        "Dinah Oke": True,
        "Priya Natarajan": False,
        "Vic Hale": False,
    }


def test_what_to_ask_less_of_is_named_and_one_button_asks_for_it(
    sqlite_world: World, enter: Callable[..., Visitor], case_id: UUID, three: list[UUID]
) -> None:
    """Wrong if the page sends her away without a way out, or if the way out it names leads nowhere."""
    world, cora = sqlite_world, enter(Role.COORDINATOR)
    send(world, cora, case_id, "/needs", ASKED | {"services": ["children", "waste"]})
    assert cora.actor
    team = team_page(world, cora.actor, case_id).proposed
    assert team
    shown = cora.get(f"/cases/{case_id}/team/{team.id}/solve").text
    assert "Do not ask for somebody who knows the service: waste and recycling." in shown
    wishes = {"chosen": "1", "out": ["not-a-key", str(UUID(int=7))]}
    gone = send(
        world, cora, case_id, f"/{team.id}/ask-less", {"less": ["service:waste", "nonsense"], **wishes}
    )
    assert (gone.status_code, "has changed meanwhile" in gone.text) == (422, True)
    asked = send(world, cora, case_id, f"/{team.id}/ask-less", {"less": ["service:waste"], **wishes})
    assert asked.status_code == 303
    assert "Take this team" in cora.get(asked.location).text
    assert send(world, cora, case_id, f"/{team.id}/take", {"peer": [str(UUID(int=9))]}).status_code == 404
    nobody = send(world, cora, case_id, f"/{team.id}/take", {"peer": ["nobody"]})
    assert "Choose at least one peer." in nobody.text


def test_only_who_may_match_peers_solves_or_takes_a_team(
    sqlite_world: World, enter: Callable[..., Visitor], case_id: UUID, three: list[UUID]
) -> None:
    """A curious associate, a lead and an administrator find no such page, and take no team."""
    world, cora = sqlite_world, enter(Role.COORDINATOR)
    send(world, cora, case_id, "/needs", ASKED)
    assert cora.actor
    team = team_page(world, cora.actor, case_id).proposed
    assert team
    for role, region in (
        (Role.ASSOCIATE, Region.NORTH_EAST),
        (Role.LEAD, Region.NORTH_EAST),
        (Role.ADMINISTRATOR, None),
    ):
        other = enter(role, region)
        assert other.get(f"/cases/{case_id}/team/{team.id}/solve").status_code == 404
        taken = other.post(f"/cases/{case_id}/team/{team.id}/take", {"peer": [str(three[0])], "version": "1"})
        assert taken.status_code == 404
    assert cora.get(f"/cases/{case_id}/team/{UUID(int=3)}/solve").status_code == 404
