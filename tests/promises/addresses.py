"""Addresses of every page that the site serves, filled in with things that are there."""

import re
from collections.abc import Mapping
from typing import Any
from uuid import UUID, uuid4

from flask import Flask
from sqlalchemy import Select, select
from werkzeug.routing import Rule

from clearinghouse.access.roles import OPERATOR
from clearinghouse.casework.world import World
from clearinghouse.records.authorities import Authority
from clearinghouse.records.cases import Concern
from clearinghouse.records.dialogue import Offer
from clearinghouse.records.documents import Document
from clearinghouse.records.duties import Duty
from clearinghouse.records.meetings import Escalation, Meeting, uncorrected
from clearinghouse.records.minutes import Minute
from clearinghouse.records.openings import BreakGlass, WallLifting
from clearinghouse.records.peers import Peer, Team, TeamMember
from clearinghouse.records.people import User
from clearinghouse.records.plans import PlanAction
from clearinghouse.records.questionnaires import Questionnaire, QuestionnaireQuestion
from clearinghouse.records.regional import CommitmentKept, RegionalAction, RoundTable, Signal
from clearinghouse.records.retention import RetentionReview
from clearinghouse.records.sealed import Compartment
from clearinghouse.records.team_work import TeamOutput, TeamVisit
from clearinghouse.records.telling import OfferLetter
from clearinghouse.records.way_forward import Advocacy

_PARTS = re.compile(r"<(?:([^:<>]+):)?([^<>]+)>")
_OF_NO_CASE: Mapping[str, Any] = {
    "authority_id": Authority.id,
    "peer_id": Peer.id,
    "person_id": User.id,
    "signal_id": Signal.id,
    "table_id": RoundTable.id,
    "action_id": RegionalAction.id,
    "commitment_id": CommitmentKept.id,
}


def case_rules(site: Flask) -> list[Rule]:
    """The pages of a case."""
    return [rule for rule in site.url_map.iter_rules() if "case_id" in rule.arguments]


def filled_address(world: World, rule: Rule, case_id: UUID | None) -> tuple[str, bool]:
    """The page's address, with things that are the case's own if it is a case's; and whether it has them all."""
    if not rule.arguments:
        return rule.rule, True
    whole = not rule.rule.endswith("/risk")  # leads to a referral that waits, and there may be none
    with world.reading(OPERATOR) as work:
        owned = _of_case(case_id) if case_id else {}

        def value(match: re.Match[str]) -> str:
            nonlocal whole
            kind, name = match[1] or "", match[2]
            if name == "case_id":
                return str(case_id)
            if kind.startswith("any("):
                return kind[4:-1].split(",")[0]
            query = owned.get(name)
            if query is None and not case_id and name in _OF_NO_CASE:
                query = select(_OF_NO_CASE[name])
            found = work.session.scalars(query.limit(1)).first() if query is not None else None
            whole = whole and found is not None and bool(case_id)
            if name == "form":  # a draft's, which begins with a letter
                return f"form:{uuid4()}"
            return str(found or (1 if kind == "int" else uuid4()))

        return _PARTS.sub(value, rule.rule), whole


def _of_case(case_id: UUID) -> Mapping[str, Select[Any]]:
    return {
        "document_id": select(Document.id).where(
            Document.case_id == case_id, Document.compartment != Compartment.SOURCE
        ),
        "duty_id": select(Duty.id).where(Duty.case_id == case_id),
        "concern_id": select(Concern.id).where(Concern.case_id == case_id),
        "meeting_id": select(Meeting.id).where(Meeting.case_id == case_id, uncorrected()),
        "minute_id": select(Minute.id).where(Minute.case_id == case_id),
        "escalation_id": select(Escalation.id).where(Escalation.case_id == case_id),
        "action_id": select(PlanAction.id).where(PlanAction.case_id == case_id),
        "offer_id": select(Offer.id).where(Offer.case_id == case_id),
        "letter_id": select(OfferLetter.id).where(OfferLetter.case_id == case_id),
        "lifting_id": select(WallLifting.id).where(WallLifting.case_id == case_id),
        "opening_id": select(BreakGlass.id).where(BreakGlass.case_id == case_id),
        "review_id": select(RetentionReview.id).where(RetentionReview.case_id == case_id),
        "advocacy_id": select(Advocacy.id).where(Advocacy.case_id == case_id),
        "questionnaire_id": select(Questionnaire.id).where(Questionnaire.case_id == case_id),
        "question_id": select(QuestionnaireQuestion.id).where(
            QuestionnaireQuestion.case_id == case_id, QuestionnaireQuestion.removed.is_(False)
        ),
        "visit_id": select(TeamVisit.id).where(TeamVisit.case_id == case_id),
        "output_id": select(TeamOutput.id).where(TeamOutput.case_id == case_id),
        "team_id": select(Team.id).where(Team.case_id == case_id),
        "peer_id": select(TeamMember.peer_id).join(Team).where(Team.case_id == case_id),
    }
