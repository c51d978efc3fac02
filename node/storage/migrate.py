"""Brings a host's database to the shape that this release needs, from an installed package alone.

Decides nothing but that: the steps are in migrations/versions, each made once and never changed.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from node.storage import guard
from node.storage.engine import LOCKS, open_engine
from node.storage.tables import metadata

SCRIPTS: Final = Path(__file__).with_name("migrations")


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def upgrade(url: str, revision: str = "head") -> None:
    """Make the database at `url`, or bring it up to `revision`; one process at a time does."""
    _move(url, command.upgrade, revision)


def downgrade(url: str, revision: str) -> None:
    """Bring the database at `url` back to `revision`; what only later ones can keep is lost."""
    _move(url, command.downgrade, revision)


def _move(url: str, step: Callable[[Config, str], None], revision: str) -> None:
    engine = open_engine(url, writes=True)
    try:
        with engine.begin() as connection:
            if engine.dialect.name == "postgresql":
                connection.exec_driver_sql("SELECT pg_advisory_xact_lock(%s, -1)", (LOCKS,))
            guard.enter(connection, None)
            config = _config()
            config.attributes["connection"] = connection
            step(config, revision)
            guard.protect(connection, metadata)
    finally:
        engine.dispose()


def current(url: str) -> str | None:
    """The revision that the database at `url` has, None when it is empty."""
    engine = open_engine(url, writes=False)
    try:
        with engine.connect() as connection:
            return MigrationContext.configure(connection).get_current_revision()
    finally:
        engine.dispose()


def newest() -> str | None:
    """The revision that this release needs."""
    return ScriptDirectory.from_config(_config()).get_current_head()
