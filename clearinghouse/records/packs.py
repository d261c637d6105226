"""Packs for regulators: what each may disclose, who prepared and approved it, and the file until it is collected."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import JSON, ForeignKey, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from clearinghouse.protocol.vocabulary import Body
from clearinghouse.records.base import Base, Row
from clearinghouse.records.sealed import Compartment, Sealed


class PackState(StrEnum):
    """How far a pack has come."""

    PREPARED = "prepared"
    APPROVED = "approved"
    READY = "ready"
    CONFIRMED = "confirmed"
    REVOKED = "revoked"
    EXPIRED = "expired"

    @property
    def words(self) -> str:
        """The state as screens name it."""
        return {
            "prepared": "Waits for a second audit officer",
            "approved": "Approved, being made",
            "ready": "Ready to be collected",
            "confirmed": "Collected and confirmed",
            "revoked": "Revoked",
            "expired": "Expired",
        }[self.value]


class PackPurpose(StrEnum):
    """What for a body is shown what was done."""

    ESCALATION = "escalation"
    AUDIT = "audit"
    INSPECTION = "inspection"
    ASSURANCE = "assurance"

    @property
    def words(self) -> str:
        """The purpose as screens name it."""
        return {
            "escalation": "To decide on an escalation",
            "audit": "For an audit",
            "inspection": "For an inspection",
            "assurance": "To see that the protocol is kept",
        }[self.value]


class Pack(Row):
    """One pack. `version` counts up with every change of what it may disclose, and an approval is of one version.

    `lease_until` and `lease` belong to the clock that is building it; `built` of `events` says how far it is. `key_id`
    is the recipient's key when it was prepared, to which it is encrypted; None where they had none.
    """

    __tablename__ = "packs"

    reference: Mapped[str] = mapped_column(String(20), unique=True)
    state: Mapped[PackState] = mapped_column(index=True)
    version: Mapped[int]
    purpose: Mapped[PackPurpose]
    body: Mapped[Body]
    recipient_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"), index=True)
    expires_on: Mapped[date]
    subjects: Mapped[list[str]] = mapped_column(JSON)
    prepared_by: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    prepared_at: Mapped[datetime]
    approved_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    approved_at: Mapped[datetime | None]
    lease_until: Mapped[datetime | None]
    lease: Mapped[int] = mapped_column(default=0)
    events: Mapped[int] = mapped_column(default=0)
    built: Mapped[int] = mapped_column(default=0)
    built_at: Mapped[datetime | None]
    digest: Mapped[bytes | None] = mapped_column(LargeBinary())
    size: Mapped[int] = mapped_column(default=0)
    collected: Mapped[int] = mapped_column(default=0)
    key_id: Mapped[UUID | None] = mapped_column(ForeignKey("pack_keys.id"))
    ended_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    ended_at: Mapped[datetime | None]


class PackKey(Row):
    """A key that a recipient made, to which their packs are encrypted. A person has one that has not ended, or none."""

    __tablename__ = "pack_keys"

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"), index=True)
    public: Mapped[bytes] = mapped_column(LargeBinary())
    given_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class PackCase(Base):
    """A case that a pack is about, and the number of the last event of which anything is shown."""

    __tablename__ = "pack_cases"

    pack_id: Mapped[UUID] = mapped_column(ForeignKey("packs.id"), primary_key=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), primary_key=True, index=True)
    shown_to: Mapped[int]


class PackPart(Row):
    """One stretch of the built file, in base64; taken away once it is collected, expired or revoked."""

    __tablename__ = "pack_parts"
    __table_args__ = (UniqueConstraint("pack_id", "number"),)

    pack_id: Mapped[UUID] = mapped_column(ForeignKey("packs.id"))
    number: Mapped[int]
    content_sealed: Mapped[bytes | None]
    content = Sealed(Compartment.PACKS, subject="pack_id", ledgered=False)
