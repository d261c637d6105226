"""Triage: what was said is read, the protocol suggests a route, and a lead decides on one."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select

from clearinghouse.access.permissions import Permission
from clearinghouse.access.roles import Actor
from clearinghouse.casework.admission import (
    case_to_change,
    case_to_open,
    case_to_read,
    open_duties,
    record_change,
)
from clearinghouse.casework.dialogue.brokerage import leave_brokerage
from clearinghouse.casework.drafts import drop_draft
from clearinghouse.casework.duties.setting import end_duty, finish_duties, owe
from clearinghouse.casework.errors import Invalid, Refused
from clearinghouse.casework.facts import case_facts, latest_triage, stored_triage_facts
from clearinghouse.casework.headers import CaseHeader, header_of
from clearinghouse.casework.staff import name_of
from clearinghouse.casework.word_owed import owe_word_to_sources
from clearinghouse.casework.world import Work, World
from clearinghouse.protocol.dialogue import dialogue, usually_about
from clearinghouse.protocol.duties import FIRST_DUTY_ON_ROUTE, URGENT, NextDuty, due_on
from clearinghouse.protocol.standing import after, may_step
from clearinghouse.protocol.support_map import SourcesOfHelp
from clearinghouse.protocol.triage import Suggestion, TriageFacts, suggest
from clearinghouse.protocol.vocabulary import DutyKind, KnownAnswer, Nature, Route, Standing, Step
from clearinghouse.records.cases import Case, Concern, Triage
from clearinghouse.records.duties import Duty, DutyState
from clearinghouse.records.events import Event
from clearinghouse.records.sealed import Compartment


@dataclass(frozen=True)
class ConcernSaid:
    """What one source said, without who said it."""

    text: str
    how_known: str
    noticed_on: date | None
    logged_by: str
    logged_at: datetime


@dataclass(frozen=True)
class TriageSheet:
    """What a lead triages from: the concerns, the first of them leading, and the facts of the last triage, if any."""

    case: CaseHeader
    nature: Nature
    service: str | None
    concerns: tuple[ConcernSaid, ...]
    last: TriageFacts | None


@dataclass(frozen=True)
class FirstDuty:
    """What the case would owe first on a route, and by when."""

    kind: DutyKind
    due_on: date


@dataclass(frozen=True)
class RoutePreview:
    """What the protocol says to the facts, before a lead decides: the suggestion, the help for the scenario (§28)
    and the first duty on each route.
    """

    facts: TriageFacts
    suggestion: Suggestion
    help: SourcesOfHelp
    first_duties: Mapping[Route, FirstDuty]


@dataclass(frozen=True)
class Triaged:
    """What a lead decided."""

    suggested: Route
    decided: Route


def draft_of_triage(case_id: UUID) -> str:
    """The name of a person's draft of this case's triage."""
    return f"triage:{case_id}"


def open_triage(world: World, actor: Actor, case_id: UUID) -> TriageSheet:
    """Open what was said, to triage it; that it was opened is in the ledger.

    Raises NotFound, and Refused where the case's standing permits no triage.
    """
    with world.unit_of_work(actor) as work:
        _step(case_to_read(work, case_id, Permission.CASE_TRIAGE).case)
        admitted = case_to_open(work, case_id, Compartment.CONCERN)
        rows = work.session.scalars(
            select(Concern).where(Concern.case_id == case_id).order_by(Concern.logged_at, Concern.id)
        ).all()
        said = (
            ConcernSaid(row.text, row.how_known, row.noticed_on, name_of(work, row.logged_by), row.logged_at)
            for row in rows
        )
        return TriageSheet(
            case=header_of(work, admitted),
            nature=admitted.case.nature,
            service=rows[0].service,
            concerns=tuple(said),
            last=latest_triage(work, admitted.case),
        )


def suggest_route(world: World, actor: Actor, case_id: UUID, facts: TriageFacts) -> RoutePreview:
    """What the protocol says to these facts (§15 to §28); nothing is kept. Whether the dialogue was tried comes from
    the case. Raises NotFound, and Refused where the case's standing permits no triage.
    """
    with world.reading(actor) as work:
        case = case_to_read(work, case_id, Permission.CASE_TRIAGE).case
        _step(case)
        known = _with_dialogue(work, case, facts)
        suggestion = suggest(known)
        duties = {route: _first_duty(suggestion, route) for route in Route}
        return RoutePreview(
            facts=known,
            suggestion=suggestion,
            help=world.support_map.for_scenario(known.scenario),
            first_duties={
                route: FirstDuty(duty.kind, due_on(duty, work.today, work.holidays))
                for route, duty in duties.items()
            },
        )


def triage_case(
    world: World,
    actor: Actor,
    case_id: UUID,
    version: int | None,
    facts: TriageFacts,
    decided: Route,
    rationale: str = "",
) -> Triaged:
    """Decide the case's route (§16: the protocol suggests, a lead decides, and departs from it by saying why).

    Ends the duty to triage and the first duty of the route before, and owes that of the decided route. "Not known"
    leaves the case's mark of people at risk as it was. Raises NotFound, Stale, Refused where the standing permits no
    triage, and Invalid at `rationale` where a departure has none.
    """
    with world.unit_of_work(actor) as work:
        case = case_to_change(work, case_id, Permission.CASE_TRIAGE, seen=version)
        step = _step(case)
        known = _with_dialogue(work, case, facts)
        suggestion = suggest(known)
        if decided is not suggestion.route and not rationale.strip():
            raise Invalid({"rationale": "Say why you choose another route than the suggested one"})
        stale = _first_duties_owed(work, case)
        _keep(work, case, known, suggestion, decided, rationale.strip())
        route_before, case.route, case.nature = case.route, decided, known.nature
        if known.risk_of_harm is not KnownAnswer.NOT_KNOWN:
            case.people_at_risk = known.risk_of_harm is KnownAnswer.YES
        case.standing = after(case.standing, step)
        _change_duties(work, case, stale, _first_duty(suggestion, decided))
        leave_brokerage(work, case, route_before)
        owe_word_to_sources(work, case, step)
        drop_draft(work, draft_of_triage(case_id))
        return Triaged(suggestion.route, decided)


def _step(case: Case) -> Step:
    step = Step.TRIAGE if case.standing is Standing.LOGGED else Step.RETRIAGE
    verdict = may_step(case.standing, step)
    if not verdict.allowed:
        raise Refused(*(missing.words for missing in verdict.missing))
    return step


def _with_dialogue(work: Work, case: Case, facts: TriageFacts) -> TriageFacts:
    tried = dialogue(case_facts(work, case).conversations, usually_about(facts.nature), work.today)
    return replace(facts, dialogue_tried=tried.done)


def _first_duty(suggestion: Suggestion, decided: Route) -> NextDuty:
    """The first duty of the decided route, as urgent as the suggestion is: to depart from it does not win time."""
    duty = FIRST_DUTY_ON_ROUTE[decided]
    if suggestion.within_working_days > URGENT:
        return duty
    return NextDuty(duty.kind, min(duty.within_working_days, URGENT))


def _keep(
    work: Work, case: Case, facts: TriageFacts, suggestion: Suggestion, decided: Route, rationale: str
) -> None:
    row = work.add(
        Triage(
            case_id=case.id,
            made_by=work.actor.person,
            made_at=work.now,
            suggested=suggestion.route,
            decided=decided,
        )
    )
    row.facts, row.rationale = stored_triage_facts(facts), rationale
    record_change(work, case, Event.CASE_TRIAGED, triage=row.id, suggested=suggestion.route, decided=decided)


def _first_duties_owed(work: Work, case: Case) -> list[Duty]:
    """The first duty of the case's route, where it is still owed: what the last triage set, not what people set."""
    decided_at = select(Triage.made_at).where(Triage.case_id == case.id).order_by(Triage.made_at.desc())
    last = work.session.scalars(decided_at.limit(1)).first()
    if last is None or case.route is None:
        return []
    kind = FIRST_DUTY_ON_ROUTE[case.route].kind
    return [duty for duty in open_duties(work, case) if duty.kind is kind and duty.made_at == last]


def _change_duties(work: Work, case: Case, stale: list[Duty], duty: NextDuty) -> None:
    finish_duties(work, case, DutyKind.TRIAGE)
    for row in stale:
        end_duty(work, case, row, DutyState.REPLACED)
    if duty.kind is DutyKind.MAKE_OFFER and case.standing is Standing.OFFER_MADE:
        return  # the open offer's answer is owed already, and a second offer would be refused
    owe(work, case, duty)
