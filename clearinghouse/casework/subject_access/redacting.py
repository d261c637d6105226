"""Finding a person's name in a text, and blacking words out of one, of which neither a letter nor the length stays."""

import re
import unicodedata
from collections.abc import Iterable, Iterator

from clearinghouse.records.folding import fold, fold_with_places

MARK = "████"
_APOSTROPHES = "'’ʼ‘"
_TITLES = r"(?:Cllr|Councillor|Mr|Mrs|Ms|Miss|Mx|Dr|Prof|Sir|Dame|Lord|Lady)\.?"
_CAPITAL = r"[A-ZÀ-ÖØ-Þ][\w’'\-]*"
_LIKE_A_NAME = re.compile(
    rf"\b(?:{_TITLES}[ \t]+)?{_CAPITAL}(?:[ \t]+(?:{_CAPITAL}))+|\b{_TITLES}[ \t]+{_CAPITAL}"
)


def mentions(text: str, names: Iterable[str]) -> bool:
    """Whether the text has one of the names, however it is written; the possessive counts."""
    folded = fold(text)
    return any(next(_places(folded, name), None) is not None for name in names)


def absent(text: str, words: Iterable[str]) -> list[str]:
    """Those of the words that the text does not have: mistyped, they would stay in it."""
    folded = fold(text)
    return [each for each in words if next(_places(folded, each), None) is None]


def black_out(text: str, words: Iterable[str]) -> str:
    """The text with every occurrence of the words replaced by MARK, whatever their capitals, accents and spacing."""
    folded, places = fold_with_places(text)
    spans = sorted(
        (places[start], _end(text, places[end - 1] + 1))
        for each in words
        for start, end in _places(folded, each)
    )
    parts, at = [], 0
    for start, end in spans:
        if start >= at:
            parts += [text[at:start], MARK]
        at = max(at, end)
    return "".join((*parts, text[at:]))


def names_left(text: str, own: Iterable[str]) -> tuple[str, ...]:
    """What looks like the name of somebody else in a text that goes out, for two people to look at once more."""
    theirs = tuple(own)
    found = (" ".join(each.group().split()) for each in _LIKE_A_NAME.finditer(text))
    return tuple(dict.fromkeys(each for each in found if not mentions(each, theirs)))


def lines_of(typed: str) -> tuple[str, ...]:
    """What was typed one a line, each once."""
    return tuple(dict.fromkeys(line.strip() for line in typed.splitlines() if line.strip()))


def _places(folded: str, words: str) -> Iterator[tuple[int, int]]:
    """Where the words stand as whole words in a folded text. One that ends on a possessive s is the same word."""
    wanted = fold(words)
    if not wanted:
        return
    for found in re.finditer(rf"(?<!\S){re.escape(wanted)}s?(?!\S)", folded):
        yield found.span()


def _end(text: str, end: int) -> int:
    """The end of a stretch with the marks that belong to its last letter."""
    while end < len(text) and (unicodedata.category(text[end]).startswith("M") or text[end] in _APOSTROPHES):
        end += 1
    return end
