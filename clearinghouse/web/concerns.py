"""Logging a concern: one question a page, kept as a draft on the way, checked, and logged."""

from uuid import UUID, uuid4

from flask import redirect, request, url_for
from flask.typing import ResponseReturnValue

from clearinghouse.access.permissions import Permission
from clearinghouse.casework.authorities import find_authorities
from clearinghouse.casework.concerns import Papers, authorities_named, log_concern, what_follows, who_will_see
from clearinghouse.casework.drafts import (
    SavedDraft,
    change_draft,
    discard_draft,
    draft_is_gone,
    my_drafts,
    read_draft,
    save_draft,
)
from clearinghouse.casework.errors import Invalid, NotFound
from clearinghouse.web.concern_questions import (
    AUTHORITIES,
    AUTHORITY,
    ORDER,
    QUESTIONS,
    answered,
    authorities_of,
    concern_of,
    first_unanswered,
    rows_to_check,
    up_to_today,
)
from clearinghouse.web.current import actor, world, world_for
from clearinghouse.web.drafts import Question, typed
from clearinghouse.web.fields import Choice, Option, Tick
from clearinghouse.web.file_fields import NOT_IN_DRAFT, Files
from clearinghouse.web.forms import Form
from clearinghouse.web.messages import Message, tell
from clearinghouse.web.pages import Pages
from clearinghouse.web.rendering import page

concerns = Pages("concerns", __name__)

DISCARDED = Message("The draft is discarded.")
_DRAFTS = "concern:"
_LOG = Permission.CONCERN_LOG


class PapersForm(Form):
    """What came with the concern; all of it may stay empty."""

    files = Files("Files (optional)", hint=f"The letter or email, for example. {NOT_IN_DRAFT}")
    of_nobody = Tick(
        "Nothing in them shows who raised the concern",
        hint="Only you can read them, and a custodian whom a lead names on the case, unless you tick this: then "
        "everybody who can read the case can.",
    )


class PickForm(Form):
    """Which of the authorities that were found."""

    authority = Choice("Which of these is it?", missing="Select an authority")


@concerns.get("/concerns/new", needs=_LOG)
def index() -> ResponseReturnValue:
    """What logging a concern takes, and the drafts to go on with."""
    own = my_drafts(world(), actor(), _DRAFTS)
    names = {
        found.id: found.name
        for found in authorities_named(
            world(), actor(), [each for draft in own for each in authorities_of(draft)]
        )
    }
    shown = [
        (
            UUID(draft.form.removeprefix(_DRAFTS)),
            [names[each] for each in authorities_of(draft) if each in names],
            draft.saved_at,
        )
        for draft in own
    ]
    return page("concerns/index.html", drafts=shown, form=Form(formdata=None))


@concerns.post("/concerns/new", needs=_LOG)
def begin() -> ResponseReturnValue:
    """Begin a draft."""
    draft_id = uuid4()
    save_draft(world(), actor(), _name(draft_id), {})
    return redirect(url_for("concerns.authority", draft_id=draft_id), 303)


@concerns.get("/concerns/<uuid:draft_id>", needs=_LOG)
def resume(draft_id: UUID) -> ResponseReturnValue:
    """Go on with a draft where it stopped."""
    unanswered = first_unanswered(_draft(draft_id))
    return redirect(
        _link(draft_id, unanswered) if unanswered else url_for("concerns.check", draft_id=draft_id)
    )


@concerns.get("/concerns/<uuid:draft_id>/authority", needs=_LOG)
def authority(draft_id: UUID) -> ResponseReturnValue:
    """Search the register, and show what the draft names so far."""
    return _authority_page(draft_id, _draft(draft_id), PickForm(formdata=None))


@concerns.post("/concerns/<uuid:draft_id>/authority", needs=_LOG)
def name_authority(draft_id: UUID) -> ResponseReturnValue:
    """Take one more authority into the draft."""
    draft = _draft(draft_id)
    form = PickForm()
    form.authority.offer(_found())
    if form.validate():
        chosen = (*authorities_of(draft), UUID(str(form.authority.data)))
        try:
            who_will_see(world(), actor(), tuple(dict.fromkeys(chosen)))
        except Invalid as invalid:
            form.refuse_all(invalid)
        else:
            _keep_authorities(draft_id, tuple(dict.fromkeys(chosen)))
            return redirect(_link(draft_id, AUTHORITY), 303)
    return _authority_page(draft_id, draft, form, 422)


