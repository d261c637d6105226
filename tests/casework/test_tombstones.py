"""Tombstones: a key that is gone without one is a finding, and one in the file brings no key back, whoever restores."""

import shutil
import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import delete, select, text, update

from clearinghouse.access.roles import OPERATOR, Actor, Role
from clearinghouse.casework.errors import Refused
from clearinghouse.casework.installation import open_installation
from clearinghouse.casework.retention.tombstones import (
    destroy_keys,
    keep_outside,
    make_it_real,
    record_destroyed,
    require_tombstone_file,
)
from clearinghouse.casework.upkeep.checkup import check_up
from clearinghouse.casework.verification import verify
from clearinghouse.casework.world import World
from clearinghouse.records.cases import Concern, Source
from clearinghouse.records.events import Event, Stream
from clearinghouse.records.keyring import EMPTY, DataKeyRow, Tombstone
from clearinghouse.records.ledger import LedgerEvent, entries
from clearinghouse.records.sealed import Compartment, Gone
from clearinghouse.vault.errors import KeysError
from clearinghouse.vault.tombstones import read_tombstones
from tests.factories.authorities import authority
from tests.factories.cases import logged_case
from tests.factories.forged_events import append_under, append_unsealed
from tests.factories.people import person
from tests.worlds import Clock, settings_for


def a_case(world: World) -> tuple[Actor, UUID]:
    associate = person(world, Role.ASSOCIATE)
    person(world, Role.LEAD)
    return associate, logged_case(world, associate, authority(world)).case_id


def source_id(world: World, case_id: UUID) -> UUID:
    with world.reading(OPERATOR) as work:
        query = select(Source.id).join(Concern, Concern.id == Source.concern_id)
        return work.session.scalars(query.where(Concern.case_id == case_id)).one()


def destroy(world: World, subject: UUID, compartment: Compartment) -> tuple[UUID, ...]:
    with world.unit_of_work(OPERATOR) as work:
        keys = destroy_keys(work, subject, {compartment}, review_id=None)
        record_destroyed(work, subject, keys)
    return keys


def words(world: World) -> list[str]:
    return [fault.words for fault in verify(world).faults]


@pytest.mark.parametrize(
    "take_away",
    [
        delete(DataKeyRow).where(DataKeyRow.compartment == Compartment.SOURCE),
        update(DataKeyRow).where(DataKeyRow.compartment == Compartment.SOURCE).values(wrapped=EMPTY),
    ],
)
def test_a_key_that_is_gone_without_a_tombstone_in_the_ledger_is_found(
    world: World, take_away: object
) -> None:
    """Wrong if somebody who can write to the database could destroy evidence and call it retention."""
    _, case_id = a_case(world)
    subject = source_id(world, case_id)
    with world.database.writing() as session:
        key = session.scalars(select(DataKeyRow).where(DataKeyRow.subject_id == subject)).one()
        stone = Tombstone(
            id=key.id, subject_id=subject, compartment="source", renewed=False, destroyed_at=world.now()
        )
        session.add(stone)
        session.flush()
        session.execute(take_away)  # type: ignore[call-overload]  # one of the two above
    assert words(world)
    assert verify(world).destroyed == 0


def test_an_unsealed_event_explains_no_missing_key(world: World) -> None:
    """Wrong if whoever can write to the database could append what the first format left unsealed, and be believed."""
    _, case_id = a_case(world)
    subject = source_id(world, case_id)
    with world.database.writing() as session:
        key = session.scalars(select(DataKeyRow).where(DataKeyRow.subject_id == subject)).one()
        append_unsealed(
            session,
            Event.KEYS_DESTROYED,
            Stream.INSTALLATION,
            world.vault.installation,
            at=world.now().isoformat(timespec="microseconds"),
            facts={"keys": [str(key.id)]},
            seals={},
        )
        key.wrapped = EMPTY
    assert "is gone, and no event says that it was destroyed" in words(world)
    assert verify(world).destroyed == 0


