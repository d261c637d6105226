"""How a peer's work was rated, answers alone: what was said in words belongs to the case."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from clearinghouse.casework.world import Work
from clearinghouse.protocol.invitations import FeedbackFrom, Rating
from clearinghouse.records.peer_invitations import PeerFeedback


@dataclass(frozen=True)
class Rated:
    """How it went, in whose view, and whether again."""

    given_by: FeedbackFrom
    rating: Rating
    again: bool

    @property
    def words(self) -> str:
        """The rating in a sentence's part."""
        whose = {
            FeedbackFrom.COUNCIL: "The council",
            FeedbackFrom.LEAD: "The lead",
            FeedbackFrom.PEER: "The peer",
        }
        what = "would serve again" if self.given_by is FeedbackFrom.PEER else "would have them again"
        again = what if self.again else what.replace("would", "would not", 1)
        return f"{whose[self.given_by]}: {self.rating.words.lower()}, and {again}"


def ratings_of(work: Work, peer_id: UUID) -> Mapping[UUID, tuple[Rated, ...]]:
    """How a peer's part in each team was rated, the first rating first."""
    query = select(PeerFeedback).where(PeerFeedback.peer_id == peer_id)
    found: dict[UUID, tuple[Rated, ...]] = {}
    for row in work.session.scalars(query.order_by(PeerFeedback.given_at, PeerFeedback.id)).all():
        found[row.team_id] = (*found.get(row.team_id, ()), Rated(row.given_by, row.rating, row.again))
    return found
