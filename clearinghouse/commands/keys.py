"""`clearinghouse keys`: how the keys stand, their rotation, and the copy that people hold shares of."""

import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path

from clearinghouse.casework.keys import (
    KeyStatus,
    add_epoch,
    key_status,
    recover,
    retire,
    rotate,
    share_recovery,
)
from clearinghouse.commands.command import Command, Context

_TO_RETIRE = "'clearinghouse keys retire' takes the old keys away; keep a copy of them with the backups that need them."


def _status(context: Context, _given: Namespace) -> int:
    _show(key_status(context.open_world(), context.settings.key_file))
    return 0


def _show(status: KeyStatus) -> None:
    for epoch in sorted({*status.held, *status.data_keys}):
        current = ", the current one" if epoch == status.current else ""
        lacking = "" if epoch in status.held else ", WHOSE KEY IS NOT THERE"
        print(f"Epoch {epoch}{current}{lacking}: {status.data_keys.get(epoch, 0):,} data keys")
    if status.waiting:
        print(f"{status.waiting:,} data keys wait for the current epoch: run 'clearinghouse keys rotate'.")
    elif status.unused:
        print(_TO_RETIRE)
    if not status.has_recovery:
        print("Nobody holds shares of a recovery key; 'clearinghouse keys share' makes them.")


def _rotate(context: Context, given: Namespace) -> int:
    world, key_file = context.open_world(), context.settings.key_file
    if given.add:
        epoch = add_epoch(world, key_file)
        print(f"The key of epoch {epoch} is in {key_file}, and is not used yet.")
        print("Copy the file to every host, restart the service there, and run 'clearinghouse keys rotate'.")
        return 0
    screen = sys.stderr.isatty()

    def tell(done: int, total: int) -> None:
        if screen:
            sys.stderr.write(f"\r{done:,} of {total:,} data keys")

    status = rotate(world, key_file, tell)
    sys.stderr.write("\n" if screen else "")
    print(f"Every data key is under epoch {status.current}.")
    if status.unused:
        print(_TO_RETIRE)
    return 0


def _retire(context: Context, _given: Namespace) -> int:
    epochs = retire(context.open_world(), context.settings.key_file)
    print(f"The key file holds no key of epoch {', '.join(map(str, epochs))} any more.")
    return 0


def _share(context: Context, given: Namespace) -> int:
    shares, copy = share_recovery(context.open_world(), context.settings.key_file, given.needed, given.shares)
    for number, words in enumerate(shares, 1):
        print(f"Share {number} of {len(shares)}; {given.needed} of them open the copy\n\n{_in_rows(words)}\n")
    print(
        f"Give each to another person, on paper, and clear this screen: nothing keeps them.\nThe copy: {copy}"
    )
    return 0


def _in_rows(words: str, most: int = 6) -> str:
    each = words.split()
    return "\n".join("  " + " ".join(each[start : start + most]) for start in range(0, len(each), most))


def _recover(context: Context, given: Namespace) -> int:
    shares: list[str] = []
    print("Type or paste each share on one line, and an empty line after the last.", flush=True)
    for line in sys.stdin:
        if not line.strip():
            break
        shares.append(line)
    epoch = recover(given.copy, context.settings.key_file, shares)
    print(
        f"{context.settings.key_file} is written again, its current epoch {epoch}. Run 'clearinghouse doctor'."
    )
    return 0


def _rotate_arguments(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--add", action="store_true", help="only add the new key, to be copied to other hosts"
    )


def _share_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("--shares", type=int, default=5, metavar="N", help="how many are made (5)")
    parser.add_argument("--needed", type=int, default=3, metavar="K", help="how many of them are needed (3)")


def _recover_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("copy", type=Path, metavar="COPY", help="the sealed copy, KEYFILE.recovery")


STATUS = Command("keys status", "say under which keys everything is sealed", _status)
ROTATE = Command(
    "keys rotate",
    "begin a new key, and bring everything under it",
    _rotate,
    _rotate_arguments,
    more="""The service goes on meanwhile. Whatever stops it, run it again and it goes on.
Where several hosts have a copy of the key file each, run it with --add first.""",
)
RETIRE = Command("keys retire", "take away the keys that nothing is under any more", _retire)
SHARE = Command(
    "keys share",
    "print shares of a recovery key, some of which give a lost key file back",
    _share,
    _share_arguments,
    more="""A copy of the key file, sealed to the recovery key, is kept beside it and goes with it through
every rotation. Running it again makes new shares; the former ones open nothing after that.""",
)
RECOVER = Command(
    "keys recover",
    "write a lost key file again, with enough shares",
    _recover,
    _recover_arguments,
    more="Reads the shares from the standard input. It never replaces a key file.",
)
