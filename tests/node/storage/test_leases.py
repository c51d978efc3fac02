"""One worker process at a link at a time, and another when one has fallen silent."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from node.storage.guard import SETTING
from node.storage.leases import Key, claim, release
from node.worker import LEASE_SECONDS, Worker
from tests.support.onehost import OneHost

ALL = text(f"SELECT set_config('{SETTING}', '*', true)")


@pytest.fixture
def one(tmp_path: Path, fresh_postgres: str) -> Iterator[OneHost]:
    made = OneHost(tmp_path, fresh_postgres, {"province": None, "city": "province"})
    yield made
    made.close()


def keys(one: OneHost) -> list[Key]:
    place = one.places["city"]
    return [(place.tenant.id, place.domain, peer) for peer in ("a", "b", "c")]


def test_what_another_holds_is_passed_over_until_its_lease_lapses(one: OneHost) -> None:
    first, second, third = keys(one)
    database = one.host.database
    assert database.write(lambda c: claim(c, [first, second], "x", 100, 115)) == {first, second}
    assert database.write(lambda c: claim(c, [second, third], "y", 114, 129)) == {third}
    assert database.write(lambda c: claim(c, [first], "y", 115, 130)) == {first}
    database.write(lambda c: release(c, [first, second], "x"))  # the first is another's by now
    assert database.write(lambda c: claim(c, [first, second], "z", 116, 131)) == {second}
    assert database.write(lambda c: claim(c, [], "z", 116, 131)) == set()


def test_a_row_under_anothers_hand_is_not_waited_for(one: OneHost, fresh_postgres: str) -> None:
    first, second, _ = keys(one)
    database = one.host.database
    database.write(lambda c: claim(c, [first, second], "x", 100, 100))
    engine = create_engine(fresh_postgres)
    with engine.connect() as other:
        other.execute(ALL)
        other.execute(text("SELECT 1 FROM leases WHERE peer = 'a' FOR UPDATE"))
        assert database.write(lambda c: claim(c, [first, second], "y", 101, 116)) == {second}
        other.rollback()
    engine.dispose()


def test_of_two_workers_one_is_at_a_link(one: OneHost) -> None:
    first, second = Worker(one.host, threads=1), Worker(one.host, threads=1)
    held, now = keys(one), one.host.now().seconds
    assert first._begin(held, now) == held
    assert second._begin(held, now + LEASE_SECONDS - 1) == []
    first._end(*held[:2], held=True)
    assert second._begin(held, now + LEASE_SECONDS - 1) == held[:2]
    assert first._begin(held[:2], now + LEASE_SECONDS - 1) == []
    assert second._begin(held[2:], now + LEASE_SECONDS) == held[2:]
