"""The code that goes with a reset's link by another way: one administrator has the link, the other tells the code."""

from hmac import compare_digest
from uuid import UUID

from sqlalchemy import select

from clearinghouse.casework.throttles import count_attempt
from clearinghouse.casework.world import Work, World
from clearinghouse.records.people import Invitation
from clearinghouse.records.resets import FactorReset
from clearinghouse.vault.digests import keyed_digest

WRONG_SPOKEN = "The code is not the one that the administrator has for you"

_LIMIT = 10
_LETTERS = "bcdfghjkmnpqrstvwxz"
_LENGTH = 12


def spoken_code(world: World, reset_id: UUID) -> str:
    """The code of a reset. It is kept nowhere: whoever reads the database does not find it."""
    digest = int.from_bytes(keyed_digest(world.web_secret, f"reset:{reset_id}"))
    letters = ""
    for _ in range(_LENGTH):
        digest, place = divmod(digest, len(_LETTERS))
        letters += _LETTERS[place]
    return "-".join(letters[start : start + 4] for start in range(0, _LENGTH, 4))


def reset_by(work: Work, invitation: Invitation) -> FactorReset | None:
    """The reset that a link belongs to; None for an ordinary invitation."""
    of_link = select(FactorReset).where(FactorReset.invitation_id == invitation.id)
    return work.session.scalars(of_link).one_or_none()


def is_spoken_code(world: World, reset_id: UUID, typed: str) -> bool:
    """Whether it is the code of the reset. Raises TooMany after too many tries."""
    count_attempt(world, (f"spoken:{reset_id}", _LIMIT))
    plain = "".join(letter for letter in typed.casefold() if letter.isalnum())
    return compare_digest(plain.encode(), spoken_code(world, reset_id).replace("-", "").encode())
