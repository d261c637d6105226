"""Commitments of authorities: recorded, withdrawn, late, with what their predecessors did."""

from datetime import date
from uuid import UUID, uuid4

import pytest

from clearinghouse.access.roles import Actor, Region, Role
from clearinghouse.casework.errors import Invalid, NotFound, Refused
from clearinghouse.casework.regional.commitments import (
    CommitmentOnPage,
    NewCommitment,
    commitment_header,
    commitments_of,
    overdue_commitments,
    record_commitment,
    withdraw_commitment,
)
from clearinghouse.casework.world import World
from clearinghouse.protocol.commitments import CommitmentKind, HowKept
from clearinghouse.records import ledger
from clearinghouse.records.events import Event
from clearinghouse.records.verification import verify_records
from tests.casework.test_succession import replace_council
from tests.factories.authorities import authority
from tests.factories.people import person

STATEMENT, EVALUATION, CHALLENGE = CommitmentKind
LAST_YEAR = date(2025, 9, 1)
VESTING = date(2026, 4, 1)


def did(
    world: World, actor: Actor, council: UUID, kind: CommitmentKind, on: date = LAST_YEAR, words: str = ""
) -> UUID:
    return record_commitment(world, actor, NewCommitment(council, kind, on, words))


def shown(world: World, actor: Actor, council: UUID, kind: CommitmentKind) -> CommitmentOnPage:
    (found,) = (each for each in commitments_of(world, actor, council).each if each.kind is kind)
    return found


def how(world: World, actor: Actor, council: UUID, kind: CommitmentKind) -> HowKept | None:
    stands = shown(world, actor, council, kind).stands
    return stands.how if stands else None


def test_a_commitment_is_recorded_read_and_withdrawn_with_its_reason(world: World) -> None:
    """The main line on both databases: what was recorded must be read again, and what was wrong must count no more."""
    lead, council = person(world, Role.LEAD), authority(world)
    assert [each.kind for each in commitments_of(world, lead, council).each] == list(CommitmentKind)
    one = did(world, lead, council, EVALUATION, date(2026, 9, 1), "Honest about housing.")
    found = shown(world, lead, council, EVALUATION)
    assert (found.own[0].words, found.own[0].recorded_by) == ("Honest about housing.", lead.name)
    assert (found.stands and found.stands.due_by, found.own[0].may_withdraw) == (date(2027, 9, 1), True)
    assert commitment_header(world, lead, one)[0].words == ""
    assert withdraw_commitment(world, lead, one, "It was Oxtown's.") == council
    whole = commitments_of(world, lead, council)
    assert {each.stands and each.stands.how for each in whole.each} == {HowKept.NEVER_RECORDED}
    assert [(each.why_withdrawn, each.may_withdraw) for each in whole.withdrawn] == [
        ("It was Oxtown's.", False)
    ]
    with pytest.raises(Refused):
        withdraw_commitment(world, lead, one, "Again")
    with pytest.raises(NotFound):
        commitment_header(world, lead, one)
    with world.reading(lead) as work:
        events = [entry.type for entry in ledger.entries(work.session, council)]
        assert events.count(Event.COMMITMENTS_OPENED) == 2
        assert {Event.COMMITMENT_RECORDED, Event.COMMITMENT_WITHDRAWN} <= set(events)
        assert not verify_records(work.session, world.vault).faults


@pytest.mark.parametrize(
    ("on", "words", "field"),
    [
        (date(2026, 11, 24), "", "done_on"),
        (date(1989, 12, 31), "", "done_on"),
        (date(2026, 4, 2), "", "done_on"),
        (LAST_YEAR, "x" * 4001, "words"),
    ],
)
def test_what_makes_no_sense_is_refused_beside_its_field(
    sqlite_world: World, on: date, words: str, field: str
) -> None:
    """What is to come would count as kept; and a council that has ended would do something afterwards."""
    lead, council = person(sqlite_world, Role.LEAD), authority(sqlite_world, ended_on=VESTING)
    with pytest.raises(Invalid) as refusal:
        did(sqlite_world, lead, council, EVALUATION, on, words)
    assert list(refusal.value.problems) == [field]
    assert shown(sqlite_world, lead, council, EVALUATION).own == ()
    did(sqlite_world, lead, council, EVALUATION, VESTING)


