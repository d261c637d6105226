"""Each route's first duty has a screen that does it; the letter, telling, brokerage, the RIEP and advocacy by page."""

from collections.abc import Callable
from uuid import UUID

import pytest
from flask import Flask

from clearinghouse.access.permissions import Permission
from clearinghouse.access.roles import Actor, Region, Role
from clearinghouse.casework.cases import case_page
from clearinghouse.casework.world import World
from clearinghouse.protocol.duties import FIRST_DUTY_ON_ROUTE
from clearinghouse.protocol.vocabulary import DutyKind, Route
from clearinghouse.web.cases import duty_action
from tests.factories.authorities import authority
from tests.factories.people import person
from tests.factories.routes import REACHABLE, concern_of, owed, routed_case
from tests.web.form_fillers import FormFiller, words_of
from tests.web.visitors import Visitor, signed_in

SignIn = Callable[..., Visitor]
DAY = ["1", "12", "2026"]
NOW = ["23", "11", "2026"]
CANARY = "canary-route-3387"


@pytest.fixture
def lead(sqlite_world: World) -> Actor:
    return person(sqlite_world, Role.LEAD, name="Ravi Singh")


@pytest.fixture
def associate(sqlite_world: World) -> Actor:
    return person(sqlite_world, Role.ASSOCIATE, name="Ada Okafor")


def on(world: World, associate: Actor, lead: Actor, route: Route, **more: object) -> UUID:
    return routed_case(world, associate, lead, authority(world), route, **more)


@pytest.mark.parametrize("route", Route)
def test_the_first_duty_of_each_route_has_a_button_that_opens_for_whoever_owes_it(
    site: Flask, sqlite_world: World, associate: Actor, lead: Actor, route: Route
) -> None:
    """A case would be routed to where nobody can do anything."""
    people = {actor.id: actor for actor in (associate, lead, person(sqlite_world, Role.POLITICAL_LEAD))}
    person(sqlite_world, Role.RIEP_OFFICER)
    case_id = on(sqlite_world, associate, lead, route)
    kind = FIRST_DUTY_ON_ROUTE[route].kind
    owner = people[owed(sqlite_world, case_id)[kind].owner_id]
    visitor = signed_in(site, sqlite_world, owner)
    header = case_page(sqlite_world, owner, case_id).header
    duty = owed(sqlite_world, case_id)[kind]
    with site.test_request_context("/"):
        words, link = duty_action(header, kind, duty.id, duty.subject_id, mine=True)
    assert link
    page = visitor.get(f"/cases/{case_id}").text
    assert words in page
    assert f'href="{link}"' in page
    opened = visitor.get(link)
    assert opened.status_code == 200
    assert "<form" in opened.text


def test_every_kind_of_duty_has_a_page_for_somebody_who_may_do_everything(
    site: Flask, sqlite_world: World, associate: Actor, lead: Actor
) -> None:
    """A kind without a page could never be done, and would be overdue for ever."""
    case_id = on(sqlite_world, associate, lead, Route.POLITICAL_BROKERAGE)
    header = case_page(sqlite_world, lead, case_id).header
    everything = type(header)(**{**vars(header), "permissions": frozenset(Permission)})
    with site.test_request_context("/"):
        for kind in DutyKind:
            assert duty_action(everything, kind, case_id, case_id, mine=True)[1], kind


def test_the_letter_is_issued_printed_and_downloaded(
    site: Flask, sqlite_world: World, associate: Actor, lead: Actor
) -> None:
    case_id = on(sqlite_world, associate, lead, Route.PEER_SUPPORT)
    filler = FormFiller(site, sqlite_world, lead)
    filler.get(f"/cases/{case_id}/offer")
    filler.post(
        filler.path,
        terms="Two peers for three days.",
        from_whom="Peers from Kent",
        cost="Nothing",
        starts_by=["12", "1", "2027"],
        answer_by=["7", "12", "2026"],
    )
    assert "Peers from Kent" in filler.page
    link = next(part for part in filler.page.split('"') if part.endswith("/letter"))
    filler.get(link)
    wrong = filler.post(filler.path, capacity="")
    assert wrong.status_code == 422
    assert "Select to whom the letter goes" in wrong.text
    filler.post(filler.path, capacity="chief_executive", addressee="R. Hale", reply_to="01234 567890")
    for said in (
        "R. Hale",
        "Two peers for three days.",
        "By the end of Monday 7 December 2026.",
        "Peers from Kent",
    ):
        assert said in words_of(filler.page)
    assert "Jo Bright" not in filler.page
    assert "Thresholds" not in filler.page
    text = filler.client.get(f"{filler.path}/text")
    assert text.mimetype == "text/plain"
    assert "TWO PEERS" not in text.text
    assert "Two peers for three days." in text.text
    assert "Letter to the chief executive" in words_of(filler.get(f"/cases/{case_id}/conversations").text)


