"""Drafts: kept for the one person who typed them, and gone when what they were for is done."""

import pytest
from sqlalchemy import text

from clearinghouse.access.roles import Role
from clearinghouse.casework.concerns import NewConcern, log_concern
from clearinghouse.casework.drafts import (
    change_draft,
    discard_draft,
    draft_is_gone,
    my_drafts,
    read_draft,
    save_draft,
)
from clearinghouse.casework.errors import AlreadyDone, Invalid, NotFound
from clearinghouse.casework.world import World
from clearinghouse.protocol.vocabulary import Nature
from clearinghouse.records.base import new_id
from tests.factories.authorities import authority
from tests.factories.people import person
from tests.worlds import Clock


def test_what_was_typed_comes_back_to_its_author_alone_and_stands_nowhere_in_clear(
    world: World, clock: Clock
) -> None:
    author, colleague = person(world, Role.ASSOCIATE), person(world, Role.ASSOCIATE)
    save_draft(world, author, "concern:1", {"text": ["Kestrel said"], "noticed_on": ["23", "", "2026"]})
    clock.pass_days(1)
    saved = save_draft(world, author, "concern:2", {"text": ["Later"]})
    assert saved.saved_at == clock.instant
    first = read_draft(world, author, "concern:1")
    assert first is not None
    assert first.answers == {"text": ("Kestrel said",), "noticed_on": ("23", "", "2026")}
    assert [draft.form for draft in my_drafts(world, author, "concern:")] == ["concern:2", "concern:1"]
    assert my_drafts(world, author, "meeting:") == ()
    assert read_draft(world, colleague, "concern:1") is None
    assert my_drafts(world, colleague) == ()
    with world.reading(author) as work:
        stored = work.session.execute(text("select answers_sealed from drafts")).scalars().all()
    assert all(b"Kestrel" not in bytes(each) for each in stored)


def test_one_page_of_a_draft_is_replaced_and_its_others_stay(world: World) -> None:
    author = person(world, Role.ASSOCIATE)
    save_draft(world, author, "concern:1", {"text": ["Said"], "may_be_named": ["y"]})
    changed = change_draft(
        world, author, "concern:1", {"source_name": ["Jo"]}, ["source_name", "may_be_named"]
    )
    assert changed.answers == {"text": ("Said",), "source_name": ("Jo",)}


def test_a_draft_that_was_discarded_is_not_brought_back_by_a_late_save(sqlite_world: World) -> None:
    author = person(sqlite_world, Role.ASSOCIATE)
    save_draft(sqlite_world, author, "concern:1", {})
    discard_draft(sqlite_world, author, "concern:1")
    with pytest.raises(NotFound):
        change_draft(sqlite_world, author, "concern:1", {"text": ["Late"]}, ["text"])
    assert my_drafts(sqlite_world, author) == ()


def test_the_draft_goes_with_the_concern_that_it_became_and_stays_with_one_that_was_refused(
    world: World,
) -> None:
    council = authority(world)
    author = person(world, Role.ASSOCIATE)
    save_draft(world, author, "concern:1", {"text": ["Said"]})
    posted = world.for_post(new_id())
    with pytest.raises(Invalid):
        log_concern(posted, author, NewConcern((), Nature.SERVICE, "Said", "A call"), "concern:1")
    assert read_draft(world, author, "concern:1") is not None
    log_concern(posted, author, NewConcern((council,), Nature.SERVICE, "Said", "A call"), "concern:1")
    assert read_draft(world, author, "concern:1") is None
    with pytest.raises(AlreadyDone):
        draft_is_gone(posted, author)
    with pytest.raises(NotFound):
        draft_is_gone(world.for_post(new_id()), author)
