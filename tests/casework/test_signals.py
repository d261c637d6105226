"""Signals: recorded, imported, withdrawn, and seen by whoever may see them and nobody else."""

from collections.abc import Callable
from datetime import date
from uuid import UUID, uuid4

import pytest

from clearinghouse.access.roles import OPERATOR, Actor, Region, Role
from clearinghouse.casework.errors import Invalid, NotFound, Refused
from clearinghouse.casework.regional.picture import PictureFilter, regional_picture
from clearinghouse.casework.regional.signal_import import import_signals
from clearinghouse.casework.regional.signals import (
    authorities_to_record,
    authority_page,
    signal_header,
    withdraw_signal,
)
from clearinghouse.casework.world import World
from clearinghouse.protocol.signals import Direction, SignalKind, SignalTheme
from clearinghouse.records import ledger
from clearinghouse.records.events import Event
from clearinghouse.records.verification import verify_records
from tests.factories.authorities import authority
from tests.factories.peers import code_of
from tests.factories.people import person
from tests.factories.regional import signal, signal_file

STARS, AUDIT, TALK = SignalKind.CPA_STARS, SignalKind.AUDIT, SignalKind.TALK


def names(world: World, actor: Actor, **narrowed: object) -> list[str]:
    found = regional_picture(world, actor, Region.NORTH_EAST, PictureFilter(**narrowed))  # type: ignore[arg-type]  # as given
    return [each.name for each in found.authorities]


def test_a_signal_is_recorded_shown_and_withdrawn_with_its_reason(world: World) -> None:
    """The main line on both databases: what was recorded must be read again, and what was wrong must count no more."""
    lead, council = person(world, Role.LEAD), authority(world)
    one = signal(world, lead, council)
    (shown,) = authority_page(world, lead, council).signals
    assert (shown.words, shown.is_warning, shown.direction) == (
        "Referrals wait too long.",
        True,
        Direction.WORSE,
    )
    assert names(world, lead) == ["Midthorpe Council"]
    withdraw_signal(world, lead, one, "It was about Oxtown.")
    assert names(world, lead) == []
    page = authority_page(world, lead, council)
    assert (page.signals, [each.why_withdrawn for each in page.withdrawn]) == ((), ["It was about Oxtown."])
    with pytest.raises(Refused):
        withdraw_signal(world, lead, one, "Again")
    with world.reading(lead) as work:
        events = [entry.type for entry in ledger.entries(work.session, council)]
        assert events.count(Event.SIGNALS_OPENED) == 2
        assert {Event.SIGNAL_RECORDED, Event.SIGNAL_WITHDRAWN} <= set(events)
        assert not verify_records(work.session, world.vault).faults


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"kind": STARS}, "value"),
        ({"kind": STARS, "value": 5}, "value"),
        ({"value": 1}, "value"),
        ({"direction": None}, "direction"),
        ({"observed_on": date(2026, 11, 24)}, "observed_on"),
        ({"observed_on": date(1989, 12, 31)}, "observed_on"),
        ({"words": "x" * 4001}, "words"),
    ],
)
def test_what_makes_no_sense_is_refused_beside_its_field(
    sqlite_world: World, more: dict[str, object], field: str
) -> None:
    """A rating of five stars, or a signal that says nothing, would stand in the picture."""
    lead, council = person(sqlite_world, Role.LEAD), authority(sqlite_world)
    with pytest.raises(Invalid) as refusal:
        signal(sqlite_world, lead, council, **more)  # type: ignore[arg-type]  # as given
    assert list(refusal.value.problems) == [field]


def test_worst_first_and_what_was_replaced_counts_for_its_successor(sqlite_world: World) -> None:
    """A lead would look at the wrong council first, or lose sight of what was known of the one before."""
    world, lead = sqlite_world, person(sqlite_world, Role.LEAD)
    fine = authority(world, "Able Council")
    old = authority(world, "Old Council", ended_on=date(2026, 4, 1))
    new = authority(world, "New Council", replaces=(old,))
    bad = authority(world, "Zed Council")
    authority(world, "Quiet Council")
    signal(world, lead, fine, direction=Direction.BETTER)
    signal(world, lead, old)
    signal(world, lead, bad)
    signal(world, lead, bad, STARS, SignalTheme.CORPORATE, value=1, direction=Direction.SAME)
    assert names(world, lead) == ["Zed Council", "New Council", "Able Council"]
    assert names(world, lead, warnings_only=True) == ["Zed Council", "New Council"]
    assert names(world, lead, kind=STARS) == ["Zed Council"]
    found = regional_picture(world, lead, None)
    assert [name for _, name in found.quiet] == ["Quiet Council"]
    assert [each.theme for each in authority_page(world, lead, new).signals] == [SignalTheme.CHILDREN]


