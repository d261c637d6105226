"""The life of a member of a peer team: invitations, links, declarations, conflicts found later, letters, feedback."""

from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from clearinghouse.protocol.conflicts import Rule
from clearinghouse.protocol.invitations import (
    AnsweredHow,
    DeclineReason,
    FeedbackFrom,
    InterestKind,
    InvitationState,
    Rating,
)
from clearinghouse.records.base import Row
from clearinghouse.records.sealed import Compartment, Sealed


class PeerLetterKind(StrEnum):
    """Why a peer gets a letter. Its words depend on nothing else."""

    ASKED = "asked"
    CONFIRMED = "confirmed"
    NOT_NEEDED = "not_needed"
    FEEDBACK = "feedback"


class PeerInvitation(Row):
    """That a peer was asked onto a team, and what came of it. Whoever is asked again has a new one.

    `answer_by` is the last day for an answer. `answered_at` and `how` say that the peer answered; `recorded_by` is who
    wrote down what they said by telephone, None where they answered on their own page. `feedback_asked_at` is when the
    peer was asked how it was, once the days were over.
    """

    __tablename__ = "peer_invitations"
    __table_args__ = (
        Index("ix_peer_invitations_team_id_peer_id", "team_id", "peer_id"),
        Index("ix_peer_invitations_state_answer_by", "state", "answer_by"),
    )

    team_id: Mapped[UUID] = mapped_column(ForeignKey("teams.id"))
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), index=True)
    peer_id: Mapped[UUID] = mapped_column(ForeignKey("peers.id"), index=True)
    state: Mapped[InvitationState]
    asked_by: Mapped[UUID] = mapped_column(ForeignKey("users.id"))
    asked_at: Mapped[datetime]
    answer_by: Mapped[date]
    answered_at: Mapped[datetime | None]
    how: Mapped[AnsweredHow | None]
    recorded_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    decline_reason: Mapped[DeclineReason | None]
    confirmed_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    confirmed_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    feedback_asked_at: Mapped[datetime | None]


class PeerLink(Row):
    """A link that was mailed to a peer; only the hash of its secret is kept."""

    __tablename__ = "peer_links"

    invitation_id: Mapped[UUID] = mapped_column(ForeignKey("peer_invitations.id"), index=True)
    token_hash: Mapped[bytes] = mapped_column(unique=True)
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class PeerVisit(Row):
    """A browser in which a peer gave a link and its code, for a short while; only the hash of its token is kept."""

    __tablename__ = "peer_visits"

    invitation_id: Mapped[UUID] = mapped_column(ForeignKey("peer_invitations.id"), index=True)
    token_hash: Mapped[bytes] = mapped_column(unique=True)
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class PeerDeclaration(Row):
    """What a peer declared about one council before saying yes: nothing, or a kind of interest (`interest_id`)."""

    __tablename__ = "peer_declarations"

    invitation_id: Mapped[UUID] = mapped_column(ForeignKey("peer_invitations.id"), index=True)
    peer_id: Mapped[UUID] = mapped_column(ForeignKey("peers.id"))
    authority_id: Mapped[UUID] = mapped_column(ForeignKey("authorities.id"))
    kind: Mapped[InterestKind | None]
    interest_id: Mapped[UUID | None] = mapped_column(ForeignKey("peer_interests.id"))
    declared_at: Mapped[datetime]
    how: Mapped[AnsweredHow]
    recorded_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))


class PeerConflictRaised(Row):
    """A conflict that came up after a peer was asked, and was raised; `ended_at` once it holds no more."""

    __tablename__ = "peer_conflicts_raised"

    invitation_id: Mapped[UUID] = mapped_column(ForeignKey("peer_invitations.id"), index=True)
    rule: Mapped[Rule]
    about: Mapped[UUID | None]
    raised_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class PeerLetter(Row):
    """A mail to a peer that waits to be sent, or was: a kind and an invitation, never content.

    Address and link are sealed until it is sent. It is claimed as a letter to one of us is.
    """

    __tablename__ = "peer_letters"
    __table_args__ = (Index("ix_peer_letters_sent_at_due_at", "sent_at", "due_at"),)

    invitation_id: Mapped[UUID] = mapped_column(ForeignKey("peer_invitations.id"), index=True)
    peer_id: Mapped[UUID] = mapped_column(ForeignKey("peers.id"))
    kind: Mapped[PeerLetterKind]
    token_sealed: Mapped[bytes | None]
    token = Sealed(Compartment.PEERS, subject="peer_id", ledgered=False)
    address_sealed: Mapped[bytes | None]
    address = Sealed(Compartment.PEERS, subject="peer_id", ledgered=False)
    made_at: Mapped[datetime]
    due_at: Mapped[datetime]
    leased_until: Mapped[datetime | None]
    fence: Mapped[int] = mapped_column(default=0)
    tries: Mapped[int] = mapped_column(default=0)
    sent_at: Mapped[datetime | None]
    dropped_at: Mapped[datetime | None]


class PeerFeedback(Row):
    """What somebody says of a peer's part in a team, or the peer of the work itself; the words are the case's.

    `rating` is how it went, `again` whether they would have the peer again, or serve again. `days` are the days of work
    that a peer says it took. `recorded_by` is None where the peer gave it on their own page.
    """

    __tablename__ = "peer_feedback"

    team_id: Mapped[UUID] = mapped_column(ForeignKey("teams.id"), index=True)
    case_id: Mapped[UUID] = mapped_column(ForeignKey("cases.id"), index=True)
    peer_id: Mapped[UUID] = mapped_column(ForeignKey("peers.id"), index=True)
    given_by: Mapped[FeedbackFrom]
    given_at: Mapped[datetime]
    recorded_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id"))
    rating: Mapped[Rating]
    again: Mapped[bool]
    days: Mapped[int | None]
    words_sealed: Mapped[bytes | None]
    words = Sealed(Compartment.PEERS, subject="case_id")
