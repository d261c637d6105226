"""Telling people what happened: when the source is told and what may be said, who of the authority is told, and how."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date

from clearinghouse.protocol.dialogue import STAND_INS, USUAL
from clearinghouse.protocol.duties import TO_TELL_SOURCE, NextDuty
from clearinghouse.protocol.verdict import ALLOWED, Missing, Verdict, blocked
from clearinghouse.protocol.vocabulary import Capacity, ClosingOutcome, DutyKind, Standing, Step, Worded

RUN_OF_WORDS = 6
"""So many words in a row, the same in a letter as in the concern, are a quotation."""

_WORD = re.compile(r"[^\W_]+")


class Saying(Worded):
    """The closed list of what a source may be told; never who was talked to, nor what the authority said."""

    RECEIVED = "received", "We have what you told us, and somebody is responsible for it"
    LOOKED_INTO = "looked_into", "We have looked into it and decided what follows"
    TALKED_TO = "talked_to", "The authority has been talked to"
    OTHERS_ACT = "others_act", "Others now act on it"
    NOT_TAKEN_UP = "not_taken_up", "We have looked into it and do not take it further"
    ENDED = "ended", "Our work on it has ended"
    NO_MORE = "no_more", "We cannot say more, because we talk with authorities in confidence"


class ToldHow(Worded):
    """How somebody was told, or was tried to be."""

    TELEPHONE = "telephone", "By telephone"
    IN_PERSON = "in_person", "In person"
    LETTER = "letter", "By letter"


TOLD_AFTER: Mapping[Step, NextDuty] = {
    step: NextDuty(DutyKind.TELL_SOURCE, TO_TELL_SOURCE)
    for step in (Step.TRIAGE, Step.RECORD_ESCALATION, Step.CLOSE)
}
"""After which steps a source is owed word: the triage, an escalation or referral, and the end, declined or done."""


@dataclass(frozen=True)
class SourceFacts:
    """What is known of reaching a source; `may_be_contacted` is None where they were never asked."""

    has_contact: bool
    may_be_contacted: bool | None


@dataclass(frozen=True)
class TellingFacts:
    """How far a case has come, as far as it decides what may be said of it.

    `talked` where a conversation with the authority was held; `outcome` is what a closed case came to.
    """

    standing: Standing
    talked: bool = False
    escalated: bool = False
    outcome: ClosingOutcome | None = None


def may_contact(source: SourceFacts) -> Verdict:
    """A source is told only where they gave a way to reach them and agreed to be contacted again (ours).

    Consent that is not known is no consent: a call to the wrong telephone gives a source away.
    """
    if not source.has_contact:
        return blocked(Missing.SOURCE_NOT_REACHABLE)
    if source.may_be_contacted is None:
        return blocked(Missing.SOURCE_NOT_ASKED)
    return ALLOWED if source.may_be_contacted else blocked(Missing.SOURCE_WANTS_NO_CONTACT)


def telling_after(step: Step, source: SourceFacts) -> NextDuty | None:
    """The source is owed word after the triage, an escalation or referral, and the close (ours).

    Never after any other step, nor where they may not be contacted.
    """
    return TOLD_AFTER.get(step) if may_contact(source).allowed else None


def may_be_said(facts: TellingFacts) -> tuple[Saying, ...]:
    """What a source may be told at this point, out of a closed list (§19, §23; the list is ours).

    What the authority said in confidence, its answer to an offer and the names of those talked to are in none of it.
    """
    closed = facts.standing is Standing.CLOSED
    unfounded = closed and facts.outcome is ClosingOutcome.UNFOUNDED
    said = {
        Saying.RECEIVED: not closed,
        Saying.LOOKED_INTO: facts.standing is not Standing.LOGGED and not unfounded,
        Saying.TALKED_TO: facts.talked,
        Saying.OTHERS_ACT: facts.escalated or facts.outcome is ClosingOutcome.WITH_OTHERS,
        Saying.NOT_TAKEN_UP: unfounded,
        Saying.ENDED: closed,
        Saying.NO_MORE: True,
    }
    return tuple(saying for saying in Saying if said[saying])


def may_say(sayings: Collection[Saying], facts: TellingFacts) -> Verdict:
    """A telling says one thing at least, and nothing that may not be said yet (ours)."""
    if not sayings:
        return blocked(Missing.NOTHING_SAID)
    return ALLOWED if set(sayings) <= set(may_be_said(facts)) else blocked(Missing.NOT_TO_BE_SAID)


def may_be_told(about: Collection[Capacity]) -> frozenset[Capacity]:
    """Who in the authority is told of an escalation (§22, §26): its leading members, its chief executive, a stand-in.

    Never anyone the concern is about.
    """
    return (USUAL | STAND_INS) - frozenset(about)


def may_tell_authority(
    capacity: Capacity, about: Collection[Capacity], told_on: date, today: date
) -> Verdict:
    """Whether this telling can be recorded (§22, §26): who may be told was told, and not in the future."""
    if capacity in about:
        return blocked(Missing.TOLD_SOMEONE_CONCERNED)
    if capacity not in may_be_told(about):
        return blocked(Missing.TOLD_NOBODY_WHO_COUNTS)
    return ALLOWED if told_on <= today else blocked(Missing.TOLD_IN_FUTURE)


def may_issue_letter(capacity: Capacity, may_be_with: Collection[Capacity], repeated: str) -> Verdict:
    """An offer's letter goes to whom the dialogue may be with, and repeats nothing of the concern (§23; ours).

    `repeated` is what `repeats` found.
    """
    if capacity not in may_be_with:
        return blocked(Missing.LETTER_TO_WRONG_CAPACITY)
    return blocked(Missing.LETTER_REPEATS_CONCERN) if repeated else ALLOWED


def repeats(letter: str, concern: str, run: int = RUN_OF_WORDS) -> str:
    """The first words of a concern that a letter repeats, six or more in a row, "" where it repeats none (ours).

    Case and punctuation make no difference: whoever reads the letter may have heard the source speak.
    """
    said = [word.casefold() for word in _WORD.findall(concern)]
    written = [word.casefold() for word in _WORD.findall(letter)]
    runs = {tuple(said[at : at + run]) for at in range(len(said) - run + 1)}
    places = range(len(written) - run + 1)
    found = next((written[at : at + run] for at in places if tuple(written[at : at + run]) in runs), [])
    return " ".join(found)
