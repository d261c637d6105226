"""What can go wrong with keys and sealed values, said so that an operator can mend it."""

from datetime import datetime


class KeysError(Exception):
    """The keys cannot be used; the message is one line that says which and how to mend it."""


class KeysUnreachable(KeysError):
    """The service that holds the keys does not answer; what was opened before stays open, and nothing new opens."""


class SealBroken(Exception):
    """A sealed value does not open: it was altered, moved to another row, or belongs to another key."""


class Destroyed(SealBroken):
    """A sealed value whose key was destroyed on purpose, `at` that instant: nothing opens it again."""

    def __init__(self, at: datetime) -> None:
        super().__init__("its key was destroyed")
        self.at = at


class LogForked(Exception):
    """What would be signed is not what the log was; the message is one line that says in what."""
