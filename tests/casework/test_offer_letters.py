"""The letter of an offer: to whom it may go, what it may say, and what stays of it."""

from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest
from sqlalchemy import select

from clearinghouse.access.roles import OPERATOR, Actor, Region, Role
from clearinghouse.casework.convergence.answers import convergences
from clearinghouse.casework.convergence.finding import find_convergences
from clearinghouse.casework.convergence.joining import Joining, join_cases
from clearinghouse.casework.dialogue.conversations import conversations_page
from clearinghouse.casework.dialogue.offer_letters import NewLetter, issue_letter, letter_page, letter_sheet
from clearinghouse.casework.dialogue.offers import NewOffer, answer_offer, make_offer
from clearinghouse.casework.errors import Invalid, NotFound, Refused
from clearinghouse.casework.world import World
from clearinghouse.notices.offer_letter import letter_text
from clearinghouse.protocol.vocabulary import Capacity, Nature, OfferAnswer, Route
from clearinghouse.records import ledger
from clearinghouse.records.dialogue import Offer
from clearinghouse.records.events import Event
from tests.factories.authorities import authority
from tests.factories.cases import logged_case
from tests.factories.people import person
from tests.factories.routes import reroute, routed_case

TODAY = date(2026, 11, 23)
SAID = "The night staff at the home lock the children in their rooms."
OFFER = NewOffer(
    "Two peers for three days.",
    date(2026, 12, 7),
    "Peers from outside the region",
    "Their travel",
    date(2027, 1, 12),
)
TO_CHIEF = NewLetter(Capacity.CHIEF_EXECUTIVE, "R. Hale", "01234 567890")


def offered(
    world: World, offer: NewOffer = OFFER, nature: Nature = Nature.SERVICE
) -> tuple[Actor, UUID, UUID]:
    """A lead, a case and its offer."""
    associate, lead = person(world, Role.ASSOCIATE), person(world, Role.LEAD, name="Ravi")
    case_id = routed_case(world, associate, lead, authority(world), Route.PEER_SUPPORT, text=SAID)
    if nature is not Nature.SERVICE:
        reroute(world, lead, case_id, Route.PEER_SUPPORT, nature)
    return lead, case_id, make_offer(world, lead, case_id, None, offer).offer_id


def test_the_letter_says_the_offer_and_nothing_of_the_concern_or_its_source(world: World) -> None:
    """The authority would learn from our own letter who spoke, or what was said."""
    lead, case_id, offer = offered(world)
    letter = issue_letter(world, lead, case_id, None, offer, TO_CHIEF)
    text = letter_text(letter_page(world, lead, case_id, letter).words)
    for said in (
        "R. Hale\nChief executive",
        "Two peers for three days.",
        "Peers from outside the region",
        "Their travel",
        "By Tuesday 12 January 2027.",
        "By the end of Monday 7 December 2026.",
        "Tell Ravi (01234 567890)",
    ):
        assert said in text
    for kept in ("Jo Bright", "night staff", "A telephone call"):
        assert kept not in text


def test_to_whom_it_went_by_office_is_in_the_ledger_and_beside_the_offer(world: World) -> None:
    lead, case_id, offer = offered(world)
    letter = issue_letter(world, lead, case_id, None, offer, TO_CHIEF)
    with world.reading(OPERATOR) as work:
        event = ledger.entries(work.session, case_id, Event.OFFER_LETTER_ISSUED)[0]
        assert (event.facts["capacity"], event.actor) == (Capacity.CHIEF_EXECUTIVE, str(lead.id))
        assert "Hale" not in str(event.facts)
    shown = conversations_page(world, lead, case_id).offers[0]
    assert (shown.cost, [each.id for each in shown.letters]) == ("Their travel", [letter])


