"""What is kept of people's coming in: password hashes, sessions, saved views, reminders read.

Decides nothing: node/service/logins.py does. Every row is under its tenant; a session is found by
the hash of what the browser holds. Instants are wire time, Unix seconds.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec
from sqlalchemy import Connection, and_, delete, insert, select, update

from node.storage.tables import logins, tenants, web_sessions, web_views

MOST_VIEWS: Final = 50


class Login(msgspec.Struct, frozen=True):
    """A user's password, hashed. `locked`: until when it opens nothing."""

    user: str
    hash: str
    profile: str | None
    changed: float
    failures: int
    locked: float


class Kept(msgspec.Struct, frozen=True):
    """A session; `kind`: person, screen (which may only look at the big screen), or half."""

    id: str
    tenant: int
    node: str
    user: str
    account: str
    kind: str
    made: float
    seen: float
    ends: float


def find_login(connection: Connection, tenant: int, user: str) -> Login | None:
    """What is kept of a user's password; None: it has none."""
    asked = select(*[one for one in logins.c if one.name != "tenant"]).where(
        logins.c.tenant == tenant, logins.c.user == user
    )
    row = connection.execute(asked).first()
    return Login(**row._mapping) if row is not None else None


def put_login(connection: Connection, tenant: int, kept: Login) -> None:
    """Keep a user's password in place of the one before."""
    values = msgspec.structs.asdict(kept)
    place = and_(logins.c.tenant == tenant, logins.c.user == kept.user)
    if not connection.execute(update(logins).where(place).values(values)).rowcount:
        connection.execute(insert(logins).values(values | {"tenant": tenant}))


def users_with_login(connection: Connection, tenant: int) -> set[str]:
    """Who has a password."""
    asked = select(logins.c.user).where(logins.c.tenant == tenant)
    return set(connection.execute(asked).scalars())


def put_session(connection: Connection, kept: Kept) -> None:
    """Keep a new session, and forget those that have ended."""
    connection.execute(delete(web_sessions).where(web_sessions.c.ends <= kept.made))
    values = msgspec.structs.asdict(kept)
    del values["node"]
    connection.execute(insert(web_sessions).values(values))


def find_session(connection: Connection, id: str, now: float) -> Kept | None:
    """A session that has not ended."""
    asked = (
        select(web_sessions, tenants.c.node)
        .join(tenants, tenants.c.id == web_sessions.c.tenant)
        .where(web_sessions.c.id == id, web_sessions.c.ends > now)
    )
    row = connection.execute(asked).first()
    return Kept(**row._mapping) if row is not None else None


def list_sessions(connection: Connection, tenant: int, user: str, now: float) -> list[Kept]:
    """A user's sessions, the newest first."""
    asked = (
        select(web_sessions, tenants.c.node)
        .join(tenants, tenants.c.id == web_sessions.c.tenant)
        .where(web_sessions.c.tenant == tenant, web_sessions.c.user == user)
        .where(web_sessions.c.ends > now, web_sessions.c.kind != "half")
        .order_by(web_sessions.c.made.desc())
    )
    return [Kept(**row._mapping) for row in connection.execute(asked)]


def change_session(connection: Connection, id: str, **values: Any) -> None:
    """Change what is kept of a session."""
    connection.execute(update(web_sessions).where(web_sessions.c.id == id).values(values))


def drop_session(connection: Connection, id: str) -> None:
    """End a session."""
    connection.execute(delete(web_sessions).where(web_sessions.c.id == id))


def drop_sessions(connection: Connection, tenant: int, user: str, but: str = "") -> None:
    """End a user's sessions, all but one."""
    gone = delete(web_sessions).where(
        web_sessions.c.tenant == tenant, web_sessions.c.user == user, web_sessions.c.id != but
    )
    connection.execute(gone)


def list_views(connection: Connection, tenant: int, user: str) -> list[tuple[str, str]]:
    """A user's saved views: name and query, by name."""
    asked = select(web_views.c.name, web_views.c.query).where(
        web_views.c.tenant == tenant, web_views.c.user == user
    )
    return [(row.name, row.query) for row in connection.execute(asked.order_by(web_views.c.name))]


def put_view(connection: Connection, tenant: int, user: str, name: str, query: str) -> None:
    """Keep a view under a name, in place of one that had it."""
    drop_view(connection, tenant, user, name)
    row = {"tenant": tenant, "user": user, "name": name, "query": query}
    connection.execute(insert(web_views).values(row))


def drop_view(connection: Connection, tenant: int, user: str, name: str) -> None:
    """Forget a view."""
    gone = delete(web_views).where(
        web_views.c.tenant == tenant, web_views.c.user == user, web_views.c.name == name
    )
    connection.execute(gone)
