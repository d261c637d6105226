"""What a pack may show at all: by subject, the types of events and their facts; nothing else ever leaves."""

from collections.abc import Collection, Mapping
from enum import StrEnum
from types import MappingProxyType

from clearinghouse.records.events import Event
from clearinghouse.records.packs import PackPurpose


class PackSubject(StrEnum):
    """What of a case's history is shown, chosen one by one."""

    DIALOGUE = "dialogue"
    OFFERS = "offers"
    MEETINGS = "meetings"
    REVIEWS = "reviews"
    ESCALATIONS = "escalations"
    CLOSING = "closing"

    @property
    def words(self) -> str:
        """The subject as screens name it."""
        return _WORDS[self][0]

    @property
    def hint(self) -> str:
        """What exactly is shown of it."""
        return _WORDS[self][1]


_WORDS = {
    PackSubject.DIALOGUE: (
        "The confidential dialogue",
        "Of each conversation: its day, whether it was held, and in what capacities people were talked to",
    ),
    PackSubject.OFFERS: (
        "Sector offers",
        "Of each offer: when it was made, by when an answer was asked for, the answer and its day",
    ),
    PackSubject.MEETINGS: (
        "Meetings",
        "Of each meeting: its kind and day, the outcome of each issue, and which bodies came, in what capacity",
    ),
    PackSubject.REVIEWS: (
        "Reviews of progress",
        "Of each review: its day, and whether progress was adequate",
    ),
    PackSubject.ESCALATIONS: (
        "Escalations and referrals",
        "Of each: body, action, day, the family-first finding and what it rests on, and the second lead's view",
    ),
    PackSubject.CLOSING: ("Closing and reopening", "When, and with which outcome"),
}
_MEETING = frozenset(
    {"meeting", "corrects", "kind", "held_on", "outcomes", "sector_led_feasible", "attendees"}
)
_ESCALATION = frozenset(
    {
        "escalation",
        "corrects",
        "ours",
        "at_once",
        "body",
        "action",
        "on",
        "finding",
        "gate",
        "missing",
        "evidence",
        "why_not",
        "authority_told_on",
        "nature",
        "people_at_risk",
        "legal_duty_to_refer",
        "department_contemplates_action",
    }
)
SHOWN: Mapping[PackSubject, Mapping[Event, frozenset[str]]] = MappingProxyType(
    {
        PackSubject.DIALOGUE: {Event.CONVERSATION_RECORDED: frozenset({"held", "held_on", "capacities"})},
        PackSubject.OFFERS: {
            Event.OFFER_MADE: frozenset({"offer", "answer_by"}),
            Event.OFFER_ANSWERED: frozenset({"offer", "answer", "answered_on"}),
            Event.OFFER_LAPSED: frozenset({"offer"}),
            Event.OFFER_WITHDRAWN: frozenset({"offer"}),
        },
        PackSubject.MEETINGS: {Event.MEETING_RECORDED: _MEETING, Event.MEETING_CORRECTED: _MEETING},
        PackSubject.REVIEWS: {Event.PROGRESS_REVIEWED: frozenset({"held_on", "adequate_progress"})},
        PackSubject.ESCALATIONS: {
            Event.ESCALATION_RECORDED: _ESCALATION,
            Event.ESCALATION_CORRECTED: _ESCALATION,
            Event.REFERRAL_MADE: _ESCALATION,
            Event.RISK_REFERRAL_MADE: _ESCALATION,
            Event.RISK_REFERRAL_CONFIRMED: frozenset({"escalation"}),
            Event.RISK_REFERRAL_QUESTIONED: frozenset({"escalation"}),
            Event.RISK_REFERRAL_REVIEWED: frozenset({"escalation", "held_on"}),
        },
        PackSubject.CLOSING: {Event.CASE_CLOSED: frozenset({"outcome"}), Event.CASE_REOPENED: frozenset()},
    }
)
"""No fact here names a person of ours, a peer or a source, and no text that anybody typed is a fact at all."""
KIND_ALONE = frozenset(
    {
        Event.CONCERN_LOGGED,
        Event.CASE_TRIAGED,
        Event.CASE_ROUTED,
        Event.CASE_CORRECTED,
        Event.CASE_ASSIGNED,
        Event.CASE_MOVED,
        Event.CASE_SUCCEEDED,
        Event.SUCCESSION_DECLINED,
        Event.OFFER_LETTER_ISSUED,
        Event.AUTHORITY_TOLD,
        Event.DOCUMENT_ADDED,
        Event.DOCUMENT_REMOVED,
        Event.BROKERAGE_ASKED,
        Event.BROKERAGE_TALKED,
        Event.RIEP_HANDED,
        Event.RIEP_AGREED,
        Event.ADVOCACY_AGREED,
        Event.ADVOCACY_ENDED,
        Event.DUTY_SET,
        Event.DUTY_MOVED,
        Event.DUTY_DONE,
        Event.DUTY_REMINDED,
        Event.DUTY_OVERDUE,
        Event.DUTY_RAISED_TO_DEPUTY,
        Event.DUTY_REPEATED,
        Event.DUTY_REPEAT_ENDED,
        Event.CASE_FOUND_WITHOUT_DUTY,
        Event.TEAM_PROPOSED,
        Event.TEAM_MEMBER_ADDED,
        Event.TEAM_MEMBER_REMOVED,
        Event.TEAM_LEADER_CHOSEN,
        Event.TEAM_ASSIGNED,
        Event.TEAM_PACKAGE_CHOSEN,
        Event.TEAM_MANAGER_NAMED,
        Event.TEAM_CONTACTED,
        Event.VISIT_PLANNED,
        Event.VISIT_MOVED,
        Event.VISIT_CANCELLED,
        Event.VISIT_HELD,
        Event.VISIT_FOUND,
        Event.OUTPUT_OWED,
        Event.OUTPUT_DELIVERED,
        Event.TEAM_MEMBER_ASKED,
        Event.TEAM_LINK_SENT,
        Event.TEAM_MEMBER_PAGE_OPENED,
        Event.TEAM_MEMBER_DECLARED,
        Event.TEAM_MEMBER_ACCEPTED,
        Event.TEAM_MEMBER_DECLINED,
        Event.TEAM_MEMBER_UNANSWERED,
        Event.TEAM_INVITATION_WITHDRAWN,
        Event.TEAM_MEMBER_CONFIRMED,
        Event.TEAM_CONFLICT_RAISED,
        Event.TEAM_CONFLICT_ENDED,
        Event.TEAM_FEEDBACK_ASKED,
        Event.TEAM_FEEDBACK_RECORDED,
        Event.PEER_WARNING_ACCEPTED,
        Event.QUESTIONNAIRE_MADE,
        Event.QUESTIONNAIRE_CHANGED,
        Event.QUESTIONNAIRE_DROPPED,
        Event.QUESTIONNAIRE_SENT,
        Event.QUESTIONNAIRE_REMINDED,
        Event.QUESTIONNAIRE_CHASED,
        Event.QUESTIONNAIRE_CLOSED,
        Event.PLAN_AGREED,
        Event.PLAN_AMENDED,
        Event.PLAN_ACTION_ADDED,
        Event.PLAN_ACTION_CHANGED,
        Event.PLAN_PROGRESS_RECORDED,
        Event.MINUTE_ISSUED,
        Event.ROUND_TABLE_DECIDED,
        Event.ROUND_TABLE_TOLD,
        Event.RETENTION_DUE,
        Event.RETENTION_KEPT,
        Event.RETENTION_WITHDRAWN,
        Event.DESTRUCTION_PROPOSED,
        Event.DESTRUCTION_STOPPED,
        Event.DESTRUCTION_CONFIRMED,
    }
)
"""Of these the kind leaves, the instant and in what capacity somebody acted, and never a fact."""
HASH_ALONE = frozenset(
    {
        Event.WALL_LIFT_ASKED,
        Event.WALL_LIFTED,
        Event.WALL_LIFT_REFUSED,
        Event.WALL_LIFT_ENDED,
        Event.BREAK_GLASS_OPENED,
        Event.BREAK_GLASS_ENDED,
        Event.BREAK_GLASS_REVIEWED,
        Event.HOLD_PLACED,
        Event.HOLD_LIFT_ASKED,
        Event.HOLD_LIFT_REFUSED,
        Event.HOLD_LIFTED,
        Event.CASE_OPENED,
        Event.SOURCE_OPENED,
        Event.SOURCE_ASKED,
        Event.SOURCE_TOLD,
        Event.SOURCE_DOCUMENT_ADDED,
        Event.SOURCE_DOCUMENT_DOWNLOADED,
        Event.SOURCE_DOCUMENT_REMOVED,
        Event.DOCUMENT_DOWNLOADED,
        Event.QUESTIONNAIRE_EXPORTED,
        Event.CASE_JOINED,
        Event.CASE_SEPARATED,
        Event.CONVERGENCE_FOUND,
        Event.CONVERGENCE_ASKED_AGAIN,
        Event.CONVERGENCE_REMINDED,
        Event.CONVERGENCE_DISMISSED,
    }
)
"""Of these not even the type leaves: that concerns met, only their leads know; that something must be kept for a court,
only those who keep it; who of us is linked to the council, or opened the case from another region, nobody outside.
Readers' views stand among them, so that an event shown by its hash alone says nothing. So are shown the events of any
type that none of these lists names."""
KIND_SHOWN = KIND_ALONE | {event for shown in SHOWN.values() for event in shown}
"""The types of events that a pack names."""
PURPOSES = tuple(PackPurpose)
"""What a pack may be for."""
FOR_A_FINDING = frozenset(PackSubject) - {PackSubject.CLOSING}
"""Without these the verifier cannot work the family-first finding out anew."""


def shown_facts(subjects: Collection[str]) -> dict[str, frozenset[str]]:
    """The facts that these subjects show, by the type of their event."""
    return {
        event.value: facts for subject in subjects for event, facts in SHOWN[PackSubject(subject)].items()
    }


def purpose_of(text: str) -> PackPurpose:
    """The purpose of its stored value. Raises ValueError where there is none such."""
    return PackPurpose(text)
