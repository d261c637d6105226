"""Questions that wait for one browser's answer: kept here, good once, for one purpose and for some minutes."""

from datetime import timedelta
from enum import StrEnum

from sqlalchemy import delete
from sqlalchemy.dialects import postgresql, sqlite

from clearinghouse.casework.world import World
from clearinghouse.records.passkeys import SignInQuestion
from clearinghouse.vault.digests import token_digest
from clearinghouse.vault.passkeys import new_challenge

GOOD_FOR = timedelta(minutes=5)


class Ceremony(StrEnum):
    """What a question is asked for. The answer to one is worth nothing for another."""

    SIGN_IN = "sign-in"
    SECOND_STEP = "second-step"
    PROOF = "proof"
    ADDING = "adding"
    JOINING = "joining"
    PROVIDER = "provider"


def ask(world: World, ceremony: Ceremony, holder: str) -> bytes:
    """A new question in place of one that waited. `holder` is a token that only this browser has."""
    now, challenge = world.now(), new_challenge()
    dialect = sqlite if world.database.is_sqlite else postgresql
    values = {
        "holder": _key(ceremony, holder),
        "challenge": challenge,
        "expires_at": now + GOOD_FOR,
    }
    put = dialect.insert(SignInQuestion).values(values)
    put = put.on_conflict_do_update(index_elements=[SignInQuestion.holder], set_=values)
    with world.database.writing() as session:
        session.execute(delete(SignInQuestion).where(SignInQuestion.expires_at <= now))
        session.execute(put)
    return challenge


def take(world: World, ceremony: Ceremony, holder: str) -> bytes | None:
    """The question that waits, in a transaction of its own: it is gone whatever the answer comes to."""
    taken = delete(SignInQuestion).where(SignInQuestion.holder == _key(ceremony, holder))
    taken = taken.where(SignInQuestion.expires_at > world.now())
    with world.database.writing() as session:
        return session.scalars(taken.returning(SignInQuestion.challenge)).one_or_none()


def _key(ceremony: Ceremony, holder: str) -> bytes:
    return token_digest(f"{ceremony.value}:{holder}")
