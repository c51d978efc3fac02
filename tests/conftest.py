"""Fixtures for every folder of tests: a real database of each kind that the product supports.

One PostgreSQL server per test process, started when a test first asks for it; a fresh database per
test. Where no server can be started, the tests that need one are skipped and say what is missing
(or fail, if DUBAN_TEST_POSTGRES=required is in the environment, as in continuous integration).
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.postgres import PostgresServer, PostgresUnavailableError

REQUIRED = "DUBAN_TEST_POSTGRES"
_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """A running throw-away PostgreSQL server of this test process."""
    try:
        server = PostgresServer().__enter__()
    except PostgresUnavailableError as error:
        if os.environ.get(REQUIRED) == "required":
            pytest.fail(f"{REQUIRED}=required, and there is no PostgreSQL: {error}")
        pytest.skip(f"no PostgreSQL: {error}")
    try:
        yield server
    finally:
        server.stop()


@pytest.fixture(scope="session")
def postgres_url(postgres_server: PostgresServer) -> str:
    """The server's own SQLAlchemy URL (its maintenance database: keep nothing in it)."""
    return postgres_server.url


@pytest.fixture
def fresh_postgres(postgres_server: PostgresServer) -> Iterator[str]:
    """The URL of a new empty PostgreSQL database, dropped after the test."""
    name = f"test_{next(_numbers)}"
    postgres_server.create(name)
    try:
        yield postgres_server.database_url(name)
    finally:
        postgres_server.drop(name)


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of a new empty database: the test runs once on SQLite and once on PostgreSQL."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/host.db"
    url: str = request.getfixturevalue("fresh_postgres")
    return url
