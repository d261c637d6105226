"""The forms of a team at work: its package, its manager, visits with their sessions, outputs and contact."""

from collections.abc import Iterable, Mapping
from typing import Any, TypeVar, cast
from uuid import UUID

from wtforms import Field, HiddenField

from clearinghouse.casework.teams.contact import LONGEST_NOTE, NewContact
from clearinghouse.casework.teams.packages import Doer, Doers
from clearinghouse.casework.teams.specialists import NewSession
from clearinghouse.casework.teams.visits import LONGEST, HeldVisit, NewFinding, NewVisit
from clearinghouse.casework.teams.work_views import OutputSheet, TeamSheet, VisitSheet
from clearinghouse.protocol.team_work import (
    AREAS,
    DAYS_LONG,
    Activity,
    Means,
    Package,
    VisitKind,
    WhyChanged,
)
from clearinghouse.web.fields import Choice, Choices, DateParts, Line, Option, Pick, Text, Tick, options_of
from clearinghouse.web.forms import Form

_F = TypeVar("_F", bound=Form)
_SEALED = "Those who may read the case can read this. Sealed"


class WorkForm(Form):
    """A form about a team at work, whose questions stand in the order in which they were added."""

    @property
    def questions(self) -> list[Field]:
        """What is asked, without what travels unseen."""
        return [field for field in self if not isinstance(field, HiddenField)]


class PackageForm(WorkForm):
    """Which kind of support the team gives."""

    package = Choice(
        "What kind of support does the team give?",
        options=options_of(Package),
        missing="Select what kind of support the team gives",
    )


class MoveForm(WorkForm):
    """The new days of a visit."""

    first = DateParts("New first day", subject="The first day", missing="Enter the first day")
    last = DateParts("New last day", subject="The last day", hint="Leave it empty for one day")
    why = Choice("Why is it moved?", options=options_of(WhyChanged), missing="Select why it is moved")


class CancelForm(WorkForm):
    """Why a visit is cancelled."""

    why = Choice("Why is it cancelled?", options=options_of(WhyChanged), missing="Select why it is cancelled")


def manager_form(doers: Doers) -> type[WorkForm]:
    """Who manages the team's work."""
    manager = Pick(
        "Who is the project manager?",
        options=options_of_doers(doers),
        missing="Select who manages the team’s work",
        hint="Somebody of staff also gets what the team’s work owes by a date. Otherwise the case’s owner does",
    )
    return _made(WorkForm, manager=manager)


def visit_form(sheet: TeamSheet, *, writes: bool) -> type[WorkForm]:
    """A visit to be planned, with what the team's package asks for; `writes` whoever may type of the case."""
    kinds = tuple(sheet.team.shape.visits)
    fields: dict[str, Field] = {}
    if len(kinds) > 1:
        fields["kind"] = Choice("What is it?", options=options_of(kinds), missing="Select what it is")
    fields["first"] = DateParts("First day", subject="The first day", missing="Enter the first day")
    if DAYS_LONG & set(kinds):
        fields["last"] = DateParts("Last day", subject="The last day", hint="Leave it empty for one day")
    else:
        fields["first"] = DateParts("Day", subject="The day", missing="Enter the day")
    fields["activities"] = Choices("What is it for, in general? (optional)", options=options_of(Activity))
    if writes:
        fields["purpose"] = Text("What is it for here? (optional)", longest=LONGEST, rows=4, hint=_SEALED)
    most = max(most for _, most in sheet.team.shape.visits.values())
    if most:
        fields["chair"] = Pick(
            "Who chairs it? (optional)", options=options_of_doers(sheet.doers), prompt="Nobody yet"
        )
    for number in range(most):
        fields.update(_session_fields(sheet, number, writes=writes))
    return _made(WorkForm, **fields)


def visit_of(form: WorkForm, sheet: TeamSheet) -> NewVisit:
    """The visit as it was filled in."""
    first = form["first"].day
    last = form["last"].data if "last" in form else None
    return NewVisit(
        kind=VisitKind(form["kind"].data) if "kind" in form else next(iter(sheet.team.shape.visits)),
        first=first,
        last=last or first,
        activities=frozenset(Activity(each) for each in form["activities"].data or ()),
        purpose=form["purpose"].text if "purpose" in form else "",
        chair=doer_of(form["chair"].data) if "chair" in form else None,
        sessions=tuple(_sessions(form)),
    )


def held_form(sheet: VisitSheet, *, writes: bool) -> type[WorkForm]:
    """That a visit took place: who came, which sessions began with a presentation, and what was found."""
    people = tuple(Option(str(each.id), each.name) for each in sheet.could_come)
    fields: dict[str, Field] = {
        "came": Choices(
            "Who of the team came?",
            options=people,
            missing="Select who of the team came",
            default=[option.value for option in people],
        )
    }
    for session in sheet.visit.sessions:
        fields[f"presented_{session.id.hex}"] = Tick(
            f"{session.area}: the head of service began with a presentation"
        )
        if writes:
            fields[f"found_{session.id.hex}"] = Text(
                f"{session.area}: what was found? (optional)", longest=LONGEST, rows=4, hint=_SEALED
            )
    if writes:
        fields["findings"] = Text(
            "What was found? (optional)", longest=LONGEST, rows=6, hint=f"{_SEALED}. More can be added later"
        )
    return _made(WorkForm, **fields)


