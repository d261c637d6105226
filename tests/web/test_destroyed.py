"""Every page about a case that was destroyed to its last word: each opens, and what was typed reads as destroyed."""

import shutil
from pathlib import Path

from flask import Flask
from sqlalchemy import select

from clearinghouse.access.roles import OPERATOR
from clearinghouse.casework.demo.people import demo_actor
from clearinghouse.casework.installation import open_installation
from clearinghouse.casework.retention.shredding import shred_case
from clearinghouse.casework.verification import verify
from clearinghouse.casework.world import World
from clearinghouse.protocol.retention import Kept
from clearinghouse.records.base import new_id
from clearinghouse.records.cases import Case
from clearinghouse.records.convergence import CaseJoin
from clearinghouse.records.minutes import Minute
from clearinghouse.records.peers import Team
from clearinghouse.records.plans import PlanAction
from clearinghouse.web.site import build_site
from tests.promises.addresses import case_rules, filled_address
from tests.web.visitors import signed_in
from tests.worlds import Clock, settings_for

RICH = (Minute.case_id, PlanAction.case_id, Team.case_id, CaseJoin.joined_id)


def destroy_everything(world: World) -> tuple[Case, ...]:
    """The history of the cases on which most has happened, and so all else of them."""
    with world.reading(OPERATOR) as work:
        found = {work.session.scalars(select(each).limit(1)).first() for each in RICH}
    cases = []
    for case_id in sorted(each for each in found if each):
        with world.unit_of_work(OPERATOR) as work:
            case = work.session.get_one(Case, case_id)
            shred_case(work, case, (Kept.HISTORY,), new_id())
            cases.append(case)
    return tuple(cases)


def open_all(site: Flask, world: World, cases: tuple[Case, ...], who: str) -> dict[str, str]:
    """Every page of these cases that somebody may open, by its address."""
    visitor = signed_in(site, world, demo_actor(world, who))
    pages = {}
    for case in cases:
        for rule in case_rules(site):
            path, whole = filled_address(world, rule, case.id)
            if whole and "GET" in (rule.methods or ()):
                answer = visitor.get(path)
                assert answer.status_code in (200, 302, 303, 404), f"{path}: {answer.status_code}"
                pages[path] = answer.get_data(as_text=True)
    for path in ("/agenda", "/retention", "/cases?show=all"):
        assert visitor.get(path).status_code == 200, path
    return pages


def test_every_page_of_a_case_opens_when_everything_typed_on_it_is_destroyed(
    tmp_path: Path, filled_on_sqlite: Path
) -> None:
    """Wrong if a destroyed text broke a page, a print or a letter, so that what remains could not be looked at."""
    home = tmp_path / "home"
    shutil.copytree(filled_on_sqlite, home)
    settings = settings_for(home, CLEARINGHOUSE_DEMO="1")
    world = open_installation(settings, Clock())
    assert not verify(world).faults
    cases = destroy_everything(world)
    site = build_site(world, settings)
    site.testing = True
    pages = open_all(site, world, cases, "Ravi Singh")
    destroyed = {path.partition("/cases/")[2][36:] for path, text in pages.items() if "Destroyed on" in text}
    assert {"", "/conversations", "/meetings", "/plan"} <= destroyed
    report = verify(world)
    assert (report.faults, report.destroyed > 100) == ((), True)
    world.database.close()
