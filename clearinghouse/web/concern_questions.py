"""The questions that are asked when a concern is logged, one form each, and the concern that their answers make."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from clearinghouse.casework.concerns import NewConcern
from clearinghouse.casework.drafts import SavedDraft
from clearinghouse.protocol.vocabulary import Nature
from clearinghouse.web.current import world
from clearinghouse.web.drafts import Question, filled
from clearinghouse.web.fields import Choice, DateParts, Line, Option, Text, Tick
from clearinghouse.web.forms import Form
from clearinghouse.web.rendering import day_words

AUTHORITY = "authority"
AUTHORITIES = "authorities"
SAID_LONGEST = 20_000

_NATURES = {
    Nature.CORPORATE: "The council as a whole: finances, culture, governance",
    Nature.SERVICE: "One service, such as children’s services or planning",
    Nature.POLITICAL: "Councillors or political groups",
    Nature.LEADER_AND_CHIEF_EXECUTIVE: "The relationship between the two",
    Nature.CHIEF_OFFICER: "One senior officer",
    Nature.PARTNERSHIP: "The council and others who should work together",
}


class NatureForm(Form):
    """What kind of difficulty it is."""

    nature = Choice(
        "What kind of difficulty is it?",
        options=[Option(nature.value, nature.words, hint) for nature, hint in _NATURES.items()],
        missing="Select what kind of difficulty it is",
    )
    service = Line(
        "Which service does it concern? (optional)",
        longest=60,
        hint="For example, children’s services",
    )


class RiskForm(Form):
    """Whether anybody is at risk now."""

    risk = Choice(
        "Is anybody at risk of harm now?",
        options=[Option("yes", "Yes"), Option("no", "Not that I know of")],
        missing="Select yes if anybody is at risk of harm now",
        hint="People at risk wait for nobody. If somebody is in danger this minute, call 999 before you go on. "
        "With “Yes”, you can refer the case at once, as soon as it is logged.",
    )


class SaidForm(Form):
    """What the source said."""

    text = Text("What was said?", longest=SAID_LONGEST, rows=14, missing="Enter what was said")


class LearnedForm(Form):
    """How and when whoever logs the concern learned of it."""

    how_known = Text(
        "How did you learn of it?",
        longest=1000,
        rows=3,
        missing="Enter how you learned of it",
        hint="For example, a telephone call, a meeting, or a report in the papers. Do not enter who told you.",
    )
    noticed_on = DateParts(
        "When did you learn of it?",
        subject="The date you learned of it",
        missing="Enter the date you learned of it",
    )


class SourceForm(Form):
    """Who raised it; all of it may stay empty."""

    source_name = Line("Name (optional)", longest=200)
    source_position = Line(
        "Position (optional)", longest=200, hint="For example, a head of service, or a parent"
    )
    source_contact = Line(
        "How to reach them (optional)", longest=200, hint="An email address or a telephone number"
    )
    source_may_be_contacted = Choice(
        "May we contact them again?",
        options=[
            Option("yes", "Yes, to tell them what happened"),
            Option("no", "No, they do not want to be contacted"),
        ],
        hint="If you did not ask, select no. You can change it later, on the page that shows who raised it.",
    )
    source_may_be_named = Tick("They agree to be named to the authority")

    def validate(self, extra_validators: Any = None) -> bool:
        """Whoever left a way to reach them was asked whether it may be used."""
        valid = bool(super().validate(extra_validators))
        if self.source_contact.text and self.source_may_be_contacted.data not in {"yes", "no"}:
            self.refuse(self.source_may_be_contacted, "Select whether we may contact them again")
            return False
        return valid


QUESTIONS: Mapping[str, Question] = {
    question.slug: question
    for question in (
        Question("nature", "What kind of difficulty is it?", NatureForm),
        Question("risk", "Is anybody at risk of harm now?", RiskForm),
        Question("said", "What was said?", SaidForm),
        Question("learned", "How and when did you learn of it?", LearnedForm),
        Question("source", "Who raised it?", SourceForm),
    )
}
"""The pages after the one that asks for the authority, in their order."""

ORDER = (AUTHORITY, *QUESTIONS)


def answered(question: Question, draft: SavedDraft, *, check: bool = False) -> Form:
    """The question's form with the draft's answers; the day learned of cannot be after today."""
    return up_to_today(filled(question.form, draft.answers, check=check))


def up_to_today(form: Form) -> Form:
    """The form with its latest day set, where it asks for one."""
    if isinstance(form, LearnedForm):
        form.noticed_on.latest = world().today
    return form


def authorities_of(draft: SavedDraft) -> tuple[UUID, ...]:
    """The authorities that the draft names, the lead authority first."""
    return tuple(UUID(text) for text in draft.answers.get(AUTHORITIES, ()))


def first_unanswered(draft: SavedDraft) -> str | None:
    """The first page whose answers are missing or wrong; None where the draft is ready to be logged."""
    if not authorities_of(draft):
        return AUTHORITY
    return next((slug for slug, question in QUESTIONS.items() if not _is_answered(question, draft)), None)


def _is_answered(question: Question, draft: SavedDraft) -> bool:
    """A page whose answers may all stay empty must have been sent once: nobody is anonymous by oversight."""
    was_sent = bool(question.fields & draft.answers.keys())
    return was_sent and answered(question, draft, check=True).validate()


def concern_of(draft: SavedDraft) -> NewConcern:
    """The concern that a draft makes in which nothing is unanswered."""
    forms = [answered(question, draft, check=True) for question in QUESTIONS.values()]
    given = {name: form.data[name] for form in forms for name in form.data}
    return NewConcern(
        authorities=authorities_of(draft),
        nature=Nature(given["nature"]),
        text=given["text"],
        how_known=given["how_known"],
        service=given["service"] or None,
        noticed_on=given["noticed_on"],
        people_at_risk=given["risk"] == "yes",
        source_name=given["source_name"],
        source_contact=given["source_contact"],
        source_position=given["source_position"],
        source_may_be_named=given["source_may_be_named"],
        source_may_be_contacted={"yes": True, "no": False}.get(given["source_may_be_contacted"]),
    )


def rows_to_check(concern: NewConcern, authorities: tuple[str, ...]) -> tuple[tuple[str, str, str], ...]:
    """What the last page shows of a concern: key, value and the page where it is changed."""
    source = (concern.source_name, concern.source_position, concern.source_contact)
    may_be_named = "May be named to the authority" if concern.source_may_be_named else "May not be named"
    said_by = [text for text in source if text]
    if said_by and concern.source_may_be_contacted is not None:
        said_by.append("May be contacted" if concern.source_may_be_contacted else "May not be contacted")
    return (
        ("Authority" if len(authorities) == 1 else "Authorities", "\n".join(authorities), AUTHORITY),
        ("Kind of difficulty", concern.nature.words, "nature"),
        ("Service", concern.service or "Not given", "nature"),
        ("At risk of harm now", "Yes" if concern.people_at_risk else "Not that you know of", "risk"),
        ("What was said", concern.text, "said"),
        ("How you learned of it", concern.how_known, "learned"),
        ("When", day_words(concern.noticed_on) if concern.noticed_on else "Not given", "learned"),
        ("Who raised it", "\n".join((*said_by, may_be_named)) if said_by else "Anonymous", "source"),
    )
