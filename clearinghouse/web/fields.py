"""The fields that forms are made of: each cleans what was typed and refuses it with one message."""

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from enum import Enum
from typing import Any

from wtforms import Field
from wtforms.fields import BooleanField, RadioField, SelectField, SelectMultipleField, StringField
from wtforms.validators import StopValidation

from clearinghouse.web.widgets import (
    CheckboxesWidget,
    DateWidget,
    LineWidget,
    RadioWidget,
    SecretWidget,
    SelectWidget,
    TextWidget,
    TickWidget,
)

LINE_LENGTH = 200
TEXT_LENGTH = 8000


@dataclass(frozen=True)
class Option:
    """One choice of a field: the value that travels, the words shown, and a hint under them."""

    value: str
    words: str
    hint: str = ""


def whole_number(digits: int, example: int) -> Callable[[str], str | None]:
    """A check for a Line: what is wrong with a text that is no whole number of at most so many digits."""

    def check(text: str) -> str | None:
        fits = text.isascii() and text.isdigit() and len(text) <= digits
        return None if fits else f"Enter a whole number, such as {example}"

    return check


def options_of(members: Iterable[Enum]) -> tuple[Option, ...]:
    """Options from enum members that have `words`, and perhaps a `hint`."""
    return tuple(
        Option(
            str(member.value), str(getattr(member, "words", member.value)), str(getattr(member, "hint", ""))
        )
        for member in members
    )


def clean(text: str) -> str:
    """Text as it is kept: no space around it, one kind of line break, composed characters."""
    return unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n")).strip()


def has_unkeepable(text: str) -> bool:
    """Whether the text holds a character that no database keeps alike: controls, NUL and lone surrogates."""
    return any(unicodedata.category(char) in ("Cc", "Cs") and char not in "\n\t" for char in text)


class _Typed(StringField):
    """Typed text: cleaned, then refused where it is missing, too long or holds what cannot be kept."""

    def __init__(
        self,
        label: str = "",
        *,
        missing: str = "",
        longest: int = LINE_LENGTH,
        hint: str = "",
        check: Callable[[str], str | None] | None = None,
        **options: Any,
    ) -> None:
        self.missing, self.longest, self.check_words = missing, longest, check
        super().__init__(label, description=hint, **options)

    @property
    def text(self) -> str:
        """What was typed, "" where nothing was."""
        return self.data or ""

    def process_formdata(self, valuelist: Sequence[Any]) -> None:
        """Keep what was typed, cleaned."""
        self.data = clean(str(valuelist[0])) if valuelist else ""

    def pre_validate(self, form: Any) -> None:  # noqa: ARG002
        """Refuse with one message. Raises StopValidation."""
        text = self.data or ""
        if not text and self.missing:
            raise StopValidation(self.missing)
        if has_unkeepable(text):
            raise StopValidation(
                f"{self.label.text} has a character that cannot be kept. Type it again by hand"
            )
        if len(text) > self.longest:
            raise StopValidation(f"{self.label.text} must be {self.longest:,} characters or fewer")
        problem = self.check_words(text) if text and self.check_words else None
        if problem:
            raise StopValidation(problem)


class Line(_Typed):
    """One line of text. `missing` is the error where it is left empty; without it the field is optional.

    `looks` goes to the macro as it is: `{"classes": "govuk-input--width-10", "autocomplete": "email"}`.
    """

    widget = LineWidget()

    def __init__(self, label: str = "", *, looks: dict[str, Any] | None = None, **options: Any) -> None:
        self.looks = looks or {}
        super().__init__(label, **options)

    def process_formdata(self, valuelist: Sequence[Any]) -> None:
        """A pasted line break becomes a space."""
        super().process_formdata([" ".join(str(valuelist[0]).splitlines())] if valuelist else valuelist)


class Text(_Typed):
    """Text of several lines, with a character count; lengths are in characters."""

    widget = TextWidget()

    def __init__(self, label: str = "", *, longest: int = TEXT_LENGTH, rows: int = 8, **options: Any) -> None:
        self.rows = rows
        super().__init__(label, longest=longest, **options)


class Secret(_Typed):
    """A password: never shown again, never cleaned except for its encoding."""

    widget = SecretWidget()

    def __init__(self, label: str = "", *, looks: dict[str, Any] | None = None, **options: Any) -> None:
        self.looks = looks or {}
        super().__init__(label, **options)

    def process_formdata(self, valuelist: Sequence[Any]) -> None:
        """Keep every character, spaces at the ends too."""
        self.data = unicodedata.normalize("NFC", str(valuelist[0])) if valuelist else ""


class _Optioned(Field):
    """What the fields with options share: `offer` sets them for one request, `missing` is said where none is chosen."""

    options: tuple[Option, ...]
    choices: Any
    is_group = True

    def offer(self, options: Iterable[Option]) -> None:
        """Set the options, for a field whose choices depend on the case or the person."""
        self.options = tuple(options)
        self.choices = [(option.value, option.words) for option in self.options]


class Choice(_Optioned, RadioField):
    """One of several, as radios. Optional only where `missing` is empty; then `data` is "" when nothing is chosen."""

    widget = RadioWidget()

    def __init__(
        self,
        label: str = "",
        *,
        options: Iterable[Option] = (),
        missing: str = "",
        hint: str = "",
        **more: Any,
    ) -> None:
        self.missing = missing
        super().__init__(label, description=hint, validate_choice=False, choices=[], **more)
        self.offer(options)

    def process_formdata(self, valuelist: Sequence[Any]) -> None:
        """Keep what was chosen."""
        self.data = str(valuelist[0]) if valuelist else ""

    def pre_validate(self, form: Any) -> None:  # noqa: ARG002
        """Refuse nothing chosen and what was never offered. Raises StopValidation."""
        _check_choice(self, (self.data,) if self.data and self.data != "None" else ())


