"""A case told again from its ledger events alone, with the family-first finding worked out anew from the document.

Nothing here asks the tables or the rules of the program, but for the list of permitted steps: it is written from
"Setting the pace" so that a mistake in the rules does not repeat itself in their test.
"""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from clearinghouse.protocol.standing import TRANSITIONS
from clearinghouse.protocol.vocabulary import Standing, Step
from clearinghouse.records.ledger import LedgerEvent, Told
from clearinghouse.vault.disclosures import digests_of

LONDON = ZoneInfo("Europe/London")
LEADING_MEMBERS = "leading members"
WHO_COMES_BEFORE_A_NOTICE = {"department", "idea", "riep", "government_office", LEADING_MEMBERS}
MOVES: Mapping[str, Step] = {
    "offer:made": Step.MAKE_OFFER,
    "offer:lapsed": Step.LAPSE,
    "offer:withdrawn": Step.WITHDRAW,
    "team:assigned": Step.ASSIGN_TEAM,
    "progress:reviewed": Step.REVIEW,
    "case:closed": Step.CLOSE,
    "case:reopened": Step.REOPEN,
}
ANSWERS = {"accepted": Step.ACCEPT, "declined": Step.DECLINE}
ESCALATIONS = {"escalation:recorded", "escalation:corrected", "referral:made", "risk:referred"}
STAYS = ESCALATIONS | {"meeting:recorded", "concern:logged", "case:opened", "case:corrected", "case:assigned"}
STAYS |= {f"duty:{what}" for what in ("set", "moved", "done", "reminded", "overdue")}


@dataclass(frozen=True)
class Happened:
    """One event of the case as its body says it."""

    id: str
    type: str
    at: datetime
    actor: str
    facts: Mapping[str, object]

    @classmethod
    def of(cls, event: LedgerEvent, said: Told) -> "Happened":
        """The event out of the bytes that are chained, and of what is disclosed beside them."""
        body = json.loads(event.body)
        assert digests_of(said.disclosures.values()) == body["_sd"]
        return cls(body["id"], body["type"], datetime.fromisoformat(body["at"]), str(said.actor), said.facts)

    @property
    def day(self) -> date:
        """The day that it was in England."""
        return self.at.astimezone(LONDON).date()

    def date(self, name: str) -> date:
        """A fact that is a date."""
        return date.fromisoformat(str(self.facts[name]))


@dataclass(frozen=True)
class Talk:
    """A conversation that was held or attempted."""

    event: str
    on: date
    held: bool
    capacities: frozenset[str]


@dataclass(frozen=True)
class Offered:
    """An offer, and how it ended, once it did."""

    event: str
    made_on: date
    answer_by: date
    answer: str | None = None
    ended_on: date | None = None
    ended_by: str | None = None


@dataclass(frozen=True)
class Met:
    """A meeting of either kind."""

    event: str
    on: date
    kind: str
    outcomes: tuple[str, ...]
    feasible: bool | None
    asked: frozenset[str]


@dataclass(frozen=True)
class Reviewed:
    """A review of the support."""

    event: str
    on: date
    progress: bool


@dataclass(frozen=True)
class Found:
    """What an escalation ought to say about family first."""

    result: str
    gate: str
    missing: frozenset[str]
    why_not: str | None


@dataclass
class AtOnce:
    """A referral that waited for nobody: who wrote it, and the second lead and the review, once they came."""

    writers: set[str]
    second_lead: str | None = None
    reviewed: bool = False


