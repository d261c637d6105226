"""A device that makes passkeys and answers with them as an authenticator does, and as a dishonest one might."""

import json
import struct
from dataclasses import dataclass, field
from hashlib import sha256
from secrets import token_bytes
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from webauthn.helpers import base64url_to_bytes, encode_cbor
from webauthn.helpers import bytes_to_base64url as text

from clearinghouse.access.roles import Actor
from clearinghouse.casework.sign_in.passkeys import add_passkey, ask_for_new_passkey
from clearinghouse.casework.world import World

ORIGIN = "http://localhost:8000"
_PRESENT, _VERIFIED, _ATTESTED = 0x01, 0x04, 0x40


@dataclass
class Device:
    """One passkey on one device. `counter` None is a device that counts nothing, as synced ones do."""

    counter: int | None = 0
    origin: str = ORIGIN
    host: str = "localhost"
    looks_at_people: bool = True
    user: bytes = b""
    credential: bytes = field(default_factory=lambda: token_bytes(32))
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    def make(self, question: str, **changed: Any) -> str:
        """Answer a question to make a passkey."""
        asked = json.loads(question)
        self.user = base64url_to_bytes(asked["user"]["id"])
        numbers = self.key.public_key().public_numbers()
        x, y = numbers.x.to_bytes(32, "big"), numbers.y.to_bytes(32, "big")
        public = encode_cbor({1: 2, 3: -7, -1: 1, -2: x, -3: y})
        attested = bytes(16) + struct.pack(">H", len(self.credential)) + self.credential + public
        data = self._data(_ATTESTED) + attested
        made = encode_cbor({"fmt": "none", "attStmt": {}, "authData": data})
        said = {
            "clientDataJSON": text(self._client("webauthn.create", asked["challenge"])),
            "attestationObject": text(made),
        }
        return self._answer(said, changed)

    def prove(self, question: str, **changed: Any) -> str:
        """Answer a question to prove the passkey; `changed` replaces parts of the answer."""
        asked = json.loads(question)
        if self.counter is not None:
            self.counter += 1
        data, client = self._data(), self._client("webauthn.get", asked["challenge"])
        signature = self.key.sign(data + sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        said = {
            "clientDataJSON": text(client),
            "authenticatorData": text(data),
            "signature": text(signature),
            "userHandle": text(self.user),
        }
        return self._answer(said, changed)

    def _data(self, more: int = 0) -> bytes:
        flags = _PRESENT | more | (_VERIFIED if self.looks_at_people else 0)
        return sha256(self.host.encode()).digest() + bytes([flags]) + struct.pack(">I", self.counter or 0)

    def _client(self, kind: str, challenge: str) -> bytes:
        return json.dumps({"type": kind, "challenge": challenge, "origin": self.origin}).encode()

    def _answer(self, said: dict[str, str], changed: dict[str, Any]) -> str:
        identity = text(changed.pop("credential", self.credential))
        return json.dumps(
            {"id": identity, "rawId": identity, "type": "public-key", "response": {**said, **changed}}
        )


def with_passkey(world: World, actor: Actor, token: str, name: str = "Telephone", **more: Any) -> Device:
    """Add a passkey to the account of whoever has this session; gives the device that it is on."""
    device = Device(**more)
    answer = device.make(ask_for_new_passkey(world, actor, token))
    add_passkey(world, actor, token, name, answer)
    return device
