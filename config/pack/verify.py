#!/usr/bin/env python3
"""Verifies a regulator's pack of Clearinghouse, without Clearinghouse: python verify.py PACK

Needs Python 3.11 or later and the package `cryptography`, and nothing else. It reads the pack and sends nothing
anywhere. It writes a file in two cases alone: where it makes a key (--new-key), and where it opens a pack that came
encrypted (--key).
It is made of the program's own modules, in the order in which they stand here, so that what it works out is worked out
by the rules that the program follows. `scripts/verifier_file.py` writes it, and a test sees that it is current.
"""

import base64
import binascii
import hmac
import json
import os
import re
import secrets
import sys
import zipfile
from argparse import ArgumentParser, Namespace
from binascii import b2a_base64
from bisect import bisect_left, insort
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from itertools import pairwise
from pathlib import Path
from textwrap import fill
from types import MappingProxyType
from typing import Any, IO, Self, TypeVar
from uuid import UUID

# -------- clearinghouse/protocol/vocabulary.py

# The protocol's closed lists of words: each value as it is stored, and the words a screen shows for it.

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


# -------- clearinghouse/protocol/verdict.py

# What a rule answers: allowed, or not yet with every reason, each in words and with the duty that would supply it.

class Missing(StrEnum):
    """Why something may not happen yet; `supplied_by` is the duty that would supply it, where one can."""

    words: str
    supplied_by: DutyKind | None

    def __new__(cls, value: str, words: str = "", supplied_by: DutyKind | None = None) -> Self:
        """Make the reason of its stored value, its words and the duty that would supply it."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.words = words
        member.supplied_by = supplied_by
        return member

    # The three gates of a referral
    OFFER_NOT_MADE = "offer_not_made", "The sector offer has not been made.", DutyKind.MAKE_OFFER
    OFFER_NOT_ANSWERED = (
        "offer_not_answered",
        "The authority has not answered the offer, and its answer-by date has not passed.",
        DutyKind.ANSWER_TO_OFFER,
    )
    OFFER_WITHDRAWN = (
        "offer_withdrawn",
        "The offer was withdrawn, which does not count as an answer: a new offer is needed.",
        DutyKind.MAKE_OFFER,
    )
    OFFER_ACCEPTED = (
        "offer_accepted",
        "The authority accepted the offer: the support must be reviewed before it can be said to have failed.",
        DutyKind.REVIEW,
    )
    DIALOGUE = (
        "dialogue",
        "The confidential dialogue has been neither held nor attempted on two different days.",
        DutyKind.FIRST_CONTACT,
    )
    OUTCOME_C = (
        "outcome_c",
        "No joint local meeting has ended in outcome C.",
        DutyKind.JOINT_LOCAL_MEETING,
    )
    PRE_INTERVENTION_MEETING = (
        "pre_intervention_meeting",
        "The pre-intervention meeting has not been held.",
        DutyKind.PRE_INTERVENTION_MEETING,
    )
    PARTIES_NOT_ASKED = (
        "parties_not_asked",
        "The department, IDeA, RIEP, Government Office and leading members must each have attended or declined.",
        DutyKind.PRE_INTERVENTION_MEETING,
    )
    SECTOR_LED_APPROACH_OPEN = (
        "sector_led_approach_open",
        "The meeting has not found a sector-led approach to be not feasible.",
        DutyKind.PRE_INTERVENTION_MEETING,
    )
    SUPPORT_NOT_ACCEPTED = (
        "support_not_accepted",
        "The authority has not accepted support, so support cannot have failed.",
        DutyKind.MAKE_OFFER,
    )
    REVIEWS_WITHOUT_PROGRESS = (
        "reviews_without_progress",
        "The two latest reviews of the plan, on different days, have not both found inadequate progress.",
        DutyKind.REVIEW,
    )
    MEETING_ON_FAILED_SUPPORT = (
        "meeting_on_failed_support",
        "No joint local meeting has considered the failed support since the second review.",
        DutyKind.JOINT_LOCAL_MEETING,
    )
    # Referral at once
    NO_RISK_AND_NO_LEGAL_DUTY = (
        "no_risk_and_no_legal_duty",
        "Nobody is recorded as being at risk now, and no legal duty to refer is recorded.",
    )
    DIFFERENT_LEAD = (
        "different_lead",
        "A different lead from those who wrote the referral must confirm or question it.",
        DutyKind.CONFIRM_RISK_REFERRAL,
    )
    # Steps and standings
    NOT_TRIAGED = "not_triaged", "The concern has not been triaged.", DutyKind.TRIAGE
    ALREADY_TRIAGED = "already_triaged", "The concern has been triaged: triage it again instead."
    CASE_CLOSED = "case_closed", "The case is closed: reopen it first, with a reason."
    CASE_NOT_CLOSED = "case_not_closed", "The case is open already."
    OFFER_NOT_ACCEPTED = (
        "offer_not_accepted",
        "The authority has not accepted an offer: make a new offer, or triage again.",
        DutyKind.MAKE_OFFER,
    )
    NO_OPEN_OFFER = "no_open_offer", "There is no offer waiting for an answer.", DutyKind.MAKE_OFFER
    # Offers
    OFFER_OPEN = (
        "offer_open",
        "An offer is waiting for its answer: record the answer, or withdraw it, first.",
        DutyKind.ANSWER_TO_OFFER,
    )
    ANSWER_BY_NOT_AHEAD = "answer_by_not_ahead", "The answer-by date must be after today."
    OFFER_ALREADY_ANSWERED = "offer_already_answered", "The offer has its answer already."
    ANSWER_TOO_LATE = (
        "answer_too_late",
        "The answer came after its date, when the offer had lapsed: make a new offer.",
        DutyKind.MAKE_OFFER,
    )
    ANSWER_BEFORE_OFFER = "answer_before_offer", "The answer cannot be earlier than the offer."
    ANSWER_IN_FUTURE = "answer_in_future", "The answer cannot be later than today."
    ANSWER_BY_NOT_PASSED = "answer_by_not_passed", "The answer-by date has not passed yet."
    # Dialogue
    WITH_SOMEONE_CONCERNED = (
        "with_someone_concerned",
        "The dialogue is never with anyone the concern is about: a stand-in is talked to.",
        DutyKind.FIRST_CONTACT,
    )
    WITH_NOBODY_WHO_COUNTS = (
        "with_nobody_who_counts",
        "The dialogue is with the leading members or the chief executive.",
        DutyKind.FIRST_CONTACT,
    )
    # Telling the source, telling the authority, an offer's letter, advocacy
    SOURCE_NOT_REACHABLE = "source_not_reachable", "The source left no way to reach them."
    SOURCE_NOT_ASKED = (
        "source_not_asked",
        "Nobody has asked the source whether they may be contacted: not known is no.",
    )
    SOURCE_WANTS_NO_CONTACT = "source_wants_no_contact", "The source asked not to be contacted."
    NOTHING_SAID = "nothing_said", "Select what the source was told."
    NOT_TO_BE_SAID = "not_to_be_said", "At this point the source may not be told this."
    TOLD_SOMEONE_CONCERNED = (
        "told_someone_concerned",
        "Nobody whom the concern is about is told: a stand-in is.",
    )
    TOLD_NOBODY_WHO_COUNTS = (
        "told_nobody_who_counts",
        "The leading members, the chief executive or a stand-in are told.",
    )
    TOLD_IN_FUTURE = "told_in_future", "The day on which the authority was told cannot be in the future."
    LETTER_TO_WRONG_CAPACITY = (
        "letter_to_wrong_capacity",
        "The letter goes to somebody with whom the dialogue may be held, never to anyone the concern is about.",
    )
    LETTER_REPEATS_CONCERN = (
        "letter_repeats_concern",
        "The letter repeats words of the concern, which could give the source away.",
    )
    AGREED_WITH_SOMEONE_CONCERNED = (
        "agreed_with_someone_concerned",
        "It is agreed with the leading members, the chief executive or a stand-in, never with anyone concerned.",
    )
    AGREED_IN_FUTURE = "agreed_in_future", "The day of the agreement cannot be in the future."
    # Outcomes of a joint local meeting
    MUST_BE_A = (
        "must_be_a",
        "The regulators are satisfied: this is outcome A; it is referred only if the locality agrees.",
    )
    MUST_BE_A_OR_B = (
        "must_be_a_or_b",
        "The regulators are satisfied and the locality agrees: this is outcome A or B, never an escalation.",
    )
    MUST_BE_B = (
        "must_be_b",
        "The regulators are not satisfied and the locality agrees to support or referral: this is outcome B.",
    )
    MUST_BE_C = (
        "must_be_c",
        "The regulators are not satisfied and the locality does not agree: this is outcome C, recorded as it is.",
    )
    LOCALITY_NOT_ASKED = (
        "locality_not_asked",
        "Say whether the locality agrees to support or referral.",
    )
    PLAN_NOT_NAMED = "plan_not_named", "Outcome A names the local plan that is in place."
    REVIEW_DATE = "review_date", "Outcome A needs the date of the next joint local meeting, which reviews it."
    PERSON_NOT_NAMED = "person_not_named", "Outcome B names the person who agreed for the locality."
    DATE_NOT_GIVEN = (
        "date_not_given",
        "Outcome B needs the date by which the round table or the RIEP takes it up.",
    )
    # Minutes
    MINUTE_FOR_NOBODY = "minute_for_nobody", "Say to whom the minute goes."
    MINUTE_NOT_A_PARTY = "minute_not_a_party", "A minute goes only to the parties of the meeting."
    MINUTE_FOR_SOMEONE_CONCERNED = (
        "minute_for_someone_concerned",
        "The concern is about somebody to whom this minute would go: no minute goes to them.",
    )
    MINUTE_REACHES_SOMEONE_CONCERNED = (
        "minute_reaches_someone_concerned",
        "Somebody whom the concern is about attended, or may have: issue a minute to each of the others instead.",
    )
    # Councils that were replaced, and cases that are joined
    NO_SUCCESSOR = "no_successor", "Say which council the case names now.", DutyKind.CONFIRM_SUCCESSION
    NOT_A_SUCCESSOR = "not_a_successor", "The register does not say that this council replaced the other."
    ASK_AGAIN_NOT_AHEAD = "ask_again_not_ahead", "The day to be asked again must be after today."
    ASK_AGAIN_TOO_LATE = "ask_again_too_late", "The day to be asked again must be within a year."
    HELP_RUNNING = (
        "help_running",
        "Help was accepted on the case that would close: let that case go on, or each until its help is finished.",
    )
    RISK_WAITS = (
        "risk_waits",
        "People at risk wait for something on the case that would close: do that first, or let that case go on.",
    )
    # A peer team at work
    TEAM_WORK_BEGUN = (
        "team_work_begun",
        "A visit is planned or took place: the package cannot be changed any more.",
    )
    TEAM_TOO_SMALL = "team_too_small", "The team has fewer members than this package asks for."
    VISIT_OF_ANOTHER_PACKAGE = "visit_of_another_package", "The team’s package has no meetings of this kind."
    VISIT_SESSIONS = "visit_sessions", "It has another number of sessions than the package says."
    VISIT_AREA_UNKNOWN = "visit_area_unknown", "Choose what each session is about from the list."
    VISIT_BEFORE_TEAM = "visit_before_team", "The first day must not be before the team was assigned."
    VISIT_TOO_FAR = "visit_too_far", "The last day must be within five years."
    VISIT_TOO_LONG = "visit_too_long", "It may last ten days at most."
    VISIT_ON_ONE_DAY = "visit_on_one_day", "It is held on one day: the last day must be the first."
    VISIT_OVERLAPS = "visit_overlaps", "The team has another visit on one of these days."
    VISIT_NOT_PLANNED = "visit_not_planned", "It took place already, or was cancelled."
    VISIT_AHEAD = "visit_ahead", "Its last day is still ahead: record it then, or move it first."
    DELIVERED_IN_FUTURE = "delivered_in_future", "The day of delivery cannot be in the future."
    DELIVERED_BEFORE_VISIT = "delivered_before_visit", "The day of delivery cannot be before the visit."
    # Nothing between stools
    NO_OWNER = "no_owner", "An open case has an owner."
    NO_NEXT_DUTY = "no_next_duty", "An open case has a next duty with a date and somebody to do it."


@dataclass(frozen=True)
class Verdict:
    """The answer of a rule: allowed when nothing is missing.

    `gate` says which gate is met, or, where something is missing, which gate is nearest; None where no gate is asked.
    """

    missing: tuple[Missing, ...] = ()
    gate: Gate | None = None

    @property
    def allowed(self) -> bool:
        """True when nothing is missing."""
        return not self.missing

    @property
    def owed(self) -> tuple[DutyKind, ...]:
        """The duties that would supply what is missing, each once, in order."""
        supplied = (reason.supplied_by for reason in self.missing)
        return tuple(dict.fromkeys(duty for duty in supplied if duty is not None))


ALLOWED = Verdict()


def blocked(*missing: Missing) -> Verdict:
    """A verdict that names what is missing; with nothing named it is allowed."""
    return Verdict(missing)


def all_of(*verdicts: Verdict) -> Verdict:
    """Allowed when every one is; otherwise everything that any of them misses, each once."""
    return Verdict(tuple(dict.fromkeys(reason for verdict in verdicts for reason in verdict.missing)))


# -------- clearinghouse/protocol/standing.py

# How far a case has come, and which step may follow: a transition table, not a line.

FACTS = frozenset({Step.RECORD_DIALOGUE, Step.RECORD_MEETING, Step.RECORD_ESCALATION})
"""Steps that only say what happened: government and inspectors act regardless of us (§9, §15g, §22)."""

_JOINED: Mapping[Step, Standing] = {Step.JOIN: Standing.CLOSED}
_OPEN_TO_SUPPORT: Mapping[Step, Standing] = {
    Step.MAKE_OFFER: Standing.OFFER_MADE,
    Step.ASSIGN_TEAM: Standing.SUPPORTED,
    Step.START_SUPPORT: Standing.SUPPORTED,
    Step.REVIEW: Standing.UNDER_REVIEW,
    Step.CLOSE: Standing.CLOSED,
}
_AFTER_REFUSAL: Mapping[Step, Standing] = {
    **_JOINED,
    Step.MAKE_OFFER: Standing.OFFER_MADE,
    Step.REVIEW: Standing.UNDER_REVIEW,
    Step.CLOSE: Standing.CLOSED,
}

TRANSITIONS: Mapping[Standing, Mapping[Step, Standing]] = {
    Standing.LOGGED: {Step.TRIAGE: Standing.TRIAGED, **_JOINED},
    Standing.TRIAGED: {**_OPEN_TO_SUPPORT, **_JOINED, Step.RECORD_DIALOGUE: Standing.IN_DIALOGUE},
    Standing.IN_DIALOGUE: {**_OPEN_TO_SUPPORT, **_JOINED},
    Standing.OFFER_MADE: {
        Step.ACCEPT: Standing.OFFER_ACCEPTED,
        Step.DECLINE: Standing.OFFER_DECLINED,
        Step.LAPSE: Standing.OFFER_LAPSED,
        Step.WITHDRAW: Standing.TRIAGED,
    },
    Standing.OFFER_ACCEPTED: _OPEN_TO_SUPPORT,
    Standing.OFFER_DECLINED: _AFTER_REFUSAL,
    Standing.OFFER_LAPSED: {
        **_AFTER_REFUSAL,
        Step.ACCEPT: Standing.OFFER_ACCEPTED,
        Step.DECLINE: Standing.OFFER_DECLINED,
    },
    Standing.SUPPORTED: _OPEN_TO_SUPPORT,
    Standing.UNDER_REVIEW: _OPEN_TO_SUPPORT,
    Standing.CLOSED: {Step.REOPEN: Standing.TRIAGED},
}
"""Every step that moves a case. An answer given in time but recorded after the lapse corrects the lapse."""


def may_step(standing: Standing, step: Step) -> Verdict:
    """Whether the step may follow the standing (§19: nothing falls between stools).

    Facts may always be recorded. An open case that has been triaged may be triaged again at any time.
    """
    if step in FACTS or step in TRANSITIONS[standing]:
        return ALLOWED
    if step is Step.RETRIAGE and standing not in {Standing.LOGGED, Standing.CLOSED}:
        return ALLOWED
    return blocked(_standing_why_not(standing, step))


def after(standing: Standing, step: Step) -> Standing:
    """The standing that follows a permitted step.

    A fact, and triage done again, leave the standing as it was, except that a conversation held takes a triaged
    case into dialogue. Raises ValueError where `may_step` does not allow the step.
    """
    verdict = may_step(standing, step)
    if not verdict.allowed:
        raise ValueError(f"{step} may not follow {standing}: {verdict.missing[0]}")
    return TRANSITIONS[standing].get(step, standing)


def steps_from(standing: Standing) -> tuple[Step, ...]:
    """The steps that may follow, in the order in which the vocabulary lists them."""
    return tuple(step for step in Step if may_step(standing, step).allowed)


def _standing_why_not(standing: Standing, step: Step) -> Missing:
    support = step in {Step.ASSIGN_TEAM, Step.START_SUPPORT}
    reasons = (
        (standing is Standing.CLOSED, Missing.CASE_CLOSED),
        (step is Step.REOPEN, Missing.CASE_NOT_CLOSED),
        (standing is Standing.LOGGED, Missing.NOT_TRIAGED),
        (step is Step.TRIAGE, Missing.ALREADY_TRIAGED),
        (standing is Standing.OFFER_MADE, Missing.OFFER_OPEN),
        (step is Step.JOIN, Missing.HELP_RUNNING),
        (support, Missing.OFFER_NOT_ACCEPTED),
    )
    return next((reason for applies, reason in reasons if applies), Missing.NO_OPEN_OFFER)


# -------- clearinghouse/protocol/facts.py

# What has happened on a case, as the rules need it: frozen facts, each naming the ledger event that records it.

EventId = str
"""The name of a ledger event; the protocol only hands it back, so that a finding can say what it rests on."""

LEADING_MEMBERS = "leading_members"
PRE_INTERVENTION_PARTIES: frozenset[str] = frozenset(
    {Body.DEPARTMENT, Body.IDEA, Body.RIEP, Body.GOVERNMENT_OFFICE, LEADING_MEMBERS}
)
"""Who comes to, or declines, the meeting before an intervention (§26)."""


@dataclass(frozen=True)
class ConversationFacts:
    """One conversation with the authority; not held means attempted in vain."""

    event: EventId
    on: date
    held: bool
    capacities: frozenset[Capacity]


@dataclass(frozen=True)
class OfferFacts:
    """One sector offer; the last three fields are None while it waits for its answer."""

    event: EventId
    made_on: date
    answer_by: date
    answer: OfferAnswer | None = None
    answered_on: date | None = None
    answer_event: EventId | None = None


@dataclass(frozen=True)
class JointLocalMeetingFacts:
    """The outcome of the case's issue at one joint local meeting."""

    event: EventId
    on: date
    outcome: Outcome


