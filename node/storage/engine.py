"""The host's one database, and the one thread through which this process writes to it.

Decides how it is opened, that readers see one moment each and can't write, and that whatever is
written meanwhile shares one commit (group commit): each function in its own savepoint, all answers
after the commit. Never knows what is written. Follows law 5 of the protocol: event, cursor, read
model and spool become durable together or not at all.

SQLite has one writer at a time anyway. On PostgreSQL several processes may write: whoever writes
for a tenant holds that tenant's lock until the commit, so within a tenant the same is true.
"""

from __future__ import annotations

import fcntl
import logging
import queue
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from typing import Any, Final, NamedTuple, TypeVar

from sqlalchemy import URL, Engine, create_engine, event, make_url
from sqlalchemy import Connection as Connection
from sqlalchemy.exc import OperationalError, SQLAlchemyError
from sqlalchemy.pool import NullPool, QueuePool

from node.storage import guard

T = TypeVar("T")
Hook = Callable[[frozenset[int]], None]

GROUP: Final = 128
"""at most this many functions share one commit"""
GROUP_SECONDS: Final = 0.05
"""after this long no more join"""
BUSY_SECONDS: Final = 30
SQLITE_ERROR: Final = 1
LOCKS: Final = 0x6475
"""first key of our advisory locks on PostgreSQL; the second is the tenant"""
_log: Final = logging.getLogger(__name__)

PRAGMAS: Final = (
    "page_size = 8192",
    "journal_mode = WAL",
    "synchronous = FULL",
    "foreign_keys = ON",
    f"busy_timeout = {BUSY_SECONDS * 1000}",
    "temp_store = MEMORY",
    "journal_size_limit = 67108864",
    "wal_autocheckpoint = 2000",
)


class Unavailable(Exception):
    """The database couldn't take it now (locked, disk full, connection lost): nothing was kept."""


class _Lost(Exception):
    """The whole transaction is gone, not only one function's part of it."""


class _Job(NamedTuple):
    work: Callable[[Connection], Any]
    tenant: int | None
    future: Future[Any]


def open_engine(url: str | URL, *, writes: bool, pool: int = 0) -> Engine:
    """An engine set up for this product; `pool`: connections kept (0: none).

    SQLite needs a file. ValueError for any other kind of database.
    """
    address = make_url(url)
    kind = address.get_backend_name()
    pooling: dict[str, Any] = (
        {"poolclass": QueuePool, "pool_size": pool, "max_overflow": 32}
        if pool
        else {"poolclass": NullPool}
    )
    if kind == "sqlite":
        if address.database in (None, "", ":memory:"):
            raise ValueError("SQLite needs a file")
        engine = create_engine(address.set(drivername="sqlite"), **pooling)
        _set_up_sqlite(engine, writes)
        return engine
    if kind == "postgresql":
        isolation = "READ COMMITTED" if writes else "REPEATABLE READ"
        return create_engine(
            address.set(drivername="postgresql+psycopg"),
            isolation_level=isolation,
            paramstyle="format",
            pool_pre_ping=bool(pool),
            execution_options={} if writes else {"postgresql_readonly": True},
            **pooling,
        )
    raise ValueError(f"SQLite or PostgreSQL, not {kind}")


