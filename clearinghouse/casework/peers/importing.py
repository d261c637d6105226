"""Importing a file of peers: all of it or nothing; each changed peer has an event that carries its seals."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import TypeAlias
from uuid import UUID

from sqlalchemy import delete, select

from clearinghouse.access.decision import may_enter
from clearinghouse.access.permissions import Permission
from clearinghouse.access.roles import Actor, ActorKind
from clearinghouse.casework.errors import NotFound
from clearinghouse.casework.peers.accreditation import end_outdated
from clearinghouse.casework.peers.days import days_of_file, days_used_by_teams
from clearinghouse.casework.peers.file import Authorities, Belonging, Group, PeerEntry, read_peers
from clearinghouse.casework.peers.rechecking import recheck
from clearinghouse.casework.register_file import LineProblem, Unreadable
from clearinghouse.casework.world import Work, World
from clearinghouse.protocol.council_years import council_year
from clearinghouse.protocol.peer_words import Course
from clearinghouse.protocol.peers import PeerKind
from clearinghouse.records.authorities import Authority
from clearinghouse.records.base import Row
from clearinghouse.records.events import Event, Stream
from clearinghouse.records.keyring import keyring_of
from clearinghouse.records.peers import (
    Peer,
    PeerAbsence,
    PeerAffiliation,
    PeerGroup,
    PeerInterest,
    PeerTraining,
)
from clearinghouse.records.sealed import Compartment

_NEW: Mapping[str, object] = {
    "seniority": "",
    "political_group": None,
    "political_group_since": None,
    "organisation": None,
    "themes": [],
    "services": [],
    "authority_types": [],
    "regions": [],
    "accredited_by": None,
    "accredited_from": None,
    "accredited_until": None,
    "accreditation_level": None,
    "suspended": False,
    "days_offered": 0,
    "days_used": 0,
    "days_used_of": None,
    "led_reviews": 0,
}

_DAYS = frozenset({"days_used", "days_used_year"})
_Listed: TypeAlias = "type[PeerAffiliation] | type[PeerAbsence] | type[PeerGroup] | type[PeerTraining]"


@dataclass(frozen=True)
class PeerImportReport:
    """What an import found and did; where `errors` has anything, nothing was done."""

    created: int = 0
    changed: int = 0
    unchanged: int = 0
    errors: tuple[LineProblem, ...] = ()


@dataclass
class _Held:
    """What the register holds of its peers beside their rows."""

    peers: dict[str, Peer]
    belonging: dict[UUID, set[Belonging]] = field(default_factory=dict)
    absences: dict[UUID, set[tuple[date, date]]] = field(default_factory=dict)
    groups: dict[UUID, set[Group]] = field(default_factory=dict)
    training: dict[UUID, set[tuple[Course, date]]] = field(default_factory=dict)
    used_by_teams: Mapping[UUID, int] = field(default_factory=dict)
    interests: dict[UUID, list[PeerInterest]] = field(default_factory=dict)


@dataclass(frozen=True)
class _Change:
    """What one line changes. `peer` is None for somebody new."""

    entry: PeerEntry
    peer: Peer | None
    values: Mapping[str, object]
    belonging: bool
    absences: bool
    groups: bool
    training: bool
    contact: bool
    interests: tuple[tuple[UUID, str], ...]

    @property
    def is_any(self) -> bool:
        """Whether there is anything to keep."""
        return bool(
            self.peer is None
            or self.values
            or self.belonging
            or self.absences
            or self.groups
            or self.training
            or self.contact
            or self.interests
        )


def import_peers(world: World, actor: Actor, content: bytes, dry_run: bool = False) -> PeerImportReport:
    """Bring the register of peers to what the file says: all of it, or, where any line cannot be used, nothing.

    The columns are described in `peer_file`. Peers that the file does not name stay as they are, and a file that
    changes nothing leaves no event. Raises NotFound for anybody but the operator and those who keep the register.
    """
    if actor.kind is not ActorKind.OPERATOR and not may_enter(actor, Permission.PEER_MANAGE):
        raise NotFound
    with world.reading(actor) if dry_run else world.unit_of_work(actor) as work:
        try:
            entries = read_peers(content, _authorities(work))
        except Unreadable as error:
            return PeerImportReport(errors=error.problems)
        held = _held(work)
        problems = [problem for entry in entries if (problem := _unfit(entry, held))]
        if problems:
            return PeerImportReport(errors=tuple(problems))
        changes = [change for entry in entries if (change := _compare(work, entry, held)).is_any]
        created = sum(change.peer is None for change in changes)
        if changes and not dry_run:
            _keep(work, changes)
            work.record(
                Event.PEERS_IMPORTED,
                Stream.INSTALLATION,
                world.vault.installation,
                created=created,
                changed=len(changes) - created,
            )
        report = PeerImportReport(created, len(changes) - created, len(entries) - len(changes))
    if changes and not dry_run:
        recheck(world)
    return report


def _authorities(work: Work) -> Authorities:
    rows = work.session.execute(select(Authority.code, Authority.id, Authority.type)).all()
    return Authorities({row.code: row.id for row in rows}, frozenset(row.type for row in rows))


def _held(work: Work) -> _Held:
    session = work.session
    held = _Held({peer.code: peer for peer in session.scalars(select(Peer))})
    for belonging in session.execute(
        select(
            PeerAffiliation.peer_id,
            PeerAffiliation.authority_id,
            PeerAffiliation.since,
            PeerAffiliation.until,
        )
    ):
        held.belonging.setdefault(belonging.peer_id, set()).add(
            (belonging.authority_id, belonging.since, belonging.until)
        )
    for absence in session.execute(select(PeerAbsence.peer_id, PeerAbsence.first, PeerAbsence.last)):
        held.absences.setdefault(absence.peer_id, set()).add((absence.first, absence.last))
    for group in session.scalars(select(PeerGroup)):
        held.groups.setdefault(group.peer_id, set()).add((group.name, group.since, group.until))
    for taken in session.scalars(select(PeerTraining)):
        held.training.setdefault(taken.peer_id, set()).add((taken.course, taken.taken_on))
    held.used_by_teams = days_used_by_teams(work, council_year(work.today))
    for interest in session.scalars(select(PeerInterest)):
        held.interests.setdefault(interest.peer_id, []).append(interest)
    keyring_of(session).hold([peer.id for peer in held.peers.values()], Compartment.PEERS)
    return held


def _unfit(entry: PeerEntry, held: _Held) -> LineProblem | None:
    """What a line lacks beside what the register holds, so that no conflict could ever be found."""
    peer = held.peers.get(entry.code)
    if entry.values["kind"] is PeerKind.SPECIALIST:
        organisation = entry.values.get("organisation", peer.organisation if peer else None)
        return None if organisation else LineProblem(entry.line, "a specialist needs an organisation")
    if entry.belonging is None and not (peer and held.belonging.get(peer.id)):
        return LineProblem(entry.line, "a councillor or an officer needs an authority_code")
    return None


def _compare(work: Work, entry: PeerEntry, held: _Held) -> _Change:
    peer = held.peers.get(entry.code)
    plain = {name: value for name, value in entry.values.items() if name not in _DAYS}
    days = days_of_file(work, entry.values, peer, held.used_by_teams.get(peer.id, 0) if peer else 0)
    if peer is None:
        return _Change(
            entry,
            None,
            {**_NEW, **plain, **days},
            bool(entry.belonging),
            bool(entry.absences),
            bool(entry.groups),
            bool(entry.training),
            bool(entry.contact),
            entry.interests,
        )
    known = (
        {(row.authority_id, row.interest) for row in held.interests.get(peer.id, ())}
        if entry.interests
        else ()
    )
    return _Change(
        entry,
        peer,
        {name: value for name, value in plain.items() if getattr(peer, name) != value} | days,
        entry.belonging is not None and entry.belonging != held.belonging.get(peer.id, set()),
        entry.absences is not None and entry.absences != held.absences.get(peer.id, set()),
        entry.groups is not None and entry.groups != held.groups.get(peer.id, set()),
        entry.training is not None and entry.training != held.training.get(peer.id, set()),
        bool(entry.contact) and entry.contact != peer.contact,
        tuple(interest for interest in entry.interests if interest not in known),
    )


def _keep(work: Work, changes: Iterable[_Change]) -> None:
    """Write what is open for all peers at once, then what is sealed with each peer's event."""
    changed: list[tuple[_Change, Peer]] = []
    for change in changes:
        peer = change.peer or work.add(Peer(code=change.entry.code))
        for name, value in change.values.items():
            setattr(peer, name, value)
        changed.append((change, peer))
    work.session.flush()
    end_outdated(work, [peer for change, peer in changed if "accredited_until" in change.values])
    _replace(work, changed)
    work.session.flush()
    sealing = [peer.id for change, peer in changed if change.contact or change.interests]
    keyring_of(work.session).hold(sealing, Compartment.PEERS, make=True)
    for change, peer in changed:
        if change.contact:
            peer.contact = change.entry.contact
        for authority, words in change.interests:
            row = work.add(PeerInterest(peer_id=peer.id, authority_id=authority, declared_at=work.now))
            row.interest = words
        work.record(Event.PEER_RECORDED, Stream.PEER, peer.id, new=change.peer is None)


