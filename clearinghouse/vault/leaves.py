"""What the log hashes: an event's stored bytes, its leaf in the log, and the leaf for the ends of all streams."""

from hashlib import sha256

from clearinghouse.vault.merkle import leaf_hash

NOTHING_BEFORE = bytes(32)
"""What the first event of a stream names as the hash before it."""

_EVENT = b"clearinghouse/event/v1\0"
_EVENT_LEAF = b"clearinghouse/event-leaf/v1\0"
_HEADS_LEAF = b"clearinghouse/heads-leaf/v1\0"


def event_hash(body: bytes) -> bytes:
    """The hash that the next event of the stream carries."""
    return sha256(_EVENT + body).digest()


def event_leaf(event_hash: bytes) -> bytes:
    """The leaf of an event."""
    return leaf_hash(_EVENT_LEAF + event_hash)


def heads_leaf(streams: int, root: bytes) -> bytes:
    """The leaf that commits to the ends of so many streams."""
    return leaf_hash(_HEADS_LEAF + streams.to_bytes(8, "big") + root)
