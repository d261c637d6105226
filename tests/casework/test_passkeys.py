"""Passkeys: made for one person at one place, good for whoever holds the device, and not for who saw an answer."""

import json
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from clearinghouse.access.roles import OPERATOR, Actor, Grant, Region, Role
from clearinghouse.casework.errors import Invalid, NotFound, Refused
from clearinghouse.casework.people.accounts import suspend
from clearinghouse.casework.people.invitations import (
    ask_for_first_passkey,
    choose_password,
    invite,
    join_with_passkey,
    joining,
    recover,
)
from clearinghouse.casework.sign_in.passkey_ceremonies import MOST
from clearinghouse.casework.sign_in.passkeys import (
    LAST_WAY_IN,
    add_passkey,
    ask_for_new_passkey,
    change_app,
    new_app,
    passkeys_work_at,
    remove_passkey,
    renew_recovery_codes,
    sign_in_view,
)
from clearinghouse.casework.sign_in.proofs import ask_for_proof, prove_by_code, prove_by_passkey
from clearinghouse.casework.sign_in.questions import GOOD_FOR
from clearinghouse.casework.sign_in.second_factors import STEP, code_at, leave_app_out
from clearinghouse.casework.sign_in.sessions import (
    ADDRESS_LIMIT,
    FRESH,
    WRONG_PASSKEY,
    ask_for_passkey,
    ask_for_second_passkey,
    begin_session,
    give_code,
    give_passkey,
    give_password,
    give_second_passkey,
    who,
)
from clearinghouse.casework.sign_in.throttles import TooMany
from clearinghouse.casework.verification import verify
from clearinghouse.casework.world import World
from clearinghouse.records.duties import Letter
from clearinghouse.records.events import Event, Stream
from clearinghouse.records.ledger import LedgerEvent
from clearinghouse.records.passkeys import Passkey
from clearinghouse.records.people import User
from tests.factories.accounts import PASSWORD, can_sign_in, code_now
from tests.factories.passkeys import Device, with_passkey
from tests.factories.people import person
from tests.worlds import Clock

ADDRESS = "192.0.2.7"
BROWSER = "a browser of their own"


@dataclass
class Owner:
    """Somebody with a passkey, signed in."""

    actor: Actor
    email: str
    token: str
    device: Device


def session_of(world: World, actor: Actor) -> str:
    with world.unit_of_work(actor) as work:
        return begin_session(work, work.session.get_one(User, actor.id))


def make_owner(world: World, role: Role = Role.LEAD, **device: object) -> Owner:
    actor = person(world, role)
    email, token = can_sign_in(world, actor), session_of(world, actor)
    return Owner(actor, email, token, with_passkey(world, actor, token, **device))


@pytest.fixture
def owner(world: World) -> Owner:
    return make_owner(world)


def sign_in(world: World, device: Device, browser: str = BROWSER) -> str:
    return give_passkey(world, browser, device.prove(ask_for_passkey(world, browser, ADDRESS)), ADDRESS)


def refused(world: World, answer: str, browser: str = BROWSER) -> bool:
    """Whether it is refused, in the words for every other reason."""
    with pytest.raises(Refused, match=f"^{WRONG_PASSKEY}$"):
        give_passkey(world, browser, answer, ADDRESS)
    return True


def events(world: World, kind: Event) -> int:
    with world.reading(OPERATOR) as work:
        return len(work.session.scalars(select(LedgerEvent.id).where(LedgerEvent.type == kind.value)).all())


def test_a_passkey_alone_signs_in_and_each_use_is_in_the_ledger(world: World, owner: Owner) -> None:
    """Whoever holds the device is in, with nothing else typed; the list says when it was used."""
    found = who(world, sign_in(world, owner.device))
    assert found
    assert (found.actor, found.is_fresh) == (owner.actor, True)
    (line,) = sign_in_view(world, owner.actor).passkeys
    assert (line.name, line.used_at, line.refused_at) == ("Telephone", world.now(), None)
    for kind in (Event.PASSKEY_ADDED, Event.PASSKEY_USED):
        assert events(world, kind) == 1
    with world.reading(OPERATOR) as work:
        row = work.session.scalars(select(Passkey)).one()
        assert b"Telephone" not in (row.name_sealed or b"")
    assert not verify(world).faults


