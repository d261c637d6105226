"""The forms in which meetings are recorded: as many attendees and issues as the page asks for."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, TypeVar, cast

from flask import request

from clearinghouse.casework.drafts import SavedDraft
from clearinghouse.casework.meetings import LikelyAction, NewAttendee, NewIssue, NewMeeting
from clearinghouse.protocol.vocabulary import (
    Attendance,
    Body,
    Capacity,
    EscalationAction,
    KnownAnswer,
    MeetingKind,
    Outcome,
)
from clearinghouse.web.drafts import filled
from clearinghouse.web.fields import Choice, DateParts, Line, Option, Pick, Text, Tick, options_of
from clearinghouse.web.forms import Form

ACTING_BODIES = (Body.AUDIT_COMMISSION, Body.GOVERNMENT_OFFICE, Body.DEPARTMENT, Body.OTHER)
"""Who can take action against an authority, or be asked to."""

JOINT_LOCAL_PARTIES = (Body.AUTHORITY, Body.GOVERNMENT_OFFICE, Body.AUDIT_COMMISSION)
PRE_INTERVENTION_PARTIES = (Body.DEPARTMENT, Body.IDEA, Body.RIEP, Body.GOVERNMENT_OFFICE, Body.AUTHORITY)
MOST_ATTENDEES, MOST_ISSUES = 12, 6
LENGTH = 5000

_YES_NO = (Option("yes", "Yes"), Option("no", "No"))
_AGREES = (
    Option(KnownAnswer.YES, "Yes"),
    Option(KnownAnswer.NO, "No"),
    Option(KnownAnswer.NOT_KNOWN, "It was not asked, or nobody came"),
)
_FEASIBLE = (*_YES_NO, Option("open", "The meeting came to no conclusion"))
_OUTCOME_HINTS = {
    Outcome.A: "The regulators are satisfied. Progress is reviewed at the next joint local meeting",
    Outcome.B: "The locality agrees. A person and a date are named",
    Outcome.C: "The regulators are not satisfied and the locality does not agree",
}
_OUTCOMES = tuple(Option(each, each.words, _OUTCOME_HINTS[each]) for each in Outcome)

_M = TypeVar("_M", bound="MeetingForm")


class MeetingForm(Form):
    """What every meeting has; its rows are added by the functions below."""

    kind: MeetingKind
    parties: Sequence[Body]

    held_on = DateParts(
        "When was the meeting?", subject="The date of the meeting", missing="Enter the date of the meeting"
    )
    note = Text("Anything else to record", longest=LENGTH, rows=4, hint="Optional. Sealed with the meeting")

    def rows(self, name: str) -> list[dict[str, Any]]:
        """The fields of each attendee or issue, in order, by their names."""
        prefix = f"{name}_"
        found: dict[int, dict[str, Any]] = {}
        for field in self:
            if field.name.startswith(prefix):
                number, _, rest = field.name.removeprefix(prefix).partition("_")
                found.setdefault(int(number), {})[rest] = field
        return [found[number] for number in sorted(found)]

    def validate(self, extra_validators: Mapping[str, Sequence[Any]] | None = None) -> bool:
        """Each field by itself, then each row that was begun as a whole."""
        fine = bool(super().validate(extra_validators))
        for row in self._begun("attendees"):
            self._need(row, body="Select the body that was asked", attendance="Select whether they came")
        for row in self._begun("issues"):
            self._check_issue(row)
        return fine and not self.errors

    def meeting(self) -> NewMeeting:
        """The meeting as it was filled in."""
        return NewMeeting(
            held_on=self.held_on.day,
            attendees=tuple(_attendee(row) for row in self._begun("attendees")),
            issues=tuple(_issue(row) for row in self._begun("issues")),
            kind=self.kind,
            sector_led_feasible=self._feasible(),
            note=self.note.text,
        )

    def renumber(self, problems: Mapping[str, str]) -> dict[str, str]:
        """What casework found in the rows that were begun, at the rows as the page numbers them."""
        begun = [row["title"].name.rpartition("_")[0] for row in self._begun("issues")]
        places = {f"issues_{number}": name for number, name in enumerate(begun)}
        renamed = {}
        for name, words in problems.items():
            row = "_".join(name.split("_")[:2])
            renamed[name.replace(row, places.get(row, row), 1)] = words
        return renamed

    def _feasible(self) -> bool | None:
        field = getattr(self, "feasible", None)
        return {"yes": True, "no": False}.get(field.data) if field else None

    def _begun(self, name: str) -> list[dict[str, Any]]:
        """The rows in which anything was filled in; the body alone is what the page suggested."""
        return [row for row in self.rows(name) if any(_given(row[key]) for key in row if key != "body")]

    def _check_issue(self, row: dict[str, Any]) -> None:
        self._need(
            row,
            title="Enter what the issue is",
            satisfied="Select whether the regulators are satisfied",
            locality_agrees="Select whether the locality agrees",
            outcome="Select the outcome",
        )
        if row["outcome"].data == Outcome.C:
            self._need(
                row,
                body="Select the body that is not satisfied",
                action="Select what is likely to follow",
                reason="Enter why it is not satisfied",
            )

    def _need(self, row: dict[str, Any], **missing: str) -> None:
        for name, words in missing.items():
            if not row[name].errors and not _given(row[name]):
                self.refuse(row[name], words)


class JointLocalForm(MeetingForm):
    """A joint local meeting."""

    kind = MeetingKind.JOINT_LOCAL
    parties = JOINT_LOCAL_PARTIES


class PreInterventionForm(MeetingForm):
    """A pre-intervention meeting."""

    kind = MeetingKind.PRE_INTERVENTION
    parties = PRE_INTERVENTION_PARTIES

    feasible = Choice(
        "Is a sector-led approach feasible?",
        options=_FEASIBLE,
        missing="Select what the meeting found",
        hint="Whether the authority can improve with help from the rest of local government instead",
    )


def joint_local_form(draft: SavedDraft | None) -> JointLocalForm:
    """The form with the rows that were posted or drafted, and one more where the page asked for it."""
    fields = _attendee_rows(JOINT_LOCAL_PARTIES, draft)
    for number in range(_count("issues", "title", 1, MOST_ISSUES, draft)):
        fields |= _issue_row(f"issues_{number}")
    return _with_rows(JointLocalForm, fields, draft)


def pre_intervention_form(draft: SavedDraft | None) -> PreInterventionForm:
    """The form with the parties of 004 §26, and one more row where the page asked for it."""
    return _with_rows(PreInterventionForm, _attendee_rows(PRE_INTERVENTION_PARTIES, draft), draft)


def _with_rows(form: type[_M], fields: dict[str, Any], draft: SavedDraft | None) -> _M:
    with_rows = cast(type[_M], type(f"{form.__name__}WithRows", (form,), fields))
    return with_rows() if request.method == "POST" else filled(with_rows, draft.answers if draft else {})


def _count(name: str, field: str, least: int, most: int, draft: SavedDraft | None) -> int:
    there: Collection[str] = () if draft is None else draft.answers
    there = request.form if request.method == "POST" else there
    found = sum(f"{name}_{number}_{field}" in there for number in range(most))
    return min(most, max(least, found) + (request.form.get("more") == name))


def _attendee_rows(parties: Sequence[Body], draft: SavedDraft | None) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for number in range(_count("attendees", "body", len(parties), MOST_ATTENDEES, draft)):
        row = f"attendees_{number}"
        body = parties[number] if number < len(parties) else None
        leading = Capacity.LEADING_MEMBER if body is Body.AUTHORITY and len(parties) > 3 else None
        fields |= {
            f"{row}_body": Pick("Body", options=options_of(Body), default=body),
            f"{row}_attendance": Pick(
                "Did they come?", options=options_of(Attendance), prompt="They were not asked"
            ),
            f"{row}_capacity": Pick(
                "Capacity in the authority",
                options=options_of(Capacity),
                prompt="Not of the authority",
                default=leading,
            ),
            f"{row}_name": Line("Who came, or was asked"),
            f"{row}_position": Text("What position did they take?", longest=LENGTH, rows=2),
            f"{row}_dissents": Tick("They dissent from what the meeting concluded"),
        }
    return fields


def _issue_row(row: str) -> dict[str, Any]:
    return {
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
        f"{row}_body": Pick("Which body is not satisfied?", options=options_of(ACTING_BODIES)),
        f"{row}_action": Pick("What is likely to follow?", options=options_of(EscalationAction)),
        f"{row}_reason": Text("Why is it not satisfied?", longest=LENGTH, rows=3),
    }


def _given(field: Any) -> bool:
    if isinstance(field, DateParts):
        return any(part.strip() for part in field.parts())
    # A capacity is suggested beside its body, and says nothing by itself.
    return bool(field.data) and field.data != "None" and not field.name.endswith("_capacity")


def _attendee(row: dict[str, Any]) -> NewAttendee:
    return NewAttendee(
        body=Body(row["body"].data),
        attendance=Attendance(row["attendance"].data),
        capacity=Capacity(row["capacity"].data) if row["capacity"].data else None,
        name=row["name"].text,
        position=row["position"].text,
        dissents=row["dissents"].data,
    )


def _issue(row: dict[str, Any]) -> NewIssue:
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
    )
