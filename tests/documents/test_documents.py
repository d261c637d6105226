"""Documents on a case: they come back whole, to those alone who may read what they came with, and verify."""

from collections.abc import Callable
from random import Random
from uuid import UUID, uuid4

import pytest
from sqlalchemy import delete, select, text, update
from sqlalchemy.orm import Session

from clearinghouse.access.decision import Membership
from clearinghouse.access.roles import OPERATOR, Actor, Region, Role
from clearinghouse.casework.assignment import add_to_case
from clearinghouse.casework.cases import case_page
from clearinghouse.casework.documents import keeping
from clearinghouse.casework.documents.keeping import remove_document
from clearinghouse.casework.documents.showing import (
    ShownDocument,
    document_to_remove,
    documents_page,
    download_document,
    source_documents,
    things_to_choose,
)
from clearinghouse.casework.errors import Invalid, NotFound, Refused
from clearinghouse.casework.verification import verify
from clearinghouse.casework.world import World
from clearinghouse.records import ledger
from clearinghouse.records.cases import Concern
from clearinghouse.records.documents import CHUNK, CameWith, Document, DocumentChunk
from clearinghouse.records.events import Event
from clearinghouse.vault.errors import SealBroken
from tests.factories.authorities import authority
from tests.factories.cases import logged_case
from tests.factories.documents import PDF, document_on
from tests.factories.people import person

LONG = PDF[:9] + Random(1).randbytes(3 * CHUNK) + PDF[9:]


@pytest.fixture
def council(world: World) -> UUID:
    return authority(world, "Midthorpe Council", Region.NORTH_EAST)


@pytest.fixture
def associate(world: World) -> Actor:
    return person(world, Role.ASSOCIATE)


@pytest.fixture
def lead(world: World) -> Actor:
    return person(world, Role.LEAD)


@pytest.fixture
def case_id(world: World, associate: Actor, council: UUID) -> UUID:
    return logged_case(world, associate, council).case_id


def concern_of(world: World, case_id: UUID) -> UUID:
    with world.reading(OPERATOR) as work:
        return work.session.scalars(select(Concern.id).where(Concern.case_id == case_id)).one()


def whole(world: World, actor: Actor, case_id: UUID, document_id: UUID) -> bytes:
    return b"".join(download_document(world, actor, case_id, document_id).chunks)


def listed(world: World, actor: Actor, case_id: UUID) -> tuple[ShownDocument, ...]:
    return documents_page(world, actor, case_id).documents


def events(world: World, case_id: UUID) -> list[Event]:
    with world.reading(OPERATOR) as work:
        return [entry.type for entry in ledger.entries(work.session, case_id)]


def test_a_document_comes_back_whole_and_each_step_is_in_the_ledger(
    world: World, associate: Actor, lead: Actor, case_id: UUID
) -> None:
    """A letter with a page missing, or one that nobody knows was read, is worse than none."""
    document = document_on(
        world, associate, case_id, name="../Letter.PDF", content=LONG, about="From the leader"
    )
    (shown,) = listed(world, lead, case_id)
    assert (shown.name, shown.kind, shown.about, shown.size) == (
        "Letter.pdf",
        "PDF",
        "From the leader",
        len(LONG),
    )
    found = download_document(world, lead, case_id, document)
    assert (found.name, found.size) == ("Letter.pdf", len(LONG))
    assert b"".join(found.chunks) == LONG
    assert events(world, case_id)[:3] == [Event.DOCUMENT_DOWNLOADED, Event.CASE_OPENED, Event.CASE_OPENED]
    assert Event.DOCUMENT_ADDED in events(world, case_id)
    assert "Document added" in [
        entry.words for entry in case_page(world, lead, case_id).reading.history.entries
    ]
    report = verify(world)
    assert not report.faults
    assert report.sealed_values > 4


def test_adding_makes_nobodys_form_stale(world: World, associate: Actor, case_id: UUID) -> None:
    """A lead who is typing the minutes would be told that somebody changed the case, for a letter."""
    before = case_page(world, associate, case_id).header.version
    document_on(world, associate, case_id)
    assert case_page(world, associate, case_id).header.version == before


