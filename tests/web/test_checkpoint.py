"""The page of the ledger's checkpoint: for audit officers, with what they need to check it later, and no key."""

from pathlib import Path

from flask import Flask

from clearinghouse.access.roles import Role
from clearinghouse.casework.anchors.posting import checkpoint_in
from clearinghouse.casework.log import keep_log, signed_tree
from clearinghouse.casework.verification import FromOutside, verify
from clearinghouse.casework.world import World
from tests.factories.people import person
from tests.web.visitors import signed_in


def test_an_audit_officer_prints_and_saves_what_verifies_later(site: Flask, sqlite_world: World) -> None:
    """Before the first checkpoint it says so; the file is the checkpoint, and the root that is shown is its root."""
    officer = signed_in(site, sqlite_world, person(sqlite_world, Role.AUDIT_OFFICER, None))
    assert "Nothing is signed yet" in officer.get("/exports/checkpoint").text
    assert officer.get("/exports/checkpoint/file").status_code == 404
    keep_log(sqlite_world)
    found = signed_tree(sqlite_world)
    assert found
    shown = officer.get("/exports/checkpoint").text
    assert found.note.splitlines()[2] in shown
    saved = officer.get("/exports/checkpoint/file")
    assert checkpoint_in(saved.data) == found.note
    assert "attachment" in saved.headers["Content-Disposition"]
    assert verify(sqlite_world, FromOutside([checkpoint_in(saved.data)])).faults == ()


def test_nobody_else_sees_it_and_no_page_needs_the_logs_key(
    site: Flask, sqlite_world: World, tmp_path: Path
) -> None:
    """The key stands with the clock alone: a web process that was taken over must not be able to sign."""
    keep_log(sqlite_world)
    sqlite_world.log_key_file.rename(tmp_path / "elsewhere")
    officer = signed_in(site, sqlite_world, person(sqlite_world, Role.AUDIT_OFFICER, None))
    assert officer.get("/exports/checkpoint").status_code == 200
    assert officer.get("/exports").status_code == 200
    for role, region in ((Role.LEAD, "default"), (Role.ADMINISTRATOR, None)):
        who = person(sqlite_world, role) if region else person(sqlite_world, role, None)
        assert signed_in(site, sqlite_world, who).get("/exports/checkpoint").status_code == 404
