"""The tab of what was agreed beside the offer: with the RIEP, with politicians, and against a regulator."""

from uuid import UUID

from flask import Response

from clearinghouse.access.permissions import Permission
from clearinghouse.casework.dialogue.way_forward import way_forward as everything_agreed
from clearinghouse.web.current import actor, world
from clearinghouse.web.pages import Pages
from clearinghouse.web.rendering import page

way_forward = Pages("way_forward", __name__)


@way_forward.get("/cases/<uuid:case_id>/way-forward", needs=Permission.CASE_READ)
def index(case_id: UUID) -> Response:
    """Everything on the tab."""
    shown = everything_agreed(world(), actor(), case_id)
    return page("way_forward/index.html", case=shown.case, shown=shown, tab="way_forward")
