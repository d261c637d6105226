"""The pages of a pack: prepared by one, approved by another, collected and confirmed by the one it is for."""

import io
import re
import zipfile
from collections.abc import Callable
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select

from clearinghouse.access.roles import OPERATOR, Role
from clearinghouse.casework.packs.building import build_packs
from clearinghouse.casework.world import World
from clearinghouse.records.cases import Case
from clearinghouse.records.packs import Pack
from clearinghouse.records.tables import inventory
from clearinghouse.vault.envelopes import create_private_key
from tests.factories.accounts import can_sign_in, code_now
from tests.factories.authorities import authority
from tests.factories.cases import logged_case
from tests.factories.people import person
from tests.web.visitors import Visitor
from tests.worlds import Clock

Enter = Callable[..., Visitor]


@pytest.fixture
def reference(sqlite_world: World) -> str:
    person(sqlite_world, Role.LEAD)
    logged_case(sqlite_world, person(sqlite_world, Role.ASSOCIATE), authority(sqlite_world))
    with sqlite_world.reading(OPERATOR) as work:
        return str(work.session.scalars(select(Case.reference)).one())


def fields(world: World, regulator: Visitor, reference: str, **other: object) -> dict[str, object]:
    last = world.today + timedelta(days=30)
    assert regulator.actor
    return {
        "body": "audit_commission",
        "recipient": str(regulator.actor.person),
        "purpose": "audit",
        "which": "named",
        "references": reference.lower(),
        "subjects": ["offers", "escalations"],
        "expires_on": [str(last.day), str(last.month), str(last.year)],
        **other,
    }


def id_of(world: World) -> UUID:
    with world.reading(OPERATOR) as work:
        return work.session.scalars(select(Pack.id)).one()


def test_a_pack_goes_from_one_officer_to_another_to_the_regulator(
    site: Flask, sqlite_world: World, signed_in_as: Enter, reference: str
) -> None:
    """The whole way, each step on its page, and nobody else finds any of them."""
    first, second = (signed_in_as(Role.AUDIT_OFFICER, None) for _ in range(2))
    regulator, other = (signed_in_as(Role.REGULATOR, None) for _ in range(2))
    lead = signed_in_as(Role.LEAD)
    assert "Exports" in first.get("/exports").text
    assert "Nothing is addressed to you" in regulator.get("/packs").text
    answer = first.post("/exports/new", fields(sqlite_world, regulator, reference))
    pack_id = id_of(sqlite_world)
    assert (answer.status_code, answer.location) == (303, f"/exports/{pack_id}")
    shown = first.get(f"/exports/{pack_id}").text
    assert "Approve exactly this" not in shown
    assert reference in shown
    assert "Waiting for your approval" in second.get("/exports").text
    looked = second.get(f"/exports/{pack_id}").text
    assert "Approve exactly this" in looked
    version = re.search(r'name="version" value="(\d+)"', looked)
    assert version
    assert first.post(f"/exports/{pack_id}/approve", {"version": version[1]}).status_code == 422
    assert second.post(f"/exports/{pack_id}/approve", {}).status_code == 409
    assert second.post(f"/exports/{pack_id}/approve", {"version": version[1]}).status_code == 303
    assert "<progress" in second.get("/exports").text
    assert regulator.get(f"/packs/{pack_id}").status_code == 404
    assert build_packs(sqlite_world) == 1
    assert regulator.get(f"/packs/{pack_id}").status_code == 200
    answer = regulator.post(f"/packs/{pack_id}/collect")
    assert answer.mimetype == "application/zip"
    assert len(answer.data) == int(answer.headers["Content-Length"])
    for stranger in (other, lead, first):
        assert stranger.get(f"/packs/{pack_id}").status_code == 404
        assert stranger.post(f"/packs/{pack_id}/collect").status_code == 404
    for stranger in (other, regulator, lead):
        assert stranger.get("/exports").status_code == 404
        assert stranger.get(f"/exports/{pack_id}").status_code == 404
    wrong = regulator.post(f"/packs/{pack_id}/confirm", {"digest": "ab" * 32})
    assert wrong.status_code == 422
    assert "not the digest of the pack" in wrong.text
    digest = sha256(answer.data).hexdigest()
    assert regulator.post(f"/packs/{pack_id}/confirm", {"digest": digest}).status_code == 303
    assert "Collected and confirmed" in regulator.get("/packs").text
    assert regulator.post(f"/packs/{pack_id}/collect").status_code == 404


def test_what_was_chosen_stays_where_something_is_wrong(
    sqlite_world: World, signed_in_as: Enter, reference: str
) -> None:
    """A form that forgets is filled in hastily the second time, and hastily is how too much is sent."""
    officer, regulator = signed_in_as(Role.AUDIT_OFFICER, None), signed_in_as(Role.REGULATOR, None)
    given = fields(sqlite_world, regulator, "CH-QQQ-QQQ")
    answer = officer.post("/exports/new", given)
    assert answer.status_code == 422
    assert "There is no case CH-QQQ-QQQ" in answer.text
    assert 'value="ch-qqq-qqq"' in answer.text
    assert answer.text.count("checked") >= 4
    missing = officer.post("/exports/new", {})
    for words in (
        "which body",
        "who collects it",
        "what it is for",
        "which cases",
        "what is shown",
        "the last day",
    ):
        assert words in missing.text, words
    none = officer.post("/exports/new", fields(sqlite_world, regulator, ""))
    assert "Enter the reference of a case" in none.text


