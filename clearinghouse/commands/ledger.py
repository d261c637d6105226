"""`clearinghouse ledger`: whether anybody altered what was recorded, and proofs for somebody outside."""

import os
import re
from argparse import ArgumentParser, Namespace
from pathlib import Path
from uuid import UUID

from clearinghouse.casework.anchors.posting import checkpoint_in
from clearinghouse.casework.anchors.views import cosigned_checkpoint, printed_checkpoint
from clearinghouse.casework.errors import NotFound, Refused
from clearinghouse.casework.log import begin_new_log, keep_log, prove_event, prove_growth, signed_tree
from clearinghouse.casework.verification import FromOutside, VerificationReport, ledger_size, verify
from clearinghouse.commands.command import Command, Context

_PROVED = """every event has the hash it was given and follows the one before it, nothing is missing in between,
and every sealed value opens and is the one that its event recorded."""
_NOT_PROVED = """
This does not prove that nobody who holds the log's key has rewritten it since the last
checkpoint that stands outside this installation: keep checkpoints elsewhere, and give
them with --checkpoint."""
_NOT_PROVED_OF_LATER = """
This does not prove that nobody who holds the log's key has rewritten what came after
that, nor that these stamps and cosignatures were not made for another history: ask the
witnesses what they cosigned last, or require one with --witness and a key that you had
from them."""
_WORTH_SHARING = 20_000
_DIGITS = re.compile(r"[0-9a-f]{16,64}")
_NO_CHECKPOINT = """
No checkpoint was looked at, since no log key can be read here: whoever can write the whole
database could have rewritten it. Give the log's public key with --log-key."""


def _verify_arguments(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--checkpoint", action="append", default=[], metavar="FILE", help="a checkpoint that was kept outside"
    )
    parser.add_argument(
        "--printed",
        action="append",
        nargs=2,
        default=[],
        metavar=("LEAVES", "ROOT"),
        help="a root as it was printed, or its first sixteen digits at least",
    )
    parser.add_argument("--log-key", metavar="KEY", help="the log's public key, where its key is not here")
    parser.add_argument(
        "--witness", action="append", default=[], metavar="KEY", help="a witness that must have cosigned"
    )


def _verify(context: Context, given: Namespace) -> int:
    """Verify, and say what was proved and what was not."""
    outside = FromOutside(
        [checkpoint_in(Path(file).read_bytes()) for file in given.checkpoint],
        [_printed(*each) for each in given.printed],
        given.log_key,
        given.witness,
    )
    world = context.open_world()
    large = ledger_size(world) >= _WORTH_SHARING
    report = verify(world, outside, processes=len(os.sched_getaffinity(0)) if large else 1)
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
        _say_of_tail(report)
        return 1
    print(f"No fault in {looked}:\n{_PROVED}")
    if report.destroyed:
        print(
            f"{_count(report.destroyed, 'value')} cannot be opened, by tombstones in the ledger:"
            " the keys were destroyed."
        )
    _say_of_log(report)
    return 0


def _say_of_log(report: VerificationReport) -> None:
    log = report.log
    if report.log_key is None:
        print(_NO_CHECKPOINT)
    elif log.signed:
        print(
            f"\nThe log of {_count(log.leaves, 'leaf')} agrees with {_count(log.checkpoints, 'checkpoint')},"
        )
        print(f"signed by {report.log_key}.")
    _say_of_tail(report)
    _say_of_anchors(report)


def _say_of_tail(report: VerificationReport) -> None:
    """How much no checkpoint holds: said in every verification, whatever came of it."""
    log = report.log
    if report.log_key is None:
        print(f"\n{_count(log.after, 'event')} may be in no signed checkpoint: none was looked at.")
    elif not log.signed:
        print(f"\nThe log has not been signed yet: {_count(log.after, 'event')} in no checkpoint.")
    else:
        print(f"{_count(log.after, 'event')} came after the last checkpoint and rest on their hashes alone.")


def _say_of_anchors(report: VerificationReport) -> None:
    """What third parties said of the log, and what that proves."""
    anchors, held = report.anchors, False
    if anchors.stamps:
        (first, began), (last, stamp) = anchors.stamps[0], anchors.stamps[-1]
        held = True
        print(
            f"\n{_count(len(anchors.stamps), 'time stamp')} by {stamp.by}, of the log's first {_count(first, 'leaf')}"
        )
        print(
            f"on {began.at:%d %B %Y at %H:%M} UTC, to its first {last:,} on {stamp.at:%d %B %Y at %H:%M} UTC."
        )
        print("What stands under a stamp was written before its instant: not even who holds the log's")
        print("key can have put it there later.")
    for each in anchors.cosigned:
        held = True
        print(
            f"\n{each.witness} cosigned {_count(each.checkpoints, 'checkpoint')}, the last one of {each.size:,} leaves,"
        )
        print(
            f"on {each.at:%d %B %Y at %H:%M} UTC. {_count(report.log.leaves - each.size, 'leaf')} came after it."
        )
    if anchors.strangers:
        print(
            f"\n{_count(anchors.strangers, 'cosignature')} of witnesses that are not known here were not looked at."
        )
    print(_NOT_PROVED_OF_LATER if held else _NOT_PROVED)


def _printed(leaves: str, root: str) -> tuple[int, str]:
    size, digits = leaves.replace(",", ""), "".join(root.split()).lower()
    if not size.isdecimal() or not _DIGITS.fullmatch(digits):
        raise Refused(
            "give what was printed as --printed LEAVES ROOT, with sixteen digits of the root at least"
        )
    return int(size), digits


def _checkpoint(context: Context, given: Namespace) -> int:
    world = context.open_world()
    keep_log(world)
    found = signed_tree(world)
    if found is None:
        raise Refused("nothing has happened yet, so there is nothing to sign")
    if given.key:
        print(found.key)
    elif given.print or given.cosigned:
        print(printed_checkpoint(world) if given.print else cosigned_checkpoint(world), end="")
    else:
        print(found.note, end="")
    return 0


def _checkpoint_arguments(parser: ArgumentParser) -> None:
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--key", action="store_true", help="print the log's public key instead")
    what.add_argument("--cosigned", action="store_true", help="with the cosignatures that it has")
    what.add_argument(
        "--print", action="store_true", help="as a page to be printed, with how to check it later"
    )


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
