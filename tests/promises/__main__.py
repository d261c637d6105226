"""`scripts/promises`: each promise in its full form, on both databases, as a table of what was reached."""

import argparse
import logging
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

from tests.promises.confidential import no_typed_word_is_shown
from tests.promises.dates import dates_survive
from tests.promises.edits import no_edit_is_lost
from tests.promises.ended import ended_is_dead
from tests.promises.erased import erased_is_gone
from tests.promises.exports import exports_need_two
from tests.promises.followups import followups_fire_once
from tests.promises.forgery import every_change_is_guarded
from tests.promises.guessing import guessing_fails
from tests.promises.inert import output_is_inert
from tests.promises.ledgered import ledgered_or_not_done
from tests.promises.matrix import nobody_sees_more
from tests.promises.no_errors import site_never_breaks
from tests.promises.packs import packs_prove_themselves
from tests.promises.peers import no_team_breaks_a_rule
from tests.promises.protocol_machine import run_machine
from tests.promises.restoring import restored_or_refused
from tests.promises.rotation import keys_rotate_under_work
from tests.promises.stays_up import it_stays_up
from tests.promises.tampering import tampering_is_detected
from tests.promises.twins import nobody_can_tell
from tests.promises.uploads import uploads_are_inert
from tests.servers import PostgreSQL

SEED = 20260
STEPS, EXAMPLES, LENGTH = 20_000, 40, 100
CASES, KILLS = 2_000, 40
BY_VERB, BY_FORM = 100, 25
DATES = 1_000
FILES, MEGABYTES = 2_600, 25
MUTATIONS = 500_000
EXPORT_STEPS, EXPORT_RACES = 2_000, 40
SEALED_CASES, WRITERS, ROTATION_KILLS = 5_000, 8, 10
ERASED = 100
OF_EACH_ROUTE = 25
OF_EACH_KIND, TIMED = 20, 2_000
ATTACKERS, ATTACK_SECONDS = 200, 30.0
TEAM_REQUESTS = 10_000
SITE_STEPS, SITE_EXAMPLES, SITE_LENGTH = 50_000, 25, 200


@dataclass(frozen=True)
class Promise:
    """One row: its name, what is promised, and its proof, which says what figure it reached or fails."""

    name: str
    words: str
    prove: Callable[[int, PostgreSQL | None], str]
    on_both: bool = True


def _protocol(seed: int, _: PostgreSQL | None) -> str:
    tally = run_machine(STEPS, seed, EXAMPLES, LENGTH)
    found = ", ".join(f"{count:,} {name}" for name, count in sorted(tally.findings.items()))
    return (
        f"{tally.steps:,} steps in {tally.examples:,} stories, {sum(tally.refused.values()):,} refused,"
        f" {sum(tally.events.values()):,} events; findings recomputed: {found}"
    )


PROMISES = (
    Promise("protocol", "whatever staff do, the protocol's invariants hold", _protocol, on_both=False),
    Promise("P1", "nobody sees what they may not", lambda _, server: nobody_sees_more(server, show=True)),
    Promise(
        "twins",
        "a hidden case changes no byte and no time of what its walled-off lead is shown",
        lambda _, server: nobody_can_tell(server, OF_EACH_KIND, TIMED),
    ),
    Promise(
        "P2",
        "an administrator, a log, a mail, a backup shows no case text",
        lambda _, server: no_typed_word_is_shown(server, OF_EACH_ROUTE),
    ),
    Promise(
        "P3", "tampering is detected", lambda seed, server: tampering_is_detected(server, seed, MUTATIONS)
    ),
    Promise(
        "P5",
        "follow-ups fire once",
        lambda seed, server: followups_fire_once(server, CASES, KILLS, seed),
    ),
    Promise("P6", "no lost edit", lambda _, server: no_edit_is_lost(server, BY_VERB, BY_FORM)),
    Promise(
        "P7",
        "dates survive the clock change",
        lambda seed, server: dates_survive(server, DATES, seed),
    ),
    Promise(
        "P8",
        "no internal error",
        lambda seed, server: site_never_breaks(server, SITE_STEPS, seed, SITE_EXAMPLES, SITE_LENGTH),
    ),
    Promise("P9", "every change is CSRF-guarded", lambda _, server: every_change_is_guarded(server)),
    Promise("P10", "a session that ended is dead", lambda _, server: ended_is_dead(server)),
    Promise("P11", "sign-in resists guessing", lambda _, server: guessing_fails(server, TIMED)),
    Promise(
        "P12",
        "exports need two people",
        lambda seed, server: exports_need_two(server, EXPORT_STEPS, EXPORT_RACES, seed),
    ),
    Promise(
        "pack",
        "a pack proves itself with cryptography alone, and no forgery passes",
        lambda _seed, _server: packs_prove_themselves(),
        on_both=False,
    ),
    Promise(
        "peers",
        "no team that is put together breaks a blocking rule, and the same peers give the same team",
        lambda seed, _: no_team_breaks_a_rule(TEAM_REQUESTS, seed),
        on_both=False,
    ),
    Promise("P13", "ledgered or not done", lambda _, server: ledgered_or_not_done(server)),
    Promise(
        "P14",
        "uploads are inert",
        lambda seed, server: uploads_are_inert(server, FILES, MEGABYTES, seed),
    ),
    Promise("P15", "output is inert", lambda _, server: output_is_inert(server, OF_EACH_KIND)),
    Promise("P18", "erased is gone", lambda _, server: erased_is_gone(server, ERASED)),
    Promise("P16", "it can be restored", lambda _, server: restored_or_refused(server, whole=True)),
    Promise(
        "rotation",
        "keys rotate under work, and nothing is lost",
        lambda seed, server: keys_rotate_under_work(server, SEALED_CASES, WRITERS, ROTATION_KILLS, seed),
    ),
    Promise("P19", "it stays up", lambda _, server: it_stays_up(server, ATTACKERS, ATTACK_SECONDS)),
)


def main() -> int:
    """Prove what is named, or everything; gives the exit status."""
    parser = argparse.ArgumentParser(prog="scripts/promises", description=__doc__)
    parser.add_argument("names", nargs="*", help=", ".join(each.name for each in PROMISES))
    parser.add_argument("--seed", type=int, default=SEED)
    given = parser.parse_args()
    unknown = set(given.names) - {each.name for each in PROMISES}
    if unknown:
        parser.error(f"no promise is called {', '.join(sorted(unknown))}")
    wanted = [each for each in PROMISES if not given.names or each.name in given.names]
    logging.getLogger().addHandler(
        logging.NullHandler()
    )  # what the site refuses would stand between the rows
    print("| promise | database | figure reached | seconds | seed | |\n| --- | --- | --- | --- | --- | --- |")
    with PostgreSQL() as server:
        kept = [
            _row(promise, given.seed, database)
            for promise in wanted
            for database in ((None, server) if promise.on_both else (None,))
        ]
    return 0 if all(kept) else 1


def _row(promise: Promise, seed: int, server: PostgreSQL | None) -> bool:
    began = time.monotonic()
    try:
        figure, kept = promise.prove(seed, server), True
    except Exception as error:  # whatever breaks a promise, the others are tried all the same
        figure, kept = f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}", False
        print(f"{promise.name}: {error}", file=sys.stderr)
    database = "PostgreSQL" if server else "SQLite"
    said = "pass" if kept else "FAIL"
    seconds = time.monotonic() - began
    print(
        f"| {promise.name}: {promise.words} | {database} | {figure} | {seconds:.0f} | {seed} | {said} |",
        flush=True,
    )
    return kept


if __name__ == "__main__":
    sys.exit(main())
