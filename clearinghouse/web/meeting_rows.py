"""The rows that the forms of meetings are made of: who was asked, issues, passages and other cases."""

from collections.abc import Mapping, Sequence
from typing import Any

from clearinghouse.casework.meetings.recording import LikelyAction, NewAttendee, NewIssue, NewMeetingPassage
from clearinghouse.protocol.say_to_whom import DEFAULT
from clearinghouse.protocol.vocabulary import (
    Attendance,
    Audience,
    Body,
    Capacity,
    EscalationAction,
    KnownAnswer,
    Outcome,
    SourceConsent,
)
from clearinghouse.web.fields import Choice, Choices, DateParts, Line, Option, Pick, Text, Tick, options_of

ACTING_BODIES = (Body.AUDIT_COMMISSION, Body.GOVERNMENT_OFFICE, Body.DEPARTMENT, Body.OTHER)
"""Who can take action against an authority, or be asked to."""

LENGTH = 5000
ALL_CASES = "all"

_YES_NO = (Option("yes", "Yes"), Option("no", "No"))
_AGREES = (
    Option(KnownAnswer.YES, "Yes"),
    Option(KnownAnswer.NO, "No"),
    Option(KnownAnswer.NOT_KNOWN, "It was not asked, or nobody came"),
)
_OUTCOME_HINTS = {
    Outcome.A: "The regulators are satisfied. Progress is reviewed at the next joint local meeting",
    Outcome.B: "The locality agrees. A person and a date are named",
    Outcome.C: "The regulators are not satisfied and the locality does not agree",
}
_OUTCOMES = tuple(Option(each, each.words, _OUTCOME_HINTS[each]) for each in Outcome)
_SUGGESTED = ("body", "capacity", "case")
"""What the page suggests beside a row, and what says nothing by itself."""

Row = dict[str, Any]


def attendee_row(row: str, body: Body | None, capacity: Capacity | None, cases: Sequence[Option]) -> Row:
    """The fields of one who was asked; the body and the capacity are what the page suggests."""
    of_all = (Option(ALL_CASES, "All of these cases"),) if cases else ()
    return {
        **_case_field(row, (*cases, *of_all)),
        f"{row}_body": Pick("Body", options=options_of(Body), default=body),
        f"{row}_attendance": Pick(
            "Did they come?", options=options_of(Attendance), prompt="They were not asked"
        ),
        f"{row}_capacity": Pick(
            "Capacity in the authority",
            options=options_of(Capacity),
            prompt="Not of the authority",
            default=capacity,
        ),
        f"{row}_name": Line("Who came, or was asked"),
        f"{row}_position": Text("What position did they take?", longest=LENGTH, rows=2),
        f"{row}_dissents": Tick("They dissent from what the meeting concluded"),
    }


def issue_row(row: str, cases: Sequence[Option]) -> Row:
    """The fields of one issue."""
    return {
        **_case_field(row, cases),
        f"{row}_title": Line("What is the issue?", hint="Sealed. For example, safeguarding thresholds"),
        f"{row}_satisfied": Choice(
            "Are the regulators satisfied that it is being dealt with locally?", options=_YES_NO
        ),
        f"{row}_locality_agrees": Choice(
            "Does the locality agree to support, or to refer it to the round table?", options=_AGREES
        ),
        f"{row}_outcome": Choice("What was the outcome?", options=_OUTCOMES),
        f"{row}_plan": Line("Name of the local improvement plan"),
        f"{row}_review_on": DateParts(
            "Date of the next joint local meeting", subject="The date of the review"
        ),
        f"{row}_person": Line("Who agreed for the locality"),
        f"{row}_taken_up_on": DateParts(
            "By when the round table or the RIEP takes it up", subject="The date by which it is taken up"
        ),
        f"{row}_for_round_table": Text(
            "What the round table may be told",
            longest=LENGTH,
            rows=3,
            hint="Nothing else of the case reaches the round table",
        ),
        f"{row}_body": Pick("Which body is not satisfied?", options=options_of(ACTING_BODIES)),
        f"{row}_action": Pick("What is likely to follow?", options=options_of(EscalationAction)),
        f"{row}_reason": Text("Why is it not satisfied?", longest=LENGTH, rows=3),
    }


def passage_row(row: str, cases: Sequence[Option]) -> Row:
    """The fields of one passage of the note."""
    return {
        **_case_field(row, cases),
        f"{row}_text": Text("What was said", longest=LENGTH, rows=4),
        f"{row}_audiences": Choices(
            "Who may be told this?",
            options=options_of(each for each in Audience if each is not Audience.NOBODY),
            hint="Nobody, unless you select them. “The meeting” is everybody who attended",
        ),
        f"{row}_consents": Choice("Does it come from the source?", options=options_of(SourceConsent)),
    }


def given(field: Any) -> bool:
    """Whether anything was filled in."""
    if isinstance(field, DateParts):
        return any(part.strip() for part in field.parts())
    return bool(field.data) and field.data != "None"


def is_begun(row: Mapping[str, Any]) -> bool:
    """Whether anything was filled in beyond what the page suggested; a passage is begun by its text."""
    if "consents" in row:
        return given(row["text"])
    return any(given(row[name]) for name in row if name not in _SUGGESTED)


def attendee(row: Mapping[str, Any]) -> NewAttendee:
    """Somebody who was asked, as filled in."""
    return NewAttendee(
        body=Body(row["body"].data),
        attendance=Attendance(row["attendance"].data),
        capacity=Capacity(row["capacity"].data) if row["capacity"].data else None,
        name=row["name"].text,
        position=row["position"].text,
        dissents=row["dissents"].data,
    )


def issue(row: Mapping[str, Any]) -> NewIssue:
    """An issue as filled in: only what its outcome asks for."""
    outcome = Outcome(row["outcome"].data)
    told = {Outcome.A: ("plan", "review_on"), Outcome.B: ("person", "taken_up_on")}.get(outcome)
    named, dated = told or ("", "")
    action = None
    if outcome is Outcome.C:
        body, what = Body(row["body"].data), EscalationAction(row["action"].data)
        action = LikelyAction(body, what, row["reason"].text)
    return NewIssue(
        title=row["title"].text,
        regulators_satisfied=row["satisfied"].data == "yes",
        locality_agrees=KnownAnswer(row["locality_agrees"].data),
        outcome=outcome,
        plan_or_person=row[named].text if told else "",
        due_on=row[dated].data if told else None,
        action=action,
        for_round_table=row["for_round_table"].text if outcome is Outcome.B else "",
    )


def passage(row: Mapping[str, Any]) -> NewMeetingPassage:
    """A passage as filled in."""
    return NewMeetingPassage(
        row["text"].text,
        frozenset(Audience(each) for each in row["audiences"].data or DEFAULT),
        SourceConsent(row["consents"].data or SourceConsent.NOT_KNOWN),
    )


def _case_field(row: str, cases: Sequence[Option]) -> Row:
    return {f"{row}_case": Pick("Which case?", options=cases, prompt="Select a case")} if cases else {}
