"""What a sealed value withstands: being moved, altered, measured, or opened with another key."""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID, uuid4

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from clearinghouse.vault.errors import KeysError, SealBroken
from clearinghouse.vault.packing import pad, pae, unpad
from clearinghouse.vault.providers import KeyFile
from clearinghouse.vault.sealing import Apart, DataKey, Place, Vault, key_of

INSTALLATION = UUID("018f0000-0000-7000-8000-000000000001")
PLACE = Place("sources", "name_sealed", "source", uuid4(), uuid4())
TEXT = b"Jo Bright"


def keys(*epochs: int) -> KeyFile:
    return KeyFile(INSTALLATION, max(epochs), {epoch: bytes([epoch]) * 32 for epoch in epochs}, bytes(32))


@pytest.fixture
def vault() -> Vault:
    return Vault(keys(1), INSTALLATION)


def test_a_value_opens_where_it_was_sealed_and_names_its_key(vault: Vault) -> None:
    stored = vault.new_key(uuid4(), PLACE.subject, PLACE.compartment)
    sealed = vault.data_key(stored).seal(TEXT, PLACE)
    assert Vault(keys(1), INSTALLATION).data_key(stored).open(sealed, PLACE) == TEXT
    assert key_of(sealed) == stored.id
    assert TEXT not in sealed


@pytest.mark.parametrize(
    "moved",
    [
        {"row": uuid4()},
        {"subject": uuid4()},
        {"table": "users"},
        {"column": "contact_sealed"},
        {"compartment": "concern"},
        # The same letters divided otherwise between table and column.
        {"table": "sourcesn", "column": "ame_sealed"},
    ],
)
def test_a_value_moved_elsewhere_does_not_open(vault: Vault, moved: dict[str, object]) -> None:
    key = vault.data_key(vault.new_key(uuid4(), PLACE.subject, PLACE.compartment))
    with pytest.raises(SealBroken):
        key.open(key.seal(TEXT, PLACE), PLACE._replace(**moved))  # type: ignore[arg-type]  # as parametrized


def test_a_value_of_another_installation_does_not_open(vault: Vault) -> None:
    stored = vault.new_key(uuid4(), PLACE.subject, PLACE.compartment)
    sealed = vault.data_key(stored).seal(TEXT, PLACE)
    with pytest.raises(SealBroken):
        Vault(keys(1), uuid4()).data_key(stored).open(sealed, PLACE)


def test_no_byte_of_a_sealed_value_can_change(vault: Vault) -> None:
    key = vault.data_key(vault.new_key(uuid4(), PLACE.subject, PLACE.compartment))
    sealed = key.seal(TEXT, PLACE)
    for place in range(len(sealed)):
        changed = sealed[:place] + bytes([sealed[place] ^ 1]) + sealed[place + 1 :]
        with pytest.raises(SealBroken):
            key.open(changed, PLACE)
    for cut in range(len(sealed)):
        with pytest.raises(SealBroken):
            key.open(sealed[:cut], PLACE)


def test_the_same_text_sealed_twice_shows_nothing_of_it(vault: Vault) -> None:
    key = vault.data_key(vault.new_key(uuid4(), PLACE.subject, PLACE.compartment))
    assert key.seal(TEXT, PLACE)[18:] != key.seal(TEXT, PLACE)[18:]


@pytest.mark.parametrize("changed", ["id", "subject", "compartment", "epoch", "wrapped", "commitment"])
def test_a_stored_key_with_anything_changed_does_not_open(vault: Vault, changed: str) -> None:
    stored = vault.new_key(uuid4(), PLACE.subject, PLACE.compartment)
    other = vault.new_key(uuid4(), uuid4(), "concern")
    value = 2 if changed == "epoch" else getattr(other, changed)
    both = Vault(keys(1, 2), INSTALLATION)
    with pytest.raises(SealBroken):
        both.data_key(replace(stored, **{changed: value}))


