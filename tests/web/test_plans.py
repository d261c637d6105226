"""The plan tab and its forms: what was agreed is read again, nothing typed is lost, and others find nothing."""

import re
from collections.abc import Callable
from uuid import UUID

import pytest
from flask import Flask

from clearinghouse.access.decision import Membership
from clearinghouse.access.roles import Region, Role
from clearinghouse.casework.assignment import add_to_case
from clearinghouse.casework.plans.tab import plan_tab
from clearinghouse.casework.world import World
from clearinghouse.protocol.plans import ActionState
from tests.factories.authorities import authority
from tests.factories.cases import triaged_case
from tests.factories.plans import LATER, SOON, planned
from tests.web.form_fillers import words_of
from tests.web.visitors import Visitor, signed_in
from tests.worlds import Clock

SignIn = Callable[..., Visitor]

PLAN = {
    "agreed_on": ["23", "11", "2026"],
    "agreed_with": "Robin Hale-Canary",
    "outcomes": "Outcomes-canary",
    "riep_funded": "yes",
    "pounds": "£25,000",
}
ACTION = {
    "what": "What-canary",
    "owner": "Dana Owner-Canary",
    "measure": "Measure-canary",
    "target": "Target-canary",
    "due_on": ["7", "12", "2026"],
}


def canaries(typed: dict[str, object]) -> list[str]:
    return [text for text in typed.values() if isinstance(text, str) and "anary" in text]


@pytest.fixture
def lead(signed_in_as: SignIn) -> Visitor:
    return signed_in_as(Role.LEAD)


@pytest.fixture
def council(sqlite_world: World) -> UUID:
    return authority(sqlite_world)


@pytest.fixture
def case_id(sqlite_world: World, lead: Visitor, council: UUID) -> UUID:
    assert lead.actor
    return triaged_case(sqlite_world, lead.actor, council)


def test_a_plan_and_its_actions_are_recorded_and_read_again(lead: Visitor, case_id: UUID) -> None:
    """What was agreed would not arrive, or the overview say nothing of it."""
    path = f"/cases/{case_id}/plan"
    assert "No improvement plan is agreed yet" in lead.get(path).text
    assert "Improvement plan" not in words_of(lead.get(f"/cases/{case_id}").text)
    done = lead.post(f"{path}/new", PLAN)
    assert (done.status_code, done.location) == (303, f"{path}/actions/new")
    another = lead.post(f"{path}/actions/new", ACTION | {"more": "yes"})
    assert (another.status_code, another.location) == (303, f"{path}/actions/new")
    assert lead.post(f"{path}/actions/new", ACTION).location == path
    tab = words_of(lead.get(path).text)
    for shown in (*canaries(PLAN), *canaries(ACTION), "£25,000", "2 actions, 0 done, 0 overdue"):
        assert shown in tab
    overview = words_of(lead.get(f"/cases/{case_id}").text)
    assert "2 actions, 0 done, 0 overdue" in overview
    assert not [canary for canary in (*canaries(PLAN), *canaries(ACTION)) if canary in overview]


@pytest.mark.parametrize(
    ("path", "typed", "change", "words"),
    [
        ("new", PLAN, {"outcomes": ""}, "Enter what is to come of the plan"),
        ("new", PLAN, {"pounds": "much"}, "Enter an amount in whole pounds"),
        ("new", PLAN, {"riep_funded": "no"}, "The amount is what the RIEP pays"),
        ("new", PLAN, {"agreed_on": ["24", "11", "2026"]}, "cannot be in the future"),
        ("actions/new", ACTION, {"owner": ""}, "Enter who does it"),
        ("actions/new", ACTION, {"due_on": ["22", "11", "2026"]}, "must be today or in the future"),
    ],
)
def test_what_is_refused_keeps_all_that_was_typed(
    lead: Visitor, case_id: UUID, path: str, typed: dict[str, object], change: dict[str, object], words: str
) -> None:
    """Somebody would type a whole plan again because of one answer."""
    if path == "actions/new":
        lead.post(f"/cases/{case_id}/plan/new", PLAN)
    given = {**typed, **change}
    answer = lead.post(f"/cases/{case_id}/plan/{path}", given)
    assert answer.status_code == 422
    assert answer.text.count(words) >= 2, "in the summary and at the field"
    assert all(canary in answer.text for canary in canaries(given))
    again = lead.get(f"/cases/{case_id}/plan/{path}").text
    assert all(canary in again for canary in canaries(given))


def test_what_holds_now_stands_in_the_forms_that_change_it(
    sqlite_world: World, lead: Visitor, case_id: UUID
) -> None:
    """A lead would type the plan again to change a word of it."""
    assert lead.actor
    path = f"/cases/{case_id}/plan"
    lead.post(f"{path}/new", PLAN)
    lead.post(f"{path}/actions/new", ACTION)
    form = lead.get(f"{path}/change").text
    assert all(canary in form for canary in canaries(PLAN))
    assert 'value="25,000"' in form
    assert 'value="2026"' in form
    assert lead.post(f"{path}/change", PLAN | {"reason": ""}).status_code == 422
    lead.post(f"{path}/change", PLAN | {"outcomes": "Other outcomes", "reason": "Why-canary"})
    tab = words_of(lead.get(path).text)
    assert all(shown in tab for shown in ("Other outcomes", "Outcomes-canary", "Why-canary"))
    (action,) = plan_tab(sqlite_world, lead.actor, case_id).actions
    form = lead.get(f"{path}/actions/{action.id}/change").text
    assert all(canary in form for canary in canaries(ACTION))
    moved = ACTION | {"due_on": ["8", "1", "2027"], "reason": "Moved-canary"}
    assert lead.post(f"{path}/actions/{action.id}/change", moved).status_code == 303
    history = words_of(lead.get(f"{path}/actions/{action.id}").text)
    assert all(shown in history for shown in ("8 January 2027", "7 December 2026", "Moved-canary"))


