"""Rival: four PostgreSQL servers in a line, each subscribed to the one below (logical replication).

synchronous_commit and fsync on at every store, Unix sockets. The lowest gets rows in transactions
of `batch`; it checks no signature and keeps no read model.
"""

from __future__ import annotations

from contextlib import ExitStack
from typing import Any, Final, Self

import psycopg

from tests.support.postgres import SUPERUSER, PostgresServer, PostgresUnavailableError

STORES: Final = 4
SETTINGS: Final = {
    "wal_level": "logical",
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "shared_buffers": "128MB",
    "max_connections": "160",
}
TABLE: Final = "CREATE TABLE events (id bigserial PRIMARY KEY, body bytea NOT NULL)"


class Writer:
    """A client that commits a batch of rows by one prepared statement, without blocking."""

    def __init__(self, line: psycopg.Connection, body: bytes, batch: int) -> None:
        self._line, self._rows = line.pgconn, [body] * batch
        values = ", ".join(f"(${number})" for number in range(1, batch + 1))
        made = self._line.prepare(b"put", f"INSERT INTO events (body) VALUES {values}".encode())
        _fine(made)

    def fileno(self) -> int:
        """The connection's socket."""
        return self._line.socket

    def send(self) -> None:
        """One transaction."""
        self._line.send_query_prepared(b"put", self._rows, [1] * len(self._rows))
        while self._line.flush():
            pass

    def heard(self) -> bool:
        """Whether it is committed. RuntimeError: refused."""
        self._line.consume_input()
        if self._line.is_busy():
            return False
        while (found := self._line.get_result()) is not None:
            _fine(found)
        return True


def _fine(result: Any) -> None:
    if result.status != psycopg.pq.ExecStatus.COMMAND_OK:
        raise RuntimeError(f"PostgreSQL: {result.error_message.decode(errors='replace')}")


class Chain:
    """Four servers. Raises PostgresUnavailableError where there is none to run."""

    name = "PostgreSQL logical replication, synchronous_commit=on"
    ways: Final = {
        "sync": "fsync and synchronous_commit=on at every store, subscribers included",
        "publish": "one transaction per batch, committed before the next",
        "hops": "logical replication, each server subscribed to the one below",
    }

    def __init__(self) -> None:
        self._stack = ExitStack()
        self._lines = list[psycopg.Connection]()

    def __enter__(self) -> Self:
        try:
            for number in range(STORES):
                self._add(number)
        except BaseException:
            self._stack.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def _add(self, number: int) -> None:
        server = self._stack.enter_context(PostgresServer(SETTINGS))
        where = {"user": SUPERUSER, "dbname": "postgres", "host": str(server.folder)}
        line = self._stack.enter_context(psycopg.connect(**where, autocommit=True))
        line.execute(TABLE)
        line.execute("CREATE PUBLICATION up FOR TABLE events")
        if number:
            below = self._lines[-1].info
            line.execute(
                f"CREATE SUBSCRIPTION down CONNECTION 'host={below.host} user={below.user}"
                " dbname=postgres' PUBLICATION up WITH (synchronous_commit = 'on')"
            )
        self._lines.append(line)

    def send(self, body: bytes, count: int, batch: int) -> None:
        """Rows into the lowest store, `batch` per transaction."""
        line = self._lines[0]
        for start in range(0, count, batch):
            rows = [(body,)] * min(batch, count - start)
            with line.transaction(), line.cursor() as cursor:
                cursor.executemany("INSERT INTO events (body) VALUES (%s)", rows)

    def clients(self, count: int, body: bytes, batch: int) -> list[Writer]:
        """So many connections to the lowest, each committing `batch` rows at a time."""
        info, made = self._lines[0].info, list[Writer]()
        where = {"user": info.user, "dbname": info.dbname, "host": info.host}
        for _ in range(count):
            line = self._stack.enter_context(psycopg.connect(**where, autocommit=True))
            made.append(Writer(line, body, batch))
        return made

    def arrived(self) -> int:
        """Rows in the highest store."""
        row = self._lines[-1].execute("SELECT count(*) FROM events").fetchone()
        return int(row[0]) if row else 0


def missing() -> str:
    """Why this rival can't run here; empty if it can."""
    try:
        with PostgresServer(SETTINGS):
            return ""
    except PostgresUnavailableError as error:
        return str(error)
