"""Finding the other cases about which a meeting was held, for somebody who may record a meeting on them."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select

from clearinghouse.access.decision import may
from clearinghouse.access.permissions import Permission
from clearinghouse.access.roles import Actor
from clearinghouse.casework.admission import case_to_read, scope_of
from clearinghouse.casework.world import Work, World
from clearinghouse.protocol.vocabulary import Standing
from clearinghouse.records.authorities import Authority
from clearinghouse.records.cases import Case, CaseAuthority

_MOST_NEARBY = 10
_SIGNS = 6


@dataclass(frozen=True)
class CaseChoice:
    """A case to choose: its reference and its lead authority."""

    id: UUID
    reference: str
    authority: str


def cases_by_reference(
    world: World, actor: Actor, case_id: UUID, references: Sequence[str]
) -> tuple[CaseChoice | None, ...]:
    """The case of each reference; None where there is none, where no meeting may be recorded on it, or it is this one.

    The absent and the forbidden are not told apart. Raises NotFound where not even this case may be met about.
    """
    with world.reading(actor) as work:
        case_to_read(work, case_id, Permission.MEETING_RECORD)
        return tuple(_found(work, case_id, reference) for reference in references)


def cases_nearby(world: World, actor: Actor, case_id: UUID) -> tuple[CaseChoice, ...]:
    """Other open cases of the same lead authority on which the person may record a meeting. Raises NotFound."""
    with world.reading(actor) as work:
        case_to_read(work, case_id, Permission.MEETING_RECORD)
        lead = select(CaseAuthority.authority_id).where(
            CaseAuthority.case_id == case_id, CaseAuthority.is_lead
        )
        query = (
            select(Case)
            .join(CaseAuthority, CaseAuthority.case_id == Case.id)
            .where(CaseAuthority.authority_id.in_(lead), CaseAuthority.is_lead, Case.id != case_id)
            .where(Case.standing != Standing.CLOSED)
            .order_by(Case.due_on, Case.id)
            .limit(_MOST_NEARBY)
        )
        return tuple(
            choice
            for case in work.session.scalars(query).all()
            if (choice := _choice(work, case)) is not None
        )


def _found(work: Work, case_id: UUID, reference: str) -> CaseChoice | None:
    signs = "".join(sign for sign in reference.upper().removeprefix("CH") if sign.isalnum())
    as_kept = f"CH-{signs[:3]}-{signs[3:]}" if len(signs) == _SIGNS else ""
    case = work.session.scalars(select(Case).where(Case.reference == as_kept)).one_or_none()
    return None if case is None or case.id == case_id else _choice(work, case)


def _choice(work: Work, case: Case) -> CaseChoice | None:
    if not may(work.actor, Permission.MEETING_RECORD, scope_of(work, case)).allowed:
        return None
    name = work.session.scalars(
        select(Authority.name)
        .join(CaseAuthority, CaseAuthority.authority_id == Authority.id)
        .where(CaseAuthority.case_id == case.id, CaseAuthority.is_lead)
    ).one()
    return CaseChoice(case.id, case.reference, name)
