"""Somebody linked to a council looks for what it signed and how it evaluated itself, by every way and its lineage."""

from datetime import date
from uuid import UUID

import pytest

from clearinghouse.access.roles import Actor, Region, Role
from clearinghouse.casework.errors import NotFound
from clearinghouse.casework.regional.commitments import (
    NewCommitment,
    commitment_header,
    commitments_of,
    overdue_commitments,
    record_commitment,
    withdraw_commitment,
)
from clearinghouse.casework.world import World
from clearinghouse.protocol.commitments import CommitmentKind, HowKept
from tests.factories.authorities import authority
from tests.factories.people import person

EVALUATION = CommitmentKind.SELF_EVALUATION
LONG_AGO = date(2020, 1, 1)
SAID = "Reserves will not last the winter."


def evaluated(world: World, council: UUID, on: date = LONG_AGO) -> UUID:
    given = NewCommitment(council, EVALUATION, on, SAID)
    return record_commitment(world, person(world, Role.LEAD, None, "Recorder"), given)


@pytest.mark.parametrize("linked_to", ["it", "its predecessor", "its successor"])
@pytest.mark.parametrize("role", [Role.ASSOCIATE, Role.RIEP_OFFICER, Role.LEAD])
def test_whoever_is_walled_off_finds_the_council_and_its_record_absent(
    sqlite_world: World, role: Role, linked_to: str
) -> None:
    """They would read what their own council, or the one that came of it, is said to keep and not to keep."""
    world = sqlite_world
    before = authority(world, "Before Council", ended_on=date(2015, 4, 1))
    council = authority(world, "Hiddenham Council", replaces=(before,))
    after = authority(world, "After Council", replaces=(council,))
    link = {"it": council, "its predecessor": before, "its successor": after}[linked_to]
    walled = person(world, role, walled_from=link)
    one = evaluated(world, council)
    assert overdue_commitments(world, person(world, role, name="Free"), Region.NORTH_EAST)
    assert overdue_commitments(world, walled, Region.NORTH_EAST) == ()
    for attempt in (
        lambda: commitments_of(world, walled, council),
        lambda: commitment_header(world, walled, one),
        lambda: withdraw_commitment(world, walled, one, "Not so."),
        lambda: record_commitment(world, walled, NewCommitment(council, EVALUATION, date(2026, 1, 1))),
    ):
        with pytest.raises(NotFound):
            attempt()


def test_the_other_half_of_a_split_tells_nothing_of_the_whole(sqlite_world: World) -> None:
    """Linked to one half, a person is walled off from the whole, not from the other half, whose page shows history.

    That the other half were called overdue because of the whole's record would tell of it as well.
    """
    world = sqlite_world
    whole = authority(world, "Wholeshire Council", ended_on=date(2021, 4, 1))
    mine, other = (
        authority(world, f"{name} Wholeshire Council", replaces=(whole,), started_on=date(2021, 4, 1))
        for name in ("East", "West")
    )
    evaluated(world, whole)
    free, walled = person(world, Role.LEAD, name="Free"), person(world, Role.LEAD, walled_from=mine)

    def seen_by(who: Actor) -> list[object]:
        found = commitments_of(world, who, other).each[1]
        return [found.stands and found.stands.how, [each.words for each in found.theirs]]

    assert seen_by(free) == [HowKept.OVERDUE, [SAID]]
    assert seen_by(walled) == [HowKept.NEVER_RECORDED, []]
    assert {each.authority_id for each in overdue_commitments(world, free, Region.NORTH_EAST)} == {
        mine,
        other,
    }
    assert overdue_commitments(world, walled, Region.NORTH_EAST) == ()
