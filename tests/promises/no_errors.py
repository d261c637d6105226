"""P8: whatever is sent to the site, by whoever is signed in, it answers without breaking; CSRF stays on."""

import logging
import shutil
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from urllib.parse import quote_from_bytes, urljoin, urlsplit

from flask import Flask, got_request_exception
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, rule
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from clearinghouse.access.roles import Actor, Role
from clearinghouse.casework.clock import tick
from clearinghouse.casework.demo.people import PEOPLE, demo_actor
from clearinghouse.casework.installation import open_installation
from clearinghouse.casework.world import World
from clearinghouse.web.site import build_site
from tests.promises.databases import filled_demo
from tests.promises.forms_found import Entry, FoundForm, Pairs, encoded, filled, forms_of, in_parts, plausible
from tests.promises.stateful import play
from tests.put_back import PutBack
from tests.servers import PostgreSQL
from tests.web.visitors import Visitor, signed_in
from tests.worlds import MONDAY, Clock, settings_for

HOSTILE = (
    "\0",
    "a\0b",
    "\ud800",
    "said\udfff.",
    "\u202egnirts\u202c",
    "\u2066\u2067\u2068\u2069",
    "\ufeff\uffff",
    "=1+1",
    '=HYPERLINK("http://evil.example","x")',
    "+1\t-1\t@x",
    "To: x\r\nBcc: y@evil.example\r\n\r\nHello",
    "%0d%0aSet-Cookie:%20x=y",
    "'; DROP TABLE cases; --",
    "{{ 7 * 7 }}{% raise %}${7*7}#{7*7}",
    "<script>alert(1)</script>",
    "%s %n %(x)s {0} {x.__class__}",
    "../../../../etc/passwd",
    "9" * 400,
    "-1",
    "1e309",
    "nan",
    "2026-02-30",
    "0000-00-00",
    "9999-12-31",
    "٣",
    "²",
    "İstanbul ß ﬁ",
    "e\u0301" * 500,
    "a" * 8_001,
    "x" * 254 + "@a.example",
    " \t\r\n\u00a0\u2003",
    "00000000-0000-0000-0000-000000000000",
    "on",
    "[]",
    "null",
)
A_MEGABYTE = "m" * (1024 * 1024)
FillIn = Callable[[FoundForm, Random], Pairs]
_PARTS = st.integers(0, 2**32 - 1)
_MOST_KNOWN = 400


@dataclass
class Tally:
    """What a run came to."""

    steps: int = 0
    posts: int = 0
    past_csrf: int = 0
    done: int = 0
    examples: int = 0
    statuses: Counter[int] = field(default_factory=Counter)


class Scene:
    """One filled demo, put back for every example, with somebody of each role in front of it."""

    def __init__(self, home: Path, address: str | None, kept: Path, put_back: PutBack | None) -> None:
        self._home, self._address, self._kept, self._put_back = home, address, kept, put_back
        self.clock = Clock()
        self.world: World | None = None
        self.broken: list[str] = []

    def begin(self) -> tuple[World, Flask, list[Actor]]:
        """The demo as it was filled, opened anew."""
        self.end()
        self.clock.instant = MONDAY
        shutil.rmtree(self._home)
        shutil.copytree(self._kept, self._home)
        if self._put_back:
            assert self._put_back.put_back()
        given = settings_for(self._home, self._address, CLEARINGHOUSE_DEMO="1")
        self.world = open_installation(given, self.clock)
        site = build_site(self.world, given)
        got_request_exception.connect(self._note, site)
        one_of_each = [next(each.name for each in PEOPLE if each.grant.role is role) for role in Role]
        return self.world, site, [demo_actor(self.world, name) for name in one_of_each]

    def end(self) -> None:
        """Close what is open."""
        if self.world:
            self.world.database.close()

    def _note(self, _site: Flask, exception: BaseException, **_more: object) -> None:
        self.broken.append("".join(traceback.format_exception(exception)[-6:]))


@dataclass
class Guest:
    """Somebody at a browser: the page in front of them, and the addresses that they have seen."""

    visitor: Visitor
    page: str = ""
    path: str = "/"
    token: str = ""
    known: list[str] = field(default_factory=lambda: ["/"])
    with_forms: list[str] = field(default_factory=list)


