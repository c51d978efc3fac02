"""The read models' tables: made where they are missing, never migrated.

They hold nothing that the journal doesn't give: a release that shapes them otherwise raises
VERSION, and they are dropped, made anew and rebuilt (docs/adr/0004).
"""

from __future__ import annotations

from sqlalchemy import Connection

from node.readmodel.words import matters
from node.storage import guard
from node.storage.hosts import find_setting, put_setting

VERSION = "12"
SETTING = "read-models"


def install(connection: Connection) -> bool:
    """Make the tables; whether they were made anew and must be rebuilt from the journal.

    `installed` says that this is done; until then the next start does it again.
    """
    kept = find_setting(connection, SETTING)
    if kept == VERSION:
        return False
    matters.metadata.drop_all(connection)
    matters.metadata.create_all(connection)
    guard.protect(connection, matters.metadata)
    return kept is not None


def installed(connection: Connection) -> None:
    """The tables are there and hold what follows from the journal."""
    put_setting(connection, SETTING, VERSION)
