"""Keys rotate under a running service, and come back from shares of a recovery key; nothing sealed is ever lost."""

import io
import threading
from pathlib import Path

import pytest
from sqlalchemy import select

from clearinghouse.access.roles import OPERATOR, Actor, Role
from clearinghouse.app import main
from clearinghouse.casework.errors import Refused
from clearinghouse.casework.installation import open_installation
from clearinghouse.casework.upkeep import keys
from clearinghouse.casework.upkeep.keys import add_epoch, key_status, recover, retire, rotate, share_recovery
from clearinghouse.casework.verification import verify
from clearinghouse.casework.world import World
from clearinghouse.records.cases import Concern
from clearinghouse.records.keyring import DataKeyRow
from clearinghouse.settings import Settings
from clearinghouse.vault.errors import KeysError
from clearinghouse.vault.providers import read_key_file
from tests.factories.authorities import authority
from tests.factories.cases import logged_case
from tests.factories.people import person
from tests.worlds import Clock, settings_for


def nothing(_done: int, _total: int) -> None:
    """Nobody watches."""


def key_file_of(world: World) -> Path:
    return settings_of(world).key_file


def settings_of(world: World, **more: str) -> Settings:
    return settings_for(
        world.log_key_file.parent.parent, world.database.engine.url.render_as_string(False), **more
    )


def texts(world: World) -> list[str]:
    with world.reading(OPERATOR) as work:
        return sorted(row.text for row in work.session.scalars(select(Concern)))


def epochs_of(world: World) -> set[int]:
    with world.reading(OPERATOR) as work:
        return set(work.session.scalars(select(DataKeyRow.epoch)))


def some_cases(world: World, number: int = 5) -> Actor:
    associate, council = person(world, Role.ASSOCIATE), authority(world)
    person(world, Role.LEAD)
    for _ in range(number):
        logged_case(world, associate, council)
    return associate


def test_rotation_brings_everything_under_the_new_key_and_the_old_one_away(
    world: World, clock: Clock
) -> None:
    """What stays under the old key is lost when that is taken away."""
    key_file = key_file_of(world)
    some_cases(world)
    before = texts(world)
    assert rotate(world, settings_of(world), nothing)[0].current == 2
    assert epochs_of(world) == {2}
    clock.pass_days(1)
    assert retire(world, settings_of(world)) == ((1,), ())
    assert set(read_key_file(key_file).epochs) == {2}
    assert texts(world) == before
    some_cases(world, 1)
    url = world.database.engine.url.render_as_string(hide_password=False)
    again = open_installation(settings_for(key_file.parent.parent, url), clock)
    assert len(texts(again)) == len(before) + 1
    assert verify(again).faults == ()
    again.database.close()


