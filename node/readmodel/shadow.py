"""A database beside the live one, in memory, in which read models are built anew and compared.

Decides what counts as the same: every row of every read model, every outcome, member, erasure and
count, byte for byte, in one fixed order.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Table, create_engine, event, select

from node.readmodel.tables import (
    acts,
    assignments,
    clocks,
    drafts,
    ledger,
    likeness,
    matters,
    moments,
    rules,
    sums,
    users,
)
from node.readmodel.tables import metadata as read_models
from node.storage.store import SqlStore
from node.storage.tables import chains, erasures, members, outcomes
from node.storage.tables import metadata as storage
from sync.event import Event, Tip

Rows = dict[str, tuple[Any, ...]]


class ShadowStore(SqlStore):
    """A store that takes events behind a gap: what is missing must not hide what is there."""

    def append(self, events: Sequence[Event]) -> None:
        """Take consecutive events of one chain, wherever they stand in it."""
        first = events[0].header
        self._make_chain(events[0].chain).tip = Tip(first.seq - 1, first.prev)
        super().append(events)


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
    own = live.domain.startswith("self@")
    here_are = (matters, assignments, clocks, sums, moments, ledger, drafts, likeness, rules)
    stored = (members, erasures)
    for table in (users, acts) if own else (*here_are, *stored):
        here, there = _rows(live, table), _rows(rebuilt, table)
        yield str(table.name), _difference(here, there), len(here)
    for name, read in (("outcomes", _outcomes), ("counts", _counts)):
        here, there = read(live), read(rebuilt)
        yield name, _difference(here, there), len(here)


def _rows(store: SqlStore, table: Table) -> Rows:
    key = [column for column in table.primary_key if column.name not in ("tenant", "domain")]
    apart = ("tenant", "words", *(one.name for one in key))
    rest = [column for column in table.c if column.name not in apart]
    asked = select(*key, *rest).where(table.c.tenant == store.tenant)
    if "domain" in table.c:
        asked = asked.where(table.c.domain == store.domain)
    found = {}
    for row in store.connection.execute(asked):
        values = tuple(bytes(one) if isinstance(one, memoryview) else one for one in row)
        found["/".join(str(one) for one in values[: len(key)])] = values[len(key) :]
    return found


def _outcomes(store: SqlStore) -> Rows:
    asked = (
        select(
            *(chains.c.origin, chains.c.epoch, chains.c.stream),
            *(outcomes.c.seq, outcomes.c.head, outcomes.c.code),
        )
        .join(chains, chains.c.id == outcomes.c.chain)
        .where(outcomes.c.tenant == store.tenant, chains.c.domain == store.domain)
    )
    rows = store.connection.execute(asked)
    return {"/".join(map(str, row[:4])): (row.head, row.code) for row in rows}


def _counts(store: SqlStore) -> Rows:
    """How many events of each chain are parked or quarantined, where any is."""
    asked = select(
        *(chains.c.origin, chains.c.epoch, chains.c.stream),
        *(chains.c.parked, chains.c.quarantined),
    ).where(chains.c.tenant == store.tenant, chains.c.domain == store.domain)
    rows = store.connection.execute(asked)
    return {"/".join(row[:3]): tuple(row[3:]) for row in rows if any(row[3:])}


def _difference(here: Rows, there: Rows) -> str:
    missing = sorted(there.keys() - here.keys())
    extra = sorted(here.keys() - there.keys())
    other = sorted(key for key in here.keys() & there.keys() if here[key] != there[key])
    named = [("missing", missing), ("extra", extra), ("different", other)]
    return "; ".join(f"{len(keys)} {word}, first {keys[0]}" for word, keys in named if keys)
