"""Every table, imported in one place, so that whoever needs the whole schema has it."""

from clearinghouse.records import (
    authorities,
    cases,
    dialogue,
    duties,
    forms,
    installation,
    keyring,
    ledger,
    meetings,
    peers,
    people,
)
from clearinghouse.records.base import Base

MODULES = (
    authorities,
    cases,
    dialogue,
    duties,
    forms,
    installation,
    keyring,
    ledger,
    meetings,
    peers,
    people,
)
METADATA = Base.metadata
