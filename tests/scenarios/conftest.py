"""The world that the stories are played in, on each database, with its clock."""

from collections.abc import Callable

import pytest

from clearinghouse.casework.world import World
from tests.scenarios.stage import Stage, set_stage
from tests.worlds import Clock


@pytest.fixture
def begin(world: World, clock: Clock) -> Callable[..., Stage]:
    """Begin a story: what is given is what the source said."""

    def set_it(**said: object) -> Stage:
        return set_stage(world, clock, **said)

    return set_it
