"""The sections of docs/protocol.md about referral, the finding, what may be told, duties and their days."""

from collections.abc import Mapping
from datetime import date

from protocol_case import DAY, OFFERS, TALKS, TODAY, first_duties, supplied, words
from protocol_markdown import grid, prose, rule, table

from clearinghouse.protocol import dialogue, duties, finding, invariants, referral, say_to_whom, working_days
from clearinghouse.protocol.facts import (
    PRE_INTERVENTION_PARTIES,
    CaseFacts,
    ConversationFacts,
    JointLocalMeetingFacts,
    OfferFacts,
    PreInterventionFacts,
    ReviewFacts,
    RiskFacts,
)
from clearinghouse.protocol.vocabulary import (
    Audience,
    DutyKind,
    FamilyFirst,
    KnownAnswer,
    Outcome,
    Standing,
)

MEETINGS: Mapping[str, tuple[JointLocalMeetingFacts, ...]] = {
    "no meeting": (),
    **{outcome.name: (JointLocalMeetingFacts("meeting", TODAY - DAY, outcome),) for outcome in Outcome},
}
RISKS: Mapping[str, RiskFacts] = {
    "neither": RiskFacts(),
    "legal duty": RiskFacts(legal_duty_to_refer=True, event="risk"),
    "people at risk": RiskFacts(people_at_risk_now=True, event="risk"),
    "both": RiskFacts(people_at_risk_now=True, legal_duty_to_refer=True, event="risk"),
}


def _dialogues() -> Mapping[str, tuple[ConversationFacts, ...]]:
    """One sample for each state of the dialogue, under the words of the state."""
    return {dialogue.dialogue(talks, (), TODAY).state.words: talks for talks in TALKS.values()}


def _opens(offers: tuple[OfferFacts, ...], talks: tuple[ConversationFacts, ...]) -> str:
    opening = [
        name
        for name, met in MEETINGS.items()
        if referral.joint_local_meeting(
            CaseFacts(conversations=talks, offers=offers, joint_local_meetings=met), TODAY
        ).met
    ]
    return f"**{', '.join(opening)}**" if opening else "–"


def _pre_intervention(feasible: bool | None, parties: tuple[frozenset[str], frozenset[str]]) -> str:
    attended, declined = parties
    meeting = PreInterventionFacts("meeting", TODAY - DAY, attended, declined, feasible)
    check = referral.pre_intervention_meeting(CaseFacts(pre_intervention_meetings=(meeting,)), TODAY)
    return "**open**" if check.met else " ".join(reason.words for reason in check.missing)


def _second_gate() -> str:
    everybody, one = PRE_INTERVENTION_PARTIES, frozenset({min(PRE_INTERVENTION_PARTIES)})
    asked = {
        "all attended": (everybody, frozenset[str]()),
        "one declined, the others attended": (everybody - one, one),
        "one neither attended nor declined": (everybody - one, frozenset[str]()),
    }
    found: Mapping[str, bool | None] = {"not feasible": False, "feasible": True, "not concluded": None}
    return grid("sector-led approach found", found, asked, _pre_intervention)


def _failed(
    reviews: tuple[ReviewFacts, ...], met_on: date | None, offers: tuple[OfferFacts, ...] = OFFERS["accepted"]
) -> str:
    met = (JointLocalMeetingFacts("meeting", met_on, Outcome.B),) if met_on else ()
    case = CaseFacts(offers=offers, reviews=reviews, joint_local_meetings=met)
    return "**open**" if referral.failed_support(case, TODAY).met else "–"


def _review(days_ago: int, adequate: bool) -> ReviewFacts:
    return ReviewFacts(f"review {days_ago} {adequate}", TODAY - days_ago * DAY, adequate)


def _better() -> ReviewFacts:
    return ReviewFacts("better, entered later", TODAY - 3 * DAY, True)


def _third_gate() -> str:
    again = ReviewFacts("again", TODAY - 3 * DAY, False)
    reviews = {
        "none": (),
        "one without progress": (_review(3, False),),
        "two without progress, on different days": (_review(5, False), _review(3, False)),
        "two without progress, on one day": (_review(3, False), again),
        "without progress, then with": (_review(5, False), _review(3, True)),
        "without progress, then twice without on a later day": (_review(5, False), _review(3, False), again),
        "without progress, then without and with on one day": (_review(5, False), again, _better()),
        "with progress, then twice without": (_review(5, True), _review(4, False), _review(3, False)),
        "two without progress, one before the acceptance": (_review(8, False), _review(3, False)),
    }
    met = {
        "no meeting": None,
        "meeting the day before the last review": TODAY - 4 * DAY,
        "on the same day": TODAY - 3 * DAY,
        "later": TODAY - 2 * DAY,
    }
    return grid("reviews", reviews, met, _failed)


def _third_gate_by_offer() -> str:
    reviews = (_review(5, False), _review(3, False))
    rows = ((label, _failed(reviews, TODAY - 2 * DAY, made)) for label, made in OFFERS.items())
    return table(("offer", "gate 3"), rows)