def test_an_answer_works_once_though_it_is_given_twenty_times_at_once(world: World, owner: Owner) -> None:
    """An answer that somebody recorded, or sent again to another process, would sign a second browser in."""
    answer = owner.device.prove(ask_for_passkey(world, BROWSER, ADDRESS))

    def give(_: int) -> bool:
        try:
            return bool(give_passkey(world, BROWSER, answer, ADDRESS))
        except Refused:
            return False

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(give, range(20))) == [False] * 19 + [True]
    assert refused(world, answer)
    assert sign_in_view(world, owner.actor).passkeys[0].refused_at is None, "a repeat shut the passkey itself"


def test_a_question_is_one_browsers_and_one_purposes(world: World, owner: Owner) -> None:
    """An answer that was asked for on one page, or by one browser, must be worth nothing on another."""
    answer = owner.device.prove(ask_for_passkey(world, "another browser", ADDRESS))
    assert refused(world, answer)
    waiting = give_password(world, owner.email, PASSWORD, ADDRESS)
    second = owner.device.prove(ask_for_second_passkey(world, waiting))
    assert refused(world, second, waiting)
    proof = owner.device.prove(ask_for_proof(world, owner.token))
    assert refused(world, proof, owner.token)
    with pytest.raises(Refused):
        give_second_passkey(world, waiting, owner.device.prove(ask_for_passkey(world, waiting, ADDRESS)))
    make = ask_for_new_passkey(world, owner.actor, owner.token)
    other = session_of(world, owner.actor)
    with pytest.raises(Invalid):
        add_passkey(world, owner.actor, other, "Stolen", Device().make(make))


def test_a_question_grows_stale(world: World, owner: Owner, clock: Clock) -> None:
    """A page left open over lunch must not be answered by whoever sits down."""
    answer = owner.device.prove(ask_for_passkey(world, BROWSER, ADDRESS))
    clock.instant += GOOD_FOR
    assert refused(world, answer)


def test_a_newer_question_takes_the_place_of_the_one_before(world: World, owner: Owner) -> None:
    answer = owner.device.prove(ask_for_passkey(world, BROWSER, ADDRESS))
    ask_for_passkey(world, BROWSER, ADDRESS)
    assert refused(world, answer)


def test_what_was_not_meant_for_us_opens_nothing(world: World, owner: Owner) -> None:
    """A device that looks at nobody is no second factor, and a look-alike site could pass an answer on."""
    not_meant: tuple[dict[str, Any], ...] = (
        {"looks_at_people": False},
        {"origin": "http://localhost.evil.example:8000"},
        {"origin": "https://localhost:8000"},
        {"host": "evil.example"},
    )
    for changed in not_meant:
        answer = replace(owner.device, **changed).prove(ask_for_passkey(world, BROWSER, ADDRESS))
        assert refused(world, answer), changed
        with pytest.raises(Invalid):
            with_passkey(world, owner.actor, owner.token, **changed)
    assert sign_in(world, owner.device)


def test_another_persons_passkey_is_theirs(world: World, owner: Owner) -> None:
    """Neither its name under another's signature, nor another's name under its own, opens an account."""
    other = make_owner(world)
    question = ask_for_passkey(world, BROWSER, ADDRESS)
    assert refused(world, other.device.prove(question, credential=owner.device.credential))
    claimed = replace(other.device, user=owner.actor.person.bytes)
    assert refused(world, claimed.prove(ask_for_passkey(world, BROWSER, ADDRESS)))
    waiting = give_password(world, owner.email, PASSWORD, ADDRESS)
    with pytest.raises(Refused, match=WRONG_PASSKEY):
        give_second_passkey(world, waiting, other.device.prove(ask_for_second_passkey(world, waiting)))
    with pytest.raises(Refused, match=WRONG_PASSKEY):
        prove_by_passkey(
            world, owner.actor, owner.token, other.device.prove(ask_for_proof(world, owner.token))
        )
    again = Device(credential=owner.device.credential)
    answer = again.make(ask_for_new_passkey(world, other.actor, other.token))
    with pytest.raises(Invalid):
        add_passkey(world, other.actor, other.token, "Taken", answer)
    (theirs,) = sign_in_view(world, owner.actor).passkeys
    with pytest.raises(NotFound):
        remove_passkey(world, other.actor, other.token, theirs.id)