@dataclass(frozen=True)
class PreInterventionFacts:
    """One pre-intervention meeting: which of `PRE_INTERVENTION_PARTIES` came or declined, and what it found.

    `sector_led_feasible` is None while the meeting has not concluded.
    """

    event: EventId
    on: date
    attended: frozenset[str]
    declined: frozenset[str]
    sector_led_feasible: bool | None


@dataclass(frozen=True)
class ReviewFacts:
    """One review of the support or the plan."""

    event: EventId
    on: date
    adequate_progress: bool


@dataclass(frozen=True)
class RiskFacts:
    """What makes a referral wait for nobody, and the ledger event that records it."""

    people_at_risk_now: bool = False
    legal_duty_to_refer: bool = False
    event: EventId | None = None


@dataclass(frozen=True)
class CaseFacts:
    """Everything that the gates and the finding look at; the order within each tuple does not matter.

    `about` holds the capacities of those whom the concern is about: no dialogue counts that was held with them.
    """

    about: frozenset[Capacity] = frozenset()
    department_contemplates_action: bool = False
    risk: RiskFacts = RiskFacts()
    conversations: tuple[ConversationFacts, ...] = ()
    offers: tuple[OfferFacts, ...] = ()
    joint_local_meetings: tuple[JointLocalMeetingFacts, ...] = ()
    pre_intervention_meetings: tuple[PreInterventionFacts, ...] = ()
    reviews: tuple[ReviewFacts, ...] = ()


def events_in_order(events: Iterable[EventId | None]) -> tuple[EventId, ...]:
    """The events that are there, each once, in the order given."""
    return tuple(dict.fromkeys(event for event in events if event is not None))


# -------- clearinghouse/protocol/dialogue.py

# The confidential dialogue: with whom it is held, and whether it was held or tried often enough.

USUAL = frozenset({Capacity.LEADER, Capacity.LEADING_MEMBER, Capacity.CHIEF_EXECUTIVE})
STAND_INS = frozenset({Capacity.MONITORING_OFFICER, Capacity.DEPUTY, Capacity.GROUP_LEADER})
ATTEMPTS_THAT_COUNT = 2


class DialogueState(Worded):
    """How far the dialogue got."""

    HELD = "held", "Held"
    ATTEMPTED_ENOUGH = "attempted_enough", "Attempted on two different days"
    ATTEMPTED_ONCE = "attempted_once", "Attempted on one day"
    NOT_TRIED = "not_tried", "Not tried"


@dataclass(frozen=True)
class Dialogue:
    """How far the dialogue got, and the events that show it."""

    state: DialogueState
    events: tuple[EventId, ...]

    @property
    def done(self) -> bool:
        """True when the family has done its part: held it, or tried twice on different days."""
        return self.state in {DialogueState.HELD, DialogueState.ATTEMPTED_ENOUGH}


def usually_about(nature: Nature) -> frozenset[Capacity]:
    """Whom a concern of this nature is about before anybody says more (§24, §28).

    A breakdown between leader and chief executive is about both, so stand-ins are talked to.
    """
    if nature is Nature.LEADER_AND_CHIEF_EXECUTIVE:
        return frozenset({Capacity.LEADER, Capacity.CHIEF_EXECUTIVE})
    return frozenset()


def may_be_with(about: Collection[Capacity]) -> frozenset[Capacity]:
    """With whom the dialogue counts (§23, §28): leading members and the chief executive.

    Never with anyone the concern is about; where it is about one of these, the stand-ins count as well.
    """
    concerned = frozenset(about)
    if concerned & USUAL:
        return (USUAL | STAND_INS) - concerned
    return USUAL


def counts(capacities: Collection[Capacity], about: Collection[Capacity]) -> Verdict:
    """Whether a conversation with these people counts as the dialogue (§23, §28).

    It is recorded in any case, being a fact; it counts when somebody was there with whom it may be held and nobody
    whom the concern is about.
    """
    if frozenset(capacities) & frozenset(about):
        return blocked(Missing.WITH_SOMEONE_CONCERNED)
    if not frozenset(capacities) & may_be_with(about):
        return blocked(Missing.WITH_NOBODY_WHO_COUNTS)
    return ALLOWED


def dialogue(
    conversations: Collection[ConversationFacts], about: Collection[Capacity], today: date
) -> Dialogue:
    """Whether the dialogue was held, or attempted on two different days (§23, §28)."""
    counting = sorted(
        (talk for talk in conversations if talk.on <= today and counts(talk.capacities, about).allowed),
        key=lambda talk: (talk.on, talk.event),
    )
    held = tuple(talk.event for talk in counting if talk.held)
    if held:
        return Dialogue(DialogueState.HELD, held)
    days = {talk.on for talk in counting}
    tried = tuple(talk.event for talk in counting)
    if len(days) >= ATTEMPTS_THAT_COUNT:
        return Dialogue(DialogueState.ATTEMPTED_ENOUGH, tried)
    return Dialogue(DialogueState.ATTEMPTED_ONCE if days else DialogueState.NOT_TRIED, tried)


# -------- clearinghouse/protocol/offers.py

# The sector offer: when one may be made and answered, when it lapses, and which one counts.

def may_offer(standing: Standing, offers: Collection[OfferFacts], answer_by: date, today: date) -> Verdict:
    """An offer is made to a triaged, open case, one at a time, with a date ahead by which to answer (§16, §26)."""
    waiting = blocked(Missing.OFFER_OPEN) if any(offer.answer is None for offer in offers) else ALLOWED
    dated = ALLOWED if answer_by > today else blocked(Missing.ANSWER_BY_NOT_AHEAD)
    return all_of(may_step(standing, Step.MAKE_OFFER), waiting, dated)


def may_answer(offer: OfferFacts, answered_on: date, today: date) -> Verdict:
    """The authority's acceptance or refusal is recorded once, by the day on which it was given (§15e).

    The answer-by date itself is still in time. An answer given in time may be recorded later, even where the clock
    has let the offer lapse meanwhile; an answer given too late needs a new offer, so that the silence stays on record.
    """
    if offer.answer not in {None, OfferAnswer.LAPSED}:
        return blocked(Missing.OFFER_ALREADY_ANSWERED)
    if answered_on > today:
        return blocked(Missing.ANSWER_IN_FUTURE)
    if answered_on < offer.made_on:
        return blocked(Missing.ANSWER_BEFORE_OFFER)
    if answered_on > offer.answer_by:
        return blocked(Missing.ANSWER_TOO_LATE)
    return ALLOWED


def may_withdraw(offer: OfferFacts) -> Verdict:
    """The family takes back an offer only while it waits for its answer; a withdrawn offer opens no gate."""
    return ALLOWED if offer.answer is None else blocked(Missing.OFFER_ALREADY_ANSWERED)


def may_lapse(offer: OfferFacts, today: date) -> Verdict:
    """The clock lets an unanswered offer lapse once its answer-by date has passed: silence is a fact."""
    if offer.answer is not None:
        return blocked(Missing.OFFER_ALREADY_ANSWERED)
    return ALLOWED if is_lapsed(offer.answer_by, today) else blocked(Missing.ANSWER_BY_NOT_PASSED)


def is_lapsed(answer_by: date, today: date) -> bool:
    """Whether silence has become an answer: on the day after the answer-by date."""
    return today > answer_by


def offer_that_counts(offers: Collection[OfferFacts]) -> OfferFacts | None:
    """The latest offer that was not withdrawn; where all were withdrawn, the latest; None where none was made."""
    latest_first = sorted(offers, key=lambda offer: (offer.made_on, offer.event), reverse=True)
    standing = [offer for offer in latest_first if offer.answer is not OfferAnswer.WITHDRAWN]
    return next(iter(standing or latest_first), None)


