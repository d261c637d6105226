"""The texts that search reads: kept true with what they are made of, and of no use to whoever has the database."""

from collections.abc import Callable
from uuid import UUID

import pytest
from sqlalchemy import delete, select, update

from clearinghouse.access.roles import OPERATOR, Role
from clearinghouse.casework.documents.keeping import remove_document
from clearinghouse.casework.search.building import build_search_texts
from clearinghouse.casework.search.looking import Patience
from clearinghouse.casework.verification import verify
from clearinghouse.casework.world import World
from clearinghouse.records.cases import Concern, Source
from clearinghouse.records.dialogue import Passage
from clearinghouse.records.documents import CameWith
from clearinghouse.records.keyring import keyring_of
from clearinghouse.records.peers import WarningAccepted
from clearinghouse.records.search_texts import Subject, lines_of, text_place
from clearinghouse.records.searched import TextKind
from clearinghouse.records.searches import SearchedCase, SearchText
from tests.factories.authorities import authority
from tests.factories.cases import logged_case, triaged_case
from tests.factories.documents import document_on
from tests.factories.people import person
from tests.search.conftest import search
from tests.search.test_search import talk

Find = Callable[..., set[UUID]]


def kept(world: World, case_id: UUID) -> dict[Subject, set[bytes]]:
    """The lines of the case's texts, opened."""
    with world.reading(OPERATOR) as work:
        return {
            (subject := Subject(row.case_id, row.subject_id, row.compartment)): set(
                keyring_of(work.session).open(text_place(row.id, subject), row.folded).split(b"\n")
            )
            for row in work.session.scalars(select(SearchText).where(SearchText.case_id == case_id))
        }


def made_anew(world: World, case_id: UUID) -> dict[Subject, set[bytes]]:
    """The lines that they should have."""
    with world.reading(OPERATOR) as work:
        return {subject: set(lines) for subject, lines in lines_of(work.session, [case_id]).items()}


def as_an_older_version_left_it(world: World) -> None:
    """A database of the second revision has neither texts nor cases that are known to have them."""
    with world.unit_of_work(OPERATOR) as work:
        work.session.execute(delete(SearchText))
        work.session.execute(delete(SearchedCase))


def test_every_change_keeps_the_texts_in_its_own_work(world: World, find: Find) -> None:
    """What was recorded a moment ago would be missed, and nobody would know."""
    lead = person(world, Role.LEAD)
    case_id = triaged_case(world, lead, authority(world))
    assert kept(world, case_id) == made_anew(world, case_id)
    talk(world, lead, case_id, "The first quokka.")
    talk(world, lead, case_id, "The second quokka.")
    assert kept(world, case_id) == made_anew(world, case_id)
    assert len(kept(world, case_id)) == 3  # the source's among them
    assert len(search(world, lead, "quokka").found[0].places) == 2


def test_a_value_that_is_changed_or_taken_out_takes_its_words_along(world: World, find: Find) -> None:
    lead = person(world, Role.LEAD)
    case_id = triaged_case(world, lead, authority(world))
    talk(world, lead, case_id, "The first quokka.")
    with world.unit_of_work(OPERATOR) as work:
        work.session.delete(work.session.scalars(select(Passage)).one())
    assert find(lead, "quokka") == set()
    assert kept(world, case_id) == made_anew(world, case_id)


def test_rows_are_not_deleted_behind_the_back_of_search(sqlite_world: World) -> None:
    with pytest.raises(TypeError, match="one by one"), sqlite_world.unit_of_work(OPERATOR) as work:
        work.session.execute(delete(WarningAccepted))


def test_what_an_older_version_left_is_found_before_the_clock_has_built_it_and_after(
    world: World, find: Find
) -> None:
    lead = person(world, Role.LEAD)
    old, older = (triaged_case(world, lead, authority(world)) for _ in range(2))
    talk(world, lead, old, "The quokka.")
    as_an_older_version_left_it(world)
    assert find(lead, "thresholds") == {old, older}
    assert find(lead, "jo bright", TextKind.SOURCE) == {old, older}
    talk(world, lead, old, "The zebracorn.")
    assert kept(world, old) == {}
    assert find(lead, "quokka zebracorn") == {old}
    assert (build_search_texts(world, 1), build_search_texts(world), build_search_texts(world)) == (1, 1, 0)
    assert kept(world, old) == made_anew(world, old) != {}
    assert find(lead, "quokka zebracorn") == {old}


def test_texts_of_another_folding_are_not_believed(world: World, find: Find) -> None:
    """After an upgrade a word would be looked for in a form in which the older texts do not hold it."""
    lead = person(world, Role.LEAD)
    case_id = triaged_case(world, lead, authority(world))
    with world.unit_of_work(OPERATOR) as work:
        work.session.execute(update(SearchedCase).values(folding="0/1"))
        work.session.execute(update(SearchText).values(folded=b""))
    assert find(lead, "thresholds") == {case_id}
    assert build_search_texts(world) == 1
    assert verify(world).faults == ()


def test_a_text_that_was_damaged_makes_search_miss_nothing(world: World, find: Find) -> None:
    """Whoever can write to the database would hide a case from search, or keep everybody from searching and writing."""
    lead = person(world, Role.LEAD)
    case_id = triaged_case(world, lead, authority(world))
    talk(world, lead, case_id, "The first quokka.")
    for damage in (b"", b"\x01\x01" + bytes(80)):
        with world.unit_of_work(OPERATOR) as work:
            work.session.execute(update(SearchText).values(folded=damage))
        assert find(lead, "thresholds") == {case_id}
        talk(world, lead, case_id, "The second, a wombat.")
        assert find(lead, "thresholds quokka wombat") == {case_id}
        assert "does not open" in str(verify(world).faults)


