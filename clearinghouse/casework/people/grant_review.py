"""The reviewer's report: every role that is held or ended within a year, its last use, and whether it is needed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from uuid import UUID

from sqlalchemy import select

from clearinghouse.access.decision import may_enter
from clearinghouse.access.permissions import Permission
from clearinghouse.access.policy import POLICY
from clearinghouse.access.roles import Actor, Grant, Region, Role
from clearinghouse.casework.csv_files import csv_file
from clearinghouse.casework.errors import NotFound, Refused
from clearinghouse.casework.world import LONDON, Work, World
from clearinghouse.records.events import Event, Stream
from clearinghouse.records.grant_reviews import GrantReview, RoleUse
from clearinghouse.records.people import RoleGrant, User, UserState

REVIEW_EVERY = timedelta(days=180)
UNUSED_AFTER = timedelta(days=60)
SHOWN_FOR = timedelta(days=365)
_COLUMNS = (
    "Person",
    "Role",
    "Region",
    "State",
    "First day",
    "Last day",
    "Proposed by",
    "Confirmed by",
    "Confirmed on",
    "Last used on",
    "Used by",
    "Days without use",
    "Unused for 60 days",
    "Last reviewed on",
    "Reviewed by",
    "Said to be needed",
    "Review due on",
)


class GrantState(StrEnum):
    """Whether a role is held."""

    HELD = "held"
    LATER = "later"
    SUSPENDED = "suspended"
    ENDED = "ended"

    @property
    def words(self) -> str:
        """The state as screens name it."""
        return {
            "held": "Held",
            "later": "Begins later",
            "suspended": "Held by somebody suspended",
            "ended": "Ended",
        }[self.value]


class UsedBy(StrEnum):
    """What counts as the use of a role."""

    SIGNED_IN = "Signed in"
    ON_CASE = "On a case, by this role"
    NOT_YET = "Not used yet"


@dataclass(frozen=True)
class GrantFilter:
    """What the report is narrowed to."""

    role: Role | None = None
    region: Region | None = None
    state: GrantState | None = None
    unused: bool = False
    due: bool = False


@dataclass(frozen=True)
class GrantLine:
    """One role. `idle_days` are counted to today, or to its end; `may_review` is not for one's own."""

    id: UUID
    person_id: UUID
    person: str
    grant: Grant
    state: GrantState
    starts_on: date
    last_day: date | None
    proposed_by: str
    confirmed_by: str
    confirmed_at: datetime
    used_on: date | None
    used_by: UsedBy
    idle_days: int
    is_unused: bool
    reviewed_on: date | None
    reviewed_by: str
    needed: bool | None
    review_on: date | None
    is_due: bool
    may_review: bool


@dataclass(frozen=True)
class GrantReport:
    """The lines of the filter, and of all roles how many are due for review, unused, and said not to be needed."""

    lines: tuple[GrantLine, ...]
    due: int
    unused: int
    not_needed: int


def grant_report(world: World, actor: Actor, given: GrantFilter) -> GrantReport:
    """Every role in force or ended within the last year. Raises NotFound for all but administrators and auditors."""
    with world.reading(actor) as work:
        lines = _lines(work)
        return GrantReport(
            tuple(line for line in lines if _fits(line, given)),
            due=sum(line.is_due for line in lines),
            unused=sum(line.is_unused for line in lines),
            not_needed=sum(line.needed is False and line.state is not GrantState.ENDED for line in lines),
        )


def export_grants(world: World, actor: Actor, given: GrantFilter) -> str:
    """The report of the filter as CSV; the ledger says how many lines. Raises as grant_report does."""
    with world.unit_of_work(actor) as work:
        lines = [line for line in _lines(work) if _fits(line, given)]
        work.record(
            Event.GRANTS_EXPORTED,
            Stream.INSTALLATION,
            work.world.vault.installation,
            person=actor.person,
            grants=len(lines),
        )
        return csv_file(_COLUMNS, (_cells(line) for line in lines))


def review_grant(world: World, actor: Actor, grant_id: UUID, *, needed: bool) -> None:
    """Say that a role is needed still, which is asked again in half a year; or that it is not, which stays in sight.

    Ending it is their matter: one is enough to take a role away. Raises NotFound for all but administrators and audit
    officers and for a role that is not held, Refused for one's own.
    """
    with world.unit_of_work(actor) as work:
        _check(actor)
        held = select(RoleGrant).where(RoleGrant.id == grant_id, RoleGrant.confirmed_at.is_not(None))
        row = work.session.scalars(held.with_for_update()).one_or_none()
        if row is None or _is_over(row, work.today):
            raise NotFound
        if row.user_id == actor.id:
            raise Refused("You cannot say of a role of your own that it is needed. Somebody else must.")
        next_on = work.today + REVIEW_EVERY if needed else work.today
        review = work.add(
            GrantReview(
                grant_id=row.id,
                reviewed_by=actor.person,
                reviewed_at=work.now,
                needed=needed,
                next_on=next_on,
            )
        )
        work.session.flush()
        work.record(
            Event.GRANT_REVIEWED,
            Stream.USER,
            row.user_id,
            grant=row.id,
            review=review.id,
            needed=needed,
            next_on=next_on,
        )


def people_due(work: Work) -> list[UUID]:
    """Whose roles are due for review today, each role once; asks nobody's permission: for the clock."""
    return [line.person_id for line in _all_lines(work) if line.is_due]


def _check(actor: Actor) -> None:
    if not may_enter(actor, Permission.GRANT_REVIEW):
        raise NotFound


