"""Keys at a service outside: nothing opens without it, it is told when it is wrong, and its silence breaks nothing."""

import base64
import json
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import func, select

from clearinghouse.access.roles import OPERATOR, Role
from clearinghouse.casework.concerns import NewConcern, log_concern
from clearinghouse.casework.installation import open_installation
from clearinghouse.casework.upkeep.keys import key_status, retire, rotate
from clearinghouse.casework.verification import verify
from clearinghouse.casework.world import World
from clearinghouse.protocol.vocabulary import Nature
from clearinghouse.records.base import Row
from clearinghouse.records.cases import Concern
from clearinghouse.records.keyring import DataKeyRow
from clearinghouse.settings import Settings
from clearinghouse.vault import aws_kms, services, transit
from clearinghouse.vault.errors import KeysError, KeysUnreachable, SealBroken
from clearinghouse.web.site import build_site
from tests.factories.authorities import authority
from tests.factories.cases import logged_case
from tests.factories.people import person
from tests.key_servers import KeyServer, kms_server, vault_server
from tests.web.visitors import signed_in
from tests.worlds import Clock, make_world, settings_for

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])


def nothing(_done: int, _total: int) -> None:
    """Nobody watches."""


@pytest.fixture(scope="module")
def servers() -> Iterator[dict[str, KeyServer]]:
    """Both services, for all tests of this module."""
    with vault_server() as vault, kms_server() as kms:
        yield {"vault": vault, "aws-kms": kms}


@pytest.fixture(params=["vault", "aws-kms"])
def server(
    request: pytest.FixtureRequest, servers: dict[str, KeyServer], monkeypatch: pytest.MonkeyPatch
) -> KeyServer:
    """Each of the services, reached as an installation reaches it."""
    found = servers[request.param]
    for name, value in found.environ.items():
        monkeypatch.setenv(name, value)
    return found


def texts(world: World) -> list[str]:
    with world.reading(OPERATOR) as work:
        return sorted(row.text for row in work.session.scalars(select(Concern)))


def test_an_installation_lives_on_keys_that_it_never_holds(
    server: KeyServer, tmp_path: Path, clock: Clock
) -> None:
    """A copy of the host's files would open everything; or what was sealed could not be opened the next day."""
    key = server.new_key()
    world = make_world(tmp_path / "home", None, clock, CLEARINGHOUSE_KEYS=key)
    logged_case(world, person(world, Role.ASSOCIATE), authority(world))
    settings = settings_for(tmp_path / "home", CLEARINGHOUSE_KEYS=key)
    held = json.loads(settings.key_file.read_text())
    assert list(held["epochs"].values()) == [f"{key}#1" if server.service == "vault" else key]
    again = open_installation(settings, clock)
    assert texts(again) == texts(world) != []
    assert verify(again).faults == ()
    with again.reading(OPERATOR) as work:
        one, other = work.session.scalars(select(DataKeyRow).limit(2)).all()
        with pytest.raises(SealBroken):
            again.vault.data_key(replace(one.stored, wrapped=other.wrapped))
        with pytest.raises(SealBroken):
            again.vault.data_key(replace(one.stored, wrapped=one.wrapped[:-4] + b"AAAA"))
    for opened in (world, again):
        opened.database.close()


def test_everything_moves_from_the_file_to_the_service_and_on_to_its_next_key(
    server: KeyServer, sqlite_world: World, clock: Clock
) -> None:
    """What stays behind under a key that is taken away is lost; a key that stays usable was not taken away."""
    logged_case(sqlite_world, person(sqlite_world, Role.ASSOCIATE), authority(sqlite_world))
    before = texts(sqlite_world)
    settings = of(sqlite_world, server.new_key())
    (status,) = key_status(sqlite_world, settings)
    assert status.moves_to == settings.keys.outside
    (status,) = rotate(sqlite_world, settings, nothing)
    assert (status.current, status.moves_to, bool(status.held[2])) == (2, None, True)
    with sqlite_world.reading(OPERATOR) as work:
        former = work.session.scalars(select(DataKeyRow).limit(1)).one().stored
    if server.service == "aws-kms":
        with pytest.raises(KeysError, match="make another key"):
            rotate(sqlite_world, settings, nothing)
        settings = of(sqlite_world, server.new_key())
    rotate(sqlite_world, settings, nothing)
    clock.pass_days(1)
    epochs, said = retire(sqlite_world, settings)
    assert epochs == (1, 2)
    assert len(said) == 1
    with pytest.raises(KeysError, match="epoch 2"):
        open_installation(settings, clock).vault.data_key(former)
    assert texts(open_installation(settings, clock)) == before
    if server.service == "vault":
        name = f"{settings.keys.outside}#1".removeprefix("vault:")
        with pytest.raises(KeysError, match="too old"):
            transit.Transit().unwrap(name, former.wrapped, b"whatever it was bound to")


