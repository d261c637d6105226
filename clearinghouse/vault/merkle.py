"""The Merkle tree of RFC 9162, section 2.1: roots, and proofs that something is in a tree, or that one tree grew out of
another. All hashes are 32 bytes of SHA-256."""

from collections.abc import Callable, Iterable, Sequence
from hashlib import sha256

EMPTY_ROOT = sha256(b"").digest()
Subtree = Callable[[int, int], bytes]
"""The root of the leaves from one index up to, and without, another; both as RFC 9162 splits a tree."""


class ProofBroken(ValueError):
    """A proof does not prove what it was given for."""


def leaf_hash(data: bytes) -> bytes:
    """The hash of one leaf (RFC 9162, 2.1.1)."""
    return sha256(b"\0" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of two subtrees (RFC 9162, 2.1.1)."""
    return sha256(b"\1" + left + right).digest()


class Frontier:
    """A tree that only grows: the roots of its complete subtrees, the largest first, and nothing else of it."""

    def __init__(self, size: int = 0, roots: Iterable[bytes] = ()) -> None:
        self.size = size
        self.roots = list(roots)
        if len(self.roots) != size.bit_count():
            raise ValueError("a tree of this size has another number of complete subtrees")

    def append(self, leaf: bytes) -> None:
        """Add one leaf's hash."""
        self.roots.append(leaf)
        completed = self.size
        while completed & 1:
            right = self.roots.pop()
            self.roots.append(node_hash(self.roots.pop(), right))
            completed >>= 1
        self.size += 1

    def root(self) -> bytes:
        """The root of the tree as it stands."""
        if not self.roots:
            return EMPTY_ROOT
        *others, root = self.roots
        for left in reversed(others):
            root = node_hash(left, root)
        return root


def root_of(leaves: Sequence[bytes]) -> bytes:
    """The root of these leaf hashes."""
    tree = Frontier()
    for leaf in leaves:
        tree.append(leaf)
    return tree.root()


def subtrees_of(leaves: Sequence[bytes]) -> Subtree:
    """How to find a subtree's root from all the leaf hashes."""
    return lambda start, end: root_of(leaves[start:end])


def inclusion_proof(subtree: Subtree, index: int, size: int) -> list[bytes]:
    """What proves that leaf `index` is in the tree of that size (RFC 9162, 2.1.3.1), the lowest hash first.

    Raises IndexError where the tree has no such leaf.
    """
    if not 0 <= index < size:
        raise IndexError("the tree has no such leaf")
    path: list[bytes] = []
    start, end = 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            path.append(subtree(middle, end))
            end = middle
        else:
            path.append(subtree(start, middle))
            start = middle
    return path[::-1]


def consistency_proof(subtree: Subtree, earlier: int, later: int) -> list[bytes]:
    """What proves that the later tree begins with the earlier one (RFC 9162, 2.1.4.1), the lowest hash first.

    Raises IndexError where the earlier tree is empty or larger.
    """
    if not 0 < earlier <= later:
        raise IndexError("the earlier tree must have leaves, and not more of them")
    path: list[bytes] = []
    start, end, whole = 0, later, True
    while earlier != end:
        middle = start + _split(end - start)
        if earlier <= middle:
            path.append(subtree(middle, end))
            end = middle
        else:
            path.append(subtree(start, middle))
            start, whole = middle, False
    if not whole:
        path.append(subtree(start, end))
    return path[::-1]


def root_from(size: int, index: int, leaf: bytes, proof: Sequence[bytes]) -> bytes:
    """The root to which a leaf's hash and its proof lead (RFC 9162, 2.1.3.2).

    Raises ProofBroken where a tree of that size has no such leaf, or its proof another length.
    """
    if not 0 <= index < size:
        raise ProofBroken("the tree has no such leaf")
    place, last, found = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            raise ProofBroken("the proof is too long")
        if place & 1 or place == last:
            found = node_hash(sibling, found)
            while place and not place & 1:
                place, last = place >> 1, last >> 1
        else:
            found = node_hash(found, sibling)
        place, last = place >> 1, last >> 1
    if last:
        raise ProofBroken("the proof is too short")
    return found


def check_inclusion(root: bytes, size: int, index: int, leaf: bytes, proof: Sequence[bytes]) -> None:
    """Raises ProofBroken where the proof does not lead from the leaf's hash to the root."""
    if root_from(size, index, leaf, proof) != root:
        raise ProofBroken("the proof does not lead to the root")


def check_consistency(
    earlier: int, earlier_root: bytes, later: int, later_root: bytes, proof: Sequence[bytes]
) -> None:
    """Raises ProofBroken where the proof does not show that the later tree begins with the earlier (RFC 9162, 2.1.4.2).

    Every tree begins with the empty one, and with itself; for these the proof is empty.
    """
    if earlier > later or earlier < 0:
        raise ProofBroken("the earlier tree is the larger one")
    if earlier in {0, later}:
        known = later_root if earlier else EMPTY_ROOT
        if proof or earlier_root != known:
            raise ProofBroken("the two trees differ")
        return
    path = list(proof)
    if not earlier & (earlier - 1):
        path.insert(0, earlier_root)
    if not path:
        raise ProofBroken("the proof is too short")
    place, last = earlier - 1, later - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    old = new = path[0]
    for sibling in path[1:]:
        if last == 0:
            raise ProofBroken("the proof is too long")
        if place & 1 or place == last:
            old, new = node_hash(sibling, old), node_hash(sibling, new)
            while place and not place & 1:
                place, last = place >> 1, last >> 1
        else:
            new = node_hash(new, sibling)
        place, last = place >> 1, last >> 1
    if last or old != earlier_root or new != later_root:
        raise ProofBroken("the later tree does not begin with the earlier one")


def _split(size: int) -> int:
    """The largest power of two below the size: where RFC 9162 splits a tree."""
    return 1 << (size - 1).bit_length() - 1
