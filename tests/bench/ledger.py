"""The ledger: appending beside what the disk and one chain for all allow, and verifying, part by part."""

import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from functools import partial
from hashlib import sha256
from pathlib import Path
from statistics import median
from uuid import UUID

from clearinghouse.access.roles import CLOCK, OPERATOR
from clearinghouse.casework.log import keep_log, log_key_of
from clearinghouse.casework.verification import verify
from clearinghouse.casework.world import World
from clearinghouse.protocol.vocabulary import DutyKind
from clearinghouse.records.base import new_id
from clearinghouse.records.chain_verification import Chains, Seals, rows_of
from clearinghouse.records.disclosed_verification import Disclosed
from clearinghouse.records.events import Event, Stream
from clearinghouse.records.ledger import Fact
from clearinghouse.records.log_verification import verify_log
from tests.bench.measuring import ROUNDS, Figure, at_least, at_most, seconds
from tests.promises.databases import Installed, installed, open_world, processes
from tests.servers import PostgreSQL
from tests.worlds import Clock

EVENTS, STREAMS = 20_000, 200
WRITERS, APPENDS = 8, 40
CORES = 2
_SHARE_OF_SHA = 0.14
"""200,000 of the 1,430,000 a second that SHA-256 alone does, as both were measured on one machine."""


def measure(server: PostgreSQL) -> Iterator[Figure]:
    """Appending on each database, then verifying."""
    with installed(None) as place:
        yield from _appending_alone(place)
    with installed(server) as place:
        yield from _appending_together(place)
    for name, where in (("SQLite", None), ("PostgreSQL", server)):
        with installed(where) as place:
            _fill(place.world)
            yield from _verifying(place, name)


def _appending_alone(place: Installed) -> Iterator[Figure]:
    """One writer on SQLite at synchronous=FULL, and what the disk allows: both wait for the same disk."""
    streams = [new_id() for _ in range(APPENDS)]
    _append(place.world, streams)  # a stream's first event makes its key as well
    with tempfile.NamedTemporaryFile(dir=place.home) as file:

        def synced() -> None:
            for _ in range(APPENDS):
                file.write(bytes(4096))
                file.flush()
                os.fdatasync(file.fileno())

        limit = APPENDS / seconds(synced, cpu=False)
    own = APPENDS / seconds(lambda: _append(place.world, streams), cpu=False)
    goal, met = at_least(own / limit, 0.6)
    yield Figure(
        "append, SQLite FULL, of the fdatasync limit", f"{own / limit:.2f} ({own:,.0f}/s)", goal, met
    )


def _appending_together(place: Installed) -> Iterator[Figure]:
    """Eight processes, each with streams of its own, then all on one chain."""
    waits: list[float] = []
    rates = {"own": list[float](), "one": list[float]()}
    one = new_id()
    for _ in range(3):
        for kind, tally in rates.items():
            tasks = [(place.home, place.address, one if kind == "one" else None) for _ in range(WRITERS)]
            with processes().Pool(WRITERS) as pool:
                pool.starmap(open_here, tasks)
                began = time.perf_counter()
                longest = pool.starmap(write, tasks)
                tally.append(WRITERS * APPENDS / (time.perf_counter() - began))
            waits += longest if kind == "own" else []
    own, chain = median(rates["own"]), median(rates["one"])
    goal, met = at_least(own / chain, 2)
    yield Figure(
        "append, PostgreSQL, 8 writers, of one chain for all", f"{own / chain:.1f} ({own:,.0f}/s)", goal, met
    )
    goal, met = at_most(max(waits), 0.5)
    yield Figure("the longest wait of these", f"{max(waits):.2f} s", f"{goal} s", met)


def write(home: Path, address: str | None, one: UUID | None) -> float:
    """One process's appends; gives the longest wait, in seconds."""
    world, longest, stream = _opened(home, address, one), 0.0, one or new_id()
    _append(world, [stream])
    for _ in range(APPENDS):
        began = time.perf_counter()
        _append(world, [stream])
        longest = max(longest, time.perf_counter() - began)
    return longest


def open_here(home: Path, address: str | None, one: UUID | None) -> None:
    """Have the installation open before anything is timed."""
    _opened(home, address, one)


_WORLDS: dict[str, World] = {}


def _opened(home: Path, address: str | None, _one: UUID | None) -> World:
    return _WORLDS.setdefault(str(home), open_world(home, address, Clock()))


def _append(world: World, streams: list[UUID]) -> None:
    for stream in streams:
        with world.unit_of_work(CLOCK) as work:
            work.record(Event.DUTY_REMINDED, Stream.CASE, stream, **_facts())


def _facts() -> dict[str, Fact]:
    return {
        "duty": new_id(),
        "kind": DutyKind.FOLLOW_UP,
        "due_on": date(2026, 12, 1),
        "told": (new_id(),),
    }


def _fill(world: World) -> None:
    streams = [new_id() for _ in range(STREAMS)]
    for _ in range(EVENTS // STREAMS):
        with world.unit_of_work(CLOCK) as work:
            work.record_many(Event.DUTY_REMINDED, Stream.CASE, [(each, _facts()) for each in streams])
    keep_log(world)


def _verifying(place: Installed, database: str) -> Iterator[Figure]:
    world = place.world
    key = log_key_of(world)
    assert key
    with _reading(world) as (bodies, walk, opened, log):
        number = len(bodies)
        alone = number / seconds(lambda: [sha256(each).digest() for each in bodies])
        share = number / seconds(walk) / alone
        goal, met = at_least(CORES * share, _SHARE_OF_SHA)
        yield Figure(
            f"verify hashes and chains, {database}, {CORES} processes, of SHA-256 alone",
            f"{CORES * share:.2f} ({share * alone:,.0f}/s each)",
            goal,
            met,
        )
        for what, work in (
            ("chains and what each event says, opened", opened),
            ("leaves and map of ends", log),
        ):
            rate = number / seconds(work, 3)
            yield Figure(f"verify {what}, {database}, one process", f"{rate / alone:.3f} ({rate:,.0f}/s)")
    one, two = (
        median(_timed(partial(verify, world, processes=shared)) for _ in range(ROUNDS))
        for shared in (1, CORES)
    )
    goal, met = at_least(one / two, 1.4)
    yield Figure(
        f"verify everything, {database}, {CORES} processes against one", f"{one / two:.2f}", goal, met
    )


@contextmanager
def _reading(
    world: World,
) -> Iterator[tuple[list[bytes], Callable[[], None], Callable[[], None], Callable[[], object]]]:
    """The stored bytes, and the walks over one state: closed, opened, and along the log."""
    key = log_key_of(world)
    assert key
    with world.reading(OPERATOR) as work:
        session, seals = work.session, Seals()

        def walk(disclosed: Disclosed | None) -> None:
            chains = Chains(seals, disclosed)
            chains.look_along(rows_of(session))
            assert not chains.faults

        bodies = [bytes(row[7]) for row in rows_of(session)]  # type: ignore[arg-type]  # bytes
        yield (
            bodies,
            lambda: walk(None),
            lambda: walk(Disclosed(session, world.vault)),
            lambda: verify_log(session, [key.verifier]),
        )
        seals.close()


def _timed(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began