class Pick(_Optioned, SelectField):
    """One of many, as a drop-down list that starts with `prompt`."""

    widget = SelectWidget()
    is_group = False

    def __init__(
        self,
        label: str = "",
        *,
        options: Iterable[Option] = (),
        missing: str = "",
        hint: str = "",
        prompt: str = "Select one",
        **more: Any,
    ) -> None:
        self.missing, self.prompt = missing, prompt
        super().__init__(label, description=hint, validate_choice=False, choices=[], **more)
        self.offer(options)

    def offer(self, options: Iterable[Option]) -> None:
        """Set the options, the prompt before them."""
        super().offer(options)
        self.choices = [("", self.prompt), *self.choices]

    def process_formdata(self, valuelist: Sequence[Any]) -> None:
        """Keep what was chosen."""
        self.data = str(valuelist[0]) if valuelist else ""

    def pre_validate(self, form: Any) -> None:  # noqa: ARG002
        """Refuse nothing chosen and what was never offered. Raises StopValidation."""
        _check_choice(self, (self.data,) if self.data and self.data != "None" else ())


class Choices(_Optioned, SelectMultipleField):
    """Any of several, as checkboxes; `data` is a list of values."""

    widget = CheckboxesWidget()

    def __init__(
        self,
        label: str = "",
        *,
        options: Iterable[Option] = (),
        missing: str = "",
        hint: str = "",
        **more: Any,
    ) -> None:
        self.missing = missing
        super().__init__(label, description=hint, validate_choice=False, choices=[], **more)
        self.offer(options)

    def process_formdata(self, valuelist: Sequence[Any]) -> None:
        """Keep what was ticked, each once."""
        self.data = list(dict.fromkeys(str(value) for value in valuelist))

    def pre_validate(self, form: Any) -> None:  # noqa: ARG002
        """Refuse nothing ticked and what was never offered. Raises StopValidation."""
        _check_choice(self, tuple(self.data or ()))


class Tick(BooleanField):
    """A single checkbox; `missing` is the error where it must be ticked and is not."""

    widget = TickWidget()

    def __init__(self, label: str = "", *, missing: str = "", hint: str = "", **more: Any) -> None:
        self.missing = missing
        super().__init__(label, description=hint, **more)

    def pre_validate(self, form: Any) -> None:  # noqa: ARG002
        """Refuse where it must be ticked. Raises StopValidation."""
        if self.missing and not self.data:
            raise StopValidation(self.missing)


class DateParts(Field):
    """A date in three parts. Anything that is no date is refused with a message, whatever was posted.

    `name` is the subject of the messages: "The date of the conversation".
    """

    widget = DateWidget()
    is_group = True
    data: date | None

    def __init__(
        self,
        label: str = "",
        *,
        subject: str,
        missing: str = "",
        hint: str = "For example, 27 3 2026",
        earliest: date | None = None,
        latest: date | None = None,
        **more: Any,
    ) -> None:
        self.subject, self.missing, self.earliest, self.latest = subject, missing, earliest, latest
        super().__init__(label, description=hint, **more)

    @property
    def first_id(self) -> str:
        """The part that an error links to, which can take the focus."""
        return f"{self.id}-day"

    @property
    def day(self) -> date:
        """The date of a field that must be filled in, once the form was found valid. Raises ValueError without one."""
        if self.data is None:
            raise ValueError("no date was given")
        return self.data

    def parts(self) -> list[str]:
        """Day, month and year as they were typed, however many arrived."""
        typed = [str(part)[:10] for part in self.raw_data or ()]
        return [*typed, "", "", ""][:3]

    def _value(self) -> str:
        return " ".join(self.parts())

    def process_formdata(self, valuelist: Sequence[Any]) -> None:
        """Keep the date where the three parts are one."""
        self.data = _read_date([str(part) for part in valuelist])

    def pre_validate(self, form: Any) -> None:  # noqa: ARG002
        """Refuse what is missing, no date, or outside the bounds. Raises StopValidation."""
        typed = [part.strip() for part in self.parts()]
        if not any(typed):
            if self.missing:
                raise StopValidation(self.missing)
            return
        absent = [name for name, part in zip(("day", "month", "year"), typed, strict=True) if not part]
        if absent:
            raise StopValidation(f"{self.subject} must include a {' and '.join(absent)}")
        if self.data is None:
            raise StopValidation(f"{self.subject} must be a real date, like 27 3 2026")
        if self.earliest and self.data < self.earliest:
            raise StopValidation(f"{self.subject} must be {_plain(self.earliest)} or later")
        if self.latest and self.data > self.latest:
            raise StopValidation(f"{self.subject} must be {_plain(self.latest)} or earlier")


def _check_choice(field: Any, chosen: tuple[str, ...]) -> None:
    if not chosen and field.missing:
        raise StopValidation(field.missing)
    if not set(chosen) <= {option.value for option in field.options}:
        raise StopValidation("Select one of the answers on this page")


def _read_date(parts: list[str]) -> date | None:
    if len(parts) != 3 or not all(re.fullmatch(r"\s*[0-9]{1,4}\s*", part) for part in parts):
        return None
    day, month, year = (int(part) for part in parts)
    try:
        return date(year, month, day) if year >= 1900 else None
    except ValueError:
        return None


def _plain(day: date) -> str:
    return f"{day.day} {day:%B %Y}"
