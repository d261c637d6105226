"""Handing mail over: encrypted where the address says so or the server offers it, never to a stranger in between."""

import ssl
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from clearinghouse.notices.mail import Envelope, LetterKind, MailError, MailSettings, compose, open_post
from clearinghouse.records.base import new_id
from tests.notices.conftest import Mailbox, free_port

pytestmark = [
    pytest.mark.allow_hosts(["127.0.0.1"]),
    # The server says so of encryption from the first byte, which it does not count as encryption.
    pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS"),
]
SENDER = "desk@clearinghouse.example"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for this host that nobody has signed, with its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name, now = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mail")]), datetime.now(UTC)
    made = (
        x509.CertificateBuilder(
            name, name, key.public_key(), x509.random_serial_number(), now, now + timedelta(days=1)
        )
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    plain = serialization.NoEncryption()
    path = tmp_path_factory.mktemp("tls") / "mail.pem"
    path.write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, plain) + made.public_bytes(pem)
    )
    return path


@pytest.fixture(params=["smtp", "smtps"])
def secured(request: pytest.FixtureRequest, certificate: Path) -> Iterator[tuple[Mailbox, str]]:
    """A server that takes mail only encrypted and with a password: by STARTTLS, or from the first byte."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)

    def known(_server: Any, _session: Any, _envelope: Any, _mechanism: str, given: Any) -> AuthResult:
        return AuthResult(success=(given.login, given.password) == (b"desk", b"a/b c"), handled=False)

    box, port = Mailbox(), free_port()
    tls = (
        {"ssl_context": context}
        if request.param == "smtps"
        else {"tls_context": context, "require_starttls": True}
    )
    controller = Controller(
        box,
        hostname="127.0.0.1",
        port=port,
        auth_required=True,
        authenticator=known,
        auth_require_tls=request.param == "smtp",
        **tls,
    )
    controller.start()
    yield box, f"{request.param}://desk:a%2Fb%20c@127.0.0.1:{port}"
    controller.stop()


def _send(url: str) -> None:
    envelope = Envelope(
        new_id(),
        LetterKind.REMINDER,
        "ash@clearinghouse.example",
        "CH-BCD-FGH",
        "http://x/1",
        datetime.now(UTC),
    )
    with open_post(MailSettings(url, SENDER)) as post:
        post.send(compose(envelope, SENDER))


def test_mail_goes_encrypted_and_with_the_password_of_the_address(
    secured: tuple[Mailbox, str], certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    _send(secured[1])
    assert len(secured[0].mails) == 1


def test_no_mail_and_no_password_goes_to_a_server_that_cannot_prove_its_name(
    secured: tuple[Mailbox, str],
) -> None:
    with pytest.raises(MailError):
        _send(secured[1])
    assert secured[0].mails == []


def test_a_wrong_password_is_a_mail_error(
    secured: tuple[Mailbox, str], certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    with pytest.raises(MailError):
        _send(secured[1].replace("a%2Fb%20c", "wrong"))


@pytest.mark.parametrize("kind", LetterKind)
def test_every_kind_of_letter_has_words_and_one_length(kind: LetterKind) -> None:
    """A kind without words would stop all letters behind it; a length that varies would tell cases apart."""
    lengths = {
        len(
            compose(
                Envelope(new_id(), kind, "a@b.example", reference, link, datetime(2026, 11, day, tzinfo=UTC)),
                SENDER,
            ).as_bytes()
        )
        for reference, link, day in (("CH-BCD-FGH", "http://x/1", 3), ("CH-999-888", "http://x/2", 23))
    }
    assert len(lengths) == 1
