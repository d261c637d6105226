"""P12: nothing reaches a regulator that two audit officers did not agree to, whatever anybody does in whatever order.

Steps are drawn at random, and each is held against a model of its own; races are run in threads; and the ledger of all
packs is read again at the end by rules that know nothing of the program's.
"""

import random
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from threading import Barrier
from uuid import UUID, uuid4

from sqlalchemy import delete, select

from clearinghouse.access.roles import OPERATOR, Actor, Role
from clearinghouse.casework.errors import AlreadyDone, Invalid, NotFound, Refused, Stale
from clearinghouse.casework.packs.building import build_packs
from clearinghouse.casework.packs.collecting import collect_pack, confirm_pack
from clearinghouse.casework.packs.preparing import (
    PackScope,
    approve_pack,
    change_pack,
    prepare_pack,
    revoke_pack,
    withdraw_approval,
)
from clearinghouse.casework.packs.recipient_keys import give_key
from clearinghouse.casework.packs.scope import PackSubject
from clearinghouse.casework.world import World
from clearinghouse.protocol.vocabulary import Body
from clearinghouse.records.cases import Case
from clearinghouse.records.events import Event
from clearinghouse.records.ledger import LedgerEvent, told
from clearinghouse.records.packs import Pack, PackPurpose, PackState
from clearinghouse.records.people import AuthorityLink, LinkKind, RoleGrant, User, UserState
from clearinghouse.vault.envelopes import create_private_key
from tests.factories.accounts import can_sign_in
from tests.factories.authorities import authority
from tests.factories.cases import logged_case
from tests.factories.people import again, person
from tests.promises.databases import Installed, installed
from tests.servers import PostgreSQL

NO = (Refused, NotFound, Stale, Invalid, AlreadyDone)
_MENDED, _LATE, _LEFT = 0.6, 0.15, 0.06
ENDED = (PackState.CONFIRMED, PackState.REVOKED, PackState.EXPIRED)


@dataclass
class Person:
    """Somebody as the model knows them."""

    actor: Actor
    role: bool = True
    active: bool = True
    walled: bool = False
    key: int = 0

    @property
    def fit(self) -> bool:
        """Whether they may have a part in a pack now."""
        return self.role and self.active and not self.walled


@dataclass
class Model:
    """A pack as it must be."""

    id: UUID
    scope: PackScope
    prepared_by: Person
    recipient: Person
    key: int
    state: PackState = PackState.PREPARED
    version: int = 1
    approved_by: Person | None = None
    collected: bool = False
    file: bytes = b""


@dataclass
class Game:
    """An installation with three officers, two regulators and two cases, and what was tried there."""

    place: Installed
    folder: Path
    draw: random.Random
    officers: list[Person] = field(default_factory=list)
    regulators: list[Person] = field(default_factory=list)
    references: list[str] = field(default_factory=list)
    council: UUID | None = None
    tally: Counter[str] = field(default_factory=Counter)

    @property
    def world(self) -> World:
        """The world that it is played in."""
        return self.place.world

    def begin(self) -> None:
        """Everybody, and two cases of one council."""
        world = self.world
        self.council = authority(world)
        person(world, Role.LEAD)
        for _ in range(2):
            logged_case(world, person(world, Role.ASSOCIATE), self.council)
        with world.reading(OPERATOR) as work:
            self.references = [str(each) for each in work.session.scalars(select(Case.reference))]
        self.officers = [Person(person(world, Role.AUDIT_OFFICER, None)) for _ in range(3)]
        self.regulators = [Person(person(world, Role.REGULATOR, None)) for _ in range(2)]
        for each in self.regulators:
            can_sign_in(world, each.actor)

    def scope(self, recipient: Person) -> PackScope:
        """Anything that may be asked for."""
        subjects = self.draw.sample(list(PackSubject), self.draw.randint(1, len(PackSubject)))
        return PackScope(
            body=self.draw.choice((Body.AUDIT_COMMISSION, Body.GOVERNMENT_OFFICE)),
            recipient_id=recipient.actor.person,
            purpose=self.draw.choice(list(PackPurpose)),
            expires_on=self.world.today + timedelta(days=self.draw.randint(1, 60)),
            subjects=frozenset(subjects),
            references=tuple(sorted(self.draw.sample(self.references, self.draw.randint(1, 2)))),
        )

    def now(self, who: Person) -> Actor:
        """The person as a request of this moment knows them."""
        return again(self.world, who.actor)

    def attempt(self, name: str, verb: Callable[[], object], *, allowed: bool) -> bool:
        """Try it; it must come out as the model says."""
        self.tally[name] += 1
        refused: Exception | None = None
        try:
            verb()
        except NO as error:
            refused = error
        assert allowed or refused, f"BYPASS: {name} went through"
        assert not (allowed and refused), f"{name} was refused: {type(refused).__name__} {refused}"
        self.tally["refused"] += refused is not None
        return allowed


