"""Closing a case with what it came to and what was learned, and opening it again."""

import re
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import select

from clearinghouse.access.permissions import Permission
from clearinghouse.access.roles import Actor
from clearinghouse.casework.admission import (
    case_to_change,
    case_to_read,
    open_duties,
    record_change,
    scope_of,
)
from clearinghouse.casework.assignment import set_owner
from clearinghouse.casework.convergence.joining import end_join
from clearinghouse.casework.duties.setting import end_duty, owe
from clearinghouse.casework.errors import Invalid, Refused
from clearinghouse.casework.headers import CaseHeader, header_of
from clearinghouse.casework.plans.card import actions_of
from clearinghouse.casework.plans.keeping import book_review
from clearinghouse.casework.retention.due import end_reviews
from clearinghouse.casework.retention.shredding import left_of
from clearinghouse.casework.sight import who_can_see
from clearinghouse.casework.staff import name_of
from clearinghouse.casework.teams.outputs import carry_on
from clearinghouse.casework.word_owed import owe_word_to_sources
from clearinghouse.casework.world import Work, World
from clearinghouse.protocol.duties import NEXT_AFTER
from clearinghouse.protocol.plans import FINISHED
from clearinghouse.protocol.retention import Kept
from clearinghouse.protocol.standing import after, may_step
from clearinghouse.protocol.vocabulary import ClosingOutcome, DutyKind, Step
from clearinghouse.records.authorities import Authority
from clearinghouse.records.cases import Case, CaseAuthority, Closing
from clearinghouse.records.duties import DutyState
from clearinghouse.records.events import Event

_NOT_LEFT_OPEN = (
    DutyKind.REFER_AT_ONCE,
    DutyKind.CONFIRM_RISK_REFERRAL,
    DutyKind.REVIEW_RISK_REFERRAL,
    DutyKind.REVIEW_BREAK_GLASS,
)


_KINDS_OF_COUNCIL = re.compile(
    r"\b(london borough|royal borough|metropolitan|borough|county|city|district|unitary|combined|council|authority|"
    r"corporation|fire and rescue|national park|of|the|and|corporate)\b",
    re.IGNORECASE,
)
_SHORTEST_NAME = 4


@dataclass(frozen=True)
class Learning:
    """What was learned on a case. `good_practice` is the same in words that name nobody, for other authorities;
    `share` says whether a round table of the region may read it.
    """

    learned: str
    good_practice: str = ""
    share: bool | None = None


@dataclass(frozen=True)
class StillOwed:
    """A duty that ends undone when the case closes, or, where `must_be_done`, keeps it open."""

    kind: DutyKind
    due_on: date
    owner: str
    must_be_done: bool


@dataclass(frozen=True)
class ClosingSheet:
    """What a lead sees before closing: what is still owed, and how many actions of the plan are not finished."""

    case: CaseHeader
    owed: tuple[StillOwed, ...]
    unfinished_actions: int


def closing_sheet(world: World, actor: Actor, case_id: UUID) -> ClosingSheet:
    """What is left to do on the case, for somebody who may close it; nothing typed is in it. Raises NotFound."""
    with world.reading(actor) as work:
        admitted = case_to_read(work, case_id, Permission.CASE_CLOSE)
        return ClosingSheet(
            case=header_of(work, admitted),
            owed=tuple(
                StillOwed(duty.kind, duty.due_on, name_of(work, duty.owner_id), duty.kind in _NOT_LEFT_OPEN)
                for duty in open_duties(work, admitted.case)
            ),
            unfinished_actions=_unfinished(work, admitted.case),
        )


