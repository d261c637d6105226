"""A Merkle tree held whole, so that many proofs can be handed out without hashing it anew for each."""

from collections.abc import Callable, Iterable, Iterator
from itertools import islice

from clearinghouse.vault.merkle import EMPTY_ROOT, node_hash

_HASH = 32
_BLOCK = 256


class WholeTree:
    """All complete subtrees of a tree, 64 bytes for each leaf. Its `subtree` is what the proofs of merkle ask."""

    def __init__(self, leaves: Iterable[bytes]) -> None:
        level = bytearray().join(leaves)
        self._levels = [level]
        while len(level) >= 2 * _HASH:
            above = bytearray()
            for start in range(0, len(level) - _HASH, 2 * _HASH):
                middle = start + _HASH
                above += node_hash(bytes(level[start:middle]), bytes(level[middle : middle + _HASH]))
            self._levels.append(above)
            level = above

    @property
    def size(self) -> int:
        """How many leaves it has."""
        return len(self._levels[0]) // _HASH

    def root(self) -> bytes:
        """The root over all leaves."""
        return self.subtree(0, self.size)

    def path(self, index: int) -> list[bytes]:
        """What proves that a leaf is in the tree, as merkle's `inclusion_proof` finds it. Raises IndexError."""
        if not 0 <= index < self.size:
            raise IndexError("the tree has no such leaf")
        found, place, last = [], index, self.size - 1
        for level in range(last.bit_length()):
            beside = place ^ 1
            if beside < last:
                start = beside * _HASH
                found.append(bytes(self._levels[level][start : start + _HASH]))
            elif beside == last:  # it may be smaller than the others of its level
                found.append(self.subtree(last << level, self.size))
            place, last = place >> 1, last >> 1
        return found

    def subtree(self, start: int, end: int) -> bytes:
        """The root of the leaves from one index up to, and without, another, where RFC 9162 splits a tree there."""
        size = end - start
        if size == 0:
            return EMPTY_ROOT
        level = size.bit_length() - 1
        if size == 1 << level:
            place = (start >> level) * _HASH
            return bytes(self._levels[level][place : place + _HASH])
        middle = start + (1 << level)
        return node_hash(self.subtree(start, middle), self.subtree(middle, end))


class BlockTree:
    """A tree of which only the roots of its blocks of leaves are held; a block is read again when a proof needs it.

    Proofs are best asked for in the order of the leaves: one block at a time is kept.
    """

    def __init__(self, leaves: Iterable[bytes], read: Callable[[int, int], Iterable[bytes]]) -> None:
        self._read, self._kept, self.size = read, (-1, WholeTree(())), 0
        self._above = WholeTree(self._roots(leaves))

    def root(self) -> bytes:
        """The root over all leaves."""
        return self._above.root()

    def path(self, index: int) -> list[bytes]:
        """What proves that a leaf is in the tree, as merkle's `inclusion_proof` finds it. Raises IndexError."""
        if not 0 <= index < self.size:
            raise IndexError("the tree has no such leaf")
        block, within = divmod(index, _BLOCK)
        # Blocks are as long as a power of two: the tree over their roots is the upper part of the tree over all leaves.
        return self._block(block).path(within) + self._above.path(block)

    def subtree(self, start: int, end: int) -> bytes:
        """The root of the leaves from one index up to, and without, another, where RFC 9162 splits a tree there."""
        if start % _BLOCK == 0 and (end % _BLOCK == 0 or end == self.size):
            return self._above.subtree(start // _BLOCK, -(-end // _BLOCK))
        block = start // _BLOCK
        return self._block(block).subtree(start - block * _BLOCK, end - block * _BLOCK)

    def _roots(self, leaves: Iterable[bytes]) -> Iterator[bytes]:
        waiting = iter(leaves)
        while block := list(islice(waiting, _BLOCK)):
            self.size += len(block)
            yield WholeTree(block).root()

    def _block(self, number: int) -> WholeTree:
        if self._kept[0] != number:
            start = number * _BLOCK
            self._kept = number, WholeTree(self._read(start, min(start + _BLOCK, self.size)))
        return self._kept[1]
