"""Every page of a filled demo, as each role finds it by following links: whole HTML, safe, and leading nowhere dead."""

import re
import shutil
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit
from xml.etree.ElementTree import Element

import html5lib
import pytest
from sqlalchemy import inspect, select
from werkzeug.test import TestResponse

from clearinghouse.access.roles import OPERATOR, Role
from clearinghouse.casework.demo.people import PEOPLE, demo_actor
from clearinghouse.casework.installation import open_installation
from clearinghouse.casework.world import World
from clearinghouse.records.events import Event
from clearinghouse.records.keyring import DataKeyRow
from clearinghouse.records.ledger import LedgerEvent, LedgerHead
from clearinghouse.records.sealed import Compartment
from clearinghouse.records.tables import METADATA, inventory
from clearinghouse.web.site import build_site
from tests.web.visitors import Visitor, signed_in
from tests.worlds import Clock, settings_for

STARTS = ("/", "/account", "/help", "/privacy", "/accessibility")
MOST_PAGES = 1000
LINK = re.compile(r'<a\b[^>]*\bhref="([^"]+)"')
IDS = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
SAMPLES = 6
"""So many of each kind of page are looked at; `scripts/promises P2` and `P15` look at more."""

ONE_OF_EACH = [next(person.name for person in PEOPLE if person.grant.role is role) for role in Role]
WITHOUT_CASES = (Role.COORDINATOR, Role.ADMINISTRATOR, Role.AUDIT_OFFICER, Role.REGULATOR)
OF_CASES = {Compartment.CONCERN, Compartment.SOURCE, Compartment.CONVERSATIONS, Compartment.MEETINGS}
LONG_ENOUGH = 20
"""Shorter texts, such as a job title, may stand on a page by chance."""

READ_EVENTS = {
    Event.CASE_OPENED,
    Event.SOURCE_OPENED,
    Event.DOCUMENT_DOWNLOADED,
    Event.QUESTIONNAIRE_EXPORTED,
    Event.PEER_OPENED,
    Event.CASES_EXPORTED,
    Event.PEERS_EXPORTED,
    Event.GRANTS_EXPORTED,
    Event.SIGNALS_OPENED,
    Event.COMMITMENTS_OPENED,
    Event.ROUND_TABLE_OPENED,
    Event.ROUND_TABLE_TOLD,
    Event.PACK_OPENED,
    Event.SEARCH_ANSWERED,
    Event.SUBJECT_REQUEST_OPENED,
    Event.SUBJECT_PART_OPENED,
}


@dataclass
class Crawl:
    """What one person found: the pages by address, and the links that lead nowhere."""

    pages: dict[str, TestResponse] = field(default_factory=dict)
    dead: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Tour:
    """Everybody's crawl, and what the tables held before and after."""

    world: World
    crawls: dict[str, Crawl]
    before: dict[str, set[Any]]
    after: dict[str, set[Any]]


def crawl(visitor: Visitor) -> Crawl:
    """Follow every link from the starts, within the bounds."""
    found, waiting, sampled = Crawl(), deque((path, "") for path in STARTS), dict.fromkeys(STARTS, 1)
    asked = set(STARTS)
    while waiting and len(found.pages) < MOST_PAGES:
        path, source = waiting.popleft()
        answer = visitor.get(path)
        if answer.status_code in (302, 303):
            targets = [answer.location]
        elif answer.status_code == 200:
            found.pages[path] = answer
            targets = links(answer) if answer.mimetype == "text/html" else []
        else:
            found.dead.append(f"{source} leads to {path}: {answer.status_code}")
            continue
        for target in targets:
            address = urlsplit(urljoin(f"http://localhost{path}", target))
            there = address.path + (f"?{address.query}" if address.query else "")
            kind = IDS.sub("…", re.sub(r"=[^&]*", "=…", there))
            if address.netloc != "localhost" or there in asked or address.path.startswith("/static/"):
                continue
            asked.add(there)
            sampled[kind] = sampled.get(kind, 0) + 1
            if sampled[kind] <= SAMPLES:
                waiting.append((there, path))
    return found


def parsed(answer: TestResponse) -> Element:
    return html5lib.parse(answer.text, treebuilder="etree", namespaceHTMLElements=False)


def links(answer: TestResponse) -> list[str]:
    """The addresses of a page's links, read the quick way: there are a thousand pages."""
    return [unescape(href) for href in LINK.findall(answer.text)]


