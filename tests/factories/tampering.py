"""Packs that were tampered with, and signed again by whoever holds the log's key: the proofs stand against that."""

import io
import json
import zipfile
from collections.abc import Callable
from hashlib import sha256
from typing import Any

from clearinghouse.casework.packs.contents import MANIFEST
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
