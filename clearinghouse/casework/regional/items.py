"""What stands on a region's agenda: found anew each time it is looked at, and read back as it was frozen."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import func, select

from clearinghouse.access.decision import may
from clearinghouse.access.permissions import Permission
from clearinghouse.access.roles import Region
from clearinghouse.casework.admission import scope_of
from clearinghouse.casework.regional.picture import authorities_of, facts_of, signals_in
from clearinghouse.casework.regional.sharing import offers_in, practices_in
from clearinghouse.casework.regional_reach import may_in
from clearinghouse.casework.world import Work
from clearinghouse.protocol.round_table import Decision, ItemKind, is_waiting
from clearinghouse.protocol.signals import RECURS_IN, SignalTheme, recurring
from clearinghouse.protocol.vocabulary import DutyKind, Outcome, Standing
from clearinghouse.records.cases import Case, CaseAuthority, CaseRegion, Closing
from clearinghouse.records.duties import Duty, DutyState
from clearinghouse.records.meetings import Meeting, MeetingIssue, uncorrected
from clearinghouse.records.regional import RoundTable, RoundTableItem, RoundTableItemAuthority

ISSUE, DUTY, SIGNALS, OFFER, PRACTICE, CLOSING = "issue", "duty", "signals", "offer", "practice", "closing"


@dataclass(frozen=True)
class Item:
    """One item, without a word of what is sealed. `key` says what it is about: `issue:` and the issue's key."""

    key: str
    kind: ItemKind
    authorities: frozenset[UUID]
    case_id: UUID | None = None
    theme: SignalTheme | None = None

    @property
    def source(self) -> str:
        """What sort of thing it is about: `issue`, `duty`, `signals`, `offer`, `practice` or `closing`."""
        return self.key.partition(":")[0]

    @property
    def about(self) -> UUID:
        """The key of what it is about. Raises ValueError for signals, which are about a theme."""
        return UUID(self.key.partition(":")[2])

    @property
    def slug(self) -> str:
        """The key as the name of a form's field."""
        return self.key.replace(":", "_").replace("-", "")


def items_waiting(work: Work, region: Region) -> tuple[Item, ...]:
    """Everything that waits for the region's next round table, behind whosever wall it is, in the agenda's order.

    Show of it only what `sees` allows.
    """
    found = (
        *_referrals(work, region),
        *_signals(work, region),
        *_shared(work, region),
        *_learnt(work, region),
    )
    decisions = _decisions(work, [item.key for item in found if item.source != SIGNALS])
    order = list(ItemKind)
    waiting = [item for item in found if is_waiting(decisions.get(item.key, ()))]
    return tuple(sorted(waiting, key=lambda item: (order.index(item.kind), item.key)))


def items_of(work: Work, table: RoundTable) -> Mapping[UUID, Item]:
    """The items of a round table as they were frozen, in their order, by their rows' keys."""
    query = select(RoundTableItem).where(RoundTableItem.round_table_id == table.id)
    rows = work.session.scalars(query.order_by(RoundTableItem.id)).all()
    about: dict[UUID, set[UUID]] = {row.id: set() for row in rows}
    named = select(RoundTableItemAuthority).where(RoundTableItemAuthority.item_id.in_(about))
    for each in work.session.scalars(named):
        about[each.item_id].add(each.authority_id)
    return {row.id: Item(row.key, row.kind, frozenset(about[row.id]), row.case_id, row.theme) for row in rows}


def sees(work: Work, region: Region, item: Item) -> bool:
    """Whether the actor may know of the item: of a case by its header, of the rest by the region; a wall comes first.

    A theme that recurs is seen where it does in enough authorities outside the actor's walls.
    """
    if item.case_id is not None:
        scope = scope_of(work, work.session.get_one(Case, item.case_id))
        return may(work.actor, Permission.CASE_HEADER, scope).allowed
    about = item.authorities
    if item.kind is ItemKind.SIGNALS:
        about = item.authorities - work.actor.walled
        if len(about) < RECURS_IN:
            return False
    return may_in(work.actor, Permission.ROUND_TABLE_MANAGE, region, about)


def seen(work: Work, region: Region, items: Iterable[Item]) -> tuple[Item, ...]:
    """Those of the items that the actor may know of."""
    return tuple(item for item in items if sees(work, region, item))


def round_table_duty(work: Work, item: Item) -> Duty | None:
    """The open duty by which the case waits for the round table, where there is one."""
    about = Duty.id == item.about if item.source == DUTY else Duty.subject_id == item.about
    query = select(Duty).where(
        Duty.case_id == item.case_id,
        Duty.kind == DutyKind.ROUND_TABLE,
        Duty.state == DutyState.OPEN,
        about,
    )
    return work.session.scalars(query.order_by(Duty.due_on)).first()