def contents(world: World) -> dict[str, set[Any]]:
    """Every row of every table as it lies there."""
    with world.database.engine.connect() as connection:
        assert set(inspect(connection).get_table_names()) - {"alembic_version"} == set(METADATA.tables)
        return {
            table.name: {tuple(map(str, row)) for row in connection.execute(select(table))}
            for table in METADATA.sorted_tables
        }


@pytest.fixture(scope="module")
def tour(tmp_path_factory: pytest.TempPathFactory, filled_on_sqlite: Path) -> Iterator[Tour]:
    home = tmp_path_factory.mktemp("pages") / "home"
    shutil.copytree(filled_on_sqlite, home)
    settings = settings_for(home, CLEARINGHOUSE_DEMO="1")
    world = open_installation(settings, Clock())
    site = build_site(world, settings)
    site.testing = True
    visitors = {name: signed_in(site, world, demo_actor(world, name)) for name in ONE_OF_EACH}
    before = contents(world)
    crawls = {name: crawl(visitor) for name, visitor in visitors.items()}
    stranger = Visitor(site)
    crawls["Nobody"] = crawl(stranger)
    yield Tour(world, crawls, before, contents(world))
    world.database.close()


def pages(tour: Tour) -> Iterator[tuple[str, str, TestResponse]]:
    for name, found in tour.crawls.items():
        for path, answer in found.pages.items():
            if answer.mimetype == "text/html":
                yield name, path, answer


def test_no_link_is_dead_and_the_crawl_was_a_real_one(tour: Tour) -> None:
    """A link that leads to "not found" wastes time, and tells of what may not be seen."""
    assert not [line for found in tour.crawls.values() for line in found.dead]
    assert all(len(found.pages) < MOST_PAGES for found in tour.crawls.values())
    kinds = {IDS.sub("…", urlsplit(path).path) for _, path, _ in pages(tour)}
    assert len(kinds) > 50, sorted(kinds)


def faults(text: str) -> Iterator[str]:
    """What is wrong with one page."""
    parser = html5lib.HTMLParser(strict=False, namespaceHTMLElements=False)
    page = parser.parse(text)
    yield from (f"HTML: {code} at {place}" for place, code, _ in parser.errors)
    title = page.findtext("head/title") or ""
    if not re.fullmatch(r"\S.* – Clearinghouse", title.strip()) or title.strip().startswith("–"):
        yield f"title {title!r}"
    if len(headings := list(page.iter("h1"))) != 1:
        yield f"{len(headings)} h1"
    ids = [element.get("id") for element in page.iter() if element.get("id") is not None]
    yield from (f"id {each!r} twice" for each in sorted({each for each in ids if ids.count(each) > 1}))
    if "" in ids:
        yield "an empty id"
    known = set(ids)
    for element in page.iter():
        yield from unsafe(element)
        for name in ("for", "aria-labelledby", "aria-describedby"):
            yield from (
                f"{name}={each!r} names nothing"
                for each in element.get(name, "").split()
                if each not in known
            )
    for form in page.iter("form"):
        if form.get("method", "").lower() == "post":
            names = {each.get("name") for each in form.iter("input")}
            if "csrf_token" not in names:
                yield f"the form to {form.get('action')!r} has no token"


def unsafe(element: Element) -> Iterator[str]:
    """What the content security policy would refuse, or should."""
    if element.tag == "style" or element.get("style") is not None:
        yield f"inline style on {element.tag}"
    if element.tag == "script" and not element.get("src", "").startswith("/static/"):
        yield "inline script"
    yield from (f"handler {name}" for name in element.attrib if str(name).startswith("on"))
    if element.get("href", "").lower().startswith(("javascript:", "data:", "http:")):
        yield f"link {element.get('href')!r}"


def test_every_page_is_whole_html_with_its_title_heading_and_tokens(tour: Tour) -> None:
    """Broken markup is what a screen reader stumbles over, and where injected markup hides."""
    wrong = [f"{who} {path}: {fault}" for who, path, answer in pages(tour) for fault in faults(answer.text)]
    assert not wrong, "\n".join(sorted(wrong)[:40])


