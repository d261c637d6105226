"""The region in the browser: signals, files, round tables and actions, and nothing for whoever may not see them."""

import io
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select
from werkzeug.test import TestResponse

from clearinghouse.access.roles import Region, Role
from clearinghouse.casework.meetings.recording import record_meeting
from clearinghouse.casework.regional.sharing import record_practice
from clearinghouse.casework.world import World
from clearinghouse.protocol.signals import SignalKind, SignalTheme
from clearinghouse.protocol.vocabulary import Route
from clearinghouse.records.regional import RegionalAction
from tests.factories.authorities import authority
from tests.factories.cases import triaged_case
from tests.factories.meetings import ISSUE_B, joint_meeting
from tests.factories.peers import code_of
from tests.factories.people import person
from tests.factories.regional import signal, signal_file
from tests.web.visitors import Visitor

TOLD = "How thresholds are set."


@pytest.fixture
def noor(signed_in_as: Callable[..., Visitor]) -> Visitor:
    return signed_in_as(Role.RIEP_OFFICER)


@pytest.fixture
def council(sqlite_world: World) -> UUID:
    return authority(sqlite_world)


def a_signal(council: UUID, **more: str) -> dict[str, object]:
    return {
        "authority": str(council),
        "kind": "use_of_resources",
        "value": "use_of_resources:1",
        "theme": "finance",
        "direction": "worse",
        "observed_on": ["2", "11", "2026"],
        "source": "audit_commission",
        "words": "Reserves are low.",
        **more,
    }


def hand_in(visitor: Visitor, content: bytes) -> TestResponse:
    files = {"file": (io.BytesIO(content), "signals.csv")}
    return visitor.post("/region/signals/import", files, content_type="multipart/form-data")


def hidden(text: str, name: str) -> str:
    return text.split(f'name="{name}" value="')[1].split('"', maxsplit=1)[0]


def test_a_signal_is_recorded_and_what_is_wrong_keeps_what_was_typed(noor: Visitor, council: UUID) -> None:
    for wrong, words in (
        ({"value": ""}, "Select the value"),
        ({"value": "cpa_stars:1"}, "Select a value of this kind: Use of resources"),
        ({"kind": "audit"}, "Select a value of this kind: Audit"),
        ({"kind": "audit", "value": "", "direction": "none"}, "Select the direction"),
        ({"kind": "gossip"}, "Select one of the answers on this page"),
        ({"authority": ""}, "Select an authority"),
    ):
        answer = noor.post("/region/signals/new", a_signal(council, **wrong))
        assert (answer.status_code, words in answer.text) == (422, True), wrong
        assert "Reserves are low.</textarea>" in answer.text
    assert "Reserves are low.</textarea>" in noor.get("/region/signals/new").text
    done = noor.post("/region/signals/new", a_signal(council))
    assert done.location == f"/region/authorities/{council}"
    shown = noor.get(done.location).text
    for words in ("The signal is recorded.", "Reserves are low.", "Below minimum requirements", "Worse"):
        assert words in shown
    picture = noor.get("/region").text
    assert "Midthorpe Council" in picture
    assert "Reserves are low." not in picture
    withdraw = re.search(r"/region/signals/[0-9a-f-]+/withdraw", shown)
    assert withdraw
    assert noor.post(withdraw[0], {"reason": ""}).status_code == 422
    assert noor.post(withdraw[0], {"reason": "Another council."}).status_code == 303
    assert "Another council." in noor.get(done.location).text


def test_filters_live_in_the_address_and_nonsense_in_it_is_left_out(
    sqlite_world: World, noor: Visitor, council: UUID
) -> None:
    assert noor.actor
    signal(sqlite_world, noor.actor, council, theme=SignalTheme.WASTE)
    assert "Waste and recycling, 2 Nov 2026" in noor.get("/region?theme=waste&show=warnings").text
    assert "No signal fits this filter" in noor.get("/region?theme=children").text
    assert noor.get("/region?theme=magic&kind=%00&region=").status_code == 200
    assert noor.get("/region?region=London").status_code == 404


