"""Importing peers: every line that cannot be used is named, nothing is half-imported, and twice is once."""

from pathlib import Path

import pytest
from sqlalchemy import func, select

from clearinghouse.access.roles import OPERATOR, Role
from clearinghouse.casework.errors import NotFound
from clearinghouse.casework.peers.export import export_peers
from clearinghouse.casework.peers.importing import PeerImportReport, import_peers
from clearinghouse.casework.peers.listing import PeerFilter
from clearinghouse.casework.verification import verify
from clearinghouse.casework.world import World
from clearinghouse.records import ledger
from clearinghouse.records.events import Event
from clearinghouse.records.ledger import LedgerEvent
from clearinghouse.records.peers import Peer, PeerAffiliation, PeerInterest
from tests.factories.authorities import authority
from tests.factories.peers import USUAL, peer_file
from tests.factories.people import person

SAMPLE = (Path(__file__).parent.parent / "data" / "peers_sample.csv").read_bytes()
SECRET = "canary-sister-3382"


@pytest.fixture
def councils() -> dict[str, str]:
    return {"OXT": "Oxtown Council", "CAL": "Calderwick Council", "MUN": "Munbridge Council"}


def register(world: World, councils: dict[str, str]) -> None:
    for code, name in councils.items():
        authority(world, name, code=code)


def row(**cells: str) -> dict[str, str]:
    return {"code": "P-1", "name": "Ian Bell", **USUAL, "authority_code": "OXT", **cells}


def test_the_sample_is_imported_with_its_events_and_a_second_time_changes_nothing(
    world: World, councils: dict[str, str]
) -> None:
    register(world, councils)
    assert import_peers(world, OPERATOR, SAMPLE, dry_run=True) == PeerImportReport(created=3)
    assert import_peers(world, OPERATOR, b"\xef\xbb\xbf" + SAMPLE) == PeerImportReport(created=3)
    with world.reading(OPERATOR) as work:
        before = work.session.scalar(select(func.count()).select_from(LedgerEvent))
    assert import_peers(world, OPERATOR, SAMPLE) == PeerImportReport(unchanged=3)
    with world.reading(OPERATOR) as work:
        assert work.session.scalar(select(func.count()).select_from(LedgerEvent)) == before
        priya = work.session.scalars(select(Peer).where(Peer.code == "P-0002")).one()
        assert (priya.contact, priya.themes, priya.days_used) == (
            "priya@peers.example",
            ["finance", "value_for_money"],
            3,
        )
        assert work.session.scalars(select(PeerInterest)).one().interest == "Her sister leads the council"
        assert len(work.session.scalars(select(PeerAffiliation)).all()) == 3
        assert [entry.type for entry in ledger.entries(work.session, priya.id)] == [Event.PEER_RECORDED]
        told = ledger.entries(work.session, world.vault.installation, Event.PEERS_IMPORTED)
        assert [dict(entry.facts) for entry in told] == [{"created": 3, "changed": 0}]
    assert verify(world).faults == ()


