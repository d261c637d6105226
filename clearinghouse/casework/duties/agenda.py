"""The agenda: what a person, or a lead's region, must do next and by when."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import groupby
from uuid import UUID

from sqlalchemy import ColumnElement, and_, case, exists, false, or_, select, true, tuple_

from clearinghouse.access.decision import grants_reaching
from clearinghouse.access.permissions import Permission
from clearinghouse.access.policy import Reach
from clearinghouse.access.roles import Actor, Grant, Role
from clearinghouse.casework.walls import outside_walls
from clearinghouse.casework.world import Work, World
from clearinghouse.protocol.duties import is_overdue
from clearinghouse.protocol.vocabulary import DutyKind, Route
from clearinghouse.records.authorities import Authority
from clearinghouse.records.cases import Case, CaseAuthority, CaseRegion
from clearinghouse.records.duties import Duty, DutyState
from clearinghouse.records.people import User

PAGE = 50


class Whose(StrEnum):
    """Whose duties an agenda shows."""

    MINE = "mine"
    REGION = "region"


@dataclass(frozen=True)
class AgendaPlace:
    """Where a page of the agenda begins: behind this duty."""

    due_on: date
    duty_id: UUID


@dataclass(frozen=True)
class AgendaEntry:
    """One duty, without anything that the mere sight of a case's header would not show.

    `authority` is empty for whoever may not see the header, and is only asked to confirm the case's referral.
    """

    duty_id: UUID
    case_id: UUID
    reference: str
    authority: str
    kind: DutyKind
    owner: str
    is_mine: bool
    is_overdue: bool


@dataclass(frozen=True)
class AgendaDay:
    """What is due on one day."""

    day: date
    entries: tuple[AgendaEntry, ...]


@dataclass(frozen=True)
class AgendaPage:
    """A page of the agenda; `further` is where the next one begins, None on the last."""

    whose: Whose
    days: tuple[AgendaDay, ...]
    further: AgendaPlace | None
    may_see_region: bool


def agenda(
    world: World,
    actor: Actor,
    whose: Whose = Whose.MINE,
    behind: AgendaPlace | None = None,
    limit: int = PAGE,
) -> AgendaPage:
    """Open duties by date, overdue first: the person's own, or for leads everybody's in their region.

    Only on cases that the person may see today; whoever leads no region gets their own.
    """
    leads = tuple(grant for grant in actor.grants if grant.role is Role.LEAD)
    whose = whose if leads else Whose.MINE
    with world.reading(actor) as work:
        mine = Duty.owner_id == actor.id
        shown = and_(mine, _visible(actor)) if whose is Whose.MINE else _led(leads)
        authority = case((_may_see(actor), Authority.name), else_="").label("authority")
        query = (
            select(Duty.id, Duty.case_id, Duty.due_on, Duty.kind, Duty.owner_id, Case.reference, authority)
            .join(Case, Case.id == Duty.case_id)
            .join(CaseAuthority, and_(CaseAuthority.case_id == Case.id, CaseAuthority.is_lead))
            .join(Authority, Authority.id == CaseAuthority.authority_id)
            .where(Duty.state == DutyState.OPEN, shown, *outside_walls(work, actor, Case.id))
            .order_by(Duty.due_on, Duty.id)
            .limit(limit + 1)
        )
        if behind is not None:
            query = query.where(tuple_(Duty.due_on, Duty.id) > (behind.due_on, behind.duty_id))
        rows = work.session.execute(query).all()
        names = _names(work, {row.owner_id for row in rows})
        entries = [
            (
                row.due_on,
                AgendaEntry(
                    duty_id=row.id,
                    case_id=row.case_id,
                    reference=row.reference,
                    authority=row.authority,
                    kind=row.kind,
                    owner=names[row.owner_id],
                    is_mine=row.owner_id == actor.id,
                    is_overdue=is_overdue(row.due_on, work.today),
                ),
            )
            for row in rows[:limit]
        ]
    last = rows[limit - 1] if len(rows) > limit else None
    return AgendaPage(
        whose=whose,
        days=tuple(
            AgendaDay(day, tuple(entry for _, entry in group))
            for day, group in groupby(entries, key=lambda each: each[0])
        ),
        further=AgendaPlace(last.due_on, last.id) if last else None,
        may_see_region=bool(leads),
    )


def _visible(actor: Actor) -> ColumnElement[bool]:
    """That the person may see the case's header, or is asked to confirm its referral."""
    asked = grants_reaching(actor, Permission.RISK_CONFIRM)
    return or_(_may_see(actor), Duty.kind == DutyKind.CONFIRM_RISK_REFERRAL) if asked else _may_see(actor)


def _may_see(actor: Actor) -> ColumnElement[bool]:
    """That one of the person's roles shows them the case's header; walls are not looked at here."""
    ways = (_reach(grant, reach) for grant, reach in grants_reaching(actor, Permission.CASE_HEADER))
    return or_(false(), *ways)


def _led(grants: Iterable[Grant]) -> ColumnElement[bool]:
    return or_(false(), *(_reach(grant, Reach.REGION) for grant in grants))


def _reach(grant: Grant, reach: Reach) -> ColumnElement[bool]:
    """That the grant reaches the case. Raises ValueError for a reach that shows no headers."""
    if reach not in (Reach.ALL, Reach.REGION, Reach.BROKERED):
        raise ValueError(f"no agenda is made for what reaches {reach}")
    conditions: list[ColumnElement[bool]] = [true()]
    if reach is not Reach.ALL and grant.region is not None:
        near = exists().where(CaseRegion.case_id == Case.id, CaseRegion.region == grant.region)
        conditions.append(near.correlate(Case))
    if reach is Reach.BROKERED:
        conditions.append(Case.route == Route.POLITICAL_BROKERAGE)
    return and_(*conditions)


def _names(work: Work, people: set[UUID]) -> dict[UUID, str]:
    return {
        row.id: row.name
        for row in work.session.execute(select(User.id, User.name).where(User.id.in_(people)))
    }
