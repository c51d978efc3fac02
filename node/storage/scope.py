"""One tenant in one domain on one connection: the place that scopes whatever a store asks.

Decides how statements reach the database: each is written in SQLAlchemy Core, compiled once per
engine, and run on the driver's own cursor (an exchange asks some thirty small questions; Core's
way of executing costs ten times the question). Values go in as they are: only text, bytes, numbers
and None are used. Never knows a table.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any, Final, NamedTuple

from sqlalchemy import (
    ARRAY,
    Column,
    ColumnElement,
    Connection,
    Dialect,
    Insert,
    Select,
    String,
    Table,
    Text,
    any_,
    bindparam,
    func,
    insert,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql import ClauseElement

from schemas.strict import dump

Row = tuple[Any, ...]
_VALUES: Final = re.compile(r"VALUES \(([^()]*)\)")


class _Compiled(NamedTuple):
    sql: str
    names: tuple[str, ...]
    fixed: dict[str, Any]


class _Bulk(NamedTuple):
    sql: str
    key: tuple[int, ...]
    """which columns must differ from row to row"""


class Statement:
    """A statement of Core with named parameters, ready for the driver.

    `apart`: how PostgreSQL says it, where that differs.
    """

    __slots__ = ("_apart", "_bulk", "_clause", "_compiled")

    def __init__(self, clause: ClauseElement, apart: ClauseElement | None = None) -> None:
        self._clause = clause
        self._apart = apart
        self._compiled: dict[str, _Compiled] = {}
        self._bulk: _Bulk | None = None

    def bulk(self, dialect: Dialect) -> _Bulk | None:
        """Many rows in one statement, each column as an array (PostgreSQL); None: row by row.

        A row costs it a third of what a statement of its own does. Only for plain rows: no literal
        among the values, nothing returned.
        """
        if dialect.name != "postgresql":
            return None
        if self._bulk is None:
            self._bulk = self._made_bulk(dialect)
        return self._bulk if self._bulk.sql else None

    def _made_bulk(self, dialect: Dialect) -> _Bulk:
        clause, sql = self._apart if self._apart is not None else self._clause, self.on(dialect).sql
        values = _VALUES.search(sql)
        if not isinstance(clause, Insert) or values is None or self.on(dialect).fixed:
            return _Bulk("", ())
        if "RETURNING" in sql or any(not one.startswith("%s") for one in values[1].split(", ")):
            return _Bulk("", ())
        table, names = clause.table, self.on(dialect).names
        arrays = ", ".join(f"%s::{_array_of(table.c[name], dialect)}" for name in names)
        made = f"SELECT * FROM unnest({arrays})"
        key = tuple(names.index(one.name) for one in table.primary_key if one.name in names)
        return _Bulk(
            sql[: values.start()] + made + sql[values.end() :], key if "DO UPDATE" in sql else ()
        )

    def on(self, dialect: Dialect) -> _Compiled:
        """The text for one engine, and the names of its parameters in order."""
        found = self._compiled.get(dialect.name)
        if found is None:
            clause = self._clause
            if self._apart is not None and dialect.name == "postgresql":
                clause = self._apart
            made: Any = clause.compile(dialect=dialect)
            fixed = {name: value for name, value in made.params.items() if value is not None}
            found = _Compiled(str(made), tuple(made.positiontup or ()), fixed)
            self._compiled[dialect.name] = found
        return found


def execute(connection: Connection, statement: Statement, **values: Any) -> Any:
    """Run a statement on the driver's own cursor, outside of any scope; the cursor."""
    sql, names, fixed = statement.on(connection.dialect)
    given = {**fixed, **values}
    cursor = connection.connection.cursor()
    cursor.execute(sql, tuple([given[name] for name in names]))
    return cursor


def named(*columns: Any) -> list[Any]:
    """Each column equal to the parameter of its name."""
    return [column == bindparam(column.name) for column in columns]


