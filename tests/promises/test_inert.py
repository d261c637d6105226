"""The short form of P15, and that it can fail; `scripts/promises` opens every page in Chromium."""

from pathlib import Path

import pytest

from tests.promises.inert import Inert, output_is_inert


@pytest.mark.allow_hosts(["127.0.0.1"])
def test_output_is_inert_on_sqlite(filled_on_sqlite: Path) -> None:
    """What somebody types on a case would run in the browser of whoever reads it."""
    print(output_is_inert(None, of_each=1, pages=1, kept=filled_on_sqlite, most=25))


@pytest.mark.parametrize(
    ("markup", "found"),
    [
        ("<script>hit(1)</script>", "a script"),
        ('<script src="/static/a.js"></script>', ""),
        ("<p onclick=hit(1)>", "onclick on p"),
        ("<p style=x>", "style on p"),
        ("<a href='javascript:hit(1)'>", "href='javascript:hit(1)'"),
        ("<a href=/cases>", ""),
        ("<base href=/>", "<base>"),
        ("<meta http-equiv=refresh>", "a meta element that acts"),
    ],
)
def test_what_acts_is_found(markup: str, found: str) -> None:
    """The test above would otherwise prove nothing."""
    reader = Inert()
    reader.feed(markup)
    assert "; ".join(reader.found) == found
