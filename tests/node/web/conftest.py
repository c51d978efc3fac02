"""A host with pages, on one real database."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from node.service import passwords
from tests.node.web.stand import WebStand

CHEAP = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)


@pytest.fixture(autouse=True, scope="session")
def _quick_hashes() -> Iterator[None]:
    """The same hash with small costs: what it costs is not what these tests are about."""
    held = passwords._hasher
    passwords._hasher = CHEAP  # type: ignore[misc]
    yield
    passwords._hasher = held  # type: ignore[misc]


@pytest.fixture
def web(tmp_path: Path) -> Iterator[WebStand]:
    """On SQLite."""
    made = WebStand(tmp_path, f"sqlite:///{tmp_path}/host.db")
    yield made
    made.close()


@pytest.fixture
def any_web(tmp_path: Path, database_url: str) -> Iterator[WebStand]:
    """On SQLite and on PostgreSQL."""
    made = WebStand(tmp_path, database_url)
    yield made
    made.close()


@pytest.fixture(scope="module")
def long_web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebStand]:
    """On SQLite, for tests that only read or don't mind what others wrote."""
    path = tmp_path_factory.mktemp("web")
    made = WebStand(path, f"sqlite:///{path}/host.db")
    yield made
    made.close()
