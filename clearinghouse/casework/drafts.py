"""What people were in the middle of: drafts of forms, sealed for the one person who types them."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NoReturn

from sqlalchemy import func, select

from clearinghouse.access.roles import Actor
from clearinghouse.casework.errors import NotFound, Refused
from clearinghouse.casework.world import Work, World
from clearinghouse.records.forms import Draft
from clearinghouse.records.people import User
from clearinghouse.records.sealed import Gone

MOST = 200
"""How many drafts one person keeps: far more than anybody is in the middle of, and no room for a flood."""

Answers = Mapping[str, Sequence[str]]
"""What was typed: every value of each field, since a field of several boxes has several."""


@dataclass(frozen=True)
class SavedDraft:
    """A draft as it was last saved."""

    form: str
    answers: Mapping[str, tuple[str, ...]]
    saved_at: datetime


def save_draft(world: World, actor: Actor, form: str, answers: Answers) -> SavedDraft:
    """Keep what the person has typed into a form, in place of what was kept before. `form` names it, 120 characters.

    Raises Refused for one draft too many.
    """
    with world.unit_of_work(actor) as work:
        return _keep(work, _held(work, form), form, answers)


def change_draft(
    world: World, actor: Actor, form: str, answers: Answers, fields: Collection[str]
) -> SavedDraft:
    """Replace the answers of some fields of a draft and leave the others. Raises NotFound where there is no draft."""
    with world.unit_of_work(actor) as work:
        row = _held(work, form)
        if row is None:
            raise NotFound
        others = {name: values for name, values in _saved(row).answers.items() if name not in fields}
        return _keep(work, row, form, others | {name: answers[name] for name in fields if name in answers})


def read_draft(world: World, actor: Actor, form: str) -> SavedDraft | None:
    """The person's own draft of the form, None where they have none."""
    with world.reading(actor) as work:
        row = _find(work, form)
        return _saved(row) if row else None


def my_drafts(world: World, actor: Actor, beginning: str = "") -> tuple[SavedDraft, ...]:
    """The person's own drafts of the forms whose names begin so, the latest saved first."""
    with world.reading(actor) as work:
        query = select(Draft).where(Draft.user_id == work.actor.person)
        query = query.where(Draft.form.startswith(beginning, autoescape=True))
        return tuple(
            _saved(row) for row in work.session.scalars(query.order_by(Draft.saved_at.desc(), Draft.id))
        )


def discard_draft(world: World, actor: Actor, form: str) -> None:
    """Forget the person's own draft, where there is one."""
    with world.unit_of_work(actor) as work:
        drop_draft(work, form)


def drop_draft(work: Work, form: str) -> None:
    """Forget the draft in the same transaction that carries out what was drafted."""
    row = _held(work, form)
    if row is not None:
        work.session.delete(row)


def draft_is_gone(world: World, actor: Actor) -> NoReturn:
    """Answer a post whose draft is not there: raises AlreadyDone where the post was carried out, NotFound otherwise."""
    with world.unit_of_work(actor):
        raise NotFound


def _keep(work: Work, row: Draft | None, form: str, answers: Answers) -> SavedDraft:
    if row is None:
        own = select(func.count()).select_from(Draft).where(Draft.user_id == work.actor.person)
        if work.session.scalars(own).one() >= MOST:
            raise Refused(f"You have {MOST} drafts. Finish or discard one first.")
        row = work.add(Draft(user_id=work.actor.person, form=form, saved_at=work.now))
    row.saved_at = work.now
    row.answers = json.dumps({name: list(values) for name, values in answers.items()})
    return _saved(row)


def _saved(row: Draft) -> SavedDraft:
    kept = row.answers
    # After a restored backup, a draft that was under a key that has been replaced since: nothing of it is left.
    answers = {} if isinstance(kept, Gone) else json.loads(kept)
    return SavedDraft(row.form, {name: tuple(values) for name, values in answers.items()}, row.saved_at)


def _held(work: Work, form: str) -> Draft | None:
    """The draft, with the person's drafts held until the work ends: two tabs may save at once."""
    work.session.execute(select(User.id).where(User.id == work.actor.person).with_for_update())
    return _find(work, form)


def _find(work: Work, form: str) -> Draft | None:
    own = (Draft.user_id == work.actor.person, Draft.form == form)
    return work.session.scalars(select(Draft).where(*own)).one_or_none()
