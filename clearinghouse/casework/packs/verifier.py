"""What a regulator's pack proves: checked piece by piece, and said in words. Everything here is also in verify.py."""

import base64
import json
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from pathlib import Path
from typing import IO, Any
from uuid import UUID

from clearinghouse.casework.packs.contents import (
    CHECKPOINT,
    EVENTS,
    MANIFEST,
    NOTHING_OUTSIDE,
    PACK_FORMAT,
    PROOFS,
    SIGNED_FILES,
    STREAMS,
    Fault,
    Given,
    Signed,
    Verified,
    hash_of,
    hashes_of,
    in_words,
)
from clearinghouse.casework.packs.retelling import NEEDED, Happened, retell
from clearinghouse.casework.packs.witnesses import check_witnesses
from clearinghouse.vault.disclosures import digest_of, read_disclosure
from clearinghouse.vault.heads import Head, HeadProof, check_head
from clearinghouse.vault.jws import JwsBroken, check_jws, read_jws
from clearinghouse.vault.leaves import NOTHING_BEFORE, event_hash, event_leaf, heads_leaf
from clearinghouse.vault.merkle import ProofBroken, check_inclusion
from clearinghouse.vault.notes import (
    Checkpoint,
    NoteBroken,
    read_checkpoint,
    read_note,
    read_verifier,
    verified,
)

_AT_ONCE = 1 << 20


@dataclass(frozen=True)
class _Line:
    """One event of the pack; `body` is None for one that is shown by its hash alone."""

    stream: str
    body: Mapping[str, Any] | None
    hash: bytes
    shown: Mapping[str, object]
    withheld: int


_DAMAGED = (zipfile.BadZipFile, EOFError, NotImplementedError, OSError)
"""All that zipfile raises for a file that is damaged or of a kind that it does not know."""


def verify_pack(file: Path | IO[bytes], given: Given = NOTHING_OUTSIDE) -> Verified:
    """Look at everything in the pack that can be checked, and say what came of it. Reads only."""
    found = Verified()
    try:
        with zipfile.ZipFile(file) as pack:
            _verify(pack, given, found)
    except Fault as fault:
        found.faults.append(str(fault))
    except _DAMAGED:
        found.faults.append("The file is damaged, or is no pack.")
    except NoteBroken as error:
        found.faults.append(f"A key or a checkpoint is not one: {error}.")
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, OverflowError, RecursionError):
        found.faults.append("Something in the pack cannot be read, though its place is known.")
    return found


def _verify(pack: zipfile.ZipFile, given: Given, found: Verified) -> None:
    names = sorted(each.filename for each in pack.infolist())
    if names != sorted((MANIFEST, *SIGNED_FILES)):
        raise Fault("The pack does not hold exactly the files that a pack holds.")
    signed = _signed(pack, given, found)
    _check_files(pack, signed.said, found)
    check_witnesses(pack, signed, given, found)
    streams = json.loads(pack.read(STREAMS))
    root = _check_ends(streams, signed, found)
    told = _check_streams(pack, streams, signed, root, found)
    _check_findings(told, found)


def _signed(pack: zipfile.ZipFile, given: Given, found: Verified) -> Signed:
    """The manifest and the checkpoint, both signed by the log's key."""
    text = pack.read(MANIFEST).decode("ascii")
    try:
        kid, manifest = read_jws(text)
        said: Mapping[str, Any] = manifest
        key = read_verifier(given.log_key or str(said["log_key"]))
        if kid != f"{key.name}+{key.key_id.hex()}" or said["log_key"] != key.text:
            raise Fault("The pack is signed with another key than the log's.")
        check_jws(text, key.public)
    except JwsBroken as error:
        raise Fault(f"The manifest is not what was signed: {error}.") from error
    if said["format"] != PACK_FORMAT:
        raise Fault("The pack has a format that this verifier does not know. Take a newer one.")
    made_at = datetime.fromisoformat(said["made_at"])
    found.proved.append(
        f"The pack was signed on {in_words(made_at)} at {made_at:%H:%M} UTC, with the key of the log {key.name}."
    )
    if given.log_key is None:
        found.not_proved.append(
            f"That this key is the log's own: it came with the pack. Compare it with the one that you were given "
            f"apart from the pack, or let it be compared by --log-key. The pack's says: {key.text}"
        )
    _check_recipient(said, given, found)
    note = read_note(pack.read(CHECKPOINT).decode("utf-8"))
    try:
        verified(note, [key])
    except NoteBroken as error:
        raise Fault(f"The checkpoint is not the log's: {error}.") from error
    checkpoint = read_checkpoint(note)
    claimed = said["checkpoint"]
    size_and_root = (checkpoint.size, base64.b64encode(checkpoint.root).decode())
    if checkpoint.origin != key.name or size_and_root != (claimed["size"], claimed["root"]):
        raise Fault("The checkpoint is another one than that for which the pack was made.")
    found.proved.append(
        f"At that moment the log had {checkpoint.size:,} entries, and signed a checkpoint over all of them: whoever "
        "changes one of them later cannot make the same checkpoint again."
    )
    return Signed(key, said, note, checkpoint)


