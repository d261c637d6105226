"""The sections of docs/protocol.md about telling the source and the authority, brokerage and advocacy."""

from collections.abc import Mapping

from protocol_case import DAY, TODAY, words
from protocol_markdown import grid, prose, rule, table, yes

from clearinghouse.protocol import advocacy, brokerage, duties, telling
from clearinghouse.protocol.vocabulary import Capacity, ClosingOutcome, Standing, Step

ABOUT: Mapping[str, frozenset[Capacity]] = {
    "nobody of these": frozenset(),
    "leader and chief executive": frozenset({Capacity.LEADER, Capacity.CHIEF_EXECUTIVE}),
}
AGREED: Mapping[str, bool | None] = {
    "agreed to be contacted": True,
    "asked for no contact": False,
    "not asked": None,
}
REACHED = {"left a way to reach them": True, "left none": False}


def _points() -> Mapping[str, telling.TellingFacts]:
    """How far a case can have come, as far as it decides what may be said."""
    closed = {
        f"closed: {outcome.words}": telling.TellingFacts(Standing.CLOSED, outcome=outcome)
        for outcome in ClosingOutcome
    }
    return {
        "logged": telling.TellingFacts(Standing.LOGGED),
        "triaged": telling.TellingFacts(Standing.TRIAGED),
        "a conversation was held": telling.TellingFacts(Standing.IN_DIALOGUE, talked=True),
        "the offer was accepted": telling.TellingFacts(Standing.OFFER_ACCEPTED, talked=True),
        "the offer was declined": telling.TellingFacts(Standing.OFFER_DECLINED, talked=True),
        "escalated or referred": telling.TellingFacts(Standing.TRIAGED, escalated=True),
        **closed,
    }


def sources_section() -> str:
    """When a source is told, and what may be said."""
    reachable = telling.SourceFacts(has_contact=True, may_be_contacted=True)
    after = [
        (step.words, f"within {duty.within_working_days} working days" if duty else "–")
        for step in Step
        if (duty := telling.telling_after(step, reachable)) or step in {Step.RETRIAGE, Step.RECORD_DIALOGUE}
    ]
    return "\n".join(
        (
            "## Telling the source\n",
            rule(telling.may_contact),
            grid(
                "the source",
                REACHED,
                AGREED,
                lambda reach, agreed: words(telling.may_contact(telling.SourceFacts(reach, agreed))),
            ),
            rule(telling.telling_after),
            table(("after", "a source who may be contacted is owed word"), after),
            rule(telling.may_be_said),
            grid(
                "the case is",
                _points(),
                {f"“{saying.words}”": saying for saying in telling.Saying},
                lambda facts, saying: yes(saying in telling.may_be_said(facts)),
            ),
            rule(telling.may_say),
        )
    )


def authority_section() -> str:
    """Who in the authority is told, to whom an offer's letter goes, and what it may not repeat."""
    told = {who.words: who for who in Capacity}
    concern = "The staff at night lock the doors."
    letters = ("Help with locks.", "Staff at night lock the door.", "Help: STAFF at night – lock the doors!")
    return "\n".join(
        (
            "## Telling the authority\n",
            prose(
                "Where an escalation or referral does not say who was told, and it did not come of a meeting that the "
                f"authority sat at, telling it is owed within {duties.TO_TELL_AUTHORITY} working days."
            ),
            rule(telling.may_be_told),
            rule(telling.may_tell_authority),
            grid(
                "the concern is about",
                ABOUT,
                told,
                lambda about, who: yes(telling.may_tell_authority(who, about, TODAY, TODAY).allowed),
            ),
            rule(telling.may_issue_letter),
            rule(telling.repeats),
            table(
                (f"where the source said “{concern}”, the letter", "repeats"),
                ((letter, telling.repeats(letter, concern) or "nothing") for letter in letters),
            ),
        )
    )


def brokerage_section() -> str:
    """What follows a talk with politicians."""
    outcomes: Mapping[str, brokerage.BrokerageOutcome | None] = {
        "attempted in vain": None,
        **{outcome.words: outcome for outcome in brokerage.BrokerageOutcome},
    }
    follows = ((label, brokerage.next_after_talk(outcome).words) for label, outcome in outcomes.items())
    return "\n".join(
        (
            "## Political brokerage\n",
            rule(brokerage.next_after_talk),
            table(("the talk", "what is owed next"), follows),
        )
    )


def advocacy_section() -> str:
    """When the family stands with an authority."""
    days = {"today": TODAY, "tomorrow": TODAY + DAY}
    return "\n".join(
        (
            "## Advocacy\n",
            rule(advocacy.may_stand_with),
            grid(
                "agreed with",
                {who.words: who for who in Capacity},
                {
                    f"{day}, the concern is about {label}": (on, about)
                    for day, on in days.items()
                    for label, about in ABOUT.items()
                },
                lambda who, when: words(advocacy.may_stand_with(when[0], who, when[1], TODAY)),
            ),
        )
    )
