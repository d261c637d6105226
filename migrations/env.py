"""How Alembic reaches the database: through the program's own set-up, one transaction for each revision."""

import os
from typing import cast

from alembic import context

from clearinghouse.records.database import Database
from clearinghouse.records.tables import METADATA
from clearinghouse.settings import read_settings

url = (
    cast(str | None, context.config.attributes.get("database_url")) or read_settings(os.environ).database_url
)
database = Database(url)
with database.engine.connect() as connection:
    context.configure(connection=connection, target_metadata=METADATA, transaction_per_migration=True)
    with context.begin_transaction():
        context.run_migrations()
    connection.commit()
database.close()
