"""Exports: what goes to a regulator, prepared by one audit officer, looked at and approved by another."""

import re
from uuid import UUID

from flask import Response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from clearinghouse.access.permissions import Permission
from clearinghouse.casework.errors import Invalid
from clearinghouse.casework.packs.preparing import (
    REGULATORS,
    PackScope,
    approve_pack,
    change_pack,
    prepare_pack,
    revoke_pack,
    withdraw_approval,
)
from clearinghouse.casework.packs.scope import PURPOSES, PackSubject, purpose_of
from clearinghouse.casework.packs.views import PackPage, pack_page, packs, recipients
from clearinghouse.protocol.vocabulary import Body
from clearinghouse.web.current import actor, world, world_for
from clearinghouse.web.fields import Choice, Choices, DateParts, Line, Option, Pick, Tick, options_of
from clearinghouse.web.forms import Form
from clearinghouse.web.messages import Message, tell
from clearinghouse.web.pages import Pages
from clearinghouse.web.rendering import page

exports = Pages("exports", __name__, navigation="Exports")

PREPARED = Message("The pack is prepared. Another audit officer must now look at it and approve it.")
CHANGED = Message("The pack is changed. An approval that it had is void.")
APPROVED = Message("You approved the pack. It is made now; you can leave this page.")
WITHDRAWN = Message("Your approval is taken back, and what was made is taken away.")
REVOKED = Message("The pack is revoked. It cannot be collected.")

_ESCALATED, _NAMED = "escalated", "named"
_BETWEEN = re.compile(r"[\s,;]+")


class ApprovalForm(Form):
    """The approval of one version, by somebody who compared the recipient's key where they gave one."""

    compared = Tick(
        "I asked the recipient for their key’s fingerprint, by telephone or face to face, and it is the one above"
    )


class PackForm(Form):
    """What a pack discloses, to whom, what for and until when."""

    body = Choice(
        "Which body is it for?", options=options_of(REGULATORS), missing="Select which body it is for"
    )
    recipient = Pick(
        "Who collects it?",
        missing="Select who collects it",
        prompt="Select a person",
        hint="They sign in as a regulator. Nobody else can collect the pack",
    )
    purpose = Choice("What for?", options=options_of(PURPOSES), missing="Select what it is for")
    which = Choice(
        "Which cases?",
        options=(
            Option(_ESCALATED, "Every case that was escalated to this body"),
            Option(_NAMED, "The cases that I name"),
        ),
        missing="Select which cases",
    )
    references = Line(
        "References of the cases",
        hint="Only if you name them. For example, CH-ABC-234, CH-DFG-567",
        longest=2000,
    )
    subjects = Choices(
        "What is shown?",
        options=options_of(PackSubject),
        missing="Select what is shown",
        hint="The family-first finding can be worked out anew only where all but the last are shown",
    )
    expires_on = DateParts(
        "Until when can it be collected?",
        subject="The last day",
        missing="Enter the last day on which it can be collected",
        hint="Within 90 days. For example, 27 3 2027",
    )

    def offer(self) -> None:
        """Set who can be chosen."""
        self.recipient.offer(Option(str(person.id), person.name) for person in recipients(world(), actor()))

    def scope(self) -> PackScope:
        """What was chosen. Raises Invalid where cases were to be named and none is."""
        named = tuple(
            dict.fromkeys(each.upper() for each in _BETWEEN.split(str(self.references.data)) if each)
        )
        if self.which.data == _NAMED and not named:
            raise Invalid({"references": "Enter the reference of a case"})
        return PackScope(
            body=Body(self.body.data),
            recipient_id=UUID(str(self.recipient.data)),
            purpose=purpose_of(str(self.purpose.data)),
            expires_on=self.expires_on.day,
            subjects=frozenset(PackSubject(each) for each in self.subjects.data or ()),
            references=named if self.which.data == _NAMED else (),
        )

    def fill(self, found: PackPage) -> None:
        """What the pack says now, to be changed."""
        self.version.data = str(found.version)
        self.body.data, self.purpose.data = found.line.body.value, found.purpose.value
        self.recipient.data, self.which.data = str(found.recipient_id), _NAMED
        self.references.data = ", ".join(case.reference for case in found.cases)
        self.subjects.data = [subject.value for subject in found.subjects]
        last = found.line.expires_on
        self.expires_on.raw_data = [str(last.day), str(last.month), str(last.year)]
        self.expires_on.data = last


