"""Staff who do anything that the protocol allows, or does not, in any order, for months; and what must hold all along.

Every step goes through casework's verbs on a real database. After each, the case is told again from its ledger
(see chronicle.py) and compared with what the tables say.
"""

from collections import Counter
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    precondition,
    rule,
)
from sqlalchemy import func, select, update

from clearinghouse.access.roles import OPERATOR, Actor
from clearinghouse.casework.assignment import change_owner
from clearinghouse.casework.clock import tick
from clearinghouse.casework.closing import close_case, reopen_case
from clearinghouse.casework.concerns import NewConcern, log_concern
from clearinghouse.casework.correction import Swap, correct_authority
from clearinghouse.casework.dialogue.conversations import NewConversation, NewPassage, record_conversation
from clearinghouse.casework.dialogue.offers import NewOffer, answer_offer, make_offer, withdraw_offer
from clearinghouse.casework.duties.followups import complete_duty, move_duty, schedule_followup
from clearinghouse.casework.errors import Invalid, NotFound, Refused, Stale
from clearinghouse.casework.escalation.recording import NewEscalation, correct_escalation, record_escalation
from clearinghouse.casework.escalation.referrals import owe_missing_steps, refer
from clearinghouse.casework.escalation.risk import (
    NewRiskReferral,
    confirm_risk_referral,
    refer_at_once,
    review_risk_referral,
)
from clearinghouse.casework.meetings.recording import (
    LikelyAction,
    NewAttendee,
    NewIssue,
    NewMeeting,
    record_meeting,
)
from clearinghouse.casework.plans.reviews import record_review
from clearinghouse.casework.teams.answering import record_answer
from clearinghouse.casework.teams.assigning import assign_team
from clearinghouse.casework.teams.choosing import (
    TeamNeeds,
    add_to_team,
    choose_leader,
    propose_team,
)
from clearinghouse.casework.teams.confirming import confirm_member
from clearinghouse.casework.triage import triage_case
from clearinghouse.casework.verification import verify
from clearinghouse.casework.world import World
from clearinghouse.protocol.triage import TriageFacts
from clearinghouse.protocol.vocabulary import (
    Attendance,
    Body,
    Capacity,
    ClosingOutcome,
    DutyKind,
    EscalationAction,
    KnownAnswer,
    MeetingKind,
    Nature,
    OfferAnswer,
    Outcome,
    Route,
    Scenario,
    Standing,
)
from clearinghouse.records.cases import Case, CaseAuthority
from clearinghouse.records.dialogue import Offer
from clearinghouse.records.duties import Duty, DutyState
from clearinghouse.records.ledger import LedgerEvent, told
from clearinghouse.records.meetings import Escalation
from clearinghouse.records.people import User
from tests.factories.teams import YES, ask_all
from tests.promises.chronicle import Chronicle, Happened
from tests.promises.stage import Stage, stage, theatre
from tests.promises.stateful import play
from tests.worlds import Clock

MOST_CASES, MOST_TEAMS = 2, 2
NUMBERS = st.integers(0, 11)
DAYS_AGO = st.integers(0, 4)
PEOPLE = st.sampled_from([0, 1, 2, 3, 0, 1, 0, 1])
"""Two leads of the region, one of another, and an associate; the leads of the region come oftener."""
ANSWERS = st.sampled_from(KnownAnswer)
SAID_NO = (Refused, Invalid, NotFound, Stale)
BODIES = (Body.DEPARTMENT, Body.IDEA, Body.RIEP, Body.GOVERNMENT_OFFICE, Body.AUTHORITY)
CONFIRM, REVIEW = DutyKind.CONFIRM_RISK_REFERRAL, DutyKind.REVIEW_RISK_REFERRAL


@dataclass
class Tally:
    """What a run came to: its steps, those that were carried out, and the events that they left."""

    steps: int = 0
    done: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    events: Counter[str] = field(default_factory=Counter)
    findings: Counter[str] = field(default_factory=Counter)
    examples: int = 0


