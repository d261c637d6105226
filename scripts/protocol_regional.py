"""The sections of docs/protocol.md about early-warning signals and the regional round table."""

from collections.abc import Mapping

from protocol_case import DAY, TODAY
from protocol_markdown import grid, prose, rule, table, yes

from clearinghouse.protocol import round_table, signals
from clearinghouse.protocol.round_table import Decision
from clearinghouse.protocol.signals import Direction, SignalFacts, SignalKind, SignalTheme


def _values(kind: SignalKind) -> str:
    scale = signals.SCALES.get(kind)
    if scale is None:
        return "–"
    return ", ".join(
        f"**{scale.words_of(value)}**" if signals.warns(kind, value, None) else scale.words_of(value)
        for value in scale.values
    )


def _scales() -> str:
    soft = {True: "leads and RIEP officers", False: "everybody who works in the region"}
    rows = ((kind.words, _values(kind), soft[kind in signals.SOFT]) for kind in SignalKind)
    return table(("kind", "its values, warnings in bold", "read by"), rows)


def _warns(value: int | None, moved: Direction | None) -> str:
    kind = SignalKind.AUDIT if value is None else SignalKind.CPA_STARS
    return yes(signals.warns(kind, value, moved))


def _recurs(kinds: str, soft: bool) -> str:
    """`kinds` has a letter for each authority: w audit warns, t only talk does, b it got better, o long ago."""
    given = [
        SignalFacts(
            id=str(number),
            authority=f"authority {number}",
            kind=SignalKind.TALK if each == "t" else SignalKind.AUDIT,
            theme=SignalTheme.CHILDREN,
            observed_on=TODAY - (400 * DAY if each == "o" else DAY),
            direction=Direction.BETTER if each == "b" else Direction.WORSE,
        )
        for number, each in enumerate(kinds)
    ]
    return yes(bool(signals.recurring(given, TODAY, soft=soft)))


def signals_section() -> str:
    """Which signals there are, which warn, and what recurs."""
    moved: Mapping[str, Direction | None] = {each.words.lower(): each for each in Direction} | {
        "not said": None
    }
    values = {"no value (audit)": None, "1 star": 1, "2 stars": 2, "4 stars": 4}
    places = {
        "two authorities": "ww",
        "three": "www",
        "three, one of them by talk alone": "wwt",
        "three, one of which got better": "wwb",
        "three, one of them more than a year ago": "wwo",
    }
    return "\n".join(
        (
            "## Early-warning signals\n",
            prose("What the kinds may say, the worst value first."),
            _scales(),
            rule(signals.fits),
            rule(signals.warns),
            grid("a signal that says", values, moved, _warns),
            rule(signals.latest),
            rule(signals.counts),
            rule(signals.recurring),
            grid(
                "warned of in",
                places,
                {"recurs in the picture": True, "goes to the round table": False},
                _recurs,
            ),
            rule(signals.worry),
        )
    )


def _stands(planned: object, last: object) -> str:
    days = [TODAY + int(each) * DAY for each in planned] if isinstance(planned, tuple) else []
    held = TODAY - int(last) * DAY if isinstance(last, int) else None
    return round_table.planning(round_table.USUAL.a_year, held, days, TODAY).value.replace("_", " ")


def _lacks(given: object, decision: Decision) -> str:
    what, owner, dated = given if isinstance(given, tuple) else (False, False, False)
    lacks = round_table.lacking(decision, what=what, owner=owner, dated=dated)
    return "; ".join(each.words.lower() for each in lacks) or "**may be recorded**"


def round_table_section() -> str:
    """How often it meets, what stays on its agenda, and what a decision must say."""
    usual = round_table.USUAL
    planned = {
        "nothing": (),
        "one in 30 days": (30,),
        "one in 200 days": (200,),
        "one, 2 days ago": (-2,),
    }
    held = {"never": None, "60 days ago": 60, "400 days ago": 400}
    given = {
        "nothing": (False, False, False),
        "what will be done, or why not": (True, False, False),
        "what, and who": (True, True, False),
        "what, who and by when": (True, True, True),
    }
    waits = [
        (
            ", then ".join(each.words.lower() if each else "no decision" for each in said) or "nothing yet",
            yes(round_table.is_waiting(said)),
        )
        for said in (
            (),
            (None,),
            (Decision.DEFERRED,),
            (Decision.TAKEN_UP,),
            (Decision.NOT_NEEDED,),
            (Decision.DEFERRED, Decision.TAKEN_UP),
        )
    ]
    return "\n".join(
        (
            "## The regional round table\n",
            prose(
                f"Unless a region sets its own (§21), it holds {usual.a_year} a year (§22), and there attend: "
                + ", ".join(each.words for each in usual.parties)
                + ". On the agenda stand, in this order: "
                + "; ".join(each.words.lower() for each in round_table.ItemKind)
                + "."
            ),
            rule(round_table.next_by),
            rule(round_table.planning),
            grid("planned", planned, {f"last held {name}": each for name, each in held.items()}, _stands),
            rule(round_table.is_waiting),
            table(("decided", "on the next agenda"), waits),
            rule(round_table.lacking),
            grid("given", given, {each.words: each for each in Decision}, _lacks),
        )
    )