def test_telling_a_source_keeps_what_was_typed_and_shows_only_what_may_be_said(
    site: Flask, sqlite_world: World, associate: Actor, lead: Actor
) -> None:
    case_id = on(sqlite_world, associate, lead, Route.AUTHORITY_LED, **REACHABLE)
    path = f"/cases/{case_id}/source/{concern_of(sqlite_world, case_id)}/tell"
    filler = FormFiller(site, sqlite_world, associate)
    assert "Tell the source what happened" in filler.get(f"/cases/{case_id}").text
    filler.get(path)
    assert "We have looked into it and decided what follows" in filler.page
    assert "The authority has been talked to" not in filler.page
    assert "Jo Bright" not in filler.page
    wrong = filler.post(path, done="told", told_on=NOW, how="telephone", note=CANARY)
    assert wrong.status_code == 422
    assert "Select what the source was told" in wrong.text
    assert CANARY in wrong.text
    filler.post(path, done="told", told_on=NOW, how="telephone", sayings=["looked_into"], note=CANARY)
    assert filler.path == f"/cases/{case_id}"
    assert CANARY not in filler.page
    forged = filler.client.get(path)
    assert "Told before" in forged.text
    reader = signed_in(site, sqlite_world, lead)
    assert reader.get(path).status_code == 404
    assert CANARY not in reader.get(f"/cases/{case_id}").text


def test_a_source_can_be_left_alone_from_the_page(
    site: Flask, sqlite_world: World, associate: Actor, lead: Actor
) -> None:
    case_id = on(sqlite_world, associate, lead, Route.AUTHORITY_LED, **REACHABLE)
    path = f"/cases/{case_id}/source/{concern_of(sqlite_world, case_id)}"
    filler = FormFiller(site, sqlite_world, associate)
    filler.get(f"{path}/tell")
    assert filler.post(f"{path}/contact").status_code == 422
    filler.post(f"{path}/contact", contact="no")
    assert "The source asked not to be contacted. So they are not told." in words_of(filler.page)
    assert DutyKind.TELL_SOURCE not in owed(sqlite_world, case_id)


def test_brokerage_by_page_from_the_ask_to_the_talk(
    site: Flask, sqlite_world: World, associate: Actor, lead: Actor
) -> None:
    political = person(sqlite_world, Role.POLITICAL_LEAD, name="Grace Whitlock")
    case_id = on(sqlite_world, associate, lead, Route.POLITICAL_BROKERAGE)
    asking = FormFiller(site, sqlite_world, lead)
    asking.get(f"/cases/{case_id}/brokerage/ask")
    asking.post(asking.path, political_lead=str(political.id), asked=CANARY, by_on=DAY)
    assert CANARY in asking.page
    talking = FormFiller(site, sqlite_world, political)
    assert "Asked of you" in talking.get("/brokerage").text
    assert CANARY not in talking.page
    assert CANARY in talking.get(f"/cases/{case_id}/brokerage").text
    assert "Thresholds" not in talking.page
    assert talking.get(f"/cases/{case_id}/way-forward").status_code == 404
    talking.get(f"/cases/{case_id}/brokerage/talk")
    wrong = talking.post(talking.path, held="held", held_on=NOW, next_on=DAY, note="They may.")
    assert wrong.status_code == 422
    assert "They may." in wrong.text
    given = {"held": "held", "held_on": NOW, "next_on": DAY, "note": "They may."}
    talking.post(
        f"/cases/{case_id}/brokerage/talk", **given, brokered_with=["group_leaders"], outcome="goes_on"
    )
    assert talking.path == f"/cases/{case_id}/brokerage"
    assert "They may." in talking.page