def test_a_key_of_an_epoch_that_is_not_held_says_which() -> None:
    stored = Vault(keys(2), INSTALLATION).new_key(uuid4(), PLACE.subject, PLACE.compartment)
    with pytest.raises(KeysError, match="epoch 2"):
        Vault(keys(1), INSTALLATION).data_key(stored)


@pytest.mark.parametrize(
    ("length", "padded"),
    [
        (0, 64),
        (60, 64),
        (61, 128),
        (124, 128),
        (4092, 4096),
        (4093, 8192),
        (8188, 8192),
        (8189, 12288),
        (20_000, 20_480),
    ],
)
def test_a_sealed_text_shows_only_the_bucket_of_its_length(length: int, padded: int) -> None:
    text = b"x" * length
    assert (len(pad(text)), unpad(pad(text))) == (padded, text)


@pytest.mark.parametrize("broken", [b"", b"\0\0\0", b"\0\0\0\5four", b"\xff\xff\xff\xff" + bytes(60)])
def test_padding_that_does_not_fit_is_refused(broken: bytes) -> None:
    with pytest.raises(SealBroken):
        unpad(broken)


def test_no_two_lists_of_parts_are_packed_alike() -> None:
    lists = [(), (b"",), (b"", b""), (b"ab",), (b"a", b"b"), (b"", b"ab"), (b"ab", b"")]
    assert len({pae(*parts) for parts in lists}) == len(lists)


def test_a_part_opens_at_its_own_place_alone_and_shows_no_length(vault: Vault) -> None:
    """The second page of a letter could stand for the first, or the last be cut off unseen."""
    key = vault.data_key(vault.new_key(uuid4(), PLACE.subject, PLACE.compartment))
    part = PLACE._replace(part=b"1 of 3")
    sealed = key.seal(b"page", part, at_least=4096)
    assert key.open(sealed, part) == b"page"
    assert len(sealed) == len(key.seal(b"p" * 4092, part, at_least=4096))
    for other in (PLACE, PLACE._replace(part=b"2 of 3")):
        with pytest.raises(SealBroken):
            key.open(sealed, other)


KEY, SUBJECT, ROW = UUID(int=1), UUID(int=2), UUID(int=3)
FIXED = Place("sources", "name_sealed", "source", SUBJECT, ROW)


def derived(purpose: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=purpose).derive(bytes(32))


@pytest.mark.parametrize("part", [b"", b"1 of 3"])
def test_a_value_is_sealed_as_it_always_was(part: bytes) -> None:
    """What was sealed years ago is opened by these bytes: version, key, nonce, and what it is bound to."""
    place = FIXED._replace(part=part)
    sealed = DataKey(KEY, bytes(32), INSTALLATION).seal(TEXT, place)
    assert sealed[:18] == b"\1\1" + KEY.bytes
    parts = [
        b"clearinghouse/field/v1",
        sealed[:18],
        INSTALLATION.bytes,
        b"sources",
        b"name_sealed",
        b"source",
    ]
    parts += [SUBJECT.bytes, ROW.bytes, *([part] if part else [])]
    bound = len(parts).to_bytes(8, "little")
    bound += b"".join(len(each).to_bytes(8, "little") + each for each in parts)
    opened = AESGCM(derived(b"clearinghouse/encrypt/v1")).decrypt(sealed[18:30], sealed[30:], bound)
    assert opened == b"\0\0\0\x09Jo Bright".ljust(64, b"\0")
    assert pae(*parts) == bound
    assert pae(b"x" * 300)[:16] == b"\1\0\0\0\0\0\0\0\x2c\1\0\0\0\0\0\0"


