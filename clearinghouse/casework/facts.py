"""What has happened on a case, gathered from its rows into the frozen facts that the protocol's rules look at."""

import json
from uuid import UUID

from sqlalchemy import select

from clearinghouse.casework.world import Work
from clearinghouse.protocol.dialogue import usually_about
from clearinghouse.protocol.facts import (
    CaseFacts,
    ConversationFacts,
    JointLocalMeetingFacts,
    OfferFacts,
    PreInterventionFacts,
    ReviewFacts,
    RiskFacts,
)
from clearinghouse.protocol.meetings import party_of
from clearinghouse.protocol.triage import TriageFacts
from clearinghouse.protocol.vocabulary import (
    Attendance,
    Capacity,
    KnownAnswer,
    MeetingKind,
    Nature,
    Outcome,
    Scenario,
)
from clearinghouse.records.cases import Case, Triage
from clearinghouse.records.convergence import CaseJoin
from clearinghouse.records.dialogue import Conversation, ConversationCapacity, Offer
from clearinghouse.records.meetings import Meeting, MeetingAttendee, MeetingIssue, Review, uncorrected
from clearinghouse.records.sealed import Gone

_GRAVEST_FIRST = (Outcome.C, Outcome.B, Outcome.A)


def case_facts(work: Work, case: Case) -> CaseFacts:
    """Everything that the gates and the finding look at."""
    triage = latest_triage(work, case)
    return CaseFacts(
        about=usually_about(case.nature),
        department_contemplates_action=bool(
            triage and triage.regulator_contemplating_action is KnownAnswer.YES
        ),
        risk=RiskFacts(
            people_at_risk_now=case.people_at_risk,
            legal_duty_to_refer=bool(triage and triage.legal_duty_to_refer is KnownAnswer.YES),
        ),
        conversations=_conversations(work, case),
        offers=offer_facts(work, case),
        joint_local_meetings=_joint_local_meetings(work, case),
        pre_intervention_meetings=_pre_intervention_meetings(work, case),
        reviews=_reviews(work, case),
    )


def whom_it_is_about(work: Work, case: Case) -> frozenset[Capacity]:
    """Whom the concern is about, and those that were joined to it: none of them is told or written to (§23, §28).

    The gates and the finding look at the case's own alone.
    """
    natures = select(Case.nature).where(Case.id.in_(with_joined(work, case.id))).distinct()
    return frozenset[Capacity]().union(*(usually_about(nature) for nature in work.session.scalars(natures)))


def with_joined(work: Work, case_id: UUID) -> frozenset[UUID]:
    """The case and those that were joined into it, at any remove."""
    found, waiting = {case_id}, {case_id}
    while waiting:
        onward = select(CaseJoin.joined_id).where(CaseJoin.case_id.in_(waiting), CaseJoin.ended_at.is_(None))
        waiting = set(work.session.scalars(onward)) - found
        found |= waiting
    return frozenset(found)


def latest_triage(work: Work, case: Case) -> TriageFacts | None:
    """The facts of the case's last triage, None before the first, and once they were destroyed."""
    row = work.session.scalars(
        select(Triage)
        .where(Triage.case_id == case.id)
        .order_by(Triage.made_at.desc(), Triage.id.desc())
        .limit(1)
    ).one_or_none()
    facts = row.facts if row else ""
    return triage_facts(facts) if facts and not isinstance(facts, Gone) else None


def triage_facts(stored: str) -> TriageFacts:
    """Triage facts out of their stored text."""
    given = json.loads(stored)
    who_knows = given["who_knows"]
    answers = {name: KnownAnswer(value) for name, value in given["answers"].items()}
    return TriageFacts(
        nature=Nature(given["nature"]),
        scenario=Scenario(given["scenario"]),
        service=given["service"],
        who_knows=None if who_knows is None else frozenset(Capacity(name) for name in who_knows),
        dialogue_tried=given["dialogue_tried"],
        **answers,
    )


