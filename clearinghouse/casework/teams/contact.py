"""Ongoing contact between a team and the authority between visits: that it was, and by when it is owed next."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import func, select

from clearinghouse.access.permissions import Permission
from clearinghouse.access.roles import Actor
from clearinghouse.casework.admission import case_to_read, open_duties, record_change
from clearinghouse.casework.duties.setting import end_duty, set_duty
from clearinghouse.casework.errors import Invalid
from clearinghouse.casework.still_owed import owe_a_next_step
from clearinghouse.casework.teams.packages import Doer, doers, owner_for, team_to_change
from clearinghouse.casework.world import LONDON, Work, World
from clearinghouse.protocol.team_work import Means, VisitState, next_contact
from clearinghouse.protocol.vocabulary import DutyKind
from clearinghouse.records.cases import Case
from clearinghouse.records.duties import DutyState
from clearinghouse.records.events import Event
from clearinghouse.records.peers import Team
from clearinghouse.records.team_work import TeamContact, TeamVisit

LONGEST_NOTE = 5000


@dataclass(frozen=True)
class NewContact:
    """That the team and the authority were in touch. `by` is who of us was; `note` is for those who read the case."""

    on: date
    means: Means
    by: Doer
    note: str = ""


def record_contact(
    world: World, actor: Actor, case_id: UUID, version: int | None, team_id: UUID, given: NewContact
) -> UUID:
    """Record a contact between visits; where another visit is planned, the next contact is owed. Gives its id.

    Raises Invalid beside the field, Refused for a closed case, NotFound (also for a note by somebody who does not read
    the case), Stale.
    """
    with world.unit_of_work(actor) as work:
        case, team = team_to_change(work, case_id, team_id, version)
        if given.note:
            case_to_read(work, case_id, Permission.VISIT_RECORD)
        _check(work, case, team, given)
        row = work.add(
            TeamContact(
                team_id=team.id,
                case_id=case.id,
                contact_on=given.on,
                means=given.means,
                user_id=given.by.user_id,
                peer_id=given.by.peer_id,
                recorded_by=actor.person,
                recorded_at=work.now,
            )
        )
        row.note = given.note
        work.session.flush()
        record_change(
            work,
            case,
            Event.TEAM_CONTACTED,
            team=team.id,
            contact=row.id,
            held_on=given.on,
            means=given.means,
            user=given.by.user_id,
            peer=given.by.peer_id,
        )
        owe_contact(work, case, team, DutyState.DONE)
        return row.id


def owe_contact(work: Work, case: Case, team: Team, before: DutyState = DutyState.REPLACED) -> None:
    """Owe the next contact between visits, where another visit is planned, in the place of the one that was owed.

    `before` says what becomes of that: it is done, or another takes its place. Record the event of the change first.
    """
    due = _next(work, team)
    owed = [
        duty
        for duty in open_duties(work, case)
        if duty.kind is DutyKind.TEAM_CONTACT and duty.subject_id == team.id
    ]
    if before is not DutyState.DONE and due is not None and [each.due_on for each in owed] == [due]:
        return
    for duty in owed:
        end_duty(work, case, duty, before)
    if due is not None:
        owner = owner_for(work, team.id)
        set_duty(work, case, DutyKind.TEAM_CONTACT, due, owner_id=owner, subject_id=team.id)
    owe_a_next_step(work, case)


def _next(work: Work, team: Team) -> date | None:
    of_team = TeamVisit.team_id == team.id
    held = (of_team, TeamVisit.state == VisitState.HELD)
    touches = (
        work.session.scalar(select(func.max(TeamVisit.last)).where(*held)),
        work.session.scalar(select(func.max(TeamContact.contact_on)).where(TeamContact.team_id == team.id)),
    )
    last = max((day for day in touches if day), default=None)
    planned = (of_team, TeamVisit.state == VisitState.PLANNED)
    first = work.session.scalar(select(func.min(TeamVisit.first)).where(*planned))
    if last is None or touches[0] is None:
        return None
    return next_contact(last, first, work.today, work.holidays)


def _check(work: Work, case: Case, team: Team, given: NewContact) -> None:
    problems = {}
    if given.on > work.today:
        problems["on"] = "The day of the contact cannot be in the future."
    elif team.assigned_at and given.on < team.assigned_at.astimezone(LONDON).date():
        problems["on"] = "The day of the contact cannot be before the team was assigned."
    if not doers(work, case, team).has(given.by):
        problems["by"] = "Choose one of the people listed"
    if len(given.note) > LONGEST_NOTE:
        problems["note"] = f"What was said must be {LONGEST_NOTE:,} characters or fewer."
    if problems:
        raise Invalid(problems)
