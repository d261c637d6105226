"""The checkpoint of the ledger, for an audit officer to print or save and to keep where nobody here can reach it."""

from flask import Response, make_response

from clearinghouse.access.permissions import Permission
from clearinghouse.casework.anchors.views import checkpoint_page
from clearinghouse.casework.errors import NotFound
from clearinghouse.web.current import actor, world
from clearinghouse.web.pages import Pages
from clearinghouse.web.rendering import page

checkpoint = Pages("checkpoint", __name__)


@checkpoint.get("/exports/checkpoint", needs=Permission.PACK_PREPARE)
def show() -> Response:
    """The newest checkpoint in full, and how to check it later."""
    return page("exports/checkpoint.html", found=checkpoint_page(world(), actor()))


@checkpoint.get("/exports/checkpoint/file", needs=Permission.PACK_PREPARE)
def download() -> Response:
    """The same as a file, as `clearinghouse ledger verify --checkpoint` takes it."""
    found = checkpoint_page(world(), actor())
    if found is None:
        raise NotFound
    answer = make_response(found.note)
    answer.headers["Content-Type"] = "text/plain; charset=utf-8"
    answer.headers["Content-Disposition"] = f'attachment; filename="checkpoint-{found.size}.txt"'
    return answer
