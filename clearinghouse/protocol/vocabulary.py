"""The protocol's closed lists of words: each value as it is stored, and the words a screen shows for it."""

from enum import StrEnum
from typing import Self


class Worded(StrEnum):
    """An enumeration whose members are their stored value and carry the words for a screen."""

    words: str

    def __new__(cls, value: str, words: str = "") -> Self:
        """Make the member of its stored value and its words."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.words = words
        return member


class KnownAnswer(Worded):
    """The answer to a question that a telephone call may leave open."""

    YES = "yes", "Yes"
    NO = "no", "No"
    NOT_KNOWN = "not_known", "Not known"


class SourceConsent(Worded):
    """Whether something may be told on for the source's part."""

    NOT_FROM_SOURCE = "not_from_source", "Nothing in it comes from the source"
    YES = "yes", "It does, and the source agrees"
    NO = "no", "It does, and the source does not agree"
    NOT_KNOWN = "not_known", "Not known"


class Nature(Worded):
    """What kind of difficulty it is (§25, §28)."""

    CORPORATE = "corporate", "Corporate"
    SERVICE = "service", "A service"
    POLITICAL = "political", "Political"
    LEADER_AND_CHIEF_EXECUTIVE = "leader_and_chief_executive", "Leader and chief executive"
    CHIEF_OFFICER = "chief_officer", "A chief officer"
    PARTNERSHIP = "partnership", "A partnership"


class Scenario(Worded):
    """The eight illustrative examples of §28, in the order of the document."""

    SERVICE_WEAKNESS = "service_weakness", "A strong authority became aware of weaknesses in a service"
    FINANCES_AND_CULTURE = "finances_and_culture", "Audit work identifies concerns about finances and culture"
    CHIEF_OFFICER_PROBLEM = (
        "chief_officer_problem",
        "Problems with a chief officer require an external reality check",
    )
    SERIOUS_ADVERSE_INCIDENT = (
        "serious_adverse_incident",
        "A serious adverse incident: support to handle a crisis",
    )
    PROBLEMATIC_POLITICAL_LEADERSHIP = "problematic_political_leadership", "Problematic political leadership"
    LEADER_AND_CHIEF_EXECUTIVE_BREAKDOWN = (
        "leader_and_chief_executive_breakdown",
        "Leader and chief executive relationship breakdown",
    )
    POOR_RELATIONSHIPS = (
        "poor_relationships",
        "Poor relationships between officers and members and between political groups, not acknowledged",
    )
    PARTNERSHIP_MISSING_TARGETS = (
        "partnership_missing_targets",
        "A partnership in danger of significantly missing its targets, not acknowledged",
    )


class Route(Worded):
    """Who in the family helps now (§15f, §19, §21 to §26, §28)."""

    AUTHORITY_LED = "authority_led", "Authority-led"
    RIEP_FACILITATED = "riep_facilitated", "RIEP-facilitated"
    PEER_SUPPORT = "peer_support", "Peer support"
    POLITICAL_BROKERAGE = "political_brokerage", "Political brokerage"
    CONFIDENTIAL_DIALOGUE = "confidential_dialogue", "Confidential dialogue"
    JOINT_LOCAL_MEETING = "joint_local_meeting", "Joint local meeting"
    ADVOCACY = "advocacy", "Advocacy"
    PRE_INTERVENTION_MEETING = "pre_intervention_meeting", "Pre-intervention meeting"
    IMMEDIATE_REFERRAL = "immediate_referral", "Immediate referral"


class Standing(Worded):
    """How far a case has come."""

    LOGGED = "logged", "Logged"
    TRIAGED = "triaged", "Triaged"
    IN_DIALOGUE = "in_dialogue", "In dialogue"
    OFFER_MADE = "offer_made", "Offer made"
    OFFER_ACCEPTED = "offer_accepted", "Offer accepted"
    OFFER_DECLINED = "offer_declined", "Offer declined"
    OFFER_LAPSED = "offer_lapsed", "Offer lapsed"
    SUPPORTED = "supported", "Supported"
    UNDER_REVIEW = "under_review", "Under review"
    CLOSED = "closed", "Closed"


