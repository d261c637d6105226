"""Keeping the register of authorities: importing the published file, and adding what it does not hold."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, fields
from enum import StrEnum
from uuid import UUID

from sqlalchemy import delete, select

from clearinghouse.access.decision import may_enter
from clearinghouse.access.permissions import Permission
from clearinghouse.access.roles import Actor, ActorKind, Region
from clearinghouse.casework.errors import Invalid, NotFound
from clearinghouse.casework.peers.rechecking import recheck
from clearinghouse.casework.regional.actions import hand_over_hidden_actions
from clearinghouse.casework.regions import redraw_cases
from clearinghouse.casework.register.succession_duties import owe_successions
from clearinghouse.casework.register_file import Entry, LineProblem, Unreadable, read_register
from clearinghouse.casework.walls import with_lineage
from clearinghouse.casework.world import Work, World
from clearinghouse.records.authorities import Authority, AuthorityLineage
from clearinghouse.records.convergence import ConvergenceLook
from clearinghouse.records.events import Event, Stream

_NOT_COLUMNS = ("line", "replaced_by", "current")
_COLUMNS = tuple(field.name for field in fields(Entry) if field.name not in _NOT_COLUMNS)


class AddedType(StrEnum):
    """What is added by hand, because the published register does not hold it."""

    FIRE = "fire"
    NATIONAL_PARK = "national_park"

    @property
    def code(self) -> str:
        """The type as the register codes it."""
        return {"fire": "FRA", "national_park": "NPA"}[self.value]

    @property
    def words(self) -> str:
        """The type as screens name it."""
        return {"fire": "Fire and rescue authority", "national_park": "National park authority"}[self.value]


@dataclass(frozen=True)
class RegisterReport:
    """What an import found and did. Counts by region and by type are of current authorities."""

    created: int = 0
    changed: int = 0
    unchanged: int = 0
    current: int = 0
    abolished: int = 0
    lineage: int = 0
    by_region: tuple[tuple[str, int], ...] = ()
    by_type: tuple[tuple[str, int], ...] = ()
    problems: tuple[LineProblem, ...] = ()


@dataclass(frozen=True)
class NewAuthority:
    """An authority that is added by hand."""

    code: str
    name: str
    type: AddedType
    region: Region


def import_register(world: World, actor: Actor, content: bytes, *, dry_run: bool = False) -> RegisterReport:
    """Bring the register to what the file says: all of it, or, where any line cannot be used, nothing.

    Authorities that the file no longer names stay as they are. A case moves with the region of a council that it names,
    and who can see it moves with it, as it does where a wall follows new lineage; the event says how many cases did.
    An open case about a council that was replaced keeps its name until a lead confirms what follows, which is owed from
    now on. A file that changes nothing leaves no event.
    Raises NotFound for anybody but the operator and those who keep the settings.
    """
    _check_keeper(actor)
    with world.reading(actor) if dry_run else world.unit_of_work(actor) as work:
        rows = {row.code: row for row in work.session.scalars(select(Authority))}
        try:
            entries = read_register(content, frozenset(rows))
            _check_not_by_hand(entries, rows)
        except Unreadable as error:
            return RegisterReport(problems=error.problems)
        lineage = _lineage(work)
        new = [entry for entry in entries if entry.code not in rows]
        changed = [
            entry for entry in entries if entry.code in rows and _differs(entry, rows[entry.code], lineage)
        ]
        if (new or changed) and not dry_run:
            _keep(work, rows, new, changed)
        report = _report(entries, len(new), len(changed))
    if (new or changed) and not dry_run:
        recheck(world)
    return report


def add_authority(world: World, actor: Actor, authority: NewAuthority) -> UUID:
    """Add an authority that the published register does not hold: fire and rescue, a national park.

    Raises Invalid where the code is taken or a text cannot be used, NotFound as import_register does. Returns its id.
    """
    _check_keeper(actor)
    code, name = authority.code.strip().upper(), " ".join(authority.name.split())
    if not (code.isascii() and code.replace("-", "").isalnum() and len(code) <= 20):
        raise Invalid({"code": "Give a code of up to 20 letters and digits."})
    if not name or len(name) > 200 or not name.isprintable():
        raise Invalid({"name": "Give a name of up to 200 characters."})
    with world.unit_of_work(actor) as work:
        if work.session.scalars(select(Authority.id).where(Authority.code == code)).first():
            raise Invalid({"code": f"The code {code} is in the register already."})
        row = work.add(
            Authority(
                code=code,
                name=name,
                nice_name=name,
                type=authority.type.code,
                type_name=authority.type.words,
                region=authority.region,
                from_register=False,
            )
        )
        work.record(Event.AUTHORITY_ADDED, Stream.INSTALLATION, world.vault.installation, authority=row.id)
        return row.id


def _check_keeper(actor: Actor) -> None:
    if actor.kind is not ActorKind.OPERATOR and not may_enter(actor, Permission.SETTING_MANAGE):
        raise NotFound


def _check_not_by_hand(entries: Iterable[Entry], rows: dict[str, Authority]) -> None:
    taken = [
        LineProblem(
            entry.line, f"the code {entry.code} belongs to {rows[entry.code].name}, which was added by hand"
        )
        for entry in entries
        if entry.code in rows and not rows[entry.code].from_register
    ]
    if taken:
        raise Unreadable(taken)


def _lineage(work: Work) -> dict[UUID, set[str]]:
    """The codes of what replaced each authority."""
    query = select(AuthorityLineage.predecessor_id, Authority.code).join(
        Authority, Authority.id == AuthorityLineage.successor_id
    )
    found: dict[UUID, set[str]] = {}
    for predecessor, code in work.session.execute(query):
        found.setdefault(predecessor, set()).add(code)
    return found


def _differs(entry: Entry, row: Authority, lineage: dict[UUID, set[str]]) -> bool:
    return lineage.get(row.id, set()) != set(entry.replaced_by) or any(
        getattr(entry, name) != getattr(row, name) for name in _COLUMNS
    )


def _keep(work: Work, rows: dict[str, Authority], new: list[Entry], changed: list[Entry]) -> None:
    for entry in new:
        rows[entry.code] = work.add(
            Authority(**{name: getattr(entry, name) for name in _COLUMNS}, from_register=True)
        )
    lineage = _lineage(work)
    touched = {
        rows[entry.code].id
        for entry in changed
        if entry.region != rows[entry.code].region
        or set(entry.replaced_by) != lineage.get(rows[entry.code].id, set())
    }
    before = with_lineage(work.session, touched)
    for entry in changed:
        for name in _COLUMNS:
            setattr(rows[entry.code], name, getattr(entry, name))
    work.session.flush()
    for entry in (*new, *changed):
        predecessor = rows[entry.code].id
        work.session.execute(delete(AuthorityLineage).where(AuthorityLineage.predecessor_id == predecessor))
        for code in entry.replaced_by:
            work.session.add(AuthorityLineage(predecessor_id=predecessor, successor_id=rows[code].id))
    work.session.flush()
    touched |= {rows[entry.code].id for entry in new if entry.replaced_by}
    moved = redraw_cases(work, before | with_lineage(work.session, touched))
    hand_over_hidden_actions(work)
    work.session.execute(delete(ConvergenceLook))  # whatever lineage brings together is looked for anew
    work.record(
        Event.REGISTER_IMPORTED,
        Stream.INSTALLATION,
        work.world.vault.installation,
        created=len(new),
        changed=len(changed),
        cases=moved,
    )
    owe_successions(work)


def _report(entries: tuple[Entry, ...], created: int, changed: int) -> RegisterReport:
    current = [entry for entry in entries if entry.current]
    regions = Counter(str(entry.region) for entry in current)
    types = Counter(entry.type_name for entry in current)
    return RegisterReport(
        created=created,
        changed=changed,
        unchanged=len(entries) - created - changed,
        current=len(current),
        abolished=len(entries) - len(current),
        lineage=sum(len(entry.replaced_by) for entry in entries),
        by_region=tuple((region.value, regions[region.value]) for region in Region if regions[region.value]),
        by_type=tuple(sorted(types.items(), key=lambda pair: (-pair[1], pair[0]))),
    )
