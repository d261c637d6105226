"""The security headers, written on every response."""

import secrets

from flask import Response, current_app, g, request
from werkzeug.wrappers import Response as BaseResponse

_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self' 'nonce-{nonce}'",
        "style-src 'self'",
        "img-src 'self'",
        "connect-src 'self'",
        "font-src 'self'",
        "manifest-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "object-src 'none'",
        "frame-ancestors 'none'",
    )
)

_FOR_FILES = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox"
"""Whatever a file turns out to be, it is handed out as a file, and could do nothing if it were shown."""

_FIXED = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
}

_A_YEAR = "max-age=31536000; includeSubDomains"


def csp_nonce() -> str:
    """The nonce that an inline script of this response must carry."""
    if "csp_nonce" not in g:
        g.csp_nonce = secrets.token_urlsafe(16)
    return str(g.csp_nonce)


def cleared(response: BaseResponse) -> BaseResponse:
    """At the end of a session, ask the browser to forget every page and file of ours that it still holds."""
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response


def secure(response: Response) -> Response:
    """Put the headers on a response; whatever is not a style sheet, script or picture of ours is never stored."""
    response.headers.update(_FIXED)
    is_file = response.headers.get("Content-Disposition", "").startswith("attachment")
    response.headers["Content-Security-Policy"] = _FOR_FILES if is_file else _POLICY.format(nonce=csp_nonce())
    if request.endpoint != "static" or response.status_code >= 400:
        response.headers["Cache-Control"] = "no-store"
    else:
        response.cache_control.immutable = True  # its address changes with it
    if current_app.config["SESSION_COOKIE_SECURE"]:
        response.headers["Strict-Transport-Security"] = _A_YEAR
    return response
