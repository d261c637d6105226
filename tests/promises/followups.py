"""P5: follow-ups fire once, by two clocks of which one is two hours late, through kills and an outage of days."""

import signal
import time
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from random import Random
from typing import Any, cast

from sqlalchemy import func, insert, select

from clearinghouse.access.decision import Membership
from clearinghouse.access.roles import OPERATOR, Actor, Region, Role
from clearinghouse.casework import clock as clock_verbs
from clearinghouse.casework.verification import verify
from clearinghouse.casework.world import World
from clearinghouse.jobs.ticking import run_clock
from clearinghouse.protocol.vocabulary import DutyKind, Nature, Standing
from clearinghouse.records import ledger
from clearinghouse.records.authorities import Authority
from clearinghouse.records.base import new_id
from clearinghouse.records.cases import Case, CaseAuthority, CaseMember, CaseRegion, Concern
from clearinghouse.records.duties import Duty, DutyState, Letter
from clearinghouse.records.ledger import LedgerEvent
from tests.factories.people import person
from tests.promises.databases import Installed, installed, open_world, processes
from tests.servers import PostgreSQL

LATE = timedelta(hours=2)
BEFORE = datetime(2026, 12, 2, 0, 30, tzinfo=UTC)  # Wednesday; for the late clock it is Tuesday still
AFTER = datetime(
    2026, 12, 7, 0, 30, tzinfo=UTC
)  # Monday, after an outage from Wednesday on; for the late one Sunday
DUE = tuple(date(2026, 12, day) for day in (2, 3, 4, 7, 8))
REMINDED_BEFORE, REMINDED_AFTER = {DUE[0], DUE[1]}, {DUE[3], DUE[4]}
OVERDUE = {DUE[0], DUE[1], DUE[2]}
FIRST = {"duty:reminded": "reminder", "duty:overdue": "overdue"}
PATIENCE = 900
_AT_ONCE = 1_000


