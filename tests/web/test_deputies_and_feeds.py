"""The pages of one's deputy, one's calendar feed and of follow-ups that repeat."""

import re
from collections.abc import Callable
from datetime import date
from uuid import uuid4

from flask import Flask

from clearinghouse.access.roles import Region, Role
from clearinghouse.casework.clock import tick
from clearinghouse.casework.deputies import deputies_page
from clearinghouse.casework.duties.followups import schedule_followup
from clearinghouse.casework.headers import case_header
from clearinghouse.casework.world import World
from clearinghouse.vault.digests import new_token
from tests.factories.authorities import authority
from tests.factories.cases import logged_case, triaged_case
from tests.factories.people import person
from tests.web.visitors import Visitor, signed_in

SignIn = Callable[..., Visitor]

DAYS = {"starts_on": ["23", "11", "2026"], "until": ["4", "12", "2026"]}


def test_a_lead_names_a_deputy_and_both_see_it_and_end_it(
    site: Flask, sqlite_world: World, signed_in_as: SignIn
) -> None:
    lead, other = signed_in_as(Role.LEAD, name="Ann Lead"), signed_in_as(Role.LEAD, name="Bob Deputy")
    assert lead.actor
    assert other.actor
    assert "Bob Deputy" in lead.get("/account/deputy").text
    chosen = f"{Region.NORTH_EAST.value}|{other.actor.id}"
    answer = lead.post("/account/deputy", {"deputy": chosen, **DAYS})
    assert answer.status_code == 303
    shown = lead.get("/account/deputy").text
    assert "Monday 23 November 2026 to Friday 4 December 2026" in shown
    assert "For Ann Lead" in other.get("/account/deputy").text
    cover = deputies_page(sqlite_world, lead.actor).mine[0].id
    curious = signed_in_as(Role.LEAD)
    assert curious.post(f"/account/deputy/{cover}/end").status_code == 404
    assert other.post(f"/account/deputy/{cover}/end").status_code == 303
    assert "Nobody yet." in lead.get("/account/deputy").text


def test_what_is_wrong_with_a_deputy_stands_beside_it_and_what_was_typed_stays(
    site: Flask, sqlite_world: World, signed_in_as: SignIn
) -> None:
    lead, other = signed_in_as(Role.LEAD), signed_in_as(Role.LEAD)
    assert other.actor
    chosen = f"{Region.NORTH_EAST.value}|{other.actor.id}"
    for fields, said in (
        ({**DAYS}, "Select who is your deputy"),
        ({"deputy": f"London|{other.actor.id}", **DAYS}, "There is a problem"),
        ({"deputy": chosen, **DAYS, "until": ["1", "11", "2026"]}, "must not be before the first day"),
        ({"deputy": chosen, **DAYS, "starts_on": ["1", "11", "2026"]}, "must be today or in the future"),
        ({"deputy": chosen, "starts_on": ["31", "2", "2026"], "until": DAYS["until"]}, "real date"),
    ):
        answer = lead.post("/account/deputy", fields)
        assert answer.status_code == 422
        assert said in answer.text
    assert 'value="31"' in answer.text


def test_only_leads_have_the_page(stranger: Visitor, signed_in_as: SignIn) -> None:
    for role in (Role.ASSOCIATE, Role.COORDINATOR, Role.ADMINISTRATOR):
        somebody = signed_in_as(role, None if role is not Role.ASSOCIATE else Region.NORTH_EAST)
        assert somebody.get("/account/deputy").status_code == 404
        assert "/account/deputy" not in somebody.get("/account").text
        assert somebody.post(f"/account/deputy/{uuid4()}/end").status_code == 404
    assert stranger.get("/account/deputy").status_code in (302, 303)