def refused_or_silent(offers: Collection[OfferFacts], today: date) -> Verdict:
    """Whether the authority declined the offer that counts, or let it lapse (§16, §22).

    An offer past its date counts as lapsed even before the clock has said so.
    """
    offer = offer_that_counts(offers)
    if offer is None:
        return blocked(Missing.OFFER_NOT_MADE)
    match offer.answer:
        case OfferAnswer.DECLINED | OfferAnswer.LAPSED:
            return ALLOWED
        case OfferAnswer.ACCEPTED:
            return blocked(Missing.OFFER_ACCEPTED)
        case OfferAnswer.WITHDRAWN:
            return blocked(Missing.OFFER_WITHDRAWN)
        case None:
            return ALLOWED if is_lapsed(offer.answer_by, today) else blocked(Missing.OFFER_NOT_ANSWERED)


# -------- clearinghouse/protocol/meetings.py

# The joint local meeting: the five rows that say which outcome agrees with the facts (§22); who comes to the other.

MISSED_MEETINGS_THAT_REFUSE = 2
_LEADING = frozenset({Capacity.LEADER, Capacity.LEADING_MEMBER})
_PARTY_WORDS: Mapping[str, str] = MappingProxyType(
    {
        **{body: body.within for body in (Body.DEPARTMENT, Body.IDEA, Body.RIEP, Body.GOVERNMENT_OFFICE)},
        LEADING_MEMBERS: "the authority’s leading members",
    }
)


@dataclass(frozen=True)
class Fitting:
    """The outcomes that agree with the facts, and why any other does not."""

    outcomes: frozenset[Outcome]
    why: Missing


@dataclass(frozen=True)
class IssueDetails:
    """What was written down beside an outcome."""

    plan_named: bool = False
    review_dated: bool = False
    person_named: bool = False
    taken_up_dated: bool = False


def locality_agrees(said: KnownAnswer, meetings_missed: int = 0) -> bool | None:
    """Whether the locality agrees to support or referral (§22); None while it has not been asked.

    Refusing, or missing the meeting twice, counts as not agreeing.
    """
    if said is KnownAnswer.YES:
        return True
    if said is KnownAnswer.NO or meetings_missed >= MISSED_MEETINGS_THAT_REFUSE:
        return False
    return None


def outcome_for(regulators_satisfied: bool, agrees: bool | None) -> Fitting:
    """Which outcome agrees with the facts (§22).

    Satisfied regulators: strong local plans are in place (A), or the locality agrees to refer it all the same (B).
    Not satisfied and the locality agrees: B. Not satisfied and it does not agree: C. Where the locality was not
    asked, only A can be right, and only with satisfied regulators.
    """
    match regulators_satisfied, agrees:
        case True, True:
            return Fitting(frozenset({Outcome.A, Outcome.B}), Missing.MUST_BE_A_OR_B)
        case True, _:
            return Fitting(frozenset({Outcome.A}), Missing.MUST_BE_A)
        case False, True:
            return Fitting(frozenset({Outcome.B}), Missing.MUST_BE_B)
        case False, False:
            return Fitting(frozenset({Outcome.C}), Missing.MUST_BE_C)
        case _:
            return Fitting(frozenset(), Missing.LOCALITY_NOT_ASKED)


def judge_issue(
    regulators_satisfied: bool, agrees: bool | None, outcome: Outcome, details: IssueDetails = IssueDetails()
) -> Verdict:
    """Whether the outcome may be recorded (§22): it must agree with the facts and carry what its effect needs.

    A names the plan and dates its review; B names who agreed and dates who takes it up; C is recorded as it is.
    """
    fitting = outcome_for(regulators_satisfied, agrees)
    if outcome not in fitting.outcomes:
        return blocked(fitting.why)
    needed: dict[Missing, bool] = {}
    if outcome is Outcome.A:
        needed = {Missing.PLAN_NOT_NAMED: details.plan_named, Missing.REVIEW_DATE: details.review_dated}
    elif outcome is Outcome.B:
        needed = {
            Missing.PERSON_NOT_NAMED: details.person_named,
            Missing.DATE_NOT_GIVEN: details.taken_up_dated,
        }
    return blocked(*(missing for missing, there in needed.items() if not there))


def party_of(body: Body, capacity: Capacity | None) -> str:
    """Which party of a pre-intervention meeting somebody is: for the authority, only a leading member counts (§26)."""
    return LEADING_MEMBERS if body is Body.AUTHORITY and capacity in _LEADING else body.value


def still_to_ask(came_or_declined: Collection[str]) -> tuple[str, ...]:
    """Who of a pre-intervention meeting's parties is still to be asked: has neither attended nor declined (§19, §26).

    Who was asked and did not come without a word is asked again.
    """
    return tuple(words for party, words in _PARTY_WORDS.items() if party not in came_or_declined)


# -------- clearinghouse/protocol/referral.py

# Our own referral to a regulator or department: its three gates, and the way that waits for nobody.

REVIEWS_THAT_FAIL = 2

Dated = TypeVar("Dated", JointLocalMeetingFacts, PreInterventionFacts, ReviewFacts)


@dataclass(frozen=True)
class GateCheck:
    """One gate seen from one case: what it still misses, and the events that it rests on so far.

    `relevant` is False where nothing on the case leads to this gate, so that it is never named as the nearest.
    """

    gate: Gate
    missing: tuple[Missing, ...]
    events: tuple[EventId, ...]
    relevant: bool

    @property
    def met(self) -> bool:
        """True when nothing is missing."""
        return not self.missing


@dataclass(frozen=True)
class FailingSupport:
    """Support that is failing: the days of the two reviews that say so, and whether a meeting has considered it."""

    reviewed_on: tuple[date, ...]
    is_considered: bool


def may_refer(case: CaseFacts, today: date) -> Verdict:
    """The family refers a council to a regulator or department only after it had the first shot (§16, §22, §26).

    Allowed by the first gate that is met; otherwise blocked with what is missing at the nearest gate.
    """
    nearest = nearest_gate(case, today)
    return Verdict(nearest.missing, nearest.gate)


def nearest_gate(case: CaseFacts, today: date) -> GateCheck:
    """The first gate that is met, otherwise the relevant gate that misses least, in the order of the gates."""
    checks = [gate(case, today) for gate in GATES]
    met = [check for check in checks if check.met]
    relevant = [check for check in checks if check.relevant]
    return met[0] if met else min(relevant or checks, key=lambda check: len(check.missing))


def joint_local_meeting(case: CaseFacts, today: date) -> GateCheck:
    """Gate 1 (§16, §22): outcome C, the offer declined or lapsed, and the dialogue held or attempted twice."""
    talk = dialogue(case.conversations, case.about, today)
    offer = offer_that_counts(case.offers)
    ended_in_c = [
        meeting for meeting in _until(case.joint_local_meetings, today) if meeting.outcome is Outcome.C
    ]
    verdict = all_of(
        refused_or_silent(case.offers, today),
        ALLOWED if talk.done else blocked(Missing.DIALOGUE),
        ALLOWED if ended_in_c else blocked(Missing.OUTCOME_C),
    )
    offered = (offer.event, offer.answer_event) if offer else ()
    events = events_in_order((*talk.events, *offered, *(meeting.event for meeting in ended_in_c)))
    accepted = offer is not None and offer.answer is OfferAnswer.ACCEPTED
    return GateCheck(Gate.JOINT_LOCAL_MEETING, verdict.missing, events, relevant=not accepted)


def pre_intervention_meeting(case: CaseFacts, today: date) -> GateCheck:
    """Gate 2 (§19, §26): everybody asked to the meeting, and a sector-led approach found not feasible.

    The department, IDeA, RIEP, Government Office and the authority's leading members each attended or declined.
    The latest meeting decides. One that found a sector-led approach feasible leads away from this gate.
    """
    held = _until(case.pre_intervention_meetings, today)
    if not held:
        missing = (Missing.PRE_INTERVENTION_MEETING,)
        return GateCheck(
            Gate.PRE_INTERVENTION_MEETING, missing, (), relevant=case.department_contemplates_action
        )
    latest = held[-1]
    relevant = latest.sector_led_feasible is not True
    asked = latest.attended | latest.declined
    verdict = all_of(
        ALLOWED if asked >= PRE_INTERVENTION_PARTIES else blocked(Missing.PARTIES_NOT_ASKED),
        ALLOWED if latest.sector_led_feasible is False else blocked(Missing.SECTOR_LED_APPROACH_OPEN),
    )
    return GateCheck(Gate.PRE_INTERVENTION_MEETING, verdict.missing, (latest.event,), relevant=relevant)


def failed_support(case: CaseFacts, today: date) -> GateCheck:
    """Gate 3 (§15g): accepted support has failed, by two reviews, and a joint local meeting has considered it.

    The reviews of the two latest days since the acceptance on which there was one found no adequate progress; of
    several on one day the last counts. The meeting came on the day of the second of them or later.
    """
    offer = offer_that_counts(case.offers)
    if offer is None or offer.answer is not OfferAnswer.ACCEPTED:
        missing = (
            Missing.SUPPORT_NOT_ACCEPTED,
            Missing.REVIEWS_WITHOUT_PROGRESS,
            Missing.MEETING_ON_FAILED_SUPPORT,
        )
        return GateCheck(Gate.FAILED_SUPPORT, missing, (), relevant=False)
    latest = _latest_reviews(case, offer, today)
    failed = _have_failed(latest)
    considered = [
        meeting
        for meeting in _until(case.joint_local_meetings, today)
        if failed and meeting.on >= latest[-1].on
    ]
    verdict = all_of(
        ALLOWED if failed else blocked(Missing.REVIEWS_WITHOUT_PROGRESS),
        ALLOWED if considered else blocked(Missing.MEETING_ON_FAILED_SUPPORT),
    )
    evidence = (*(review.event for review in latest), *(meeting.event for meeting in considered))
    events = events_in_order((offer.event, offer.answer_event, *evidence))
    return GateCheck(Gate.FAILED_SUPPORT, verdict.missing, events, relevant=True)


def failing_support(case: CaseFacts, today: date) -> FailingSupport | None:
    """Whether accepted support is failing (§15g): the reviews of the two latest days found no adequate progress.

    A joint local meeting considers it next; then the way to a referral is open. One adequate review undoes it.
    """
    gate = failed_support(case, today)
    offer = offer_that_counts(case.offers)
    if offer is None or not set(gate.missing) <= {Missing.MEETING_ON_FAILED_SUPPORT}:
        return None
    days = tuple(review.on for review in _latest_reviews(case, offer, today))
    return FailingSupport(days, is_considered=gate.met)


GATES: tuple[Callable[[CaseFacts, date], GateCheck], ...] = (
    joint_local_meeting,
    pre_intervention_meeting,
    failed_support,
)


def may_refer_at_once(risk: RiskFacts) -> Verdict:
    """People at risk now, or a legal duty to refer, wait for nobody (ours, not in the document).

    Whoever holds the concern refers at once; a second lead confirms or questions it, and a review follows.
    """
    if risk.people_at_risk_now or risk.legal_duty_to_refer:
        return ALLOWED
    return blocked(Missing.NO_RISK_AND_NO_LEGAL_DUTY)


def may_confirm_risk_referral(written_by: Collection[str], second_lead: str) -> Verdict:
    """The lead who confirms or questions a referral made at once is nobody who made or corrected it (ours)."""
    return blocked(Missing.DIFFERENT_LEAD) if second_lead in written_by else ALLOWED


def _latest_reviews(case: CaseFacts, offer: OfferFacts, today: date) -> list[ReviewFacts]:
    since = offer.answered_on or offer.made_on
    by_day = {review.on: review for review in _until(case.reviews, today) if review.on >= since}
    return list(by_day.values())[-REVIEWS_THAT_FAIL:]


def _have_failed(latest: list[ReviewFacts]) -> bool:
    return len(latest) == REVIEWS_THAT_FAIL and not any(review.adequate_progress for review in latest)


def _until(dated: tuple[Dated, ...], today: date) -> list[Dated]:
    return sorted((fact for fact in dated if fact.on <= today), key=lambda fact: (fact.on, fact.event))


# -------- clearinghouse/protocol/finding.py

# The family-first finding: what every escalation says about the sector's first shot, and the events it rests on.

class WhyNot(Worded):
    """Why family first was not given."""

    PEOPLE_AT_RISK = "people_at_risk", "People were at risk, so nobody waited"
    LEGAL_DUTY = "legal_duty", "The law required a referral"
    NOT_COMPLETE = "not_complete", "The escalation came before the family's first shot was complete"


@dataclass(frozen=True)
class Finding:
    """What an escalation says about family first; never blank.

    `gate` is the gate that was met or, where none was, the nearest (for a refusal, the joint local meeting);
    `missing` is what that gate still lacked.
    `events` are the ledger events that it rests on. `why_not` is set when it was not given.
    """

    result: FamilyFirst
    gate: Gate
    missing: tuple[Missing, ...]
    events: tuple[EventId, ...]
    why_not: WhyNot | None = None

    def __post_init__(self) -> None:
        given = self.result is FamilyFirst.GIVEN
        if given == bool(self.missing):
            raise ValueError("a finding names what was missing, unless family first was given")
        if (self.result is FamilyFirst.NOT_GIVEN) != (self.why_not is not None):
            raise ValueError("a finding says why family first was not given, and only then")
        if self.result is not FamilyFirst.NOT_GIVEN and not self.events:
            raise ValueError("a finding that family first was given or refused rests on events")

    @property
    def owed(self) -> tuple[DutyKind, ...]:
        """The duties that the family still owes, each once."""
        return Verdict(self.missing).owed


