"""A calendar feed shows its owner's duties by day, reference and kind, and nobody else's, and ends when they leave."""

from collections.abc import Callable
from uuid import UUID

import pytest
from icalendar import Calendar
from sqlalchemy import select

from clearinghouse.access.roles import OPERATOR, Actor, Role
from clearinghouse.casework.duties import feeds
from clearinghouse.casework.duties.feeds import end_feed, feed_of, make_feed, read_feed
from clearinghouse.casework.errors import NotFound
from clearinghouse.casework.links import LinkKind, declare_link
from clearinghouse.casework.people.accounts import end_grant, person_view, suspend
from clearinghouse.casework.sign_in.throttles import TooMany
from clearinghouse.casework.world import World
from clearinghouse.protocol.vocabulary import DutyKind
from clearinghouse.records.authorities import Authority
from clearinghouse.records.cases import Case
from clearinghouse.records.duties import CalendarFeed
from clearinghouse.vault.digests import new_token
from tests.factories.authorities import authority
from tests.factories.cases import triaged_case
from tests.factories.people import person

HOME = "192.0.2.7"


def read(world: World, path: str, address: str = HOME) -> list[str]:
    """What the feed at this path shows: the words of each entry."""
    token = path.removeprefix("/calendar/").removesuffix(".ics")
    return [
        str(each["summary"]) for each in Calendar.from_ical(read_feed(world, token, address)).walk("VEVENT")
    ]


def reference(world: World, case_id: UUID) -> str:
    with world.reading(OPERATOR) as work:
        return work.session.get_one(Case, case_id).reference


def test_a_feed_shows_day_reference_and_kind_and_nothing_else(world: World) -> None:
    """A calendar that others can look into would tell which council there is concern about."""
    council, lead = authority(world), person(world, Role.LEAD)
    case_id = triaged_case(world, lead, council)
    theirs = triaged_case(world, person(world, Role.LEAD, name="Another"), council)
    path = make_feed(world, lead)
    (shown,) = read(world, path)
    assert shown == f"{DutyKind.FIRST_CONTACT.words}, {reference(world, case_id)}"
    token = path.removeprefix("/calendar/").removesuffix(".ics")
    raw = read_feed(world, token, HOME).decode()
    with world.reading(OPERATOR) as work:
        name = work.session.get_one(Authority, council).name
        assert [row.token_hash for row in work.session.scalars(select(CalendarFeed))] != [token.encode()]
    assert name not in raw
    assert lead.name not in raw
    assert "Thresholds" not in raw
    assert reference(world, theirs) not in raw


def _role_ends(world: World, admin: Actor, lead: Actor, _: UUID) -> None:
    end_grant(world, admin, person_view(world, admin, lead.person).grants[0].id)


def _wall(world: World, _: Actor, lead: Actor, council: UUID) -> None:
    declare_link(world, lead, lead.person, council, LinkKind.FAMILY)


@pytest.mark.parametrize("way", [_role_ends, _wall], ids=["role ended", "wall"])
def test_a_wall_and_an_ended_role_hold_at_the_next_reading(
    world: World, way: Callable[[World, Actor, Actor, UUID], None]
) -> None:
    """A calendar program would go on reading cases of a council that its owner came to work for."""
    council, admin = authority(world), person(world, Role.ADMINISTRATOR, None)
    lead = person(world, Role.LEAD, name="A. Leaver")
    triaged_case(world, lead, council)
    path = make_feed(world, lead)
    assert len(read(world, path)) == 1
    way(world, admin, lead, council)
    assert read(world, path) == []


def test_the_feed_of_somebody_suspended_is_not_there(world: World) -> None:
    admin, lead = person(world, Role.ADMINISTRATOR, None), person(world, Role.LEAD)
    person(world, Role.ADMINISTRATOR, None)
    path = make_feed(world, lead)
    suspend(world, admin, lead.person)
    with pytest.raises(NotFound):
        read(world, path)


def test_a_new_address_ends_the_old_one_and_ending_ends_both(sqlite_world: World) -> None:
    """An address that was given away by mistake could not be taken back."""
    world, lead = sqlite_world, person(sqlite_world, Role.LEAD)
    assert feed_of(world, lead) is None
    old, new = make_feed(world, lead), make_feed(world, lead)
    assert old != new
    with pytest.raises(NotFound):
        read(world, old)
    assert read(world, new) == []
    end_feed(world, lead)
    end_feed(world, lead)
    with pytest.raises(NotFound):
        read(world, new)
    assert feed_of(world, lead) is None


def test_guesses_are_counted_by_network_and_do_not_shut_out_who_knows(world: World) -> None:
    """Somebody could try tokens all day, or lock a whole office out of its feeds by doing so."""
    path = make_feed(world, person(world, Role.LEAD))
    for _ in range(feeds.WRONG_LIMIT):
        with pytest.raises(NotFound):
            read(world, new_token())
    with pytest.raises(TooMany):
        read(world, new_token())
    with pytest.raises(NotFound):
        read(world, new_token(), "198.51.100.9")
    assert read(world, path) == []


def test_a_feed_is_not_read_without_end(sqlite_world: World) -> None:
    path = make_feed(sqlite_world, person(sqlite_world, Role.LEAD))
    for _ in range(feeds.READ_LIMIT):
        read(sqlite_world, path)
    with pytest.raises(TooMany):
        read(sqlite_world, path)
