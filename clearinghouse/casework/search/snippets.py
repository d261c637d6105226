"""The words around a hit: as they were typed, with what was found marked off from the rest."""

from collections.abc import Sequence
from dataclasses import dataclass

from clearinghouse.records.folding import fold_with_places

_BEFORE = 80
_LENGTH = 240
_EDGE = 24
_MOST_HITS = 50


@dataclass(frozen=True)
class Piece:
    """A stretch of a text; `found` where it is what was looked for."""

    text: str
    found: bool = False


def marked(text: str, needles: Sequence[str], *, whole: bool = False) -> tuple[Piece, ...]:
    """The text round its first hit, or the `whole` of it, in pieces; nothing where there is no hit to show."""
    hits = _hits(text, needles)
    if not hits:
        return (Piece(text),) if whole else ()
    start, end = (0, len(text)) if whole else _window(text, hits[0][0])
    pieces = [Piece("… ")] if start else []
    at = start
    for first, last in hits:
        if first < at or last > end:
            continue
        pieces += [Piece(text[at:first])] if first > at else []
        pieces.append(Piece(text[first:last], found=True))
        at = last
    pieces += [Piece(text[at:end])] if at < end else []
    return (*pieces, Piece(" …")) if end < len(text) else tuple(pieces)


def _hits(text: str, needles: Sequence[str]) -> list[tuple[int, int]]:
    """From where to where each needle stands in the text, in order; of two that overlap the longer one.

    Of each no more than are needed to fill what is shown: a text may hold thousands.
    """
    folded, places = fold_with_places(text)
    folded = " " + folded
    found: list[tuple[int, int]] = []
    for needle in needles:
        at = -1
        for _ in range(_MOST_HITS):
            at = folded.find(" " + needle, at + 1)
            if at < 0:
                break
            first, last = places[at], places[at + len(needle) - 1] + 1
            if all(last <= other[0] or first >= other[1] for other in found):
                found.append((first, last))
    return sorted(found)


def _window(text: str, hit: int) -> tuple[int, int]:
    """From where to where to show, with no word cut where one ends near."""
    start = max(0, hit - _BEFORE)
    if start:
        space = text.find(" ", start, min(hit, start + _EDGE))
        start = space + 1 if space >= 0 else start
    end = min(len(text), max(start + _LENGTH, hit + _LENGTH - _BEFORE))
    if end < len(text):
        space = text.rfind(" ", max(hit + 1, end - _EDGE), end)
        end = space if space > hit else end
    return start, end
