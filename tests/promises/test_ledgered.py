"""The short form of P13; `scripts/promises` runs the full one."""

import shutil
from pathlib import Path

from clearinghouse.casework.installation import open_installation
from tests.migrations.beyond_the_demo import go_on
from tests.promises.ledgered import every_write_is_ledgered
from tests.worlds import Clock, settings_for


def test_what_the_ledger_refuses_is_not_done(tmp_path: Path, filled_on_sqlite: Path) -> None:
    """Something would have happened that no event tells, or a second try would fail on what the first left behind."""
    home = tmp_path / "home"
    shutil.copytree(filled_on_sqlite, home)
    world = open_installation(settings_for(home, CLEARINGHOUSE_DEMO="1"), Clock())
    print(every_write_is_ledgered(world, go_on))
    world.database.close()