class SiteMachine(RuleBasedStateMachine):
    """Some people who follow links, fill in forms, and send what no form would send."""

    tally = Tally()
    scene: Scene

    def __init__(self) -> None:
        super().__init__()
        self.world, self.site, people = self.scene.begin()
        self.guests = [Guest(signed_in(self.site, self.world, each)) for each in people]
        self.guests.append(Guest(Visitor(self.site)))
        self.rules = sorted(self.site.url_map.iter_rules(), key=lambda each: (each.rule, each.endpoint))
        self.names = ["reference", "note", "text"]
        self.tally.examples += 1
        for guest in self.guests:
            guest.token = guest.visitor.csrf_token()

    def teardown(self) -> None:
        """Give the connections back."""
        self.scene.end()

    # Steps

    @rule(who=_PARTS, number=_PARTS)
    def follow(self, who: int, number: int) -> None:
        """A link of a page that was seen."""
        guest = self._guest(who)
        self._open(guest, guest.known[number % len(guest.known)])

    @rule(who=_PARTS, number=_PARTS, chance=_PARTS)
    def ask_for_anything(self, who: int, number: int, chance: int) -> None:
        """An address of the site with anything in its place, and anything asked of it."""
        random = Random(chance)
        path = self._address(self.rules[number % len(self.rules)], random)
        asked = encoded([(random.choice(self.names), _hostile(random, 2_000)) for _ in range(2)]).decode()
        self._open(self._guest(who), f"{path}?{asked}")

    @rule(who=_PARTS, number=_PARTS, chance=_PARTS)
    def fill_in_well(self, who: int, number: int, chance: int) -> None:
        """A form as somebody fills it in who means well."""
        self._fill_in(self._guest(who), number, plausible, Random(chance))

    @rule(who=_PARTS, number=_PARTS, chance=_PARTS)
    def fill_in_ill(self, who: int, number: int, chance: int) -> None:
        """A form with something in it that nobody means."""
        self._fill_in(self._guest(who), number, _ill, Random(chance))

    @rule(who=_PARTS, number=_PARTS, chance=_PARTS)
    def send_anything(self, who: int, number: int, chance: int) -> None:
        """Fields that no page asked for, to any address that takes a post."""
        random, guest = Random(chance), self._guest(who)
        taking = [
            each for each in self.rules if "POST" in (each.methods or ()) and "sign_out" not in each.endpoint
        ]
        path = self._address(taking[number % len(taking)], random, guest)
        count = random.choice((0, 1, 4, 12))
        pairs = [(random.choice(self.names), _hostile(random, 2_000)) for _ in range(count)]
        self._send(guest, path, pairs, random.random() < 0.1, random)

    @rule(who=_PARTS, number=_PARTS, hours=st.sampled_from((*[0] * 17, 1, 30, 24 * 40)))
    def time_passes(self, who: int, number: int, hours: int) -> None:
        """Now and then the clock goes on and does what is due; whoever is signed out by it signs in again."""
        if not hours:
            self.follow(who, number)
            return
        self.scene.clock.pass_days(hours / 24)
        tick(self.world)
        self.tally.steps += 1
        for guest in self.guests[:-1]:
            assert guest.visitor.actor
            guest.visitor = signed_in(self.site, self.world, guest.visitor.actor)
            guest.token = guest.visitor.csrf_token()

    # What a step is made of

    def _guest(self, number: int) -> Guest:
        return self.guests[number % len(self.guests)]

    def _fill_in(self, guest: Guest, number: int, fill_in: FillIn, random: Random) -> None:
        form = self._form(guest, number)
        for _ in range(3):
            if form is None:
                self._open(guest, random.choice(guest.with_forms or guest.known))
                form = self._form(guest, number)
        if form is not None:
            self.names = sorted({*self.names, *(each.name for each in form.entries)} - {"csrf_token"})[:300]
            path = urljoin(guest.path, form.action) or guest.path
            self._send(guest, path, fill_in(form, random), form.brings_files, random)

    def _form(self, guest: Guest, number: int) -> FoundForm | None:
        """One of the forms in front of somebody, but for those by which they leave."""
        found = [each for each in forms_of(guest.page) if each.method == "post"]
        stay = [each for each in found if "sign-out" not in each.action]
        return stay[number % len(stay)] if stay else None

    def _open(self, guest: Guest, path: str) -> None:
        self._look(guest, guest.visitor.client.get(path, follow_redirects=False), path)

    def _send(self, guest: Guest, path: str, pairs: Pairs, files: bool, random: Random) -> None:
        pairs = [(name, value) for name, value in pairs if name != "csrf_token"]
        body, kind = encoded([*pairs, ("csrf_token", guest.token)]), "application/x-www-form-urlencoded"
        if files:
            content = random.choice((b"", b"%PDF-1.4\n", b"name,days\n", b"\0" * 1000, b"PK\3\4" + bytes(50)))
            name = _hostile(random, 200).replace('"', "").replace("\r", "").replace("\n", "")
            body, kind = in_parts([*pairs, ("csrf_token", guest.token)], [(name or "a.pdf", content)])
        answer = guest.visitor.client.post(path, data=body, content_type=kind)
        self.tally.posts += 1
        self.tally.past_csrf += "This form has expired" not in answer.text
        self.tally.done += answer.status_code == 303 or answer.status_code == 302
        self._look(guest, answer, path)

    def _look(self, guest: Guest, answer: TestResponse, path: str) -> None:
        """What every answer must be: no internal error, and nothing of the program."""
        self.tally.steps += 1
        self.tally.statuses[answer.status_code] += 1
        assert not self.scene.broken, f"{guest.visitor.actor} at {path[:300]!r}: {self.scene.broken.pop()}"
        assert answer.status_code < 500, f"{answer.status_code} at {path[:300]!r}"
        if answer.mimetype != "text/html":
            return
        text = answer.text
        assert "Traceback (most recent" not in text
        guest.page, guest.path = text, urlsplit(path).path
        if answer.request.method == "GET" and self._form(guest, 0) and path not in guest.with_forms:
            guest.with_forms.append(path)
        for link in _links(answer):
            there = urlsplit(urljoin(f"http://localhost{guest.path}", link))
            address = there.path + (f"?{there.query}" if there.query else "")
            wanted = there.netloc == "localhost" and not address.startswith(("/static/", "/sign-out"))
            if wanted and address not in guest.known and len(guest.known) < _MOST_KNOWN:
                guest.known.append(address)

    def _address(self, found: Rule, random: Random, guest: Guest | None = None) -> str:
        """An address of a page: with parts of an address that was seen, or with anything."""
        if guest and found.arguments and random.random() < 0.7:
            like = [each for each in guest.known if urlsplit(each).path.count("/") >= 2]
            parts = urlsplit(random.choice(like)).path.split("/") if like else []
            known = [each for each in parts if len(each) == 36]
        else:
            known = []
        path = ""
        for is_part, text in found._trace:  # the way that the address is made of its parts
            if text == "|":
                continue
            given = random.choice(known) if known else _hostile(random, 200)
            path += quote_from_bytes(given.encode("utf-8", "surrogatepass")) if is_part else text
        return path or "/"


