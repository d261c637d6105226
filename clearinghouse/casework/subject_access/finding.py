"""Looking for a person in everything that whoever prepares a part may read, and opening again what was found."""

from collections.abc import Callable, Collection, Iterator
from functools import partial
from itertools import groupby
from typing import Any
from uuid import UUID

from sqlalchemy import select

from clearinghouse.access.decision import may
from clearinghouse.access.permissions import Permission
from clearinghouse.access.roles import Actor
from clearinghouse.casework.admission import scope_of, scopes_of
from clearinghouse.casework.meetings.minute_words import plain_text, restored
from clearinghouse.casework.regional_reach import may_in
from clearinghouse.casework.subject_access import holdings
from clearinghouse.casework.subject_access.reach import left_out, regions_of
from clearinghouse.casework.subject_access.redacting import lines_of, mentions
from clearinghouse.casework.subject_access.working import Kept, digest_of, read_working
from clearinghouse.casework.world import Work
from clearinghouse.records.authorities import Authority
from clearinghouse.records.base import Row
from clearinghouse.records.cases import Case, CaseRegion, Concern, Source
from clearinghouse.records.convergence import CaseJoin, Convergence, ConvergenceAnswer
from clearinghouse.records.keyring import keyring_of
from clearinghouse.records.minutes import Minute
from clearinghouse.records.peers import Peer, PeerGroup, PeerInterest, PeerTraining
from clearinghouse.records.people import RoleGrant, User
from clearinghouse.records.regional import RegionalAction, RoundTable, RoundTableItem, RoundTableItemAuthority
from clearinghouse.records.subject_access import PartKind, SubjectPart, SubjectRequest
from clearinghouse.records.tables import SealedColumn, inventory
from clearinghouse.records.telling import SourceTelling
from clearinghouse.vault.errors import SealBroken

_AT_ONCE = 500
ACCOUNT_PLACE, PEER_PLACE = "account", "peer"
_BESIDE = {
    "conversations.with_whom_sealed": (("passages.text_sealed", "conversation_id", "id"),),
    "meeting_attendees.name_sealed": (
        ("meeting_attendees.position_sealed", "id", "id"),
        ("meeting_passages.text_sealed", "meeting_id", "meeting_id"),
        ("meetings.note_sealed", "id", "meeting_id"),
    ),
    "brokerage_talks.names_sealed": (("brokerage_talks.note_sealed", "id", "id"),),
    "authority_tellings.name_sealed": (("authority_tellings.note_sealed", "id", "id"),),
}
"""Where a name says who took part: the columns that tell what passed, and how they hang together."""
SOURCE_COLUMNS = ("sources.name_sealed", "sources.contact_sealed", "sources.position_sealed")
THEIR_WORDS = ("concerns.text_sealed", "concerns.how_known_sealed")
"""A source's own words, which can give them away: only those who may know the source let them out."""


def find(work: Work, actor: Actor, part: SubjectPart) -> list[Kept]:
    """Everything about the person in what this part covers and the actor may read; nothing is shown by it."""
    request = work.session.get_one(SubjectRequest, part.request_id)
    names = lines_of(request.names)
    if part.kind is PartKind.SOURCE:
        return list(_of_source(work, actor, part))
    if part.kind is PartKind.PEERS:
        return list(_of_peers(work, names))
    found = _with_beside(work, [*_on_cases(work, actor, part, names), *_in_region(work, actor, part, names)])
    if part.region == regions_of(work, request)[0] and not part.beyond_links:
        found += _of_account(work, names)
    return found


def text_at(work: Work, actor: Actor, part: SubjectPart, kept: Kept) -> str | None:
    """The text of a passage as it is now; None where it is gone, or the actor may not read it."""
    name, _, key = kept.place.partition("/")
    if name == ACCOUNT_PLACE:
        return _account_text(work, UUID(key))
    if name == PEER_PLACE:
        return _peer_text(work, UUID(key))
    column = _columns()[name]
    row = work.session.get(column.row, UUID(key))
    if row is None or not _reads(work, actor, part, row):
        return None
    return _text(row, column)


def compartment_of(kept: Kept) -> str | None:
    """In which compartment a passage lies; None for what is not sealed."""
    column = _columns().get(kept.place.partition("/")[0])
    return column.sealed.compartment if column else None


def matching_sources(work: Work, names: Collection[str]) -> Iterator[UUID]:
    """The concerns whose source has one of the names. Of this nobody is told but those who may know the source."""
    for source in work.session.scalars(select(Source).order_by(Source.id)):
        if mentions(_opened(partial(_words_of, source)) or "", names):
            yield source.concern_id


def _words_of(source: Source) -> str:
    return f"{source.name}\n{source.contact}\n{source.position}"


def is_in_register(work: Work, names: Collection[str]) -> bool:
    """Whether a peer has one of the names."""
    return any(mentions(name, names) for name in work.session.scalars(select(Peer.name)))


