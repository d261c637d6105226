"""The world that every verb takes first, and the unit of work in which a change and its event are one."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TypeVar
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from clearinghouse.access.roles import Actor, ActorKind
from clearinghouse.casework.calendar import bank_holidays
from clearinghouse.casework.errors import AlreadyDone, InvariantBroken, Refused
from clearinghouse.casework.next_duty import settle as settle_case
from clearinghouse.casework.next_duty import watch
from clearinghouse.notices.mail import MailSettings
from clearinghouse.notices.provider import ProviderSettings
from clearinghouse.protocol.questionnaires import ReadyMade
from clearinghouse.protocol.retention import RetentionSettings
from clearinghouse.protocol.round_table import RegionSettings
from clearinghouse.protocol.support_map import SupportMap
from clearinghouse.records import ledger
from clearinghouse.records.base import Row
from clearinghouse.records.database import Database
from clearinghouse.records.events import Event, Stream
from clearinghouse.records.forms import Post
from clearinghouse.records.keyring import Keyring, forget_destroyed, hang_keyring
from clearinghouse.records.ledger import Fact
from clearinghouse.records.search_keeping import SearchKeeping
from clearinghouse.vault.errors import Destroyed
from clearinghouse.vault.notes import Verifier
from clearinghouse.vault.sealing import Vault

LONDON = ZoneInfo("Europe/London")
R = TypeVar("R", bound=Row)
_DESTROYED = "What was kept here was destroyed on {}. Nothing can be added to it."


def utc_now() -> datetime:
    """The instant that it is."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class Witness:
    """Somebody outside who cosigns the log: their public key, and where the clock asks them, if anywhere."""

    key: Verifier
    url: str | None = None


@dataclass(frozen=True)
class Outside:
    """Who holds the log from outside: the time-stamping authority, the witnesses, and who is mailed checkpoints."""

    tsa_url: str | None = None
    tsa_certificates: Path | None = None
    witnesses: tuple[Witness, ...] = ()
    mailed_to: tuple[str, ...] = ()


@dataclass(frozen=True)
class World:
    """An opened installation. `post_key` names the form post that is being carried out, so that it happens once.

    `mail` is None where no mail is sent: letters wait. `log_key_file` is read by whoever signs, and by nobody else.
    `largest_file` is in bytes. `provider` is None where there is no single sign-on. `questionnaires` are to begin from.
    """

    database: Database
    vault: Vault
    web_secret: bytes
    support_map: SupportMap
    base_url: str
    log_key_file: Path
    tombstone_file: Path
    mail: MailSettings | None = None
    outside: Outside = Outside()
    demo: bool = False
    now: Callable[[], datetime] = utc_now
    post_key: UUID | None = None
    regions: RegionSettings = field(default_factory=RegionSettings)
    retention: RetentionSettings = field(default_factory=RetentionSettings)
    largest_file: int = 25 * 1024 * 1024
    provider: ProviderSettings | None = None
    questionnaires: tuple[ReadyMade, ...] = ()

    @property
    def today(self) -> date:
        """The day that it is in England."""
        return self.now().astimezone(LONDON).date()

    @contextmanager
    def reading(self, actor: Actor) -> Iterator["Work"]:
        """A look at one state of the records; nothing is kept."""
        with self.database.reading() as session:
            yield Work(self, session, actor)

    @contextmanager
    def unit_of_work(self, actor: Actor) -> Iterator["Work"]:
        """One transaction: what it changes and the events that say so are kept together, or neither is.

        Raises AlreadyDone where this post was carried out before, Refused where something was to be sealed with what
        was destroyed.
        """
        with self.database.writing() as session:
            work = Work(self, session, actor)
            forget_destroyed(session, self.vault)
            if self.post_key and actor.id:
                _claim_post(session, self.post_key, actor.id, work.now)
            try:
                yield work
                work.settle()
            except Destroyed as destroyed:
                raise Refused(_DESTROYED.format(_day(destroyed.at))) from destroyed

    def for_post(self, key: UUID) -> "World":
        """The same world, carrying out one form post."""
        return replace(self, post_key=key)

    def remember_location(self, key: UUID, person: UUID, location: str) -> None:
        """Keep where a post led, for its repeat."""
        with self.database.writing() as session:
            done = (Post.key == key, Post.user_id == person)
            session.execute(update(Post).where(*done).values(location=location))


class Work:
    """What a verb works with: the session, who acts, and the instant at which it all happens."""

    def __init__(self, world: World, session: Session, actor: Actor) -> None:
        self.world = world
        self.session = session
        self.actor = actor
        self.now = world.now()
        self.today = self.now.astimezone(LONDON).date()
        self.holidays = bank_holidays(self.today.year)
        self.names: dict[UUID, str] = {}
        self._keyring = Keyring(session, world.vault, self.now)
        self._settling: dict[object, Callable[[], None]] = {}
        self._cases = watch(session)
        self._search = SearchKeeping(session)
        hang_keyring(session, self._keyring)

    def add(self, row: R) -> R:
        """Take a new row into the work, so that its sealed attributes can be set."""
        self.session.add(row)
        return row

    def record(self, event: Event, stream: Stream, stream_id: UUID, **facts: Fact) -> UUID:
        """Write the event, with the digests of what was sealed since the last one. Returns the event's id."""
        seals, self._keyring.seals = self._keyring.seals, {}
        return ledger.append(
            self.session,
            event,
            stream,
            stream_id,
            actor=self._actor_name(),
            at=self.now,
            facts=facts,
            seals=seals,
        )

    def record_many(
        self, event: Event, stream: Stream, happened: Sequence[tuple[UUID, Mapping[str, Fact]]]
    ) -> None:
        """Write the same event of many streams, each with its facts; nothing may have been sealed for them."""
        ledger.append_many(self.session, event, stream, happened, actor=self._actor_name(), at=self.now)

    def _actor_name(self) -> str:
        actor = self.actor
        return str(actor.id) if actor.kind is ActorKind.PERSON else actor.kind.value

    def before_keeping(self, key: object, check: Callable[[], None]) -> None:
        """Run a check once at the end of the work, before it is kept."""
        self._settling[key] = check

    def check_case(self, case_id: UUID) -> None:
        """See at the end of the work that the case has its next duty, even where nothing that it rests on changed."""
        self._cases.add(case_id)

    def settle(self) -> None:
        """Run the checks, see that no case that was changed is left without its next duty, and keep its search texts.

        Raises InvariantBroken where one is, where something sealed has no event, or where a check says so.
        """
        while self._settling or self._cases or self.session.new or self.session.dirty or self.session.deleted:
            while self._settling:
                self._settling.pop(next(iter(self._settling)))()
            self.session.flush()
            while self._cases:
                settle_case(self.session, self._cases.pop())
        self._search.settle()
        if self._keyring.seals:
            raise InvariantBroken("sealed without an event: " + ", ".join(self._keyring.seals))


def _day(at: datetime) -> str:
    day = at.astimezone(LONDON)
    return f"{day.day} {day:%B %Y}"


def _claim_post(session: Session, key: UUID, person: UUID, now: datetime) -> None:
    done = session.get(Post, (key, person))
    if done is None:
        session.add(Post(key=key, user_id=person, done_at=now))
        try:
            session.flush()
        except IntegrityError as error:
            raise AlreadyDone(None) from error
    else:
        raise AlreadyDone(done.location)
