"""Making search texts of cases that have none: those of an older version, or folded as an older one folded."""

from sqlalchemy import or_, select

from clearinghouse.access.roles import CLOCK
from clearinghouse.casework.world import World
from clearinghouse.records.cases import Case
from clearinghouse.records.folding import FOLDING
from clearinghouse.records.search_texts import build
from clearinghouse.records.searches import SearchedCase

BATCH = 100
MOST = 2_000
"""How many cases one round of the clock takes on, so that what is due does not wait for all of them."""


def build_search_texts(world: World, most: int = MOST) -> int:
    """Make the texts of up to `most` cases, a batch to a transaction. Returns of how many.

    Until then search reads the values of such a case itself. Who works on a case just now is not waited for.
    """
    done = 0
    while done < most and (count := _batch(world, min(BATCH, most - done))):
        done += count
    return done


def _batch(world: World, most: int) -> int:
    with world.unit_of_work(CLOCK) as work:
        # Held as every verb holds a case that it changes: nothing is written to it between reading and keeping.
        without = (
            select(Case.id)
            .outerjoin(SearchedCase, SearchedCase.case_id == Case.id)
            .where(or_(SearchedCase.folding.is_(None), SearchedCase.folding != FOLDING))
            .order_by(Case.id)
            .limit(most)
            .with_for_update(of=Case, skip_locked=True)
        )
        cases = work.session.scalars(without).all()
        if cases:
            build(work.session, cases)
        return len(cases)
