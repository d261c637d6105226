"""The section of docs/protocol.md about how long things are kept, and about destroying them."""

from dataclasses import replace
from datetime import timedelta

from protocol_case import TODAY
from protocol_markdown import prose, rule, table

from clearinghouse.protocol import retention
from clearinghouse.protocol.retention import DestructionFacts, Kept

_DUE = DestructionFacts(held=False, closed=True, due_on=TODAY)
_PROPOSED = replace(_DUE, proposed_by="one lead")
_SITUATIONS = {
    "closed, due, nothing owed": _DUE,
    "on legal hold": replace(_DUE, held=True),
    "open": replace(_DUE, closed=False),
    "due tomorrow": replace(_DUE, due_on=TODAY + timedelta(days=1)),
    "something else is owed on it": replace(_DUE, owed=1),
    "a pack about it waits": replace(_DUE, pack_waits=True),
    "open, and its source asks": replace(_DUE, closed=False, owed=1, at_request=True),
    "on legal hold, and its source asks": replace(_DUE, held=True, at_request=True),
}
_CONFIRMED = {
    "nobody proposed it": (_DUE, "one lead"),
    "by whoever proposed it": (_PROPOSED, "one lead"),
    "by another lead": (_PROPOSED, "another lead"),
    "by another lead, something was recorded since": (replace(_PROPOSED, changed_since=True), "another lead"),
    "by another lead, put on hold since": (replace(_PROPOSED, held=True), "another lead"),
}


def retention_section() -> str:
    """How long each thing is kept, and what stands against destroying it."""
    return "\n".join(
        (
            "## How long things are kept\n",
            prose(
                "An installation sets its own periods in `retention.toml`, counted from the closing of the case."
            ),
            table(
                ("kept", "as usual, months"),
                [(kept.words, retention.USUAL_MONTHS[kept]) for kept in Kept],
            ),
            rule(retention.months_after),
            table(
                ("from", "one month later", "a year later"),
                [
                    (str(day), *(str(retention.months_after(day, months)) for months in (1, 12)))
                    for day in (TODAY, TODAY.replace(month=1, day=31))
                ],
            ),
            rule(retention.may_propose),
            table(
                ("the case is", "what stands against it"),
                [
                    (name, _against(retention.may_propose(facts, TODAY)))
                    for name, facts in _SITUATIONS.items()
                ],
            ),
            rule(retention.may_confirm),
            table(
                ("confirmed", "what stands against it"),
                [
                    (name, _against(retention.may_confirm(facts, who, TODAY)))
                    for name, (facts, who) in _CONFIRMED.items()
                ],
            ),
            rule(retention.destroyed_with),
            table(
                ("due", "destroyed"),
                [
                    (kept.value, ", ".join(each.value for each in retention.destroyed_with((kept,))))
                    for kept in Kept
                ],
            ),
        )
    )


def _against(found: tuple[retention.Keeps, ...]) -> str:
    return " ".join(each.words for each in found) or "nothing"
