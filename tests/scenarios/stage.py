"""The stage of the stories: a region with its people, one council, and the verbs in the words of a story."""

from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from clearinghouse.access.roles import Actor, Region, Role
from clearinghouse.casework.cases import CaseReading, case_page
from clearinghouse.casework.closing import close_case
from clearinghouse.casework.concerns import NewConcern, log_concern
from clearinghouse.casework.dialogue.conversations import NewConversation, NewPassage, record_conversation
from clearinghouse.casework.dialogue.offers import NewOffer, answer_offer, lapse_offers, make_offer
from clearinghouse.casework.plans.reviews import record_review
from clearinghouse.casework.triage import RoutePreview, suggest_route, triage_case
from clearinghouse.casework.world import World
from clearinghouse.protocol.ladder import Rung, Turn
from clearinghouse.protocol.support_map import SourcesOfHelp
from clearinghouse.protocol.triage import TriageFacts
from clearinghouse.protocol.vocabulary import (
    Capacity,
    ClosingOutcome,
    DutyKind,
    KnownAnswer,
    OfferAnswer,
    Standing,
)
from tests.factories.authorities import authority
from tests.factories.people import person
from tests.worlds import Clock

WEEK = timedelta(days=7)
CLEAR = {"risk_of_harm": KnownAnswer.NO, "legal_duty_to_refer": KnownAnswer.NO}
"""Nobody is at risk now, and no law requires a referral: what a call has settled in most stories."""


def listed(quoted: str) -> list[str]:
    """The sources of help in a sentence of the document, ready to be compared."""
    return [each.strip().casefold().replace("/", " or ") for each in quoted.split(",") if each.strip()]


def offers_what_is_quoted(found: SourcesOfHelp, local_government: str, other: str = "") -> bool:
    """Whether the support map lists what the document does, source by source."""
    ours = ([each.casefold() for each in found.local_government], [each.casefold() for each in found.other])
    return ours == (listed(local_government), listed(other))


@dataclass
class Stage:
    """The people of one region, and the case that a story is about."""

    world: World
    clock: Clock
    associate: Actor
    lead: Actor
    riep_officer: Actor
    council: UUID
    case_id: UUID

    @property
    def today(self) -> date:
        """The day on which the story has arrived."""
        return self.world.today

    def weeks_later(self, weeks: int) -> date:
        """Time passes, in whole weeks, so that Monday stays Monday."""
        self.clock.pass_days(7 * weeks)
        return self.today

    def triage(self, facts: TriageFacts) -> RoutePreview:
        """The lead looks at what the protocol suggests to these facts, and decides as it suggests."""
        preview = suggest_route(self.world, self.lead, self.case_id, facts)
        triage_case(self.world, self.lead, self.case_id, None, facts, preview.suggestion.route)
        return preview

    def talk(self, *capacities: Capacity, held: bool = True) -> None:
        """The associate talks in confidence with somebody of the authority, or tries to."""
        said = (NewPassage("We agreed how this can be addressed."),)
        talk = NewConversation(self.today, held, frozenset(capacities), "As agreed", said)
        record_conversation(self.world, self.associate, self.case_id, None, talk)

    def offer(self, terms: str) -> None:
        """The lead makes the sector offer, to be answered within two weeks."""
        make_offer(self.world, self.lead, self.case_id, None, NewOffer(terms, self.today + 2 * WEEK))

    def answer(self, answer: OfferAnswer) -> None:
        """The authority answers today."""
        answer_offer(self.world, self.lead, self.case_id, None, answer, self.today, "By letter.")

    def review(self, *, progress: bool) -> None:
        """Progress is reviewed today."""
        record_review(self.world, self.lead, self.case_id, None, self.today, progress, "As we saw it.")

    def close(self, outcome: ClosingOutcome = ClosingOutcome.IMPROVED) -> None:
        """The lead closes the case."""
        close_case(self.world, self.lead, self.case_id, None, outcome, "Nothing is left to do.")

    def let_the_clock_tick(self) -> None:
        """What the clock does because time has passed."""
        lapse_offers(self.world)

    def reading(self) -> CaseReading:
        """The case as the lead reads it."""
        found = case_page(self.world, self.lead, self.case_id).reading
        assert found is not None
        return found

    def owed(self) -> dict[DutyKind, date]:
        """What must happen next, and by when."""
        return {duty.kind: duty.due_on for duty in case_page(self.world, self.lead, self.case_id).duties}

    def standing(self) -> Standing:
        """How far the case has come."""
        return case_page(self.world, self.lead, self.case_id).header.standing

    def here(self) -> Rung | None:
        """Where the picture says that the case stands."""
        return self.reading().ladder.ladder.here

    def turn(self) -> Turn:
        """Whose turn the picture says it is."""
        return self.reading().ladder.ladder.turn


def set_stage(world: World, clock: Clock, **said: object) -> Stage:
    """A region of the North East with its people, one of whom logs a concern about Midthorpe."""
    associate, lead = (
        person(world, role, Region.NORTH_EAST, name)
        for role, name in ((Role.ASSOCIATE, "Ada Okafor"), (Role.LEAD, "Ravi Singh"))
    )
    officer = person(world, Role.RIEP_OFFICER, Region.NORTH_EAST, "Noor Rahman")
    council = authority(world)
    concern = NewConcern((council,), **said)  # type: ignore[arg-type]  # as the story says it
    logged = log_concern(world, associate, concern)
    return Stage(world, clock, associate, lead, officer, council, logged.case_id)
