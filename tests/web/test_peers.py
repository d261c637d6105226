"""The register of peers in the browser: a checked file is imported once confirmed, and nothing typed is lost."""

import io
from collections.abc import Callable
from uuid import UUID

import pytest
from werkzeug.test import TestResponse

from clearinghouse.access.roles import Region, Role
from clearinghouse.casework.peers.accreditation import watch_accreditations
from clearinghouse.casework.peers.listing import PeerFilter, peer_list
from clearinghouse.casework.world import World
from tests.factories.authorities import authority
from tests.factories.peers import USUAL, code_of, peer, peer_file
from tests.web.visitors import Visitor


@pytest.fixture
def cora(signed_in_as: Callable[..., Visitor]) -> Visitor:
    return signed_in_as(Role.COORDINATOR, None)


@pytest.fixture
def council(sqlite_world: World) -> UUID:
    return authority(sqlite_world)


def hand_in(visitor: Visitor, content: bytes) -> TestResponse:
    return visitor.post(
        "/peers/import", {"file": (io.BytesIO(content), "peers.csv")}, content_type="multipart/form-data"
    )


def hidden(text: str, name: str) -> str:
    return text.split(f'name="{name}" value="')[1].split('"', maxsplit=1)[0]


def test_a_file_is_checked_then_imported_when_that_is_confirmed(
    sqlite_world: World, cora: Visitor, council: UUID
) -> None:
    code = code_of(sqlite_world, council)
    good = peer_file({"code": "P1", "name": "Ann Able", **USUAL, "authority_code": code})
    assert hand_in(cora, b"").status_code == 422
    bad = hand_in(cora, good.replace(code.encode(), b"NOPE"))
    assert "Line 2: authority_code names" in bad.text
    assert cora.get("/peers/import/confirm").location == "/peers/import"
    assert hand_in(cora, good).location == "/peers/import/confirm"
    assert cora.actor
    assert peer_list(sqlite_world, cora.actor, PeerFilter()).rows == ()
    preview = cora.get("/peers/import/confirm").text
    assert "Import 1 peer" in preview
    # Another tab puts another file in its place: the first tab's confirmation imports neither unseen.
    hand_in(cora, good.replace(b"Ann Able", b"Una Fox"))
    assert cora.post("/peers/import/confirm", {"shown": hidden(preview, "shown")}).status_code == 200
    assert peer_list(sqlite_world, cora.actor, PeerFilter()).rows == ()
    shown = hidden(cora.get("/peers/import/confirm").text, "shown")
    assert cora.post("/peers/import/confirm", {"shown": shown}).location == "/peers"
    assert "Una Fox" in cora.get("/peers").text


def test_filters_live_in_the_address_and_nonsense_in_it_is_left_out(
    sqlite_world: World, cora: Visitor, council: UUID
) -> None:
    peer(sqlite_world, "Ann Able", council, themes="finance")
    peer(sqlite_world, "Bo Baker", council)
    found = cora.get("/peers?theme=finance&words=ann").text
    assert "Ann Able" in found
    assert "Bo Baker" not in found
    assert 'value="ann"' in found
    assert "Bo Baker" in cora.get("/peers?theme=magic&after=nonsense&kind=%00").text
    assert "No peer fits this filter" in cora.get("/peers?words=zz").text
    exported = cora.get("/peers.csv?words=bo")
    assert (exported.mimetype, "Ann Able" in exported.text, "Bo Baker" in exported.text) == (
        "text/csv",
        False,
        True,
    )


def test_an_interest_and_an_absence_keep_what_was_typed_until_they_are_right(
    sqlite_world: World, cora: Visitor, council: UUID
) -> None:
    one = peer(sqlite_world, "Ann Able", council, contact="ann@peers.example")
    wrong = cora.post(f"/peers/{one}/interests/new", {"authority": "", "words": "A house in it"})
    assert (wrong.status_code, "A house in it</textarea>" in wrong.text) == (422, True)
    cora.post(f"/peers/{one}/interests/new", {"authority": str(council), "words": "A house in it"})
    away = {"first": ["3", "12", "2026"], "last": ["1", "12", "2026"]}
    assert "must not be before the first" in cora.post(f"/peers/{one}/absences/new", away).text
    cora.post(f"/peers/{one}/absences/new", away | {"last": ["4", "12", "2026"]})
    cora.post(f"/peers/{one}/suspend")
    shown = cora.get(f"/peers/{one}").text
    for words in ("A house in it", "3 December 2026 to 4 December 2026", "Suspended", "ann@peers.example"):
        assert words in shown


@pytest.mark.parametrize(
    ("role", "region", "reads"),
    [
        (Role.LEAD, Region.SOUTH_WEST, True),
        (Role.ASSOCIATE, Region.NORTH_EAST, False),
        (Role.ADMINISTRATOR, None, False),
    ],
)
def test_leads_read_without_what_is_sealed_and_others_find_nothing(
    sqlite_world: World,
    signed_in_as: Callable[..., Visitor],
    council: UUID,
    role: Role,
    region: Region | None,
    reads: bool,
) -> None:
    one = peer(sqlite_world, "Ann Able", council, contact="ann@peers.example")
    other = signed_in_as(role, region)
    for path in ("/peers", f"/peers/{one}"):
        answer = other.get(path)
        assert (answer.status_code, "Ann Able" in answer.text) == ((200, True) if reads else (404, False))
        assert "ann@peers.example" not in answer.text
    changes = [f"/peers/{one}/{name}" for name in ("accreditation", "training/new", "group", "offer")]
    for path in (
        "/peers/import",
        "/peers.csv",
        f"/peers/{one}/absences/new",
        f"/peers/{one}/interests/new",
        *changes,
    ):
        assert other.get(path).status_code == 404
    assert other.post(f"/peers/{one}/suspend").status_code == 404


def test_an_accreditation_that_ends_is_renewed_from_the_agenda(
    sqlite_world: World, cora: Visitor, council: UUID
) -> None:
    """A coordinator would be mailed about what no screen lets them end, or lose what they typed."""
    one = peer(sqlite_world, "Ann Able", council, accredited_until="2027-01-15", kind="councillor")
    watch_accreditations(sqlite_world)
    assert f'href="/peers/{one}"' in cora.get("/agenda").text
    assert "Let it lapse" in cora.get(f"/peers/{one}").text
    renewal = {
        "by": "A body of ours",
        "first": ["1", "11", "2026"],
        "until": ["1", "11", "2026"],
        "level": "member",
    }
    wrong = cora.post(f"/peers/{one}/accreditation", renewal)
    assert (wrong.status_code, "A body of ours" in wrong.text) == (422, True)
    assert (
        cora.post(f"/peers/{one}/accreditation", renewal | {"until": ["1", "11", "2029"]}).status_code == 303
    )
    cora.post(f"/peers/{one}/training/new", {"course": "induction", "taken_on": ["1", "10", "2026"]})
    cora.post(f"/peers/{one}/group", {"group": "Green", "since": ["1", "10", "2026"]})
    assert "Enter a whole number" in cora.post(f"/peers/{one}/offer", {"days": "x"}).text
    cora.post(f"/peers/{one}/offer", {"days": "7", "regions": ["London"]})
    shown = cora.get(f"/peers/{one}").text
    for words in (
        "Member of a team",
        "Induction of new peers",
        "Green, since 1 October 2026",
        "0 of 7 used",
        "London",
    ):
        assert words in shown
    assert "Let it lapse" not in shown
    assert f'href="/peers/{one}"' not in cora.get("/agenda").text