def test_the_riep_and_advocacy_by_page(
    site: Flask, sqlite_world: World, associate: Actor, lead: Actor
) -> None:
    officer = person(sqlite_world, Role.RIEP_OFFICER, name="Noor Rahman")
    case_id = on(sqlite_world, associate, lead, Route.RIEP_FACILITATED)
    filler = FormFiller(site, sqlite_world, lead)
    filler.get(f"/cases/{case_id}/riep")
    wrong = filler.post(filler.path, officer="outside", agree_by=DAY, note=CANARY)
    assert "Enter the name of the RIEP officer" in wrong.text
    assert CANARY in wrong.text
    filler.post(f"/cases/{case_id}/riep", officer=str(officer.id), agree_by=DAY, note=CANARY)
    assert "Handed to Noor Rahman" in filler.page
    agreeing = FormFiller(site, sqlite_world, officer)
    agreeing.get(f"/cases/{case_id}/riep/agreed")
    agreeing.post(agreeing.path, agreed_on=NOW, way_forward="A chair.", support="Days.", next_on=DAY)
    assert "Support began with it." in filler.get(f"/cases/{case_id}/way-forward").text
    filler.get(f"/cases/{case_id}/advocacy/new")
    stands = {
        "body": "audit_commission",
        "which_body": "The regional office",
        "priority": "Reserves first.",
        "position": "We agree.",
        "peer_review": "proposed",
        "agreed_on": NOW,
        "agreed_with": "leader",
        "agreed_by": "Cllr Vale",
        "next_on": DAY,
    }
    assert filler.post(filler.path, **{**stands, "position": ""}).status_code == 422
    filler.post(f"/cases/{case_id}/advocacy/new", **stands)
    assert "Reserves first." in filler.page
    link = next(part for part in filler.page.split('"') if "/advocacy/" in part and part.endswith("/end"))
    filler.get(link)
    filler.post(link, end="settled", reason="They agreed with us.")
    assert "They agreed with us." in filler.page


@pytest.mark.parametrize(("role", "region"), [(Role.ADMINISTRATOR, None), (Role.LEAD, Region.LONDON)])
def test_for_outsiders_none_of_it_is_there(
    sqlite_world: World,
    associate: Actor,
    lead: Actor,
    signed_in_as: SignIn,
    role: Role,
    region: Region | None,
) -> None:
    case_id = on(sqlite_world, associate, lead, Route.POLITICAL_BROKERAGE, **REACHABLE)
    visitor = signed_in_as(role, region)
    absent = visitor.get("/cases/0190d3a0-0000-7000-8000-000000000001").data
    for rest in (
        "/brokerage",
        "/brokerage/ask",
        "/brokerage/talk",
        "/riep",
        "/riep/agreed",
        "/advocacy/new",
        "/way-forward",
        f"/source/{concern_of(sqlite_world, case_id)}/tell",
    ):
        answer = visitor.get(f"/cases/{case_id}{rest}")
        assert (answer.status_code, answer.data) == (404, absent), rest


def test_who_leaves_a_contact_is_asked_whether_it_may_be_used(
    site: Flask, sqlite_world: World, associate: Actor, lead: Actor
) -> None:
    """A source would be rung who never agreed, or never hear because nobody asked."""
    assert lead
    authority(sqlite_world)
    filler = FormFiller(site, sqlite_world, associate)
    filler.get("/concerns/new")
    filler.post("/concerns/new")
    path = filler.path.replace("/authority", "/source")
    filler.get(path)
    wrong = filler.post(path, source_name="Jo Bright", source_contact="01234 567890")
    assert wrong.status_code == 422
    assert "Select whether we may contact them again" in wrong.text
    assert "01234 567890" in wrong.text
    filler.get(path)
    right = filler.post(path, source_contact="01234 567890", source_may_be_contacted="no")
    assert right.status_code == 200
    assert "Select whether" not in right.text
