"""Which sealed texts are searched, and as what; and which are not, each with the reason."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType


class TextKind(StrEnum):
    """What kind of text somebody looks for."""

    HEADER = "header"
    CONCERN = "concern"
    DECISIONS = "decisions"
    FOLLOW_UPS = "follow-ups"
    CONVERSATIONS = "conversations"
    MEETINGS = "meetings"
    PLANS = "plans"
    BROKERAGE = "brokerage"
    TEAM = "team"
    DOCUMENTS = "documents"
    SOURCE = "source"

    @property
    def words(self) -> str:
        """The kind as screens name it."""
        return _WORDS[self]


@dataclass(frozen=True)
class SearchedColumn:
    """How a sealed column is searched: as which kind, and what a text found there is called."""

    kind: TextKind
    words: str


_WORDS = {
    TextKind.HEADER: "Reference, council and nature",
    TextKind.CONCERN: "Concerns",
    TextKind.DECISIONS: "Triage and closing",
    TextKind.FOLLOW_UPS: "Follow-ups",
    TextKind.CONVERSATIONS: "Conversations and offers",
    TextKind.MEETINGS: "Meetings, escalations and way forward",
    TextKind.PLANS: "Improvement plans and peer teams’ work",
    TextKind.BROKERAGE: "Brokerage",
    TextKind.TEAM: "What was written about peers",
    TextKind.DOCUMENTS: "Names of documents",
    TextKind.SOURCE: "Who raised it",
}


def _of(kind: TextKind, columns: Mapping[str, str]) -> dict[str, SearchedColumn]:
    return {f"{name}_sealed": SearchedColumn(kind, words) for name, words in columns.items()}


SEARCHED: Mapping[str, SearchedColumn] = MappingProxyType(
    _of(
        TextKind.CONCERN,
        {
            "concerns.text": "Concern",
            "concerns.how_known": "How it is known",
            "concerns.service": "Service",
        },
    )
    | _of(
        TextKind.DECISIONS,
        {
            "triages.rationale": "Why the route was chosen",
            "closings.reason": "Why it was closed or opened again",
            "closings.learning": "What was learned",
            "closings.good_practice": "Good practice",
        },
    )
    | _of(
        TextKind.FOLLOW_UPS,
        {
            "duties.note": "What to do",
            "duties.outcome": "What came of it",
            "duty_moves.reason": "Why it was moved",
        },
    )
    | _of(
        TextKind.CONVERSATIONS,
        {
            "conversations.with_whom": "Who took part",
            "passages.text": "Conversation",
            "offers.terms": "Offer",
            "offers.from_whom": "Who makes the offer",
            "offers.cost": "Cost of the offer",
            "offers.answer_note": "Answer to the offer",
        },
    )
    | _of(
        TextKind.MEETINGS,
        {
            "meetings.note": "Meeting",
            "meetings.correction_reason": "Why the meeting was corrected",
            "meeting_passages.text": "Meeting",
            "meeting_attendees.name": "Who came to the meeting",
            "meeting_attendees.position": "Position at the meeting",
            "meeting_issues.title": "Issue of the meeting",
            "meeting_issues.plan_or_person": "Issue of the meeting",
            "meeting_issues.for_round_table": "Issue for the round table",
            "minutes.content": "Minute",
            "escalations.recipient": "Who was written to",
            "escalations.reason": "Why it was escalated",
            "escalations.agreed_by": "Who agreed to the referral",
            "escalations.authority_told": "How the authority was told",
            "escalations.why_not_family_first": "Why not the family first",
            "escalations.second_view": "Second lead’s view",
            "escalations.review_note": "Review of the referral",
            "authority_tellings.name": "Who was told",
            "authority_tellings.note": "How the authority was told",
            "reviews.note": "Review of progress",
            "riep_handovers.outside": "RIEP’s officer",
            "riep_handovers.note": "Handed to the RIEP",
            "riep_agreements.agreed_with": "Agreed with the RIEP",
            "riep_agreements.way_forward": "Way forward",
            "riep_agreements.support": "Support agreed",
            "advocacies.which_body": "Advocacy",
            "advocacies.priority": "Advocacy",
            "advocacies.position": "Advocacy",
            "advocacies.agreed_by": "Advocacy",
            "advocacy_endings.reason": "Why the advocacy ended",
        },
    )
    | _of(
        TextKind.PLANS,
        {
            "plan_terms.agreed_with": "Who agreed the plan",
            "plan_terms.outcomes": "Outcomes of the plan",
            "plan_terms.reason": "Why the plan was changed",
            "plan_action_terms.what": "Action",
            "plan_action_terms.owner": "Owner of the action",
            "plan_action_terms.measure": "Measure of the action",
            "plan_action_terms.target": "Target of the action",
            "plan_action_terms.reason": "Why the action was changed",
            "plan_progress.note": "Progress",
            "team_visits.purpose": "What a peer team’s visit is for",
            "team_findings.text": "What a peer team found",
            "team_sessions.presenter": "Who presented to a peer panel",
            "team_contacts.note": "Contact with a peer team",
        },
    )
    | _of(
        TextKind.BROKERAGE,
        {
            "brokerage_asks.asked": "What was asked",
            "brokerage_talks.names": "Who was talked to",
            "brokerage_talks.note": "Talk with politicians",
        },
    )
    | {"documents.head": SearchedColumn(TextKind.DOCUMENTS, "Document")}
    | _of(
        TextKind.TEAM,
        {
            "warnings_accepted.reason": "Why a warning was accepted",
            "peer_feedback.words": "What was said of a peer’s part",
        },
    )
    | _of(
        TextKind.SOURCE,
        {
            "sources.name": "Name",
            "sources.contact": "Contact",
            "sources.position": "Position",
            "source_tellings.note": "What the source was told",
        },
    )
)
"""What stands on pages of a case for whoever reads it; BROKERAGE, TEAM and SOURCE with rules of their own.

