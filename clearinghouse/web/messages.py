"""One-use messages after something was done; the readable cookie carries a message's key, never a word of a case."""

import hashlib
from dataclasses import dataclass

from flask import session

_KEY = "done"
_known: dict[str, "Message"] = {}


@dataclass(frozen=True)
class Message:
    """A fixed sentence for the green banner. Made once, as a module's constant: `RECORDED = Message("…")`."""

    words: str

    def __post_init__(self) -> None:
        _known[self.key] = self

    @property
    def key(self) -> str:
        """What the cookie carries."""
        return hashlib.sha256(self.words.encode()).hexdigest()[:12]


def tell(message: Message) -> None:
    """Show the message on the next page that is rendered, once."""
    session[_KEY] = message.key


def take_message() -> Message | None:
    """The message that waits, which then waits no more."""
    return _known.get(str(session.pop(_KEY, "")))
