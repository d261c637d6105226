"""P3: whatever byte somebody changes behind the program's back, and whatever they swap, delete, move, cut or put back.

Most mutations are made in memory, to rows as verification reads them from the database, and judged by the very
functions that `ledger verify` consists of; a sample is made in the database and judged by the whole verification.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from copy import copy
from dataclasses import dataclass, replace
from itertools import count
from random import Random
from typing import Any

from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from clearinghouse.access.roles import OPERATOR
from clearinghouse.casework.demo.filling import fill
from clearinghouse.casework.log import keep_log, log_key_of
from clearinghouse.casework.verification import verify
from clearinghouse.casework.world import World
from clearinghouse.records.chain_verification import Chains, Seals, rows_of
from clearinghouse.records.disclosed_verification import Disclosed
from clearinghouse.records.log_verification import verify_log
from clearinghouse.records.raw import Raw
from clearinghouse.records.tables import inventory
from clearinghouse.records.verification import SealedValue, sealed_values
from clearinghouse.vault.notes import Checkpoint
from tests.promises.databases import installed
from tests.servers import PostgreSQL

Event = tuple[Raw, ...]
_STREAM, _BODY, _DISCLOSED, _HASH, _HEAD = 2, 7, 8, 9, (10, 11)
_COLUMNS = (
    "id", "stream", "stream_id", "seq", "type", "at", "actor", "body", "disclosed", "hash", "head_seq", "head_hash",
)  # fmt: skip
_IN_THE_LOG = 1_000
"""Each walks the whole log."""
_LOG_TABLES = ("log_leaves", "log_streams", "log_tree", "log_checkpoints")
_ALL_TABLES = (*_LOG_TABLES, "ledger_events", "ledger_heads")


class Missed(AssertionError):
    """A mutation that verification did not find."""


@dataclass
class Tally:
    """How many mutations were found, by what was done."""

    found: Counter[str]

    def judge(self, what: str, faults: object, where: object) -> None:
        """Count it. Raises Missed where nobody noticed."""
        if not faults:
            raise Missed(f"{what}: {where}")
        self.found[what] += 1


def tampering_is_detected(server: PostgreSQL | None, seed: int, most: int) -> str:
    """Byte after byte of ledger rows and sealed values of a filled demo, one bit each; at most so many of each kind."""
    began, dice, tally = time.monotonic(), Random(seed), Tally(Counter())
    with installed(server, CLEARINGHOUSE_DEMO="1") as place:
        fill(place.world)
        keep_log(place.world)
        assert not verify(place.world).faults
        tamper(place.world, tally, dice, most)
    assert tally.found.total() >= most, "the demo has too few bytes"
    kinds = ", ".join(f"{number:,} {what}" for what, number in sorted(tally.found.items()))
    return f"{tally.found.total():,} mutations, none missed ({kinds}); {time.monotonic() - began:.0f} s"


def tamper(world: World, tally: Tally, dice: Random, most: int) -> None:
    """All kinds of mutations of a world in which nothing is wrong."""
    with world.reading(OPERATOR) as work:
        seals = Seals()
        chains = Chains(seals, Disclosed(work.session, world.vault))
        chains.look_along(rows := list(rows_of(work.session)))
        assert not chains.faults
        streams = [*_by_stream(rows)]
        dice.shuffle(streams)
        for kind in (_bytes_of_events, _order_of_events):
            _some(
                kind(streams, lambda: Chains(seals, Disclosed(work.session, world.vault)), tally, dice), most
            )
        values = [value for column in inventory() for value in sealed_values(work.session, column)]
        dice.shuffle(values)
        for of_values in (_bytes_of_values, _places_of_values):
            _some(of_values(values, world, seals, tally, dice), most)
        seals.close()
    _some(_log_tables(world, tally, dice), min(most // 50, _IN_THE_LOG))
    _some(_whole_command(world, tally, dice), max(4, most // 10_000))


def _some(mutations: Iterator[None], most: int) -> None:
    for number, _ in enumerate(mutations, 1):
        if number >= most:
            break


def _by_stream(rows: list[Event]) -> Iterator[list[Event]]:
    stream: list[Event] = []
    for row in rows:
        if stream and row[_STREAM] != stream[-1][_STREAM]:
            yield stream
            stream = []
        stream.append(row)
    yield stream


def mutated(value: Raw, place: int, dice: Random) -> Raw:
    """The value with one bit of one byte changed, staying of its type; a number with one bit changed."""
    if isinstance(value, int):
        return value ^ 1 << place
    if isinstance(value, str):
        other = chr(ord(value[place]) ^ 1 << dice.randrange(5))
        return value[:place] + other + value[place + 1 :]
    assert isinstance(value, bytes)
    return value[:place] + bytes([value[place] ^ 1 << dice.randrange(8)]) + value[place + 1 :]


def places_of(value: Raw) -> int:
    """How many bytes there are to change; of a number its first sixteen bits."""
    return len(value) if isinstance(value, str | bytes) else 16


def _bytes_of_events(
    streams: list[list[Event]], begin: Callable[[], Chains], tally: Tally, dice: Random
) -> Iterator[None]:
    for stream in streams:
        before = begin()
        for number, row in enumerate(stream):
            columns = range(len(row)) if number == 0 else range(_HEAD[0])  # the end of a stream is kept once
            for column in columns:
                for place in range(places_of(row[column])):
                    changed = list(row)
                    changed[column] = mutated(row[column], place, dice)
                    faults = _faults_from(before, [tuple(changed), *stream[number + 1 :]])
                    tally.judge("changed bytes of events", faults, (_COLUMNS[column], place, row[0]))
                    yield
            before.look_at(row)


def _faults_from(before: Chains, rows: list[Event]) -> bool:
    """Whether the walk, which came to here without a fault, finds one from here on."""
    chains = copy(before)
    chains.faults = []
    for row in rows:
        chains.look_at(row)
        if chains.faults:
            return True
    chains.end_stream()
    return bool(chains.faults)


def _order_of_events(
    streams: list[list[Event]], begin: Callable[[], Chains], tally: Tally, dice: Random
) -> Iterator[None]:
    """Deleted, cut off at the end, swapped, reversed, doubled, rolled back, moved to another stream."""
    for number, stream in enumerate(streams):
        other = streams[number - 1]
        for what, rows in _reordered(stream, other, dice):
            if rows != stream:
                tally.judge(what, _faults_from(begin(), rows), stream[0][_STREAM])
                yield


def _reordered(stream: list[Event], other: list[Event], dice: Random) -> Iterator[tuple[str, list[Event]]]:
    for at in range(len(stream)):
        rest = stream[:at] + stream[at + 1 :]
        if rest:
            yield "events deleted", rest
            yield (
                "events renumbered over a gap",
                [*stream[:at], *(_renumbered(row) for row in stream[at + 1 :])],
            )
        yield "events doubled", [*stream[: at + 1], *stream[at:]]
        beside = dice.randrange(len(stream))
        if beside != at:
            swapped = list(stream)
            swapped[at], swapped[beside] = swapped[beside], swapped[at]
            yield "events swapped", swapped
            for column, what in ((_BODY, "bodies"), (_DISCLOSED, "what they say"), (_HASH, "hashes")):
                yield f"events' {what} swapped", _with_column(stream, at, column, stream[beside][column])
            yield "events rolled back", [*stream[:at], stream[beside], *stream[at + 1 :]]
        foreign = list(dice.choice(other))
        foreign[_STREAM] = stream[0][_STREAM]
        yield "events moved from another stream", [*stream[:at], tuple(foreign), *stream[at:]]
    for length in range(1, len(stream)):
        yield "ends cut off", stream[:length]
    yield "streams reversed", stream[::-1]


def _renumbered(row: Event) -> Event:
    seq = row[3]
    assert isinstance(seq, int)
    return (*row[:3], seq - 1, *row[4:])


def _with_column(stream: list[Event], at: int, column: int, value: Raw) -> list[Event]:
    row = stream[at]
    return [*stream[:at], (*row[:column], value, *row[column + 1 :]), *stream[at + 1 :]]


def _bytes_of_values(
    values: list[SealedValue], world: World, seals: Seals, tally: Tally, dice: Random
) -> Iterator[None]:
    for value in values:
        sealed = value.sealed
        for place in range(places_of(sealed)):
            changed = replace(value, sealed=mutated(sealed, place, dice))
            tally.judge("changed bytes of sealed values", any(changed.faults(world.vault, seals)), value)
            yield
        for name, stored in value.key.items():
            for place in range(places_of(stored)) if dice.random() < 0.02 else ():  # a key has many values
                key = {**value.key, name: mutated(stored, place, dice)}
                tally.judge(
                    "changed bytes of keys", any(replace(value, key=key).faults(world.vault, seals)), name
                )
                yield


def _places_of_values(
    values: list[SealedValue], world: World, seals: Seals, tally: Tally, dice: Random
) -> Iterator[None]:
    """One value in the place of another, of the same column, of the same subject, or of any."""
    for value in values:
        like = [each for each in values if each.column == value.column or each.subject == value.subject]
        for other in dice.sample(like, min(4, len(like))):
            if other.sealed != value.sealed:
                moved = replace(value, sealed=other.sealed)
                tally.judge("sealed values moved", any(moved.faults(world.vault, seals)), value.column.name)
                moved = replace(value, sealed=other.sealed, key=other.key, subject=other.subject)
                tally.judge(
                    "sealed values moved with their key", any(moved.faults(world.vault, seals)), value
                )
                yield
        cut = replace(value, sealed=bytes(value.sealed)[: dice.randrange(len(bytes(value.sealed)))])  # type: ignore[arg-type]  # bytes
        tally.judge("sealed values cut", any(cut.faults(world.vault, seals)), value.column.name)
        yield


def _log_tables(world: World, tally: Tally, dice: Random) -> Iterator[None]:
    """In the database, one row at a time and undone again; judged by the verification of the log."""
    key = log_key_of(world)
    assert key
    signed = key.last_signed()
    assert signed
    with world.database.writing() as session:
        for number in count():
            table = _LOG_TABLES[number % len(_LOG_TABLES)]
            mark = session.begin_nested()
            try:
                what = _mutate_row(session, table, dice)
            except SQLAlchemyError:
                what = ""  # the database itself does not take it
            if what:
                last = Checkpoint(key.signer.name, signed.size, signed.root())
                faults = verify_log(session, [key.verifier], last_signed=last).faults
                tally.judge(f"{table}: {what}", faults, number)
            mark.rollback()
            yield
        session.rollback()


def _mutate_row(session: Session, table: str, dice: Random) -> str:
    """Change one row of a table at random; says what was done, nothing where nothing changed."""
    rows = session.execute(text(f"SELECT * FROM {table}")).mappings().all()  # our own names
    row = dict(dice.choice(rows))
    named = {f"old_{name}": value for name, value in row.items()}
    same = " AND ".join(f"{name} = :old_{name}" for name, value in row.items() if value is not None)
    if dice.random() < 0.2:
        if table == "log_checkpoints" and row["size"] != max(each["size"] for each in rows):
            return ""  # a later one proves all that it proved: nothing rests on it
        session.execute(text(f"DELETE FROM {table} WHERE {same}"), named)
        return "rows deleted"
    filled = [each for each, value in row.items() if isinstance(value, str | bytes | int)]
    name = dice.choice([each for each in filled if each not in _UNSIGNED])
    if dice.random() < 0.3 and len(rows) > 1:
        new, what = dice.choice(rows)[name], "values swapped"
    else:
        value = row[name]
        new, what = mutated(value, dice.randrange(places_of(value)), dice), "bytes changed"
    if new == row[name]:
        return ""
    session.execute(text(f"UPDATE {table} SET {name} = :new WHERE {same}"), {**named, "new": new})
    return what


_UNSIGNED = {"id", "signed_at"}
"""The number of the one row of the tree, and when a checkpoint was kept: nothing rests on either."""


def _whole_command(world: World, tally: Tally, dice: Random) -> Iterator[None]:
    """In the database, kept, judged by the whole verification, and put back."""
    while True:
        table = dice.choice(_ALL_TABLES)
        with world.database.writing() as session:
            before = session.execute(text(f"SELECT * FROM {table}")).mappings().all()
            mark = session.begin_nested()
            try:
                what = _mutate_row(session, table, dice)
            except SQLAlchemyError:
                what = ""
            if not what:
                mark.rollback()
        if what:
            tally.judge("changes judged by the whole verification", verify(world).faults, (table, what))
            _put_back(world, table, before)
            yield


def _put_back(world: World, table: str, rows: Any) -> None:
    with world.database.writing() as session:
        session.execute(text(f"DELETE FROM {table}"))
        names = ", ".join(rows[0])
        values = ", ".join(f":{name}" for name in rows[0])
        session.execute(text(f"INSERT INTO {table} ({names}) VALUES ({values})"), [dict(row) for row in rows])