The kind HEADER is what stands in the clear, and no column of these.
"""

NOT_SEARCHED: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "no page of the case shows it": frozenset(
            {"corrections.reason_sealed", "succession_answers.reason_sealed", "triages.facts_sealed"}
        ),
        "fewer people read it than read the case": frozenset(
            {
                "case_joins.reason_sealed",
                "convergence_answers.reason_sealed",
                "offer_letters.addressee_sealed",
                "offer_letters.reply_to_sealed",
                "round_table_items.words_sealed",
            }
        ),
        "it belongs to no case": frozenset(
            {
                "commitments.why_withdrawn_sealed",
                "commitments.words_sealed",
                "good_practices.words_sealed",
                "peer_interests.interest_sealed",
                "peer_letters.address_sealed",
                "peer_letters.token_sealed",
                "peers.contact_sealed",
                "regional_actions.outcome_sealed",
                "regional_actions.what_sealed",
                "round_tables.note_sealed",
                "signals.why_withdrawn_sealed",
                "signals.words_sealed",
                "support_offers.offered_by_sealed",
                "support_offers.words_sealed",
            }
        ),
        "it is about who may see, keep or give out what is held, and has readers of its own": frozenset(
            {
                "break_glass.finding_sealed",
                "break_glass.reason_sealed",
                "legal_holds.lift_reason_sealed",
                "legal_holds.reason_sealed",
                "retention_reviews.reason_sealed",
                "subject_parts.answer_sealed",
                "subject_parts.source_answer_sealed",
                "subject_parts.source_working_sealed",
                "subject_parts.working_sealed",
                "subject_requests.asked_sealed",
                "subject_requests.contact_sealed",
                "subject_requests.identity_sealed",
                "subject_requests.name_sealed",
                "subject_requests.names_sealed",
                "subject_requests.why_ended_sealed",
                "subject_requests.why_extended_sealed",
                "wall_liftings.answer_sealed",
                "wall_liftings.reason_sealed",
            }
        ),
        "it is a questionnaire, whose answers show only together, which a search would undo": frozenset(
            {
                "questionnaire_links.address_sealed",
                "questionnaire_questions.options_sealed",
                "questionnaire_questions.words_sealed",
                "questionnaires.intro_sealed",
                "questionnaires.results_sealed",
                "questionnaires.title_sealed",
                "questionnaires.waiting_sealed",
            }
        ),
        "it is bookkeeping, or one person's own": frozenset(
            {
                "drafts.answers_sealed",
                "installation.proof_sealed",
                "letters.token_sealed",
                "pack_parts.content_sealed",
                "passkeys.key_sealed",
                "passkeys.name_sealed",
                "searches.asked_sealed",
                "users.totp_sealed",
            }
        ),
    }
)
"""A new sealed column is put into one of the two; the tests do not let it be forgotten."""
