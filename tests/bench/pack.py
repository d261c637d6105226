"""Packs of very many events: how long they take to make and to verify, and with how much memory."""

import tempfile
import time
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from uuid import UUID, uuid4

from sqlalchemy import select

from clearinghouse.access.roles import CLOCK, OPERATOR, Actor, Role
from clearinghouse.casework.installation import open_installation
from clearinghouse.casework.log import keep_log, log_key_of
from clearinghouse.casework.packs.contents import EVENTS
from clearinghouse.casework.packs.preparing import approve_pack, prepare_pack
from clearinghouse.casework.packs.verifier import verify_pack
from clearinghouse.casework.packs.writing import write_pack
from clearinghouse.casework.world import World
from clearinghouse.protocol.vocabulary import Capacity
from clearinghouse.records.cases import Case
from clearinghouse.records.events import Event, Stream
from clearinghouse.records.ledger import Fact, LedgerEvent, append_many
from clearinghouse.records.packs import Pack
from tests.bench.measuring import Figure, at_least, at_most
from tests.factories.authorities import authority
from tests.factories.cases import logged_case
from tests.factories.packs import scope
from tests.factories.people import person
from tests.servers import PostgreSQL
from tests.worlds import Clock, make_world, settings_for

SIZES = (100_000,)
_AT_ONCE = 10_000
_SHOWN = 5
_MEGABYTE = 1024 * 1024
_MOST_MEMORY, _MOST_RATIO, _LEAST_VERIFIED = 40, 1.7, 10_000


@dataclass(frozen=True)
class Taken:
    """What one piece of work took, in a process of its own: CPU seconds, and megabytes over what it began with."""

    seconds: float
    megabytes: float
    result: float


def measure(_: PostgreSQL) -> Iterator[Figure]:
    """A pack of one case: a hundred thousand events, one in five of them shown, and then a million."""
    for size in SIZES:
        with tempfile.TemporaryDirectory(prefix="clearinghouse-bench-") as folder:
            home, file = Path(folder) / "home", Path(folder) / "pack.zip"
            pack_id = _filled(home, size)
            copied, made, verified = (
                _alone(work, home, file, pack_id) for work in (_copy_stored, _make, _verify)
            )
            yield from _figures(size, copied, made, verified, file)


def _figures(size: int, copied: Taken, made: Taken, verified: Taken, file: Path) -> Iterator[Figure]:
    with zipfile.ZipFile(file) as pack:
        events = pack.getinfo(EVENTS).file_size / _MEGABYTE
    name = f"pack of {size:,} events"
    yield Figure(
        f"{name}: raw cursor copying the stored bytes", f"{copied.seconds:.1f} s, {copied.megabytes:.0f} MB"
    )
    ratio = made.result / copied.seconds
    yield Figure(
        f"{name}: its events as they are shown, against that",
        f"{ratio:.1f} × ({made.result:.1f} s, {events:.0f} MB)",
        *at_most(ratio, _MOST_RATIO),
    )
    yield Figure(
        f"{name}: made whole, with proofs and report",
        f"{made.seconds:.1f} s of CPU, {file.stat().st_size / _MEGABYTE:.0f} MB",
    )
    yield Figure(
        f"{name}: peak memory over start, in MB",
        f"{made.megabytes:.0f}",
        *at_most(made.megabytes, _MOST_MEMORY),
    )
    rate = size / verified.seconds
    yield Figure(
        f"{name}: verified, events a second",
        f"{rate:,.0f}, {verified.megabytes:.0f} MB",
        *at_least(rate, _LEAST_VERIFIED),
    )


def _filled(home: Path, size: int) -> UUID:
    """An installation with one long case, and a pack of it that was approved."""
    world = make_world(home, None, Clock())
    lead = person(world, Role.LEAD)
    case_id = logged_case(world, person(world, Role.ASSOCIATE), authority(world)).case_id
    with world.reading(OPERATOR) as work:
        reference = work.session.get_one(Case, case_id).reference
    for start in range(0, size, _AT_ONCE):
        _happen(world, lead, case_id, min(_AT_ONCE, size - start))
    keep_log(world)
    first, second = (person(world, Role.AUDIT_OFFICER, None) for _ in range(2))
    regulator = person(world, Role.REGULATOR, None)
    pack_id = prepare_pack(world, first, scope(world, regulator, reference))
    approve_pack(world, second, pack_id, 1)
    keep_log(world)
    world.database.close()
    return pack_id


def _happen(world: World, lead: Actor, case_id: UUID, number: int) -> None:
    with world.unit_of_work(lead) as work:
        facts: dict[str, Fact] = {
            "conversation": uuid4(),
            "held": True,
            "held_on": work.today,
            "capacities": (Capacity.LEADER,),
            "version": 1,
        }
        shown = number // _SHOWN
        for event, times in ((Event.CONVERSATION_RECORDED, shown), (Event.DUTY_REMINDED, number - shown)):
            happened = [(case_id, facts)] * times
            append_many(work.session, event, Stream.CASE, happened, actor=str(lead.person), at=work.now)


def _copy_stored(home: Path, file: Path, _: UUID) -> float:
    """The least that an export does: every stored body out of the database and into a file."""
    world = open_installation(settings_for(home), Clock())
    with world.reading(OPERATOR) as work, file.open("wb") as out:
        query = select(LedgerEvent.body).order_by(LedgerEvent.stream_id, LedgerEvent.seq)
        for body in work.session.scalars(query.execution_options(yield_per=2_000)):
            out.write(body)
            out.write(b"\n")
    return 0.0


def _make(home: Path, file: Path, pack_id: UUID) -> float:
    """The whole pack. Gives the seconds until its events were written."""
    world = open_installation(settings_for(home), Clock())
    key, began, until = log_key_of(world), time.process_time(), 0.0

    def told(_: int) -> None:
        nonlocal until
        until = time.process_time() - began

    assert key is not None
    with world.reading(CLOCK) as work, file.open("wb") as out:
        write_pack(work, work.session.get_one(Pack, pack_id), key, out, told)
    return until


def _verify(_home: Path, file: Path, _pack_id: UUID) -> float:
    found = verify_pack(file)
    assert found.holds, found.faults
    return 0.0


def _alone(work: Callable[[Path, Path, UUID], float], home: Path, file: Path, pack_id: UUID) -> Taken:
    """Do it in a process of its own, so that its memory is its own."""
    with get_context("spawn").Pool(1) as pool:
        return pool.apply(_taken, (work, home, file, pack_id))


def _taken(work: Callable[[Path, Path, UUID], float], home: Path, file: Path, pack_id: UUID) -> Taken:
    before, began = _peak(), time.process_time()
    result = work(home, file, pack_id)
    return Taken(time.process_time() - began, _peak() - before, result)


def _peak() -> float:
    """The most memory that this process had: by the kernel's own mark, which a parent's memory does not raise."""
    with Path("/proc/self/status").open(encoding="ascii") as status:
        line = next(line for line in status if line.startswith("VmHWM:"))
    return int(line.split()[1]) / 1024
