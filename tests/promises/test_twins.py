"""The short form of the twins, without their times, and that it can fail; `scripts/promises` runs the full one."""

from pathlib import Path

import pytest

from clearinghouse.casework import staff
from tests.promises.twins import area, nobody_can_tell


def test_nobody_can_tell_on_sqlite(filled_on_sqlite: Path) -> None:
    """A lead linked to a council would see by a count, a gap or an order that it has a case."""
    print(nobody_can_tell(None, of_each=1, kept=filled_on_sqlite, most=8))


def test_one_that_shows_is_told(filled_on_sqlite: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The test above would otherwise prove nothing."""
    monkeypatch.setattr(staff, "walled_authorities", lambda _work, _person: frozenset())
    with pytest.raises(AssertionError, match=r" tells of it|: 200, 404|: 404, 200"):
        nobody_can_tell(None, of_each=1, kept=filled_on_sqlite, most=0)


def test_the_area_is_half_where_times_tell_nothing_and_one_where_they_tell_all() -> None:
    """The times would pass whatever they were."""
    assert area([1, 4], [2, 3]) == 0.5
    assert area([1, 2], [3, 4]) == 1.0
    assert area([3, 4], [1, 2]) == 0.0
