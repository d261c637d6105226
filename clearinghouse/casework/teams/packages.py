"""What kind of support a team gives and who manages it: the package and the project manager of a team at work."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from clearinghouse.access.decision import may
from clearinghouse.access.permissions import Permission
from clearinghouse.access.roles import Actor
from clearinghouse.casework.admission import case_to_change, open_duties, record_change, scope_of
from clearinghouse.casework.duties.followups import people_to_ask
from clearinghouse.casework.duties.setting import pass_on
from clearinghouse.casework.errors import Invalid, NotFound, Refused
from clearinghouse.casework.staff import Colleague, active_actor
from clearinghouse.casework.teams.choosing import needs_of
from clearinghouse.casework.world import Work, World
from clearinghouse.protocol.team_work import TEAM_DUTIES, Package, may_choose
from clearinghouse.protocol.verdict import Missing, Verdict
from clearinghouse.protocol.vocabulary import Standing
from clearinghouse.records.cases import Case
from clearinghouse.records.duties import Duty
from clearinghouse.records.events import Event
from clearinghouse.records.peers import Peer, Team, TeamMember
from clearinghouse.records.team_work import TeamManager, TeamOutput, TeamVisit


@dataclass(frozen=True)
class Doer:
    """Somebody of staff or a peer of the team: exactly one of the two is given."""

    user_id: UUID | None = None
    peer_id: UUID | None = None


@dataclass(frozen=True)
class Doers:
    """Who can manage a team's work, chair a session or be in touch: staff who may plan it, and the team's peers."""

    staff: tuple[Colleague, ...]
    peers: tuple[Colleague, ...]

    def has(self, doer: Doer) -> bool:
        """Whether it is one of them."""
        if doer.user_id is not None:
            return doer.peer_id is None and doer.user_id in {each.id for each in self.staff}
        return doer.peer_id in {each.id for each in self.peers}


def choose_package(
    world: World, actor: Actor, case_id: UUID, version: int | None, team_id: UUID, package: Package
) -> None:
    """Say which package a team that was assigned gives, until a visit of it is planned.

    Raises Refused with reasons, NotFound, Stale.
    """
    with world.unit_of_work(actor) as work:
        case, team = team_to_change(work, case_id, team_id, version)
        begun = work.session.scalar(select(TeamVisit.id).where(TeamVisit.team_id == team.id).limit(1))
        require(may_choose(package, len(peers_of(work, team.id)), begun=begun is not None))
        team.needs = {**team.needs, "package": package.value}
        record_change(work, case, Event.TEAM_PACKAGE_CHOSEN, team=team.id, package=package)


def name_manager(
    world: World, actor: Actor, case_id: UUID, version: int | None, team_id: UUID, manager: Doer
) -> None:
    """Name who manages the team's work, in the place of whoever did; somebody of staff then owes what is owed for it.

    Raises Invalid beside `manager` for somebody who cannot, Refused for a closed case, NotFound, Stale.
    """
    with world.unit_of_work(actor) as work:
        case, team = team_to_change(work, case_id, team_id, version)
        if not doers(work, case, team).has(manager):
            raise Invalid({"manager": "Choose one of the people listed"})
        now = manager_row(work, team.id)
        if now is not None and (now.user_id, now.peer_id) == (manager.user_id, manager.peer_id):
            raise Invalid({"manager": "Choose somebody else: they manage it already"})
        if now is not None:
            now.ended_at = work.now
        work.add(
            TeamManager(
                team_id=team.id,
                case_id=case.id,
                user_id=manager.user_id,
                peer_id=manager.peer_id,
                named_by=actor.person,
                named_at=work.now,
            )
        )
        work.session.flush()
        owed = [duty for duty in open_duties(work, case) if is_of_team(work, team.id, duty)]
        moved = pass_on(work, case, owed, manager.user_id or case.owner_id)
        record_change(
            work,
            case,
            Event.TEAM_MANAGER_NAMED,
            team=team.id,
            user=manager.user_id,
            peer=manager.peer_id,
            duties=moved,
        )


def team_to_change(
    work: Work,
    case_id: UUID,
    team_id: UUID,
    version: int | None,
    needs: Permission = Permission.VISIT_SCHEDULE,
) -> tuple[Case, Team]:
    """A team at work, with its case held. Raises Refused where the case is closed, NotFound, Stale."""
    case = case_to_change(work, case_id, needs, seen=version)
    team = team_at_work(work, case_id, team_id)
    if case.standing is Standing.CLOSED:
        raise Refused(Missing.CASE_CLOSED.words)
    return case, team


def team_at_work(work: Work, case_id: UUID, team_id: UUID) -> Team:
    """A team that was assigned to the case. Raises NotFound."""
    team = work.session.get(Team, team_id, populate_existing=True)
    if team is None or team.case_id != case_id or team.assigned_at is None:
        raise NotFound
    return team


def package_of(team: Team) -> Package:
    """Which package the team gives; one that was asked for before packages were is a team with visits."""
    return needs_of(team).package


def peers_of(work: Work, team_id: UUID) -> Mapping[UUID, str]:
    """The peers of a team, each with their name, whoever leads first."""
    query = select(Peer.id, Peer.name).join(TeamMember, TeamMember.peer_id == Peer.id)
    rows = query.where(TeamMember.team_id == team_id).order_by(TeamMember.leads.desc(), Peer.name, Peer.id)
    return {row.id: row.name for row in work.session.execute(rows)}


def doers(work: Work, case: Case, team: Team) -> Doers:
    """Who can manage the team's work, by name. To somebody who does not read the case, of those on it whoever manages
    it now is named, as on the page, and nobody else who is not named to them otherwise.
    """
    staff = people_to_ask(work, case, Permission.VISIT_SCHEDULE)
    manager = owner_for(work, team.id)
    if manager is not None and manager not in {each.id for each in staff}:
        person = active_actor(work, manager)
        if person is not None and may(person, Permission.VISIT_SCHEDULE, scope_of(work, case)).allowed:
            staff = (*staff, Colleague(manager, person.name))
    return Doers(staff, tuple(Colleague(*each) for each in peers_of(work, team.id).items()))


def manager_row(work: Work, team_id: UUID) -> TeamManager | None:
    """Who manages the team's work today, None where nobody was named."""
    today = (TeamManager.team_id == team_id, TeamManager.ended_at.is_(None))
    return work.session.scalars(select(TeamManager).where(*today)).one_or_none()


def owner_for(work: Work, team_id: UUID) -> UUID | None:
    """Whom the team's duties are given to first: its project manager, where that is somebody of staff."""
    row = manager_row(work, team_id)
    return row.user_id if row else None


def is_of_team(work: Work, team_id: UUID, duty: Duty) -> bool:
    """Whether a duty is about this team's work."""
    if duty.kind not in TEAM_DUTIES or duty.subject_id is None:
        return False
    if duty.subject_id == team_id:
        return True
    visit = work.session.get(TeamVisit, duty.subject_id)
    subject = visit or work.session.get(TeamOutput, duty.subject_id)
    return subject is not None and subject.team_id == team_id


def require(verdict: Verdict, fields: Mapping[Missing, str] | None = None) -> None:
    """Go on where the rule allows it. Raises Refused with its reasons, Invalid for those that belong beside a field."""
    at_fields = {(fields or {}).get(each): each.words for each in verdict.missing}
    if others := [each.words for each in verdict.missing if each not in (fields or {})]:
        raise Refused(*others)
    if at_fields:
        raise Invalid({field: words for field, words in at_fields.items() if field})
