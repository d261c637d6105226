"""The pages of cases in a browser's hands: what they show to whom, what they keep, and what is not there."""

from collections.abc import Callable
from uuid import UUID, uuid4

import pytest
from flask import Flask
from sqlalchemy import select

from clearinghouse.access.decision import Membership
from clearinghouse.access.policy import POLICY
from clearinghouse.access.roles import Actor, Region, Role
from clearinghouse.casework.assignment import add_to_case
from clearinghouse.casework.cases import PAGE
from clearinghouse.casework.concerns import Logged
from clearinghouse.casework.duties.setting import NEEDED_FOR
from clearinghouse.casework.headers import case_header
from clearinghouse.casework.world import World
from clearinghouse.protocol.vocabulary import DutyKind, Standing
from clearinghouse.records.cases import Case, CaseMember
from clearinghouse.records.duties import Duty
from clearinghouse.web.cases import _WHERE
from tests.factories.authorities import authority
from tests.factories.cases import logged_case
from tests.factories.people import person
from tests.web.visitors import Visitor, signed_in

SignIn = Callable[..., Visitor]
SAID = "Thresholds in safeguarding are not understood."


def me(visitor: Visitor) -> Actor:
    """Who the visitor is signed in as."""
    assert visitor.actor
    return visitor.actor


@pytest.fixture
def council(sqlite_world: World) -> UUID:
    """Midthorpe."""
    return authority(sqlite_world)


@pytest.fixture
def case(sqlite_world: World, council: UUID) -> Logged:
    """A case of Midthorpe's."""
    return logged_case(sqlite_world, person(sqlite_world, Role.ASSOCIATE), council)


def test_to_outsiders_every_page_of_a_case_is_the_same_as_of_no_case(
    site: Flask, sqlite_world: World, signed_in_as: SignIn, council: UUID, case: Logged
) -> None:
    """Another region's associate, a walled-off lead and an administrator learn nothing, not even by a byte."""
    rests = ["", "/access", "/correct", "/people", "/close", "/reopen", "/triage", "/conversations", "/offer"]
    for outsider in (
        signed_in_as(Role.ASSOCIATE, Region.LONDON),
        signed_in_as(Role.LEAD, walled_from=council),
        signed_in_as(Role.ADMINISTRATOR, None),
    ):
        absent = outsider.get(f"/cases/{uuid4()}")
        assert absent.status_code == 404
        for rest in rests:
            for answer in (
                outsider.get(f"/cases/{case.case_id}{rest}"),
                outsider.get(f"/cases/{uuid4()}{rest}"),
            ):
                assert (answer.status_code, answer.text) == (404, absent.text), rest
        posted = outsider.post(f"/cases/{case.case_id}/source/{uuid4()}")
        assert (posted.status_code, posted.text) == (404, absent.text)
        for query in ("", f"?words={case.reference}", "?words=midthorpe&show=all"):
            assert str(case.case_id) not in outsider.get(f"/cases{query}").text


def test_the_page_tells_a_lead_what_is_next_and_a_coordinator_nothing_of_what_was_said(
    signed_in_as: SignIn, case: Logged
) -> None:
    lead, coordinator = signed_in_as(Role.LEAD), signed_in_as(Role.COORDINATOR, None)
    read, header = lead.get(f"/cases/{case.case_id}").text, coordinator.get(f"/cases/{case.case_id}").text
    for shown in (
        SAID,
        "What must happen next and by when",
        f"/cases/{case.case_id}/triage",
        "Who can see this case",
    ):
        assert shown in read
    assert case.reference in header
    assert "Triage the concern" in header
    for hidden in (
        SAID,
        "A telephone call",
        "History",
        "Who has opened it",
        "Show who raised it",
        "/correct",
    ):
        assert hidden not in header


def test_filters_stay_in_the_address_from_page_to_page(
    sqlite_world: World, site: Flask, council: UUID
) -> None:
    associate = person(sqlite_world, Role.ASSOCIATE)
    for _ in range(PAGE + 1):
        logged_case(sqlite_world, associate, council)
    visitor = signed_in(site, sqlite_world, associate)
    first = visitor.get("/cases?words=mid&nature=service&mine=1")
    assert "More than 25 cases" in first.text
    onward = first.text.split('rel="next"')[0].rsplit('href="', 1)[1].split('"')[0].replace("&amp;", "&")
    assert "words=mid&nature=service&mine=1" in onward
    second = visitor.get(onward)
    assert second.text.count(' data-label="Nature"') == 1
    assert 'rel="prev"' in second.text


