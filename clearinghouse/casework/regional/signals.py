"""Recording and withdrawing early-warning signals about an authority, and reading those about one."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import or_, select

from clearinghouse.access.permissions import Permission
from clearinghouse.access.roles import Actor, Region
from clearinghouse.casework.errors import Invalid, NotFound, Refused
from clearinghouse.casework.regional_reach import may_in, regions_for
from clearinghouse.casework.staff import name_of
from clearinghouse.casework.walls import with_lineage
from clearinghouse.casework.world import Work, World
from clearinghouse.protocol.signals import SCALES, SOFT, Direction, SignalKind, SignalTheme, fits, warns
from clearinghouse.protocol.vocabulary import Body
from clearinghouse.records.authorities import Authority
from clearinghouse.records.events import Event, Stream
from clearinghouse.records.regional import Signal

EARLIEST = date(1990, 1, 1)
LONGEST = 4000


@dataclass(frozen=True)
class NewSignal:
    """A signal as somebody records it; `words` are sealed."""

    authority_id: UUID
    kind: SignalKind
    theme: SignalTheme
    observed_on: date
    source: Body
    value: int | None = None
    direction: Direction | None = None
    words: str = ""


@dataclass(frozen=True)
class PlaceInRegion:
    """An authority that something can be recorded about."""

    id: UUID
    name: str
    region: Region | None


@dataclass(frozen=True)
class ShownSignal:
    """A signal as a page shows it; `place` and `places` are where its value stands on its scale, None without one."""

    id: UUID
    authority_id: UUID
    kind: SignalKind
    theme: SignalTheme
    value_words: str
    place: int | None
    places: int | None
    direction: Direction | None
    observed_on: date
    source: Body
    is_warning: bool
    is_soft: bool
    words: str = ""
    recorded_by: str = ""
    recorded_at: datetime | None = None
    withdrawn_at: datetime | None = None
    why_withdrawn: str = ""
    may_withdraw: bool = False


@dataclass(frozen=True)
class AuthorityPage:
    """Everything that the region knows early about one authority and that the person may read, the latest first."""

    authority: PlaceInRegion
    signals: tuple[ShownSignal, ...]
    withdrawn: tuple[ShownSignal, ...]
    may_record: bool


def authorities_to_record(
    world: World, actor: Actor, needs: Permission = Permission.SIGNAL_RECORD
) -> tuple[PlaceInRegion, ...]:
    """The current authorities about which the person may record something, by name; none behind their wall."""
    with world.reading(actor) as work:
        query = select(Authority).where(Authority.region.in_(regions_for(actor, needs)))
        query = query.where(or_(Authority.ended_on.is_(None), Authority.ended_on >= work.today))
        return tuple(
            PlaceInRegion(row.id, row.name, row.region)
            for row in work.session.scalars(query.order_by(Authority.name, Authority.id))
            if row.id not in actor.walled
        )


def record_signal(world: World, actor: Actor, signal: NewSignal) -> UUID:
    """Record a signal about an authority of the person's region (004 §19, appendix 1). Returns its id.

    Raises Invalid beside `value`, `direction`, `observed_on` or `words`, NotFound for an authority out of reach.
    """
    with world.unit_of_work(actor) as work:
        authority_to_name(work, signal.authority_id, Permission.SIGNAL_RECORD)
        problems = problems_of(signal, work.today)
        if problems:
            raise Invalid(problems)
        return keep_signal(work, signal).id


def withdraw_signal(world: World, actor: Actor, signal_id: UUID, reason: str) -> UUID:
    """Take a signal back that was recorded wrongly: it counts no more, and stays on record with the reason.

    Returns the authority. Raises NotFound where the person may not read it or may not record, Refused where it is
    withdrawn already.
    """
    with world.unit_of_work(actor) as work:
        row = work.session.get(Signal, signal_id, with_for_update=True, populate_existing=True)
        if row is None or not may_withdraw(work, row):
            raise NotFound
        if row.withdrawn_at is not None:
            raise Refused("This signal has been withdrawn already.")
        row.withdrawn_by, row.withdrawn_at = actor.person, work.now
        row.why_withdrawn = reason
        work.record(Event.SIGNAL_WITHDRAWN, Stream.AUTHORITY, row.authority_id, signal=row.id)
        return row.authority_id


def signal_header(world: World, actor: Actor, signal_id: UUID) -> tuple[ShownSignal, PlaceInRegion]:
    """A signal that the person may withdraw, without its words, and its authority. Raises NotFound."""
    with world.reading(actor) as work:
        row = work.session.get(Signal, signal_id)
        if row is None or row.withdrawn_at is not None or not may_withdraw(work, row):
            raise NotFound
        authority = work.session.get_one(Authority, row.authority_id)
        return shown_signal(row), PlaceInRegion(authority.id, authority.name, authority.region)


def authority_page(world: World, actor: Actor, authority_id: UUID) -> AuthorityPage:
    """The signals about an authority and what it replaced, with their words; that they were opened is recorded.

    Raises NotFound for an authority out of reach.
    """
    with world.unit_of_work(actor) as work:
        authority = authority_to_name(work, authority_id, Permission.SIGNAL_READ)
        rows = _about(work, authority_id)
        if any(row.words_sealed or row.why_withdrawn_sealed for row in rows):
            work.record(Event.SIGNALS_OPENED, Stream.AUTHORITY, authority_id)
        shown = [_opened(work, row) for row in rows]
        return AuthorityPage(
            authority=PlaceInRegion(authority.id, authority.name, authority.region),
            signals=tuple(each for each in shown if each.withdrawn_at is None),
            withdrawn=tuple(each for each in shown if each.withdrawn_at is not None),
            may_record=may_in(actor, Permission.SIGNAL_RECORD, authority.region, (authority_id,)),
        )


def authority_to_name(work: Work, authority_id: UUID, needs: Permission) -> Authority:
    """The authority, for somebody who may do `needs` in its region. Raises NotFound for absent and walled alike."""
    authority = work.session.get(Authority, authority_id)
    if authority is None or not may_in(work.actor, needs, authority.region, (authority_id,)):
        raise NotFound
    return authority


def problems_of(signal: NewSignal, today: date) -> dict[str, str]:
    """What is wrong with a signal, by its fields."""
    problems = {}
    if not fits(signal.kind, signal.value):
        scale = SCALES.get(signal.kind)
        needed = "Select the value" if scale else f"{signal.kind.words} has no scale: leave the value empty"
        problems["value"] = needed
    if signal.kind not in SCALES and signal.direction is None:
        problems["direction"] = "Select the direction: it is all that this kind of signal says"
    if not EARLIEST <= signal.observed_on <= today:
        problems["observed_on"] = "The day must be today or in the past, and not before 1990"
    if len(signal.words) > LONGEST:
        problems["words"] = f"The words must be {LONGEST:,} characters or fewer"
    return problems


def may_withdraw(work: Work, row: Signal) -> bool:
    """Whoever recorded it, and the region's leads and RIEP officers; nobody what they cannot read."""
    authority = work.session.get_one(Authority, row.authority_id)
    about = (row.authority_id,)
    if may_in(work.actor, Permission.SOFT_SIGNAL_READ, authority.region, about):
        return True
    own = row.recorded_by == work.actor.id and row.kind not in SOFT
    return own and may_in(work.actor, Permission.SIGNAL_RECORD, authority.region, about)


