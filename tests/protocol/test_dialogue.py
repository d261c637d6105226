"""The confidential dialogue: who counts, and when it is done."""

from datetime import date

import pytest

from clearinghouse.protocol.dialogue import DialogueState, counts, dialogue, may_be_with, usually_about
from clearinghouse.protocol.facts import ConversationFacts
from clearinghouse.protocol.verdict import Missing
from clearinghouse.protocol.vocabulary import Capacity, Nature

C = Capacity
MON, TUE, WED = date(2026, 3, 2), date(2026, 3, 3), date(2026, 3, 4)
CONCERNED, NOBODY = Missing.WITH_SOMEONE_CONCERNED, Missing.WITH_NOBODY_WHO_COUNTS


@pytest.mark.parametrize(
    ("talked_to", "about", "missing"),
    [
        ({C.LEADER}, set(), ()),
        ({C.LEADING_MEMBER}, set(), ()),
        ({C.CHIEF_EXECUTIVE}, set(), ()),
        ({C.OTHER_OFFICER}, set(), (NOBODY,)),
        ({C.OTHER_MEMBER}, set(), (NOBODY,)),
        (set(), set(), (NOBODY,)),
        ({C.CHIEF_EXECUTIVE, C.OTHER_OFFICER}, set(), ()),
        # stand-ins count only where the concern is about those whom they stand in for
        ({C.MONITORING_OFFICER}, set(), (NOBODY,)),
        ({C.MONITORING_OFFICER}, {C.OTHER_OFFICER}, (NOBODY,)),
        ({C.MONITORING_OFFICER}, {C.CHIEF_EXECUTIVE}, ()),
        ({C.DEPUTY}, {C.LEADER}, ()),
        ({C.GROUP_LEADER}, {C.LEADER, C.CHIEF_EXECUTIVE}, ()),
        # never with anyone the concern is about, not even in company
        ({C.CHIEF_EXECUTIVE}, {C.CHIEF_EXECUTIVE}, (CONCERNED,)),
        ({C.LEADER, C.CHIEF_EXECUTIVE}, {C.CHIEF_EXECUTIVE}, (CONCERNED,)),
        ({C.LEADER}, {C.CHIEF_EXECUTIVE}, ()),
        ({C.MONITORING_OFFICER}, {C.LEADER, C.MONITORING_OFFICER}, (CONCERNED,)),
    ],
)
def test_with_whom_the_dialogue_counts(
    talked_to: set[Capacity], about: set[Capacity], missing: tuple[Missing, ...]
) -> None:
    """A talk with the wrong person would open a gate, or one with the right person would not."""
    assert counts(talked_to, about).missing == missing


def test_a_breakdown_between_leader_and_chief_executive_is_about_both() -> None:
    """One of the two would be asked to speak in confidence about their own quarrel."""
    about = usually_about(Nature.LEADER_AND_CHIEF_EXECUTIVE)
    assert may_be_with(about) == {C.LEADING_MEMBER, C.MONITORING_OFFICER, C.DEPUTY, C.GROUP_LEADER}
    assert usually_about(Nature.SERVICE) == frozenset()


def talk(event: str, on: date, *, held: bool, who: Capacity = C.LEADER) -> ConversationFacts:
    return ConversationFacts(event, on, held, frozenset({who}))


@pytest.mark.parametrize(
    ("talks", "state", "events", "done"),
    [
        ([], DialogueState.NOT_TRIED, (), False),
        ([talk("a", MON, held=True)], DialogueState.HELD, ("a",), True),
        ([talk("a", MON, held=False)], DialogueState.ATTEMPTED_ONCE, ("a",), False),
        (
            [talk("a", MON, held=False), talk("b", MON, held=False)],
            DialogueState.ATTEMPTED_ONCE,
            ("a", "b"),
            False,
        ),
        (
            [talk("b", TUE, held=False), talk("a", MON, held=False)],
            DialogueState.ATTEMPTED_ENOUGH,
            ("a", "b"),
            True,
        ),
        ([talk("a", MON, held=False), talk("b", TUE, held=True)], DialogueState.HELD, ("b",), True),
        ([talk("a", MON, held=True, who=C.OTHER_OFFICER)], DialogueState.NOT_TRIED, (), False),
        ([talk("a", TUE, held=True)], DialogueState.HELD, ("a",), True),
        ([talk("a", WED, held=True)], DialogueState.NOT_TRIED, (), False),
    ],
)
def test_the_dialogue_is_done_when_held_or_attempted_on_two_days(
    talks: list[ConversationFacts], state: DialogueState, events: tuple[str, ...], done: bool
) -> None:
    """Two calls on one afternoon, or a talk still to come, would pass for a dialogue."""
    found = dialogue(talks, frozenset(), today=TUE)
    assert (found.state, found.events, found.done) == (state, events, done)
