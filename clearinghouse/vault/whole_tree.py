"""A Merkle tree held whole, so that many proofs can be handed out without hashing it anew for each."""

from collections.abc import Iterable

from clearinghouse.vault.merkle import EMPTY_ROOT, node_hash

_HASH = 32


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
