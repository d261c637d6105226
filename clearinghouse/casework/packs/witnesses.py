"""A pack's tree against what stands outside of it: witnesses' cosignatures, and checkpoints that somebody kept."""

import base64
import json
import zipfile
from collections.abc import Mapping
from datetime import UTC, datetime

from clearinghouse.casework.packs.contents import STREAMS, Fault, Given, Signed, Verified, hash_of, in_words
from clearinghouse.vault.merkle import ProofBroken, check_consistency
from clearinghouse.vault.notes import (
    COSIGNED,
    Note,
    NoteBroken,
    Verifier,
    read_checkpoint,
    read_note,
    read_verifier,
    verified,
)


def check_witnesses(pack: zipfile.ZipFile, signed: Signed, given: Given, found: Verified) -> None:
    """The pack's tree against what stands outside, and who cosigned it. Raises Fault where they do not agree."""
    notes, growth, grown = [signed.note], _growth(pack), dict[tuple[int, bytes], list[bytes]]()
    outside = [_outside(text, signed, grown) for text in given.outside]
    for note in outside:
        notes += _compared(note, signed, growth, grown, found)
    for line in given.witnesses:
        witness = read_verifier(line)
        if witness.kind != COSIGNED:
            raise Fault(f"{witness.name} is not the key of a witness.")
        stamps = [stamp for note in notes for stamp in _stamps(note, witness)]
        if not stamps:
            raise Fault(
                f"The witness {witness.name} did not cosign this checkpoint, nor one given here that begins with it. "
                "Whoever holds the log's key may have written a second history."
            )
        instant = datetime.fromtimestamp(min(stamps), UTC)
        found.proved.append(
            f"The witness {witness.name} cosigned the log that holds all this, on {in_words(instant)} at "
            f"{instant:%H:%M} UTC."
        )
    if not given.witnesses and not given.outside:
        found.not_proved.append(
            "That the installation shows everybody the same history: no witness and no checkpoint was given. Ask those "
            "who act as witnesses for their keys (--witness), or give a checkpoint that you kept (--checkpoint)."
        )


def _outside(text: str, signed: Signed, grown: dict[tuple[int, bytes], list[bytes]]) -> Note:
    """The checkpoint that was given; where it came with a proof that the pack's grew into it, that is kept beside."""
    ours, path = signed.checkpoint, None
    if text.startswith("old "):
        head, _, text = text.partition("\n\n")
        first, *lines = head.split("\n")
        if first != f"old {ours.size}":
            raise Fault(f"The proof of growth given here does not begin at the pack's {ours.size:,} entries.")
        path = [hash_of(each) for each in lines]
    note = read_note(text)
    try:
        verified(note, [signed.key])
    except NoteBroken as error:
        raise Fault("A checkpoint that was given here is not of the log that signed the pack.") from error
    if path is not None:
        theirs = read_checkpoint(note)
        grown[theirs.size, theirs.root] = path
    return note


def _compared(
    note: Note,
    signed: Signed,
    growth: Mapping[int, list[bytes]],
    grown: Mapping[tuple[int, bytes], list[bytes]],
    found: Verified,
) -> list[Note]:
    """The note that was given, where its tree is the pack's or begins with it. Raises Fault where they differ."""
    ours, theirs = signed.checkpoint, read_checkpoint(note)
    proof = grown.get((theirs.size, theirs.root))
    try:
        if theirs.size > ours.size and proof is None:
            found.not_proved.append(
                f"That the log of {theirs.size:,} entries, given here, begins with the pack's {ours.size:,}: give what "
                f"'clearinghouse ledger proof --since {ours.size}' prints as another --checkpoint."
            )
            return []
        if theirs.size >= ours.size:
            check_consistency(ours.size, ours.root, theirs.size, theirs.root, proof or [])
        elif theirs.size in growth:
            check_consistency(theirs.size, theirs.root, ours.size, ours.root, growth[theirs.size])
        else:
            found.not_proved.append(
                f"That the log grew out of the checkpoint of {theirs.size:,} entries given here."
            )
            return []
    except ProofBroken as error:
        raise Fault(
            f"THE LOG WAS REWRITTEN: the checkpoint of {theirs.size:,} entries given here and the pack's are of two "
            "histories. Keep both: together they prove it."
        ) from error
    found.proved.append(
        f"The pack and the checkpoint of {theirs.size:,} entries given here are of one history."
    )
    return [note] if theirs.size >= ours.size else []


def _stamps(note: Note, witness: Verifier) -> list[int]:
    """The instants at which the witness cosigned the note; none where it did not."""
    lines = [line.split(" ") for line in note.lines]
    materials = [base64.b64decode(material) for _, name, material in lines if name == witness.name]
    if not any(material.startswith(witness.key_id) for material in materials):
        return []
    try:
        return [each.stamp for each in verified(note, [witness]) if each.stamp is not None]
    except NoteBroken as error:
        raise Fault(f"The cosignature of {witness.name} does not fit the checkpoint.") from error


def _growth(pack: zipfile.ZipFile) -> dict[int, list[bytes]]:
    said = json.loads(pack.read(STREAMS))["growth"]
    return {int(each["size"]): [hash_of(path) for path in each["path"]] for each in said}
