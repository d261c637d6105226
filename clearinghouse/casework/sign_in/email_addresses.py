"""What counts as an email address here: enough to send a letter to, and one spelling for one person."""

import re

_SHAPE = re.compile(
    r"[^@\s,;<>()\"\\]{1,64}@[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)+"
)


def normalised(email: str) -> str:
    """The address as it is kept and compared."""
    return email.strip().lower()


def email_problem(email: str) -> str | None:
    """What is wrong with a normalised address, or None."""
    if not email:
        return "Enter their email address"
    if len(email) > 254 or not email.isprintable() or not _SHAPE.fullmatch(email):
        return "Enter an email address in the right form, like name@example.org"
    return None
