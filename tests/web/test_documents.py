"""The pages of documents: files arrive with the forms, are refused beside their field, and leave as files alone."""

import io
import tempfile
from random import Random
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select

from clearinghouse.access.roles import OPERATOR, Actor, Region, Role
from clearinghouse.casework.documents.showing import documents_page, source_documents
from clearinghouse.casework.drafts import my_drafts
from clearinghouse.casework.people.accounts import suspend
from clearinghouse.casework.world import World
from clearinghouse.records.cases import Concern
from clearinghouse.records.documents import CameWith, Document
from clearinghouse.web.documents import disposition
from tests.factories.authorities import authority
from tests.factories.cases import logged_case
from tests.factories.documents import EMAIL, PDF, document_on
from tests.factories.people import person
from tests.web.uploads import BOUNDARY, multipart, upload
from tests.web.visitors import Visitor, signed_in

SMALL = 1024 * 1024
LETTER = ("letter.pdf", PDF)
LONG = PDF[:9] + Random(2).randbytes(300_000) + PDF[9:]


@pytest.fixture
def council(sqlite_world: World) -> UUID:
    return authority(sqlite_world, "Midthorpe Council", Region.NORTH_EAST)


@pytest.fixture
def associate(sqlite_world: World) -> Actor:
    return person(sqlite_world, Role.ASSOCIATE)


@pytest.fixture
def case_id(sqlite_world: World, associate: Actor, council: UUID) -> UUID:
    return logged_case(sqlite_world, associate, council).case_id


@pytest.fixture
def visitor(site: Flask, sqlite_world: World, associate: Actor) -> Visitor:
    return signed_in(site, sqlite_world, associate)


def names(world: World, actor: Actor, case_id: UUID) -> list[str]:
    return [each.name for each in documents_page(world, actor, case_id).documents]


