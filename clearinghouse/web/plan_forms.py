"""The forms of improvement plans: the plan, its actions, their progress, and the review of them all."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, cast
from uuid import UUID

from clearinghouse.casework.drafts import Answers
from clearinghouse.casework.plans.keeping import NewAction, Progress, Terms
from clearinghouse.casework.plans.reviews import field_of
from clearinghouse.casework.plans.tab import ActionView
from clearinghouse.protocol.plans import ActionState
from clearinghouse.web.fields import Choice, DateParts, Line, Option, Pick, Text, Tick, options_of
from clearinghouse.web.forms import Form

LENGTH = 5000

_YES_NO = (Option("yes", "Yes"), Option("no", "No"))
_PROGRESS = (Option("adequate", "Yes"), Option("inadequate", "No"))
_POUNDS = re.compile(r"£?\s*([0-9]{1,3}(?:,[0-9]{3})+|[0-9]{1,10})(?:\.00)?")
_USUAL = "Leave it empty for the usual date. A weekend or bank holiday moves to the next working day"


def _not_pounds(text: str) -> str | None:
    return None if _POUNDS.fullmatch(text) else "Enter an amount in whole pounds, like 25,000"


class TermsForm(Form):
    """What a plan says as a whole."""

    agreed_on = DateParts(
        "When was the plan agreed?",
        subject="The date of the agreement",
        missing="Enter the date on which the plan was agreed",
    )
    agreed_with = Line(
        "Who agreed it for the authority?",
        missing="Enter who agreed it for the authority",
        hint="A name and a position. Sealed",
    )
    outcomes = Text(
        "What is to come of it?",
        longest=LENGTH,
        rows=5,
        missing="Enter what is to come of the plan",
        hint="Specific outcomes that both sides agreed. Sealed",
    )
    riep_funded = Choice(
        "Does the RIEP fund any of it?", options=_YES_NO, missing="Select whether the RIEP funds any of it"
    )
    pounds = Line(
        "How much does the RIEP pay?",
        check=_not_pounds,
        hint="Optional. Whole pounds, for example 25,000",
        looks={"classes": "govuk-input--width-10", "inputmode": "numeric", "prefix": {"text": "£"}},
    )

    def terms(self) -> Terms:
        """The plan as it was filled in."""
        found = _POUNDS.fullmatch(self.pounds.text)
        return Terms(
            agreed_on=self.agreed_on.day,
            agreed_with=self.agreed_with.text,
            outcomes=self.outcomes.text,
            riep_funded=self.riep_funded.data == "yes",
            pounds=int(found[1].replace(",", "")) if found else None,
        )


class PlanForm(TermsForm):
    """A plan that was agreed."""

    review_on = DateParts("When is it first reviewed?", subject="The date of the review", hint=_USUAL)
    without_team = Tick(
        "No peer team is needed: the plan is the support", hint="Takes back that a peer team is to be found"
    )


class AmendForm(TermsForm):
    """A plan that says something else from now on."""

    reason = Text("Why is it changed?", longest=LENGTH, rows=3, missing="Enter why the plan is changed")


class ActionForm(Form):
    """One action of a plan."""

    what = Text("What will be done?", longest=2000, rows=3, missing="Enter what will be done", hint="Sealed")
    owner = Line(
        "Who does it?", missing="Enter who does it", hint="A name in the authority or its partner. Sealed"
    )
    measure = Line(
        "How is it measured?",
        missing="Enter how it is measured",
        hint="For example, calls answered within 30 seconds",
    )
    target = Line("What is the target?", missing="Enter the target", hint="For example, 90 in 100")
    due_on = DateParts("By when?", subject="The date", missing="Enter the date by which it is done")

    def action(self) -> NewAction:
        """The action as it was filled in."""
        return NewAction(
            self.what.text, self.owner.text, self.measure.text, self.target.text, self.due_on.day
        )


class ChangeActionForm(ActionForm):
    """An action that says something else from now on, or moves to another date."""

    reason = Text("Why is it changed?", longest=LENGTH, rows=3, missing="Enter why the action is changed")


class ProgressForm(Form):
    """How far an action has come."""

    state = Choice(
        "How far has it come?", options=options_of(ActionState), missing="Select how far it has come"
    )
    note = Text(
        "What is there to say?",
        longest=LENGTH,
        rows=4,
        hint="For a dropped action, why. What the measure shows now is worth noting",
    )


class ReviewForm(Form):
    """When the support was reviewed, and what was found. Its actions are added by review_form_of."""

    held_on = DateParts(
        "When was the review?", subject="The date of the review", missing="Enter the date of the review"
    )
    progress = Choice(
        "Was there adequate progress?", options=_PROGRESS, missing="Select whether progress was adequate"
    )
    note = Text(
        "What was found, and why do you judge it so?",
        longest=LENGTH,
        rows=6,
        missing="Enter what was found",
    )
    next_on = DateParts("When is the next review?", subject="The date of the next review", hint=_USUAL)

    def rows(self, actions: Iterable[ActionView]) -> list["ReviewRow"]:
        """The fields of each action."""
        return [
            ReviewRow(action, self[field_of(action.id, "state")], self[field_of(action.id, "note")])
            for action in actions
        ]

    def action_progress(self, actions: Iterable[ActionView]) -> tuple[Progress, ...]:
        """How far each action has come, as it was filled in."""
        return tuple(
            Progress(row.action.id, ActionState(row.state.data), row.note.text) for row in self.rows(actions)
        )


@dataclass(frozen=True)
class ReviewRow:
    """One action in the review's form, with its two fields."""

    action: ActionView
    state: Any
    note: Any


def review_form_of(actions: Iterable[ActionView]) -> type[ReviewForm]:
    """The review's form with two fields for each of these actions, at the state that each has now."""
    fields: dict[str, Any] = {}
    for action in actions:
        fields[field_of(action.id, "state")] = Pick(
            "How far has it come?",
            options=options_of(ActionState),
            default=action.state.value,
            missing="Select how far the action has come",
        )
        fields[field_of(action.id, "note")] = Text("What was found of it?", longest=LENGTH, rows=2)
    return cast(type[ReviewForm], type("ReviewFormWithActions", (ReviewForm,), fields))


def answers_of_terms(terms: Terms) -> Answers:
    """A plan's terms as its form takes them."""
    return {
        **_date("agreed_on", terms.agreed_on),
        "agreed_with": (terms.agreed_with,),
        "outcomes": (terms.outcomes,),
        "riep_funded": ("yes" if terms.riep_funded else "no",),
        "pounds": ("" if terms.pounds is None else f"{terms.pounds:,}",),
    }


def answers_of_action(said: NewAction) -> Answers:
    """An action as its form takes it."""
    return {
        "what": (said.what,),
        "owner": (said.owner,),
        "measure": (said.measure,),
        "target": (said.target,),
        **_date("due_on", said.due_on),
    }


def _date(name: str, day: date) -> Mapping[str, tuple[str, ...]]:
    return {name: (str(day.day), str(day.month), str(day.year))}


def draft_name(kind: str, key: UUID) -> str:
    """The name of a person's draft of one of these forms."""
    return f"{kind}:{key}"
