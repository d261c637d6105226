"""What a team's work owes by a day: reports, action plans and progress reviews, and that they were delivered."""

from datetime import date
from uuid import UUID

from sqlalchemy import select

from clearinghouse.access.permissions import Permission
from clearinghouse.access.roles import Actor
from clearinghouse.casework.admission import case_to_change, case_to_read, open_duties, record_change
from clearinghouse.casework.duties.setting import end_duty, finish_duties, set_duty
from clearinghouse.casework.errors import Invalid, NotFound, Refused
from clearinghouse.casework.plans.card import plan_of
from clearinghouse.casework.still_owed import owe_a_next_step
from clearinghouse.casework.teams.packages import owner_for, package_of, require
from clearinghouse.casework.world import Work, World
from clearinghouse.protocol.team_work import (
    DUTY_FOR,
    OutputDue,
    OutputKind,
    VisitState,
    may_deliver,
    output_of_session,
    outputs_after_first,
)
from clearinghouse.protocol.verdict import Missing
from clearinghouse.protocol.vocabulary import DutyKind, Standing
from clearinghouse.records.cases import Case
from clearinghouse.records.duties import DutyState
from clearinghouse.records.events import Event
from clearinghouse.records.peers import Team
from clearinghouse.records.team_work import TeamOutput, TeamSession, TeamVisit

_AT_THE_FIELD = {
    Missing.DELIVERED_IN_FUTURE: "delivered_on",
    Missing.DELIVERED_BEFORE_VISIT: "delivered_on",
}


def deliver_output(
    world: World,
    actor: Actor,
    case_id: UUID,
    version: int | None,
    output_id: UUID,
    delivered_on: date,
    *,
    is_case_plan: bool = False,
) -> None:
    """Record that a report or an action plan was delivered, or a progress review held, which does its duty.

    `is_case_plan` says that the action plan is the case's improvement plan, for those who may read that. Raises Invalid
    beside the field, Refused where it was delivered before, or the case is closed, NotFound, Stale.
    """
    with world.unit_of_work(actor) as work:
        case = case_to_change(work, case_id, Permission.VISIT_SCHEDULE, seen=version)
        output = output_of(work, case_id, output_id)
        if case.standing is Standing.CLOSED:
            raise Refused(Missing.CASE_CLOSED.words)
        if output.delivered_on is not None:
            raise Refused("This was delivered already.")
        visit = work.session.get_one(TeamVisit, output.visit_id)
        require(may_deliver(delivered_on, visit.first, work.today), _AT_THE_FIELD)
        if is_case_plan:
            case_to_read(work, case_id, Permission.VISIT_RECORD)
            plan = plan_of(work, case.id)
            if plan is None or output.kind is not OutputKind.ACTION_PLAN:
                raise Invalid({"is_case_plan": "The case has no improvement plan that this could be."})
            output.plan_id = plan.id
        output.delivered_on, output.recorded_by, output.recorded_at = delivered_on, actor.person, work.now
        record_change(
            work,
            case,
            Event.OUTPUT_DELIVERED,
            output=output.id,
            kind=output.kind,
            delivered_on=delivered_on,
            plan=output.plan_id,
        )
        finish_duties(work, case, DUTY_FOR[output.kind], subject_id=output.id)
        owe_a_next_step(work, case)


def owe_outputs(work: Work, case: Case, team: Team, visit: TeamVisit) -> None:
    """What a visit that took place brings: to each session its action plan, to the first visit what the package owes.

    Where an earlier visit is recorded after a later one, what is not delivered yet is counted from the earlier.
    """
    sessions = select(TeamSession).where(TeamSession.visit_id == visit.id).order_by(TeamSession.position)
    for session in work.session.scalars(sessions).all():
        _owe(work, case, team, visit, output_of_session(visit.last), session.id)
    of_package = (TeamOutput.team_id == team.id, TeamOutput.session_id.is_(None))
    owed = {row.kind: row for row in work.session.scalars(select(TeamOutput).where(*of_package)).all()}
    for due in outputs_after_first(package_of(team), visit.last, work.holidays):
        row = owed.get(due.kind)
        if row is None:
            _owe(work, case, team, visit, due)
        elif row.delivered_on is None and due.on < row.due_on:
            row.visit_id, row.due_on = visit.id, due.on
            record_change(
                work, case, Event.OUTPUT_OWED, team=team.id, output=row.id, kind=row.kind, due_on=row.due_on
            )
            _owe_again(work, case, team, row)


def carry_on(work: Work, case: Case) -> None:
    """A case that is opened again owes what its teams had planned and had still to deliver."""
    planned = (TeamVisit.case_id == case.id, TeamVisit.state == VisitState.PLANNED)
    for visit in work.session.scalars(select(TeamVisit).where(*planned).order_by(TeamVisit.last)).all():
        owe_visit(work, case, visit)
    waiting = (TeamOutput.case_id == case.id, TeamOutput.delivered_on.is_(None))
    for output in work.session.scalars(select(TeamOutput).where(*waiting).order_by(TeamOutput.due_on)).all():
        _owe_duty(work, case, output.team_id, output)


def owe_visit(work: Work, case: Case, visit: TeamVisit) -> None:
    """Owe that a planned visit is held and recorded: on its last day, or the working day after."""
    owner = owner_for(work, visit.team_id)
    set_duty(work, case, DutyKind.TEAM_VISIT, visit.last, owner_id=owner, subject_id=visit.id)


def output_of(work: Work, case_id: UUID, output_id: UUID) -> TeamOutput:
    """An output of a team of the case. Raises NotFound."""
    row = work.session.get(TeamOutput, output_id, populate_existing=True)
    if row is None or row.case_id != case_id:
        raise NotFound
    return row


def _owe(
    work: Work, case: Case, team: Team, visit: TeamVisit, due: OutputDue, session_id: UUID | None = None
) -> None:
    row = work.add(
        TeamOutput(
            team_id=team.id,
            case_id=case.id,
            visit_id=visit.id,
            session_id=session_id,
            kind=due.kind,
            due_on=due.on,
        )
    )
    work.session.flush()
    record_change(work, case, Event.OUTPUT_OWED, team=team.id, output=row.id, kind=due.kind, due_on=due.on)
    _owe_duty(work, case, team.id, row)


def _owe_again(work: Work, case: Case, team: Team, row: TeamOutput) -> None:
    for duty in open_duties(work, case):
        if duty.subject_id == row.id:
            end_duty(work, case, duty, DutyState.REPLACED)
    _owe_duty(work, case, team.id, row)


def _owe_duty(work: Work, case: Case, team_id: UUID, row: TeamOutput) -> None:
    owner = owner_for(work, team_id)
    set_duty(work, case, DUTY_FOR[row.kind], row.due_on, owner_id=owner, subject_id=row.id)
