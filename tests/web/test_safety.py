"""Headers on every response, CSRF on every change, and nothing of the program in an error."""

import logging
import re
from base64 import urlsafe_b64decode
from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import select

from clearinghouse.access.permissions import Openness
from clearinghouse.access.roles import Region, Role
from clearinghouse.casework.world import World
from clearinghouse.records.people import WebSession
from clearinghouse.web.pages import Pages
from clearinghouse.web.site import build_site, static_path
from tests.factories.authorities import authority
from tests.factories.cases import logged_case
from tests.factories.people import person
from tests.web.visitors import Visitor
from tests.worlds import settings_for

SignIn = Callable[..., Visitor]
POLICY = (
    "default-src 'none'; script-src 'self' 'nonce-NONCE'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "font-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; object-src 'none'; "
    "frame-ancestors 'none'"
)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/sign-in", 200),
        ("/", 302),
        ("/account", 302),
        ("/nothing", 404),
        ("/help", 200),
        ("/healthz", 200),
        ("/readyz", 200),
        (f"{static_path()}/clearinghouse.css", 200),
        (f"{static_path()}/nothing.css", 404),
        ("/static/clearinghouse.css", 404),
    ],
)
def test_headers_on_every_response(path: str, status: int, stranger: Visitor) -> None:
    """One answer without them is the one that is framed, cached or sniffed."""
    answer = stranger.get(path)
    answer.close()
    assert answer.status_code == status
    found = re.sub(r"nonce-[\w-]{20,}", "nonce-NONCE", answer.headers["Content-Security-Policy"])
    assert found == POLICY
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert answer.headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert "camera=()" in answer.headers["Permissions-Policy"]
    assert "Access-Control-Allow-Origin" not in answer.headers
    kind = answer.headers["Content-Type"]
    assert kind == "application/json" or kind.endswith("; charset=utf-8")
    ours = path.endswith("/clearinghouse.css") and status == 200
    assert answer.headers["Cache-Control"] == ("public, max-age=31536000, immutable" if ours else "no-store")
    assert "Strict-Transport-Security" not in answer.headers


def test_behind_tls_the_cookie_and_the_browser_insist(sqlite_world: World, tmp_path: Path) -> None:
    """Over https the cookie must not travel in the clear, and its name must bind it to the host."""
    settings = settings_for(
        tmp_path / "home", CLEARINGHOUSE_BASE_URL="https://ch.example", CLEARINGHOUSE_PROXIES="1"
    )
    client = build_site(sqlite_world, settings).test_client()
    answer = client.get("/sign-in", base_url="https://ch.example")
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("__Host-clearinghouse=")
    assert {"Secure", "HttpOnly", "SameSite=Lax", "Path=/"} <= set(cookie.split("; "))
    assert answer.headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"


