"""Keys outside without any service: what is asked of one, what is made of its answers, and who is left alone when."""

import base64
import hashlib
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import boto3
import hvac
import pytest
import requests
from botocore.exceptions import ClientError, EndpointConnectionError

from clearinghouse.vault import services
from clearinghouse.vault.aws_kms import AwsKms
from clearinghouse.vault.errors import KeysError, KeysUnreachable, SealBroken
from clearinghouse.vault.services import KeyServices, OutsideKey, outside_key
from clearinghouse.vault.transit import Transit

INSTALLATION = UUID(int=1)
NAME = "transit/clearinghouse#3"
ARN = "arn:aws:kms:eu-west-2:111122223333:key/1"
Asked = list[tuple[str, tuple[Any, ...], dict[str, Any]]]


class Answers:
    """A service's client that remembers what it was asked and answers in turn, or raises."""

    def __init__(self, *answers: object) -> None:
        self.asked: Asked = []
        self.answers = list(answers)

    def __getattr__(self, name: str) -> Callable[..., object]:
        def answer(*words: Any, **more: Any) -> object:
            self.asked.append((name, words, more))
            found = self.answers.pop(0)
            if isinstance(found, Exception):
                raise found
            return found

        return answer


def transit(monkeypatch: pytest.MonkeyPatch, *answers: object) -> tuple[Transit, Answers]:
    monkeypatch.delenv("VAULT_ADDR", raising=False)
    found, client = Transit(), Answers(*answers)
    monkeypatch.setattr(
        found, "_client", lambda anew=False: SimpleNamespace(secrets=SimpleNamespace(transit=client))
    )
    return found, client


def kms(monkeypatch: pytest.MonkeyPatch, *answers: object) -> tuple[AwsKms, Answers]:
    client = Answers(*answers)
    monkeypatch.setattr(boto3, "client", lambda *_words, **_more: client)
    return AwsKms(INSTALLATION), client


def refused(kind: type[Exception], call: Callable[[], object]) -> str:
    with pytest.raises(kind) as error:
        call()
    assert type(error.value) is kind
    return str(error.value)


def test_vault_is_asked_for_one_version_of_one_key(monkeypatch: pytest.MonkeyPatch) -> None:
    """A data key under another version than its epoch says is lost when that version is taken away."""
    there, client = transit(
        monkeypatch,
        {"data": {"ciphertext": "vault:v3:abc"}},
        {"data": {"plaintext": base64.b64encode(b"key").decode()}},
        {"data": {"ciphertext": "vault:v4:abc"}},
    )
    assert there.wrap(NAME, b"key", b"bound") == b"vault:v3:abc"
    assert there.unwrap(NAME, b"vault:v3:abc", b"bound") == b"key"
    bound = {"associated_data": base64.b64encode(b"bound").decode(), "mount_point": "transit"}
    plain = base64.b64encode(b"key").decode()
    assert client.asked == [
        ("encrypt_data", ("clearinghouse", plain), {**bound, "key_version": 3}),
        ("decrypt_data", ("clearinghouse", "vault:v3:abc"), bound),
    ]
    assert refused(KeysError, lambda: there.wrap(NAME, b"key", b"bound")) == (
        "Vault did not wrap under version 3 of transit/clearinghouse; look at the key there"
    )
    assert refused(SealBroken, lambda: there.unwrap(NAME, b"vault:v4:abc", b"bound")) == (
        "a data key is not wrapped under its epoch's version"
    )


