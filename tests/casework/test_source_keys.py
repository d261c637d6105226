"""Sources under keys of their own: the ordinary key file opens none of them, and getting there loses nothing."""

import json
import shutil
import stat
from pathlib import Path

import pytest
from sqlalchemy import select

from clearinghouse.access.roles import OPERATOR, Role
from clearinghouse.app import main
from clearinghouse.casework.errors import Refused
from clearinghouse.casework.installation import make_installation, open_installation
from clearinghouse.casework.upkeep import keys
from clearinghouse.casework.upkeep.keys import key_status, recover, retire, rotate, share_recovery
from clearinghouse.casework.verification import verify
from clearinghouse.casework.world import World
from clearinghouse.records.cases import Concern, Source
from clearinghouse.records.keyring import DataKeyRow
from clearinghouse.records.sealed import Compartment
from clearinghouse.settings import Settings, SettingsError
from clearinghouse.vault.errors import KeysError
from clearinghouse.vault.providers import KeyFileProvider, create_key_file, read_key_file
from clearinghouse.vault.sealing import Vault, WrappedKey
from tests.factories.authorities import authority
from tests.factories.cases import logged_case
from tests.factories.people import person
from tests.worlds import Clock, settings_for


def nothing(_done: int, _total: int) -> None:
    """Nobody watches."""


def apart(world: World) -> Settings:
    """The settings of a world whose sources are to have keys of their own, on another disk."""
    home = world.log_key_file.parent.parent
    url = world.database.engine.url.render_as_string(hide_password=False)
    elsewhere = home.parent / "elsewhere" / "sources.keys"
    return settings_for(home, url, CLEARINGHOUSE_SOURCE_KEYS=f"file:{elsewhere}")


def source_file(settings: Settings) -> Path:
    assert settings.source_keys
    return settings.source_keys.file


def cases(world: World, number: int = 3) -> None:
    associate, council = person(world, Role.ASSOCIATE), authority(world)
    person(world, Role.LEAD)
    for each in range(number):
        logged_case(world, associate, council, source_name=f"Jo Bright {each}")


def stored(world: World, compartment: Compartment) -> list[WrappedKey]:
    with world.reading(OPERATOR) as work:
        found = work.session.scalars(select(DataKeyRow).where(DataKeyRow.compartment == compartment))
        return [row.stored for row in found]


def words(world: World) -> tuple[list[str], list[str]]:
    """Everything that concerns and sources say."""
    with world.reading(OPERATOR) as work:
        return (
            sorted(row.text for row in work.session.scalars(select(Concern))),
            sorted(row.name for row in work.session.scalars(select(Source))),
        )


def test_whoever_has_the_ordinary_key_file_opens_concerns_and_no_source(world: World, clock: Clock) -> None:
    """A thief of one file and the database would know who spoke; the first half shows that the attack can succeed."""
    cases(world)
    settings = apart(world)
    before = words(world)
    parted = make_installation(settings, clock)
    rotate(parted, settings, nothing)
    rotate(parted, settings, nothing)
    clock.pass_days(1)
    assert retire(parted, settings)[0] == (1, 2)
    cases(parted, 1)
    thief = Vault(KeyFileProvider(settings.key_file), parted.vault.installation)
    for key in stored(parted, Compartment.CONCERN):
        thief.data_key(key)
    sources = stored(parted, Compartment.SOURCE)
    assert len(sources) >= 4
    for key in sources:
        with pytest.raises(KeysError, match="no key of epoch"):
            thief.data_key(key)
    assert set(words(parted)[1]) == set(before[1])
    assert verify(parted).faults == ()
    assert set(read_key_file(settings.key_file).epochs).isdisjoint(
        read_key_file(source_file(settings)).epochs
    )
    parted.database.close()