def _on_cases(work: Work, actor: Actor, part: SubjectPart, names: Collection[str]) -> Iterator[Kept]:
    ids = work.session.scalars(select(CaseRegion.case_id).where(CaseRegion.region == part.region)).all()
    columns = sorted(holdings.columns_of_cases(), key=lambda column: column.row.__tablename__)
    outside = left_out(work, part)
    for start in range(0, len(ids), _AT_ONCE):
        routes = select(Case.id, Case.route).where(Case.id.in_(ids[start : start + _AT_ONCE]))
        scopes = scopes_of(work, {row.id: row.route for row in work.session.execute(routes)})
        read = [
            case_id
            for case_id, scope in scopes.items()
            if may(actor, Permission.CASE_READ, scope).allowed and _covers(part, outside, scope.authorities)
        ]
        for compartment in {column.sealed.compartment for column in columns}:
            keyring_of(work.session).hold(read, compartment)
        for row_class, of_class in groupby(columns, key=lambda column: column.row):
            table: Any = row_class
            together = list(of_class)
            for row in work.session.scalars(select(table).where(table.case_id.in_(read)).order_by(table.id)):
                if _other_cases_are_read(work, actor, row):
                    yield from _mentioned(row, together, names, row.case_id)


def _with_beside(work: Work, found: list[Kept]) -> list[Kept]:
    """With what stands beside a name: where they took part, every passage is about them, though it names nobody."""
    places = {kept.place for kept in found}
    together = []
    for kept in found:
        together.append(kept)
        name, _, key = kept.place.partition("/")
        for beside, link, of in _BESIDE.get(name, ()):
            column = _columns()[beside]
            table: Any = column.row
            row = work.session.get_one(_columns()[name].row, UUID(key))
            query = select(table).where(getattr(table, link) == getattr(row, of)).order_by(table.id)
            for other in work.session.scalars(query):
                place, text = f"{beside}/{other.id}", _text(other, column)
                if text and place not in places:
                    places.add(place)
                    together.append(Kept(place, digest_of(text), kept.case))
    return together


def _in_region(work: Work, actor: Actor, part: SubjectPart, names: Collection[str]) -> Iterator[Kept]:
    columns = sorted(holdings.columns_of_regions(), key=lambda column: column.row.__tablename__)
    for row_class, of_class in groupby(columns, key=lambda column: column.row):
        together = list(of_class)
        for row in work.session.scalars(select(row_class).order_by(row_class.id)):
            if _reads(work, actor, part, row):
                yield from _mentioned(row, together, names, None)


def _of_account(work: Work, names: Collection[str]) -> Iterator[Kept]:
    for user in work.session.execute(select(User.id, User.name, User.email).order_by(User.id)):
        if mentions(user.name, names) or user.email in {name.lower() for name in names}:
            yield Kept(f"{ACCOUNT_PLACE}/{user.id}", digest_of(_account_text(work, user.id) or ""))


def _of_peers(work: Work, names: Collection[str]) -> Iterator[Kept]:
    for peer in work.session.scalars(select(Peer).order_by(Peer.id)):
        if mentions(peer.name, names):
            yield Kept(f"{PEER_PLACE}/{peer.id}", digest_of(_peer_text(work, peer.id) or ""))


def _of_source(work: Work, actor: Actor, part: SubjectPart) -> Iterator[Kept]:
    concern_id = read_working(part).concern
    source = work.session.scalars(select(Source).where(Source.concern_id == concern_id)).one_or_none()
    concern = work.session.get(Concern, concern_id)
    if source is None or concern is None:
        return
    tellings = work.session.scalars(select(SourceTelling).where(SourceTelling.source_id == source.id))
    for row in (source, *tellings, concern):
        for name in (*SOURCE_COLUMNS, "source_tellings.note_sealed", *THEIR_WORDS):
            column = _columns()[name]
            if (
                isinstance(row, column.row)
                and _reads(work, actor, part, row)
                and (text := _text(row, column))
            ):
                case_id = concern.case_id if row is concern else None
                yield Kept(f"{name}/{row.id}", digest_of(text), case_id)


def _mentioned(
    row: Row, columns: Collection[SealedColumn], names: Collection[str], case_id: UUID | None
) -> Iterator[Kept]:
    for column in columns:
        text = _text(row, column)
        if text and mentions(text, names):
            yield Kept(f"{column.name}/{row.id}", digest_of(text), case_id)


def _reads(work: Work, actor: Actor, part: SubjectPart, row: Row) -> bool:
    """Whether the actor may read the row today, and the part covers it. What a source's part holds was asked before."""
    if isinstance(row, Source | SourceTelling):
        return part.kind is PartKind.SOURCE
    if isinstance(row, RoundTable | RoundTableItem | RegionalAction):
        return _reads_round_table(work, actor, part, row)
    case_id = getattr(row, "case_id", None)
    if case_id is not None:
        scope = scope_of(work, work.session.get_one(Case, case_id))
        covered = part.kind is PartKind.SOURCE or _covers(part, left_out(work, part), scope.authorities)
        read = may(actor, Permission.CASE_READ, scope).allowed
        return read and covered and _other_cases_are_read(work, actor, row)
    authority_id: UUID | None = getattr(row, "authority_id", None)
    authority = work.session.get(Authority, authority_id) if authority_id else None
    if authority is None:
        return False
    here = authority.region == part.region and _covers(part, left_out(work, part), {authority.id})
    return here and may_in(actor, Permission.SOFT_SIGNAL_READ, part.region, (authority.id,))


