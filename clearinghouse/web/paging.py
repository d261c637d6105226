"""Lists that are read a page at a time: the filter and the marks in the address, and the links that keep them."""

from collections.abc import Sequence
from typing import Any, Protocol, TypeVar
from urllib.parse import urlencode
from uuid import UUID

from flask import request, url_for

ON_A_PAGE = 50
_MARKS = ("after", "before")


class _Keyed(Protocol):
    @property
    def id(self) -> UUID: ...


_K = TypeVar("_K", bound=_Keyed)


def asked_mark() -> tuple[str, bool]:
    """The mark at which the page asked for begins, and whether it is read backwards from there."""
    backwards = "before" in request.args
    return request.args.get("before" if backwards else "after", ""), backwards


def list_links(subject: str, following: str | None, previous: str | None) -> dict[str, Any]:
    """The links of a list's template: to the next page, the one before, and the file of the same filter.

    The marks are None where there is no such page; then the link is empty.
    """
    return _neighbours(subject, following, previous) | {"csv_href": _link(f"{subject}.export", {})}


def page_of(subject: str, lines: Sequence[_K]) -> dict[str, Any]:
    """One page of a list that is small enough to be read whole, as `shown`, with the links to those beside it.

    A mark that is not among the lines, or is the last of them, begins at the beginning.
    """
    mark, backwards = asked_mark()
    keys = [str(line.id) for line in lines]
    at = keys.index(mark) if mark in keys else -1
    start = max(at - ON_A_PAGE, 0) if backwards else (at + 1) % max(len(keys), 1)
    end = at if backwards and at > 0 else start + ON_A_PAGE
    following = keys[end - 1] if end < len(keys) else None
    previous = keys[start] if start else None
    return {"shown": lines[start:end]} | _neighbours(subject, following, previous)


def filter_asked() -> dict[str, str]:
    """The filter in the address, without the marks."""
    return {name: value for name, value in request.args.items() if value and name not in _MARKS}


def _neighbours(subject: str, following: str | None, previous: str | None) -> dict[str, Any]:
    return {
        "next_href": _link(f"{subject}.index", {"after": following}) if following else "",
        "previous_href": _link(f"{subject}.index", {"before": previous}) if previous else "",
    }


def _link(endpoint: str, marks: dict[str, str]) -> str:
    # Not as arguments of url_for: whoever typed the address chose the names, and some mean something there.
    words = urlencode(filter_asked() | marks)
    return url_for(endpoint) + (f"?{words}" if words else "")
