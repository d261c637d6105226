"""`clearinghouse ledger anchor` and `ledger cosign`: what third parties say of the log, fetched or carried here."""

import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path

from clearinghouse.casework.anchors.cosigning import Cosigned, ask_witnesses, take_cosignatures
from clearinghouse.casework.anchors.posting import checkpoint_in
from clearinghouse.casework.anchors.stamping import Stamped, question, stamp_now, take_answer
from clearinghouse.casework.errors import Refused
from clearinghouse.casework.log import keep_log
from clearinghouse.commands.command import Command, Context


def _anchor(context: Context, given: Namespace) -> int:
    world = context.open_world()
    if given.response:
        print(_stamped(take_answer(world, given.response.read_bytes())))
        return 0
    keep_log(world)
    if given.request:
        given.request.write_bytes(question(world))
        sys.stderr.write(
            f"Have {given.request} answered by the authority, then give the answer with --response.\n"
        )
        return 0
    print(_stamped(stamp_now(world)))
    return 0


def _anchor_arguments(parser: ArgumentParser) -> None:
    way = parser.add_mutually_exclusive_group()
    way.add_argument(
        "--request", type=Path, metavar="FILE", help="write the request, to be carried to the authority"
    )
    way.add_argument(
        "--response", type=Path, metavar="FILE", help="keep the authority's answer to such a request"
    )


def _stamped(done: Stamped) -> str:
    return f"The log of {done.size:,} leaves was there on {done.stamp.at:%d %B %Y at %H:%M} UTC, says {done.stamp.by}."


def _cosign(context: Context, given: Namespace) -> int:
    world = context.open_world()
    if given.file:
        for each in take_cosignatures(world, checkpoint_in(given.file.read_bytes()), given.witness):
            print(_cosigned(each))
        return 0
    if not any(each.url for each in world.outside.witnesses):
        raise Refused("no witness has an address in CLEARINGHOUSE_WITNESSES; give what one cosigned as FILE")
    keep_log(world)
    done = ask_witnesses(world, at_once=True)
    for each in done:
        print(_cosigned(each))
    if not done:
        raise Refused("no witness cosigned anything new; 'clearinghouse doctor' says how each answered")
    return 0


def _cosign_arguments(parser: ArgumentParser) -> None:
    parser.add_argument(
        "file", nargs="?", type=Path, metavar="FILE", help="what 'clearinghouse witness' printed"
    )
    parser.add_argument(
        "--witness", action="append", default=[], metavar="KEY", help="a witness that no setting names"
    )


def _cosigned(done: Cosigned) -> str:
    return f"{done.witness} cosigned the log of {done.size:,} leaves on {done.at:%d %B %Y at %H:%M} UTC."


ANCHOR = Command(
    "ledger anchor",
    "have the newest checkpoint time-stamped by a third party",
    _anchor,
    _anchor_arguments,
    more="""Asks the authority of CLEARINGHOUSE_TSA_URL (RFC 3161), as the clock does once a day. Without network:

  clearinghouse ledger anchor --request checkpoint.tsq    (carry it to the authority)
  clearinghouse ledger anchor --response checkpoint.tsr   (and its answer back)

'clearinghouse ledger verify' checks every stamp that is kept against CLEARINGHOUSE_TSA_CERTIFICATES.""",
)
COSIGN = Command(
    "ledger cosign",
    "ask the witnesses for their cosignatures, or keep one that was carried here",
    _cosign,
    _cosign_arguments,
    more="""The clock asks those of CLEARINGHOUSE_WITNESSES that have an address (C2SP tlog-witness) by itself.
With FILE, keeps what a witness without an address cosigned by 'clearinghouse witness'.""",
)