def test_a_second_file_changes_what_it_says_and_leaves_what_it_lacks(
    sqlite_world: World, councils: dict[str, str]
) -> None:
    register(sqlite_world, councils)
    first = row(
        contact="ian@peers.example",
        days_used="4",
        interests="MUN: A cousin",
        unavailable="2026-12-01:2026-12-02",
    )
    import_peers(sqlite_world, OPERATOR, peer_file(first))
    short = {
        "code": "P-1",
        "name": "Ian Bell",
        "kind": "officer",
        "role": "Chief executive",
        "days_used": "",
        "contact": "",
    }
    moved = short | {
        "interests": "MUN: A cousin; OXT: A house",
        "authority_code": "CAL",
        "authority_since": "2026-10-01",
    }
    assert import_peers(sqlite_world, OPERATOR, peer_file(moved)).changed == 1
    assert import_peers(sqlite_world, OPERATOR, peer_file(moved)).unchanged == 1
    with sqlite_world.reading(OPERATOR) as work:
        ian = work.session.scalars(select(Peer)).one()
        assert (ian.role, ian.days_used, ian.contact) == ("Chief executive", 4, "ian@peers.example")
        kept = {interest.interest for interest in work.session.scalars(select(PeerInterest))}
        assert kept == {"A cousin", "A house"}
        assert len(work.session.scalars(select(PeerAffiliation)).all()) == 1


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        ({"code": "P 1"}, "code must be"),
        ({"name": ""}, "name is empty"),
        ({"kind": "mayor"}, "kind is 'mayor'; it must be of councillor, officer, specialist"),
        ({"seniority": "boss"}, "seniority is 'boss'"),
        ({"themes": "finance;magic"}, "themes has 'magic'"),
        ({"authority_types": "XX"}, "authority_types has 'XX'; it must be of UA"),
        ({"regions": "Wales"}, "regions has 'Wales', which is no region of England"),
        ({"authority_code": "ZZZ"}, "authority_code names 'ZZZ', which is no authority"),
        ({"authority_code": ""}, "needs an authority_code"),
        ({"former_authorities": "CAL:2011-01-01"}, "it must be CODE:since:until"),
        ({"former_authorities": "CAL:2012-01-01:2011-01-01"}, "ends before it begins"),
        ({"accredited_until": "31/3/2028"}, "a date looks like 2026-11-23"),
        ({"accredited_until": "2020-01-01"}, "lies before accredited_from"),
        ({"days_offered": "-1"}, "days_offered is '-1'; it must be a whole number up to 366"),
        ({"suspended": "maybe"}, "it must be True or False"),
        ({"unavailable": "2026-12-04:2026-12-01"}, "ends before it begins"),
        ({"kind": "specialist"}, "a specialist needs an organisation"),
        ({"interests": f"ZZZ: {SECRET}"}, "interests must be CODE: words"),
        ({"contact": SECRET * 200}, "contact is longer than 2000"),
        ({"shoe_size": "9"}, "unknown column 'shoe_size'"),
    ],
)
def test_each_error_is_one_line_that_quotes_nothing_sealed_and_nothing_is_imported(
    sqlite_world: World, councils: dict[str, str], cells: dict[str, str], words: str
) -> None:
    register(sqlite_world, councils)
    content = (
        peer_file({**row(**cells), "code": cells.get("code", "P-2")}, row())
        if "shoe_size" in cells
        else peer_file(row(), {**row(**cells), "code": cells.get("code", "P-2")})
    )
    report = import_peers(sqlite_world, OPERATOR, content)
    assert [line for line, _ in report.errors] == [1 if "shoe_size" in cells else 3]
    assert words in report.errors[0].words
    assert SECRET not in repr(report)
    with sqlite_world.reading(OPERATOR) as work:
        assert work.session.scalars(select(Peer)).all() == []


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"code,name,kind\n", "the column role is missing"),
        ("code,name,kind,role\nP1,Zo\xeb,officer,Director\n".encode("latin-1"), "not UTF-8"),
        (b"code,name,kind,role\n", "names no peer"),
    ],
)
def test_a_file_that_is_none_is_refused_in_one_line(sqlite_world: World, content: bytes, words: str) -> None:
    report = import_peers(sqlite_world, OPERATOR, content)
    assert len(report.errors) == 1
    assert words in report.errors[0].words


def test_the_same_code_twice_is_an_error(sqlite_world: World, councils: dict[str, str]) -> None:
    register(sqlite_world, councils)
    report = import_peers(sqlite_world, OPERATOR, peer_file(row(), row(name="Una Fox")))
    assert report.errors == ((3, "the code P-1 stands in line 2 already"),)


def test_contact_and_interests_stand_nowhere_in_the_database(
    sqlite_world: World, councils: dict[str, str], tmp_path: Path
) -> None:
    register(sqlite_world, councils)
    import_peers(sqlite_world, OPERATOR, peer_file(row(contact=SECRET, interests=f"MUN: {SECRET}")))
    files = [path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()]
    assert any(b"Ian Bell" in content for content in files)
    assert not [content for content in files if SECRET.encode() in content]


def test_what_is_exported_is_imported_without_change_and_formulae_are_harmless(
    sqlite_world: World, councils: dict[str, str]
) -> None:
    register(sqlite_world, councils)
    import_peers(sqlite_world, OPERATOR, SAMPLE)
    cora = person(sqlite_world, Role.COORDINATOR, None)
    exported = export_peers(sqlite_world, cora, PeerFilter())
    assert "peers.example" not in exported
    assert import_peers(sqlite_world, cora, exported.encode()) == PeerImportReport(unchanged=3)
    import_peers(sqlite_world, cora, peer_file(row(role="=HYPERLINK(1)")))
    assert ",'=HYPERLINK(1)," in export_peers(sqlite_world, cora, PeerFilter(words="ian"))


@pytest.mark.parametrize("role", [Role.LEAD, Role.ASSOCIATE, Role.ADMINISTRATOR])
def test_only_coordinators_import_and_export(sqlite_world: World, role: Role) -> None:
    outsider = person(sqlite_world, role)
    with pytest.raises(NotFound):
        import_peers(sqlite_world, outsider, SAMPLE)
    with pytest.raises(NotFound):
        export_peers(sqlite_world, outsider, PeerFilter())
