"""Values behind salted digests: RFC 9901's own examples, and that nothing is told about what is not shown."""

import base64

import pytest

from clearinghouse.vault.disclosures import digest_of, digests_of, disclosures, read_disclosure

# RFC 9901, 4.2.1 and 4.2.3, and 5.1
FAMILY_NAME = "WyJfMjZiYzRMVC1hYzZxMktJNmNCVzVlcyIsICJmYW1pbHlfbmFtZSIsICJNw7ZiaXVzIl0"
EXAMPLES = [
    (FAMILY_NAME, "X9yH0Ajrdm1Oij4tWso9UzzKJvPoDxwmuEcO3XAdRC0", "family_name", "M\u00f6bius"),
    (
        "WyIyR0xDNDJzS1F2ZUNmR2ZyeU5STjl3IiwgImdpdmVuX25hbWUiLCAiSm9obiJd",
        "jsu9yVulwQQlhFlM_3JlzMaSFzglhQG0DpfayQwLUK4",
        "given_name",
        "John",
    ),
    (
        "WyJlbHVWNU9nM2dTTklJOEVZbnN4QV9BIiwgImZhbWlseV9uYW1lIiwgIkRvZSJd",
        "TGf4oLbgwd5JQaHyKVQZU9UdGE0w5rtDsrZzfUaomLo",
        "family_name",
        "Doe",
    ),
]
SEED = bytes(range(32))


@pytest.mark.parametrize(("disclosure", "digest", "name", "value"), EXAMPLES)
def test_the_published_examples(disclosure: str, digest: str, name: str, value: str) -> None:
    """A form of our own could be checked by nobody else's program."""
    assert digest_of(disclosure) == digest
    assert read_disclosure(disclosure) == (name, value)


def test_what_is_disclosed_is_read_back() -> None:
    """Every kind of fact that the ledger carries."""
    values = {"on": "2026-11-23", "number": 7, "yes": True, "none": None, "many": ["a", ["b", 1]]}
    made = disclosures(SEED, values)
    assert dict(read_disclosure(each) for each in made.values()) == values
    assert digests_of(made.values()) == sorted(digest_of(each) for each in made.values())


def test_no_two_salts_are_alike_and_none_comes_without_the_seed() -> None:
    """A value of a short list could otherwise be guessed from its digest."""
    one, other = disclosures(SEED, {"a": 1, "b": 1}), disclosures(bytes(32), {"a": 1, "b": 1})
    salts = {
        base64.urlsafe_b64decode(each + "=" * (-len(each) % 4))[:26]
        for each in (*one.values(), *other.values())
    }
    assert len(salts) == 4
    assert disclosures(SEED, {"a": 1}) == {"a": one["a"]}


@pytest.mark.parametrize(
    "text", ["", "e30", "WzEsMl0", "WyJhIiwxLDJd", "!!!!", FAMILY_NAME[:-3], "W" * 40, "W1tdLFtdLFtdXQ"]
)
def test_what_is_no_disclosure_is_refused(text: str) -> None:
    """A verifier would otherwise end in a traceback, or read something else."""
    with pytest.raises(ValueError, match=r"^this is no disclosure$"):
        read_disclosure(text)


def test_what_is_disclosed_is_written_as_it_always_was() -> None:
    """Its digest stands in what was signed: one byte written otherwise, and nothing of before verifies."""
    made = disclosures(SEED, {"z": ["\u00fc", None], "a": {"b": 1, "a": 2}})
    assert made == {
        "z": "WyJkQ0dOY1pKSzRfX05KVkp4TmRwNWd3IiwieiIsWyJcdTAwZmMiLG51bGxdXQ",
        "a": "WyJVV2ZkRmRHQlpxbmRiS28xSXZjQ2J3IiwiYSIseyJhIjoyLCJiIjoxfV0",
    }
    assert digests_of(made.values()) == [
        "FrqOQXHDpMJO9b5qUN_Go67d5OAgJWliE99_z_rSt90",
        "fsi5owfHps3crcIU4Pbx1KCGxJjVATSMaHveZYm9ue8",
    ]