def test_a_tombstone_that_somebody_put_in_the_database_is_found_and_destroys_nothing(
    sqlite_world: World, tmp_path: Path, clock: Clock
) -> None:
    """Wrong if the service itself would copy it out, destroy the key by it later, and write that into the ledger."""
    world = sqlite_world
    _, case_id = a_case(world)
    subject = source_id(world, case_id)
    with world.database.writing() as session:
        key = session.scalars(select(DataKeyRow.id).where(DataKeyRow.subject_id == subject)).one()
        at = world.now()
        session.add(
            Tombstone(id=key, subject_id=subject, compartment="source", renewed=False, destroyed_at=at)
        )
    assert words(world) == ["stands there, and no event says so"]
    assert make_it_real(world)
    with world.database.writing() as session:
        session.execute(delete(Tombstone))
    again = open_installation(settings_for(tmp_path / "home"), clock)
    with again.reading(OPERATOR) as work:
        assert work.session.get_one(Source, subject).name == "Jo Bright"
    assert not words(again)
    again.database.close()


def test_a_tombstone_that_somebody_took_away_is_put_back_once(
    sqlite_world: World, tmp_path: Path, clock: Clock
) -> None:
    """Wrong if every start wrote another event of it, and the value read as damaged meanwhile."""
    _, case_id = a_case(sqlite_world)
    subject = source_id(sqlite_world, case_id)
    destroy(sqlite_world, subject, Compartment.SOURCE)
    keep_outside(sqlite_world)
    with sqlite_world.database.writing() as session:
        session.execute(delete(Tombstone))
    for _ in range(2):
        open_installation(settings_for(tmp_path / "home"), clock).database.close()
    with sqlite_world.reading(OPERATOR) as work:
        assert isinstance(work.session.get_one(Source, subject).name, Gone)
        installation = sqlite_world.vault.installation
        assert len(entries(work.session, installation, Event.KEYS_DESTROYED)) == 2
    assert not words(sqlite_world)


def test_an_event_that_names_a_destroyed_key_is_found_where_it_was_put_in(world: World) -> None:
    """Wrong if the history of a destroyed case could be gone on with by anybody: nothing of such an event opens."""
    associate, case_id = a_case(world)
    with world.reading(OPERATOR) as work:
        mine = select(LedgerEvent.disclosed).where(LedgerEvent.stream_id == str(case_id))
        sealed = work.session.scalars(mine.limit(1)).one()
    destroy(world, case_id, Compartment.LEDGER)
    with world.unit_of_work(associate) as work:
        work.record(Event.CASE_OPENED, Stream.CASE, case_id)
    before = set(words(world))
    at = world.now().isoformat(timespec="microseconds")
    with world.database.writing() as session:
        append_under(session, sealed or b"", Event.CASE_ASSIGNED, Stream.CASE, case_id, at=at)
    assert set(words(world)) - before == {"names a key that was destroyed before it: it was put in"}


def test_a_destroyed_key_that_is_there_again_is_found(world: World) -> None:
    _, case_id = a_case(world)
    subject = source_id(world, case_id)
    with world.reading(OPERATOR) as work:
        row = work.session.scalars(select(DataKeyRow).where(DataKeyRow.subject_id == subject)).one()
        before = {"epoch": row.epoch, "wrapped": row.wrapped, "commitment": row.commitment}
    destroy(world, subject, Compartment.SOURCE)
    assert not words(world)
    with world.database.writing() as session:
        session.execute(update(DataKeyRow).where(DataKeyRow.subject_id == subject).values(**before))
    assert words(world) == ["was destroyed, and is there again"]


def test_an_altered_value_is_found_although_nobody_can_open_it(world: World) -> None:
    _, case_id = a_case(world)
    subject = source_id(world, case_id)
    destroy(world, subject, Compartment.SOURCE)
    with world.database.writing() as session:
        row = session.get_one(Source, subject)
        changed = bytearray(row.name_sealed or b"")
        changed[-1] ^= 1
        session.execute(update(Source).where(Source.id == subject).values(name_sealed=bytes(changed)))
    assert words(world) == ["the value was altered, or an earlier one put back"]


def test_what_a_file_of_tombstones_says_is_done_before_anybody_looks(
    sqlite_world: World, tmp_path: Path, clock: Clock
) -> None:
    """Wrong if an operator who restores a backup had to remember anything."""
    world = sqlite_world
    _, case_id = a_case(world)
    subject = source_id(world, case_id)
    world.database.close()
    folder = Path(str(world.database.engine.url.database)).parent
    shutil.copytree(folder, tmp_path / "older")
    destroy(world, subject, Compartment.SOURCE)
    assert make_it_real(world)
    world.database.close()
    shutil.rmtree(folder)
    shutil.copytree(tmp_path / "older", folder)
    again = open_installation(settings_for(tmp_path / "home"), clock)
    with again.reading(OPERATOR) as work:
        assert isinstance(work.session.get_one(Source, subject).name, Gone)
    assert not words(again)
    again.database.close()