def test_a_pack_is_changed_and_revoked_on_its_pages(
    sqlite_world: World, signed_in_as: Enter, reference: str
) -> None:
    first, second = (signed_in_as(Role.AUDIT_OFFICER, None) for _ in range(2))
    regulator = signed_in_as(Role.REGULATOR, None)
    first.post("/exports/new", fields(sqlite_world, regulator, reference))
    pack_id = id_of(sqlite_world)
    form = second.get(f"/exports/{pack_id}/change").text
    assert reference in form
    given = fields(sqlite_world, regulator, reference, version="1", subjects=["offers"])
    assert second.post(f"/exports/{pack_id}/change", given).status_code == 303
    assert first.post(f"/exports/{pack_id}/change", given).status_code == 409
    assert "Revoke" in first.post(f"/exports/{pack_id}/revoke").text
    assert first.post(f"/exports/{pack_id}/revoke", {"step": "confirm"}).status_code == 303
    assert "Revoked" in first.get(f"/exports/{pack_id}").text


def test_nothing_typed_stands_in_a_pack_or_on_its_pages(
    sqlite_world: World, signed_in_as: Enter, reference: str
) -> None:
    """Whatever anybody typed on a case stays there: the canary of the concern, looked for in every file of the pack."""
    first, second = (signed_in_as(Role.AUDIT_OFFICER, None) for _ in range(2))
    regulator = signed_in_as(Role.REGULATOR, None)
    subjects = ["dialogue", "offers", "meetings", "reviews", "escalations", "closing"]
    first.post("/exports/new", fields(sqlite_world, regulator, reference, subjects=subjects))
    pack_id = id_of(sqlite_world)
    page = second.get(f"/exports/{pack_id}").text
    second.post(f"/exports/{pack_id}/approve", {"version": "1"})
    build_packs(sqlite_world)
    with zipfile.ZipFile(io.BytesIO(regulator.post(f"/packs/{pack_id}/collect").data)) as pack:
        texts = [page, *(pack.read(name).decode() for name in pack.namelist() if name != "verify.py")]
    typed = set()
    with sqlite_world.reading(OPERATOR) as work:
        for each in inventory():
            if each.name != "pack_parts.content_sealed":
                typed |= {getattr(row, each.attribute) for row in work.session.scalars(select(each.row))}
    typed = {text for text in typed if len(text) > 3}
    assert typed
    assert not [text for text in typed for where in texts if text in where]


def test_a_regulator_gives_a_key_on_its_page_and_the_officers_see_its_fingerprint(
    sqlite_world: World, signed_in_as: Enter, reference: str, clock: Clock, tmp_path: Path
) -> None:
    """A key that nobody compared might be anybody's; what is typed where a key is asked is never shown again."""
    first, second = (signed_in_as(Role.AUDIT_OFFICER, None) for _ in range(2))
    regulator = signed_in_as(Role.REGULATOR, None)
    assert regulator.actor
    can_sign_in(sqlite_world, regulator.actor)
    assert regulator.get("/packs/verify.py").text.startswith("#!/usr/bin/env python3")
    key = create_private_key(tmp_path / "k")
    private = (tmp_path / "k").read_text().splitlines()[-1]
    for given, problem in (
        ({"public_key": private}, "This is the private key"),
        ({}, "Enter the line"),
    ):
        answer = regulator.post("/packs/key", given)
        assert answer.status_code == 422
        assert problem in answer.text
        assert private not in answer.text
    given = {"public_key": key.text}
    assert regulator.post("/packs/key", given).status_code == 303
    assert key.fingerprint in regulator.get("/packs/key").text
    first.post("/exports/new", fields(sqlite_world, regulator, reference))
    pack_id = id_of(sqlite_world)
    assert key.fingerprint in second.get(f"/exports/{pack_id}").text
    refused = second.post(f"/exports/{pack_id}/approve", {"version": "1"})
    assert refused.status_code == 422
    assert "Compare the fingerprint" in refused.text
    assert second.post(f"/exports/{pack_id}/approve", {"version": "1", "compared": "y"}).status_code == 303
    build_packs(sqlite_world)
    assert ".zip.sealed" in regulator.get(f"/packs/{pack_id}").text
    answer = regulator.post(f"/packs/{pack_id}/collect")
    assert answer.mimetype == "application/octet-stream"
    assert b"clearinghouse/envelope/v1" in answer.data[:100]
    clock.pass_days(11 / 1440)
    asked = regulator.post("/packs/key", {"public_key": private})
    assert (asked.status_code, private in asked.text) == (403, False)
    assert regulator.post("/packs/key/end", {"proof_code": "000000"}).status_code == 422
    assert regulator.post("/packs/key/end", {"proof_code": code_now(sqlite_world)}).status_code == 303
    assert "cannot be collected now" in regulator.get(f"/packs/{pack_id}").text
    assert "Must be changed" in first.get("/exports").text
    for other in (first, signed_in_as(Role.ADMINISTRATOR, None)):
        for path in ("/packs/key", "/packs/key/end", "/packs/verify.py"):
            assert other.get(path).status_code == 404
    assert first.post(f"/exports/{pack_id}/revoke", {"step": "confirm"}).status_code == 303
    assert "Revoked" in regulator.get("/packs").text
    assert "cannot be collected any more" in regulator.get(f"/packs/{pack_id}").text
