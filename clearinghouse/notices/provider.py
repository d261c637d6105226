"""What is asked of a provider of single sign-on (OpenID Connect), and where people are sent to it and back."""

import json
from base64 import b64encode
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from clearinghouse.notices.outside import Answer, NoAnswer, ask, fetch

_SCOPES = "openid email"
_FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True)
class ProviderSettings:
    """A provider, who we are to it, and what people call it.

    `second_factor` is what its word must hold so that it counts as both factors, such as `amr:mfa`; "" for never.
    """

    issuer: str
    client_id: str
    secret: str = field(repr=False)
    name: str
    second_factor: str = ""


@dataclass(frozen=True)
class Places:
    """The provider's addresses, as it tells them; the last two are empty where it has none."""

    authorize: str
    token: str
    keys: str
    userinfo: str
    end_session: str
    takes_basic: bool


def find_places(settings: ProviderSettings) -> Places:
    """Ask the provider where its places are. Raises NoAnswer where it does not say so in its own name."""
    told = _object(fetch(f"{settings.issuer}/.well-known/openid-configuration"))
    if told.get("issuer") != settings.issuer:
        raise NoAnswer("it says that it is another issuer")
    methods = told.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
    return Places(
        _place(settings, told, "authorization_endpoint"),
        _place(settings, told, "token_endpoint"),
        _place(settings, told, "jwks_uri"),
        _place(settings, told, "userinfo_endpoint", needed=False),
        _place(settings, told, "end_session_endpoint", needed=False),
        "client_secret_basic" in methods,
    )


def way_in(
    settings: ProviderSettings, places: Places, return_to: str, *, state: str, nonce: str, challenge: str
) -> str:
    """The address that somebody is sent to, to be asked who they are."""
    asked = {
        "response_type": "code",
        "client_id": settings.client_id,
        "redirect_uri": return_to,
        "scope": _SCOPES,
        "state": state,
        "nonce": nonce,
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    kind, _, value = settings.second_factor.partition(":")
    if kind == "acr":
        asked["acr_values"] = value
    return _with(places.authorize, asked)


def way_out(settings: ProviderSettings, places: Places, return_to: str) -> str:
    """The address at which somebody is signed out there too; "" where the provider has none."""
    asked = {"client_id": settings.client_id, "post_logout_redirect_uri": return_to}
    return _with(places.end_session, asked) if places.end_session else ""


def redeem(
    settings: ProviderSettings, places: Places, return_to: str, *, code: str, verifier: str
) -> dict[str, Any]:
    """Change the code for tokens, as the one whom it was made for. Raises NoAnswer where there are none."""
    asked = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": return_to,
        "client_id": settings.client_id,
        "code_verifier": verifier,
    }
    headers = {}
    if places.takes_basic:
        name_and_secret = f"{quote(settings.client_id, safe='')}:{quote(settings.secret, safe='')}"
        headers["Authorization"] = "Basic " + b64encode(name_and_secret.encode()).decode()
    else:
        asked["client_secret"] = settings.secret
    return _object(ask(places.token, urlencode(asked).encode(), _FORM, headers))


def keys_of(places: Places) -> dict[str, Any]:
    """The keys that the provider signs with now. Raises NoAnswer where there are none."""
    return _object(fetch(places.keys))


def told_about(places: Places, access_token: str) -> dict[str, Any]:
    """What the provider tells of somebody beside their token; nothing where it has no place for that."""
    if not places.userinfo:
        return {}
    return _object(fetch(places.userinfo, {"Authorization": f"Bearer {access_token}"}))


def _place(settings: ProviderSettings, told: dict[str, Any], name: str, *, needed: bool = True) -> str:
    place = told.get(name)
    if place is None and not needed:
        return ""
    # A provider over TLS must not send anybody, or a secret of ours, anywhere without.
    if not isinstance(place, str) or not place.startswith(urlsplit(settings.issuer).scheme + "://"):
        raise NoAnswer(f"it has no {name} that can be used")
    return place


def _object(answer: Answer) -> dict[str, Any]:
    if answer.status != 200:
        raise NoAnswer(f"it answers {answer.status}")
    try:
        found = json.loads(answer.body)
    except (ValueError, RecursionError) as error:
        raise NoAnswer("it does not answer in JSON") from error
    if not isinstance(found, dict):
        raise NoAnswer("it does not answer with an object")
    return found


def _with(address: str, asked: dict[str, str]) -> str:
    return f"{address}{'&' if '?' in address else '?'}{urlencode(asked)}"