def elements(name: str) -> tuple[Any, Any]:
    """The texts in one parameter as rows: SQLite takes them as JSON, PostgreSQL as an array."""
    listed: Any = func.json_each(bindparam(name)).table_valued("value").c.value
    return listed, func.unnest(bindparam(name, type_=ARRAY(Text)))


def among(asked: Select[Any], column: Column[Any]) -> Statement:
    """`asked` for rows whose `column` is one of the texts in the parameter `among`.

    However many they are, it is one statement.
    """
    listed, _ = elements("among")
    array = any_(bindparam("among", type_=ARRAY(Text)))
    return Statement(asked.where(column.in_(select(listed))), asked.where(column == array))


def adding(table: Table, *names: str) -> Insert:
    """A new row with a parameter for each of these columns, in the table's order."""
    return insert(table).values({name: bindparam(name) for name in names}).inline()


def putting(
    table: Table, *names: str, where: Any = None, counts: Column[Any] | None = None
) -> Statement:
    """A row with a parameter for each of these columns, in place of one with the same key.

    `where`: given the row that comes and the table, whether it replaces the one held. `counts`:
    a column that grows by what comes, and whose new value is returned.
    """
    key = [column.name for column in table.primary_key]

    def made(insert_of: Any) -> Any:
        comes = insert_of(table).values({name: bindparam(name) for name in names})
        became = {name: comes.excluded[name] for name in names if name not in key}
        if counts is not None:
            became[counts.name] = counts + comes.excluded[counts.name]
        if not became:
            return comes.on_conflict_do_nothing(index_elements=key)
        kept = where(comes.excluded, table.c) if where is not None else None
        put = comes.on_conflict_do_update(index_elements=key, set_=became, where=kept)
        return put.returning(counts) if counts is not None else put.inline()

    return Statement(made(sqlite.insert), made(postgresql.insert))


class Scope:
    """What every part of a store stands on."""

    def __init__(self, connection: Connection, tenant: int, node: str, domain: str) -> None:
        self.connection: Final = connection
        self.tenant: Final = tenant
        self.node = node
        self.domain = domain
        self._dialect: Final = connection.dialect
        self._cursor: Final = connection.connection.cursor()
        self._own: Final = {"tenant": tenant, "domain": domain}

    def _run(self, statement: Statement, **values: Any) -> None:
        sql, names, fixed = statement.on(self._dialect)
        given = {**fixed, **self._own, **values}
        self._cursor.execute(sql, tuple([given[name] for name in names]))

    def _all(self, statement: Statement, **values: Any) -> list[Row]:
        self._run(statement, **values)
        return list(self._cursor.fetchall())

    def _one(self, statement: Statement, **values: Any) -> Row | None:
        found = self._all(statement, **values)
        return found[0] if found else None

    def _among(self, statement: Statement, values: Iterable[str], **others: Any) -> list[Row]:
        """The rows of an `among` statement; none where nothing is asked for."""
        asked = list(values)
        if not asked:
            return []
        shared = self._dialect.name == "postgresql"
        return self._all(statement, among=asked if shared else dump(asked).decode(), **others)

    def _many(self, statement: Statement, rows: Iterable[Row]) -> None:
        """Run once per row, each with its values in the statement's own order."""
        listed = list(rows)
        bulk = statement.bulk(self._dialect) if len(listed) > 1 else None
        if bulk is not None and _differ(listed, bulk.key):
            self._cursor.execute(bulk.sql, [list(column) for column in zip(*listed, strict=True)])
        else:
            self._cursor.executemany(statement.on(self._dialect).sql, listed)


def _differ(rows: Sequence[Row], key: Sequence[int]) -> bool:
    """Whether no two rows have the same key: one statement may change a row once."""
    return not key or len({tuple([row[at] for at in key]) for row in rows}) == len(rows)


def _array_of(column: ColumnElement[Any], dialect: Dialect) -> str:
    """The type of an array of a column's values."""
    return "text[]" if isinstance(column.type, String) else f"{column.type.compile(dialect)}[]"
