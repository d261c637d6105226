"""A PostgreSQL database that is put back to how it was made, which is far quicker than another copy of it."""

import psycopg
from psycopg import sql
from sqlalchemy import make_url

_ENDED = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> %s"
)
_SCHEMA = """
    SELECT (SELECT json_agg((oid, relname, relnatts, relfilenode, relhastriggers, relrowsecurity) ORDER BY oid)::text
              FROM pg_class WHERE relnamespace = 'public'::regnamespace),
           (SELECT json_agg((oid, conname) ORDER BY oid)::text FROM pg_constraint),
           (SELECT json_agg((oid, tgname, tgenabled) ORDER BY oid)::text FROM pg_trigger WHERE NOT tgisinternal)
"""


class PutBack:
    """One database for one test after the other, with the rows that stand in it now."""

    def __init__(self, address: str) -> None:
        self.address = address
        with self._connection() as connection:
            found = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
            self._tables = [sql.Identifier(row[0]) for row in found.fetchall()]
            kept = [(table, _rows(connection, table)) for table in self._tables]
            self._schema = connection.execute(_SCHEMA).fetchone()
        self._rows = [(table, rows) for table, rows in kept if rows]

    def put_back(self) -> bool:
        """End whoever is still connected and put every row back; False where a test changed the schema itself."""
        with self._connection() as connection:
            connection.execute(_ENDED, [connection.info.backend_pid])
            if connection.execute(_SCHEMA).fetchone() != self._schema:
                return False
            # References are asked about by triggers, which stay silent: all of the rows fit together again at the end.
            emptied = sql.SQL(" ").join(sql.SQL("DELETE FROM {};").format(table) for table in self._tables)
            connection.execute(sql.SQL("SET LOCAL session_replication_role = replica; {}").format(emptied))
            for table, rows in self._rows:
                with connection.cursor().copy(sql.SQL("COPY {} FROM STDIN").format(table)) as copy:
                    copy.write(rows)
        return True

    def _connection(self) -> psycopg.Connection:
        address = make_url(self.address)
        return psycopg.connect(
            host=str(address.query["host"]), user=address.username, dbname=address.database
        )


def _rows(connection: psycopg.Connection, table: sql.Identifier) -> bytes:
    with connection.cursor().copy(sql.SQL("COPY {} TO STDOUT").format(table)) as copy:
        return b"".join(copy)