def test_a_file_is_checked_then_imported_when_that_is_confirmed(
    sqlite_world: World, noor: Visitor, council: UUID
) -> None:
    good = signal_file({"authority_code": code_of(sqlite_world, council)})
    assert hand_in(noor, b"").status_code == 422
    assert "Line 2: authority_code is" in hand_in(noor, signal_file({"authority_code": "NOPE"})).text
    assert noor.get("/region/signals/import/confirm").location == "/region/signals/import"
    assert hand_in(noor, good).location == "/region/signals/import/confirm"
    preview = noor.get("/region/signals/import/confirm").text
    assert "Import 1 signal" in preview
    assert "Midthorpe Council</a>\n" not in noor.get("/region").text.split("nothing is known")[0]
    # Another tab puts another file in its place: the first tab's confirmation imports neither unseen.
    hand_in(noor, good.replace(b"worse", b"better"))
    stale = {"shown": hidden(preview, "shown")}
    assert noor.post("/region/signals/import/confirm", stale).status_code == 200
    shown = hidden(noor.get("/region/signals/import/confirm").text, "shown")
    assert noor.post("/region/signals/import/confirm", {"shown": shown}).location == "/region"
    assert "Better" in noor.get("/region").text
    hand_in(noor, good.replace(b"worse", b"better"))
    assert "No change" in noor.get("/region/signals/import/confirm").text


def slug(text: str, kind: str) -> str:
    found = re.search(rf'name="({kind}_[0-9a-z]+)_decision"', text)
    assert found
    return found[1]


def test_a_round_table_is_planned_printed_recorded_and_its_action_done(
    sqlite_world: World, noor: Visitor, council: UUID
) -> None:
    world = sqlite_world
    lead = person(world, Role.LEAD)
    case_id = triaged_case(world, lead, council, Route.JOINT_LOCAL_MEETING)
    record_meeting(world, lead, case_id, None, joint_meeting(replace(ISSUE_B, for_round_table=TOLD)))
    record_practice(world, lead, council, SignalTheme.WASTE, "Reuse shops.")
    assert "No round table is planned" in noor.get("/region").text
    assert (
        noor.post("/region/round-tables/new", {"region": "London", "on": ["1", "12", "2026"]}).status_code
        == 422
    )
    assert (
        noor.post("/region/round-tables/new", {"region": "North East", "on": ["1", "1", "2020"]}).status_code
        == 422
    )
    made = noor.post("/region/round-tables/new", {"region": "North East", "on": ["1", "12", "2026"]}).location
    assert noor.post(f"{made}/move", {"to": ["2", "12", "2026"]}).status_code == 303
    printed = noor.get(f"{made}/print").text
    assert TOLD in printed
    assert "Safeguarding thresholds" not in printed
    form = noor.get(f"{made}/record").text
    issue, practice = slug(form, "issue"), slug(form, "practice")
    held = {"held_on": ["23", "11", "2026"], "parties": ["riep", "idea"], "note": "All spoke."}
    wrong = noor.post(
        f"{made}/record", held | {f"{issue}_decision": "taken_up", f"{issue}_what": "Visit Oxtown."}
    )
    assert wrong.status_code == 422
    for words in (
        "Select who will do it",
        "Enter the date by which",
        "Select what was decided",
        "Visit Oxtown.",
    ):
        assert words in wrong.text
    assert "Visit Oxtown." in noor.get(f"{made}/record").text
    assert noor.actor
    decided = {
        f"{issue}_decision": "deferred",
        f"{practice}_decision": "taken_up",
        f"{practice}_what": "Show the shops.",
        f"{practice}_owner": str(noor.actor.id),
        f"{practice}_due_on": ["14", "12", "2026"],
    }
    assert "Enter the day of the next round table" in noor.post(f"{made}/record", held | decided).text
    done = noor.post(f"{made}/record", held | decided | {"next_on": ["1", "6", "2027"]})
    assert done.location == made
    after = noor.get(made).text
    for words in ("Show the shops.", "Deferred to the next round table", "All spoke.", "by 14 December 2026"):
        assert words in after
    assert noor.get(f"{made}/record").status_code == 422
    agenda = noor.get("/agenda").text
    with world.database.reading() as session:
        action = session.scalars(select(RegionalAction.id)).one()
    assert f"/region/actions/{action}" in agenda
    assert noor.get(f"/agenda/{action}").location == f"/region/actions/{action}"
    assert noor.post(f"/region/actions/{action}/move", {"to": ["1", "1", "2020"]}).status_code == 422
    assert noor.post(f"/region/actions/{action}/move", {"to": ["21", "12", "2026"]}).status_code == 303
    assert (
        noor.post(f"/region/actions/{action}/finish", {"outcome": "Three councils came."}).status_code == 303
    )
    shown = noor.get(f"/region/actions/{action}").text
    assert "Three councils came." in shown
    assert "From 14 December 2026 to 21 December 2026" in shown
    assert noor.get(f"/region/actions/{action}/finish").status_code == 404


