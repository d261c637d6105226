"""A lead's deputies: who hears in the lead's place while the lead is away, and for whom the lead does."""

from datetime import date
from uuid import UUID

from flask import Response, redirect, url_for
from flask.typing import ResponseReturnValue

from clearinghouse.access.permissions import Permission
from clearinghouse.access.roles import Region
from clearinghouse.casework.deputies import Covers, deputies_page, end_deputy, name_deputy
from clearinghouse.casework.errors import Invalid
from clearinghouse.web.current import actor, world, world_for
from clearinghouse.web.fields import Choice, DateParts, Option
from clearinghouse.web.forms import Form
from clearinghouse.web.messages import Message, tell
from clearinghouse.web.pages import Pages
from clearinghouse.web.rendering import page

deputies = Pages("deputies", __name__)

NAMED = Message("Your deputy is named.")
ENDED = Message("The deputy's time is ended.")

_BETWEEN = "|"


class DeputyForm(Form):
    """Who, for which region, from when until when. Region and person are one choice, so that they always fit."""

    deputy = Choice("Who is your deputy?", missing="Select who is your deputy")
    starts_on = DateParts("First day", subject="The first day", missing="Enter the first day")
    until = DateParts("Last day", subject="The last day", missing="Enter the last day")

    def offer(self, covers: Covers) -> None:
        """Set who can be chosen for each region."""
        several = len(covers.regions) > 1
        self.deputy.offer(
            Option(
                f"{region or ''}{_BETWEEN}{person.id}",
                f"{person.name}, for {region or 'the country'}" if several else person.name,
            )
            for region, people in covers.candidates
            for person in people
        )

    def region(self) -> Region | None:
        """The region that was chosen; None is the country."""
        name = str(self.deputy.data).partition(_BETWEEN)[0]
        return Region(name) if name else None

    def person(self) -> UUID:
        """Who was chosen."""
        return UUID(str(self.deputy.data).partition(_BETWEEN)[2])

    def days(self) -> tuple[date, date]:
        """The first and the last day."""
        return self.starts_on.day, self.until.day


@deputies.get("/account/deputy", needs=Permission.DEPUTY_NAME)
def index() -> Response:
    """Who covers whom, and naming a deputy."""
    covers, form = deputies_page(world(), actor()), DeputyForm()
    form.offer(covers)
    return page("account/deputy.html", form=form, covers=covers)


@deputies.post("/account/deputy", needs=Permission.DEPUTY_NAME)
def name() -> ResponseReturnValue:
    """Name a deputy."""
    covers, form = deputies_page(world(), actor()), DeputyForm()
    form.offer(covers)
    if form.validate():
        try:
            name_deputy(world_for(form.key()), actor(), form.region(), form.person(), *form.days())
        except Invalid as invalid:
            form.refuse_all(invalid, region=form.deputy)
        else:
            tell(NAMED)
            return redirect(url_for("deputies.index"), 303)
    return page("account/deputy.html", 422, form=form, covers=covers)


@deputies.post("/account/deputy/<uuid:cover_id>/end", needs=Permission.DEPUTY_NAME)
def end(cover_id: UUID) -> ResponseReturnValue:
    """End a deputy's time before its last day."""
    end_deputy(world_for(Form().key()), actor(), cover_id)
    tell(ENDED)
    return redirect(url_for("deputies.index"), 303)