def _ill(form: FoundForm, random: Random) -> Pairs:
    """The form with something in it that nobody means; now and then with a field too many or too few."""

    def say(entry: Entry) -> str | None:
        return None if random.random() < 0.2 else _hostile(random, 1024 * 1024)

    pairs = filled(form, random, say)
    if pairs and random.random() < 0.5:
        name, _ = pairs.pop(random.randrange(len(pairs)))
        if random.random() < 0.7:
            pairs.append((name, _hostile(random, 2_000)))
    return pairs


def _hostile(random: Random, longest: int) -> str:
    if longest >= len(A_MEGABYTE) and random.random() < 0.01:
        return A_MEGABYTE
    text = random.choice(HOSTILE)
    if random.random() < 0.2:
        text = "".join(
            chr(random.choice((random.randrange(0x20), random.randrange(0x3000)))) for _ in range(9)
        )
    return text[:longest]


def _links(answer: TestResponse) -> Iterator[str]:
    if answer.location:
        yield answer.location
    for part in answer.text.split('href="')[1:]:
        yield part.partition('"')[0].replace("&amp;", "&")


def site_never_breaks(
    server: PostgreSQL | None,
    steps: int,
    first_seed: int,
    examples: int,
    length: int,
    kept: Path | None = None,
) -> str:
    """Run rounds of examples until there were that many steps; gives the figure, or fails with what broke."""
    began = time.monotonic()
    with _scene(server, kept) as scene:
        SiteMachine.scene, SiteMachine.tally = scene, Tally()
        tally = SiteMachine.tally
        play(SiteMachine, lambda: tally.steps >= steps, first_seed, examples, length)
    share = tally.past_csrf / max(1, tally.posts)
    assert share >= 0.95, f"only {share:.1%} of {tally.posts:,} posts came past CSRF"
    return (
        f"{tally.steps:,} steps in {tally.examples:,} stories, {tally.posts:,} posts, {share:.1%} of them past CSRF,"
        f" {tally.done:,} carried out or led on; answers {_counts(tally.statuses)}; no internal error;"
        f" {time.monotonic() - began:.0f} s"
    )


def _counts(statuses: Mapping[int, int]) -> str:
    return ", ".join(f"{status}: {count:,}" for status, count in sorted(statuses.items()))


@contextmanager
def _scene(server: PostgreSQL | None, filled_before: Path | None) -> Iterator[Scene]:
    quiet = logging.getLogger("clearinghouse.web.refusals")
    with filled_demo(server, filled_before) as place:
        place.world.database.close()
        kept = place.home.with_name("kept")
        shutil.copytree(place.home, kept)
        quiet.disabled = True
        try:
            scene = Scene(place.home, place.address, kept, PutBack(place.address) if place.address else None)
            yield scene
            scene.end()
        finally:
            quiet.disabled = False
