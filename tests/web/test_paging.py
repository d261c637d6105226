"""The links of lists: they keep the filter, whatever somebody put into the address."""

import re
from collections.abc import Callable

import pytest

from clearinghouse.access.roles import Role
from clearinghouse.casework.world import World
from clearinghouse.web import paging
from tests.factories.people import person
from tests.web.visitors import Visitor


@pytest.mark.parametrize("path", ["/cases", "/peers"])
def test_names_that_mean_something_to_the_program_are_only_words(
    path: str, signed_in_as: Callable[..., Visitor]
) -> None:
    """An address with `endpoint` or `_scheme` in it would otherwise be an internal error."""
    answer = signed_in_as(Role.LEAD).get(f"{path}?endpoint=a&_scheme=b&_external=1&values=c")
    assert answer.status_code == 200


@pytest.mark.parametrize("path", ["/people", "/grants?role=lead"])
def test_a_list_that_is_read_whole_is_shown_a_page_at_a_time(
    path: str, sqlite_world: World, signed_in_as: Callable[..., Visitor], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Somebody would stand on no page, or on two; or a link between them would forget the filter."""
    monkeypatch.setattr(paging, "ON_A_PAGE", 2)
    everybody = [f"Lena Lead {sign}" for sign in "ABCDE"]
    for name in everybody:
        person(sqlite_world, Role.LEAD, name=name)
    admin = signed_in_as(Role.ADMINISTRATOR, None)

    def walk(path: str, rel: str) -> list[list[str]]:
        text = admin.get(path).text
        here = re.findall(r"Lena Lead [A-E](?=</a>)", text)
        link = re.search(rf'href="([^"]*)" rel="{rel}"', text)
        return [here, *(walk(link[1].replace("&amp;", "&"), rel) if link else ())] if here or link else []

    forth = walk(path, "next")
    assert sorted(name for names in forth for name in names) == everybody
    assert max(map(len, forth)) == 2
    assert walk(f"{path}{'&' if '?' in path else '?'}after=nobody", "next") == forth
    last = path
    while link := re.search(r'href="([^"]*)" rel="next"', admin.get(last).text):
        last = link[1].replace("&amp;", "&")
    assert walk(last, "prev") == forth[::-1]
