"""What the people of the demo's stories do beside the offer: its letter, telling, brokerage, the RIEP and advocacy."""

from collections.abc import Callable

from sqlalchemy import select

from clearinghouse.casework.demo.people import demo_actor
from clearinghouse.casework.demo.stage import Moment
from clearinghouse.casework.dialogue.brokerage import NewAsk, NewTalk, ask_political_lead, record_talk
from clearinghouse.casework.dialogue.offer_letters import NewLetter, issue_letter
from clearinghouse.casework.dialogue.riep import NewAgreement, NewHandover, hand_to_riep, record_way_forward
from clearinghouse.casework.dialogue.telling import NewSourceTelling, tell_source
from clearinghouse.protocol.brokerage import BrokerageOutcome, BrokeredWith
from clearinghouse.protocol.telling import ToldHow
from clearinghouse.protocol.vocabulary import Capacity
from clearinghouse.records.cases import Concern
from clearinghouse.records.dialogue import Offer

_Act = Callable[[Moment], None]


def issues_letter(capacity: Capacity, addressee: str, reply_to: str) -> _Act:
    """Issues the letter of the case's offer."""

    def act(moment: Moment) -> None:
        with moment.world.reading(moment.actor) as work:
            offer = work.session.scalars(select(Offer.id).where(Offer.case_id == moment.case_id)).one()
        letter = NewLetter(capacity, addressee, reply_to)
        issue_letter(moment.world, moment.actor, moment.case_id, None, offer, letter)

    return act


def tries_to_tell_source(how: ToldHow, note: str, again_on: int) -> _Act:
    """Tries in vain to tell the source what happened; the next try is so many working days before the last day."""

    def act(moment: Moment) -> None:
        with moment.world.reading(moment.actor) as work:
            concern = work.session.scalars(select(Concern.id).where(Concern.case_id == moment.case_id)).one()
        telling = NewSourceTelling(
            moment.world.today, how, done=False, note=note, again_on=moment.day(again_on)
        )
        tell_source(moment.world, moment.actor, moment.case_id, None, concern, telling)

    return act


def asks(political_lead: str, asked: str, by: int) -> _Act:
    """Asks a political lead to broker, by so many working days before the last day."""

    def act(moment: Moment) -> None:
        of = demo_actor(moment.world, political_lead).person
        given = NewAsk(of, asked, moment.day(by))
        ask_political_lead(moment.world, moment.actor, moment.case_id, None, given)

    return act


def brokers(
    brokered_with: set[BrokeredWith], names: str, note: str, outcome: BrokerageOutcome, next_on: int
) -> _Act:
    """Records a talk with politicians of that day."""

    def act(moment: Moment) -> None:
        talk = NewTalk(
            held_on=moment.world.today,
            held=True,
            brokered_with=frozenset(brokered_with),
            next_on=moment.day(next_on),
            outcome=outcome,
            names=names,
            note=note,
        )
        record_talk(moment.world, moment.actor, moment.case_id, None, talk)

    return act


def hands_to_riep(officer: str, agree_by: int) -> _Act:
    """Hands the case to an officer of the RIEP."""

    def act(moment: Moment) -> None:
        to = demo_actor(moment.world, officer).person
        given = NewHandover(moment.day(agree_by), to)
        hand_to_riep(moment.world, moment.actor, moment.case_id, None, given)

    return act


def agrees_way_forward(agreed_with: str, way_forward: str, next_on: int) -> _Act:
    """Records the way forward that was agreed that day."""

    def act(moment: Moment) -> None:
        agreement = NewAgreement(moment.world.today, way_forward, moment.day(next_on), agreed_with)
        record_way_forward(moment.world, moment.actor, moment.case_id, None, agreement)

    return act