def test_an_associate_on_the_case_records_progress_and_is_offered_nothing_else(
    sqlite_world: World, lead: Visitor, case_id: UUID, signed_in_as: SignIn
) -> None:
    assert lead.actor
    associate = signed_in_as(Role.ASSOCIATE)
    assert associate.actor
    (action,) = planned(sqlite_world, lead.actor, case_id, SOON)
    path = f"/cases/{case_id}/plan"
    assert associate.get(path).status_code == 404
    add_to_case(sqlite_world, lead.actor, case_id, None, associate.actor.person, Membership.TEAM)
    tab = associate.get(path).text
    assert "Record progress" in tab
    assert f"{path}/change" not in tab
    assert "/reviews/new" not in tab
    assert 'value="not_started" checked' in associate.get(f"{path}/actions/{action}/progress").text
    dropped = associate.post(f"{path}/actions/{action}/progress", {"state": "dropped", "note": ""})
    assert (dropped.status_code, "Enter why the action is dropped" in dropped.text) == (422, True)
    typed = {"state": "under_way", "note": "Note-canary"}
    assert associate.post(f"{path}/actions/{action}/progress", typed).status_code == 303
    assert "Note-canary" in associate.get(path).text


def test_a_review_asks_for_each_action_that_is_not_finished(
    sqlite_world: World, site: Flask, lead: Visitor, case_id: UUID, clock: Clock
) -> None:
    """A reviewer would not be told what is overdue, or what she found of an action be lost."""
    assert lead.actor
    first, second = planned(sqlite_world, lead.actor, case_id, SOON, LATER)
    clock.pass_days(15)
    lead = signed_in(site, sqlite_world, lead.actor)
    lead.post(f"/cases/{case_id}/plan/actions/{second}/progress", {"state": "done", "note": ""})
    path = f"/cases/{case_id}/reviews/new"
    form = lead.get(path).text
    assert "1 overdue" in words_of(form)
    assert re.findall(r'<select[^>]*name="action_([0-9a-f]+)_state"', form) == [first.hex]
    typed = {
        "held_on": ["8", "12", "2026"],
        "progress": "inadequate",
        "note": "Judged-canary",
        "next_on": ["12", "1", "2027"],
        f"action_{first.hex}_state": "dropped",
        f"action_{first.hex}_note": "",
    }
    refused = lead.post(path, typed)
    assert (refused.status_code, refused.text.count("Enter why the action is dropped")) == (422, 2)
    assert "Judged-canary" in refused.text
    done = lead.post(path, typed | {f"action_{first.hex}_note": "Found-canary"})
    assert (done.status_code, done.location) == (303, f"/cases/{case_id}/plan")
    tab = words_of(lead.get(f"/cases/{case_id}/plan").text)
    assert all(shown in tab for shown in ("Judged-canary", "Found-canary", "12 January 2027"))
    assert lead.actor
    states = [action.state for action in plan_tab(sqlite_world, lead.actor, case_id).actions]
    assert states == [ActionState.DROPPED, ActionState.DONE]


def test_a_form_about_the_plan_that_somebody_else_changed_is_told_so(
    sqlite_world: World, lead: Visitor, case_id: UUID
) -> None:
    assert lead.actor
    planned(sqlite_world, lead.actor, case_id, SOON)
    stale = lead.post(f"/cases/{case_id}/plan/actions/new", ACTION | {"version": "1"})
    assert stale.status_code == 409
    assert all(canary in stale.text for canary in canaries(ACTION))


@pytest.mark.parametrize(
    ("role", "region", "walled"),
    [
        (Role.ASSOCIATE, Region.NORTH_EAST, False),
        (Role.LEAD, Region.SOUTH_WEST, False),
        (Role.LEAD, Region.NORTH_EAST, True),
        (Role.COORDINATOR, None, False),
        (Role.ADMINISTRATOR, None, False),
    ],
)
def test_nobody_else_finds_a_plan(
    sqlite_world: World,
    lead: Visitor,
    case_id: UUID,
    council: UUID,
    signed_in_as: SignIn,
    role: Role,
    region: Region | None,
    walled: bool,
) -> None:
    """The curious colleague, the walled lead, another region and the administrator would learn of a plan."""
    assert lead.actor
    (action,) = planned(sqlite_world, lead.actor, case_id, SOON)
    other = signed_in_as(role, region, **({"walled_from": council} if walled else {}))
    for rest in ("", "/new", "/change", "/actions/new"):
        assert other.get(f"/cases/{case_id}/plan{rest}").status_code == 404
    for rest in ("", "/change", "/progress"):
        answer = other.get(f"/cases/{case_id}/plan/actions/{action}{rest}")
        assert answer.status_code == 404
    assert (
        other.post(f"/cases/{case_id}/plan/actions/{action}/progress", {"state": "done"}).status_code == 404
    )
