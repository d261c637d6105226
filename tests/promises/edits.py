"""P6: eight writers on one case lose no edit and meet no locked database; a stale form says who came first."""

import re
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date
from html import unescape
from pathlib import Path
from threading import Barrier
from uuid import UUID

from flask import Flask
from sqlalchemy import select

from clearinghouse.access.roles import Actor, Region, Role
from clearinghouse.casework.duties.followups import schedule_followup
from clearinghouse.casework.errors import Stale
from clearinghouse.casework.headers import case_header
from clearinghouse.casework.verification import verify
from clearinghouse.casework.world import World
from clearinghouse.records.duties import Duty
from clearinghouse.web.site import build_site
from tests.factories.authorities import authority
from tests.factories.cases import logged_case
from tests.factories.people import person
from tests.promises.databases import installed, open_world, processes
from tests.servers import PostgreSQL
from tests.web.visitors import Visitor, signed_in
from tests.worlds import Clock, settings_for

WRITERS = 8
DUE = date(2026, 12, 4)
_STALE, _DONE = 409, 303


@dataclass(frozen=True)
class Written:
    """What one writer was told: the notes that were kept, and how often somebody else had come first."""

    notes: tuple[str, ...]
    stale: int


def no_edit_is_lost(server: PostgreSQL | None, by_verb: int, by_form: int) -> str:
    """As many edits by each of eight processes through the verbs, then of eight people through the pages."""
    began = time.monotonic()
    with installed(server) as place:
        world = place.world
        council = authority(world, "Midthorpe Council")
        people = [
            person(world, Role.LEAD, Region.NORTH_EAST, f"Writer {number}") for number in range(WRITERS)
        ]
        case_id = logged_case(world, people[0], council).case_id
        tasks = [(place.home, place.address, each, case_id, by_verb) for each in people]
        with processes().Pool(WRITERS) as pool:
            written = pool.starmap(write_by_verb, tasks)
        _check(world, people[0], case_id, written, by_verb)
        site = build_site(world, settings_for(place.home, place.address))
        site.testing = True
        typed = _write_by_form(site, world, people, case_id, by_form)
        _check(world, people[0], case_id, [*written, *typed], by_verb + by_form)
        assert not verify(world).faults
    stale = sum(each.stale for each in (*written, *typed))
    edits = WRITERS * (by_verb + by_form)
    return (
        f"{edits:,} edits by {WRITERS} writers, none lost, none locked; {stale:,} stale forms told and kept;"
        f" {time.monotonic() - began:.0f} s"
    )


def write_by_verb(home: Path, address: str | None, actor: Actor, case_id: UUID, edits: int) -> Written:
    """One process: look at the case, change it, and look again where somebody else was faster."""
    world = open_world(home, address, Clock())
    notes, stale, named = [], 0, "Writer"
    while len(notes) < edits:
        note = f"{actor.name}: verb {len(notes)}"
        seen = case_header(world, actor, case_id).version
        try:
            schedule_followup(world, actor, case_id, seen, DUE, note)
        except Stale as error:
            named = error.changed_by
            stale += 1
        else:
            notes.append(note)
    world.database.close()
    assert named.startswith("Writer"), "a stale form does not say who came first"
    return Written(tuple(notes), stale)


def _write_by_form(
    site: Flask, world: World, people: list[Actor], case_id: UUID, edits: int
) -> list[Written]:
    together = Barrier(WRITERS)
    visitors = [signed_in(site, world, each) for each in people]
    tokens = {id(each): each.csrf_token() for each in visitors}

    def write(visitor: Visitor) -> Written:
        notes, stale = [], 0
        for number in range(edits):
            assert visitor.actor
            note = f"{visitor.actor.name}: form {number}"
            form = _form(visitor, case_id, note, tokens[id(visitor)])
            together.wait(120)  # now all eight hold a form of the same version
            while not _sent(visitor, case_id, form):
                stale += 1
                form = _form(visitor, case_id, note, tokens[id(visitor)])
            notes.append(note)
            together.wait(120)
        return Written(tuple(notes), stale)

    with ThreadPoolExecutor(WRITERS) as pool:
        return list(pool.map(write, visitors))


def _form(visitor: Visitor, case_id: UUID, note: str, token: str) -> dict[str, object]:
    page = visitor.get(f"/cases/{case_id}/follow-ups/new").text
    found = re.search(r'name="version"[^>]*value="(\d+)"', page)
    assert found, "the form carries no version"
    assert visitor.actor
    return {
        "version": found[1],
        "kind": "follow_up",
        "due_on": [str(DUE.day), str(DUE.month), str(DUE.year)],
        "owner": str(visitor.actor.id),
        "note": note,
        "csrf_token": token,
    }


def _sent(visitor: Visitor, case_id: UUID, form: dict[str, object]) -> bool:
    """Whether the form was taken; where it was stale, the page must say who came first and keep what was typed."""
    answer = visitor.post(f"/cases/{case_id}/follow-ups/new", form)
    shown = unescape(answer.text)
    assert "locked" not in shown.lower()
    if answer.status_code == _DONE:
        return True
    assert answer.status_code == _STALE, f"{answer.status_code}: {shown[:500]}"
    assert re.search(r"Writer \d changed it on", shown), "a stale form does not say who came first"
    assert str(form["note"]) in shown, "a stale form lost what was typed"
    return False


def _check(world: World, actor: Actor, case_id: UUID, written: list[Written], edits: int) -> None:
    """Every edit that somebody was told is kept is there once, with its words, and the versions count them all."""
    told = [note for each in written for note in each.notes]
    assert len(told) == len(set(told)) == WRITERS * edits
    with world.reading(actor) as work:
        rows = work.session.scalars(select(Duty).where(Duty.case_id == case_id)).all()
        assert sorted(row.note for row in rows if row.note) == sorted(told), "an edit is lost"
    first = len(rows) - len(told)
    assert case_header(world, actor, case_id).version > len(told) + first - 1
