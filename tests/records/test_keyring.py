"""Data keys in the database: made once, read together, destroyed for good; and what a sealed attribute refuses."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from sqlalchemy import event, func, select

from clearinghouse.access.roles import OPERATOR, Role
from clearinghouse.casework.world import Work, World
from clearinghouse.records import keyring
from clearinghouse.records.base import new_id
from clearinghouse.records.cases import Source
from clearinghouse.records.forms import Draft
from clearinghouse.records.keyring import (
    EMPTY,
    DataKeyRow,
    Tombstone,
    destroy_key,
    forget_destroyed,
    keyring_of,
    seal_name,
)
from clearinghouse.records.sealed import Gone
from clearinghouse.vault.digests import digest
from clearinghouse.vault.errors import Destroyed, SealBroken
from clearinghouse.vault.sealing import Place
from tests.factories.people import person

SUBJECT, OTHER, ROW = UUID(int=1), UUID(int=2), UUID(int=3)
PLACE = Place("sources", "name_sealed", "drafts", SUBJECT, ROW)


@pytest.fixture
def work(world: World) -> Iterator[Work]:
    """A work that is taken back at its end."""
    with world.reading(OPERATOR) as found:
        yield found


def keys(work: Work) -> int:
    return work.session.scalars(
        select(func.count()).select_from(DataKeyRow).where(DataKeyRow.compartment == "drafts")
    ).one()


def test_a_value_is_sealed_and_its_digest_waits_for_an_event(work: Work) -> None:
    """A value without its digest in the ledger could be put back to what it was; bookkeeping has none."""
    ring = keyring_of(work.session)
    sealed = ring.seal(PLACE, b"some words")
    assert ring.open(PLACE, sealed) == b"some words"
    assert ring.seals == {f"sources/{ROW}/name_sealed": digest(sealed).hex()}
    assert seal_name("sources", ROW, "name_sealed") in ring.seals
    ring.seal(PLACE, b"other words", ledgered=False)
    assert ring.seals == {f"sources/{ROW}/name_sealed": digest(sealed).hex()}
    assert len(ring.seal(PLACE, b"", at_least=5000, ledgered=False)) > 8000
    row = work.session.scalars(select(DataKeyRow).where(DataKeyRow.subject_id == SUBJECT)).one()
    assert (row.compartment, row.made_at, ring.has_key_of(sealed)) == ("drafts", work.now, True)


def test_many_keys_are_made_and_read_in_few_queries(work: Work, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work for thousands of streams would ask thousands of times; or make a second key, and lose the first."""
    monkeypatch.setattr(keyring, "_IN_ONE_QUERY", 2)
    subjects, ring = [UUID(int=number) for number in range(10, 15)], keyring_of(work.session)
    ring.hold(subjects, "drafts")
    assert keys(work) == 0
    ring.hold(subjects, "drafts", make=True)
    assert keys(work) == 5
    said: list[str] = []

    def hear(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        said.append(statement)

    engine = work.session.get_bind()
    event.listen(engine, "before_cursor_execute", hear)
    ring.hold(subjects, "drafts", make=True)
    sealed = [ring.seal(PLACE._replace(subject=each), b"", ledgered=False) for each in subjects]
    event.remove(engine, "before_cursor_execute", hear)
    assert said == []
    for each, value in zip(subjects, sealed, strict=True):
        assert ring.open(PLACE._replace(subject=each), value) == b""
    ring.hold([*subjects, OTHER], "drafts", make=True)
    assert keys(work) == 6


def test_what_was_destroyed_opens_and_is_sealed_no_more(work: Work) -> None:
    """Its tombstone says whose it was, when, and by which review."""
    ring, review = keyring_of(work.session), new_id()
    sealed = ring.seal(PLACE, b"words", ledgered=False)
    key = destroy_key(work.session, SUBJECT, "drafts", at=work.now, review_id=review)
    stone = work.session.get_one(Tombstone, key)
    said = (stone.subject_id, stone.compartment, stone.renewed, stone.destroyed_at, stone.review_id)
    assert said == (SUBJECT, "drafts", False, work.now, review)
    row = work.session.get_one(DataKeyRow, key)
    assert (row.wrapped, row.commitment, row.epoch, stone.scrubbed_at) == (EMPTY, EMPTY, 0, None)
    assert not ring.has_key_of(sealed)
    for attempt in (lambda: ring.open(PLACE, sealed), lambda: ring.seal(PLACE, b"more")):
        with pytest.raises(Destroyed, match=r"^its key was destroyed$") as refused:
            attempt()
        assert refused.value.at == work.now
    assert destroy_key(work.session, SUBJECT, "drafts", at=work.now) is None


def test_what_was_never_sealed_is_destroyed_before_it_is(work: Work) -> None:
    """Somebody could write after the destruction, where nothing had been written yet."""
    assert destroy_key(work.session, SUBJECT, "drafts", at=work.now) is not None
    with pytest.raises(Destroyed):
        keyring_of(work.session).seal(PLACE, b"words")


def test_what_goes_on_has_another_key_after_it(work: Work) -> None:
    """A person's drafts go when they leave, and they may come back."""
    ring = keyring_of(work.session)
    assert destroy_key(work.session, SUBJECT, "drafts", at=work.now, renewed=True) is None
    assert keys(work) == 0
    sealed = ring.seal(PLACE, b"words", ledgered=False)
    key = destroy_key(work.session, SUBJECT, "drafts", at=work.now, renewed=True)
    stone = work.session.get_one(Tombstone, key)
    assert (stone.renewed, stone.review_id, keys(work)) == (True, None, 0)
    assert ring.open(PLACE, ring.seal(PLACE, b"later", ledgered=False)) == b"later"
    with pytest.raises(Destroyed):
        ring.open(PLACE, sealed)


def test_a_value_under_no_key_says_so(work: Work) -> None:
    ring = keyring_of(work.session)
    sealed = ring.seal(PLACE, b"words", ledgered=False)
    strange = sealed[:2] + new_id().bytes + sealed[18:]
    assert not ring.has_key_of(strange)
    with pytest.raises(SealBroken, match=r"^the value names a key that is not there$"):
        ring.open(PLACE, strange)


def test_destroyed_keys_are_forgotten_from_the_last_look_on(work: Work) -> None:
    """A process that goes on opening what was destroyed elsewhere keeps it after all."""
    vault, ring = work.world.vault, keyring_of(work.session)

    def look() -> None:
        vault._looked = None  # more than a second later
        forget_destroyed(work.session, vault)

    look()
    before = vault.forgotten_to
    sealed = ring.seal(PLACE, b"words", ledgered=False)
    destroy_key(work.session, SUBJECT, "drafts", at=work.now)
    assert vault.opened_before(sealed) is not None
    look()
    assert (before, vault.forgotten_to) == (None, work.now)
    second = ring.seal(PLACE._replace(subject=OTHER), b"words", ledgered=False)
    late = work.now - timedelta(minutes=59)
    destroy_key(work.session, OTHER, "drafts", at=late)
    look()
    assert vault.opened_before(second) is None


def test_a_row_outside_a_work_seals_nothing() -> None:
    with pytest.raises(LookupError) as refused:
        keyring_of(None)
    assert refused.value.args == ("add the row to a unit of work before its sealed values are set or read",)


def test_a_sealed_text_is_neither_emptied_nor_compared(sqlite_world: World) -> None:
    """What was said would be gone without a trace; and a query that compares would find nothing, ever."""
    associate = person(sqlite_world, Role.ASSOCIATE)
    with sqlite_world.unit_of_work(associate) as work:
        draft = work.add(Draft(user_id=associate.id, form="concern", saved_at=work.now))
        draft.answers = ""
        assert (draft.answers, draft.answers_sealed) == ("", None)
        draft.answers = "half a sentence"
        assert draft.answers == "half a sentence"
        with pytest.raises(ValueError, match=r"^a sealed text is corrected, not emptied$"):
            draft.answers = ""
        draft.answers = "a whole one"
        assert draft.answers == "a whole one"
    with pytest.raises(TypeError) as refused:
        _ = Source.name == "Jo Bright"
    assert str(refused.value) == (
        "a sealed value cannot be compared in a query; nothing of it stands in the database"
    )


def test_what_was_destroyed_says_on_which_day_in_england() -> None:
    late = datetime(2026, 6, 30, 23, 30, tzinfo=UTC)
    assert Gone.since(late) == "Destroyed on 1 July 2026"
