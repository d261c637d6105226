"""P1: every page × method × person × case, asked of the running site: what the policy table says, and no more.

The pages are those that the site serves. People are made by what they are (a role, where it is held, how they stand to
the cases), and what may open to them is worked out from that and the policy table here, without access's own decision.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from html import unescape
from random import Random
from uuid import UUID, uuid4

from flask import Flask
from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import Session
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from clearinghouse.access.decision import Membership
from clearinghouse.access.permissions import Needs, Openness, Permission
from clearinghouse.access.policy import POLICY, Reach
from clearinghouse.access.roles import OPERATOR, Actor, Region, Role
from clearinghouse.casework.demo.filling import fill
from clearinghouse.casework.world import World
from clearinghouse.protocol.vocabulary import Route
from clearinghouse.records.authorities import Authority
from clearinghouse.records.cases import NEVER, Case, CaseAuthority, CaseMember, CaseRegion, Concern
from clearinghouse.records.convergence import CaseJoin
from clearinghouse.records.database import _WRITES, Database
from clearinghouse.records.peers import Team
from clearinghouse.records.people import AuthorityLink, LinkKind, RoleGrant
from clearinghouse.records.sealed import Compartment
from clearinghouse.records.tables import inventory
from clearinghouse.web.pages import NEEDS, Undeclared
from clearinghouse.web.site import build_site
from tests.factories.people import again, person
from tests.migrations.beyond_the_demo import go_on
from tests.promises.addresses import filled_address
from tests.promises.databases import installed
from tests.servers import PostgreSQL
from tests.web.visitors import Visitor, signed_in
from tests.worlds import settings_for

HERE, ELSEWHERE = Region.NORTH_WEST, Region.LONDON
LONG_ENOUGH = 20
"""Shorter texts, such as a job title, may stand on a page by chance."""
OPENS, ABSENT, ASKED, CHANGED = "+", ".", ">", "!"
OPENED = frozenset({200, 204, 302, 303, 409, 422})
WHERE_SOMETHING_WAITS = frozenset(
    {
        *("triage.section", "triage.answer", "triage.save", "triage.decide", "triage.record"),
        *("triage.save_decision", "agenda.case", "entry.choose_demo_person", "case_changes.end"),
        *("retention.agree", "retention.refuse", "regional.confirm", "peers.confirm"),
        *("teams.remove", "teams.leader"),
    }
)
"""Pages that are not there for anybody where nothing waits to be triaged, owed, ended, agreed or confirmed."""
ASKED_WITH: Mapping[str, tuple[str, ...]] = {
    "cases.index": ("?show=all", "?show=closed", "?mine=yes", "?words=REFERENCE"),
    "cases.export": ("?show=all",),
    "agenda.index": ("?whose=region",),
}
"""Lists that show more where they are asked with more."""
_CASE_COMPARTMENTS = frozenset(
    {Compartment.CONCERN, Compartment.SOURCE, Compartment.CONVERSATIONS, Compartment.MEETINGS}
)


@dataclass(frozen=True)
class Kind:
    """Somebody by construction. `region` is None where the role is held nationally.

    `on` is in what capacity they are on every case; `walled` links them to every authority that a case names.
    """

    role: Role
    region: Region | None
    on: Membership | None = None
    logged: bool = False
    walled: bool = False
    ended: bool = False

    @property
    def words(self) -> str:
        """How the table names them."""
        where = {HERE: "here", ELSEWHERE: "elsewhere", None: "national"}[self.region]
        more = [self.on.words.lower()] if self.on else []
        more += ["logged it"] if self.logged else []
        more += ["walled off"] if self.walled else []
        more += ["role ended"] if self.ended else []
        return ", ".join((self.role.words, where, *more))


def kinds() -> Iterator[Kind]:
    """Every role in every place and standing; where standing makes a difference to one role, that too."""
    for role in Role:
        yield Kind(role, HERE)
        yield Kind(role, HERE, on=Membership.TEAM)
        yield Kind(role, ELSEWHERE)
        yield Kind(role, ELSEWHERE, on=Membership.TEAM)
        yield Kind(role, None)
        yield Kind(role, None, on=Membership.OWNER, walled=True)
        yield Kind(role, HERE, on=Membership.OWNER, ended=True)
    for role in (Role.ASSOCIATE, Role.RIEP_OFFICER, Role.LEAD):
        yield Kind(role, HERE, on=Membership.CUSTODIAN)
        yield Kind(role, ELSEWHERE, on=Membership.CUSTODIAN)
        yield Kind(role, None, on=Membership.CUSTODIAN, walled=True)
    yield Kind(Role.ASSOCIATE, HERE, logged=True)


@dataclass(frozen=True)
class Tried:
    """A case to try on: what the database says of it, without access's help."""

    id: UUID
    name: str
    reference: str
    regions: frozenset[Region]
    authorities: frozenset[UUID]
    brokered: bool
    words: Mapping[Compartment, tuple[str, ...]]
    carried_on_in: "Tried | None" = None