@concerns.post("/concerns/<uuid:draft_id>/authority/remove", needs=_LOG)
def remove_authority(draft_id: UUID) -> ResponseReturnValue:
    """Take an authority out of the draft."""
    left = [each for each in authorities_of(_draft(draft_id)) if str(each) != request.form.get("authority")]
    _keep_authorities(draft_id, tuple(left))
    return redirect(_link(draft_id, AUTHORITY), 303)


@concerns.get("/concerns/<uuid:draft_id>/<any(nature,risk,said,learned,source):slug>", needs=_LOG)
def question(draft_id: UUID, slug: str) -> ResponseReturnValue:
    """Ask one question, with the draft's answer."""
    draft = _draft(draft_id)
    return _question_page(draft_id, QUESTIONS[slug], answered(QUESTIONS[slug], draft), draft)


@concerns.post("/concerns/<uuid:draft_id>/<any(nature,risk,said,learned,source):slug>", needs=_LOG)
def answer(draft_id: UUID, slug: str) -> ResponseReturnValue:
    """Keep the answer, right or wrong, and go on where it is right."""
    asked = QUESTIONS[slug]
    draft = _keep_answer(draft_id, asked)
    form = up_to_today(asked.form())
    if not form.validate():
        return _question_page(draft_id, asked, form, draft, 422)
    after = ORDER[ORDER.index(slug) + 1 :]
    if request.args.get("to") == "check" or not after:
        return redirect(url_for("concerns.check", draft_id=draft_id), 303)
    return redirect(_link(draft_id, after[0]), 303)


@concerns.post("/concerns/<uuid:draft_id>/<any(nature,risk,said,learned,source):slug>/draft", needs=_LOG)
def save(draft_id: UUID, slug: str) -> ResponseReturnValue:
    """Keep what stands on the page just now, for the script."""
    _keep_answer(draft_id, QUESTIONS[slug])
    return "", 204


@concerns.get("/concerns/<uuid:draft_id>/check", needs=_LOG)
def check(draft_id: UUID) -> ResponseReturnValue:
    """Show all answers and who will see them, before anything is logged."""
    draft = _draft(draft_id)
    unanswered = first_unanswered(draft)
    if unanswered:
        return redirect(_link(draft_id, unanswered))
    return _check_page(draft_id, draft, PapersForm(formdata=None))


@concerns.post("/concerns/<uuid:draft_id>/check", needs=_LOG, files=True)
def log(draft_id: UUID) -> ResponseReturnValue:
    """Log the concern. The draft's key is the post's: one draft becomes one concern however often it is sent."""
    once = world_for(draft_id)
    draft = read_draft(world(), actor(), _name(draft_id))
    if draft is None:
        draft_is_gone(once, actor())
    unanswered = first_unanswered(draft)
    if unanswered:
        return redirect(_link(draft_id, unanswered), 303)
    form = PapersForm()
    if not form.is_posted_and_valid():
        return _check_page(draft_id, draft, form)
    papers = Papers(form.files.documents, show_source=not form.of_nobody.data)
    try:
        logged = log_concern(once, actor(), concern_of(draft), draft.form, papers)
    except Invalid as invalid:
        return _check_page(draft_id, draft, form, tuple(invalid.problems.values()))
    return redirect(url_for("concerns.logged", case_id=logged.case_id), 303)


@concerns.get("/concerns/logged/<uuid:case_id>", needs=_LOG)
def logged(case_id: UUID) -> ResponseReturnValue:
    """Confirm: the reference, what happens next and by when."""
    following = what_follows(world(), actor(), case_id)
    return page("concerns/logged.html", following=following, case=following.case)


@concerns.get("/concerns/<uuid:draft_id>/discard", needs=_LOG)
def ask_discard(draft_id: UUID) -> ResponseReturnValue:
    """Ask before a draft is forgotten."""
    draft = _draft(draft_id)
    named = authorities_named(world(), actor(), authorities_of(draft))
    return page(
        "concerns/discard.html", draft_id=draft_id, draft=draft, named=named, form=Form(formdata=None)
    )