@pytest.mark.parametrize(("proxies", "seen"), [("0", "127.0.0.1"), ("1", "198.51.100.7"), ("2", "192.0.2.1")])
def test_nobody_chooses_the_address_that_they_are_counted_under(
    proxies: str, seen: str, sqlite_world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever guesses could else be somebody new at each try."""
    counted: list[str] = []
    monkeypatch.setattr(
        "clearinghouse.web.entry.sessions.give_password", lambda *given: counted.append(given[3]) or "waits"
    )
    site = build_site(sqlite_world, settings_for(tmp_path / "home", CLEARINGHOUSE_PROXIES=proxies))
    chosen_then_true = {"X-Forwarded-For": "203.0.113.9, 192.0.2.1, 198.51.100.7"}
    Visitor(site).post("/sign-in", {"email": "a@b.example", "password": "any"}, headers=chosen_then_true)
    assert counted == [seen]


@pytest.mark.parametrize("token", [None, "", "forged", "IjEyMyI.aaaaaa.bbbbbbbbbbbbbbbbbbbbbbbbbbb"])
@pytest.mark.parametrize(
    "path", ["/sign-out", "/account/links", "/session/extend", "/account/sign-out-everywhere"]
)
def test_no_change_without_a_token(path: str, token: str | None, signed_in_as: SignIn) -> None:
    """A page elsewhere could otherwise act in the person's name; sign-out included."""
    visitor = signed_in_as(Role.LEAD)
    data = {} if token is None else {"csrf_token": token}
    assert visitor.client.post(path, data=data).status_code == 400
    assert visitor.get("/account").status_code == 200


def test_another_persons_token_is_refused(signed_in_as: SignIn) -> None:
    """A token is good for its own session only."""
    mine, theirs = signed_in_as(Role.LEAD), signed_in_as(Role.LEAD)
    assert mine.client.post("/sign-out", data={"csrf_token": theirs.csrf_token()}).status_code == 400


def test_an_expired_form_gives_back_what_was_typed(signed_in_as: SignIn) -> None:
    """Typed text is never lost, and never a password with it."""
    visitor = signed_in_as(Role.LEAD)
    typed = {"text": "<b>They said</b> nothing", "password": "copper lantern meadow"}
    answer = visitor.client.post("/account/links", data=typed)
    assert "&lt;b&gt;They said&lt;/b&gt; nothing" in answer.text
    assert "copper lantern" not in answer.text


def test_a_foreign_host_is_refused(stranger: Visitor) -> None:
    """A forged Host would end up in links."""
    answer = stranger.get("/sign-in", headers={"Host": "evil.example"})
    assert (answer.status_code, "evil" in answer.text) == (400, False)


def test_a_large_body_is_refused(stranger: Visitor) -> None:
    """A gigabyte must not be read before it is refused."""
    answer = stranger.client.post("/sign-in", data={"email": "x" * 3_000_000})
    assert answer.status_code == 413


def test_an_internal_error_shows_and_logs_no_text(
    site: Flask, signed_in_as: SignIn, caplog: pytest.LogCaptureFixture
) -> None:
    """An exception's message may quote what somebody typed: neither page nor log may repeat it."""
    pages = Pages("breaking", __name__)

    @pages.get("/breaking", needs=Openness.SIGNED_IN)
    def breaking() -> str:
        raise ValueError("canary words of a source")

    site._got_first_request = False
    site.register_blueprint(pages)
    site.extensions["clearinghouse.needs"]["breaking.breaking"] = Openness.SIGNED_IN
    visitor = signed_in_as(Role.LEAD)
    site.testing = False
    with caplog.at_level(logging.DEBUG):
        answer = visitor.get("/breaking")
    assert answer.status_code == 500
    assert "canary" not in answer.text + caplog.text
    assert "ValueError" in caplog.text
    reference = re.search(r"the reference (\w{8})", answer.text)
    assert reference
    assert reference[1] in caplog.text


def test_what_somebody_is_refused_is_in_the_log_without_a_name_or_a_word(
    sqlite_world: World, signed_in_as: SignIn, caplog: pytest.LogCaptureFixture
) -> None:
    """Whoever looks for a curious colleague must find each address that they tried, and nothing about any case."""
    associate = person(sqlite_world, Role.ASSOCIATE)
    case = logged_case(sqlite_world, associate, authority(sqlite_world), text="canary words of a source")
    curious = signed_in_as(Role.LEAD, Region.LONDON, name="Wilma Canary")
    for key in (case.case_id, absent := uuid4()):
        curious.get(f"/cases/{key}")
    curious.get("/people?search=canary")
    curious.client.post(
        f"/cases/{case.case_id}/triage/decide", data={"text": "canary", "csrf_token": "canary"}
    )
    said = [each.getMessage() for each in caplog.records if each.name == "clearinghouse.web.refusals"]
    with sqlite_world.reading(curious.actor) as work:
        session = work.session.scalars(select(WebSession.id).order_by(WebSession.id.desc())).first()
    assert said == [
        f"not found: GET cases.show {case.case_id} for {curious.actor.id} in session {session}",
        f"not found: GET cases.show {absent} for {curious.actor.id} in session {session}",
        f"not found: GET people.index for {curious.actor.id} in session {session}",
        f"no good token: POST triage.record {case.case_id} for {curious.actor.id} in session {session}",
    ]
    assert "anary" not in caplog.text


def test_nobody_is_noted_for_what_is_there_for_everybody(
    stranger: Visitor, caplog: pytest.LogCaptureFixture
) -> None:
    """A robot that looks for files would fill the log, and hide in it whoever matters."""
    for path in (
        "/nothing",
        f"{static_path()}/nothing.css",
        "/static/nothing.css",
        "/wp-login.php",
        "/join/nothing",
    ):
        stranger.get(path)
    assert [each for each in caplog.records if each.name == "clearinghouse.web.refusals"] == []


@pytest.mark.parametrize("method", ["TRACE", "PUT", "DELETE", "PATCH", "CONNECT"])
def test_what_no_page_is_for_is_refused_and_not_repeated(method: str, stranger: Visitor) -> None:
    """TRACE would give a cookie back to a script that may not read it."""
    answer = stranger.client.open("/sign-in", method=method, headers={"X-Canary": "canary"}, data=b"canary")
    assert (answer.status_code, "canary" in answer.text) == (405, False)


def test_readiness_names_what_is_missing(stranger: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    """A load balancer must take a worker without its database out, and learn no more than the name."""
    monkeypatch.setattr("clearinghouse.web.service.unready", lambda _: ("database",))
    answer = stranger.get("/readyz")
    assert (answer.status_code, answer.json) == (503, {"status": "not ready", "problems": ["database"]})


def test_the_cookie_says_nothing_readable(signed_in_as: SignIn) -> None:
    """Flask's cookie can be read by whoever has the browser: no name, no message of a case."""
    visitor = signed_in_as(Role.LEAD, name="Wilma Canary")
    visitor.post("/account/links", {})
    with visitor.client.session_transaction() as cookie:
        assert set(cookie) <= {"_user_id", "csrf_token", "_id", "_fresh", "done"}
        assert "Canary" not in repr(dict(cookie))


def test_the_cookie_is_signed_with_a_hash_of_today(signed_in_as: SignIn) -> None:
    """Flask's own way is SHA-1."""
    visitor = signed_in_as(Role.LEAD)
    visitor.get("/account")
    signature = visitor.cookie().rpartition(".")[2]
    assert len(urlsafe_b64decode(signature + "=")) == 32
