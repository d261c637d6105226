"""The names of everything that somebody may be allowed to do, and of the marks for pages that need no permission."""

from enum import StrEnum


class Permission(StrEnum):
    """One thing that staff do, in the grammar `subject:action`."""

    CONCERN_LOG = "concern:log"
    CASE_HEADER = "case:header"
    CASE_READ = "case:read"
    CASE_TRIAGE = "case:triage"
    CASE_ROUTE = "case:route"
    CASE_CORRECT = "case:correct"
    CASE_CLOSE = "case:close"
    CASE_ASSIGN = "case:assign"
    CASE_JOIN = "case:join"
    CASE_REFER = "case:refer"
    SOURCE_READ = "source:read"
    DOCUMENT_ADD = "document:add"
    DOCUMENT_REMOVE = "document:remove"
    CONVERSATION_RECORD = "conversation:record"
    FOLLOWUP_SCHEDULE = "followup:schedule"
    OFFER_MAKE = "offer:make"
    BROKERAGE_RECORD = "brokerage:record"
    ADVOCACY_RECORD = "advocacy:record"
    PLAN_KEEP = "plan:keep"
    MEETING_RECORD = "meeting:record"
    ESCALATION_RECORD = "escalation:record"
    RISK_REFER = "risk:refer"
    RISK_CONFIRM = "risk:confirm"
    PEER_READ = "peer:read"
    PEER_MANAGE = "peer:manage"
    PEER_MATCH = "peer:match"
    PEER_WARNING_ACCEPT = "peer-warning:accept"
    TEAM_ASSIGN = "team:assign"
    QUESTIONNAIRE_SEND = "questionnaire:send"
    QUESTIONNAIRE_WRITE = "questionnaire:write"
    TEAM_FEEDBACK = "team:feedback"
    VISIT_SCHEDULE = "visit:schedule"
    VISIT_RECORD = "visit:record"
    SIGNAL_READ = "signal:read"
    SIGNAL_RECORD = "signal:record"
    SOFT_SIGNAL_READ = "soft-signal:read"
    ROUND_TABLE_MANAGE = "round-table:manage"
    WALL_LIFT = "wall:lift"
    WALL_CONFIRM = "wall:confirm"
    BREAKGLASS_OPEN = "breakglass:open"
    BREAKGLASS_REVIEW = "breakglass:review"
    DEPUTY_NAME = "deputy:name"
    PACK_PREPARE = "pack:prepare"
    PACK_APPROVE = "pack:approve"
    PACK_COLLECT = "pack:collect"
    RECORD_DESTROY = "record:destroy"
    SUBJECT_ACCESS_OPEN = "subject-access:open"
    SUBJECT_ACCESS_PREPARE = "subject-access:prepare"
    GRANT_REVIEW = "grant:review"
    USER_MANAGE = "user:manage"
    SETTING_MANAGE = "setting:manage"

    @property
    def words(self) -> str:
        """The permission as the help page says it."""
        return _WORDS[self]


class Openness(StrEnum):
    """What a page declares when no permission guards it."""

    PUBLIC = "public"
    SIGNED_IN = "signed-in"


Needs = Permission | Openness

_WORDS = {
    Permission.CONCERN_LOG: "Log a concern",
    Permission.CASE_HEADER: "See that a case exists: reference, authority, nature, stage and next duty",
    Permission.CASE_READ: "Read a case: concern, conversations and meetings",
    Permission.CASE_TRIAGE: "Triage a case",
    Permission.CASE_ROUTE: "Decide the route of a case",
    Permission.CASE_CORRECT: "Correct the authority that a case names",
    Permission.CASE_CLOSE: "Close and reopen a case",
    Permission.CASE_ASSIGN: "Change the owner and the team of a case",
    Permission.CASE_JOIN: "Learn of concerns that may belong together, and join cases",
    Permission.CASE_REFER: "Refer a council to a regulator or department",
    Permission.SOURCE_READ: "Read who raised a concern",
    Permission.DOCUMENT_ADD: "Add a document to a case, and remove one's own",
    Permission.DOCUMENT_REMOVE: "Remove a document that somebody else added",
    Permission.CONVERSATION_RECORD: "Record a conversation",
    Permission.FOLLOWUP_SCHEDULE: "Schedule a follow-up",
    Permission.OFFER_MAKE: "Make the sector offer, record its answer and agree an improvement plan",
    Permission.PLAN_KEEP: "Record progress on an improvement plan",
    Permission.BROKERAGE_RECORD: "Record talks with politicians, and read what is asked of oneself",
    Permission.ADVOCACY_RECORD: "Record how the family stands with an authority",
    Permission.MEETING_RECORD: "Record a meeting",
    Permission.ESCALATION_RECORD: "Record an escalation",
    Permission.RISK_REFER: "Refer at once because people are at risk",
    Permission.RISK_CONFIRM: "Confirm or question another's referral for people at risk",
    Permission.PEER_READ: "Read the register of peers",
    Permission.PEER_MANAGE: "Keep the register of peers",
    Permission.PEER_MATCH: "Rank peers for a case",
    Permission.PEER_WARNING_ACCEPT: "Accept a warning about a peer",
    Permission.TEAM_ASSIGN: "Ask and confirm the members of a peer team, and assign it",
    Permission.TEAM_FEEDBACK: "Record what a council says of a peer who served there",
    Permission.VISIT_SCHEDULE: "Plan a peer team’s work, and record that it took place",
    Permission.VISIT_RECORD: "Write what a peer team’s visits are for and what they found",
    Permission.QUESTIONNAIRE_SEND: "Send a council’s staff a questionnaire, and see how many answered",
    Permission.QUESTIONNAIRE_WRITE: "Write the questions of a questionnaire",
    Permission.SIGNAL_READ: "See the early-warning signals of a region",
    Permission.SIGNAL_RECORD: "Record and import early-warning signals",
    Permission.SOFT_SIGNAL_READ: "Read talk and political group intelligence among the signals",
    Permission.ROUND_TABLE_MANAGE: "Plan and record round tables, offers of support and good practice",
    Permission.WALL_LIFT: "Ask that a wall is lifted for one person and one case, and end that",
    Permission.WALL_CONFIRM: "Decide, as the second lead, whether a wall is lifted for one case",
    Permission.BREAKGLASS_OPEN: "Open one case outside one’s region for four hours, by break-glass",
    Permission.BREAKGLASS_REVIEW: "Review what was opened by break-glass, and end it",
    Permission.DEPUTY_NAME: "Name who hears in one's place of what is overdue",
    Permission.PACK_PREPARE: "Prepare what a regulator is to be shown, and revoke it",
    Permission.PACK_APPROVE: "Approve what another prepared for a regulator",
    Permission.PACK_COLLECT: "Collect what was approved for oneself",
    Permission.RECORD_DESTROY: "Review what is due to be destroyed, and put a case on legal hold",
    Permission.SUBJECT_ACCESS_OPEN: "Take in a request by somebody who asks what is held about them",
    Permission.SUBJECT_ACCESS_PREPARE: "Prepare and approve a part of the answer on what is held about somebody",
    Permission.GRANT_REVIEW: "See every role that is held and its last use, and say whether it is needed",
    Permission.USER_MANAGE: "Invite people and grant roles",
    Permission.SETTING_MANAGE: "See and change settings",
}
