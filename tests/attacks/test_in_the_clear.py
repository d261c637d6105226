"""Somebody who reads along: the disk, the wire to the mail server, the mail of a newcomer."""

import tempfile
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from flask import Flask

from clearinghouse.access.roles import Grant, Role
from clearinghouse.casework.people.invitations import invite
from clearinghouse.casework.world import World
from clearinghouse.notices.mail import MailError, MailSettings, open_post
from tests.factories.people import person
from tests.notices.conftest import Mailbox, free_port
from tests.web.visitors import Visitor, signed_in


def test_a_file_of_peers_is_not_laid_on_the_disk(
    site: Flask, sqlite_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A large one would lie in a temporary file with its contacts and interests, which are sealed everywhere else."""
    rolled: list[bool] = []
    monkeypatch.setattr(tempfile.SpooledTemporaryFile, "rollover", lambda _: rolled.append(True))
    visitor = signed_in(site, sqlite_world, person(sqlite_world, Role.COORDINATOR, None))
    parts = (
        f'--x\r\nContent-Disposition: form-data; name="csrf_token"\r\n\r\n{visitor.csrf_token()}\r\n'
        '--x\r\nContent-Disposition: form-data; name="file"; filename="peers.csv"\r\n\r\n'
        "code,name\n" + "P1,Ann Able\n" * 60_000 + "\r\n--x--\r\n"
    )
    answer = visitor.client.post(
        "/peers/import", data=parts.encode(), content_type="multipart/form-data; boundary=x"
    )
    assert (answer.status_code, "line by line" in answer.text, rolled) == (422, True, [])


def test_whoever_else_has_the_link_is_not_shown_the_second_factor(site: Flask, sqlite_world: World) -> None:
    """A reader of the newcomer's mail would copy the secret in silence, and own the second factor for good."""
    admin = person(sqlite_world, Role.ADMINISTRATOR, None)
    invited = invite(sqlite_world, admin, "ola@council.example", "Ola Brand", [Grant(Role.LEAD)])
    path = invited.link.removeprefix(sqlite_world.base_url)
    newcomer, reader = Visitor(site), Visitor(site)
    newcomer.post(path, {"password": "copper lantern meadow", "again": "copper lantern meadow"})
    assert "app-secret" in newcomer.get(f"{path}/code").text
    assert reader.get(f"{path}/code").location == path
    assert reader.post(f"{path}/code", {"code": "000000"}).location == path
    assert "Choose a password" in reader.get(path).text


@pytest.mark.allow_hosts(["127.0.0.1"])
@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")
def test_no_password_goes_where_somebody_has_taken_the_encryption_away() -> None:
    """Whoever sits between strikes STARTTLS from the server's answer, and would be told the mail server's password."""
    told: list[object] = []

    def listen(_server: Any, _session: Any, _envelope: Any, _mechanism: str, given: Any) -> AuthResult:
        told.append(given)
        return AuthResult(success=True)

    port = free_port()
    controller = Controller(
        Mailbox(), hostname="127.0.0.1", port=port, authenticator=listen, auth_require_tls=False
    )
    controller.start()
    try:
        address = MailSettings(f"smtp://desk:secret@127.0.0.1:{port}", "desk@clearinghouse.example")
        with pytest.raises(MailError, match="no encryption"), open_post(address):
            pass
    finally:
        controller.stop()
    assert told == []
