"""The regulator's own pages: the packs that are addressed to them, to collect and to confirm."""

from uuid import UUID

from flask import Response, make_response, redirect, url_for
from flask.typing import ResponseReturnValue

from clearinghouse.access.permissions import Permission
from clearinghouse.casework.errors import Invalid
from clearinghouse.casework.packs.collecting import addressed_pack, collect_pack, confirm_pack, packs_for
from clearinghouse.casework.packs.recipient_keys import give_key, key_of, take_key_back
from clearinghouse.casework.packs.writing import verifier_file
from clearinghouse.web.current import actor, world, world_for
from clearinghouse.web.fields import Line
from clearinghouse.web.forms import Form
from clearinghouse.web.messages import Message, tell
from clearinghouse.web.pages import Pages
from clearinghouse.web.rendering import page

collecting = Pages("collecting", __name__, navigation="Packs")

CONFIRMED = Message("Thank you. The pack arrived whole. It is kept here no longer.")
GIVEN = Message("Packs for you are encrypted to this key from now on. Those on their way are prepared anew.")
TAKEN_BACK = Message("Packs for you are not encrypted from now on. Those on their way are prepared anew.")


class DigestForm(Form):
    """The SHA-256 of the file that arrived."""

    digest = Line(
        "SHA-256 of the file that you collected",
        missing="Enter the SHA-256 of the file",
        hint="64 signs, 0 to 9 and a to f. The last line that verify.py prints",
    )


class KeyForm(Form):
    """A key of the regulator's own."""

    public_key = Line(
        "Your public key",
        missing="Enter the line that verify.py printed",
        hint="One line, which begins with clearinghouse-pack-key",
        longest=400,
        looks={"spellcheck": False, "autocomplete": "off"},
    )


@collecting.get("/packs", needs=Permission.PACK_COLLECT)
def index() -> Response:
    """What is addressed to whoever is signed in."""
    return page("collecting/index.html", packs=packs_for(world(), actor()), key=key_of(world(), actor()))


@collecting.get("/packs/verify.py", needs=Permission.PACK_COLLECT)
def verifier() -> Response:
    """The verifier, which also makes keys."""
    response = make_response(verifier_file())
    response.headers["Content-Type"] = "text/x-python; charset=utf-8"
    response.headers["Content-Disposition"] = 'attachment; filename="verify.py"'
    return response


@collecting.get("/packs/key", needs=Permission.PACK_COLLECT)
def key() -> Response:
    """The key that packs for whoever is signed in are encrypted to."""
    return _key_page(KeyForm(formdata=None), 200)


@collecting.post("/packs/key", needs=Permission.PACK_COLLECT, fresh=True)
def give() -> ResponseReturnValue:
    """Give a key, in place of a former one."""
    form = KeyForm()
    if form.is_posted_and_valid():
        try:
            give_key(world_for(form.key()), actor(), str(form.public_key.data))
        except Invalid as invalid:
            form.refuse_all(invalid, key=form.public_key)
            # What was typed may be the private key, which no page shows again.
            form.public_key.data = ""
        else:
            tell(GIVEN)
            return redirect(url_for("collecting.key"), 303)
    return _key_page(form, 422)


@collecting.get("/packs/key/end", needs=Permission.PACK_COLLECT)
def end_key() -> Response:
    """Ask once more."""
    return page("collecting/end_key.html", form=Form(formdata=None))


@collecting.post("/packs/key/end", needs=Permission.PACK_COLLECT, fresh=True)
def take_back() -> ResponseReturnValue:
    """Take the key back."""
    take_key_back(world_for(Form().key()), actor())
    tell(TAKEN_BACK)
    return redirect(url_for("collecting.key"), 303)


@collecting.get("/packs/<uuid:pack_id>", needs=Permission.PACK_COLLECT)
def show(pack_id: UUID) -> Response:
    """One pack, to collect and to confirm."""
    found = addressed_pack(world(), actor(), pack_id)
    return page("collecting/show.html", found=found, form=DigestForm(formdata=None))


@collecting.post("/packs/<uuid:pack_id>/collect", needs=Permission.PACK_COLLECT)
def collect(pack_id: UUID) -> Response:
    """Hand it out in chunks. It may be asked for again, and each time is in the ledger."""
    found = collect_pack(world(), actor(), pack_id)
    response = Response(found.chunks, mimetype=found.kind)
    response.headers["Content-Disposition"] = f'attachment; filename="{found.name}"'
    response.headers["Content-Length"] = str(found.size)
    return response


@collecting.post("/packs/<uuid:pack_id>/confirm", needs=Permission.PACK_COLLECT)
def confirm(pack_id: UUID) -> ResponseReturnValue:
    """Say what arrived."""
    form = DigestForm()
    if form.is_posted_and_valid():
        try:
            confirm_pack(world_for(form.key()), actor(), pack_id, str(form.digest.data))
        except Invalid as invalid:
            form.refuse_all(invalid)
        else:
            tell(CONFIRMED)
            return redirect(url_for("collecting.index"), 303)
    return page("collecting/show.html", 422, found=addressed_pack(world(), actor(), pack_id), form=form)


def _key_page(form: KeyForm, status: int) -> Response:
    return page("collecting/key.html", status, form=form, key=key_of(world(), actor()))
