"""A demo with somebody of every role in every standing before it, made by what they are: whom P1 asks about."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid4

from flask import Flask
from sqlalchemy import ColumnElement, select, update
from sqlalchemy.orm import Session
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from clearinghouse.access.decision import Membership
from clearinghouse.access.lifting import Length
from clearinghouse.access.roles import OPERATOR, Actor, Region, Role
from clearinghouse.casework.world import World
from clearinghouse.protocol.vocabulary import Route
from clearinghouse.records.authorities import Authority
from clearinghouse.records.cases import NEVER, Case, CaseAuthority, CaseMember, CaseRegion, Concern
from clearinghouse.records.convergence import CaseJoin
from clearinghouse.records.database import _WRITES, Database
from clearinghouse.records.openings import BreakGlass, LiftedAuthority, WallLifting
from clearinghouse.records.peers import Team
from clearinghouse.records.people import AuthorityLink, LinkKind, RoleGrant, WebSession
from clearinghouse.records.sealed import Compartment
from clearinghouse.records.tables import inventory
from tests.factories.people import again, person
from tests.promises.addresses import filled_address
from tests.web.visitors import Visitor, signed_in

HERE, ELSEWHERE = Region.NORTH_WEST, Region.LONDON
LONG_ENOUGH = 20
"""Shorter texts, such as a job title, may stand on a page by chance."""
_CASE_COMPARTMENTS = frozenset(
    {Compartment.CONCERN, Compartment.SOURCE, Compartment.CONVERSATIONS, Compartment.MEETINGS}
)


class For(StrEnum):
    """What opened every case to somebody for a time, and whether that time is over."""

    LIFTED = "wall lifted"
    LIFT_OVER = "wall was lifted"
    BREAK_GLASS = "break-glass open"
    BREAK_GLASS_OVER = "break-glass over"


@dataclass(frozen=True)
class Kind:
    """Somebody by construction. `region` is None where the role is held nationally.

    `on` is in what capacity they are on every case; `walled` links them to every authority that a case names; `by` is
    what opened the cases to them.
    """

    role: Role
    region: Region | None
    on: Membership | None = None
    logged: bool = False
    walled: bool = False
    ended: bool = False
    by: For | None = None

    @property
    def behind_wall(self) -> bool:
        """Whether a wall keeps them from every case."""
        return self.walled and self.by is not For.LIFTED

    @property
    def words(self) -> str:
        """How the table names them."""
        where = {HERE: "here", ELSEWHERE: "elsewhere", None: "national"}[self.region]
        more = [self.on.words.lower()] if self.on else []
        more += ["logged it"] if self.logged else []
        more += ["walled off"] if self.walled else []
        more += ["role ended"] if self.ended else []
        more += [self.by.value] if self.by else []
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
    for role in (Role.ASSOCIATE, Role.LEAD, Role.ADMINISTRATOR):
        yield Kind(role, HERE, on=Membership.TEAM, walled=True, by=For.LIFTED)
    yield Kind(Role.LEAD, ELSEWHERE, walled=True, by=For.LIFTED)
    yield Kind(Role.LEAD, HERE, walled=True, by=For.LIFT_OVER)
    for role in (Role.ASSOCIATE, Role.LEAD):
        yield Kind(role, ELSEWHERE, by=For.BREAK_GLASS)
    yield Kind(Role.LEAD, ELSEWHERE, by=For.BREAK_GLASS_OVER)
    yield Kind(Role.LEAD, ELSEWHERE, walled=True, by=For.BREAK_GLASS)
    yield Kind(Role.LEAD, ELSEWHERE, ended=True, by=For.BREAK_GLASS)


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
        if kind.by:
            _open_for(world, kind.by, actor.person, cases)
        everybody.append(Somebody(kind.words, kind, actor, visitor.cookie(), token))
    return Town(site, world, tuple(everybody), cases)


def _open_for(world: World, by: For, person_id: UUID, cases: Sequence[Tried]) -> None:
    """Open every case to somebody, past the verbs, which would not open some of them; or let it be over."""
    with world.unit_of_work(OPERATOR) as work:
        until = work.now + timedelta(hours=1) * (-1 if by in (For.LIFT_OVER, For.BREAK_GLASS_OVER) else 1)
        live = select(WebSession.id).where(WebSession.user_id == person_id, WebSession.ended_at.is_(None))
        session_id = work.session.scalars(live).one()
        for case in cases:
            known: dict[str, Any] = {"case_id": case.id, "user_id": person_id, "until": until}
            if by in (For.BREAK_GLASS, For.BREAK_GLASS_OVER):
                work.add(BreakGlass(session_id=session_id, opened_at=work.now, **known))
                continue
            asked = {"length": Length.ONE_DAY, "asked_by": person_id, "asked_at": work.now, "granted": True}
            row = work.add(WallLifting(**known, **asked))
            work.session.flush()
            work.session.add_all(
                LiftedAuthority(lifting_id=row.id, authority_id=each) for each in case.authorities
            )


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
