"""A tree held whole gives the same roots and proofs as one that is hashed anew."""

from hashlib import sha256

import pytest

from clearinghouse.vault.merkle import consistency_proof, inclusion_proof, root_of, subtrees_of
from clearinghouse.vault.whole_tree import BlockTree, WholeTree

LEAVES = [sha256(bytes([number])).digest() for number in range(70)]


@pytest.mark.parametrize("size", [0, 1, 2, 3, 4, 5, 7, 8, 9, 31, 32, 33, 63, 64, 65, 70])
def test_roots_and_proofs_are_those_of_the_plain_way(size: int) -> None:
    """A proof from a wrong subtree would prove nothing, and the pack would not hold."""
    leaves = LEAVES[:size]
    tree, plain = WholeTree(leaves), subtrees_of(leaves)
    assert (tree.size, tree.root()) == (size, root_of(leaves))
    for index in range(size):
        assert tree.path(index) == inclusion_proof(plain, index, size)
    for outside in (-1, size):
        with pytest.raises(IndexError, match=r"^the tree has no such leaf$"):
            tree.path(outside)
    for earlier in range(1, size + 1):
        assert consistency_proof(tree.subtree, earlier, size) == consistency_proof(plain, earlier, size)


@pytest.mark.parametrize("size", [0, 1, 2, 255, 256, 257, 511, 512, 513, 700, 1024, 1281])
def test_a_tree_in_blocks_is_the_same_tree(size: int) -> None:
    """Where the blocks met wrongly, every pack of a long log would be refused."""
    leaves = [sha256(number.to_bytes(4, "big")).digest() for number in range(size)]
    whole, blocks = WholeTree(leaves), BlockTree(iter(leaves), lambda start, end: leaves[start:end])
    assert (blocks.size, blocks.root()) == (size, whole.root())
    for index in range(size):
        assert blocks.path(index) == whole.path(index)
    for earlier in range(1, size + 1, 7):
        assert consistency_proof(blocks.subtree, earlier, size) == consistency_proof(
            whole.subtree, earlier, size
        )
    with pytest.raises(IndexError, match=r"^the tree has no such leaf$"):
        blocks.path(size)
    with pytest.raises(IndexError, match=r"^the tree has no such leaf$"):
        blocks.path(-1)