def followups_fire_once(
    server: PostgreSQL | None, cases: int, kills: int, seed: int, batch: int | None = None
) -> str:
    """Five duties on each case, as many kills among two clocks; says what was reached.

    `batch` makes the clocks claim fewer at once than they would, so that a small number is work for a while too.
    """
    began = time.monotonic()
    with installed(server) as place:
        _fill(place.world, cases)
        dice = Random(seed)
        first = _round(place, BEFORE, {"duty:reminded": 2 * cases}, kills // 2, dice, batch)
        after = {"duty:reminded": 4 * cases, "duty:overdue": 3 * cases}
        second = _round(place, AFTER, after, kills - kills // 2, dice, batch)
        _check(place.world, cases)
    busy = first + second
    return (
        f"{5 * cases:,} duties once, none missed; {kills} kills, {busy} of them in the middle of the work;"
        f" {time.monotonic() - began:.0f} s"
    )


def clock_process(home: Path, address: str | None, start: datetime, began: float, batch: int | None) -> None:
    """A clock of its own: it is `start` at the instant `began` of the machine's monotonic clock."""

    def now() -> datetime:
        return start + timedelta(seconds=time.monotonic() - began)

    if batch:
        clock_verbs.BATCH = batch
    run_clock(open_world(home, address, now), every_seconds=0.05)


def _round(
    place: Installed, start: datetime, expected: dict[str, int], kills: int, dice: Random, batch: int | None
) -> int:
    """Two clocks until all that is due was raised and all kills were made; gives how many hit a clock at work."""
    began, total = time.monotonic(), sum(expected.values())
    already = sum(_counted(place.world).values())
    marks = sorted(dice.randrange(already, total) for _ in range(kills))
    clocks = [_started(place, start - late, began, batch) for late in (timedelta(), LATE)]
    busy = 0
    while (done := sum(_counted(place.world).values())) < total or marks:
        assert time.monotonic() - began < PATIENCE, f"{done} of {total} were raised"
        if marks and done >= marks[0]:
            marks.pop(0)
            which = dice.randrange(2)
            time.sleep(dice.random() * 0.05)
            clocks[which].kill()
            clocks[which].join()
            busy += sum(_counted(place.world).values()) < total
            clocks[which] = _started(place, start - (LATE if which else timedelta()), began, batch)
        time.sleep(0.005)
    for each in clocks:
        each.terminate()
        each.join()
        assert each.exitcode in {0, -signal.SIGTERM}, f"a clock ended with {each.exitcode}"
    return busy


def _started(place: Installed, start: datetime, began: float, batch: int | None) -> ForkServerProcess:
    clock = processes().Process(target=clock_process, args=(place.home, place.address, start, began, batch))
    clock.start()
    return clock


def _counted(world: World) -> Counter[str]:
    query = select(LedgerEvent.type, func.count()).where(LedgerEvent.type.in_(FIRST))
    with world.database.reading() as session:
        return Counter({row[0]: row[1] for row in session.execute(query.group_by(LedgerEvent.type))})


def _check(world: World, cases: int) -> None:
    raised: dict[str, Counter[str]] = {}
    told = set()
    with world.reading(OPERATOR) as work:
        session = work.session
        days = {str(row.id): row.due_on for row in session.execute(select(Duty.id, Duty.due_on))}
        letters = session.execute(select(Letter.kind, Letter.user_id, Letter.case_id, Letter.made_at)).all()
        for event in session.scalars(select(LedgerEvent).where(LedgerEvent.type.like("duty:%"))):
            facts = cast(dict[str, Any], ledger.told(session, event).facts)
            raised.setdefault(event.type, Counter())[facts["duty"]] += 1
            letter, at = FIRST.get(event.type), datetime.fromisoformat(event.at)
            told |= {(letter, each, event.stream_id, at) for each in facts["told"] if letter}
    for kind, counter in raised.items():
        twice = [duty for duty, count in counter.items() if count > 1]
        assert not twice, f"{len(twice)} fired twice: {kind}"
    expected = {"duty:reminded": REMINDED_BEFORE | REMINDED_AFTER, "duty:overdue": OVERDUE}
    for kind, due in expected.items():
        assert set(raised[kind]) == {duty for duty, day in days.items() if day in due}, f"{kind} missed some"
    sent = Counter(
        (row.kind, str(row.user_id), str(row.case_id), row.made_at)
        for row in letters
        if row.kind in FIRST.values()
    )
    assert set(sent) == told, "each of those told has a letter, and nobody else"
    assert set(sent.values()) == {1}, "a letter was written twice"
    assert len({row.case_id for row in letters}) == cases
    faults = verify(world).faults
    assert not faults, faults[:3]


def _fill(world: World, cases: int) -> None:
    """Cases with five duties each, put there by statement: what is tried is the clock, not the logging of concerns."""
    lead, owner = person(world, Role.LEAD), person(world, Role.ASSOCIATE)
    rows = [_rows(world, number, owner, lead) for number in range(cases)]
    with world.database.writing() as session:
        for table in (Authority, Case, CaseAuthority, CaseRegion, CaseMember, Concern, Duty):
            found = [each for case in rows for each in case[table.__tablename__]]
            for start in range(0, len(found), _AT_ONCE):
                session.execute(insert(table.__table__), found[start : start + _AT_ONCE])  # type: ignore[arg-type]  # a table


def _rows(world: World, number: int, owner: Actor, lead: Actor) -> dict[str, list[dict[str, object]]]:
    council, case, region, now = new_id(), new_id(), Region.NORTH_EAST, world.now()
    return {
        "authorities": [
            {
                "id": council,
                "code": f"Q{number:05}",
                "name": f"Council {number}",
                "nice_name": f"Council {number}",
                "type": "UA",
                "type_name": "Unitary authority",
                "region": region,
                "from_register": False,
            }
        ],
        "cases": [
            {
                "id": case,
                "reference": f"Q-{number:05}",
                "nature": Nature.SERVICE,
                "standing": Standing.TRIAGED,
                "people_at_risk": False,
                "escalated": False,
                "owner_id": owner.person,
                "logged_at": now,
                "updated_at": now,
                "due_on": DUE[0],
                "version": 1,
            }
        ],
        "case_authorities": [{"case_id": case, "authority_id": council, "is_lead": True}],
        "case_regions": [{"case_id": case, "region": region, "due_on": DUE[0]}],
        "case_members": [
            {
                "case_id": case,
                "user_id": owner.person,
                "membership": Membership.OWNER,
                "due_on": DUE[0],
            }
        ],
        "concerns": [
            {
                "id": new_id(),
                "case_id": case,
                "nature": Nature.SERVICE,
                "logged_by": owner.person,
                "logged_at": now,
            }
        ],
        "duties": [
            {
                "id": new_id(),
                "case_id": case,
                "kind": DutyKind.FOLLOW_UP,
                "due_on": day,
                "owner_id": (owner if number % 2 else lead).person,
                "state": DutyState.OPEN,
                "made_at": now,
            }
            for day in DUE
        ],
    }
