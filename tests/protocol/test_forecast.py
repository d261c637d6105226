"""Which teams can be fielded next month, counted by hand on small registers."""

from datetime import date
from typing import Any

import pytest

from clearinghouse.casework.teams.optimum import optimum
from clearinghouse.protocol.forecast import SHAPES, Forecast, TeamShape, forecast, next_month
from clearinghouse.protocol.peers import PeerFacts, PeerKind, Period
from tests.protocol.peer_facts import TODAY, peer

SHAPE = TeamShape(
    "test", "Test", "", councillors=1, officers=2, services=frozenset({"children"}), size=3, days=4
)
MONTH = next_month(TODAY)


def looked_at(*peers: PeerFacts, shape: TeamShape = SHAPE) -> tuple[Forecast, ...]:
    return forecast(peers, MONTH, TODAY, ("London", "North West"), optimum, (shape,))


def three(**more: Any) -> list[PeerFacts]:
    """A councillor and two officers, one of whom knows children's services and has led a review."""
    both: dict[str, Any] = {"regions": frozenset({"London"}), **more}
    return [
        peer(100, kind=PeerKind.COUNCILLOR, political_group="Green", **both),
        peer(101, services=frozenset({"children"}), led_reviews=1, **both),
        peer(102, **both),
    ]


def test_a_team_that_is_there_can_be_fielded_and_only_where_its_members_travel() -> None:
    """Wrong if a coordinator promises a council a team whose members do not go there."""
    england, london, north_west = looked_at(*three())
    assert (england.free, england.fielded, england.outlooks[0].short) == (3, 1, ())
    assert (london.free, london.fielded) == (3, 1)
    assert (north_west.free, north_west.fielded) == (0, 0)
    assert dict(england.outlooks[0].scarce)["peers who know children’s services"] == 1


@pytest.mark.parametrize(
    "gone",
    [
        {"suspended": True},
        {"accredited_until": date(2025, 7, 30)},
        {"days_used": 7},
        {"unavailable": (Period(date(2025, 7, 1), date(2025, 7, 28)),)},
    ],
)
def test_who_is_not_free_next_month_is_not_counted(gone: dict[str, Any]) -> None:
    """Wrong if the forecast counts on somebody whom the conflict rules then block."""
    one, two, other = three()
    away = peer(101, services=frozenset({"children"}), led_reviews=1, **gone)
    england = looked_at(one, away, other, peer(103))[0]
    assert england.free == 3
    assert england.outlooks[0].short == (
        "somebody who knows children’s services",
        "somebody who has led a review before",
    )
    assert looked_at(one, two, other)[0].outlooks[0].can


def test_what_is_missing_is_the_least_in_words() -> None:
    one, two, _ = three()
    assert looked_at(one, two)[0].outlooks[0].short == ("1 officer", "1 of the members")
    assert looked_at()[0].outlooks[0].short == ("everybody: nobody can be asked",)


def test_next_month_ends_on_its_own_last_day() -> None:
    assert next_month(date(2026, 12, 31)) == Period(date(2027, 1, 1), date(2027, 1, 31))
    assert next_month(date(2028, 1, 30)) == Period(date(2028, 2, 1), date(2028, 2, 29))


def test_every_usual_kind_of_team_is_one_that_may_go() -> None:
    """Wrong if the page forecasts a team that no coordinator could ask for."""
    for shape in SHAPES:
        assert 3 <= max(shape.size, shape.councillors + shape.officers + shape.specialists) == shape.size
        assert shape.words
        assert shape.reason
    assert len({shape.key for shape in SHAPES}) == len(SHAPES)
