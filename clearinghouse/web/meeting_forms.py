"""The forms in which meetings are recorded and corrected: as many rows of each kind as the page asks for."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, TypeVar, cast
from uuid import UUID

from flask import request

from clearinghouse.casework.drafts import Answers
from clearinghouse.casework.meetings.gatherings import CaseChoice
from clearinghouse.casework.meetings.recording import NewMeeting
from clearinghouse.protocol.vocabulary import Body, Capacity, MeetingKind, Outcome
from clearinghouse.web.drafts import filled
from clearinghouse.web.fields import Choice, DateParts, Line, Option, Text
from clearinghouse.web.file_fields import WHAT_CAME, Files
from clearinghouse.web.forms import Form
from clearinghouse.web.meeting_rows import (
    ALL_CASES,
    LENGTH,
    Row,
    attendee,
    attendee_row,
    given,
    is_begun,
    issue,
    issue_row,
    passage,
    passage_row,
)

JOINT_LOCAL_PARTIES = (Body.AUTHORITY, Body.GOVERNMENT_OFFICE, Body.AUDIT_COMMISSION)
PRE_INTERVENTION_PARTIES = (Body.DEPARTMENT, Body.IDEA, Body.RIEP, Body.GOVERNMENT_OFFICE, Body.AUTHORITY)
MOST = {"attendees": 16, "issues": 6, "passages": 12, "cases": 4}
"""How many rows of each kind a page has room for."""

_FEASIBLE = (Option("yes", "Yes"), Option("no", "No"), Option("open", "The meeting came to no conclusion"))
_NO_SUCH_CASE = "There is no other case with this reference on which you can record a meeting"

_M = TypeVar("_M", bound="MeetingForm")


class MeetingForm(Form):
    """What every meeting has; its rows are added by the functions below. `others` are the other cases it was about."""

    kind: MeetingKind
    others: tuple[CaseChoice | None, ...] = ()

    held_on = DateParts(
        "When was the meeting?", subject="The date of the meeting", missing="Enter the date of the meeting"
    )

    files = Files(
        "Files (optional)",
        hint=f"{WHAT_CAME} Where the meeting is about several cases, this case alone keeps them.",
    )

    def rows(self, name: str) -> list[Row]:
        """The fields of each row of a kind, in order, by their names."""
        prefix = f"{name}_"
        found: dict[int, Row] = {}
        for field in self:
            if field.name.startswith(prefix):
                number, _, rest = field.name.removeprefix(prefix).partition("_")
                found.setdefault(int(number), {})[rest] = field
        return [found[number] for number in sorted(found)]

    def validate(self, extra_validators: Mapping[str, Sequence[Any]] | None = None) -> bool:
        """Each field by itself, then each row that was begun as a whole."""
        fine = bool(super().validate(extra_validators))
        self.check_references()
        for row in self._begun("attendees"):
            self._need(row, body="Select the body that was asked", attendance="Select whether they came")
            self._check_attendee(row)
        for row in self._begun("issues"):
            self._check_issue(row)
        for row in self._begun("passages"):
            if given(row["audiences"]):
                self._need(row, consents="Select whether it comes from the source")
            if "case" in row:
                self._need(row, case="Select the case that it is about")
        return fine and not self.errors

    @property
    def correction_reason(self) -> str:
        """Why the meeting is corrected; "" on a form that corrects none."""
        field = getattr(self, "reason", None)
        return str(field.text) if field else ""

    def check_references(self) -> None:
        """Refuse each reference that leads to no case; it is not said why."""
        for row, found in zip(self.rows("cases"), self.others, strict=False):
            if given(row["reference"]) and found is None:
                self.refuse(row["reference"], _NO_SUCH_CASE)

    def parts(self, case_id: UUID) -> dict[UUID, NewMeeting]:
        """The meeting as it was filled in, for this case and for each other, every one with its own rows alone."""
        others = [each.id for each in self.others if each]
        return {each: self._meeting(str(each) if others else "") for each in (case_id, *others)}

    def renumber(self, case_id: UUID, problems: Mapping[str, str]) -> dict[str, str]:
        """What casework found in the rows that were begun, at the rows as the page numbers them."""
        renamed = {}
        for name, words in problems.items():
            other, _, own = name.rpartition("/")
            mine = other or (str(case_id) if any(self.others) else "")
            kind, number, *_ = (*own.split("_"), "")
            rows = self._begun(kind, mine) if kind in ("issues", "attendees") else []
            if number.isdigit() and int(number) < len(rows):
                first = next(iter(rows[int(number)].values())).name
                renamed[own.replace(f"{kind}_{number}", "_".join(first.split("_")[:2]), 1)] = words
            else:
                renamed[self._reference_of(other) or own] = words
        return renamed

    def _meeting(self, case: str) -> NewMeeting:
        feasible = getattr(self, "feasible", None)
        return NewMeeting(
            held_on=self.held_on.day,
            attendees=tuple(attendee(row) for row in self._begun("attendees", case)),
            issues=tuple(issue(row) for row in self._begun("issues", case)),
            kind=self.kind,
            sector_led_feasible={"yes": True, "no": False}.get(feasible.data) if feasible else None,
            passages=tuple(passage(row) for row in self._begun("passages", case)),
        )

    def _begun(self, name: str, case: str = "") -> list[Row]:
        """The rows in which anything was filled in, all or those of one case; the body alone was only suggested."""
        begun = [row for row in self.rows(name) if is_begun(row)]
        if not case:
            return begun
        return [row for row in begun if row["case"].data in (case, ALL_CASES)]

    def _reference_of(self, case: str) -> str:
        numbers = (number for number, each in enumerate(self.others) if each and str(each.id) == case)
        return next((f"cases_{number}_reference" for number in numbers), "")

    def _check_attendee(self, row: Row) -> None:
        if "case" not in row:
            return
        self._need(row, case="Select the case for which they were asked")
        if row["case"].data != ALL_CASES:
            return
        if row["body"].data == Body.AUTHORITY:
            self.refuse(row["case"], "Select the case whose authority it is")
        elif given(row["position"]) or given(row["dissents"]):
            self.refuse(
                row["case"],
                "Select the case on which they took this position, and add them again for another",
            )

    def _check_issue(self, row: Row) -> None:
        self._need(
            row,
            title="Enter what the issue is",
            satisfied="Select whether the regulators are satisfied",
            locality_agrees="Select whether the locality agrees",
            outcome="Select the outcome",
        )
        if "case" in row:
            self._need(row, case="Select the case that the issue belongs to")
        if row["outcome"].data == Outcome.C:
            self._need(
                row,
                body="Select the body that is not satisfied",
                action="Select what is likely to follow",
                reason="Enter why it is not satisfied",
            )

    def _need(self, row: Row, **missing: str) -> None:
        for name, words in missing.items():
            if not row[name].errors and not given(row[name]):
                self.refuse(row[name], words)


class JointLocalForm(MeetingForm):
    """A joint local meeting."""

    kind = MeetingKind.JOINT_LOCAL


class PreInterventionForm(MeetingForm):
    """A pre-intervention meeting."""

    kind = MeetingKind.PRE_INTERVENTION

    feasible = Choice(
        "Is a sector-led approach feasible?",
        options=_FEASIBLE,
        missing="Select what the meeting found",
        hint="Whether the authority can improve with help from the rest of local government instead",
    )


_FORMS: Mapping[MeetingKind, tuple[type[MeetingForm], tuple[Body, ...]]] = {
    MeetingKind.JOINT_LOCAL: (JointLocalForm, JOINT_LOCAL_PARTIES),
    MeetingKind.PRE_INTERVENTION: (PreInterventionForm, PRE_INTERVENTION_PARTIES),
}


def references_given(answers: Answers) -> tuple[str, ...]:
    """The references of other cases that were typed, in this post or in what is kept of an earlier one."""
    count = _count("cases", "reference", 0, answers)
    typed = [
        request.form.get(f"cases_{number}_reference", "")
        if request.method == "POST"
        else next(iter(answers.get(f"cases_{number}_reference", ())), "")
        for number in range(count)
    ]
    return tuple(typed)


def meeting_form(
    kind: MeetingKind, case: CaseChoice, others: tuple[CaseChoice | None, ...], answers: Answers
) -> MeetingForm:
    """The form with the rows that were posted or are kept, and one more where the page asked for it."""
    form, parties = _FORMS[kind]
    fields = _fields(kind, parties, case, others, answers)
    return _with_rows(form, fields | {"others": others}, answers)


def correction_form(kind: MeetingKind, case: CaseChoice, answers: Answers) -> MeetingForm:
    """The same form for one case, with the reason why what was recorded is corrected."""
    form, parties = _FORMS[kind]
    fields = _fields(kind, parties, case, None, answers)
    reason = Text(
        "Why is the meeting corrected?", longest=LENGTH, rows=3, missing="Enter why the meeting is corrected"
    )
    return _with_rows(form, fields | {"reason": reason}, answers)


def _fields(
    kind: MeetingKind,
    parties: Sequence[Body],
    case: CaseChoice,
    others: tuple[CaseChoice | None, ...] | None,
    answers: Answers,
) -> Row:
    found = [each for each in others or () if each]
    cases = [Option(str(each.id), f"{each.reference}, {each.authority}") for each in (case, *found)]
    cases = cases if found else []
    fields: Row = {}
    for number in range(_count("attendees", "body", len(parties), answers)):
        body = parties[number] if number < len(parties) else None
        leads = body is Body.AUTHORITY and kind is MeetingKind.PRE_INTERVENTION
        fields |= attendee_row(f"attendees_{number}", body, Capacity.LEADING_MEMBER if leads else None, cases)
    if kind is MeetingKind.JOINT_LOCAL:
        for number in range(_count("issues", "title", 1, answers)):
            fields |= issue_row(f"issues_{number}", cases)
        for number in range(len(others or ()) if others is not None else 0):
            fields[f"cases_{number}_reference"] = Line(
                "Reference of another case", looks={"classes": "govuk-input--width-10"}
            )
    for number in range(_count("passages", "text", 1, answers)):
        fields |= passage_row(f"passages_{number}", cases)
    return fields


def _with_rows(form: type[_M], fields: Row, answers: Answers) -> _M:
    with_rows = cast(type[_M], type(f"{form.__name__}WithRows", (form,), fields))
    return with_rows() if request.method == "POST" else filled(with_rows, answers)


def _count(name: str, field: str, least: int, answers: Collection[str]) -> int:
    there: Collection[str] = request.form if request.method == "POST" else answers
    found = sum(f"{name}_{number}_{field}" in there for number in range(MOST[name]))
    return min(MOST[name], max(least, found) + (request.form.get("more") == name))