def test_a_line_that_somebody_added_destroys_nothing_and_is_said(
    sqlite_world: World, tmp_path: Path, clock: Clock
) -> None:
    """Wrong if whoever can write to that file could destroy keys by it, or hide that they tried."""
    _, case_id = a_case(sqlite_world)
    subject = source_id(sqlite_world, case_id)
    destroy(sqlite_world, subject, Compartment.SOURCE)
    keep_outside(sqlite_world)
    file = sqlite_world.tombstone_file
    line = file.read_bytes()
    with sqlite_world.reading(OPERATOR) as work:
        other = work.session.scalars(
            select(DataKeyRow.id).where(DataKeyRow.compartment == Compartment.CONCERN)
        ).one()
    key = read_tombstones(file, sqlite_world.web_secret)[0].key_id
    file.write_bytes(line + line.replace(str(key).encode(), str(other).encode()))
    settings = settings_for(tmp_path / "home")
    with pytest.raises(KeysError, match=r"line 2 of .* is not a tombstone"):
        open_installation(settings, clock)
    assert any("is not a tombstone" in each.words for each in check_up(settings))
    file.write_bytes(line + b"1 half a li")
    open_installation(settings, clock).database.close()
    destroy(sqlite_world, case_id, Compartment.CONCERN)
    keep_outside(sqlite_world)
    assert len(read_tombstones(file, sqlite_world.web_secret)) == 2


def test_nothing_is_destroyed_whose_tombstone_could_not_be_kept_outside(
    sqlite_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    sqlite_world.tombstone_file.parent.mkdir(parents=True, exist_ok=True)
    sqlite_world.tombstone_file.mkdir()
    with pytest.raises(Refused, match="cannot be kept outside"):
        require_tombstone_file(sqlite_world)


def test_another_process_forgets_a_destroyed_key_at_its_next_work(
    sqlite_world: World, tmp_path: Path, clock: Clock
) -> None:
    """Wrong if a worker went on opening what was destroyed, or kept its key for good."""
    _, case_id = a_case(sqlite_world)
    subject = source_id(sqlite_world, case_id)
    other = open_installation(settings_for(tmp_path / "home"), clock)
    with other.unit_of_work(OPERATOR) as work:
        assert work.session.get_one(Source, subject).name == "Jo Bright"
    clock.instant += timedelta(seconds=5)
    (key,) = destroy(sqlite_world, subject, Compartment.SOURCE)
    with other.reading(OPERATOR) as work:
        assert isinstance(work.session.get_one(Source, subject).name, Gone)
    assert key.bytes in other.vault._opened
    other.vault._looked = None  # more than a second later
    with other.unit_of_work(OPERATOR):
        pass
    assert key.bytes not in other.vault._opened
    other.database.close()


@pytest.mark.postgresql
def test_destruction_waits_for_whoever_writes_just_now(world: World) -> None:
    """Wrong if what somebody is writing were sealed under a key that is gone once they are told that it is kept."""
    if world.database.is_sqlite:
        pytest.skip("one writes at a time there")
    associate, case_id = a_case(world)
    done: list[tuple[UUID, ...]] = []
    thread = threading.Thread(target=lambda: done.append(destroy(world, case_id, Compartment.CONCERN)))
    with world.unit_of_work(associate) as work:
        row = work.session.scalars(select(Concern).where(Concern.case_id == case_id)).one()
        row.how_known = "Written meanwhile."
        thread.start()
        _until(world, _somebody_waits)
        assert not done
        work.record(Event.CASE_ASSIGNED, Stream.CASE, case_id)
    thread.join(30)
    assert len(done[0]) == 1
    report = verify(world)
    assert (report.faults, report.destroyed >= 2) == ((), True)
    with pytest.raises(Refused), world.unit_of_work(associate) as work:
        work.session.scalars(select(Concern).where(Concern.case_id == case_id)).one().how_known = "Later."


def _somebody_waits(world: World) -> bool:
    with world.database.reading() as session:
        waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'"
        return bool(session.execute(text(waiting)).scalar_one())


def _until(world: World, holds: Callable[[World], bool]) -> None:
    for _ in range(10_000):
        if holds(world):
            return
    pytest.fail("it never came to that")