def _check_recipient(said: Mapping[str, Any], given: Given, found: Verified) -> None:
    """Whether a pack that was opened with a key was made for that key, and not passed on by whom it was made for."""
    found.delivered_to = str(said["recipient_key"] or "")
    if given.opened_with is None:
        return
    if given.opened_with != found.delivered_to:
        raise Fault("The pack was not made for the key that opened it: somebody passed it on to you.")
    found.proved.append(f"The pack was made for your key, {given.opened_with}.")


def _check_files(pack: zipfile.ZipFile, said: Mapping[str, Any], found: Verified) -> None:
    if sorted(said["files"]) != sorted(SIGNED_FILES):
        raise Fault("The manifest does not name exactly the files of the pack.")
    for name in SIGNED_FILES:
        hashed = sha256()
        with pack.open(name) as file:
            while chunk := file.read(_AT_ONCE):
                hashed.update(chunk)
        if hashed.hexdigest() != said["files"][name]:
            raise Fault(f"{name} is not the file that was signed.")
    found.proved.append("Every file of the pack, the readable report too, is the one that was signed.")


def _check_ends(streams: Mapping[str, Any], signed: Signed, found: Verified) -> bytes:
    """The root of the map of streams' ends: the log's last leaf before the checkpoint commits to it."""
    ends, size = streams["ends"], signed.checkpoint.size
    root, path = hash_of(ends["root"]), [hash_of(each) for each in ends["path"]]
    try:
        check_inclusion(signed.checkpoint.root, size, size - 1, heads_leaf(int(ends["streams"]), root), path)
    except ProofBroken as error:
        raise Fault("The list of streams' ends is not the one under the checkpoint.") from error
    found.proved.append(
        f"Under the checkpoint stands where each of the log's {int(ends['streams']):,} histories ended, of which each "
        "case is one: an end that was cut off would show."
    )
    return root


def _check_streams(
    pack: zipfile.ZipFile, streams: Mapping[str, Any], signed: Signed, root: bytes, found: Verified
) -> list[tuple[str, list[Happened]]]:
    """Every stream whole to its proved end, every event in the log, every disclosure in its event."""
    cases = {str(each["stream"]): each for each in signed.said["cases"]}
    ends = {str(each["stream"]): each for each in streams["streams"]}
    if cases.keys() != ends.keys() or len(ends) != len(streams["streams"]):
        raise Fault("The pack does not prove the ends of exactly the cases that it is about.")
    told: dict[str, list[Happened]] = {stream: [] for stream in cases}
    last = dict.fromkeys(cases, (0, NOTHING_BEFORE, -1))
    shown = withheld = hidden = number = 0
    for line, proof in _lines_with_proofs(pack, signed.said):
        if line.stream not in cases:
            raise Fault(f"An event of {line.stream} belongs to none of the cases that the pack is about.")
        seq, before, place = last[line.stream]
        where = f"Event {seq + 1} of {cases[line.stream]['reference']}"
        if line.body and (line.body["seq"] != seq + 1 or line.body["prev"] != before.hex()):
            raise Fault(
                f"{where} does not follow the event before it: one is missing, altered or out of order."
            )
        if int(proof["index"]) <= place:
            raise Fault(f"{where} has the proof of another event.")
        _check_in_log(signed.checkpoint, line, proof, where)
        last[line.stream] = (seq + 1, line.hash, int(proof["index"]))
        number += 1
        if line.body is None:
            hidden += 1
            continue
        _check_scope(signed.said, cases[line.stream], line.body, line.shown, where)
        shown, withheld = shown + len(line.shown), withheld + line.withheld
        at = datetime.fromisoformat(line.body["at"])
        if line.body["type"] in NEEDED:
            told[line.stream].append(Happened(str(line.body["id"]), str(line.body["type"]), at, line.shown))
    for stream, (seq, hashed, _) in last.items():
        _check_end(root, ends[stream], Head(UUID(stream), seq, hashed), str(cases[stream]["reference"]))
    if number != signed.said["events"]:
        raise Fault("The pack does not hold as many events as it says.")
    found.proved.append(
        f"{number:,} events of {len(cases):,} {'case' if len(cases) == 1 else 'cases'}: none is missing, added, "
        "altered or out of order, from each case's first event to its last at that moment, and each is in the log."
    )
    found.proved.append(f"Each of the {shown:,} facts that are shown is what its event recorded.")
    found.not_proved.append(
        f"What the {withheld:,} values say that are kept back, among them who acted. Each is fixed all the same: if it "
        "is shown to you one day, it can only be the one that was recorded."
    )
    if hidden:
        found.not_proved.append(
            f"What the {hidden:,} {'event is' if hidden == 1 else 'events are'} of which nothing but a hash is shown. "
            "The installation says: who opened what, what was said to a source or between cases, what must be kept for "
            "a court, and nothing that a finding rests on. For that there is its word alone."
        )
    return [(str(cases[stream]["reference"]), events) for stream, events in told.items()]


