"""The support map: what §28 lists for each scenario, and one clear line for each error."""

import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from clearinghouse.protocol.support_map import SupportMapError, parse_support_map
from clearinghouse.protocol.vocabulary import Scenario

SHIPPED = Path(__file__).parents[2] / "config" / "support_map.toml"
S = Scenario
PEER_REVIEW = ("Peer review (corporate or service)", "Inter-authority exchange", "RIEP", "Sector specialists")
PRIVATE_AND_VOLUNTARY = ("Specialist private sector provision", "Voluntary sector")


@pytest.mark.parametrize(
    ("scenario", "local_government", "other"),
    [
        (S.SERVICE_WEAKNESS, PEER_REVIEW, PRIVATE_AND_VOLUNTARY),
        (S.FINANCES_AND_CULTURE, PEER_REVIEW, PRIVATE_AND_VOLUNTARY),
        (
            S.CHIEF_OFFICER_PROBLEM,
            (
                "Other chief executives in the region or sub-region",
                "RIEP",
                "IDeA regional associate or member peer",
                "Regional LGA",
            ),
            ("District Audit", "Standards board", "Political parties", "CIPFA"),
        ),
        (
            S.SERIOUS_ADVERSE_INCIDENT,
            ("Mutual support", "Political peers", "RIEP", "IDeA regional associate", "LGA"),
            (),
        ),
        (
            S.PROBLEMATIC_POLITICAL_LEADERSHIP,
            ("LGA improvement board members", "Regional associates", "IDeA member peers"),
            (
                "Regional and national political parties",
                "Standards board",
                "Audit Commission ethical governance work",
            ),
        ),
        (
            S.LEADER_AND_CHIEF_EXECUTIVE_BREAKDOWN,
            ("IDeA political peers and regional associates", "Regional employers"),
            (),
        ),
    ],
)
def test_the_shipped_map_lists_what_the_document_lists(
    scenario: Scenario, local_government: tuple[str, ...], other: tuple[str, ...]
) -> None:
    """An authority would be pointed to help that the framework does not name, or not to help that it does."""
    data = tomllib.loads(SHIPPED.read_text("utf-8"))
    sources = parse_support_map(data).for_scenario(scenario)
    assert (sources.acknowledged, sources.local_government, sources.other) == (True, local_government, other)
    assert (sources.scenario, sources.challenge) == (scenario, data[scenario]["challenge"])
    assert sources.next_step == data[scenario].get("next_step", "")


@pytest.mark.parametrize("scenario", [S.POOR_RELATIONSHIPS, S.PARTNERSHIP_MISSING_TARGETS])
def test_where_nothing_is_acknowledged_the_next_step_is_the_confidential_discussion(
    scenario: Scenario,
) -> None:
    """The rare cases of §28 would be answered with an offer before anybody was talked to."""
    sources = parse_support_map(tomllib.loads(SHIPPED.read_text("utf-8"))).for_scenario(scenario)
    assert not sources.acknowledged
    assert "confidential discussion with the leading members" in sources.next_step


def edit(scenario: str, key: str, value: object) -> Callable[[dict[str, Any]], None]:
    return lambda data: data[scenario].update({key: value})


@pytest.mark.parametrize(
    ("spoil", "line"),
    [
        (
            lambda data: data.pop("poor_relationships"),
            "support map: scenario [poor_relationships] is missing",
        ),
        (lambda data: data.update(storms={}), "support map: unknown scenario [storms]"),
        (
            lambda data: data["service_weakness"].pop("other"),
            "support map: [service_weakness] lacks other",
        ),
        (edit("service_weakness", "cost", 1), "support map: [service_weakness] has an unknown entry cost"),
        (
            edit("service_weakness", "challenge", " "),
            "support map: [service_weakness] challenge must be a text that is not empty",
        ),
        (
            edit("service_weakness", "acknowledged", "yes"),
            "support map: [service_weakness] acknowledged must be true or false",
        ),
        (
            edit("service_weakness", "other", "CIPFA"),
            "support map: [service_weakness] other must be a list of texts that are not empty",
        ),
        (
            edit("service_weakness", "local_government", "RIEP"),
            "support map: [service_weakness] local_government must be a list of texts that are not empty",
        ),
        (
            edit("poor_relationships", "next_step", " "),
            "support map: [poor_relationships] next_step must be a text that is not empty",
        ),
        (
            edit("service_weakness", "local_government", []),
            "support map: [service_weakness] local_government must name at least one source of help",
        ),
        (
            lambda data: data["poor_relationships"].pop("next_step"),
            "support map: [poor_relationships] lacks next_step, needed where nothing is acknowledged",
        ),
    ],
)
def test_each_error_has_one_clear_line(spoil: Callable[[dict[str, Any]], object], line: str) -> None:
    """Whoever edits the map would not be told what to mend."""
    data = tomllib.loads(SHIPPED.read_text("utf-8"))
    spoil(data)
    with pytest.raises(SupportMapError) as caught:
        parse_support_map(data)
    assert caught.value.lines == (line,)


def test_every_error_is_said_at_once_each_on_its_line() -> None:
    """Whoever edits the map would mend one error only to be told the next."""
    with pytest.raises(SupportMapError) as caught:
        parse_support_map({"storms": {}})
    lines = str(caught.value).splitlines()
    assert lines[0] == "support map: unknown scenario [storms]"
    assert lines[1:] == [f"support map: scenario [{scenario}] is missing" for scenario in S]
