"""The section of docs/protocol.md about what every authority is asked to commit itself to."""

from datetime import date

from protocol_case import DAY, TODAY
from protocol_markdown import grid, prose, rule

from clearinghouse.protocol import commitments
from clearinghouse.protocol.commitments import Commitment, CommitmentFacts, CommitmentKind
from clearinghouse.protocol.peers import years_after

_LAST = {
    "never": None,
    "today": TODAY,
    "11 months ago": years_after(TODAY, -1) + 30 * DAY,
    "a year ago to the day": years_after(TODAY, -1),
    "a year and a day ago": years_after(TODAY, -1) - DAY,
    "3 years ago to the day": years_after(TODAY, -3),
    "4 years ago to the day": years_after(TODAY, -4),
    "4 years and a day ago": years_after(TODAY, -4) - DAY,
}

_BEGAN = {
    "not known, and its predecessor's last was 5 years ago": None,
    "a month ago": TODAY - 30 * DAY,
    "11 months ago": years_after(TODAY, -1) + 30 * DAY,
    "2 years ago": years_after(TODAY, -2),
    "5 years ago": years_after(TODAY, -5),
}


def _said(found: Commitment) -> str:
    return found.how.words.lower()


def _own(last: date | None, kind: CommitmentKind) -> str:
    record = (CommitmentFacts(kind, last),) if last else ()
    return _said(commitments.how_kept(kind, record, TODAY))


def _after_a_predecessor(began: date | None, kind: CommitmentKind) -> str:
    record = (CommitmentFacts(kind, years_after(TODAY, -5), by_predecessor=True),)
    return _said(commitments.how_kept(kind, record, TODAY, began))


def commitments_section() -> str:
    """What is asked of an authority, when it is late, and what its predecessors' record counts for."""
    kinds = {each.words: each for each in CommitmentKind}
    return "\n".join(
        (
            "## Commitments\n",
            prose(
                "What an authority is asked for: "
                + ", ".join(each.words.lower() for each in CommitmentKind)
                + "."
            ),
            rule(commitments.how_kept),
            grid("last done", _LAST, kinds, _own),
            rule(commitments.asked_again),
            rule(commitments.counts_from),
            prose("An authority that did nothing yet, whose predecessor did so 5 years ago:"),
            grid("it began", _BEGAN, kinds, _after_a_predecessor),
        )
    )
