"""The pages of follow-ups and the agenda: what is typed stays, dates that move say so, outsiders find nothing."""

from collections.abc import Callable
from datetime import date
from uuid import UUID

import pytest
from flask import Flask

from clearinghouse.access.roles import Region, Role
from clearinghouse.casework.duties.followups import schedule_followup
from clearinghouse.casework.escalation.risk import NewRiskReferral, refer_at_once
from clearinghouse.casework.headers import case_header
from clearinghouse.casework.world import World
from clearinghouse.protocol.vocabulary import Body
from tests.factories.authorities import authority
from tests.factories.cases import logged_case
from tests.factories.people import person
from tests.web.visitors import Visitor, signed_in

SignIn = Callable[..., Visitor]


@pytest.fixture
def associate(site: Flask, sqlite_world: World) -> Visitor:
    return signed_in(site, sqlite_world, person(sqlite_world, Role.ASSOCIATE))


@pytest.fixture
def case_id(sqlite_world: World, associate: Visitor) -> UUID:
    assert associate.actor
    return logged_case(sqlite_world, associate.actor, authority(sqlite_world)).case_id


def _form(
    visitor: Visitor, world: World, case_id: UUID, day: tuple[str, str, str], **more: str
) -> dict[str, object]:
    assert visitor.actor
    return {
        "version": str(case_header(world, visitor.actor, case_id).version),
        "kind": "follow_up",
        "due_on": list(day),
        "owner": str(visitor.actor.id),
        "note": "Ring the chief executive again.",
        **more,
    }


def _scheduled(world: World, visitor: Visitor, case_id: UUID, day: date = date(2026, 12, 4)) -> str:
    assert visitor.actor
    done = schedule_followup(world, visitor.actor, case_id, None, day, "Ring the chief executive again.")
    return f"/cases/{case_id}/duties/{done.duty_id}"


def test_a_follow_up_on_boxing_day_is_scheduled_and_the_page_says_where_it_moved(
    sqlite_world: World, associate: Visitor, case_id: UUID
) -> None:
    form = _form(associate, sqlite_world, case_id, ("26", "12", "2026"))
    answer = associate.post(f"/cases/{case_id}/follow-ups/new", form)
    assert answer.status_code == 303
    shown = associate.get(answer.location).text
    assert "moved to the next working day" in shown
    assert "Moved from Saturday 26 December 2026" in shown
    assert "Tuesday 29 December 2026" in shown
    assert "Ring the chief executive again." in shown
    agenda = associate.get("/agenda").text
    assert "Tuesday 29 December 2026" in agenda
    assert "Ring the chief" not in agenda


@pytest.mark.parametrize(
    ("day", "problem"),
    [
        (("", "", ""), "Enter the date of the follow-up"),
        (("31", "2", "2027"), "must be a real date"),
        (("20", "11", "2026"), "must be today or in the future"),
        (("1", "1", "9999"), "must be within five years"),
    ],
)
def test_a_date_that_cannot_be_is_explained_and_what_was_typed_stays(
    sqlite_world: World, associate: Visitor, case_id: UUID, day: tuple[str, str, str], problem: str
) -> None:
    answer = associate.post(
        f"/cases/{case_id}/follow-ups/new", _form(associate, sqlite_world, case_id, day, note="Kept <text>")
    )
    assert answer.status_code == 422
    assert problem in answer.text
    assert "Kept &lt;text&gt;" in answer.text
    assert 'href="#due_on-day"' in answer.text


def test_the_last_duty_asks_for_the_next_date_and_keeps_what_was_typed(
    sqlite_world: World, associate: Visitor, case_id: UUID
) -> None:
    path = _scheduled(sqlite_world, associate, case_id)
    lead = signed_in(associate.site, sqlite_world, person(sqlite_world, Role.LEAD))
    with sqlite_world.database.writing() as session:
        session.connection().exec_driver_sql("UPDATE duties SET state = 'done' WHERE kind = 'triage'")
    answer = lead.post(f"{path}/done", {"note": "She called back.", "next_on": ["", "", ""]})
    assert answer.status_code == 422
    assert "an open case always has one" in answer.text
    assert "She called back." in answer.text
    answer = lead.post(f"{path}/done", {"note": "She called back.", "next_on": ["4", "1", "2027"]})
    assert answer.status_code == 303
    assert "Monday 4 January 2027" in lead.get(answer.location).text
    assert "She called back." in lead.get(path).text
    assert lead.post(f"{path}/done", {"note": "Again."}).status_code == 422


def test_a_date_is_moved_with_its_reason_and_a_stale_form_changes_nothing(
    sqlite_world: World, associate: Visitor, case_id: UUID
) -> None:
    path = _scheduled(sqlite_world, associate, case_id)
    assert associate.actor
    version = str(case_header(sqlite_world, associate.actor, case_id).version)
    form = {"version": version, "to": ["11", "12", "2026"], "reason": "She is away."}
    assert associate.post(f"{path}/move", form).status_code == 303
    shown = associate.get(path).text
    assert "From Friday 4 December 2026 to Friday 11 December 2026" in shown
    assert "She is away." in shown
    stale = associate.post(f"{path}/move", {**form, "to": ["14", "12", "2026"], "reason": "Kept reason"})
    assert stale.status_code == 409
    assert "Kept reason" in stale.text
    assert "Friday 11 December 2026" in associate.get(path).text


