"""Joining two cases into one: what a lead is shown first, and the one work in which it happens."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from sqlalchemy import select, update

from clearinghouse.access.decision import Membership, may
from clearinghouse.access.permissions import Permission
from clearinghouse.access.roles import Actor
from clearinghouse.casework.admission import (
    case_to_change,
    case_to_read,
    open_duties,
    record_change,
    scope_of,
)
from clearinghouse.casework.assignment import members_of, put_on_case
from clearinghouse.casework.convergence.answers import keep_answer, waiting, waiting_to_change
from clearinghouse.casework.duties.series import Repeat, begin_series
from clearinghouse.casework.duties.setting import end_duty, set_duty
from clearinghouse.casework.errors import Invalid, Refused, Stale
from clearinghouse.casework.headers import CaseHeader, header_of
from clearinghouse.casework.mail.letters import LetterKind, enqueue
from clearinghouse.casework.regions import Move, carry_out, named_now, plan_move
from clearinghouse.casework.sight import who_can_see
from clearinghouse.casework.staff import active_actor, name_of
from clearinghouse.casework.world import Work, World
from clearinghouse.protocol.convergence import may_join
from clearinghouse.protocol.standing import after
from clearinghouse.protocol.team_work import TEAM_DUTIES
from clearinghouse.protocol.verdict import Verdict
from clearinghouse.protocol.vocabulary import ClosingOutcome, DutyKind, Route, Step
from clearinghouse.records.cases import Case, CaseAuthority, Closing
from clearinghouse.records.convergence import CaseJoin, Convergence, ConvergenceState
from clearinghouse.records.duties import Duty, DutySeries, DutyState
from clearinghouse.records.events import Event, Stream

STAYS_WHERE_IT_IS = frozenset(
    {
        DutyKind.TELL_SOURCE,
        DutyKind.TELL_AUTHORITY,
        DutyKind.REVIEW_BREAK_GLASS,
        DutyKind.QUESTIONNAIRE_REMINDER,
        DutyKind.QUESTIONNAIRE_ANSWERS,
    }
)
"""Word to a source stays on the case that holds the source, and with those who may know it; word to the authority on
the case that holds the escalation of which it is told; the review of a break-glass on the case that was opened; a
questionnaire on the case of the team that asks it.
"""

_NEUTRAL = "The lead carries the work on."
"""What the case that closes says of it: that there is another one is for those alone who may read that one."""


@dataclass(frozen=True)
class Joining:
    """Which of the two goes on, and whether those who are on the other come along."""

    kept: UUID
    bring: bool = False


@dataclass(frozen=True)
class CarriedDuty:
    """Something that is owed, and will be owed on the case that goes on."""

    kind: DutyKind
    due_on: date


@dataclass(frozen=True)
class JoinPreview:
    """Exactly what would change.

    `reading_other` will newly read what the closing case holds; `gaining` and `losing` are of the case that goes on.
    """

    kept: CaseHeader
    joined: CaseHeader
    reading_other: tuple[str, ...]
    gaining: tuple[str, ...]
    losing: tuple[str, ...]
    staying_behind: tuple[str, ...]
    new_owner: str | None
    added_authorities: tuple[str, ...]
    duties: tuple[CarriedDuty, ...]
    refused: tuple[str, ...]


def preview_join(world: World, actor: Actor, convergence_id: UUID, joining: Joining) -> JoinPreview:
    """Who would newly read what, what would be owed where. Raises NotFound, Invalid, and Refused for no owner."""
    with world.reading(actor) as work:
        row = waiting(work, convergence_id)
        kept, joined = _sides(work, row, joining)
        move = _plan(work, kept, joined)
        brought = _brought(work, joined, move) if joining.bring else ()
        after_join = replace(
            move.scope, members=move.scope.members | {(each, Membership.TEAM) for each in brought}
        )
        readers = who_can_see(work, after_join)
        reads_joined = who_can_see(work, scope_of(work, joined)).everybody
        on_joined = {member.user_id for member in members_of(work, joined)}
        named = named_now(work, joined) - named_now(work, kept)
        kept_header, joined_header = (
            header_of(work, case_to_read(work, each.id, Permission.CASE_JOIN)) for each in (kept, joined)
        )
        return JoinPreview(
            kept=kept_header,
            joined=joined_header,
            reading_other=tuple(each.name for each in readers.readers if each.id not in reads_joined),
            gaining=tuple(each.name for each in readers.readers if each.id not in move.before.everybody),
            losing=move.losing,
            staying_behind=tuple(name_of(work, each) for each in on_joined - readers.everybody),
            new_owner=move.owner.name if move.owner else None,
            added_authorities=tuple(
                each.name
                for each in (joined_header.lead_authority, *joined_header.other_authorities)
                if each.id in named
            ),
            duties=tuple(
                CarriedDuty(_kind_on(kept, duty), duty.due_on)
                for duty in _carried(work, kept, open_duties(work, joined))
            ),
            refused=tuple(each.words for each in _verdict(work, kept, joined).missing),
        )


def join_cases(
    world: World, actor: Actor, convergence_id: UUID, version: int | None, joining: Joining, reason: str
) -> UUID:
    """Carry two cases on as one (004 §19, §23). Returns the case that goes on.

    The other one closes. Its rows stay where they are, sealed as they were: whoever reads the case that goes on reads
    them by the same door, and nobody learns a source who could not before. What it owes is owed on the case that goes
    on, except word to its source and of its escalations. `version` is that of the page. Raises NotFound, Stale,
    Invalid, and Refused where the rule says no, nobody could own the case, or another lead was first.
    """
    with world.unit_of_work(actor) as work:
        row = waiting_to_change(work, convergence_id)
        for each in sorted((row.first_id, row.second_id)):
            case_to_change(work, each, Permission.CASE_JOIN)
        kept, joined = _sides(work, row, joining)
        _check_version(work, version, kept, joined)
        verdict = _verdict(work, kept, joined)
        if not verdict.allowed:
            raise Refused(*(missing.words for missing in verdict.missing))
        move = _plan(work, kept, joined)
        owed = _carried(work, kept, open_duties(work, joined))
        _write(work, row, kept, joined, move, bring=joining.bring, reason=reason)
        _carry_duties(work, kept, owed)
        _close(work, joined)
        return kept.id


def end_join(work: Work, case: Case) -> None:
    """After the case was opened again: it is its own once more, and read by its own people alone.

    The case that it was joined into keeps what was owed on it.
    """
    ended = (
        update(CaseJoin)
        .where(CaseJoin.joined_id == case.id, CaseJoin.ended_at.is_(None))
        .values(ended_at=work.now)
        .returning(CaseJoin.id, CaseJoin.case_id)
    )
    for join in work.session.execute(ended).all():
        work.record(Event.CASE_SEPARATED, Stream.CASE, join.case_id, join=join.id, joined=case.id)


def _sides(work: Work, row: Convergence, joining: Joining) -> tuple[Case, Case]:
    if joining.kept not in (row.first_id, row.second_id):
        raise Invalid({"kept": "Select which case goes on"})
    other = row.second_id if joining.kept == row.first_id else row.first_id
    return work.session.get_one(Case, joining.kept), work.session.get_one(Case, other)


def _check_version(work: Work, version: int | None, kept: Case, joined: Case) -> None:
    if version is not None and version != kept.version + joined.version:
        latest = max((kept, joined), key=lambda each: each.updated_at)
        raise Stale(name_of(work, latest.updated_by), latest.updated_at)


def _verdict(work: Work, kept: Case, joined: Case) -> Verdict:
    return may_join(kept.standing, joined.standing, [duty.kind for duty in open_duties(work, joined)])


def _plan(work: Work, kept: Case, joined: Case) -> Move:
    """The case that goes on names what both name, so that its walls stand round everything that it shows."""
    named = named_now(work, kept) | named_now(work, joined)
    both = scope_of(work, kept).authorities | scope_of(work, joined).authorities
    return plan_move(work, kept, named, both - named)


def _brought(work: Work, joined: Case, move: Move) -> tuple[UUID, ...]:
    """Who is on the case that closes and could be on the one that goes on, without being on it."""
    found = []
    for person in dict.fromkeys(member.user_id for member in members_of(work, joined)):
        actor = active_actor(work, person)
        placed = replace(move.scope, members=move.scope.members | {(person, Membership.TEAM)})
        on_it = any(each == person for each, _ in move.scope.members)
        if actor and not on_it and may(actor, Permission.CASE_READ, placed).allowed:
            found.append(person)
    return tuple(found)


def _write(
    work: Work, row: Convergence, kept: Case, joined: Case, move: Move, *, bring: bool, reason: str
) -> None:
    brought = _brought(work, joined, move) if bring else ()
    join = work.add(
        CaseJoin(case_id=kept.id, joined_id=joined.id, joined_by=work.actor.person, joined_at=work.now)
    )
    join.reason = reason
    answer = keep_answer(work, row, joined=True, reason=reason)
    row.state = ConvergenceState.JOINED
    _name_both(work, kept, joined)
    handed = carry_out(work, kept, move)
    for person in brought:
        put_on_case(work, kept, person, Membership.TEAM)
        enqueue(work, person, LetterKind.ASSIGNED, kept.id)
    kept.people_at_risk = kept.people_at_risk or joined.people_at_risk
    kept.escalated = kept.escalated or joined.escalated
    record_change(
        work,
        kept,
        Event.CASE_JOINED,
        join=join.id,
        answer=answer.id,
        joined=joined.id,
        brought=brought,
        regions=tuple(sorted(move.scope.regions)),
        owner=kept.owner_id,
        former=handed.former,
        left=handed.left,
        duties=handed.duties,
    )


def _name_both(work: Work, kept: Case, joined: Case) -> None:
    """What the closing case names, the one that goes on names too, formerly or now."""
    for row in work.session.scalars(select(CaseAuthority).where(CaseAuthority.case_id == joined.id)).all():
        here = work.session.get(CaseAuthority, (kept.id, row.authority_id))
        if here is None:
            work.session.add(
                CaseAuthority(
                    case_id=kept.id,
                    authority_id=row.authority_id,
                    is_lead=False,
                    former_since=row.former_since,
                )
            )
        elif row.former_since is None:
            here.former_since = None
    work.session.flush()


def _carried(work: Work, kept: Case, owed: Iterable[Duty]) -> list[Duty]:
    """What of these duties the case that goes on does not owe already by the same day."""
    already = {(duty.kind, duty.subject_id): duty.due_on for duty in open_duties(work, kept) if not duty.note}
    return [
        duty
        for duty in owed
        if duty.kind not in STAYS_WHERE_IT_IS
        and (duty.note or already.get((duty.kind, duty.subject_id), date.max) > duty.due_on)
    ]


def _kind_on(kept: Case, duty: Duty) -> DutyKind:
    """What is owed on the case that goes on: talks with politicians are recorded on their own route alone, so that on
    any other somebody follows up; so somebody does for a team, whose work is recorded where it was planned.
    """
    if duty.kind in TEAM_DUTIES:
        return DutyKind.FOLLOW_UP
    brokered = kept.route is Route.POLITICAL_BROKERAGE
    asked = duty.kind is DutyKind.POLITICAL_BROKERAGE
    return DutyKind.FOLLOW_UP if asked and not brokered else duty.kind


def _carry_duties(work: Work, kept: Case, owed: Iterable[Duty]) -> None:
    for duty in owed:
        for each in open_duties(work, kept):
            same = (each.kind, each.subject_id) == (duty.kind, duty.subject_id)
            if same and not each.note and not duty.note:
                end_duty(work, kept, each, DutyState.REPLACED)
        new = set_duty(
            work,
            kept,
            _kind_on(kept, duty),
            duty.due_on,
            owner_id=duty.owner_id,
            note=duty.note,
            subject_id=duty.subject_id,
        )
        series = work.session.get(DutySeries, duty.series_id) if duty.series_id else None
        if series is not None and series.ended_at is None:
            first_on = duty.repeats_on or duty.due_on
            if series.until is None or series.until > first_on:
                begin_series(work, kept, new, first_on, Repeat(series.rhythm, series.until))


def _close(work: Work, joined: Case) -> None:
    """Close the other case in words that say nothing of where the work goes on."""
    closing = work.add(
        Closing(
            case_id=joined.id,
            made_by=work.actor.person,
            made_at=work.now,
            outcome=ClosingOutcome.CARRIED_ON,
        )
    )
    closing.reason = _NEUTRAL
    owed = [duty for duty in open_duties(work, joined) if duty.kind not in STAYS_WHERE_IT_IS]
    joined.standing = after(joined.standing, Step.JOIN)
    record_change(work, joined, Event.CASE_CLOSED, closing=closing.id, outcome=ClosingOutcome.CARRIED_ON)
    for duty in owed:
        end_duty(work, joined, duty, DutyState.REPLACED)
