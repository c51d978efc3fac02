"""A worker looks when something was written, by whichever process, and else only now and then."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import update

import node.worker
from node.storage.engine import Database
from node.storage.hosts import put_setting
from node.storage.tables import links
from node.storage.turns import next_due
from node.worker import Worker
from tests.support.hosts import until
from tests.support.onehost import OneHost


@pytest.fixture
def one(tmp_path: Path) -> Iterator[OneHost]:
    made = OneHost(
        tmp_path, f"sqlite:///{tmp_path}/host.db", {"province": None, "city": "province"}
    )
    yield made
    made.close()


def _touch(database: Database) -> None:
    database.write(lambda c: put_setting(c, "touched", os.urandom(8).hex()))


def test_what_is_written_is_noticed_once_whoever_wrote_it(one: OneHost, tmp_path: Path) -> None:
    other = Database(f"sqlite:///{tmp_path}/host.db")
    moved = one.host.database.watch()
    assert [moved(), moved()] == [True, False]  # nothing is known of what was before
    for database in (one.host.database, other):
        _touch(database)
        assert [moved(), moved()] == [True, False]
    other.close()


def test_of_a_server_something_may_always_have_been_written(
    tmp_path: Path, fresh_postgres: str
) -> None:
    database = Database(fresh_postgres)
    moved = database.watch()
    assert [moved(), moved()] == [True, True]
    database.close()


def test_the_next_link_that_is_due_by_the_clock(one: OneHost) -> None:
    one.host.database.write(lambda c: c.execute(update(links).values(due=100.0)))
    with one.host.database.read() as connection:
        assert next_due(connection, 99.0) == 100.0
        assert next_due(connection, 100.0) is None


def test_a_worker_without_work_looks_when_another_process_has_written(
    one: OneHost, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(node.worker, "IDLE_SECONDS", 3600.0)
    monkeypatch.setattr(node.worker, "REMIND_SECONDS", 3600.0)
    far = one.host.now().seconds + 7200
    one.host.database.write(lambda c: c.execute(update(links).values(due=far)))
    looks = threading.Semaphore(0)
    worker, look = Worker(one.host, threads=1), Worker.look

    def counted(self: Worker) -> bool:
        looks.release()
        return look(self)

    monkeypatch.setattr(Worker, "look", counted)
    worker.start()
    try:
        assert looks.acquire(timeout=10)
        until(lambda: _quiet(looks), 30)
        other = Database(f"sqlite:///{tmp_path}/host.db")
        _touch(other)
        other.close()
        assert looks.acquire(timeout=10)
    finally:
        worker.stop()


def _quiet(looks: threading.Semaphore) -> bool:
    """Whether three times that it might have looked went by without a look."""
    while looks.acquire(blocking=False):
        pass
    return not looks.acquire(timeout=3 * node.worker.LOOK_SECONDS)
