"""Two installations that differ in one hidden case: whoever is walled off from it cannot tell the one from the other.

The same people do the same things in both, with the same instants and the same random numbers; in one of them somebody
else works on one more case between. Then the whole site is gone through in both at once, and compared to the byte.
"""

import os
import random
import re
import shutil
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from html import unescape
from itertools import count
from pathlib import Path
from random import Random
from types import SimpleNamespace
from unittest.mock import patch
from urllib.parse import urljoin, urlsplit
from uuid import UUID, uuid4

# SciPy draws by chance as it is loaded, which the site does when somebody first solves.
import scipy.optimize
import scipy.sparse  # noqa: F401
from sqlalchemy import make_url, select
from werkzeug.test import TestResponse

from clearinghouse.access.roles import OPERATOR, Actor, Region, Role
from clearinghouse.casework.clock import tick
from clearinghouse.casework.convergence.finding import find_convergences
from clearinghouse.casework.dialogue.conversations import NewConversation, NewPassage, record_conversation
from clearinghouse.casework.duties.followups import schedule_followup
from clearinghouse.casework.escalation.risk import NewRiskReferral, refer_at_once
from clearinghouse.casework.world import World
from clearinghouse.protocol.vocabulary import Body, Capacity, Route
from clearinghouse.records.authorities import Authority
from clearinghouse.records.cases import Case
from clearinghouse.records.duties import Letter
from clearinghouse.web.site import build_site
from tests.factories.cases import logged_case, triaged_case
from tests.factories.documents import document_on
from tests.factories.people import again, person
from tests.promises.databases import Installed, filled_demo, open_world
from tests.servers import PostgreSQL
from tests.web.visitors import Visitor, signed_in
from tests.worlds import Clock, settings_for

LINK = re.compile(r'(?:href|action)="([^"]+)"')
IDS = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
STARTS = (
    *(
        "/",
        "/account",
        "/help",
        "/cases?show=all",
        "/cases.csv",
        "/agenda?whose=region",
        "/search",
        "/concerns/new",
    ),
    *(
        "/region",
        "/convergence",
        "/brokerage",
        "/retention",
        "/replaced",
        "/risk-referrals",
        "/peers",
        "/walls",
    ),
    *("/break-glass", "/subject-access", "/account/calendar", "/account/links"),
)
HIDDEN = "Hiddenham Borough Council"
WORDS = "thresholds"
LOW, HIGH = 0.45, 0.55
_NOW = time.time()
_FIRST = 0x01A300000000
_ORDER = {"before": 0, "hidden": 1, "after": 2, "clock": 3}


@contextmanager
def same_chance(seed: str) -> Iterator[None]:
    """Whatever is drawn by chance, or told by the machine's clock, is the same wherever the same seed is used."""
    drawn, numbers = Random(seed), count(_ORDER.get(seed, len(_ORDER)) << 20)

    def some(length: int) -> bytes:
        return drawn.randbytes(length)

    def key() -> UUID:
        late = (_FIRST + next(numbers)) << 80
        return UUID(int=late | 7 << 76 | drawn.getrandbits(12) << 64 | 2 << 62 | drawn.getrandbits(62))

    with (
        # SQLAlchemy names what it keeps for the process by chance, when first asked; no answer shows such names.
        patch("sqlalchemy.sql.selectable.os", SimpleNamespace(urandom=os.urandom)),
        patch.object(os, "urandom", some),
        patch.object(random, "_urandom", some),
        patch.object(time, "time", lambda: _NOW),
        patch("clearinghouse.records.base.uuid7", key),
    ):
        yield


@dataclass(frozen=True)
class Twin:
    """One of the two, and its walled-off lead in front of it."""

    world: World
    visitor: Visitor


@dataclass(frozen=True)
class Cast:
    """Who acts in both: the lead who is walled off, a colleague of theirs, and who works on the hidden case."""

    walled: Actor
    colleague: Actor
    hider: Actor
    hidden: UUID
    other: UUID


def nobody_can_tell(
    server: PostgreSQL | None,
    of_each: int,
    requests: int = 0,
    kept: Path | None = None,
    most: int | None = None,
) -> str:
    """Go through both, of each kind of page so many; then, if asked for, compare the times of so many requests.

    The addresses that somebody would try first are always among them; `most` bounds the others.
    """
    began = time.monotonic()
    with filled_demo(server, kept) as place:
        cast = _cast(place.world)
        with _copied(place, server) as copy:
            one, other = (_play(each, cast, with_it=each is copy) for each in (place, copy))
            with other.world.reading(OPERATOR) as work:
                newest = select(Case.id).order_by(Case.id.desc())
                known = set(one_world_cases(one.world))
                hidden = next(each for each in work.session.scalars(newest) if each not in known)
            pages = _gone_through(one, other, of_each, hidden, most)
            mails = _mails_to(one.world, cast.walled)
            assert mails == _mails_to(other.world, cast.walled), "the mails tell of it"
            timed = _times(one, other, hidden, requests) if requests else ""
    return (
        f"{sum(pages.values()):,} pages of {len(pages)} kinds, {mails.total()} mails alike to the byte;"
        f"{timed} {time.monotonic() - began:.0f} s"
    )


