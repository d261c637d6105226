"""Lists that are read a page at a time: the filter and the marks in the address, and the links that keep them."""

from typing import Any
from urllib.parse import urlencode

from flask import request, url_for

_MARKS = ("after", "before")


def asked_mark() -> tuple[str, bool]:
    """The mark at which the page asked for begins, and whether it is read backwards from there."""
    backwards = "before" in request.args
    return request.args.get("before" if backwards else "after", ""), backwards


def list_links(subject: str, following: str | None, previous: str | None) -> dict[str, Any]:
    """The links of a list's template: to the next page, the one before, and the file of the same filter.

    The marks are None where there is no such page; then the link is empty.
    """
    return {
        "next_href": _link(f"{subject}.index", {"after": following}) if following else "",
        "previous_href": _link(f"{subject}.index", {"before": previous}) if previous else "",
        "csv_href": _link(f"{subject}.export", {}),
    }


def filter_asked() -> dict[str, str]:
    """The filter in the address, without the marks."""
    return {name: value for name, value in request.args.items() if value and name not in _MARKS}


def _link(endpoint: str, marks: dict[str, str]) -> str:
    # Not as arguments of url_for: whoever typed the address chose the names, and some mean something there.
    words = urlencode(filter_asked() | marks)
    return url_for(endpoint) + (f"?{words}" if words else "")
