"""The second factor: a time-based code that works once, or one of ten recovery codes that work once each."""

import secrets
from hmac import compare_digest

import pyotp
from sqlalchemy import delete, select, update

from clearinghouse.casework.sign_in.passkey_ceremonies import remove_all
from clearinghouse.casework.sign_in.provider_subjects import unbind
from clearinghouse.casework.world import Work
from clearinghouse.records.events import Event, Stream
from clearinghouse.records.people import RecoveryCode, User
from clearinghouse.vault.digests import token_digest

STEP = 30
RECOVERY_CODES = 10
NO_APP = 2**31 - 1
"""The last step used of somebody without an app: no step comes after it, so no code of any app is good."""

_DRIFT = 1
_ALPHABET = "23456789abcdefghjkmnpqrstuvwxyz"
_GROUPS = 6


def new_secret() -> str:
    """A fresh secret for an authenticator app."""
    return pyotp.random_base32()


def provisioning_uri(secret: str, email: str) -> str:
    """What the QR code says to an authenticator app."""
    return pyotp.TOTP(secret).provisioning_uri(name=email, issuer_name="Clearinghouse")


def code_at(secret: str, step: int) -> str:
    """The code of one step: half a minute, counted from the epoch."""
    return pyotp.TOTP(secret).at(step * STEP)


def use_code(work: Work, user: User, typed: str) -> bool:
    """Whether the code is good now; it is used up by that, also where two processes are given it at once."""
    code = "".join(typed.split())
    if code.isascii() and code.isdigit():
        return _use_time_code(work, user, code)
    return _use_recovery_code(work, user, code)


def app_is_on(user: User) -> bool:
    """Whether codes of an authenticator app count for the person."""
    return bool(user.totp_sealed) and user.totp_last_step < NO_APP


def leave_app_out(user: User) -> None:
    """Let no app's code count, and replace a secret that was shown already by one that nobody has seen."""
    user.totp, user.totp_last_step = new_secret(), NO_APP


def set_up_app(work: Work, user: User, secret: str, typed: str) -> bool:
    """Whether the code is the new app's; the app then counts in place of the one before, and the code is used up."""
    code = "".join(typed.split())
    good = _good_steps(work, secret, code) if code.isascii() and code.isdigit() else []
    if good:
        user.totp, user.totp_last_step = secret, max(good)
    return bool(good)


def make_recovery_codes(work: Work, user: User) -> tuple[str, ...]:
    """Ten new codes in place of all earlier ones; this is the only time that they can be read."""
    work.session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user.id))
    codes = tuple(_new_recovery_code() for _ in range(RECOVERY_CODES))
    for code in codes:
        work.add(RecoveryCode(user_id=user.id, code_hash=_hash(code), used_at=None))
    return codes


def void_factors(work: Work, user: User) -> None:
    """Let nothing that the person proved themselves with be good any more, until they have set it up anew."""
    user.password_hash, user.totp_last_step = None, NO_APP
    remove_all(work, user.id)
    unbind(work, user.id)
    work.session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user.id))


def codes_left(work: Work, user: User) -> int:
    """How many recovery codes have not been used."""
    unused = select(RecoveryCode.id).where(RecoveryCode.user_id == user.id, RecoveryCode.used_at.is_(None))
    return len(work.session.scalars(unused).all())


def _use_time_code(work: Work, user: User, code: str) -> bool:
    good = _good_steps(work, user.totp, code) if user.totp_sealed else []
    if not good:
        return False
    unused = (User.id == user.id, User.totp_last_step < max(good))
    used = update(User).where(*unused).values(totp_last_step=max(good)).returning(User.id)
    return work.session.execute(used.execution_options(synchronize_session=False)).first() is not None


def _good_steps(work: Work, secret: str, code: str) -> list[int]:
    now = int(work.now.timestamp()) // STEP
    steps = range(now - _DRIFT, now + _DRIFT + 1)
    return [step for step in steps if compare_digest(code_at(secret, step), code)]


def _use_recovery_code(work: Work, user: User, code: str) -> bool:
    unused = (
        RecoveryCode.user_id == user.id,
        RecoveryCode.code_hash == _hash(code),
        RecoveryCode.used_at.is_(None),
    )
    used = update(RecoveryCode).where(*unused).values(used_at=work.now).returning(RecoveryCode.id)
    if work.session.execute(used.execution_options(synchronize_session=False)).first() is None:
        return False
    work.record(Event.RECOVERY_CODE_USED, Stream.USER, user.id, left=codes_left(work, user))
    return True


def _new_recovery_code() -> str:
    groups = ("".join(secrets.choice(_ALPHABET) for _ in range(4)) for _ in range(_GROUPS))
    return "-".join(groups)


def _hash(code: str) -> bytes:
    # Twenty-four characters of thirty-one are 118 bits: a plain hash cannot be searched.
    return token_digest(code.lower().replace("-", ""))
