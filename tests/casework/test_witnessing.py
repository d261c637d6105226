"""A witness outside cosigns a log that only grows, and nothing else; the operator's commands lead there and back."""

import io
from collections.abc import Callable
from pathlib import Path

import pytest

from clearinghouse.access.roles import Role
from clearinghouse.app import main
from clearinghouse.casework.errors import Refused
from clearinghouse.casework.log import keep_log, prove_growth, signed_tree
from clearinghouse.casework.witnessing import (
    NotWitnessed,
    Witnessed,
    last_witnessed_size,
    witness,
    witness_key,
)
from clearinghouse.casework.world import World
from clearinghouse.vault.errors import KeysError
from clearinghouse.vault.log_key import create_log_key
from clearinghouse.vault.notes import read_note, read_verifier, verified
from tests.factories.authorities import authority
from tests.factories.cases import logged_case
from tests.factories.people import person
from tests.worlds import MONDAY, Clock, make_world

Witness = Callable[..., Witnessed]


def something_happens(world: World) -> str:
    """A concern is logged and a checkpoint signed; gives the log's public key."""
    associate, council = person(world, Role.ASSOCIATE), authority(world)
    person(world, Role.LEAD)
    logged_case(world, associate, council)
    keep_log(world)
    found = signed_tree(world)
    assert found is not None
    return found.key


@pytest.fixture
def ask(tmp_path: Path) -> Witness:
    """A witness with a key and a state of its own, asked to cosign."""
    key = witness_key(tmp_path / "witness" / "key", "witness.example/w1")

    def asked(request: str, log_key: str) -> Witnessed:
        return witness(request, log_key, key, tmp_path / "witness" / "state", lambda: MONDAY)

    return asked


def test_a_log_that_grows_is_cosigned_each_time(sqlite_world: World, ask: Witness) -> None:
    """Each cosignature carries its instant, and the log's own signature stays beside it."""
    size = 0
    for _ in range(3):
        log_key = something_happens(sqlite_world)
        found = ask(prove_growth(sqlite_world, size).text, log_key)
        signatures = verified(read_note(found.note), [read_verifier(log_key), read_verifier(found.key)])
        assert [each.stamp for each in signatures] == [None, int(MONDAY.timestamp())]
        assert found.size > size
        size = found.size
    assert ask(prove_growth(sqlite_world, size).text, log_key).size == size


def test_a_rewritten_log_is_not_cosigned(sqlite_world: World, tmp_path: Path, ask: Witness) -> None:
    """Two histories under one key: a fork by whoever holds the log's key, which only a witness can notice."""
    log_key = something_happens(sqlite_world)
    size = ask(prove_growth(sqlite_world, 0).text, log_key).size
    fork = make_world(tmp_path / "fork", None, Clock())
    fork.log_key_file.write_bytes(sqlite_world.log_key_file.read_bytes())
    for _ in range(2):
        something_happens(fork)
    forged = prove_growth(fork, size)
    fork.database.close()
    with pytest.raises(Refused, match="did not grow out of"):
        ask(forged.text, log_key)
    something_happens(sqlite_world)
    assert ask(prove_growth(sqlite_world, size).text, log_key).size > size


def test_only_the_next_step_of_the_right_log_is_cosigned(
    sqlite_world: World, tmp_path: Path, ask: Witness
) -> None:
    """A witness that takes an older proof, another log's key or a damaged request witnesses nothing."""
    log_key = something_happens(sqlite_world)
    first = prove_growth(sqlite_world, 0).text
    size = ask(first, log_key).size
    something_happens(sqlite_world)
    stranger = make_world(tmp_path / "stranger", None, Clock())
    strange_key = something_happens(stranger)
    stranger.database.close()
    good = prove_growth(sqlite_world, size).text
    for request, key, words in (
        (first, log_key, f"since {size}"),
        (good, strange_key, "is a checkpoint of"),
        (good.replace("old", "new", 1), log_key, "ledger proof --since"),
        (good.replace("\n\n", "\n", 1), log_key, "ledger proof --since"),
        ("", log_key, "ledger proof --since"),
    ):
        with pytest.raises(Refused, match=words):
            ask(request, key)
    ask(good, log_key)


