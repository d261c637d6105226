"""The readable part of a regulator's pack: its report as one printable HTML page, and the note that lies beside it."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from html import escape
from typing import IO

_STYLE = """
body{font:1em/1.5 Arial,Helvetica,sans-serif;color:#0b0c0c;max-width:60em;margin:0 auto;padding:1em}
h1{font-size:1.8em}h2{font-size:1.4em;margin-top:2em}h3{font-size:1.1em}
.timeline{overflow-x:auto}table{border-collapse:collapse;width:100%}
th,td{text-align:left;vertical-align:top;padding:.4em .8em .4em 0}
th,td{border-bottom:1px solid #b1b4b6}dl{margin:0}dt{font-weight:bold}dd{margin:0 0 .3em}
.finding{border-left:5px solid #00524d;padding:.5em 1em;margin:1em 0}.quiet{color:#505a5f}
@media print{body{max-width:none;padding:0}tr,.finding{break-inside:avoid}}
"""


@dataclass(frozen=True)
class ReportedEvent:
    """One line of the timeline; `withheld` counts the values that the pack does not show."""

    number: int
    at: datetime
    what: str
    who: str
    facts: tuple[tuple[str, str], ...]
    withheld: int


@dataclass(frozen=True)
class ReportedFinding:
    """What an escalation says about family first, in words; `missing` are whole sentences."""

    number: int
    on: str
    result: str
    gate: str
    missing: tuple[str, ...]
    why_not: str
    rests_on: str


@dataclass
class ReportedCase:
    """One case: its councils, its findings, and the file that holds the rows of its timeline.

    `by_hash` counts the events shown by their hash alone.
    """

    reference: str
    councils: tuple[str, ...]
    timeline: IO[str]
    findings: list[ReportedFinding] = field(default_factory=list)
    by_hash: int = 0


@dataclass(frozen=True)
class PackWords:
    """What heads the report."""

    reference: str
    body: str
    purpose: str
    made_at: datetime
    expires_on: date
    log: str
    leaves: int


def report_page(words: PackWords, cases: Iterable[ReportedCase]) -> Iterable[str]:
    """The page, in stretches. It loads nothing and runs nothing."""
    title = f"Clearinghouse pack {words.reference}"
    yield (
        f'<!DOCTYPE html>\n<html lang="en-GB"><head><meta charset="utf-8"><title>{escape(title)}</title>'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<style>{_STYLE}</style></head><body><main>\n<h1>{escape(title)}</h1>\n"
        f"<p>For the {escape(words.body)}. {escape(words.purpose)}. Made on {_moment(words.made_at)}.</p>\n"
        f"<p>The timelines are complete up to that moment: every event of each case is counted, also those that are "
        f"not shown. Names of people and everything that was typed are not in this pack. Capacities are those that "
        f"people held at the time; a number tells two people apart, and means the same person throughout.</p>\n"
        f"<p class=quiet>This page is for reading. What is proved, and what is not, <code>verify.py</code> says: the "
        f"log is {escape(words.log)}, with {words.leaves:,} entries. Instants are in UTC.</p>\n"
    )
    for case in cases:
        yield from _case(case)
    yield "</main></body></html>\n"


def timeline_row(event: ReportedEvent) -> str:
    """One line of a timeline, as a row of its table."""
    facts = "".join(f"<dt>{escape(label)}<dd>{escape(words)}" for label, words in event.facts)
    hidden = f"<span class=quiet>{event.withheld} not shown</span>" if event.withheld else ""
    return (
        f"<tr><td>{event.number}<td>{_moment(event.at)}<td>{escape(event.what)}<td>{escape(event.who)}"
        f"<td>{f'<dl>{facts}</dl>' if facts else ''}{hidden}</tr>\n"
    )


def _case(case: ReportedCase) -> Iterable[str]:
    councils = escape(", ".join(case.councils))
    yield f"<section><h2>{escape(case.reference)}: {councils}</h2>\n"
    for finding in case.findings:
        yield _finding(finding)
    if not case.findings:
        yield "<p>No escalation is shown of this case.</p>\n"
    yield "<h3>What happened</h3>\n<div class=timeline><table><thead><tr><th scope=col>No.<th scope=col>When (UTC)"
    yield "<th scope=col>What<th scope=col>Who<th scope=col>Shown</tr></thead><tbody>\n"
    case.timeline.seek(0)
    yield from case.timeline
    yield "</tbody></table></div>\n"
    if case.by_hash:
        yield (
            f"<p>{case.by_hash:,} further events, whose numbers are left out above, are shown by their hash alone: "
            "who opened what, what was said to a source or between cases, and what must be kept for a court.</p>\n"
        )
    yield "</section>\n"


def _finding(finding: ReportedFinding) -> str:
    missing = "".join(f"<li>{escape(each)}" for each in finding.missing)
    why = f"<p>{escape(finding.why_not)}.</p>" if finding.why_not else ""
    lacked = f"<p>What was missing ({escape(finding.gate)}):</p><ul>{missing}</ul>" if missing else ""
    gate = "" if missing else f"<p>{escape(finding.gate)}.</p>"
    return (
        f"<div class=finding><h3>{escape(finding.result)}</h3><p>Escalation of {escape(finding.on)}, event "
        f"{finding.number}. It rests on: {escape(finding.rests_on)}.</p>{why}{gate}{lacked}</div>\n"
    )


def readme(reference: str, log_key: str) -> str:
    """The note that says what lies in the pack and how to check it."""
    return f"""Clearinghouse pack {reference}

report.html      what happened, to read and print
verify.py        checks everything below; needs Python 3.11 and: pip install cryptography
manifest.json    what the pack is, with the SHA-256 of every other file, signed (JWS, Ed25519)
checkpoint       the log's signed size and root (C2SP tlog-checkpoint)
events.jsonl     the events as they were stored; what is shown of each as disclosures (RFC 9901)
proofs.jsonl     for each event, where it stands in the log (RFC 9162)
streams.json     where the log says that each case ended, and how it grew

To check it:

  python verify.py {reference}.zip --log-key '{log_key}'

Take the key from somewhere else than this file, such as the installation's printed
checkpoints, and verify.py from the program's own source: both came from whoever made the pack.
"""


def _moment(instant: datetime) -> str:
    return f"{instant:%d %b %Y, %H:%M}"
