"""What a pack is made of, and what a verification of one is given and says."""

import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from textwrap import fill
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
    "What was never written down. A talk that nobody recorded leaves no trace to check.",
    "Whether what was written down is true. What is proved is what was written, and that it was not altered since.",
    "A second history, made up by whoever holds the log's key. A witness (--witness) or your checkpoint shows it.",
    "Anything after the moment at which the pack was made. Ask for another pack to learn what happened since.",
    "That the installation's clock was right. The times are its own; those of a witness are the witness's.",
    "The councils' names, the cases' references and in what capacity somebody acted: signed, and shown by no event.",
    "Why something is kept back. That it is, and how much of it, is said above.",
    "That this program is the published one, where you took it from the pack or from its sender. Compare the two.",
)
_WIDTH = 100


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
        if self.holds:
            head = (
                "THIS PACK HOLDS. It is whole, and nothing that it shows was altered since it was recorded."
            )
        else:
            head = (
                "THIS PACK DOES NOT HOLD. Do not rely on it, and keep it: it shows that something is wrong."
            )
        parts = [
            ("What is wrong", self.faults),
            ("What was proved" if self.holds else "What was proved before that came to light", self.proved),
            ("What was not proved, and could have been", self.not_proved),
            ("What no pack can show", NOT_DETECTABLE),
        ]
        lines = [head]
        for heading, sentences in parts:
            if sentences:
                lines += ["", heading, "", *(_item(sentence) for sentence in sentences)]
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


def _item(sentence: str) -> str:
    """A sentence of a list, in lines that a window shows whole; keys stay on one line, to be copied."""
    return fill(
        sentence,
        _WIDTH,
        initial_indent="  - ",
        subsequent_indent="    ",
        break_long_words=False,
        break_on_hyphens=False,
    )


def in_words(day: date) -> str:
    """A day as people say it."""
    return f"{day.day} {day:%B %Y}"


def hashes_of(text: object) -> list[bytes]:
    """The hashes of a path, out of the base64 of all of them. Raises Fault where it is none."""
    try:
        joined = base64.b64decode(str(text), validate=True)
    except (binascii.Error, ValueError) as error:
        raise Fault("A proof is not made of hashes.") from error
    each = len(NOTHING_BEFORE)
    if len(joined) % each:
        raise Fault("A proof is not made of hashes.")
    return [joined[start : start + each] for start in range(0, len(joined), each)]


def hash_of(text: object) -> bytes:
    """One hash of a proof, out of its base64. Raises Fault where it is none."""
    try:
        found = base64.b64decode(str(text), validate=True)
    except (binascii.Error, ValueError) as error:
        raise Fault("A proof is not made of hashes.") from error
    if len(found) != len(NOTHING_BEFORE):
        raise Fault("A proof is not made of hashes.")
    return found