def _lines_with_proofs(
    pack: zipfile.ZipFile, said: Mapping[str, Any]
) -> Iterator[tuple[_Line, Mapping[str, Any]]]:
    with pack.open(EVENTS) as events, pack.open(PROOFS) as proofs:
        for number, event in enumerate(events):
            proof = proofs.readline()
            if not proof:
                raise Fault(f"{int(said['events']) - number:,} events have no proof.")
            yield _line(event), json.loads(proof)
        if proofs.readline():
            raise Fault("There are proofs of events that the pack does not hold.")


def _line(raw: bytes) -> _Line:
    said = json.loads(raw)
    if "hash" in said:
        return _Line(str(said["stream"]), None, bytes.fromhex(said["hash"]), {}, 0)
    stored = str(said["body"]).encode("ascii")
    body = json.loads(stored)
    shown: dict[str, object] = {}
    digests = set(body["_sd"])
    for disclosure in said["disclosures"]:
        where = _name_of(body)
        if digest_of(disclosure) not in digests:
            raise Fault(
                f"{where} did not record what is shown of it: a disclosure was forged, or belongs elsewhere."
            )
        name, value = read_disclosure(disclosure)
        if name in shown:
            raise Fault(f"{where} is shown to record {name} twice.")
        shown[name] = value
    return _Line(str(body["stream_id"]), body, event_hash(stored), shown, len(digests) - len(shown))


def _check_in_log(checkpoint: Checkpoint, line: _Line, proof: Mapping[str, Any], where: str) -> None:
    path = hashes_of(proof["path"])
    try:
        check_inclusion(checkpoint.root, checkpoint.size, int(proof["index"]), event_leaf(line.hash), path)
    except ProofBroken as error:
        raise Fault(f"{where} does not stand in the log of the checkpoint.") from error


def _check_scope(
    said: Mapping[str, Any],
    case: Mapping[str, Any],
    body: Mapping[str, Any],
    shown: Mapping[str, object],
    where: str,
) -> None:
    allowed = set(said["shown"].get(body["type"], ()))
    if shown.keys() - allowed or (shown and body["seq"] > case["shown_to"]):
        raise Fault(f"{where} shows more than was approved.")


def _check_end(root: bytes, said: Mapping[str, Any], head: Head, reference: str) -> None:
    proof = HeadProof(
        int(said["index"]),
        int(said["size"]),
        tuple(hash_of(each) for each in said["beside"]),
        tuple(hash_of(each) for each in said["above"]),
    )
    try:
        check_head(root, head, proof)
    except ProofBroken as error:
        raise Fault(
            f"{reference} does not end where the log says that it ended: its last events are missing or altered."
        ) from error


def _check_findings(told: Sequence[tuple[str, list[Happened]]], found: Verified) -> None:
    """Each family-first finding, worked out anew by the protocol's own rules from the facts that are shown."""
    for reference, events in told:
        try:
            retold = retell(events)
        except (ValueError, TypeError) as error:
            raise Fault(f"{reference} records something that the protocol's rules do not know.") from error
        found.retold += retold
        for each in retold:
            if each.found is None:
                found.not_proved.append(
                    f"The family-first finding of an escalation of {reference}, since the pack withholds "
                    f"{'; '.join(each.withheld)}."
                )
            elif each.agrees:
                found.proved.append(
                    f"{reference}, escalation of {_day(each.on)}: “{each.found.result.words}” was worked out anew from "
                    "the facts that are shown, by the protocol's rules, and is what was recorded."
                )
            else:
                raise Fault(
                    f"{reference}, escalation of {_day(each.on)}: recorded is “{each.said}”, and from the facts "
                    f"follows “{each.found.result.value}”."
                )


def _day(day: date | None) -> str:
    return in_words(day) if day else "an unknown day"


def _name_of(body: Mapping[str, Any]) -> str:
    return f"Event {body['seq']} of {body['stream_id']} ({body['type']})"
