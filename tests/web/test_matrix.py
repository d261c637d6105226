"""Every page of a case × everybody: what opens is what the policy table says, and the rest is not there at all."""

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.routing import Rule

from clearinghouse.access.decision import may, may_enter
from clearinghouse.access.permissions import Openness, Permission
from clearinghouse.access.roles import OPERATOR, Actor, Region, Role
from clearinghouse.casework.admission import scope_of
from clearinghouse.casework.installation import open_installation
from clearinghouse.casework.staff import actor_of
from clearinghouse.casework.world import World
from clearinghouse.records.cases import Case, CaseAuthority, Concern
from clearinghouse.records.dialogue import Offer
from clearinghouse.records.documents import Document
from clearinghouse.records.duties import Duty
from clearinghouse.records.meetings import Escalation, Meeting, uncorrected
from clearinghouse.records.minutes import Minute
from clearinghouse.records.peers import Team, TeamMember
from clearinghouse.records.people import RoleGrant, User
from clearinghouse.records.plans import PlanAction
from clearinghouse.records.retention import RetentionReview
from clearinghouse.records.sealed import Compartment
from clearinghouse.records.telling import OfferLetter
from clearinghouse.records.way_forward import Advocacy
from clearinghouse.web.pages import NEEDS
from clearinghouse.web.site import build_site
from tests.factories.people import again, person
from tests.web.visitors import signed_in
from tests.worlds import Clock, settings_for

LISTS = (
    "/cases?show=all",
    "/cases.csv",
    "/agenda",
    "/agenda?whose=region",
    "/brokerage",
    "/convergence",
    "/replaced",
)
_PARTS = re.compile(r"<(?:([^:<>]+):)?([^<>]+)>")


@dataclass(frozen=True)
class Town:
    """A demo's site, everybody in it, and the cases to try on."""

    site: Flask
    world: World
    everybody: tuple[Actor, ...]
    cases: tuple[UUID, ...]


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory, filled_on_sqlite: Path) -> Iterator[Town]:
    home = tmp_path_factory.mktemp("matrix") / "home"
    shutil.copytree(filled_on_sqlite, home)
    world = open_installation(settings_for(home, CLEARINGHOUSE_DEMO="1"), Clock())
    with world.reading(OPERATOR) as work:
        of_demo = tuple(actor_of(work, user) for user in work.session.scalars(select(User)))
        rich = (Case.escalated.is_(True), Case.people_at_risk.is_(True), Case.id.in_(select(Team.case_id)))
        found = [work.session.scalars(select(Case.id).where(each).limit(1)).one() for each in rich]
        council = work.session.scalars(
            select(CaseAuthority.authority_id).where(CaseAuthority.case_id == found[0])
        ).first()
    one_of_each = {frozenset(each.grants) | each.walled: each for each in of_demo}.values()
    others = (
        person(world, Role.LEAD, None, "Walled off", walled_from=council),
        person(world, Role.ASSOCIATE, Region.LONDON, "Of another region"),
        person(world, Role.RIEP_OFFICER, Region.LONDON, "Of another region too"),
        without_role(world),
    )
    site = build_site(world, settings_for(home, CLEARINGHOUSE_DEMO="1"))
    site.testing = True
    yield Town(site, world, (*one_of_each, *others), tuple(found))
    world.database.close()


def without_role(world: World) -> Actor:
    """Somebody whose one role has ended."""
    somebody = person(world, Role.LEAD, None, "Without a role")
    with world.unit_of_work(OPERATOR) as work:
        for grant in work.session.scalars(select(RoleGrant).where(RoleGrant.user_id == somebody.person)):
            grant.ended_at = work.now
    return again(world, somebody)


def case_rules(site: Flask) -> list[Rule]:
    return [rule for rule in site.url_map.iter_rules() if "case_id" in rule.arguments]


