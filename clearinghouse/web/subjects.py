"""The subjects that the site is made of; navigation follows their order. A subject is added by one line here."""

from clearinghouse.web.account import account
from clearinghouse.web.advocacy import advocacy
from clearinghouse.web.agenda import agenda
from clearinghouse.web.asked import asked
from clearinghouse.web.break_glass import break_glass
from clearinghouse.web.brokerage import brokerage, brokering
from clearinghouse.web.calendar import calendar
from clearinghouse.web.case_changes import case_changes
from clearinghouse.web.cases import cases
from clearinghouse.web.checkpoint import checkpoint
from clearinghouse.web.collecting import collecting
from clearinghouse.web.concerns import concerns
from clearinghouse.web.convergence import convergence
from clearinghouse.web.conversations import conversations
from clearinghouse.web.deputies import deputies
from clearinghouse.web.documents import documents
from clearinghouse.web.drafts import drafts
from clearinghouse.web.entry import entry
from clearinghouse.web.escalations import escalations
from clearinghouse.web.exports import exports
from clearinghouse.web.followups import followups
from clearinghouse.web.grants import grants
from clearinghouse.web.meetings import meetings
from clearinghouse.web.minutes import minutes
from clearinghouse.web.offers import offers
from clearinghouse.web.pages import Pages
from clearinghouse.web.passkeys import passkeys
from clearinghouse.web.peer_changes import peer_changes
from clearinghouse.web.peer_forecast import peer_forecast
from clearinghouse.web.peers import peers
from clearinghouse.web.people import people
from clearinghouse.web.plans import plans
from clearinghouse.web.proving import proving
from clearinghouse.web.questionnaire_answers import questionnaire_answers
from clearinghouse.web.questionnaire_questions import questionnaire_questions
from clearinghouse.web.questionnaires import questionnaires
from clearinghouse.web.regional import regional
from clearinghouse.web.regional_commitments import commitments
from clearinghouse.web.regional_sharing import sharing
from clearinghouse.web.regional_tables import round_tables
from clearinghouse.web.retention import retention
from clearinghouse.web.riep import riep
from clearinghouse.web.risk import risk
from clearinghouse.web.search import search
from clearinghouse.web.service import service
from clearinghouse.web.single_sign_on import single_sign_on
from clearinghouse.web.subject_access import subject_access
from clearinghouse.web.subject_parts import subject_parts
from clearinghouse.web.succession import succession
from clearinghouse.web.team_members import team_members
from clearinghouse.web.team_solving import team_solving
from clearinghouse.web.team_work import team_work
from clearinghouse.web.teams import teams
from clearinghouse.web.telling import telling
from clearinghouse.web.triage import triage
from clearinghouse.web.walls import walls
from clearinghouse.web.way_forward import way_forward

SUBJECTS: tuple[Pages, ...] = (
    service,
    entry,
    cases,
    search,
    concerns,
    triage,
    drafts,
    agenda,
    followups,
    case_changes,
    succession,
    convergence,
    conversations,
    documents,
    offers,
    brokerage,
    brokering,
    riep,
    advocacy,
    way_forward,
    telling,
    retention,
    plans,
    meetings,
    minutes,
    escalations,
    risk,
    walls,
    break_glass,
    teams,
    team_work,
    questionnaires,
    questionnaire_questions,
    questionnaire_answers,
    team_members,
    asked,
    team_solving,
    regional,
    round_tables,
    sharing,
    commitments,
    peers,
    peer_forecast,
    peer_changes,
    subject_access,
    subject_parts,
    exports,
    checkpoint,
    collecting,
    people,
    grants,
    account,
    passkeys,
    proving,
    single_sign_on,
    deputies,
    calendar,
)
