"""The section of docs/protocol.md about questionnaires to a council's staff: what is shown, which return is poor."""

from datetime import timedelta

from protocol_case import TODAY
from protocol_markdown import grid, prose, rule

from clearinghouse.protocol import questionnaires
from clearinghouse.protocol.questionnaires import Pool

_CAME = {f"{people} since the last closing": people for people in (0, 1, 4, 5, 6)}
_SHOWN = {"nothing shown yet": 0, "12 shown": 12}
_ASKED = {f"{asked} asked": asked for asked in (5, 12, 20, 21)}
_ANSWERED = {f"{answered} answered": answered for answered in (0, 1, 4, 5, 7)}
_LENGTHS = {f"open for {days} days": days for days in (1, 7, 14)}


def _after(came: int, shown: int) -> str:
    now, left = questionnaires.at_closing(Pool(shown), Pool(came))
    return f"{now.people} shown, {left.people} wait"


def _return(answered: int, asked: int) -> str:
    if answered > asked:
        return "–"
    return "poor" if questionnaires.is_poor(answered, asked) else "enough"


def _half(days: int, _: None) -> str:
    half = questionnaires.half_time(TODAY, TODAY + timedelta(days=days))
    return f"after {(half - TODAY).days}"


def questionnaires_section() -> str:
    """What of the answers is shown, when a return is poor, and from when that is raised."""
    return "\n".join(
        (
            "## Questionnaires to a council's staff\n",
            prose(
                "Before a peer team comes, the council's staff are asked where they stand (appendix 2: “an initial "
                "baseline survey was distributed to all staff concerned”). Nobody's answers are ever shown alone."
            ),
            rule(questionnaires.may_show),
            rule(questionnaires.at_closing),
            grid("people who answered", _CAME, _SHOWN, _after),
            rule(questionnaires.is_poor),
            grid("answered", _ANSWERED, _ASKED, _return),
            rule(questionnaires.half_time),
            grid("open", _LENGTHS, {"days until half-time": None}, _half),
            rule(questionnaires.is_open_on),
        )
    )