def one_world_cases(world: World) -> list[UUID]:
    """The keys of all cases."""
    with world.reading(OPERATOR) as work:
        return list(work.session.scalars(select(Case.id)))


# What happens in both


def _cast(world: World) -> Cast:
    region = Region.NORTH_WEST
    with world.unit_of_work(OPERATOR) as work:
        named = {"code": "HID", "name": HIDDEN, "nice_name": "Hiddenham", "type": "NMD", "region": region}
        hidden = work.add(Authority(type_name="Non-metropolitan district", from_register=False, **named))
        work.session.flush()
        named = {"code": "VIS", "name": "Plainby Borough Council", "nice_name": "Plainby", "region": region}
        other = work.add(Authority(type="NMD", type_name=hidden.type_name, from_register=False, **named))
        work.session.flush()
        keys = hidden.id, other.id
    walled = person(world, Role.LEAD, region, "Walled Lead", walled_from=keys[0])
    colleague = person(world, Role.ASSOCIATE, region, "Colleague Associate")
    return Cast(again(world, walled), colleague, person(world, Role.LEAD, region, "Other Lead"), *keys)


def _play(place: Installed, cast: Cast, *, with_it: bool) -> Twin:
    world = place.world
    with same_chance("before"):
        mine = triaged_case(world, cast.walled, cast.other)
        logged_case(world, cast.colleague, cast.other, text="Schools were closed for a day.")
    if with_it:
        with same_chance("hidden"):
            _work_on_it(world, cast)
    with same_chance("after"):
        logged_case(world, cast.walled, cast.other, text="Reserves are spent.")
        schedule_followup(world, cast.walled, mine, None, world.today.replace(month=12), "Ring again.")
    place.clock.pass_days(1)
    with same_chance("clock"):
        find_convergences(world)
        tick(world)
    site = build_site(world, settings_for(place.home, place.address, CLEARINGHOUSE_DEMO="1"))
    site.testing = True
    with same_chance("signing in"):
        return Twin(world, signed_in(site, world, cast.walled))


def _work_on_it(world: World, cast: Cast) -> None:
    """The hidden case, with what shows elsewhere: a referral at once, a document, and another concern like it."""
    case_id = triaged_case(world, cast.hider, cast.hidden, Route.CONFIDENTIAL_DIALOGUE)
    logged_case(world, cast.colleague, cast.hidden, text="It is not safe there.")
    today = world.today
    passage = NewPassage("They know it themselves.")
    talk = NewConversation(today, True, frozenset({Capacity.CHIEF_EXECUTIVE}), "R. Hale", (passage,))
    record_conversation(world, cast.hider, case_id, None, talk)
    document_on(world, cast.hider, case_id)
    at_once = NewRiskReferral(
        body=Body.DEPARTMENT,
        recipient="M. Osei",
        on=today,
        reason="Children are in danger.",
        why_not_family_first="No time.",
        people_at_risk=True,
    )
    refer_at_once(world, cast.hider, case_id, None, at_once)


@contextmanager
def _copied(place: Installed, server: PostgreSQL | None) -> Iterator[Installed]:
    """The same installation once more, keys and all."""
    place.world.database.close()
    home = place.home.with_name("twin")
    shutil.copytree(place.home, home)
    address, more = None, {"CLEARINGHOUSE_DEMO": "1"}
    if server and place.address:
        address = server.new_database(make_url(place.address).database or "")
    clock = Clock(place.clock.instant)
    world = open_world(home, address, clock, **more)
    yield Installed(home, address, world, clock)
    world.database.close()
    if server and address:
        server.drop_database(address)


# Going through both