def test_a_document_is_added_listed_handed_out_as_a_file_and_removed(
    visitor: Visitor, case_id: UUID, sqlite_world: World, associate: Actor
) -> None:
    path = f"/cases/{case_id}/documents"
    assert 'enctype="multipart/form-data"' in visitor.get(f"{path}/new").text
    posted = {"came_with": "case", "about": "From the leader"}
    files = (("../Lett\u202eer é.pdf", LONG), ("mail.eml", EMAIL))
    assert upload(visitor, f"{path}/new", posted, *files).location == path
    shown = visitor.get(path).text
    for words in ("The document is added", "Letter é.pdf", "mail.eml", "PDF, 293 KB", "From the leader"):
        assert words in shown
    document = next(
        each for each in documents_page(sqlite_world, associate, case_id).documents if "pdf" in each.name
    )
    answer = visitor.get(f"{path}/{document.id}")
    assert answer.data == LONG
    assert answer.headers["Content-Type"] == "application/octet-stream"
    assert answer.headers["Content-Disposition"] == (
        "attachment; filename=\"Letter _.pdf\"; filename*=UTF-8''Letter%20%C3%A9.pdf"
    )
    assert answer.headers["Content-Length"] == str(len(LONG))
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Content-Security-Policy"].endswith("sandbox")
    removal = f"{path}/{document.id}/remove"
    assert visitor.post(removal, {"reason": ""}).status_code == 422
    assert visitor.post(removal, {"reason": "The wrong file"}).location == path
    shown = visitor.get(path).text
    assert "The wrong file" in shown
    assert "Letter é.pdf" not in shown
    assert visitor.get(f"{path}/{document.id}").status_code == 422


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ([], "Choose a file"),
        ([("page.pdf", b"<html><script>")], "Web pages and drawings in SVG are not taken"),
        ([("a.pdf", PDF), ("<b>x.exe", b"MZ\x90\0")], "&lt;b&gt;x.exe: This kind of file is not taken"),
        ([("a.pdf", PDF + bytes(SMALL))], "The file must be smaller than 1 MB"),
        ([("a.pdf", bytes(SMALL * 2 // 3))] * 2, "The files must be smaller than 1 MB together"),
        ([("empty.pdf", b"")], "The file is empty"),
        ([("a.pdf", PDF)] * 6, "Choose 5 files at most"),
    ],
)
def test_what_is_refused_is_said_beside_the_field_and_nothing_typed_is_lost(
    visitor: Visitor,
    case_id: UUID,
    sqlite_world: World,
    associate: Actor,
    files: list[tuple[str, bytes]],
    words: str,
) -> None:
    """Whoever typed for ten minutes and then chose a wrong file would have to type again."""
    object.__setattr__(visitor.site.extensions["clearinghouse.world"], "largest_file", SMALL)
    path = f"/cases/{case_id}/documents/new"
    answer = upload(visitor, path, {"came_with": "case", "about": "TYPED-WORDS"}, *files)
    assert answer.status_code == 422
    assert f'<a href="#files">{words}' in answer.text
    assert "TYPED-WORDS" in answer.text
    assert "TYPED-WORDS" in visitor.get(path).text
    assert not names(sqlite_world, associate, case_id)


def test_files_must_be_chosen_again_where_something_else_is_wrong(visitor: Visitor, case_id: UUID) -> None:
    """A letter that silently was not added is missed on the day on which it is needed."""
    for path, given in (
        (f"/cases/{case_id}/documents/new", {"came_with": ""}),
        (f"/cases/{case_id}/conversations/new", {"held": ""}),
        (f"/cases/{case_id}/conversations/new", {"more": "yes"}),
    ):
        assert "Choose the files again" in upload(visitor, path, given, LETTER).text


def test_what_comes_with_a_conversation_is_kept_with_it(
    visitor: Visitor, case_id: UUID, sqlite_world: World, associate: Actor
) -> None:
    talk = {
        "held": "attempted",
        "held_on": ["20", "11", "2026"],
        "capacities": ["chief_executive"],
    }
    path = f"/cases/{case_id}/conversations"
    assert upload(visitor, f"{path}/new", talk, ("reply.pdf", PDF)).location == path
    (shown,) = documents_page(sqlite_world, associate, case_id).documents
    assert (shown.name, shown.came_with) == ("reply.pdf", "Conversation of 20 November 2026")


@pytest.mark.parametrize("of_nobody", [False, True])
def test_what_came_with_a_concern_is_the_sources_unless_somebody_says_that_it_shows_nobody(
    visitor: Visitor, sqlite_world: World, council: UUID, of_nobody: bool
) -> None:
    """The email has the name of whoever wrote it at its head: a lead who reads it knows what they must not."""
    draft = visitor.post("/concerns/new").location.split("/")[2]
    begin = f"/concerns/{draft}"
    visitor.post(f"{begin}/authority?q=Midthorpe", {"authority": str(council)})
    answers: dict[str, dict[str, Any]] = {
        "nature": {"nature": "service"},
        "risk": {"risk": "no"},
        "said": {"text": "It was said."},
        "learned": {"how_known": "A letter", "noticed_on": ["20", "11", "2026"]},
        "source": {"source_name": "Jo Bright"},
    }
    for slug, answer in answers.items():
        visitor.post(f"{begin}/{slug}", answer)
    refused = upload(visitor, f"{begin}/check", {}, ("a.exe", b"MZ\0"))
    assert refused.status_code == 422
    assert "This kind of file is not taken" in refused.text
    tick = {"of_nobody": "y"} if of_nobody else {}
    logged = upload(visitor, f"{begin}/check", tick, ("mail.eml", EMAIL))
    case_id = UUID(logged.location[-36:])
    with sqlite_world.reading(OPERATOR) as work:
        query = select(Document.id, Document.came_with).where(Document.case_id == case_id)
        (document,) = work.session.execute(query).all()
        concern = work.session.scalars(select(Concern.id).where(Concern.case_id == case_id)).one()
    assert document.came_with is (CameWith.CONCERN if of_nobody else CameWith.SOURCE)
    lead = signed_in(visitor.site, sqlite_world, person(sqlite_world, Role.LEAD))
    assert ("mail.eml" in lead.get(f"/cases/{case_id}/documents").text) is of_nobody
    download = f"/cases/{case_id}/documents/{document.id}"
    assert lead.get(download).status_code == (200 if of_nobody else 404)
    assert lead.get(f"{download}/remove").status_code == (200 if of_nobody else 404)
    if not of_nobody:
        assert "mail.eml" not in visitor.get(f"/cases/{case_id}/documents").text
        assert "mail.eml" in visitor.post(f"/cases/{case_id}/source/{concern}").text
        assert source_documents(sqlite_world, visitor.actor, case_id, concern)[0].name == "mail.eml"  # type: ignore[arg-type]  # signed in
    assert not my_drafts(sqlite_world, visitor.actor, "concern:")  # type: ignore[arg-type]  # signed in


def test_who_may_not_read_the_case_gets_the_same_page_as_for_what_is_not_there(
    site: Flask, sqlite_world: World, associate: Actor, case_id: UUID, council: UUID
) -> None:
    document = document_on(sqlite_world, associate, case_id)
    others = (
        person(sqlite_world, Role.COORDINATOR, None),
        person(sqlite_world, Role.AUDIT_OFFICER, None),
        person(sqlite_world, Role.ADMINISTRATOR, None),
        person(sqlite_world, Role.ASSOCIATE),
        person(sqlite_world, Role.LEAD, walled_from=council),
    )
    for other in others:
        there = signed_in(site, sqlite_world, other)
        absent = there.get("/cases/018f0000-0000-7000-8000-000000000001/documents")
        for rest in ("", "/new", f"/{document}", f"/{document}/remove"):
            answer = there.get(f"/cases/{case_id}/documents{rest}")
            assert (answer.status_code, answer.data) == (404, absent.data)
        shown = there.get(f"/cases/{case_id}")
        assert "document" not in shown.text.lower().replace("document:", "") or shown.status_code == 404


def test_nothing_plain_lies_in_a_temporary_file_and_strangers_send_nothing_large(
    visitor: Visitor, stranger: Visitor, case_id: UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A letter in /tmp is in the next backup of the host; and whoever has no account could fill the disk."""
    written: list[bytes] = []
    real = tempfile.SpooledTemporaryFile

    class Watched(real):  # type: ignore[type-arg, valid-type, misc]  # a real one that is watched
        def write(self, some: bytes) -> int:
            written.append(bytes(some))
            return super().write(some)

    monkeypatch.setattr(tempfile, "SpooledTemporaryFile", Watched)
    text = b"Jo Bright wrote this. " * 60_000
    path = f"/cases/{case_id}/documents/new"
    upload(visitor, path, {"came_with": "case"}, ("a.txt", text))
    assert sum(len(each) for each in written) > len(text) - 70_000
    assert not any(b"Bright" in each for each in written)
    written.clear()
    for who, where, status in ((stranger, path, 302), (visitor, "/drafts/x", 413)):
        assert upload(who, where, {}, ("a.txt", text * 3), token=visitor.csrf_token()).status_code == status
    assert not written


def test_a_page_that_takes_no_files_is_not_broken_by_one(visitor: Visitor, case_id: UUID) -> None:
    answer = upload(visitor, f"/cases/{case_id}/follow-ups/new", {}, LETTER)
    assert answer.status_code in (200, 422)


@pytest.mark.parametrize("name", ['a"b.pdf', "a\r\nX: y.pdf", "a\\b.pdf", "é%41.pdf", "a;b.pdf"])
def test_no_name_adds_to_a_header(name: str) -> None:
    """A line break in a name would be a header of the attacker's own."""
    header = disposition(name)
    plain = header.split('filename="')[1].split('"; filename*')[0]
    assert plain.isascii()
    assert plain.isprintable()
    assert not set(plain) & set('"\\%')
    assert header.count('"') == 2
    assert "\r" not in header


def test_a_right_that_ends_while_a_document_arrives_adds_nothing(
    visitor: Visitor, case_id: UUID, sqlite_world: World, associate: Actor
) -> None:
    """A large file takes minutes: whoever is shut out meanwhile would still put something on the case."""
    admin = person(sqlite_world, Role.ADMINISTRATOR, None)
    person(sqlite_world, Role.ADMINISTRATOR, None)
    body = multipart({"csrf_token": visitor.csrf_token(), "came_with": "case"}, (("a.pdf", LONG),))

    class Trickle(io.BytesIO):
        def readinto(self, buffer: Any, /) -> int:
            if self.tell() > len(body) // 2 and not ended:
                ended.append(True)
                suspend(sqlite_world, admin, associate.person)
            return super().readinto(buffer)

    ended = list[bool]()
    answer = visitor.client.post(
        f"/cases/{case_id}/documents/new",
        input_stream=Trickle(body),
        content_length=len(body),
        content_type=f"multipart/form-data; boundary={BOUNDARY}",
    )
    assert ended
    assert answer.status_code == 302
    assert "/sign-in" in answer.location
    with sqlite_world.reading(OPERATOR) as work:
        assert not work.session.scalars(select(Document.id)).all()