class Step(Worded):
    """What somebody, or the clock, does to a case."""

    TRIAGE = "triage", "Triage the concern"
    RETRIAGE = "retriage", "Triage again"
    RECORD_DIALOGUE = "record_dialogue", "Record a conversation that was held"
    RECORD_MEETING = "record_meeting", "Record a meeting"
    RECORD_ESCALATION = "record_escalation", "Record an escalation"
    MAKE_OFFER = "make_offer", "Make the sector offer"
    ACCEPT = "accept", "Record that the offer is accepted"
    DECLINE = "decline", "Record that the offer is declined"
    LAPSE = "lapse", "Let the unanswered offer lapse"
    WITHDRAW = "withdraw", "Withdraw the offer"
    ASSIGN_TEAM = "assign_team", "Assign a peer team"
    START_SUPPORT = "start_support", "Start support without a peer team"
    REVIEW = "review", "Review progress"
    CLOSE = "close", "Close the case"
    JOIN = "join", "Join the case into another"
    REOPEN = "reopen", "Reopen the case"


class Capacity(Worded):
    """In what capacity somebody in an authority was talked to or attended."""

    LEADER = "leader", "Leader of the council"
    LEADING_MEMBER = "leading_member", "Leading member"
    CHIEF_EXECUTIVE = "chief_executive", "Chief executive"
    MONITORING_OFFICER = "monitoring_officer", "Monitoring officer"
    DEPUTY = "deputy", "Deputy to the leader or the chief executive"
    GROUP_LEADER = "group_leader", "Leader of a political group"
    OTHER_MEMBER = "other_member", "Another councillor"
    OTHER_OFFICER = "other_officer", "Another officer"

    @property
    def within(self) -> str:
        """One of them within a sentence: `a leading member`."""
        article = {
            Capacity.LEADING_MEMBER: "a ",
            Capacity.DEPUTY: "a ",
            Capacity.OTHER_MEMBER: "",
            Capacity.OTHER_OFFICER: "",
        }
        return article.get(self, "the ") + self.words[0].lower() + self.words[1:]


class Audience(Worded):
    """Who may be told a passage of a conversation."""

    NOBODY = "nobody", "Nobody"
    LEADER = "leader", "The authority's leader"
    CHIEF_EXECUTIVE = "chief_executive", "The authority's chief executive"
    RIEP = "riep", "The RIEP"
    MEETING = "meeting", "The meeting"
    REGULATOR = "regulator", "The regulator"


class Body(Worded):
    """The bodies around an authority, by their default names."""

    IDEA = "idea", "IDeA"
    RIEP = "riep", "RIEP"
    GOVERNMENT_OFFICE = "government_office", "Government Office"
    AUDIT_COMMISSION = "audit_commission", "Audit Commission"
    DEPARTMENT = "department", "Government department"
    AUTHORITY = "authority", "The authority"
    LGA = "lga", "LGA"
    OTHER = "other", "Another body"

    @property
    def within(self) -> str:
        """The body within a sentence: `the Audit Commission`."""
        return {
            Body.IDEA: self.words,
            Body.DEPARTMENT: "the government department",
            Body.AUTHORITY: "the authority",
            Body.OTHER: "another body",
        }.get(self, f"the {self.words}")


class OfferAnswer(Worded):
    """How a sector offer ended."""

    ACCEPTED = "accepted", "Accepted"
    DECLINED = "declined", "Declined"
    LAPSED = "lapsed", "Lapsed without an answer"
    WITHDRAWN = "withdrawn", "Withdrawn"


class EscalationAction(Worded):
    """What government or an inspectorate does next (§22)."""

    RED_FLAG = "red_flag", "Red flag"
    FURTHER_AUDIT = "further_audit", "Further audit"
    FURTHER_INSPECTION = "further_inspection", "Further inspection"
    IMPROVEMENT_NOTICE = "improvement_notice", "Improvement notice"
    OTHER = "other", "Another action"


class MeetingKind(Worded):
    """Which of the protocol's meetings it was (§22, §26)."""

    JOINT_LOCAL = "joint_local", "Joint local meeting"
    PRE_INTERVENTION = "pre_intervention", "Pre-intervention meeting"


class Attendance(Worded):
    """Whether somebody who was asked to a meeting came."""

    ATTENDED = "attended", "Attended"
    DECLINED = "declined", "Declined"
    MISSED = "missed", "Did not come"


class Outcome(Worded):
    """The three possible outcomes of an issue at a joint local meeting (§22)."""

    A = "a", "A. Strong local plans are in place"
    B = "b", "B. Referred to the round table or the RIEP"
    C = "c", "C. Escalation"