@pytest.mark.parametrize("how", ["suspended", "removed", "let back in anew", "unknown"])
def test_what_opens_nothing_any_more_answers_alike(world: World, owner: Owner, how: str) -> None:
    """A different answer would tell a finder whose passkey it was."""
    device = owner.device
    if how == "suspended":
        for _ in range(2):
            person(world, Role.ADMINISTRATOR, None)
        suspend(world, person(world, Role.ADMINISTRATOR, None), owner.actor.person)
    elif how == "removed":
        (line,) = sign_in_view(world, owner.actor).passkeys
        remove_passkey(world, owner.actor, owner.token, line.id)
        assert events(world, Event.PASSKEY_REMOVED) == 1
    elif how == "let back in anew":
        admin = make_owner(world, Role.ADMINISTRATOR)
        link = recover(world, OPERATOR, admin.email).link.rpartition("/")[2]
        device = admin.device
        assert refused(world, device.prove(ask_for_passkey(world, BROWSER, ADDRESS)))
        choose_password(world, link, "copper lantern meadow")
    else:
        device = Device(user=owner.actor.person.bytes)
    assert refused(world, device.prove(ask_for_passkey(world, BROWSER, ADDRESS)))
    assert events(world, Event.SIGN_IN_FAILED) >= 1


def test_a_counter_that_goes_back_shuts_the_passkey_and_its_owner_is_told(world: World, owner: Owner) -> None:
    """Two devices that count by themselves share one key: one of them is a copy, and nobody knows which."""
    copy = replace(owner.device)
    for _ in range(3):
        sign_in(world, owner.device)
    assert refused(world, copy.prove(ask_for_passkey(world, BROWSER, ADDRESS)))
    assert refused(world, owner.device.prove(ask_for_passkey(world, BROWSER, ADDRESS)))
    (line,) = sign_in_view(world, owner.actor).passkeys
    assert line.refused_at == world.now()
    assert events(world, Event.PASSKEY_REFUSED) == 1
    with world.reading(OPERATOR) as work:
        letters = work.session.scalars(select(Letter.kind).where(Letter.user_id == owner.actor.person)).all()
    assert "sign_in_changed" in letters


def test_a_device_that_does_not_count_is_not_taken_for_a_copy(world: World) -> None:
    """Passkeys that phones share among themselves have no counter: their owners would be shut out on the second day."""
    owner = make_owner(world, counter=None)
    for _ in range(2):
        assert sign_in(world, owner.device)


def test_a_passkey_is_a_second_step_too(world: World, owner: Owner) -> None:
    waiting = give_password(world, owner.email, PASSWORD, ADDRESS)
    answer = owner.device.prove(ask_for_second_passkey(world, waiting))
    token = give_second_passkey(world, waiting, answer)
    assert who(world, token)
    with pytest.raises(Refused):
        give_second_passkey(world, waiting, answer)


def test_the_last_second_step_stays(world: World, owner: Owner) -> None:
    """Somebody without an app would lock themselves out, and an administrator would have to open the door."""
    with world.unit_of_work(owner.actor) as work:
        leave_app_out(work.session.get_one(User, owner.actor.person))
        work.record(Event.FACTOR_ENROLLED, Stream.USER, owner.actor.person)
    (line,) = sign_in_view(world, owner.actor).passkeys
    with pytest.raises(Refused, match=LAST_WAY_IN):
        remove_passkey(world, owner.actor, owner.token, line.id)
    app = new_app(world, owner.actor)
    step = int(world.now().timestamp()) // STEP
    with pytest.raises(Invalid):
        change_app(world, owner.actor, owner.token, app.secret, "000000")
    change_app(world, owner.actor, owner.token, app.secret, code_at(app.secret, step))
    other = session_of(world, owner.actor)
    remove_passkey(world, owner.actor, owner.token, line.id)
    assert who(world, owner.token)
    assert who(world, other) is None, "a session that the lost device may have opened goes on"
    waiting = give_password(world, owner.email, PASSWORD, ADDRESS)
    with pytest.raises(Refused):
        give_code(world, waiting, code_at(app.secret, step))