def _gone_through(one: Twin, other: Twin, of_each: int, hidden: UUID, most: int | None) -> Counter[str]:
    """Every link of every page, of each kind so many, in both at once; and addresses that only a guess finds."""
    waiting, asked, kinds = list(STARTS), set(STARTS), Counter[str]()
    waiting += [
        f"/cases/{hidden}{rest}" for rest in ("", "/conversations", "/meetings", "/documents", "/access")
    ]
    waiting += [f"/agenda/{hidden}", f"/cases?words={HIDDEN.replace(' ', '+')}", "/cases?words=Hiddenham"]
    first = len(waiting)
    for number, path in enumerate(waiting):
        if most is not None and number >= first + most:
            break
        answers = [_asked(each, path) for each in (one, other)]
        kinds[_kind(path)] += 1
        _alike(path, *answers)
        for link in _links(path, answers[0]):
            if link not in asked:
                asked.add(link)
                if sum(_kind(each) == _kind(link) for each in asked) <= of_each:
                    waiting.append(link)
    _alike("search", *[_searched(each) for each in (one, other)])
    return kinds


def _asked(twin: Twin, path: str) -> TestResponse:
    with same_chance(path):
        return twin.visitor.get(path)


def _searched(twin: Twin) -> TestResponse:
    with same_chance("search"):
        answer = twin.visitor.post("/search", {"words": WORDS})
        assert answer.status_code in (302, 303), answer.status_code
        return twin.visitor.get(answer.location)


def _alike(path: str, one: TestResponse, other: TestResponse) -> None:
    """Status, headers, their order, and every byte."""
    assert one.status_code < 500
    assert one.status_code == other.status_code, f"{path}: {one.status_code}, {other.status_code}"
    if one.data != other.data:
        lines = zip(one.text.splitlines(), other.text.splitlines(), strict=False)
        first = next((pair for pair in lines if pair[0] != pair[1]), ("one ends", "before the other"))
        raise AssertionError(f"{path} tells of it: {first[0].strip()!r} is {first[1].strip()!r}")
    cookies = [[each for each in answer.headers if each[0] != "Date"] for answer in (one, other)]
    assert cookies[0] == cookies[1], f"the headers of {path} tell of it"


def _links(path: str, answer: TestResponse) -> Iterator[str]:
    found = [answer.location] if answer.location else LINK.findall(answer.text)
    if answer.mimetype != "text/html" and not answer.location:
        return
    for link in found:
        there = urlsplit(urljoin(f"http://localhost{path}", unescape(link)))
        address = there.path + (f"?{there.query}" if there.query else "")
        if there.netloc == "localhost" and not address.startswith(("/static/", "/sign-out")):
            yield address


def _kind(path: str) -> str:
    return IDS.sub("…", re.sub(r"=[^&]*", "=…", path))


def _mails_to(world: World, actor: Actor) -> Counter[tuple[str, str]]:
    """The letters to somebody, by kind and day; that one is written to another is no business of theirs."""
    with world.reading(OPERATOR) as work:
        rows = work.session.execute(select(Letter.kind, Letter.due_at).where(Letter.user_id == actor.id))
        return Counter((row.kind, str(row.due_at)) for row in rows)


# Times


def _times(one: Twin, other: Twin, hidden: UUID, requests: int) -> str:
    """How well the times of answers tell two questions apart: half the pairs, where they tell nothing."""

    def asks(twin: Twin, path: str, status: int) -> Callable[[], object]:
        def ask() -> None:
            answer = twin.visitor.get(path.replace("ANY", str(uuid4())))
            assert answer.status_code == status, f"{path}: {answer.status_code}"

        return ask

    trials = {
        "an absent case against the hidden one": (
            asks(other, "/cases/ANY", 404),
            asks(other, f"/cases/{hidden}", 404),
        ),
        "lists without and with it": [asks(each, "/cases?show=all", 200) for each in (one, other)],
        "its council looked for": [asks(each, "/cases?words=Hiddenham", 200) for each in (one, other)],
    }
    found = {name: told_apart(*asked, requests) for name, asked in trials.items()}
    for name, share in found.items():
        assert LOW <= share <= HIGH, f"{name}: the times tell them apart, AUC {share:.3f}"
    return "".join(f" {name}: AUC {share:.3f} over {requests:,};" for name, share in found.items())


def told_apart(one: Callable[[], object], other: Callable[[], object], requests: int) -> float:
    """The area under the curve: the share of pairs in which the second took longer, of so many requests in all."""
    order, taken = Random(requests), tuple[list[float], list[float]](([], []))
    for _ in range(5):
        one()
        other()
    turns = [0, 1] * (requests // 2)
    order.shuffle(turns)
    for turn in turns:
        began = time.perf_counter()
        (one, other)[turn]()
        taken[turn].append(time.perf_counter() - began)
    return area(*taken)


def area(first: list[float], second: list[float]) -> float:
    """The share of pairs in which the value of the second is the larger; equal ones count half."""
    ranked = sorted([(value, 0) for value in first] + [(value, 1) for value in second])
    larger, below = 0.0, 0
    for _, which in ranked:
        if which:
            larger += below
        else:
            below += 1
    return larger / (len(first) * len(second))
