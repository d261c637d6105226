"""Fields: whatever is posted, the answer is a value or one message, never a broken page."""

from typing import Any

import pytest
from flask import Flask
from werkzeug.datastructures import MultiDict

from clearinghouse.web.fields import Choice, Choices, DateParts, Line, Option, Pick, Text, Tick
from clearinghouse.web.forms import Form

OPTIONS = (Option("one", "One"), Option("two", "Two", "The second"))


class Everything(Form):
    """One field of each kind."""

    line = Line("Name", missing="Enter a name", longest=10)
    text = Text("Words", longest=20)
    choice = Choice("Which", options=OPTIONS, missing="Select which")
    pick = Pick("Where", options=OPTIONS)
    choices = Choices("What", options=OPTIONS)
    tick = Tick("Sure")
    day = DateParts("Day", subject="The day", missing="Enter the day")


GOOD: dict[str, Any] = {"line": "Jo", "choice": "one", "day": ["27", "3", "2026"]}


def filled(site: Flask, **changes: Any) -> Form:
    """The form as it arrives by POST."""
    data = MultiDict()
    for name, value in {**GOOD, **changes}.items():
        data.setlist(name, value if isinstance(value, list) else [value])
    with site.test_request_context("/sign-in", method="POST"):
        form = Everything(formdata=data, meta={"csrf": False})
        form.validate()
        rendered = "".join(str(field()) for field in form if field.name not in ("post_key", "version"))
    assert "required" not in rendered
    assert 'class="govuk-hint">\n' not in rendered or "The second" in rendered
    return form


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({}, None),
        ({"line": " \t "}, "Enter a name"),
        ({"line": "x" * 11}, "Name must be 10 characters or fewer"),
        ({"line": "a\x00b"}, "Name has a character that cannot be kept. Type it again by hand"),
        ({"text": "a\ud800b"}, "Words has a character that cannot be kept. Type it again by hand"),
        ({"text": "é" * 20}, None),
        ({"text": "x" * 21}, "Words must be 20 characters or fewer"),
        ({"choice": []}, "Select which"),
        ({"choice": "three"}, "Select one of the answers on this page"),
        ({"pick": "three"}, "Select one of the answers on this page"),
        ({"choices": ["one", "three"]}, "Select one of the answers on this page"),
        ({"day": ["", "", ""]}, "Enter the day"),
        ({"day": ["27", "", "2026"]}, "The day must include a month"),
        ({"day": ["31", "2", "2026"]}, "The day must be a real date, like 27 3 2026"),
        ({"day": ["1", "1", "99999"]}, "The day must be a real date, like 27 3 2026"),
        ({"day": ["٣", "3", "2026"]}, "The day must be a real date, like 27 3 2026"),
        ({"day": ["27"]}, "The day must include a month and year"),
        ({"day": ["1", "2", "3", "4"]}, "The day must be a real date, like 27 3 2026"),
        ({"day": []}, "Enter the day"),
    ],
)
def test_every_answer_is_a_value_or_one_message(site: Flask, changes: Any, problem: str | None) -> None:
    """An odd post that ends in an internal error would show here."""
    assert [found["text"] for found in filled(site, **changes).problems] == ([problem] if problem else [])


def test_a_date_error_leads_to_something_that_takes_the_focus(site: Flask) -> None:
    """A link in the summary that leads nowhere strands people who use a keyboard."""
    assert filled(site, day=["", "", ""]).problems == [{"text": "Enter the day", "href": "#day-day"}]


def test_line_breaks_are_one_kind(site: Flask) -> None:
    """Browsers send CR LF; what is kept, counted and compared has LF alone, and a line has none."""
    form = filled(site, text=" a\r\nb\rc ", line="Jo\r\nBright")
    assert (form.text.data, form.line.data) == ("a\nb\nc", "Jo Bright")  # type: ignore[attr-defined]  # fields by their names


@pytest.mark.parametrize(
    ("given", "version"), [("7", 7), ("", None), ("-1", None), ("x" * 99, None), ("٧", None)]
)
def test_a_damaged_version_counts_as_none(site: Flask, given: str, version: int | None) -> None:
    """The version comes from outside like anything else."""
    assert filled(site, version=given).read_version() == version