def test_joining_with_a_passkey_leaves_the_app_out(world: World) -> None:
    """The app's secret was shown on the page: whoever saw it would have a second factor for ever."""
    admin = person(world, Role.ADMINISTRATOR, None)
    invited = invite(world, admin, "ola@council.example", "Ola Brand", [Grant(Role.LEAD, Region.LONDON)])
    link, device = invited.link.rpartition("/")[2], Device()
    with pytest.raises(NotFound):
        ask_for_first_passkey(world, link)
    choose_password(world, link, "copper lantern meadow")
    secret = joining(world, link).secret
    with pytest.raises(Invalid):
        join_with_passkey(
            world, link, device.make(ask_for_first_passkey(world, link), attestationObject="AAAA")
        )
    joined = join_with_passkey(world, link, device.make(ask_for_first_passkey(world, link)))
    assert who(world, joined.token)
    assert len(set(joined.recovery_codes)) == 10
    assert who(world, sign_in(world, device))
    for code in (code_at(secret, int(world.now().timestamp()) // STEP), joined.recovery_codes[0]):
        waiting = give_password(world, "ola@council.example", "copper lantern meadow", ADDRESS)
        if code == joined.recovery_codes[0]:
            assert give_code(world, waiting, code)
        else:
            with pytest.raises(Refused):
                give_code(world, waiting, code)
    with pytest.raises(NotFound):
        joining(world, link)


def test_a_person_has_no_more_than_ten(world: World, owner: Owner) -> None:
    for number in range(MOST - 1):
        with_passkey(world, owner.actor, owner.token, f"Key {number}")
    with pytest.raises(Invalid, match="Remove one first"):
        with_passkey(world, owner.actor, owner.token)
    asked = json.loads(ask_for_new_passkey(world, owner.actor, owner.token))
    assert len(asked["excludeCredentials"]) == MOST
    assert asked["authenticatorSelection"] == {
        "residentKey": "required",
        "requireResidentKey": True,
        "userVerification": "required",
    }
    assert asked["attestation"] == "none"
    assert json.loads(ask_for_proof(world, owner.token))["allowCredentials"] == []


def test_questions_and_answers_are_counted(world: World, owner: Owner) -> None:
    """Nobody fills the table of questions, nor tries answers for ever."""
    for _ in range(ADDRESS_LIMIT):
        ask_for_passkey(world, BROWSER, ADDRESS)
    with pytest.raises(TooMany):
        ask_for_passkey(world, BROWSER, ADDRESS)
    for _ in range(10):
        with pytest.raises(Refused):
            prove_by_passkey(world, owner.actor, owner.token, "{}")
    with pytest.raises(TooMany):
        prove_by_passkey(world, owner.actor, owner.token, "{}")


DAMAGED = [
    "",
    "null",
    "[]",
    "{}",
    '{"id": 1}',
    "[" * 19_000,
    '"' + "x" * 30_000,
    '{"id":"AA","rawId":"AA","type":"public-key","response":{}}',
    '{"id":"AA","rawId":"AA","type":"public-key","response":{"clientDataJSON":"AA","authenticatorData":"AA","signature":"AA"}}',
    '{"id":"é","rawId":"é","type":"x","response":null}',
]


def test_a_damaged_answer_is_refused_like_any_other(sqlite_world: World) -> None:
    """What a hostile browser sends would be an error page with a trace in the log."""
    owner = make_owner(sqlite_world)
    for answer in DAMAGED:
        ask_for_passkey(sqlite_world, BROWSER, ADDRESS)
        assert refused(sqlite_world, answer)
        ask_for_new_passkey(sqlite_world, owner.actor, owner.token)
        with pytest.raises(Invalid):
            add_passkey(sqlite_world, owner.actor, owner.token, "Broken", answer)


def test_a_part_cut_short_is_refused(sqlite_world: World, clock: Clock) -> None:
    owner = make_owner(sqlite_world)
    for part in ("clientDataJSON", "authenticatorData", "signature", "userHandle"):
        clock.instant += timedelta(minutes=16)  # more tries than one address has in a quarter of an hour
        for changed in ("AA", "A", "!", "", None, 7, "o2NmbXRkbm9uZQ"):
            answer = owner.device.prove(ask_for_passkey(sqlite_world, BROWSER, ADDRESS), **{part: changed})
            if part == "userHandle" and changed in ("", None):
                continue  # a device need not say whose it is: the signature does
            assert refused(sqlite_world, answer), (part, changed)


PLACES = (
    ("https://clearinghouse.example", "https://clearinghouse.example"),
    ("https://clearinghouse.example:8443", "https://clearinghouse.example:8443"),
    ("https://clearinghouse.example:443/", "https://clearinghouse.example"),
    ("http://127.0.0.1:8000", "http://localhost:8000"),
    ("http://clearinghouse.example", ""),
    ("https://192.0.2.7", ""),
    ("https://[2001:db8::1]", ""),
)


def test_passkeys_work_where_browsers_make_them(sqlite_world: World) -> None:
    """At any other address the buttons would lead nowhere; they are not shown, and nothing is asked."""
    for address, place in PLACES:
        world = replace(sqlite_world, base_url=address)
        assert passkeys_work_at(world) == place, address
        if not place:
            with pytest.raises(NotFound):
                ask_for_passkey(world, BROWSER, ADDRESS)


Prove = Callable[[World, Owner], None]


def by_code(world: World, owner: Owner) -> None:
    prove_by_code(world, owner.actor, owner.token, code_now(world))


def by_passkey(world: World, owner: Owner) -> None:
    answer = owner.device.prove(ask_for_proof(world, owner.token))
    prove_by_passkey(world, owner.actor, owner.token, answer)


@pytest.mark.parametrize("way", [by_code, by_passkey])
def test_a_proof_is_good_for_its_session_and_for_minutes(
    world: World, owner: Owner, clock: Clock, way: Prove
) -> None:
    """Another browser of the same person, or the same one after a while, must be asked again."""
    other = session_of(world, owner.actor)
    clock.instant += FRESH
    found = [who(world, token) for token in (owner.token, other)]
    assert [each and each.is_fresh for each in found] == [False, False]
    way(world, owner)
    found = [who(world, token) for token in (owner.token, other)]
    assert [each and each.is_fresh for each in found] == [True, False]
    clock.instant += FRESH - timedelta(seconds=1)
    found[0] = who(world, owner.token)
    assert found[0]
    assert found[0].is_fresh
    clock.instant += timedelta(seconds=1)
    found[0] = who(world, owner.token)
    assert found[0]
    assert not found[0].is_fresh
    assert events(world, Event.USER_PROVED) == 1


def test_a_proof_needs_the_session_of_the_person(world: World, owner: Owner) -> None:
    """One's own code must prove nothing for a session that somebody else left open, nor for one that has ended."""
    other = make_owner(world)
    with pytest.raises(NotFound):
        prove_by_code(world, other.actor, owner.token, code_now(world))
    remove_passkey(world, owner.actor, "none", sign_in_view(world, owner.actor).passkeys[0].id)
    with pytest.raises(NotFound):
        prove_by_code(world, owner.actor, owner.token, code_now(world))


def test_new_recovery_codes_take_the_place_of_the_old(world: World, owner: Owner) -> None:
    first = renew_recovery_codes(world, owner.actor)
    second = renew_recovery_codes(world, owner.actor)
    with pytest.raises(Refused):
        prove_by_code(world, owner.actor, owner.token, first[0])
    prove_by_code(world, owner.actor, owner.token, second[0])
    assert sign_in_view(world, owner.actor).codes_left == 9
    assert all(re.fullmatch(r"[2-9a-z]{4}(-[2-9a-z]{4})+", code) for code in second)


@pytest.mark.parametrize("how", ["its key", "its owner", "a row"])
def test_a_passkey_that_was_put_into_the_database_opens_nothing(world: World, owner: Owner, how: str) -> None:
    """Whoever writes to the database has no keys of it: a public key of theirs would be a way in that lasts."""
    thief = make_owner(world)
    with world.database.writing() as session:
        theirs, lead = (
            session.scalars(select(Passkey).where(Passkey.user_id == each.actor.id)).one()
            for each in (thief, owner)
        )
        values = {"credential": thief.device.credential, "key_sealed": theirs.key_sealed}
        if how == "its owner":
            theirs.user_id = owner.actor.person
        elif how == "a row":
            session.delete(theirs)
            session.flush()
            session.add(Passkey(user_id=lead.user_id, sign_count=0, made_at=world.now(), **values))
        else:
            session.delete(theirs)
            session.flush()
            lead.credential, lead.key_sealed = values["credential"], values["key_sealed"]
    thief.device.user = owner.actor.person.bytes
    assert refused(world, thief.device.prove(ask_for_passkey(world, BROWSER, ADDRESS)))
    if how == "its key":
        assert any("passkeys" in str(fault) for fault in verify(world).faults)
