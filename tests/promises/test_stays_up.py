"""The short form of P19, without attackers who are slow (tests/attacks/test_slow_posts.py has one of those)."""

from flask import Flask

from clearinghouse.access.roles import Role
from clearinghouse.casework.world import World
from clearinghouse.web.site import build_site
from tests.factories.people import person
from tests.promises.stays_up import CATASTROPHES, LOOKED_INTO, documented
from tests.web.visitors import signed_in
from tests.worlds import settings_for


def test_no_text_is_hard_to_read(sqlite_world: World) -> None:
    """One post would keep a process busy for minutes, and this test with it."""
    home = sqlite_world.log_key_file.parents[1]
    site: Flask = build_site(sqlite_world, settings_for(home))
    site.testing = True
    visitor = signed_in(site, sqlite_world, person(sqlite_world, Role.LEAD))
    token = visitor.csrf_token()
    for number, text in enumerate(CATASTROPHES):
        for path, name in LOOKED_INTO[number % 3 :: 3]:
            answer = visitor.post(path, {name: text, "csrf_token": token})
            assert answer.status_code < 500, f"{path}: {answer.status_code}"


def test_the_documented_proxy_holds_posts_back() -> None:
    """Whoever copies the configuration would let slow clients through to the service."""
    shown = documented()
    assert "proxy_request_buffering on;" in shown
    assert "client_max_body_size 2m;" in shown
