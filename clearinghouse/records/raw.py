"""Columns as they lie in the database, whatever somebody put there: read without a converter that could fail on it."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Dialect, String, Table, Uuid, cast, func, inspect, select
from sqlalchemy.orm import Session

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


def uuid_of(value: Raw) -> UUID | None:
    """The key that a value spells, None where it spells none."""
    try:
        return UUID(value) if isinstance(value, str) else None
    except ValueError:
        return None


def shown(value: object) -> str:
    """A value fit for a line of an operator's screen: short, and without control characters."""
    text = str(value) if isinstance(value, str | int) else ascii(value)
    return (text if text.isascii() and text.isprintable() else ascii(text))[:80]
