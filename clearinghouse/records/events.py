"""The names of the ledger's events, past tense, in the grammar `subject:happened`."""

from enum import StrEnum


class Stream(StrEnum):
    """What an event's chain is about."""

    CASE = "case"
    PEER = "peer"
    USER = "user"
    INSTALLATION = "installation"


class Event(StrEnum):
    """Everything that the ledger says can have happened."""

    INSTALLATION_MADE = "installation:made"
    DEMO_FILLED = "demo:filled"
    REGISTER_IMPORTED = "register:imported"
    AUTHORITY_ADDED = "authority:added"
    AUTHORITY_RULED = "authority:ruled"
    CASES_EXPORTED = "cases:exported"
    PEERS_IMPORTED = "peers:imported"
    PEER_RECORDED = "peer:recorded"
    PEER_INTEREST_DECLARED = "peer:interest-declared"
    PEER_ABSENCE_RECORDED = "peer:absence-recorded"
    PEER_SUSPENDED = "peer:suspended"
    PEER_RESTORED = "peer:restored"
    PEER_OPENED = "peer:opened"
    PEERS_EXPORTED = "peers:exported"

    USER_INVITED = "user:invited"
    USER_JOINED = "user:joined"
    USER_RECOVERED = "user:recovered"
    USER_SUSPENDED = "user:suspended"
    USER_REINSTATED = "user:reinstated"
    FACTOR_ENROLLED = "user:factor-enrolled"
    RECOVERY_CODE_USED = "user:recovery-code-used"
    SIGNED_IN = "user:signed-in"
    SIGNED_OUT = "user:signed-out"
    SIGN_IN_FAILED = "user:sign-in-failed"
    GRANT_PROPOSED = "grant:proposed"
    GRANT_CONFIRMED = "grant:confirmed"
    GRANT_ENDED = "grant:ended"
    LINK_DECLARED = "link:declared"
    USER_IDLE_WARNED = "user:idle-warned"
    DEPUTY_NAMED = "deputy:named"
    DEPUTY_ENDED = "deputy:ended"
    FEED_MADE = "feed:made"
    FEED_ENDED = "feed:ended"

    CONCERN_LOGGED = "concern:logged"
    CASE_OPENED = "case:opened"
    SOURCE_OPENED = "source:opened"
    CASE_TRIAGED = "case:triaged"
    CASE_ROUTED = "case:routed"
    CASE_CORRECTED = "case:corrected"
    CASE_ASSIGNED = "case:assigned"
    CASE_CLOSED = "case:closed"
    CASE_REOPENED = "case:reopened"
    CONVERSATION_RECORDED = "conversation:recorded"
    OFFER_MADE = "offer:made"
    OFFER_ANSWERED = "offer:answered"
    OFFER_LAPSED = "offer:lapsed"
    OFFER_WITHDRAWN = "offer:withdrawn"
    DUTY_SET = "duty:set"
    DUTY_MOVED = "duty:moved"
    DUTY_DONE = "duty:done"
    DUTY_REMINDED = "duty:reminded"
    DUTY_OVERDUE = "duty:overdue"
    DUTY_RAISED_TO_DEPUTY = "duty:raised-to-deputy"
    DUTY_REPEATED = "duty:repeated"
    DUTY_REPEAT_ENDED = "duty:repeat-ended"
    CASE_FOUND_WITHOUT_DUTY = "case:found-without-duty"
    TEAM_PROPOSED = "team:proposed"
    TEAM_MEMBER_ADDED = "team:member-added"
    TEAM_MEMBER_REMOVED = "team:member-removed"
    TEAM_LEADER_CHOSEN = "team:leader-chosen"
    TEAM_ASSIGNED = "team:assigned"
    PEER_WARNING_ACCEPTED = "peer-warning:accepted"
    PROGRESS_REVIEWED = "progress:reviewed"
    MEETING_RECORDED = "meeting:recorded"
    ESCALATION_RECORDED = "escalation:recorded"
    ESCALATION_CORRECTED = "escalation:corrected"
    REFERRAL_MADE = "referral:made"
    RISK_REFERRAL_MADE = "risk:referred"
    RISK_REFERRAL_CONFIRMED = "risk:confirmed"
    RISK_REFERRAL_QUESTIONED = "risk:questioned"
    RISK_REFERRAL_REVIEWED = "risk:reviewed"

    @property
    def words(self) -> str:
        """The event as a timeline names it: `Offer made`."""
        return (
            self.value.split(":", 1)[0].replace("-", " ").capitalize()
            + " "
            + self.value.split(":", 1)[1].replace("-", " ")
        )