@dataclass
class Followed:
    """A case and its chronicle as far as it was read."""

    id: UUID
    chronicle: Chronicle = field(default_factory=Chronicle)
    seq: int = 0
    version: int = 0
    missed_meetings: int = 0
    teams: int = 0

    @property
    def is_closed(self) -> bool:
        """Whether it was closed when it was looked at last."""
        return self.chronicle.standings == {Standing.CLOSED}

    @property
    def waits_for_answer(self) -> bool:
        """Whether an offer is open."""
        return any(offer.answer is None for offer in self.chronicle.offers.values())


class ProtocolMachine(RuleBasedStateMachine):
    """Some cases, some people and a clock."""

    tally = Tally()

    def __init__(self) -> None:
        super().__init__()
        self.clock: Clock = theatre().clock
        self.people: Stage = stage()
        self.world: World = theatre().begin()
        self.cases: list[Followed] = []
        self.tally.examples += 1

    def teardown(self) -> None:
        """The ledger proves itself, and what it holds is counted."""
        faults = verify(self.world).faults
        assert not faults, f"the ledger does not prove itself: {faults[:3]}"
        for case in self.cases:
            events = case.chronicle.escalations.values()
            self.tally.findings.update(str(each.facts["finding"]) for each in events)

    # Steps

    @precondition(lambda self: len(self.cases) < MOST_CASES)
    @rule(
        who=PEOPLE,
        nature=st.sampled_from(Nature),
        council=st.integers(0, 1),
        at_risk=st.booleans(),
        route=st.one_of(st.none(), st.sampled_from(Route)),
    )
    def log(self, who: int, nature: Nature, council: int, at_risk: bool, route: Route | None) -> None:
        """Somebody of the region logs a concern, which is never refused; mostly a lead triages it soon."""
        actor = (self.people.leads[0], self.people.leads[1], self.people.associate)[who % 3]
        councils = (self.people.councils[council],)
        concern = NewConcern(councils, nature, "It is not safe.", "A call", people_at_risk=at_risk)
        logged = self.must(log_concern, actor, concern)
        self.cases.append(Followed(logged.case_id))
        if route:
            facts = TriageFacts(nature=nature, scenario=Scenario.SERVICE_WEAKNESS)
            self.must(triage_case, self.people.leads[0], logged.case_id, None, facts, route, "We know them.")
        self.check(self.cases[-1])

    @precondition(lambda self: self.cases)
    @rule(
        number=NUMBERS,
        who=PEOPLE,
        nature=st.sampled_from(Nature),
        scenario=st.sampled_from(Scenario),
        route=st.sampled_from(Route),
        risk=ANSWERS,
        legal=ANSWERS,
        contemplated=ANSWERS,
    )
    def triage(
        self,
        number: int,
        who: int,
        nature: Nature,
        scenario: Scenario,
        route: Route,
        risk: KnownAnswer,
        legal: KnownAnswer,
        contemplated: KnownAnswer,
    ) -> None:
        """A lead decides on any route, once or again."""
        facts = TriageFacts(
            nature=nature,
            scenario=scenario,
            risk_of_harm=risk,
            legal_duty_to_refer=legal,
            regulator_contemplating_action=contemplated,
        )
        self.may(number, triage_case, who, None, facts, route, "We know them.")

    @precondition(lambda self: self.cases)
    @rule(
        number=NUMBERS,
        who=PEOPLE,
        held=st.booleans(),
        capacities=st.frozensets(st.sampled_from(Capacity), min_size=1, max_size=2),
        ago=DAYS_AGO,
    )
    def talk(self, number: int, who: int, held: bool, capacities: frozenset[Capacity], ago: int) -> None:
        """A conversation, held or attempted, with anybody: a fact."""
        talk = NewConversation(self.ago(ago), held, capacities, "R. Hale", (NewPassage("It is so."),))
        self.fact(number, record_conversation, who, None, talk)

    @precondition(lambda self: self.cases)
    @rule(number=NUMBERS, who=PEOPLE, within=st.sampled_from([10, 3, 1, 20, 0]))
    def offer(self, number: int, who: int, within: int) -> None:
        """Somebody puts the offer to the authority."""
        given = NewOffer("A peer review.", self.world.today + timedelta(days=within))
        self.may(number, make_offer, who, None, given)

    @precondition(lambda self: self.cases)
    @rule(number=NUMBERS, answer=st.sampled_from([OfferAnswer.DECLINED, None, OfferAnswer.ACCEPTED]))
    def first_shot(self, number: int, answer: OfferAnswer | None) -> None:
        """A lead talks, offers, and writes the answer down, all on one day."""
        self.talk(number, 0, True, frozenset({Capacity.LEADING_MEMBER}), 0)
        self.offer(number, 0, 3)
        if answer and self.case(number).waits_for_answer:
            self.may(number, answer_offer, 0, None, answer, self.world.today, "By letter.")

    @precondition(lambda self: any(case.chronicle.offers for case in self.cases))
    @rule(number=NUMBERS, who=PEOPLE, accepted=st.booleans(), ago=st.sampled_from([0, 1, 2, 0, 10, -1]))
    def answer(self, number: int, who: int, accepted: bool, ago: int) -> None:
        """The authority's answer is written down, perhaps late."""
        said = OfferAnswer.ACCEPTED if accepted else OfferAnswer.DECLINED
        case = self.case(number, lambda case: bool(case.chronicle.offers))
        self.may(case, answer_offer, who, None, said, self.ago(ago), "By letter.")

    @precondition(lambda self: any(case.waits_for_answer for case in self.cases))
    @rule(number=NUMBERS, who=PEOPLE)
    def withdraw(self, number: int, who: int) -> None:
        """The offer is taken back."""
        case = self.case(number, lambda case: case.waits_for_answer)
        self.may(case, withdraw_offer, who, None, "The peers are away.")

    @precondition(lambda self: any(case.teams < MOST_TEAMS for case in self.cases))
    @rule(number=NUMBERS)
    def support(self, number: int) -> None:
        """The coordinator puts a team together and assigns it."""
        case, today = self.case(number, lambda case: case.teams < MOST_TEAMS), self.world.today
        case.teams += 1
        needs = TeamNeeds(today + timedelta(days=7), today + timedelta(days=20), 2, officers=3)
        for_case = (self.people.coordinator, case.id, None)
        team = self.attempt(propose_team, *for_case, needs)
        if isinstance(team, UUID):
            for each in self.people.peers:
                self.attempt(add_to_team, *for_case, team, each)
            self.attempt(choose_leader, *for_case, team, self.people.peers[0])
            self.attempt(ask_all, self.people.coordinator, case.id, team)
            for each in self.people.peers:
                self.attempt(record_answer, *for_case, team, each, YES)
                self.attempt(confirm_member, *for_case, team, each)
            self.attempt(assign_team, *for_case, team)
        self.check(case)

    @precondition(lambda self: self.cases)
    @rule(number=NUMBERS, who=PEOPLE, progress=st.booleans(), ago=DAYS_AGO)
    def review(self, number: int, who: int, progress: bool, ago: int) -> None:
        """Somebody reviews the support."""
        self.may(number, record_review, who, None, self.ago(ago), progress, "We met.")

    @precondition(lambda self: self.cases)
    @rule(
        number=NUMBERS,
        who=PEOPLE,
        came=st.sampled_from(Attendance),
        issues=st.lists(st.tuples(st.booleans(), ANSWERS, st.booleans()), min_size=1, max_size=2),
        ago=DAYS_AGO,
    )
    def joint_meeting(self, number: int, who: int, came: Attendance, issues: list[Any], ago: int) -> None:
        """A joint local meeting with outcomes that agree with what was said there: a fact."""
        case, held_on = self.case(number), self.ago(ago)
        agreed = [_agrees(case, came, said) for _, said, _ in issues]
        given = tuple(
            _issue(satisfied, said, agrees, refer_on, held_on)
            for (satisfied, said, refer_on), agrees in zip(issues, agreed, strict=True)
            if satisfied or agrees is not None
        )
        if not given and came is not Attendance.MISSED:
            return
        attendees = (
            NewAttendee(Body.AUTHORITY, came, Capacity.CHIEF_EXECUTIVE, "R. Hale", "It will do."),
            NewAttendee(Body.AUDIT_COMMISSION, Attendance.ATTENDED, None, "P. Iyer", "No.", dissents=True),
        )
        self.fact(number, record_meeting, who, None, NewMeeting(held_on, attendees, given))
        case.missed_meetings += came is Attendance.MISSED

    @precondition(lambda self: self.cases)
    @rule(
        number=NUMBERS,
        who=PEOPLE,
        came=st.lists(st.sampled_from(Attendance), min_size=5, max_size=5),
        feasible=st.sampled_from([None, True, False]),
        ago=DAYS_AGO,
    )
    def meeting_before_a_notice(
        self, number: int, who: int, came: list[Attendance], feasible: bool | None, ago: int
    ) -> None:
        """A pre-intervention meeting, whoever came and whatever it found: a fact."""
        attendees = tuple(
            NewAttendee(body, attendance, Capacity.LEADER if body is Body.AUTHORITY else None)
            for body, attendance in zip(BODIES, came, strict=True)
        )
        kind = MeetingKind.PRE_INTERVENTION
        meeting = NewMeeting(self.ago(ago), attendees, kind=kind, sector_led_feasible=feasible)
        self.fact(number, record_meeting, who, None, meeting)

    @precondition(lambda self: self.cases)
    @rule(number=NUMBERS, who=PEOPLE, action=st.sampled_from(EscalationAction), ago=DAYS_AGO)
    def escalation(self, number: int, who: int, action: EscalationAction, ago: int) -> None:
        """Government or an inspectorate acts: a fact."""
        self.fact(number, record_escalation, who, None, self.entry(action, ago))

    @precondition(lambda self: any(case.chronicle.escalations for case in self.cases))
    @rule(number=NUMBERS, who=PEOPLE, which=NUMBERS, ago=DAYS_AGO)
    def correction(self, number: int, who: int, which: int, ago: int) -> None:
        """An entry is corrected by a later one."""
        case = self.case(number, lambda case: bool(case.chronicle.escalations))
        entry = self.entry(EscalationAction.OTHER, ago)
        self.may(case, correct_escalation, who, None, _nth(case.chronicle.escalations, which), entry)

    @precondition(lambda self: self.cases)
    @rule(number=NUMBERS, who=PEOPLE, ago=DAYS_AGO)
    def referral(self, number: int, who: int, ago: int) -> None:
        """Somebody refers the council, if a gate is open."""
        self.may(number, refer, who, None, self.entry(EscalationAction.OTHER, ago))

    @precondition(lambda self: self.cases)
    @rule(number=NUMBERS, who=PEOPLE, at_risk=st.booleans(), ago=DAYS_AGO)
    def referral_at_once(self, number: int, who: int, at_risk: bool, ago: int) -> None:
        """Somebody refers at once, if people are at risk or the law requires it."""
        day = self.ago(ago)
        given = NewRiskReferral(Body.DEPARTMENT, "M. Osei", day, "At risk.", "No time.", at_risk)
        self.may(number, refer_at_once, who, None, given)

    @precondition(lambda self: any(case.chronicle.at_once for case in self.cases))
    @rule(number=NUMBERS, which=NUMBERS, who=PEOPLE, confirmed=st.booleans())
    def second_lead(self, number: int, which: int, who: int, confirmed: bool) -> None:
        """Anybody tries to confirm or question a referral that waited for nobody."""
        case = self.case(number, lambda case: bool(case.chronicle.at_once))
        referral = _nth(case.chronicle.at_once, which)
        self.attempt(confirm_risk_referral, self.people.staff[who], referral, confirmed, "It was right.")
        self.check(case)

    @precondition(lambda self: any(case.chronicle.at_once for case in self.cases))
    @rule(number=NUMBERS, which=NUMBERS, who=PEOPLE, ago=DAYS_AGO)
    def review_of_referral(self, number: int, which: int, who: int, ago: int) -> None:
        """The referral that waited for nobody is reviewed."""
        case = self.case(number, lambda case: bool(case.chronicle.at_once))
        referral = _nth(case.chronicle.at_once, which)
        self.may(case, review_risk_referral, who, None, referral, self.ago(ago), "We learned.")

    @precondition(lambda self: self.cases)
    @rule(number=NUMBERS, who=PEOPLE, outcome=st.sampled_from(ClosingOutcome))
    def close(self, number: int, who: int, outcome: ClosingOutcome) -> None:
        """Somebody tries to close the case."""
        self.may(number, close_case, who, None, outcome, "It is done.")

    @precondition(lambda self: any(case.is_closed for case in self.cases))
    @rule(number=NUMBERS, who=PEOPLE)
    def reopen(self, number: int, who: int) -> None:
        """Somebody tries to open it again."""
        self.may(self.case(number, lambda case: case.is_closed), reopen_case, who, None, "It came back.")

    @precondition(lambda self: self.cases)
    @rule(number=NUMBERS, who=PEOPLE, to=PEOPLE, keep=st.booleans())
    def hand_over(self, number: int, who: int, to: int, keep: bool) -> None:
        """Another owner."""
        case, actor, heir = self.case(number), self.people.staff[who], self.people.staff[to]
        self.attempt(change_owner, actor, case.id, None, heir.person, keep=keep)
        self.check(case)

    @precondition(lambda self: self.cases)
    @rule(number=NUMBERS, who=PEOPLE, right=st.integers(0, 2))
    def right_authority(self, number: int, who: int, right: int) -> None:
        """The case named the wrong council, perhaps one of another region."""
        case = self.case(number)
        with self.world.database.reading() as session:
            named = select(CaseAuthority.authority_id).where(CaseAuthority.case_id == case.id)
            wrong = session.scalars(named).one()
        swap = Swap(wrong, self.people.councils[right])
        self.may(number, correct_authority, who, None, swap, "The caller meant the other.")

    @precondition(lambda self: self.cases)
    @rule(number=NUMBERS, who=PEOPLE, days=st.integers(-1, 30))
    def follow_up(self, number: int, who: int, days: int) -> None:
        """Somebody sets a follow-up."""
        self.may(number, schedule_followup, who, None, self.ago(-days), "Ring her.")

    @precondition(lambda self: self.cases)
    @rule(number=NUMBERS, who=PEOPLE, which=NUMBERS, days=st.integers(0, 30))
    def move(self, number: int, who: int, which: int, days: int) -> None:
        """Somebody moves something that is owed."""
        duty = self.owed(number, which)
        if duty:
            self.may(number, move_duty, who, duty, self.ago(-days), "She is away.")

    @precondition(lambda self: self.cases)
    @rule(number=NUMBERS, who=PEOPLE, which=NUMBERS, days=st.one_of(st.none(), st.integers(0, 30)))
    def finish(self, number: int, who: int, which: int, days: int | None) -> None:
        """Somebody says that something is done, with or without what comes next."""
        duty = self.owed(number, which)
        if duty:
            follow_up = None if days is None else self.ago(-days)
            self.may(number, complete_duty, who, duty, "She rang.", follow_up)

    @precondition(lambda self: self.cases)
    @rule(number=NUMBERS, who=PEOPLE)
    def owe_the_rest(self, number: int, who: int) -> None:
        """What the nearest gate misses is owed."""
        self.may(number, owe_missing_steps, who, None)

    @precondition(lambda self: self.cases)
    @rule(number=NUMBERS, who=PEOPLE, behind=st.integers(1, 3))
    def stale_form(self, number: int, who: int, behind: int) -> None:
        """A form that was filled in before somebody else's change says nothing over it."""
        case, actor = self.case(number), self.people.staff[who]
        seen = case.version - behind
        no = self.attempt(withdraw_offer, actor, case.id, seen, "Late.")
        assert isinstance(no, Stale | NotFound), f"a stale form got {no!r}"
        self.check(case)

    @precondition(lambda self: self.cases)
    @rule(days=st.integers(0, 12))
    def time_passes(self, days: int) -> None:
        """Some days go by, on which everybody was at work, and the clock ticks."""
        self.clock.pass_days(days)
        with self.world.database.writing() as session:
            session.execute(update(User).values(last_seen_on=self.world.today))
        report = tick(self.world)
        assert report.failures == (), report.failures
        self.tally.steps += 1
        with self.world.database.reading() as session:
            silent = (Offer.answer.is_(None), Offer.answer_by < self.world.today)
            assert not session.scalars(select(Offer.id).where(*silent)).all(), "silence that did not lapse"
        for case in self.cases:
            self.check(case)

    @precondition(lambda self: any(case.waits_for_answer for case in self.cases))
    @rule(number=NUMBERS)
    def silence(self, number: int) -> None:
        """The day of an open offer goes by without a word."""
        case = self.case(number, lambda case: case.waits_for_answer)
        (answer_by,) = {each.answer_by for each in case.chronicle.offers.values() if each.answer is None}
        self.time_passes((answer_by - self.world.today).days + 1)
        assert not case.waits_for_answer, "an offer is open after its day"

    # How a step is taken

    def case(self, number: int, fits: Callable[[Followed], bool] | None = None) -> Followed:
        """One of the cases, of those that fit where that is asked."""
        found = [case for case in self.cases if fits is None or fits(case)]
        return found[number % len(found)]

    def ago(self, days: int) -> date:
        """A day in the past, or with fewer than no days in the future."""
        return self.world.today - timedelta(days=days)

    def entry(self, action: EscalationAction, ago: int) -> NewEscalation:
        """An entry of an escalation or referral, whole."""
        return NewEscalation(Body.AUDIT_COMMISSION, action, self.ago(ago), "Unsafe.", recipient="M. Osei")

    def attempt(self, verb: Callable[..., Any], *given: Any, **more: Any) -> Any:
        """What the verb gives, or the error by which it says no. Anything else that it raises is a fault."""
        self.tally.steps += 1
        try:
            result = verb(self.world, *given, **more)
        except SAID_NO as no:
            self.tally.refused[verb.__name__] += 1
            return no
        self.tally.done[verb.__name__] += 1
        return result

    def must(self, verb: Callable[..., Any], *given: Any) -> Any:
        """The same, where no may not be said."""
        result = self.attempt(verb, *given)
        assert not isinstance(result, SAID_NO), f"{verb.__name__} was refused: {result}"
        return result

    def may(self, case: int | Followed, verb: Callable[..., Any], who: int, *given: Any) -> None:
        """Somebody does something to a case, or is refused and leaves it as it was."""
        case = self.case(case) if isinstance(case, int) else case
        before = case.version
        result = self.attempt(verb, self.people.staff[who], case.id, *given)
        self.check(case)
        refused = isinstance(result, SAID_NO)
        assert case.version == before or not refused, f"{verb.__name__} was refused, yet changed the case"

    def fact(self, number: int, verb: Callable[..., Any], who: int, *given: Any) -> None:
        """Somebody records a fact: whoever may do so is never refused."""
        case, actor = self.case(number), self.people.staff[who]
        result = self.attempt(verb, actor, case.id, *given)
        if isinstance(result, NotFound):
            actor = self.somebody_who_may(case)
            self.must(verb, actor, case.id, *given)
        else:
            assert not isinstance(result, SAID_NO), f"{verb.__name__} refused a fact: {result}"
        self.check(case)

    def somebody_who_may(self, case: Followed) -> Actor:
        """A lead of the case's region."""
        with self.world.database.reading() as session:
            named = select(CaseAuthority.authority_id).where(CaseAuthority.case_id == case.id)
            council = session.scalars(named).one()
        return self.people.leads[2 if council == self.people.councils[2] else 0]

    def owed(self, number: int, which: int) -> UUID | None:
        """One of the duties that are open on a case."""
        open_ = (Duty.case_id == self.case(number).id, Duty.state == DutyState.OPEN)
        with self.world.database.reading() as session:
            found = session.scalars(select(Duty.id).where(*open_).order_by(Duty.id)).all()
        return found[which % len(found)] if found else None

    # What must hold

    def check(self, case: Followed) -> None:
        """The case agrees with what its ledger tells, and nothing is between stools."""
        with self.world.reading(OPERATOR) as work:
            session = work.session
            later = (LedgerEvent.stream_id == str(case.id), LedgerEvent.seq > case.seq)
            query = select(LedgerEvent).where(*later).order_by(LedgerEvent.seq)
            for event in session.scalars(query):
                happened = Happened.of(event, told(session, event))
                case.seq += 1
                self.tally.events[happened.type] += 1
                case.chronicle.tell(happened)
            row = session.get_one(Case, case.id)
            case.chronicle.settle(row.standing)
            case.version = row.version
            owed = select(Duty.kind, Duty.subject_id, Duty.due_on, Duty.owner_id).where(
                Duty.case_id == case.id, Duty.state == DutyState.OPEN
            )
            duties = session.execute(owed).all()
            _nothing_between_stools(row, duties)
            _risk_is_followed(case.chronicle, duties, {str(lead.id) for lead in self.people.leads})
            kept = session.execute(
                select(func.count(), func.count(Escalation.finding)).where(Escalation.case_id == case.id)
            ).one()
            known = len(case.chronicle.escalations)
            assert tuple(kept) == (known, known), "each escalation has its event and its finding"


