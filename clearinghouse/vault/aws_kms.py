"""Keys in AWS KMS: data keys go there to be wrapped, bound by an encryption context, and no key comes back.

Region, credentials and endpoint are those that boto3 finds by itself. A key is named by its whole ARN.
"""

import hashlib
import threading
from collections.abc import Callable, Collection, Mapping
from typing import Any, TypeVar
from uuid import UUID

from clearinghouse.vault.errors import KeysError, KeysUnreachable, SealBroken

_CONNECTS_SECONDS, _ANSWERS_SECONDS = 3, 5
_REGION_PART = 3
_DOES_NOT_OPEN = ("InvalidCiphertextException", "IncorrectKeyException")
_NOT_USABLE = (
    "NotFoundException",
    "DisabledException",
    "KMSInvalidStateException",
    "InvalidKeyUsageException",
    "InvalidArnException",
    "ValidationException",
)
T = TypeVar("T")


class AwsKms:
    """The keys of one AWS account; see KeyService."""

    def __init__(self, installation: UUID) -> None:
        try:
            import boto3  # noqa: PLC0415  # an extra: only who keeps keys in KMS has it
            import botocore.config  # noqa: PLC0415
            import botocore.exceptions  # noqa: PLC0415
        except ImportError as error:
            raise KeysError(
                "keys in AWS KMS need the extra 'aws-kms'; run: pip install 'clearinghouse[aws-kms]'"
            ) from error
        self._boto3, self._errors = boto3, botocore.exceptions
        self._config = botocore.config.Config(
            connect_timeout=_CONNECTS_SECONDS,
            read_timeout=_ANSWERS_SECONDS,
            retries={"total_max_attempts": 2},
        )
        self._installation = str(installation)
        self._clients: dict[str | None, Any] = {}
        self._lock = threading.Lock()

    def wrap(self, name: str, data_key: bytes, bound_to: bytes) -> bytes:
        """Encrypt a data key under that KMS key; see KeyService."""
        answer = self._ask(
            name,
            lambda kms: kms.encrypt(
                KeyId=name, Plaintext=data_key, EncryptionContext=self._context(bound_to)
            ),
        )
        return bytes(answer["CiphertextBlob"])

    def unwrap(self, name: str, wrapped: bytes, bound_to: bytes) -> bytes:
        """Decrypt a data key; see KeyService."""
        answer = self._ask(
            name,
            lambda kms: kms.decrypt(
                KeyId=name, CiphertextBlob=wrapped, EncryptionContext=self._context(bound_to)
            ),
        )
        return bytes(answer["Plaintext"])

    def next_key(self, wanted: str, used: Collection[str]) -> str:
        """The ARN of the key, which is made in KMS by whoever may; see KeyService."""
        found = self._ask(wanted, lambda kms: kms.describe_key(KeyId=wanted))["KeyMetadata"]
        arn = str(found["Arn"])
        if found["KeyState"] != "Enabled" or found.get("KeySpec") != "SYMMETRIC_DEFAULT":
            raise KeysError(f"{arn} is no enabled symmetric key; make one in KMS and name it in the setting")
        if arn in used:
            raise KeysError(
                f"{arn} is in use already; make another key in KMS, name it in the setting, and run this again"
            )
        return arn

    def retire(self, name: str, _kept: Collection[str]) -> str:
        """KMS's own keys are taken away there, with its own waiting period; see KeyService."""
        return f"{name} still is in KMS: disable it there, and delete it when no backup needs it."

    def _context(self, bound_to: bytes) -> Mapping[str, str]:
        """What KMS binds and logs: a policy can ask for the installation; what the key is for stays a digest."""
        return {"installation": self._installation, "bound_to": hashlib.sha256(bound_to).hexdigest()}

    def _ask(self, name: str, call: Callable[[Any], T]) -> T:
        try:
            return call(self._client(name))
        except self._errors.ClientError as error:
            code = str(error.response.get("Error", {}).get("Code", ""))
            if code in _DOES_NOT_OPEN:
                raise SealBroken("a data key does not unwrap") from error
            if code in _NOT_USABLE:
                raise KeysError(
                    f"KMS cannot use {name} ({code}); enable it, cancel its deletion, or name the right key"
                ) from error
            raise KeysUnreachable(
                f"KMS refuses {name} ({code}); check the credentials, and the policy of docs/operations.md"
            ) from error
        except (self._errors.BotoCoreError, OSError) as error:
            raise KeysUnreachable(
                f"KMS does not answer ({type(error).__name__}); check region, credentials and network"
            ) from error

    def _client(self, name: str) -> Any:
        """The client of the key's region; clients may be shared by threads."""
        region = name.split(":")[_REGION_PART] if name.startswith("arn:") else None
        with self._lock:
            if region not in self._clients:
                self._clients[region] = self._boto3.client("kms", region_name=region, config=self._config)
            return self._clients[region]
