"""How far a case has come, and which step may follow: a transition table, not a line."""

from collections.abc import Mapping

from clearinghouse.protocol.verdict import ALLOWED, Missing, Verdict, blocked
from clearinghouse.protocol.vocabulary import Standing, Step

FACTS = frozenset({Step.RECORD_DIALOGUE, Step.RECORD_MEETING, Step.RECORD_ESCALATION})
"""Steps that only say what happened: government and inspectors act regardless of us (§9, §15g, §22)."""

_JOINED: Mapping[Step, Standing] = {Step.JOIN: Standing.CLOSED}
_OPEN_TO_SUPPORT: Mapping[Step, Standing] = {
    Step.MAKE_OFFER: Standing.OFFER_MADE,
    Step.ASSIGN_TEAM: Standing.SUPPORTED,
    Step.START_SUPPORT: Standing.SUPPORTED,
    Step.REVIEW: Standing.UNDER_REVIEW,
    Step.CLOSE: Standing.CLOSED,
}
_AFTER_REFUSAL: Mapping[Step, Standing] = {
    **_JOINED,
    Step.MAKE_OFFER: Standing.OFFER_MADE,
    Step.REVIEW: Standing.UNDER_REVIEW,
    Step.CLOSE: Standing.CLOSED,
}

TRANSITIONS: Mapping[Standing, Mapping[Step, Standing]] = {
    Standing.LOGGED: {Step.TRIAGE: Standing.TRIAGED, **_JOINED},
    Standing.TRIAGED: {**_OPEN_TO_SUPPORT, **_JOINED, Step.RECORD_DIALOGUE: Standing.IN_DIALOGUE},
    Standing.IN_DIALOGUE: {**_OPEN_TO_SUPPORT, **_JOINED},
    Standing.OFFER_MADE: {
        Step.ACCEPT: Standing.OFFER_ACCEPTED,
        Step.DECLINE: Standing.OFFER_DECLINED,
        Step.LAPSE: Standing.OFFER_LAPSED,
        Step.WITHDRAW: Standing.TRIAGED,
    },
    Standing.OFFER_ACCEPTED: _OPEN_TO_SUPPORT,
    Standing.OFFER_DECLINED: _AFTER_REFUSAL,
    Standing.OFFER_LAPSED: {
        **_AFTER_REFUSAL,
        Step.ACCEPT: Standing.OFFER_ACCEPTED,
        Step.DECLINE: Standing.OFFER_DECLINED,
    },
    Standing.SUPPORTED: _OPEN_TO_SUPPORT,
    Standing.UNDER_REVIEW: _OPEN_TO_SUPPORT,
    Standing.CLOSED: {Step.REOPEN: Standing.TRIAGED},
}
"""Every step that moves a case. An answer given in time but recorded after the lapse corrects the lapse."""


def may_step(standing: Standing, step: Step) -> Verdict:
    """Whether the step may follow the standing (§19: nothing falls between stools).

    Facts may always be recorded. An open case that has been triaged may be triaged again at any time.
    """
    if step in FACTS or step in TRANSITIONS[standing]:
        return ALLOWED
    if step is Step.RETRIAGE and standing not in {Standing.LOGGED, Standing.CLOSED}:
        return ALLOWED
    return blocked(_why_not(standing, step))


def after(standing: Standing, step: Step) -> Standing:
    """The standing that follows a permitted step.

    A fact, and triage done again, leave the standing as it was, except that a conversation held takes a triaged
    case into dialogue. Raises ValueError where `may_step` does not allow the step.
    """
    verdict = may_step(standing, step)
    if not verdict.allowed:
        raise ValueError(f"{step} may not follow {standing}: {verdict.missing[0]}")
    return TRANSITIONS[standing].get(step, standing)


def steps_from(standing: Standing) -> tuple[Step, ...]:
    """The steps that may follow, in the order in which the vocabulary lists them."""
    return tuple(step for step in Step if may_step(standing, step).allowed)


def _why_not(standing: Standing, step: Step) -> Missing:
    support = step in {Step.ASSIGN_TEAM, Step.START_SUPPORT}
    reasons = (
        (standing is Standing.CLOSED, Missing.CASE_CLOSED),
        (step is Step.REOPEN, Missing.CASE_NOT_CLOSED),
        (standing is Standing.LOGGED, Missing.NOT_TRIAGED),
        (step is Step.TRIAGE, Missing.ALREADY_TRIAGED),
        (standing is Standing.OFFER_MADE, Missing.OFFER_OPEN),
        (step is Step.JOIN, Missing.HELP_RUNNING),
        (support, Missing.OFFER_NOT_ACCEPTED),
    )
    return next((reason for applies, reason in reasons if applies), Missing.NO_OPEN_OFFER)
