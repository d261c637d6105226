"""The pages of councils that were replaced: a lead sees what changes before it does, and nothing typed is lost."""

import re
from collections.abc import Callable
from datetime import date
from uuid import UUID, uuid4

import pytest

from clearinghouse.access.roles import OPERATOR, Actor, Region, Role
from clearinghouse.casework.register.succession_duties import owe_all_successions
from clearinghouse.casework.world import World
from clearinghouse.records.authorities import Authority
from tests.factories.authorities import authority
from tests.factories.cases import logged_case
from tests.factories.people import person
from tests.web.visitors import Visitor

SignIn = Callable[..., Visitor]


@pytest.fixture
def lead(signed_in_as: SignIn) -> Visitor:
    return signed_in_as(Role.LEAD)


@pytest.fixture
def councils(sqlite_world: World) -> tuple[UUID, UUID, UUID]:
    """A council that ended, and two that replaced it."""
    old = authority(sqlite_world, "Oldshire County Council")
    new = [
        authority(sqlite_world, f"{side} Oldshire Council", replaces=(old,), started_on=date(2023, 4, 1))
        for side in ("North", "South")
    ]
    return old, new[0], new[1]


@pytest.fixture
def case_id(sqlite_world: World, councils: tuple[UUID, UUID, UUID], lead: Visitor) -> UUID:
    """An open case about the old one."""
    associate: Actor = person(sqlite_world, Role.ASSOCIATE)
    logged = logged_case(sqlite_world, associate, councils[0]).case_id
    with sqlite_world.unit_of_work(OPERATOR) as work:
        work.session.get_one(Authority, councils[0]).ended_on = date(2023, 4, 1)
    owe_all_successions(sqlite_world)
    return logged


def version_in(text: str) -> str:
    found = re.search(r'name="version" value="(\d+)"', text)
    assert found
    return found[1]


def test_a_lead_is_led_from_the_agenda_through_the_preview_to_the_case(
    lead: Visitor, case_id: UUID, councils: tuple[UUID, UUID, UUID]
) -> None:
    old, north, south = councils
    assert "Councils that were replaced (1)" in lead.get("/agenda").text
    assert f"/cases/{case_id}/succession" in lead.get("/replaced").text
    assert "Confirm which council it names now" in lead.get(f"/cases/{case_id}").text
    shown = lead.get(f"/cases/{case_id}/succession").text
    sent = {"council": str(old), "chosen": [str(north), str(south)], "lead": str(south)}
    sent |= {"version": version_in(shown)}
    preview = lead.post(f"/cases/{case_id}/succession", {**sent, "step": "preview"})
    assert "North Oldshire Council and South Oldshire Council" in preview.text
    done = lead.post(f"/cases/{case_id}/succession", {**sent, "step": "confirm"})
    assert (done.status_code, done.location) == (303, f"/cases/{case_id}")
    page = lead.get(f"/cases/{case_id}").text
    assert "Formerly Oldshire County Council." in page
    assert "Also names North Oldshire Council." in page
    assert "South Oldshire Council and North" in page or "formerly Oldshire County Council" in page
    assert "Councils that were replaced (" not in lead.get("/agenda").text
    assert str(case_id) in lead.get("/cases?words=oldshire+county").text
    late = lead.post(f"/cases/{case_id}/succession", {**sent, "step": "confirm"})
    assert (late.status_code, "Nothing is left to confirm" in late.text) == (422, True)


def test_each_problem_stands_at_its_field_and_nothing_typed_is_lost(
    lead: Visitor, case_id: UUID, councils: tuple[UUID, UUID, UUID]
) -> None:
    path = f"/cases/{case_id}/succession"
    version = version_in(lead.get(path).text)
    none = lead.post(path, {"council": str(councils[0]), "version": version, "step": "preview"})
    assert (none.status_code, "Select at least one council" in none.text) == (422, True)
    wrong = {"council": str(councils[0]), "chosen": [str(uuid4())], "version": version, "step": "preview"}
    assert lead.post(path, wrong).status_code == 422
    day = {"ask_again_on": ["1", "1", "2020"]}
    early = lead.post(f"{path}/not-yet", {"why_not": "No leader yet.", "version": version, **day})
    assert early.status_code == 422
    assert "The day to be asked again must be after today." in early.text
    assert "No leader yet." in early.text
    later = lead.post(
        f"{path}/not-yet",
        {"why_not": "No leader yet.", "version": version, "ask_again_on": ["11", "1", "2027"]},
    )
    assert later.status_code == 303
    assert "11 January 2027" in lead.get("/replaced").text
    stale = {"council": str(councils[0]), "chosen": [str(councils[1])], "version": version, "step": "confirm"}
    assert lead.post(path, stale).status_code == 409


def test_it_is_not_there_for_anybody_else(
    signed_in_as: SignIn, case_id: UUID, councils: tuple[UUID, UUID, UUID]
) -> None:
    for other in (
        signed_in_as(Role.ASSOCIATE),
        signed_in_as(Role.ADMINISTRATOR, None),
        signed_in_as(Role.LEAD, Region.LONDON),
        signed_in_as(Role.LEAD, walled_from=councils[2]),
    ):
        assert "Councils that were replaced" not in other.get("/agenda").text
        absent = other.get(f"/cases/{uuid4()}/succession")
        found = other.get(f"/cases/{case_id}/succession")
        assert (found.status_code, found.data) == (404, absent.data)
