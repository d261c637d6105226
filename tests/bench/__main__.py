"""`scripts/bench`: speed and memory, measured in ratios within one run, as a table."""

import argparse
import sys
from collections.abc import Mapping
from types import MappingProxyType

from tests.bench import ledger, pack, search, vault
from tests.bench.measuring import Figure, Subject
from tests.servers import PostgreSQL

SUBJECTS: Mapping[str, Subject] = MappingProxyType(
    {"ledger": ledger.measure, "pack": pack.measure, "search": search.measure, "vault": vault.measure}
)


def main() -> int:
    """Measure what is named, or everything; gives the exit status, which is not 0 where a goal was missed."""
    parser = argparse.ArgumentParser(prog="scripts/bench", description=__doc__)
    parser.add_argument("names", nargs="*", help=", ".join(SUBJECTS))
    given = parser.parse_args()
    if unknown := set(given.names) - set(SUBJECTS):
        parser.error(f"nothing is called {', '.join(sorted(unknown))}")
    print("| subject | what | reached | goal | |\n| --- | --- | --- | --- | --- |")
    met = []
    with PostgreSQL() as server:
        for name, measure in SUBJECTS.items():
            if given.names and name not in given.names:
                continue
            for figure in measure(server):
                _print(name, figure)
                met.append(figure.met is not False)
    return 0 if all(met) else 1


def _print(name: str, figure: Figure) -> None:
    said = "" if figure.met is None else "met" if figure.met else "MISSED"
    print(f"| {name} | {figure.what} | {figure.reached} | {figure.goal} | {said} |", flush=True)


if __name__ == "__main__":
    sys.exit(main())