def close_case(
    world: World,
    actor: Actor,
    case_id: UUID,
    version: int | None,
    outcome: ClosingOutcome,
    reason: str,
    learning: Learning | None = None,
) -> None:
    """Close the case; what was still owed on it ends undone, except what people at risk wait for (004 §19, §22).

    Raises Refused where the standing does not allow it, an offer waits, or such a duty is open; Invalid where good
    practice is to be shared and has no words, or names an authority of the case; NotFound, Stale.
    """
    with world.unit_of_work(actor) as work:
        case = case_to_change(work, case_id, Permission.CASE_CLOSE, seen=version)
        verdict = may_step(case.standing, Step.CLOSE)
        if not verdict.allowed:
            raise Refused(*(missing.words for missing in verdict.missing))
        owed = open_duties(work, case)
        kept = [duty.kind.words for duty in owed if duty.kind in _NOT_LEFT_OPEN]
        if kept:
            raise Refused(*(f"This must be done before the case can be closed: {words}." for words in kept))
        _check_good_practice(work, case, learning)
        row = work.add(
            Closing(
                case_id=case.id,
                made_by=actor.person,
                made_at=work.now,
                outcome=outcome,
                share_good_practice=learning.share if learning else None,
            )
        )
        row.reason = reason
        if learning:
            row.learning, row.good_practice = learning.learned, learning.good_practice
        case.standing = after(case.standing, Step.CLOSE)
        record_change(
            work,
            case,
            Event.CASE_CLOSED,
            closing=row.id,
            outcome=outcome,
            share_good_practice=row.share_good_practice,
        )
        for duty in owed:
            end_duty(work, case, duty, DutyState.REPLACED)
        owe_word_to_sources(work, case, Step.CLOSE)


def reopen_case(world: World, actor: Actor, case_id: UUID, version: int | None, reason: str) -> None:
    """Open a closed case again; whoever does so owes its triage, and owns it where the former owner no longer may.

    A plan with actions that are not finished is carried on: its review is booked; so is what a team had planned.
    What was due to be destroyed is not any more. Raises Refused where it is not closed, or what it was about has been
    destroyed; NotFound, Stale.
    """
    with world.unit_of_work(actor) as work:
        case = case_to_change(work, case_id, Permission.CASE_CLOSE, seen=version)
        verdict = may_step(case.standing, Step.REOPEN)
        if not verdict.allowed:
            raise Refused(*(missing.words for missing in verdict.missing))
        if Kept.CONCERN not in left_of(work, case.id):
            raise Refused("What this case was about has been destroyed. Log a new concern instead.")
        end_reviews(work, case)
        row = work.add(Closing(case_id=case.id, made_by=actor.person, made_at=work.now, outcome=None))
        row.reason = reason
        case.standing = after(case.standing, Step.REOPEN)
        if case.owner_id not in who_can_see(work, scope_of(work, case)).everybody:
            set_owner(work, case, actor.person)
        record_change(work, case, Event.CASE_REOPENED, closing=row.id, owner=case.owner_id)
        end_join(work, case)
        owe(work, case, NEXT_AFTER[Step.REOPEN], owner_id=actor.person)
        if _unfinished(work, case):
            book_review(work, case, None)
        carry_on(work, case)


def _unfinished(work: Work, case: Case) -> int:
    return sum(action.state not in FINISHED for action in actions_of(work, case.id))


def _check_good_practice(work: Work, case: Case, learning: Learning | None) -> None:
    """What is shared has words, and they do not name an authority of the case. Who raised the concern is not looked
    up here: an answer would tell the writer.
    """
    if learning is None or not learning.share:
        return
    if not learning.good_practice.strip():
        raise Invalid({"good_practice": "Enter what others may learn, in words that name nobody"})
    names = select(Authority.name).join(CaseAuthority).where(CaseAuthority.case_id == case.id)
    for name in work.session.scalars(names):
        if _names(learning.good_practice, name):
            words = f"Leave out {name}: others would learn that it had a case here"
            raise Invalid({"good_practice": words})


def _names(text: str, authority: str) -> bool:
    """Whether the text holds the authority's name, or what is left of it without the words for kinds of council."""
    proper = " ".join(_KINDS_OF_COUNCIL.sub(" ", authority).replace(",", " ").split())
    sought = [authority, proper] if len(proper) >= _SHORTEST_NAME else [authority]
    return any(re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text, re.IGNORECASE) for name in sought)
