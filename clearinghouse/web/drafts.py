"""Drafts in forms: what was posted as it is kept, a form filled from it, and where the script saves."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import TypeVar

from flask import request
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict
from wtforms.fields.core import UnboundField

from clearinghouse.access.permissions import Openness
from clearinghouse.casework.drafts import Answers, discard_draft, read_draft, save_draft
from clearinghouse.casework.errors import NotFound
from clearinghouse.web.current import actor, world
from clearinghouse.web.forms import Form
from clearinghouse.web.keeping import NEVER_KEPT
from clearinghouse.web.pages import Pages

drafts = Pages("drafts", __name__)

_NAME = re.compile(r"[a-z][a-z0-9_:-]{0,119}")
_Form = TypeVar("_Form", bound=Form)


@dataclass(frozen=True)
class Question:
    """One page of several that keep one draft: its place in the address, its title, and its form."""

    slug: str
    title: str
    form: type[Form]

    @property
    def fields(self) -> frozenset[str]:
        """The names of the answers that this page asks for."""
        return fields_of(self.form)


def typed(fields: Collection[str] | None = None) -> dict[str, tuple[str, ...]]:
    """What was posted, of these fields or of all, as a draft keeps it; never a token or a secret."""
    return {
        name: tuple(values)
        for name, values in request.form.lists()
        if name not in NEVER_KEPT and (fields is None or name in fields)
    }


def filled(form_class: type[_Form], answers: Answers, *, check: bool = False) -> _Form:
    """The form as its author left it; a new one where nothing is kept. With `check` it can be validated as it is."""
    fields = fields_of(form_class)
    given = MultiDict((name, value) for name, values in answers.items() if name in fields for value in values)
    return form_class(
        formdata=given if given or check else None, **({"meta": {"csrf": False}} if check else {})
    )


def kept_form(form_class: type[_Form], name: str) -> _Form:
    """A form of one page: as it was posted, or, where its page is opened, as its author left it."""
    if request.method == "POST":
        return form_class()
    draft = read_draft(world(), actor(), name)
    return filled(form_class, draft.answers if draft else {})


def keep(name: str) -> None:
    """Keep what was posted and came to nothing, so that its author finds it again."""
    save_draft(world(), actor(), name, typed())


def forget(name: str) -> None:
    """Forget the draft of a form that was carried out."""
    discard_draft(world(), actor(), name)


def fields_of(form_class: type[Form]) -> frozenset[str]:
    """The names of the form's own questions."""
    names = (name for name in dir(form_class) if isinstance(getattr(form_class, name), UnboundField))
    return frozenset(names) - NEVER_KEPT


@drafts.post("/drafts/<form>", needs=Openness.SIGNED_IN)
def save(form: str) -> ResponseReturnValue:
    """Keep what stands in a form just now; the address names the form, such as `conversation:` and the case's key."""
    if not _NAME.fullmatch(form):
        raise NotFound
    save_draft(world(), actor(), form, typed())
    return "", 204
