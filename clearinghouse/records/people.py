"""People, what they may do, what they are linked to, and how they sign in."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from clearinghouse.access.roles import Region, Role
from clearinghouse.records.base import Base, Row
from clearinghouse.records.sealed import Compartment, Sealed


class UserState(StrEnum):
    """How far a person's account has come."""

    INVITED = "invited"
    ACTIVE = "active"
    SUSPENDED = "suspended"


class LinkKind(StrEnum):
    """Why a person is walled off from an authority."""

    EMPLOYED = "employed"
    COUNCILLOR = "councillor"
    CONTRACTOR = "contractor"
    FAMILY = "family"
    DECLARED = "declared"

    @property
    def words(self) -> str:
        """The link as screens name it."""
        return {
            "employed": "Employed there, now or in the last four years",
            "councillor": "Councillor there, now or in the last four years",
            "contractor": "Contractor there",
            "family": "Family",
            "declared": "Another interest",
        }[self.value]


class User(Row):
    """A person who signs in. `email` is kept in lower case."""

    __tablename__ = "users"

    email: Mapped[str] = mapped_column(String(254), unique=True)
    name: Mapped[str]
    state: Mapped[UserState]
    made_at: Mapped[datetime]
    password_hash: Mapped[str | None]
    totp_sealed: Mapped[bytes | None]
    totp = Sealed(Compartment.ACCOUNT, subject="id")
    totp_last_step: Mapped[int] = mapped_column(default=0)
    last_seen_on: Mapped[date | None]


class Invitation(Row):
    """A one-time link by which a person joins, or comes back after a reset."""

    __tablename__ = "invitations"

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"), index=True)
    token_hash: Mapped[bytes] = mapped_column(unique=True)
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class RecoveryCode(Row):
    """One of ten one-use codes for a lost second factor; only its hash is kept."""

    __tablename__ = "recovery_codes"
    __table_args__ = (UniqueConstraint("user_id", "code_hash"),)

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"), index=True)
    code_hash: Mapped[bytes]
    used_at: Mapped[datetime | None]


class RoleGrant(Row):
    """A role held by a person from a date to a date, proposed by one administrator and confirmed by another."""

    __tablename__ = "role_grants"
    __table_args__ = (Index("ix_role_grants_user_id", "user_id"),)

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    role: Mapped[Role]
    region: Mapped[Region | None]
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]
    proposed_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    confirmed_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    confirmed_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]


class AuthorityLink(Row):
    """What walls a person off from an authority and its lineage; `until` is None while it holds without an end."""

    __tablename__ = "authority_links"

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"), index=True)
    authority_id: Mapped[UUID] = mapped_column(ForeignKey("authorities.id"))
    kind: Mapped[LinkKind]
    until: Mapped[date | None]
    declared_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    declared_at: Mapped[datetime]


class WebSession(Row):
    """One signed-in browser, or one that has given the password and not yet the code. Only the token's hash is kept.

    `proved_at` is when whoever sits there last proved who they are.
    """

    __tablename__ = "web_sessions"

    token_hash: Mapped[bytes] = mapped_column(unique=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"), index=True)
    made_at: Mapped[datetime]
    used_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    complete: Mapped[bool]
    ended_at: Mapped[datetime | None]
    proved_at: Mapped[datetime | None]


class Throttle(Base):
    """How often something was tried in a window of time, counted for all worker processes together."""

    __tablename__ = "throttles"

    key: Mapped[bytes] = mapped_column(primary_key=True)
    window_start: Mapped[datetime]
    count: Mapped[int]
