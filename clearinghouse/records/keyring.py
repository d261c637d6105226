"""Data keys as rows, and the keyring of one session, which seals and opens values and remembers what was sealed."""

from collections.abc import Collection, Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy import UniqueConstraint, func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, Session

from clearinghouse.records.base import Row, new_id
from clearinghouse.vault.digests import digest
from clearinghouse.vault.errors import SealBroken
from clearinghouse.vault.sealing import DataKey, Place, Vault, WrappedKey, key_of

_KEYRING = "keyring"
_IN_ONE_QUERY = 500
_STORED = ("id", "subject_id", "compartment", "epoch", "wrapped", "commitment")


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


class Keyring:
    """The keys of one session. `seals` holds the digests of sealed values that no ledger event carries yet."""

    def __init__(self, session: Session, vault: Vault, now: datetime) -> None:
        self._session = session
        self._vault = vault
        self._now = now
        self.seals: dict[str, str] = {}
        self._held: dict[tuple[UUID, str], DataKeyRow] = {}

    def hold(self, subjects: Collection[UUID], compartment: str, *, make: bool = False) -> None:
        """Read the keys of many subjects in few queries, for work that seals or opens something of each of them.

        Where `make` is set, keys that are missing are made.
        """
        wanted = {subject for subject in subjects if (subject, compartment) not in self._held}
        with self._session.no_autoflush:
            self._read(wanted, compartment)
            missing = [subject for subject in wanted if (subject, compartment) not in self._held]
            if make and missing:
                self._make(missing, compartment)
                self._read(missing, compartment)

    def seal(self, place: Place, plain: bytes, *, ledgered: bool = True, at_least: int = 0) -> bytes:
        """Seal a value for its place; its digest waits for the event that will carry it, unless it is bookkeeping.

        `at_least` is a length that it is padded to.
        """
        sealed = self._key_for(place.subject, place.compartment).seal(plain, place, at_least)
        if ledgered:
            self.seals[seal_name(place.table, place.row, place.column)] = digest(sealed).hex()
        return sealed

    def open(self, place: Place, sealed: bytes) -> bytes:
        """Open a value. Raises SealBroken where it, its key or its place is not as it was sealed."""
        row = self._session.get(DataKeyRow, key_of(sealed))
        if row is None:
            raise SealBroken("the value names a key that is not there")
        return self._opened(row).open(sealed, place)

    def has_key_of(self, sealed: bytes) -> bool:
        """Whether the key that the value names is still there; it may have been destroyed."""
        return self._session.get(DataKeyRow, key_of(sealed)) is not None

    def _key_for(self, subject: UUID, compartment: str) -> DataKey:
        self.hold((subject,), compartment, make=True)
        return self._opened(self._held[subject, compartment])

    def _read(self, subjects: Iterable[UUID], compartment: str) -> None:
        waiting = list(subjects)
        for start in range(0, len(waiting), _IN_ONE_QUERY):
            some = DataKeyRow.subject_id.in_(waiting[start : start + _IN_ONE_QUERY])
            for row in self._session.scalars(
                select(DataKeyRow).where(some, DataKeyRow.compartment == compartment)
            ):
                self._held[row.subject_id, compartment] = row

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

    def _opened(self, row: DataKeyRow) -> DataKey:
        return self._vault.data_key(
            WrappedKey(row.id, row.subject_id, row.compartment, row.epoch, row.wrapped, row.commitment)
        )


def keys_by_epoch(session: Session) -> dict[int, int]:
    """How many data keys are wrapped under each epoch."""
    query = select(DataKeyRow.epoch, func.count()).group_by(DataKeyRow.epoch).order_by(DataKeyRow.epoch)
    return {row[0]: row[1] for row in session.execute(query)}


def rewrap_batch(session: Session, vault: Vault, most: int) -> int:
    """Wrap up to `most` data keys of other epochs under the current one. Returns how many were of another epoch.

    Each is replaced only where it still is what was read: who destroys or rewraps it meanwhile wins.
    """
    current = vault.current_epoch
    rows = session.execute(
        select(*(getattr(DataKeyRow, name) for name in _STORED))
        .where(DataKeyRow.epoch != current)
        .order_by(DataKeyRow.id)
        .limit(most)
    ).all()
    for row in rows:
        new = vault.rewrapped(WrappedKey(*row))
        unchanged = (
            DataKeyRow.id == row.id,
            DataKeyRow.epoch == row.epoch,
            DataKeyRow.wrapped == row.wrapped,
        )
        session.execute(update(DataKeyRow).where(*unchanged).values(epoch=new.epoch, wrapped=new.wrapped))
    return len(rows)


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