def exports_need_two(server: PostgreSQL | None, steps: int, rounds: int, seed: int) -> str:
    """So many random steps, and so many rounds of each race. Says what was tried."""
    began = time.monotonic()
    with installed(server) as place, tempfile.TemporaryDirectory() as folder:
        game = Game(place, Path(folder), random.Random(seed))
        game.begin()
        _play(game, steps)
        _mend(game)
        for _ in range(rounds):
            for race in RACES:
                _race(game, race)
        events = _read_ledger(game)
    tried = sum(count for name, count in game.tally.items() if name != "refused")
    return (
        f"{tried:,} attempts, {game.tally['refused']:,} refused, {game.tally['collect']:,} collections tried;"
        f" {game.tally['race']:,} races; {events:,} events of packs read again; no bypass;"
        f" {time.monotonic() - began:.0f} s"
    )


def _play(game: Game, steps: int) -> None:
    model = _prepared(game)
    for _ in range(steps):
        if model.state in ENDED or game.draw.random() < _LEFT:
            _mend(game)
            model = _prepared(game)
        name = game.draw.choices(list(STEPS), [weight for weight, _ in STEPS.values()])[0]
        STEPS[name][1](game, model)
        with game.world.reading(OPERATOR) as work:
            stored = work.session.get_one(Pack, model.id)
            assert (stored.state, stored.version) == (model.state, model.version), f"after {name}"


def _prepared(game: Game) -> Model:
    officer, recipient = game.draw.choice(game.officers), game.draw.choice(game.regulators)
    scope = game.scope(recipient)
    pack_id = prepare_pack(game.world, game.now(officer), scope)
    return Model(pack_id, scope, officer, recipient, recipient.key)


def _fit(game: Game, model: Model, approver: Person | None) -> bool:
    """Whether everybody who has a part still may, the last day has not passed, and the key is the one that was seen."""
    people = [model.prepared_by, model.recipient, *([approver] if approver else [])]
    same_key = model.key == model.recipient.key
    return all(each.fit for each in people) and same_key and model.scope.expires_on >= game.world.today


def _seen(game: Game, model: Model) -> int:
    """The version that somebody looked at: mostly the one that there is."""
    return model.version - (game.draw.random() < _LATE)


def _approve(game: Game, model: Model) -> None:
    who, seen = (
        game.draw.choice(game.officers),
        _seen(game, model),
    )
    compared = game.draw.random() < 0.8
    allowed = (
        who.fit
        and who is not model.prepared_by
        and seen == model.version
        and model.state is PackState.PREPARED
        and _fit(game, model, None)
        and (compared or not model.key)
    )
    post, actor = game.world.for_post(uuid4()), game.now(who)

    def verb() -> None:
        approve_pack(post, actor, model.id, seen, compared=compared)

    if game.attempt("approve", verb, allowed=allowed):
        model.state, model.approved_by = PackState.APPROVED, who
        game.attempt("approve again by the same post", verb, allowed=False)


def _change(game: Game, model: Model) -> None:
    """One field or all of them: each voids the approval."""
    who, recipient = game.draw.choice(game.officers), game.draw.choice(game.regulators)
    fresh = game.scope(recipient)
    name = game.draw.choice(
        ("body", "purpose", "expires_on", "subjects", "references", "recipient_id", "all")
    )
    given = fresh if name == "all" else replace(model.scope, **{name: getattr(fresh, name)})
    recipient = next(each for each in game.regulators if each.actor.person == given.recipient_id)
    seen = _seen(game, model)
    open_still = model.state not in ENDED and not model.collected
    possible = recipient.fit and given.expires_on > game.world.today
    allowed = who.fit and seen == model.version and open_still and possible
    actor = game.now(who)
    if game.attempt("change", lambda: change_pack(game.world, actor, model.id, seen, given), allowed=allowed):
        model.scope, model.prepared_by, model.recipient, model.key = given, who, recipient, recipient.key
        model.state, model.approved_by, model.version = PackState.PREPARED, None, model.version + 1


