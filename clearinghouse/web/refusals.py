"""What people see when a request comes to nothing: plain pages in our look, which give back what was typed."""

import logging
from traceback import extract_tb
from uuid import UUID, uuid4

from flask import Flask, Response, current_app, make_response, redirect, request
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException, SecurityError
from werkzeug.exceptions import NotFound as AbsentPage

from clearinghouse.access.permissions import Openness
from clearinghouse.casework.errors import AlreadyDone, Invalid, NoKeys, NotFound, Refused, Stale
from clearinghouse.casework.sign_in.throttles import TooMany
from clearinghouse.web.current import signed_in
from clearinghouse.web.keeping import NEVER_KEPT
from clearinghouse.web.pages import needs_of
from clearinghouse.web.rendering import moment_words, page

_log = logging.getLogger(__name__)

_PLAIN = {
    400: ("The request could not be understood", "Go back, check what you entered and try again."),
    405: ("This page cannot be used like that", "Go back to the page before and try again."),
    413: ("What you sent is too large", "Nothing was saved. Shorten it, or send it in parts."),
}


def handle_refusals(site: Flask) -> None:
    """Register a plain page for everything that can go wrong."""
    site.register_error_handler(SecurityError, _wrong_host)
    site.register_error_handler(CSRFError, _expired)
    site.register_error_handler(HTTPException, _http)
    site.register_error_handler(NotFound, _absent)
    site.register_error_handler(Refused, _refused)
    site.register_error_handler(Invalid, _invalid)
    site.register_error_handler(Stale, _stale)
    site.register_error_handler(TooMany, _too_many)
    site.register_error_handler(AlreadyDone, _already_done)
    site.register_error_handler(NoKeys, _no_keys)
    site.register_error_handler(Exception, _broken)


def _absent(_: Exception) -> Response:
    """The same page for what is absent and what is hidden, to the byte."""
    if request.endpoint and needs_of(request.endpoint) is not Openness.PUBLIC:
        _note("not found")
    return page(
        "errors/plain.html",
        404,
        bare=True,
        heading="Page not found",
        sentences=(
            "If you typed the address, check it is correct.",
            "If you followed a link, it may be out of date.",
        ),
    )


def _http(error: HTTPException) -> ResponseReturnValue:
    code = error.code or 500
    if isinstance(error, AbsentPage):
        return _absent(error)
    if code < 400:
        return error.get_response()
    heading, sentence = _PLAIN.get(code, (error.name, "Go back and try again."))
    answer = page("errors/plain.html", code, bare=True, heading=heading, sentences=(sentence,))
    allowed = getattr(error, "valid_methods", None)
    if allowed:
        answer.headers["Allow"] = ", ".join(allowed)
    return answer


def _wrong_host(_: SecurityError) -> Response:
    """The address asked for is not ours, so that not even a link of the layout can be made."""
    return make_response(
        ("This address is not served here.\n", 400, {"Content-Type": "text/plain; charset=utf-8"})
    )


def _expired(_: CSRFError) -> Response:
    _note("no good token")
    return page(
        "errors/plain.html",
        400,
        heading="This form has expired",
        sentences=(
            "Nothing was saved. For your safety a form can be sent only from the page it was opened on.",
        ),
        typed=_typed(),
        again=request.path if _can_be_read() else None,
    )


def _refused(error: Refused) -> Response:
    _note("refused by a rule")
    return page(
        "errors/plain.html",
        422,
        heading="This cannot be done now",
        sentences=("Nothing was changed.",),
        reasons=error.reasons,
        typed=_typed(),
    )


def _invalid(error: Invalid) -> Response:
    _note("not to be used as given")
    return page(
        "errors/plain.html",
        422,
        heading="There is a problem",
        sentences=("Nothing was changed.",),
        reasons=tuple(error.problems.values()),
        typed=_typed(),
    )


def _stale(error: Stale) -> Response:
    return page(
        "errors/plain.html",
        409,
        heading="Somebody changed this while you were working on it",
        sentences=(
            f"{error.changed_by} changed it on {moment_words(error.changed_at)}. Nothing of yours was saved over it.",
            "Open the page again to see the change, then enter yours once more.",
        ),
        typed=_typed(),
        again=request.path if _can_be_read() else None,
    )


def _too_many(_: TooMany) -> Response:
    _note("too many attempts")
    return page(
        "errors/plain.html",
        429,
        heading="Too many attempts",
        sentences=("Wait 15 minutes, then try again.",),
        bare=True,
    )


def _already_done(error: AlreadyDone) -> ResponseReturnValue:
    """A repeated post: the same place as the first time, and nothing done twice."""
    if error.location:
        return redirect(error.location, 303)
    return page(
        "errors/plain.html",
        heading="This is done already",
        sentences=("You sent the same form twice. It was carried out once.",),
    )


def _no_keys(error: NoKeys) -> Response:
    """The keys cannot be reached: what is wrong is for the log; to people it says that nothing is half done."""
    _log.error("%s: %s", request.endpoint, error)
    return page(
        "errors/plain.html",
        503,
        bare=True,
        heading="Some of what is kept sealed cannot be opened just now",
        sentences=(
            "Nothing was changed and nothing is lost.",
            "Try again in a few minutes. If it goes on, tell whoever runs this service: its log says what is wrong.",
        ),
        typed=_typed(),
        again=request.path if _can_be_read() else None,
    )


def _broken(error: Exception) -> Response:
    """Log where it broke and what kind of error it is; never its message, which may quote what somebody typed."""
    reference = uuid4().hex[:8]
    places = " < ".join(
        f"{frame.filename}:{frame.lineno}" for frame in reversed(extract_tb(error.__traceback__)[-12:])
    )
    _log.error("%s at %s: %s at %s", reference, request.endpoint, type(error).__name__, places)
    if current_app.testing:
        raise error
    return page(
        "errors/plain.html",
        500,
        bare=True,
        heading="Sorry, there is a problem with the service",
        sentences=(
            f"Try again later. If it happens again, tell your administrator the reference {reference}.",
        ),
        typed=_typed(),
    )


def _note(what: str) -> None:
    """A line of the log: what came to nothing, at which page, about which keys, for whom; no name and no word."""
    person = signed_in()
    keys = [str(key) for key in (request.view_args or {}).values() if isinstance(key, UUID)]
    _log.warning(
        "%s: %s %s for %s",
        what,
        request.method,
        " ".join([str(request.endpoint), *keys]),
        f"{person.actor.id} in session {person.session}" if person else "nobody signed in",
    )


def _typed() -> list[tuple[str, str]]:
    """What somebody signed in has typed, to be given back; never a secret, never to a stranger."""
    if request.method != "POST" or signed_in() is None:
        return []
    return [
        (name.replace("_", " ").replace("-", " ").capitalize(), text)
        for name, texts in request.form.lists()
        for text in texts
        if text.strip() and name not in NEVER_KEPT
    ]


def _can_be_read() -> bool:
    adapter = current_app.create_url_adapter(request)
    return adapter is not None and "GET" in adapter.allowed_methods(request.path)
