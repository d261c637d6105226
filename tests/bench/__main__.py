"""`scripts/bench`: speed and memory, measured in ratios within one run, as a table."""

import argparse
import subprocess
import sys
from importlib import import_module

from tests.bench.measuring import Figure, Subject
from tests.servers import PostgreSQL

SUBJECTS = ("ledger", "pack", "peers", "search", "vault")


def main() -> int:
    """Measure what is named, or everything; gives the exit status, which is not 0 where a goal was missed."""
    parser = argparse.ArgumentParser(prog="scripts/bench", description=__doc__)
    parser.add_argument("names", nargs="*", help=", ".join(SUBJECTS))
    names = parser.parse_args().names or SUBJECTS
    if unknown := set(names) - set(SUBJECTS):
        parser.error(f"nothing is called {', '.join(sorted(unknown))}")
    if len(names) == 1:
        return _measure(names[0])
    # Each in a process of its own: the tables of one are in no other's inventory, nor is its memory.
    ended = [subprocess.run([sys.executable, "-m", "tests.bench", name], check=False) for name in names]
    return max(each.returncode for each in ended)


def _measure(name: str) -> int:
    measure: Subject = import_module(f"tests.bench.{name}").measure
    print("\n| subject | what | reached | goal | |\n| --- | --- | --- | --- | --- |", flush=True)
    met = []
    with PostgreSQL() as server:
        for figure in measure(server):
            _print(name, figure)
            met.append(figure.met is not False)
    return 0 if all(met) else 1


def _print(name: str, figure: Figure) -> None:
    said = "" if figure.met is None else "met" if figure.met else "MISSED"
    print(f"| {name} | {figure.what} | {figure.reached} | {figure.goal} | {said} |", flush=True)


if __name__ == "__main__":
    sys.exit(main())
