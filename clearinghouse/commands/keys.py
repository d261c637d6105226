"""`clearinghouse keys`: how the keys stand, their rotation, and the copy that people hold shares of."""

import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from pathlib import Path

from clearinghouse.casework.upkeep.keys import (
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
    _show(key_status(context.open_world(), context.settings))
    return 0


def _show(sets: Sequence[KeyStatus]) -> None:
    for each in sets:
        if len(sets) > 1:
            print(f"{'Keys of sources' if each.of_sources else 'Ordinary keys'}, {each.setting.file}")
        for epoch in sorted({*each.held, *each.data_keys}):
            print(f"Epoch {epoch}{_remarks(each, epoch)}: {each.data_keys.get(epoch, 0):,} data keys")
        if each.moves_to:
            print(f"New keys are to come from {each.moves_to}: run 'clearinghouse keys rotate'.")
        if not each.has_recovery:
            print("Nobody holds shares of a recovery key; 'clearinghouse keys share' makes them.")
    if waiting := sum(each.waiting for each in sets):
        print(f"{waiting:,} data keys wait for the current epoch: run 'clearinghouse keys rotate'.")
    elif any(each.unused for each in sets):
        print(_TO_RETIRE)


def _remarks(keys: KeyStatus, epoch: int) -> str:
    current = ", the current one" if epoch == keys.current else ""
    outside = f", {keys.held[epoch]}" if keys.held.get(epoch) else ""
    if epoch not in keys.readable:
        return f"{current}, WHOSE KEY IS NOT THERE"
    return current + (outside if epoch in keys.held else ", an ordinary key")


def _rotate(context: Context, given: Namespace) -> int:
    world, settings = context.open_world(), context.settings
    if given.add:
        for epoch in add_epoch(world, settings):
            print(f"The key of epoch {epoch} is added, and is not used yet.")
        print(
            "Bring the key file to every host, restart the service there, and run 'clearinghouse keys rotate'."
        )
        return 0
    screen = sys.stderr.isatty()

    def tell(done: int, total: int) -> None:
        if screen:
            sys.stderr.write(f"\r{done:,} of {total:,} data keys")

    sets = rotate(world, settings, tell)
    sys.stderr.write("\n" if screen else "")
    for each in sets:
        print(f"Every data key{' of sources' if each.of_sources else ''} is under epoch {each.current}.")
    if any(each.unused for each in sets):
        print(_TO_RETIRE)
    return 0


def _retire(context: Context, _given: Namespace) -> int:
    epochs, said = retire(context.open_world(), context.settings)
    print(f"No key file holds a key of epoch {', '.join(map(str, epochs))} any more.")
    print("\n".join(said), end="\n" if said else "")
    return 0


def _share(context: Context, given: Namespace) -> int:
    shares, copies = share_recovery(context.open_world(), context.settings, given.needed, given.shares)
    for number, words in enumerate(shares, 1):
        print(f"Share {number} of {len(shares)}; {given.needed} of them open the copy\n\n{_in_rows(words)}\n")
    print("Give each to another person, on paper, and clear this screen: nothing keeps them.")
    for copy in copies:
        print(f"The copy: {copy}")
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
    file, epoch = recover(given.copy, context.settings, shares)
    print(f"{file} is written again, its current epoch {epoch}. Run 'clearinghouse doctor'.")
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
It brings sources under keys of their own too, where the settings have begun to name them.
Where several hosts have a copy of the key file each, or systemd hands it over, run it with --add first.""",
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