@dataclass(frozen=True)
class Somebody:
    """What somebody is, their cookie and their token; nobody where no kind is given."""

    words: str
    kind: Kind | None = None
    actor: Actor | None = None
    cookie: str = ""
    token: str = ""


@dataclass
class Town:
    """A demo's site, everybody, and the cases to try on."""

    site: Flask
    world: World
    everybody: tuple[Somebody, ...]
    cases: tuple[Tried, ...]
    absent: dict[str, bytes] = field(default_factory=dict)
    addresses: dict[tuple[str, UUID | None], tuple[str, bool]] = field(default_factory=dict)

    def address(self, rule: Rule, case: Tried | None) -> tuple[str, bool]:
        """The page's address for a case, and whether all that it names is there."""
        key = (rule.rule, case.id if case else None)
        if key not in self.addresses:
            self.addresses[key] = filled_address(self.world, rule, key[1])
        return self.addresses[key]

    def ask(self, who: Somebody, method: str, path: str) -> TestResponse:
        """Ask for a page, or send an empty form with its token; the browser's cookie stays as it is."""
        typed = {"csrf_token": who.token, "post_key": str(uuid4())} if method == "POST" else None
        cookie = {"Cookie": f"clearinghouse={who.cookie}"}
        client = self.site.test_client(use_cookies=False)
        return client.open(path, method=method, data=typed, headers=cookie)

    def absent_page(self, who: Somebody) -> bytes:
        """What this person is shown where there is nothing at all."""
        if who.words not in self.absent:
            self.absent[who.words] = self.ask(who, "GET", f"/cases/{uuid4()}").data
        return self.absent[who.words]


@dataclass(frozen=True)
class Cell:
    """One question: may this person use this page so, with this case?"""

    rule: Rule
    method: str
    who: Somebody
    case: Tried | None
    more: str = ""


# What the policy table says


def may_enter(kind: Kind | None, needs: Needs) -> bool:
    """Whether the page opens at all, before any case is looked at."""
    if needs is Openness.PUBLIC:
        return True
    if kind is None:
        return False
    return needs is Openness.SIGNED_IN or (not kind.ended and kind.role in POLICY[needs])


def reaches(kind: Kind, needs: Permission, case: Tried) -> bool:
    """Whether the one role of this kind carries the permission as far as this case; the wall before all else."""
    reach = POLICY[needs].get(kind.role)
    if reach is None or kind.ended or kind.walled:
        return False
    near = kind.region is None or kind.region in case.regions
    on_case = kind.on is not None
    custodian = kind.on is Membership.CUSTODIAN
    there = {
        Reach.ALL: True,
        Reach.REGION: near,
        Reach.ON_CASE: near and on_case,
        Reach.BROKERED: near and case.brokered,
        Reach.BROKERED_ON_CASE: near and case.brokered and on_case,
        Reach.OWN_CONCERN: near and (kind.logged or custodian),
        Reach.CUSTODIAN: near and custodian,
        Reach.ADDRESSED: False,
    }[reach]
    seen_through = needs in (Permission.CASE_HEADER, Permission.CASE_READ) and case.carried_on_in is not None
    return there or (
        seen_through
        and case.carried_on_in is not None
        and reaches(kind, Permission.CASE_READ, case.carried_on_in)
    )


def opens(kind: Kind | None, needs: Needs, case: Tried | None) -> bool:
    """Whether the page is there for this kind of person, about this case."""
    if not may_enter(kind, needs):
        return False
    if case is None or kind is None or isinstance(needs, Openness):
        return True
    allowed = reaches(kind, needs, case)
    if needs is Permission.PEER_READ:  # reaches everywhere, and says nothing about the case
        allowed = allowed and reaches(kind, Permission.CASE_HEADER, case)
    return allowed


