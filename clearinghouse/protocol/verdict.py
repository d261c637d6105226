"""What a rule answers: allowed, or not yet with every reason, each in words and with the duty that would supply it."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from clearinghouse.protocol.vocabulary import DutyKind, Gate


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
