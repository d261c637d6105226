"""Single sign-on: a provider's word replaces the password and nothing else, and only its own word, to us, now."""

import base64
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from joserfc import jwt
from joserfc.jwk import ECKey, OctKey
from sqlalchemy import func, select

from clearinghouse.access.roles import OPERATOR, Actor, Role
from clearinghouse.casework.people.accounts import suspend
from clearinghouse.casework.people.invitations import choose_password, recover
from clearinghouse.casework.sign_in.single_sign_on import NOBODY, NOT_COMPLETED
from clearinghouse.casework.world import World, utc_now
from clearinghouse.notices.provider import ProviderSettings
from clearinghouse.records.people import User
from clearinghouse.records.providers import ProviderSubject
from clearinghouse.settings import SettingsError
from clearinghouse.web.site import build_site
from tests.factories.accounts import PASSWORD, can_sign_in, code_now
from tests.factories.people import person
from tests.factories.providers import CLIENT, Impostor, agree, mock_provider, running
from tests.web.visitors import Visitor
from tests.worlds import Clock, make_world, settings_for

pytestmark = pytest.mark.allow_hosts(["127.0.0.1"])
Offer = Callable[..., Visitor]


class Town:
    """A site with a provider, a lead who has an account at both, and whoever comes to the door."""

    def __init__(self, world: World, home: Path, provider: ProviderSettings | None) -> None:
        self.world, self.home = replace(world, provider=provider), home
        self.lead = person(self.world, Role.LEAD)
        self.email = can_sign_in(self.world, self.lead)
        self.site: Flask | None = None

    def visitor(self) -> Visitor:
        """Somebody new at the door."""
        if self.site is None:
            self.site = build_site(self.world, settings_for(self.home))
            self.site.testing = True
        return Visitor(self.site)

    def bound(self) -> int:
        """How many accounts are bound."""
        with self.world.reading(OPERATOR) as work:
            return work.session.scalars(select(func.count()).select_from(ProviderSubject)).one()


@pytest.fixture
def impostor(sqlite_world: World) -> Impostor:
    return Impostor({"sub": "lead-1", "email_verified": True}, int(sqlite_world.now().timestamp()))


@pytest.fixture
def town(sqlite_world: World, tmp_path: Path, impostor: Impostor) -> Iterator[Town]:
    with running(impostor) as provider:
        town = Town(sqlite_world, tmp_path / "home", provider)
        impostor.claims["email"] = town.email.upper()
        yield town


def come_back(town: Town, impostor: Impostor, visitor: Visitor) -> Any:
    return visitor.get(impostor.agree(visitor.get("/sign-in/provider").location))


def enter(town: Town, impostor: Impostor, clock: Clock) -> Visitor:
    """Sign in by the provider and our own code."""
    visitor = town.visitor()
    clock.pass_days(1 / 1440)
    impostor.now = int(town.world.now().timestamp())
    assert come_back(town, impostor, visitor).location == "/sign-in/code"
    assert visitor.post("/sign-in/code", {"code": code_now(town.world)}).status_code == 302
    return visitor


def test_the_whole_way_with_a_provider_that_somebody_else_wrote(sqlite_world: World, tmp_path: Path) -> None:
    """What we think that providers say might be what we alone say."""
    world = replace(sqlite_world, now=utc_now)
    lead = person(world, Role.LEAD)
    claims = {"sub": "4711", "email": can_sign_in(world, lead), "email_verified": True}
    stranger = {"sub": "4712", "email": "stranger@council.example", "email_verified": True}
    with mock_provider(claims, stranger) as issuer:
        town = Town(world, tmp_path / "home", ProviderSettings(issuer, CLIENT, "a secret", "Northshire"))
        visitor = town.visitor()
        assert "Sign in with Northshire" in visitor.get("/sign-in?next=/account/links").text
        there = visitor.get("/sign-in/provider?next=/account/links").location
        for part in ("response_type=code", "code_challenge_method=S256", "nonce=", "state="):
            assert part in there
        to_code = visitor.get(agree(there, "4711")).location
        assert to_code == "/sign-in/code?next=/account/links"
        assert visitor.get("/account").status_code == 302, "the provider's word alone must not be enough"
        assert visitor.post(to_code, {"code": code_now(world)}).location == "/account/links"
        assert "linked to yours with Northshire" in visitor.get("/account/sign-in").text
        assert visitor.post("/sign-out").location == "/signed-out"
        assert "Sign out of Northshire" in visitor.get("/signed-out").text
        assert visitor.get("/sign-in/provider/out").location.startswith(f"{issuer}/")
        other = town.visitor()
        refused = other.get(agree(other.get("/sign-in/provider").location, "4712"))
        assert (refused.status_code, NOBODY in refused.text) == (422, True)
        with world.reading(OPERATOR) as work:
            assert not work.session.scalars(select(User.id).where(User.email == stranger["email"])).all()


