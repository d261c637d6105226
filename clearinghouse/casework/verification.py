"""Verifying the installation's ledger and every sealed value against it."""

from clearinghouse.access.roles import OPERATOR
from clearinghouse.casework.world import World
from clearinghouse.records.verification import Fault, VerificationReport, verify_records

__all__ = ["Fault", "VerificationReport", "verify"]


def verify(world: World) -> VerificationReport:
    """Walk the ledger and open every sealed value, of one state of the database; nothing is changed.

    Proves that nobody altered, removed, moved or put back an event or a sealed value who could not also rewrite the
    hashes of everything after it. Who can write the whole database could do that too.
    """
    with world.reading(OPERATOR) as work:
        if not world.database.is_sqlite:
            # Otherwise each query would see a state of its own, and what is written meanwhile would look like a fault.
            work.session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
        return verify_records(work.session, world.vault)
