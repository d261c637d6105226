"""The facts that are asked at triage, in sections, and the triage facts that their answers make."""

from collections.abc import Collection, Mapping
from dataclasses import fields, replace
from typing import Any

from wtforms.validators import StopValidation

from clearinghouse.casework.drafts import Answers
from clearinghouse.casework.triage import TriageSheet
from clearinghouse.protocol.triage import TriageFacts
from clearinghouse.protocol.vocabulary import Capacity, KnownAnswer, Nature, Scenario
from clearinghouse.web.drafts import Question, filled
from clearinghouse.web.fields import Choice, Choices, Line, Option, options_of
from clearinghouse.web.forms import Form

NOBODY, NOT_KNOWN = "nobody", "not_known"


class _Whoever(Choices):
    """Capacities, or nobody, or not known: one of the last two excludes all others."""

    def pre_validate(self, form: Any) -> None:
        """Refuse what excludes itself. Raises StopValidation."""
        super().pre_validate(form)
        chosen = set(self.data or ())
        if {NOBODY, NOT_KNOWN} & chosen and len(chosen) > 1:
            raise StopValidation("Select who knows, or “Nobody”, or “Not known”, not several of these")


def _asked(label: str, hint: str, missing: str) -> Choice:
    return Choice(label, options=options_of(KnownAnswer), hint=hint, missing=missing)


class KindForm(Form):
    """What it is about."""

    nature = Choice(
        "What kind of difficulty is it?",
        options=options_of(Nature),
        missing="Select what kind of difficulty it is",
    )
    service = Line("Which service? (optional)", longest=60, hint="For example, children’s services")
    scenario = Choice(
        "Which of these comes nearest?",
        options=options_of(Scenario),
        hint="The eight examples of the framework. The nearest one shows which help is listed for it.",
        missing="Select the example that comes nearest",
    )


class RiskForm(Form):
    """People and the law."""

    risk_of_harm = _asked(
        "Is anybody at risk of harm now?",
        "If so, it waits for nobody and is referred at once.",
        "Select whether anybody is at risk of harm now",
    )
    legal_duty_to_refer = _asked(
        "Is there a legal duty to refer it?",
        "For example, to the police or a safeguarding partner. Ask a lawyer where you are not sure.",
        "Select whether there is a legal duty to refer it",
    )
    serious_adverse_incident = _asked(
        "Was there a serious adverse incident?",
        "For example, a death, or a service that broke down.",
        "Select whether there was a serious adverse incident",
    )


class AuthorityForm(Form):
    """Where the authority stands."""

    acknowledged = _asked(
        "Does the authority acknowledge the difficulty?",
        "Its leading members or chief executive say so themselves.",
        "Select whether the authority acknowledges the difficulty",
    )
    willing = _asked(
        "Is it willing to accept help?",
        "Support works only where it is accepted.",
        "Select whether the authority is willing to accept help",
    )
    can_act_itself = _asked(
        "Can it deal with this itself, as routine?",
        "With help from outside if it wants.",
        "Select whether the authority can deal with it itself",
    )
    asserts_local_priority = _asked(
        "Does it assert a legitimate local priority against a regulator or government?",
        "Then the family may stand with it.",
        "Select whether it asserts a local priority",
    )
    who_knows = _Whoever(
        "Who in the authority knows that the concern was raised?",
        options=[*options_of(Capacity), Option(NOBODY, "Nobody"), Option(NOT_KNOWN, "Not known")],
        hint="Select all that apply. Where nobody knows, the source is protected at first contact.",
        missing="Select who knows, or “Nobody”, or “Not known”",
    )


class OutsideForm(Form):
    """Regulators, and how hard it is."""

    known_to_regulator = _asked(
        "Does a regulator or department know of it?",
        "What they do is theirs to decide, and a fact to record.",
        "Select whether a regulator or department knows of it",
    )
    regulator_contemplating_action = _asked(
        "Does a regulator or department contemplate action already?",
        "For example, an improvement notice. A meeting with the authority then comes first.",
        "Select whether action is contemplated already",
    )
    critical_and_hard = _asked(
        "Is it critical, and proving difficult to solve locally?",
        "Then a joint local meeting considers it.",
        "Select whether it is critical and difficult to solve locally",
    )


SECTIONS: Mapping[str, Question] = {
    section.slug: section
    for section in (
        Question("kind", "What it is about", KindForm),
        Question("risk", "People and the law", RiskForm),
        Question("authority", "Where the authority stands", AuthorityForm),
        Question("outside", "Regulators, and how hard it is", OutsideForm),
    )
}


def done_sections(answers: Answers) -> Collection[str]:
    """The sections whose answers are all there and right."""
    return {
        slug for slug, section in SECTIONS.items() if filled(section.form, answers, check=True).validate()
    }


def first_answers(sheet: TriageSheet) -> dict[str, tuple[str, ...]]:
    """What is known before a lead begins: the last triage's facts, or else what the concern says."""
    if sheet.last:
        return _answers(sheet.last)
    known: dict[str, tuple[str, ...]] = {"nature": (sheet.nature.value,), "service": (sheet.service or "",)}
    return known | ({"risk_of_harm": (KnownAnswer.YES.value,)} if sheet.case.people_at_risk else {})


def facts_of(answers: Answers) -> TriageFacts:
    """The facts of a draft whose sections are all done."""
    forms = [filled(section.form, answers, check=True) for section in SECTIONS.values()]
    given = {name: form.data[name] for form in forms for name in form.data}
    who: list[str] = given["who_knows"]
    facts = TriageFacts(
        nature=Nature(given["nature"]),
        scenario=Scenario(given["scenario"]),
        service=given["service"] or None,
        who_knows=None if NOT_KNOWN in who else frozenset(Capacity(each) for each in who if each != NOBODY),
    )
    known: dict[str, Any] = {name: KnownAnswer(given[name]) for name in _KNOWN_ANSWERS}
    return replace(facts, **known)


_KNOWN_ANSWERS = tuple(field.name for field in fields(TriageFacts) if field.type is KnownAnswer)


def _answers(facts: TriageFacts) -> dict[str, tuple[str, ...]]:
    who = facts.who_knows
    knows = (NOT_KNOWN,) if who is None else tuple(sorted(each.value for each in who)) or (NOBODY,)
    known = {name: (getattr(facts, name).value,) for name in _KNOWN_ANSWERS}
    return known | {
        "nature": (facts.nature.value,),
        "scenario": (facts.scenario.value,),
        "service": (facts.service or "",),
        "who_knows": knows,
    }