@exports.get("/exports", needs=Permission.PACK_PREPARE)
def index() -> Response:
    """What waits for whom, what is being made, and what was sent."""
    return page("exports/index.html", packs=packs(world(), actor()))


@exports.get("/exports/new", needs=Permission.PACK_PREPARE)
def new() -> Response:
    """Prepare a pack."""
    form = PackForm()
    form.offer()
    form.subjects.data = [subject.value for subject in PackSubject]
    return page("exports/form.html", form=form, found=None)


@exports.post("/exports/new", needs=Permission.PACK_PREPARE)
def prepare() -> ResponseReturnValue:
    """Keep the pack, and show what it discloses."""
    form = PackForm()
    form.offer()
    if form.is_posted_and_valid():
        try:
            pack_id = prepare_pack(world_for(form.key()), actor(), form.scope())
        except Invalid as invalid:
            form.refuse_all(invalid)
        else:
            tell(PREPARED)
            return redirect(url_for("exports.show", pack_id=pack_id), 303)
    return page("exports/form.html", 422, form=form, found=None)


@exports.get("/exports/<uuid:pack_id>", needs=Permission.PACK_PREPARE)
def show(pack_id: UUID) -> Response:
    """Exactly what the pack discloses, and what it does not."""
    return _show(pack_id, 200)


@exports.get("/exports/<uuid:pack_id>/change", needs=Permission.PACK_PREPARE)
def change(pack_id: UUID) -> Response:
    """Change what it discloses."""
    found, form = pack_page(world(), actor(), pack_id), PackForm()
    form.offer()
    form.fill(found)
    return page("exports/form.html", form=form, found=found)


@exports.post("/exports/<uuid:pack_id>/change", needs=Permission.PACK_PREPARE)
def keep_change(pack_id: UUID) -> ResponseReturnValue:
    """Keep the change, which voids an approval."""
    found, form = pack_page(world(), actor(), pack_id), PackForm()
    form.offer()
    if form.is_posted_and_valid():
        try:
            change_pack(world_for(form.key()), actor(), pack_id, form.read_version(), form.scope())
        except Invalid as invalid:
            form.refuse_all(invalid)
        else:
            tell(CHANGED)
            return redirect(url_for("exports.show", pack_id=pack_id), 303)
    return page("exports/form.html", 422, form=form, found=found)


@exports.post("/exports/<uuid:pack_id>/approve", needs=Permission.PACK_APPROVE, fresh=True)
def approve(pack_id: UUID) -> ResponseReturnValue:
    """Approve the version that was looked at."""
    form = ApprovalForm()
    version, compared = form.read_version() or 0, bool(form.compared.data)
    try:
        approve_pack(world_for(form.key()), actor(), pack_id, version, compared=compared)
    except Invalid as invalid:
        form.refuse_all(invalid)
        return _show(pack_id, 422, form)
    return _shown(pack_id, APPROVED)


@exports.post("/exports/<uuid:pack_id>/withdraw", needs=Permission.PACK_APPROVE)
def withdraw(pack_id: UUID) -> ResponseReturnValue:
    """Take one's own approval back."""
    withdraw_approval(world_for(Form().key()), actor(), pack_id)
    return _shown(pack_id, WITHDRAWN)


@exports.post("/exports/<uuid:pack_id>/revoke", needs=Permission.PACK_PREPARE)
def revoke(pack_id: UUID) -> ResponseReturnValue:
    """End it for good, once it is confirmed."""
    if request.form.get("step") != "confirm":
        return page("exports/revoke.html", found=pack_page(world(), actor(), pack_id), form=Form())
    revoke_pack(world_for(Form().key()), actor(), pack_id)
    return _shown(pack_id, REVOKED)


def _show(pack_id: UUID, status: int, form: ApprovalForm | None = None) -> Response:
    found = pack_page(world(), actor(), pack_id)
    if form is None:
        form = ApprovalForm(formdata=None)
        form.version.data = str(found.version)
    return page("exports/show.html", status, found=found, form=form)


def _shown(pack_id: UUID, message: Message) -> ResponseReturnValue:
    tell(message)
    return redirect(url_for("exports.show", pack_id=pack_id), 303)
