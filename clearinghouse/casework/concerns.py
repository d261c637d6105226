"""Logging what a source said about an authority: the beginning of a case."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import select

from clearinghouse.access.decision import CaseScope, Membership, may
from clearinghouse.access.permissions import Permission
from clearinghouse.access.roles import Actor, Region
from clearinghouse.casework.admission import case_to_read, open_duties, record_change, scope_of
from clearinghouse.casework.documents.keeping import keep_documents
from clearinghouse.casework.documents.receiving import NewDocument
from clearinghouse.casework.drafts import drop_draft
from clearinghouse.casework.duties.setting import owe
from clearinghouse.casework.errors import Invalid, NotFound
from clearinghouse.casework.headers import CaseHeader, NamedAuthority, header_of
from clearinghouse.casework.references import new_reference
from clearinghouse.casework.regions import draw_regions
from clearinghouse.casework.staff import Colleague, leads_of, name_of
from clearinghouse.casework.world import Work, World
from clearinghouse.protocol.duties import AFTER_LOGGING
from clearinghouse.protocol.vocabulary import DutyKind, Nature, Standing
from clearinghouse.records.authorities import Authority
from clearinghouse.records.cases import Case, CaseAuthority, CaseMember, Concern, Source
from clearinghouse.records.documents import CameWith
from clearinghouse.records.events import Event


@dataclass(frozen=True)
class NewConcern:
    """What is asked when a concern is logged. The first authority is the lead authority of the case.

    `source_may_be_contacted` is None where the source was not asked.
    """

    authorities: tuple[UUID, ...]
    nature: Nature
    text: str
    how_known: str
    service: str | None = None
    noticed_on: date | None = None
    people_at_risk: bool = False
    source_name: str = ""
    source_contact: str = ""
    source_position: str = ""
    source_may_be_named: bool = False
    source_may_be_contacted: bool | None = None


@dataclass(frozen=True)
class Papers:
    """Documents that came with a concern. Unless somebody says otherwise, they show who raised it."""

    documents: tuple[NewDocument, ...]
    show_source: bool = True


@dataclass(frozen=True)
class Logged:
    """The case that a concern began."""

    case_id: UUID
    reference: str


@dataclass(frozen=True)
class WhatFollows:
    """What the one who logged a concern is told: the case, who triages it and by when.

    `triage_by` is None once the triage is done; `triaged_by` is whoever logged it where the region has no lead.
    """

    case: CaseHeader
    triage_by: date | None
    triaged_by: Colleague | None


@dataclass(frozen=True)
class Readership:
    """Who will be able to read a concern, and who alone will know its source."""

    logger: Colleague
    leads: tuple[Colleague, ...]


def log_concern(
    world: World,
    actor: Actor,
    concern: NewConcern,
    draft: str | None = None,
    papers: Papers | None = None,
) -> Logged:
    """Log a concern as a new case, owned by whoever logs it, with its triage owed by a lead of the region (004 §23).

    Whoever logs it can open its source again, a lead as a named custodian. The draft that it was made of, where one
    is named, is forgotten with it; `papers` are the documents that came with it. Raises Invalid beside the field where
    the authority or the date cannot be, NotFound where the actor logs none.
    """
    with world.unit_of_work(actor) as work:
        authorities = _authorities_to_log(work, concern.authorities)
        if concern.noticed_on and concern.noticed_on > work.today:
            raise Invalid({"noticed_on": "The date you learned of it cannot be in the future."})
        case = _new_case(work, concern, authorities)
        row = work.add(
            Concern(
                case_id=case.id,
                nature=concern.nature,
                noticed_on=concern.noticed_on,
                logged_by=case.owner_id,
                logged_at=work.now,
            )
        )
        row.text, row.how_known = concern.text, concern.how_known
        row.service = concern.service or ""
        source = _keep_source(work, row, concern)
        custodian = _custodian_needed(work, case)
        record_change(
            work,
            case,
            Event.CONCERN_LOGGED,
            concern=row.id,
            authorities=concern.authorities,
            custodian=custodian,
        )
        if papers and papers.show_source:
            keep_documents(work, case, CameWith.SOURCE, row.id, papers.documents, subject=source.id)
        elif papers:
            keep_documents(work, case, CameWith.CONCERN, row.id, papers.documents)
        leads = leads_of(work, _regions(authorities), concern.authorities)
        owe(work, case, AFTER_LOGGING, owner_id=leads[0].id if leads else None)
        if draft:
            drop_draft(work, draft)
        return Logged(case.id, case.reference)


def who_will_see(world: World, actor: Actor, authorities: Sequence[UUID]) -> Readership:
    """Who will be able to read a concern about these authorities once it is logged. Raises as log_concern does."""
    with world.reading(actor) as work:
        named = _authorities_to_log(work, authorities)
        return Readership(Colleague(actor.person, actor.name), leads_of(work, _regions(named), authorities))


def what_follows(world: World, actor: Actor, case_id: UUID) -> WhatFollows:
    """What happens next to a concern that was logged. Raises NotFound for absent and forbidden alike."""
    with world.reading(actor) as work:
        admitted = case_to_read(work, case_id, Permission.CONCERN_LOG)
        owed = [duty for duty in open_duties(work, admitted.case) if duty.kind is DutyKind.TRIAGE]
        by = Colleague(owed[0].owner_id, name_of(work, owed[0].owner_id)) if owed else None
        return WhatFollows(header_of(work, admitted), owed[0].due_on if owed else None, by)


def authorities_named(world: World, actor: Actor, ids: Sequence[UUID]) -> tuple[NamedAuthority, ...]:
    """The names of these authorities of the register, in the given order; what the register lacks is left out."""
    with world.reading(actor) as work:
        query = select(Authority.id, Authority.name).where(Authority.id.in_(ids))
        found = {row.id: row.name for row in work.session.execute(query)}
        return tuple(NamedAuthority(each, found[each]) for each in ids if each in found)


def _authorities_to_log(work: Work, ids: Sequence[UUID]) -> list[Authority]:
    found = {row.id: row for row in work.session.scalars(select(Authority).where(Authority.id.in_(ids)))}
    authorities = [found[each] for each in ids if each in found and found[each].region]
    if not authorities or len(authorities) != len(set(ids)):
        raise Invalid({"authority": "Choose an authority from the register."})
    if work.actor.walled & set(ids):
        raise Invalid(
            {"authority": "You are linked to this authority. Ask a colleague who is not to log the concern."}
        )
    scope = CaseScope(regions=_regions(authorities), authorities=frozenset(ids))
    if not work.actor.grants:
        raise NotFound
    if not may(work.actor, Permission.CONCERN_LOG, scope).allowed:
        where = " and ".join(sorted(scope.regions))
        raise Invalid(
            {"authority": f"This authority is in {where}, where you log no concerns. Ask a colleague there."}
        )
    return authorities


def _regions(authorities: Sequence[Authority]) -> frozenset[Region]:
    return frozenset(authority.region for authority in authorities if authority.region)


def _new_case(work: Work, concern: NewConcern, authorities: Sequence[Authority]) -> Case:
    case = work.add(
        Case(
            reference=new_reference(work),
            nature=concern.nature,
            standing=Standing.LOGGED,
            people_at_risk=concern.people_at_risk,
            owner_id=work.actor.person,
            logged_at=work.now,
            updated_at=work.now,
            due_on=work.today,
            version=0,
        )
    )
    work.session.flush()
    for place, authority in enumerate(authorities):
        work.session.add(CaseAuthority(case_id=case.id, authority_id=authority.id, is_lead=place == 0))
    draw_regions(work, case)
    work.session.add(
        CaseMember(case_id=case.id, user_id=work.actor.person, membership=Membership.OWNER, due_on=work.today)
    )
    return case


def _custodian_needed(work: Work, case: Case) -> UUID | None:
    """Name whoever logs the concern a custodian of its source, where logging it gives them no right to open it."""
    work.session.flush()
    person = work.actor.person
    if may(work.actor, Permission.SOURCE_READ, scope_of(work, case)).allowed:
        return None
    custodian = CaseMember(
        case_id=case.id, user_id=person, membership=Membership.CUSTODIAN, due_on=case.due_on
    )
    work.session.add(custodian)
    return person


def _keep_source(work: Work, row: Concern, concern: NewConcern) -> Source:
    work.session.flush()
    source = work.add(
        Source(
            concern_id=row.id,
            may_be_named=concern.source_may_be_named,
            may_be_contacted=concern.source_may_be_contacted,
        )
    )
    source.name, source.contact = concern.source_name, concern.source_contact
    source.position = concern.source_position
    return source
