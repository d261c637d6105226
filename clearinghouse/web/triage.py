"""Triage: what was said, the facts section by section, the suggested route with its reasons, and the decision."""

from uuid import UUID

from flask import redirect, url_for
from flask.typing import ResponseReturnValue

from clearinghouse.access.permissions import Permission
from clearinghouse.casework.drafts import (
    Answers,
    SavedDraft,
    change_draft,
    draft_is_gone,
    read_draft,
    save_draft,
)
from clearinghouse.casework.errors import Invalid
from clearinghouse.casework.headers import CaseHeader, case_header
from clearinghouse.casework.triage import (
    RoutePreview,
    draft_of_triage,
    open_triage,
    suggest_route,
    triage_case,
)
from clearinghouse.protocol.vocabulary import KnownAnswer, Route
from clearinghouse.web.current import actor, world, world_for
from clearinghouse.web.drafts import filled, typed
from clearinghouse.web.fields import Choice, Option, Text
from clearinghouse.web.forms import Form
from clearinghouse.web.messages import Message, tell
from clearinghouse.web.pages import Pages
from clearinghouse.web.rendering import page, weekday_words
from clearinghouse.web.triage_questions import SECTIONS, done_sections, facts_of, first_answers

triage = Pages("triage", __name__)

TRIAGED = Message("The triage is recorded.")
_TRIAGE = Permission.CASE_TRIAGE
_SLUGS = "<any(kind,risk,authority,outside):slug>"


class DecisionForm(Form):
    """The route that a lead decides on."""

    decided = Choice("Which route does this case take?", missing="Select the route that this case takes")
    rationale = Text(
        "Why another route than the suggested one?",
        longest=5000,
        rows=5,
        hint="Needed only where you depart from the suggestion. It is sealed with the case.",
    )


@triage.get("/cases/<uuid:case_id>/triage", needs=_TRIAGE)
def index(case_id: UUID) -> ResponseReturnValue:
    """What was said, and the sections to answer, with what is known already until something is answered."""
    sheet = open_triage(world(), actor(), case_id)
    draft = read_draft(world(), actor(), draft_of_triage(case_id))
    return page(
        "triage/index.html",
        case=sheet.case,
        sheet=sheet,
        sections=SECTIONS.values(),
        done=done_sections(draft.answers if draft else first_answers(sheet)),
        saved_at=draft.saved_at if draft else None,
    )


@triage.get(f"/cases/<uuid:case_id>/triage/{_SLUGS}", needs=_TRIAGE)
def section(case_id: UUID, slug: str) -> ResponseReturnValue:
    """Ask one section, with the draft's answers, or what is known before there is one."""
    case = case_header(world(), actor(), case_id, _TRIAGE)
    draft = read_draft(world(), actor(), draft_of_triage(case_id))
    answers = draft.answers if draft else _first_answers(case_id)
    return _section_page(case, slug, filled(SECTIONS[slug].form, answers), draft)


@triage.post(f"/cases/<uuid:case_id>/triage/{_SLUGS}", needs=_TRIAGE)
def answer(case_id: UUID, slug: str) -> ResponseReturnValue:
    """Keep the answers, right or wrong, and go on where they are right."""
    case = case_header(world(), actor(), case_id, _TRIAGE)
    draft = _keep(case_id, slug)
    form = SECTIONS[slug].form()
    if not form.validate():
        return _section_page(case, slug, form, draft, 422)
    left = [each for each in SECTIONS if each not in done_sections(draft.answers)]
    if left:
        return redirect(url_for("triage.section", case_id=case_id, slug=left[0]), 303)
    return redirect(url_for("triage.decide", case_id=case_id), 303)


@triage.post(f"/cases/<uuid:case_id>/triage/{_SLUGS}/draft", needs=_TRIAGE)
def save(case_id: UUID, slug: str) -> ResponseReturnValue:
    """Keep what stands on the page just now, for the script."""
    case_header(world(), actor(), case_id, _TRIAGE)
    _keep(case_id, slug)
    return "", 204