def _replace(work: Work, changed: Iterable[tuple[_Change, Peer]]) -> None:
    for change, peer in changed:
        for is_changed, table, rows in _lists(change, peer.id):
            if is_changed and change.peer is not None:
                work.session.execute(delete(table).where(table.peer_id == peer.id))
            if is_changed:
                work.session.add_all(rows)


def _lists(change: _Change, peer_id: UUID) -> Iterator[tuple[bool, _Listed, list[Row]]]:
    """What a line says in lists: whether it changes them, where they stand, and what they become."""
    entry = change.entry
    belonging = [
        PeerAffiliation(peer_id=peer_id, authority_id=authority, since=since, until=until)
        for authority, since, until in sorted(entry.belonging or (), key=str)
    ]
    absences = [
        PeerAbsence(peer_id=peer_id, first=first, last=last) for first, last in sorted(entry.absences or ())
    ]
    groups = [
        PeerGroup(peer_id=peer_id, name=name, since=since, until=until)
        for name, since, until in sorted(entry.groups or (), key=str)
    ]
    training = [
        PeerTraining(peer_id=peer_id, course=course, taken_on=taken_on)
        for course, taken_on in sorted(entry.training or ())
    ]
    yield change.belonging, PeerAffiliation, [*belonging]
    yield change.absences, PeerAbsence, [*absences]
    yield change.groups, PeerGroup, [*groups]
    yield change.training, PeerTraining, [*training]
