"""The forms that a page shows, found in its markup, and filled in as somebody would, or as somebody should not."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from random import Random
from urllib.parse import quote_from_bytes

from tests.web.uploads import BOUNDARY

_USUAL = {"day": "1", "month": "12", "year": "2026"}
FILES_NAME = "files"


@dataclass
class Entry:
    """One field: its name, what kind it is, and the values that it offers."""

    name: str
    kind: str
    values: list[str] = field(default_factory=list)


@dataclass
class FoundForm:
    """One form: where it is sent, and its fields in the order of the page."""

    action: str
    method: str
    brings_files: bool
    entries: list[Entry] = field(default_factory=list)

    def entry(self, name: str, kind: str) -> Entry:
        """The field of a name, which several elements may make up."""
        for each in self.entries:
            if (each.name, each.kind) == (name, kind) and kind in ("radio", "checkbox"):
                return each
        self.entries.append(Entry(name, kind))
        return self.entries[-1]


class Forms(HTMLParser):
    """Collects the forms of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[FoundForm] = []
        self._open: FoundForm | None = None
        self._select: Entry | None = None
        self._text: Entry | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take one element into the form that is open."""
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            files = "multipart" in given.get("enctype", "")
            self._open = FoundForm(given.get("action", ""), given.get("method", "get").lower(), files)
            self.found.append(self._open)
        elif self._open is not None:
            self._field(self._open, tag, given)

    def _field(self, form: FoundForm, tag: str, given: Mapping[str, str]) -> None:
        name, kind = given.get("name", ""), given.get("type", "text")
        if tag == "option" and self._select:
            self._select.values.append(given.get("value", ""))
        if not name:
            return
        if tag == "input" or (tag == "button" and kind != "button"):
            form.entry(name, "submit" if tag == "button" else kind).values.append(given.get("value", ""))
        elif tag == "select":
            self._select = form.entry(name, "select")
        elif tag == "textarea":
            self._text = form.entry(name, "text")

    def handle_data(self, data: str) -> None:
        """What stands in a text area."""
        if self._text is not None:
            self._text.values.append(data.removeprefix("\n"))

    def handle_endtag(self, tag: str) -> None:
        """Close what ends."""
        if tag == "form":
            self._open = None
        elif tag == "select":
            self._select = None
        elif tag == "textarea":
            self._text = None


def forms_of(page: str) -> list[FoundForm]:
    """The forms of a page."""
    reader = Forms()
    reader.feed(page)
    return reader.found


Pairs = list[tuple[str, str]]


def filled(form: FoundForm, random: Random, say: Callable[[Entry], str | None]) -> Pairs:
    """The form's fields as they are sent; `say` gives what is typed into a field of text, or None for its own value."""
    pairs: Pairs = []
    pressed = [each for each in form.entries if each.kind == "submit"]
    for each in form.entries:
        if each.kind in ("hidden", "file"):
            pairs += [(each.name, value) for value in each.values] if each.kind == "hidden" else []
        elif each.kind in ("radio", "select") and each.values:
            pairs.append((each.name, random.choice(each.values)))
        elif each.kind == "checkbox":
            pairs += [(each.name, value) for value in each.values if random.random() < 0.5]
        elif each.kind != "submit":
            typed = say(each)
            pairs += [(each.name, value) for value in (each.values or [""])] if typed is None else []
            pairs += [(each.name, typed)] if typed is not None else []
    if pressed:
        button = random.choice(pressed)
        pairs.append((button.name, random.choice(button.values)))
    return pairs


def plausible(form: FoundForm, random: Random) -> Pairs:
    """The form as somebody fills it in who means well."""
    days: dict[str, int] = {}

    def say(entry: Entry) -> str:
        if entry.kind == "password":
            return "copper lantern meadow"
        place = days[entry.name] = days.get(entry.name, -1) + 1
        alike = sum(each.name == entry.name for each in form.entries)
        if alike == 3:  # a day in its three parts
            return list(_USUAL.values())[place]
        return "jo.bright@council.example" if "mail" in entry.name else "What was said to us"

    return filled(form, random, say)


def encoded(pairs: Pairs) -> bytes:
    """As a browser sends a form, and as none does: with lone surrogates as they are."""
    return "&".join(f"{_quoted(name)}={_quoted(value)}" for name, value in pairs).encode("ascii")


def _quoted(text: str) -> str:
    return quote_from_bytes(text.encode("utf-8", "surrogatepass"), safe="")


def in_parts(pairs: Pairs, files: list[tuple[str, bytes]]) -> tuple[bytes, str]:
    """The body and its type where files go with it."""
    parts = [
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'.encode("utf-8", "replace")
        + value.encode("utf-8", "surrogatepass")
        + b"\r\n"
        for name, value in pairs
    ]
    parts += [
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{FILES_NAME}"; filename="'.encode()
        + name.encode("utf-8", "surrogatepass")
        + b'"\r\n\r\n'
        + content
        + b"\r\n"
        for name, content in files
    ]
    return b"".join(parts) + f"--{BOUNDARY}--\r\n".encode(), f"multipart/form-data; boundary={BOUNDARY}"
