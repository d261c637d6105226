"""The minutes of a meeting: what each party's may hold, and to whom none may go."""

from collections.abc import Collection

import pytest

from clearinghouse.protocol.minutes import (
    MinuteFor,
    MinuteParty,
    Present,
    Said,
    may_go_to,
    may_hold,
    may_hold_position,
)
from clearinghouse.protocol.verdict import Missing
from clearinghouse.protocol.vocabulary import Attendance, Audience, Body, Capacity, KnownAnswer, SourceConsent

NOBODY, LEADER, CHIEF, RIEP, MEETING, REGULATOR = Audience
YES, NO, NOT_KNOWN = SourceConsent.YES, SourceConsent.NO, SourceConsent.NOT_KNOWN
CAME, DECLINED, MISSED = Attendance
P = MinuteParty
THE_LEADER, THE_CHIEF, DEPUTY = Capacity.LEADER, Capacity.CHIEF_EXECUTIVE, Capacity.DEPUTY


def council(capacity: Capacity | None, attendance: Attendance = CAME) -> Present:
    return Present(Body.AUTHORITY, attendance, capacity)


def body(which: Body, attendance: Attendance = CAME, name: str = "") -> Present:
    return Present(which, attendance, name=name)


def for_council(*recipients: Capacity) -> MinuteFor:
    return MinuteFor(P.AUTHORITY, frozenset(recipients))


BOTH_CAME = (council(THE_LEADER), council(THE_CHIEF), body(Body.AUDIT_COMMISSION), body(Body.RIEP))
CHIEF_CAME = (council(THE_LEADER, DECLINED), council(THE_CHIEF), body(Body.AUDIT_COMMISSION))
NOBODY_CAME = (council(THE_LEADER, MISSED), body(Body.AUDIT_COMMISSION, DECLINED), body(Body.IDEA, MISSED))


@pytest.mark.parametrize(
    ("minute", "present", "held"),
    [
        (for_council(THE_LEADER), BOTH_CAME, {LEADER, MEETING}),
        (for_council(THE_CHIEF), BOTH_CAME, {CHIEF, MEETING}),
        (for_council(THE_LEADER, THE_CHIEF), BOTH_CAME, {MEETING}),
        (for_council(THE_LEADER), CHIEF_CAME, {LEADER}),
        (for_council(THE_LEADER, THE_CHIEF), CHIEF_CAME, set()),
        (for_council(DEPUTY), (council(DEPUTY),), {MEETING}),
        (for_council(DEPUTY), (council(DEPUTY, DECLINED),), set()),
        (for_council(), BOTH_CAME, set()),
        (MinuteFor(P.RIEP), BOTH_CAME, {RIEP, MEETING}),
        (MinuteFor(P.RIEP), CHIEF_CAME, {RIEP}),
        (MinuteFor(P.AUDIT_COMMISSION), BOTH_CAME, {REGULATOR, MEETING}),
        (MinuteFor(P.AUDIT_COMMISSION), NOBODY_CAME, {REGULATOR}),
        (MinuteFor(P.GOVERNMENT_OFFICE), (body(Body.GOVERNMENT_OFFICE),), {REGULATOR, MEETING}),
        (MinuteFor(P.DEPARTMENT, name="1"), (body(Body.DEPARTMENT, name="1"),), {REGULATOR, MEETING}),
        (MinuteFor(P.DEPARTMENT, name="2"), (body(Body.DEPARTMENT, name="1"),), {REGULATOR}),
        (MinuteFor(P.IDEA), (body(Body.IDEA),), {MEETING}),
        (MinuteFor(P.IDEA), NOBODY_CAME, set()),
        (MinuteFor(P.LGA), (body(Body.LGA),), {MEETING}),
        (MinuteFor(P.OTHER, name="1"), (body(Body.OTHER, name="1"),), {MEETING}),
        (MinuteFor(P.OTHER, name="2"), (body(Body.OTHER, name="1"),), set()),
        (MinuteFor(P.EVERYBODY), BOTH_CAME, {MEETING}),
    ],
)
def test_which_passages_a_minute_may_hold(
    minute: MinuteFor, present: tuple[Present, ...], held: set[Audience]
) -> None:
    """A party would read what only another may be told, or not hear what it may."""
    for audience in Audience:
        passage = Said(frozenset({audience}), YES)
        assert may_hold(passage, minute, present) is (audience in held), audience


@pytest.mark.parametrize("party", MinuteParty)
@pytest.mark.parametrize(
    "passage",
    [
        Said(frozenset(Audience) - {NOBODY}, NO),
        Said(frozenset(Audience) - {NOBODY}, NOT_KNOWN),
        Said(frozenset(Audience) - {NOBODY}, KnownAnswer.NO),
        Said(frozenset(Audience) - {NOBODY}, KnownAnswer.NOT_KNOWN),
        Said(frozenset(Audience), YES),
        Said(frozenset(), YES),
    ],
)
def test_no_minute_holds_what_the_source_has_not_agreed_to_or_nobody_may_be_told(
    party: MinuteParty, passage: Said
) -> None:
    """The source would find their confidence on somebody's desk."""
    everybody = (council(THE_LEADER), council(THE_CHIEF), *(body(each) for each in Body))
    minute = MinuteFor(party, frozenset({THE_LEADER, THE_CHIEF}))
    assert not may_hold(passage, minute, everybody)


