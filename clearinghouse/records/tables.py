"""Every table, imported in one place, so that whoever needs the whole schema, or every sealed column, has it."""

from collections.abc import Iterator
from dataclasses import dataclass

from clearinghouse.records import (
    absence,
    anchors,
    authorities,
    cases,
    convergence,
    dialogue,
    documents,
    duties,
    forms,
    grant_reviews,
    installation,
    keyring,
    ledger,
    log,
    meetings,
    minutes,
    openings,
    origins,
    packs,
    passkeys,
    peer_invitations,
    peers,
    people,
    plans,
    providers,
    questionnaires,
    regional,
    resets,
    retention,
    searches,
    subject_access,
    succession,
    team_work,
    telling,
    way_forward,
)
from clearinghouse.records.base import Base, Row
from clearinghouse.records.sealed import Sealed

MODULES = (
    absence,
    anchors,
    authorities,
    cases,
    convergence,
    dialogue,
    documents,
    duties,
    forms,
    grant_reviews,
    installation,
    keyring,
    ledger,
    log,
    meetings,
    minutes,
    openings,
    origins,
    packs,
    passkeys,
    peer_invitations,
    peers,
    people,
    plans,
    providers,
    questionnaires,
    regional,
    resets,
    retention,
    searches,
    subject_access,
    succession,
    team_work,
    telling,
    way_forward,
)
METADATA = Base.metadata


@dataclass(frozen=True)
class SealedColumn:
    """One entry of the inventory of sealed columns."""

    row: type[Row]
    attribute: str
    sealed: Sealed

    @property
    def name(self) -> str:
        """The column as `table.column`."""
        return f"{self.row.__tablename__}.{self.sealed.column}"


def inventory() -> Iterator[SealedColumn]:
    """Every sealed column of the installation, from the tables themselves."""
    for mapper in sorted(Base.registry.mappers, key=lambda mapper: mapper.class_.__tablename__):
        for attribute, value in sorted(vars(mapper.class_).items()):
            if isinstance(value, Sealed):
                yield SealedColumn(mapper.class_, attribute, value)
