"""Keys in HashiCorp Vault, or OpenBao: data keys go to its transit engine to be wrapped, and no key comes back.

Address, namespace and certificates are those of Vault's own variables: VAULT_ADDR, VAULT_NAMESPACE, VAULT_CACERT and
VAULT_CLIENT_CERT. A key is named MOUNT/KEY#VERSION.
"""

import base64
import os
import threading
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

from clearinghouse.vault.errors import KeysError, KeysUnreachable, SealBroken

_WAITS_SECONDS = 5
_ADDRESS = "http://127.0.0.1:8200"
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
T = TypeVar("T")


class Transit:
    """The transit engine of one Vault; see KeyService."""

    def __init__(self, token_file: Path | None = None) -> None:
        try:
            import hvac  # noqa: PLC0415  # an extra: only who keeps keys in Vault has it
            import requests  # noqa: PLC0415  # what hvac asks with
        except ImportError as error:
            raise KeysError(
                "keys in Vault need the extra 'vault'; run: pip install 'clearinghouse[vault]'"
            ) from error
        self._hvac, self._requests = hvac, requests
        self._token_file = token_file
        self._address = os.environ.get("VAULT_ADDR") or _ADDRESS
        self._of_thread = threading.local()
        at = urlsplit(self._address)
        if at.scheme != "https" and at.hostname not in _LOOPBACK:
            raise KeysError(
                f"VAULT_ADDR is {self._address}; give an https:// address, for data keys travel to it"
            )

    def wrap(self, name: str, data_key: bytes, bound_to: bytes) -> bytes:
        """Encrypt a data key under that version of the key; see KeyService."""
        mount, key, version = _parts(name)
        answer = self._ask(
            lambda transit: transit.encrypt_data(
                key,
                _text(data_key),
                associated_data=_text(bound_to),
                key_version=version,
                mount_point=mount,
            )
        )
        wrapped = str(answer["data"]["ciphertext"]).encode("ascii")
        if not wrapped.startswith(_prefix(version)):
            raise KeysError(
                f"Vault did not wrap under version {version} of {mount}/{key}; look at the key there"
            )
        return wrapped

    def unwrap(self, name: str, wrapped: bytes, bound_to: bytes) -> bytes:
        """Decrypt a data key; see KeyService."""
        mount, key, version = _parts(name)
        if not wrapped.startswith(_prefix(version)):
            raise SealBroken("a data key is not wrapped under its epoch's version")
        answer = self._ask(
            lambda transit: transit.decrypt_data(
                key, wrapped.decode("ascii"), associated_data=_text(bound_to), mount_point=mount
            ),
            opens=True,
        )
        return base64.b64decode(answer["data"]["plaintext"])

    def next_key(self, wanted: str, used: Collection[str]) -> str:
        """The key's newest version, a further one where that is used already; see KeyService."""
        mount, _, key = wanted.rpartition("/")
        newest = self._newest(mount, key)
        if newest in used:
            self._ask(lambda transit: transit.rotate_key(key, mount_point=mount))
            newest = self._newest(mount, key)
        return newest

    def retire(self, name: str, kept: Collection[str]) -> str:
        """Raise the least version that Vault decrypts with above those that are not used any more; see KeyService."""
        mount, key, version = _parts(name)
        others = [_parts(each) for each in kept]
        least = min((other[2] for other in others if other[:2] == (mount, key)), default=version + 1)
        if least < version:
            return f"Vault still decrypts with {name}: an earlier version is in use."
        by_hand = f"set min_decryption_version={least} on {mount}/{key} in Vault yourself"
        if not others:
            return f"To take {name} out of use, disable {mount}/{key} in Vault yourself."
        try:
            self._ask(
                lambda transit: transit.update_key_configuration(
                    key, min_decryption_version=least, mount_point=mount
                )
            )
        except KeysError as error:
            return f"Vault still decrypts with {name} ({error}): {by_hand}."
        return f"Vault decrypts with {mount}/{key} from version {least} on; lower it there to open an old backup."

    def _newest(self, mount: str, key: str) -> str:
        found = self._ask(lambda transit: transit.read_key(key, mount_point=mount))["data"]
        if not found["supports_encryption"] or "aes256-gcm96" not in found["type"]:
            raise KeysError(f"{mount}/{key} in Vault is no aes256-gcm96 key; make one of that type")
        return f"{mount}/{key}#{int(found['latest_version'])}"

    def _ask(self, call: Callable[[Any], T], *, opens: bool = False) -> T:
        """Ask Vault; where it refuses the token, once more with the token as it is now."""
        errors = self._hvac.exceptions
        try:
            try:
                return call(self._client().secrets.transit)
            except (errors.Forbidden, errors.Unauthorized):
                return call(self._client(anew=True).secrets.transit)
        except (errors.Forbidden, errors.Unauthorized) as error:
            raise KeysUnreachable(
                f"Vault at {self._address} refuses the token; renew it, and give it the policy of docs/operations.md"
            ) from error
        except errors.InvalidPath as error:
            raise KeysError(
                f"Vault at {self._address} has no such key ({_said(error)}); check its name, and that transit is on"
            ) from error
        except errors.InvalidRequest as error:
            if opens and "disallowed by policy" not in str(error) and "not found" not in str(error):
                raise SealBroken("a data key does not unwrap") from error
            raise KeysError(f"Vault refused ({_said(error)}); look at the key there") from error
        except (errors.VaultError, self._requests.RequestException, OSError) as error:
            raise KeysUnreachable(
                f"Vault at {self._address} does not answer ({type(error).__name__});"
                " see that it runs and is unsealed, and check VAULT_ADDR"
            ) from error

    def _client(self, *, anew: bool = False) -> Any:
        """This thread's client: its connections are not made to be shared."""
        client = getattr(self._of_thread, "client", None)
        if client is None or anew:
            client = self._hvac.Client(
                url=self._address,
                token=self._token(),
                timeout=_WAITS_SECONDS,
                namespace=os.environ.get("VAULT_NAMESPACE"),
            )
            self._of_thread.client = client
        return client

    def _token(self) -> str | None:
        """Out of the file that an agent keeps fresh; without one, where Vault's own command looks."""
        if self._token_file is None:
            return None
        try:
            return self._token_file.read_text(encoding="ascii").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise KeysError(
                f"CLEARINGHOUSE_VAULT_TOKEN_FILE {self._token_file} cannot be read; see that the agent writes it"
            ) from error


def _parts(name: str) -> tuple[str, str, int]:
    path, _, version = name.rpartition("#")
    mount, _, key = path.rpartition("/")
    if not (mount and key and version.isdigit()):
        raise KeysError(f"the key file names {name!r}, which is no key in Vault; restore it from your backup")
    return mount, key, int(version)


def _prefix(version: int) -> bytes:
    return b"vault:v%d:" % version


def _text(stored: bytes) -> str:
    return base64.b64encode(stored).decode("ascii")


def _said(error: Exception) -> str:
    return str(error).partition(", on ")[0].splitlines()[0][:200]
