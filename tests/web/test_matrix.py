"""The short form of P1, and that it can fail; `scripts/promises P1` asks every cell and prints the table."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest
from flask import render_template_string
from sqlalchemy import select

from clearinghouse.access.decision import CaseScope, Decision
from clearinghouse.access.permissions import Permission
from clearinghouse.access.roles import OPERATOR, Role
from clearinghouse.casework import admission, listing, staff
from clearinghouse.casework.admission import scopes_of
from clearinghouse.casework.installation import open_installation
from clearinghouse.casework.listing import _Branch
from clearinghouse.casework.world import Work
from clearinghouse.protocol.vocabulary import Route
from clearinghouse.records.cases import Case, Concern
from clearinghouse.web.pages import NEEDS, Pages, Undeclared
from clearinghouse.web.site import build_site
from tests.promises.matrix import Cell, asked, cells, drawn, figure
from tests.promises.town import Town, build_town
from tests.worlds import Clock, settings_for

SEED = 20260
SOME = (Role.ASSOCIATE, Role.AUDIT_OFFICER)


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory, filled_on_sqlite: Path) -> Iterator[Town]:
    home = tmp_path_factory.mktemp("matrix") / "home"
    shutil.copytree(filled_on_sqlite, home)
    world = open_installation(settings_for(home, CLEARINGHOUSE_DEMO="1"), Clock())
    site = build_site(world, settings_for(home, CLEARINGHOUSE_DEMO="1"))
    site.testing = True
    yield build_town(world, site)
    world.database.close()


def wrong(town: Town, endpoint: str, more: str = "") -> list[str]:
    """What the matrix finds wrong about one page that is read."""

    def draw(town: Town) -> Iterator[Cell]:
        for cell in cells(town):
            asked_for = (cell.rule.endpoint, cell.method, cell.more) == (endpoint, "GET", more)
            if (
                asked_for
                and cell.who.kind
                and cell.who.kind.role in SOME
                and cell.case in (None, town.cases[0])
            ):
                yield cell

    return asked(town, draw)[0].wrong


def test_every_page_opens_to_whom_the_policy_says_and_is_not_there_for_anybody_else(town: Town) -> None:
    """Somebody would see a case that they may not see, or not do what they are there to do."""
    found, _ = asked(town, lambda town: drawn(town, SEED))
    assert not found.wrong, "\n".join(found.wrong)
    assert found.cells > 1_000
    print(figure(found, town))


def test_a_page_that_says_nothing_fails(town: Town) -> None:
    """The matrix would pass by a page that escaped the declaration."""
    town.site._got_first_request = False
    town.site.add_url_rule("/back-door", "back_door", lambda: "in")
    try:
        with pytest.raises(Undeclared, match="/back-door"):
            list(cells(town))
    finally:
        rules = list(town.site.url_map.iter_rules("back_door"))
        town.site.extensions[NEEDS]["back_door"] = Permission.USER_MANAGE
        assert rules


def test_a_query_without_its_scope_fails(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """A list that forgets the region shows every case of England to everybody."""
    assert not wrong(town, "cases.index", "?show=all")
    everything = [_Branch(Case.id, Case.due_on, ())]
    monkeypatch.setattr(listing, "_branches", lambda _work, _mine: everything)
    found = wrong(town, "cases.index", "?show=all")
    assert any(each.startswith("Regional associate, elsewhere sees") for each in found), found


def test_a_wall_that_is_forgotten_fails(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody linked to the council would find it in every list."""
    monkeypatch.setattr(staff, "walled_authorities", lambda _work, _person: frozenset())
    found = wrong(town, "cases.index", "?show=all")
    assert found
    assert all("walled off" in each.partition(" sees ")[0] for each in found), found


def test_a_case_that_is_given_without_asking_fails(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """A verb that looks a case up by itself opens it to whoever knows its address."""

    def decided(
        work: Work, case_id: UUID, route: Route | None, _needs: Permission
    ) -> tuple[CaseScope, Decision]:
        return scopes_of(work, {case_id: route})[case_id], Decision(allowed=True)

    monkeypatch.setattr(admission, "_decided", decided)
    found = wrong(town, "conversations.index")
    assert any("may not GET" in each and each.endswith(": 200") for each in found), found


def test_a_template_that_prints_a_sealed_value_fails(town: Town) -> None:
    """Whoever may see that a case is there, and no more, would read what was said."""
    pages = Pages("planted", __name__)

    @pages.get("/cases/<uuid:case_id>/planted", needs=Permission.CASE_HEADER)
    def planted(case_id: object) -> str:
        from clearinghouse.casework.headers import case_header
        from clearinghouse.web.current import actor

        case_header(town.world, actor(), case_id)  # type: ignore[arg-type]  # as the page is asked
        with town.world.reading(OPERATOR) as work:
            row = work.session.scalars(select(Concern).where(Concern.case_id == case_id)).first()
            return render_template_string("<p title='{{ row.text }}'>A concern</p>", row=row)

    town.site._got_first_request = False
    town.site.register_blueprint(pages)
    town.site.extensions[NEEDS]["planted.planted"] = Permission.CASE_HEADER
    found = wrong(town, "planted.planted")
    assert found
    assert all("reads concern of" in each for each in found), found
    assert any(each.startswith("Audit officer") for each in found)
