"""Text as search compares it: case, accents, punctuation and spacing do not count, and words keep their beginnings."""

import unicodedata
from collections.abc import Iterator
from types import MappingProxyType

FOLDING = f"1/{unicodedata.unidata_version}"
"""Which folding this is. Texts that were folded otherwise are folded anew before anybody searches them so."""

_APOSTROPHES = frozenset("'\u2018\u2019\u02bc\u2032`\u00b4")
_SPELLED = MappingProxyType(
    {"ł": "l", "ø": "o", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i", "ħ": "h"}
)
_DROPPED = frozenset({"Mn", "Mc", "Me", "Cf"})
_KEPT_AT_MOST = 20_000


class _Table(dict[int, str | None]):
    """What each character becomes, worked out when it is first met; None for one that is dropped."""

    def __missing__(self, code: int) -> str | None:
        made = _folded(chr(code)) or None
        if len(self) < _KEPT_AT_MOST:
            self[code] = made
        return made


def fold(text: str) -> str:
    """The text as it is compared: letters and digits in lower case, one space wherever anything else stood.

    Compatibility forms and accents are taken apart (NFKD) and marks dropped, so that Siân is found as sian and ﬁre as
    fire; an apostrophe joins, so that children’s is one word, and any other sign separates, as in follow-up.
    """
    return " ".join(text.translate(_TABLE).split())


def fold_with_places(text: str) -> tuple[str, list[int]]:
    """The folded text, and for each of its characters where in the text it comes from."""
    signs: list[str] = []
    places: list[int] = []
    for place, sign in _each(text):
        if sign == " " and (not signs or signs[-1] == " "):
            continue
        signs.append(sign)
        places.append(place)
    if signs and signs[-1] == " ":
        signs.pop()
        places.pop()
    return "".join(signs), places


def _each(text: str) -> Iterator[tuple[int, str]]:
    for place, character in enumerate(text):
        for sign in _TABLE[ord(character)] or "":
            yield place, sign


def _folded(character: str) -> str:
    if character in _APOSTROPHES:
        return ""
    lowered = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", character).casefold())
    return "".join(_sign(_SPELLED.get(sign, sign)) for sign in lowered)


def _sign(sign: str) -> str:
    if sign.isalnum():
        return sign
    return "" if unicodedata.category(sign) in _DROPPED else " "


_TABLE = _Table()
