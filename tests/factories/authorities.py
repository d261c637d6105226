"""Fictional authorities."""

from itertools import count
from uuid import UUID

from clearinghouse.access.roles import OPERATOR, Region
from clearinghouse.casework.world import World
from clearinghouse.records.authorities import Authority, AuthorityLineage

_numbers = count(1)


def authority(
    world: World,
    name: str = "Midthorpe Council",
    region: Region | None = Region.NORTH_EAST,
    *,
    replaces: tuple[UUID, ...] = (),
    **more: object,
) -> UUID:
    """A council of the register; gives its id."""
    with world.unit_of_work(OPERATOR) as work:
        row = Authority(
            name=name,
            nice_name=name.removesuffix(" Council"),
            region=region,
            from_register=False,
            **{"code": f"T{next(_numbers):03}", "type": "UA", "type_name": "Unitary authority", **more},
        )
        work.add(row)
        work.session.flush()
        for each in replaces:
            work.session.add(AuthorityLineage(predecessor_id=each, successor_id=row.id))
        return row.id
