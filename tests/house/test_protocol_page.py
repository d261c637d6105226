"""The page that a lead checks says what the rules say, and notices when a rule changes."""

from collections.abc import Mapping
from dataclasses import replace
from types import ModuleType
from typing import cast

import protocol_page
import pytest

from clearinghouse.protocol import (
    commitments,
    conflicts,
    dialogue,
    duties,
    matching,
    meetings,
    needs,
    offers,
    referral,
    round_table,
    say_to_whom,
    signals,
    team_work,
    teams,
    triage,
)
from clearinghouse.protocol.standing import TRANSITIONS
from clearinghouse.protocol.team_work import VisitKind
from clearinghouse.protocol.verdict import ALLOWED
from clearinghouse.protocol.vocabulary import DutyKind, Outcome, Route, Standing, Step

FITTING = meetings.outcome_for
LATER = duties.NextDuty(DutyKind.FOLLOW_UP, 99)


def test_the_page_in_the_repository_is_what_the_rules_say() -> None:
    assert protocol_page.main(["--check"]) == 0


@pytest.mark.parametrize(
    ("module", "name", "changed"),
    [
        pytest.param(
            triage, "RULES", (triage.RULES[1], triage.RULES[0], *triage.RULES[2:]), id="order of triage"
        ),
        pytest.param(
            triage,
            "RULES",
            (replace(triage.RULES[0], applies=lambda _: False), *triage.RULES[1:]),
            id="a condition",
        ),
        pytest.param(triage, "CAUTIONS", triage.CAUTIONS[1:], id="a caution less"),
        pytest.param(dialogue, "ATTEMPTS_THAT_COUNT", 1, id="one attempt is enough"),
        pytest.param(
            offers, "is_lapsed", lambda answer_by, today: today >= answer_by, id="lapses a day early"
        ),
        pytest.param(meetings, "MISSED_MEETINGS_THAT_REFUSE", 1, id="one missed meeting refuses"),
        pytest.param(
            meetings,
            "outcome_for",
            lambda satisfied, agrees: replace(FITTING(satisfied, agrees), outcomes=frozenset(Outcome)),
            id="any outcome fits",
        ),
        pytest.param(
            referral, "refused_or_silent", lambda made, today: ALLOWED, id="gate 1 without an offer"
        ),
        pytest.param(referral, "PRE_INTERVENTION_PARTIES", frozenset(), id="gate 2 with nobody asked"),
        pytest.param(referral, "REVIEWS_THAT_FAIL", 1, id="gate 3 after one review"),
        pytest.param(referral, "may_refer_at_once", lambda risk: ALLOWED, id="anybody refers at once"),
        pytest.param(
            say_to_whom, "may_tell", lambda passage, consents, to: to in passage, id="told without consent"
        ),
        pytest.param(duties, "OVERDUE_DAYS_BEFORE_DEPUTY", 5, id="the deputy hears later"),
        pytest.param(duties, "AT_ONCE", 1, id="at once waits"),
        pytest.param(conflicts, "BELONGING_YEARS", 3, id="belonging ends sooner"),
        pytest.param(
            matching, "_travel", lambda region, willing: matching.Point("It is far.", 6), id="points"
        ),
        pytest.param(matching, "SMALLEST_TEAM", 2, id="a team of two"),
        pytest.param(teams, "WARNING_POINTS", 10, id="warnings weigh less"),
        pytest.param(needs, "RELAXING_COSTS", dict.fromkeys(needs.NeedKind, 1), id="all is given up alike"),
        pytest.param(team_work, "TO_FOLLOW_UP", 10, id="contact between visits sooner"),
        pytest.param(team_work, "DAYS_LONG", frozenset(VisitKind), id="a workshop of days"),
        pytest.param(team_work, "_not_after", lambda day, holidays: day, id="months that end on a Sunday"),
        pytest.param(signals, "RECURS_IN", 2, id="two authorities recur"),
        pytest.param(signals, "SOFT", frozenset(), id="talk is told"),
        pytest.param(commitments, "CHALLENGE_BY_YEARS", 5, id="a challenge every five years"),
        pytest.param(round_table, "is_waiting", lambda decisions: True, id="nothing leaves the agenda"),
    ],
)
def test_a_changed_rule_is_noticed(
    monkeypatch: pytest.MonkeyPatch,
    module: ModuleType,
    name: str,
    changed: object,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(module, name, changed)
    assert protocol_page.main(["--check"]) == 1
    assert "run scripts/protocol" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("rows", "key", "changed"),
    [
        pytest.param(TRANSITIONS[Standing.CLOSED], Step.REOPEN, Standing.LOGGED, id="a step"),
        pytest.param(duties.FIRST_DUTY_ON_ROUTE, Route.ADVOCACY, LATER, id="a route's first duty"),
        pytest.param(duties.NEXT_AFTER, Step.DECLINE, LATER, id="a step's duty"),
        pytest.param(duties.AFTER_OUTCOME, Outcome.B, (), id="an outcome's duties"),
        pytest.param(duties.DAYS_TO_SUPPLY, DutyKind.REVIEW, 99, id="days to supply"),
    ],
)
def test_a_changed_row_is_noticed(
    monkeypatch: pytest.MonkeyPatch, rows: Mapping[object, object], key: object, changed: object
) -> None:
    monkeypatch.setitem(cast(dict[object, object], rows), key, changed)
    assert protocol_page.main(["--check"]) == 1