def _withdraw(game: Game, model: Model) -> None:
    who = game.draw.choice(game.officers)
    live = model.state not in ENDED and not model.collected
    actor, allowed = game.now(who), who.fit and who is model.approved_by and live
    if game.attempt("withdraw", lambda: withdraw_approval(game.world, actor, model.id), allowed=allowed):
        model.state, model.approved_by = PackState.PREPARED, None


def _revoke(game: Game, model: Model) -> None:
    who = game.draw.choice(game.officers)
    actor, allowed = game.now(who), who.fit and model.state not in ENDED
    if game.attempt("revoke", lambda: revoke_pack(game.world, actor, model.id), allowed=allowed):
        model.state = PackState.REVOKED


def _build(game: Game, model: Model) -> None:
    game.tally["build"] += 1
    build_packs(game.world)
    if model.state not in ENDED and model.scope.expires_on < game.world.today:
        model.state = PackState.EXPIRED
    elif model.state is PackState.APPROVED:
        if _fit(game, model, model.approved_by):
            model.state = PackState.READY
        else:
            model.state, model.approved_by = PackState.PREPARED, None


def _collect(game: Game, model: Model) -> None:
    """By the recipient, the other regulator, an officer."""
    who = game.draw.choice((model.recipient, model.recipient, *game.regulators, *game.officers))
    allowed = (
        who is model.recipient and model.state is PackState.READY and _fit(game, model, model.approved_by)
    )
    actor = game.now(who)

    def verb() -> None:
        model.file = b"".join(collect_pack(game.world, actor, model.id).chunks)

    if game.attempt("collect", verb, allowed=allowed):
        model.collected = True


def _confirm(game: Game, model: Model) -> None:
    who, right = game.draw.choice((model.recipient, *game.regulators)), game.draw.random() < 0.5
    digest = sha256(model.file).hexdigest() if right and model.collected else "0" * 64
    allowed = (
        who is model.recipient
        and right
        and model.collected
        and model.state is PackState.READY
        and _fit(game, model, model.approved_by)
    )
    actor = game.now(who)
    if game.attempt("confirm", lambda: confirm_pack(game.world, actor, model.id, digest), allowed=allowed):
        model.state = PackState.CONFIRMED


def _give_key(game: Game, _: Model) -> None:
    who = game.draw.choice(game.regulators)
    game.place.clock.pass_days(1 / 1440)
    key = create_private_key(game.folder / uuid4().hex)
    actor, allowed = game.now(who), who.role and who.active
    if game.attempt("key", lambda: give_key(game.world, actor, key.text), allowed=allowed):
        who.key = key.number


def _somebody(game: Game, _: Model) -> None:
    """Somebody's role ends or is given back, or they are suspended, or a wall rises; or all that is undone."""
    everybody = (*game.officers, *game.regulators)
    if any(not each.fit for each in everybody) and game.draw.random() < _MENDED:
        _mend(game)  # or soon nobody could do anything, and nothing would be tried
        return
    _become(game, game.draw.choice(everybody), game.draw.choice(("role", "active", "walled")))


def _become(game: Game, who: Person, what: str) -> None:
    game.tally[what] += 1
    with game.world.unit_of_work(OPERATOR) as work:
        mine = RoleGrant.user_id == who.actor.person
        grant = work.session.scalars(select(RoleGrant).where(mine).order_by(RoleGrant.id)).one()
        user = work.session.get_one(User, who.actor.person)
        if what == "role":
            who.role = not who.role
            grant.ended_at = None if who.role else work.now
        elif what == "active":
            who.active = not who.active
            user.state = UserState.ACTIVE if who.active else UserState.SUSPENDED
        else:
            who.walled = not who.walled
            if who.walled:
                link = {"user_id": user.id, "authority_id": game.council, "kind": LinkKind.EMPLOYED}
                work.add(AuthorityLink(**link, declared_at=work.now))
            else:
                work.session.execute(delete(AuthorityLink).where(AuthorityLink.user_id == user.id))


def _pass_days(game: Game, _: Model) -> None:
    game.tally["days"] += 1
    game.place.clock.pass_days(game.draw.choice((0.2, 1, 5)))


def _mend(game: Game) -> None:
    """Everybody may again."""
    for each in (*game.officers, *game.regulators):
        for what, as_it_was in (("role", each.role), ("active", each.active), ("walled", not each.walled)):
            if not as_it_was:
                _become(game, each, what)


STEPS: dict[str, tuple[int, Callable[[Game, Model], None]]] = {
    "approve": (30, _approve),
    "change": (10, _change),
    "withdraw": (6, _withdraw),
    "revoke": (1, _revoke),
    "build": (24, _build),
    "collect": (22, _collect),
    "confirm": (6, _confirm),
    "key": (1, _give_key),
    "somebody": (14, _somebody),
    "days": (2, _pass_days),
}


