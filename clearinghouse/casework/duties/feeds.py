"""A person's private calendar feed: a secret address from which a calendar program reads what they must do and when."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from clearinghouse.access.roles import STRANGER, Actor
from clearinghouse.casework.duties.agenda import agenda
from clearinghouse.casework.errors import NotFound
from clearinghouse.casework.mail.letters import link_to
from clearinghouse.casework.sign_in.sessions import network_of
from clearinghouse.casework.sign_in.throttles import count_attempt
from clearinghouse.casework.staff import actor_of
from clearinghouse.casework.world import Work, World
from clearinghouse.notices.calendar import FeedEntry, feed_file
from clearinghouse.records.duties import CalendarFeed
from clearinghouse.records.events import Event, Stream
from clearinghouse.records.people import User, UserState
from clearinghouse.vault.digests import new_token, token_digest

LONGEST = 500
READ_LIMIT = 60
WRONG_LIMIT = 30


@dataclass(frozen=True)
class Feed:
    """That a person has a feed, and since when. The address itself is shown once, when it is made."""

    made_at: datetime


def feed_of(world: World, actor: Actor) -> Feed | None:
    """The person's own feed, if they have one."""
    with world.reading(actor) as work:
        row = _open_feed(work, actor.person)
        return Feed(row.made_at) if row else None


def make_feed(world: World, actor: Actor) -> str:
    """Make a secret address of the person's own duties and return its path; an earlier one leads nowhere any more."""
    token = new_token()
    with world.unit_of_work(actor) as work:
        end_feeds(work, actor.person)
        row = work.add(
            CalendarFeed(
                user_id=actor.person, token_hash=token_digest(token), made_at=work.now, ended_at=None
            )
        )
        work.record(Event.FEED_MADE, Stream.USER, actor.person, feed=row.id)
    return f"/calendar/{token}.ics"


def end_feed(world: World, actor: Actor) -> None:
    """Let the person's feed lead nowhere from now on; without one nothing happens."""
    with world.unit_of_work(actor) as work:
        end_feeds(work, actor.person)


def read_feed(world: World, token: str, address: str) -> bytes:
    """The duties of whoever's feed this is, as an iCalendar file: day, reference and kind of each, and nothing else.

    What the person may not be shown now is not in it: walls, ended roles and suspension hold at once. Raises NotFound
    for a token that is wrong, ended or of somebody suspended, TooMany after too many of those from one network, or too
    many readings of one feed.
    """
    with world.reading(STRANGER) as work:
        found = work.session.execute(
            select(CalendarFeed.id, User)
            .join(User, User.id == CalendarFeed.user_id)
            .where(CalendarFeed.token_hash == token_digest(token), CalendarFeed.ended_at.is_(None))
            .where(User.state == UserState.ACTIVE)
        ).one_or_none()
        feed_id, person = (found[0], actor_of(work, found[1])) if found else (None, STRANGER)
    if feed_id is None:
        count_attempt(world, (f"wrong feed:{network_of(address)}", WRONG_LIMIT))
        raise NotFound
    count_attempt(world, (f"feed:{feed_id}", READ_LIMIT))
    days = agenda(world, person, limit=LONGEST).days
    return feed_file(
        FeedEntry(
            entry.duty_id,
            entry.reference,
            entry.kind.words,
            day.day,
            f"{world.base_url}{link_to(entry.case_id)}",
        )
        for day in days
        for entry in day.entries
    )


def _open_feed(work: Work, person: UUID) -> CalendarFeed | None:
    query = select(CalendarFeed).where(CalendarFeed.user_id == person, CalendarFeed.ended_at.is_(None))
    return work.session.scalars(query.order_by(CalendarFeed.id.desc()).limit(1)).first()


def end_feeds(work: Work, person: UUID) -> None:
    """End every feed of the person's; held one after the other, so that two tabs leave one behind."""
    work.session.execute(select(User.id).where(User.id == person).with_for_update(key_share=True))
    query = select(CalendarFeed).where(CalendarFeed.user_id == person, CalendarFeed.ended_at.is_(None))
    for row in work.session.scalars(query).all():
        row.ended_at = work.now
        work.record(Event.FEED_ENDED, Stream.USER, person, feed=row.id)