@pytest.mark.parametrize(("from_", "begins"), [("cross-site", False), ("same-origin", True), ("none", True)])
def test_no_page_from_elsewhere_begins_a_session(town: Town, from_: str, begins: bool) -> None:
    """Whoever is signed in at the provider would be signed in here without having done anything."""
    answer = town.visitor().get("/sign-in/provider", headers={"Sec-Fetch-Site": from_})
    assert (answer.location == "/sign-in") is not begins


def test_no_page_from_elsewhere_uses_up_what_a_network_may_ask(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page full of pictures that one of them opens would shut the way in by provider or passkey to a whole office."""
    monkeypatch.setattr("clearinghouse.casework.sign_in.single_sign_on.ADDRESS_LIMIT", 1)
    for path in ("/sign-in/provider", "/sign-in/provider/out"):
        assert town.visitor().get(path, headers={"Sec-Fetch-Site": "cross-site"}).location == "/sign-in"
    assert town.visitor().get("/sign-in/provider").location.startswith("http://127.0.0.1")


def test_answers_are_counted_with_guesses_at_the_door(
    town: Town, impostor: Impostor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each answer that somebody makes up would have us ask the provider once more."""
    monkeypatch.setattr("clearinghouse.casework.sign_in.single_sign_on.ADDRESS_LIMIT", 1)
    visitor = town.visitor()
    visitor.post("/sign-in", {"email": "nobody@clearinghouse.example", "password": "a guess at it"})
    assert come_back(town, impostor, visitor).status_code == 429


def test_without_a_provider_nothing_of_it_is_shown(sqlite_world: World, tmp_path: Path) -> None:
    """A button that leads nowhere, or a way in that nobody set up."""
    visitor = Town(sqlite_world, tmp_path / "home", None).visitor()
    assert "/sign-in/provider" not in visitor.get("/sign-in").text
    for path in (
        "/sign-in/provider",
        "/sign-in/provider/return?state=a&code=b",
        "/sign-in/provider/out",
        "/signed-out",
    ):
        assert visitor.get(path).status_code == 404


def test_an_account_is_bound_to_whom_it_was_and_not_to_an_address(
    town: Town, impostor: Impostor, clock: Clock
) -> None:
    """An address that the organisation gives to somebody else would open the account of whoever had it before."""
    enter(town, impostor, clock)
    assert town.bound() == 1
    impostor.claims["email"] = "renamed@council.example"
    enter(town, impostor, clock)
    impostor.claims |= {"sub": "lead-2", "email": town.email}
    assert NOBODY in come_back(town, impostor, town.visitor()).text
    assert town.bound() == 1


def test_nothing_is_bound_before_the_second_step(town: Town, impostor: Impostor, clock: Clock) -> None:
    """Whoever runs the provider could bind somebody's account to themselves, and wait."""
    visitor = town.visitor()
    come_back(town, impostor, visitor)
    visitor.post("/sign-in/code", {"code": "000000"})
    assert town.bound() == 0
    impostor.claims["sub"] = "the real lead"
    enter(town, impostor, clock)
    assert town.bound() == 1
    answer = visitor.post("/sign-in/code", {"code": code_now(town.world)})
    assert answer.status_code == 422
    clock.pass_days(1 / 1440)
    assert visitor.post("/sign-in/code", {"code": code_now(town.world)}).status_code == 302
    impostor.claims["sub"] = "lead-1"
    impostor.now = int(town.world.now().timestamp())
    assert NOBODY in come_back(town, impostor, town.visitor()).text, "a second was bound beside the first"


def test_its_word_counts_as_both_factors_only_where_that_was_set_and_the_account_is_bound(
    town: Town, impostor: Impostor, clock: Clock
) -> None:
    """A provider that asks for a password alone would leave one factor; the first time, ours is always asked."""
    impostor.claims |= {"amr": ["pwd", "mfa"], "acr": "high"}
    whole = town.world.provider
    assert whole
    for asked, complete in (
        ("amr:mfa", True),
        ("amr:otp", False),
        ("acr:high", True),
        ("acr:higher", False),
        ("acr:mfa", False),
        ("", False),
    ):
        town.world, town.site = replace(town.world, provider=replace(whole, second_factor=asked)), None
        if not town.bound():
            enter(town, impostor, clock)
        visitor = town.visitor()
        impostor.now = int(town.world.now().timestamp())
        answer = come_back(town, impostor, visitor)
        assert (answer.location != "/sign-in/code") == complete, asked
        if complete:
            assert visitor.get("/account").status_code == 200
            asked_again = visitor.post("/account/sign-in/codes")
            assert asked_again.status_code == 403, "the gravest acts ask for what is ours"


def unsigned(_: Impostor, claims: dict[str, Any]) -> str:
    parts = ({"alg": "none"}, claims)
    return (
        ".".join(base64.urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=") for part in parts)
        + "."
    )


def by_another(_: Impostor, claims: dict[str, Any]) -> str:
    return jwt.encode({"alg": "ES256", "kid": "one"}, claims, ECKey.generate_key("P-256", {"kid": "one"}))


def with_the_public_key_as_a_secret(impostor: Impostor, claims: dict[str, Any]) -> str:
    secret = OctKey.import_key(impostor.key.as_pem(private=False))
    return jwt.encode({"alg": "HS256", "kid": "one"}, claims, secret)


def test_only_its_own_signature_counts(town: Town, impostor: Impostor) -> None:
    visitor = town.visitor()
    signatures: tuple[Any, ...] = (
        unsigned,
        by_another,
        with_the_public_key_as_a_secret,
        lambda *_: "x",
        lambda *_: 7,
    )
    for sign in signatures:
        impostor.sign = sign
        assert NOT_COMPLETED in come_back(town, impostor, visitor).text, sign
    impostor.sign = None
    assert come_back(town, impostor, visitor).location == "/sign-in/code"


ANOTHER_WORD: tuple[dict[str, Any], ...] = (
    {"nonce": "another"},
    {"nonce": None},
    {"aud": "another"},
    {"aud": ["another", CLIENT], "azp": "another"},
    {"aud": "another", "azp": CLIENT},
    {"iss": "https://another.example"},
    {"exp": 1},
    {"exp": None},
    {"iat": 4_000_000_000},
    {"sub": ""},
    {"sub": None},
    {"sub": 7},
    {"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"},
)


def test_only_its_word_to_us_in_answer_to_this_question_counts(town: Town, impostor: Impostor) -> None:
    """A token that was made for another site, another browser or another day would sign somebody in here."""
    visitor = town.visitor()
    for changed in ({}, *ANOTHER_WORD):

        def change(claims: dict[str, Any], changed: dict[str, Any] = changed) -> None:
            for name, value in changed.items():
                claims.pop(name, None)
                claims |= {} if value is None else {name: value}

        impostor.change = change
        answer = come_back(town, impostor, visitor)
        assert (NOT_COMPLETED in answer.text) == bool(changed), changed


def test_an_address_that_was_not_verified_is_nobodys(town: Town, impostor: Impostor) -> None:
    """Whoever may type an address at the provider would type a lead's."""
    visitor = town.visitor()
    for verified in (False, None, "true", 1):
        impostor.claims["email_verified"] = verified
        assert NOBODY in come_back(town, impostor, visitor).text, verified


def test_an_address_that_looks_alike_is_another(town: Town, impostor: Impostor) -> None:
    """The Kelvin sign is a k in lower case: who has such an address would be taken for somebody else."""
    with town.world.unit_of_work(OPERATOR) as work:
        work.session.get_one(User, town.lead.person).email = "kate@clearinghouse.example"
    impostor.claims["email"] = "\N{KELVIN SIGN}ate@clearinghouse.example"
    assert NOBODY in come_back(town, impostor, town.visitor()).text
    impostor.claims["email"] = "KATE@clearinghouse.example"
    assert come_back(town, impostor, town.visitor()).location == "/sign-in/code"


def test_an_address_may_be_told_beside_the_token_and_of_the_same_person_only(
    town: Town, impostor: Impostor
) -> None:
    impostor.claims = {"sub": "lead-1"}
    impostor.userinfo = {"sub": "another", "email": town.email, "email_verified": True}
    assert NOBODY in come_back(town, impostor, town.visitor()).text
    impostor.userinfo["sub"] = "lead-1"
    assert come_back(town, impostor, town.visitor()).location == "/sign-in/code"


def test_an_answer_is_one_browsers_and_good_once(town: Town, impostor: Impostor, clock: Clock) -> None:
    """Whoever is sent an answer by somebody else would sign in as them; whoever keeps one would come back with it."""
    visitor, victim = town.visitor(), town.visitor()
    back = impostor.agree(visitor.get("/sign-in/provider").location)
    assert NOT_COMPLETED in victim.get(back).text
    victim.get("/sign-in/provider")
    assert NOT_COMPLETED in victim.get(back).text
    assert visitor.get(back).location == "/sign-in/code"
    assert NOT_COMPLETED in visitor.get(back).text
    back = impostor.agree(visitor.get("/sign-in/provider").location)
    clock.pass_days(6 / 1440)
    assert NOT_COMPLETED in visitor.get(back).text
    for query in ("", "?error=access_denied", "?state=a", "?code=b", "?state=%C3%A9&code=b"):
        visitor.get("/sign-in/provider")
        assert NOT_COMPLETED in visitor.get(f"/sign-in/provider/return{query}").text


def test_a_provider_that_cannot_be_used_is_told_plainly(town: Town, impostor: Impostor) -> None:
    """It would send a secret of ours, or somebody's browser, where it likes."""
    visitor = town.visitor()
    for places in (
        {"issuer": "https://another.example"},
        {"token_endpoint": "file:///etc/passwd"},
        {"token_endpoint": None},
        {"jwks_uri": 7},
        {"authorization_endpoint": "javascript:alert(1)"},
    ):
        impostor.change_places = lambda told, places=places: told.update(places)  # type: ignore[misc]  # bound now
        answer = visitor.get("/sign-in/provider")
        assert (answer.status_code, NOT_COMPLETED in answer.text) == (422, True), places


def test_the_suspended_and_whoever_is_let_back_in_anew_are_nobody(
    town: Town, impostor: Impostor, clock: Clock
) -> None:
    """A bound account would stay open to whoever has the one at the provider."""
    admins = [person(town.world, Role.ADMINISTRATOR, None) for _ in range(3)]
    enter(town, impostor, clock)
    suspend(town.world, admins[0], town.lead.person)
    assert NOBODY in come_back(town, impostor, town.visitor()).text
    town.email = impostor.claims["email"] = can_sign_in(town.world, admins[1])
    impostor.claims["sub"] = "administrator"
    enter(town, impostor, clock)
    bound = town.bound()
    link = recover(town.world, OPERATOR, town.email).link.rpartition("/")[2]
    choose_password(town.world, link, "copper lantern meadow")
    assert town.bound() == bound - 1
    assert NOBODY in come_back(town, impostor, town.visitor()).text


def test_one_ends_the_link_oneself(town: Town, impostor: Impostor, clock: Clock) -> None:
    visitor, other = enter(town, impostor, clock), enter(town, impostor, clock)
    assert visitor.post("/account/sign-in/provider/end").location == "/account/sign-in"
    assert town.bound() == 0
    assert other.get("/account").status_code == 302
    assert visitor.post("/account/sign-in/provider/end").status_code == 404
    assert visitor.post("/sign-out").location == "/signed-out"
    assert impostor.redeemed


def test_a_password_still_signs_in(town: Town) -> None:
    """A provider that is down must not shut everybody out."""
    visitor = town.visitor()
    assert visitor.post("/sign-in", {"email": town.email, "password": PASSWORD}).location == "/sign-in/code"


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"ISSUER": "http://provider.example"}, "must start with https"),
        ({"CLIENT_ID": ""}, "needs CLEARINGHOUSE_OIDC_CLIENT_ID"),
        ({"SECRET_FILE": ""}, "needs CLEARINGHOUSE_OIDC_CLIENT_ID"),
        ({"SECOND_FACTOR": "mfa"}, "give acr:VALUE or amr:VALUE"),
        ({"SECRET_FILE": "/nowhere"}, "cannot be read"),
    ],
    ids=str,
)
def test_half_a_provider_does_not_start(tmp_path: Path, given: dict[str, str], problem: str) -> None:
    """People would find a button that fails, on the day that somebody needs it."""
    secret = tmp_path / "secret"
    secret.write_text("a secret\n")
    whole = {"ISSUER": "https://provider.example", "CLIENT_ID": "us", "SECRET_FILE": str(secret)}
    environ = {f"CLEARINGHOUSE_OIDC_{name}": value for name, value in (whole | given).items()}
    with pytest.raises(SettingsError, match=problem):
        make_world(tmp_path / "home", None, Clock(), **environ)


def test_nobody_is_found_twice(town: Town, impostor: Impostor, clock: Clock) -> None:
    """One account at the provider opens one account here, whoever asks for it with another's address later."""
    enter(town, impostor, clock)
    second: Actor = person(town.world, Role.LEAD)
    impostor.claims["email"] = can_sign_in(town.world, second)
    visitor = enter(town, impostor, clock)
    assert town.lead.name in visitor.get("/account").text
