"""Draws mutants to try, says how many of them the tests killed, and which live without docs/mutants.md saying why."""

import random
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Collection
from pathlib import Path

LEAST_KILLED = 90
"""Per cent of the mutants that the tests must notice."""

KILLED = frozenset({"killed", "timeout"})
_EXPLAINED = re.compile(r"^- `([\w.]+)`: `([^`]*)` becomes (?:`([^`]*)`|nothing)", re.MULTILINE)
_NAME = re.compile(r"^clearinghouse\.\w+\.(\w+)\.(?:x_|xǁ)(.+)__mutmut_\d+$")

Change = tuple[str, str, str]
"""Which rule, what stood there, and what stands there in the mutant."""


def main(page: Path) -> int:
    """Print the figures of the run in the working folder, and what survived unexplained."""
    found = results(_mutmut("results", "--all", "true"))
    tried = {name: status for name, status in found.items() if status != "not checked"}
    if not tried:
        print("No mutant was tried.")
        return 1
    print(table(tried))
    explained = explanations(page.read_text(encoding="utf-8"))
    alive = {name: change(name, _mutmut("show", name)) for name in tried if tried[name] not in KILLED}
    unexplained = {name: what for name, what in alive.items() if what not in explained}
    for name, (rule, before, after) in unexplained.items():
        print(
            f"\n{name}: {tried[name]}\n- `{rule}`: `{before}` becomes {f'`{after}`' if after else 'nothing'}"
        )
    if len(tried) == len(found):
        mine = {rule_of(name).partition(".")[0] for name in found}
        for rule, before, _ in sorted(explained - set(alive.values())):
            if rule.partition(".")[0] not in mine:
                continue
            print(f"\n{page.name} explains a mutant that no longer lives: {rule}: {before}")
    print(f"\n{len(alive)} live, {len(unexplained)} of them unexplained.")
    return int(bool(unexplained) or per_cent(tried.values()) < LEAST_KILLED)


def draw(number: int, seed: int) -> list[str]:
    """So many of the mutants that were made in the working folder, the same ones for the same seed and code."""
    made = sorted(results(_mutmut("results", "--all", "true")))
    return random.Random(seed).sample(made, min(number, len(made)))  # noqa: S311  # no secret


def results(text: str) -> dict[str, str]:
    """What became of each mutant, from mutmut's own list."""
    lines = (line.strip().rpartition(": ") for line in text.splitlines())
    return {name: status for name, _, status in lines if _NAME.match(name)}


def change(name: str, diff: str) -> Change:
    """What a mutant changes, by its rule and its lines rather than by a number that moves with the code."""
    rule = rule_of(name)
    lines = [line for line in diff.splitlines() if not line.startswith(("---", "+++"))]
    before, after = (" ".join(line[1:].strip() for line in lines if line.startswith(sign)) for sign in "-+")
    return rule, before, after


def rule_of(name: str) -> str:
    """The module and function of a mutant: `referral.may_refer`, `dialogue.Dialogue.done`."""
    match = _NAME.match(name)
    if match is None:
        raise ValueError(f"{name} is no mutant")
    return f"{match[1]}.{match[2].replace('ǁ', '.')}"


def explanations(text: str) -> frozenset[Change]:
    """The mutants that the page explains."""
    return frozenset((rule, before, after or "") for rule, before, after in _EXPLAINED.findall(text))


def table(tried: dict[str, str]) -> str:
    """The figures for each module and for all."""
    by_module: dict[str, list[str]] = {}
    for name, status in tried.items():
        by_module.setdefault(rule_of(name).partition(".")[0], []).append(status)
    rows = [_row(module, by_module[module]) for module in sorted(by_module)]
    head = (
        f"{'module':<22}{'mutants':>8}{'killed':>8}{'survived':>9}{'no tests':>9}{'other':>6}{'per cent':>9}"
    )
    return "\n".join((head, *rows, _row("all", list(tried.values()))))


def per_cent(statuses: Collection[str]) -> float:
    """How many in a hundred the tests noticed."""
    return 100 * sum(status in KILLED for status in statuses) / len(statuses)


def _row(module: str, statuses: Collection[str]) -> str:
    count = Counter("killed" if status in KILLED else status for status in statuses)
    killed, survived, untested = (count[status] for status in ("killed", "survived", "no tests"))
    other = len(statuses) - killed - survived - untested
    figures = f"{len(statuses):>8}{killed:>8}{survived:>9}{untested:>9}{other:>6}"
    return f"{module:<22}{figures}{per_cent(statuses):>9.1f}"


def _mutmut(*words: str) -> str:
    return subprocess.run(["mutmut", *words], check=True, capture_output=True, text=True).stdout


if __name__ == "__main__":
    if sys.argv[1] == "draw":
        print("\n".join(draw(int(sys.argv[2]), int(sys.argv[3]))))
    else:
        sys.exit(main(Path(sys.argv[2])))