def held_visit_of(form: WorkForm, sheet: VisitSheet) -> HeldVisit:
    """What was recorded of the visit."""
    ids = [session.id for session in sheet.visit.sessions]
    found = [NewFinding(form[f"found_{key.hex}"].text, key) for key in ids if f"found_{key.hex}" in form]
    if "findings" in form:
        found.append(NewFinding(form["findings"].text))
    return HeldVisit(
        came=frozenset(UUID(each) for each in form["came"].data),
        presented=frozenset(key for key in ids if form[f"presented_{key.hex}"].data),
        findings=tuple(each for each in found if each.text),
    )


def found_form(sheet: VisitSheet) -> type[WorkForm]:
    """What is added to what was found."""
    fields: dict[str, Field] = {}
    if sheet.visit.sessions:
        fields["session"] = Pick(
            "At which session? (optional)",
            options=tuple(Option(str(each.id), each.area) for each in sheet.visit.sessions),
            prompt="The whole of it",
        )
    fields["findings"] = Text(
        "What was found?", longest=LONGEST, rows=8, missing="Enter what was found", hint=_SEALED
    )
    return _made(WorkForm, **fields)


def finding_of(form: WorkForm) -> NewFinding:
    """What was added."""
    session = form["session"].data if "session" in form else ""
    return NewFinding(form["findings"].text, UUID(session) if session else None)


def output_form(sheet: OutputSheet) -> type[WorkForm]:
    """That an output was delivered."""
    fields: dict[str, Field] = {
        "delivered_on": DateParts(
            "On which day was it delivered?",
            subject="The day of delivery",
            missing="Enter the day of delivery",
        )
    }
    if sheet.plan_agreed_on:
        fields["is_case_plan"] = Tick("It is the improvement plan of this case")
    return _made(WorkForm, **fields)


def contact_form(doers: Doers, *, writes: bool) -> type[WorkForm]:
    """A contact between visits."""
    fields: dict[str, Field] = {
        "on": DateParts("When was it?", subject="The day of the contact", missing="Enter the day"),
        "means": Choice("How?", options=options_of(Means), missing="Select how you were in touch"),
        "by": Pick("Who of us was in touch?", options=options_of_doers(doers), missing="Select who it was"),
    }
    if writes:
        fields["note"] = Text("What was said? (optional)", longest=LONGEST_NOTE, rows=4, hint=_SEALED)
    return _made(WorkForm, **fields)


def contact_of(form: WorkForm) -> NewContact:
    """The contact as it was filled in."""
    note = form["note"].text if "note" in form else ""
    return NewContact(form["on"].day, Means(form["means"].data), doer_of(form["by"].data) or Doer(), note)


def options_of_doers(doers: Doers) -> tuple[Option, ...]:
    """Staff and the team's peers, as options of a list."""
    staff = (Option(f"user:{each.id}", each.name) for each in doers.staff)
    peers = (Option(f"peer:{each.id}", f"{each.name} (of the team)") for each in doers.peers)
    return (*staff, *peers)


def doer_of(value: str) -> Doer | None:
    """Whom an option stands for, None where none is chosen; only what was offered comes here."""
    kind, _, key = (value or "").partition(":")
    if not key:
        return None
    return Doer(user_id=UUID(key)) if kind == "user" else Doer(peer_id=UUID(key))


def _session_fields(sheet: TeamSheet, number: int, *, writes: bool) -> Mapping[str, Field]:
    which = f"Session {number + 1}"
    people = tuple(
        Option(str(each.id), each.name, f"Knows {', '.join(each.knows).lower()}" if each.knows else "")
        for each in sheet.specialists
    )
    fields: dict[str, Field] = {
        f"session_{number}_area": Pick(
            f"{which}: what is it about?", options=options_of(AREAS.values()), prompt="No session"
        ),
        f"session_{number}_specialists": Choices(
            f"{which}: specialists who come for it (optional)", options=people
        ),
    }
    if writes:
        fields[f"session_{number}_presenter"] = Line(
            f"{which}: who presents it for the council? (optional)", hint=_SEALED
        )
    return fields


def _sessions(form: WorkForm) -> Iterable[NewSession]:
    number = 0
    while f"session_{number}_area" in form:
        area, who = form[f"session_{number}_area"].data, form[f"session_{number}_specialists"].data
        presenter = f"session_{number}_presenter"
        if area:
            words = form[presenter].text if presenter in form else ""
            yield NewSession(area, frozenset(UUID(each) for each in who or ()), words)
        number += 1


def _made(base: type[_F], **fields: Any) -> type[_F]:
    return cast(type[_F], type(f"{base.__name__}Made", (base,), fields))