def test_what_merged_councils_did_is_history_on_their_successors_page(world: World) -> None:
    """On both databases: the record of two councils would be lost by a merger, or bind what never signed."""
    lead = person(world, Role.LEAD)
    upper, lower = (authority(world, f"{name} Eller Council") for name in ("Upper", "Lower"))
    new = authority(world, "Ellerdale Council", started_on=VESTING)
    signed = did(world, lead, upper, STATEMENT, words="The leader signed.")
    did(world, lead, lower, EVALUATION)
    did(world, lead, lower, CHALLENGE, date(2020, 1, 1))
    assert [shown(world, lead, new, kind).theirs for kind in CommitmentKind] == [(), (), ()]
    replace_council(world, upper, new, on=VESTING)
    replace_council(world, lower, new, on=VESTING)

    statement = shown(world, lead, new, STATEMENT)
    assert (statement.own, statement.stands and statement.stands.how) == ((), HowKept.NEVER_RECORDED)
    (theirs,) = statement.theirs
    assert (theirs.id, theirs.predecessor, theirs.words) == (
        signed,
        "Upper Eller Council",
        "The leader signed.",
    )
    assert [each.predecessor for each in shown(world, lead, new, CHALLENGE).theirs] == ["Lower Eller Council"]
    # The yearly round goes on from the merger.
    stands = shown(world, lead, new, EVALUATION).stands
    assert stands
    assert (stands.last_on, stands.due_by) == (None, date(2027, 4, 1))
    assert overdue_commitments(world, lead, Region.NORTH_EAST) == ()
    # Of a council that has ended nothing is asked, and its successor's record is not its own.
    did(world, lead, new, STATEMENT, date(2026, 5, 1))
    assert how(world, lead, new, STATEMENT) is HowKept.KEPT
    old = shown(world, lead, upper, STATEMENT)
    assert (old.stands, len(old.own), old.theirs) == (None, 1, ())
    # Withdrawn on the old council's record, it is history no more.
    withdraw_commitment(world, lead, signed, "Never signed.")
    assert shown(world, lead, new, STATEMENT).theirs == ()
    assert [each.predecessor for each in commitments_of(world, lead, new).withdrawn] == [
        "Upper Eller Council"
    ]


def test_a_round_that_a_merger_interrupted_is_overdue_when_nobody_takes_it_up(sqlite_world: World) -> None:
    """Two councils merge, and the yearly self-evaluation of both would be forgotten."""
    world, lead = sqlite_world, person(sqlite_world, Role.LEAD)
    old = authority(world, "Old Council", ended_on=date(2025, 4, 1))
    new = authority(world, "New Council", replaces=(old,), started_on=date(2025, 4, 1))
    did(world, lead, old, EVALUATION, date(2024, 12, 1))
    (late,) = overdue_commitments(world, lead, Region.NORTH_EAST)
    assert (late.authority_id, late.authority, late.due_by) == (new, "New Council", date(2026, 4, 1))


def test_the_longest_overdue_comes_first_and_other_regions_stay_out(sqlite_world: World) -> None:
    """A lead would look at the wrong council first, or at another region's."""
    world, national = sqlite_world, person(sqlite_world, Role.LEAD, None)
    first, second, fine, ended = (
        authority(world, f"{name} Council", **more)
        for name, more in (("B", {}), ("A", {}), ("C", {}), ("D", {"ended_on": VESTING}))
    )
    far = authority(world, "Far Council", Region.LONDON)
    for council, on in ((first, date(2024, 1, 1)), (second, LAST_YEAR), (fine, VESTING), (ended, LAST_YEAR)):
        did(world, national, council, EVALUATION, on)
    did(world, national, first, CHALLENGE, date(2015, 1, 1))
    did(world, national, far, EVALUATION)
    did(world, national, second, EVALUATION, date(2020, 1, 1))
    found = overdue_commitments(world, national, Region.NORTH_EAST)
    assert [(each.authority, each.kind, each.due_by) for each in found] == [
        ("B Council", CHALLENGE, date(2019, 1, 1)),
        ("B Council", EVALUATION, date(2025, 1, 1)),
        ("A Council", EVALUATION, date(2026, 9, 1)),
    ]
    with pytest.raises(NotFound):
        overdue_commitments(world, person(world, Role.LEAD), Region.LONDON)


@pytest.mark.parametrize(
    ("role", "region", "reads", "records"),
    [
        (Role.ASSOCIATE, Region.NORTH_EAST, True, True),
        (Role.RIEP_OFFICER, Region.NORTH_EAST, True, True),
        (Role.LEAD, None, True, True),
        (Role.LEAD, Region.LONDON, False, False),
        (Role.COORDINATOR, None, False, False),
        (Role.ADMINISTRATOR, None, False, False),
    ],
)
def test_who_reads_and_records(
    sqlite_world: World, role: Role, region: Region | None, reads: bool, records: bool
) -> None:
    """A region's record of its councils is for those who work in the region."""
    world, council = sqlite_world, authority(sqlite_world)
    who = person(world, role, region)
    if reads:
        assert commitments_of(world, who, council).may_record is records
    else:
        with pytest.raises(NotFound):
            commitments_of(world, who, council)
    if records:
        assert did(world, who, council, STATEMENT)
    else:
        with pytest.raises(NotFound):
            did(world, who, council, STATEMENT)


def test_whoever_recorded_it_and_the_regions_leads_withdraw_and_nobody_else(sqlite_world: World) -> None:
    """A colleague would take back what another knows to be right."""
    world, council = sqlite_world, authority(sqlite_world)
    own, colleague = person(world, Role.ASSOCIATE, name="Own"), person(world, Role.ASSOCIATE, name="Other")
    one, other = did(world, own, council, STATEMENT), did(world, own, council, EVALUATION)
    assert [each.own[0].may_withdraw for each in commitments_of(world, colleague, council).each[:2]] == [
        False,
        False,
    ]
    for each in (one, uuid4()):
        with pytest.raises(NotFound):
            withdraw_commitment(world, colleague, each, "Not so.")
        with pytest.raises(NotFound):
            commitment_header(world, colleague, each)
    withdraw_commitment(world, own, one, "My mistake.")
    withdraw_commitment(world, person(world, Role.LEAD), other, "Not so.")