def outsiders(world: World, council: UUID) -> dict[str, Actor]:
    return {
        "a colleague off the case": person(world, Role.ASSOCIATE),
        "a RIEP officer off the case": person(world, Role.RIEP_OFFICER),
        "another region's lead": person(world, Role.LEAD, Region.LONDON),
        "a walled lead": person(world, Role.LEAD, walled_from=council),
        "a peer coordinator": person(world, Role.COORDINATOR, None),
        "an administrator": person(world, Role.ADMINISTRATOR, None),
        "an audit officer": person(world, Role.AUDIT_OFFICER, None),
    }


def is_not_there(attempt: Callable[[], object]) -> bool:
    try:
        attempt()
    except NotFound:
        return True
    return False


def test_who_may_not_read_the_case_finds_no_document_not_even_how_many(
    world: World, associate: Actor, case_id: UUID, council: UUID
) -> None:
    """The file's name alone, or that a letter came on that day, tells a curious colleague what it is about."""
    document = document_on(world, associate, case_id)
    for who, actor in outsiders(world, council).items():
        tries: list[Callable[[], object]] = [
            lambda actor=actor: documents_page(world, actor, case_id),  # type: ignore[misc]  # bound now
            lambda actor=actor: whole(world, actor, case_id, document),  # type: ignore[misc]  # bound now
            lambda actor=actor: remove_document(world, actor, case_id, document, "x"),  # type: ignore[misc]  # now
            lambda actor=actor: document_to_remove(world, actor, case_id, document),  # type: ignore[misc]  # now
            lambda actor=actor: things_to_choose(world, actor, case_id),  # type: ignore[misc]  # bound now
            lambda actor=actor: document_on(world, actor, case_id),  # type: ignore[misc]  # bound now
        ]
        for attempt in tries:
            assert is_not_there(attempt), who


def test_a_document_is_not_reached_by_way_of_another_case(
    world: World, associate: Actor, case_id: UUID
) -> None:
    """Whoever reads some case could read every document by its key."""
    elsewhere = person(world, Role.ASSOCIATE, Region.LONDON)
    other = logged_case(world, elsewhere, authority(world, "Eastmarsh Council", Region.LONDON)).case_id
    document = document_on(world, associate, case_id)
    for attempt in (whole, document_to_remove):
        with pytest.raises(NotFound):
            attempt(world, elsewhere, other, document)


def test_a_document_of_the_source_is_there_for_those_alone_who_may_know_the_source(
    world: World, associate: Actor, lead: Actor, case_id: UUID
) -> None:
    """The letter has the name of whoever wrote it at its foot."""
    concern = concern_of(world, case_id)
    before = case_page(world, lead, case_id).reading.history
    document = document_on(world, associate, case_id, CameWith.SOURCE, concern)
    assert case_page(world, lead, case_id).reading.history == before
    for who in (lead, associate):
        assert not listed(world, who, case_id)
    assert documents_page(world, associate, case_id).concerns == (concern,)
    assert documents_page(world, lead, case_id).concerns == ()
    assert all(each.came_with is not CameWith.SOURCE for each in things_to_choose(world, lead, case_id)[1])
    for attempt in (
        lambda: whole(world, lead, case_id, document),
        lambda: source_documents(world, lead, case_id, concern),
        lambda: remove_document(world, lead, case_id, document, "Wrong"),
        lambda: document_on(world, lead, case_id, CameWith.SOURCE, concern),
    ):
        with pytest.raises(NotFound):
            attempt()
    (shown,) = source_documents(world, associate, case_id, concern)
    assert shown.name == "letter.pdf"
    assert whole(world, associate, case_id, document) == PDF
    assert events(world, case_id)[:2] == [Event.SOURCE_DOCUMENT_DOWNLOADED, Event.SOURCE_OPENED]
    custodian = person(world, Role.LEAD)
    add_to_case(world, lead, case_id, None, custodian.person, Membership.CUSTODIAN)
    assert whole(world, custodian, case_id, document) == PDF
    assert not verify(world).faults