@dataclass
class Chronicle:
    """The case so far. `standings` are those that its steps may have led to; tell it the one that it has."""

    events: set[str] = field(default_factory=set)
    standings: set[Standing] = field(default_factory=lambda: {Standing.LOGGED})
    talks: list[Talk] = field(default_factory=list)
    offers: dict[str, Offered] = field(default_factory=dict)
    meetings: dict[str, Met] = field(default_factory=dict)
    reviews: list[Reviewed] = field(default_factory=list)
    escalations: dict[str, Happened] = field(default_factory=dict)
    at_once: dict[str, AtOnce] = field(default_factory=dict)
    kinds: set[str] = field(default_factory=set)

    def tell(self, event: Happened) -> None:
        """Take the next event in, and fail where it may not have happened."""
        self.kinds.add(event.type)
        self._step(event)
        self._fact(event)
        if event.type in ESCALATIONS:
            self._escalated(event)
        if event.type in {"risk:confirmed", "risk:questioned", "risk:reviewed"}:
            self._second_view(event)
        self.events.add(event.id)

    def settle(self, standing: Standing) -> None:
        """The case stands here; fails where no listed step leads there."""
        assert standing in self.standings, f"{standing} was reached by no listed step of {self.standings}"
        self.standings = {standing}

    def _step(self, event: Happened) -> None:
        if event.type == "case:triaged":
            self.standings = {TRANSITIONS[each].get(Step.TRIAGE, each) for each in self.standings}
            return
        if event.type == "conversation:recorded":
            # Whether it counts as the dialogue depends on whom the concern is about, which no event says.
            step = Step.RECORD_DIALOGUE if event.facts["held"] else None
            self.standings |= {TRANSITIONS[each].get(step, each) for each in self.standings if step}
            return
        if event.type in STAYS:
            return
        step = MOVES.get(event.type) or ANSWERS.get(str(event.facts.get("answer")))
        if step is not None:
            after = {TRANSITIONS[each][step] for each in self.standings if step in TRANSITIONS[each]}
            assert after, f"{event.type} may not follow {self.standings}"
            self.standings = after
        else:
            # An event that this chronicle does not know may move the case too, by one of the listed steps.
            self.standings |= {after for each in self.standings for after in TRANSITIONS[each].values()}

    def _fact(self, event: Happened) -> None:
        facts = event.facts
        match event.type:
            case "conversation:recorded":
                capacities = frozenset(facts["capacities"])  # type: ignore[call-overload]  # a list of words
                self.talks.append(Talk(event.id, event.date("held_on"), bool(facts["held"]), capacities))
            case "offer:made":
                self.offers[str(facts["offer"])] = Offered(event.id, event.day, event.date("answer_by"))
            case "offer:answered":
                self._end_offer(event, str(facts["answer"]), event.date("answered_on"))
            case "offer:lapsed":
                self._end_offer(event, "lapsed", self.offers[str(facts["offer"])].answer_by)
            case "offer:withdrawn":
                self._end_offer(event, "withdrawn", event.day)
            case "meeting:recorded" | "meeting:corrected":
                self.meetings.pop(str(facts.get("corrects")), None)
                self.meetings[str(facts["meeting"])] = _meeting(event)
            case "progress:reviewed":
                self.reviews.append(
                    Reviewed(event.id, event.date("held_on"), bool(facts["adequate_progress"]))
                )

    def _end_offer(self, event: Happened, answer: str, on: date) -> None:
        key = str(event.facts["offer"])
        self.offers[key] = replace(self.offers[key], answer=answer, ended_on=on, ended_by=event.id)

    def _escalated(self, event: Happened) -> None:
        facts = event.facts
        self.escalations[str(facts["escalation"])] = event
        found = self.finding(event, event.date("on"))
        said = Found(
            str(facts["finding"]),
            str(facts["gate"]),
            frozenset(facts["missing"]),  # type: ignore[call-overload]  # a list of words
            facts["why_not"],  # type: ignore[arg-type]  # a word or None
        )
        assert said == found, f"the finding says {said}, the events say {found}"
        assert set(facts["evidence"]) <= self.events, "the evidence is events of this case"  # type: ignore[call-overload]  # a list, as it was written
        waited_for_nobody = facts["people_at_risk"] or facts["legal_duty_to_refer"]
        if event.type == "risk:referred":
            assert waited_for_nobody, "a referral at once without people at risk or a legal duty"
            self.at_once[str(facts["escalation"])] = AtOnce({event.actor})
        elif event.type == "referral:made":
            assert self.finding(event, event.day).result == "given", "a referral of ours without a gate"
        elif event.type == "escalation:corrected" and facts["at_once"]:
            self.at_once[self._first_entry(event)].writers.add(event.actor)

    def _first_entry(self, event: Happened) -> str:
        while event.facts["corrects"]:
            event = self.escalations[str(event.facts["corrects"])]
        return str(event.facts["escalation"])

    def _second_view(self, event: Happened) -> None:
        referral = self.at_once[str(event.facts["escalation"])]
        if event.type == "risk:reviewed":
            assert not referral.reviewed, "reviewed twice"
            referral.reviewed = True
        else:
            assert referral.second_lead is None, "two second leads"
            assert event.actor not in referral.writers, "whoever wrote a referral was its second lead"
            referral.second_lead = event.actor

    def finding(self, event: Happened, day: date) -> Found:
        """What the escalation of this event ought to say, as of a day, from the events before it."""
        about = (
            {"leader", "chief_executive"} if event.facts["nature"] == "leader_and_chief_executive" else set()
        )
        offer = _offer_that_counts(
            [_as_of(each, day) for each in self.offers.values() if each.made_on <= day]
        )
        no_answer = _no_refusal(offer, day)
        talked = _dialogue_done([each for each in self.talks if each.on <= day], about)
        gates = (
            self._joint_local_meeting(offer, no_answer, talked, day),
            self._before_a_notice(day, bool(event.facts["department_contemplates_action"])),
            self._support_failed(offer, day),
        )
        met = [gate for gate, missing, _ in gates if not missing]
        if met:
            return Found("given", met[0], frozenset(), None)
        if talked and no_answer is None:
            return Found("refused", gates[0][0], frozenset(gates[0][1]), None)
        likely = [gate for gate in gates if gate[2]] or list(gates)
        gate, missing, _ = min(likely, key=lambda each: len(each[1]))
        return Found("not_given", gate, frozenset(missing), _why_not(event.facts))

    def _joint_local_meeting(
        self, offer: Offered | None, no_answer: str | None, talked: bool, day: date
    ) -> tuple[str, list[str], bool]:
        """§22, §26: the offer made and answered by no or by silence, the dialogue, and outcome C."""
        in_c = any("c" in meeting.outcomes for meeting in self._held("joint_local", day))
        missing = [no_answer] if no_answer else []
        missing += [] if talked else ["dialogue"]
        missing += [] if in_c else ["outcome_c"]
        return "joint_local_meeting", missing, not (offer and offer.answer == "accepted")

    def _before_a_notice(self, day: date, contemplated: bool) -> tuple[str, list[str], bool]:
        """§19, §26: everybody asked to the latest meeting, which found no sector-led approach feasible.

        One that found such an approach feasible leads away from this gate.
        """
        held = self._held("pre_intervention", day)
        if not held:
            return "pre_intervention_meeting", ["pre_intervention_meeting"], contemplated
        missing = [] if held[-1].asked >= WHO_COMES_BEFORE_A_NOTICE else ["parties_not_asked"]
        missing += [] if held[-1].feasible is False else ["sector_led_approach_open"]
        return "pre_intervention_meeting", missing, held[-1].feasible is not True

    def _support_failed(self, offer: Offered | None, day: date) -> tuple[str, list[str], bool]:
        """§15g: support was accepted, the two latest reviews found too little, and a meeting has considered it."""
        if offer is None or offer.answer != "accepted" or offer.ended_on is None:
            missing = ["support_not_accepted", "reviews_without_progress", "meeting_on_failed_support"]
            return "failed_support", missing, False
        since = [each for each in self.reviews if offer.ended_on <= each.on <= day]
        days = {each.on: each for each in sorted(since, key=lambda each: (each.on, each.event))}
        last = list(days.values())[-2:]  # of several reviews on one day the last counts
        failed = len(last) == 2 and not any(each.progress for each in last)
        missing = [] if failed else ["reviews_without_progress"]
        if not failed or not any(each.on >= last[1].on for each in self._held("joint_local", day)):
            missing.append("meeting_on_failed_support")
        return "failed_support", missing, True

    def _held(self, kind: str, day: date) -> list[Met]:
        """The meetings of a kind up to a day; a joint one that came to no issue was no meeting."""
        held = [each for each in self.meetings.values() if each.kind == kind and each.on <= day]
        held = [each for each in held if each.outcomes or kind != "joint_local"]
        return sorted(held, key=lambda each: (each.on, each.event))


