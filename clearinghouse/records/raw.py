"""Columns as they lie in the database, whatever somebody put there: read without a converter that could fail on it."""

import sqlite3
from collections.abc import Iterator, Mapping
from itertools import islice
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Dialect, String, Table, Uuid, cast, func, inspect, select
from sqlalchemy.orm import Session

_AT_ONCE = 2_000
Raw = str | int | float | bytes | None


def raw(column: ColumnElement[Any], dialect: Dialect) -> ColumnElement[Any]:
    """What to select so that `value_of` gives the column's value without a surprise."""
    if dialect.name == "sqlite":
        # SQLite keeps any type in any column, and text that is no text: as hexadecimal it always arrives.
        kind, digits = func.typeof(column, type_=String()), func.hex(column, type_=String())
        return kind.concat(":").concat(digits)
    return cast(column, String()) if isinstance(column.type, Uuid) else column


def value_of(selected: Any, dialect: Dialect) -> Raw:
    """The value of a column that was selected by `raw`. Text that is not UTF-8 keeps its odd bytes as surrogates."""
    if dialect.name != "sqlite":
        typed: Raw = selected  # what PostgreSQL gives is of the column's own type
        return typed
    kind, _, digits = str(selected).partition(":")
    stored = bytes.fromhex(digits)
    if kind == "null":
        return None
    if kind == "blob":
        return stored
    text = stored.decode("utf-8", errors="surrogateescape")
    if kind == "integer":
        return int(text)
    return float(text) if kind == "real" else text


def table_of(row: type[Any]) -> Table:
    """The table of a mapped row."""
    table: Table = inspect(row).local_table
    return table


def as_stored(session: Session, row: type[Any], *names: str) -> Iterator[tuple[Raw, ...]]:
    """These columns of every row of a table, as they lie there."""
    dialect = session.get_bind().dialect
    columns = [raw(table_of(row).c[name], dialect) for name in names]
    for found in session.execute(select(*columns)):
        yield tuple(value_of(each, dialect) for each in found)


def native_rows(session: Session, sql: str, values: Mapping[str, str]) -> Iterator[tuple[Raw, ...]]:
    """The rows of a statement as the driver gives them, which is fast; `{name}` in it stands for a value.

    On SQLite, text that is not UTF-8 keeps its odd bytes as surrogates. On PostgreSQL all is of its column's type.
    """
    driver: Any = session.connection().connection.driver_connection
    if session.get_bind().dialect.name == "sqlite":
        yield from _from_sqlite(driver, sql.format_map({name: f":{name}" for name in values}), values)
        return
    statement = sql.format_map({name: f"%({name})s" for name in values})
    with driver.cursor("rows", binary=True) as cursor:
        cursor.itersize = _AT_ONCE
        cursor.execute(statement, values)
        yield from cursor


def _from_sqlite(driver: Any, sql: str, values: Mapping[str, str]) -> Iterator[tuple[Raw, ...]]:
    given = 0
    try:
        for row in driver.cursor().execute(sql, values):
            yield row
            given += 1
    except (
        sqlite3.OperationalError
    ):  # text that is none: once more, from there on, in a way that takes anything
        usual, driver.text_factory = driver.text_factory, _any_text
        try:
            yield from islice(driver.cursor().execute(sql, values), given, None)
        finally:
            driver.text_factory = usual


def _any_text(stored: bytes) -> str:
    return stored.decode("utf-8", errors="surrogateescape")


def uuid_of(value: Raw) -> UUID | None:
    """The key that a value spells, None where it spells none, or spells it as nothing would find it."""
    try:
        key = UUID(value) if isinstance(value, str) else None
    except ValueError:
        return None
    return key if key is not None and value in (key.hex, str(key)) else None


def shown(value: object) -> str:
    """A value fit for a line of an operator's screen: short, and without control characters."""
    text = str(value) if isinstance(value, str | int) else ascii(value)
    return (text if text.isascii() and text.isprintable() else ascii(text))[:80]
