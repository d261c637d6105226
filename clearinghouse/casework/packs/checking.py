"""The command line of the verifier: making a key, opening a pack that came encrypted, and saying what a pack proves."""

import os
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

from clearinghouse.casework.packs.contents import VERIFIER, Given
from clearinghouse.casework.packs.verifier import verify_pack
from clearinghouse.vault.envelopes import (
    EnvelopeBroken,
    PrivateKey,
    create_private_key,
    is_envelope,
    open_envelope,
    read_private_key,
)

SEALED = ".sealed"
_HASHED_AT_ONCE = 1 << 20


def main(arguments: Sequence[str] | None = None) -> int:
    """Verify a pack from the command line. Exit status 0 where nothing is wrong, otherwise 1."""
    parser = ArgumentParser(
        prog=VERIFIER,
        description="Say what a regulator's pack of Clearinghouse proves, and what it does not.",
        epilog="It reads the pack and sends nothing anywhere.",
    )
    add_arguments(parser)
    return check(parser.parse_args(arguments))


def add_arguments(parser: ArgumentParser) -> None:
    """What the command line takes."""
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("pack", nargs="?", type=Path, help="the pack as you collected it")
    what.add_argument(
        "--new-key", metavar="FILE", type=Path, help="make a key of your own, to which packs are encrypted"
    )
    parser.add_argument(
        "--key",
        metavar="FILE",
        type=Path,
        help="your key, for a pack that came encrypted; it is opened beside it",
    )
    parser.add_argument(
        "--log-key", metavar="KEY", help="the log's public key, as you had it apart from the pack"
    )
    parser.add_argument(
        "--witness", action="append", default=[], metavar="KEY", help="a witness that must have cosigned"
    )
    parser.add_argument(
        "--checkpoint",
        action="append",
        default=[],
        metavar="FILE",
        help="a checkpoint that you hold, or what 'clearinghouse ledger proof --since' printed",
    )


def check(given: Namespace) -> int:
    """Do what the command line asks, and print what came of it. Returns the exit status."""
    try:
        return _make_key(given.new_key) if given.new_key else _check_pack(given)
    except EnvelopeBroken as error:
        sys.stderr.write(f"{error}\n")
    except FileExistsError as error:
        sys.stderr.write(f"{error.filename} stands there already. Move it away, or give another name.\n")
    except OSError as error:
        sys.stderr.write(f"{error.filename}: {error.strerror}\n")
    except UnicodeDecodeError:
        sys.stderr.write("One of the files that were given is not text.\n")
    return 1


def _make_key(path: Path) -> int:
    key = create_private_key(path)
    sys.stdout.write(
        f"Your private key is in {path}. Show it to nobody. Without it a pack that is encrypted to you cannot be\n"
        "opened, by you or by anybody: keep a copy where only you can reach it.\n\n"
        f"Give this line under Packs, Your key:\n\n  {key.text}\n\n"
        f"When an audit officer rings you, read them its fingerprint:\n\n  {key.fingerprint}\n"
    )
    return 0


def _check_pack(given: Namespace) -> int:
    outside = [Path(each).read_text(encoding="utf-8") for each in given.checkpoint]
    with given.pack.open("rb") as file:
        sealed = is_envelope(file)
    if sealed and given.key is None:
        raise EnvelopeBroken(
            "This pack is encrypted to your key. Give the file of your private key by --key."
        )
    pack, opened_with = given.pack, None
    if sealed:
        private = read_private_key(given.key.read_text(encoding="ascii"))
        pack, opened_with = _opened(given.pack, private), private.public.fingerprint
        sys.stdout.write(f"Opened with your key, into {pack}. Read report.html in it.\n\n")
    with pack.open("rb") as file:
        found = verify_pack(file, Given(given.log_key, given.witness, outside, opened_with))
    sys.stdout.write(found.text)
    if found.delivered_to and not sealed:
        sys.stdout.write("\nIt came encrypted: confirm the SHA-256 of that file, and not of this one.\n")
    elif found.holds:
        sys.stdout.write(
            f"\nTo confirm under Packs that it arrived, its SHA-256:\n\n  {_sha256(given.pack)}\n"
        )
    return 0 if found.holds else 1


def _opened(path: Path, key: PrivateKey) -> Path:
    """The pack out of its envelope, in a file beside it. Where it does not open whole, no file is left."""
    name = path.name.removesuffix(SEALED)
    target = path.with_name(name if name != path.name else f"{name}.zip")
    handle = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
    with path.open("rb") as sealed, os.fdopen(handle, "wb") as file:
        try:
            for stretch in open_envelope(sealed, key):
                file.write(stretch)
        except BaseException:
            target.unlink()
            raise
    return target


def _sha256(path: Path) -> str:
    hashed = sha256()
    with path.open("rb") as file:
        while chunk := file.read(_HASHED_AT_ONCE):
            hashed.update(chunk)
    return hashed.hexdigest()