def path_of(town: Town, rule: Rule, case_id: UUID) -> tuple[str, bool]:
    """The rule's address for a case, with things that are the case's own; and whether it has them all."""
    whole = not rule.rule.endswith("/risk")  # leads to a referral that waits, and these cases may have none
    with town.world.reading(OPERATOR) as work:
        owned = {
            "document_id": select(Document.id).where(
                Document.case_id == case_id, Document.compartment != Compartment.SOURCE
            ),
            "duty_id": select(Duty.id).where(Duty.case_id == case_id),
            "concern_id": select(Concern.id).where(Concern.case_id == case_id),
            "meeting_id": select(Meeting.id).where(Meeting.case_id == case_id, uncorrected()),
            "minute_id": select(Minute.id).where(Minute.case_id == case_id),
            "escalation_id": select(Escalation.id).where(Escalation.case_id == case_id),
            "action_id": select(PlanAction.id).where(PlanAction.case_id == case_id),
            "offer_id": select(Offer.id).where(Offer.case_id == case_id),
            "letter_id": select(OfferLetter.id).where(OfferLetter.case_id == case_id),
            "review_id": select(RetentionReview.id).where(RetentionReview.case_id == case_id),
            "advocacy_id": select(Advocacy.id).where(Advocacy.case_id == case_id),
            "team_id": select(Team.id).where(Team.case_id == case_id),
            "peer_id": select(TeamMember.peer_id).join(Team).where(Team.case_id == case_id),
        }

        def value(match: re.Match[str]) -> str:
            kind, name = match[1] or "", match[2]
            if name == "case_id":
                return str(case_id)
            if kind.startswith("any("):
                return kind[4:-1].split(",")[0]
            nonlocal whole
            found = work.session.scalars(owned[name].limit(1)).first() if name in owned else None
            whole = whole and found is not None
            return str(found or uuid4())

        return _PARTS.sub(value, rule.rule), whole


def test_every_page_of_a_case_opens_to_whom_the_policy_says_and_is_not_there_for_anybody_else(
    town: Town,
) -> None:
    wrong, cells = [], 0
    for who in town.everybody:
        visitor = signed_in(town.site, town.world, who)
        token = {"csrf_token": visitor.csrf_token()}
        absent: dict[tuple[str, str], bytes] = {}
        for case_id in town.cases:
            with town.world.reading(who) as work:
                scope = scope_of(work, work.session.get_one(Case, case_id))
            for rule in case_rules(town.site):
                needs = town.site.extensions[NEEDS][rule.endpoint]
                if isinstance(needs, Openness):
                    continue
                enters = may_enter(who, needs)
                if not enters and case_id != town.cases[0]:
                    continue  # turned away before any case is looked at: one case shows it
                allowed = enters and may(who, needs, scope).allowed
                if needs is Permission.PEER_READ:  # reaches everywhere, and says nothing about the case
                    allowed = allowed and may(who, Permission.CASE_HEADER, scope).allowed
                path, whole = path_of(town, rule, case_id)
                for method in sorted((rule.methods or set()) & {"GET", "POST"}):
                    if allowed and (method == "POST" or not whole):
                        continue  # a change has its own tests; here it would change the case for the next
                    cells += 1
                    ask = visitor.get if method == "GET" else partial(visitor.post, data=token)
                    answer = ask(path)
                    if allowed:
                        fits = answer.status_code in (200, 302, 303, 422)
                    else:
                        if (method, rule.rule) not in absent:
                            absent[method, rule.rule] = ask(path.replace(str(case_id), str(uuid4()))).data
                        fits = (answer.status_code, answer.data) == (404, absent[method, rule.rule])
                    may_words = "may" if allowed else "may not"
                    wrong += [] if fits else [f"{who.name} {may_words} {method} {path}: {answer.status_code}"]
    assert not wrong, "\n".join(wrong)
    assert cells > 1500, f"only {cells} cells were tried"


def test_lists_agenda_and_exports_show_a_case_to_nobody_who_may_not_see_its_header(town: Town) -> None:
    with town.world.reading(OPERATOR) as work:
        references = {
            case.id: case.reference
            for case in work.session.scalars(select(Case).where(Case.id.in_(town.cases)))
        }
    for who in town.everybody:
        visitor = signed_in(town.site, town.world, who)
        lists = {path: visitor.get(path).text for path in LISTS}
        for case_id, reference in references.items():
            with town.world.reading(who) as work:
                scope = scope_of(work, work.session.get_one(Case, case_id))
                sees = may(who, Permission.CASE_HEADER, scope).allowed
            searched = f"/cases?words={reference}"
            for path, text in (*lists.items(), (searched, visitor.get(searched).text)):
                shown = reference in text.replace(f'value="{reference}"', "")
                assert sees or not shown, f"{who.name} sees {reference} on {path}"
