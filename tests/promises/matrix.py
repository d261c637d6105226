"""P1: every page × method × person × case, asked of the running site: what the policy table says, and no more.

The pages are those that the site serves. People are made by what they are (a role, where it is held, how they stand to
the cases), and what may open to them is worked out from that and the policy table here, without access's own decision.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from html import unescape
from random import Random

from flask import Flask
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from clearinghouse.access.decision import Membership
from clearinghouse.access.permissions import Needs, Openness, Permission
from clearinghouse.access.policy import POLICY, Reach
from clearinghouse.access.roles import Role
from clearinghouse.casework.demo.filling import fill
from clearinghouse.records.sealed import Compartment
from clearinghouse.web.pages import NEEDS, Undeclared
from clearinghouse.web.site import build_site
from tests.migrations.beyond_the_demo import go_on
from tests.promises.databases import installed
from tests.promises.town import For, Kind, Somebody, Town, Tried, build_town, nothing_kept
from tests.servers import PostgreSQL
from tests.worlds import settings_for

OPENS, ABSENT, ASKED, CHANGED = "+", ".", ">", "!"
OPENED = frozenset({200, 204, 302, 303, 409, 422})
WHERE_SOMETHING_WAITS = frozenset(
    {
        *("triage.section", "triage.answer", "triage.save", "triage.decide", "triage.record"),
        *("triage.save_decision", "agenda.case", "entry.choose_demo_person", "case_changes.end"),
        *("retention.agree", "retention.refuse", "regional.confirm", "peers.confirm"),
        *("retention.propose", "retention.confirm", "retention.stop", "retention.keep"),
        *("teams.remove", "teams.leader", "account.keep_typed"),
        *(f"team_members.{each}" for each in ("ask", "show", "send", "withdraw", "confirm", "answer")),
        "team_members.feedback",
        *("team_solving.show", "team_solving.take", "team_solving.less"),
    }
)
"""Pages that are not there for anybody where nothing waits to be triaged, owed, ended, agreed or confirmed."""
NOT_BY_BREAK_GLASS = frozenset({"followups.calendar"})
"""What would outlive the hours of a break-glass: a day in somebody's own calendar."""
ASKED_WITH: Mapping[str, tuple[str, ...]] = {
    "cases.index": ("?show=all", "?show=closed", "?mine=yes", "?words=REFERENCE"),
    "cases.export": ("?show=all",),
    "agenda.index": ("?whose=region",),
}
"""Lists that show more where they are asked with more."""
SHOWS_OPEN_ONES = frozenset({"break_glass.index", "agenda.case", "account.sight"})
"""The way back to what is open by break-glass; every other page that is of no one case must not name it."""
TOLD = frozenset({Compartment.CONVERSATIONS, Compartment.CONCERN})
"""Where what a second lead is shown is sealed."""


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
    if kind.ended or kind.behind_wall:
        return False
    seen_through = needs in (Permission.CASE_HEADER, Permission.CASE_READ)
    if seen_through and kind.by is For.BREAK_GLASS and kind.role in POLICY[Permission.BREAKGLASS_OPEN]:
        return True
    reach = POLICY[needs].get(kind.role)
    if reach is None:
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
        Reach.BREAK_GLASS: not near,
    }[reach]
    return there or (
        seen_through
        and case.carried_on_in is not None
        and reaches(kind, Permission.CASE_READ, case.carried_on_in)
    )


def opens(kind: Kind | None, rule: Rule, needs: Needs, case: Tried | None) -> bool:
    """Whether the page is there for this kind of person, about this case."""
    if not may_enter(kind, needs):
        return False
    if case is None or kind is None or isinstance(needs, Openness):
        return True
    if kind.by is For.BREAK_GLASS and rule.endpoint in NOT_BY_BREAK_GLASS:
        return False
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
    allowed = opens(cell.who.kind, cell.rule, needs, cell.case)
    answer = town.ask(cell.who, cell.method, path + cell.more)
    sign, fits = _sign(town, cell, answer), True
    if allowed:
        no_provider = cell.rule.endpoint.startswith("single_sign_on.")
        nothing_there = not whole or no_provider or cell.rule.endpoint in WHERE_SOMETHING_WAITS
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
        listed = cell.case is None and cell.rule.endpoint not in SHOWS_OPEN_ONES
        if listed and kind.by is For.BREAK_GLASS and not told and case.reference in text:
            return f"{cell.who.words} finds {case.name} on {answer.request.path}"
        if case.reference in text and not (told or reaches(kind, Permission.CASE_HEADER, case)):
            return f"{cell.who.words} sees {case.name} on {answer.request.path}"
        reads, source = (reaches(kind, each, case) for each in (Permission.CASE_READ, Permission.SOURCE_READ))
        for compartment, lines in case.words.items():
            if source if compartment is Compartment.SOURCE else reads:
                continue
            for line in lines:
                if line in text and not (told and compartment in TOLD):
                    return (
                        f"{cell.who.words} reads {compartment.value} of {case.name} on {answer.request.path}"
                    )
    return ""


def _is_told(kind: Kind, rule: Rule) -> bool:
    """A referral for people at risk, or a wall that is asked to be lifted, is shown to every lead while it waits for a
    second one: that is decided, and counted.
    """
    waits = rule.endpoint.startswith(("risk.", "walls."))
    return waits and kind.role is Role.LEAD and not (kind.behind_wall or kind.ended)


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
    """Some of the cells: of each page and method one that opens, and one for each standing to which it does not.

    What opens for a time, or has ceased to, is asked of each tenth page.
    """
    random = Random(seed)
    of_page: dict[tuple[str, str], dict[tuple[object, ...], list[Cell]]] = {}
    for cell in cells(town):
        standing = _standing(cell, needs_of(town.site, cell.rule))
        of_page.setdefault((cell.method, cell.rule.rule), {}).setdefault(standing, []).append(cell)
    for page in of_page.values():
        for_a_time = random.random() < 0.1
        for (by, *_), alike in page.items():
            if for_a_time or by is None:
                yield random.choice(alike)


def _standing(cell: Cell, needs: Needs) -> tuple[object, ...]:
    """What opened the cases for a time, if anything, and how the person stands to the page."""
    kind = cell.who.kind
    if kind is None:
        return (None,)
    if cell.more and kind.role in (Role.LEAD, Role.ASSOCIATE):
        return (kind.by, cell.more, kind.region, kind.walled)
    if opens(kind, cell.rule, needs, cell.case):
        return (kind.by, "opens")
    if cell.case and may_enter(kind, needs):
        far = kind.region is not None and kind.region not in cell.case.regions
        return (kind.by, "walled off" if kind.walled else "far" if far else "near")
    return (None, "does not enter")


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