@pytest.mark.parametrize(
    "query",
    ["?standing=nonsense&after=nonsense", "?before=2026-11-25.x", "?words=%00&show=", "?after=9999-99-99.1"],
)
def test_a_filter_that_makes_no_sense_is_left_out(signed_in_as: SignIn, case: Logged, query: str) -> None:
    page = signed_in_as(Role.LEAD).get(f"/cases{query}")
    assert (page.status_code, case.reference in page.text) == (200, True)


def test_an_empty_list_says_why_and_what_next(signed_in_as: SignIn) -> None:
    associate = signed_in_as(Role.ASSOCIATE)
    assert "A case begins when somebody logs a concern" in associate.get("/cases").text
    assert "Take something out of it" in associate.get("/cases?overdue=1").text


def test_who_raised_it_is_shown_by_a_post_to_who_logged_it_alone(
    sqlite_world: World, site: Flask, signed_in_as: SignIn, council: UUID
) -> None:
    associate = person(sqlite_world, Role.ASSOCIATE)
    case = logged_case(sqlite_world, associate, council, source_name="Jo Bright")
    own, lead = signed_in(site, sqlite_world, associate), signed_in_as(Role.LEAD)
    page = own.get(f"/cases/{case.case_id}").text
    action = page.split("/source/")[1].split('"')[0]
    address = f"/cases/{case.case_id}/source/{action}"
    assert own.get(address).status_code == 405
    assert own.client.post(address).status_code == 400
    assert "Jo Bright" in own.post(address).text
    assert lead.post(address).status_code == 404
    assert "Who raised it" in own.get(f"/cases/{case.case_id}/access").text


def test_a_correction_is_previewed_then_done_and_whoever_loses_sight_is_told_on_the_list(
    sqlite_world: World, signed_in_as: SignIn, council: UUID, case: Logged
) -> None:
    person(sqlite_world, Role.LEAD, Region.SOUTH_WEST, name="Heather Heir")
    right = authority(sqlite_world, "Oxtown Council", Region.SOUTH_WEST)
    lead = signed_in_as(Role.LEAD)
    address = f"/cases/{case.case_id}/correct"
    given = {"wrong": str(council), "words": "oxtown", "reason": "Two councils of like name.", "version": "2"}
    found = lead.post(address, given | {"step": "find"})
    assert "Oxtown Council" in found.text
    assert "Two councils of like name." in found.text
    unchosen = lead.post(address, given | {"step": "preview"})
    assert (unchosen.status_code, "Two councils of like name." in unchosen.text) == (422, True)
    assert "Find the right authority, then select it" in unchosen.text
    given["version"] = str(case_header(sqlite_world, me(lead), case.case_id).version)
    preview = lead.post(address, given | {"right": str(right), "step": "preview"})
    for shown in (
        "Heather Heir",
        "You will no longer be able to see this case",
        "Two councils of like name.",
    ):
        assert shown in preview.text
    done = lead.post(address, given | {"right": str(right), "step": "confirm"})
    assert (done.status_code, done.location) == (303, "/cases")
    after = lead.get("/cases").text
    assert "You can no longer see that case" in after
    assert case.reference not in after


CLOSING = {
    "outcome": "improved",
    "reason": "The plan is on course.",
    "learning": "Ring first.",
    "share": "yes",
    "good_practice": "One call was enough.",
}


