"""The short form of the promise about peers, and that it can fail; `scripts/promises peers` runs the full one."""

import pytest

from clearinghouse.casework.world import World
from clearinghouse.protocol import conflicts
from tests.promises.peers import (
    merged_councils_are_barred,
    register_file,
    scene_of,
    teams_keep_the_rules,
    told,
)


def test_no_team_breaks_a_blocking_rule_and_the_same_peers_give_the_same_team(sqlite_world: World) -> None:
    """Somebody would sit in a council's team who has been part of it, or has an interest, or no days left."""
    scene = scene_of(sqlite_world, register_file())
    print(told(scene, teams_keep_the_rules(scene, 100, 20260)))
    print(merged_councils_are_barred(scene))


@pytest.mark.parametrize(
    "rule", ["_belonging", "_declared_interest", "_accreditation", "_days", "_availability"]
)
def test_a_rule_that_is_left_out_is_seen(
    sqlite_world: World, monkeypatch: pytest.MonkeyPatch, rule: str
) -> None:
    """The oracle would find nothing whatever the rules let pass."""

    def nothing(*_: object) -> tuple[()]:
        return ()

    scene = scene_of(sqlite_world, register_file())
    monkeypatch.setattr(conflicts, rule, nothing)
    with pytest.raises(AssertionError, match="Peer"):
        teams_keep_the_rules(scene, 1, 20260)
