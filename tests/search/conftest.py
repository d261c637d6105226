"""People round one case, and what each of them finds."""

from collections.abc import Callable
from uuid import UUID

import pytest

from clearinghouse.access.roles import Actor
from clearinghouse.casework.search.asking import Asked
from clearinghouse.casework.search.looking import Patience
from clearinghouse.casework.search.searches import SearchPage, make_search, search_page
from clearinghouse.casework.world import World
from clearinghouse.records.searched import TextKind


def search(world: World, actor: Actor, words: str, *kinds: TextKind, **more: object) -> SearchPage:
    """The first page of what somebody finds."""
    asked = Asked(words, frozenset(kinds), **more)  # type: ignore[arg-type]  # as given
    return search_page(world, actor, make_search(world, actor, asked), patience=Patience(seconds=600))


@pytest.fixture
def find(world: World) -> Callable[..., set[UUID]]:
    """The cases that somebody finds: `find(actor, "words")`, `find(actor, "words", TextKind.SOURCE)`."""

    def found(actor: Actor, words: str, *kinds: TextKind, **more: object) -> set[UUID]:
        return {each.id for each in search(world, actor, words, *kinds, **more).found}

    return found
