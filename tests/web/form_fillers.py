"""A visitor who fills in the form of the page they look at, with its hidden fields, and follows where it leads."""

import re
from html import unescape
from html.parser import HTMLParser

from flask import Flask
from werkzeug.test import TestResponse

from clearinghouse.access.roles import Actor
from clearinghouse.casework.world import World
from tests.web.visitors import signed_in

_TOKEN = re.compile(r'name="csrf[-_]token" (?:content|value)="([^"]+)"')
_HIDDEN = ("post_key", "version")


class FormFiller:
    """Somebody signed in, in a browser without a script. `page` is what they look at, `path` where."""

    def __init__(self, site: Flask, world: World, actor: Actor) -> None:
        self.client = signed_in(site, world, actor).client
        self.page = ""
        self.path = ""

    def get(self, path: str) -> TestResponse:
        """Open a page."""
        return self._look(self.client.get(path, follow_redirects=True))

    def post(self, path: str, **typed: object) -> TestResponse:
        """Send the form of the page looked at, with what is typed."""
        return self._look(
            self.client.post(path, data=hidden_fields(self.page) | typed, follow_redirects=True)
        )

    def _look(self, response: TestResponse) -> TestResponse:
        self.page, self.path = response.text, response.request.path
        return response


def hidden_fields(html: str) -> dict[str, object]:
    """The token, the post's key and the version that a page's form carries."""
    token = _TOKEN.search(html)
    found: dict[str, object] = {"csrf_token": token[1] if token else ""}
    for name in _HIDDEN:
        value = re.search(rf'name="{name}" value="([^"]*)"', html)
        if value:
            found[name] = unescape(value[1])
    return found


def words_of(html: str) -> str:
    """What a page says, without its tags."""
    reader = _Words()
    reader.feed(html)
    return " ".join(" ".join(reader.parts).split())


class _Words(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.parts: list[str] = []

    def handle_data(self, data: str) -> None:
        self.parts.append(data)
