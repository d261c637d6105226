"""Who may stand in for a lead, and on which days they do."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class CoverFacts:
    """That somebody was named deputy for a region, from a day up to and including another; None is the country."""

    region: str | None
    starts_on: date
    until: date
    ended: bool = False


def may_deputise(region: str | None, leads: Collection[str | None]) -> bool:
    """A deputy is a lead of that region, or of the whole country, already: being named gives no right (ours).

    `leads` are the regions that the person leads today; None is the whole country.
    """
    return None in leads or (region is not None and region in leads)


def stands_in(cover: CoverFacts, leads: Collection[str | None], today: date) -> bool:
    """A deputy hears for the lead from the first day to the last, unless it was ended, or they lead no more (§19).

    `leads` are the regions that the deputy leads today; None is the whole country.
    """
    return not cover.ended and cover.starts_on <= today <= cover.until and may_deputise(cover.region, leads)
