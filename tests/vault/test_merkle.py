"""The Merkle tree: its roots and proofs are those of RFC 9162, and no proof proves what is not so."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymerkle import InmemoryTree, InvalidProof, verify_consistency

from clearinghouse.vault.merkle import (
    EMPTY_ROOT,
    Frontier,
    ProofBroken,
    check_consistency,
    check_inclusion,
    consistency_proof,
    inclusion_proof,
    leaf_hash,
    root_of,
    subtrees_of,
)

MOST = 70
DATA = [f"entry {number}".encode() for number in range(MOST)]
LEAVES = [leaf_hash(each) for each in DATA]
ROOTS = [root_of(LEAVES[:size]) for size in range(MOST + 1)]
SUBTREE = subtrees_of(LEAVES)


@pytest.fixture(scope="module")
def oracle() -> InmemoryTree:
    """The same tree by another's program."""
    tree = InmemoryTree(algorithm="sha256")
    for each in DATA:
        tree.append_entry(each)
    return tree


def test_roots_are_those_of_the_oracle(oracle: InmemoryTree) -> None:
    """A root that nobody else computes proves nothing to them."""
    assert ROOTS[0] == EMPTY_ROOT
    assert [oracle.get_root(size) for size in range(1, MOST + 1)] == ROOTS[1:]


@pytest.mark.parametrize("size", range(1, MOST + 1))
def test_inclusion_proofs_are_those_of_the_oracle(oracle: InmemoryTree, size: int) -> None:
    """A proof in another order, or with another hash, is refused by every other verifier."""
    for index in range(size):
        proof = inclusion_proof(SUBTREE, index, size)
        theirs = oracle.prove_inclusion(index + 1, size).serialize()["path"]
        assert [each.hex() for each in proof] == theirs[1:]  # theirs begins with the leaf itself
        check_inclusion(ROOTS[size], size, index, LEAVES[index], proof)


@pytest.mark.parametrize("later", range(1, MOST + 1))
def test_an_earlier_tree_is_shown_to_be_the_beginning_of_a_later_one(later: int) -> None:
    """A log that only grew could otherwise not show it."""
    for earlier in range(1, later + 1):
        proof = consistency_proof(SUBTREE, earlier, later)
        check_consistency(earlier, ROOTS[earlier], later, ROOTS[later], proof)


def test_the_oracle_takes_our_roots_for_one_growing_log(oracle: InmemoryTree) -> None:
    """Its own proofs name other subtrees than the standard's, but they lead to our roots, and to no others."""
    for earlier in range(1, MOST):
        proof = oracle.prove_consistency(earlier, MOST)
        verify_consistency(ROOTS[earlier], ROOTS[MOST], proof)
        with pytest.raises(InvalidProof):
            verify_consistency(ROOTS[earlier], ROOTS[MOST - 1], proof)


def test_a_consistency_proof_of_the_standard() -> None:
    """RFC 9162, 2.1.5: between sizes 3 and 7 the proof is c, d, g, l; between 4 and 7 it is l."""
    seven, c, d = LEAVES[:7], LEAVES[2], LEAVES[3]
    g, l_ = root_of(seven[:2]), root_of(seven[4:])
    assert consistency_proof(subtrees_of(seven), 3, 7) == [c, d, g, l_]
    assert consistency_proof(subtrees_of(seven), 4, 7) == [l_]


sizes = st.integers(1, MOST)


@given(size=sizes, data=st.data())
def test_no_altered_inclusion_proof_is_taken(size: int, data: st.DataObject) -> None:
    """An event could otherwise be shown to be in a log that never held it."""
    index = data.draw(st.integers(0, size - 1))
    proof = inclusion_proof(SUBTREE, index, size)
    wrong = [
        (size, index, leaf_hash(b"another"), proof),
        (size, index, LEAVES[index], [*proof, bytes(32)]),
        (size, size, LEAVES[index], proof),
        (size, -1, LEAVES[index], proof),
    ]
    wrong += [(size, other, LEAVES[index], proof) for other in range(size) if other != index]
    wrong += [(size, index, LEAVES[index], proof[:-1])] if proof else []
    for at in range(len(proof)):
        wrong.append((size, index, LEAVES[index], [*proof[:at], bytes(32), *proof[at + 1 :]]))
    for claim in wrong:
        with pytest.raises(ProofBroken):
            check_inclusion(ROOTS[size], *claim)


@given(earlier=sizes, more=sizes, data=st.data())
def test_no_altered_consistency_proof_is_taken(earlier: int, more: int, data: st.DataObject) -> None:
    """A log could otherwise be cut and written anew."""
    later = min(MOST, earlier + more)
    if earlier == later:
        return
    proof = consistency_proof(SUBTREE, earlier, later)
    at = data.draw(st.integers(0, len(proof) - 1))
    other = data.draw(st.sampled_from([root for root in ROOTS if root != ROOTS[earlier]]))
    for claim in (
        (earlier, other, later, ROOTS[later], proof),
        (earlier, ROOTS[earlier], later, other if other != ROOTS[later] else bytes(32), proof),
        (earlier, ROOTS[earlier], later, ROOTS[later], proof[:-1]),
        (earlier, ROOTS[earlier], later, ROOTS[later], [*proof, bytes(32)]),
        (earlier, ROOTS[earlier], later, ROOTS[later], [*proof[:at], bytes(32), *proof[at + 1 :]]),
        (later, ROOTS[later], earlier, ROOTS[earlier], proof),
    ):
        with pytest.raises(ProofBroken):
            check_consistency(*claim)


