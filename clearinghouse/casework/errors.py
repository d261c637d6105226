"""How a verb says no: not there, not yet, changed meanwhile, not understood, or done already."""

from collections.abc import Mapping
from datetime import datetime

from clearinghouse.vault.errors import KeysError

NoKeys = KeysError
"""Keys that cannot be used, said to the doors, which do not know the vault."""


class NotFound(Exception):
    """What was asked for is not there for this person; whether it is there at all is not said."""


class Refused(Exception):
    """The protocol or a rule of the house says no; `reasons` are whole sentences for the screen."""

    def __init__(self, *reasons: str) -> None:
        super().__init__("; ".join(reasons))
        self.reasons = reasons


class Stale(Exception):
    """Somebody changed the case after the person looked at it."""

    def __init__(self, changed_by: str, changed_at: datetime) -> None:
        super().__init__("changed meanwhile")
        self.changed_by = changed_by
        self.changed_at = changed_at


class Invalid(Exception):
    """What was given cannot be used; `problems` maps a field's name to a sentence beside it."""

    def __init__(self, problems: Mapping[str, str]) -> None:
        super().__init__("; ".join(problems.values()))
        self.problems = dict(problems)


class AlreadyDone(Exception):
    """The same post was carried out before; `location` is where it led, where that is known."""

    def __init__(self, location: str | None) -> None:
        super().__init__("done already")
        self.location = location


class InvariantBroken(Exception):
    """A change would have left something that must never be; a mistake in the program, and the change is undone."""
