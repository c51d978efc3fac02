"""Rival: four PostgreSQL servers in a line, each subscribed to the one below (logical replication).

synchronous_commit and fsync on at every store, Unix sockets. The lowest gets rows in transactions
of `batch`; it checks no signature and keeps no read model.
"""

from __future__ import annotations

from contextlib import ExitStack
from typing import Final, Self

import psycopg

from tests.support.postgres import SUPERUSER, PostgresServer, PostgresUnavailableError

STORES: Final = 4
SETTINGS: Final = {
    "wal_level": "logical",
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "shared_buffers": "128MB",
}
TABLE: Final = "CREATE TABLE events (id bigserial PRIMARY KEY, body bytea NOT NULL)"


class Chain:
    """Four servers. Raises PostgresUnavailableError where there is none to run."""

    name = "PostgreSQL logical replication, synchronous_commit=on"

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