@pytest.mark.parametrize("name", ["transit/key", "#1", "transit#1", "/key#1", "transit/#1", "transit/key#x"])
def test_a_name_that_is_no_key_in_vault_is_said(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    there, _ = transit(monkeypatch)
    assert refused(KeysError, lambda: there.wrap(name, b"key", b"bound")) == (
        f"the key file names {name!r}, which is no key in Vault; restore it from your backup"
    )


def found(version: int, **more: object) -> dict[str, object]:
    usual = {"supports_encryption": True, "type": "aes256-gcm96", "latest_version": version}
    return {"data": usual | more}


def test_the_next_key_of_vault_is_its_newest_version_or_one_more(monkeypatch: pytest.MonkeyPatch) -> None:
    """A key that was used already would not be another key."""
    there, client = transit(monkeypatch, found(3), found(3), None, found(4))
    assert there.next_key("team/transit/key", []) == "team/transit/key#3"
    assert there.next_key("team/transit/key", ["team/transit/key#3"]) == "team/transit/key#4"
    assert [name for name, _, _ in client.asked] == ["read_key", "read_key", "rotate_key", "read_key"]
    assert all(each[1:] == (("key",), {"mount_point": "team/transit"}) for each in client.asked)
    for wrong in (found(1, supports_encryption=False), found(1, type="rsa-2048")):
        other, _ = transit(monkeypatch, wrong)
        assert refused(KeysError, partial(other.next_key, "transit/key", [])) == (
            "transit/key in Vault is no aes256-gcm96 key; make one of that type"
        )


def test_a_version_is_taken_out_of_use_where_no_earlier_one_is_needed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Vault opens with all versions from one on: too high, and what is in use does not open any more."""
    there, client = transit(monkeypatch, None, None, hvac.exceptions.InvalidRequest("no"))
    on = "Vault decrypts with transit/key from version {} on; lower it there to open an old backup."
    assert there.retire("transit/key#2", ["transit/key#5", "transit/key#3"]) == on.format(3)
    assert there.retire("transit/key#2", ["transit/other#1"]) == on.format(3)
    assert (
        client.asked
        == [("update_key_configuration", ("key",), {"min_decryption_version": 3, "mount_point": "transit"})]
        * 2
    )
    assert there.retire("transit/key#2", ["transit/key#1", "transit/key#3"]) == (
        "Vault still decrypts with transit/key#2: an earlier version is in use."
    )
    assert there.retire("transit/key#2", []) == (
        "To take transit/key#2 out of use, disable transit/key in Vault yourself."
    )
    assert there.retire("transit/key#2", ["transit/key#3"]) == (
        "Vault still decrypts with transit/key#2 (Vault refused (no); look at the key there):"
        " set min_decryption_version=3 on transit/key in Vault yourself."
    )


REFUSES = (
    "Vault at http://127.0.0.1:8200 refuses the token; renew it, and give it the policy of docs/operations.md"
)
SILENT = "Vault at http://127.0.0.1:8200 does not answer ({}); see that it runs and is unsealed, and check VAULT_ADDR"


@pytest.mark.parametrize(
    ("errors", "kind", "words"),
    [
        ([hvac.exceptions.Forbidden("x")] * 2, KeysUnreachable, REFUSES),
        ([hvac.exceptions.Unauthorized("x")] * 2, KeysUnreachable, REFUSES),
        (
            [hvac.exceptions.InvalidPath("none, on post http://x")],
            KeysError,
            "Vault at http://127.0.0.1:8200 has no such key (none); check its name, and that transit is on",
        ),
        ([hvac.exceptions.InvalidRequest("bad cipher")], SealBroken, "a data key does not unwrap"),
        (
            [hvac.exceptions.InvalidRequest("disallowed by policy: too old\nmore")],
            KeysError,
            "Vault refused (disallowed by policy: too old); look at the key there",
        ),
        (
            [hvac.exceptions.InvalidRequest("key not found" + "x" * 300)],
            KeysError,
            f"Vault refused (key not found{'x' * 187}); look at the key there",
        ),
        ([hvac.exceptions.VaultDown("x")], KeysUnreachable, SILENT.format("VaultDown")),
        ([requests.ConnectionError()], KeysUnreachable, SILENT.format("ConnectionError")),
        ([OSError()], KeysUnreachable, SILENT.format("OSError")),
    ],
)
def test_what_vault_refuses_is_one_line(
    monkeypatch: pytest.MonkeyPatch, errors: list[Exception], kind: type[Exception], words: str
) -> None:
    """A damaged value, a wrong key and a silent service are mended in three different places."""
    there, client = transit(monkeypatch, *errors)
    assert refused(kind, lambda: there.unwrap(NAME, b"vault:v3:abc", b"bound")) == words
    assert client.answers == []


def test_what_cannot_be_wrapped_is_no_damaged_value(monkeypatch: pytest.MonkeyPatch) -> None:
    there, _ = transit(monkeypatch, hvac.exceptions.InvalidRequest("bad"))
    words = "Vault refused (bad); look at the key there"
    assert refused(KeysError, lambda: there.wrap(NAME, b"key", b"bound")) == words


def test_data_keys_travel_to_no_address_without_encryption(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VAULT_ADDR", "http://vault.example:8200")
    assert refused(KeysError, Transit) == (
        "VAULT_ADDR is http://vault.example:8200; give an https:// address, for data keys travel to it"
    )
    for address in ("https://vault.example", "http://localhost:1", "http://[::1]:1", "http://127.0.0.1:1"):
        monkeypatch.setenv("VAULT_ADDR", address)
        Transit()


def test_kms_is_asked_for_what_is_bound_to_the_installation_and_the_place(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A data key of another installation of the same account could be put in ours."""
    there, client = kms(monkeypatch, {"CiphertextBlob": b"wrapped"}, {"Plaintext": b"key"})
    assert there.wrap(ARN, b"key", b"bound") == b"wrapped"
    assert there.unwrap(ARN, b"wrapped", b"bound") == b"key"
    context = {
        "installation": "00000000-0000-0000-0000-000000000001",
        "bound_to": hashlib.sha256(b"bound").hexdigest(),
    }
    assert client.asked == [
        ("encrypt", (), {"KeyId": ARN, "Plaintext": b"key", "EncryptionContext": context}),
        ("decrypt", (), {"KeyId": ARN, "CiphertextBlob": b"wrapped", "EncryptionContext": context}),
    ]


def test_each_region_of_kms_has_its_client(monkeypatch: pytest.MonkeyPatch) -> None:
    """A key is asked for where it is; and a silent service must not hold a request for minutes."""
    made: list[tuple[Any, ...]] = []

    def client(service: str, *, region_name: str | None, config: Any) -> Answers:
        made.append((service, region_name, config.connect_timeout, config.read_timeout, config.retries))
        return Answers(
            *[{"KeyMetadata": {"Arn": ARN, "KeyState": "Enabled", "KeySpec": "SYMMETRIC_DEFAULT"}}] * 2
        )

    monkeypatch.setattr(boto3, "client", client)
    there = AwsKms(INSTALLATION)
    for name in (ARN, ARN, "alias/clearinghouse"):
        assert there.next_key(name, []) == ARN
    usual = (3, 5, {"total_max_attempts": 2})
    assert made == [("kms", "eu-west-2", *usual), ("kms", None, *usual)]


def test_the_next_key_of_kms_is_another_that_can_be_used(monkeypatch: pytest.MonkeyPatch) -> None:
    good = {"Arn": ARN, "KeyState": "Enabled", "KeySpec": "SYMMETRIC_DEFAULT"}
    there, client = kms(
        monkeypatch,
        *(
            {"KeyMetadata": good | more}
            for more in ({}, {}, {"KeyState": "Disabled"}, {"KeySpec": "RSA_2048"})
        ),
    )
    assert there.next_key("alias/one", []) == ARN
    assert client.asked == [("describe_key", (), {"KeyId": "alias/one"})]
    assert refused(KeysError, lambda: there.next_key("alias/one", [ARN])) == (
        f"{ARN} is in use already; make another key in KMS, name it in the setting, and run this again"
    )
    for _ in range(2):
        assert refused(KeysError, lambda: there.next_key("alias/one", [])) == (
            f"{ARN} is no enabled symmetric key; make one in KMS and name it in the setting"
        )
    assert there.retire(ARN, []) == (
        f"{ARN} still is in KMS: disable it there, and delete it when no backup needs it."
    )


@pytest.mark.parametrize(
    ("error", "kind", "words"),
    [
        ("InvalidCiphertextException", SealBroken, "a data key does not unwrap"),
        ("IncorrectKeyException", SealBroken, "a data key does not unwrap"),
        *(
            (
                code,
                KeysError,
                f"KMS cannot use {ARN} ({code}); enable it, cancel its deletion, or name the right key",
            )
            for code in ("NotFoundException", "DisabledException", "ValidationException")
        ),
        (
            "AccessDeniedException",
            KeysUnreachable,
            f"KMS refuses {ARN} (AccessDeniedException); check the credentials, and the policy of docs/operations.md",
        ),
        (
            None,
            KeysUnreachable,
            f"KMS refuses {ARN} (); check the credentials, and the policy of docs/operations.md",
        ),
        (
            EndpointConnectionError(endpoint_url="x"),
            KeysUnreachable,
            "KMS does not answer (EndpointConnectionError); check region, credentials and network",
        ),
        (
            OSError(),
            KeysUnreachable,
            "KMS does not answer (OSError); check region, credentials and network",
        ),
    ],
)
def test_what_kms_refuses_is_one_line(
    monkeypatch: pytest.MonkeyPatch, error: str | Exception | None, kind: type[Exception], words: str
) -> None:
    """A damaged value, a wrong key and a silent service are mended in three different places."""
    raised = error
    if not isinstance(error, Exception):
        raised = ClientError({"Error": {"Code": error}} if error else {}, "Decrypt")  # type: ignore[typeddict-item]  # as AWS may answer
    there, _ = kms(monkeypatch, raised)
    assert refused(kind, lambda: there.unwrap(ARN, b"wrapped", b"bound")) == words


def test_a_silent_service_is_left_alone_for_five_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everybody would wait in turn until its time is over; or it would be left alone for good."""
    now, one = [100.0], OutsideKey("vault", NAME)
    monkeypatch.setattr(services, "time", SimpleNamespace(monotonic=lambda: now[0]))
    outside, client = KeyServices(INSTALLATION), Answers(KeysUnreachable("silent"), b"wrapped", b"key")
    monkeypatch.setattr(services, "Transit", lambda _file: client)
    assert refused(KeysUnreachable, lambda: outside.wrap(one, b"key", b"bound")) == "silent"
    now[0] = 104.9
    assert refused(KeysUnreachable, lambda: outside.unwrap(one, b"wrapped", b"bound")) == "silent"
    assert len(client.asked) == 1
    now[0] = 105.0
    assert outside.wrap(one, b"key", b"bound") == b"wrapped"
    assert outside.unwrap(one, b"wrapped", b"bound") == b"key"
    assert client.asked[1:] == [
        ("wrap", (NAME, b"key", b"bound"), {}),
        ("unwrap", (NAME, b"wrapped", b"bound"), {}),
    ]


def test_each_service_is_told_of_its_own_keys_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    here, there = OutsideKey("vault", "transit/a#1"), OutsideKey("aws-kms", ARN)
    outside, client = KeyServices(INSTALLATION), Answers("transit/a#2", "gone")
    monkeypatch.setattr(services, "Transit", lambda _file: client)
    assert outside.next_key(OutsideKey("vault", "transit/a"), [here, there]) == OutsideKey(
        "vault", "transit/a#2"
    )
    assert outside.retire(here, [there]) == "gone"
    assert client.asked == [
        ("next_key", ("transit/a", {"transit/a#1"}), {}),
        ("retire", ("transit/a#1", set()), {}),
    ]
    assert refused(KeysError, lambda: outside.wrap(OutsideKey("elsewhere", "x"), b"", b"")) == (
        "the key file names a key at 'elsewhere', which this version of the program does not know"
    )


def test_the_name_of_a_key_outside_is_read_and_written() -> None:
    for text in ("vault:transit/a#1", f"aws-kms:{ARN}"):
        assert str(outside_key(text)) == text
    for text in ("vault", "vault:", ":a", "elsewhere:a"):
        with pytest.raises(ValueError, match=r"^not the name of a key outside$"):
            outside_key(text)


def test_each_thread_has_one_client_of_vault(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A new connection for every key would be slow; one that is shared would mix up what two people opened."""
    monkeypatch.setenv("VAULT_ADDR", "https://vault.example")
    monkeypatch.setenv("VAULT_NAMESPACE", "team")
    token, made = tmp_path / "token", list[dict[str, object]]()
    token.write_text(" one\n")
    there = Transit(token)
    monkeypatch.setattr(there, "_hvac", SimpleNamespace(Client=lambda **more: made.append(more) or object()))
    first = there._client()
    assert there._client() is first
    token.write_text("two")
    assert there._client(anew=True) is there._client() is not first
    usual = {"url": "https://vault.example", "timeout": 5, "namespace": "team"}
    assert made == [{**usual, "token": "one"}, {**usual, "token": "two"}]
    token.write_bytes(b"\xff")
    assert refused(KeysError, partial(there._client, anew=True)) == (
        f"CLEARINGHOUSE_VAULT_TOKEN_FILE {token} cannot be read; see that the agent writes it"
    )
    assert Transit()._token() is None
