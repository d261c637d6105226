"""Password hashes: argon2id at OWASP's parameters, one at a time per process, as slow for nobody as for somebody."""

from functools import cache
from threading import Lock

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1, type=Type.ID)
_turn = Lock()


def hash_password(password: str) -> str:
    """The hash to store. Takes tens of milliseconds: never call it inside a transaction."""
    with _turn:
        return _HASHER.hash(password)


def password_matches(stored: str | None, password: str) -> bool:
    """Whether the password is the one whose hash is stored; takes as long where nothing is stored.

    Never call it inside a transaction.
    """
    with _turn:
        nobody = (
            _nobody()
        )  # made on the first call whoever asks, so that the first stranger is not told by it
        try:
            _HASHER.verify(stored or nobody, password)
        except (VerificationError, InvalidHashError):
            return False
    return stored is not None


@cache
def _nobody() -> str:
    return _HASHER.hash("nobody's password, so that an unknown person takes as long as a known one")