def test_a_feed_is_read_without_a_cookie_and_gets_none(
    site: Flask, sqlite_world: World, signed_in_as: SignIn, stranger: Visitor
) -> None:
    """A calendar program would be signed in, or the address be shown again to whoever sits down at the browser."""
    lead = signed_in_as(Role.LEAD)
    assert lead.actor
    case_id = triaged_case(sqlite_world, lead.actor, authority(sqlite_world))
    made = lead.post("/account/calendar")
    assert made.status_code == 200
    path = re.search(r"/calendar/[\w-]+\.ics", made.text)
    assert path
    assert path[0] not in lead.get("/account/calendar").text
    read = stranger.get(path[0])
    assert read.status_code == 200
    assert read.mimetype == "text/calendar"
    assert case_header(sqlite_world, lead.actor, case_id).reference in read.text
    assert "Set-Cookie" not in read.headers
    assert read.headers["Cache-Control"] == "no-store"
    assert stranger.get("/account").status_code in (302, 303)
    assert lead.post("/account/calendar/end").status_code == 303
    assert stranger.get(path[0]).status_code == 404


def test_a_guessed_feed_is_the_same_page_as_an_absent_one_and_guessing_ends(
    site: Flask, sqlite_world: World, stranger: Visitor
) -> None:
    absent = stranger.get("/there/is/no/such/page")
    guessed = stranger.get(f"/calendar/{new_token()}.ics")
    assert (guessed.status_code, guessed.data) == (404, absent.data)
    codes = {stranger.get(f"/calendar/{new_token()}.ics").status_code for _ in range(40)}
    assert codes == {404, 429}


def test_a_follow_up_repeats_until_it_is_ended(
    site: Flask, sqlite_world: World, signed_in_as: SignIn
) -> None:
    lead = signed_in_as(Role.LEAD)
    assert lead.actor
    case_id = logged_case(sqlite_world, lead.actor, authority(sqlite_world)).case_id
    form = {
        "version": str(case_header(sqlite_world, lead.actor, case_id).version),
        "kind": "follow_up",
        "due_on": ["30", "11", "2026"],
        "owner": str(lead.actor.id),
        "note": "Ring them.",
        "repeats": "month",
        "until": ["1", "11", "2026"],
    }
    refused = lead.post(f"/cases/{case_id}/follow-ups/new", form)
    assert refused.status_code == 422
    assert "The date must be today or in the future" in refused.text
    made = lead.post(f"/cases/{case_id}/follow-ups/new", {**form, "until": ["31", "3", "2027"]})
    assert made.status_code == 303
    shown = lead.get(made.location).text
    assert "Every month until 31 March 2027, next Wednesday 30 December 2026" in shown
    assert "the next one is set for Wednesday 30 December 2026" in lead.get(made.location + "/done").text
    assert "Move the ones after it too" in lead.get(made.location + "/move").text
    ending = lead.get(made.location + "/end-repeats").text
    version = re.search(r'name="version" value="(\d+)"', ending)
    assert version
    assert lead.post(made.location + "/end-repeats", {"version": version[1]}).status_code == 303
    assert "Every month" not in lead.get(made.location).text
    again = lead.post(made.location + "/end-repeats", {"version": str(int(version[1]) + 1)})
    assert again.status_code == 422
    assert "It does not repeat." in again.text


def test_to_whom_an_overdue_duty_was_raised_stands_on_its_page(
    site: Flask, sqlite_world: World, signed_in_as: SignIn
) -> None:

    lead = signed_in_as(Role.LEAD, name="Ann Lead")
    national = person(sqlite_world, Role.LEAD, None, "Nan National")
    assert lead.actor
    case_id = logged_case(sqlite_world, lead.actor, authority(sqlite_world)).case_id
    duty = schedule_followup(sqlite_world, lead.actor, case_id, None, date(2026, 11, 24), "Ring them.")
    sqlite_world.now.pass_days(8)  # type: ignore[attr-defined]  # the clock that the test set
    assert tick(sqlite_world).failures == ()
    shown = signed_in(site, sqlite_world, national).get(f"/cases/{case_id}/duties/{duty.duty_id}").text
    assert re.search(r"Raised to\s*</dt>\s*<dd[^>]*>\s*Ann Lead", shown)
    assert re.search(r"Then raised to\s*</dt>\s*<dd[^>]*>\s*Nan National", shown)
