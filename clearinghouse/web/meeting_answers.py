"""What the forms of meetings begin with: a draft as it was left, or a meeting that was recorded, to be corrected."""

from datetime import date

from clearinghouse.casework.drafts import Answers, SavedDraft
from clearinghouse.casework.meetings.views import AttendeeView, IssueView, MeetingPassageView, MeetingView
from clearinghouse.protocol.vocabulary import Audience, MeetingKind, Outcome, SourceConsent

_TRUTH = {True: "yes", False: "no"}


def kept_answers(draft: SavedDraft | None) -> Answers:
    """A draft's answers; a note typed before notes had passages is the text of the first passage."""
    answers = dict(draft.answers) if draft else {}
    note = answers.pop("note", ())
    if any(note) and "passages_0_text" not in answers:
        answers["passages_0_text"] = note
    return answers


def recorded_answers(meeting: MeetingView) -> Answers:
    """A meeting as its form would have been filled in."""
    answers = {"held_on": _parts(meeting.held_on)}
    if meeting.kind is MeetingKind.PRE_INTERVENTION:
        found = meeting.sector_led_feasible
        answers["feasible"] = ("open" if found is None else _TRUTH[found],)
    for number, attendee in enumerate(meeting.attendees):
        answers |= _attendee(f"attendees_{number}", attendee)
    for number, issue in enumerate(meeting.issues):
        answers |= _issue(f"issues_{number}", issue)
    old = (MeetingPassageView(meeting.note, (Audience.NOBODY,), SourceConsent.NOT_KNOWN),)
    for number, passage in enumerate((*meeting.passages, *(old if meeting.note else ()))):
        answers |= {
            f"passages_{number}_text": (passage.text,),
            f"passages_{number}_audiences": tuple(
                each.value for each in passage.audiences if each is not Audience.NOBODY
            ),
            f"passages_{number}_consents": (passage.source_consents.value,),
        }
    return {name: values for name, values in answers.items() if values}


def _attendee(row: str, attendee: AttendeeView) -> dict[str, tuple[str, ...]]:
    return {
        f"{row}_body": (attendee.body.value,),
        f"{row}_attendance": (attendee.attendance.value,),
        f"{row}_capacity": (attendee.capacity.value if attendee.capacity else "",),
        f"{row}_name": (attendee.name,),
        f"{row}_position": (attendee.position,),
        f"{row}_dissents": ("y",) if attendee.dissents else (),
    }


def _issue(row: str, issue: IssueView) -> dict[str, tuple[str, ...]]:
    agrees = "not_known" if issue.locality_agrees is None else _TRUTH[issue.locality_agrees]
    answers: dict[str, tuple[str, ...]] = {
        f"{row}_title": (issue.title,),
        f"{row}_satisfied": (_TRUTH[issue.regulators_satisfied],),
        f"{row}_locality_agrees": (agrees,),
        f"{row}_outcome": (issue.outcome.value,),
    }
    named = {Outcome.A: ("plan", "review_on"), Outcome.B: ("person", "taken_up_on")}.get(issue.outcome)
    if named:
        answers |= {f"{row}_{named[0]}": (issue.plan_or_person,)}
        answers |= {f"{row}_{named[1]}": _parts(issue.due_on)} if issue.due_on else {}
    if issue.outcome is Outcome.B:
        answers |= {f"{row}_for_round_table": (issue.for_round_table,)}
    if issue.action:
        answers |= {
            f"{row}_body": (issue.action.body.value,),
            f"{row}_action": (issue.action.action.value,),
            f"{row}_reason": (issue.action.reason,),
        }
    return answers


def _parts(day: date) -> tuple[str, ...]:
    return str(day.day), str(day.month), str(day.year)
