"""What is sealed and what is not: every column of text is one or the other, on purpose."""

import re
from pathlib import Path

import pytest
from sqlalchemy import JSON, Enum, LargeBinary, String

from clearinghouse.records.base import Row
from clearinghouse.records.sealed import Compartment
from clearinghouse.records.tables import METADATA, inventory

IN_THE_CLEAR = {
    "the register of authorities": {
        "authorities.code",
        "authorities.name",
        "authorities.nice_name",
        "authorities.gss_code",
        "authorities.type",
        "authorities.type_name",
        "authorities.county_code",
        "authorities.combined_code",
        "authorities.ruling_group",
    },
    "people's names, e-mail addresses": {"users.name", "users.email"},
    "each case's reference": {"cases.reference"},
    "in whose capacity": {"passages.audiences", "meeting_passages.audiences", "minutes.recipients"},
    "what evidence there was and what was missing": {"escalations.evidence", "escalations.missing"},
    "peers' names, roles, groups, skills, employers and days": {
        "peers.code",
        "peers.name",
        "peers.role",
        "peers.seniority",
        "peers.political_group",
        "peers.organisation",
        "peers.themes",
        "peers.services",
        "peers.authority_types",
        "peers.regions",
        "peers.accredited_by",
        "peer_groups.name",
    },
    "what was asked of a team": {"teams.needs"},
    "what its visits and sessions are about in general": {"team_visits.activities", "team_sessions.area"},
    "who comes to a round table and what its items are about": {
        "round_tables.parties",
        "round_table_items.key",
    },
    "the references of regional actions": {"regional_actions.reference"},
    "which warnings about its members were accepted": {"warnings_accepted.rule", "warnings_accepted.about"},
    "which type of event happened to what, by whom and when (the ledger)": {
        "ledger_events.id",
        "ledger_events.stream",
        "ledger_events.stream_id",
        "ledger_events.type",
        "ledger_events.at",
        "ledger_events.actor",
        "ledger_heads.stream_id",
        "log_checkpoints.note",
        "log_cosignatures.line",
        "log_cosignatures.witness",
        "log_leaves.event_id",
        "log_streams.stream_id",
    },
    "a pack's reference, its cases, which subjects it shows": {"packs.reference", "packs.subjects"},
    "somebody asked what is held about them, the request's reference": {"subject_requests.reference"},
    "sayings a source was told": {"source_tellings.sayings"},
    "with which political groups a brokerage talk was held": {"brokerage_talks.brokered_with"},
    "of rounds of looking": {"convergence_looks.look"},
    "how words were folded": {"searched_cases.folding"},
    "the names of clocks": {"clock_beats.clock"},
    "who holds the log from outside": {"outside_calls.name", "checkpoint_letters.address"},
    "of keys": {"data_keys.compartment", "search_texts.compartment", "tombstones.compartment"},
    "which kinds of things of a case are due to be destroyed": {"retention_reviews.kinds"},
    "of letters' kinds": {"letters.kind"},
    "of forms that somebody has begun": {"drafts.form"},
    "the pages that posts led to": {"posts.location"},
    "hashes of passwords": {"users.password_hash"},
}
"""Columns of text that anybody with the database can read, by the words with which the threat model owns up to them."""

BYTES_IN_THE_CLEAR = {
    "calendar_feeds.token_hash",
    "data_keys.wrapped",
    "data_keys.commitment",
    "document_chunks.content",
    "documents.head",
    "invitations.token_hash",
    "ledger_events.body",
    "ledger_events.disclosed",
    "ledger_events.hash",
    "ledger_heads.hash",
    "log_leaves.hash",
    "pack_keys.public",
    "passkeys.credential",
    "peer_links.token_hash",
    "peer_visits.token_hash",
    "provider_subjects.issuer",
    "provider_subjects.subject",
    "provider_waits.issuer",
    "provider_waits.subject",
    "packs.digest",
    "log_streams.hash",
    "log_timestamps.answer",
    "log_tree.roots",
    "questionnaire_links.token_hash",
    "recovery_codes.code_hash",
    "search_texts.folded",
    "session_origins.network",
    "sign_in_questions.challenge",
    "sign_in_questions.holder",
    "throttles.key",
    "web_sessions.token_hash",
}
"""Hashes, wrapped keys, public keys, the ledger's own bytes, of which `disclosed` is sealed under the stream's key, and
search texts and documents, which are sealed under the key of their own compartment, each chunk of a document for its
number.
"""


def columns(*types: type) -> set[str]:
    return {
        f"{table.name}.{column.name}"
        for table in METADATA.tables.values()
        for column in table.columns
        if isinstance(column.type, types) and not isinstance(column.type, Enum)
    }


def test_every_sealed_column_has_its_attribute_and_every_attribute_its_column() -> None:
    """Bytes without a sealed attribute are written by hand, and an attribute without a column nowhere."""
    assert {each.name for each in inventory()} == {
        name for name in columns(LargeBinary) if name.endswith("_sealed")
    }


def test_other_bytes_are_known() -> None:
    """Text that somebody encoded would pass by the list of texts."""
    assert {name for name in columns(LargeBinary) if not name.endswith("_sealed")} == BYTES_IN_THE_CLEAR


def test_every_text_in_the_clear_is_there_on_purpose() -> None:
    """A new column of free text must be sealed, or be owned up to in the threat model."""
    assert columns(String, JSON) == set().union(*IN_THE_CLEAR.values())


@pytest.mark.parametrize("words", IN_THE_CLEAR)
def test_the_threat_model_owns_up_to_it(words: str) -> None:
    page = (Path(__file__).parents[2] / "docs" / "threat-model.md").read_text(encoding="utf-8")
    found = re.search(r"^## In the clear.*?$(.*?)^## ", page, re.DOTALL | re.MULTILINE)
    assert found
    assert words in " ".join(found[1].split())


def test_each_sealed_text_is_bound_to_a_place_of_its_own() -> None:
    """Two texts of one place could change places unseen; a subject that is no key would seal under nobody's key."""
    seen = set()
    for each in inventory():
        assert issubclass(each.row, Row)
        assert each.row.__table__.columns[each.sealed.subject].type.python_type.__name__ == "UUID"
        assert each.row.__table__.columns[each.sealed.column].nullable
        seen.add((each.row.__tablename__, each.sealed.column))
    assert len(seen) == len(list(inventory()))
    assert {each.sealed.compartment for each in inventory()} == set(Compartment) - {Compartment.LEDGER}