def test_a_theme_recurs_in_three_authorities_and_not_through_a_wall(sqlite_world: World) -> None:
    """A pattern that counts the hidden council would tell a person behind the wall that there is something about it."""
    world, officer = sqlite_world, person(sqlite_world, Role.RIEP_OFFICER)
    places = [authority(world, f"{name} Council") for name in ("One", "Two", "Three")]
    for each in places:
        signal(world, officer, each)
    (theme,) = regional_picture(world, officer, None).recurring
    assert theme.authorities == ("One Council", "Three Council", "Two Council")
    walled = person(world, Role.LEAD, walled_from=places[0])
    seen = regional_picture(world, walled, None)
    assert seen.recurring == ()
    assert "One Council" not in {each.name for each in seen.authorities} | {name for _, name in seen.quiet}
    assert len(seen.authorities) == 2


def test_stars_by_direction_of_travel_count_the_latest_of_each(sqlite_world: World) -> None:
    """A council would be counted twice, or by what it was years ago."""
    world, lead = sqlite_world, person(sqlite_world, Role.LEAD)
    council = authority(world)
    travel = SignalKind.DIRECTION_OF_TRAVEL
    for stars, day in ((1, date(2025, 1, 1)), (3, date(2026, 1, 1))):
        signal(world, lead, council, STARS, SignalTheme.CORPORATE, value=stars, observed_on=day)
    assert regional_picture(world, lead, None).travel == ()
    signal(world, lead, council, travel, SignalTheme.CORPORATE, value=4)
    lines = {each.stars: each.by_travel for each in regional_picture(world, lead, None).travel}
    assert lines["3 stars"] == (0, 0, 0, 1)
    assert sum(sum(each) for each in lines.values()) == 1


def test_a_file_is_imported_whole_or_not_at_all_and_again_without_change(world: World) -> None:
    lead, council = person(world, Role.LEAD), authority(world)
    code = code_of(world, council)
    good = (
        {"authority_code": code, "words": "Reserves are low."},
        {"authority_code": code, "theme": "corporate"},
    )
    broken = import_signals(
        world, lead, signal_file(*good, {"authority_code": code, "value": "9", "theme": "waste"})
    )
    assert [problem.line for problem in broken.errors] == [4]
    assert names(world, lead) == []
    dry = import_signals(world, lead, signal_file(*good), dry_run=True)
    assert (dry.created, names(world, lead)) == (2, [])
    assert import_signals(world, lead, signal_file(*good)).created == 2
    again = import_signals(world, lead, signal_file(*good))
    assert (again.created, again.changed, again.unchanged) == (0, 0, 2)
    # A file that says it otherwise corrects; words that it leaves out stay.
    other = import_signals(world, OPERATOR, signal_file({"authority_code": code, "value": "2 "}))
    assert (other.created, other.changed) == (0, 1)
    page = authority_page(world, lead, council)
    assert {(each.theme, each.value_words, each.words) for each in page.signals} == {
        (SignalTheme.FINANCE, "At minimum requirements", "Reserves are low."),
        (SignalTheme.CORPORATE, "Below minimum requirements", ""),
    }
    with world.reading(lead) as work:
        imports = ledger.entries(work.session, world.vault.installation, Event.SIGNALS_IMPORTED)
        assert len(imports) == 2
        assert not verify_records(work.session, world.vault).faults


@pytest.mark.parametrize(
    ("row", "words"),
    [
        ({"authority_code": "NOPE"}, "authority_code is 'NOPE', about which you cannot record signals"),
        ({"kind": "gossip"}, "kind is 'gossip'; it must be of cpa_stars"),
        ({"theme": "bins"}, "theme is 'bins'"),
        ({"source": "ofsted"}, "source is 'ofsted'"),
        ({"observed_on": "2/11/2026"}, "a date looks like 2026-11-23"),
        ({"observed_on": "2027-01-01"}, "observed_on: the day must be today or in the past"),
        ({"value": ""}, "value: select the value"),
        ({"value": "stars"}, "for use_of_resources it must be of 1 (Below minimum requirements)"),
        ({"kind": "audit"}, "audit has no scale"),
        ({"direction": "up"}, "direction is 'up'"),
        ({"words": "a\x07b"}, "words holds a character that cannot be kept"),
    ],
)
def test_each_line_that_cannot_be_used_is_said(sqlite_world: World, row: dict[str, str], words: str) -> None:
    lead = person(sqlite_world, Role.LEAD)
    code = code_of(sqlite_world, authority(sqlite_world))
    report = import_signals(sqlite_world, lead, signal_file({"authority_code": code, **row}))
    assert [problem.line for problem in report.errors] == [2]
    assert words in report.errors[0].words


def test_a_line_twice_a_column_too_many_and_an_empty_file_are_said(sqlite_world: World) -> None:
    lead = person(sqlite_world, Role.LEAD)
    code = code_of(sqlite_world, authority(sqlite_world))
    line = {"authority_code": code}
    twice = import_signals(sqlite_world, lead, signal_file(line, line)).errors
    assert [(each.line, each.words) for each in twice] == [(3, "the same signal stands in line 2 already")]
    more = signal_file(line).replace(b"words", b"wrods", 1)
    assert "unknown column 'wrods'" in import_signals(sqlite_world, lead, more).errors[0].words
    assert "holds no signal" in import_signals(sqlite_world, lead, signal_file()).errors[0].words


