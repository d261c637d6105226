"""A peer coordinator who is linked to a council, and reads between the lines of other councils' teams."""

from datetime import date
from uuid import UUID

import pytest

from clearinghouse.access.roles import Actor, Role
from clearinghouse.casework.correction import Swap, correct_authority
from clearinghouse.casework.errors import NotFound, Refused
from clearinghouse.casework.peers.register import declare_interest, peer_page
from clearinghouse.casework.teams.choosing import (
    TeamNeeds,
    accept_warning,
    add_to_team,
    choose_leader,
    propose_team,
)
from clearinghouse.casework.teams.pages import WarningView, match_page, team_page, warning_page
from clearinghouse.casework.world import World
from clearinghouse.protocol.conflicts import Rule
from tests.factories.authorities import authority
from tests.factories.cases import triaged_case
from tests.factories.peers import peer
from tests.factories.people import person
from tests.factories.teams import send_team
from tests.worlds import Clock

NEEDS = TeamNeeds(date(2026, 12, 7), date(2026, 12, 18), 2)
LATER = TeamNeeds(date(2027, 1, 11), date(2027, 1, 22), 2)


@pytest.fixture
def three(sqlite_world: World) -> tuple[UUID, ...]:
    """Peers without a conflict; the first belongs to Oxtown."""
    places = [authority(sqlite_world, f"{name} Council") for name in ("Oxtown", "Calderwick", "Stourley")]
    names = ("Priya Natarajan", "Ada Holt", "Ben Marsh")
    return tuple(peer(sqlite_world, name, place) for name, place in zip(names, places, strict=True))


def team_at(world: World, council: UUID, peers: tuple[UUID, ...]) -> UUID:
    """A case about the council with an assigned team; gives the case's id."""
    coordinator = person(world, Role.COORDINATOR, None)
    case_id = triaged_case(world, person(world, Role.LEAD), council)
    team = propose_team(world, coordinator, case_id, None, NEEDS)
    for each in peers:
        add_to_team(world, coordinator, case_id, None, team, each)
    choose_leader(world, coordinator, case_id, None, team, peers[0])
    send_team(world, coordinator, case_id, team)
    return case_id


def test_the_rule_alone_does_not_tell_which_council_was_reviewed(
    sqlite_world: World, clock: Clock, three: tuple[UUID, ...]
) -> None:
    """“Belongs to a council that ours reviewed”, said of somebody who belongs to one, would name the hidden one."""
    world, hidden, here = (
        sqlite_world,
        authority(sqlite_world, "Hiddenham Council"),
        authority(sqlite_world, "Munbridge Council"),
    )
    team_at(world, hidden, (peer(world, "Mina Moss", here), *three[1:]))
    peer(world, "Hal Hidden", hidden)
    clock.pass_days(30)
    walled = person(world, Role.COORDINATOR, None, walled_from=hidden)
    case_id = triaged_case(world, person(world, Role.LEAD), here)
    propose_team(world, walled, case_id, None, LATER)
    found = {each.name: each for each in match_page(world, walled, case_id).candidates}["Hal Hidden"]
    assert any("may not be told" in words for words in found.warnings)
    assert not any("review" in words for words in found.warnings)


def test_a_walled_lead_is_not_told_by_a_link_what_its_words_hide_and_does_not_accept_it(
    sqlite_world: World, clock: Clock, three: tuple[UUID, ...]
) -> None:
    """The address of the page to accept a warning would name the rule and the council, and answer a guess."""
    world, hidden, here = (
        sqlite_world,
        authority(sqlite_world, "Hiddenham Council"),
        authority(sqlite_world, "Munbridge Council"),
    )
    team_at(world, hidden, (peer(world, "Mina Moss", here), *three[1:]))
    hal = peer(world, "Hal Hidden", hidden)
    clock.pass_days(30)
    free, walled = (person(world, Role.LEAD, walled_from=each) for each in (None, hidden))
    case_id, coordinator = triaged_case(world, free, here), person(world, Role.COORDINATOR, None)
    team = propose_team(world, coordinator, case_id, None, LATER)
    add_to_team(world, coordinator, case_id, None, team, hal)

    def warnings(lead: Actor) -> list[WarningView]:
        shown = team_page(world, lead, case_id).proposed
        assert shown
        return [warning for member in shown.members for warning in member.warnings]

    about = next(each.about for each in warnings(free) if each.rule is Rule.RECIPROCAL_REVIEW)
    assert any("may not be told" in each.words for each in warnings(walled))
    assert Rule.RECIPROCAL_REVIEW not in {each.rule for each in warnings(walled)}
    guessed = (case_id, team, hal, Rule.RECIPROCAL_REVIEW, about)
    with pytest.raises(NotFound):
        warning_page(world, walled, *guessed)
    accepted = (case_id, None, *guessed[1:], "It was long ago.")
    with pytest.raises(Refused, match="does not hold"):
        accept_warning(world, walled, *accepted)
    accept_warning(world, free, *accepted)


def test_what_a_peer_declared_of_a_council_is_not_shown_to_who_is_walled_off_it(sqlite_world: World) -> None:
    """A peer says before a yes what they have to do with the council: that it is helped, and more, would be told."""
    council, elsewhere = authority(sqlite_world), authority(sqlite_world, "Oxtown Council")
    one = peer(sqlite_world, "Ann Able", elsewhere)
    free, walled = (
        person(sqlite_world, Role.COORDINATOR, None, walled_from=each) for each in (None, council)
    )
    for place in (council, elsewhere):
        declare_interest(sqlite_world, free, one, place, f"Something of {place}")
    for who, places in ((free, {council, elsewhere}), (walled, {elsewhere})):
        shown = peer_page(sqlite_world, who, one).sealed
        assert shown
        assert {each.words for each in shown.interests} == {f"Something of {place}" for place in places}


def test_a_review_of_a_predecessor_behind_a_wall_is_not_told(
    sqlite_world: World, three: tuple[UUID, ...]
) -> None:
    """A council was split in two: who is linked to the one half is walled off from the whole, not from the other."""
    world, whole = sqlite_world, authority(sqlite_world, "Wholeshire Council")
    team_at(world, whole, three)
    mine, other = (authority(world, f"{name} Wholeshire Council", replaces=(whole,)) for name in ("E", "W"))
    walled = person(world, Role.COORDINATOR, None, walled_from=mine)
    case_id = triaged_case(world, person(world, Role.LEAD), other)
    propose_team(world, walled, case_id, None, LATER)
    found = {each.name: each for each in match_page(world, walled, case_id).candidates}["Ada Holt"]
    assert not any("review" in words for words in found.warnings)


def test_a_team_sent_before_the_authority_was_corrected_is_not_told_behind_the_wall(
    sqlite_world: World, three: tuple[UUID, ...]
) -> None:
    """The case names another council today; that a team once went to the walled one would still be on a peer's page."""
    world, wrong = sqlite_world, authority(sqlite_world, "Wrongham Council")
    right = authority(world, "Rightham Council")
    case_id = team_at(world, wrong, three)
    correct_authority(world, person(world, Role.LEAD), case_id, None, Swap(wrong, right), "A mix-up.")
    walled, free = (person(world, Role.COORDINATOR, None, walled_from=each) for each in (wrong, None))
    assert [each.authority for each in peer_page(world, free, three[0]).served] == ["Wrongham Council"]
    assert peer_page(world, walled, three[0]).served == ()