# C2SP tlog-witness, "Example request body"
THEIR_REQUEST = (
    "old 20852014\n"
    "PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=\n"
    "jrJZDmY8Y7SyJE0MWLpLozkIVMSMZcD5kvuKxPC3swk=\n"
    "5+pKlUdi2LeF/BcMHBn+Ku6yhPGNCswZZD1X/6QgPd8=\n"
    "/6WVhPs2CwSsb5rYBH5cjHV/wSmA79abXAwhXw3Kj/0=\n\n"
    "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n\n"
    "\u2014 example.com/behind-the-sofa "
    "Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=\n"
    "\u2014 example.com/behind-the-sofa "
    "opLqBQsREYCgu6xQkYQwJr9fo45a62DN9EdmHXnZdXNqlcVGlCum2Wks+49/V6267UEjw6QUXTS5Rovnzv++qbSzm9Q=\n"
)


def test_the_published_request_is_read_and_each_refusal_has_its_status(
    sqlite_world: World, ask: Witness, tmp_path: Path
) -> None:
    """Another log's program could otherwise not ask, or not understand the answer."""
    log_key = something_happens(sqlite_world)
    stranger = create_log_key(tmp_path / "stranger", "example.com/behind-the-sofa").verifier.text
    good = prove_growth(sqlite_world, 0).text
    size = ask(good, log_key).size
    for request, key, status, told in (
        (THEIR_REQUEST, stranger, 403, None),
        (THEIR_REQUEST, log_key, 404, None),
        (good.replace("old 0", "old 00"), log_key, 400, None),
        (good.replace("old 0", f"old {size + 1}"), log_key, 400, None),
        (good, log_key, 409, size),
        ("old 1\n" + "PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=\n" * 64 + "\n" + good, log_key, 400, None),
    ):
        with pytest.raises(NotWitnessed) as refused:
            ask(request, key)
        assert (refused.value.status, refused.value.size) == (status, told)
    something_happens(sqlite_world)
    wrong = prove_growth(sqlite_world, size).text.split("\n", 2)[0] + "\n\n" + good.partition("\n\n")[2]
    longer = prove_growth(sqlite_world, 1).text
    for request, status in ((wrong, 200), (longer.replace("old 1\n", f"old {size}\n"), 422)):
        if status == 200:
            assert ask(request, log_key).size == size  # the same again, which needs no proof
            continue
        with pytest.raises(NotWitnessed) as refused:
            ask(request, log_key)
        assert refused.value.status == status


def test_a_state_or_key_that_cannot_be_read_stops_the_witness(
    sqlite_world: World, tmp_path: Path, ask: Witness
) -> None:
    """Beginning anew from nothing would cosign any history."""
    log_key = something_happens(sqlite_world)
    ask(prove_growth(sqlite_world, 0).text, log_key)
    state = tmp_path / "witness" / "state"
    name = read_verifier(log_key).name
    for text in ("{", '{"origin": "another", "size": 1, "root": ""}'):
        state.write_text(text)
        with pytest.raises(Refused, match=r"restore|another"):
            last_witnessed_size(state, log_key)
    (tmp_path / "witness" / "key").write_text("{}")
    with pytest.raises(KeysError):
        witness_key(tmp_path / "witness" / "key", name)
    with pytest.raises(KeysError, match="name"):
        witness_key(tmp_path / "new", "a name")


def test_the_commands_lead_to_the_witness_and_back(
    sqlite_world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What one command prints, the next one takes."""
    something_happens(sqlite_world)
    monkeypatch.setenv("CLEARINGHOUSE_HOME", str(sqlite_world.log_key_file.parent.parent))
    monkeypatch.setenv(
        "CLEARINGHOUSE_DATABASE_URL", sqlite_world.database.engine.url.render_as_string(hide_password=False)
    )

    def said(*words: str, status: int = 0) -> str:
        assert main(words) == status
        return capsys.readouterr().out

    key = said("ledger", "checkpoint", "--key").strip()
    files = ("--key", str(tmp_path / "w.key"), "--state", str(tmp_path / "w.state"))
    since = said("witness", key, *files, "--last").strip()
    monkeypatch.setattr("sys.stdin", io.StringIO(said("ledger", "proof", "--since", since)))
    cosigned = said("witness", key, *files)
    assert verified(read_note(cosigned), [read_verifier(key)])
    (tmp_path / "kept").write_text(cosigned)
    verdict = said("ledger", "verify", "--checkpoint", str(tmp_path / "kept"))
    assert "agrees with 2 checkpoints" in verdict
    assert "0 events came after" in verdict
    origin, size, root, rest = cosigned.split("\n", 3)
    (tmp_path / "kept").write_text(f"{origin}\n{size}\n{'A' * len(root.rstrip('='))}=\n{rest}")
    assert root.endswith("=")
    assert "fault" in said("ledger", "verify", "--checkpoint", str(tmp_path / "kept"), status=1)
    said("ledger", "proof", "01a20000-0000-7000-8000-000000000000", status=1)
