"""Search: a sealed text for each case, scanned from SQLite, against opening and folding every field; and the verb."""

import sqlite3
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import select
from sqlalchemy.orm import Session

from clearinghouse.access.roles import OPERATOR, Actor, Region, Role
from clearinghouse.casework.search.asking import Asked
from clearinghouse.casework.search.looking import Patience
from clearinghouse.casework.search.searches import make_search, search_page
from clearinghouse.casework.world import World
from clearinghouse.protocol.vocabulary import KnownAnswer, Nature, Standing
from clearinghouse.records.base import new_id
from clearinghouse.records.cases import Case, CaseAuthority, CaseRegion
from clearinghouse.records.dialogue import Conversation, Passage
from clearinghouse.records.folding import fold
from clearinghouse.records.keyring import Keyring, hang_keyring, keyring_of
from clearinghouse.records.sealed import Compartment
from clearinghouse.records.search_reading import Wanted, texts_of
from clearinghouse.records.search_texts import build, values_of
from clearinghouse.vault.sealing import Vault
from tests.bench.measuring import Figure, at_least, seconds, side_by_side
from tests.factories.authorities import authority
from tests.factories.people import person
from tests.servers import PostgreSQL
from tests.worlds import Clock, make_world

CASES = 1_000
FIELDS = 20
FIELD_BYTES = 500
LEAST_A_SECOND = 600_000
LEAST_RATIO = 4
WORDS = "the council says that its thresholds in safeguarding are understood by each team and that follow up is late "
ABSENT = "zebracorn"


@dataclass(frozen=True)
class Scene:
    """A region full of cases, each with its passages, and a lead who may read them all."""

    world: World
    lead: Actor
    cases: Sequence[UUID]


def measure(_server: PostgreSQL) -> Iterator[Figure]:
    """The rates of one process, in CPU seconds, and their ratio."""
    with tempfile.TemporaryDirectory() as folder:
        scene = _scene(make_world(Path(folder) / "home", None, Clock()))
        scanned, folded = side_by_side(
            lambda: _scan(scene, scene.world.vault), lambda: _field_by_field(scene)
        )
        rate, by_field = CASES * FIELDS / scanned, CASES * FIELDS / folded
        what = f"fields of {FIELD_BYTES} B a second, {FIELDS} to a text, from SQLite"
        yield Figure(what, f"{rate:,.0f}", *at_least(rate, LEAST_A_SECOND))
        yield Figure(
            f"the same against {by_field:,.0f} field by field",
            f"{rate / by_field:.1f} ×",
            *at_least(rate / by_field, LEAST_RATIO),
        )
        limit = CASES * FIELDS / seconds(lambda: _bare(scene))
        yield Figure(
            "the limit: the same bytes through SQLite, AES-GCM and one comparison",
            f"{limit:,.0f}",
        )
        yield Figure("of that limit", f"{rate / limit:.2f}")
        cold = CASES * FIELDS / seconds(lambda: _scan(scene, _cold(scene)))
        yield Figure("the same where no data key was opened before", f"{cold:,.0f}")
        search = make_search(scene.world, scene.lead, Asked(ABSENT))
        whole = seconds(lambda: _search(scene, search))
        yield Figure(
            "the whole search, with scopes, policy and ledger, a second", f"{CASES * FIELDS / whole:,.0f}"
        )
        yield Figure("of it, a case", f"{whole / CASES * 1e6:,.0f} µs")
        scene.world.database.close()


def _scan(scene: Scene, vault: Vault) -> None:
    needle, found = f" {ABSENT}".encode(), 0
    wanted = [Wanted({each: each for each in scene.cases}, [Compartment.CONVERSATIONS])]
    with scene.world.reading(OPERATOR) as work:
        for _, texts in texts_of(work.session, vault, dict.fromkeys(scene.cases, True), wanted):
            found += any(needle in text for _, text in texts)
    assert not found


def _bare(scene: Scene) -> None:
    """What nobody could do without: read each text, decrypt as many bytes, look for the word."""
    cipher, nonce, needle = AESGCM(bytes(32)), bytes(12), f" {ABSENT}".encode()
    sealed = cipher.encrypt(nonce, (WORDS.encode() * CASES)[: FIELD_BYTES * FIELDS], None)
    with closing(sqlite3.connect(str(scene.world.database.engine.url.database))) as connection:
        for (folded,) in connection.execute("SELECT folded FROM search_texts"):
            assert len(folded) > len(sealed)
            assert needle not in cipher.decrypt(nonce, sealed, None)


def _field_by_field(scene: Scene) -> None:
    needle, found = f" {ABSENT}", 0
    with scene.world.reading(OPERATOR) as work:
        keyring = keyring_of(work.session)
        keyring.hold(scene.cases, Compartment.CONVERSATIONS)
        for value in values_of(work.session, scene.cases):
            found += needle in f" {fold(value.words(keyring))}"
    assert not found


def _search(scene: Scene, search: UUID) -> None:
    found = search_page(scene.world, scene.lead, search, patience=Patience(seconds=600))
    assert (found.looked_at, found.next) == (CASES, None)


def _cold(scene: Scene) -> Vault:
    """The same keys, none of them opened yet."""
    return Vault(scene.world.vault._provider, scene.world.vault.installation)  # nothing else needs it


def _scene(world: World) -> Scene:
    lead, council = person(world, Role.LEAD, Region.NORTH_EAST), authority(world)
    cases = [new_id() for _ in range(CASES)]
    with world.database.writing() as session:
        hang_keyring(session, Keyring(session, world.vault, world.now()))
        for number, case_id in enumerate(cases):
            _fill(session, world, lead, council, case_id, number)
        build(session, cases)
        assert len(session.scalars(select(Passage.id)).all()) == CASES * FIELDS
    return Scene(world, lead, cases)


def _fill(session: Session, world: World, lead: Actor, council: UUID, case_id: UUID, number: int) -> None:
    now, today = world.now(), world.today
    session.add(
        Case(
            id=case_id,
            reference=f"CH-{number:07}",
            nature=Nature.SERVICE,
            standing=Standing.LOGGED,
            people_at_risk=False,
            owner_id=lead.person,
            logged_at=now,
            updated_at=now,
            due_on=today,
        )
    )
    session.flush()
    talk = Conversation(case_id=case_id, held_on=today, held=True, recorded_by=lead.person, recorded_at=now)
    session.add_all(
        (
            CaseAuthority(case_id=case_id, authority_id=council, is_lead=True),
            CaseRegion(case_id=case_id, region=Region.NORTH_EAST, due_on=today),
            talk,
        )
    )
    session.flush()
    for position in range(FIELDS):
        passage = Passage(
            conversation_id=talk.id,
            case_id=case_id,
            position=position,
            audiences=[],
            source_consents=KnownAnswer.NOT_KNOWN,
        )
        session.add(passage)
        passage.text = (f"{number} {position} " + WORDS * 6)[:FIELD_BYTES]
    session.flush()
