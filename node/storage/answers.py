"""Answers kept for 24 hours, so that a write sent twice has one effect.

Decides how long they are kept; never what is an equal request (the caller's digest says).
"""

from __future__ import annotations

from typing import Final, NamedTuple

from sqlalchemy import Connection, delete, insert, select

from node.storage.tables import answers

KEPT_SECONDS: Final = 86400.0


class Kept(NamedTuple):
    """The digest of the request, and its answer, locked with the host key."""

    digest: str
    blob: bytes


def find(connection: Connection, tenant: int, user: str, key: str, now: float) -> Kept | None:
    """The answer kept for a user's key. `now`: wire time, Unix seconds."""
    asked = select(answers.c.digest, answers.c.blob).where(
        answers.c.tenant == tenant,
        answers.c.user == user,
        answers.c.key == key,
        answers.c.at > now - KEPT_SECONDS,
    )
    row = connection.execute(asked).first()
    return Kept(row.digest, bytes(row.blob)) if row is not None else None


def keep(connection: Connection, tenant: int, user: str, key: str, kept: Kept, now: float) -> None:
    """Keep an answer, and forget those whose time is over."""
    old = answers.c.at <= now - KEPT_SECONDS
    connection.execute(delete(answers).where(answers.c.tenant == tenant, old))
    row = {"tenant": tenant, "user": user, "key": key, "at": now, **kept._asdict()}
    connection.execute(insert(answers).values(row))
