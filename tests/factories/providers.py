"""Providers of single sign-on: a real one that somebody else wrote, and one that says whatever a test wants."""

import json
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit
from urllib.request import HTTPErrorProcessor, Request, build_opener

from joserfc import jwt
from joserfc.jwk import ECKey

from clearinghouse.notices.provider import ProviderSettings
from clearinghouse.vault.id_tokens import code_challenge

WITHIN_SECONDS = 40
CLIENT = "clearinghouse"


@contextmanager
def mock_provider(*people: dict[str, Any]) -> Iterator[str]:
    """The oidc-provider-mock, a process of its own; gives its issuer.

    It runs the whole flow and signs its tokens, and is a mock: it asks for no password, and checks neither the
    client's secret nor the verifier.
    """
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    claims = [each for person in people for each in ("--user-claims", json.dumps(person))]
    command = ["-m", "oidc_provider_mock", "--port", str(port), "--require-nonce", "true", *claims]
    process = subprocess.Popen(
        [sys.executable, "-W", "ignore", *command],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        end = time.monotonic() + WITHIN_SECONDS
        while not _listens(port):
            assert time.monotonic() < end, "the mock provider does not start"
            time.sleep(0.1)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(30)


def _listens(port: int) -> bool:
    with socket.socket() as asking:
        return asking.connect_ex(("127.0.0.1", port)) == 0


class _Stay(HTTPErrorProcessor):
    def http_response(self, _: Any, response: Any) -> Any:
        """Follow nothing, and raise nothing."""
        return response


def agree(address: str, sub: str) -> str:
    """Say at the mock provider who one is; gives the path and query of where it leads back to."""
    with build_opener(_Stay()).open(Request(address, urlencode({"sub": sub}).encode())) as answer:
        back = urlsplit(answer.headers["Location"])
    return f"{back.path}?{back.query}"


Change = Callable[[dict[str, Any]], None]


@dataclass
class Impostor:
    """A provider in this process. Its word can be changed before and after it is signed."""

    claims: dict[str, Any]
    now: int
    issuer: str = ""
    key: ECKey = field(default_factory=lambda: ECKey.generate_key("P-256", {"kid": "one"}))
    change: Change = lambda claims: None  # a field
    sign: Callable[["Impostor", dict[str, Any]], str] | None = None
    change_places: Change = lambda places: None  # a field
    userinfo: dict[str, Any] = field(default_factory=dict)
    asked: dict[str, dict[str, str]] = field(default_factory=dict)
    redeemed: list[dict[str, str]] = field(default_factory=list)

    def agree(self, address: str) -> str:
        """Take the browser that was sent here, and send it back; gives the path and query."""
        asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        code = f"code-{len(self.asked)}"
        self.asked[code] = asked
        return f"{urlsplit(asked['redirect_uri']).path}?{urlencode({'code': code, 'state': asked['state']})}"

    def answer(self, path: str, posted: dict[str, str]) -> dict[str, Any] | None:
        """What lies at a path; None for nothing."""
        if path == "/.well-known/openid-configuration":
            places = {
                "issuer": self.issuer,
                "authorization_endpoint": f"{self.issuer}/authorize",
                "token_endpoint": f"{self.issuer}/token",
                "jwks_uri": f"{self.issuer}/keys",
                "userinfo_endpoint": f"{self.issuer}/userinfo",
                "end_session_endpoint": f"{self.issuer}/out",
            }
            self.change_places(places)
            return places
        if path == "/keys":
            return {"keys": [self.key.as_dict(private=False)]}
        if path == "/userinfo":
            return self.userinfo
        if path != "/token":
            return None
        self.redeemed.append(posted)
        asked = self.asked.pop(posted["code"], None)
        if asked is None or code_challenge(posted["code_verifier"]) != asked["code_challenge"]:
            return {"error": "invalid_grant"}
        claims = {"iss": self.issuer, "aud": CLIENT, "iat": self.now, "exp": self.now + 60}
        claims |= {"nonce": asked["nonce"], **self.claims}
        self.change(claims)
        signed = (
            self.sign(self, claims)
            if self.sign
            else jwt.encode({"alg": "ES256", "kid": "one"}, claims, self.key)
        )
        return {"access_token": "opaque", "token_type": "Bearer", "id_token": signed}


@contextmanager
def running(impostor: Impostor) -> Iterator[ProviderSettings]:
    """Let it answer; gives the settings by which it is asked."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer({})

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            self._answer({name: values[0] for name, values in parse_qs(body).items()})

        def _answer(self, posted: dict[str, str]) -> None:
            found = impostor.answer(urlsplit(self.path).path, posted)
            body = json.dumps(found or {}).encode()
            self.send_response(200 if found and "error" not in found else 404)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        impostor.issuer = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield ProviderSettings(impostor.issuer, CLIENT, "a secret", "Northshire")
        finally:
            server.shutdown()
            thread.join()