def _fits(line: GrantLine, given: GrantFilter) -> bool:
    return (
        (given.role is None or line.grant.role is given.role)
        and (given.region is None or line.grant.region is given.region)
        and (given.state is None or line.state is given.state)
        and (line.is_unused or not given.unused)
        and (line.is_due or not given.due)
    )


def _lines(work: Work) -> list[GrantLine]:
    _check(work.actor)
    return _all_lines(work)


def _all_lines(work: Work) -> list[GrantLine]:
    rows = work.session.execute(
        select(RoleGrant, User)
        .join(User, User.id == RoleGrant.user_id)
        .where(RoleGrant.confirmed_at.is_not(None))
        .order_by(User.name, User.id, RoleGrant.id)
    ).all()
    since = work.today - SHOWN_FOR
    recent = [(row, user) for row, user in rows if (_last_day(row) or work.today) >= since]
    names = {one.id: one.name for one in work.session.execute(select(User.id, User.name))}
    reviews = _last_reviews(work)
    uses = {(use.user_id, use.role): use.used_on for use in work.session.scalars(select(RoleUse))}
    many = _with_several(work, [row for row, _ in rows])
    return [_line(work, row, user, names, reviews.get(row.id), uses, user.id in many) for row, user in recent]


def _line(
    work: Work,
    row: RoleGrant,
    user: User,
    names: Mapping[UUID, str],
    review: GrantReview | None,
    uses: Mapping[tuple[UUID, Role], date],
    several: bool,
) -> GrantLine:
    state, last_day = _state(row, user, work.today), _last_day(row)
    used_on, used_by = _last_use(row, user, last_day, uses.get((user.id, row.role)), several)
    confirmed_at = row.confirmed_at or work.now
    until = min(last_day or work.today, work.today)
    idle = max((until - (used_on or max(row.starts_on, _day(confirmed_at)))).days, 0)
    is_held = state in (GrantState.HELD, GrantState.SUSPENDED)
    review_on = (review.next_on if review else _day(confirmed_at) + REVIEW_EVERY) if is_held else None
    return GrantLine(
        id=row.id,
        person_id=user.id,
        person=user.name,
        grant=Grant(row.role, row.region),
        state=state,
        starts_on=row.starts_on,
        last_day=last_day,
        proposed_by=names[row.proposed_by] if row.proposed_by else "the operator",
        confirmed_by=names[row.confirmed_by] if row.confirmed_by else "the operator",
        confirmed_at=confirmed_at,
        used_on=used_on,
        used_by=used_by,
        idle_days=idle,
        is_unused=is_held and idle >= UNUSED_AFTER.days,
        reviewed_on=_day(review.reviewed_at) if review else None,
        reviewed_by=names[review.reviewed_by] if review else "",
        needed=review.needed if review else None,
        review_on=review_on,
        is_due=review_on is not None and review_on <= work.today,
        may_review=is_held and user.id != work.actor.id,
    )


def _last_use(
    row: RoleGrant, user: User, last_day: date | None, on_case: date | None, several: bool
) -> tuple[date | None, UsedBy]:
    """Of somebody's only role being here is the use; of several, by what each was used on a case, where it can be.

    Nothing before the role began is its use, and nothing after its end.
    """
    reads = row.role in POLICY[Permission.CASE_HEADER]
    found, by = (on_case, UsedBy.ON_CASE) if several and reads else (user.last_seen_on, UsedBy.SIGNED_IN)
    begun = max(row.starts_on, _day(row.confirmed_at)) if row.confirmed_at else row.starts_on
    used = min(found, last_day) if found and last_day else found
    return (used, by) if used and used >= begun else (None, UsedBy.NOT_YET)


def _state(row: RoleGrant, user: User, today: date) -> GrantState:
    if _is_over(row, today):
        return GrantState.ENDED
    if row.starts_on > today:
        return GrantState.LATER
    return GrantState.SUSPENDED if user.state is UserState.SUSPENDED else GrantState.HELD


def _is_over(row: RoleGrant, today: date) -> bool:
    return row.ended_at is not None or (row.ends_on is not None and row.ends_on < today)


def _last_day(row: RoleGrant) -> date | None:
    days = (row.ends_on, _day(row.ended_at) if row.ended_at else None)
    return min((day for day in days if day), default=None)


def _with_several(work: Work, rows: Sequence[RoleGrant]) -> frozenset[UUID]:
    """Who holds more than one kind of role today."""
    roles: dict[UUID, set[Role]] = {}
    for row in rows:
        if not _is_over(row, work.today) and row.starts_on <= work.today:
            roles.setdefault(row.user_id, set()).add(row.role)
    return frozenset(person for person, held in roles.items() if len(held) > 1)


def _last_reviews(work: Work) -> dict[UUID, GrantReview]:
    reviews = work.session.scalars(select(GrantReview).order_by(GrantReview.reviewed_at, GrantReview.id))
    return {review.grant_id: review for review in reviews}


def _day(instant: datetime) -> date:
    return instant.astimezone(LONDON).date()


def _cells(line: GrantLine) -> tuple[str, ...]:
    return (
        line.person,
        line.grant.role.words,
        line.grant.region.value if line.grant.region else "National",
        line.state.words,
        line.starts_on.isoformat(),
        line.last_day.isoformat() if line.last_day else "",
        line.proposed_by,
        line.confirmed_by,
        _day(line.confirmed_at).isoformat(),
        line.used_on.isoformat() if line.used_on else "",
        line.used_by.value,
        str(line.idle_days),
        "Yes" if line.is_unused else "No",
        line.reviewed_on.isoformat() if line.reviewed_on else "",
        line.reviewed_by,
        "" if line.needed is None else "Yes" if line.needed else "No",
        line.review_on.isoformat() if line.review_on else "",
    )