def family_first(case: CaseFacts, today: date) -> Finding:
    """What the record says about family first on the day of an escalation, ours or theirs (§9, §15g, §16, §22).

    Given: one of the gates of a referral is met. Refused: no gate is met, yet the family did its part (the dialogue
    held or attempted twice) and the authority declined the offer or let it lapse. Not given: anything less, with
    what was missing and why. What came after that day counts for nothing, whenever it was recorded.
    """
    case = replace(case, offers=_offers_by(case.offers, today))
    nearest = nearest_gate(case, today)
    if nearest.met:
        return Finding(FamilyFirst.GIVEN, nearest.gate, (), nearest.events)
    talk = dialogue(case.conversations, case.about, today)
    if talk.done and refused_or_silent(case.offers, today).allowed:
        refused = joint_local_meeting(case, today)
        return Finding(FamilyFirst.REFUSED, refused.gate, refused.missing, refused.events)
    events = nearest.events
    if may_refer_at_once(case.risk).allowed:
        events = events_in_order((case.risk.event, *events))
    return Finding(FamilyFirst.NOT_GIVEN, nearest.gate, nearest.missing, events, _finding_why_not(case))


def _offers_by(offers: tuple[OfferFacts, ...], day: date) -> tuple[OfferFacts, ...]:
    return tuple(_answered_by(offer, day) for offer in offers if offer.made_on <= day)


def _answered_by(offer: OfferFacts, day: date) -> OfferFacts:
    """The offer as it stood on the day: an answer given later was no answer yet, nor was silence up to its date."""
    if offer.answer is OfferAnswer.LAPSED:
        came = is_lapsed(offer.answer_by, day)
    else:
        came = offer.answered_on is None or offer.answered_on <= day
    if came:
        return offer
    return replace(offer, answer=None, answered_on=None, answer_event=None)


def _finding_why_not(case: CaseFacts) -> WhyNot:
    if case.risk.people_at_risk_now:
        return WhyNot.PEOPLE_AT_RISK
    if case.risk.legal_duty_to_refer:
        return WhyNot.LEGAL_DUTY
    return WhyNot.NOT_COMPLETE


# -------- clearinghouse/vault/merkle.py

# The Merkle tree of RFC 9162, section 2.1: roots, and proofs that something is in a tree, or that one tree grew out of
# another. All hashes are 32 bytes of SHA-256.

EMPTY_ROOT = sha256(b"").digest()
Subtree = Callable[[int, int], bytes]
"""The root of the leaves from one index up to, and without, another; both as RFC 9162 splits a tree."""


class ProofBroken(ValueError):
    """A proof does not prove what it was given for."""


