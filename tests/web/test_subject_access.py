"""The pages of a request: taken in, looked for, marked, approved by another, printed and handed over."""

import re
from collections.abc import Callable
from uuid import UUID

from sqlalchemy import select

from clearinghouse.access.roles import OPERATOR, Actor, Region, Role
from clearinghouse.casework.dialogue.conversations import NewConversation, NewPassage, record_conversation
from clearinghouse.casework.subject_access.redacting import MARK
from clearinghouse.casework.world import World
from clearinghouse.protocol.vocabulary import Capacity
from clearinghouse.records.subject_access import SubjectPart, SubjectRequest
from tests.factories.authorities import authority
from tests.factories.cases import logged_case
from tests.factories.people import person
from tests.factories.subject_access import NAME
from tests.web.visitors import Visitor

Enter = Callable[..., Visitor]
SAID = f"{NAME} met Tim Zabel. ZABEL&rsquo;s <b>view</b> is known; tim  zabel left."
DAY = ["23", "11", "2026"]
FORM = {
    "name": NAME,
    "other_names": "Okell\nCllr Okell",
    "contact": "7 Mill Lane",
    "asked_on": DAY,
    "identity": "Passport",
    "identified_on": DAY,
    "regions": [Region.NORTH_EAST.value],
}


def ids(world: World) -> tuple[UUID, UUID]:
    with world.reading(OPERATOR) as work:
        return (
            work.session.scalars(select(SubjectRequest.id)).one(),
            work.session.scalars(select(SubjectPart.id)).one(),
        )


def talked(world: World) -> None:
    lead: Actor = person(world, Role.LEAD)
    case_id = logged_case(world, person(world, Role.ASSOCIATE), authority(world)).case_id
    told = NewConversation(world.today, True, frozenset({Capacity.LEADER}), "The leader", (NewPassage(SAID),))
    record_conversation(world, lead, case_id, None, told)


def version(page: str) -> str:
    found = re.search(r'name="version" value="(\d+)"', page)
    assert found
    return found[1]


def test_the_whole_road_by_its_pages_and_nothing_that_was_blacked_out_in_its_bytes(
    sqlite_world: World, signed_in_as: Enter
) -> None:
    """A word behind a black bar that is still in the page's source, or in the file, has gone out."""
    talked(sqlite_world)
    first, second, third = (signed_in_as(Role.LEAD) for _ in range(3))
    assert first.post("/subject-access/new", FORM).status_code == 303
    request_id, part_id = ids(sqlite_world)
    part = f"/subject-access/parts/{part_id}"
    listed = second.get("/subject-access").text
    assert "SA-" in listed
    assert "Okell" not in listed
    assert "SA-" in second.get("/agenda").text
    shown = first.get(f"/subject-access/{request_id}").text
    assert "Cllr Okell" in shown
    assert first.post(f"{part}/take", {"version": version(first.get(part).text)}).status_code == 303
    form = first.get(f"{part}/passages/0").text
    assert "Tim Zabel" in form
    assert second.get(f"{part}/passages/0").status_code == 404
    given = {"version": version(form), "mark": "include", "black_out": "Tim Zabel\nZabels"}
    wrong = first.post(f"{part}/passages/0", given)
    assert wrong.status_code == 422
    assert "Zabels” does not stand in the text" in wrong.text
    assert "checked" in wrong.text
    assert first.post(f"{part}/passages/0", {**given, "black_out": "Tim Zabel\nZabel"}).location == part
    page = first.get(part).text
    assert "Still named" not in page
    assert first.post(f"{part}/present", {"version": version(page)}).status_code == 303
    page = second.get(part).text
    assert "Approve exactly this" in page
    assert first.post(f"{part}/approve", {"version": version(page)}).status_code == 422
    assert second.post(f"{part}/approve", {}).status_code == 409
    assert second.post(f"{part}/approve", {"version": version(page)}).status_code == 303
    printed = first.post(f"{part}/answer", {"form": "page"})
    text = second.post(f"{part}/answer", {"form": "text"})
    assert text.mimetype == "text/plain"
    for answer in (printed, text):
        assert answer.status_code == 200
        assert MARK in answer.text
        assert "zabel" not in answer.text.lower()
        assert "CH-" not in answer.text
    assert third.post(f"{part}/answer", {"form": "text"}).status_code == 404
    assert third.get(f"{part}/handed-over").status_code == 404
    form = first.get(f"{part}/handed-over").text
    assert first.post(f"{part}/handed-over", {"version": version(form)}).status_code == 422
    handed = {"version": version(form), "how": "post", "on": DAY}
    assert first.post(f"{part}/handed-over", handed).status_code == 303
    assert first.post(f"{part}/answer", {"form": "text"}).status_code == 404
    assert "Answered" in second.get("/subject-access").text


