"""Services that keep keys, started for tests: a real OpenBao in development mode as Vault, and moto's KMS over HTTP."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen

import boto3
import hvac

READY_WITHIN_SECONDS = 60
OPERATIONS = Path(__file__).parents[1] / "docs" / "operations.md"
_TOKEN = "development"
_AWS = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_DEFAULT_REGION": "eu-west-2",
    "AWS_EC2_METADATA_DISABLED": "true",
}


@dataclass
class KeyServer:
    """A service that runs: how the settings name a key of it, and the environment in which it is reached."""

    service: str
    environ: Mapping[str, str]
    process: subprocess.Popen[bytes]
    new_key: Callable[[], str] = field(default=lambda: "")

    @contextmanager
    def silent(self) -> Iterator[None]:
        """Nobody is answered meanwhile."""
        self.process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self.process.send_signal(signal.SIGCONT)


@contextmanager
def vault_server() -> Iterator[KeyServer]:
    """OpenBao, whose transit engine has a key of its own for whoever asks."""
    port = _free_port()
    address = f"http://127.0.0.1:{port}"
    bao = Path(sys.executable).with_name("bao")
    told = ["server", "-dev", "-dev-no-store-token", f"-dev-root-token-id={_TOKEN}"]
    with _running(
        [str(bao), *told, f"-dev-listen-address=127.0.0.1:{port}"], f"{address}/v1/sys/health"
    ) as process:
        client = hvac.Client(url=address, token=_TOKEN)
        client.sys.enable_secrets_engine("transit")
        client.sys.create_or_update_policy("clearinghouse", documented_policy())
        token = client.auth.token.create(policies=["clearinghouse"])["auth"]["client_token"]
        names = iter(f"clearinghouse-{number}" for number in range(1000))

        def new_key() -> str:
            name = next(names)
            client.secrets.transit.create_key(name)
            return f"vault:transit/{name}"

        yield KeyServer("vault", {"VAULT_ADDR": address, "VAULT_TOKEN": token}, process, new_key)


def documented_policy() -> str:
    """The rights that docs/operations.md gives the service, on whatever key a test asks for."""
    policy = OPERATIONS.read_text(encoding="utf-8").split("<<'END'\n")[1].split("\nEND")[0]
    return policy.replace("/clearinghouse", "/+")


@contextmanager
def kms_server() -> Iterator[KeyServer]:
    """moto's KMS: real AES-GCM and encryption contexts; it does not enforce policies or disabled keys."""
    port = _free_port()
    address = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    environ = {**_AWS, "AWS_ENDPOINT_URL_KMS": address}
    with _running(command, f"{address}/moto-api/data.json") as process:
        client: Any = boto3.client(
            "kms",
            endpoint_url=address,
            region_name=_AWS["AWS_DEFAULT_REGION"],
            aws_access_key_id="testing",
            aws_secret_access_key="testing",
        )
        yield KeyServer(
            "aws-kms", environ, process, lambda: f"aws-kms:{client.create_key()['KeyMetadata']['Arn']}"
        )


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@contextmanager
def _running(command: list[str], healthy: str) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(
        command,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "HOME": "/nonexistent"},
    )
    try:
        end = time.monotonic() + READY_WITHIN_SECONDS
        while not _answers(healthy):
            if process.poll() is not None or time.monotonic() > end:
                raise RuntimeError(f"{command[0]} did not start")
            time.sleep(0.05)
        yield process
    finally:
        process.kill()
        process.wait()


def _answers(address: str) -> bool:
    try:
        with urlopen(address, timeout=5):
            return True
    except HTTPError as error:
        with error:
            return False
    except OSError:
        return False