class Gate(Worded):
    """By which way a referral of ours to a regulator or department may come."""

    JOINT_LOCAL_MEETING = "joint_local_meeting", "A joint local meeting ended in outcome C"
    PRE_INTERVENTION_MEETING = "pre_intervention_meeting", "A pre-intervention meeting found nothing feasible"
    FAILED_SUPPORT = "failed_support", "Accepted support has failed"


class FamilyFirst(Worded):
    """What an escalation says about the sector's first shot."""

    GIVEN = "given", "Family first was given"
    REFUSED = "refused", "Family first was refused"
    NOT_GIVEN = "not_given", "Family first was not given"


class ClosingOutcome(Worded):
    """What the work on a case came to when it was closed."""

    IMPROVED = "improved", "The authority has improved, or carries its improvement on by itself"
    UNFOUNDED = "unfounded", "There were no grounds for concern"
    WITH_OTHERS = "with_others", "Others now act, and nothing is left for the family to do"
    HELP_REFUSED = "help_refused", "The authority did not take the help, and nothing more is open to us"
    CARRIED_ON = "carried_on", "The lead carries the work on"


class DutyKind(Worded):
    """What somebody must do next, by a date."""

    TRIAGE = "triage", "Triage the concern"
    FIRST_CONTACT = "first_contact", "Talk in confidence with the leading members or the chief executive"
    MAKE_OFFER = "make_offer", "Make the sector offer"
    ANSWER_TO_OFFER = "answer_to_offer", "Get and record the authority's answer to the offer"
    ASSIGN_TEAM = "assign_team", "Assign the peer team"
    CONFIRM_PEER = "confirm_peer", "Confirm the peers who accepted"
    REPLACE_PEER = "replace_peer", "Fill the open place in the peer team"
    PEER_CONFLICT = "peer_conflict", "Look at a conflict of a peer in the team"
    TEAM_FEEDBACK = "team_feedback", "Record what the council says of its peers"
    TEAM_VISIT = "team_visit", "Hold the peer team’s visit or session, and record it"
    TEAM_CONTACT = "team_contact", "Keep in touch between the peer team’s visits"
    TEAM_REPORT = "team_report", "Deliver the peer team’s report"
    TEAM_ACTION_PLAN = "team_action_plan", "Get the action plan that follows the peer team’s work"
    TEAM_PROGRESS_REVIEW = "team_progress_review", "Hold the peer team’s progress review"
    HAND_TO_RIEP = "hand_to_riep", "Hand to the RIEP to agree the way forward"
    ROUND_TABLE = "round_table", "Put it to the regional round table"
    JOINT_LOCAL_MEETING = "joint_local_meeting", "Hold the joint local meeting"
    PRE_INTERVENTION_MEETING = "pre_intervention_meeting", "Hold the pre-intervention meeting"
    POLITICAL_BROKERAGE = "political_brokerage", "Ask the LGA group leads to talk to the politicians"
    ADVOCACY = "advocacy", "Agree with the authority how the family stands with it"
    REFER_AT_ONCE = "refer_at_once", "Refer at once, because people are at risk or the law requires it"
    CONFIRM_RISK_REFERRAL = "confirm_risk_referral", "A second lead confirms or questions the referral"
    REVIEW_RISK_REFERRAL = "review_risk_referral", "Review the referral that waited for nobody"
    REVIEW = "review", "Review progress"
    FOLLOW_UP = "follow_up", "Follow up"
    AGREE_WAY_FORWARD = "agree_way_forward", "Agree the way forward and the support with the authority"
    TELL_AUTHORITY = "tell_authority", "Tell the authority"
    TELL_SOURCE = "tell_source", "Tell the source what happened"
    CONFIRM_SUCCESSION = "confirm_succession", "Confirm which council replaced the one that is named"
    REVIEW_RETENTION = "review_retention", "Review what is due to be destroyed"
    CONFIRM_DESTRUCTION = "confirm_destruction", "A second person confirms the destruction, or stops it"
    REVIEW_BREAK_GLASS = "review_break_glass", "Review why the case was opened by break-glass"
    QUESTIONNAIRE_REMINDER = "questionnaire_reminder", "Remind of the questionnaire, since few have answered"
    QUESTIONNAIRE_ANSWERS = "questionnaire_answers", "Look at the answers to the questionnaire"
