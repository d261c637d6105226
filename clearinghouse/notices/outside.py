"""Asking a service outside over HTTP: a few bytes there and a few back, within seconds, and never somewhere else."""

import http.client
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from urllib.error import HTTPError, URLError
from urllib.request import HTTPRedirectHandler, Request, build_opener

ANSWERS_WITHIN_SECONDS = 10
_LONGEST_ANSWER = 1 << 20
_NONE: Mapping[str, str] = MappingProxyType({})


class NoAnswer(Exception):
    """Nobody answered, or not in a way that can be read."""


@dataclass(frozen=True)
class Answer:
    """What came back: the status, the kind of content, and the content."""

    status: int
    kind: str
    body: bytes


class _StayHere(HTTPRedirectHandler):
    """A service that sends us elsewhere has not answered: its address was written down on purpose."""

    def redirect_request(self, *_: object) -> None:
        """Follow nothing."""


_OPENER = build_opener(_StayHere())


def ask(url: str, body: bytes, kind: str, headers: Mapping[str, str] = _NONE) -> Answer:
    """Post the body. Raises NoAnswer where there is none; a status that refuses is an answer."""
    return _opened(Request(url, body, {"Content-Type": kind, "User-Agent": "clearinghouse", **headers}))  # noqa: S310  # see settings


def fetch(url: str, headers: Mapping[str, str] = _NONE) -> Answer:
    """Read what lies there. Raises NoAnswer as ask does."""
    return _opened(Request(url, headers={"User-Agent": "clearinghouse", **headers}))  # noqa: S310  # see settings


def _opened(request: Request) -> Answer:
    try:
        try:
            found = _OPENER.open(request, timeout=ANSWERS_WITHIN_SECONDS)
        except HTTPError as error:
            found = error
        with found:
            read = found.read(_LONGEST_ANSWER + 1)
            if len(read) > _LONGEST_ANSWER:
                raise NoAnswer("the answer is too long")
            return Answer(found.status or 0, found.headers.get_content_type(), read)
    except (URLError, http.client.HTTPException, OSError, ValueError) as error:
        raise NoAnswer(type(error).__name__) from error
