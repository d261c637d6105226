"""Visits, workshops, assist days and meetings of a team: planned, moved, cancelled, held, and what they found."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import select

from clearinghouse.access.permissions import Permission
from clearinghouse.access.roles import Actor
from clearinghouse.casework.admission import case_to_read, open_duties, record_change
from clearinghouse.casework.duties.setting import end_duty, finish_duties
from clearinghouse.casework.errors import Invalid, NotFound
from clearinghouse.casework.still_owed import owe_a_next_step
from clearinghouse.casework.teams.contact import owe_contact
from clearinghouse.casework.teams.outputs import owe_outputs, owe_visit
from clearinghouse.casework.teams.packages import (
    Doer,
    doers,
    package_of,
    peers_of,
    require,
    team_to_change,
)
from clearinghouse.casework.teams.specialists import NewSession, check_sessions, keep_sessions, sessions_of
from clearinghouse.casework.world import LONDON, Work, World
from clearinghouse.protocol.peers import Period
from clearinghouse.protocol.team_work import (
    AREAS,
    Activity,
    PlannedVisit,
    VisitKind,
    VisitState,
    WhyChanged,
    may_cancel,
    may_hold,
    may_move,
    may_plan,
)
from clearinghouse.protocol.verdict import Missing
from clearinghouse.protocol.vocabulary import DutyKind
from clearinghouse.records.cases import Case
from clearinghouse.records.duties import DutyState
from clearinghouse.records.events import Event
from clearinghouse.records.peers import Team
from clearinghouse.records.team_work import TeamFinding, TeamVisit, TeamVisitMove, TeamVisitor

LONGEST = 8000
MOST_FINDINGS = 20
_AT_THE_FIELD = {
    Missing.VISIT_OF_ANOTHER_PACKAGE: "kind",
    Missing.VISIT_BEFORE_TEAM: "first",
    Missing.VISIT_OVERLAPS: "first",
    Missing.VISIT_TOO_FAR: "last",
    Missing.VISIT_TOO_LONG: "last",
    Missing.VISIT_ON_ONE_DAY: "last",
    Missing.VISIT_SESSIONS: "session_0_area",
    Missing.VISIT_AREA_UNKNOWN: "session_0_area",
}


@dataclass(frozen=True)
class NewVisit:
    """A visit to be planned. `activities` say in general what it is for; `purpose` what for here, for those who read.

    `chair` is who chairs it, where anybody does.
    """

    kind: VisitKind
    first: date
    last: date
    activities: frozenset[Activity] = frozenset()
    purpose: str = ""
    chair: Doer | None = None
    sessions: tuple[NewSession, ...] = ()


@dataclass(frozen=True)
class NewFinding:
    """A passage of what was found, at one session where it is named."""

    text: str
    session_id: UUID | None = None


@dataclass(frozen=True)
class HeldVisit:
    """That a visit took place: who of the team came, which sessions began with a presentation, what was found."""

    came: frozenset[UUID]
    presented: frozenset[UUID] = frozenset()
    findings: tuple[NewFinding, ...] = ()


def plan_visit(
    world: World, actor: Actor, case_id: UUID, version: int | None, team_id: UUID, given: NewVisit
) -> UUID:
    """Plan a visit of the team; that it is held is owed by the project manager, or whoever may. Gives its id.

    Raises Invalid beside the field (`session_0_specialists`), Refused for a closed case, NotFound (also for typed words
    by somebody who does not read the case), Stale.
    """
    with world.unit_of_work(actor) as work:
        case, team = team_to_change(work, case_id, team_id, version)
        if given.purpose or any(each.presenter for each in given.sessions):
            case_to_read(work, case_id, Permission.VISIT_RECORD)
        _check(work, case, team, given)
        row = work.add(
            TeamVisit(
                team_id=team.id,
                case_id=case.id,
                kind=given.kind,
                first=given.first,
                last=given.last,
                activities=sorted(given.activities, key=list(Activity).index),
                state=VisitState.PLANNED,
                chair_user_id=given.chair.user_id if given.chair else None,
                chair_peer_id=given.chair.peer_id if given.chair else None,
                planned_by=actor.person,
                planned_at=work.now,
            )
        )
        row.purpose = given.purpose
        work.session.flush()
        keep_sessions(work, row, given.sessions)
        record_change(
            work,
            case,
            Event.VISIT_PLANNED,
            team=team.id,
            visit=row.id,
            kind=row.kind,
            first=row.first,
            last=row.last,
            activities=tuple(Activity(each) for each in row.activities),
            areas=tuple(AREAS[each.area] for each in given.sessions),
            specialists=tuple(sorted({peer for each in given.sessions for peer in each.specialists})),
        )
        owe_visit(work, case, row)
        owe_contact(work, case, team)
        return row.id


def move_visit(
    world: World,
    actor: Actor,
    case_id: UUID,
    version: int | None,
    visit_id: UUID,
    first: date,
    last: date,
    why: WhyChanged,
) -> None:
    """Move a planned visit to other days, with the reason; the days before stay on record, its duty moves along.

    Raises Invalid beside `first` or `last`, Refused where it took place or was cancelled, NotFound, Stale.
    """
    with world.unit_of_work(actor) as work:
        case, team, row = visit_to_change(work, case_id, visit_id, version)
        to = _period(first, last)
        others = _others(work, team, row.id)
        verdict = may_move(row.kind, row.state, to, others, _assigned_on(team), work.today)
        require(verdict, _AT_THE_FIELD)
        if (first, last) == (row.first, row.last):
            raise Invalid({"first": "Enter other days: it is planned for these already."})
        specialists = [each.specialists for each in sessions_of(work, row.id)]
        check_sessions(work, case, team, to, tuple(NewSession("", peers) for peers in specialists), "first")
        work.add(
            TeamVisitMove(
                visit_id=row.id,
                from_first=row.first,
                from_last=row.last,
                to_first=first,
                to_last=last,
                why=why,
                moved_by=actor.person,
                moved_at=work.now,
            )
        )
        record_change(
            work,
            case,
            Event.VISIT_MOVED,
            visit=row.id,
            from_first=row.first,
            from_last=row.last,
            first=first,
            last=last,
            why=why,
        )
        row.first, row.last = first, last
        _drop_duty(work, case, row)
        owe_visit(work, case, row)
        owe_contact(work, case, team)


def cancel_visit(
    world: World, actor: Actor, case_id: UUID, version: int | None, visit_id: UUID, why: WhyChanged
) -> None:
    """Cancel a planned visit, with the reason. Raises Refused where it took place or is cancelled, NotFound, Stale."""
    with world.unit_of_work(actor) as work:
        case, team, row = visit_to_change(work, case_id, visit_id, version)
        require(may_cancel(row.state))
        row.state, row.why_cancelled = VisitState.CANCELLED, why
        row.ended_by, row.ended_at = actor.person, work.now
        record_change(work, case, Event.VISIT_CANCELLED, visit=row.id, why=why)
        _drop_duty(work, case, row)
        owe_contact(work, case, team)


def hold_visit(
    world: World, actor: Actor, case_id: UUID, version: int | None, visit_id: UUID, given: HeldVisit
) -> None:
    """Record that a visit took place, and who of the team came; what it brings is owed from then on (design 6).

    Findings are for those who may write about the case. Raises Invalid beside the field, Refused where it is ahead,
    took place already or was cancelled, NotFound, Stale.
    """
    with world.unit_of_work(actor) as work:
        case, team, row = visit_to_change(work, case_id, visit_id, version)
        require(may_hold(row.state, row.last, work.today))
        if not given.came or not given.came <= _who_could_come(work, team, row):
            raise Invalid({"came": "Select who of the team came"})
        sessions = sessions_of(work, row.id)
        for session in sessions:
            session.row.presented = session.row.id in given.presented
        row.state, row.ended_by, row.ended_at = VisitState.HELD, actor.person, work.now
        for peer_id in sorted(given.came):
            work.session.add(TeamVisitor(visit_id=row.id, peer_id=peer_id))
        _keep_findings(work, row, given.findings)
        work.session.flush()
        record_change(
            work,
            case,
            Event.VISIT_HELD,
            team=team.id,
            visit=row.id,
            last=row.last,
            peers=tuple(sorted(given.came)),
            presented=tuple(session.row.id for session in sessions if session.row.presented),
            passages=len(given.findings),
        )
        finish_duties(work, case, DutyKind.TEAM_VISIT, subject_id=row.id)
        owe_outputs(work, case, team, row)
        owe_contact(work, case, team)
        owe_a_next_step(work, case)


def add_findings(
    world: World,
    actor: Actor,
    case_id: UUID,
    version: int | None,
    visit_id: UUID,
    findings: Sequence[NewFinding],
) -> None:
    """Add to what was found at a visit that took place; what was written before stays.

    Raises Invalid beside `findings`, Refused where it has not taken place, NotFound, Stale.
    """
    with world.unit_of_work(actor) as work:
        case, _, row = visit_to_change(work, case_id, visit_id, version, Permission.VISIT_RECORD)
        if row.state is not VisitState.HELD:
            raise Invalid({"findings": "The visit has not taken place yet."})
        if not findings:
            raise Invalid({"findings": "Enter what was found"})
        _keep_findings(work, row, findings)
        record_change(work, case, Event.VISIT_FOUND, visit=row.id, passages=len(findings))


def visit_to_change(
    work: Work,
    case_id: UUID,
    visit_id: UUID,
    version: int | None,
    needs: Permission = Permission.VISIT_SCHEDULE,
) -> tuple[Case, Team, TeamVisit]:
    """A visit of the case with its team. Raises Refused where the case is closed, NotFound, Stale."""
    known = work.session.get(TeamVisit, visit_id)
    case, team = team_to_change(work, case_id, known.team_id if known else visit_id, version, needs)
    row = work.session.get(TeamVisit, visit_id, populate_existing=True)
    if row is None or row.case_id != case.id:
        raise NotFound
    return case, team, row


def _check(work: Work, case: Case, team: Team, given: NewVisit) -> None:
    days = _period(given.first, given.last)
    visit = PlannedVisit(given.kind, days, tuple(each.area for each in given.sessions))
    others = _others(work, team)
    require(may_plan(package_of(team), visit, others, _assigned_on(team), work.today), _AT_THE_FIELD)
    if given.chair is not None and not doers(work, case, team).has(given.chair):
        raise Invalid({"chair": "Choose one of the people listed"})
    if len(given.purpose) > LONGEST:
        raise Invalid({"purpose": f"What it is for must be {LONGEST:,} characters or fewer."})
    check_sessions(work, case, team, days, given.sessions)


def _period(first: date, last: date) -> Period:
    if last < first:
        raise Invalid({"last": "The last day must not be before the first."})
    return Period(first, last)


def _others(work: Work, team: Team, but: UUID | None = None) -> Collection[Period]:
    query = select(TeamVisit).where(
        TeamVisit.team_id == team.id, TeamVisit.state != VisitState.CANCELLED, TeamVisit.id != but
    )
    return [Period(row.first, row.last) for row in work.session.scalars(query).all()]


def _assigned_on(team: Team) -> date:
    # A team at work has been assigned: team_at_work lets no other pass.
    return team.assigned_at.astimezone(LONDON).date() if team.assigned_at else date.max


def _who_could_come(work: Work, team: Team, row: TeamVisit) -> frozenset[UUID]:
    """The team's members, and whoever was named as a specialist for one of its sessions."""
    named = (peer for session in sessions_of(work, row.id) for peer in session.specialists)
    return frozenset(peers_of(work, team.id)) | frozenset(named)


def _drop_duty(work: Work, case: Case, row: TeamVisit) -> None:
    for duty in open_duties(work, case):
        if duty.kind is DutyKind.TEAM_VISIT and duty.subject_id == row.id:
            end_duty(work, case, duty, DutyState.REPLACED)


def _keep_findings(work: Work, visit: TeamVisit, findings: Sequence[NewFinding]) -> None:
    if not findings:
        return
    case_to_read(work, visit.case_id, Permission.VISIT_RECORD)
    sessions = {session.row.id for session in sessions_of(work, visit.id)}
    fits = all(each.text.strip() and len(each.text) <= LONGEST for each in findings)
    if not fits or len(findings) > MOST_FINDINGS:
        raise Invalid({"findings": f"Enter what was found, in up to {LONGEST:,} characters."})
    for each in findings:
        if each.session_id is not None and each.session_id not in sessions:
            raise NotFound
        row = work.add(
            TeamFinding(
                visit_id=visit.id,
                session_id=each.session_id,
                case_id=visit.case_id,
                recorded_by=work.actor.person,
                recorded_at=work.now,
            )
        )
        row.text = each.text