def test_talk_is_recorded_by_an_associate_and_read_by_leads_and_riep_officers_alone(world: World) -> None:
    """What somebody said in confidence would be read in the whole region, or be guessed from an import's answer."""
    associate, council = person(world, Role.ASSOCIATE), authority(world)
    signal(world, associate, council, TALK)
    signal(world, associate, council, AUDIT)
    assert [each.kind for each in authority_page(world, associate, council).signals] == [AUDIT]
    (mine,) = regional_picture(world, associate, None).authorities
    assert [each.kind for each in mine.signals] == [AUDIT]
    assert mine.warnings == 1
    for role in (Role.LEAD, Role.RIEP_OFFICER):
        reader = person(world, role)
        assert {each.kind for each in authority_page(world, reader, council).signals} == {AUDIT, TALK}
    line = {"authority_code": code_of(world, council), "kind": "talk", "value": "", "theme": "children"}
    (problem,) = import_signals(world, associate, signal_file(line)).errors
    assert "recorded by the form" in problem.words
    assert import_signals(world, person(world, Role.LEAD), signal_file(line), dry_run=True).errors == ()


def _walled(world: World, council: UUID) -> Actor:
    return person(world, Role.LEAD, walled_from=council)


OUTSIDERS: dict[str, Callable[[World, UUID], Actor]] = {
    "walled lead": _walled,
    "another region's RIEP officer": lambda world, _: person(world, Role.RIEP_OFFICER, Region.LONDON),
    "another region's associate": lambda world, _: person(world, Role.ASSOCIATE, Region.SOUTH_WEST),
    "administrator": lambda world, _: person(world, Role.ADMINISTRATOR, None),
    "coordinator": lambda world, _: person(world, Role.COORDINATOR, None),
    "political lead": lambda world, _: person(world, Role.POLITICAL_LEAD),
}


@pytest.mark.parametrize("who", OUTSIDERS)
def test_whoever_may_not_see_an_authority_finds_nothing_of_its_signals(sqlite_world: World, who: str) -> None:
    """A list, a count, a picker or an import's answer would tell that there is something about it."""
    world, lead, council = sqlite_world, person(sqlite_world, Role.LEAD), authority(sqlite_world)
    old = authority(world, "Upper Council", ended_on=date(2026, 4, 1))
    heir = authority(world, "Heir Council", replaces=(old,))
    one = signal(world, lead, council)
    outsider = OUTSIDERS[who](world, council)
    for attempt in (
        lambda: authority_page(world, outsider, council),
        lambda: signal(world, outsider, council),
        lambda: signal_header(world, outsider, one),
        lambda: withdraw_signal(world, outsider, one, "Mine"),
    ):
        with pytest.raises(NotFound):
            attempt()
    assert council not in {each.id for each in authorities_to_record(world, outsider)}
    code = code_of(world, council)
    try:
        answers = {
            given: import_signals(world, outsider, signal_file({"authority_code": given}), dry_run=True)
            for given in (code, "ABSENT")
        }
    except NotFound:
        pass
    else:
        said = {given: report.errors[0].words.replace(given, "") for given, report in answers.items()}
        assert said[code] == said["ABSENT"]
    try:
        seen = regional_picture(world, outsider, Region.NORTH_EAST)
    except NotFound:
        return
    assert {name for _, name in seen.quiet} == {"Heir Council"}
    assert seen.authorities == ()
    # Who is linked to what was replaced is walled off from its successor too.
    behind = person(world, Role.LEAD, walled_from=old)
    signal(world, lead, heir)
    assert {each.name for each in regional_picture(world, behind, None).authorities} == {"Midthorpe Council"}


def test_an_associate_withdraws_their_own_and_nobody_elses(sqlite_world: World) -> None:
    world, council = sqlite_world, authority(sqlite_world)
    ada, ben = person(world, Role.ASSOCIATE), person(world, Role.ASSOCIATE)
    mine, talk = signal(world, ada, council), signal(world, ada, council, TALK)
    for other, which in ((ben, mine), (ada, talk), (ada, uuid4())):
        with pytest.raises(NotFound):
            withdraw_signal(world, other, which, "No")
    withdraw_signal(world, ada, mine, "I misheard.")


def test_no_file_takes_back_what_its_bringer_could_not_withdraw(world: World) -> None:
    """What the form refuses an associate, a file of one line would do: another's signal would be gone."""
    council, ada = authority(world), person(world, Role.ASSOCIATE)
    code = code_of(world, council)
    import_signals(world, person(world, Role.RIEP_OFFICER), signal_file({"authority_code": code}))
    better = signal_file({"authority_code": code, "value": "3"})
    for dry_run in (True, False):
        report = import_signals(world, ada, better, dry_run=dry_run)
        assert [each.line for each in report.errors] == [2]
    assert [each.place for each in authority_page(world, ada, council).signals] == [1]
    assert import_signals(world, person(world, Role.LEAD), better).changed == 1
    assert [each.place for each in authority_page(world, ada, council).signals] == [3]
