"""The history of a case: one entry for each change, with the duties that it touched, and only so many at first."""

from datetime import date

from clearinghouse.access.roles import Role
from clearinghouse.casework.cases import case_page
from clearinghouse.casework.duties.followups import complete_duty, move_duty, schedule_followup
from clearinghouse.casework.timeline import LATEST, History
from clearinghouse.casework.world import World
from tests.factories.authorities import authority
from tests.factories.cases import logged_case
from tests.factories.people import person
from tests.worlds import Clock


def test_a_change_and_its_duties_are_one_entry(sqlite_world: World, clock: Clock) -> None:
    """Who reads the history would meet the same change two or three times, or not learn from which day a duty moved."""
    associate = person(sqlite_world, Role.ASSOCIATE)
    case = logged_case(sqlite_world, associate, authority(sqlite_world)).case_id
    clock.pass_days(1)
    duty = schedule_followup(sqlite_world, associate, case, None, date(2026, 12, 7), "").duty_id
    clock.pass_days(1)
    move_duty(sqlite_world, associate, case, duty, date(2026, 12, 14), "The leader is away.")
    clock.pass_days(1)
    complete_duty(sqlite_world, associate, case, duty, "Rung.", date(2027, 1, 11))
    page = case_page(sqlite_world, associate, case).reading
    assert page is not None
    owed = f"owed by {associate.name}"
    said = [(entry.words, entry.text, entry.steps) for entry in page.history.entries]
    assert said[:3] == [
        ("Step done", "Follow up", (f"Next: Follow up, due 11 January 2027, {owed}",)),
        ("Next step moved", "Follow up, from 7 December 2026 to 14 December 2026", ()),
        ("Next step set", f"Follow up, due 7 December 2026, {owed}", ()),
    ]
    assert said[3][0] == "Concern logged"
    assert not page.history.more


def test_a_long_history_shows_its_latest_entries_first_and_the_rest_on_request(
    sqlite_world: World, clock: Clock
) -> None:
    """The page would grow without end, or the beginning of the case could not be reached."""
    associate = person(sqlite_world, Role.ASSOCIATE)
    case = logged_case(sqlite_world, associate, authority(sqlite_world)).case_id
    for _ in range(LATEST):
        clock.pass_days(0.01)
        schedule_followup(sqlite_world, associate, case, None, date(2027, 1, 11), "")

    def history(*, whole: bool) -> History:
        reading = case_page(sqlite_world, associate, case, whole_history=whole).reading
        assert reading is not None
        return reading.history

    latest, whole = history(whole=False), history(whole=True)
    assert (len(latest.entries), latest.more) == (LATEST, True)
    assert (len(whole.entries), whole.more) == (LATEST + 1, False)
    assert whole.entries[:LATEST] == latest.entries
    assert whole.entries[-1].words == "Concern logged"