def test_closing_keeps_what_was_typed_when_it_is_refused(
    sqlite_world: World, signed_in_as: SignIn, case: Logged
) -> None:
    lead = signed_in_as(Role.LEAD)
    address = f"/cases/{case.case_id}/close"
    assert "The case cannot be closed yet" in lead.get(address).text
    unanswered = lead.post(address, CLOSING | {"outcome": ""})
    assert (unanswered.status_code, "Select what it came to" in unanswered.text) == (422, True)
    too_early = lead.post(address, CLOSING)
    assert (too_early.status_code, "The plan is on course." in too_early.text) == (422, True)
    assert "This cannot be done now" in too_early.text
    with sqlite_world.database.writing() as session:
        session.get_one(Case, case.case_id).standing = Standing.TRIAGED
    assert "What is still owed on the case ends undone" in lead.get(address).text
    assert "The plan is on course." in lead.get(address).text, "what was typed is there again"
    learned = CLOSING | {"good_practice": "In Midthorpe one call was enough."}
    named = lead.post(address, learned)
    assert (named.status_code, "Leave out Midthorpe" in named.text) == (422, True)
    assert lead.post(address, learned | {"good_practice": "One call was enough."}).status_code == 303
    closed = lead.get(f"/cases/{case.case_id}").text
    for shown in ("The case is closed", "Ring first.", "One call was enough.", "Good practice, shared"):
        assert shown in closed
    assert lead.post(f"/cases/{case.case_id}/reopen", {"reason": "It came back."}).status_code == 303
    assert "It came back." in lead.get(f"/cases/{case.case_id}").text


def test_people_are_put_on_a_case_and_taken_off_it(
    sqlite_world: World, site: Flask, signed_in_as: SignIn, case: Logged
) -> None:
    colleague = person(sqlite_world, Role.ASSOCIATE, name="Carol Colleague")
    lead, address = signed_in_as(Role.LEAD), f"/cases/{case.case_id}/people"
    reader = signed_in(site, sqlite_world, colleague)
    assert lead.post(f"{address}/team", {"team": ""}).status_code == 422
    assert lead.post(f"{address}/team", {"team": str(uuid4())}).status_code == 422
    assert SAID not in reader.get(f"/cases/{case.case_id}").text
    assert lead.post(f"{address}/team", {"team": str(colleague.id)}).status_code == 303
    assert SAID in reader.get(f"/cases/{case.case_id}").text
    assert lead.post(f"{address}/end", {"person": str(colleague.id), "membership": "team"}).status_code == 303
    assert SAID not in reader.get(f"/cases/{case.case_id}").text
    assert lead.post(f"{address}/owner", {"owner": str(colleague.id)}).status_code == 303
    assert lead.post(f"{address}/custodian", {"custodian": str(colleague.id)}).status_code == 303
    assert "Carol Colleague" in lead.get(address).text
    assert lead.post(f"{address}/end", {"person": "x", "membership": "team"}).status_code == 404


def test_two_leads_who_change_the_same_case_do_not_overwrite_each_other(
    sqlite_world: World, signed_in_as: SignIn, case: Logged
) -> None:
    lead = signed_in_as(Role.LEAD)
    version = case_header(sqlite_world, me(lead), case.case_id).version
    other = person(sqlite_world, Role.LEAD)
    add_to_case(sqlite_world, other, case.case_id, version, other.person, Membership.TEAM)
    late = lead.post(
        f"/cases/{case.case_id}/people/team", {"team": str(me(lead).id), "version": str(version)}
    )
    assert (late.status_code, other.name in late.text) == (409, True)


def test_the_csv_is_sent_as_a_file_and_only_to_those_who_list_cases(
    signed_in_as: SignIn, case: Logged
) -> None:
    answer = signed_in_as(Role.LEAD).get("/cases.csv")
    assert case.reference in answer.text
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert answer.headers["Cache-Control"] == "no-store"
    assert signed_in_as(Role.ADMINISTRATOR, None).get("/cases.csv").status_code == 404


@pytest.mark.parametrize("kind", list(DutyKind))
def test_whoever_may_do_a_duty_finds_the_page_where_it_is_done(
    signed_in_as: SignIn, sqlite_world: World, case: Logged, kind: DutyKind
) -> None:
    """The case's main button would be missing for the very person who owes it."""
    (role, *_) = POLICY[NEEDED_FOR[kind]]
    visitor = signed_in_as(role)
    owner = visitor.actor
    assert owner
    with sqlite_world.database.writing() as session:
        duty = session.scalars(select(Duty)).one()
        duty.kind, duty.owner_id, duty.subject_id = kind, owner.person, duty.id
        session.add(
            CaseMember(
                case_id=case.case_id, user_id=owner.person, membership=Membership.TEAM, due_on=duty.due_on
            )
        )
    words, _ = _WHERE[kind]
    assert words in visitor.get(f"/cases/{case.case_id}").text
