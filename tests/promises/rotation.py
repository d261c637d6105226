"""Keys rotate under work: every sealed value is brought over while eight people write, and the command is killed."""

import contextlib
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from multiprocessing.pool import AsyncResult
from pathlib import Path
from random import Random
from typing import Any
from uuid import UUID

from sqlalchemy import func, insert, select

from clearinghouse.access.decision import Membership
from clearinghouse.access.roles import OPERATOR, Actor, Region, Role
from clearinghouse.app import main
from clearinghouse.casework.concerns import NewConcern, log_concern
from clearinghouse.casework.installation import make_installation, open_installation
from clearinghouse.casework.upkeep import keys
from clearinghouse.casework.verification import verify
from clearinghouse.casework.world import Work, World
from clearinghouse.protocol.vocabulary import DutyKind, Nature, Standing
from clearinghouse.records.base import new_id
from clearinghouse.records.cases import Case, CaseAuthority, CaseMember, CaseRegion, Concern, Source
from clearinghouse.records.duties import Duty, DutyState
from clearinghouse.records.events import Event, Stream
from clearinghouse.records.keyring import DataKeyRow, keyring_of
from clearinghouse.records.sealed import Compartment
from clearinghouse.settings import Settings
from clearinghouse.vault.providers import read_key_file
from clearinghouse.web.site import build_site
from tests.factories.authorities import authority
from tests.factories.people import person
from tests.promises.databases import installed, processes
from tests.servers import PostgreSQL
from tests.web.form_fillers import FormFiller
from tests.worlds import Clock, settings_for

DUE = date(2030, 12, 4)
PATIENCE = 3_600
_AT_ONCE = 250
_CONCERNS = 4
VALUES_PER_CASE = 5 * _CONCERNS
_OK = 200


@dataclass(frozen=True)
class Here:
    """The installation, so that another process can open it; writers stop when `stop` is there."""

    home: Path
    address: str | None
    environ: Mapping[str, str]
    stop: Path

    @property
    def settings(self) -> Settings:
        """Its settings."""
        return settings_for(self.home, self.address, **self.environ)


@dataclass(frozen=True)
class Wrote:
    """What one writer was told is kept: the words of each case. And how many requests that took."""

    cases: tuple[tuple[UUID, str], ...]
    requests: int


def keys_rotate_under_work(
    server: PostgreSQL | None, cases: int, writers: int, kills: int, seed: int, batch: int = keys.BATCH
) -> str:
    """Twenty sealed values a case are brought over twice: sources to keys of their own, then everything to new ones."""
    with installed(server) as place:
        here = Here(
            place.home,
            place.address,
            {"CLEARINGHOUSE_SOURCE_KEYS": f"file:{place.home.parent / 'elsewhere' / 'sources.keys'}"},
            place.home.parent / "stop",
        )
        filled = _fill(place.world, cases)
        council = authority(place.world, "Aldersyke Council", Region.LONDON)
        people = [
            person(place.world, Role.LEAD, Region.LONDON, f"Writer {number}") for number in range(writers)
        ]
        world = make_installation(here.settings, place.clock)
        with processes().Pool(writers) as pool:
            writing = pool.starmap_async(write, [(here, each, council) for each in people])
            busy = _rounds(here, world, writing, kills, Random(seed), batch)
            here.stop.touch()
            wrote: list[Wrote] = writing.get(PATIENCE)
        if any(each.waiting for each in keys.key_status(world, here.settings)):
            keys.rotate(
                world, here.settings, lambda _done, _total: None
            )  # what a writer had begun before the new keys were promoted
        place.clock.instant = max(datetime.now(UTC), place.clock.instant) + timedelta(days=1)
        keys.retire(world, here.settings)
        world.database.close()
        data_keys = _check(here, place.clock, filled, wrote)
    return (
        f"{VALUES_PER_CASE * cases:,} sealed values under {data_keys:,} data keys, brought over twice; {kills} kills,"
        f" {busy} in the middle; {writers} writers made {sum(each.requests for each in wrote):,} requests, none failed,"
        f" and {sum(len(each.cases) for each in wrote):,} cases; none lost, none under a retired key"
    )


