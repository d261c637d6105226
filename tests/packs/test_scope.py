"""Every type of event has its place in a pack, or none: what nobody decided about leaves by its hash alone."""

from collections import Counter
from pathlib import Path

from sqlalchemy import select

from clearinghouse.access.roles import OPERATOR
from clearinghouse.casework.installation import open_installation
from clearinghouse.casework.packs.retelling import NEEDED
from clearinghouse.casework.packs.scope import (
    FOR_A_FINDING,
    HASH_ALONE,
    KIND_ALONE,
    KIND_SHOWN,
    SHOWN,
    shown_facts,
)
from clearinghouse.records.events import Event, Stream
from clearinghouse.records.ledger import LedgerEvent
from tests.worlds import Clock, settings_for

ELSEWHERE = (
    "installation",
    "demo",
    "log",
    "keys",
    "register",
    "cases",
    "peers",
    "peer",
    "user",
    "grant",
    "grants",
    "reset",
    "passkey",
    "provider",
    "link",
    "deputy",
    "feed",
    "search",
    "signal",
    "signals",
    "support",
    "practice",
    "commitment",
    "commitments",
    "action",
    "pack",
    "pack-key",
    "subject-request",
    "subject-part",
)
"""What never happens to a case itself, by the first word of the event."""
OF_ROUND_TABLES = {
    Event.ROUND_TABLE_PLANNED,
    Event.ROUND_TABLE_MOVED,
    Event.ROUND_TABLE_RECORDED,
    Event.ROUND_TABLE_OPENED,
}
OF_NO_CASE = {Event.BREAK_GLASS_REFUSED}
"""Whatever was tried, it stands in the installation's stream alone: a case that it was about is not said."""
OF_AUTHORITIES = {Event.AUTHORITY_ADDED, Event.AUTHORITY_RULED}


def test_every_type_of_event_is_decided_about_once() -> None:
    """A new type would leave unseen, or leave a gap that a regulator cannot read. Put it into one of the lists."""
    by_subject = [event for events in SHOWN.values() for event in events]
    places = Counter([*by_subject, *KIND_ALONE, *HASH_ALONE])
    elsewhere = {event for event in Event if event.value.partition(":")[0] in ELSEWHERE}
    elsewhere |= OF_ROUND_TABLES | OF_AUTHORITIES | OF_NO_CASE
    assert not [event for event in Event if places[event] + (event in elsewhere) != 1]


def test_what_the_demo_records_of_its_cases_is_in_no_list_of_what_happens_elsewhere(
    filled_on_sqlite: Path,
) -> None:
    """A type that was thought to happen elsewhere would be shown by its hash alone, and nobody would know."""
    world = open_installation(settings_for(filled_on_sqlite, CLEARINGHOUSE_DEMO="1"), Clock())
    with world.reading(OPERATOR) as work:
        types = select(LedgerEvent.type).where(LedgerEvent.stream == Stream.CASE.value).distinct()
        found = {Event(each) for each in work.session.scalars(types)}
    world.database.close()
    assert len(found) > 30
    assert found <= KIND_SHOWN | HASH_ALONE


def test_a_finding_can_be_worked_out_from_what_may_be_shown() -> None:
    """A fact that the finding needs and no pack may show would make every finding one that is taken on trust."""
    shown = shown_facts(FOR_A_FINDING)
    assert {kind: needed - shown.get(kind, frozenset()) for kind, needed in NEEDED.items()} == dict.fromkeys(
        NEEDED, frozenset()
    )
