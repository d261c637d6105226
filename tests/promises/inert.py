"""P15: whatever stands in any field is shown as it was typed, and does nothing: on pages, in print, files and mail.

Every text that is opened, and every name that stands in the clear, ends with something hostile. Everybody goes through
the site; what they are given is looked at as a browser, a spreadsheet, a calendar and a mail program would read it,
and in a real Chromium, on the screen and in print.
"""

import csv
import email.policy
import io
import os
import re
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from email import message_from_bytes
from html.parser import HTMLParser
from pathlib import Path
from unittest.mock import patch
from zlib import crc32

import chromium
from aiosmtpd.controller import Controller
from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright
from sqlalchemy import select
from werkzeug.test import TestResponse

from clearinghouse.access.roles import Role
from clearinghouse.casework.demo.people import PEOPLE, demo_actor
from clearinghouse.casework.world import World
from clearinghouse.jobs.ticking import run_clock
from clearinghouse.notices.mail import MailSettings
from clearinghouse.records.authorities import Authority
from clearinghouse.records.base import Row
from clearinghouse.records.peers import Peer
from clearinghouse.records.people import User
from clearinghouse.records.sealed import Sealed
from clearinghouse.web.site import build_site
from tests.journeys.site import served
from tests.notices.conftest import Mailbox, free_port
from tests.promises.confidential import addresses_reached
from tests.promises.databases import filled_demo
from tests.servers import PostgreSQL
from tests.web.visitors import Visitor, signed_in
from tests.worlds import Clock, settings_for

MARK = "zqhostile"
PAYLOADS = (
    '"><script>hit(1)</script>',
    "'><img src=x onerror=hit(1)>",
    "</textarea><svg onload=hit(1)></svg>",
    "</title><script>hit(1)</script>",
    '<a href="javascript:hit(1)">x</a>',
    "--><script>hit(1)</script><!--",
    '" autofocus onfocus=hit(1) x="',
    "{{7919*7907}}${7919*7907}<%=7919*7907%>",
    '<iframe srcdoc="<script>parent.hit(1)</script>"></iframe>',
    "<base href=//evil.example/><style>*{color:red}</style>",
    "<meta http-equiv=refresh content=0;url=javascript:hit(1)>",
    "\r\nBEGIN:VEVENT\r\nSUMMARY:hit\r\nEND:VEVENT",
    "\r\nBcc: hit@evil.example\r\n\r\n<script>hit(1)</script>",
    "\u202ehit\u202c\u2066<script>hit(1)</script>",
    "\u2028hit(1)\u2029</script><script>hit(1)</script>",
)
FORMULAE = ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1")
WORKED_OUT = str(7919 * 7907)
_HARMLESS_LINKS = ("/", "#", "mailto:", "https://", "?")
_WATCH = """
window.__hits = []; window.hit = value => window.__hits.push(String(value));
window.alert = window.prompt = window.confirm = window.hit;
addEventListener('securitypolicyviolation', found => window.__hits.push(found.violatedDirective));
"""


@contextmanager
def hostile_texts() -> Iterator[Counter[str]]:
    """Every sealed text that is opened ends with something hostile; counts them by where they are kept."""
    opened, seen = Sealed.__get__, Counter[str]()

    def hostile(sealed: Sealed, row: Row | None, owner: type[Row]) -> object:
        text = opened(sealed, row, owner)  # type: ignore[arg-type]  # either way of it
        if row is None or not isinstance(text, str) or " " not in text or text[0] in "[{":
            return text
        where = f"{row.__tablename__}.{sealed.column}"
        seen[where] += 1
        return f"{text} {MARK}{PAYLOADS[crc32(f'{where}{row.id}'.encode()) % len(PAYLOADS)]}"

    with patch.object(Sealed, "__get__", hostile):
        yield seen


def make_names_hostile(world: World) -> None:
    """What stands in the clear and was typed: people's, peers' and authorities' names; formulae at their beginning."""
    with world.database.writing() as session:
        for table, columns in (
            (User, ("name",)),
            (Authority, ("name", "nice_name")),
            (Peer, ("name", "role")),
        ):
            for number, row in enumerate(session.scalars(select(table).order_by(table.id))):
                for column in columns:
                    told = getattr(row, column) or ""
                    payload = PAYLOADS[number % len(PAYLOADS)]
                    setattr(row, column, f"{FORMULAE[number % len(FORMULAE)]}{told[:60]} {MARK}{payload}")