def _set_up_sqlite(engine: Engine, writes: bool) -> None:
    pragmas = (*PRAGMAS, "cache_size = -32768" if writes else "query_only = ON")
    begin = "BEGIN IMMEDIATE" if writes else "BEGIN"

    def connected(raw: Any, _: object) -> None:
        raw.isolation_level = None
        for pragma in pragmas:
            raw.execute(f"PRAGMA {pragma}")

    def began(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    event.listen(engine, "connect", connected)
    event.listen(engine, "begin", began)


class Database:
    """A host's database. `write` is safe from any thread but the writer's own."""

    def __init__(self, url: str, pool: int = 8) -> None:
        self._readers: Final = open_engine(url, writes=False, pool=pool)
        self._writer: Final = open_engine(url, writes=True, pool=1)
        self._shared: Final = self._writer.dialect.name == "postgresql"
        self._queue: Final = queue.SimpleQueue[_Job | None]()
        self._hooks: Final = list[Hook]()
        self._starting: Final = threading.Lock()
        self._thread: threading.Thread | None = None
        self._closed = False
        self._line: Connection | None = None
        self._watching: Final = list[Any]()

    @property
    def shared(self) -> bool:
        """Whether other processes may write to it at the same time."""
        return self._shared

    @contextmanager
    def read(self, tenant: int | None = None) -> Iterator[Connection]:
        """A connection that sees the database as it was at its first query, and can't write.

        `tenant`: whose rows it is about; None: every tenant's, for what is the host's.
        """
        with self._readers.connect() as connection, connection.begin():
            guard.enter(connection, tenant)
            yield connection

    def write(self, work: Callable[[Connection], T], tenant: int | None = None) -> T:
        """Run `work` in the writer's transaction; return its result once that is durable.

        `tenant`: for whom it writes; None for what is the host's. What `work` raises is raised
        here, and only its own changes are undone. Raises Unavailable when nothing could be kept.
        """
        return self.submit(work, tenant).result()

    def submit(self, work: Callable[[Connection], T], tenant: int | None = None) -> Future[T]:
        """As `write`, without waiting for it."""
        if threading.current_thread() is self._thread:
            raise RuntimeError("the writer can't wait for itself: use the connection at hand")
        job = _Job(work, tenant, Future[Any]())
        with self._starting:
            if self._closed:
                raise Unavailable("the database is closed")
            if self._thread is None:
                self._thread = threading.Thread(target=self._serve, name="writer", daemon=True)
                self._thread.start()
            self._queue.put(job)
        return job.future

    def watch(self) -> Callable[[], bool]:
        """Whether anybody, another process too, has committed since it was last asked (a few µs).

        For one thread. Of a server, where to ask costs as much as to look, always.
        """
        if self._shared:
            return lambda: True
        line = self._readers.raw_connection()
        self._watching.append(line)
        cursor, seen = line.cursor(), -1

        def moved() -> bool:
            nonlocal seen
            before = seen
            seen = int(cursor.execute("PRAGMA data_version").fetchone()[0])
            return seen != before

        return moved

    def on_commit(self, hook: Hook) -> None:
        """Have `hook` called after each commit, with the tenants written for; it must be quick."""
        self._hooks.append(hook)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Nobody else is in here on this database meanwhile; whoever comes waits."""
        with self._lone() if self._shared else _locked(f"{self._writer.url.database}.lock"):
            yield

    @contextmanager
    def _lone(self) -> Iterator[None]:
        with self._readers.connect() as connection, connection.begin():
            connection.exec_driver_sql("SELECT pg_advisory_xact_lock(%s, -2)", (LOCKS,))
            yield

    def close(self) -> None:
        """Finish what was asked for, and let go of all connections."""
        with self._starting:
            self._closed = True
            thread = self._thread
        if thread is not None:
            self._queue.put(None)
            thread.join()
        for line in self._watching:
            line.close()
        self._readers.dispose()
        self._writer.dispose()

    def _serve(self) -> None:
        ahead: _Job | None = None
        while True:
            job = ahead or self._queue.get()
            if job is None:
                if self._line is not None:
                    self._line.close()
                return
            ahead = self._commit(job)

    @contextmanager
    def _transaction(self) -> Iterator[Connection]:
        """The writer's transaction. SQLite's connection is kept: opening it anew costs as much as
        a small job; to a server it is asked for each time, which finds out whether it is there."""
        line = self._line or self._writer.connect()
        self._line = None
        try:
            with line.begin():
                yield line
        except BaseException:
            line.close()
            raise
        if self._shared:
            line.close()
        else:
            self._line = line

    def _commit(self, first: _Job) -> _Job | None:
        """One transaction; returns a job that must wait for the next one."""
        done: list[tuple[_Job, Any]] = []
        ahead: list[_Job | None] = [None]
        try:
            with self._transaction() as connection:
                for job in self._group(connection, first, ahead):
                    if job.future.set_running_or_notify_cancel():
                        self._run(connection, job, done)
        except Exception as error:
            _log.warning("nothing of a group was kept (%d done): %s", len(done), error)
            for job in [first, *(one for one, _ in done)]:
                if not job.future.done():
                    job.future.set_exception(_unavailable(error))
            return ahead[0]
        for job, result in done:
            job.future.set_result(result)
        self._tell(frozenset(job.tenant for job, _ in done if job.tenant is not None))
        return ahead[0]

    def _group(
        self, connection: Connection, first: _Job, ahead: list[_Job | None]
    ) -> Iterator[_Job]:
        """Jobs that may join, each holding its tenant's lock; who'd have to wait goes ahead."""
        end = time.monotonic() + GROUP_SECONDS
        self._lock(connection, first.tenant, wait=True)
        yield first
        for _ in range(GROUP - 1):
            if time.monotonic() > end or self._queue.empty():
                return
            job = self._queue.get()
            if job is None:
                self._queue.put(None)
                return
            try:
                free = self._lock(connection, job.tenant, wait=False)
            except SQLAlchemyError:
                ahead[0] = job
                raise
            if not free:
                ahead[0] = job
                return
            yield job

    def _lock(self, connection: Connection, tenant: int | None, wait: bool) -> bool:
        """Take a tenant's lock until the commit, and say that what follows is for it.

        Only the first of a group waits: no deadlock.
        """
        if not self._shared:
            return True
        call = "pg_advisory_xact_lock" if wait else "pg_try_advisory_xact_lock"
        asked = f"SELECT {call}(%s, %s), set_config('{guard.SETTING}', %s, true)"
        told = (LOCKS, tenant or 0, guard.said(tenant))
        found = connection.exec_driver_sql(asked, told).scalar()
        return wait or bool(found)

    def _run(self, connection: Connection, job: _Job, done: list[tuple[_Job, Any]]) -> None:
        raw = connection.connection.cursor()
        raw.execute("SAVEPOINT job")
        try:
            result = job.work(connection)
            raw.execute("RELEASE SAVEPOINT job")
        except BaseException as error:
            job.future.set_exception(_unavailable(error) if self._at_fault(error) else error)
            try:
                raw.execute("ROLLBACK TO SAVEPOINT job")
                raw.execute("RELEASE SAVEPOINT job")
            except Exception:
                raise _Lost(str(error)) from error
        else:
            done.append((job, result))

    def _at_fault(self, error: BaseException) -> bool:
        """Whether the database failed, not what was asked of it."""
        driver = self._writer.dialect.loaded_dbapi
        if isinstance(error, OperationalError):
            error = error.orig or error
        if not isinstance(error, OperationalError | driver.OperationalError):
            return False
        # SQLite names no table and a bad word by the same class as a full disk; only the code tells
        return getattr(error, "sqlite_errorcode", None) != SQLITE_ERROR

    def _tell(self, tenants: frozenset[int]) -> None:
        for hook in self._hooks:
            try:
                hook(tenants)
            except Exception:
                _log.exception("a hook after a commit failed")


@contextmanager
def _locked(path: str) -> Iterator[None]:
    """Holds a file's lock, which ends with the process at the latest."""
    with open(path, "a", encoding="ascii") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _unavailable(error: BaseException) -> Unavailable:
    made = Unavailable(str(error).partition("\n")[0])
    made.__cause__ = error
    return made
