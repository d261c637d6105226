"""What can go wrong with keys and sealed values, said so that an operator can mend it."""


class KeysError(Exception):
    """The keys cannot be used; the message is one line that says which and how to mend it."""


class SealBroken(Exception):
    """A sealed value does not open: it was altered, moved to another row, or belongs to another key."""


class LogForked(Exception):
    """What would be signed is not what the log was; the message is one line that says in what."""
