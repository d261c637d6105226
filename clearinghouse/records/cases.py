"""Cases, the authorities they name, who is on them, the concerns they began with and their triage."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from clearinghouse.access.decision import Membership
from clearinghouse.access.roles import Region
from clearinghouse.protocol.vocabulary import ClosingOutcome, Nature, Route, Standing
from clearinghouse.records.base import Base, Row
from clearinghouse.records.sealed import Compartment, Sealed

NEVER = date.max
"""The due date of a closed case: it sorts after everything that is due."""


class Case(Row):
    """The work on one or more concerns. `version` counts changes, so that nobody overwrites what they did not see.

    `due_on` repeats the date of the next duty, to list by; the copies in `case_regions` and `case_members` follow it.
    """

    __tablename__ = "cases"
    __table_args__ = (
        Index("ix_cases_due_on_id", "due_on", "id"),
        Index("ix_cases_route_due_on_id", "route", "due_on", "id"),
    )

    reference: Mapped[str] = mapped_column(String(12), unique=True)
    nature: Mapped[Nature]
    standing: Mapped[Standing]
    route: Mapped[Route | None]
    people_at_risk: Mapped[bool]
    escalated: Mapped[bool] = mapped_column(default=False)
    owner_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    logged_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    updated_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    due_on: Mapped[date]
    version: Mapped[int] = mapped_column(default=1)


class CaseAuthority(Base):
    """An authority that a case names; exactly one is the lead authority.

    One that was replaced stays, since walls and search still go by it; `former_since` is the day it ceased to be.
    """

    __tablename__ = "case_authorities"

    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    authority_id: Mapped[UUID] = mapped_column(ForeignKey("authorities.id"), primary_key=True, index=True)
    is_lead: Mapped[bool]
    former_since: Mapped[date | None]


class CaseRegion(Base):
    """A region that a case belongs to, from the authorities it names; with what a region's list is ordered by."""

    __tablename__ = "case_regions"
    __table_args__ = (Index("ix_case_regions_region_due_on_case_id", "region", "due_on", "case_id"),)

    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    region: Mapped[Region] = mapped_column(primary_key=True)
    due_on: Mapped[date]


class CaseMember(Base):
    """Somebody who is on a case; with what a person's list is ordered by."""

    __tablename__ = "case_members"
    __table_args__ = (Index("ix_case_members_user_id_due_on_case_id", "user_id", "due_on", "case_id"),)

    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id"), primary_key=True)
    membership: Mapped[Membership] = mapped_column(primary_key=True)
    due_on: Mapped[date]


class Concern(Row):
    """What one source said. The text is under the case's key; who said it is in Source, under its own."""

    __tablename__ = "concerns"

    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), index=True)
    nature: Mapped[Nature]
    noticed_on: Mapped[date | None]
    logged_by: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    logged_at: Mapped[datetime]
    text_sealed: Mapped[bytes | None]
    text = Sealed(Compartment.CONCERN, subject="case_id")
    how_known_sealed: Mapped[bytes | None]
    how_known = Sealed(Compartment.CONCERN, subject="case_id")
    service_sealed: Mapped[bytes | None]
    service = Sealed(Compartment.CONCERN, subject="case_id")


class Source(Row):
    """Who raised a concern. The row is its own subject, so that it can be destroyed and the concern kept.

    `may_be_contacted` is None where they were never asked.
    """

    __tablename__ = "sources"

    concern_id: Mapped[UUID] = mapped_column(ForeignKey("concerns.id"), unique=True)
    may_be_named: Mapped[bool]
    may_be_contacted: Mapped[bool | None]
    name_sealed: Mapped[bytes | None]
    name = Sealed(Compartment.SOURCE, subject="id")
    contact_sealed: Mapped[bytes | None]
    contact = Sealed(Compartment.SOURCE, subject="id")
    position_sealed: Mapped[bytes | None]
    position = Sealed(Compartment.SOURCE, subject="id")


class Triage(Row):
    """One triage of a case: the facts as they were answered, the route that was suggested and the one decided on."""

    __tablename__ = "triages"

    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), index=True)
    made_by: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    made_at: Mapped[datetime]
    suggested: Mapped[Route]
    decided: Mapped[Route]
    facts_sealed: Mapped[bytes | None]
    facts = Sealed(Compartment.CONCERN, subject="case_id")
    rationale_sealed: Mapped[bytes | None]
    rationale = Sealed(Compartment.CONCERN, subject="case_id")


class Closing(Row):
    """Why a case was closed and what was learned, or, without an outcome, why it was opened again.

    `good_practice` is the learning in words that name nobody; where `share_good_practice` is true a round table of the
    region may read it, under the nature of the case.
    """

    __tablename__ = "closings"

    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), index=True)
    made_by: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    made_at: Mapped[datetime]
    outcome: Mapped[ClosingOutcome | None]
    share_good_practice: Mapped[bool | None]
    reason_sealed: Mapped[bytes | None]
    reason = Sealed(Compartment.CONCERN, subject="case_id")
    learning_sealed: Mapped[bytes | None]
    learning = Sealed(Compartment.CONCERN, subject="case_id")
    good_practice_sealed: Mapped[bytes | None]
    good_practice = Sealed(Compartment.CONCERN, subject="case_id")


class Correction(Row):
    """Why the authority that a case names was corrected, and from what."""

    __tablename__ = "corrections"

    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), index=True)
    made_by: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    made_at: Mapped[datetime]
    wrong_authority_id: Mapped[UUID] = mapped_column(ForeignKey("authorities.id"))
    right_authority_id: Mapped[UUID] = mapped_column(ForeignKey("authorities.id"))
    reason_sealed: Mapped[bytes | None]
    reason = Sealed(Compartment.CONCERN, subject="case_id")