def test_offers_and_good_practice_are_recorded_and_keep_what_was_typed(noor: Visitor, council: UUID) -> None:
    offer = {
        "authority": str(council),
        "theme": "housing",
        "helpers": "both",
        "until": ["1", "1", "2020"],
        "offered_by": "R. Hale",
        "words": "Two days a month.",
    }
    wrong = noor.post("/region/offers/new", offer)
    assert (wrong.status_code, "Two days a month.</textarea>" in wrong.text) == (422, True)
    assert noor.post("/region/offers/new", offer | {"until": ["1", "6", "2027"]}).status_code == 303
    practice = {"authority": str(council), "theme": "waste", "words": ""}
    assert noor.post("/region/practice/new", practice).status_code == 422
    assert noor.post("/region/practice/new", practice | {"words": "Reuse shops."}).status_code == 303


def everything(world: World, council: UUID) -> list[str]:
    """One address of each page of the region, with things that are there."""
    lead = person(world, Role.LEAD)
    one = signal(world, lead, council)
    from clearinghouse.casework.regional.deciding import HeldRoundTable, NewDecision, record_round_table
    from clearinghouse.casework.regional.round_tables import plan_round_table, round_table_page
    from clearinghouse.protocol.round_table import Decision, Party

    record_practice(world, lead, council, SignalTheme.WASTE, "Secretly reused shops.")
    table = plan_round_table(world, lead, Region.NORTH_EAST, world.today)
    later = plan_round_table(world, lead, Region.NORTH_EAST, world.today.replace(year=2027))
    (item,) = round_table_page(world, lead, table).items
    decision = NewDecision(Decision.TAKEN_UP, "Secret visit.", lead.id, world.today)
    record_round_table(
        world, lead, table, None, HeldRoundTable(world.today, (Party.RIEP,), {item.key: decision})
    )
    with world.database.reading() as session:
        action = session.scalars(select(RegionalAction.id)).one()
    return [
        "/region?region=North+East",
        f"/region/authorities/{council}",
        f"/region/signals/{one}/withdraw",
        "/region/round-tables?region=North+East",
        f"/region/round-tables/{table}",
        f"/region/round-tables/{table}/print",
        f"/region/round-tables/{later}/record",
        f"/region/round-tables/{later}/move",
        f"/region/actions/{action}",
        f"/region/actions/{action}/finish",
        f"/region/actions/{action}/move",
    ]


@pytest.mark.parametrize(
    ("role", "region", "walled", "opens"),
    [
        (Role.LEAD, Region.NORTH_EAST, False, 11),
        (Role.RIEP_OFFICER, Region.NORTH_EAST, False, 11),
        # The region's pages, with nothing of the council; its own pages and its action are not there.
        (Role.LEAD, Region.NORTH_EAST, True, 6),
        (Role.RIEP_OFFICER, Region.LONDON, False, 0),
        (Role.LEAD, Region.SOUTH_WEST, False, 0),
        (Role.ASSOCIATE, Region.NORTH_EAST, False, 2),
        (Role.ADMINISTRATOR, None, False, 0),
        (Role.COORDINATOR, None, False, 0),
        (Role.AUDIT_OFFICER, None, False, 0),
        (Role.POLITICAL_LEAD, Region.NORTH_EAST, False, 0),
        (Role.REGULATOR, None, False, 0),
    ],
)
def test_every_page_of_a_region_opens_to_its_own_and_is_not_there_for_anybody_else(
    sqlite_world: World,
    signed_in_as: Callable[..., Visitor],
    council: UUID,
    role: Role,
    region: Region | None,
    walled: bool,
    opens: int,
) -> None:
    """A guessed address would open another region's round table, or what is known of a council behind a wall."""
    paths = everything(sqlite_world, council)
    visitor = signed_in_as(role, region, walled_from=council) if walled else signed_in_as(role, region)
    answers = {path: visitor.get(path) for path in paths}
    assert {each.status_code for each in answers.values()} <= {200, 404}
    assert sum(each.status_code == 200 for each in answers.values()) == opens
    for path, answer in answers.items():
        if walled or opens == 0:
            for words in ("Secret", "Referrals wait too long", "Midthorpe"):
                assert words not in answer.text, path
        if answer.status_code == 404:
            posted = visitor.post(path, {"reason": "x", "outcome": "x", "to": ["1", "12", "2026"]})
            assert posted.status_code in (404, 405), path


def test_talk_is_not_on_an_associates_pages(
    sqlite_world: World, signed_in_as: Callable[..., Visitor], council: UUID
) -> None:
    lead = person(sqlite_world, Role.LEAD)
    signal(sqlite_world, lead, council, SignalKind.TALK, words="The leader is out of his depth.")
    associate, officer = signed_in_as(Role.ASSOCIATE), signed_in_as(Role.RIEP_OFFICER)
    for path in ("/region", f"/region/authorities/{council}"):
        assert "Talk within local government" not in associate.get(path).text
        assert "Talk within local government" in officer.get(path).text