def _meeting(event: Happened) -> Met:
    asked = set()
    for body, capacity, attendance in event.facts["attendees"]:  # type: ignore[attr-defined]  # a list of three
        if attendance != "missed":
            leading = body == "authority" and capacity in {"leader", "leading_member"}
            asked.add(LEADING_MEMBERS if leading else body)
    return Met(
        event.id,
        event.date("held_on"),
        str(event.facts["kind"]),
        tuple(event.facts["outcomes"]),  # type: ignore[arg-type]  # a list of letters
        event.facts["sector_led_feasible"],  # type: ignore[arg-type]  # a truth or None
        frozenset(asked),
    )


def _as_of(offer: Offered, day: date) -> Offered:
    """The offer as people knew it on the day: silence is an answer only from the day after its date."""
    if offer.ended_on is None:
        return offer
    came_on = offer.ended_on + timedelta(days=offer.answer == "lapsed")
    return offer if came_on <= day else replace(offer, answer=None, ended_on=None, ended_by=None)


def _offer_that_counts(offers: Collection[Offered]) -> Offered | None:
    """The latest that was not taken back; where all were, the latest."""
    by_day = sorted(offers, key=lambda each: (each.made_on, each.event))
    kept = [each for each in by_day if each.answer != "withdrawn"] or by_day
    return kept[-1] if kept else None


def _no_refusal(offer: Offered | None, day: date) -> str | None:
    """What keeps the offer from counting as refused, None where nothing does."""
    if offer is None:
        return "offer_not_made"
    if offer.answer in {"accepted", "withdrawn"}:
        return f"offer_{offer.answer}"
    waits = offer.answer is None and day <= offer.answer_by
    return "offer_not_answered" if waits else None


def _dialogue_done(talks: Collection[Talk], about: Collection[str]) -> bool:
    """§23, §28: held once, or tried on two days, with those who lead and never with those it is about."""
    with_whom = {"leader", "leading_member", "chief_executive"}
    if with_whom & set(about):
        with_whom |= {"monitoring_officer", "deputy", "group_leader"}
    counted = [
        talk
        for talk in talks
        if talk.capacities & with_whom - set(about) and not talk.capacities & set(about)
    ]
    return any(talk.held for talk in counted) or len({talk.on for talk in counted}) > 1


def _why_not(facts: Mapping[str, object]) -> str:
    if facts["people_at_risk"]:
        return "people_at_risk"
    return "legal_duty" if facts["legal_duty_to_refer"] else "not_complete"
