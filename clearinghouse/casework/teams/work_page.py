"""Pages about a team at work: dates, people and outputs for whoever may plan them; what was typed for readers alone."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import date
from uuid import UUID

from sqlalchemy import func, select

from clearinghouse.access.permissions import Permission
from clearinghouse.access.roles import Actor
from clearinghouse.casework.admission import case_to_open, case_to_read
from clearinghouse.casework.errors import NotFound
from clearinghouse.casework.headers import CaseHeader, header_of
from clearinghouse.casework.plans.card import latest_terms, plan_of
from clearinghouse.casework.staff import Colleague, name_of
from clearinghouse.casework.teams.outputs import output_of
from clearinghouse.casework.teams.packages import (
    Doer,
    doers,
    manager_row,
    package_of,
    peers_of,
    team_at_work,
)
from clearinghouse.casework.teams.specialists import KeptSession, names_of_peers, sessions_of, specialists_for
from clearinghouse.casework.teams.work_views import (
    ContactView,
    FindingView,
    MoveView,
    NextThing,
    OutputSheet,
    OutputView,
    SessionView,
    SpecialistOption,
    TeamAtWork,
    TeamSheet,
    VisitSheet,
    VisitView,
    WorkPage,
)
from clearinghouse.casework.world import Work, World
from clearinghouse.protocol.duties import is_overdue
from clearinghouse.protocol.team_work import AREAS, SHAPES, Activity, OutputKind, VisitState, may_hold
from clearinghouse.protocol.vocabulary import DutyKind
from clearinghouse.records.duties import Duty, DutyState
from clearinghouse.records.peers import Peer, Team
from clearinghouse.records.sealed import Compartment
from clearinghouse.records.team_work import (
    TeamContact,
    TeamFinding,
    TeamOutput,
    TeamVisit,
    TeamVisitMove,
    TeamVisitor,
)


def work_page(world: World, actor: Actor, case_id: UUID) -> WorkPage:
    """The teams at work: dates, kinds, people and outputs, and never a word that was typed. Raises NotFound."""
    with world.reading(actor) as work:
        admitted = case_to_read(work, case_id, Permission.VISIT_SCHEDULE)
        return WorkPage(header_of(work, admitted), _teams(work, case_id), opened=False)


def findings_page(world: World, actor: Actor, case_id: UUID) -> WorkPage:
    """The same with what the visits were for, what they found and what was said between; that it was opened is in the
    ledger. Raises NotFound.
    """
    with world.unit_of_work(actor) as work:
        admitted = case_to_open(work, case_id, Compartment.PLANS)
        return WorkPage(header_of(work, admitted), _teams(work, case_id, opened=True), opened=True)


def team_sheet(world: World, actor: Actor, case_id: UUID, team_id: UUID) -> TeamSheet:
    """What a form about a team's work needs. Raises NotFound."""
    with world.reading(actor) as work:
        admitted = case_to_read(work, case_id, Permission.VISIT_SCHEDULE)
        team = team_at_work(work, case_id, team_id)
        known = specialists_for(work, case_id).values()
        return TeamSheet(
            case=header_of(work, admitted),
            team=_team(work, team, opened=False),
            doers=doers(work, admitted.case, team),
            specialists=tuple(
                SpecialistOption(
                    peer.id,
                    peer.name,
                    tuple(area.words for key, area in AREAS.items() if key in peer.services | peer.themes),
                )
                for peer in sorted(known, key=lambda peer: (peer.name, peer.id))
            ),
        )


def visit_sheet(
    world: World,
    actor: Actor,
    case_id: UUID,
    visit_id: UUID,
    needs: Permission = Permission.VISIT_SCHEDULE,
) -> VisitSheet:
    """One visit with its team, without what was typed of it. Raises NotFound."""
    with world.reading(actor) as work:
        admitted = case_to_read(work, case_id, needs)
        row = work.session.get(TeamVisit, visit_id)
        if row is None or row.case_id != case_id:
            raise NotFound
        team = team_at_work(work, case_id, row.team_id)
        named = {peer for session in sessions_of(work, row.id) for peer in session.specialists}
        could = {**names_of_peers(work, named), **peers_of(work, team.id)}
        return VisitSheet(
            case=header_of(work, admitted),
            team=_team(work, team, opened=False),
            visit=_visit(work, row, opened=False),
            could_come=tuple(Colleague(*each) for each in sorted(could.items(), key=lambda each: each[1])),
        )


def output_sheet(world: World, actor: Actor, case_id: UUID, output_id: UUID) -> OutputSheet:
    """One output of a team, and whether the case's plan could be it, for those who may say so. Raises NotFound."""
    with world.reading(actor) as work:
        admitted = case_to_read(work, case_id, Permission.VISIT_SCHEDULE)
        header = header_of(work, admitted)
        row = output_of(work, case_id, output_id)
        plan = plan_of(work, case_id) if _could_be_plan(row, header) else None
        return OutputSheet(
            case=header,
            output=_outputs(work, [row])[0],
            plan_agreed_on=latest_terms(work, plan).agreed_on if plan else None,
        )


def _could_be_plan(row: TeamOutput, header: CaseHeader) -> bool:
    return row.kind is OutputKind.ACTION_PLAN and Permission.VISIT_RECORD in header.permissions


def _teams(work: Work, case_id: UUID, *, opened: bool = False) -> tuple[TeamAtWork, ...]:
    query = select(Team).where(Team.case_id == case_id, Team.assigned_at.is_not(None))
    rows = work.session.scalars(query.order_by(Team.assigned_at.desc(), Team.id)).all()
    return tuple(_team(work, row, opened=opened) for row in rows)


