"""People and roles, for administrators: invite, propose, confirm, end, suspend, declare links."""

from uuid import UUID

from flask import redirect, url_for
from flask.typing import ResponseReturnValue

from clearinghouse.access.permissions import Permission
from clearinghouse.access.roles import Grant, Region, Role
from clearinghouse.casework import links
from clearinghouse.casework.errors import Invalid
from clearinghouse.casework.own_sight import what_they_can_see
from clearinghouse.casework.people import accounts, invitations, resets
from clearinghouse.web.current import actor, world, world_for
from clearinghouse.web.fields import Choice, DateParts, Line, Pick, options_of
from clearinghouse.web.forms import Form
from clearinghouse.web.links import LinkForm
from clearinghouse.web.messages import Message, tell
from clearinghouse.web.pages import Pages
from clearinghouse.web.paging import page_of
from clearinghouse.web.rendering import page

people = Pages("people", __name__, navigation="People")

INVITED = Message("The invitation is on its way by mail.")
PROPOSED = Message("The role is proposed. Another administrator must confirm it.")
CONFIRMED = Message("The role is confirmed. It holds from their next sign-in.")
ENDED = Message("The role has ended, and all their sessions with it.")
SUSPENDED = Message("They are suspended, and all their sessions have ended.")
REINSTATED = Message("They can sign in again.")
DECLARED = Message("The link is declared. It holds from now on.")
RESET_PROPOSED = Message("The reset is proposed. Another administrator must hear them and confirm it.")
RESET_WITHDRAWN = Message("The reset is withdrawn. A link that was made for it is void.")


def _role() -> Choice:
    return Choice("Role", options=options_of(Role), missing="Select a role")


def _region() -> Pick:
    return Pick(
        "Region",
        options=options_of(Region),
        prompt="The whole country",
        hint="Coordinators, audit officers, regulators and administrators always work for the whole country.",
    )


class RoleForm(Form):
    """What the forms about a role share; each declares its fields in the order in which it asks."""

    role: Choice
    region: Pick

    def grant(self) -> Grant:
        """The role that was chosen, in its region or nationally."""
        return Grant(Role(self.role.data), Region(self.region.data) if self.region.data else None)


class InvitationForm(RoleForm):
    """Who is invited, with their first role."""

    name = Line("Full name", missing="Enter their full name", looks={"autocomplete": "off"})
    email = Line(
        "Email address",
        missing="Enter their email address",
        longest=254,
        looks={"type": "email", "autocomplete": "off"},
    )
    role = _role()
    region = _region()


class GrantForm(RoleForm):
    """One more role, from a day to a day."""

    role = _role()
    region = _region()
    starts_on = DateParts(
        "First day", subject="The first day", hint="Leave empty for today. For example, 27 3 2027"
    )
    ends_on = DateParts(
        "Last day", subject="The last day", hint="Leave empty if it has no end yet. For example, 27 3 2027"
    )


class ResetForm(Form):
    """Why somebody's password and second factor are to be set anew."""

    reason = Choice("Why?", options=options_of(resets.ResetReason), missing="Select why")


class HeardForm(Form):
    """How the second administrator heard the person."""

    heard = Choice(
        "How did you hear them?",
        options=options_of(resets.Heard),
        missing="Select how you heard them",
        hint="A mail or a message is not enough: somebody else may have written it.",
    )


@people.get("/people", needs=Permission.USER_MANAGE)
def index() -> ResponseReturnValue:
    """Everybody, and what waits for a second administrator."""
    view = accounts.people_view(world(), actor())
    waiting = resets.resets_waiting(world(), actor())
    return page("people/index.html", view=view, resets=waiting, **page_of("people", view.people))


@people.get("/people/invite", needs=Permission.USER_MANAGE)
def invite() -> ResponseReturnValue:
    """Ask who is to be invited."""
    return page("people/invite.html", form=InvitationForm())


