"""The database itself, on both engines: one commit for many, nothing half kept, many processes."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from node.storage.engine import Database, Unavailable, open_engine
from sync.event import Tip
from sync.ports import Store
from tests.node.storage.house import House, chain_of, written

CHAIN = chain_of()
OTHER = chain_of("county")
ROOT = Path(__file__).parents[2]


@pytest.fixture
def house(database_url: str) -> Iterator[House]:
    made = House(database_url, "town", "county")
    yield made
    made.close()


def hold_writer(house: House) -> tuple[threading.Event, threading.Event]:
    """Keep the writer busy in one transaction; returns (it has begun, let it go)."""
    begun, go = threading.Event(), threading.Event()

    def work(connection: object) -> None:
        begun.set()
        assert go.wait(20)

    house.database.submit(work)
    assert begun.wait(20)
    return begun, go


def test_a_failing_write_undoes_its_own_part_and_leaves_the_others(house: House) -> None:
    _, go = hold_writer(house)

    def bad(connection: object) -> None:
        store = house.store(connection)
        store.append(written(chain_of(stream="all"), Tip(0, "0" * 64), 3))
        store.owe("x")
        raise KeyError("on purpose")

    def good(connection: object, name: str) -> int:
        store = house.store(connection, name)
        store.append(written(CHAIN, store.tip(CHAIN), 2))
        return store.tip(CHAIN).seq

    submit = house.database.submit
    first = submit(lambda c: good(c, "town"), 1)
    second = submit(bad, 1)
    third = submit(lambda c: good(c, "county"), 2)
    fourth = submit(lambda c: good(c, "town"), 1)
    go.set()
    assert (first.result(), third.result(), fourth.result()) == (2, 2, 4)
    with pytest.raises(KeyError, match="on purpose"):
        second.result()
    assert [chain for chain, _ in house.read(lambda store: store.chains())] == [CHAIN]
    assert house.read(lambda store: store.owed()) == []


def test_a_statement_that_fails_does_not_spoil_the_others(house: House) -> None:
    _, go = hold_writer(house)
    bad = house.database.submit(lambda c: c.execute(text("INSERT INTO tenants (id) VALUES (1)")), 1)
    good = house.database.submit(lambda c: house.store(c).owe("x"), 1)
    go.set()
    with pytest.raises(SQLAlchemyError):
        bad.result()
    good.result()
    assert house.read(lambda store: store.owed()) == ["x"]


def test_writes_that_wait_together_share_a_commit_and_its_hook(house: House) -> None:
    commits: list[frozenset[int]] = []
    told = threading.Event()

    def hook(tenants: frozenset[int]) -> None:
        commits.append(tenants)
        if tenants:
            told.set()

    house.database.on_commit(lambda tenants: 1 // 0)  # a broken hook harms nobody
    house.database.on_commit(hook)
    _, go = hold_writer(house)
    jobs = [house.database.submit(lambda c: None, tenant) for tenant in (1, 2, 1, 2)]
    go.set()
    for job in jobs:
        job.result()
    assert told.wait(20)
    assert len(commits) <= 2
    assert frozenset().union(*commits) == {1, 2}


def test_a_result_is_durable_before_its_caller_has_it(house: House) -> None:
    for count in range(1, 6):
        house.write(lambda store, n=count: store.owe(f"origin{n}"))
        assert len(house.read(lambda store: store.owed())) == count


def test_a_reader_sees_one_moment_and_cannot_write(house: House) -> None:
    with house.database.read() as connection:
        store = house.store(connection)
        assert store.owed() == []
        house.write(lambda other: other.owe("x"))
        assert store.owed() == []
        with pytest.raises(Exception, match=r"(?i)read-?only"):
            store.owe("y")
    assert house.read(lambda store: store.owed()) == ["x"]


def test_the_writer_cannot_wait_for_itself(house: House) -> None:
    with pytest.raises(RuntimeError, match="wait for itself"):
        house.database.write(lambda connection: house.database.write(lambda other: 1))


def test_a_cancelled_write_is_not_run(house: House) -> None:
    _, go = hold_writer(house)
    job = house.database.submit(lambda c: house.store(c).owe("x"), 1)
    assert job.cancel()
    go.set()
    assert house.write(lambda store: store.owed()) == []


def test_closing_finishes_what_was_asked_for_and_takes_nothing_more(house: House) -> None:
    _, go = hold_writer(house)
    job = house.database.submit(lambda c: house.store(c).owe("x"), 1)
    go.set()
    house.close()
    job.result(timeout=0)
    with pytest.raises(Unavailable, match="closed"):
        house.write(lambda store: store.owed())


def test_what_is_wrong_in_itself_is_not_called_unavailable(house: House) -> None:
    with pytest.raises(SQLAlchemyError, match="nowhere"):
        house.database.write(lambda connection: connection.execute(text("SELECT * FROM nowhere")))
    assert house.write(lambda store: store.owed()) == []


def test_a_full_disk_is_unavailable_and_keeps_no_part_of_a_run(tmp_path: Path) -> None:
    house = House(f"sqlite:///{tmp_path}/host.db", "town")
    house.grow(CHAIN, 3)

    def pages(most: int) -> None:
        house.database.write(lambda c: c.exec_driver_sql(f"PRAGMA max_page_count = {most}").all())

    pages(1)  # no less than it has
    with pytest.raises(Unavailable, match="full"):
        house.grow(CHAIN, 500, text="x" * 1000)
    pages(10**6)
    assert house.read(lambda store: len(store.events(CHAIN, 1, 1000))) == 3
    house.grow(CHAIN, 500, text="x" * 1000)
    assert house.read(lambda store: store.tip(CHAIN).seq) == 503
    house.close()


def test_a_group_that_is_lost_as_a_whole_says_so_to_everybody(house: House) -> None:
    _, go = hold_writer(house)
    first = house.database.submit(lambda c: house.store(c).owe("x"), 1)

    def end_it(connection: object) -> None:
        raw = connection.connection.cursor()  # type: ignore[attr-defined]
        raw.execute("ROLLBACK")
        raise KeyError("gone")

    second = house.database.submit(end_it, 1)
    go.set()
    with pytest.raises(Unavailable):
        first.result()
    with pytest.raises(KeyError):
        second.result()
    assert house.write(lambda store: store.owed()) == []


def test_an_unreachable_database_is_unavailable(tmp_path: Path) -> None:
    for url in (
        f"sqlite:///{tmp_path}/no/such/folder/host.db",
        f"postgresql://nobody@/none?host={tmp_path}",
    ):
        database = Database(url)
        with pytest.raises(Unavailable):
            database.write(lambda connection: 1)
        database.close()


def test_other_kinds_of_database_are_refused() -> None:
    for url in ("sqlite://", "sqlite:///:memory:", "mysql://host/db"):
        with pytest.raises(ValueError):
            open_engine(url, writes=False)


# several processes

WRITER = """
import sys
from tests.node.storage.house import House, chain_of, written
from node.storage.hosts import list_tenants

