"""Conversations and sector offers: what each leaves owed, and that silence ends in lapsed."""

from datetime import date

import pytest
from sqlalchemy import select

from clearinghouse.access.roles import Actor, Role
from clearinghouse.casework.dialogue.conversations import (
    NewConversation,
    NewPassage,
    conversations_page,
    record_conversation,
)
from clearinghouse.casework.dialogue.offers import (
    NewOffer,
    answer_offer,
    lapse_offers,
    make_offer,
    withdraw_offer,
)
from clearinghouse.casework.errors import Invalid, NotFound, Refused, Stale
from clearinghouse.casework.headers import case_header
from clearinghouse.casework.world import World
from clearinghouse.protocol.dialogue import DialogueState
from clearinghouse.protocol.vocabulary import (
    Audience,
    Capacity,
    DutyKind,
    KnownAnswer,
    OfferAnswer,
    Standing,
)
from clearinghouse.records.cases import Case
from clearinghouse.records.duties import Duty, DutyState
from tests.factories.authorities import authority
from tests.factories.cases import triaged_case
from tests.factories.people import person
from tests.worlds import Clock

TODAY = date(2026, 11, 23)
NEXT_WEEK = date(2026, 12, 1)


def talk(held: bool = True, on: date = TODAY, who: Capacity = Capacity.CHIEF_EXECUTIVE) -> NewConversation:
    passages = (NewPassage("They agree.", frozenset({Audience.RIEP}), KnownAnswer.YES),) if held else ()
    return NewConversation(on, held, frozenset({who}), "R. Hale", passages)


def owed(world: World, actor: Actor, case_id: object) -> list[DutyKind]:
    with world.reading(actor) as work:
        query = select(Duty.kind).where(Duty.case_id == case_id, Duty.state == DutyState.OPEN)
        return sorted(work.session.scalars(query))


def test_the_main_line_from_a_conversation_to_an_accepted_offer(world: World) -> None:
    lead = person(world, Role.LEAD)
    case_id = triaged_case(world, lead, authority(world))
    record_conversation(world, lead, case_id, None, talk())
    assert owed(world, lead, case_id) == [DutyKind.MAKE_OFFER]
    made = make_offer(world, lead, case_id, None, NewOffer("A peer team.", date(2026, 12, 5)))
    assert made.answer_by == date(2026, 12, 7)  # the Saturday moved to Monday
    assert owed(world, lead, case_id) == [DutyKind.ANSWER_TO_OFFER]
    answer_offer(world, lead, case_id, None, OfferAnswer.ACCEPTED, TODAY, "Gladly.")
    assert owed(world, lead, case_id) == [DutyKind.ASSIGN_TEAM]
    page = conversations_page(world, lead, case_id)
    assert page.case.standing is Standing.OFFER_ACCEPTED
    assert page.dialogue.state is DialogueState.HELD
    assert page.conversations[0].passages[0].text == "They agree."
    assert (page.offers[0].terms, page.offers[0].answer_note) == ("A peer team.", "Gladly.")


def test_silence_lapses_once_on_the_day_after_and_is_not_forgotten(world: World, clock: Clock) -> None:
    lead = person(world, Role.LEAD)
    case_id = triaged_case(world, lead, authority(world))
    make_offer(world, lead, case_id, None, NewOffer("A peer team.", NEXT_WEEK))
    clock.pass_days(8)
    assert lapse_offers(world) == 0  # the answer-by date itself is still in time
    clock.pass_days(1)
    assert [lapse_offers(world), lapse_offers(world)] == [1, 0]
    page = conversations_page(world, lead, case_id)
    assert (page.offers[0].answer, page.case.standing) == (OfferAnswer.LAPSED, Standing.OFFER_LAPSED)
    assert owed(world, lead, case_id) == [DutyKind.JOINT_LOCAL_MEETING]


def test_an_answer_given_in_time_but_recorded_late_corrects_the_lapse(
    sqlite_world: World, clock: Clock
) -> None:
    lead = person(sqlite_world, Role.LEAD)
    case_id = triaged_case(sqlite_world, lead, authority(sqlite_world))
    make_offer(sqlite_world, lead, case_id, None, NewOffer("A peer team.", NEXT_WEEK))
    clock.pass_days(10)
    lapse_offers(sqlite_world)
    with pytest.raises(Invalid, match=r"too late|after its date"):
        answer_offer(sqlite_world, lead, case_id, None, OfferAnswer.ACCEPTED, date(2026, 12, 2), "Late.")
    answer_offer(sqlite_world, lead, case_id, None, OfferAnswer.ACCEPTED, NEXT_WEEK, "In time.")
    assert owed(sqlite_world, lead, case_id) == [DutyKind.ASSIGN_TEAM]


def test_a_withdrawn_offer_makes_way_for_another_and_one_waits_at_a_time(sqlite_world: World) -> None:
    lead = person(sqlite_world, Role.LEAD)
    case_id = triaged_case(sqlite_world, lead, authority(sqlite_world))
    offer = NewOffer("A peer team.", NEXT_WEEK)
    make_offer(sqlite_world, lead, case_id, None, offer)
    with pytest.raises(Refused, match="waiting for its answer"):
        make_offer(sqlite_world, lead, case_id, None, offer)
    withdraw_offer(sqlite_world, lead, case_id, None, "The terms were wrong.")
    assert owed(sqlite_world, lead, case_id) == [DutyKind.MAKE_OFFER]
    make_offer(sqlite_world, lead, case_id, None, offer)


def test_two_tries_on_two_days_are_the_dialogue_and_one_is_not(sqlite_world: World) -> None:
    lead = person(sqlite_world, Role.LEAD)
    case_id = triaged_case(sqlite_world, lead, authority(sqlite_world))
    record_conversation(sqlite_world, lead, case_id, None, talk(held=False, on=date(2026, 11, 19)))
    assert DutyKind.FIRST_CONTACT in owed(sqlite_world, lead, case_id)
    record_conversation(sqlite_world, lead, case_id, None, talk(held=False))
    assert owed(sqlite_world, lead, case_id) == [DutyKind.MAKE_OFFER]


def test_an_associate_makes_no_offer_and_a_stale_form_is_told_who_changed_what(sqlite_world: World) -> None:
    lead = person(sqlite_world, Role.LEAD, name="Lee Marsh")
    council = authority(sqlite_world)
    case_id = triaged_case(sqlite_world, lead, council)
    associate = person(sqlite_world, Role.ASSOCIATE)
    with pytest.raises(NotFound):
        make_offer(sqlite_world, associate, case_id, None, NewOffer("Mine.", NEXT_WEEK))
    with pytest.raises(NotFound):
        conversations_page(sqlite_world, associate, case_id)
    seen = case_header(sqlite_world, lead, case_id).version
    record_conversation(sqlite_world, lead, case_id, seen, talk())
    with pytest.raises(Stale) as stale:
        record_conversation(sqlite_world, lead, case_id, seen, talk())
    assert stale.value.changed_by == "Lee Marsh"
    with sqlite_world.reading(lead) as work:
        assert work.session.scalars(select(Case.version)).one() > seen
