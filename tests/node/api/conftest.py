"""A host with a province and a city on one real database, asked through the real application."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.node.api.stand import Stand


@pytest.fixture
def stand(tmp_path: Path) -> Iterator[Stand]:
    """On SQLite."""
    made = Stand(tmp_path, f"sqlite:///{tmp_path}/host.db")
    yield made
    made.close()


@pytest.fixture
def any_stand(tmp_path: Path, database_url: str) -> Iterator[Stand]:
    """On SQLite and on PostgreSQL."""
    made = Stand(tmp_path, database_url)
    yield made
    made.close()


@pytest.fixture(scope="module")
def long_stand(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    """On SQLite, for tests that only read or don't mind what others wrote."""
    path = tmp_path_factory.mktemp("stand")
    made = Stand(path, f"sqlite:///{path}/host.db")
    yield made
    made.close()
