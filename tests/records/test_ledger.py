"""How an event is written down, byte for byte, and how it is read back."""

import json
from datetime import UTC, date, datetime, timedelta, timezone
from uuid import UUID

import pytest
from sqlalchemy import select

from clearinghouse.access.roles import OPERATOR
from clearinghouse.casework.world import World
from clearinghouse.protocol.vocabulary import Nature
from clearinghouse.records.events import Event, Stream
from clearinghouse.records.keyring import destroy_key
from clearinghouse.records.ledger import (
    Fact,
    LedgerEvent,
    Told,
    actors_of,
    append,
    append_many,
    as_recorded,
    entries,
    told,
)
from clearinghouse.records.sealed import Compartment
from clearinghouse.vault.disclosures import digests_of
from clearinghouse.vault.leaves import NOTHING_BEFORE, event_hash
from tests.factories.forged_events import append_unsealed

STREAM, OTHER = UUID(int=1), UUID(int=2)
SUMMER = datetime(2026, 7, 1, 12, 0, tzinfo=timezone(timedelta(hours=1)))
AT = "2026-07-01T11:00:00.000000+00:00"


def events_of(world: World, stream: UUID) -> list[LedgerEvent]:
    with world.reading(OPERATOR) as work:
        query = select(LedgerEvent).where(LedgerEvent.stream_id == str(stream)).order_by(LedgerEvent.seq)
        found = list(work.session.scalars(query))
        work.session.expunge_all()  # to be read when the work has ended
        return found


def test_an_event_is_written_as_it_always_was(world: World) -> None:
    """Its hash is of these bytes: what is spelled otherwise can be verified by no program of before."""
    facts: dict[str, Fact] = {"on": date(2026, 7, 1), "yes": True, "many": (Nature.SERVICE, None, 3, STREAM)}
    with world.unit_of_work(OPERATOR) as work:
        for each in ({}, facts):
            made = append(
                work.session,
                Event.CASE_OPENED,
                Stream.CASE,
                STREAM,
                actor="operator",
                at=SUMMER,
                facts=each,
                seals={"a/b/c": "d"},
            )
    first, event = events_of(world, STREAM)
    assert event.id == str(made)
    with world.reading(OPERATOR) as work:
        said = told(work.session, event)
        (entry, _) = entries(work.session, STREAM)
        assert entry.facts == said.facts
    recorded = {"on": "2026-07-01", "yes": True, "many": ["service", None, 3, str(STREAM)]}
    assert (said.actor, said.facts, said.seals) == ("operator", recorded, {"a/b/c": "d"})
    assert len(said.seed) == 32
    assert said.values == recorded | {"actor": "operator", "seals": {"a/b/c": "d"}}
    digests = '","'.join(digests_of(said.disclosures.values()))
    assert event.body.decode("ascii") == (
        f'{{"_sd":["{digests}"],"at":"{AT}","id":"{made}","prev":"{first.hash.hex()}","seq":2,"stream":"case",'
        f'"stream_id":"{STREAM}","type":"case:opened","v":2}}'
    )
    assert event.hash == event_hash(event.body)
    assert (event.stream, event.stream_id, event.seq, event.type) == ("case", str(STREAM), 2, "case:opened")
    assert (event.at, event.actor, json.loads(first.body)["prev"]) == (AT, "operator", NOTHING_BEFORE.hex())


def test_many_streams_are_written_at_once_each_in_its_order(world: World) -> None:
    """What happens to thousands at once must be chained as if it had happened to each alone."""
    with world.unit_of_work(OPERATOR) as work:
        append_many(work.session, Event.CASE_OPENED, Stream.CASE, [], actor="clock", at=SUMMER)
        happened = [(STREAM, {"n": 1}), (OTHER, {"n": 2}), (STREAM, {"n": 3})]
        append_many(work.session, Event.CASE_OPENED, Stream.CASE, happened, actor="clock", at=SUMMER)
    one, two = events_of(world, STREAM)
    assert (one.seq, two.seq, json.loads(two.body)["prev"]) == (1, 2, one.hash.hex())
    with world.reading(OPERATOR) as work:
        said = [told(work.session, each) for each in (one, two, *events_of(world, OTHER))]
    assert [each.facts for each in said] == [{"n": 1}, {"n": 3}, {"n": 2}]
    assert all(each.seals == {} and each.actor == "clock" for each in said)


def test_events_are_read_back_the_latest_first(world: World) -> None:
    """Of the stream and the types that were asked for, and no more than that."""
    with world.unit_of_work(OPERATOR) as work:
        for number, event in enumerate((Event.CASE_OPENED, Event.CASE_ASSIGNED, Event.CASE_OPENED)):
            work.record(event, Stream.CASE, STREAM, number=number)
        append_many(work.session, Event.CASE_OPENED, Stream.CASE, [(OTHER, {})], actor="clock", at=SUMMER)
    with world.reading(OPERATOR) as work:
        read = entries(work.session, STREAM)
        assert [each.facts["number"] for each in read] == [2, 1, 0]
        assert [each.id for each in entries(work.session, STREAM, limit=1)] == [read[0].id]
        assert [each.type for each in entries(work.session, STREAM, Event.CASE_ASSIGNED)] == [read[1].type]
        assert (read[0].at, read[0].actor, read[0].sealed) == (world.now(), "operator", True)
        assert actors_of(work.session, STREAM) == {"operator"}
        assert actors_of(work.session, OTHER) == {"clock"}


def test_an_event_of_the_first_format_still_says_what_it_said(world: World) -> None:
    """Installations that are years old would lose their history."""
    with world.database.writing() as session:
        append_unsealed(
            session, Event.CASE_OPENED, Stream.CASE, STREAM, at=AT, facts={"n": 1}, seals={"a/b/c": "d"}
        )
    (event,) = events_of(world, STREAM)
    with world.reading(OPERATOR) as work:
        assert told(work.session, event) == Told(b"", "operator", {"n": 1}, {"a/b/c": "d"})
        (entry,) = entries(work.session, STREAM)
        assert (entry.sealed, entry.facts, entry.at) == (False, {"n": 1}, SUMMER.astimezone(UTC))


def test_an_event_whose_key_was_destroyed_says_nothing(world: World) -> None:
    with world.unit_of_work(OPERATOR) as work:
        work.record(Event.CASE_OPENED, Stream.CASE, STREAM, n=1)
        destroy_key(work.session, STREAM, Compartment.LEDGER, at=work.now)
    (event,) = events_of(world, STREAM)
    with world.reading(OPERATOR) as work:
        assert told(work.session, event) == Told(b"", None, {}, {})


def test_no_typed_text_is_a_fact() -> None:
    """What somebody typed would stand for good where nothing is ever taken out."""
    with pytest.raises(TypeError, match=r"^a str is not a fact that the ledger may carry$"):
        as_recorded({"words": "typed"})  # type: ignore[dict-item]  # that is the point
    with pytest.raises(TypeError, match=r"^a float is not a fact that the ledger may carry$"):
        as_recorded({"many": (1, 1.5)})  # type: ignore[dict-item]  # that is the point


@pytest.mark.parametrize("name", ["actor", "seals"])
def test_a_fact_does_not_take_the_place_of_what_every_event_says(sqlite_world: World, name: str) -> None:
    """A fact of that name would say that somebody else had acted."""
    with (
        pytest.raises(TypeError, match=r"^a fact has another name than what every event says$"),
        sqlite_world.unit_of_work(OPERATOR) as work,
    ):
        append_many(
            work.session, Event.CASE_OPENED, Stream.CASE, [(STREAM, {name: 1})], actor="clock", at=SUMMER
        )
