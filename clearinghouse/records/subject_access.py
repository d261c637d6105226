"""Requests by people who ask what is held about them, and the parts in which each is answered."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from clearinghouse.access.roles import Region
from clearinghouse.records.base import Base, Row
from clearinghouse.records.sealed import Compartment, Sealed


class RequestState(StrEnum):
    """How far a request has come."""

    OPEN = "open"
    ANSWERED = "answered"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"

    @property
    def words(self) -> str:
        """The state as screens name it."""
        return self.value.capitalize()


class RequestEnd(StrEnum):
    """Why a request ends without an answer."""

    UNFOUNDED = "unfounded"
    NOT_IDENTIFIED = "not-identified"
    TAKEN_BACK = "taken-back"
    MISTAKE = "mistake"

    @property
    def words(self) -> str:
        """The reason as screens name it."""
        return {
            "unfounded": "Refused: manifestly unfounded or excessive (article 12(5))",
            "not-identified": "Refused: we cannot tell who asks (article 12(2))",
            "taken-back": "They took it back",
            "mistake": "It was opened by mistake",
        }[self.value]

    @property
    def state(self) -> RequestState:
        """What the request is from then on."""
        refused = self in (RequestEnd.UNFOUNDED, RequestEnd.NOT_IDENTIFIED)
        return RequestState.REFUSED if refused else RequestState.WITHDRAWN


class PartKind(StrEnum):
    """In what a part looks, which says who may prepare it."""

    REGION = "region"
    PEERS = "peers"
    SOURCE = "source"


class PartState(StrEnum):
    """How far a part has come."""

    WAITING = "waiting"
    PREPARING = "preparing"
    PREPARED = "prepared"
    APPROVED = "approved"
    HANDED_OVER = "handed-over"
    ENDED = "ended"

    @property
    def words(self) -> str:
        """The state as screens name it."""
        return {
            "waiting": "Nobody has begun",
            "preparing": "Being prepared",
            "prepared": "Waits for a second person",
            "approved": "Approved, to be handed over",
            "handed-over": "Handed over",
            "ended": "Ended",
        }[self.value]


class HandedHow(StrEnum):
    """How an answer went to the person."""

    IN_PERSON = "in-person"
    POST = "post"
    SECURE_MAIL = "secure-mail"

    @property
    def words(self) -> str:
        """The way as screens name it."""
        return {
            "in-person": "In person",
            "post": "By recorded post",
            "secure-mail": "By encrypted mail",
        }[self.value]


class SubjectRequest(Row):
    """Somebody asks what is held about them. `identified_on` is None until they have shown who they are.

    `names` are the ways in which they may be called in the records, one a line. `sources_looked_at` is when the clock
    looked whether one of them is a source's.
    """

    __tablename__ = "subject_requests"
    __table_args__ = (Index("ix_subject_requests_state_due_on", "state", "due_on"),)

    reference: Mapped[str] = mapped_column(String(12), unique=True)
    state: Mapped[RequestState]
    version: Mapped[int]
    opened_by: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    opened_at: Mapped[datetime]
    asked_on: Mapped[date]
    identified_on: Mapped[date | None]
    due_on: Mapped[date]
    extended: Mapped[bool]
    reminded_at: Mapped[datetime | None]
    overdue_at: Mapped[datetime | None]
    how_ended: Mapped[RequestEnd | None]
    ended_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    ended_at: Mapped[datetime | None]
    sources_looked_at: Mapped[datetime | None]
    destroyed_at: Mapped[datetime | None]
    name_sealed: Mapped[bytes | None]
    name = Sealed(Compartment.SUBJECT_ACCESS, subject="id")
    names_sealed: Mapped[bytes | None]
    names = Sealed(Compartment.SUBJECT_ACCESS, subject="id")
    contact_sealed: Mapped[bytes | None]
    contact = Sealed(Compartment.SUBJECT_ACCESS, subject="id")
    asked_sealed: Mapped[bytes | None]
    asked = Sealed(Compartment.SUBJECT_ACCESS, subject="id")
    identity_sealed: Mapped[bytes | None]
    identity = Sealed(Compartment.SUBJECT_ACCESS, subject="id")
    why_extended_sealed: Mapped[bytes | None]
    why_extended = Sealed(Compartment.SUBJECT_ACCESS, subject="id")
    why_ended_sealed: Mapped[bytes | None]
    why_ended = Sealed(Compartment.SUBJECT_ACCESS, subject="id")


class SubjectRequestAuthority(Base):
    """An authority that the person belongs to: whoever is walled off from it does not learn of the request."""

    __tablename__ = "subject_request_authorities"

    request_id: Mapped[UUID] = mapped_column(ForeignKey("subject_requests.id"), primary_key=True)
    authority_id: Mapped[UUID] = mapped_column(ForeignKey("authorities.id"), primary_key=True)


class SubjectPart(Row):
    """What is held in one place, to be prepared by one and approved by another of equal right.

    `beyond_links` marks what is behind the walls of whoever prepares the region's own part. What was found, how each
    passage was marked and what goes out lie in `working` and `answer`; those of a source's part under a key of the
    source compartment. All of it is taken away in the end, so none of it is in the ledger.
    """

    __tablename__ = "subject_parts"

    request_id: Mapped[UUID] = mapped_column(ForeignKey("subject_requests.id"), index=True)
    kind: Mapped[PartKind]
    region: Mapped[Region | None]
    beyond_links: Mapped[bool]
    state: Mapped[PartState]
    version: Mapped[int]
    prepared_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    prepared_at: Mapped[datetime | None]
    approved_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    approved_at: Mapped[datetime | None]
    downloads: Mapped[int]
    handed_on: Mapped[date | None]
    handed_how: Mapped[HandedHow | None]
    handed_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    handed_at: Mapped[datetime | None]
    working_sealed: Mapped[bytes | None]
    working = Sealed(Compartment.SUBJECT_ACCESS, subject="id", ledgered=False)
    answer_sealed: Mapped[bytes | None]
    answer = Sealed(Compartment.SUBJECT_ACCESS, subject="id", ledgered=False)
    source_working_sealed: Mapped[bytes | None]
    source_working = Sealed(Compartment.SOURCE, subject="id", ledgered=False)
    source_answer_sealed: Mapped[bytes | None]
    source_answer = Sealed(Compartment.SOURCE, subject="id", ledgered=False)


class SubjectPartAuthority(Base):
    """An authority that a part leaves out, since whoever prepares it is walled off from it."""

    __tablename__ = "subject_part_authorities"

    part_id: Mapped[UUID] = mapped_column(ForeignKey("subject_parts.id"), primary_key=True)
    authority_id: Mapped[UUID] = mapped_column(ForeignKey("authorities.id"), primary_key=True)
