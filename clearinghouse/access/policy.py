"""The one policy table: which role carries which permission, and how far it reaches."""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from clearinghouse.access.permissions import Permission
from clearinghouse.access.roles import Role


class Reach(StrEnum):
    """How far a role's permission reaches among cases."""

    REGION = "in the region"
    ON_CASE = "on the case"
    BROKERED = "brokered cases, in the region"
    BROKERED_ON_CASE = "brokered cases, on the case"
    OWN_CONCERN = "own concern, or as custodian"
    CUSTODIAN = "as custodian"
    ADDRESSED = "addressed to them"
    BREAK_GLASS = "other regions, by break-glass"
    ALL = "all"


_A, _R, _C = Role.ASSOCIATE, Role.RIEP_OFFICER, Role.COORDINATOR
_L, _P, _AUDIT, _ADMIN = Role.LEAD, Role.POLITICAL_LEAD, Role.AUDIT_OFFICER, Role.ADMINISTRATOR
_REGULATOR = Role.REGULATOR
_REGION, _ON_CASE, _ALL = Reach.REGION, Reach.ON_CASE, Reach.ALL
_BROKERED, _BROKERED_ON_CASE = Reach.BROKERED, Reach.BROKERED_ON_CASE

POLICY: Mapping[Permission, Mapping[Role, Reach]] = MappingProxyType(
    {
        Permission.CONCERN_LOG: {_A: _REGION, _R: _REGION, _L: _REGION},
        Permission.CASE_HEADER: {
            _A: _REGION,
            _R: _REGION,
            _C: _ALL,
            _L: _REGION,
            _P: _BROKERED,
            _AUDIT: _ALL,
        },
        Permission.CASE_READ: {_A: _ON_CASE, _R: _ON_CASE, _L: _REGION, _P: _BROKERED_ON_CASE},
        Permission.SOURCE_READ: {_A: Reach.OWN_CONCERN, _R: Reach.OWN_CONCERN, _L: Reach.CUSTODIAN},
        Permission.CASE_TRIAGE: {_L: _REGION},
        Permission.CASE_ROUTE: {_L: _REGION},
        Permission.CASE_CORRECT: {_L: _REGION},
        Permission.CASE_CLOSE: {_L: _REGION},
        Permission.CASE_ASSIGN: {_L: _REGION},
        Permission.CASE_JOIN: {_L: _REGION},
        Permission.DOCUMENT_ADD: {_A: _ON_CASE, _R: _ON_CASE, _L: _REGION, _P: _BROKERED_ON_CASE},
        Permission.DOCUMENT_REMOVE: {_L: _REGION},
        Permission.CONVERSATION_RECORD: {_A: _ON_CASE, _R: _ON_CASE, _L: _REGION, _P: _BROKERED},
        Permission.FOLLOWUP_SCHEDULE: {_A: _ON_CASE, _R: _ON_CASE, _L: _REGION, _P: _BROKERED},
        Permission.OFFER_MAKE: {_L: _REGION},
        Permission.PLAN_KEEP: {_A: _ON_CASE, _R: _ON_CASE, _L: _REGION},
        Permission.BROKERAGE_RECORD: {_L: _REGION, _P: _BROKERED},
        Permission.ADVOCACY_RECORD: {_L: _REGION},
        Permission.MEETING_RECORD: {_L: _REGION},
        Permission.ESCALATION_RECORD: {_L: _REGION},
        Permission.CASE_REFER: {_L: _REGION},
        Permission.RISK_REFER: {_A: _ON_CASE, _R: _ON_CASE, _L: _REGION, _P: _BROKERED},
        Permission.RISK_CONFIRM: {_L: _ALL},
        Permission.PEER_READ: {_C: _ALL, _L: _ALL},
        Permission.PEER_MANAGE: {_C: _ALL},
        Permission.PEER_MATCH: {_C: _ALL},
        Permission.PEER_WARNING_ACCEPT: {_L: _REGION},
        Permission.TEAM_ASSIGN: {_C: _ALL},
        Permission.QUESTIONNAIRE_SEND: {_A: _ON_CASE, _R: _ON_CASE, _C: _ALL, _L: _REGION},
        Permission.QUESTIONNAIRE_WRITE: {_A: _ON_CASE, _R: _ON_CASE, _L: _REGION},
        Permission.TEAM_FEEDBACK: {_L: _REGION},
        Permission.VISIT_SCHEDULE: {_A: _ON_CASE, _R: _ON_CASE, _C: _ALL, _L: _REGION},
        Permission.VISIT_RECORD: {_A: _ON_CASE, _R: _ON_CASE, _L: _REGION},
        Permission.SIGNAL_READ: {_A: _REGION, _R: _REGION, _L: _REGION},
        Permission.SIGNAL_RECORD: {_A: _REGION, _R: _REGION, _L: _REGION},
        Permission.SOFT_SIGNAL_READ: {_R: _REGION, _L: _REGION},
        Permission.ROUND_TABLE_MANAGE: {_R: _REGION, _L: _REGION},
        Permission.WALL_LIFT: {_L: _REGION},
        Permission.WALL_CONFIRM: {_L: _ALL},
        Permission.BREAKGLASS_OPEN: {_L: Reach.BREAK_GLASS},
        Permission.BREAKGLASS_REVIEW: {_L: _REGION},
        Permission.DEPUTY_NAME: {_L: _REGION},
        Permission.PACK_PREPARE: {_AUDIT: _ALL},
        Permission.PACK_APPROVE: {_AUDIT: _ALL},
        Permission.PACK_COLLECT: {_REGULATOR: Reach.ADDRESSED},
        Permission.RECORD_DESTROY: {_L: _REGION},
        Permission.SUBJECT_ACCESS_OPEN: {_L: _REGION},
        Permission.SUBJECT_ACCESS_PREPARE: {
            _A: Reach.OWN_CONCERN,
            _R: Reach.OWN_CONCERN,
            _C: Reach.ALL,
            _L: _REGION,
        },
        Permission.GRANT_REVIEW: {_AUDIT: _ALL, _ADMIN: _ALL},
        Permission.USER_MANAGE: {_ADMIN: _ALL},
        Permission.SETTING_MANAGE: {_ADMIN: _ALL},
    }
)
"""Read a line as: this permission is carried by these roles, each reaching so far; every other role is refused."""