def test_nothing_is_proved_beside_the_empty_tree_and_the_same_tree() -> None:
    """A proof where none is needed, or a wrong root without a proof, must not pass."""
    check_consistency(0, EMPTY_ROOT, 5, ROOTS[5], [])
    check_consistency(5, ROOTS[5], 5, ROOTS[5], [])
    for claim in (
        (0, ROOTS[1], 5, ROOTS[5], []),
        (0, EMPTY_ROOT, 5, ROOTS[5], [ROOTS[5]]),
        (5, ROOTS[4], 5, ROOTS[5], []),
        (5, ROOTS[5], 5, ROOTS[5], [ROOTS[5]]),
        (-1, EMPTY_ROOT, 5, ROOTS[5], []),
    ):
        with pytest.raises(ProofBroken):
            check_consistency(*claim)


def test_a_tree_goes_on_from_what_was_kept_of_it() -> None:
    """A log that is opened again would otherwise have to read all of itself."""
    tree = Frontier()
    for size, leaf in enumerate(LEAVES, 1):
        tree = Frontier(tree.size, tree.roots)
        tree.append(leaf)
        assert (tree.size, tree.root()) == (size, ROOTS[size])


@pytest.mark.parametrize("size", [1, 6, 7])
def test_a_tree_that_was_kept_wrongly_is_refused(size: int) -> None:
    """It would sign a root that nobody can verify."""
    with pytest.raises(ValueError, match=r"^a tree of this size has another number of complete subtrees$"):
        Frontier(size, [bytes(32)] * (size.bit_count() + 1))


@pytest.mark.parametrize(("index", "size"), [(-1, 3), (3, 3), (0, 0)])
def test_there_is_no_proof_of_a_leaf_that_is_not_there(index: int, size: int) -> None:
    """It would prove another leaf."""
    with pytest.raises(IndexError, match=r"^the tree has no such leaf$"):
        inclusion_proof(SUBTREE, index, size)


@pytest.mark.parametrize(("earlier", "later"), [(0, 3), (4, 3)])
def test_there_is_no_proof_from_a_larger_tree(earlier: int, later: int) -> None:
    """A log does not shrink."""
    with pytest.raises(IndexError, match=r"^the earlier tree must have leaves, and not more of them$"):
        consistency_proof(SUBTREE, earlier, later)


ONE = [LEAVES[1]]


@pytest.mark.parametrize(
    ("claim", "words"),
    [
        ((ROOTS[3], 3, 3, LEAVES[0], []), "the tree has no such leaf"),
        ((ROOTS[3], 3, -1, LEAVES[0], []), "the tree has no such leaf"),
        ((ROOTS[1], 1, 0, LEAVES[0], ONE), "the proof is too long"),
        ((ROOTS[2], 2, 0, LEAVES[0], []), "the proof is too short"),
        ((ROOTS[3], 2, 0, LEAVES[0], ONE), "the proof does not lead to the root"),
    ],
)
def test_a_refused_inclusion_proof_says_why(
    claim: tuple[bytes, int, int, bytes, list[bytes]], words: str
) -> None:
    """Whoever checks a pack would not know whether it was cut or is of another log."""
    with pytest.raises(ProofBroken) as refused:
        check_inclusion(*claim)
    assert str(refused.value) == words


SIX_OF_SEVEN = consistency_proof(SUBTREE, 6, 7)


@pytest.mark.parametrize(
    ("claim", "words"),
    [
        ((7, ROOTS[7], 6, ROOTS[6], SIX_OF_SEVEN), "the earlier tree is the larger one"),
        ((-1, EMPTY_ROOT, 6, ROOTS[6], []), "the earlier tree is the larger one"),
        ((0, ROOTS[1], 6, ROOTS[6], []), "the two trees differ"),
        ((6, ROOTS[6], 6, ROOTS[6], ONE), "the two trees differ"),
        ((6, ROOTS[6], 7, ROOTS[7], []), "the proof is too short"),
        ((6, ROOTS[6], 7, ROOTS[7], [*SIX_OF_SEVEN, bytes(32)]), "the proof is too long"),
        (
            (6, ROOTS[6], 7, ROOTS[7], SIX_OF_SEVEN[:-1]),
            "the later tree does not begin with the earlier one",
        ),
        ((6, ROOTS[5], 7, ROOTS[7], SIX_OF_SEVEN), "the later tree does not begin with the earlier one"),
        ((6, ROOTS[6], 7, ROOTS[8], SIX_OF_SEVEN), "the later tree does not begin with the earlier one"),
        ((4, ROOTS[4], 7, ROOTS[7], []), "the later tree does not begin with the earlier one"),
    ],
)
def test_a_refused_consistency_proof_says_why(
    claim: tuple[int, bytes, int, bytes, list[bytes]], words: str
) -> None:
    """A witness that refuses a log tells its operator these words."""
    with pytest.raises(ProofBroken) as refused:
        check_consistency(*claim)
    assert str(refused.value) == words


def test_the_roots_of_certificate_transparency() -> None:
    """The trees that its implementations are tested with; the roots stand in the tests of the Go library."""
    entries = [
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    ]
    leaves = [leaf_hash(bytes.fromhex(each)) for each in entries]
    assert root_of([]).hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert leaves[0].hex() == "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
    assert root_of(leaves).hex() == "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"