# Asking the site


def needs_of(site: Flask, rule: Rule) -> Needs:
    """What the page declares. Raises Undeclared where it says nothing."""
    needs: Needs | None = site.extensions[NEEDS].get(rule.endpoint)
    if needs is None:
        raise Undeclared(f"{rule.rule} does not say what it needs")
    return needs


def cells(town: Town) -> Iterator[Cell]:
    """Every cell that there is. Who does not enter a page at all is turned away alike from every case: one shows it."""
    for rule in town.site.url_map.iter_rules():
        needs = needs_of(town.site, rule)
        of_case = "case_id" in rule.arguments
        for method in sorted((rule.methods or set()) & {"GET", "POST"}):
            for who in town.everybody:
                enters = may_enter(who.kind, needs)
                wanted = town.cases if enters else town.cases[:1]
                for case in wanted if of_case else (None,):
                    yield Cell(rule, method, who, case)
                for more in ASKED_WITH.get(rule.endpoint, ()):
                    for case in town.cases if "REFERENCE" in more else town.cases[:1]:
                        yield Cell(rule, method, who, None, more.replace("REFERENCE", case.reference))


def try_cell(town: Town, cell: Cell) -> tuple[str, str]:
    """What the site says, as the table's sign, and what is wrong about it, if anything."""
    needs = needs_of(town.site, cell.rule)
    if cell.rule.endpoint == "static" or "token" in cell.rule.arguments:
        return ABSENT, ""  # no person's, and no case's: files of the program, and one-time links
    path, whole = town.address(cell.rule, cell.case)
    allowed = opens(cell.who.kind, needs, cell.case)
    answer = town.ask(cell.who, cell.method, path + cell.more)
    sign, fits = _sign(town, cell, answer), True
    if allowed:
        nothing_there = not whole or cell.rule.endpoint in WHERE_SOMETHING_WAITS
        fits = answer.status_code in OPENED or (answer.status_code == 404 and nothing_there)
    elif cell.who.kind is None:
        fits = sign == ASKED
    else:
        fits = sign == ABSENT
    may_words = "may" if allowed else "may not"
    problem = "" if fits else f"{cell.who.words} {may_words} {cell.method} {path}: {answer.status_code}"
    return sign, problem or _shown_beyond(town, cell, answer)


def _sign(town: Town, cell: Cell, answer: TestResponse) -> str:
    if cell.who.kind is None and (answer.location or "").startswith("/sign-in"):
        return ASKED
    if answer.status_code == 404 and answer.data == town.absent_page(cell.who):
        return ABSENT
    return OPENS if answer.status_code in OPENED else CHANGED


def _shown_beyond(town: Town, cell: Cell, answer: TestResponse) -> str:
    """A case's reference, or words typed on it, on a page of somebody who may not see or read that case."""
    if answer.status_code != 200 or cell.who.kind is None or answer.mimetype == "application/zip":
        return ""
    typed = f'value="{cell.more.rpartition("=")[2]}"'  # what was asked for stands in its field
    kind, text = cell.who.kind, " ".join(unescape(answer.text.replace(typed, "")).split())
    for case in town.cases:
        told = _is_told(kind, cell.rule)
        if case.reference in text and not (told or reaches(kind, Permission.CASE_HEADER, case)):
            return f"{cell.who.words} sees {case.name} on {answer.request.path}"
        reads, source = (reaches(kind, each, case) for each in (Permission.CASE_READ, Permission.SOURCE_READ))
        for compartment, lines in case.words.items():
            if source if compartment is Compartment.SOURCE else reads:
                continue
            for line in lines:
                if line in text and not (told and compartment is Compartment.CONVERSATIONS):
                    return (
                        f"{cell.who.words} reads {compartment.value} of {case.name} on {answer.request.path}"
                    )
    return ""


def _is_told(kind: Kind, rule: Rule) -> bool:
    """A referral for people at risk is shown to every lead while it waits for one: that is decided, and counted."""
    return rule.endpoint.startswith("risk.") and kind.role is Role.LEAD and not (kind.walled or kind.ended)