def write(here: Here, actor: Actor, council: UUID) -> Wrote:
    """One writer in a process of their own: a concern and its source, a follow-up by form, and the case's page."""
    settings = here.settings
    world = open_installation(settings, Clock())
    site = build_site(world, settings)
    site.testing = True
    browser, made, requests = FormFiller(site, world, actor), [], 0
    while not here.stop.exists():
        words = f"{actor.name} {len(made)}"
        concern = NewConcern((council,), Nature.SERVICE, words, words, source_name=words)
        case_id = log_concern(world, actor, concern).case_id
        assert browser.get(f"/cases/{case_id}/follow-ups/new").status_code == _OK
        form = {"kind": "follow_up", "due_on": ["4", "12", "2030"], "owner": str(actor.id), "note": words}
        assert browser.post(f"/cases/{case_id}/follow-ups/new", **form).status_code == _OK, browser.page
        assert words in browser.get(f"/cases/{case_id}").text, "what was written cannot be read"
        made.append((case_id, words))
        requests += 4
    world.database.close()
    return Wrote(tuple(made), requests)


def rotate(here: Here, batch: int) -> None:
    """The operator's command, in a process that can be killed."""
    keys.BATCH = batch
    os.environ |= {
        "CLEARINGHOUSE_HOME": str(here.home),
        "CLEARINGHOUSE_DATABASE_URL": here.settings.database_url,
        **here.environ,
    }
    with Path(os.devnull).open("w") as nowhere, contextlib.redirect_stdout(nowhere):
        raise SystemExit(main(["keys", "rotate"]))


