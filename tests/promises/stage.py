"""A small installation with everybody whom the protocol needs, made once and set back for every example."""

import shutil
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import event

from clearinghouse.access.roles import Actor, Region, Role
from clearinghouse.casework.installation import open_installation
from clearinghouse.casework.world import World
from tests.factories.authorities import authority
from tests.factories.peers import peer
from tests.factories.people import person
from tests.worlds import MONDAY, Clock, make_world, settings_for


@dataclass(frozen=True)
class Stage:
    """The people, the councils (two of one region and one of another) and three peers who could be sent."""

    home: Path
    leads: tuple[Actor, ...]
    associate: Actor
    coordinator: Actor
    councils: tuple[UUID, ...]
    peers: tuple[UUID, ...]

    @property
    def staff(self) -> tuple[Actor, ...]:
        """Everybody who works on a case."""
        return (*self.leads, self.associate)


@cache
def stage() -> Stage:
    """The stage, made by the first who asks for it; it goes with the process."""
    home = Path(_folder()) / "home"
    world = make_world(home, None, Clock())
    region, other = Region.NORTH_EAST, Region.LONDON
    councils = (
        authority(world, "Midthorpe Council", region),
        authority(world, "Aldersyke Council", region),
        authority(world, "Eastmarsh Council", other),
    )
    elsewhere = [authority(world, f"{name} Council", Region.SOUTH_WEST) for name in ("Avon", "Isca", "Tamar")]
    found = Stage(
        home,
        leads=(person(world, Role.LEAD), person(world, Role.LEAD), person(world, Role.LEAD, other)),
        associate=person(world, Role.ASSOCIATE),
        coordinator=person(world, Role.COORDINATOR, None),
        councils=councils,
        peers=tuple(peer(world, f"Officer of {number}", council) for number, council in enumerate(elsewhere)),
    )
    world.database.close()
    return found


class Theatre:
    """One world on the stage that is set back to its beginning for every example.

    Its engine stays, with the statements that it has compiled. Its writes wait for no disk: they need not survive.
    """

    def __init__(self) -> None:
        self.clock = Clock()
        self._home = Path(_folder()) / "home"
        shutil.copytree(stage().home, self._home)
        self.world = open_installation(settings_for(self._home), self.clock)
        event.listen(self.world.database.engine, "connect", _without_waiting)

    def begin(self) -> World:
        """The world as it was made, on the Monday: its database, and whatever else stands in its home."""
        self.clock.instant = MONDAY
        self.world.database.close()
        shutil.rmtree(self._home)
        shutil.copytree(stage().home, self._home)
        return self.world


@cache
def theatre() -> Theatre:
    """The world that the examples of this process share, one after the other."""
    return Theatre()


def _without_waiting(connection: Any, _record: Any) -> None:
    connection.execute("PRAGMA synchronous = OFF")


def _folder() -> str:
    folder = tempfile.TemporaryDirectory(prefix="clearinghouse-stage-")
    _kept.append(folder)
    return folder.name


_kept: list[tempfile.TemporaryDirectory[str]] = []