@contextmanager
def nothing_kept(database: Database) -> Iterator[None]:
    """Carry every change out and take it back at once: one question must not change the answer to the next."""
    keeps, writes = database.writing, database.engine.execution_options(**{_WRITES: True})

    @contextmanager
    def tries() -> Iterator[Session]:
        with database.held_still(), writes.connect() as connection, connection.begin() as whole:
            joined = {"join_transaction_mode": "rollback_only", "expire_on_commit": False}
            with Session(connection, **joined) as session, session.begin():
                yield session
            whole.rollback()

    database.writing = tries  # type: ignore[method-assign]  # every change passes here
    try:
        yield
    finally:
        database.writing = keeps  # type: ignore[method-assign]  # as it was


# The town


def build_town(world: World, site: Flask) -> Town:
    """Everybody, on a filled demo's cases."""
    cases = tuple(_cases(world))
    authorities = sorted({each for case in cases for each in case.authorities})
    nobody = Visitor(site)
    everybody = [Somebody("Nobody", token=nobody.csrf_token(), cookie=nobody.cookie())]
    for kind in kinds():
        actor = person(world, kind.role, kind.region, kind.words)
        with world.unit_of_work(OPERATOR) as work:
            if kind.on:
                work.session.add_all(
                    CaseMember(case_id=case.id, user_id=actor.person, membership=kind.on, due_on=NEVER)
                    for case in cases
                )
            if kind.walled:
                for each in authorities:
                    link = {"user_id": actor.person, "authority_id": each, "kind": LinkKind.EMPLOYED}
                    work.add(AuthorityLink(declared_at=work.now, **link))
            if kind.logged:
                of_cases = Concern.case_id.in_([case.id for case in cases])
                work.session.execute(update(Concern).where(of_cases).values(logged_by=actor.person))
            if kind.ended:
                ended = RoleGrant.user_id == actor.person
                work.session.execute(update(RoleGrant).where(ended).values(ended_at=work.now))
        actor = again(world, actor)
        visitor = signed_in(site, world, actor)
        token = visitor.csrf_token()
        everybody.append(Somebody(kind.words, kind, actor, visitor.cookie(), token))
    return Town(site, world, tuple(everybody), cases)


def _cases(world: World) -> Iterator[Tried]:
    wanted: Mapping[str, ColumnElement[bool]] = {
        "escalated": Case.escalated.is_(True),
        "people at risk": Case.people_at_risk.is_(True),
        "with a team": Case.id.in_(select(Team.case_id)),
        "brokered": Case.route == Route.POLITICAL_BROKERAGE,
        "closed": Case.due_on == NEVER,
        "joined": Case.id.in_(select(CaseJoin.joined_id).where(CaseJoin.ended_at.is_(None))),
    }
    known = set[UUID]()
    for name, condition in wanted.items():
        with world.reading(OPERATOR) as work:
            query = select(Case.id).where(condition, Case.id.not_in(known)).order_by(Case.id)
            found = work.session.scalars(query.limit(1)).first()
        if found:
            known.add(found)
            yield _case(world, found, name)


def _case(world: World, case_id: UUID, name: str) -> Tried:
    with world.reading(OPERATOR) as work:
        row = work.session.get_one(Case, case_id)
        regions = work.session.scalars(select(CaseRegion.region).where(CaseRegion.case_id == case_id))
        named = select(CaseAuthority.authority_id).where(CaseAuthority.case_id == case_id)
        onward = select(CaseJoin.case_id).where(CaseJoin.joined_id == case_id, CaseJoin.ended_at.is_(None))
        into = work.session.scalars(onward).first()
        return Tried(
            case_id,
            name,
            row.reference,
            frozenset(regions),
            frozenset(work.session.scalars(named)),
            row.route is Route.POLITICAL_BROKERAGE,
            _typed_on(work.session, case_id),
            _case(world, into, "carries on") if into else None,
        )


def _typed_on(session: Session, case_id: UUID) -> Mapping[Compartment, tuple[str, ...]]:
    """Every line that was typed on the case, by compartment; not what stands in the clear by chance."""
    clear = set(session.scalars(select(Authority.name)))
    found: dict[Compartment, dict[str, None]] = {each: {} for each in _CASE_COMPARTMENTS}
    for each in inventory():
        if each.sealed.compartment not in found or "case_id" not in each.row.__table__.columns:
            continue
        if each.attribute == "service":  # picked from a list
            continue
        rows = session.scalars(select(each.row).where(each.row.__table__.c.case_id == case_id))
        for row in rows:
            for line in (getattr(row, each.attribute) or "").splitlines():
                words = " ".join(line.split())
                if len(words) >= LONG_ENOUGH and words not in clear:
                    found[each.sealed.compartment][words] = None
    return {compartment: tuple(lines) for compartment, lines in found.items()}


