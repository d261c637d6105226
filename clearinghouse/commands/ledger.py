"""`clearinghouse ledger verify`: whether anybody altered what was recorded."""

from argparse import Namespace

from clearinghouse.casework.verification import verify
from clearinghouse.commands.command import Command, Context

_NOT_PROVED = """
This does not prove that nobody who can write the whole database has rewritten it:
they could compute every later hash anew, or take the last events off together with what
was kept as their end. Compare with a backup that they cannot reach."""


def run(context: Context, _given: Namespace) -> int:
    """Verify, and say what was proved and what was not."""
    report = verify(context.open_world())
    for fault in report.faults:
        print(f"{fault.where}: {fault.words}")
    counts = ((report.events, "event"), (report.streams, "stream"), (report.sealed_values, "sealed value"))
    events, streams, values = (f"{number:,} {what}{'' if number == 1 else 's'}" for number, what in counts)
    looked = f"{events} in {streams} and {values}"
    if report.faults:
        number = len(report.faults)
        print(f"\n{'One fault was' if number == 1 else f'{number:,} faults were'} found among {looked}.")
        print(
            "Keep this database as it is, tell whoever answers for it, and restore a backup beside it to compare."
        )
        return 1
    print(f"No fault in {looked}:")
    print(
        "every event has the hash it was given and follows the one before it, nothing is missing in between,"
    )
    print("and every sealed value opens and is the one that its event recorded.")
    print(_NOT_PROVED)
    return 0


VERIFY = Command(
    "ledger verify",
    "check every event and every sealed value",
    run,
    more="""Reads everything and changes nothing; the service can go on running.
Ends with exit status 1 where anything is not as it was written, and names the event.""",
)