def test_what_was_typed_stays_where_something_is_wrong(sqlite_world: World, signed_in_as: Enter) -> None:
    """A form that forgets is filled in hastily the second time."""
    lead = signed_in_as(Role.LEAD)
    wrong = lead.post("/subject-access/new", {**FORM, "other_names": "MO", "contact": "canary lane"})
    assert wrong.status_code == 422
    assert "too short to look for" in wrong.text
    assert "canary lane" in wrong.text
    assert "canary lane" in lead.get("/subject-access/new").text
    empty = lead.post("/subject-access/new", {})
    for words in (
        "the name of whoever asks",
        "how we reach them",
        "the day on which they asked",
        "where we look",
    ):
        assert words in empty.text, words


def test_days_and_ends_have_pages(sqlite_world: World, signed_in_as: Enter) -> None:
    lead = signed_in_as(Role.LEAD)
    lead.post("/subject-access/new", {**FORM, "identity": "", "identified_on": ["", "", ""]})
    request_id, _ = ids(sqlite_world)
    here = f"/subject-access/{request_id}"
    assert "Nothing is approved before" in lead.get(here).text
    seen = {"version": version(lead.get(f"{here}/identity").text)}
    assert lead.post(f"{here}/identity", {**seen, "identity": "Passport", "on": DAY}).status_code == 303
    assert lead.post(f"{here}/extend", {**seen, "reason": "Much."}).status_code == 409
    seen = {"version": version(lead.get(f"{here}/extend").text)}
    assert lead.post(f"{here}/extend", {**seen, "reason": "Much."}).status_code == 303
    assert "23 February 2027, extended" in lead.get(here).text
    seen = {"version": version(lead.get(f"{here}/end").text)}
    assert lead.post(f"{here}/end", {**seen, "how": "unfounded", "reason": "Again."}).status_code == 303
    assert "Refused" in lead.get(here).text
    assert lead.post(f"{here}/end", {"how": "mistake", "reason": "x"}).status_code == 422


def test_who_holds_another_role_finds_none_of_it(sqlite_world: World, signed_in_as: Enter) -> None:
    """Even that somebody asked is nobody's matter but the leads'."""
    talked(sqlite_world)
    lead = signed_in_as(Role.LEAD)
    lead.post("/subject-access/new", FORM)
    request_id, part_id = ids(sqlite_world)
    for role in (Role.ADMINISTRATOR, Role.AUDIT_OFFICER, Role.REGULATOR, Role.POLITICAL_LEAD):
        other = signed_in_as(role, None)
        for path in ("/subject-access", "/subject-access/new", f"/subject-access/{request_id}"):
            assert other.get(path).status_code == 404
        assert other.get(f"/subject-access/parts/{part_id}").status_code == 404
    for role in (Role.ASSOCIATE, Role.RIEP_OFFICER, Role.COORDINATOR):
        other = signed_in_as(role)
        assert "Nothing waits for you" in other.get("/subject-access").text
        assert other.get(f"/subject-access/{request_id}").status_code == 404
        assert other.get(f"/subject-access/parts/{part_id}").status_code == 404
        assert "SA-" not in other.get("/agenda").text
