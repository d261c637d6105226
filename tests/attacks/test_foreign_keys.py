"""Somebody who may see two cases, and asks one of them for what belongs to the other."""

import re
import shutil
from pathlib import Path
from uuid import UUID

from sqlalchemy import select

from clearinghouse.access.roles import OPERATOR, Role
from clearinghouse.casework.installation import open_installation
from clearinghouse.protocol.conflicts import Rule
from clearinghouse.records.cases import Case, Concern
from clearinghouse.records.duties import Duty
from clearinghouse.records.meetings import Escalation
from clearinghouse.records.peers import Team, TeamMember
from clearinghouse.web.site import build_site
from tests.factories.people import person
from tests.web.visitors import signed_in
from tests.worlds import Clock, settings_for

_PART = re.compile(r"<(?:[^:<>]+:)?([^<>]+)>")


def test_nothing_of_one_case_answers_under_the_address_of_another(
    tmp_path: Path, filled_on_sqlite: Path
) -> None:
    """Whoever may act on one case could read or change another by naming its parts: a duty, a concern, a team."""
    home = tmp_path / "home"
    shutil.copytree(filled_on_sqlite, home)
    world = open_installation(settings_for(home, CLEARINGHOUSE_DEMO="1"), Clock())
    site = build_site(world, settings_for(home, CLEARINGHOUSE_DEMO="1"))
    with world.reading(OPERATOR) as work:
        parts: dict[str, UUID | str] = {"about": UUID(int=0), "rule": Rule.NEIGHBOUR.value}
        owners = set()
        for name, column, of_case in (
            ("duty_id", Duty.id, Duty.case_id),
            ("concern_id", Concern.id, Concern.case_id),
            ("escalation_id", Escalation.id, Escalation.case_id),
            ("team_id", Team.id, Team.case_id),
        ):
            parts[name], owner = work.session.execute(select(column, of_case).limit(1)).one()
            owners.add(owner)
        member = select(TeamMember.peer_id).where(TeamMember.team_id == parts["team_id"]).limit(1)
        parts["peer_id"] = work.session.scalars(member).one()
        other = work.session.scalars(select(Case.id).where(Case.id.not_in(owners)).limit(1)).one()
    fields = {"peer": str(parts["peer_id"]), "note": "Mine", "reason": "Mine"}
    visitors = [signed_in(site, world, person(world, each, None)) for each in (Role.LEAD, Role.COORDINATOR)]
    tried, wrong = set(), []
    for rule in site.url_map.iter_rules():
        if "case_id" not in rule.arguments or not rule.arguments & parts.keys():
            continue
        path = _PART.sub(lambda found: str(parts.get(found[1], other)), rule.rule)
        for visitor in visitors:
            for method in sorted((rule.methods or set()) & {"GET", "POST"}):
                answer = visitor.get(path) if method == "GET" else visitor.post(path, fields)
                tried.add(rule.rule)
                wrong += [] if answer.status_code == 404 else [f"{method} {rule.rule}: {answer.status_code}"]
    assert not wrong, "\n".join(wrong)
    assert len(tried) >= 10, tried
    world.database.close()
