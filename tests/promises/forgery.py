"""P9: no change without the token of the page: missing, somebody else's and expired ones are refused on every route."""

import hashlib
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from random import Random

from flask import Flask
from sqlalchemy import select
from werkzeug.routing import Rule

from clearinghouse.access.permissions import Openness, Permission
from clearinghouse.access.policy import POLICY
from clearinghouse.access.roles import OPERATOR, Role
from clearinghouse.casework.world import World
from clearinghouse.records.cases import Case
from clearinghouse.records.peers import Team
from clearinghouse.records.tables import METADATA
from clearinghouse.web.pages import NEEDS
from clearinghouse.web.site import build_site
from tests.factories.people import person
from tests.promises.addresses import filled_address
from tests.promises.databases import filled_demo
from tests.promises.forms_found import Pairs, encoded, forms_of, plausible
from tests.promises.town import nothing_kept
from tests.servers import PostgreSQL
from tests.web.visitors import Visitor, signed_in
from tests.worlds import settings_for

EXPIRED = "This form has expired"
Taken = Mapping[Role, Visitor]


def every_change_is_guarded(
    server: PostgreSQL | None, kept: Path | None = None, *, whole: bool = True
) -> str:
    """Send every form that there is without a good token, filled in as it should be, and compare the database.

    The same post with its good token comes past the guard: it was not refused for something else. Not the `whole`: one
    kind of token for each route, and fields without a page.
    """
    began = time.monotonic()
    with filled_demo(server, kept) as place:
        world = place.world
        site = build_site(world, settings_for(place.home, place.address, CLEARINGHOUSE_DEMO="1"))
        site.testing = True
        forms = list(_forms(site, world, whole=whole))
        tokens = _tokens(site, world, forms)
        before = digest(world)
        refused = 0
        for number, (rule, visitor, path, pairs) in enumerate(forms):
            kinds = list(tokens(visitor).items())
            for kind, token in kinds if whole else [kinds[number % len(kinds)]]:
                answer = _send(visitor, path, pairs, token)
                assert answer == (400, True), (
                    f"{rule.rule} takes a post with a token that is {kind}: {answer[0]}"
                )
                refused += 1
                if whole:
                    assert digest(world) == before, (
                        f"{rule.rule} changed something, by a token that is {kind}"
                    )
        assert digest(world) == before, "a refused post changed something"
        with nothing_kept(world.database):
            for rule, visitor, path, pairs in forms if whole else forms[::20]:
                answer = _send(visitor, path, pairs, visitor.csrf_token())
                assert not answer[1], f"{rule.rule} refuses even the good token"
    return (
        f"{refused:,} posts to {len(forms)} routes refused, nothing changed; with a good token they pass;"
        f" {time.monotonic() - began:.0f} s"
    )


def digest(world: World) -> str:
    """Of every row of every table."""
    found = hashlib.sha256()
    with world.database.engine.connect() as connection:
        for table in METADATA.sorted_tables:
            rows = sorted(repr(tuple(row)) for row in connection.execute(select(table)))
            found.update(f"{table.name} {rows}".encode())
    return found.hexdigest()


Form = tuple[Rule, Visitor, str, Pairs]


def _forms(site: Flask, world: World, *, whole: bool) -> Iterator[Form]:
    """Each route that takes a post, with somebody to whom it opens, its address, and the form filled in."""
    with world.reading(OPERATOR) as work:
        rich = work.session.scalars(select(Team.case_id).join(Case, Case.id == Team.case_id).limit(1)).one()
    visitors = {role: signed_in(site, world, person(world, role, None)) for role in Role}
    stranger, random = Visitor(site), Random(9)
    stranger.csrf_token()
    for rule in sorted(site.url_map.iter_rules(), key=lambda found: found.rule):
        if "POST" not in (rule.methods or ()):
            continue
        needs = site.extensions[NEEDS][rule.endpoint]
        visitor = stranger if needs is Openness.PUBLIC else visitors[_role(needs)]
        path, _ = filled_address(world, rule, rich if "case_id" in rule.arguments else None)
        yield rule, visitor, path, _fields(visitor, path, random) if whole else [("note", "Mine")]


def _role(needs: Permission | Openness) -> Role:
    """Who comes furthest: a lead where one may."""
    holders = list(Role) if isinstance(needs, Openness) else list(POLICY[needs])
    return Role.LEAD if Role.LEAD in holders else holders[0]


def _fields(visitor: Visitor, path: str, random: Random) -> Pairs:
    page = visitor.get(path)
    found = [form for form in forms_of(page.text) if form.method == "post" and form.action in ("", path)]
    pairs = plausible(found[0], random) if page.status_code == 200 and found else [("note", "Mine")]
    return [pair for pair in pairs if pair[0] != "csrf_token"]


def _tokens(site: Flask, world: World, forms: list[Form]) -> Callable[[Visitor], Mapping[str, str | None]]:
    """For each visitor: no token, an empty one, somebody else's, and one of a session of theirs that has ended."""
    others: dict[int, str] = {}
    foreign = signed_in(site, world, person(world, Role.LEAD, None)).csrf_token()
    for _, visitor, _, _ in forms:
        if id(visitor) not in others:
            before = signed_in(site, world, visitor.actor) if visitor.actor else Visitor(site)
            others[id(visitor)] = before.csrf_token()
            if visitor.actor:
                before.post("/sign-out", {"csrf_token": others[id(visitor)]})

    def of(visitor: Visitor) -> Mapping[str, str | None]:
        return {"missing": None, "empty": "", "somebody else's": foreign, "expired": others[id(visitor)]}

    return of


def _send(visitor: Visitor, path: str, pairs: Pairs, token: str | None) -> tuple[int, bool]:
    """The status, and whether it was the guard that refused; the cookie stays what it was."""
    sent = [*pairs, *([] if token is None else [("csrf_token", token)])]
    cookie = {"Cookie": f"clearinghouse={visitor.cookie()}"}
    answer = visitor.site.test_client(use_cookies=False).post(
        path, data=encoded(sent), content_type="application/x-www-form-urlencoded", headers=cookie
    )
    return answer.status_code, EXPIRED in answer.text
