"""Which sealed texts are searched: each is decided on, and folding compares words as people mean them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clearinghouse.records.folding import fold, fold_with_places
from clearinghouse.records.sealed import Compartment
from clearinghouse.records.searched import NOT_SEARCHED, SEARCHED
from clearinghouse.records.tables import inventory

NOT = [name for names in NOT_SEARCHED.values() for name in names]


def test_every_sealed_column_is_searched_or_is_not_for_a_reason() -> None:
    """A new text would be missed by every search or, searched without a thought, shown to whoever reads the case."""
    assert sorted([*SEARCHED, *NOT]) == sorted(["documents.head", *(each.name for each in inventory())])


def test_what_is_searched_lies_under_the_case_or_the_source() -> None:
    """A text under another's key would be sealed into a case's text, and outlive the destruction of that key."""
    for each in inventory():
        if each.name in SEARCHED:
            source = each.sealed.compartment is Compartment.SOURCE
            assert each.sealed.subject in ({"id", "source_id"} if source else {"case_id"})


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Siân O\u2019Brien\u2019s", "sian obriens"),
        ("follow-up — \ufb01re £1,200", "follow up fire 1 200"),
        ("Straße, STRASSE", "strasse strasse"),
        ("Łukasz Øre", "lukasz ore"),
        ("e\u0301tude \u00bd", "etude 1 2"),
        ("nul\0and\ud800half", "nul and half"),
        ("soft\u00adhyphen zero\u200bwidth", "softhyphen zerowidth"),
    ],
)
def test_case_accents_signs_and_forms_do_not_count(text: str, folded: str) -> None:
    assert fold(text) == folded


@given(st.text())
def test_folding_twice_changes_nothing_and_places_lead_back(text: str) -> None:
    """A word that folds differently in a text and in a search would never be found; a wrong place marks other words."""
    folded, places = fold_with_places(text)
    assert folded == fold(text) == fold(folded)
    assert len(places) == len(folded)
    assert places == sorted(places)
