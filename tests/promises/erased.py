"""P18: erased is gone. Who raised a concern is destroyed, the conversation kept, and no backup brings it back."""

import shutil
import sqlite3
import time
from collections.abc import Collection, Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from sqlalchemy import make_url, select, text

from clearinghouse.access.roles import OPERATOR, Actor, Role
from clearinghouse.casework.closing import close_case
from clearinghouse.casework.dialogue.conversations import (
    NewConversation,
    NewPassage,
    conversations_page,
    record_conversation,
)
from clearinghouse.casework.drafts import discard_draft, save_draft
from clearinghouse.casework.retention.due import find_due
from clearinghouse.casework.retention.reviewing import confirm_destruction, propose_destruction
from clearinghouse.casework.retention.views import case_retention
from clearinghouse.casework.verification import verify
from clearinghouse.casework.world import World
from clearinghouse.protocol.vocabulary import Capacity, ClosingOutcome
from clearinghouse.records.authorities import Authority
from clearinghouse.records.cases import Concern, Source
from clearinghouse.records.events import Event, Stream
from clearinghouse.records.forms import Draft
from clearinghouse.records.keyring import DataKeyRow
from clearinghouse.records.sealed import Compartment, Gone
from tests.factories.authorities import authority
from tests.factories.cases import triaged_case
from tests.factories.people import person
from tests.promises.databases import Installed, installed, open_world
from tests.servers import PostgreSQL

WHO = "Quillfeather Obadiah"
SAID = "The leader knows of it and will act."
_MORE_THAN_A_YEAR = 367


@dataclass(frozen=True)
class Key:
    """What is stored of a data key that is destroyed: neither may be found anywhere."""

    wrapped: bytes
    commitment: bytes


def erased_is_gone(server: PostgreSQL | None, cases: int) -> str:
    """Destroy the sources of so many cases, look for their bytes, and restore an older backup of it all."""
    began = time.monotonic()
    with installed(server) as place:
        world = place.world
        lead, second = person(world, Role.LEAD), person(world, Role.LEAD)
        ids = [_closed_case(place, lead) for _ in range(cases)]
        place.clock.pass_days(_MORE_THAN_A_YEAR)
        assert find_due(world) == cases
        keys = _keys_of_sources(world, ids) + _keys_of_drafts(world, lead)
        assert len(keys) == cases + 1
        if server:
            with world.database.writing() as session:  # as autovacuum does by itself, sooner or later
                session.execute(text("ANALYZE"))
        older = _back_up(place, server, "older")
        assert _found(_files(place, server), keys) == len(keys), (
            "the scan finds nothing even where it is there"
        )
        for case_id in ids:
            _destroy(world, case_id, lead, second)
        scanned = _nothing_is_left(place, server, keys)
        _is_destroyed(world, ids, lead)
        later = _back_up(place, server, "later")
        assert not _found(_files_of_backup(server, later), keys), (
            "a backup that was made after it holds a key"
        )
        restored = _restore(place, server, older)
        _is_destroyed(restored, ids, lead)
        scanned += _nothing_is_left(place, server, keys, restored)
        restored.database.close()
        again = open_world(place.home, _address(place, server, older), place.clock)
        _is_destroyed(again, ids, lead)
        again.database.close()
        _drop(server, later)
    return (
        f"{len(keys):,} keys destroyed, none found in {scanned / 1024**2:,.0f} MB of files before and after an older"
        f" backup was restored; conversations kept, ledger verified; {time.monotonic() - began:.0f} s"
    )


def _closed_case(place: Installed, lead: Actor) -> UUID:
    """A case with a source, a conversation, and a draft about the source that was thrown away."""
    world = place.world
    with world.reading(OPERATOR) as work:
        known = work.session.scalars(select(Authority.id)).first()
    case_id = triaged_case(world, lead, known or authority(world))
    with world.unit_of_work(lead) as work:
        source = work.session.scalars(
            select(Source).join(Concern, Concern.id == Source.concern_id).where(Concern.case_id == case_id)
        ).one()
        source.name = WHO
        work.record(Event.SOURCE_ASKED, Stream.CASE, case_id)
    save_draft(world, lead, "concern", {"source_name": [WHO]})
    discard_draft(world, lead, "concern")
    save_draft(world, lead, "conversation", {"note": ["half a sentence"]})
    talk = NewConversation(
        held_on=world.today,
        held=True,
        with_whom="The leader",
        capacities=frozenset({Capacity.LEADER}),
        passages=(NewPassage(SAID),),
    )
    record_conversation(world, lead, case_id, None, talk)
    close_case(world, lead, case_id, None, ClosingOutcome.IMPROVED, "All is well.")
    return case_id


