"""Case references: random, never counted up, and easy to say on the telephone."""

import secrets

from sqlalchemy import select

from clearinghouse.casework.world import Work
from clearinghouse.records.cases import Case

# Without letters and digits that sound or look alike, and without vowels, so that no word comes of it.
_SPOKEN = "BCDFGHJKLMNPQRTVWXYZ346789"
_TRIES = 20


def new_reference(work: Work) -> str:
    """A reference that no case has: `CH-` and six signs in two groups."""
    for _ in range(_TRIES):
        signs = "".join(secrets.choice(_SPOKEN) for _ in range(6))
        reference = f"CH-{signs[:3]}-{signs[3:]}"
        if work.session.scalar(select(Case.id).where(Case.reference == reference)) is None:
            return reference
    raise RuntimeError("no free case reference was found")