@pytest.mark.parametrize(
    ("good", "bad", "fault"),
    [
        ("<p>", "<p></div>", "HTML: end-tag-too-early"),
        ("<title>A – Clearinghouse", "<title> – Clearinghouse", "title"),
        ("<h1>A</h1>", "<h1>A</h1><h1>B</h1>", "2 h1"),
        ('id="one"', 'id="two"', "id 'two' twice"),
        ("<p>", "<p style='color: red'>", "inline style on p"),
        ("<p>", "<script>go()</script><p>", "inline script"),
        ("<p>", "<p onclick='go()'>", "handler onclick"),
        ("<p>", "<a href='javascript:go()'>go</a><p>", "link 'javascript:go()'"),
        ("<p>", "<p aria-describedby='three'>", "aria-describedby='three' names nothing"),
        ("csrf_token", "token", "the form to '/a' has no token"),
        ("", "", ""),
    ],
)
def test_each_fault_is_seen(good: str, bad: str, fault: str) -> None:
    """The test above would otherwise prove nothing."""
    page = (
        "<!DOCTYPE html><html lang='en'><head><title>A – Clearinghouse</title></head><body><h1>A</h1>"
        '<p><i id="one"></i><b id="two"></b><form method="post" action="/a"><input name="csrf_token"></form>'
        "</body></html>"
    )
    found = "; ".join(faults(page.replace(good, bad, 1)))
    assert fault in found
    assert bool(found) == bool(fault)


def test_every_answer_carries_the_headers(tour: Tour) -> None:
    """One page or file that a browser keeps is one that the next user of the machine reads."""
    for found in tour.crawls.values():
        for path, answer in found.pages.items():
            assert answer.headers["Cache-Control"] == "no-store", path
            assert "default-src 'none'" in answer.headers["Content-Security-Policy"], path
            assert answer.headers["X-Content-Type-Options"] == "nosniff", path
            assert answer.headers["Referrer-Policy"] == "no-referrer", path


def typed_on_cases(world: World) -> set[str]:
    """Everything sealed that was typed on cases, a line at a time."""
    lines: set[str] = set()
    with world.reading(OPERATOR) as work:
        for each in inventory():
            if each.sealed.compartment in OF_CASES and each.attribute != "service":  # picked from a list
                for row in work.session.scalars(select(each.row)):
                    lines |= {line.strip() for line in getattr(row, each.attribute).splitlines()}
    return {line for line in lines if len(line) >= LONG_ENOUGH}


def shown(answer: TestResponse) -> str:
    """The words of a page or file, those in its attributes too."""
    if answer.mimetype != "text/html":
        return " ".join(answer.text.split())
    page = parsed(answer)
    attributes = (value for element in page.iter() for value in element.attrib.values())
    return " ".join(" ".join(("".join(page.itertext()), *attributes)).split())


def test_who_reads_no_case_finds_nothing_that_was_typed_on_one(tour: Tour) -> None:
    """A summary, a file or a tooltip that quotes a case would show it to people who must never read it."""
    typed = {" ".join(line.split()) for line in typed_on_cases(tour.world)}
    assert len(typed) > 50
    roles = {person.name: person.grant.role for person in PEOPLE}
    for who, found in tour.crawls.items():
        words = {path: shown(answer) for path, answer in found.pages.items()}
        quoted = {(path, line) for path, text in words.items() for line in typed if line in text}
        if who == "Nobody" or roles[who] in WITHOUT_CASES:
            assert not quoted, who
        elif roles[who] is Role.LEAD:
            assert quoted, "the lead of the region reads cases: the search above finds nothing at all"


def test_reading_writes_nothing_but_what_was_opened(tour: Tour) -> None:
    """A link that changes something is followed by every crawler, preview and impatient finger."""
    changed = {name for name, rows in tour.before.items() if rows != tour.after[name]}
    # The first event of a stream, which a view can be, brings the key that seals what the stream's events say.
    first_views = {LedgerEvent.__tablename__, LedgerHead.__tablename__, DataKeyRow.__tablename__}
    # By which role a case was opened today; and the secret of a new app, which waits for its first code.
    assert changed <= {*first_views, "web_sessions", "users", "role_uses", "drafts"}
    column = list(METADATA.tables[DataKeyRow.__tablename__].columns.keys()).index("compartment")
    keys = tour.after[DataKeyRow.__tablename__] - tour.before[DataKeyRow.__tablename__]
    assert {row[column] for row in keys} <= {Compartment.LEDGER.value, Compartment.DRAFTS.value}
    before, after = (len(each["web_sessions"]) for each in (tour.before, tour.after))
    assert before == after
    new = tour.after[LedgerEvent.__tablename__] - tour.before[LedgerEvent.__tablename__]
    assert not tour.before[LedgerEvent.__tablename__] - tour.after[LedgerEvent.__tablename__]
    column = list(METADATA.tables[LedgerEvent.__tablename__].columns.keys()).index("type")
    assert {row[column] for row in new} <= {str(event) for event in READ_EVENTS}
