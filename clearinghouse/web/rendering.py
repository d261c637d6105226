"""Rendering: a template in the layout, with navigation from the policy table and dates as people say them."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

from flask import Flask, Response, current_app, make_response, render_template, request, url_for
from flask_wtf.csrf import generate_csrf

from clearinghouse.access.permissions import Openness
from clearinghouse.casework.sign_in.passkeys import passkeys_work_at
from clearinghouse.web.current import signed_in, world
from clearinghouse.web.headers import csp_nonce
from clearinghouse.web.messages import take_message
from clearinghouse.web.pages import Pages, is_shown, may_open, needs_of

SERVICE_NAME = "Clearinghouse"
LONDON = ZoneInfo("Europe/London")

_FOOTER = (
    ("service.help", "Help"),
    ("service.privacy", "Privacy"),
    ("service.accessibility", "Accessibility statement"),
)


@dataclass(frozen=True)
class NavigationItem:
    """One link of the navigation; `current` where the page shown belongs to its subject."""

    words: str
    href: str
    current: bool


def page(template: str, status: int = 200, **context: Any) -> Response:
    """Render a template of templates/ as a whole page."""
    return make_response(render_template(template, **context), status)


def navigation() -> tuple[NavigationItem, ...]:
    """The subjects that whoever is signed in may enter, in the order in which they are registered."""
    items = []
    for pages in current_app.blueprints.values():
        if isinstance(pages, Pages) and is_shown(pages):
            href = url_for(f"{pages.name}.index")
            # What belongs to a case stands under it in the address, whichever subject serves it.
            current = request.blueprint == pages.name or request.path.startswith(f"{href}/")
            items.append(NavigationItem(pages.navigation, href, current))
    return tuple(items)


def home_path() -> str:
    """The first page of the navigation; for whoever no subject opens to, that is their own account."""
    return navigation()[0].href


def local_time(moment: datetime) -> datetime:
    """A moment on the clocks of England."""
    return moment.astimezone(LONDON)


def day_words(value: date | datetime) -> str:
    """`20 November 2026`."""
    day = local_time(value) if isinstance(value, datetime) else value
    return f"{day.day} {day:%B %Y}"


def short_day_words(value: date | datetime) -> str:
    """`20 Nov 2026`."""
    day = local_time(value) if isinstance(value, datetime) else value
    return f"{day.day} {day:%b %Y}"


def weekday_words(value: date | datetime) -> str:
    """`Friday 20 November 2026`."""
    day = local_time(value) if isinstance(value, datetime) else value
    return f"{day:%A} {day_words(value)}"


def time_words(moment: datetime) -> str:
    """`10:42am`; the whole hour is `10am`."""
    local = local_time(moment)
    minutes = f":{local:%M}" if local.minute else ""
    return f"{local.hour % 12 or 12}{minutes}{'am' if local.hour < 12 else 'pm'}"


def moment_words(moment: datetime) -> str:
    """`20 November 2026 at 10:42am`."""
    return f"{day_words(moment)} at {time_words(moment)}"


def counted(number: int, one: str, many: str = "") -> str:
    """`1 case`, `1,204 cases`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def listed(words: Iterable[str], last: str = "and") -> str:
    """`one, two and three`; `last` is the word before the last of them."""
    parts = list(words)
    return f"{', '.join(parts[:-1])} {last} {parts[-1]}" if len(parts) > 1 else "".join(parts)


def within(words: str) -> str:
    """Words of a screen as they stand within a sentence: `The RIEP` as `the RIEP`, `RIEP` as it is."""
    return words if words[1:2].isupper() else words[:1].lower() + words[1:]


def set_up_rendering(site: Flask) -> None:
    """Give every template the filters, and the layout what it shows around a page."""
    site.jinja_env.filters |= {
        "day": day_words,
        "short_day": short_day_words,
        "weekday": weekday_words,
        "time": time_words,
        "moment": moment_words,
        "counted": counted,
        "listed": listed,
        "within": within,
    }
    site.jinja_env.globals |= {
        "SERVICE_NAME": SERVICE_NAME,
        "csp_nonce": csp_nonce,
        "may_open": may_open,
        "navigation": navigation,
        "signed_in": signed_in,
        "session_ends": _session_ends,
        "take_message": take_message,
        "csrf_token": generate_csrf,
        "form_key": lambda: str(uuid4()),
        "footer_links": _footer_links,
        "is_demo": lambda: world().demo,
        "passkey_place": lambda: passkeys_work_at(world()),
        "now": lambda: world().now(),
    }


def _session_ends() -> datetime:
    """When the session of whoever is signed in ends without another click."""
    person = signed_in()
    return world().now() + timedelta(seconds=person.seconds_left if person else 0)


def _footer_links() -> list[tuple[str, str]]:
    return [(url_for(name), words) for name, words in _FOOTER if needs_of(name) is Openness.PUBLIC]
