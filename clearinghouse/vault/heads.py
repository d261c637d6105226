"""The map of the last event of every stream: one root that commits to all of them, and a proof for one that names no
other, so that a stream can be shown to be whole."""

from bisect import bisect_left, insort
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import pairwise
from uuid import UUID

from clearinghouse.vault.merkle import (
    ProofBroken,
    inclusion_proof,
    leaf_hash,
    node_hash,
    root_from,
    root_of,
    subtrees_of,
)

DEPTH = 16
_DOMAIN = b"clearinghouse/head/v1\0"


@dataclass(frozen=True)
class Head:
    """A stream's last event: its number and its hash."""

    stream: UUID
    seq: int
    hash: bytes

    @property
    def leaf(self) -> bytes:
        """What the map holds of it."""
        return leaf_hash(_DOMAIN + self.stream.bytes + self.seq.to_bytes(8, "big") + self.hash)


@dataclass(frozen=True)
class HeadProof:
    """What leads from one head to the map's root: its place among those that fell beside it, and the way up."""

    index: int
    size: int
    beside: tuple[bytes, ...]
    above: tuple[bytes, ...]


def _empty_levels() -> tuple[bytes, ...]:
    levels = [root_of([])]
    for _ in range(DEPTH):
        levels.append(node_hash(levels[-1], levels[-1]))
    return tuple(levels)


_EMPTY = _empty_levels()


class HeadsMap:
    """A binary tree of 2^16 buckets, found by the hash of the stream's id; a bucket is a Merkle tree of its heads."""

    def __init__(self) -> None:
        self._heads: dict[UUID, Head] = {}
        self._buckets: dict[int, list[UUID]] = {}
        self._nodes: list[dict[int, bytes]] = [{} for _ in _EMPTY]
        self._stale: set[int] = set()

    def __len__(self) -> int:
        return len(self._heads)

    def set(self, head: Head) -> None:
        """Put a stream's new head in the place of its former one."""
        bucket = _bucket_of(head.stream)
        if head.stream not in self._heads:
            insort(self._buckets.setdefault(bucket, []), head.stream)
        self._heads[head.stream] = head
        self._stale.add(bucket)

    def root(self) -> bytes:
        """The root of the map as it stands."""
        self._freshen()
        return self._node(DEPTH, 0)

    def proof(self, stream: UUID) -> HeadProof:
        """What proves that this is the stream's head. Raises KeyError where the map does not know the stream."""
        if stream not in self._heads:
            raise KeyError(stream)
        self._freshen()
        place = _bucket_of(stream)
        streams, leaves = self._buckets[place], self._leaves(place)
        index = bisect_left(streams, stream)
        beside = inclusion_proof(subtrees_of(leaves), index, len(leaves))
        above = []
        for level in range(DEPTH):
            above.append(self._node(level, place ^ 1))
            place >>= 1
        return HeadProof(index, len(leaves), tuple(beside), tuple(above))

    def _leaves(self, bucket: int) -> Sequence[bytes]:
        return [self._heads[stream].leaf for stream in self._buckets[bucket]]

    def _node(self, level: int, place: int) -> bytes:
        return self._nodes[level].get(place, _EMPTY[level])

    def _freshen(self) -> None:
        """Compute anew what stands above the buckets that changed, each node once."""
        stale, self._stale = self._stale, set()
        for bucket in stale:
            self._nodes[0][bucket] = root_of(self._leaves(bucket))
        for below, level in pairwise(range(DEPTH + 1)):
            stale = {place >> 1 for place in stale}
            for place in stale:
                left, right = self._node(below, 2 * place), self._node(below, 2 * place + 1)
                self._nodes[level][place] = node_hash(left, right)


def check_head(root: bytes, head: Head, proof: HeadProof) -> None:
    """Raises ProofBroken where the proof does not show that this was the stream's last event under the root."""
    if len(proof.above) != DEPTH:
        raise ProofBroken("the proof has another length than the map's height")
    found = root_from(proof.size, proof.index, head.leaf, proof.beside)
    place = _bucket_of(head.stream)
    for sibling in proof.above:
        found = node_hash(sibling, found) if place & 1 else node_hash(found, sibling)
        place >>= 1
    if found != root:
        raise ProofBroken("the proof does not lead to the map's root")


def _bucket_of(stream: UUID) -> int:
    return int.from_bytes(sha256(stream.bytes).digest()[: DEPTH // 8], "big")
