"""Where something about a person can be held, and what each place is called towards them, so that it tells no more."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from clearinghouse.records.searched import SEARCHED, TextKind
from clearinghouse.records.tables import SealedColumn, inventory

_MORE_ON_CASES = frozenset(
    {
        "break_glass.finding_sealed",
        "break_glass.reason_sealed",
        "case_joins.reason_sealed",
        "convergence_answers.reason_sealed",
        "corrections.reason_sealed",
        "legal_holds.lift_reason_sealed",
        "legal_holds.reason_sealed",
        "offer_letters.addressee_sealed",
        "offer_letters.reply_to_sealed",
        "questionnaire_questions.options_sealed",
        "questionnaire_questions.words_sealed",
        "questionnaires.intro_sealed",
        "questionnaires.results_sealed",
        "questionnaires.title_sealed",
        "succession_answers.reason_sealed",
        "wall_liftings.answer_sealed",
        "wall_liftings.reason_sealed",
    }
)
_IN_THE_REGION = frozenset(
    {
        "commitments.why_withdrawn_sealed",
        "commitments.words_sealed",
        "good_practices.words_sealed",
        "signals.why_withdrawn_sealed",
        "signals.words_sealed",
        "support_offers.offered_by_sealed",
        "support_offers.words_sealed",
        "round_tables.note_sealed",
        "round_table_items.words_sealed",
        "regional_actions.outcome_sealed",
        "regional_actions.what_sealed",
    }
)
ELSEWHERE: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "in a part of its own": frozenset(
            {"peers.contact_sealed", "peer_interests.interest_sealed"}
            | {name for name, column in SEARCHED.items() if column.kind is TextKind.SOURCE}
        ),
        "it may tell of a source, whom those who may know them are asked about apart": frozenset(
            {"retention_reviews.reason_sealed"}
        ),
        "answers to closed questions, which name nobody": frozenset({"triages.facts_sealed"}),
        "it says where something lies, and the something is looked at": frozenset(
            {"searches.asked_sealed", "pack_parts.content_sealed"}
        ),
        "it is gone once a questionnaire is answered, or shown with others once five have answered": frozenset(
            {"questionnaire_links.address_sealed", "questionnaires.waiting_sealed"}
        ),
        "it is the person's own, or a secret": frozenset(
            {
                "drafts.answers_sealed",
                "users.totp_sealed",
                "passkeys.key_sealed",
                "passkeys.name_sealed",
                "letters.token_sealed",
                "peer_letters.address_sealed",
                "peer_letters.token_sealed",
                "installation.proof_sealed",
            }
        ),
    }
)
"""Sealed columns that no region's part looks into, by the reason why not."""

_WORDS = {
    TextKind.CONCERN: "A note of what was said to us",
    TextKind.DECISIONS: "A note of a decision",
    TextKind.FOLLOW_UPS: "A note of something to do",
    TextKind.CONVERSATIONS: "A note of a conversation",
    TextKind.MEETINGS: "A note of a meeting",
    TextKind.PLANS: "A note of a plan",
    TextKind.BROKERAGE: "A note of a conversation",
    TextKind.TEAM: "A note about a team",
}
OTHERWISE = "A note in our records"
ACCOUNT = "Your account with us"
PEER = "Your entry in the register of peers"
SOURCE = "What we hold of you as somebody who spoke to us"


def columns_of_cases() -> Iterator[SealedColumn]:
    """The sealed columns that stand on cases, for whoever reads the case."""
    for column in inventory():
        known = SEARCHED.get(column.name)
        if (known and known.kind is not TextKind.SOURCE) or column.name in _MORE_ON_CASES:
            yield column


def columns_of_regions() -> Iterator[SealedColumn]:
    """The sealed columns that a region keeps beside its cases."""
    return (column for column in inventory() if column.name in _IN_THE_REGION)


def words_for_them(name: str) -> str:
    """What a passage of the column is called in the answer."""
    known = SEARCHED.get(name)
    return _WORDS.get(known.kind, OTHERWISE) if known else OTHERWISE


def words_for_us(name: str) -> str:
    """What a passage of the column is called on our own pages."""
    known = SEARCHED.get(name)
    return known.words if known else name.partition(".")[0].replace("_", " ").capitalize()
