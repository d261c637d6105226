"""Data keys as rows, and the keyring of one session, which seals and opens values and remembers what was sealed."""

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import UniqueConstraint, bindparam, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, Session, mapped_column

from clearinghouse.records.base import Base, Row, new_id
from clearinghouse.vault.digests import digest
from clearinghouse.vault.errors import Destroyed, SealBroken
from clearinghouse.vault.sealing import KEY_ID, DataKey, Place, Vault, WrappedKey, key_of

_KEYRING = "keyring"
_IN_ONE_QUERY = 500
_OF_STREAMS = "ledger"
_KEPT_LATE = timedelta(hours=1)  # a tombstone may be written so long before it is kept
EMPTY = b""
"""What stands in the place of a wrapped key that was destroyed."""


class DataKeyRow(Row):
    """A wrapped data key: one for each subject and compartment, so that each can be destroyed alone."""

    __tablename__ = "data_keys"
    __table_args__ = (UniqueConstraint("subject_id", "compartment"),)

    subject_id: Mapped[UUID]
    compartment: Mapped[str]
    epoch: Mapped[int]
    wrapped: Mapped[bytes]
    commitment: Mapped[bytes]
    made_at: Mapped[datetime]

    @property
    def stored(self) -> WrappedKey:
        """The key as the vault knows it."""
        return WrappedKey(
            self.id, self.subject_id, self.compartment, self.epoch, self.wrapped, self.commitment
        )


_KEYS = Base.metadata.tables[DataKeyRow.__tablename__]
_STORED = select(
    *(_KEYS.c[name] for name in ("id", "subject_id", "compartment", "epoch", "wrapped", "commitment"))
)
_NAMED = _STORED.where(_KEYS.c.id.in_(bindparam("ids", expanding=True)))
_OF_SUBJECTS = _STORED.where(
    _KEYS.c.compartment == bindparam("compartment"),
    _KEYS.c.subject_id.in_(bindparam("subjects", expanding=True)),
)
_LOCKED = _OF_SUBJECTS.order_by(_KEYS.c.subject_id).with_for_update(read=True, key_share=True)


class Tombstone(Row):
    """That a data key was destroyed: its id is the key's, which every value that it sealed still names.

    Where it was `renewed`, another key of the subject's compartment may be made: for what goes on, such as a person's
    drafts. Otherwise the key's row stays, empty, and nothing can be sealed there again. `scrubbed_at` is when its bytes
    were gone from the database's files too.
    """

    __tablename__ = "tombstones"

    subject_id: Mapped[UUID] = mapped_column(index=True)
    compartment: Mapped[str]
    renewed: Mapped[bool]
    destroyed_at: Mapped[datetime] = mapped_column(index=True)
    review_id: Mapped[UUID | None]
    scrubbed_at: Mapped[datetime | None]


class Keyring:
    """The keys of one session. `seals` holds the digests of sealed values that no ledger event carries yet."""

    def __init__(self, session: Session, vault: Vault, now: datetime) -> None:
        self._session = session
        self._vault = vault
        self._now = now
        self.seals: dict[str, str] = {}
        self._held: dict[tuple[UUID, str], WrappedKey] = {}
        self._kept: set[tuple[UUID, str]] = set()
        self._stored: dict[bytes, WrappedKey] = {}
        self._at_hand: dict[bytes, DataKey] = {}

    def hold(self, subjects: Collection[UUID], compartment: str, *, make: bool = False) -> None:
        """Read the keys of many subjects in few queries, for work that seals or opens something of each of them.

        Where `make` is set, keys that are missing are made, and nobody destroys one of them until the work ends.
        """
        known = self._kept if make else self._held.keys()
        wanted = {subject for subject in subjects if (subject, compartment) not in known}
        with self._session.no_autoflush:
            self._read(wanted, compartment, keep=make)
            missing = [subject for subject in wanted if (subject, compartment) not in self._held]
            if make and missing:
                self._make(missing, compartment)
                self._read(missing, compartment, keep=True)
        if make:
            self._kept |= {(subject, compartment) for subject in wanted}

    def drop(self, subject: UUID, compartment: str) -> None:
        """Forget a key that was destroyed or replaced in this work."""
        self._held.pop((subject, compartment), None)
        self._kept.discard((subject, compartment))
        self._stored.clear()
        self._at_hand.clear()

    def seal(self, place: Place, plain: bytes, *, ledgered: bool = True, at_least: int = 0) -> bytes:
        """Seal a value for its place; its digest waits for the event that will carry it, unless it is bookkeeping.

        `at_least` is a length that it is padded to.
        """
        sealed = self._key_for(place.subject, place.compartment).seal(plain, place, at_least)
        if ledgered:
            self.seals[seal_name(place.table, place.row, place.column)] = digest(sealed).hex()
        return sealed

    def open(self, place: Place, sealed: bytes) -> bytes:
        """Open a value.

        Raises SealBroken where it, its key or its place is not as it was sealed; Destroyed where its key was destroyed.
        """
        key = self._at_hand.get(sealed[KEY_ID])
        if key is None:
            stored = self._named_by(sealed)
            if stored is None or not stored.wrapped:
                raise self._why_gone(key_of(sealed))
            key = self._at_hand[sealed[KEY_ID]] = self._vault.data_key(stored)
        return key.open(sealed, place)

    def has_key_of(self, sealed: bytes) -> bool:
        """Whether the key that the value names is still there; it may have been destroyed."""
        stored = self._named_by(sealed)
        return stored is not None and bool(stored.wrapped)

    def _named_by(self, sealed: bytes) -> WrappedKey | None:
        """The stored key that a value names, read once in the session."""
        key_id = key_of(sealed)
        if key_id.bytes not in self._stored:
            for stored in stored_keys(self._session, [key_id]):
                self._stored[key_id.bytes] = stored
        return self._stored.get(key_id.bytes)

    def _why_gone(self, key_id: UUID) -> SealBroken:
        stone = self._session.get(Tombstone, key_id)
        return (
            Destroyed(stone.destroyed_at) if stone else SealBroken("the value names a key that is not there")
        )

    def _key_for(self, subject: UUID, compartment: str) -> DataKey:
        self.hold((subject,), compartment, make=True)
        stored = self._held[subject, compartment]
        if not stored.wrapped:
            raise self._why_gone(stored.id)
        return self._vault.data_key(stored)

    def _read(self, subjects: Iterable[UUID], compartment: str, *, keep: bool = False) -> None:
        waiting = list(subjects)
        if keep:
            self._at_hand.clear()
        # Whoever destroys what a stream's events say holds the stream, as every writer of an event does.
        lock = keep and compartment != _OF_STREAMS
        for start in range(0, len(waiting), _IN_ONE_QUERY):
            given = {"subjects": waiting[start : start + _IN_ONE_QUERY], "compartment": compartment}
            for row in self._session.execute(_LOCKED if lock else _OF_SUBJECTS, given):
                stored = WrappedKey(*row)
                self._held[stored.subject, compartment] = self._stored[stored.id.bytes] = stored

    def _make(self, subjects: Iterable[UUID], compartment: str) -> None:
        keys = [self._vault.new_key(new_id(), subject, compartment) for subject in subjects]
        values = [
            {
                "id": key.id,
                "subject_id": key.subject,
                "compartment": key.compartment,
                "epoch": key.epoch,
                "wrapped": key.wrapped,
                "commitment": key.commitment,
                "made_at": self._now,
            }
            for key in keys
        ]
        dialect = sqlite if self._session.get_bind().dialect.name == "sqlite" else postgresql
        # Two writers may need the same subject's first key at once; the second takes the first one's.
        self._session.execute(dialect.insert(DataKeyRow).on_conflict_do_nothing(), values)