def test_how_many_a_case_holds_says_nothing_of_those_of_the_source(
    world: World, monkeypatch: pytest.MonkeyPatch, associate: Actor, lead: Actor, case_id: UUID
) -> None:
    """A lead who adds until no more is taken would count what they do not see."""
    monkeypatch.setattr(keeping, "MOST_ON_A_CASE", 2)
    concern = concern_of(world, case_id)
    for _ in range(2):
        document_on(world, associate, case_id, came_with=CameWith.SOURCE, thing_id=concern)
        document_on(world, lead, case_id)
    for who, thing in ((associate, (CameWith.SOURCE, concern)), (lead, (CameWith.CASE, None))):
        with pytest.raises(Refused, match="holds 2 documents"):
            document_on(world, who, case_id, came_with=thing[0], thing_id=thing[1])


def test_it_can_come_only_with_what_is_on_the_case(world: World, associate: Actor, case_id: UUID) -> None:
    for came_with, thing in (
        (CameWith.CONCERN, uuid4()),
        (CameWith.MEETING, uuid4()),
        (CameWith.CASE, uuid4()),
        (CameWith.SOURCE, None),
    ):
        with pytest.raises(NotFound):
            document_on(world, associate, case_id, came_with, thing)


def test_a_wrong_file_is_removed_by_who_added_it_or_a_lead_and_nothing_of_it_is_left(
    world: World, associate: Actor, lead: Actor, case_id: UUID, council: UUID
) -> None:
    """A letter about another family, added by mistake, must not stay; that it was there must."""
    other = person(world, Role.ASSOCIATE)
    add_to_case(world, lead, case_id, None, other.person, Membership.TEAM)
    first, second = (document_on(world, associate, case_id, content=LONG) for _ in range(2))
    with pytest.raises(NotFound):
        remove_document(world, other, case_id, first, "Not mine")
    with pytest.raises(Invalid):
        remove_document(world, associate, case_id, first, "")
    remove_document(world, associate, case_id, first, "It is about another family")
    remove_document(world, lead, case_id, second, "Twice the same")
    for shown in listed(world, other, case_id):
        assert (shown.name, shown.size, shown.is_there, shown.may_remove) == ("", 0, False, False)
        assert shown.removed_by
    assert [each.reason for each in listed(world, other, case_id)] == [
        "Twice the same",
        "It is about another family",
    ]
    for again in (
        lambda: whole(world, lead, case_id, first),
        lambda: remove_document(world, lead, case_id, first, "Again"),
        lambda: document_to_remove(world, lead, case_id, first),
    ):
        with pytest.raises(Refused):
            again()
    with world.reading(OPERATOR) as work:
        assert not work.session.scalars(select(DocumentChunk.number)).all()
    assert Event.DOCUMENT_REMOVED in events(world, case_id)
    assert not verify(world).faults


def test_what_is_removed_while_it_is_downloaded_ends_in_the_middle(
    world: World, associate: Actor, case_id: UUID
) -> None:
    """What was said to be erased would go on leaving the building."""
    document = document_on(world, associate, case_id, content=LONG)
    chunks = download_document(world, associate, case_id, document).chunks
    assert next(chunks) == LONG[:CHUNK]
    remove_document(world, associate, case_id, document, "Wrong file")
    with pytest.raises(SealBroken):
        next(chunks)


Rows = dict[tuple[UUID, int], bytes]


def put(session: Session, document: UUID, number: int, content: bytes) -> None:
    here = (DocumentChunk.document_id == document, DocumentChunk.number == number)
    session.execute(update(DocumentChunk).where(*here).values(content=content))


def take(session: Session, document: UUID, *numbers: int) -> None:
    here = (DocumentChunk.document_id == document, DocumentChunk.number.in_(numbers))
    session.execute(delete(DocumentChunk).where(*here))


def drop_the_middle(session: Session, kept: Rows, one: UUID, _: UUID) -> None:
    take(session, one, 1)
    for number in (2, 3):
        here = (DocumentChunk.document_id == one, DocumentChunk.number == number)
        session.execute(update(DocumentChunk).where(*here).values(number=number - 1))


def swap(session: Session, kept: Rows, one: UUID, _: UUID) -> None:
    put(session, one, 1, kept[one, 2])
    put(session, one, 2, kept[one, 1])


