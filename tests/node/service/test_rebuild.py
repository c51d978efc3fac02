"""A release that shapes the read models otherwise makes them anew from the journal, at start."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Table, select

from node.bootstrap import make_host
from node.config import Config
from node.readmodel import install
from node.readmodel.tables import metadata
from node.service import hooks, searching, users
from node.service.acts import Deed
from node.service.host import Host
from node.service.rebuild import bring_up
from node.service.verify import verify
from node.storage.hosts import find_setting, put_setting
from node.storage.tables import posts
from tests.support.forms import DEPLOY, FORM
from tests.support.onehost import OneHost


@pytest.fixture
def one(tmp_path: Path, database_url: str) -> Iterator[OneHost]:
    made = OneHost(tmp_path, database_url, {"province": None, "city": "province"})
    id = made.given("province", "city")
    made.do("city", "assignment.sign", id)
    made.do("city", "assignment.deploy", id, DEPLOY)
    made.do("city", "matter.register", form=FORM)
    users.add(made.host, made.node("city"), "某甲", "handler")
    made.settle()
    while searching.index(made.host):
        pass
    yield made
    made.close()


def rows(host: Host) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every read model."""

    def held(table: Table) -> list[tuple[Any, ...]]:
        return sorted((tuple(row) for row in connection.execute(select(table))), key=repr)

    with host.database.read() as connection:
        return {table.name: held(table) for table in metadata.sorted_tables}


def aged(one: OneHost) -> None:
    """As a release before would have left it."""
    one.host.database.write(lambda live: put_setting(live, install.SETTING, "0"))
    one.host.database.close()


def test_they_hold_the_same_rows_as_before(one: OneHost, tmp_path: Path, database_url: str) -> None:
    place, actor = one.places["city"], one.actor("city", "admin")
    hooks.subscribe(one.host, place, actor, "http://127.0.0.1:9/x", [], Deed("hook.add"))
    before = rows(one.host)
    assert {"matters", "assignments", "clocks", "users"} <= {
        name for name in before if before[name]
    }
    aged(one)
    again = make_host(Config(data=tmp_path, database=database_url))
    try:
        while searching.index(again):
            pass
        assert rows(again) == before
        assert verify(again).findings == []
        with again.database.read() as connection:
            assert connection.execute(select(posts)).all() == []  # subscribers hear of no rebuild
            assert find_setting(connection, install.SETTING) == install.VERSION
        assert bring_up(again) == 0
    finally:
        again.database.close()


def test_killed_in_the_middle_it_begins_anew(
    one: OneHost, tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = rows(one.host)
    aged(one)
    with monkeypatch.context() as patch:
        patch.setattr("node.service.rebuild.subjects", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            make_host(Config(data=tmp_path, database=database_url))
    again = make_host(Config(data=tmp_path, database=database_url))
    try:
        while searching.index(again):
            pass
        assert rows(again) == before
    finally:
        again.database.close()