def test_it_never_goes_to_anyone_the_concern_is_about(sqlite_world: World) -> None:
    lead, case_id, offer = offered(sqlite_world, nature=Nature.LEADER_AND_CHIEF_EXECUTIVE)
    allowed = letter_sheet(sqlite_world, lead, case_id, offer).may_go_to
    assert Capacity.DEPUTY in allowed
    for capacity in set(Capacity) - set(allowed):
        with pytest.raises(Invalid) as wrong:
            issue_letter(sqlite_world, lead, case_id, None, offer, NewLetter(capacity))
        assert list(wrong.value.problems) == ["capacity"]
    assert not {Capacity.LEADER, Capacity.CHIEF_EXECUTIVE} & set(allowed)
    issue_letter(sqlite_world, lead, case_id, None, offer, NewLetter(Capacity.DEPUTY))


def test_a_letter_that_repeats_the_concern_is_refused(sqlite_world: World) -> None:
    offer = NewOffer("Help, since the night staff at the home lock the children in.", date(2026, 12, 7))
    lead, case_id, offer_id = offered(sqlite_world, offer)
    with pytest.raises(Refused, match="repeats words of the concern"):
        issue_letter(sqlite_world, lead, case_id, None, offer_id, TO_CHIEF)


def test_no_letter_of_an_offer_that_has_its_answer(sqlite_world: World) -> None:
    lead, case_id, offer = offered(sqlite_world)
    answer_offer(sqlite_world, lead, case_id, None, OfferAnswer.ACCEPTED, TODAY, "Gladly.")
    assert not letter_sheet(sqlite_world, lead, case_id, offer).waits
    with pytest.raises(Refused):
        issue_letter(sqlite_world, lead, case_id, None, offer, TO_CHIEF)


def test_only_leads_of_the_region_issue_or_open_it(world: World) -> None:
    lead, case_id, offer = offered(world)
    letter = issue_letter(world, lead, case_id, None, offer, TO_CHIEF)
    other_lead, other_case, _ = offered(world)
    for outsider in (
        person(world, Role.ASSOCIATE),
        person(world, Role.ADMINISTRATOR, None),
        person(world, Role.LEAD, Region.LONDON),
        person(world, Role.COORDINATOR, None),
    ):
        with pytest.raises(NotFound):
            letter_page(world, outsider, case_id, letter)
        with pytest.raises(NotFound):
            issue_letter(world, outsider, case_id, None, offer, TO_CHIEF)
    with pytest.raises(NotFound):
        letter_page(world, other_lead, other_case, letter)  # a letter of another case


def test_help_cannot_begin_before_it_is_offered(sqlite_world: World) -> None:
    with pytest.raises(Invalid) as wrong:
        offered(sqlite_world, NewOffer("Help.", date(2026, 12, 7), starts_by=date(2026, 11, 1)))
    assert list(wrong.value.problems) == ["starts_by"]
    with sqlite_world.reading(OPERATOR) as work:
        assert work.session.scalars(select(Offer.id)).first() is None


def test_a_letter_looks_at_the_cases_that_were_joined_too(sqlite_world: World) -> None:
    """It would quote another's source, or go to the very person whom the joined concern is about."""
    world, council = sqlite_world, authority(sqlite_world)
    lead, associate = person(world, Role.LEAD), person(world, Role.ASSOCIATE)
    case_id = logged_case(world, associate, council, service="Planning").case_id
    theirs = {"text": SAID, "nature": Nature.LEADER_AND_CHIEF_EXECUTIVE}
    logged_case(world, associate, council, service="Planning", **theirs)
    reroute(world, lead, case_id, Route.PEER_SUPPORT)
    find_convergences(world)
    (found,) = convergences(world, lead)
    join_cases(world, lead, found.id, None, Joining(case_id), "One difficulty.")
    offer = make_offer(world, lead, case_id, None, replace(OFFER, terms=SAID)).offer_id
    assert Capacity.CHIEF_EXECUTIVE not in letter_sheet(world, lead, case_id, offer).may_go_to
    with pytest.raises(Invalid):
        issue_letter(world, lead, case_id, None, offer, TO_CHIEF)
    with pytest.raises(Refused, match="repeats"):
        issue_letter(world, lead, case_id, None, offer, replace(TO_CHIEF, capacity=Capacity.DEPUTY))