@people.post("/people/invite", needs=Permission.USER_MANAGE)
def send_invitation() -> ResponseReturnValue:
    """Invite; the link goes by mail, or is shown where the installation sends none."""
    form = InvitationForm()
    if form.validate():
        try:
            invited = invitations.invite(
                world_for(form.key()), actor(), str(form.email.data), str(form.name.data), (form.grant(),)
            )
        except Invalid as invalid:
            form.refuse_all(invalid, grants=form.role)
        else:
            return _after_invitation(invited)
    return page("people/invite.html", 422, form=form)


@people.get("/people/<uuid:person_id>", needs=Permission.USER_MANAGE)
def person(person_id: UUID) -> ResponseReturnValue:
    """One person: their roles and links, and what can be done."""
    view = accounts.person_view(world(), actor(), person_id)
    return page(
        "people/person.html",
        person=view,
        links=links.links_of(world(), actor(), person_id),
        resets=resets.resets_of(world(), actor(), person_id),
    )


@people.post("/people/<uuid:person_id>/invite-again", needs=Permission.USER_MANAGE)
def invite_again(person_id: UUID) -> ResponseReturnValue:
    """Send a fresh link; the earlier one is void."""
    view = accounts.person_view(world(), actor(), person_id)
    return _after_invitation(invitations.invite_again(world_for(Form().key()), actor(), view.email))


@people.get("/people/<uuid:person_id>/roles/new", needs=Permission.USER_MANAGE)
def new_role(person_id: UUID) -> ResponseReturnValue:
    """Ask which role is proposed."""
    return page(
        "people/role.html", form=GrantForm(), person=accounts.person_view(world(), actor(), person_id)
    )


@people.post("/people/<uuid:person_id>/roles/new", needs=Permission.USER_MANAGE, fresh=True)
def propose_role(person_id: UUID) -> ResponseReturnValue:
    """Propose a role; another administrator must confirm it."""
    form = GrantForm()
    if form.validate():
        try:
            accounts.propose_grant(
                world_for(form.key()),
                actor(),
                person_id,
                form.grant(),
                form.starts_on.data,
                form.ends_on.data,
            )
        except Invalid as invalid:
            form.refuse_all(invalid)
        else:
            tell(PROPOSED)
            return redirect(url_for("people.person", person_id=person_id))
    return page("people/role.html", 422, form=form, person=accounts.person_view(world(), actor(), person_id))


@people.post("/people/roles/<uuid:grant_id>/confirm", needs=Permission.USER_MANAGE, fresh=True)
def confirm_role(grant_id: UUID) -> ResponseReturnValue:
    """Confirm what another administrator proposed."""
    person_id = accounts.confirm_grant(world_for(Form().key()), actor(), grant_id)
    tell(CONFIRMED)
    return redirect(url_for("people.person", person_id=person_id))


@people.post("/people/roles/<uuid:grant_id>/end", needs=Permission.USER_MANAGE)
def end_role(grant_id: UUID) -> ResponseReturnValue:
    """End a role, or withdraw a proposal."""
    person_id = accounts.end_grant(world_for(Form().key()), actor(), grant_id)
    tell(ENDED)
    return redirect(url_for("people.person", person_id=person_id))


@people.post("/people/<uuid:person_id>/suspend", needs=Permission.USER_MANAGE)
def suspend(person_id: UUID) -> ResponseReturnValue:
    """Shut somebody out at once."""
    accounts.suspend(world_for(Form().key()), actor(), person_id)
    tell(SUSPENDED)
    return redirect(url_for("people.person", person_id=person_id))


@people.post("/people/<uuid:person_id>/reinstate", needs=Permission.USER_MANAGE)
def reinstate(person_id: UUID) -> ResponseReturnValue:
    """Let somebody sign in again."""
    accounts.reinstate(world_for(Form().key()), actor(), person_id)
    tell(REINSTATED)
    return redirect(url_for("people.person", person_id=person_id))


