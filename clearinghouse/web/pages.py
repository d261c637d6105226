"""Pages that declare what they need, and the gate that denies whatever declares nothing."""

from collections.abc import Callable, Mapping
from typing import Any, TypeVar, cast
from urllib.parse import urlsplit

from flask import Blueprint, Flask, abort, current_app, redirect, request, url_for
from flask.typing import ResponseReturnValue, RouteCallable

from clearinghouse.access.decision import may_enter, permissions_of
from clearinghouse.access.permissions import Needs, Openness, Permission
from clearinghouse.web.arriving import expect_files
from clearinghouse.web.current import look_again, signed_in, world
from clearinghouse.web.keeping import keep_post, owner_of_post

NEEDS = "clearinghouse.needs"
TAKING_FILES = "clearinghouse.taking-files"
ASKING_PROOF = "clearinghouse.asking-proof"
SIGN_IN = "entry.sign_in"
KEPT = "account.kept"

_Route = TypeVar("_Route", bound=RouteCallable)


class Undeclared(Exception):
    """A page does not say what it needs; raised while the program is imported or built, never during a request."""


class Pages(Blueprint):
    """The pages of one subject; each says who may enter by `needs`, a Permission or an Openness.

    `navigation` is the subject's place in the navigation: the words of a link to its page named `index`. `shown_to`
    narrows the link, not the page, to those who hold one of these permissions.
    """

    def __init__(
        self,
        name: str,
        import_name: str,
        *,
        navigation: str = "",
        shown_to: frozenset[Permission] | None = None,
    ) -> None:
        super().__init__(name, import_name)
        self.navigation = navigation
        self.shown_to = shown_to
        self.needs: dict[str, Needs] = {}
        self.taking_files: set[str] = set()
        self.asking_proof: set[str] = set()

    def get(self, rule: str, *, needs: Needs | None = None, **options: Any) -> Callable[[_Route], _Route]:
        """A page that is read. Raises Undeclared, at import, where `needs` is left out."""
        return self.route(rule, methods=["GET"], needs=needs, **options)

    def post(self, rule: str, *, needs: Needs | None = None, **options: Any) -> Callable[[_Route], _Route]:
        """A page that changes something. Raises Undeclared, at import, where `needs` is left out."""
        return self.route(rule, methods=["POST"], needs=needs, **options)

    def add_url_rule(
        self,
        rule: str,
        endpoint: str | None = None,
        view_func: RouteCallable | None = None,
        provide_automatic_options: bool | None = None,
        *,
        needs: Needs | None = None,
        files: bool = False,
        fresh: bool = False,
        **options: Any,
    ) -> None:
        """Where every route of a blueprint passes, so that none escapes the declaration.

        With `files` the page takes documents: larger posts are read, and what is in them is sealed as it arrives.
        With `fresh` whoever posts, or opens a page that is only read, must have proved who they are a short while ago.
        """
        if needs is None:
            raise Undeclared(f"{self.name}: the page {rule} must say needs=Permission.… or needs=Openness.…")
        name = endpoint or (view_func.__name__ if view_func else "")
        if self.needs.setdefault(name, needs) != needs:
            raise Undeclared(f"{self.name}.{name} is declared twice with different needs")
        self.taking_files |= {name} if files else set()
        self.asking_proof |= {name} if fresh else set()
        super().add_url_rule(rule, endpoint, view_func, provide_automatic_options, **options)


def declare_needs(site: Flask, subjects: tuple[Pages, ...]) -> None:
    """Register the subjects and keep what each endpoint needs. Raises Undeclared where one says nothing."""
    needs: dict[str, Needs] = {"static": Openness.PUBLIC}
    files, proof = set[str](), set[str]()
    for pages in subjects:
        site.register_blueprint(pages)
        files |= {f"{pages.name}.{endpoint}" for endpoint in pages.taking_files}
        proof |= {f"{pages.name}.{endpoint}" for endpoint in pages.asking_proof}
        needs |= {f"{pages.name}.{endpoint}": need for endpoint, need in pages.needs.items()}
    silent = sorted({rule.endpoint for rule in site.url_map.iter_rules()} - needs.keys())
    if silent:
        raise Undeclared(f"these endpoints do not say what they need: {', '.join(silent)}")
    site.extensions[NEEDS] = needs
    site.extensions[TAKING_FILES] = files
    site.extensions[ASKING_PROOF] = proof


def needs_of(endpoint: str) -> Needs | None:
    """What an endpoint declared, or None where there is no such endpoint."""
    return cast(Mapping[str, Needs], current_app.extensions[NEEDS]).get(endpoint)


def asks_proof() -> bool:
    """Whether the request in hand is one of the gravest acts, or a page that leads to one and is only read."""
    rule = request.url_rule
    if rule is None or rule.endpoint not in current_app.extensions[ASKING_PROOF]:
        return False
    return request.method == "POST" or "POST" not in (rule.methods or ())


def may_open(endpoint: str) -> bool:
    """Whether the endpoint exists and opens to whoever is signed in, before any case is looked at."""
    needs = needs_of(endpoint)
    if needs is None or needs is Openness.PUBLIC:
        return needs is not None
    person = signed_in()
    return person is not None and may_enter(person.actor, needs)


def is_shown(pages: Pages) -> bool:
    """Whether the subject stands in the navigation of whoever is signed in."""
    person = signed_in()
    if person is None or not pages.navigation or not may_open(f"{pages.name}.index"):
        return False
    return pages.shown_to is None or bool(pages.shown_to & permissions_of(person.actor.grants))


def guard() -> ResponseReturnValue | None:
    """Stand before every request: the undeclared and the forbidden are the same "not found" as the absent."""
    if request.endpoint is None:
        return None
    if request.method == "POST":
        # All of it first: rights that end while a post trickles in must have ended when it is carried out.
        _read_post(request.endpoint)
    needs = needs_of(request.endpoint)
    if needs is None or current_app.config.get("LOGIN_DISABLED"):
        abort(404)
    if needs is Openness.PUBLIC or may_open(request.endpoint):
        return None
    if signed_in() is not None:
        abort(404)
    return redirect(url_for(SIGN_IN, next=url_for(KEPT) if keep_post() else _return_path()))


def _read_post(endpoint: str) -> None:
    """Read the whole post. Only from somebody to whom a page opens that takes files is a large one read at all.

    What strangers send there is not read: no proxy holds it back, and it would keep a thread for as long as it comes.
    """
    takes_files = endpoint in current_app.extensions[TAKING_FILES]
    if takes_files and may_open(endpoint):
        expect_files(world().largest_file)
        _ = request.form
        look_again()
    elif not takes_files or signed_in() is not None or owner_of_post() is not None:
        _ = request.form


def same_origin_path(text: str | None) -> str | None:
    """The text if it is a path on this site, fit to be redirected to; otherwise None."""
    if (
        not text
        or not text.startswith("/")
        or text.startswith("//")
        or "\\" in text
        or not text.isprintable()
    ):
        return None
    try:
        parts = urlsplit(text)
    except ValueError:
        return None
    return None if parts.scheme or parts.netloc else text


def _return_path() -> str | None:
    """Where to go after sign-in: the page itself when it was read, with its filters; never a post's address."""
    if request.method not in ("GET", "HEAD"):
        return None
    return request.full_path.rstrip("?") if request.path != "/" else None
