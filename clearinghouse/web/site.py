"""Builds the site: configuration, CSRF, the gate, the headers and every subject."""

from datetime import timedelta
from functools import cache
from hashlib import sha256
from pathlib import Path

from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from flask_login import LoginManager
from flask_wtf.csrf import CSRFProtect
from jinja2 import ChoiceLoader, FileSystemLoader, PackageLoader, PrefixLoader
from werkzeug.middleware.proxy_fix import ProxyFix

from clearinghouse.casework.world import World
from clearinghouse.settings import Settings, resource
from clearinghouse.web.arriving import Arriving
from clearinghouse.web.current import WORLD, load_carrier, remember_post
from clearinghouse.web.headers import secure
from clearinghouse.web.keeping import forget_resent
from clearinghouse.web.pages import declare_needs, guard
from clearinghouse.web.proving import ask_proof
from clearinghouse.web.refusals import handle_refusals
from clearinghouse.web.rendering import set_up_rendering
from clearinghouse.web.subjects import SUBJECTS

_MEGABYTE = 1024 * 1024
_STATIC = Path(__file__).parent / "static"


class _Cookie(SecureCookieSessionInterface):
    """The cookie, signed with HMAC-SHA-256 in place of Flask's SHA-1."""

    digest_method = staticmethod(sha256)


def build_site(world: World, settings: Settings) -> Flask:
    """The site over an opened world. Raises Undeclared where a page does not say what it needs."""
    site = Flask("clearinghouse.web", static_folder=str(_STATIC), static_url_path=static_path())
    site.request_class = Arriving
    site.session_interface = _Cookie()
    site.config.from_mapping(_configuration(world, settings))
    site.extensions[WORLD] = world
    site.jinja_options = {"loader": _loader()}
    set_up_rendering(site)
    site.before_request(guard)
    CSRFProtect(site)
    # After the token was looked at: what is asked here goes on with what was posted.
    site.before_request(ask_proof)
    carrier = LoginManager(site)
    carrier.session_protection = None
    carrier.user_loader(load_carrier)
    handle_refusals(site)
    site.after_request(secure)
    site.after_request(remember_post)
    site.after_request(forget_resent)
    declare_needs(site, SUBJECTS)
    if settings.proxies:
        count = settings.proxies
        proxied = ProxyFix(site.wsgi_app, x_for=count, x_proto=count, x_host=count)
        site.wsgi_app = proxied  # type: ignore[method-assign]  # the way that Flask documents
    return site


@cache
def static_path() -> str:
    """The address of style sheets, scripts and pictures: another one whenever any of them changes.

    Browsers keep them, and ask for none again that they have; scripts find each other beside themselves.
    """
    told = sha256()
    for file in sorted(path for path in _STATIC.rglob("*") if path.is_file()):
        told.update(file.relative_to(_STATIC).as_posix().encode() + b"\0" + file.read_bytes())
    return f"/static/{told.hexdigest()[:12]}"


def _configuration(world: World, settings: Settings) -> dict[str, object]:
    return {
        "SECRET_KEY": world.web_secret,
        "TRUSTED_HOSTS": list(settings.trusted_hosts),
        "MAX_CONTENT_LENGTH": 2 * _MEGABYTE,
        "MAX_FORM_MEMORY_SIZE": _MEGABYTE,
        "MAX_FORM_PARTS": 500,
        # The prefix makes browsers refuse the cookie from anything but this host over TLS.
        "SESSION_COOKIE_NAME": "__Host-clearinghouse" if settings.is_secure else "clearinghouse",
        "SESSION_COOKIE_SECURE": settings.is_secure,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_REFRESH_EACH_REQUEST": False,
        "SEND_FILE_MAX_AGE_DEFAULT": timedelta(days=365),
        # A form is good for as long as its session: the session's own limits are stricter.
        "WTF_CSRF_TIME_LIMIT": None,
        # The strict check wants a Referer, which our own Referrer-Policy withholds.
        "WTF_CSRF_SSL_STRICT": False,
    }


def _loader() -> ChoiceLoader:
    design_system = {name: PackageLoader(name) for name in ("govuk_frontend_jinja", "govuk_frontend_wtf")}
    return ChoiceLoader([FileSystemLoader(resource("templates")), PrefixLoader(design_system)])