def test_bringing_sources_over_goes_on_wherever_it_is_stopped(
    world: World, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half of the sources under each key, and no way on, would be half of them lost."""
    monkeypatch.setattr(keys, "BATCH", 1)
    cases(world)
    before, settings = words(world), apart(world)
    parted = make_installation(settings, clock)
    assert key_status(parted, settings)[1].waiting == 3
    with pytest.raises(Refused, match="in use"):
        retire(parted, settings)

    def stop(_done: int, _total: int) -> None:
        raise InterruptedError

    for _ in range(2):
        with pytest.raises(InterruptedError):
            rotate(parted, settings, stop)
        assert words(parted) == before
        again = open_installation(settings, clock)
        assert words(again) == before
        again.database.close()
    after = rotate(parted, settings, nothing)
    assert [each.waiting for each in after] == [0, 0]
    assert words(parted) == before
    assert key_status(parted, settings)[1].current == 2
    # Only now is there a further epoch of each; the ordinary one is numbered after the sources'.
    assert [each.current for each in rotate(parted, settings, nothing)] == [3, 4]
    assert words(parted) == before
    parted.database.close()


def test_a_key_planted_under_the_ordinary_keys_takes_no_source(sqlite_world: World, clock: Clock) -> None:
    """Whoever writes to the database and has the ordinary keys would read every source that is named from then on."""
    cases(sqlite_world, 1)
    settings = apart(sqlite_world)
    parted = make_installation(settings, clock)
    rotate(parted, settings, nothing)
    rotate(parted, settings, nothing)
    thief = Vault(KeyFileProvider(settings.key_file), parted.vault.installation)
    key = next(
        each for each in stored(parted, Compartment.SOURCE) if each.subject != parted.vault.installation
    )
    planted = thief.new_key(key.id, key.subject, key.compartment)
    assert thief.data_key(planted)
    with pytest.raises(KeysError):
        parted.vault.data_key(planted)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("missing", "no key file"),
        ("the other", "holds the ordinary keys"),
        ("another installation's", "another installation"),
        ("made anew", "does not open this database's sources|holds no key of epoch"),
        ("unset", "CLEARINGHOUSE_SOURCE_KEYS"),
        ("readable", "chmod 600"),
    ],
)
def test_without_the_sources_keys_nothing_starts_and_none_are_made(
    sqlite_world: World, clock: Clock, wrong: str, said: str
) -> None:
    """A service that starts so would show no source, or seal new ones under keys that nobody keeps."""
    cases(sqlite_world, 1)
    settings = apart(sqlite_world)
    parted = make_installation(settings, clock)
    rotate(parted, settings, nothing)
    file = source_file(settings)
    if wrong == "unset":
        settings = settings_for(settings.home, settings.database_url)
    elif wrong == "readable":
        file.chmod(0o644)
    elif wrong == "made anew":
        held = json.loads(file.read_text())
        held["epochs"] = {"2": held["epochs"]["2"][:-5] + "AAAA="}
        file.write_text(json.dumps(held))
    else:
        file.unlink()
    if wrong == "the other":
        shutil.copy(settings.key_file, file)
    if wrong == "another installation's":
        held = json.loads(settings.key_file.read_text()) | {
            "holds": "sources",
            "first_epoch": 2,
            "current": 2,
        }
        held |= {
            "installation": "018f0000-0000-7000-8000-000000000009",
            "epochs": {"2": held["epochs"]["1"]},
        }
        file.write_text(json.dumps(held))
        file.chmod(0o600)
    for begin in (open_installation, make_installation):
        with pytest.raises(KeysError, match=said) as error:
            begin(settings, clock)
        assert "\n" not in str(error.value)
    assert file.exists() == (wrong != "missing")


def test_one_file_or_one_key_cannot_be_both(tmp_path: Path) -> None:
    """What looks like two keys would be one."""
    for ordinary, own in (
        ("file:/k/one", "file:/k/one"),
        ("vault:transit/one", "vault:transit/one"),
        ("aws-kms:alias/one", "aws-kms:alias/one"),
    ):
        with pytest.raises(SettingsError, match="only the sources'"):
            settings_for(tmp_path, CLEARINGHOUSE_KEYS=ordinary, CLEARINGHOUSE_SOURCE_KEYS=own)
    settings = settings_for(tmp_path)
    create_key_file(settings.key_file)
    swapped = settings_for(tmp_path, CLEARINGHOUSE_SOURCE_KEYS=f"file:{settings.key_file}.other")
    shutil.copy(settings.key_file, source_file(swapped))
    with pytest.raises(KeysError, match="ordinary keys"):
        open_installation(swapped)


@pytest.mark.parametrize(
    "text", ["clearinghouse", "file", "vault:clearinghouse", "vault:transit/a#1", "aws-kms:", "systemd:a/b"]
)
def test_a_setting_that_names_no_keys_is_one_line(tmp_path: Path, text: str) -> None:
    """A typing error would begin an installation under other keys than were meant."""
    with pytest.raises(SettingsError, match="CLEARINGHOUSE_KEYS"):
        settings_for(tmp_path, CLEARINGHOUSE_KEYS=text)


def test_shares_give_both_files_back(sqlite_world: World, clock: Clock) -> None:
    """The day that both are lost."""
    settings = apart(sqlite_world)
    share_recovery(sqlite_world, settings_for(settings.home, settings.database_url), 2, 3)
    parted = make_installation(settings, clock)
    assert [each.has_recovery for each in key_status(parted, settings)] == [True, True]
    shares, copies = share_recovery(parted, settings, 2, 3)
    rotate(parted, settings, nothing)
    files = [settings.key_file, source_file(settings)]
    held = [file.read_text() for file in files]
    for file in files:
        file.unlink()
    assert [recover(copy, settings, shares[1:])[0] for copy in copies] == files
    assert [file.read_text() for file in files] == held
    with pytest.raises(KeysError, match="CLEARINGHOUSE_SOURCE_KEYS"):
        recover(copies[1], settings_for(settings.home), shares[1:])


def test_the_operator_brings_sources_over_and_sees_both(
    sqlite_world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """As an operator types it."""
    cases(sqlite_world, 1)
    settings = apart(sqlite_world)
    monkeypatch.setenv("CLEARINGHOUSE_HOME", str(settings.home))
    monkeypatch.setenv("CLEARINGHOUSE_SOURCE_KEYS", f"file:{source_file(settings)}")

    def said(*typed: str, status: int = 0) -> str:
        assert main(typed) == status
        return capsys.readouterr().out

    said("keys", "status", status=1)
    assert str(source_file(settings)) in said("init")
    waiting = said("keys", "status")
    assert "Epoch 1, an ordinary key: 1 data keys" in waiting
    assert "1 data keys wait" in waiting
    assert "Every data key of sources is under epoch 2." in said("keys", "rotate")
    assert "an ordinary key" not in said("keys", "status")
    assert stat.S_IMODE(source_file(settings).stat().st_mode) == 0o600


def test_what_systemd_hands_over_is_read_and_never_changed(
    sqlite_world: World, tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """systemd lets the service in by an access list, which shows as a group's right; the file cannot change."""
    cases(sqlite_world, 1)
    plain = settings_for(sqlite_world.log_key_file.parent.parent)
    folder = tmp_path / "credentials"
    folder.mkdir()

    def start() -> None:
        """The unit starts, and systemd copies the file for it."""
        (folder / "keys").unlink(missing_ok=True)
        shutil.copy(plain.key_file, folder / "keys")
        (folder / "keys").chmod(0o440)

    with pytest.raises(SettingsError, match="systemd hands over no credentials"):
        settings_for(plain.home, CLEARINGHOUSE_KEYS="systemd:keys")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(folder))
    unit = settings_for(plain.home, CLEARINGHOUSE_KEYS="systemd:keys", CREDENTIALS_DIRECTORY=str(folder))
    with pytest.raises(KeysError, match="file:PATH"):
        make_installation(unit, clock)
    start()
    service = open_installation(unit, clock)
    before = words(service)
    with pytest.raises(KeysError, match="file:PATH"):
        rotate(service, unit, nothing)
    # The documented way: add, start anew, rotate, start anew, rotate what came between, retire.
    keys.add_epoch(sqlite_world, plain)
    start()
    service = open_installation(unit, clock)
    rotate(sqlite_world, plain, nothing)
    cases(service, 1)
    start()
    rotate(sqlite_world, plain, nothing)
    clock.pass_days(1)
    retire(sqlite_world, plain)
    start()
    assert words(open_installation(unit, clock))[1] == [*before[1], "Jo Bright 0"]
    (folder / "keys").chmod(0o444)
    with pytest.raises(KeysError, match="read by others"):
        open_installation(unit, clock)