def test_a_commitment_is_recorded_read_late_and_withdrawn(noor: Visitor, council: UUID) -> None:
    """What was typed would be lost with a wrong date, or a council that is late would be named nowhere."""
    there = f"/region/authorities/{council}"
    empty = noor.get(there).text
    assert empty.count("Never recorded") == 3
    assert f"{there}/commitments/new?kind=self_evaluation" in empty
    asking = noor.get(f"{there}/commitments/new?kind=self_evaluation").text
    assert re.search(r'value="self_evaluation"[^>]* checked', asking)
    assert noor.get(f"{there}/commitments/new?kind=magic").status_code == 200
    given = {"kind": "self_evaluation", "done_on": ["1", "9", "2025"], "words": "Honest about housing."}
    for wrong, words in (
        ({"kind": ""}, "Select what it did"),
        ({"kind": "promise"}, "Select one of the answers on this page"),
        ({"done_on": ["", "", ""]}, "Enter the date"),
        ({"done_on": ["24", "11", "2026"]}, "The day must be today or in the past"),
    ):
        answer = noor.post(f"{there}/commitments/new", {**given, **wrong})
        assert (answer.status_code, words in answer.text) == (422, True), wrong
        assert "Honest about housing.</textarea>" in answer.text
    assert "Honest about housing.</textarea>" in noor.get(f"{there}/commitments/new").text
    assert "overdue" not in noor.get("/region").text
    done = noor.post(f"{there}/commitments/new", given)
    assert done.location == f"{there}#commitments"
    shown = noor.get(there).text
    for words in ("The commitment is recorded.", "Honest about housing.", "Overdue", "1 September 2026"):
        assert words in shown
    assert "Honest about housing." not in noor.get(f"{there}/commitments/new").text
    picture = noor.get("/region").text
    assert "1 commitment overdue" in picture
    assert "Honest about housing." not in picture
    withdraw = re.search(r"/region/commitments/[0-9a-f-]+/withdraw", shown)
    assert withdraw
    assert "1 September 2025" in noor.get(withdraw[0]).text
    assert noor.post(withdraw[0], {"reason": ""}).status_code == 422
    assert noor.post(withdraw[0], {"reason": "Another council."}).location == f"{there}#commitments"
    assert "Self-evaluation, 1 Sep 2025. Another council." in noor.get(there).text
    assert "overdue" not in noor.get("/region").text


def test_a_successor_shows_what_the_councils_before_it_did(sqlite_world: World, noor: Visitor) -> None:
    """The record of a merged council would be gone, or its signature pass for that of its successor."""
    world, old = sqlite_world, authority(sqlite_world, "Upper Eller Council")
    given = {"done_on": ["1", "9", "2025"], "words": "The leader signed."}
    for kind in ("statement", "self_evaluation"):
        noor.post(f"/region/authorities/{old}/commitments/new", {**given, "kind": kind})
    new = authority(world, "Ellerdale Council", replaces=(old,), started_on=date(2026, 4, 1))
    shown = noor.get(f"/region/authorities/{new}").text
    for words in ("No signature is on record.", "does not bind it", "by Upper Eller Council", "1 April 2027"):
        assert words in shown
    assert shown.count("The leader signed.") == 2


@pytest.mark.parametrize(("role", "region"), [(Role.ADMINISTRATOR, None), (Role.LEAD, Region.LONDON)])
def test_commitments_are_not_there_for_outsiders_and_behind_a_wall(
    sqlite_world: World,
    signed_in_as: Callable[..., Visitor],
    noor: Visitor,
    council: UUID,
    role: Role,
    region: Region,
) -> None:
    """A page that refuses where others are absent tells that there is something."""
    given = {"kind": "statement", "done_on": ["1", "9", "2025"], "words": ""}
    noor.post(f"/region/authorities/{council}/commitments/new", given)
    withdraw = re.search(
        r"/region/commitments/[0-9a-f-]+/withdraw", noor.get(f"/region/authorities/{council}").text
    )
    assert withdraw
    for visitor in (signed_in_as(role, region), signed_in_as(Role.LEAD, walled_from=council)):
        for path in (
            f"/region/authorities/{council}",
            f"/region/authorities/{council}/commitments/new",
            withdraw[0],
        ):
            absent = visitor.get(re.sub(r"[0-9a-f-]{36}", str(uuid4()), path))
            assert (visitor.get(path).status_code, visitor.get(path).data) == (404, absent.data), path
            if path.endswith(("new", "withdraw")):
                assert visitor.post(path, {**given, "reason": "Not so."}).status_code == 404, path