def _team(work: Work, team: Team, *, opened: bool) -> TeamAtWork:
    manager = manager_row(work, team.id)
    package = package_of(team)
    visits = select(TeamVisit).where(TeamVisit.team_id == team.id).order_by(TeamVisit.first, TeamVisit.id)
    outputs = (
        select(TeamOutput).where(TeamOutput.team_id == team.id).order_by(TeamOutput.due_on, TeamOutput.id)
    )
    shown = TeamAtWork(
        id=team.id,
        assigned_at=team.assigned_at or team.proposed_at,
        package=package,
        shape=SHAPES[package],
        members=tuple(Colleague(*each) for each in peers_of(work, team.id).items()),
        manager=_name(work, Doer(manager.user_id, manager.peer_id)) if manager else "",
        managed_since=manager.named_at if manager else None,
        visits=tuple(_visit(work, row, opened=opened) for row in work.session.scalars(visits).all()),
        outputs=_outputs(work, work.session.scalars(outputs).all()),
        contacts=_contacts(work, team.id, opened=opened),
        next=None,
    )
    return replace(shown, next=_next(shown, _contact_due(work, team.id)))


def _contact_due(work: Work, team_id: UUID) -> date | None:
    owed = (Duty.kind == DutyKind.TEAM_CONTACT, Duty.subject_id == team_id, Duty.state == DutyState.OPEN)
    return work.session.scalar(select(func.min(Duty.due_on)).where(*owed))


def _next(team: TeamAtWork, contact_due: date | None) -> NextThing | None:
    coming = [NextThing("Contact between visits", contact_due)] if contact_due else []
    coming += [
        NextThing(visit.kind.words, visit.first) for visit in team.visits if visit.state is VisitState.PLANNED
    ]
    coming += [
        NextThing(f"{output.kind.words} due", output.due_on)
        for output in team.outputs
        if output.delivered_on is None
    ]
    return min(coming, key=lambda each: each.on, default=None)


def _visit(work: Work, row: TeamVisit, *, opened: bool) -> VisitView:
    findings = work.session.scalars(
        select(TeamFinding).where(TeamFinding.visit_id == row.id).order_by(TeamFinding.id)
    ).all()
    sessions = sessions_of(work, row.id)
    came = select(Peer.name).join(TeamVisitor, TeamVisitor.peer_id == Peer.id)
    return VisitView(
        id=row.id,
        kind=row.kind,
        first=row.first,
        last=row.last,
        activities=tuple(Activity(each) for each in row.activities),
        state=row.state,
        is_overdue=row.state is VisitState.PLANNED and is_overdue(row.last, work.today),
        chair=_name(work, Doer(row.chair_user_id, row.chair_peer_id)),
        came=tuple(work.session.scalars(came.where(TeamVisitor.visit_id == row.id).order_by(Peer.name))),
        sessions=tuple(_session(work, each, findings, opened=opened) for each in sessions),
        moves=_moves(work, row),
        why_cancelled=row.why_cancelled,
        may_be_held=may_hold(row.state, row.last, work.today).allowed,
        purpose=row.purpose if opened else "",
        findings=_found(work, findings, None) if opened else (),
    )


def _session(
    work: Work, session: KeptSession, findings: Sequence[TeamFinding], *, opened: bool
) -> SessionView:
    names: Mapping[UUID, str] = names_of_peers(work, set(session.specialists))
    return SessionView(
        id=session.row.id,
        area=AREAS[session.row.area].words,
        specialists=tuple(sorted(names.values())),
        presented=session.row.presented,
        presenter=session.row.presenter if opened else "",
        findings=_found(work, findings, session.row.id) if opened else (),
    )


def _found(work: Work, findings: Sequence[TeamFinding], session_id: UUID | None) -> tuple[FindingView, ...]:
    return tuple(
        FindingView(row.text, name_of(work, row.recorded_by), row.recorded_at)
        for row in findings
        if row.session_id == session_id
    )


def _moves(work: Work, row: TeamVisit) -> tuple[MoveView, ...]:
    query = select(TeamVisitMove).where(TeamVisitMove.visit_id == row.id).order_by(TeamVisitMove.id)
    return tuple(
        MoveView(each.from_first, each.from_last, each.why, each.moved_at)
        for each in work.session.scalars(query).all()
    )


def _outputs(work: Work, rows: Collection[TeamOutput]) -> tuple[OutputView, ...]:
    areas = {
        session.row.id: AREAS[session.row.area].words
        for visit_id in {row.visit_id for row in rows if row.session_id}
        for session in sessions_of(work, visit_id)
    }
    return tuple(
        OutputView(
            id=row.id,
            kind=row.kind,
            of=areas.get(row.session_id, "") if row.session_id else "",
            due_on=row.due_on,
            delivered_on=row.delivered_on,
            is_overdue=row.delivered_on is None and is_overdue(row.due_on, work.today),
            is_case_plan=row.plan_id is not None,
        )
        for row in rows
    )


def _contacts(work: Work, team_id: UUID, *, opened: bool) -> tuple[ContactView, ...]:
    query = select(TeamContact).where(TeamContact.team_id == team_id)
    rows = work.session.scalars(query.order_by(TeamContact.contact_on.desc(), TeamContact.id.desc())).all()
    return tuple(
        ContactView(
            row.contact_on,
            row.means,
            _name(work, Doer(row.user_id, row.peer_id)),
            row.note if opened else "",
        )
        for row in rows
    )


def _name(work: Work, doer: Doer) -> str:
    if doer.user_id is not None:
        return name_of(work, doer.user_id)
    return names_of_peers(work, {doer.peer_id}).get(doer.peer_id, "") if doer.peer_id else ""
