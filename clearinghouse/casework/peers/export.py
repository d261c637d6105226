"""Writing the register of peers as a file that an import reads again; nothing sealed is in it."""

from uuid import UUID

from sqlalchemy import select

from clearinghouse.access.decision import may_enter
from clearinghouse.access.permissions import Permission
from clearinghouse.access.roles import Actor
from clearinghouse.casework.csv_files import csv_file
from clearinghouse.casework.errors import NotFound
from clearinghouse.casework.peers.days import days_used
from clearinghouse.casework.peers.listing import PeerFilter, peers_query
from clearinghouse.casework.world import Work, World
from clearinghouse.protocol.council_years import council_year
from clearinghouse.records.authorities import Authority
from clearinghouse.records.events import Event, Stream
from clearinghouse.records.peers import PeerAbsence, PeerAffiliation, PeerGroup, PeerTraining

_COLUMNS = (
    "code",
    "name",
    "kind",
    "role",
    "seniority",
    "political_group",
    "political_group_since",
    "organisation",
    "themes",
    "services",
    "authority_types",
    "regions",
    "accredited_by",
    "accredited_from",
    "accredited_until",
    "accreditation_level",
    "suspended",
    "days_offered",
    "days_used",
    "days_used_year",
    "led_reviews",
)
_ELSEWHERE = (
    "authority_code",
    "authority_since",
    "former_authorities",
    "unavailable",
    "former_groups",
    "training",
)


def export_peers(world: World, actor: Actor, given: PeerFilter) -> str:
    """The peers of the filter as CSV, in the columns that an import reads, formulae made harmless; nothing sealed.

    The ledger says how many. Raises NotFound for those who do not keep the register.
    """
    if not may_enter(actor, Permission.PEER_MANAGE):
        raise NotFound
    with world.unit_of_work(actor) as work:
        file = list[list[str]]()
        rows = work.session.execute(peers_query(work, given)).all()
        belonging, absences = _belonging(work), _absences(work)
        groups, training = _groups(work), _training(work)
        year = council_year(work.today)
        used = days_used(work, year)
        for row in rows:
            known = {"days_used": used.get(row.id, 0), "days_used_year": year}
            cells = [_cell(known[name] if name in known else getattr(row, name)) for name in _COLUMNS]
            cells += belonging.get(row.id, ("", "", ""))
            for listed in (absences, groups, training):
                cells.append("; ".join(listed.get(row.id, ())))
            file.append(cells)
        work.record(
            Event.PEERS_EXPORTED,
            Stream.INSTALLATION,
            work.world.vault.installation,
            person=actor.person,
            peers=len(rows),
        )
        return csv_file((*_COLUMNS, *_ELSEWHERE), file)


def _cell(value: object) -> str:
    if isinstance(value, list):
        return ";".join(value)
    return "" if value is None else str(value)


def _belonging(work: Work) -> dict[UUID, tuple[str, str, str]]:
    """Each peer's present authority, the first day there, and the former ones."""
    query = (
        select(PeerAffiliation.peer_id, Authority.code, PeerAffiliation.since, PeerAffiliation.until)
        .join(Authority, Authority.id == PeerAffiliation.authority_id)
        .order_by(PeerAffiliation.peer_id, PeerAffiliation.id)
    )
    found: dict[UUID, tuple[str, str, str]] = {}
    for row in work.session.execute(query):
        code, since, former = found.get(row.peer_id, ("", "", ""))
        if row.until is None:
            found[row.peer_id] = (row.code, _cell(row.since), former)
        else:
            one = f"{row.code}:{_cell(row.since)}:{row.until}"
            found[row.peer_id] = (code, since, f"{former}; {one}" if former else one)
    return found


def _absences(work: Work) -> dict[UUID, list[str]]:
    found: dict[UUID, list[str]] = {}
    for row in work.session.execute(
        select(PeerAbsence.peer_id, PeerAbsence.first, PeerAbsence.last).order_by(PeerAbsence.first)
    ):
        found.setdefault(row.peer_id, []).append(f"{row.first}:{row.last}")
    return found


def _groups(work: Work) -> dict[UUID, list[str]]:
    found: dict[UUID, list[str]] = {}
    for row in work.session.scalars(select(PeerGroup).order_by(PeerGroup.until, PeerGroup.id)):
        found.setdefault(row.peer_id, []).append(f"{row.name}:{_cell(row.since)}:{row.until}")
    return found


def _training(work: Work) -> dict[UUID, list[str]]:
    found: dict[UUID, list[str]] = {}
    for row in work.session.scalars(select(PeerTraining).order_by(PeerTraining.taken_on, PeerTraining.id)):
        found.setdefault(row.peer_id, []).append(f"{row.course}:{row.taken_on}")
    return found
