"""Which open cases name a council that was replaced, and the duty of a lead to say what each of them names now."""

from collections.abc import Mapping
from datetime import date
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import select

from clearinghouse.access.roles import CLOCK
from clearinghouse.casework.admission import scope_of
from clearinghouse.casework.duties.setting import owe
from clearinghouse.casework.mail.letters import LetterKind, enqueue
from clearinghouse.casework.staff import leads_of
from clearinghouse.casework.world import Work, World
from clearinghouse.protocol.duties import AFTER_REPLACEMENT
from clearinghouse.protocol.succession import successors_today
from clearinghouse.protocol.vocabulary import DutyKind, Standing
from clearinghouse.records.authorities import Authority, AuthorityLineage
from clearinghouse.records.cases import Case, CaseAuthority
from clearinghouse.records.duties import Duty, DutyState


class Replaced(NamedTuple):
    """An open case and a council that it names, which was replaced on that day."""

    case_id: UUID
    authority_id: UUID
    ended_on: date


def owe_all_successions(world: World) -> int:
    """The clock's look: a council may have ended since the register said that it would, or a case been opened again."""
    with world.unit_of_work(CLOCK) as work:
        return owe_successions(work)


def owe_successions(work: Work) -> int:
    """See that a lead of the region owes an answer about each open case whose council was replaced. Says how many new.

    Where one is owed already, be it for a later day because a lead said not yet, nothing happens.
    """
    found = [each for each in replaced_councils(work) if not _is_owed(work, each)]
    known = successors_by_council(work, {each.authority_id for each in found})
    raised = 0
    for each in found:
        held = select(Case).where(Case.id == each.case_id).with_for_update()
        case = work.session.scalars(held.execution_options(populate_existing=True)).one()
        if not known[each.authority_id] or case.standing is Standing.CLOSED or _is_owed(work, each):
            continue
        scope = scope_of(work, case)
        leads = leads_of(work, scope.regions, scope.authorities)
        first = leads[0].id if leads else None
        duty = owe(work, case, AFTER_REPLACEMENT, owner_id=first, subject_id=each.authority_id)
        enqueue(work, duty.owner_id, LetterKind.ASSIGNED, case.id)
        raised += 1
    return raised


def replaced_councils(work: Work, case_id: UUID | None = None) -> list[Replaced]:
    """Every open case with each council that it names and that has ended with a successor; of one case, if named."""
    has_successor = select(AuthorityLineage.predecessor_id)
    query = (
        select(CaseAuthority.case_id, CaseAuthority.authority_id, Authority.ended_on)
        .join(Authority, Authority.id == CaseAuthority.authority_id)
        .join(Case, Case.id == CaseAuthority.case_id)
        .where(CaseAuthority.former_since.is_(None), Authority.ended_on < work.today)
        .where(Authority.id.in_(has_successor), Case.standing != Standing.CLOSED)
        .order_by(CaseAuthority.case_id, CaseAuthority.is_lead.desc(), CaseAuthority.authority_id)
    )
    if case_id is not None:
        query = query.where(CaseAuthority.case_id == case_id)
    return [Replaced(row.case_id, row.authority_id, row.ended_on) for row in work.session.execute(query)]


def successors_by_council(work: Work, councils: set[UUID]) -> Mapping[UUID, frozenset[UUID]]:
    """Who stands in the place of each of these councils today, by the register."""
    if not councils:
        return {}
    replaced_by: dict[UUID, list[UUID]] = {}
    for row in work.session.execute(select(AuthorityLineage.predecessor_id, AuthorityLineage.successor_id)):
        replaced_by.setdefault(row.predecessor_id, []).append(row.successor_id)
    ends = select(Authority.id, Authority.ended_on).where(Authority.ended_on.is_not(None))
    ended_on = {row.id: row.ended_on for row in work.session.execute(ends)}
    return {each: successors_today(each, replaced_by, ended_on, work.today) for each in councils}


def duty_of(work: Work, case_id: UUID, authority_id: UUID) -> Duty | None:
    """The open duty to say what the case names in this council's place."""
    owed = (Duty.case_id == case_id, Duty.state == DutyState.OPEN, Duty.subject_id == authority_id)
    kind = Duty.kind == DutyKind.CONFIRM_SUCCESSION
    return work.session.scalars(select(Duty).where(*owed, kind).limit(1)).first()


def _is_owed(work: Work, each: Replaced) -> bool:
    return duty_of(work, each.case_id, each.authority_id) is not None
