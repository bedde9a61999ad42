"""Questions to SQLite whose answers have the types that our own tables give them."""

from typing import Any, cast

import apsw


def many(db: apsw.Connection, sql: str, values: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """All rows of an answer."""
    return cast("list[tuple[Any, ...]]", db.execute(sql, values).fetchall())


def first(db: apsw.Connection, sql: str, values: tuple[Any, ...] = ()) -> tuple[Any, ...] | None:
    """The first row of an answer, if it has one."""
    return cast("tuple[Any, ...] | None", db.execute(sql, values).fetchone())


def one(db: apsw.Connection, sql: str, values: tuple[Any, ...] = ()) -> Any:  # noqa: ANN401
    """The first number of the first row; None without a row."""
    row = first(db, sql, values)
    return None if row is None else row[0]