def test_while_the_service_is_silent_what_was_opened_stays_open_and_nothing_is_half_written(
    server: KeyServer, sqlite_world: World, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An outage there would be an outage here, or leave half a concern; or an installation would open without keys."""
    # Long enough for a service that answers on a busy machine.
    monkeypatch.setattr(transit, "_WAITS_SECONDS", 1.5)
    monkeypatch.setattr(aws_kms, "_ANSWERS_SECONDS", 1.5)
    settings = of(sqlite_world, server.new_key())
    associate, council = person(sqlite_world, Role.ASSOCIATE), authority(sqlite_world)
    logged_case(sqlite_world, associate, council)
    rotate(sqlite_world, settings, nothing)
    world = open_installation(settings, clock)
    before, counted = texts(world), rows(world)
    site = build_site(world, settings)
    visitor = signed_in(site, world, associate)
    counted = rows(world)
    form = {"nature": "service", "authorities": [str(council)], "text": "Much typed.", "how_known": "A call"}
    with server.silent():
        assert texts(world) == before
        with pytest.raises(KeysUnreachable):
            log_concern(world, associate, NewConcern((council,), Nature.SERVICE, "Much typed.", "A call"))
        assert rows(world) == counted
        monkeypatch.setattr(services, "_LEFT_ALONE_SECONDS", 600.0)
        with pytest.raises(KeysUnreachable):
            logged_case(world, associate, council)
        with pytest.raises(KeysUnreachable) as refused:
            open_installation(settings, clock)
        assert "CLEARINGHOUSE_KEYS" in str(refused.value)
        assert "\n" not in str(refused.value)
    # It is left alone for a while, though it would answer again, so that nobody waits for it in turn.
    answer = visitor.post("/concerns/new", form | {"csrf_token": visitor.csrf_token()})
    assert (answer.status_code, "Nothing was changed" in answer.text) == (503, True)
    assert "Much typed." in answer.text
    assert rows(world) == counted
    assert texts(open_installation(settings, clock)) == before


@pytest.mark.parametrize(
    ("service", "name", "value", "said"),
    [
        ("vault", "CLEARINGHOUSE_KEYS", "vault:transit/nobody-made-it", "no such key"),
        (
            "vault",
            "CLEARINGHOUSE_KEYS",
            "vault:elsewhere/clearinghouse",
            "no such key|no handler|refuses the token",
        ),
        ("vault", "VAULT_TOKEN", "another", "refuses the token"),
        ("vault", "VAULT_ADDR", "http://127.0.0.1:9", "does not answer"),
        ("vault", "VAULT_ADDR", "http://vault.example:8200", "https"),
        ("vault", "CLEARINGHOUSE_VAULT_TOKEN_FILE", "/nonexistent/token", "TOKEN_FILE"),
        ("aws-kms", "CLEARINGHOUSE_KEYS", "aws-kms:alias/nobody-made-it", "NotFoundException"),
        ("aws-kms", "AWS_ENDPOINT_URL_KMS", "http://127.0.0.1:9", "does not answer"),
    ],
)
def test_what_is_wrong_outside_is_one_line_and_nothing_is_made(
    servers: dict[str, KeyServer],
    tmp_path: Path,
    clock: Clock,
    monkeypatch: pytest.MonkeyPatch,
    service: str,
    name: str,
    value: str,
    said: str,
) -> None:
    """An operator who is told nothing, or an installation that begins without the keys that were asked for."""
    more = {"CLEARINGHOUSE_KEYS": servers[service].new_key()}
    for each, given in {**servers[service].environ, name: value}.items():
        monkeypatch.setenv(each, given)
        if each.startswith("CLEARINGHOUSE"):
            more[each] = given
    refused(tmp_path, clock, said, more)


@pytest.mark.parametrize(("module", "extra"), [("hvac", "vault"), ("boto3", "aws-kms")])
def test_a_missing_extra_is_one_line_that_says_what_to_install(
    tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch, module: str, extra: str
) -> None:
    """A traceback instead of what to do."""
    monkeypatch.setitem(sys.modules, module, None)
    refused(tmp_path, clock, rf"clearinghouse\[{extra}\]", {"CLEARINGHOUSE_KEYS": f"{extra}:transit/key"})


def test_a_token_that_an_agent_renews_is_read_again(
    servers: dict[str, KeyServer], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every token ends; a service that has to be restarted for it is down at night."""
    vault = servers["vault"]
    monkeypatch.setenv("VAULT_ADDR", vault.environ["VAULT_ADDR"])
    token, key = tmp_path / "token", vault.new_key().removeprefix("vault:") + "#1"
    token.write_text(vault.environ["VAULT_TOKEN"])
    client = transit.Transit(token)
    wrapped = client.wrap(key, bytes(32), b"bound")
    client._client().token = "ended"
    assert client.unwrap(key, wrapped, b"bound") == bytes(32)
    assert base64.b64encode(bytes(32)) not in wrapped


def of(world: World, key: str) -> Settings:
    """The settings of a world whose keys are to be elsewhere from now on."""
    return settings_for(
        world.log_key_file.parent.parent, str(world.database.engine.url), CLEARINGHOUSE_KEYS=key
    )


def rows(world: World) -> dict[str, int]:
    """How many rows each table has."""
    with world.reading(OPERATOR) as work:
        return {
            name: work.session.scalars(select(func.count()).select_from(table)).one()
            for name, table in Row.metadata.tables.items()
        }


def refused(tmp_path: Path, clock: Clock, said: str, more: dict[str, str]) -> None:
    with pytest.raises(KeysError, match=said) as error:
        make_world(tmp_path / "home", None, clock, **more)
    assert "\n" not in str(error.value)
    assert not (tmp_path / "home" / "database").exists()
    assert not (tmp_path / "home" / "keys" / "clearinghouse.keys").exists()