def test_a_rotation_that_is_stopped_goes_on(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten times stopped between two batches, the eleventh ends it; no second rotation begins meanwhile."""
    monkeypatch.setattr(keys, "BATCH", 1)
    key_file = key_file_of(world)
    some_cases(world)
    before = texts(world)

    def stop(_done: int, _total: int) -> None:
        raise InterruptedError

    for _ in range(10):
        with pytest.raises(InterruptedError):
            rotate(world, settings_of(world), stop)
        assert texts(world) == before
        assert read_key_file(key_file).current_epoch == 2
    with pytest.raises(Refused, match="in use"):
        retire(world, settings_of(world))
    rotate(world, settings_of(world), nothing)
    assert epochs_of(world) == {2}
    assert texts(world) == before


def test_writers_go_on_while_keys_rotate(world: World) -> None:
    """A request that fails, or a value under a key that is gone, would be somebody's note lost."""
    associate, council = some_cases(world), authority(world)
    failed: list[BaseException] = []
    stop = threading.Event()

    def write() -> None:
        while not stop.is_set():
            try:
                logged_case(world, associate, council)
            except BaseException as error:
                failed.append(error)
                return

    writers = [threading.Thread(target=write) for _ in range(4)]
    for writer in writers:
        writer.start()
    for _ in range(3):
        rotate(world, settings_of(world), nothing)
    stop.set()
    for writer in writers:
        writer.join()
    rotate(world, settings_of(world), nothing)
    assert failed == []
    assert len(epochs_of(world)) == 1
    assert verify(world).faults == ()


def test_a_key_is_added_first_where_several_hosts_have_a_copy(sqlite_world: World) -> None:
    """A host without the new key could not read what another sealed with it."""
    some_cases(sqlite_world)
    assert (
        add_epoch(sqlite_world, settings_of(sqlite_world))
        == add_epoch(sqlite_world, settings_of(sqlite_world))
        == (2,)
    )
    assert key_status(sqlite_world, settings_of(sqlite_world))[0].current == 1
    assert rotate(sqlite_world, settings_of(sqlite_world), nothing)[0].current == 2


def test_the_old_key_stays_while_a_slow_writer_may_still_use_it(sqlite_world: World, clock: Clock) -> None:
    """A transaction that wrapped a key just before the promotion may be kept just after the rotation ended."""
    with pytest.raises(Refused, match="in use"):
        retire(sqlite_world, settings_of(sqlite_world))
    rotate(sqlite_world, settings_of(sqlite_world), nothing)
    with pytest.raises(Refused, match="ten minutes"):
        retire(sqlite_world, settings_of(sqlite_world))
    clock.pass_days(1 / 24)
    assert retire(sqlite_world, settings_of(sqlite_world)) == ((1,), ())


def test_a_rotation_without_the_key_of_what_is_sealed_is_refused(sqlite_world: World) -> None:
    """It says which key file is needed, before anything is changed."""
    some_cases(sqlite_world)
    with sqlite_world.unit_of_work(OPERATOR) as work:
        row = work.session.scalars(select(DataKeyRow).limit(1)).one()
        row.epoch = 9
    assert key_status(sqlite_world, settings_of(sqlite_world))[0].lost == (9,)
    with pytest.raises(Refused, match="epoch 9"):
        rotate(sqlite_world, settings_of(sqlite_world), nothing)


def test_enough_shares_give_a_lost_key_file_back_and_fewer_do_not(sqlite_world: World) -> None:
    """Three of five people, on the worst day, also after a rotation; two of them alone open nothing."""
    key_file = key_file_of(sqlite_world)
    some_cases(sqlite_world)
    former, (copy,) = share_recovery(sqlite_world, settings_of(sqlite_world), 2, 3)
    shares, (copy,) = share_recovery(sqlite_world, settings_of(sqlite_world), 3, 5)
    rotate(sqlite_world, settings_of(sqlite_world), nothing)
    held = key_file.read_text()
    with pytest.raises(KeysError, match="exists already"):
        recover(copy, settings_of(sqlite_world), shares[:3])
    key_file.unlink()
    for wrong in (shares[:2], former[:2], [*shares[:2], "academic acid"], [*shares[:2], shares[0]], []):
        with pytest.raises(KeysError):
            recover(copy, settings_of(sqlite_world), wrong)
        assert not key_file.exists()
    assert recover(copy, settings_of(sqlite_world), [f"  {share.upper()}\n" for share in shares[1:4]]) == (
        key_file,
        2,
    )
    assert key_file.read_text() == held
    assert key_file.stat().st_mode & 0o777 == 0o600
    assert not any(word in copy.read_text() for word in ("epochs", "web_secret"))


def test_the_commands_rotate_share_and_recover(
    sqlite_world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """As an operator types them; a wrong share is one line and exit status 1."""
    key_file = key_file_of(sqlite_world)
    some_cases(sqlite_world)
    sqlite_world.database.close()
    monkeypatch.setenv("CLEARINGHOUSE_HOME", str(key_file.parent.parent))
    monkeypatch.setenv("CLEARINGHOUSE_DATABASE_URL", str(sqlite_world.database.engine.url))

    def said(*words: str, status: int = 0) -> str:
        assert main(words) == status
        return capsys.readouterr().out

    assert "Epoch 1, the current one" in said("keys", "status")
    assert "not used yet" in said("keys", "rotate", "--add")
    assert "under epoch 2" in said("keys", "rotate")
    assert "keys retire" in said("keys", "status")
    said("keys", "retire", status=1)
    printed = said("keys", "share", "--shares", "3", "--needed", "2")
    shares = [" ".join(part.split("\n\n")[0].split()) for part in printed.split("open the copy\n\n")[1:]]
    key_file.unlink()
    copy = str(key_file) + ".recovery"
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{shares[0]}\n\n"))
    said("keys", "recover", copy, status=1)
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{shares[0]}\n{shares[2]}\n\n"))
    assert "current epoch 2" in said("keys", "recover", copy)
    assert "Epoch 2, the current one" in said("keys", "status")
