"""The sections of docs/protocol.md about who comes to a meeting and what each party's minute may hold."""

from collections.abc import Mapping

from protocol_case import words
from protocol_markdown import grid, prose, rule, table, yes

from clearinghouse.protocol import meetings, minutes, say_to_whom
from clearinghouse.protocol.facts import LEADING_MEMBERS
from clearinghouse.protocol.minutes import MinuteFor, MinuteParty, Present, Said
from clearinghouse.protocol.vocabulary import (
    Attendance,
    Audience,
    Body,
    Capacity,
    SourceConsent,
)

LEADER, CHIEF, DEPUTY = Capacity.LEADER, Capacity.CHIEF_EXECUTIVE, Capacity.DEPUTY
NAMED = tuple(audience for audience in Audience if audience is not Audience.NOBODY)


def _came(*capacities: Capacity | None, others: bool = True) -> tuple[Present, ...]:
    bodies = [Present(body, Attendance.ATTENDED) for body in Body if others and body is not Body.AUTHORITY]
    return (*(Present(Body.AUTHORITY, Attendance.ATTENDED, each) for each in capacities), *bodies)


ATTENDED: Mapping[str, tuple[Present, ...]] = {
    "leader, chief executive and every body attended": _came(LEADER, CHIEF),
    "only the chief executive attended": _came(CHIEF, others=False),
    "a deputy and every body attended": _came(DEPUTY),
}
MINUTES: Mapping[str, MinuteFor] = {
    "The council: its leader": MinuteFor(MinuteParty.AUTHORITY, frozenset({LEADER})),
    "The council: its chief executive": MinuteFor(MinuteParty.AUTHORITY, frozenset({CHIEF})),
    "The council: both": MinuteFor(MinuteParty.AUTHORITY, frozenset({LEADER, CHIEF})),
    "The council: a deputy": MinuteFor(MinuteParty.AUTHORITY, frozenset({DEPUTY})),
    **{party.words: MinuteFor(party) for party in MinuteParty if party is not MinuteParty.AUTHORITY},
}
ABOUT: Mapping[str, frozenset[Capacity]] = {
    "the concern is about neither": frozenset(),
    "it is about leader and chief executive": frozenset({LEADER, CHIEF}),
}


def _holds(minute: MinuteFor, present: tuple[Present, ...]) -> str:
    held = [
        audience.words.removeprefix("The authority's ").removeprefix("The ")
        for audience in NAMED
        if minutes.may_hold(Said(frozenset({audience}), SourceConsent.YES), minute, present)
    ]
    return ", ".join(held) or "–"


def _goes(minute: MinuteFor, about: frozenset[Capacity]) -> str:
    return words(minutes.may_go_to(minute, _came(LEADER, CHIEF, DEPUTY), about))


def _position(of: Present, minute: MinuteFor) -> str:
    present = (*_came(LEADER, DEPUTY), Present(Body.AUTHORITY, Attendance.DECLINED, CHIEF))
    return yes(minutes.may_hold_position(of, minute, present))


def _consents() -> str:
    released = frozenset({Audience.MEETING})
    return table(
        ("the passage of a meeting", "may be told"),
        ((said.words, yes(say_to_whom.may_tell(released, said, Audience.MEETING))) for said in SourceConsent),
    )


def minutes_section() -> str:
    """To whom a minute goes, and what it holds."""
    of: Mapping[str, Present] = {
        "the leader, who attended": Present(Body.AUTHORITY, Attendance.ATTENDED, LEADER),
        "the chief executive, who declined": Present(Body.AUTHORITY, Attendance.DECLINED, CHIEF),
        "the Audit Commission": Present(Body.AUDIT_COMMISSION, Attendance.ATTENDED),
    }
    return "\n".join(
        (
            "## Minutes: what each party of a meeting may read\n",
            rule(minutes.may_go_to),
            "Leader, chief executive, a deputy and every body attended:\n",
            grid("the minute is for", MINUTES, ABOUT, _goes),
            rule(minutes.may_hold),
            "Cells: which of the passages the minute holds that are for one audience each, the source agreeing.\n",
            grid("the minute is for", MINUTES, ATTENDED, _holds),
            prose(
                "A conversation of the case comes into a minute by the same rule, and only where the lead picks it: "
                "none is picked beforehand (ours)."
            ),
            _consents(),
            rule(minutes.may_hold_position),
            "The leader, a deputy and every body attended, the chief executive declined:\n",
            grid("the minute is for", MINUTES, of, lambda minute, whose: _position(whose, minute)),
        )
    )


def parties_section() -> str:
    """Who counts as which party of a pre-intervention meeting, and who is still to be asked."""
    who: Mapping[str, Capacity | None] = {"no capacity": None, **{each.words: each for each in Capacity}}
    counts = (
        (name, yes(meetings.party_of(Body.AUTHORITY, capacity) == LEADING_MEMBERS))
        for name, capacity in who.items()
    )
    return "\n".join(
        (
            "### The parties of a pre-intervention meeting\n",
            rule(meetings.party_of),
            table(("somebody of the authority, as", "counts as its leading members"), counts),
            rule(meetings.still_to_ask),
            prose(f"Where nobody came or declined yet: {', '.join(meetings.still_to_ask(()))}."),
        )
    )