def gates_section() -> str:
    """Our own referral: three gates, and the way that waits for nobody."""
    second_lead = {"who referred": "one", "who corrected the referral": "two", "another lead": "three"}
    return "\n".join(
        (
            "## Referral: when the family may refer a council\n",
            rule(referral.may_refer),
            rule(referral.nearest_gate),
            "### Gate 1: joint local meeting\n",
            rule(referral.joint_local_meeting),
            "Each cell holds the outcomes of the meeting with which the gate is open; – where none opens it.\n",
            grid("offer / dialogue", OFFERS, _dialogues(), _opens),
            "### Gate 2: pre-intervention meeting\n",
            rule(referral.pre_intervention_meeting),
            _second_gate(),
            "### Gate 3: failed support\n",
            rule(referral.failed_support),
            "With the offer accepted:\n",
            _third_gate(),
            "Two reviews without progress, a meeting later, by offer:\n",
            _third_gate_by_offer(),
            rule(referral.failing_support),
            "### People at risk, or a legal duty\n",
            rule(referral.may_refer_at_once),
            table(
                ("recorded", "may be referred at once"),
                ((name, words(referral.may_refer_at_once(risk))) for name, risk in RISKS.items()),
            ),
            rule(referral.may_confirm_risk_referral),
            table(
                ("confirmed or questioned by", "counts"),
                (
                    (name, words(referral.may_confirm_risk_referral({"one", "two"}, lead)))
                    for name, lead in second_lead.items()
                ),
            ),
            table(
                ("owed after a referral at once", "within working days"),
                ((duty.kind.words, duty.within_working_days) for duty in duties.AFTER_RISK_REFERRAL),
            ),
            "### What may be missing, here and elsewhere\n",
            supplied(),
        )
    )


def _finding(offers: tuple[OfferFacts, ...], talks: tuple[ConversationFacts, ...]) -> str:
    results: dict[FamilyFirst, list[str]] = {}
    for name, met in MEETINGS.items():
        case = CaseFacts(conversations=talks, offers=offers, joint_local_meetings=met)
        results.setdefault(finding.family_first(case, TODAY).result, []).append(name)
    if len(results) == 1:
        return next(iter(results)).value.replace("_", " ")
    return "; ".join(
        f"{', '.join(names)}: {result.value.replace('_', ' ')}" for result, names in results.items()
    )


def finding_section() -> str:
    """What an escalation says about the first shot."""
    why = (
        (name, reason.words)
        for name, risk in RISKS.items()
        if (reason := finding.family_first(CaseFacts(risk=risk), TODAY).why_not) is not None
    )
    return "\n".join(
        (
            "## Finding: what an escalation says about family first\n",
            prose("An escalation is a fact and is always recorded. It carries a finding, never blank."),
            rule(finding.family_first),
            "Where the outcome of the joint local meeting (A, B, C or none) makes a difference, the cell says so.\n",
            grid("offer / dialogue", OFFERS, _dialogues(), _finding),
            "Why it was not given:\n",
            table(("recorded", "why not"), why),
        )
    )


def _told(named: frozenset[Audience], consents: KnownAnswer) -> str:
    told = [to.words for to in Audience if say_to_whom.may_tell(named, consents, to)]
    return ", ".join(told) or "nobody"


def told_section() -> str:
    """Who may be told a passage."""
    passages: dict[str, frozenset[Audience]] = {
        "nothing said (the default)": say_to_whom.DEFAULT,
        **{to.words: frozenset({to}) for to in Audience if to is not Audience.NOBODY},
        "The authority's leader and the RIEP": frozenset({Audience.LEADER, Audience.RIEP}),
        "The RIEP, and nobody": frozenset({Audience.RIEP, Audience.NOBODY}),
    }
    consents = {f"the source consents: {said.words.lower()}": said for said in KnownAnswer}
    return "\n".join(
        (
            "## Say to whom: who may be told a passage\n",
            rule(say_to_whom.may_tell),
            "Cells: those who are told.\n",
            grid("the passage names", passages, consents, _told),
        )
    )


def _has_next(duty: invariants.DutyFacts | None, owner: str | None) -> str:
    return words(invariants.has_next(Standing.TRIAGED, owner, (duty,) if duty else ()))


def _chased() -> str:
    days = range(duties.OVERDUE_DAYS_BEFORE_DEPUTY + 2)
    heard = (
        (late, duties.chased_with(TODAY, working_days.add_working_days(TODAY, late, ()), ())) for late in days
    )
    return table(("working days late", "hears of it"), ((late, who.words) for late, who in heard))


def duties_section() -> str:
    """What is owed next, by when, and who hears when it is late."""
    due, kind = TODAY + DAY, DutyKind.FOLLOW_UP
    owed = {
        "a dated duty of somebody": invariants.DutyFacts(kind, due, "somebody"),
        "a duty without a date": invariants.DutyFacts(kind, None, "somebody"),
        "a dated duty of nobody": invariants.DutyFacts(kind, due, None),
        "a duty done": invariants.DutyFacts(kind, due, "somebody", done=True),
        "no duty": None,
    }
    return "\n".join(
        (
            "## Duties: nothing falls between stools\n",
            rule(invariants.has_next),
            grid("an open case has", owed, {"with an owner": "somebody", "without": None}, _has_next),
            first_duties(),
            rule(duties.duties_owed),
            rule(duties.chased_with),
            _chased(),
        )
    )


def days_section() -> str:
    """Working days, played around a bank holiday."""
    holiday = date(2025, 8, 25)
    counts = {"today": duties.AT_ONCE, "1 working day": 1, "2": 2, "3": 3, "5": 5}
    starts = {
        f"{day:%A} {day.day} {day:%B}": day for day in (holiday + offset * DAY for offset in range(-4, 2))
    }

    def due(start: date, count: int) -> str:
        falls = duties.due_on(duties.NextDuty(DutyKind.FOLLOW_UP, count), start, {holiday})
        return f"{falls:%a} {falls.day} {falls:%b}"

    return "\n".join(
        (
            "## Working days\n",
            rule(working_days.is_working_day),
            rule(working_days.next_working_day),
            rule(working_days.add_working_days),
            rule(duties.due_on),
            "Around the bank holiday of Monday 25 August 2025:\n",
            grid("arises on", starts, counts, due),
        )
    )
