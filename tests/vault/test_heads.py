"""The map of streams' last events: one root for all, a proof for each, and none for what is not so."""

from dataclasses import replace
from hashlib import sha256
from uuid import UUID

import pytest

from clearinghouse.vault import heads
from clearinghouse.vault.heads import DEPTH, Head, HeadsMap, check_head
from clearinghouse.vault.merkle import ProofBroken

MANY = [
    Head(UUID(int=number), number % 7 + 1, sha256(str(number).encode()).digest()) for number in range(1, 400)
]


def a_map(given: list[Head]) -> HeadsMap:
    found = HeadsMap()
    for head in given:
        found.set(head)
    return found


def test_the_root_does_not_depend_on_the_order_in_which_it_came_about() -> None:
    """A verifier that walks the log in another order would find another root."""
    one, other = a_map(MANY), HeadsMap()
    for head in reversed(MANY):
        other.set(replace(head, seq=99))
        other.root()
    for head in MANY:
        other.set(head)
    assert one.root() == other.root()
    assert len(one) == len(other) == len(MANY)


def test_every_change_of_a_head_changes_the_root() -> None:
    """A stream could otherwise be cut, or another put in its place."""
    first = MANY[0]
    changed = (
        replace(first, seq=first.seq + 1),
        replace(first, hash=bytes(32)),
        replace(first, stream=UUID(int=10**6)),
    )
    roots = {a_map([each, *MANY[1:]]).root() for each in (first, *changed)}
    roots |= {a_map(MANY[1:]).root(), HeadsMap().root()}
    assert len(roots) == len(changed) + 3


@pytest.mark.parametrize("crowded", [False, True])
def test_each_head_is_proved_and_no_other(monkeypatch: pytest.MonkeyPatch, crowded: bool) -> None:
    """A regulator could otherwise be shown a stream without its last events."""
    if crowded:  # as where many streams fall into one bucket
        monkeypatch.setattr(heads, "_bucket_of", lambda stream: stream.int % 3)
    found = a_map(MANY)
    root = found.root()
    for head in MANY:
        proof = found.proof(head.stream)
        assert len(proof.above) == DEPTH
        check_head(root, head, proof)
        for wrong in (
            (bytes(32), head, proof),
            (root, replace(head, seq=head.seq - 1), proof),
            (root, replace(head, hash=bytes(32)), proof),
            (root, head, replace(proof, above=proof.above[:-1])),
            (root, head, replace(proof, above=(*proof.above[:-1], bytes(32)))),
            (root, head, replace(proof, beside=(*proof.beside, bytes(32)))),
            (root, head, replace(proof, index=proof.size)),
        ):
            with pytest.raises(ProofBroken):
                check_head(*wrong)


def test_a_stream_that_the_map_does_not_know_has_no_proof() -> None:
    """An empty proof could be taken for one."""
    with pytest.raises(KeyError, match="00000000-0000-0000-0000-000000000000"):
        a_map(MANY).proof(UUID(int=0))


THREE = [Head(UUID(int=number), number, bytes([number]) * 32) for number in (1, 2, 3)]


def test_the_map_is_the_one_that_was_signed_before() -> None:
    """Another hash anywhere in it, and no log that was ever signed would verify, nor any pack."""
    empty = "03f0e06610687f70ab58d0e39ae4abb846a5ad17ec789db9d910d27f0ec52ba3"
    assert heads._empty_levels()[-1].hex() == HeadsMap().root().hex() == empty
    assert len(heads._empty_levels()) == DEPTH + 1
    assert THREE[0].leaf.hex() == "2458478d0c45aaa086e5525177ded359c82ef67462f793d64ed27e5fc6d638ce"
    found = a_map(THREE)
    assert found.root().hex() == "81acbe7aedf57d78f311e531e193c3dc6eda2bb617e472b7a196f2fb5ebffa2c"
    proof = found.proof(UUID(int=2))
    assert (proof.index, proof.size, proof.beside) == (0, 1, ())
    above = sha256(b"".join(proof.above)).hexdigest()
    assert above == "47a0ae8f2d1457b271478c7d0fc4883a75635f55a02a7ff58d212c09e2249f42"


def test_a_refused_proof_of_a_head_says_why() -> None:
    """Whoever checks a pack could not tell a cut file from another map."""
    found = a_map(THREE)
    root, proof = found.root(), found.proof(UUID(int=1))
    for head, given, words in (
        (
            THREE[0],
            replace(proof, above=proof.above[1:]),
            "the proof has another length than the map's height",
        ),
        (THREE[1], proof, "the proof does not lead to the map's root"),
        (THREE[0], replace(proof, index=1), "the tree has no such leaf"),
    ):
        with pytest.raises(ProofBroken) as refused:
            check_head(root, head, given)
        assert str(refused.value) == words


def test_a_proof_is_of_the_map_as_it_stands() -> None:
    """A proof made after a stream went on, of what stood before, would be refused by everybody."""
    found = a_map(THREE)
    found.root()
    later = replace(THREE[1], seq=9)
    found.set(later)
    check_head(a_map([THREE[0], later, THREE[2]]).root(), later, found.proof(later.stream))