def stored_triage_facts(facts: TriageFacts) -> str:
    """Triage facts as the text that is sealed."""
    answers = {name: value for name, value in vars(facts).items() if isinstance(value, KnownAnswer)}
    return json.dumps(
        {
            "nature": facts.nature,
            "scenario": facts.scenario,
            "service": facts.service,
            "who_knows": None if facts.who_knows is None else sorted(facts.who_knows),
            "dialogue_tried": facts.dialogue_tried,
            "answers": answers,
        },
        sort_keys=True,
    )


def offer_facts(work: Work, case: Case) -> tuple[OfferFacts, ...]:
    """The case's offers, the earliest first."""
    rows = work.session.scalars(
        select(Offer).where(Offer.case_id == case.id).order_by(Offer.made_on, Offer.id)
    )
    return tuple(
        OfferFacts(
            event=str(row.made_event_id),
            made_on=row.made_on,
            answer_by=row.answer_by,
            answer=row.answer,
            answered_on=row.answered_on,
            answer_event=str(row.answer_event_id) if row.answer_event_id else None,
        )
        for row in rows
    )


def _conversations(work: Work, case: Case) -> tuple[ConversationFacts, ...]:
    rows = work.session.scalars(select(Conversation).where(Conversation.case_id == case.id)).all()
    capacities: dict[UUID, set[Capacity]] = {row.id: set() for row in rows}
    query = select(ConversationCapacity).where(ConversationCapacity.conversation_id.in_(capacities))
    for part in work.session.scalars(query):
        capacities[part.conversation_id].add(part.capacity)
    return tuple(
        ConversationFacts(str(row.event_id), row.held_on, row.held, frozenset(capacities[row.id]))
        for row in rows
    )


def _joint_local_meetings(work: Work, case: Case) -> tuple[JointLocalMeetingFacts, ...]:
    query = (
        select(Meeting.id, Meeting.event_id, Meeting.held_on, MeetingIssue.outcome)
        .join(MeetingIssue, MeetingIssue.meeting_id == Meeting.id)
        .where(Meeting.case_id == case.id, Meeting.kind == MeetingKind.JOINT_LOCAL, uncorrected())
    )
    gravest: dict[UUID, JointLocalMeetingFacts] = {}
    for row in work.session.execute(query):
        known = gravest.get(row.id)
        if known is None or _GRAVEST_FIRST.index(row.outcome) < _GRAVEST_FIRST.index(known.outcome):
            gravest[row.id] = JointLocalMeetingFacts(str(row.event_id), row.held_on, row.outcome)
    return tuple(gravest.values())


def _pre_intervention_meetings(work: Work, case: Case) -> tuple[PreInterventionFacts, ...]:
    rows = work.session.scalars(
        select(Meeting).where(
            Meeting.case_id == case.id, Meeting.kind == MeetingKind.PRE_INTERVENTION, uncorrected()
        )
    )
    return tuple(
        PreInterventionFacts(
            event=str(row.event_id),
            on=row.held_on,
            attended=_parties(work, row, Attendance.ATTENDED),
            declined=_parties(work, row, Attendance.DECLINED),
            sector_led_feasible=row.sector_led_feasible,
        )
        for row in rows.all()
    )


def _parties(work: Work, meeting: Meeting, attendance: Attendance) -> frozenset[str]:
    query = select(MeetingAttendee).where(
        MeetingAttendee.meeting_id == meeting.id, MeetingAttendee.attendance == attendance
    )
    return frozenset(party_of(row.body, row.capacity) for row in work.session.scalars(query))


def _reviews(work: Work, case: Case) -> tuple[ReviewFacts, ...]:
    rows = work.session.scalars(select(Review).where(Review.case_id == case.id))
    return tuple(ReviewFacts(str(row.event_id), row.held_on, row.adequate_progress) for row in rows)
