"""The regulator's own pages: the packs that are addressed to them, to collect and to confirm."""

from uuid import UUID

from flask import Response, redirect, url_for
from flask.typing import ResponseReturnValue

from clearinghouse.access.permissions import Permission
from clearinghouse.casework.errors import Invalid
from clearinghouse.casework.packs.collecting import addressed_pack, collect_pack, confirm_pack, packs_for
from clearinghouse.web.current import actor, world, world_for
from clearinghouse.web.fields import Line
from clearinghouse.web.forms import Form
from clearinghouse.web.messages import Message, tell
from clearinghouse.web.pages import Pages
from clearinghouse.web.rendering import page

collecting = Pages("collecting", __name__, navigation="Packs")

CONFIRMED = Message("Thank you. The pack arrived whole. It is kept here no longer.")


class DigestForm(Form):
    """The SHA-256 of the file that arrived."""

    digest = Line(
        "SHA-256 of the file that you collected",
        missing="Enter the SHA-256 of the file",
        hint="64 signs. On Windows: certutil -hashfile FILE SHA256. Elsewhere: sha256sum FILE",
    )


@collecting.get("/packs", needs=Permission.PACK_COLLECT)
def index() -> Response:
    """What is addressed to whoever is signed in."""
    return page("collecting/index.html", packs=packs_for(world(), actor()))


@collecting.get("/packs/<uuid:pack_id>", needs=Permission.PACK_COLLECT)
def show(pack_id: UUID) -> Response:
    """One pack, to collect and to confirm."""
    found = addressed_pack(world(), actor(), pack_id)
    return page("collecting/show.html", found=found, form=DigestForm(formdata=None))


@collecting.post("/packs/<uuid:pack_id>/collect", needs=Permission.PACK_COLLECT)
def collect(pack_id: UUID) -> Response:
    """Hand it out in chunks. It may be asked for again, and each time is in the ledger."""
    found = collect_pack(world(), actor(), pack_id)
    response = Response(found.chunks, mimetype="application/zip")
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
