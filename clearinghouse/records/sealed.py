"""The sealed attribute of a row: text to the program, bytes bound to row, column and subject in the database."""

from datetime import datetime
from enum import StrEnum
from typing import Any, NoReturn, Self, overload
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy.orm import object_session

from clearinghouse.records.base import Row
from clearinghouse.records.keyring import keyring_of
from clearinghouse.vault.errors import Destroyed
from clearinghouse.vault.sealing import Place

_SUFFIX = "_sealed"
_ENGLAND = ZoneInfo("Europe/London")


class Compartment(StrEnum):
    """What is sealed apart, so that it can be opened, or destroyed, apart."""

    CONCERN = "concern"
    SOURCE = "source"
    CONVERSATIONS = "conversations"
    PEERS = "peers"
    MEETINGS = "meetings"
    BROKERAGE = "brokerage"
    PLANS = "plans"
    REGIONAL = "regional"
    ACCOUNT = "account"
    DRAFTS = "drafts"
    INSTALLATION = "installation"
    LEDGER = "ledger"
    PACKS = "packs"
    SUBJECT_ACCESS = "subject-access"
    SEARCHES = "searches"
    RETENTION = "retention"


class Gone(str):
    """What a sealed text reads as once its key was destroyed: words that say so, and when."""

    __slots__ = ()

    @classmethod
    def since(cls, at: datetime) -> "Gone":
        """The words, for what was destroyed at that instant."""
        day = at.astimezone(_ENGLAND)
        return cls(f"Destroyed on {day.day} {day:%B %Y}")


class Sealed:
    """A sealed text beside its `…_sealed` column of bytes. Empty text is stored as nothing; nothing reads as empty.

    `subject` names the row's attribute that holds whose data key seals it. `ledgered` is False for bookkeeping.
    """

    def __init__(self, compartment: Compartment, *, subject: str, ledgered: bool = True) -> None:
        self.compartment = compartment
        self.subject = subject
        self.ledgered = ledgered

    def __set_name__(self, owner: type[Any], name: str) -> None:
        self.column = name + _SUFFIX

    @overload
    def __get__(self, row: None, owner: type[Any]) -> Self: ...
    @overload
    def __get__(self, row: Row, owner: type[Any]) -> str: ...
    def __get__(self, row: Row | None, owner: type[Any]) -> Self | str:
        """Open the text, when and only when it is asked for. What was destroyed reads as Gone."""
        if row is None:
            return self
        sealed: bytes | None = getattr(row, self.column)
        if sealed is None:
            return ""
        try:
            return keyring_of(object_session(row)).open(self.place(row), sealed).decode()
        except Destroyed as destroyed:
            return Gone.since(destroyed.at)

    def __set__(self, row: Row, text: str) -> None:
        """Seal the text at once, under the key of the row's subject."""
        keyring = keyring_of(object_session(row))
        sealed = keyring.seal(self.place(row), text.encode(), ledgered=self.ledgered) if text else None
        if sealed is None and getattr(row, self.column) is not None:
            raise ValueError("a sealed text is corrected, not emptied")
        setattr(row, self.column, sealed)

    def place(self, row: Row) -> Place:
        """Where this attribute of this row belongs."""
        subject: UUID = getattr(row, self.subject)
        return Place(row.__tablename__, self.column, self.compartment, subject, row.id)

    def __eq__(self, other: object) -> NoReturn:
        raise TypeError("a sealed value cannot be compared in a query; nothing of it stands in the database")

    __hash__ = None  # type: ignore[assignment]  # what cannot be compared cannot be a key either
