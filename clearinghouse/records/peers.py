"""The register of peers, and the teams put beside an authority."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import JSON, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from clearinghouse.protocol.peer_words import Course, Level
from clearinghouse.protocol.peers import PeerKind
from clearinghouse.records.base import Row
from clearinghouse.records.sealed import Compartment, Sealed


class Peer(Row):
    """An accredited councillor, officer or specialist; what they know and where they go are lists of words.

    `days_used` were used in the council year `days_used_of` beside what teams use (PeerDays).
    """

    __tablename__ = "peers"
    __table_args__ = (Index("ix_peers_name_id", "name", "id"),)

    code: Mapped[str] = mapped_column(String(40), unique=True)
    name: Mapped[str]
    kind: Mapped[PeerKind]
    role: Mapped[str]
    seniority: Mapped[str] = mapped_column(String(60))
    political_group: Mapped[str | None] = mapped_column(String(60))
    organisation: Mapped[str | None]
    themes: Mapped[list[str]] = mapped_column(JSON)
    services: Mapped[list[str]] = mapped_column(JSON)
    authority_types: Mapped[list[str]] = mapped_column(JSON)
    regions: Mapped[list[str]] = mapped_column(JSON)
    accredited_by: Mapped[str | None]
    accredited_from: Mapped[date | None]
    accredited_until: Mapped[date | None]
    suspended: Mapped[bool]
    days_offered: Mapped[int]
    days_used: Mapped[int]
    led_reviews: Mapped[int]
    contact_sealed: Mapped[bytes | None]
    contact = Sealed(Compartment.PEERS, subject="id")
    accreditation_level: Mapped[Level | None]
    political_group_since: Mapped[date | None]
    days_used_of: Mapped[int | None]


class PeerGroup(Row):
    """A political group to which a councillor belonged before; the present one stands with the peer."""

    __tablename__ = "peer_groups"

    peer_id: Mapped[UUID] = mapped_column(ForeignKey("peers.id"), index=True)
    name: Mapped[str] = mapped_column(String(60))
    since: Mapped[date | None]
    until: Mapped[date]


class PeerTraining(Row):
    """What a peer has learnt or done to grow into the work, and when."""

    __tablename__ = "peer_training"

    peer_id: Mapped[UUID] = mapped_column(ForeignKey("peers.id"), index=True)
    course: Mapped[Course]
    taken_on: Mapped[date]


class PeerDays(Row):
    """How many of a peer's days of one council year a team uses; the year is that in which it begins, on 1 April."""

    __tablename__ = "peer_days"
    __table_args__ = (UniqueConstraint("team_id", "peer_id", "year"),)

    peer_id: Mapped[UUID] = mapped_column(ForeignKey("peers.id"), index=True)
    team_id: Mapped[UUID] = mapped_column(ForeignKey("teams.id"))
    year: Mapped[int]
    days: Mapped[int]


class AccreditationDuty(Row):
    """That a peer's accreditation nears its end: what coordinators owe until it is renewed or is to lapse."""

    __tablename__ = "accreditation_duties"
    __table_args__ = (UniqueConstraint("peer_id", "until"),)

    peer_id: Mapped[UUID] = mapped_column(ForeignKey("peers.id"))
    until: Mapped[date]
    made_at: Mapped[datetime]
    reminded_at: Mapped[datetime | None]
    overdue_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))


class PeerAffiliation(Row):
    """Where a peer belongs or belonged; `until` is the last day, None where no leaving is recorded."""

    __tablename__ = "peer_affiliations"

    peer_id: Mapped[UUID] = mapped_column(ForeignKey("peers.id"), index=True)
    authority_id: Mapped[UUID] = mapped_column(ForeignKey("authorities.id"), index=True)
    since: Mapped[date | None]
    until: Mapped[date | None]


class PeerAbsence(Row):
    """Days on which a peer cannot serve, the first and the last included."""

    __tablename__ = "peer_absences"

    peer_id: Mapped[UUID] = mapped_column(ForeignKey("peers.id"), index=True)
    first: Mapped[date]
    last: Mapped[date]


class PeerInterest(Row):
    """A peer's declared interest in an authority; what it is stays sealed."""

    __tablename__ = "peer_interests"

    peer_id: Mapped[UUID] = mapped_column(ForeignKey("peers.id"), index=True)
    authority_id: Mapped[UUID] = mapped_column(ForeignKey("authorities.id"))
    declared_at: Mapped[datetime]
    interest_sealed: Mapped[bytes | None]
    interest = Sealed(Compartment.PEERS, subject="peer_id")


class Team(Row):
    """A peer team for a case: when it serves and what was asked of it; proposed until it has `assigned_at`."""

    __tablename__ = "teams"

    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), index=True)
    authority_id: Mapped[UUID] = mapped_column(ForeignKey("authorities.id"))
    first: Mapped[date]
    last: Mapped[date]
    days: Mapped[int]
    needs: Mapped[dict[str, object]] = mapped_column(JSON)
    proposed_by: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    proposed_at: Mapped[datetime]
    assigned_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    assigned_at: Mapped[datetime | None]
    ended_on: Mapped[date | None]


class TeamMember(Row):
    """A peer on a team; `leads` marks the one who leads it."""

    __tablename__ = "team_members"
    __table_args__ = (Index("uq_team_members_team_id_peer_id", "team_id", "peer_id", unique=True),)

    team_id: Mapped[UUID] = mapped_column(ForeignKey("teams.id"))
    peer_id: Mapped[UUID] = mapped_column(ForeignKey("peers.id"), index=True)
    leads: Mapped[bool]
    added_at: Mapped[datetime]


class WarningAccepted(Row):
    """A lead's acceptance of one warning about one peer for one team, with the reason, until the peer leaves it."""

    __tablename__ = "warnings_accepted"

    team_id: Mapped[UUID] = mapped_column(ForeignKey("teams.id"), index=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"))
    peer_id: Mapped[UUID] = mapped_column(ForeignKey("peers.id"))
    rule: Mapped[str] = mapped_column(String(40))
    about: Mapped[str] = mapped_column(String(40))
    accepted_by: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    accepted_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    reason_sealed: Mapped[bytes | None]
    reason = Sealed(Compartment.PEERS, subject="case_id")