@people.get("/people/<uuid:person_id>/sight", needs=Permission.USER_MANAGE)
def sight(person_id: UUID) -> ResponseReturnValue:
    """What one person can see and why, without anything of cases."""
    seen = what_they_can_see(world(), actor(), person_id)
    return page("people/sight.html", seen=seen, person_id=person_id)


@people.get("/people/<uuid:person_id>/reset", needs=Permission.USER_MANAGE)
def new_reset(person_id: UUID) -> ResponseReturnValue:
    """Ask why somebody's password and second factor are to be set anew."""
    return page(
        "people/reset.html", form=ResetForm(), person=accounts.person_view(world(), actor(), person_id)
    )


@people.post("/people/<uuid:person_id>/reset", needs=Permission.USER_MANAGE, fresh=True)
def propose_reset(person_id: UUID) -> ResponseReturnValue:
    """Propose it; another administrator must confirm it."""
    form = ResetForm()
    if form.validate():
        resets.propose_reset(world_for(form.key()), actor(), person_id, resets.ResetReason(form.reason.data))
        tell(RESET_PROPOSED)
        return redirect(url_for("people.person", person_id=person_id))
    return page("people/reset.html", 422, form=form, person=accounts.person_view(world(), actor(), person_id))


@people.get("/people/resets/<uuid:reset_id>", needs=Permission.USER_MANAGE)
def reset(reset_id: UUID) -> ResponseReturnValue:
    """Say what confirming does, and ask how the person was heard."""
    found = resets.reset_to_confirm(world(), actor(), reset_id)
    return page("people/confirm_reset.html", form=HeardForm(), found=found)


@people.post("/people/resets/<uuid:reset_id>", needs=Permission.USER_MANAGE, fresh=True)
def confirm_reset(reset_id: UUID) -> ResponseReturnValue:
    """Void their password and codes, end their sessions, and show their link this once."""
    form = HeardForm()
    if form.validate():
        heard = resets.Heard(form.heard.data)
        invited = resets.confirm_reset(world_for(form.key()), actor(), reset_id, heard)
        return page("people/reset_link.html", invited=invited)
    found = resets.reset_to_confirm(world(), actor(), reset_id)
    return page("people/confirm_reset.html", 422, form=form, found=found)


@people.post("/people/resets/<uuid:reset_id>/withdraw", needs=Permission.USER_MANAGE)
def withdraw_reset(reset_id: UUID) -> ResponseReturnValue:
    """Take a proposal back."""
    person_id = resets.withdraw_reset(world_for(Form().key()), actor(), reset_id)
    tell(RESET_WITHDRAWN)
    return redirect(url_for("people.person", person_id=person_id))


@people.get("/people/<uuid:person_id>/links/new", needs=Permission.USER_MANAGE)
def new_link(person_id: UUID) -> ResponseReturnValue:
    """Ask which authority the person is linked to."""
    return page(
        "people/link.html", form=_link_form(), person=accounts.person_view(world(), actor(), person_id)
    )


@people.post("/people/<uuid:person_id>/links/new", needs=Permission.USER_MANAGE)
def declare_link(person_id: UUID) -> ResponseReturnValue:
    """Declare a link for somebody."""
    form = _link_form()
    if form.validate():
        try:
            links.declare_link(
                world_for(form.key()),
                actor(),
                person_id,
                form.authority_id(),
                links.LinkKind(form.kind.data),
                form.ended_on.data,
            )
        except Invalid as invalid:
            form.refuse_all(invalid)
        else:
            tell(DECLARED)
            return redirect(url_for("people.person", person_id=person_id))
    return page("people/link.html", 422, form=form, person=accounts.person_view(world(), actor(), person_id))


def _link_form() -> LinkForm:
    form = LinkForm()
    form.offer(links.authorities_to_link(world(), actor()))
    return form


def _after_invitation(invited: invitations.Invited) -> ResponseReturnValue:
    """Where mail is sent, the link is for the invited person's eyes alone."""
    if world().mail:
        tell(INVITED)
        return redirect(url_for("people.index"))
    return page("people/invited.html", invited=invited)