# The promise


@dataclass
class Matrix:
    """What was asked and answered."""

    signs: dict[tuple[str, str], Counter[str]] = field(default_factory=dict)
    rows: dict[tuple[str, str], dict[str, Counter[str]]] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)
    cells: int = 0

    def ask(self, town: Town, cell: Cell) -> None:
        """Try one cell and keep its answer."""
        sign, problem = try_cell(town, cell)
        row = self.rows.setdefault((cell.method, cell.rule.rule), {})
        row.setdefault(cell.who.words, Counter())[sign] += 1
        self.wrong += [problem] if problem else []
        self.cells += 1

    def table(self, town: Town) -> Iterator[str]:
        """The cells as lines: a page and method each, a person each column."""
        yield f"{OPENS} opens, {ABSENT} is not there, {ASKED} leads to sign-in, {CHANGED} anything else,"
        yield "a number: opens for so many of the cases"
        for number, who in enumerate(town.everybody, 1):
            yield f"{number:3} {who.words}"
        for (method, path), found in self.rows.items():
            signs = "".join(_summed(found.get(who.words, Counter())) for who in town.everybody)
            yield f"{signs} {method:4} {path}"


def _summed(found: Counter[str]) -> str:
    if len(found) == 1:
        return next(iter(found))
    return CHANGED if found[CHANGED] else str(found[OPENS]) if found else " "


def drawn(town: Town, seed: int) -> Iterator[Cell]:
    """Some of the cells: of each page and method one that opens, and one for each standing to which it does not."""
    random = Random(seed)
    of_page: dict[tuple[str, str], dict[object, list[Cell]]] = {}
    for cell in cells(town):
        kind, needs = cell.who.kind, needs_of(town.site, cell.rule)
        standing: object = kind
        if opens(kind, needs, cell.case):
            standing = "opens"
        elif kind and may_enter(kind, needs) and cell.case:
            far = kind.region is not None and kind.region not in cell.case.regions
            standing = "walled off" if kind.walled else "far" if far else "near"
        elif kind:
            standing = "does not enter"
        if cell.more and kind and kind.role in (Role.LEAD, Role.ASSOCIATE):
            standing = (cell.more, kind.region, kind.walled)
        of_page.setdefault((cell.method, cell.rule.rule), {}).setdefault(standing, []).append(cell)
    for page in of_page.values():
        for alike in page.values():
            yield random.choice(alike)


def nobody_sees_more(
    server: PostgreSQL | None, draw: Callable[[Town], Iterator[Cell]] = cells, *, show: bool = False
) -> str:
    """Ask the cells, all or those drawn; gives the figure, or fails with what was wrong."""
    began = time.monotonic()
    with installed(server, CLEARINGHOUSE_DEMO="1") as place:
        fill(place.world)
        go_on(place.world)
        site = build_site(place.world, settings_for(place.home, place.address, CLEARINGHOUSE_DEMO="1"))
        site.testing = True
        found, town = asked(build_town(place.world, site), draw)
        if show:
            print("\n".join(found.table(town)), flush=True)
    assert not found.wrong, f"{len(found.wrong)} cells are wrong:\n" + "\n".join(found.wrong[:200])
    return f"{figure(found, town)}; {time.monotonic() - began:.0f} s"


def asked(town: Town, draw: Callable[[Town], Iterator[Cell]]) -> tuple[Matrix, Town]:
    """The matrix of the cells that are drawn."""
    matrix = Matrix()
    with nothing_kept(town.world.database):
        for cell in draw(town):
            matrix.ask(town, cell)
    return matrix, town


def figure(matrix: Matrix, town: Town) -> str:
    """What was reached, in words."""
    signs = Counter[str]()
    for row in matrix.rows.values():
        for each in row.values():
            signs.update(each)
    return (
        f"{matrix.cells:,} cells: {len(matrix.rows)} pages and methods, {len(town.everybody)} people,"
        f" {len(town.cases)} cases; {signs[OPENS]:,} open, {signs[ABSENT]:,} are not there, none wrong"
    )