def delete_all(session: Session, kept: Rows, one: UUID, _: UUID) -> None:
    take(session, one, *range(4))
    session.execute(delete(Document).where(Document.id == one))


def swap_heads(session: Session, kept: Rows, one: UUID, two: UUID) -> None:
    other = select(Document.head).where(Document.id == two).scalar_subquery()
    session.execute(update(Document).where(Document.id == one).values(head=other))


TAMPERINGS: dict[str, Callable[[Session, Rows, UUID, UUID], object]] = {
    "flip": lambda session, kept, one, _: put(session, one, 1, kept[one, 1][:-1] + b"\0"),
    "swap": swap,
    "truncate": lambda session, kept, one, _: take(session, one, 3),
    "extend": lambda session, kept, one, _: session.add(
        DocumentChunk(document_id=one, number=4, content=kept[one, 3])
    ),
    "drop the middle": drop_the_middle,
    "swap between documents": lambda session, kept, one, two: put(session, one, 0, kept[two, 0]),
    "swap heads": swap_heads,
    "delete all": delete_all,
    "move to another compartment": lambda session, kept, one, _: session.execute(
        update(Document).where(Document.id == one).values(compartment="meetings")
    ),
}


def test_whoever_writes_to_the_database_is_found_and_gets_nothing_opened(
    world: World, associate: Actor, case_id: UUID
) -> None:
    """A letter whose last page was cut off, or one put in the place of another, reads as if it were true."""
    two = document_on(world, associate, case_id, content=LONG)
    tried = {how: document_on(world, associate, case_id, content=LONG) for how in TAMPERINGS}
    with world.database.writing() as session:
        kept = chunks_of(session)
        for how, one in tried.items():
            TAMPERINGS[how](session, kept, one, two)
    faults = [f"{fault.where}: {fault.words}" for fault in verify(world).faults]
    for how, one in tried.items():
        assert [fault for fault in faults if str(one) in fault], how
        if how != "extend":  # the head says how many there are, and that many are read
            assert is_broken(lambda one=one: whole(world, associate, case_id, one)), how  # type: ignore[misc]  # bound now
    assert not [fault for fault in faults if str(two) in fault]
    assert whole(world, associate, case_id, two) == LONG


def is_broken(attempt: Callable[[], object]) -> bool:
    try:
        attempt()
    except (SealBroken, NotFound):
        return True
    return False


def chunks_of(session: Session) -> Rows:
    return {
        (row.document_id, row.number): row.content
        for row in session.execute(
            select(DocumentChunk.document_id, DocumentChunk.number, DocumentChunk.content)
        )
    }


@pytest.mark.parametrize("with_head", [True, False])
def test_what_was_removed_cannot_be_put_back_unseen(
    world: World, associate: Actor, case_id: UUID, with_head: bool
) -> None:
    """Somebody with an old copy of the database could bring back what was erased, or make it look as if it were."""
    one = document_on(world, associate, case_id, content=LONG)
    with world.database.reading() as session:
        kept, head = chunks_of(session), session.get_one(Document, one).head
    remove_document(world, associate, case_id, one, "Wrong file")
    with world.database.writing() as session:
        session.add_all(
            DocumentChunk(document_id=one, number=number, content=kept[one, number]) for number in range(4)
        )
        if with_head:
            session.execute(update(Document).where(Document.id == one).values(head=head))
    expected = "an earlier document was put back" if with_head else "it had 0 chunks, and more are there"
    assert expected in [fault.words for fault in verify(world).faults if str(one) in fault.where]


def test_nonsense_in_a_document_is_a_fault_and_no_exception(
    world: World, associate: Actor, case_id: UUID
) -> None:
    """Verification that stops at the first odd row finds nothing behind it."""
    document_on(world, associate, case_id)
    with world.database.writing() as session:
        session.execute(text("UPDATE documents SET compartment = 'attic'"))
    assert verify(world).faults
    with world.database.writing() as session:
        session.execute(text("UPDATE documents SET head = NULL"))
    assert "the document is not one" in [fault.words for fault in verify(world).faults]