def leaf_hash(data: bytes) -> bytes:
    """The hash of one leaf (RFC 9162, 2.1.1)."""
    return sha256(b"\0" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of two subtrees (RFC 9162, 2.1.1)."""
    return sha256(b"\1" + left + right).digest()


class Frontier:
    """A tree that only grows: the roots of its complete subtrees, the largest first, and nothing else of it."""

    def __init__(self, size: int = 0, roots: Iterable[bytes] = ()) -> None:
        self.size = size
        self.roots = list(roots)
        if len(self.roots) != size.bit_count():
            raise ValueError("a tree of this size has another number of complete subtrees")

    def append(self, leaf: bytes) -> None:
        """Add one leaf's hash."""
        self.roots.append(leaf)
        completed = self.size
        while completed & 1:
            right = self.roots.pop()
            self.roots.append(node_hash(self.roots.pop(), right))
            completed >>= 1
        self.size += 1

    def root(self) -> bytes:
        """The root of the tree as it stands."""
        if not self.roots:
            return EMPTY_ROOT
        *others, root = self.roots
        for left in reversed(others):
            root = node_hash(left, root)
        return root


def root_of(leaves: Sequence[bytes]) -> bytes:
    """The root of these leaf hashes."""
    tree = Frontier()
    for leaf in leaves:
        tree.append(leaf)
    return tree.root()


def subtrees_of(leaves: Sequence[bytes]) -> Subtree:
    """How to find a subtree's root from all the leaf hashes."""
    return lambda start, end: root_of(leaves[start:end])


def inclusion_proof(subtree: Subtree, index: int, size: int) -> list[bytes]:
    """What proves that leaf `index` is in the tree of that size (RFC 9162, 2.1.3.1), the lowest hash first.

    Raises IndexError where the tree has no such leaf.
    """
    if not 0 <= index < size:
        raise IndexError("the tree has no such leaf")
    path: list[bytes] = []
    start, end = 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            path.append(subtree(middle, end))
            end = middle
        else:
            path.append(subtree(start, middle))
            start = middle
    return path[::-1]


def consistency_proof(subtree: Subtree, earlier: int, later: int) -> list[bytes]:
    """What proves that the later tree begins with the earlier one (RFC 9162, 2.1.4.1), the lowest hash first.

    Raises IndexError where the earlier tree is empty or larger.
    """
    if not 0 < earlier <= later:
        raise IndexError("the earlier tree must have leaves, and not more of them")
    path: list[bytes] = []
    start, end, whole = 0, later, True
    while earlier != end:
        middle = start + _split(end - start)
        if earlier <= middle:
            path.append(subtree(middle, end))
            end = middle
        else:
            path.append(subtree(start, middle))
            start, whole = middle, False
    if not whole:
        path.append(subtree(start, end))
    return path[::-1]


def root_from(size: int, index: int, leaf: bytes, proof: Sequence[bytes]) -> bytes:
    """The root to which a leaf's hash and its proof lead (RFC 9162, 2.1.3.2).

    Raises ProofBroken where a tree of that size has no such leaf, or its proof another length.
    """
    if not 0 <= index < size:
        raise ProofBroken("the tree has no such leaf")
    place, last, found = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            raise ProofBroken("the proof is too long")
        if place & 1 or place == last:
            found = node_hash(sibling, found)
            while place and not place & 1:
                place, last = place >> 1, last >> 1
        else:
            found = node_hash(found, sibling)
        place, last = place >> 1, last >> 1
    if last:
        raise ProofBroken("the proof is too short")
    return found


def check_inclusion(root: bytes, size: int, index: int, leaf: bytes, proof: Sequence[bytes]) -> None:
    """Raises ProofBroken where the proof does not lead from the leaf's hash to the root."""
    if root_from(size, index, leaf, proof) != root:
        raise ProofBroken("the proof does not lead to the root")


def check_consistency(
    earlier: int, earlier_root: bytes, later: int, later_root: bytes, proof: Sequence[bytes]
) -> None:
    """Raises ProofBroken where the proof does not show that the later tree begins with the earlier (RFC 9162, 2.1.4.2).

    Every tree begins with the empty one, and with itself; for these the proof is empty.
    """
    if earlier > later or earlier < 0:
        raise ProofBroken("the earlier tree is the larger one")
    if earlier in {0, later}:
        known = later_root if earlier else EMPTY_ROOT
        if proof or earlier_root != known:
            raise ProofBroken("the two trees differ")
        return
    path = list(proof)
    if not earlier & (earlier - 1):
        path.insert(0, earlier_root)
    if not path:
        raise ProofBroken("the proof is too short")
    place, last = earlier - 1, later - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    old = new = path[0]
    for sibling in path[1:]:
        if last == 0:
            raise ProofBroken("the proof is too long")
        if place & 1 or place == last:
            old, new = node_hash(sibling, old), node_hash(sibling, new)
            while place and not place & 1:
                place, last = place >> 1, last >> 1
        else:
            new = node_hash(new, sibling)
        place, last = place >> 1, last >> 1
    if last or old != earlier_root or new != later_root:
        raise ProofBroken("the later tree does not begin with the earlier one")


def _split(size: int) -> int:
    """The largest power of two below the size: where RFC 9162 splits a tree."""
    return 1 << (size - 1).bit_length() - 1


# -------- clearinghouse/vault/heads.py

# The map of the last event of every stream: one root that commits to all of them, and a proof for one that names no
# other, so that a stream can be shown to be whole.

DEPTH = 16
_DOMAIN = b"clearinghouse/head/v1\0"


@dataclass(frozen=True)
class Head:
    """A stream's last event: its number and its hash."""

    stream: UUID
    seq: int
    hash: bytes

    @property
    def leaf(self) -> bytes:
        """What the map holds of it."""
        return leaf_hash(_DOMAIN + self.stream.bytes + self.seq.to_bytes(8, "big") + self.hash)


@dataclass(frozen=True)
class HeadProof:
    """What leads from one head to the map's root: its place among those that fell beside it, and the way up."""

    index: int
    size: int
    beside: tuple[bytes, ...]
    above: tuple[bytes, ...]


def _empty_levels() -> tuple[bytes, ...]:
    levels = [root_of([])]
    for _ in range(DEPTH):
        levels.append(node_hash(levels[-1], levels[-1]))
    return tuple(levels)


_EMPTY = _empty_levels()


class HeadsMap:
    """A binary tree of 2^16 buckets, found by the hash of the stream's id; a bucket is a Merkle tree of its heads."""

    def __init__(self) -> None:
        self._heads: dict[UUID, Head] = {}
        self._buckets: dict[int, list[UUID]] = {}
        self._nodes: list[dict[int, bytes]] = [{} for _ in _EMPTY]
        self._stale: set[int] = set()

    def __len__(self) -> int:
        return len(self._heads)

    def set(self, head: Head) -> None:
        """Put a stream's new head in the place of its former one."""
        bucket = _bucket_of(head.stream)
        if head.stream not in self._heads:
            insort(self._buckets.setdefault(bucket, []), head.stream)
        self._heads[head.stream] = head
        self._stale.add(bucket)

    def root(self) -> bytes:
        """The root of the map as it stands."""
        self._freshen()
        return self._node(DEPTH, 0)

    def proof(self, stream: UUID) -> HeadProof:
        """What proves that this is the stream's head. Raises KeyError where the map does not know the stream."""
        if stream not in self._heads:
            raise KeyError(stream)
        self._freshen()
        place = _bucket_of(stream)
        streams, leaves = self._buckets[place], self._leaves(place)
        index = bisect_left(streams, stream)
        beside = inclusion_proof(subtrees_of(leaves), index, len(leaves))
        above = []
        for level in range(DEPTH):
            above.append(self._node(level, place ^ 1))
            place >>= 1
        return HeadProof(index, len(leaves), tuple(beside), tuple(above))

    def _leaves(self, bucket: int) -> Sequence[bytes]:
        return [self._heads[stream].leaf for stream in self._buckets[bucket]]

    def _node(self, level: int, place: int) -> bytes:
        return self._nodes[level].get(place, _EMPTY[level])

    def _freshen(self) -> None:
        """Compute anew what stands above the buckets that changed, each node once."""
        stale, self._stale = self._stale, set()
        for bucket in stale:
            self._nodes[0][bucket] = root_of(self._leaves(bucket))
        for below, level in pairwise(range(DEPTH + 1)):
            stale = {place >> 1 for place in stale}
            for place in stale:
                left, right = self._node(below, 2 * place), self._node(below, 2 * place + 1)
                self._nodes[level][place] = node_hash(left, right)


def check_head(root: bytes, head: Head, proof: HeadProof) -> None:
    """Raises ProofBroken where the proof does not show that this was the stream's last event under the root."""
    if len(proof.above) != DEPTH:
        raise ProofBroken("the proof has another length than the map's height")
    found = root_from(proof.size, proof.index, head.leaf, proof.beside)
    place = _bucket_of(head.stream)
    for sibling in proof.above:
        found = node_hash(sibling, found) if place & 1 else node_hash(found, sibling)
        place >>= 1
    if found != root:
        raise ProofBroken("the proof does not lead to the map's root")


def _bucket_of(stream: UUID) -> int:
    return int.from_bytes(sha256(stream.bytes).digest()[: DEPTH // 8], "big")


# -------- clearinghouse/vault/leaves.py

# What the log hashes: an event's stored bytes, its leaf in the log, and the leaf for the ends of all streams.

NOTHING_BEFORE = bytes(32)
"""What the first event of a stream names as the hash before it."""

_EVENT = b"clearinghouse/event/v1\0"
_EVENT_LEAF = b"clearinghouse/event-leaf/v1\0"
_HEADS_LEAF = b"clearinghouse/heads-leaf/v1\0"


def event_hash(body: bytes) -> bytes:
    """The hash that the next event of the stream carries."""
    return sha256(_EVENT + body).digest()


def event_leaf(event_hash: bytes) -> bytes:
    """The leaf of an event."""
    return leaf_hash(_EVENT_LEAF + event_hash)


def heads_leaf(streams: int, root: bytes) -> bytes:
    """The leaf that commits to the ends of so many streams."""
    return leaf_hash(_HEADS_LEAF + streams.to_bytes(8, "big") + root)


# -------- clearinghouse/vault/notes.py

# Signed notes, log checkpoints and witnesses' cosignatures, in the forms of C2SP signed-note, tlog-checkpoint and
# tlog-cosignature, version 1.0.0; signatures are Ed25519.

SIGNED = 0x01
COSIGNED = 0x04
_ID_BYTES = 4
_TIME_BYTES = 8
_notes_KEY_BYTES = 32
_MOST_SIGNATURES = 100
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")
_SIZE = re.compile(r"0|[1-9][0-9]{0,18}")


class NoteBroken(ValueError):
    """A note is not one, or nobody who is trusted signed it."""


@dataclass(frozen=True)
class Verifier:
    """A public key under its owner's name; `kind` says whether they sign notes (SIGNED) or cosign them (COSIGNED)."""

    name: str
    kind: int
    public: bytes

    def __post_init__(self) -> None:
        if not self.name or re.search(r"[\s+]", self.name):
            raise NoteBroken("a key's name is not empty and has no space and no plus in it")
        if self.kind not in {SIGNED, COSIGNED} or len(self.public) != _notes_KEY_BYTES:
            raise NoteBroken("only Ed25519 keys that sign or cosign are known here")

    @property
    def key_id(self) -> bytes:
        """The four bytes by which a signature line names the key."""
        return sha256(self.name.encode() + b"\n" + bytes([self.kind]) + self.public).digest()[:_ID_BYTES]

    @property
    def text(self) -> str:
        """The key as one line (a vkey): name, key id, kind and key."""
        material = base64.b64encode(bytes([self.kind]) + self.public).decode()
        return f"{self.name}+{self.key_id.hex()}+{material}"


@dataclass(frozen=True, repr=False)
class Signer:
    """A private key under a name, which signs notes as SIGNED or cosigns them as COSIGNED."""

    name: str
    kind: int
    private: Ed25519PrivateKey

    @property
    def verifier(self) -> Verifier:
        """The public half."""
        return Verifier(self.name, self.kind, self.private.public_key().public_bytes_raw())


@dataclass(frozen=True)
class Signature:
    """One signature line. `stamp` is the instant of a cosignature in POSIX seconds, None where it has none."""

    by: Verifier
    stamp: int | None


@dataclass(frozen=True)
class Note:
    """A text that ends in a newline, and its signature lines as they stand, the unknown ones too."""

    text: str
    lines: tuple[str, ...] = ()

    def __str__(self) -> str:
        return self.text + "\n" + "".join(line + "\n" for line in self.lines)


@dataclass(frozen=True)
class Checkpoint:
    """A log's size and root, under the name of the log."""

    origin: str
    size: int
    root: bytes = field(repr=False)

    @property
    def text(self) -> str:
        """The note text that is signed."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"


def read_verifier(text: str) -> Verifier:
    """A public key out of its one line. Raises NoteBroken where it is not one."""
    name, _, rest = text.strip().partition("+")
    key_id, _, material = rest.partition("+")
    raw = _bytes(material)
    found = Verifier(name, raw[0] if raw else 0, raw[1:])
    if key_id != found.key_id.hex():
        raise NoteBroken("the key's id does not belong to its name and bytes")
    return found


def read_note(text: str) -> Note:
    """A note out of its text; nothing is verified yet. Raises NoteBroken where it is not one."""
    if _CONTROL.search(text):
        raise NoteBroken("a note holds no control characters")
    body, found, signatures = text.rpartition("\n\n")
    lines = signatures.splitlines()
    if not found or not lines or not signatures.endswith("\n") or len(lines) > _MOST_SIGNATURES:
        raise NoteBroken("this is not a signed note")
    if any(len(line.split(" ")) != 3 or not line.startswith("\u2014 ") for line in lines):
        raise NoteBroken("a signature line of the note is not one")
    return Note(body + "\n", tuple(lines))


def read_checkpoint(note: Note) -> Checkpoint:
    """The log's size and root out of a note's text. Raises NoteBroken where they are not there."""
    parts = note.text.split("\n")
    if len(parts) < 4 or not parts[0] or not _SIZE.fullmatch(parts[1]):
        raise NoteBroken("this note is not a log's checkpoint")
    root = _bytes(parts[2])
    if len(root) != _notes_KEY_BYTES:
        raise NoteBroken("the checkpoint's root does not have 32 bytes")
    return Checkpoint(parts[0], int(parts[1]), root)


def sign(text: str, signer: Signer) -> Note:
    """A note of this text, signed. The text ends in a newline."""
    return signed_again(Note(text), signer)


def signed_again(note: Note, signer: Signer, stamp: int | None = None) -> Note:
    """The note with one more signature; a cosignature needs its instant, in POSIX seconds."""
    if (signer.kind == COSIGNED) != (stamp is not None):
        raise ValueError("a cosignature has its instant, and no other signature has one")
    by = signer.verifier
    head = by.key_id + (b"" if stamp is None else stamp.to_bytes(_TIME_BYTES, "big"))
    signature = base64.b64encode(head + signer.private.sign(_message(note.text, stamp))).decode()
    return Note(note.text, (*note.lines, f"\u2014 {by.name} {signature}"))


def verified(note: Note, trusted: Iterable[Verifier]) -> tuple[Signature, ...]:
    """The signatures of those who are trusted, each key once, in the order of the lines; unknown ones are passed over.

    Raises NoteBroken where a trusted key's signature does not fit, or none of them signed.
    """
    known = {(each.name, each.key_id): each for each in trusted}
    found: dict[Verifier, Signature] = {}
    for line in note.lines:
        _, name, material = line.split(" ")
        raw = _bytes(material)
        by = known.get((name, raw[:_ID_BYTES]))
        if by is not None:
            found.setdefault(by, _checked(note.text, by, raw[_ID_BYTES:]))
    if not found:
        raise NoteBroken("nobody who is trusted signed this note")
    return tuple(found.values())


def _checked(text: str, by: Verifier, signature: bytes) -> Signature:
    stamp = int.from_bytes(signature[:_TIME_BYTES], "big") if by.kind == COSIGNED else None
    rest = signature[_TIME_BYTES:] if by.kind == COSIGNED else signature
    try:
        Ed25519PublicKey.from_public_bytes(by.public).verify(rest, _message(text, stamp))
    except InvalidSignature as error:
        raise NoteBroken(f"the signature of {by.name} does not fit this note") from error
    return Signature(by, stamp)


def _message(text: str, stamp: int | None) -> bytes:
    return text.encode() if stamp is None else f"cosignature/v1\ntime {stamp}\n{text}".encode()


def _bytes(text: str | Sequence[str]) -> bytes:
    try:
        return base64.b64decode(str(text), validate=True)
    except (binascii.Error, ValueError) as error:
        raise NoteBroken("something in the note is not base64") from error


# -------- clearinghouse/vault/disclosures.py

# Values that can be shown one by one: each stands in what is signed as a salted digest (RFC 9901), and is shown by
# handing over its salt, its name and itself.

_SALT_BYTES = 16
_URLSAFE = bytes.maketrans(b"+/", b"-_")
# Verification makes every one anew: json.dumps would make an encoder for each.
_ENCODE = json.JSONEncoder(separators=(",", ":"), sort_keys=True, ensure_ascii=True).encode


def disclosures(seed: bytes, values: Mapping[str, object]) -> dict[str, str]:
    """What shows each of these values, by its name: base64url of the JSON of salt, name and value.

    The salts come from the secret seed, which none of them gives away.
    """
    return {name: _disclosure(seed, name, value) for name, value in values.items()}


def digest_of(disclosure: str) -> str:
    """The digest that stands for a disclosure: base64url of its SHA-256."""
    return _text(sha256(disclosure.encode("ascii")).digest())


def digests_of(disclosed: Iterable[str]) -> list[str]:
    """The digests of several, sorted, so that their order says nothing."""
    return sorted(digest_of(each) for each in disclosed)


def read_disclosure(disclosure: str) -> tuple[str, object]:
    """The name and the value of a disclosure. Raises ValueError where it is none."""
    try:
        padded = disclosure + "=" * (-len(disclosure) % 4)
        parts = json.loads(base64.b64decode(padded, altchars=b"-_", validate=True))
    except (ValueError, RecursionError) as error:
        raise ValueError("this is no disclosure") from error
    if not isinstance(parts, list) or len(parts) != 3 or not isinstance(parts[1], str):
        raise ValueError("this is no disclosure")
    return parts[1], parts[2]


def _disclosure(seed: bytes, name: str, value: object) -> str:
    salt = hmac.digest(seed, name.encode(), "sha256")[:_SALT_BYTES]
    return _text(_ENCODE([_text(salt), name, value]).encode("ascii"))


def _text(raw: bytes) -> str:
    return b2a_base64(raw, newline=False).translate(_URLSAFE).rstrip(b"=").decode("ascii")


# -------- clearinghouse/vault/jws.py

# A signed JSON document: JWS (RFC 7515) in the flattened form, signed with Ed25519 (RFC 8037).

_HEADER = {"alg", "kid"}


class JwsBroken(ValueError):
    """A signed document is not one, or was not signed by the key that it ought to be."""


def sign_jws(payload: Mapping[str, object], private: Ed25519PrivateKey, kid: str) -> str:
    """The document, signed by the key that goes by the name `kid`, as JSON."""
    header = _url({"alg": "EdDSA", "kid": kid})
    body = _url(payload)
    signature = base64.urlsafe_b64encode(private.sign(f"{header}.{body}".encode("ascii"))).rstrip(b"=")
    document = {"payload": body, "protected": header, "signature": signature.decode("ascii")}
    return json.dumps(document, indent=1) + "\n"


def read_jws(text: str) -> tuple[str, dict[str, object]]:
    """By the name of which key the document says that it was signed, and what it says; nothing is verified yet.

    Raises JwsBroken where it is not one.
    """
    header, body, _ = _parts(text)
    said, payload = _json(header), _json(body)
    if set(said) != _HEADER or said["alg"] != "EdDSA" or not isinstance(said["kid"], str):
        raise JwsBroken("it is not signed in the way that is known here (EdDSA, with the name of a key)")
    return said["kid"], payload


def check_jws(text: str, public: bytes) -> None:
    """Raises JwsBroken where the document was not signed by this public key, or is none."""
    header, body, signature = _parts(text)
    read_jws(text)
    try:
        message = f"{header}.{body}".encode("ascii")
        Ed25519PublicKey.from_public_bytes(public).verify(_raw(signature), message)
    except (InvalidSignature, UnicodeEncodeError) as error:
        raise JwsBroken("its signature does not fit") from error


def _parts(text: str) -> tuple[str, str, str]:
    try:
        document = json.loads(text)
        header, body, signature = (document[name] for name in ("protected", "payload", "signature"))
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise JwsBroken("it is not a signed document") from error
    if len(document) != 3 or not all(isinstance(each, str) for each in (header, body, signature)):
        raise JwsBroken("it is not a signed document")
    return header, body, signature


def _json(encoded: str) -> dict[str, object]:
    try:
        found = json.loads(_raw(encoded))
    except (ValueError, RecursionError) as error:
        raise JwsBroken("it is not a signed document") from error
    if not isinstance(found, dict):
        raise JwsBroken("it is not a signed document")
    return found


def _url(content: Mapping[str, object]) -> str:
    plain = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode("ascii")
    return base64.urlsafe_b64encode(plain).rstrip(b"=").decode("ascii")


def _raw(encoded: str) -> bytes:
    try:
        return base64.b64decode(encoded + "=" * (-len(encoded) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise JwsBroken("it is not a signed document") from error


# -------- clearinghouse/vault/envelopes.py

# What is encrypted to somebody outside, to a key that they made themselves: HPKE (RFC 9180), stretch by stretch.
# 
# A file is a line that names the format, the key and the file, and then stretches of one length, the last of any length.
# Each is sealed by itself and bound to that line, to its number and to whether it is the last one, so that none can be
# left out, moved or brought in from another file. Who encrypted it, the envelope does not say: what lies inside does.

ENVELOPE_FORMAT = "clearinghouse/envelope/v1"
PUBLIC_KEY, PRIVATE_KEY = "clearinghouse-pack-key:v1:", "clearinghouse-pack-private-key:v1:"
STRETCH = 256 * 1024
_envelopes_KEY_BYTES, _CHECK_BYTES, _PRINT_BYTES, _FILE_BYTES = 32, 4, 16, 16
_OVERHEAD = 48
_LONGEST_HEAD = 200
_FRESH = os.O_WRONLY | os.O_CREAT | os.O_EXCL


class EnvelopeBroken(Exception):
    """A key is none, or an envelope does not open; the message is one sentence for whoever holds it."""


@dataclass(frozen=True)
class RecipientKey:
    """The public half of a recipient's key. Raises EnvelopeBroken where it is none that can be encrypted to."""

    public: bytes

    def __post_init__(self) -> None:
        try:
            # Of the few points that every private key leads to the same secret from, none is a key.
            X25519PrivateKey.from_private_bytes(bytes(_envelopes_KEY_BYTES)).exchange(self.point)
        except ValueError as error:
            raise EnvelopeBroken("This is no key that anything can be encrypted to.") from error

    @property
    def point(self) -> X25519PublicKey:
        """What is encrypted to."""
        return X25519PublicKey.from_public_bytes(self.public)

    @property
    def text(self) -> str:
        """The key as a line that can be sent to others; its end tells a mistyped one apart."""
        return PUBLIC_KEY + base64.urlsafe_b64encode(self.public + _check(self.public)).decode("ascii")

    @property
    def number(self) -> int:
        """The fingerprint as a number."""
        hashed = sha256(b"clearinghouse/pack-key/v1\0" + self.public).digest()
        return int.from_bytes(hashed[:_PRINT_BYTES], "big")

    @property
    def fingerprint(self) -> str:
        """What two people compare: eight groups of four signs, 0 to 9 and a to f."""
        signs = f"{self.number:0{2 * _PRINT_BYTES}x}"
        return " ".join(signs[start : start + 4] for start in range(0, len(signs), 4))

    @classmethod
    def read(cls, text: str) -> "RecipientKey":
        """The key out of its line. Raises EnvelopeBroken where it is none, or not whole."""
        line = "".join(text.split())
        if line.startswith(PRIVATE_KEY):
            raise EnvelopeBroken("This is the private key. Keep it to yourself, and make another key.")
        raw = _decoded(line, PUBLIC_KEY)
        public = raw[:_envelopes_KEY_BYTES]
        if len(raw) != _envelopes_KEY_BYTES + _CHECK_BYTES or raw[_envelopes_KEY_BYTES:] != _check(public):
            raise EnvelopeBroken(f"This is not a whole key. Copy the line that begins with {PUBLIC_KEY}")
        return cls(public)


@dataclass(frozen=True, repr=False)
class PrivateKey:
    """The half of a recipient's key that only they hold."""

    private: X25519PrivateKey

    @property
    def public(self) -> RecipientKey:
        """The half that everybody may know."""
        return RecipientKey(self.private.public_key().public_bytes_raw())


def create_private_key(path: Path) -> RecipientKey:
    """Make a fresh key in a file that only its owner reads. Raises FileExistsError where something stands there."""
    key = PrivateKey(X25519PrivateKey.generate())
    public, secret = key.public, base64.urlsafe_b64encode(key.private.private_bytes_raw()).decode("ascii")
    with os.fdopen(os.open(path, _FRESH, 0o600), "w", encoding="ascii") as file:
        file.write(
            "# Opens packs of Clearinghouse that are encrypted to you. Show this file to nobody, and keep a copy.\n"
            f"# Fingerprint: {public.fingerprint}\n"
            f"# {public.text}\n"
            f"{PRIVATE_KEY}{secret}\n"
        )
        file.flush()
        os.fsync(file.fileno())
    return public


def read_private_key(text: str) -> PrivateKey:
    """The private key out of its file's text. Raises EnvelopeBroken where none is in it."""
    lines = [line.strip() for line in text.splitlines() if line.strip() and not line.startswith("#")]
    raw = _decoded(lines[0] if len(lines) == 1 else "", PRIVATE_KEY)
    if len(raw) != _envelopes_KEY_BYTES:
        raise EnvelopeBroken("This file holds no private key of a recipient.")
    return PrivateKey(X25519PrivateKey.from_private_bytes(raw))


def envelope(plain: IO[bytes], key: RecipientKey) -> Iterator[bytes]:
    """What the file holds, encrypted to the key, as it comes."""
    head = f"{ENVELOPE_FORMAT} {key.number:032x} {secrets.token_bytes(_FILE_BYTES).hex()}\n".encode("ascii")
    yield head
    number, stretch, point, suite = 0, plain.read(STRETCH), key.point, _suite()
    while True:
        following = plain.read(STRETCH)
        yield suite.encrypt(stretch, point, _bound(head, number, last=not following))
        if not following:
            return
        number, stretch = number + 1, following


def is_envelope(file: IO[bytes]) -> bool:
    """Whether the file begins as an envelope does. It is left at its beginning."""
    begins = file.read(len(ENVELOPE_FORMAT))
    file.seek(0)
    return begins == ENVELOPE_FORMAT.encode("ascii")


def open_envelope(sealed: IO[bytes], key: PrivateKey) -> Iterator[bytes]:
    """What was encrypted, as it comes. Raises EnvelopeBroken, also half way: what came before is then worth nothing."""
    head = sealed.readline(_LONGEST_HEAD)
    form, _, rest = head.decode("ascii", "replace").strip().partition(" ")
    if form != ENVELOPE_FORMAT:
        raise EnvelopeBroken("This file is of a format that this program does not know. Take a newer one.")
    if rest.partition(" ")[0] != f"{key.public.number:032x}":
        raise EnvelopeBroken(f"It was encrypted to another key than this one, {key.public.fingerprint}.")
    number, stretch, suite = 0, sealed.read(STRETCH + _OVERHEAD), _suite()
    while True:
        following = sealed.read(STRETCH + _OVERHEAD)
        try:
            yield suite.decrypt(stretch, key.private, _bound(head, number, last=not following))
        except (InvalidTag, ValueError) as error:
            raise EnvelopeBroken("It did not arrive whole, or was altered. Collect it again.") from error
        if not following:
            return
        number, stretch = number + 1, following


def _suite() -> Any:  # its module is younger than what checking a pack needs
    try:
        from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite  # noqa: PLC0415
    except ImportError as error:
        raise EnvelopeBroken(
            "To open it, a newer cryptography is needed: pip install --upgrade cryptography"
        ) from error
    return Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)


def _bound(head: bytes, number: int, *, last: bool) -> bytes:
    """What a stretch is bound to. The line at the head has an end of its own, and the rest one length."""
    return head + number.to_bytes(8, "big") + (b"\1" if last else b"\0")


def _check(public: bytes) -> bytes:
    return sha256(b"clearinghouse/pack-key/check\0" + public).digest()[:_CHECK_BYTES]


def _decoded(line: str, begins: str) -> bytes:
    try:
        return base64.b64decode(
            line.removeprefix(begins) if line.startswith(begins) else "", b"-_", validate=True
        )
    except (binascii.Error, ValueError):
        return b""


# -------- clearinghouse/casework/packs/retelling.py

# A case told again from the facts that a pack discloses, and its family-first findings worked out anew from them.

_ESCALATION = frozenset(
    {
        "escalation",
        "on",
        "finding",
        "gate",
        "missing",
        "evidence",
        "why_not",
        "nature",
        "people_at_risk",
        "legal_duty_to_refer",
        "department_contemplates_action",
    }
)
_MEETING = frozenset(
    {"meeting", "corrects", "kind", "held_on", "outcomes", "sector_led_feasible", "attendees"}
)
ESCALATIONS = frozenset({"escalation:recorded", "escalation:corrected", "referral:made", "risk:referred"})
NEEDED: Mapping[str, frozenset[str]] = {
    "conversation:recorded": frozenset({"held", "held_on", "capacities"}),
    "offer:made": frozenset({"offer", "answer_by"}),
    "offer:answered": frozenset({"offer", "answer", "answered_on"}),
    "offer:lapsed": frozenset({"offer"}),
    "offer:withdrawn": frozenset({"offer"}),
    "meeting:recorded": _MEETING,
    "meeting:corrected": _MEETING,
    "progress:reviewed": frozenset({"held_on", "adequate_progress"}),
    **dict.fromkeys(ESCALATIONS, _ESCALATION),
}
"""What a finding is made of: the facts of each type of event without which it cannot be worked out."""


@dataclass(frozen=True)
class Happened:
    """An event as it is disclosed; `facts` holds those that are shown."""

    id: str
    type: str
    at: datetime
    facts: Mapping[str, object]

    @property
    def withheld(self) -> frozenset[str]:
        """What of it a finding would need and is not shown."""
        return NEEDED.get(self.type, frozenset()) - self.facts.keys()

    @property
    def day(self) -> date:
        """The day that it was in England."""
        return day_in_england(self.at)

    def day_of(self, name: str) -> date:
        """A fact that is a date. Raises ValueError where it is none."""
        return date.fromisoformat(str(self.facts[name]))

    def words_of(self, name: str) -> list[str]:
        """A fact that is a list of words. Raises ValueError where it is none."""
        found = self.facts[name]
        if not isinstance(found, list) or not all(isinstance(each, str) for each in found):
            raise ValueError(f"{name} is not a list of words")
        return found

    def truth_of(self, name: str) -> bool:
        """A fact that is yes or no. Raises TypeError where it is neither."""
        found = self.facts[name]
        if not isinstance(found, bool):
            raise TypeError(f"{name} is neither yes nor no")
        return found


@dataclass(frozen=True)
class Retold:
    """One escalation: what its event says of family first, and what was worked out; None where facts are withheld."""

    event: str
    on: date | None
    said: str
    found: Finding | None
    withheld: tuple[str, ...] = ()
    agrees: bool = False


@dataclass
class _Case:
    """What has happened so far."""

    conversations: list[ConversationFacts] = field(default_factory=list)
    offers: dict[str, OfferFacts] = field(default_factory=dict)
    joint: dict[str, JointLocalMeetingFacts] = field(default_factory=dict)
    before_a_notice: dict[str, PreInterventionFacts] = field(default_factory=dict)
    reviews: list[ReviewFacts] = field(default_factory=list)
    withheld: list[str] = field(default_factory=list)


def retell(events: Sequence[Happened]) -> list[Retold]:
    """Every escalation of one case's events, in their order, with the finding worked out from those before it.

    Raises ValueError or TypeError where a fact is none of its kind.
    """
    case, found = _Case(), []
    for event in events:
        if event.type in ESCALATIONS:
            found.append(_escalated(case, event))
        elif event.type in NEEDED:
            if event.withheld:
                case.withheld.append(f"{event.type}: {', '.join(sorted(event.withheld))}")
            else:
                _happened(case, event)
    return found


def day_in_england(instant: datetime) -> date:
    """The day on England's clocks, an hour ahead from the last Sunday of March to that of October, 1 a.m. UTC."""
    utc = instant.astimezone(UTC)
    begins, ends = (_last_sunday(utc.year, month) for month in (3, 10))
    return (utc + timedelta(hours=1) if begins <= utc < ends else utc).date()


def _last_sunday(year: int, month: int) -> datetime:
    last = datetime(year, month, 31, 1, tzinfo=UTC)
    return last - timedelta(days=(last.weekday() + 1) % 7)


def _escalated(case: _Case, event: Happened) -> Retold:
    withheld = [*case.withheld]
    if event.withheld:
        withheld.append(f"{event.type}: {', '.join(sorted(event.withheld))}")
    if withheld:
        said = str(event.facts.get("finding", ""))
        return Retold(event.id, None, said, None, tuple(withheld))
    facts, on = _facts(case, event), event.day_of("on")
    finding = family_first(facts, on)
    agrees = (
        event.facts["finding"] == finding.result.value
        and event.facts["gate"] == finding.gate.value
        and event.facts["why_not"] == (finding.why_not.value if finding.why_not else None)
        and event.words_of("missing") == [str(each.value) for each in finding.missing]
        and event.words_of("evidence") == list(finding.events)
    )
    return Retold(event.id, on, str(event.facts["finding"]), finding, (), agrees)


def _facts(case: _Case, event: Happened) -> CaseFacts:
    return CaseFacts(
        about=usually_about(Nature(str(event.facts["nature"]))),
        department_contemplates_action=event.truth_of("department_contemplates_action"),
        risk=RiskFacts(event.truth_of("people_at_risk"), event.truth_of("legal_duty_to_refer")),
        conversations=tuple(case.conversations),
        offers=tuple(case.offers.values()),
        joint_local_meetings=tuple(case.joint.values()),
        pre_intervention_meetings=tuple(case.before_a_notice.values()),
        reviews=tuple(case.reviews),
    )


def _happened(case: _Case, event: Happened) -> None:
    match event.type:
        case "conversation:recorded":
            capacities = frozenset(Capacity(each) for each in event.words_of("capacities"))
            held = ConversationFacts(event.id, event.day_of("held_on"), event.truth_of("held"), capacities)
            case.conversations.append(held)
        case "offer:made":
            case.offers[str(event.facts["offer"])] = OfferFacts(
                event.id, event.day, event.day_of("answer_by")
            )
        case "offer:answered":
            answer = OfferAnswer(str(event.facts["answer"]))
            _end_offer(case, event, answer, event.day_of("answered_on"))
        case "offer:lapsed":
            _end_offer(case, event, OfferAnswer.LAPSED, None)
        case "offer:withdrawn":
            _end_offer(case, event, OfferAnswer.WITHDRAWN, event.day)
        case "progress:reviewed":
            progress = event.truth_of("adequate_progress")
            case.reviews.append(ReviewFacts(event.id, event.day_of("held_on"), progress))
        case _:
            _met(case, event)


def _end_offer(case: _Case, event: Happened, answer: OfferAnswer, on: date | None) -> None:
    key = str(event.facts["offer"])
    if key not in case.offers:
        raise ValueError("an offer ends that was not made")
    ended_on = on or case.offers[key].answer_by
    case.offers[key] = replace(case.offers[key], answer=answer, answered_on=ended_on, answer_event=event.id)


def _met(case: _Case, event: Happened) -> None:
    for kept in (case.joint, case.before_a_notice):
        kept.pop(str(event.facts["corrects"]), None)
    key, on = str(event.facts["meeting"]), event.day_of("held_on")
    if MeetingKind(str(event.facts["kind"])) is MeetingKind.JOINT_LOCAL:
        outcomes = [Outcome(each) for each in event.words_of("outcomes")]
        if outcomes:
            case.joint[key] = JointLocalMeetingFacts(event.id, on, max(outcomes, key=_gravity))
        return
    feasible = None if event.facts["sector_led_feasible"] is None else event.truth_of("sector_led_feasible")
    came, declined = (_parties(event, each) for each in (Attendance.ATTENDED, Attendance.DECLINED))
    case.before_a_notice[key] = PreInterventionFacts(event.id, on, came, declined, feasible)


def _gravity(outcome: Outcome) -> int:
    return (Outcome.A, Outcome.B, Outcome.C).index(outcome)


def _parties(event: Happened, attendance: Attendance) -> frozenset[str]:
    attendees = event.facts["attendees"]
    if not isinstance(attendees, list):
        raise TypeError("attendees is not a list")
    found = set()
    for body, capacity, attended in attendees:
        if Attendance(attended) is attendance:
            found.add(party_of(Body(body), Capacity(capacity) if capacity else None))
    return frozenset(found)


# -------- clearinghouse/casework/packs/contents.py

# What a pack is made of, and what a verification of one is given and says.

PACK_FORMAT = 1
MANIFEST, CHECKPOINT, EVENTS, PROOFS, STREAMS = (
    "manifest.json",
    "checkpoint",
    "events.jsonl",
    "proofs.jsonl",
    "streams.json",
)
REPORT, README, VERIFIER = "report.html", "README.txt", "verify.py"
SIGNED_FILES = (CHECKPOINT, EVENTS, PROOFS, STREAMS, REPORT, README, VERIFIER)
NOT_DETECTABLE = (
    "What was never written down. A talk that nobody recorded leaves no trace to check.",
    "Whether what was written down is true. What is proved is what was written, and that it was not altered since.",
    "A second history, made up by whoever holds the log's key. A witness (--witness) or your checkpoint shows it.",
    "Anything after the moment at which the pack was made. Ask for another pack to learn what happened since.",
    "That the installation's clock was right. The times are its own; those of a witness are the witness's.",
    "The councils' names, the cases' references and in what capacity somebody acted: signed, and shown by no event.",
    "Why something is kept back. That it is, and how much of it, is said above.",
    "That this program is the published one, where you took it from the pack or from its sender. Compare the two.",
)
_WIDTH = 100


class Fault(Exception):
    """Something in the pack is not as it must be."""


@dataclass
class Verified:
    """What was looked at: what is proved, what is not though it might have been, and what is wrong.

    `delivered_to` is the fingerprint of the key that the pack says it was encrypted to; empty where it was to none.
    """

    proved: list[str] = field(default_factory=list)
    not_proved: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    retold: list[Retold] = field(default_factory=list)
    delivered_to: str = ""

    @property
    def holds(self) -> bool:
        """Whether nothing is wrong."""
        return not self.faults

    @property
    def text(self) -> str:
        """All of it in words."""
        if self.holds:
            head = (
                "THIS PACK HOLDS. It is whole, and nothing that it shows was altered since it was recorded."
            )
        else:
            head = (
                "THIS PACK DOES NOT HOLD. Do not rely on it, and keep it: it shows that something is wrong."
            )
        parts = [
            ("What is wrong", self.faults),
            ("What was proved" if self.holds else "What was proved before that came to light", self.proved),
            ("What was not proved, and could have been", self.not_proved),
            ("What no pack can show", NOT_DETECTABLE),
        ]
        lines = [head]
        for heading, sentences in parts:
            if sentences:
                lines += ["", heading, "", *(_item(sentence) for sentence in sentences)]
        return "\n".join(lines) + "\n"


@dataclass(frozen=True)
class Given:
    """What stands outside the pack: the log's key and the witnesses' as lines, and texts of checkpoints or proofs.

    `opened_with` is the fingerprint of the key with which it was opened; None where it came unencrypted.
    """

    log_key: str | None = None
    witnesses: Sequence[str] = ()
    outside: Sequence[str] = ()
    opened_with: str | None = None


@dataclass(frozen=True)
class Signed:
    """What the manifest says, under whose key, and the checkpoint."""

    key: Verifier
    said: Mapping[str, Any]
    note: Note
    checkpoint: Checkpoint


NOTHING_OUTSIDE = Given()
"""Where the pack alone is looked at."""


def _item(sentence: str) -> str:
    """A sentence of a list, in lines that a window shows whole; keys stay on one line, to be copied."""
    return fill(
        sentence,
        _WIDTH,
        initial_indent="  - ",
        subsequent_indent="    ",
        break_long_words=False,
        break_on_hyphens=False,
    )


def in_words(day: date) -> str:
    """A day as people say it."""
    return f"{day.day} {day:%B %Y}"


def hashes_of(text: object) -> list[bytes]:
    """The hashes of a path, out of the base64 of all of them. Raises Fault where it is none."""
    try:
        joined = base64.b64decode(str(text), validate=True)
    except (binascii.Error, ValueError) as error:
        raise Fault("A proof is not made of hashes.") from error
    each = len(NOTHING_BEFORE)
    if len(joined) % each:
        raise Fault("A proof is not made of hashes.")
    return [joined[start : start + each] for start in range(0, len(joined), each)]


def hash_of(text: object) -> bytes:
    """One hash of a proof, out of its base64. Raises Fault where it is none."""
    try:
        found = base64.b64decode(str(text), validate=True)
    except (binascii.Error, ValueError) as error:
        raise Fault("A proof is not made of hashes.") from error
    if len(found) != len(NOTHING_BEFORE):
        raise Fault("A proof is not made of hashes.")
    return found


# -------- clearinghouse/casework/packs/witnesses.py

# A pack's tree against what stands outside of it: witnesses' cosignatures, and checkpoints that somebody kept.

def check_witnesses(pack: zipfile.ZipFile, signed: Signed, given: Given, found: Verified) -> None:
    """The pack's tree against what stands outside, and who cosigned it. Raises Fault where they do not agree."""
    notes, growth, grown = [signed.note], _growth(pack), dict[tuple[int, bytes], list[bytes]]()
    outside = [_outside(text, signed, grown) for text in given.outside]
    for note in outside:
        notes += _compared(note, signed, growth, grown, found)
    for line in given.witnesses:
        witness = read_verifier(line)
        if witness.kind != COSIGNED:
            raise Fault(f"{witness.name} is not the key of a witness.")
        stamps = [stamp for note in notes for stamp in _stamps(note, witness)]
        if not stamps:
            raise Fault(
                f"The witness {witness.name} did not cosign this checkpoint, nor one given here that begins with it. "
                "Whoever holds the log's key may have written a second history."
            )
        instant = datetime.fromtimestamp(min(stamps), UTC)
        found.proved.append(
            f"The witness {witness.name} cosigned the log that holds all this, on {in_words(instant)} at "
            f"{instant:%H:%M} UTC."
        )
    if not given.witnesses and not given.outside:
        found.not_proved.append(
            "That the installation shows everybody the same history: no witness and no checkpoint was given. Ask those "
            "who act as witnesses for their keys (--witness), or give a checkpoint that you kept (--checkpoint)."
        )


def _outside(text: str, signed: Signed, grown: dict[tuple[int, bytes], list[bytes]]) -> Note:
    """The checkpoint that was given; where it came with a proof that the pack's grew into it, that is kept beside."""
    ours, path = signed.checkpoint, None
    if text.startswith("old "):
        head, _, text = text.partition("\n\n")
        first, *lines = head.split("\n")
        if first != f"old {ours.size}":
            raise Fault(f"The proof of growth given here does not begin at the pack's {ours.size:,} entries.")
        path = [hash_of(each) for each in lines]
    note = read_note(text)
    try:
        verified(note, [signed.key])
    except NoteBroken as error:
        raise Fault("A checkpoint that was given here is not of the log that signed the pack.") from error
    if path is not None:
        theirs = read_checkpoint(note)
        grown[theirs.size, theirs.root] = path
    return note


def _compared(
    note: Note,
    signed: Signed,
    growth: Mapping[int, list[bytes]],
    grown: Mapping[tuple[int, bytes], list[bytes]],
    found: Verified,
) -> list[Note]:
    """The note that was given, where its tree is the pack's or begins with it. Raises Fault where they differ."""
    ours, theirs = signed.checkpoint, read_checkpoint(note)
    proof = grown.get((theirs.size, theirs.root))
    try:
        if theirs.size > ours.size and proof is None:
            found.not_proved.append(
                f"That the log of {theirs.size:,} entries, given here, begins with the pack's {ours.size:,}: give what "
                f"'clearinghouse ledger proof --since {ours.size}' prints as another --checkpoint."
            )
            return []
        if theirs.size >= ours.size:
            check_consistency(ours.size, ours.root, theirs.size, theirs.root, proof or [])
        elif theirs.size in growth:
            check_consistency(theirs.size, theirs.root, ours.size, ours.root, growth[theirs.size])
        else:
            found.not_proved.append(
                f"That the log grew out of the checkpoint of {theirs.size:,} entries given here."
            )
            return []
    except ProofBroken as error:
        raise Fault(
            f"THE LOG WAS REWRITTEN: the checkpoint of {theirs.size:,} entries given here and the pack's are of two "
            "histories. Keep both: together they prove it."
        ) from error
    found.proved.append(
        f"The pack and the checkpoint of {theirs.size:,} entries given here are of one history."
    )
    return [note] if theirs.size >= ours.size else []


def _stamps(note: Note, witness: Verifier) -> list[int]:
    """The instants at which the witness cosigned the note; none where it did not."""
    lines = [line.split(" ") for line in note.lines]
    materials = [base64.b64decode(material) for _, name, material in lines if name == witness.name]
    if not any(material.startswith(witness.key_id) for material in materials):
        return []
    try:
        return [each.stamp for each in verified(note, [witness]) if each.stamp is not None]
    except NoteBroken as error:
        raise Fault(f"The cosignature of {witness.name} does not fit the checkpoint.") from error


def _growth(pack: zipfile.ZipFile) -> dict[int, list[bytes]]:
    said = json.loads(pack.read(STREAMS))["growth"]
    return {int(each["size"]): [hash_of(path) for path in each["path"]] for each in said}


# -------- clearinghouse/casework/packs/verifier.py

# What a regulator's pack proves: checked piece by piece, and said in words. Everything here is also in verify.py.

_AT_ONCE = 1 << 20


@dataclass(frozen=True)
class _Line:
    """One event of the pack; `body` is None for one that is shown by its hash alone."""

    stream: str
    body: Mapping[str, Any] | None
    hash: bytes
    shown: Mapping[str, object]
    withheld: int


_DAMAGED = (zipfile.BadZipFile, EOFError, NotImplementedError, OSError)
"""All that zipfile raises for a file that is damaged or of a kind that it does not know."""


def verify_pack(file: Path | IO[bytes], given: Given = NOTHING_OUTSIDE) -> Verified:
    """Look at everything in the pack that can be checked, and say what came of it. Reads only."""
    found = Verified()
    try:
        with zipfile.ZipFile(file) as pack:
            _verify(pack, given, found)
    except Fault as fault:
        found.faults.append(str(fault))
    except _DAMAGED:
        found.faults.append("The file is damaged, or is no pack.")
    except NoteBroken as error:
        found.faults.append(f"A key or a checkpoint is not one: {error}.")
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, OverflowError, RecursionError):
        found.faults.append("Something in the pack cannot be read, though its place is known.")
    return found


def _verify(pack: zipfile.ZipFile, given: Given, found: Verified) -> None:
    names = sorted(each.filename for each in pack.infolist())
    if names != sorted((MANIFEST, *SIGNED_FILES)):
        raise Fault("The pack does not hold exactly the files that a pack holds.")
    signed = _signed(pack, given, found)
    _check_files(pack, signed.said, found)
    check_witnesses(pack, signed, given, found)
    streams = json.loads(pack.read(STREAMS))
    root = _check_ends(streams, signed, found)
    told = _check_streams(pack, streams, signed, root, found)
    _check_findings(told, found)


def _signed(pack: zipfile.ZipFile, given: Given, found: Verified) -> Signed:
    """The manifest and the checkpoint, both signed by the log's key."""
    text = pack.read(MANIFEST).decode("ascii")
    try:
        kid, manifest = read_jws(text)
        said: Mapping[str, Any] = manifest
        key = read_verifier(given.log_key or str(said["log_key"]))
        if kid != f"{key.name}+{key.key_id.hex()}" or said["log_key"] != key.text:
            raise Fault("The pack is signed with another key than the log's.")
        check_jws(text, key.public)
    except JwsBroken as error:
        raise Fault(f"The manifest is not what was signed: {error}.") from error
    if said["format"] != PACK_FORMAT:
        raise Fault("The pack has a format that this verifier does not know. Take a newer one.")
    made_at = datetime.fromisoformat(said["made_at"])
    found.proved.append(
        f"The pack was signed on {in_words(made_at)} at {made_at:%H:%M} UTC, with the key of the log {key.name}."
    )
    if given.log_key is None:
        found.not_proved.append(
            f"That this key is the log's own: it came with the pack. Compare it with the one that you were given "
            f"apart from the pack, or let it be compared by --log-key. The pack's says: {key.text}"
        )
    _check_recipient(said, given, found)
    note = read_note(pack.read(CHECKPOINT).decode("utf-8"))
    try:
        verified(note, [key])
    except NoteBroken as error:
        raise Fault(f"The checkpoint is not the log's: {error}.") from error
    checkpoint = read_checkpoint(note)
    claimed = said["checkpoint"]
    size_and_root = (checkpoint.size, base64.b64encode(checkpoint.root).decode())
    if checkpoint.origin != key.name or size_and_root != (claimed["size"], claimed["root"]):
        raise Fault("The checkpoint is another one than that for which the pack was made.")
    found.proved.append(
        f"At that moment the log had {checkpoint.size:,} entries, and signed a checkpoint over all of them: whoever "
        "changes one of them later cannot make the same checkpoint again."
    )
    return Signed(key, said, note, checkpoint)


def _check_recipient(said: Mapping[str, Any], given: Given, found: Verified) -> None:
    """Whether a pack that was opened with a key was made for that key, and not passed on by whom it was made for."""
    found.delivered_to = str(said["recipient_key"] or "")
    if given.opened_with is None:
        return
    if given.opened_with != found.delivered_to:
        raise Fault("The pack was not made for the key that opened it: somebody passed it on to you.")
    found.proved.append(f"The pack was made for your key, {given.opened_with}.")


def _check_files(pack: zipfile.ZipFile, said: Mapping[str, Any], found: Verified) -> None:
    if sorted(said["files"]) != sorted(SIGNED_FILES):
        raise Fault("The manifest does not name exactly the files of the pack.")
    for name in SIGNED_FILES:
        hashed = sha256()
        with pack.open(name) as file:
            while chunk := file.read(_AT_ONCE):
                hashed.update(chunk)
        if hashed.hexdigest() != said["files"][name]:
            raise Fault(f"{name} is not the file that was signed.")
    found.proved.append("Every file of the pack, the readable report too, is the one that was signed.")


def _check_ends(streams: Mapping[str, Any], signed: Signed, found: Verified) -> bytes:
    """The root of the map of streams' ends: the log's last leaf before the checkpoint commits to it."""
    ends, size = streams["ends"], signed.checkpoint.size
    root, path = hash_of(ends["root"]), [hash_of(each) for each in ends["path"]]
    try:
        check_inclusion(signed.checkpoint.root, size, size - 1, heads_leaf(int(ends["streams"]), root), path)
    except ProofBroken as error:
        raise Fault("The list of streams' ends is not the one under the checkpoint.") from error
    found.proved.append(
        f"Under the checkpoint stands where each of the log's {int(ends['streams']):,} histories ended, of which each "
        "case is one: an end that was cut off would show."
    )
    return root


def _check_streams(
    pack: zipfile.ZipFile, streams: Mapping[str, Any], signed: Signed, root: bytes, found: Verified
) -> list[tuple[str, list[Happened]]]:
    """Every stream whole to its proved end, every event in the log, every disclosure in its event."""
    cases = {str(each["stream"]): each for each in signed.said["cases"]}
    ends = {str(each["stream"]): each for each in streams["streams"]}
    if cases.keys() != ends.keys() or len(ends) != len(streams["streams"]):
        raise Fault("The pack does not prove the ends of exactly the cases that it is about.")
    told: dict[str, list[Happened]] = {stream: [] for stream in cases}
    last = dict.fromkeys(cases, (0, NOTHING_BEFORE, -1))
    shown = withheld = hidden = number = 0
    for line, proof in _lines_with_proofs(pack, signed.said):
        if line.stream not in cases:
            raise Fault(f"An event of {line.stream} belongs to none of the cases that the pack is about.")
        seq, before, place = last[line.stream]
        where = f"Event {seq + 1} of {cases[line.stream]['reference']}"
        if line.body and (line.body["seq"] != seq + 1 or line.body["prev"] != before.hex()):
            raise Fault(
                f"{where} does not follow the event before it: one is missing, altered or out of order."
            )
        if int(proof["index"]) <= place:
            raise Fault(f"{where} has the proof of another event.")
        _check_in_log(signed.checkpoint, line, proof, where)
        last[line.stream] = (seq + 1, line.hash, int(proof["index"]))
        number += 1
        if line.body is None:
            hidden += 1
            continue
        _check_scope(signed.said, cases[line.stream], line.body, line.shown, where)
        shown, withheld = shown + len(line.shown), withheld + line.withheld
        at = datetime.fromisoformat(line.body["at"])
        if line.body["type"] in NEEDED:
            told[line.stream].append(Happened(str(line.body["id"]), str(line.body["type"]), at, line.shown))
    for stream, (seq, hashed, _) in last.items():
        _check_end(root, ends[stream], Head(UUID(stream), seq, hashed), str(cases[stream]["reference"]))
    if number != signed.said["events"]:
        raise Fault("The pack does not hold as many events as it says.")
    found.proved.append(
        f"{number:,} events of {len(cases):,} {'case' if len(cases) == 1 else 'cases'}: none is missing, added, "
        "altered or out of order, from each case's first event to its last at that moment, and each is in the log."
    )
    found.proved.append(f"Each of the {shown:,} facts that are shown is what its event recorded.")
    found.not_proved.append(
        f"What the {withheld:,} values say that are kept back, among them who acted. Each is fixed all the same: if it "
        "is shown to you one day, it can only be the one that was recorded."
    )
    if hidden:
        found.not_proved.append(
            f"What the {hidden:,} {'event is' if hidden == 1 else 'events are'} of which nothing but a hash is shown. "
            "The installation says: who opened what, what was said to a source or between cases, what must be kept for "
            "a court, and nothing that a finding rests on. For that there is its word alone."
        )
    return [(str(cases[stream]["reference"]), events) for stream, events in told.items()]


def _lines_with_proofs(
    pack: zipfile.ZipFile, said: Mapping[str, Any]
) -> Iterator[tuple[_Line, Mapping[str, Any]]]:
    with pack.open(EVENTS) as events, pack.open(PROOFS) as proofs:
        for number, event in enumerate(events):
            proof = proofs.readline()
            if not proof:
                raise Fault(f"{int(said['events']) - number:,} events have no proof.")
            yield _line(event), json.loads(proof)
        if proofs.readline():
            raise Fault("There are proofs of events that the pack does not hold.")


def _line(raw: bytes) -> _Line:
    said = json.loads(raw)
    if "hash" in said:
        return _Line(str(said["stream"]), None, bytes.fromhex(said["hash"]), {}, 0)
    stored = str(said["body"]).encode("ascii")
    body = json.loads(stored)
    shown: dict[str, object] = {}
    digests = set(body["_sd"])
    for disclosure in said["disclosures"]:
        where = _name_of(body)
        if digest_of(disclosure) not in digests:
            raise Fault(
                f"{where} did not record what is shown of it: a disclosure was forged, or belongs elsewhere."
            )
        name, value = read_disclosure(disclosure)
        if name in shown:
            raise Fault(f"{where} is shown to record {name} twice.")
        shown[name] = value
    return _Line(str(body["stream_id"]), body, event_hash(stored), shown, len(digests) - len(shown))


def _check_in_log(checkpoint: Checkpoint, line: _Line, proof: Mapping[str, Any], where: str) -> None:
    path = hashes_of(proof["path"])
    try:
        check_inclusion(checkpoint.root, checkpoint.size, int(proof["index"]), event_leaf(line.hash), path)
    except ProofBroken as error:
        raise Fault(f"{where} does not stand in the log of the checkpoint.") from error


def _check_scope(
    said: Mapping[str, Any],
    case: Mapping[str, Any],
    body: Mapping[str, Any],
    shown: Mapping[str, object],
    where: str,
) -> None:
    allowed = set(said["shown"].get(body["type"], ()))
    if shown.keys() - allowed or (shown and body["seq"] > case["shown_to"]):
        raise Fault(f"{where} shows more than was approved.")


def _check_end(root: bytes, said: Mapping[str, Any], head: Head, reference: str) -> None:
    proof = HeadProof(
        int(said["index"]),
        int(said["size"]),
        tuple(hash_of(each) for each in said["beside"]),
        tuple(hash_of(each) for each in said["above"]),
    )
    try:
        check_head(root, head, proof)
    except ProofBroken as error:
        raise Fault(
            f"{reference} does not end where the log says that it ended: its last events are missing or altered."
        ) from error


def _check_findings(told: Sequence[tuple[str, list[Happened]]], found: Verified) -> None:
    """Each family-first finding, worked out anew by the protocol's own rules from the facts that are shown."""
    for reference, events in told:
        try:
            retold = retell(events)
        except (ValueError, TypeError) as error:
            raise Fault(f"{reference} records something that the protocol's rules do not know.") from error
        found.retold += retold
        for each in retold:
            if each.found is None:
                found.not_proved.append(
                    f"The family-first finding of an escalation of {reference}, since the pack withholds "
                    f"{'; '.join(each.withheld)}."
                )
            elif each.agrees:
                found.proved.append(
                    f"{reference}, escalation of {_day(each.on)}: “{each.found.result.words}” was worked out anew from "
                    "the facts that are shown, by the protocol's rules, and is what was recorded."
                )
            else:
                raise Fault(
                    f"{reference}, escalation of {_day(each.on)}: recorded is “{each.said}”, and from the facts "
                    f"follows “{each.found.result.value}”."
                )


def _day(day: date | None) -> str:
    return in_words(day) if day else "an unknown day"


def _name_of(body: Mapping[str, Any]) -> str:
    return f"Event {body['seq']} of {body['stream_id']} ({body['type']})"


# -------- clearinghouse/casework/packs/checking.py

# The command line of the verifier: making a key, opening a pack that came encrypted, and saying what a pack proves.

SEALED = ".sealed"
_HASHED_AT_ONCE = 1 << 20


def main(arguments: Sequence[str] | None = None) -> int:
    """Verify a pack from the command line. Exit status 0 where nothing is wrong, otherwise 1."""
    parser = ArgumentParser(
        prog=VERIFIER,
        description="Say what a regulator's pack of Clearinghouse proves, and what it does not.",
        epilog="It reads the pack and sends nothing anywhere.",
    )
    add_arguments(parser)
    return check(parser.parse_args(arguments))


def add_arguments(parser: ArgumentParser) -> None:
    """What the command line takes."""
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("pack", nargs="?", type=Path, help="the pack as you collected it")
    what.add_argument(
        "--new-key", metavar="FILE", type=Path, help="make a key of your own, to which packs are encrypted"
    )
    parser.add_argument(
        "--key",
        metavar="FILE",
        type=Path,
        help="your key, for a pack that came encrypted; it is opened beside it",
    )
    parser.add_argument(
        "--log-key", metavar="KEY", help="the log's public key, as you had it apart from the pack"
    )
    parser.add_argument(
        "--witness", action="append", default=[], metavar="KEY", help="a witness that must have cosigned"
    )
    parser.add_argument(
        "--checkpoint",
        action="append",
        default=[],
        metavar="FILE",
        help="a checkpoint that you hold, or what 'clearinghouse ledger proof --since' printed",
    )


def check(given: Namespace) -> int:
    """Do what the command line asks, and print what came of it. Returns the exit status."""
    try:
        return _make_key(given.new_key) if given.new_key else _check_pack(given)
    except EnvelopeBroken as error:
        sys.stderr.write(f"{error}\n")
    except FileExistsError as error:
        sys.stderr.write(f"{error.filename} stands there already. Move it away, or give another name.\n")
    except OSError as error:
        sys.stderr.write(f"{error.filename}: {error.strerror}\n")
    except UnicodeDecodeError:
        sys.stderr.write("One of the files that were given is not text.\n")
    return 1


def _make_key(path: Path) -> int:
    key = create_private_key(path)
    sys.stdout.write(
        f"Your private key is in {path}. Show it to nobody. Without it a pack that is encrypted to you cannot be\n"
        "opened, by you or by anybody: keep a copy where only you can reach it.\n\n"
        f"Give this line under Packs, Your key:\n\n  {key.text}\n\n"
        f"When an audit officer rings you, read them its fingerprint:\n\n  {key.fingerprint}\n"
    )
    return 0


def _check_pack(given: Namespace) -> int:
    outside = [Path(each).read_text(encoding="utf-8") for each in given.checkpoint]
    with given.pack.open("rb") as file:
        sealed = is_envelope(file)
    if sealed and given.key is None:
        raise EnvelopeBroken(
            "This pack is encrypted to your key. Give the file of your private key by --key."
        )
    pack, opened_with = given.pack, None
    if sealed:
        private = read_private_key(given.key.read_text(encoding="ascii"))
        pack, opened_with = _opened(given.pack, private), private.public.fingerprint
        sys.stdout.write(f"Opened with your key, into {pack}. Read report.html in it.\n\n")
    with pack.open("rb") as file:
        found = verify_pack(file, Given(given.log_key, given.witness, outside, opened_with))
    sys.stdout.write(found.text)
    if found.delivered_to and not sealed:
        sys.stdout.write("\nIt came encrypted: confirm the SHA-256 of that file, and not of this one.\n")
    elif found.holds:
        sys.stdout.write(
            f"\nTo confirm under Packs that it arrived, its SHA-256:\n\n  {_sha256(given.pack)}\n"
        )
    return 0 if found.holds else 1


def _opened(path: Path, key: PrivateKey) -> Path:
    """The pack out of its envelope, in a file beside it. Where it does not open whole, no file is left."""
    name = path.name.removesuffix(SEALED)
    target = path.with_name(name if name != path.name else f"{name}.zip")
    handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
    with path.open("rb") as sealed, os.fdopen(handle, "wb") as file:
        try:
            for stretch in open_envelope(sealed, key):
                file.write(stretch)
        except BaseException:
            target.unlink()
            raise
    return target


def _sha256(path: Path) -> str:
    hashed = sha256()
    with path.open("rb") as file:
        while chunk := file.read(_HASHED_AT_ONCE):
            hashed.update(chunk)
    return hashed.hexdigest()

if __name__ == "__main__":
    sys.exit(main())