def _referrals(work: Work, region: Region) -> Iterator[Item]:
    """Outcome-B referrals not yet taken up, and cases that somebody owes to the round table."""
    put = select(Duty.subject_id).where(Duty.kind == DutyKind.ROUND_TABLE, Duty.state == DutyState.DONE)
    open_here = (
        select(CaseRegion.case_id)
        .join(Case, Case.id == CaseRegion.case_id)
        .where(CaseRegion.region == region, Case.standing != Standing.CLOSED)
    )
    issues = (
        select(MeetingIssue.id, MeetingIssue.case_id)
        .join(Meeting, Meeting.id == MeetingIssue.meeting_id)
        .where(MeetingIssue.outcome == Outcome.B, MeetingIssue.case_id.in_(open_here), uncorrected())
    )
    found: list[tuple[str, UUID]] = []
    done = {each for each in work.session.scalars(put) if each}
    known = set[UUID]()
    for row in work.session.execute(issues.order_by(MeetingIssue.id)):
        known.add(row.id)
        if row.id not in done:
            found.append((f"{ISSUE}:{row.id}", row.case_id))
    owed = select(Duty.id, Duty.case_id, Duty.subject_id).where(
        Duty.kind == DutyKind.ROUND_TABLE, Duty.state == DutyState.OPEN, Duty.case_id.in_(open_here)
    )
    by_hand = work.session.execute(owed.order_by(Duty.id))
    found += [(f"{DUTY}:{row.id}", row.case_id) for row in by_hand if row.subject_id not in known]
    named = _named(work, {case_id for _, case_id in found})
    for key, case_id in found:
        yield Item(key, ItemKind.REFERRAL, named[case_id], case_id)


def _signals(work: Work, region: Region) -> Iterator[Item]:
    """Themes that recur in what may be told; one that was decided comes again with what was observed since."""
    councils = authorities_of(work, region, behind_walls=True)
    facts = facts_of(signals_in(work, councils, soft=False, behind_walls=True))
    last = (
        select(RoundTableItem.theme, func.max(RoundTable.held_on).label("on"))
        .join(RoundTable, RoundTable.id == RoundTableItem.round_table_id)
        .where(RoundTable.region == region, RoundTableItem.kind == ItemKind.SIGNALS)
        .where(RoundTableItem.decision.in_([Decision.TAKEN_UP, Decision.NOT_NEEDED]))
        .group_by(RoundTableItem.theme)
    )
    decided: dict[SignalTheme, date] = {row.theme: row.on for row in work.session.execute(last) if row.theme}
    for each in recurring(facts, work.today, soft=False, decided=decided):
        about = frozenset(UUID(authority) for authority in each.authorities)
        yield Item(f"{SIGNALS}:{each.theme.value}", ItemKind.SIGNALS, about, theme=each.theme)


def _shared(work: Work, region: Region) -> Iterator[Item]:
    """Offers of support that have not run out, and good practice that was recorded."""
    for offer, council in offers_in(work, region, behind_walls=True):
        yield Item(f"{OFFER}:{offer.id}", ItemKind.OFFER, frozenset({council.id}), theme=offer.theme)
    for practice, council in practices_in(work, region, behind_walls=True):
        about = frozenset({council.id})
        yield Item(f"{PRACTICE}:{practice.id}", ItemKind.PRACTICE, about, theme=practice.theme)


def _learnt(work: Work, region: Region) -> Iterator[Item]:
    """Good practice from closed cases, where whoever closed them said that it may be shared."""
    here = select(CaseRegion.case_id).where(CaseRegion.region == region)
    query = select(Closing.id, Closing.case_id).where(
        Closing.share_good_practice.is_(True),
        Closing.good_practice_sealed.is_not(None),
        Closing.case_id.in_(here),
    )
    rows = work.session.execute(query.order_by(Closing.id)).all()
    named = _named(work, {row.case_id for row in rows})
    for row in rows:
        yield Item(f"{CLOSING}:{row.id}", ItemKind.PRACTICE, named[row.case_id], row.case_id)


def _named(work: Work, cases: set[UUID]) -> Mapping[UUID, frozenset[UUID]]:
    found: dict[UUID, set[UUID]] = {each: set() for each in cases}
    query = select(CaseAuthority.case_id, CaseAuthority.authority_id).where(CaseAuthority.case_id.in_(cases))
    for row in work.session.execute(query):
        found[row.case_id].add(row.authority_id)
    return {case_id: frozenset(about) for case_id, about in found.items()}


def _decisions(work: Work, keys: list[str]) -> Mapping[str, list[Decision | None]]:
    found: dict[str, list[Decision | None]] = {}
    query = select(RoundTableItem.key, RoundTableItem.decision).where(RoundTableItem.key.in_(keys))
    for row in work.session.execute(query):
        found.setdefault(row.key, []).append(row.decision)
    return found