def _nothing_between_stools(row: Case, duties: Collection[Any]) -> None:
    """§19: an open case has an owner and a next dated duty, and the list shows its date."""
    if row.standing is Standing.CLOSED:
        return
    assert row.owner_id, "an open case without an owner"
    assert duties, "an open case without a next duty"
    assert all(duty.due_on and duty.owner_id for duty in duties)
    assert row.due_on == min(duty.due_on for duty in duties)


def _risk_is_followed(chronicle: Chronicle, duties: Collection[Any], leads: Collection[str]) -> None:
    """A referral that waited for nobody is confirmed or questioned, and reviewed; or somebody owes that, by a date.

    Where every lead of England has written or corrected it, as three can here when the case goes to another region,
    nobody is left to be its second lead: the duty stays open then.
    """
    owed = {(duty.kind, str(duty.subject_id)): duty for duty in duties}
    for key, referral in chronicle.at_once.items():
        if referral.second_lead is None:
            asked = owed.get((CONFIRM, key))
            assert asked, "nobody is asked to be the second lead"
            left = set(leads) - referral.writers
            assert not left or str(asked.owner_id) in left, "who wrote it is asked to be its second lead"
        assert referral.reviewed or (REVIEW, key) in owed, "nobody is asked to review it"


def _agrees(case: Followed, came: Attendance, said: KnownAnswer) -> bool | None:
    """§22: what the locality said; to decline the meeting, or to miss two, is to disagree."""
    if said is not KnownAnswer.NOT_KNOWN:
        return said is KnownAnswer.YES
    missed_twice = came is Attendance.MISSED and case.missed_meetings > 0
    return False if came is Attendance.DECLINED or missed_twice else None


def _issue(
    satisfied: bool, said: KnownAnswer, agrees: bool | None, refer_on: bool, held_on: date
) -> NewIssue:
    """An issue with the one outcome that fits, or one of the two; with all that it needs."""
    outcome = Outcome.C
    if agrees and (refer_on or not satisfied):
        outcome = Outcome.B
    elif satisfied:
        outcome = Outcome.A
    likely = LikelyAction(Body.AUDIT_COMMISSION, EscalationAction.RED_FLAG, "It is not safe.")
    dated = None if outcome is Outcome.C else held_on + timedelta(days=30)
    action = likely if outcome is Outcome.C else None
    return NewIssue("Safeguarding", satisfied, said, outcome, "The plan", dated, action)


def _nth(known: Collection[str], number: int) -> UUID:
    return UUID(sorted(known)[number % len(known)])


def run_machine(steps: int, first_seed: int, examples: int, length: int) -> Tally:
    """Run rounds of examples, each round with the next seed, until there were that many steps."""
    ProtocolMachine.tally = tally = Tally()
    play(ProtocolMachine, lambda: tally.steps >= steps, first_seed, examples, length)
    return tally
