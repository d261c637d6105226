"""Putting a peer team together: what is asked of it, who is chosen, warnings accepted; conflicts checked each time."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import select

from clearinghouse.access.permissions import Permission
from clearinghouse.access.roles import Actor
from clearinghouse.casework.admission import case_to_change, record_change
from clearinghouse.casework.authorities import authority_facts
from clearinghouse.casework.errors import Invalid, NotFound, Refused
from clearinghouse.casework.peers.facts import (
    TeamGround,
    hidden_councils,
    is_told,
    peer_facts,
    team_ground,
    type_names,
)
from clearinghouse.casework.peers.invitations import (
    latest_invitations,
    settle_duties,
    withdraw_all,
    withdraw_from,
)
from clearinghouse.casework.register.ruling_groups import RulingGroup, keep_ruling_group, problems_with
from clearinghouse.casework.world import Work, World
from clearinghouse.protocol.conflicts import Conflict, Effect, Rule, check
from clearinghouse.protocol.invitations import LIVE
from clearinghouse.protocol.matching import SMALLEST_TEAM, TeamRequest, members_of
from clearinghouse.protocol.peer_words import Seniority, Service, Theme
from clearinghouse.protocol.peers import Period
from clearinghouse.protocol.team_work import SHAPES, Package
from clearinghouse.protocol.verdict import Missing
from clearinghouse.protocol.vocabulary import Standing
from clearinghouse.records.cases import Case, CaseAuthority
from clearinghouse.records.events import Event
from clearinghouse.records.peers import Team, TeamMember, WarningAccepted

LARGEST_TEAM = 20
LONGEST_REASON = 5000
ASSIGNED_ALREADY = "The team is assigned: it cannot be changed any more."
DAYS_ASKED = (
    "Members were asked for the days as they are. Take their invitations back before you change them."
)
AUTHORITY_CORRECTED = "The authority of the case was corrected: ask for a new team."


@dataclass(frozen=True)
class TeamNeeds:
    """What is asked of a team; no narrative. `days` are days of work of each member between `first` and `last`.

    `named` are councils that peers are wanted from. `lead` asks for somebody who has led a review before.
    """

    first: date
    last: date
    days: int
    councillors: int = 0
    officers: int = 0
    specialists: int = 0
    themes: frozenset[Theme] = frozenset()
    services: frozenset[Service] = frozenset()
    seniorities: frozenset[Seniority] = frozenset()
    named: frozenset[UUID] = frozenset()
    lead: bool = False
    political_balance: bool = False
    size: int = SMALLEST_TEAM
    package: Package = Package.PEER_TEAM

    @property
    def smallest(self) -> int:
        """The least that a team of the package has."""
        return SHAPES[self.package].smallest_team


def propose_team(
    world: World,
    actor: Actor,
    case_id: UUID,
    version: int | None,
    needs: TeamNeeds,
    ruling: RulingGroup | None = None,
) -> UUID:
    """Say what is asked of a team for the case, or say it anew of the team that is being put together.

    Returns the team's id. `ruling` is which group runs the council, where that is said too. Where the case's authority
    was corrected meanwhile, a new team is begun. Raises Invalid beside the field, Refused for a closed case, NotFound,
    Stale.
    """
    with world.unit_of_work(actor) as work:
        case = case_to_change(work, case_id, Permission.PEER_MATCH, seen=version)
        if case.standing is Standing.CLOSED:
            raise Refused(Missing.CASE_CLOSED.words)
        check_needs(work, needs, ruling)
        authority = lead_authority(work, case.id)
        if ruling is not None:
            keep_ruling_group(work, authority, ruling)
        team = _team_to_make(work, case, authority)
        ask_of_team(work, case, team, needs)
        return team.id


def add_to_team(
    world: World, actor: Actor, case_id: UUID, version: int | None, team_id: UUID, peer_id: UUID
) -> None:
    """Choose a peer for the team. Raises Refused with every reason where the peer is blocked, NotFound, Stale."""
    with world.unit_of_work(actor) as work:
        case = case_to_change(work, case_id, Permission.PEER_MATCH, seen=version)
        put_in_team(work, case, open_team(work, case, team_id), peer_id)


def remove_from_team(
    world: World, actor: Actor, case_id: UUID, version: int | None, team_id: UUID, peer_id: UUID
) -> None:
    """Take a peer out of the team; what was accepted about them then holds no more. Raises Refused, NotFound, Stale."""
    with world.unit_of_work(actor) as work:
        case = case_to_change(work, case_id, Permission.PEER_MATCH, seen=version)
        take_out_of_team(work, case, open_team(work, case, team_id), peer_id)


def choose_leader(
    world: World, actor: Actor, case_id: UUID, version: int | None, team_id: UUID, peer_id: UUID
) -> None:
    """Say which member leads the team. Raises Refused once it is assigned, NotFound, Stale."""
    with world.unit_of_work(actor) as work:
        case = case_to_change(work, case_id, Permission.PEER_MATCH, seen=version)
        give_the_lead(work, case, open_team(work, case, team_id), peer_id)


def accept_warning(
    world: World,
    actor: Actor,
    case_id: UUID,
    version: int | None,
    team_id: UUID,
    peer_id: UUID,
    rule: Rule,
    about: UUID | None,
    reason: str,
) -> None:
    """A lead accepts one warning about one member, with a reason that stays sealed (design 6).

    Raises Refused where no such warning holds, Invalid without a reason, NotFound, Stale.
    """
    with world.unit_of_work(actor) as work:
        case = case_to_change(work, case_id, Permission.PEER_WARNING_ACCEPT, seen=version)
        team = open_team(work, case, team_id)
        _member(work, team, peer_id)
        ground = team_ground(work, team, request_of(work, team))
        hidden = hidden_councils(work)
        told = {found.key for found in warnings_of(work, ground, peer_id) if is_told(found, hidden)}
        if (rule, about) not in told:
            raise Refused("This warning does not hold any more.")
        if (rule, about) in ground.accepted.get(peer_id, frozenset()):
            raise Refused("The warning is accepted already.")
        if not reason.strip() or len(reason) > LONGEST_REASON:
            raise Invalid({"reason": f"Give a reason of up to {LONGEST_REASON:,} characters."})
        row = work.add(
            WarningAccepted(
                team_id=team.id,
                case_id=case.id,
                peer_id=peer_id,
                rule=rule.value,
                about=str(about or ""),
                accepted_by=actor.person,
                accepted_at=work.now,
            )
        )
        row.reason = reason
        record_change(
            work, case, Event.PEER_WARNING_ACCEPTED, team=team.id, peer=peer_id, rule=rule, about=about
        )


def ask_of_team(work: Work, case: Case, team: Team, needs: TeamNeeds) -> None:
    """Keep what is asked of the team, which is whole. Raises Refused where members were asked for other days."""
    days = (needs.first, needs.last, needs.days)
    is_changed = team not in work.session.new and days != (team.first, team.last, team.days)
    if is_changed and any(each.state in LIVE for each in latest_invitations(work, team.id).values()):
        raise Refused(DAYS_ASKED)
    team.first, team.last, team.days = needs.first, needs.last, needs.days
    team.needs = _stored(needs)
    work.session.flush()
    record_change(
        work,
        case,
        Event.TEAM_PROPOSED,
        team=team.id,
        first=team.first,
        last=team.last,
        days=team.days,
        package=needs.package,
        peers=tuple(member.peer_id for member in members_in(work, team)),
    )


def put_in_team(work: Work, case: Case, team: Team, peer_id: UUID) -> None:
    """Choose a peer, their conflicts checked. Raises Refused with every reason, NotFound."""
    peer = peer_facts(work, {peer_id}).get(peer_id)
    if peer is None:
        raise NotFound
    ground = team_ground(work, team, request_of(work, team))
    if any(member.id == peer_id for member in ground.members):
        raise Refused(f"{peer.name} is in the team already.")
    if len(ground.members) >= LARGEST_TEAM:
        raise Refused(f"A team has at most {LARGEST_TEAM} members.")
    request = ground.request
    found = check(
        peer,
        ground.authority,
        request.window,
        request.days,
        work.today,
        register=ground.register,
        team=ground.members,
    )
    blocks = [conflict for conflict in found if conflict.effect is Effect.BLOCKED]
    if blocks:
        raise Refused(*(f"{peer.name}: {conflict.words}" for conflict in blocks))
    work.add(TeamMember(team_id=team.id, peer_id=peer_id, leads=False, added_at=work.now))
    record_change(work, case, Event.TEAM_MEMBER_ADDED, team=team.id, peer=peer_id)
    settle_duties(work, case, team)


def take_out_of_team(work: Work, case: Case, team: Team, peer_id: UUID) -> None:
    """Take a member out; what was accepted about them then holds no more. Raises NotFound."""
    work.session.delete(_member(work, team, peer_id))
    theirs = (WarningAccepted.team_id == team.id, WarningAccepted.peer_id == peer_id)
    for accepted in work.session.scalars(select(WarningAccepted).where(*theirs)).all():
        accepted.ended_at = accepted.ended_at or work.now
    withdraw_from(work, case, team, peer_id)
    record_change(work, case, Event.TEAM_MEMBER_REMOVED, team=team.id, peer=peer_id)
    settle_duties(work, case, team)


def give_the_lead(work: Work, case: Case, team: Team, peer_id: UUID) -> None:
    """Make a member the one who leads. Raises NotFound."""
    chosen = _member(work, team, peer_id)
    for member in members_in(work, team):
        member.leads = member.id == chosen.id
    record_change(work, case, Event.TEAM_LEADER_CHOSEN, team=team.id, peer=peer_id)


def warnings_of(work: Work, ground: TeamGround, peer_id: UUID) -> tuple[Conflict, ...]:
    """The warnings about one member beside the others, accepted or not."""
    return tuple(
        conflict
        for member in members_of(
            ground.members,
            ground.request,
            ground.authority,
            register=ground.register,
            today=work.today,
            accepted=ground.accepted,
        )
        if member.peer.id == peer_id
        for conflict in member.conflicts
        if conflict.effect is Effect.WARNING
    )


def request_of(work: Work, team: Team) -> TeamRequest:
    """What is asked of the team, as the rules look at it; knowing this type of council always counts."""
    needs = needs_of(team)
    return TeamRequest(
        authority=team.authority_id,
        window=Period(team.first, team.last),
        days=team.days,
        councillors=needs.councillors,
        officers=needs.officers,
        specialists=needs.specialists,
        themes=frozenset(needs.themes),
        services=frozenset(needs.services),
        seniorities=frozenset(needs.seniorities),
        authority_type=type_names(work).get(authority_facts(work)[team.authority_id].type),
        named=needs.named,
        lead=needs.lead,
        political_balance=needs.political_balance,
        size=needs.size,
        smallest=needs.smallest,
    )


def needs_of(team: Team) -> TeamNeeds:
    """What is asked of the team, out of its stored form."""
    kept: dict[str, Any] = team.needs
    return TeamNeeds(
        first=team.first,
        last=team.last,
        days=team.days,
        package=Package(kept.get("package", Package.PEER_TEAM)),
        **{name: kept[name] for name in _PLAIN},
        themes=frozenset(Theme(each) for each in kept["themes"]),
        services=frozenset(Service(each) for each in kept["services"]),
        seniorities=frozenset(Seniority(each) for each in kept["seniorities"]),
        named=frozenset(UUID(each) for each in kept["named"]),
    )


def proposed_team(work: Work, case_id: UUID) -> Team | None:
    """The team that is being put together for the case; a case has one at most."""
    being_made = (Team.case_id == case_id, Team.assigned_at.is_(None), Team.ended_on.is_(None))
    return work.session.scalars(select(Team).where(*being_made)).one_or_none()


def lead_authority(work: Work, case_id: UUID) -> UUID:
    """The authority that the case is about."""
    leads = (CaseAuthority.case_id == case_id, CaseAuthority.is_lead)
    return work.session.scalars(select(CaseAuthority.authority_id).where(*leads)).one()


_PLAIN = ("councillors", "officers", "specialists", "lead", "political_balance", "size")


def _stored(needs: TeamNeeds) -> dict[str, object]:
    lists: dict[str, object] = {name: sorted(str(each) for each in getattr(needs, name)) for name in _LISTS}
    return {name: getattr(needs, name) for name in _PLAIN} | lists | {"package": needs.package.value}


_LISTS = ("themes", "services", "seniorities", "named")


def check_needs(work: Work, needs: TeamNeeds, ruling: RulingGroup | None = None) -> None:
    """See that this can be asked of a team. Raises Invalid beside the field."""
    problems = problems_with(ruling, work.today) if ruling is not None else {}
    if needs.first < work.today:
        problems["first"] = "The first day must be today or later."
    if needs.last < needs.first:
        problems["last"] = "The last day must not be before the first."
    elif not 1 <= needs.days <= (needs.last - needs.first).days + 1:
        problems["days"] = (
            "Give the days of work of each member: at least 1, and no more than lie between the dates."
        )
    if not needs.smallest <= needs.size <= LARGEST_TEAM:
        problems["size"] = f"A team of this kind has {needs.smallest} to {LARGEST_TEAM} members."
    for kind in ("councillors", "officers", "specialists"):
        if not 0 <= getattr(needs, kind) <= LARGEST_TEAM:
            problems[kind] = f"Give a number from 0 to {LARGEST_TEAM}."
    if not needs.named <= authority_facts(work).keys():
        problems["named"] = "Name councils of the register."
    if problems:
        raise Invalid(problems)


def _team_to_make(work: Work, case: Case, authority: UUID) -> Team:
    team = proposed_team(work, case.id)
    if team is not None and team.authority_id == authority:
        return team
    if team is not None:
        team.ended_on = work.today
        withdraw_all(work, case, team)
        settle_duties(work, case, team)
    by, at = work.actor.person, work.now
    return work.add(Team(case_id=case.id, authority_id=authority, proposed_by=by, proposed_at=at))


def open_team(work: Work, case: Case, team_id: UUID) -> Team:
    """The case's team of this key while it may be changed. Raises Refused once it is assigned, NotFound."""
    team = work.session.get(Team, team_id)
    if team is None or team.case_id != case.id or team.ended_on is not None:
        raise NotFound
    if team.assigned_at is not None:
        raise Refused(ASSIGNED_ALREADY)
    return team


def members_in(work: Work, team: Team) -> Sequence[TeamMember]:
    """The members, the first chosen first."""
    query = select(TeamMember).where(TeamMember.team_id == team.id)
    return work.session.scalars(query.order_by(TeamMember.added_at, TeamMember.id)).all()


def _member(work: Work, team: Team, peer_id: UUID) -> TeamMember:
    for member in members_in(work, team):
        if member.peer_id == peer_id:
            return member
    raise NotFound
