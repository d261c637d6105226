"""The support map: for each scenario of §28, which help the framework lists; parsed from what a caller has loaded."""

from collections.abc import Mapping
from dataclasses import dataclass

from clearinghouse.protocol.vocabulary import Scenario

REQUIRED_KEYS = frozenset({"challenge", "acknowledged", "local_government", "other"})
OPTIONAL_KEYS = frozenset({"next_step"})


class SupportMapError(ValueError):
    """The support map is not usable; `lines` says why, one line for each error."""

    def __init__(self, lines: tuple[str, ...]) -> None:
        super().__init__("\n".join(lines))
        self.lines = lines


@dataclass(frozen=True)
class SourcesOfHelp:
    """What §28 says about one scenario.

    `acknowledged` tells the authority that turns to help from the one that must be talked to first;
    `next_step` is the document's next step for the latter, empty otherwise.
    """

    scenario: Scenario
    challenge: str
    acknowledged: bool
    local_government: tuple[str, ...]
    other: tuple[str, ...]
    next_step: str


@dataclass(frozen=True)
class SupportMap:
    """The sources of help by scenario; every scenario is there."""

    sources: Mapping[Scenario, SourcesOfHelp]

    def for_scenario(self, scenario: Scenario) -> SourcesOfHelp:
        """The help that the framework lists for this scenario (§28, appendix 1d)."""
        return self.sources[scenario]


def parse_support_map(data: Mapping[str, object]) -> SupportMap:
    """Read the map from a mapping of scenario to table, as `tomllib` gives it.

    Raises SupportMapError with a line for each missing or unknown scenario and each missing, unknown or wrongly
    typed entry.
    """
    errors = [f"support map: unknown scenario [{name}]" for name in data if name not in set(Scenario)]
    sources: dict[Scenario, SourcesOfHelp] = {}
    for scenario in Scenario:
        table = data.get(scenario)
        if not isinstance(table, Mapping):
            errors.append(f"support map: scenario [{scenario}] is missing")
            continue
        found = _errors_in(scenario, table)
        errors.extend(found)
        if not found:
            sources[scenario] = SourcesOfHelp(
                scenario=scenario,
                challenge=table["challenge"],
                acknowledged=table["acknowledged"],
                local_government=tuple(table["local_government"]),
                other=tuple(table["other"]),
                next_step=table.get("next_step", ""),
            )
    if errors:
        raise SupportMapError(tuple(errors))
    return SupportMap(sources)


def _errors_in(scenario: Scenario, table: Mapping[str, object]) -> list[str]:
    where = f"support map: [{scenario}]"
    keys = set(table)
    errors = [f"{where} lacks {key}" for key in sorted(REQUIRED_KEYS - keys)]
    errors += [f"{where} has an unknown entry {key}" for key in sorted(keys - REQUIRED_KEYS - OPTIONAL_KEYS)]
    for key in ("challenge", "next_step"):
        if key in table and not _is_text(table[key]):
            errors.append(f"{where} {key} must be a text that is not empty")
    if "acknowledged" in table and not isinstance(table["acknowledged"], bool):
        errors.append(f"{where} acknowledged must be true or false")
    for key in ("local_government", "other"):
        if key in table and not _is_texts(table[key]):
            errors.append(f"{where} {key} must be a list of texts that are not empty")
    if table.get("local_government") == []:
        errors.append(f"{where} local_government must name at least one source of help")
    if table.get("acknowledged") is False and "next_step" not in table:
        errors.append(f"{where} lacks next_step, needed where nothing is acknowledged")
    return errors


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _is_texts(value: object) -> bool:
    return isinstance(value, list) and all(_is_text(item) for item in value)