def _destroy(world: World, case_id: UUID, lead: Actor, second: Actor) -> None:
    (review,) = case_retention(world, lead, case_id).open
    propose_destruction(world, lead, case_id, None, review.id)
    assert confirm_destruction(world, second, case_id, None, review.id), "it was not made real at once"


def _is_destroyed(world: World, cases: Collection[UUID], lead: Actor) -> None:
    """The sources read as destroyed, the conversations and drafts are there, and the ledger verifies."""
    report = verify(world)
    # The log was never signed here, so that a restored backup is no shorter than what was signed.
    assert report.faults == (), report.faults
    assert report.destroyed >= len(cases)
    with world.reading(OPERATOR) as work:
        query = select(Source).join(Concern, Concern.id == Source.concern_id)
        sources = work.session.scalars(query.where(Concern.case_id.in_(cases))).all()
        assert len(sources) == len(cases)
        assert all(isinstance(source.name, Gone) for source in sources)
    for case_id in cases:
        (talk,) = conversations_page(world, lead, case_id).conversations
        assert talk.passages[0].text == SAID


def _nothing_is_left(
    place: Installed, server: PostgreSQL | None, keys: Iterable[Key], restored: World | None = None
) -> int:
    files = list(_files(place, server, restored))
    assert not _found(files, keys), "a destroyed key is still in the database's files"
    assert not any(WHO.encode() in each for each in files), "the name itself stands in the database's files"
    return sum(map(len, files))


def _found(files: Iterable[bytes], keys: Iterable[Key]) -> int:
    """How many of the keys are in any of the files."""
    held, found = list(keys), set[bytes]()
    for each in files:
        found |= {key.wrapped for key in held if key.wrapped in each or key.commitment in each}
    return len(found)


def _keys_of_sources(world: World, cases: Collection[UUID]) -> list[Key]:
    with world.reading(OPERATOR) as work:
        sources = select(Source.id).join(Concern, Concern.id == Source.concern_id)
        mine = DataKeyRow.subject_id.in_(sources.where(Concern.case_id.in_(cases)))
        rows = work.session.scalars(
            select(DataKeyRow).where(mine, DataKeyRow.compartment == Compartment.SOURCE)
        )
        return [Key(row.wrapped, row.commitment) for row in rows]


def _keys_of_drafts(world: World, lead: Actor) -> list[Key]:
    """Under which the name was typed before it was logged: its bytes lie in every backup of that day."""
    with world.reading(OPERATOR) as work:
        assert work.session.scalars(select(Draft).where(Draft.user_id == lead.id)).one()
        mine = (DataKeyRow.subject_id == lead.id, DataKeyRow.compartment == Compartment.DRAFTS)
        return [
            Key(row.wrapped, row.commitment) for row in work.session.scalars(select(DataKeyRow).where(*mine))
        ]


def _files(place: Installed, server: PostgreSQL | None, restored: World | None = None) -> Iterator[bytes]:
    """Every file of the database: tables, indexes, and SQLite's write-ahead log and shared memory."""
    url = (restored or place.world).database.engine.url
    if server:
        yield from server.stored_of(url.render_as_string())
        return
    for path in Path(str(url.database)).parent.iterdir():
        yield path.read_bytes()


def _back_up(place: Installed, server: PostgreSQL | None, name: str) -> str:
    """A backup of now: a file, or a database; gives its place."""
    place.world.database.close()
    if server:
        return server.new_database(make_url(place.address or "").database or "")
    there = place.home.parent / f"{name}.db"
    with (
        closing(sqlite3.connect(str(place.world.database.engine.url.database))) as now,
        closing(sqlite3.connect(there)) as copy,
    ):
        now.backup(copy)
    return str(there)


def _files_of_backup(server: PostgreSQL | None, backup: str) -> Iterator[bytes]:
    if server:
        yield from server.stored_of(backup)
    else:
        yield Path(backup).read_bytes()


def _address(place: Installed, server: PostgreSQL | None, backup: str) -> str | None:
    return backup if server else place.address


def _restore(place: Installed, server: PostgreSQL | None, backup: str) -> World:
    """Open an older backup with the same home, as docs/operations.md says it is done."""
    place.world.database.close()
    if not server:
        folder = Path(str(place.world.database.engine.url.database)).parent
        shutil.rmtree(folder)
        folder.mkdir(mode=0o700)
        shutil.copy(backup, folder / "clearinghouse.db")
    return open_world(place.home, _address(place, server, backup), place.clock)


def _drop(server: PostgreSQL | None, backup: str) -> None:
    if server:
        server.drop_database(backup)