def test_without_a_token_nothing_is_scheduled(sqlite_world: World, associate: Visitor, case_id: UUID) -> None:
    form = _form(associate, sqlite_world, case_id, ("4", "12", "2026"))
    assert associate.client.post(f"/cases/{case_id}/follow-ups/new", data=form).status_code == 400
    assert "4 December 2026" not in associate.get("/agenda").text


def test_the_calendar_file_names_the_reference_alone(
    sqlite_world: World, associate: Visitor, case_id: UUID
) -> None:
    answer = associate.get(_scheduled(sqlite_world, associate, case_id) + "/calendar.ics")
    assert answer.mimetype == "text/calendar"
    assert "Midthorpe" not in answer.text
    assert "Ring" not in answer.text


@pytest.mark.parametrize(
    ("role", "region", "walled"),
    [
        (Role.ASSOCIATE, Region.SOUTH_WEST, False),
        (Role.LEAD, Region.NORTH_EAST, True),
        (Role.ADMINISTRATOR, None, False),
    ],
)
def test_outsiders_find_the_same_nothing_at_every_address_and_nothing_on_the_agenda(
    sqlite_world: World,
    site: Flask,
    associate: Visitor,
    role: Role,
    region: Region | None,
    walled: bool,
) -> None:
    council = authority(sqlite_world)
    outsider = signed_in(
        site, sqlite_world, person(sqlite_world, role, region, walled_from=council if walled else None)
    )
    assert associate.actor
    case = logged_case(sqlite_world, associate.actor, council)
    path = _scheduled(sqlite_world, associate, case.case_id)
    nothing = outsider.get("/nothing-at-all")
    for address in (
        path,
        f"{path}/done",
        f"{path}/move",
        f"{path}/calendar.ics",
        f"/cases/{case.case_id}/follow-ups/new",
    ):
        answer = outsider.get(address)
        assert (answer.status_code, answer.text) == (404, nothing.text)
        assert outsider.post(address, {"note": "x"}).status_code in (404, 405)
    for address in ("/agenda", "/agenda?whose=region"):
        assert case.reference not in outsider.get(address).text
    # The link of a mail leads them nowhere, as it does for a case that never was.
    mailed, never = outsider.get(f"/agenda/{case.case_id}"), outsider.get(f"/agenda/{UUID(int=7)}")
    assert (mailed.status_code, mailed.text) == (404, never.text)


def test_a_mail_leads_to_the_case_for_whoever_may_see_it(associate: Visitor, case_id: UUID) -> None:
    assert associate.get(f"/agenda/{case_id}").location == f"/cases/{case_id}"


@pytest.mark.parametrize(
    "behind", ["x", "2026-12-04_x", "9999-99-99_", "2026-12-04_" + "0" * 32, "_", "\x00"]
)
def test_a_damaged_place_is_no_error(associate: Visitor, behind: str) -> None:
    assert associate.get("/agenda", query_string={"behind": behind}).status_code == 200


def test_the_agenda_is_paged(sqlite_world: World, associate: Visitor, case_id: UUID) -> None:
    for _ in range(51):
        _scheduled(sqlite_world, associate, case_id)
    first = associate.get("/agenda").text
    further = first.split('rel="next"')[0].rpartition('href="')[2].partition('"')[0].replace("&amp;", "&")
    assert further.startswith("/agenda?behind=")
    second = associate.get(further).text
    assert first.count("Follow up,") + second.count("Follow up,") == 51
    assert 'rel="next"' not in second


def test_a_second_lead_finds_the_referrals_that_wait_and_nobody_learns_of_others(
    site: Flask, sqlite_world: World, signed_in_as: SignIn
) -> None:
    """A referral would wait for whoever happens to know the address of its list."""
    council = authority(sqlite_world)
    associate, first = person(sqlite_world, Role.ASSOCIATE), person(sqlite_world, Role.LEAD)
    case = logged_case(sqlite_world, associate, council)
    given = NewRiskReferral(Body.DEPARTMENT, "Duty desk", date(2026, 11, 23), "Danger.", "No time.", True)
    refer_at_once(sqlite_world, first, case.case_id, None, given)
    words = "1 referral for people at risk waits for a second lead"
    second = signed_in_as(Role.LEAD, Region.LONDON)
    found = second.get("/agenda").text
    assert words in found
    assert "Midthorpe" not in found
    assert case.reference in second.get("/risk-referrals").text
    for other in (
        signed_in(site, sqlite_world, first),
        signed_in_as(Role.LEAD, walled_from=council),
        signed_in(site, sqlite_world, associate),
    ):
        assert "for a second lead" not in other.get("/agenda").text
    assert "Referrals to confirm" in second.get("/agenda").text
    assert "Referrals to confirm" not in signed_in(site, sqlite_world, associate).get("/agenda").text


def test_the_agenda_names_the_council_to_whoever_may_see_the_header(
    associate: Visitor, case_id: UUID
) -> None:
    """Whoever reads only references would have to open each case to know what to do."""
    assert case_id
    assert "Midthorpe" in associate.get("/agenda").text
