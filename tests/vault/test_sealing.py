"""What a sealed value withstands: being moved, altered, measured, or opened with another key."""

from dataclasses import replace
from uuid import UUID, uuid4

import pytest

from clearinghouse.vault.errors import KeysError, SealBroken
from clearinghouse.vault.packing import pad, pae, unpad
from clearinghouse.vault.providers import KeyFile
from clearinghouse.vault.sealing import Place, Vault, key_of

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