def test_a_data_key_is_wrapped_as_it_always_was() -> None:
    """A key that is bound to other bytes than before does not unwrap, and all that it sealed is lost."""
    vault = Vault(keys(1, 3), INSTALLATION)
    stored = vault.new_key(KEY, SUBJECT, "source")
    assert (stored.id, stored.subject, stored.compartment, stored.epoch) == (KEY, SUBJECT, "source", 3)
    context = bytes.fromhex(
        "05000000000000001400000000000000636c656172696e67686f7573652f64656b2f7631"
        "10000000000000000000000000000000000000000000000110000000000000000000000000000000000000000000000206"
        "00000000000000736f75726365040000000000000000000003"
    )
    assert len(keys(3).unwrap(3, stored.wrapped, context)) == 32
    fixed = replace(
        stored,
        wrapped=keys(3).wrap(3, bytes(32), context),
        commitment=derived(b"clearinghouse/commit/v1"),
    )
    sealed = vault.data_key(fixed).seal(TEXT, FIXED)
    moved = vault.rewrapped(fixed, 1)
    assert (moved.epoch, moved.commitment, moved.id) == (1, fixed.commitment, KEY)
    assert Vault(keys(1), INSTALLATION).data_key(moved).open(sealed, FIXED) == TEXT
    with pytest.raises(SealBroken, match=r"^a data key does not fit its commitment$"):
        vault.data_key(replace(fixed, commitment=bytes(32)))


def test_what_does_not_open_says_why(vault: Vault) -> None:
    """Verification hands these words to the operator."""
    key = vault.data_key(vault.new_key(KEY, SUBJECT, "source"))
    sealed = key.seal(TEXT, FIXED)
    for broken, words in (
        (sealed[:-1], "the value was altered or moved"),
        (b"\1\2" + sealed[2:], "the value names another key or format"),
        (b"", "the value names another key or format"),
    ):
        with pytest.raises(SealBroken) as refused:
            key.open(broken, FIXED)
        assert str(refused.value) == words
    for broken in (b"\1\2" + sealed[2:], sealed[:29], b""):
        with pytest.raises(SealBroken, match=r"^the value has an unknown version or suite$"):
            key_of(broken)
    assert key_of(sealed[:30]) == KEY
    with pytest.raises(SealBroken, match=r"^the padding does not fit$"):
        unpad(b"\0\0\0\5four")
    assert unpad(b"\0\0\0\4four") == b"four"


def test_few_opened_keys_are_remembered_and_the_destroyed_ones_not(
    vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A process would hold every key that it ever opened, or one that was destroyed."""
    monkeypatch.setattr("clearinghouse.vault.sealing._CACHED_KEYS", 2)
    stored = [vault.new_key(UUID(int=number), SUBJECT, "source") for number in range(3)]
    values = [vault.data_key(each).seal(TEXT, FIXED) for each in stored[:2]]
    assert vault.data_key(stored[0]) is vault.opened_before(values[0])
    vault.data_key(stored[2])
    assert vault.opened_before(values[0]) is not None
    assert vault.opened_before(values[1]) is None
    at = datetime(2026, 11, 23, tzinfo=UTC)
    vault.forget([stored[0].id, stored[1].id], at)
    assert (vault.opened_before(values[0]), vault.forgotten_to) == (None, at)


def test_it_is_time_to_look_once_a_second(vault: Vault, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each request would ask the database, or none for minutes."""
    now = [5.0]
    monkeypatch.setattr("clearinghouse.vault.sealing.monotonic", lambda: now[0])
    looked = []
    for instant in (5.0, 5.9, 6.0, 6.5, 7.1):
        now[0] = instant
        looked.append(vault.looks_now())
    assert looked == [True, False, True, False, True]


def test_compartments_apart_have_their_own_keys() -> None:
    """Sources of before stay under the ordinary key until they are brought over, and of later ones none is."""
    own, ordinary = keys(3), keys(1, 2)
    vault = Vault(ordinary, INSTALLATION, {"source": Apart(own, 3)})
    before = Vault(ordinary, INSTALLATION).new_key(KEY, SUBJECT, "source")
    assert (vault.current_epoch("source"), vault.current_epoch("concern")) == (3, 2)
    assert vault.compartments_apart == {"source"}
    vault.data_key(before)
    made = vault.new_key(UUID(int=9), SUBJECT, "source")
    assert made.epoch == vault.rewrapped(before, 3).epoch == 3
    vault.data_key(made)
    with pytest.raises(KeysError, match="epoch 3"):
        Vault(ordinary, INSTALLATION).data_key(made)