def _reads_round_table(
    work: Work, actor: Actor, part: SubjectPart, row: RoundTable | RoundTableItem | RegionalAction
) -> bool:
    """Items and actions are about authorities; a round table's own note is the region's."""
    table = row if isinstance(row, RoundTable) else work.session.get_one(RoundTable, row.round_table_id)
    about: set[UUID] = set()
    if not isinstance(row, RoundTable):
        item = row.id if isinstance(row, RoundTableItem) else row.item_id
        named = select(RoundTableItemAuthority.authority_id).where(RoundTableItemAuthority.item_id == item)
        about = set(work.session.scalars(named))
    if isinstance(row, RoundTableItem) and row.case_id is not None:
        scope = scope_of(work, work.session.get_one(Case, row.case_id))
        if not may(actor, Permission.CASE_READ, scope).allowed:
            return False
        about |= scope.authorities
    here = table.region == part.region and _covers(part, left_out(work, part), about)
    return here and may_in(actor, Permission.ROUND_TABLE_MANAGE, part.region, about)


def _other_cases_are_read(work: Work, actor: Actor, row: Row) -> bool:
    """What says why cases belong together, or do not, is about both."""
    if isinstance(row, CaseJoin):
        others = {row.joined_id}
    elif isinstance(row, ConvergenceAnswer):
        pair = work.session.get_one(Convergence, row.convergence_id)
        others = {pair.first_id, pair.second_id}
    else:
        return True
    scopes = (scope_of(work, work.session.get_one(Case, each)) for each in others)
    return all(may(actor, Permission.CASE_READ, scope).allowed for scope in scopes)


def _covers(part: SubjectPart, outside: frozenset[UUID], authorities: Collection[UUID]) -> bool:
    """What is behind the walls of who prepares a region's own part is the matter of the part beyond links."""
    behind = bool(outside & set(authorities))
    return behind if part.beyond_links else not behind


def _text(row: Row, column: SealedColumn) -> str | None:
    if isinstance(row, Minute):  # kept in parts: as they lie there a name behind a line's end is none
        return _opened(lambda: plain_text(restored(row.content)))
    return _opened(lambda: str(getattr(row, column.attribute)))


def _opened(read: Callable[[], str]) -> str | None:
    """None where the key was destroyed, and with it what it sealed."""
    try:
        return read()
    except SealBroken:
        return None


def _columns() -> dict[str, SealedColumn]:
    return {column.name: column for column in inventory()}


def _account_text(work: Work, user_id: UUID) -> str | None:
    user = work.session.get(User, user_id)
    if user is None:
        return None
    roles = work.session.scalars(select(RoleGrant).where(RoleGrant.user_id == user_id).order_by(RoleGrant.id))
    lines = [f"Name: {user.name}", f"E-mail: {user.email}", f"With us since: {_day(user.made_at.date())}"]
    for grant in roles:
        until = f" until {_day(grant.ends_on)}" if grant.ends_on else ""
        lines.append(
            f"Role: {grant.role.words}, {grant.region or 'national'}, from {_day(grant.starts_on)}{until}"
        )
    return "\n".join(lines)


def _peer_text(work: Work, peer_id: UUID) -> str | None:
    peer = work.session.get(Peer, peer_id)
    if peer is None:
        return None
    said = {
        "Name": peer.name,
        "Code": peer.code,
        "Role": peer.role,
        "Political group": peer.political_group or "",
        "Organisation": peer.organisation or "",
        "Contact": _opened(lambda: peer.contact) or "",
        "Days offered": str(peer.days_offered),
        "Travels to": ", ".join(peer.regions),
        "Accredited by": peer.accredited_by or "",
        "Accredited from": _day(peer.accredited_from) if peer.accredited_from else "",
        "Accredited until": _day(peer.accredited_until) if peer.accredited_until else "",
        "Accredited as": peer.accreditation_level.words if peer.accreditation_level else "",
    }
    lines = [f"{label}: {value}" for label, value in said.items() if value]
    trained = select(PeerTraining).where(PeerTraining.peer_id == peer_id).order_by(PeerTraining.taken_on)
    lines += [f"{each.course.words}: {_day(each.taken_on)}" for each in work.session.scalars(trained)]
    groups = select(PeerGroup).where(PeerGroup.peer_id == peer_id).order_by(PeerGroup.until)
    for group in work.session.scalars(groups):
        lines.append(f"Political group before: {group.name}, until {_day(group.until)}")
    interests = select(PeerInterest).where(PeerInterest.peer_id == peer_id).order_by(PeerInterest.id)
    for each in work.session.scalars(interests):
        name = work.session.get_one(Authority, each.authority_id).name
        lines.append(f"Declared interest, {name}: {_opened(partial(getattr, each, 'interest')) or ''}")
    return "\n".join(lines)


def _day(day: Any) -> str:
    return f"{day.day} {day:%B %Y}"
