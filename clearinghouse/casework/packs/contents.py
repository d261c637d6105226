"""What a pack is made of, and what a verification of one is given and says."""

import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from clearinghouse.casework.packs.retelling import Retold
from clearinghouse.vault.leaves import NOTHING_BEFORE
from clearinghouse.vault.notes import Checkpoint, Note, Verifier

PACK_FORMAT = 1
MANIFEST, CHECKPOINT, EVENTS, PROOFS, STREAMS = (
    "manifest.json",
    "checkpoint",
    "events.jsonl",
    "proofs.jsonl",
    "streams.json",
)
REPORT, README, VERIFIER = "report.html", "README.txt", "verify.py"
SIGNED_FILES = (CHECKPOINT, EVENTS, PROOFS, STREAMS, REPORT, README, VERIFIER)
NOT_DETECTABLE = (
    "What never was recorded. That somebody talked, and nobody wrote it down, leaves no trace to check.",
    "Whether what was recorded is true. The log proves what was written, when, and that it was not altered since.",
    "A second history signed by whoever holds the log's key. Give --witness, or --checkpoint with one of your own.",
    "Anything after the pack's checkpoint. Ask for another pack to learn what happened since.",
    "The clock of the installation: the instants are its own. A witness's instants are the witness's.",
    "Councils' names, references, the readable report and who had which capacity: no event shows these.",
    "Why an event withholds what it withholds. That it does, and how much, is said above.",
    "That this verifier is the published one, where it came in the pack: compare it with the program's source.",
)


class Fault(Exception):
    """Something in the pack is not as it must be."""


@dataclass
class Verified:
    """What was looked at: what is proved, what is not though it might have been, and what is wrong.

    `delivered_to` is the fingerprint of the key that the pack says it was encrypted to; empty where it was to none.
    """

    proved: list[str] = field(default_factory=list)
    not_proved: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    retold: list[Retold] = field(default_factory=list)
    delivered_to: str = ""

    @property
    def holds(self) -> bool:
        """Whether nothing is wrong."""
        return not self.faults

    @property
    def text(self) -> str:
        """All of it in words."""
        lines = []
        if self.faults:
            lines += ["THIS PACK DOES NOT HOLD.", "", "Wrong:", *(f"  - {each}" for each in self.faults), ""]
        lines += ["Proved:", *(f"  - {each}" for each in self.proved or ("nothing",)), ""]
        if self.not_proved:
            lines += ["Not proved:", *(f"  - {each}" for each in self.not_proved), ""]
        lines += ["What no pack can show:", *(f"  - {each}" for each in NOT_DETECTABLE), ""]
        lines.append("The pack holds." if self.holds else "The pack does not hold. Do not rely on it.")
        return "\n".join(lines) + "\n"


@dataclass(frozen=True)
class Given:
    """What stands outside the pack: the log's key and the witnesses' as lines, and texts of checkpoints or proofs.

    `opened_with` is the fingerprint of the key with which it was opened; None where it came unencrypted.
    """

    log_key: str | None = None
    witnesses: Sequence[str] = ()
    outside: Sequence[str] = ()
    opened_with: str | None = None


@dataclass(frozen=True)
class Signed:
    """What the manifest says, under whose key, and the checkpoint."""

    key: Verifier
    said: Mapping[str, Any]
    note: Note
    checkpoint: Checkpoint


NOTHING_OUTSIDE = Given()
"""Where the pack alone is looked at."""


def hash_of(text: object) -> bytes:
    """One hash of a proof, out of its base64. Raises Fault where it is none."""
    try:
        found = base64.b64decode(str(text), validate=True)
    except (binascii.Error, ValueError) as error:
        raise Fault("A proof is not made of hashes.") from error
    if len(found) != len(NOTHING_BEFORE):
        raise Fault("A proof is not made of hashes.")
    return found
