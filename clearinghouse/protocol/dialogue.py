"""The confidential dialogue: with whom it is held, and whether it was held or tried often enough."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from clearinghouse.protocol.facts import ConversationFacts, EventId
from clearinghouse.protocol.verdict import ALLOWED, Missing, Verdict, blocked
from clearinghouse.protocol.vocabulary import Capacity, Nature, Worded

USUAL = frozenset({Capacity.LEADER, Capacity.LEADING_MEMBER, Capacity.CHIEF_EXECUTIVE})
STAND_INS = frozenset({Capacity.MONITORING_OFFICER, Capacity.DEPUTY, Capacity.GROUP_LEADER})
ATTEMPTS_THAT_COUNT = 2


class DialogueState(Worded):
    """How far the dialogue got."""

    HELD = "held", "Held"
    ATTEMPTED_ENOUGH = "attempted_enough", "Attempted on two different days"
    ATTEMPTED_ONCE = "attempted_once", "Attempted on one day"
    NOT_TRIED = "not_tried", "Not tried"


@dataclass(frozen=True)
class Dialogue:
    """How far the dialogue got, and the events that show it."""

    state: DialogueState
    events: tuple[EventId, ...]

    @property
    def done(self) -> bool:
        """True when the family has done its part: held it, or tried twice on different days."""
        return self.state in {DialogueState.HELD, DialogueState.ATTEMPTED_ENOUGH}


def usually_about(nature: Nature) -> frozenset[Capacity]:
    """Whom a concern of this nature is about before anybody says more (§24, §28).

    A breakdown between leader and chief executive is about both, so stand-ins are talked to.
    """
    if nature is Nature.LEADER_AND_CHIEF_EXECUTIVE:
        return frozenset({Capacity.LEADER, Capacity.CHIEF_EXECUTIVE})
    return frozenset()


def may_be_with(about: Collection[Capacity]) -> frozenset[Capacity]:
    """With whom the dialogue counts (§23, §28): leading members and the chief executive.

    Never with anyone the concern is about; where it is about one of these, the stand-ins count as well.
    """
    concerned = frozenset(about)
    if concerned & USUAL:
        return (USUAL | STAND_INS) - concerned
    return USUAL


def counts(capacities: Collection[Capacity], about: Collection[Capacity]) -> Verdict:
    """Whether a conversation with these people counts as the dialogue (§23, §28).

    It is recorded in any case, being a fact; it counts when somebody was there with whom it may be held and nobody
    whom the concern is about.
    """
    if frozenset(capacities) & frozenset(about):
        return blocked(Missing.WITH_SOMEONE_CONCERNED)
    if not frozenset(capacities) & may_be_with(about):
        return blocked(Missing.WITH_NOBODY_WHO_COUNTS)
    return ALLOWED


def dialogue(
    conversations: Collection[ConversationFacts], about: Collection[Capacity], today: date
) -> Dialogue:
    """Whether the dialogue was held, or attempted on two different days (§23, §28)."""
    counting = sorted(
        (talk for talk in conversations if talk.on <= today and counts(talk.capacities, about).allowed),
        key=lambda talk: (talk.on, talk.event),
    )
    held = tuple(talk.event for talk in counting if talk.held)
    if held:
        return Dialogue(DialogueState.HELD, held)
    days = {talk.on for talk in counting}
    tried = tuple(talk.event for talk in counting)
    if len(days) >= ATTEMPTS_THAT_COUNT:
        return Dialogue(DialogueState.ATTEMPTED_ENOUGH, tried)
    return Dialogue(DialogueState.ATTEMPTED_ONCE if days else DialogueState.NOT_TRIED, tried)