@concerns.post("/concerns/<uuid:draft_id>/discard", needs=_LOG)
def discard(draft_id: UUID) -> ResponseReturnValue:
    """Forget a draft."""
    _draft(draft_id)
    discard_draft(world(), actor(), _name(draft_id))
    tell(DISCARDED)
    return redirect(url_for("concerns.index"), 303)


def _name(draft_id: UUID) -> str:
    return f"{_DRAFTS}{draft_id}"


def _draft(draft_id: UUID) -> SavedDraft:
    draft = read_draft(world(), actor(), _name(draft_id))
    if draft is None:
        raise NotFound
    return draft


def _keep_answer(draft_id: UUID, asked: Question) -> SavedDraft:
    return change_draft(world(), actor(), _name(draft_id), typed(asked.fields), asked.fields)


def _keep_authorities(draft_id: UUID, chosen: tuple[UUID, ...]) -> None:
    answers = {AUTHORITIES: [str(each) for each in chosen]}
    change_draft(world(), actor(), _name(draft_id), answers, [AUTHORITIES])


def _words() -> str:
    return (request.values.get("q") or "").strip()[:100]


def _found() -> list[Option]:
    found = find_authorities(world(), actor(), _words()) if _words() else ()
    return [
        Option(str(each.id), each.name, f"{each.type_name}, {each.region}") for each in found if each.region
    ]


def _authority_page(
    draft_id: UUID, draft: SavedDraft, form: PickForm, status: int = 200
) -> ResponseReturnValue:
    named = authorities_named(world(), actor(), authorities_of(draft))
    taken = {str(each.id) for each in named}
    form.authority.offer(option for option in _found() if option.value not in taken)
    return page(
        "concerns/authority.html",
        status,
        form=form,
        draft_id=draft_id,
        named=named,
        words=_words(),
        number=1,
        count=len(ORDER),
        onward=url_for("concerns.check", draft_id=draft_id)
        if first_unanswered(draft) is None
        else _link(draft_id, ORDER[1]),
    )


def _question_page(
    draft_id: UUID, asked: Question, form: Form, draft: SavedDraft, status: int = 200
) -> ResponseReturnValue:
    place = ORDER.index(asked.slug)
    to = request.args.get("to") if request.args.get("to") == "check" else None
    return page(
        f"concerns/{asked.slug}.html",
        status,
        question=asked,
        form=form,
        number=place + 1,
        count=len(ORDER),
        saved_at=draft.saved_at if asked.fields & draft.answers.keys() else None,
        action=url_for("concerns.answer", draft_id=draft_id, slug=asked.slug, to=to),
        draft_url=url_for("concerns.save", draft_id=draft_id, slug=asked.slug),
        back=url_for("concerns.check", draft_id=draft_id) if to else _link(draft_id, ORDER[place - 1]),
    )


def _check_page(
    draft_id: UUID, draft: SavedDraft, form: PapersForm, reasons: tuple[str, ...] = ()
) -> ResponseReturnValue:
    if request.method == "POST":
        form.ask_files_again()
    concern = concern_of(draft)
    named = authorities_named(world(), actor(), concern.authorities)
    readers = None
    try:
        readers = who_will_see(world(), actor(), concern.authorities)
    except Invalid as invalid:
        reasons = reasons or tuple(invalid.problems.values())
    rows = [
        (key, value, _link(draft_id, slug, to="check"), "")
        for key, value, slug in rows_to_check(concern, tuple(each.name for each in named))
    ]
    return page(
        "concerns/check.html",
        422 if reasons or form.errors else 200,
        form=form,
        draft_id=draft_id,
        rows=rows,
        readers=readers,
        reasons=reasons,
        at_risk=concern.people_at_risk,
        is_anonymous=not (concern.source_name or concern.source_contact or concern.source_position),
        saved_at=draft.saved_at,
    )


def _link(draft_id: UUID, slug: str, to: str | None = None) -> str:
    if slug == AUTHORITY:
        return url_for("concerns.authority", draft_id=draft_id)
    return url_for("concerns.question", draft_id=draft_id, slug=slug, to=to)