url, name, stream, runs = sys.argv[1:]
house = House(url, fresh=False)
with house.database.read() as connection:
    house.tenants = {one.name: one for one in list_tenants(connection)}
chain = chain_of("town", stream)
for number in range(int(runs)):
    def work(store):
        store.append(written(chain, store.tip(chain), 7, text="x" * 900))
        store.spool("peer", chain, 1, 7)
        return store.tip(chain).seq
    print(house.write(work, name), flush=True)
house.close()
"""


def start(url: str, name: str, stream: str, runs: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", WRITER, url, name, stream, str(runs)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_two_processes_write_to_one_database_without_losing_anything(house: House) -> None:
    runs = 15
    others = [
        start(house.url, "town", "up", runs),
        start(house.url, "town", "all", runs),
        start(house.url, "county", "up", runs),
    ]
    for other in others:
        _, errors = other.communicate(timeout=60)
        assert (other.returncode, errors) == (0, "")
    for chain in (CHAIN, chain_of(stream="all")):
        assert house.read(lambda store, one=chain: store.tip(one).seq) == 7 * runs
        held = house.read(lambda store, one=chain: store.events(one, 1, 1000))
        assert [event.header.seq for event in held] == list(range(1, 7 * runs + 1))
    items = house.read(lambda store: store.spooled("peer", 0, 1000))
    assert [item.n for item in items] == list(range(1, 2 * runs + 1))
    assert house.read(lambda store: store.tip(CHAIN).seq, name="county") == 7 * runs


def test_a_process_killed_at_any_moment_leaves_whole_runs_and_all_it_was_told(
    house: House,
) -> None:
    heard = 0
    for lines in (1, 4, 9):
        other = start(house.url, "town", "up", 100000)
        assert other.stdout is not None
        for _ in range(lines):
            heard = int(other.stdout.readline())
        other.send_signal(signal.SIGKILL)
        other.communicate(timeout=20)

        def whole(store: Store) -> tuple[int, int, int]:
            tip = store.tip(CHAIN)
            held = store.events(CHAIN, 1, 10**6)
            assert not held or held[-1].head == tip.head
            return tip.seq, len(held), len(store.spooled("peer", 0, 10**6)) * 7

        seq, held, spooled = house.write(whole)
        assert seq == held == spooled
        assert seq % 7 == 0
        assert seq >= heard > 0