Racer = Callable[[Game, Model], object]


def _by(number: int) -> Callable[[Game, Model], Actor]:
    """One of the officers who did not prepare it."""
    return lambda game, model: [each for each in game.officers if each is not model.prepared_by][number].actor


def _approving(number: int) -> Racer:
    return lambda game, model: approve_pack(
        game.world, _by(number)(game, model), model.id, model.version, compared=True
    )


def _changing(game: Game, model: Model) -> object:
    other = replace(model.scope, subjects=frozenset({PackSubject.CLOSING}), purpose=PackPurpose.AUDIT)
    return change_pack(game.world, _by(1)(game, model), model.id, model.version, other)


def _ending_the_role(game: Game, model: Model) -> object:
    who = next(each for each in game.officers if each.actor == _by(0)(game, model))
    return _become(game, who, "role")


def _collecting(game: Game, model: Model) -> object:
    return b"".join(collect_pack(game.world, model.recipient.actor, model.id).chunks)


def _revoking(game: Game, model: Model) -> object:
    return revoke_pack(game.world, model.prepared_by.actor, model.id)


def _withdrawing(game: Game, model: Model) -> object:
    return withdraw_approval(game.world, _by(0)(game, model), model.id)


def _building(game: Game, _: Model) -> object:
    return build_packs(game.world)


RACES: tuple[tuple[PackState, tuple[Racer, ...]], ...] = (
    (PackState.PREPARED, (_approving(0), _approving(1), _approving(0))),
    (PackState.PREPARED, (_approving(0), _changing)),
    (PackState.PREPARED, (_approving(0), _ending_the_role, _building)),
    (PackState.APPROVED, (_building, _building, _changing)),
    (PackState.APPROVED, (_building, _withdrawing)),
    (PackState.READY, (_collecting, _revoking, _collecting)),
    (PackState.READY, (_collecting, _changing)),
    (PackState.READY, (_collecting, _ending_the_role)),
)
"""From which state, and what all at once. Whichever comes first, the ledger must read as if they had queued."""


def _race(game: Game, race: tuple[PackState, tuple[Racer, ...]]) -> None:
    state, racers = race
    model = _prepared(game)
    if state is not PackState.PREPARED:
        _approving(0)(game, model)
    if state is PackState.READY:
        assert build_packs(game.world)
    together = Barrier(len(racers))

    def run(racer: Racer) -> bool:
        together.wait(60)
        try:
            racer(game, model)
        except NO:
            return False
        return True

    with ThreadPoolExecutor(len(racers)) as pool:
        list(pool.map(run, racers))
    game.tally["race"] += 1
    build_packs(game.world)
    _mend(game)


def _read_ledger(game: Game) -> int:
    """Read what happened to every pack, by rules of its own. Returns how many events there were."""
    with game.world.reading(OPERATOR) as work:
        query = (
            select(LedgerEvent)
            .where(LedgerEvent.stream == "pack")
            .order_by(LedgerEvent.stream_id, LedgerEvent.seq)
        )
        rows = [
            (row.stream_id, Event(row.type), told(work.session, row)) for row in work.session.scalars(query)
        ]
    prepared: dict[str, tuple[object, object]] = {}
    approved: dict[str, object] = {}
    built: dict[str, object] = {}
    for stream, event, said in rows:
        facts = said.facts
        match event:
            case Event.PACK_PREPARED | Event.PACK_CHANGED:
                prepared[stream] = facts["version"], said.actor
                approved.pop(stream, None)
                built.pop(stream, None)
            case Event.PACK_APPROVED:
                assert stream not in approved, "approved twice"
                assert prepared[stream][0] == facts["version"], "approved what was not prepared"
                assert prepared[stream][1] != said.actor, "approved by who prepared it"
                approved[stream] = said.actor
            case Event.PACK_APPROVAL_ENDED:
                approved.pop(stream, None)
                built.pop(stream, None)
            case Event.PACK_BUILT:
                assert stream in approved, "made without an approval"
                assert prepared[stream][0] == facts["version"], "made what was not approved"
                built[stream] = facts["digest"]
            case Event.PACK_COLLECTED:
                assert built.get(stream) == facts["digest"], "collected what was not made for it"
            case Event.PACK_REVOKED | Event.PACK_EXPIRED | Event.PACK_CONFIRMED:
                approved.pop(stream, None)
                built.pop(stream, None)
            case _:
                pass
    return len(rows)
