"""`clearinghouse ledger`: whether anybody altered what was recorded, and proofs for somebody outside."""

from argparse import ArgumentParser, Namespace
from pathlib import Path
from uuid import UUID

from clearinghouse.casework.errors import NotFound, Refused
from clearinghouse.casework.log import begin_new_log, keep_log, prove_event, prove_growth, signed_tree
from clearinghouse.casework.verification import VerificationReport, verify
from clearinghouse.commands.command import Command, Context

_PROVED = """every event has the hash it was given and follows the one before it, nothing is missing in between,
and every sealed value opens and is the one that its event recorded."""
_NOT_PROVED = """
This does not prove that nobody who holds the log's key has rewritten it since the last
checkpoint that stands outside this installation: keep checkpoints elsewhere, and give
them with --checkpoint."""
_NO_CHECKPOINT = """
No checkpoint was looked at, since no log key can be read here: whoever can write the whole
database could have rewritten it. Give the log's public key with --log-key."""


def _verify_arguments(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--checkpoint", action="append", default=[], metavar="FILE", help="a checkpoint that was kept outside"
    )
    parser.add_argument("--log-key", metavar="KEY", help="the log's public key, where its key is not here")


def _verify(context: Context, given: Namespace) -> int:
    """Verify, and say what was proved and what was not."""
    outside = [Path(file).read_text(encoding="utf-8") for file in given.checkpoint]
    report = verify(context.open_world(), outside, given.log_key)
    for fault in report.faults:
        print(f"{fault.where}: {fault.words}")
    counts = ((report.events, "event"), (report.streams, "stream"), (report.sealed_values, "sealed value"))
    events, streams, values = (_count(number, what) for number, what in counts)
    looked = f"{events} in {streams} and {values}"
    if report.faults:
        number = len(report.faults)
        print(f"\n{'One fault was' if number == 1 else f'{number:,} faults were'} found among {looked}.")
        print(
            "Keep this database as it is, tell whoever answers for it, and restore a backup beside it to compare."
        )
        return 1
    print(f"No fault in {looked}:\n{_PROVED}")
    _say_of_log(report)
    return 0


def _say_of_log(report: VerificationReport) -> None:
    log = report.log
    if report.log_key is None:
        print(_NO_CHECKPOINT)
        return
    if not log.checkpoints:
        print(f"\nThe log has not been signed yet: {_count(log.after, 'event')} in no checkpoint.")
        return
    print(f"\nThe log of {_count(log.leaves, 'leaf')} agrees with {_count(log.checkpoints, 'checkpoint')},")
    print(f"signed by {report.log_key}.")
    print(f"{_count(log.after, 'event')} came after the last checkpoint and rest on their hashes alone.")
    print(_NOT_PROVED)


def _checkpoint(context: Context, given: Namespace) -> int:
    world = context.open_world()
    keep_log(world)
    found = signed_tree(world)
    if found is None:
        raise Refused("nothing has happened yet, so there is nothing to sign")
    print(found.key if given.key else found.note, end="\n" if given.key else "")
    return 0


def _checkpoint_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--key", action="store_true", help="print the log's public key instead")


def _proof(context: Context, given: Namespace) -> int:
    world = context.open_world()
    try:
        if given.since is not None:
            print(prove_growth(world, given.since).text, end="")
        else:
            print(prove_event(world, given.event).text, end="")
    except NotFound:
        raise Refused("no checkpoint covers that yet; run 'clearinghouse ledger checkpoint'") from None
    return 0


def _new_log(context: Context, given: Namespace) -> int:
    if not given.yes:
        raise Refused("former checkpoints will prove nothing of the new log; say --yes where that is meant")
    key, aside = begin_new_log(context.open_world())
    print(
        f"A new log begins with the clock's next round, signed by\n{key}\nThe former key stands at {aside}."
    )
    print("Tell everybody who holds a checkpoint or is a witness, and why.")
    return 0


def _new_log_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--yes", action="store_true", help="begin it")


def _proof_arguments(parser: ArgumentParser) -> None:
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("event", nargs="?", type=UUID, help="the id of an event")
    what.add_argument("--since", type=int, metavar="SIZE", help="the size of an earlier checkpoint")


def _count(number: int, what: str) -> str:
    many = {"leaf": "leaves"}.get(what, f"{what}s")
    return f"{number:,} {what if number == 1 else many}"


VERIFY = Command(
    "ledger verify",
    "check every event, every checkpoint and every sealed value",
    _verify,
    _verify_arguments,
    more="""Reads everything and changes nothing; the service can go on running.
Ends with exit status 1 where anything is not as it was written, and names the event.""",
)
CHECKPOINT = Command(
    "ledger checkpoint",
    "sign what has happened, and print the checkpoint to keep outside",
    _checkpoint,
    _checkpoint_arguments,
    more="""The clock signs one whenever there is something new; this prints the newest, in the form of
C2SP tlog-checkpoint. Print it, mail it, or give it to a witness: whoever has it can show
later that nothing before it was changed.""",
)
PROOF = Command(
    "ledger proof",
    "prove that an event stands in the log, or that the log only grew",
    _proof,
    _proof_arguments,
    more="""For an event, in the form of C2SP tlog-proof. With --since, what 'clearinghouse witness' asks for.""",
)
NEW_LOG = Command(
    "ledger new-log",
    "begin another log, after a restore from an older backup",
    _new_log,
    _new_log_arguments,
    more="""The log refuses to sign a history that is shorter than the one it signed before. Where that
is because a backup was restored, begin another one: the events stay, and are all logged again.""",
)