def _rounds(
    here: Here, world: World, writing: "AsyncResult[list[Wrote]]", kills: int, dice: Random, batch: int
) -> int:
    """Both rotations, the second begun when the first is whole; gives how many kills left work to be done.

    First sources come under epoch 2, which is their own; then all come under 3, and sources under 4.
    """
    busy = 0
    for floor, some in ((2, kills // 2), (3, kills - kills // 2)):
        with world.database.reading() as session:
            sources = select(func.count()).where(DataKeyRow.compartment == "source")
            everything = select(func.count()).select_from(DataKeyRow)
            total = session.scalars(sources if floor == 2 else everything).one()
        marks = sorted(int(total * (0.05 + 0.8 * dice.random())) for _ in range(some))
        busy += _round(here, world, writing, floor, marks, batch)
    return busy


def _round(
    here: Here, world: World, writing: "AsyncResult[list[Wrote]]", floor: int, marks: list[int], batch: int
) -> int:
    """The command, begun again after every kill, until it ends by itself; a mark is how much is done at a kill."""
    busy, began = 0, time.monotonic()
    command = processes().Process(target=rotate, args=(here, batch))
    command.start()
    while command.is_alive() or marks:
        assert time.monotonic() - began < PATIENCE, "the rotation does not end"
        assert not writing.ready() or writing.get() is None, "a writer stopped before it was told to"
        if marks and _done(world, floor) >= marks[0]:
            marks.pop(0)
            command.kill()
            command.join()
            busy += any(each.waiting for each in keys.key_status(world, here.settings))
            command = processes().Process(target=rotate, args=(here, batch))
            command.start()
        time.sleep(0.01)
    command.join()
    assert command.exitcode == 0, f"the command ended with {command.exitcode}"
    assert _done(world, floor) > 0
    return busy


def _done(world: World, floor: int) -> int:
    with world.database.reading() as session:
        return session.scalars(select(func.count()).where(DataKeyRow.epoch >= floor)).one()


def _check(here: Here, clock: Clock, filled: dict[UUID, str], wrote: list[Wrote]) -> int:
    """With what the key files hold now every value opens and says what it said. Gives how many data keys there are."""
    settings = here.settings
    assert settings.source_keys
    assert len(read_key_file(settings.key_file).epochs) == 1
    assert len(read_key_file(settings.source_keys.file).epochs) == 1
    world = open_installation(settings, clock)
    expected = filled | {case_id: words for each in wrote for case_id, words in each.cases}
    assert all(each.cases for each in wrote), "a writer wrote nothing"
    with world.reading(OPERATOR) as work:
        read = select(Concern, Source).join(Source, Source.concern_id == Concern.id)
        found: dict[UUID, str] = {}
        for concern, source in work.session.execute(read):
            said = {concern.text, concern.how_known, source.name}
            said |= {source.contact, source.position} if concern.case_id in filled else set()
            assert said == {found.setdefault(concern.case_id, concern.text)}, "a value says something else"
        assert found == expected, "a case is lost"
        noted = select(Duty.case_id, Duty).where(Duty.note_sealed.is_not(None))
        notes = {row.case_id: row.Duty.note for row in work.session.execute(noted)}
        assert all(notes[case_id] == words for each in wrote for case_id, words in each.cases), (
            "a note is lost"
        )
        data_keys = work.session.scalars(select(func.count()).select_from(DataKeyRow)).one()
    faults = verify(world).faults
    assert not faults, faults[:3]
    world.database.close()
    return data_keys


def _fill(world: World, cases: int) -> dict[UUID, str]:
    """Cases with a concern and its source, put there by statement: what is tried is the rotation, not the logging."""
    lead = person(world, Role.LEAD, Region.NORTH_EAST, "Lead")
    council = authority(world, "Midthorpe Council")
    rows = [_rows(number, lead, council, world.now()) for number in range(cases)]
    words = {}
    for start in range(0, cases, _AT_ONCE):
        some = rows[start : start + _AT_ONCE]
        with world.database.writing() as session:
            for table in (Case, CaseAuthority, CaseRegion, CaseMember, Duty):
                session.execute(insert(table.__table__), [each[table.__tablename__] for each in some])  # type: ignore[arg-type]  # a table
        with world.unit_of_work(OPERATOR) as work:
            keyring = keyring_of(work.session)
            ids = [each["cases"]["id"] for each in some]
            for compartment in (Compartment.CONCERN, Compartment.LEDGER):
                keyring.hold(ids, compartment, make=True)
            sources = {case_id: [new_id() for _ in range(_CONCERNS)] for case_id in ids}
            keyring.hold([each for ids in sources.values() for each in ids], Compartment.SOURCE, make=True)
            for case_id in ids:
                words[case_id] = f"What was said of {case_id}"
                _say(work, case_id, lead, sources[case_id], words[case_id])
    return words


def _say(work: Work, case_id: UUID, lead: Actor, sources: list[UUID], words: str) -> None:
    """Several concerns about a case, each with its source, in five sealed values that all say the same."""
    for source_id in sources:
        concern = Concern(id=new_id(), case_id=case_id, nature=Nature.SERVICE, logged_at=work.now)
        concern.logged_by = lead.person
        work.add(concern).text = words
        concern.how_known = words
        source = work.add(Source(id=source_id, concern_id=concern.id, may_be_named=False))
        source.name = source.contact = source.position = words
    work.record(Event.CONCERN_LOGGED, Stream.CASE, case_id, concern=concern.id)


def _rows(number: int, lead: Actor, council: UUID, now: datetime) -> dict[str, dict[str, Any]]:
    case = new_id()
    return {
        "cases": {
            "id": case,
            "reference": f"Q-{number:05}",
            "nature": Nature.SERVICE,
            "standing": Standing.TRIAGED,
            "people_at_risk": False,
            "escalated": False,
            "owner_id": lead.person,
            "logged_at": now,
            "updated_at": now,
            "due_on": DUE,
            "version": 1,
        },
        "case_authorities": {"case_id": case, "authority_id": council, "is_lead": True},
        "case_regions": {"case_id": case, "region": Region.NORTH_EAST, "due_on": DUE},
        "case_members": {
            "case_id": case,
            "user_id": lead.person,
            "membership": Membership.OWNER,
            "due_on": DUE,
        },
        "duties": {
            "id": new_id(),
            "case_id": case,
            "kind": DutyKind.FOLLOW_UP,
            "due_on": DUE,
            "owner_id": lead.person,
            "state": DutyState.OPEN,
            "made_at": now,
        },
    }
