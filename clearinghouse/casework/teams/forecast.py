"""Which teams can be fielded next month, for those who read the register of peers; it looks at no case."""

from dataclasses import dataclass
from datetime import date

from clearinghouse.access.decision import may_enter
from clearinghouse.access.permissions import Permission
from clearinghouse.access.roles import Actor, Region
from clearinghouse.casework.errors import NotFound
from clearinghouse.casework.peers.facts import peer_facts
from clearinghouse.casework.teams.optimum import optimum
from clearinghouse.casework.world import World
from clearinghouse.protocol.forecast import SHAPES, Forecast, TeamShape, forecast, next_month


@dataclass(frozen=True)
class ForecastPage:
    """The outlook for the days from `first` to `last`: all England, then each region; outlooks follow the shapes."""

    first: date
    last: date
    shapes: tuple[TeamShape, ...]
    england: Forecast
    regions: tuple[Forecast, ...]


def team_forecast(world: World, actor: Actor) -> ForecastPage:
    """Whether a team of each usual kind can be fielded next month (design 6). Raises NotFound."""
    if not may_enter(actor, Permission.PEER_READ):
        raise NotFound
    with world.reading(actor) as work:
        window = next_month(work.today)
        places = tuple(region.value for region in Region)
        england, *regions = forecast(peer_facts(work).values(), window, work.today, places, optimum)
    return ForecastPage(window.first, window.last, SHAPES, england, tuple(regions))
