"""References of cases, regional actions, packs and requests: random, never counted, and easy to spell out."""

import secrets

from sqlalchemy import select

from clearinghouse.casework.world import Work
from clearinghouse.records.cases import Case
from clearinghouse.records.packs import Pack
from clearinghouse.records.regional import RegionalAction
from clearinghouse.records.subject_access import SubjectRequest

# Without letters and digits that sound or look alike, and without vowels, so that no word comes of it.
_SPOKEN = "BCDFGHJKLMNPQRTVWXYZ346789"
_TRIES = 20


def new_reference(work: Work) -> str:
    """A reference that no case has: `CH-` and six signs in two groups."""
    return _new(work, "CH", Case)


def new_action_reference(work: Work) -> str:
    """A reference that no regional action has: `RA-` and six signs, as long as that of a case."""
    return _new(work, "RA", RegionalAction)


def new_pack_reference(work: Work) -> str:
    """A reference that no pack has: `RP-` and six signs, as long as that of a case."""
    return _new(work, "RP", Pack)


def new_request_reference(work: Work) -> str:
    """A reference that no request about what is held has: `SA-` and six signs, as long as that of a case."""
    return _new(work, "SA", SubjectRequest)


def _new(
    work: Work,
    prefix: str,
    table: type[Case] | type[RegionalAction] | type[Pack] | type[SubjectRequest],
) -> str:
    for _ in range(_TRIES):
        signs = "".join(secrets.choice(_SPOKEN) for _ in range(6))
        reference = f"{prefix}-{signs[:3]}-{signs[3:]}"
        if work.session.scalar(select(table.id).where(table.reference == reference)) is None:
            return reference
    raise RuntimeError("no free reference was found")