def output_is_inert(
    server: PostgreSQL | None,
    of_each: int,
    pages: int | None = None,
    kept: Path | None = None,
    most: int | None = None,
) -> str:
    """Everybody goes through the site, of each kind of page so many; Chromium opens so many `pages` of them, or all.

    Where `most` bounds what a lead looks at, others look at a tenth of it, and no mail is sent.
    """
    began = time.monotonic()
    more = {"CLEARINGHOUSE_DEMO": "1"}
    with filled_demo(server, kept) as place, hostile_texts() as seen:
        world = place.world
        actors = {each: demo_actor(world, each) for each in _one_of_each()}
        make_names_hostile(world)
        site = build_site(world, settings_for(place.home, place.address, **more))
        site.testing = True
        looked = Counter[str]()
        reached: list[tuple[str, str]] = []
        for name, actor in actors.items():
            visitor = signed_in(site, world, actor)
            share = most if actor.has(Role.LEAD) or most is None else most // 10
            found = addresses_reached(visitor, of_each, most=share)
            for path in found:
                answer = visitor.get(path)
                looked[answer.mimetype] += _is_inert(path, answer)
                reached += (
                    [(name, path)] if answer.mimetype == "text/html" and answer.status_code == 200 else []
                )
        assert seen, "nothing that is sealed was shown"
        mails = _mails_are_inert(world) if most is None else 0
        wanted = reached if pages is None else reached[:: max(1, len(reached) // max(1, pages))][:pages]
        opened = _in_chromium(place.home, world, place.clock, wanted) if wanted else 0
    kinds = ", ".join(f"{count:,} {kind}" for kind, count in sorted(looked.items()) if count)
    return (
        f"{len(PAYLOADS)} payloads in {len(seen)} sealed columns and 5 in the clear, {sum(seen.values()):,} times:"
        f" {kinds}, {mails} mails; {opened:,} pages in Chromium, on screen and in print: nothing ran,"
        f" no violation; {time.monotonic() - began:.0f} s"
    )


def _one_of_each() -> list[str]:
    return [next(each.name for each in PEOPLE if each.grant.role is role) for role in Role]


# What is handed out, read as programs read it


def _is_inert(path: str, answer: TestResponse) -> bool:
    """Fails where something in it would do something. Whether anything hostile stood in it."""
    assert answer.headers["X-Content-Type-Options"] == "nosniff", path
    if answer.mimetype == "text/html":
        reader = Inert()
        reader.feed(answer.text)
        assert not reader.found, f"{path}: {reader.found[:3]}"
        assert WORKED_OUT not in answer.text, f"{path} works a template out"
    elif answer.mimetype == "text/csv":
        for row in csv.reader(io.StringIO(answer.text)):
            bad = [cell for cell in row if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]
            assert not bad, f"{path} has formulae: {bad[:3]}"
    elif answer.mimetype == "text/calendar":
        lines = re.sub(r"\r?\n[ \t]", "", answer.text).splitlines()
        assert not [line for line in lines if line.startswith("SUMMARY:hit")], path
        assert (
            lines.count("BEGIN:VEVENT") == lines.count("END:VEVENT") == sum("UID" in each for each in lines)
        )
    assert "\r" not in str(answer.headers.get("Content-Disposition", "")), path
    return MARK in answer.text if answer.mimetype.startswith("text/") else False


class Inert(HTMLParser):
    """Collects what would run, load or lead away, were it in a page of ours."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Look at one element."""
        given = {name: value or "" for name, value in attrs}
        if tag in ("iframe", "base", "object", "embed", "style", "frame", "applet"):
            self.found.append(f"<{tag}>")
        if tag == "script" and not given.get("src", "").startswith("/static/") and "nonce" not in given:
            self.found.append("a script")
        if tag == "meta" and "http-equiv" in given:
            self.found.append("a meta element that acts")
        self.found += [f"{name} on {tag}" for name in given if name.startswith("on") or name == "style"]
        for name in ("href", "src", "action", "formaction"):
            if name in given and not given[name].startswith(_HARMLESS_LINKS) and given[name]:
                self.found.append(f"{name}={given[name][:60]!r}")


def _mails_are_inert(world: World) -> int:
    """What the clock sends: known headers, one recipient, plain text."""
    box, port = Mailbox(), free_port()
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    try:
        mail = MailSettings(f"smtp://127.0.0.1:{port}", "clearinghouse@clearinghouse.example")
        run_clock(replace(world, mail=mail), once=True)
    finally:
        controller.stop()
    for each in box.mails:
        message = message_from_bytes(each, policy=email.policy.default)
        assert not message.defects
        assert message.get_content_type() == "text/plain"
        assert message["Bcc"] is None
        assert len(message.get_all("To", [])) == 1
        assert MARK not in each.decode("utf-8", "replace")
    return len(box.mails)


# A real browser


def _in_chromium(home: Path, world: World, clock: Clock, wanted: list[tuple[str, str]]) -> int:
    path = chromium.find()
    assert path, chromium.ADVICE
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    with served(world, clock, home) as running, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--disable-gpu", *sandbox])
        cookies = build_site(running.world, settings_for(home))
        try:
            pages: dict[str, Page] = {}
            for name, address in wanted:
                if name not in pages:
                    visitor = signed_in(cookies, running.world, demo_actor(world, name))
                    pages[name] = _page_of(browser, running.address, visitor)
                _opens_quietly(pages[name], running.address + address)
        finally:
            browser.close()
    return len(wanted)


def _page_of(browser: Browser, address: str, visitor: Visitor) -> Page:
    """A window of somebody's; whatever it says of a script or of the policy is kept."""
    context = browser.new_context(accept_downloads=False)
    context.add_cookies([{"name": "clearinghouse", "value": visitor.cookie(), "url": address}])
    context.add_init_script(_WATCH)
    page = context.new_page()
    page.on("dialog", lambda dialog: dialog.dismiss())
    return page


def _opens_quietly(page: Page, address: str) -> None:
    """The page on the screen, with what is folded opened, and in print."""
    said: list[str] = []

    def hears(message: ConsoleMessage) -> None:
        said.extend([message.text] if "Content Security Policy" in message.text else [])

    page.on("console", hears)
    page.goto(address, wait_until="load")
    page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true })")
    page.emulate_media(media="print")
    hits = page.evaluate("window.__hits")
    page.emulate_media(media="screen")
    page.remove_listener("console", hears)
    assert not hits, f"{address}: {hits}"
    assert not said, f"{address}: {said}"
    assert page.url.startswith(address.partition("/cases")[0][:20]), f"{address} leads to {page.url}"
