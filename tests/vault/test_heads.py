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
    with pytest.raises(KeyError):
        a_map(MANY).proof(UUID(int=0))
