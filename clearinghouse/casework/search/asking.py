"""What somebody looks for: words and phrases, narrowed to kinds of text and to cases."""

import json
import re
from dataclasses import dataclass
from datetime import date

from clearinghouse.access.roles import Region
from clearinghouse.casework.errors import Invalid
from clearinghouse.protocol.vocabulary import Nature, Standing
from clearinghouse.records.folding import fold
from clearinghouse.records.searched import TextKind

__all__ = ["LONGEST", "Asked", "TextKind", "needles", "restored", "stored"]

LONGEST = 200
SHORTEST = 2
MOST_WORDS = 20
_PHRASES = re.compile('["\u201c\u201d\u201e]([^"\u201c\u201d\u201e]*)["\u201c\u201d\u201e]')


@dataclass(frozen=True)
class Asked:
    """What is looked for. Without kinds it is looked for everywhere but in who raised a concern.

    `logged_from` and `logged_to` narrow to cases that were logged on these days or between them.
    """

    words: str
    kinds: frozenset[TextKind] = frozenset()
    region: Region | None = None
    standing: Standing | None = None
    nature: Nature | None = None
    logged_from: date | None = None
    logged_to: date | None = None
    mine: bool = False

    @property
    def looks_in(self) -> frozenset[TextKind]:
        """The kinds of text that are looked through."""
        return self.kinds or frozenset(TextKind) - {TextKind.SOURCE}


def needles(words: str) -> tuple[str, ...]:
    """What each hit must hold, folded: every word and every phrase in quotation marks, each once, the longest first.

    A letter that stands alone is left out beside a longer word. Raises Invalid beside `words`.
    """
    if not words.strip():
        raise Invalid({"words": "Enter what to look for"})
    if len(words) > LONGEST:
        raise Invalid({"words": f"What to look for must be {LONGEST} characters or fewer"})
    phrases = [fold(phrase) for phrase in _PHRASES.findall(words)]
    singles = [fold(word) for word in _PHRASES.sub(" ", words).split()]
    found = {each for each in (*phrases, *singles) if each}
    if max(map(len, found), default=0) < SHORTEST:
        raise Invalid({"words": f"Enter a word of at least {SHORTEST} letters or digits"})
    kept = {each for each in found if len(each) >= SHORTEST or each.isdigit()}
    if len(kept) > MOST_WORDS:
        raise Invalid({"words": f"Enter {MOST_WORDS} words or fewer"})
    return tuple(sorted(kept, key=lambda each: (-len(each), each)))


def stored(asked: Asked) -> str:
    """What was asked as the text that is sealed."""
    given = {
        "words": asked.words,
        "kinds": sorted(asked.kinds),
        "region": asked.region,
        "standing": asked.standing,
        "nature": asked.nature,
        "logged_from": asked.logged_from.isoformat() if asked.logged_from else None,
        "logged_to": asked.logged_to.isoformat() if asked.logged_to else None,
        "mine": asked.mine,
    }
    return json.dumps(given, sort_keys=True)


def restored(text: str) -> Asked:
    """What was asked, out of its sealed text."""
    given = json.loads(text)
    return Asked(
        words=given["words"],
        kinds=frozenset(TextKind(each) for each in given["kinds"]),
        region=Region(given["region"]) if given["region"] else None,
        standing=Standing(given["standing"]) if given["standing"] else None,
        nature=Nature(given["nature"]) if given["nature"] else None,
        logged_from=date.fromisoformat(given["logged_from"]) if given["logged_from"] else None,
        logged_to=date.fromisoformat(given["logged_to"]) if given["logged_to"] else None,
        mine=given["mine"],
    )