@triage.get("/cases/<uuid:case_id>/triage/decide", needs=_TRIAGE)
def decide(case_id: UUID) -> ResponseReturnValue:
    """Show what the protocol suggests and why, and ask for the decision."""
    case = case_header(world(), actor(), case_id, _TRIAGE)
    draft = read_draft(world(), actor(), draft_of_triage(case_id))
    if draft is None or len(done_sections(draft.answers)) < len(SECTIONS):
        return _to_index(case_id)
    preview = suggest_route(world(), actor(), case_id, facts_of(draft.answers))
    form = filled(DecisionForm, draft.answers)
    form.version.data = str(case.version)
    return _decision_page(case, form, preview, draft)


@triage.post("/cases/<uuid:case_id>/triage/decide", needs=_TRIAGE)
def record(case_id: UUID) -> ResponseReturnValue:
    """Record the decision."""
    case = case_header(world(), actor(), case_id, _TRIAGE)
    form = DecisionForm()
    once = world_for(form.key())
    if read_draft(world(), actor(), draft_of_triage(case_id)) is None:
        draft_is_gone(once, actor())
    draft = _keep_decision(case_id)
    if len(done_sections(draft.answers)) < len(SECTIONS):
        return _to_index(case_id)
    facts = facts_of(draft.answers)
    preview = suggest_route(world(), actor(), case_id, facts)
    form.decided.offer(_routes(preview))
    if form.validate():
        decided, rationale = Route(form.decided.data), str(form.rationale.data)
        try:
            triage_case(once, actor(), case_id, form.read_version(), facts, decided, rationale)
        except Invalid as invalid:
            form.refuse_all(invalid)
        else:
            tell(TRIAGED)
            return redirect(url_for("cases.show", case_id=case_id), 303)
    return _decision_page(case, form, preview, draft, 422)


@triage.post("/cases/<uuid:case_id>/triage/decide/draft", needs=_TRIAGE)
def save_decision(case_id: UUID) -> ResponseReturnValue:
    """Keep the reason as it stands just now, for the script."""
    case_header(world(), actor(), case_id, _TRIAGE)
    _keep_decision(case_id)
    return "", 204


def _keep(case_id: UUID, slug: str) -> SavedDraft:
    """Keep one section's answers; the first ones begin the draft, with what is known already."""
    name, fields = draft_of_triage(case_id), SECTIONS[slug].fields
    if read_draft(world(), actor(), name) is None:
        save_draft(world(), actor(), name, _first_answers(case_id))
    return change_draft(world(), actor(), name, typed(fields), fields)


def _first_answers(case_id: UUID) -> Answers:
    return first_answers(open_triage(world(), actor(), case_id))


def _keep_decision(case_id: UUID) -> SavedDraft:
    fields = ("decided", "rationale")
    return change_draft(world(), actor(), draft_of_triage(case_id), typed(fields), fields)


def _to_index(case_id: UUID) -> ResponseReturnValue:
    return redirect(url_for("triage.index", case_id=case_id), 303)


def _section_page(
    case: CaseHeader, slug: str, form: Form, draft: SavedDraft | None, status: int = 200
) -> ResponseReturnValue:
    return page(
        "triage/section.html",
        status,
        case=case,
        section=SECTIONS[slug],
        form=form,
        saved_at=draft.saved_at if draft else None,
        back_href=url_for("triage.index", case_id=case.id),
        draft_url=url_for("triage.save", case_id=case.id, slug=slug),
    )


def _decision_page(
    case: CaseHeader, form: DecisionForm, preview: RoutePreview, draft: SavedDraft, status: int = 200
) -> ResponseReturnValue:
    form.decided.offer(_routes(preview))
    facts = preview.facts
    return page(
        "triage/decide.html",
        status,
        case=case,
        form=form,
        preview=preview,
        suggestion=preview.suggestion,
        first=preview.first_duties[preview.suggestion.route],
        waits_for_nobody=KnownAnswer.YES in (facts.risk_of_harm, facts.legal_duty_to_refer),
        saved_at=draft.saved_at,
        back_href=url_for("triage.index", case_id=case.id),
        draft_url=url_for("triage.save_decision", case_id=case.id),
    )


def _routes(preview: RoutePreview) -> list[Option]:
    """The suggested route first; each with what the case would owe first on it."""
    suggested = preview.suggestion.route
    ordered = [suggested, *(route for route in Route if route is not suggested)]
    return [
        Option(
            route.value,
            f"{route.words} (suggested)" if route is suggested else route.words,
            f"{preview.first_duties[route].kind.words} by {weekday_words(preview.first_duties[route].due_on)}",
        )
        for route in ordered
    ]
