"""Keeping what a peer has to do with a council, whoever writes it down."""

from uuid import UUID

from clearinghouse.casework.world import Work
from clearinghouse.records.events import Event, Stream
from clearinghouse.records.peers import PeerInterest

LONGEST_INTEREST = 2000


def is_sayable(words: str) -> bool:
    """Whether this says what an interest is, in as many characters as are kept."""
    return bool(words.strip()) and len(words) <= LONGEST_INTEREST


def keep_interest(work: Work, peer_id: UUID, authority_id: UUID, words: str) -> PeerInterest:
    """Keep that a peer has an interest in an authority; what it is stays sealed, and nobody takes it back."""
    row = work.add(PeerInterest(peer_id=peer_id, authority_id=authority_id, declared_at=work.now))
    row.interest = words
    work.session.flush()
    work.record(Event.PEER_INTEREST_DECLARED, Stream.PEER, peer_id, authority=authority_id)
    return row
