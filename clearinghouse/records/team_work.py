"""A peer team at work: its manager, its visits with sessions and findings, its outputs, and the contact between."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import JSON, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from clearinghouse.protocol.team_work import Means, OutputKind, VisitKind, VisitState, WhyChanged
from clearinghouse.records.base import Base, Row
from clearinghouse.records.sealed import Compartment, Sealed


class TeamManager(Row):
    """Who manages a team's work, from when until when: somebody of staff (`user_id`), or a peer of the team."""

    __tablename__ = "team_managers"

    team_id: Mapped[UUID] = mapped_column(ForeignKey("teams.id"), index=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"))
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    peer_id: Mapped[UUID | None] = mapped_column(ForeignKey("peers.id"))
    named_by: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    named_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class TeamVisit(Row):
    """A visit, workshop, assist day or other dated meeting of a team with the authority, its days as they are now.

    `activities` say in general what it is for; what it is for here stays sealed. Whoever chairs it is somebody of
    staff or a peer of the team.
    """

    __tablename__ = "team_visits"

    team_id: Mapped[UUID] = mapped_column(ForeignKey("teams.id"), index=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), index=True)
    kind: Mapped[VisitKind]
    first: Mapped[date]
    last: Mapped[date]
    activities: Mapped[list[str]] = mapped_column(JSON)
    state: Mapped[VisitState]
    chair_user_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    chair_peer_id: Mapped[UUID | None] = mapped_column(ForeignKey("peers.id"))
    planned_by: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    planned_at: Mapped[datetime]
    ended_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    ended_at: Mapped[datetime | None]
    why_cancelled: Mapped[WhyChanged | None]
    purpose_sealed: Mapped[bytes | None]
    purpose = Sealed(Compartment.PLANS, subject="case_id")


class TeamVisitMove(Row):
    """One move of a visit to other days, and why; the days before are never lost."""

    __tablename__ = "team_visit_moves"

    visit_id: Mapped[UUID] = mapped_column(ForeignKey("team_visits.id"), index=True)
    from_first: Mapped[date]
    from_last: Mapped[date]
    to_first: Mapped[date]
    to_last: Mapped[date]
    why: Mapped[WhyChanged]
    moved_by: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    moved_at: Mapped[datetime]


class TeamVisitor(Base):
    """A peer who came to a visit that took place."""

    __tablename__ = "team_visitors"

    visit_id: Mapped[UUID] = mapped_column(ForeignKey("team_visits.id"), primary_key=True)
    peer_id: Mapped[UUID] = mapped_column(ForeignKey("peers.id"), primary_key=True)


class TeamSession(Row):
    """One session of a workshop or assist day: its area, a service or theme; who presents it for the council is sealed.

    `presented` says whether the head of service began it with a presentation, None until it took place.
    """

    __tablename__ = "team_sessions"

    visit_id: Mapped[UUID] = mapped_column(ForeignKey("team_visits.id"), index=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"))
    position: Mapped[int]
    area: Mapped[str] = mapped_column(String(60))
    presented: Mapped[bool | None]
    presenter_sealed: Mapped[bytes | None]
    presenter = Sealed(Compartment.PLANS, subject="case_id")


class TeamSpecialist(Base):
    """A peer who knows the area of a session and comes for it."""

    __tablename__ = "team_specialists"

    session_id: Mapped[UUID] = mapped_column(ForeignKey("team_sessions.id"), primary_key=True)
    peer_id: Mapped[UUID] = mapped_column(ForeignKey("peers.id"), primary_key=True)


class TeamFinding(Row):
    """One passage of what was found at a visit, or at one session of it; later ones are added, none is changed."""

    __tablename__ = "team_findings"

    visit_id: Mapped[UUID] = mapped_column(ForeignKey("team_visits.id"), index=True)
    session_id: Mapped[UUID | None] = mapped_column(ForeignKey("team_sessions.id"))
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), index=True)
    recorded_by: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    recorded_at: Mapped[datetime]
    text_sealed: Mapped[bytes | None]
    text = Sealed(Compartment.PLANS, subject="case_id")


class TeamOutput(Row):
    """What a team's work owes by a day: a report, an action plan, a progress review.

    `visit_id` is the visit that it is counted from, `session_id` the session that it ends, `plan_id` the case's
    improvement plan, where that is the action plan.
    """

    __tablename__ = "team_outputs"

    team_id: Mapped[UUID] = mapped_column(ForeignKey("teams.id"), index=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"))
    visit_id: Mapped[UUID] = mapped_column(ForeignKey("team_visits.id"))
    session_id: Mapped[UUID | None] = mapped_column(ForeignKey("team_sessions.id"))
    kind: Mapped[OutputKind]
    due_on: Mapped[date]
    delivered_on: Mapped[date | None]
    recorded_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    recorded_at: Mapped[datetime | None]
    plan_id: Mapped[UUID | None] = mapped_column(ForeignKey("plans.id"))


class TeamContact(Row):
    """That the team and the authority were in touch between visits: when, how and by whom; what was said is sealed."""

    __tablename__ = "team_contacts"

    team_id: Mapped[UUID] = mapped_column(ForeignKey("teams.id"), index=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"))
    contact_on: Mapped[date]
    means: Mapped[Means]
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    peer_id: Mapped[UUID | None] = mapped_column(ForeignKey("peers.id"))
    recorded_by: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    recorded_at: Mapped[datetime]
    note_sealed: Mapped[bytes | None]
    note = Sealed(Compartment.PLANS, subject="case_id")