def test_verification_finds_texts_that_were_tampered_with(world: World) -> None:
    """Somebody who can write to the database would hide a line from every search."""
    lead = person(world, Role.LEAD)
    case_id = triaged_case(world, lead, authority(world))
    talk(world, lead, case_id, "The first quokka.")
    earlier = folded(world)
    talk(world, lead, case_id, "The second quokka.")
    now = folded(world)
    assert verify(world).faults == ()
    for put, words in (
        (now[:-1] + bytes([now[-1] ^ 1]), "does not open"),
        (earlier, "says something else than the conversations"),
        (None, "is not there any more"),
    ):
        mine = SearchText.compartment == "conversations"
        change = delete(SearchText).where(mine) if put is None else update(SearchText).where(mine)
        with world.unit_of_work(OPERATOR) as work:
            work.session.execute(change if put is None else change.values(folded=put))  # type: ignore[union-attr]  # as found
        (fault,) = verify(world).faults
        assert words in fault.words


def folded(world: World) -> bytes:
    """The sealed text of the conversations, as it lies there."""
    with world.reading(OPERATOR) as work:
        query = select(SearchText.folded).where(SearchText.compartment == "conversations")
        return work.session.scalars(query).one()


def test_a_copy_of_the_database_shows_no_word_that_is_searched_or_searched_for(sqlite_world: World) -> None:
    """Neither as it was typed nor folded; and of a text's length no more than its bucket."""
    world, lead = sqlite_world, person(sqlite_world, Role.LEAD)
    case_id = logged_case(world, lead, authority(world), text="Zebracorn QUOKKA", source_name="Wren").case_id
    talk(world, lead, case_id, "Axolotl " * 40)
    search(world, lead, "quokka axolotl", TextKind.CONCERN, TextKind.CONVERSATIONS)
    world.database.close()
    home = world.log_key_file.parent
    stored = b"".join(path.read_bytes() for path in home.rglob("*") if path.is_file())
    for word in (b"zebracorn", b"quokka", b"axolotl", b"wren"):
        assert word not in stored.lower()
    with world.reading(OPERATOR) as work:
        lengths = {len(row.folded) - 18 - 12 - 16 for row in work.session.scalars(select(SearchText))}
    assert all(length in (64, 128, 256, 512, 1024, 2048, 4096) for length in lengths)


def test_no_more_is_opened_than_the_person_may_read(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """How long a search takes would tell how much there is that one may not see."""

    associate, lead = person(world, Role.ASSOCIATE), person(world, Role.LEAD)
    council = authority(world)
    logged_case(world, associate, council)
    opened: list[int] = []
    monkeypatch.setattr(Patience, "spend", lambda _self, size: opened.append(size))

    def work_done() -> list[int]:
        opened.clear()
        search(world, associate, "thresholds")
        return list(opened)

    before = work_done()
    for _ in range(3):
        talk(world, lead, triaged_case(world, lead, council), "Something that the associate may not read.")
    assert work_done() == before


def test_a_source_that_is_gone_is_gone_from_search(world: World, find: Find) -> None:
    from clearinghouse.records.keyring import destroy_key

    associate = person(world, Role.ASSOCIATE)
    case_id = logged_case(world, associate, authority(world), source_name="Wren Yellowhammer").case_id
    assert find(associate, "yellowhammer", TextKind.SOURCE) == {case_id}
    with world.unit_of_work(OPERATOR) as work:
        source = work.session.scalars(select(Source.id).join(Concern).where(Concern.case_id == case_id)).one()
        destroy_key(work.session, source, "source", at=work.now)
    assert find(associate, "yellowhammer", TextKind.SOURCE) == set()
    assert find(associate, "thresholds") == {case_id}
    as_an_older_version_left_it(world)
    assert build_search_texts(world) == 1
    assert find(associate, "thresholds") == {case_id}


def test_a_document_is_found_by_its_name_and_a_sources_only_as_the_source_is(
    world: World, find: Find
) -> None:
    """What a source brought is called after them often enough."""
    associate, lead = person(world, Role.ASSOCIATE), person(world, Role.LEAD)
    case_id = logged_case(world, associate, authority(world)).case_id
    with world.reading(OPERATOR) as work:
        concern = work.session.scalars(select(Concern.id).where(Concern.case_id == case_id)).one()
    plain = document_on(world, associate, case_id, name="Quokka minutes.pdf")
    document_on(
        world, associate, case_id, came_with=CameWith.SOURCE, thing_id=concern, name="Yellowhammer.pdf"
    )
    assert find(lead, "quokka minutes") == find(associate, "quokka", TextKind.DOCUMENTS) == {case_id}
    assert find(associate, "yellowhammer") == find(associate, "yellowhammer", TextKind.DOCUMENTS) == set()
    assert find(associate, "yellowhammer", TextKind.SOURCE) == {case_id}
    assert find(lead, "yellowhammer", TextKind.SOURCE) == set()
    assert kept(world, case_id) == made_anew(world, case_id)
    remove_document(world, associate, case_id, plain, "It was the wrong axolotl.")
    assert find(lead, "quokka") == set()
    assert find(lead, "axolotl") == {case_id}
    assert verify(world).faults == ()