def keep_signal(work: Work, signal: NewSignal) -> Signal:
    """Write a signal that was found in order, with its event."""
    row = work.add(
        Signal(
            authority_id=signal.authority_id,
            kind=signal.kind,
            theme=signal.theme,
            value=signal.value,
            direction=signal.direction,
            observed_on=signal.observed_on,
            source=signal.source,
            recorded_by=work.actor.id,
            recorded_at=work.now,
        )
    )
    row.words = signal.words
    work.record(
        Event.SIGNAL_RECORDED,
        Stream.AUTHORITY,
        row.authority_id,
        signal=row.id,
        kind=row.kind,
        theme=row.theme,
        value=row.value,
        direction=row.direction,
        observed_on=row.observed_on,
        source=row.source,
    )
    return row


def shown_signal(row: Signal) -> ShownSignal:
    """A signal's closed facts, without its words."""
    scale = SCALES.get(row.kind)
    on_scale = scale is not None and row.value is not None and row.value in scale.values
    return ShownSignal(
        id=row.id,
        authority_id=row.authority_id,
        kind=row.kind,
        theme=row.theme,
        value_words=scale.words_of(row.value) if scale and on_scale and row.value is not None else "",
        place=row.value if on_scale else None,
        places=scale.most if scale and on_scale else None,
        direction=row.direction,
        observed_on=row.observed_on,
        source=row.source,
        is_warning=warns(row.kind, row.value, row.direction),
        is_soft=row.kind in SOFT,
    )


def _opened(work: Work, row: Signal) -> ShownSignal:
    return replace(
        shown_signal(row),
        words=row.words,
        recorded_by=name_of(work, row.recorded_by) if row.recorded_by else "The operator",
        recorded_at=row.recorded_at,
        withdrawn_at=row.withdrawn_at,
        why_withdrawn=row.why_withdrawn,
        may_withdraw=row.withdrawn_at is None and may_withdraw(work, row),
    )


def _about(work: Work, authority_id: UUID) -> Sequence[Signal]:
    """The signals that the person may read about the authority and its lineage, the latest first."""
    near = with_lineage(work.session, (authority_id,)) - work.actor.walled
    authority = work.session.get_one(Authority, authority_id)
    query = select(Signal).where(Signal.authority_id.in_(near))
    if not may_in(work.actor, Permission.SOFT_SIGNAL_READ, authority.region, (authority_id,)):
        query = query.where(Signal.kind.not_in(SOFT))
    return work.session.scalars(query.order_by(Signal.observed_on.desc(), Signal.id.desc())).all()
