"""Real third parties on this host: a time-stamping authority by openssl, and a witness over HTTP."""

import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from http.server import BaseHTTPRequestHandler, HTTPServer, ThreadingHTTPServer
from pathlib import Path

from clearinghouse.casework.witnessing import witness, witness_key
from clearinghouse.commands.witness import witness_server
from tests.worlds import MONDAY

_CONFIGURATION = """
[ tsa ]
default_tsa = here
[ here ]
serial = {folder}/serial
signer_cert = {folder}/tsa.pem
signer_key = {folder}/tsa.key
signer_digest = sha256
default_policy = 1.2.3.4.1
digests = sha256
accuracy = secs:1
[ stamping ]
extendedKeyUsage = critical,timeStamping
basicConstraints = CA:FALSE
[ authority ]
basicConstraints = critical,CA:TRUE
[ req ]
distinguished_name = name
[ name ]
"""


class Authority:
    """A time-stamping authority with a root of its own, as openssl makes and answers it."""

    def __init__(self, folder: Path, name: str = "Test Stamps") -> None:
        folder.mkdir(parents=True)
        self.folder, self.name = folder, name
        (folder / "serial").write_text("01\n")
        (folder / "conf").write_text(_CONFIGURATION.format(folder=folder))
        for each, subject in (("root", "Test Root"), ("tsa", name)):
            self._openssl(
                "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256", "-out", f"{each}.key"
            )
            self._openssl(
                "req", "-new", "-key", f"{each}.key", "-subj", f"/CN={subject}", "-out", f"{each}.csr"
            )
        dates = ("-days", "7300")
        self._openssl(
            "x509",
            "-req",
            "-in",
            "root.csr",
            "-signkey",
            "root.key",
            *dates,
            *self._with("authority"),
            "-out",
            "root.pem",
        )
        signed = ("-CA", "root.pem", "-CAkey", "root.key", "-set_serial", "2")
        self._openssl(
            "x509", "-req", "-in", "tsa.csr", *signed, *dates, *self._with("stamping"), "-out", "tsa.pem"
        )
        self.root = folder / "root.pem"

    def answer(self, question: bytes) -> bytes:
        """The signed answer to a time-stamp request."""
        (self.folder / "asked.tsq").write_bytes(question)
        self._openssl("ts", "-reply", "-queryfile", "asked.tsq", "-config", "conf", "-out", "answer.tsr")
        return (self.folder / "answer.tsr").read_bytes()

    @contextmanager
    def listening(self) -> Iterator[str]:
        """Answer over HTTP; gives the address."""
        answer = self.answer

        class Asked(BaseHTTPRequestHandler):
            def do_POST(self) -> None:  # http.server calls it so
                body = answer(self.rfile.read(int(self.headers["Content-Length"])))
                self.send_response(200)
                self.send_header("Content-Type", "application/timestamp-reply")
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Nothing."""

        with served(HTTPServer(("127.0.0.1", 0), Asked)) as url:
            yield url

    def _with(self, extensions: str) -> tuple[str, ...]:
        return ("-extfile", "conf", "-extensions", extensions)

    def _openssl(self, *words: str) -> None:
        subprocess.run(["openssl", *words], cwd=self.folder, check=True, capture_output=True)


class RunningWitness:
    """A witness with a key and a state of its own, which knows one log."""

    def __init__(self, folder: Path, log_key: str, name: str = "witness.example/w1") -> None:
        self.key = witness_key(folder / "key", name)
        self.instant: datetime = MONDAY
        self.cosign = partial(
            witness, log_key=log_key, key=self.key, state=folder / "state", now=lambda: self.instant
        )

    @property
    def public(self) -> str:
        """Its public key."""
        return self.key.verifier.text

    @contextmanager
    def listening(self) -> Iterator[str]:
        """Answer over HTTP; gives the address."""
        with served(witness_server(self.cosign, "127.0.0.1", 0)) as url:
            yield url


@contextmanager
def served(server: HTTPServer | ThreadingHTTPServer) -> Iterator[str]:
    """A server in a thread; gives its address."""
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
