"""How Alembic reaches the database: through the program's own set-up, one transaction for each revision."""

import os
from typing import Any, cast

from alembic import context
from sqlalchemy import Connection

from clearinghouse.records.database import Database
from clearinghouse.records.tables import METADATA
from clearinghouse.settings import read_settings


def leave_references_for_later(connection: Connection) -> None:
    """SQLite changes a table by copying and dropping it, which rows that refer to it would forbid."""
    cursor = connection.connection.cursor()
    cursor.execute("PRAGMA foreign_keys = OFF")  # counts only outside a transaction, so before the first
    cursor.close()


def check_references(ctx: Any, **_: object) -> None:
    """At the end of each revision every reference must lead somewhere; otherwise nothing of it is kept."""
    if database.is_sqlite and (lost := ctx.connection.exec_driver_sql("PRAGMA foreign_key_check").fetchall()):
        raise RuntimeError(f"{len(lost)} rows refer to rows that are not there, of {lost[0][0]} for one")


url = (
    cast(str | None, context.config.attributes.get("database_url")) or read_settings(os.environ).database_url
)
database = Database(url)
try:
    with database.engine.connect() as connection:
        if database.is_sqlite:
            leave_references_for_later(connection)
        context.configure(
            connection=connection,
            target_metadata=METADATA,
            transaction_per_migration=True,
            on_version_apply=check_references,
        )
        with context.begin_transaction():
            context.run_migrations()
        connection.commit()
finally:
    database.close()