@pytest.mark.parametrize("consent", [SourceConsent.NOT_FROM_SOURCE, SourceConsent.YES, KnownAnswer.YES])
def test_what_does_not_come_from_the_source_needs_no_consent(consent: KnownAnswer | SourceConsent) -> None:
    """What a meeting said of itself could be told to nobody."""
    assert may_hold(Said(frozenset({MEETING}), consent), MinuteFor(P.RIEP), BOTH_CAME)


def test_a_council_minute_for_both_holds_only_what_both_may_hear() -> None:
    """The leader would read what was meant for the chief executive alone."""
    both = for_council(THE_LEADER, THE_CHIEF)
    assert may_hold(Said(frozenset({LEADER, CHIEF}), YES), both, NOBODY_CAME)
    assert not may_hold(Said(frozenset({LEADER, RIEP}), YES), both, BOTH_CAME)
    assert may_hold(Said(frozenset({LEADER, MEETING}), YES), both, CHIEF_CAME)
    assert not may_hold(Said(frozenset({CHIEF, MEETING}), YES), both, CHIEF_CAME)


BREAKDOWN = {THE_LEADER, THE_CHIEF}
CONCERNED, REACHES, PARTY, FOR_NOBODY = (
    Missing.MINUTE_FOR_SOMEONE_CONCERNED,
    Missing.MINUTE_REACHES_SOMEONE_CONCERNED,
    Missing.MINUTE_NOT_A_PARTY,
    Missing.MINUTE_FOR_NOBODY,
)


@pytest.mark.parametrize(
    ("minute", "present", "about", "missing"),
    [
        (for_council(THE_LEADER), BOTH_CAME, (), ()),
        (for_council(THE_LEADER), BOTH_CAME, BREAKDOWN, (CONCERNED,)),
        (for_council(THE_LEADER, THE_CHIEF), BOTH_CAME, {THE_CHIEF}, (CONCERNED,)),
        (for_council(DEPUTY), (council(DEPUTY),), BREAKDOWN, ()),
        (for_council(DEPUTY), BOTH_CAME, (), (PARTY,)),
        (for_council(), BOTH_CAME, (), (FOR_NOBODY,)),
        (MinuteFor(P.EVERYBODY), BOTH_CAME, (), ()),
        (MinuteFor(P.EVERYBODY), BOTH_CAME, BREAKDOWN, (REACHES,)),
        (MinuteFor(P.EVERYBODY), (council(None),), BREAKDOWN, (REACHES,)),
        (MinuteFor(P.EVERYBODY), (council(None),), (), ()),
        (MinuteFor(P.EVERYBODY), (council(DEPUTY), council(THE_LEADER, DECLINED)), BREAKDOWN, ()),
        (MinuteFor(P.EVERYBODY), NOBODY_CAME, (), (FOR_NOBODY,)),
        (MinuteFor(P.RIEP), NOBODY_CAME, BREAKDOWN, ()),
        (MinuteFor(P.LGA), BOTH_CAME, (), (PARTY,)),
        (MinuteFor(P.IDEA), NOBODY_CAME, (), ()),
        (MinuteFor(P.OTHER, name="2"), (body(Body.OTHER, name="1"),), (), (PARTY,)),
        (MinuteFor(P.DEPARTMENT, name="1"), (body(Body.DEPARTMENT, name="1"),), (), ()),
    ],
)
def test_to_whom_a_minute_may_go(
    minute: MinuteFor,
    present: tuple[Present, ...],
    about: Collection[Capacity],
    missing: tuple[Missing, ...],
) -> None:
    """Whoever the concern is about, or a body that had no part in it, would be sent a minute."""
    assert may_go_to(minute, present, about).missing == missing


LEADER_CAME, CHIEF_STAYED = council(THE_LEADER), council(THE_CHIEF, DECLINED)


@pytest.mark.parametrize(
    ("of", "minute", "held"),
    [
        (LEADER_CAME, for_council(THE_LEADER), True),
        (LEADER_CAME, for_council(THE_LEADER, THE_CHIEF), False),
        (LEADER_CAME, for_council(DEPUTY), True),
        (CHIEF_STAYED, for_council(THE_LEADER), False),
        (CHIEF_STAYED, for_council(THE_CHIEF), True),
        (LEADER_CAME, for_council(), False),
        (LEADER_CAME, MinuteFor(P.RIEP), False),
        (LEADER_CAME, MinuteFor(P.EVERYBODY), False),
        (body(Body.RIEP), MinuteFor(P.RIEP), True),
        (body(Body.RIEP), for_council(THE_LEADER), False),
        (body(Body.OTHER, name="1"), MinuteFor(P.OTHER, name="1"), True),
        (body(Body.OTHER, name="2"), MinuteFor(P.OTHER, name="1"), False),
    ],
)
def test_a_minute_holds_the_party_s_own_position(of: Present, minute: MinuteFor, held: bool) -> None:
    """One party would read what another said, or one of two at odds what the other said alone."""
    present = (LEADER_CAME, CHIEF_STAYED, council(DEPUTY), body(Body.RIEP), *(_OTHERS))
    assert may_hold_position(of, minute, present) is held


_OTHERS = (body(Body.OTHER, name="1"), body(Body.OTHER, name="2"))
