"""Fictional peers, registered through the import itself."""

import csv
import io
from collections.abc import Mapping
from itertools import count
from uuid import UUID

from sqlalchemy import select

from clearinghouse.access.roles import OPERATOR
from clearinghouse.casework.peers.importing import import_peers
from clearinghouse.casework.world import World
from clearinghouse.records.authorities import Authority
from clearinghouse.records.peers import Peer

_numbers = count(1)
USUAL = {
    "kind": "officer",
    "role": "Director of finance",
    "accredited_from": "2025-01-01",
    "accredited_until": "2028-03-31",
    "days_offered": "20",
}


def peer_file(*rows: Mapping[str, str]) -> bytes:
    """A file of these rows, with every column that any of them gives."""
    columns = list(dict.fromkeys(name for row in rows for name in row))
    out = io.StringIO()
    writer = csv.DictWriter(out, columns, restval="")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


def peer(world: World, name: str, council: UUID | None = None, **more: str) -> UUID:
    """An accredited officer of a council, unless the columns in `more` say otherwise; gives the peer's id."""
    code = f"P{next(_numbers):04}"
    row = {"code": code, "name": name, **USUAL}
    if council is not None:
        row["authority_code"] = code_of(world, council)
    if more.get("kind") == "specialist":
        row |= {"organisation": "NSPCC"}
    report = import_peers(world, OPERATOR, peer_file(row | more))
    assert report.created == 1, report.errors
    with world.reading(OPERATOR) as work:
        return work.session.scalars(select(Peer.id).where(Peer.code == code)).one()


def code_of(world: World, authority_id: UUID) -> str:
    """The register's code of a council."""
    with world.reading(OPERATOR) as work:
        return work.session.get_one(Authority, authority_id).code