def stored_keys(session: Session, ids: Collection[UUID]) -> Iterator[WrappedKey]:
    """The data keys of these ids, as they are stored."""
    return (WrappedKey(*row) for row in session.execute(_NAMED, {"ids": list(ids)}))


def destroy_key(
    session: Session,
    subject: UUID,
    compartment: str,
    *,
    at: datetime,
    review_id: UUID | None = None,
    renewed: bool = False,
) -> UUID | None:
    """Destroy the data key of a subject's compartment, and leave its tombstone. Returns its id, None where it is gone.

    Waits for whoever seals something under it just now. Unless it is `renewed`, nothing is ever sealed there again, be
    it that nothing has been yet.
    """
    keyring = keyring_of(session)
    if not renewed:
        keyring.hold((subject,), compartment, make=True)
    mine = (DataKeyRow.subject_id == subject, DataKeyRow.compartment == compartment)
    held = select(DataKeyRow).where(*mine).with_for_update().execution_options(populate_existing=True)
    row = session.scalars(held).one_or_none()
    if row is None or not row.wrapped:
        return None
    stone = Tombstone(
        id=row.id,
        subject_id=subject,
        compartment=compartment,
        renewed=renewed,
        destroyed_at=at,
        review_id=review_id,
    )
    session.add(stone)
    if renewed:
        session.delete(row)
    else:
        row.wrapped, row.commitment, row.epoch = EMPTY, EMPTY, 0
    session.flush()
    keyring.drop(subject, compartment)
    return stone.id


def forget_destroyed(session: Session, vault: Vault) -> None:
    """Take what was destroyed anywhere out of this process's memory; looked at once a second at most.

    Nothing waits for it: a key that is opened once more is read from its row first.
    """
    if not vault.looks_now():
        return
    query = select(Tombstone.id, Tombstone.destroyed_at).order_by(Tombstone.destroyed_at.desc())
    known = vault.forgotten_to
    query = query.limit(1) if known is None else query.where(Tombstone.destroyed_at > known - _KEPT_LATE)
    found = session.execute(query).all()
    if found:
        vault.forget({row.id for row in found}, found[0].destroyed_at)


def seal_name(table: str, row: UUID, column: str) -> str:
    """How a ledger event names the sealed value that it carries the digest of."""
    return f"{table}/{row}/{column}"


def hang_keyring(session: Session, keyring: Keyring) -> None:
    """Give the session its keys, for the sealed attributes of its rows."""
    session.info[_KEYRING] = keyring


def keyring_of(session: Session | None) -> Keyring:
    """The keys of the session that a row belongs to. Raises LookupError where the row belongs to none."""
    if session is None or _KEYRING not in session.info:
        raise LookupError("add the row to a unit of work before its sealed values are set or read")
    keyring: Keyring = session.info[_KEYRING]
    return keyring
