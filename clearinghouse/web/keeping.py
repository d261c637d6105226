"""What was posted after a session ran out: kept sealed for that one person, and given back once they are signed in."""

import re
from urllib.parse import quote, unquote

from flask import Response, current_app, request, session

from clearinghouse.access.roles import Actor
from clearinghouse.casework.drafts import SavedDraft, discard_draft, my_drafts, save_draft
from clearinghouse.casework.errors import Refused
from clearinghouse.casework.sign_in.sessions import whose_was
from clearinghouse.web.current import actor, signed_in, world

NEVER_KEPT = frozenset(
    {"csrf_token", "post_key", "version", "password", "again", "code", "token", "current", "kept", "spoken"}
    | {"public_key", "passkey", "proof_code", "proof_passkey"}
)
"""Fields that no draft and no page gives back: tokens, secrets and keys."""

_KEPT = "kept:"
_LONGEST_NAME = 120


def keep_post() -> bool:
    """Keep a refused post for whoever's session ran out. Whether anything was kept.

    Raises CSRFError where the post does not come from a page of that session.
    """
    person = owner_of_post()
    if person is None or not _answers():
        return False
    current_app.extensions["csrf"].protect()
    return bool(_keep_for(person))


def owner_of_post() -> Actor | None:
    """Whose session ran out by itself, of those from whom a post comes without anybody being signed in."""
    token = str(session.get("_user_id", "")) if request.method == "POST" else ""
    return whose_was(world(), token) if token else None


def keep_meanwhile() -> str:
    """Keep a post of whoever is signed in while they are asked for something else; by which name, "" for nothing.

    The name travels as `kept` with what goes on, so that it is forgotten once that is carried out.
    """
    return _keep_for(actor())


def keep_typed_into(path: str) -> str:
    """Keep what somebody has typed and not sent, shortly before their session ends, as if it had been sent there."""
    return _keep_for(actor(), path)


def _answers() -> dict[str, list[str]]:
    """What was typed into the post in hand and may be kept."""
    if request.method != "POST":
        return {}
    return {name: texts for name, texts in request.form.lists() if name not in NEVER_KEPT and any(texts)}


def _keep_for(person: Actor, path: str = "") -> str:
    name, answers = _KEPT + quote(path or request.path), _answers()
    if not answers or len(name) > _LONGEST_NAME:
        return ""
    try:
        save_draft(world(), person, name, answers)
    except Refused:
        return ""
    return name


def kept_posts() -> tuple[SavedDraft, ...]:
    """What waits for the person who is signed in, the latest first."""
    return my_drafts(world(), actor(), _KEPT)


def path_of(kept: SavedDraft) -> str:
    """Where it was sent."""
    return unquote(kept.form.removeprefix(_KEPT))


def is_choice(text: str) -> bool:
    """Whether it is the value of a radio, a box or a list rather than typed words: of no use to a reader."""
    return re.fullmatch(r"[a-z0-9_-]{1,40}", text) is not None


def forget_resent(response: Response) -> Response:
    """After every request: what was sent again and carried out is kept no longer."""
    if request.method != "POST" or response.status_code not in (302, 303) or not signed_in():
        return response
    name = request.form.get("kept", "")
    if name.startswith(_KEPT) and len(name) <= _LONGEST_NAME:
        discard_draft(world(), actor(), name)
    return response
