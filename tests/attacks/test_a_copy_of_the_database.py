"""An administrator with a copy of the database and the code, who tries to read it without the key file."""

import base64
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select

from clearinghouse.access.roles import OPERATOR, Role
from clearinghouse.casework.installation import make_installation, open_installation
from clearinghouse.casework.sign_in.sessions import who
from clearinghouse.casework.world import World
from clearinghouse.records.people import User, WebSession
from clearinghouse.vault.errors import KeysError, SealBroken
from tests.factories.authorities import authority
from tests.factories.cases import logged_case
from tests.factories.people import person
from tests.web.visitors import Visitor, signed_in
from tests.worlds import Clock, make_world, settings_for


def copied(world: World, to: Path) -> Path:
    """A copy of the database, as a backup makes it, in the home of an installation of one's own."""
    source = world.database.engine.url.database
    assert source
    target = to / "database" / "clearinghouse.db"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.unlink(missing_ok=True)
    with closing(sqlite3.connect(source)) as one, closing(sqlite3.connect(target)) as other:
        one.backup(other)
    return target


def test_the_program_opens_a_copy_under_no_keys_but_its_own(
    sqlite_world: World, tmp_path: Path, clock: Clock
) -> None:
    """Whoever takes the database home would read it with the program, and a key file of their own."""
    logged_case(sqlite_world, person(sqlite_world, Role.ASSOCIATE), authority(sqlite_world))
    bare = tmp_path / "bare"
    copied(sqlite_world, bare)
    with pytest.raises(KeysError, match="made with one"):
        make_installation(settings_for(bare), now=clock)
    own = tmp_path / "own"
    make_world(own, None, clock).database.close()
    shutil.rmtree(own / "database")
    copied(sqlite_world, own)
    with pytest.raises((KeysError, SealBroken)):
        open_installation(settings_for(own), now=clock)


def test_nothing_that_the_copy_shows_signs_anybody_in(site: Flask, sqlite_world: World) -> None:
    """What stands in the rows of sessions and people would be as good as a password."""
    world = sqlite_world
    lead = person(world, Role.LEAD)
    visitor = signed_in(site, world, lead)
    assert visitor.get("/cases").status_code == 200
    with world.reading(OPERATOR) as work:
        row = work.session.scalars(select(WebSession).where(WebSession.user_id == lead.id)).one()
        email = work.session.get_one(User, lead.id).email
        shown = bytes(row.token_hash)
        tries = [shown.hex(), str(row.id), str(lead.id), email, *_in_base64(shown)]
    assert all(who(world, each) is None for each in tries)
    stranger = Visitor(site)
    for each in tries:
        with stranger.client.session_transaction() as cookie:
            cookie["_user_id"] = each
        assert stranger.get("/cases").status_code == 302


def _in_base64(shown: bytes) -> tuple[str, ...]:
    return tuple(
        encode(shown).decode().rstrip(end)
        for encode in (base64.b64encode, base64.urlsafe_b64encode)
        for end in ("", "=")
    )
