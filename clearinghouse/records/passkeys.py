"""Passkeys: what a person's own devices prove themselves by; and questions at sign-in that wait for an answer."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from clearinghouse.records.base import Base, Row
from clearinghouse.records.sealed import Compartment, Sealed


class Passkey(Row):
    """A person's passkey. `refused_at` is when its counter went back: from then on it opens nothing.

    Its public key is no secret, and is sealed so that nobody who writes to the database puts in their own. The row
    stays when its owner removes it: the ledger's entries name it.
    """

    __tablename__ = "passkeys"

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"), index=True)
    credential: Mapped[bytes] = mapped_column(unique=True)
    sign_count: Mapped[int]
    key_sealed: Mapped[bytes | None]
    key = Sealed(Compartment.ACCOUNT, subject="user_id")
    name_sealed: Mapped[bytes | None]
    name = Sealed(Compartment.ACCOUNT, subject="user_id")
    made_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    refused_at: Mapped[datetime | None]
    removed_at: Mapped[datetime | None]


class SignInQuestion(Base):
    """The challenge that waits for one browser's answer. `holder` is a digest of what only that browser has."""

    __tablename__ = "sign_in_questions"

    holder: Mapped[bytes] = mapped_column(primary_key=True)
    challenge: Mapped[bytes]
    expires_at: Mapped[datetime] = mapped_column(index=True)
