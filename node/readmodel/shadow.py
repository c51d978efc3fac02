"""A database beside the live one, in memory, in which read models are built anew and compared.

Decides what counts as the same: every row of every read model, every outcome, every member, byte
for byte, in one fixed order.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Table, create_engine, event, select

from node.readmodel.tables import assignments, clocks, drafts, likeness, matters
from node.readmodel.tables import metadata as read_models
from node.storage.store import SqlStore
from node.storage.tables import chains, members, outcomes
from node.storage.tables import metadata as storage


@contextmanager
def shadow() -> Iterator[Connection]:
    """An empty database in memory with all tables."""
    engine = create_engine("sqlite://")
    event.listen(engine, "connect", lambda raw, _: raw.execute("PRAGMA foreign_keys=OFF"))
    with engine.connect() as connection:
        storage.create_all(connection)
        read_models.create_all(connection)
        yield connection
    engine.dispose()


def compare(live: SqlStore, rebuilt: SqlStore) -> Iterator[tuple[str, str, int]]:
    """Per table: its name, what differs ("" for nothing), and how many rows were compared."""
    for table in (matters, assignments, clocks, drafts, likeness, members):
        here, there = _rows(live, table), _rows(rebuilt, table)
        yield str(table.name), _difference(here, there), len(here)
    here, there = _outcomes(live), _outcomes(rebuilt)
    yield "outcomes", _difference(here, there), len(here)


def _rows(store: SqlStore, table: Table) -> dict[str, tuple[Any, ...]]:
    key = [column for column in table.primary_key if column.name not in ("tenant", "domain")]
    asked = select(*key, *[c for c in table.c if c.name != "tenant"]).where(
        table.c.tenant == store.tenant
    )
    if "domain" in table.c:
        asked = asked.where(table.c.domain == store.domain)
    elif table is clocks:
        mine = select(assignments.c.id).where(
            assignments.c.tenant == store.tenant, assignments.c.domain == store.domain
        )
        asked = asked.where(clocks.c.assignment.in_(mine))
    found = {}
    for row in store.connection.execute(asked):
        values = tuple(bytes(one) if isinstance(one, memoryview) else one for one in row)
        found["/".join(str(one) for one in values[: len(key)])] = values[len(key) :]
    return found


def _outcomes(store: SqlStore) -> dict[str, tuple[Any, ...]]:
    asked = (
        select(outcomes.c.head, outcomes.c.code)
        .join(chains, chains.c.id == outcomes.c.chain)
        .where(outcomes.c.tenant == store.tenant, chains.c.domain == store.domain)
    )
    return {row.head: (row.code,) for row in store.connection.execute(asked)}


def _difference(here: dict[str, tuple[Any, ...]], there: dict[str, tuple[Any, ...]]) -> str:
    missing = sorted(there.keys() - here.keys())
    extra = sorted(here.keys() - there.keys())
    other = sorted(key for key in here.keys() & there.keys() if here[key] != there[key])
    named = [("missing", missing), ("extra", extra), ("different", other)]
    return "; ".join(f"{len(keys)} {word}, first {keys[0]}" for word, keys in named if keys)
