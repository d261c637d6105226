"""The code that goes with a link by another way: whoever has the mail with the link lacks the code that was told."""

from hmac import compare_digest
from uuid import UUID

from sqlalchemy import select

from clearinghouse.casework.sign_in.throttles import count_attempt
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
    return code_for(world, f"reset:{reset_id}")


def code_for(world: World, what: str) -> str:
    """The code of anything that has a name of its own. It is kept nowhere."""
    digest = int.from_bytes(keyed_digest(world.web_secret, what))
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
    return is_code(spoken_code(world, reset_id), typed)


def is_code(code: str, typed: str) -> bool:
    """Whether what was typed is the code, however it was spaced."""
    plain = "".join(letter for letter in typed.casefold() if letter.isalnum())
    return compare_digest(plain.encode(), code.replace("-", "").encode())
