"""Packs that were tampered with, and signed again by whoever holds the log's key: the proofs stand against that."""

import base64
import io
import json
import zipfile
from collections.abc import Callable
from hashlib import sha256
from typing import Any

from clearinghouse.casework.packs.contents import CHECKPOINT, EVENTS, MANIFEST, PROOFS
from clearinghouse.vault.disclosures import digest_of
from clearinghouse.vault.jws import read_jws, sign_jws
from clearinghouse.vault.log_key import LogKey

Lines = list[dict[str, Any]]


class OpenedPack:
    """A pack taken apart, to be changed and put together again."""

    def __init__(self, raw: bytes) -> None:
        with zipfile.ZipFile(io.BytesIO(raw)) as pack:
            self.files = {name: pack.read(name) for name in pack.namelist()}

    def lines(self, name: str) -> Lines:
        """The lines of one of the files."""
        return [json.loads(line) for line in self.files[name].splitlines()]

    def write_lines(self, name: str, lines: Lines) -> None:
        """Put other lines there."""
        self.files[name] = "".join(json.dumps(each) + "\n" for each in lines).encode()

    def change(self, name: str, change: Callable[[Lines], None]) -> None:
        """Change the lines of one of the files."""
        lines = self.lines(name)
        change(lines)
        self.write_lines(name, lines)

    @property
    def manifest(self) -> dict[str, Any]:
        """What the manifest says."""
        return read_jws(self.files[MANIFEST].decode())[1]

    def sign_again(self, key: LogKey, **changed: object) -> None:
        """A manifest that fits what the pack holds now, signed by this key."""
        files = {name: sha256(raw).hexdigest() for name, raw in self.files.items() if name != MANIFEST}
        said = {**self.manifest, "files": files, **changed}
        kid = f"{key.verifier.name}+{key.verifier.key_id.hex()}"
        self.files[MANIFEST] = sign_jws(said, key.signer.private, kid).encode()

    def bytes(self) -> bytes:
        """The pack as a file again."""
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as pack:
            for name, raw in self.files.items():
                pack.writestr(name, raw)
        return out.getvalue()


def foreign_event(ours: bytes, theirs: bytes, key: LogKey) -> bytes:
    """An event of another case, true and logged, told as if it belonged to this one."""
    pack, other = OpenedPack(ours), OpenedPack(theirs)
    for name in BOTH:
        pack.write_lines(name, [*pack.lines(name), other.lines(name)[0]])
    pack.sign_again(key, events=len(pack.lines(EVENTS)))
    return pack.bytes()


def old_checkpoint(raw: bytes, note: str, key: LogKey) -> tuple[bytes, bytes]:
    """A checkpoint that the log did sign, earlier: as it is, and with a manifest that says so."""
    pack = OpenedPack(raw)
    pack.files[CHECKPOINT] = note.encode()
    pack.sign_again(key)
    plain = pack.bytes()
    lines = note.split("\n")
    pack.sign_again(key, checkpoint={"size": int(lines[1]), "root": lines[2]})
    return plain, pack.bytes()


def attacked(raw: bytes, attack: str, key: LogKey) -> bytes:
    """One of the attacks on the lines of the pack, whose manifest the log's key signs again."""
    files, change, _ = ATTACKS[attack]
    pack = OpenedPack(raw)
    for name in files:
        pack.change(name, change)
    pack.sign_again(key, events=len(pack.lines(EVENTS)))
    return pack.bytes()


def _drop(lines: Lines) -> None:
    del lines[4]


def _swap(lines: Lines) -> None:
    lines[4], lines[5] = lines[5], lines[4]


def _cut(lines: Lines) -> None:
    del lines[-3:]


def _alter(lines: Lines) -> None:
    line = next(each for each in lines if '"offer:made"' in each.get("body", ""))
    line["body"] = line["body"].replace("2026-10", "2026-09")


def _forge(lines: Lines) -> None:
    """Another value under a digest that no event holds."""
    line = next(each for each in lines if each.get("disclosures"))
    line["disclosures"][0] = line["disclosures"][0][:-4] + "AAAA"


def _move(lines: Lines) -> None:
    first, second = [each for each in lines if each.get("disclosures")][:2]
    second["disclosures"].append(first["disclosures"].pop())


def _twice(lines: Lines) -> None:
    line = next(each for each in lines if each.get("disclosures"))
    line["disclosures"].append(line["disclosures"][0])


def _hide(lines: Lines) -> None:
    """An event shown by another hash than its own."""
    line = next(each for each in lines if "hash" in each)
    line["hash"] = "00" * 32


def _rewrite(lines: Lines) -> None:
    """An event with another fact, the digest of which stands in it: only the chain and the log speak against it."""
    line = next(each for each in lines if each.get("disclosures"))
    body, old = json.loads(line["body"]), line["disclosures"][0]
    salt, name, _ = json.loads(base64.urlsafe_b64decode(old + "=" * (-len(old) % 4)))
    new = base64.urlsafe_b64encode(json.dumps([salt, name, None]).encode()).rstrip(b"=").decode()
    body["_sd"] = sorted({*body["_sd"], digest_of(new)} - {digest_of(old)})
    line["body"], line["disclosures"][0] = json.dumps(body, sort_keys=True, separators=(",", ":")), new


BOTH = (EVENTS, PROOFS)
ATTACKS: dict[str, tuple[tuple[str, ...], Callable[[Lines], None], str]] = {
    "an event dropped": (BOTH, _drop, "does not follow"),
    "an event dropped, and not its proof": (
        (EVENTS,),
        _drop,
        "does not follow|not stand in the log|proofs of events",
    ),
    "two reordered": (BOTH, _swap, "does not follow"),
    "the tail cut": (BOTH, _cut, "does not end where the log says|not hold as many"),
    "an event altered": ((EVENTS,), _alter, "not stand in the log|does not follow"),
    "a forged disclosure": ((EVENTS,), _forge, "a disclosure was forged, or belongs elsewhere"),
    "a disclosure moved": ((EVENTS,), _move, "a disclosure was forged, or belongs elsewhere"),
    "a disclosure shown twice": ((EVENTS,), _twice, "twice"),
    "an event hidden behind another hash": ((EVENTS,), _hide, "not stand in the log|does not follow"),
    "an event written anew": ((EVENTS,), _rewrite, "not stand in the log|does not follow"),
    "the proofs of others": ((PROOFS,), _swap, "not stand in the log|proof of another"),
    "a proof missing": ((PROOFS,), _cut, "no proof"),
}
