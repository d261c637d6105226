"""The page that says which peer teams can be fielded next month, and what is short."""

from flask.typing import ResponseReturnValue

from clearinghouse.access.permissions import Permission
from clearinghouse.casework.teams.forecast import team_forecast
from clearinghouse.web.current import actor, world
from clearinghouse.web.pages import Pages
from clearinghouse.web.rendering import page

peer_forecast = Pages("peer_forecast", __name__)


@peer_forecast.get("/peers/forecast", needs=Permission.PEER_READ)
def index() -> ResponseReturnValue:
    """Each usual kind of team, in all England and by region."""
    return page("peers/forecast.html", found=team_forecast(world(), actor()))
