"""The working calendar of England."""

from datetime import date
from functools import cache

import holidays


@cache
def bank_holidays(year: int) -> frozenset[date]:
    """The bank holidays of England from the year before the given one to ten years after it."""
    return frozenset(holidays.country_holidays("GB", subdiv="ENG", years=range(year - 1, year + 11)))
