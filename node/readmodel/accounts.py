"""Questions about accounts and about the audit trail. Reads only; every one names its tenant."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, select

from node.readmodel.queries import MOST
from node.readmodel.tables import acts, users
from node.storage.tables import tenants


def list_acts(
    connection: Connection,
    tenant: int,
    *,
    after: str | None = None,
    limit: int = 100,
    since: str | None = None,
    until: str | None = None,
    **equal: str | None,
) -> list[dict[str, Any]]:
    """The audit trail, newest first, a keyset page. `equal`: user, act, object, outcome."""
    asked = select(*[one for one in acts.c if one.name != "tenant"]).where(acts.c.tenant == tenant)
    for name, value in equal.items():
        if value:
            asked = asked.where(acts.c[name] == value)
    if since:
        asked = asked.where(acts.c.id >= since)
    if until:
        asked = asked.where(acts.c.id < until)
    if after:
        asked = asked.where(acts.c.id < after)
    asked = asked.order_by(acts.c.id.desc()).limit(min(max(limit, 1), MOST))
    return [dict(row._mapping) for row in connection.execute(asked)]


def list_users(
    connection: Connection, tenant: int, *, after: str | None = None, limit: int = 100
) -> list[dict[str, Any]]:
    """The accounts of a node, a keyset page by id (the hash of each one's token)."""
    asked = select(users.c.token.label("id"), users.c.user, users.c.role, users.c.revoked).where(
        users.c.tenant == tenant
    )
    if after:
        asked = asked.where(users.c.token > after)
    asked = asked.order_by(users.c.token).limit(min(max(limit, 1), MOST))
    return [dict(row._mapping) for row in connection.execute(asked)]


def accounts_of(connection: Connection, tenant: int, user: str) -> list[dict[str, Any]]:
    """A user's accounts that are not revoked."""
    asked = select(users.c.token.label("id"), users.c.user, users.c.role).where(
        users.c.tenant == tenant, users.c.user == user, users.c.revoked.is_(False)
    )
    return [dict(row._mapping) for row in connection.execute(asked.order_by(users.c.token))]


def account(connection: Connection, tenant: int, id: str) -> dict[str, Any] | None:
    """One account that is not revoked; None: there is none."""
    asked = select(users.c.token.label("id"), users.c.user, users.c.role).where(
        users.c.tenant == tenant, users.c.token == id, users.c.revoked.is_(False)
    )
    row = connection.execute(asked).first()
    return dict(row._mapping) if row is not None else None


def owner_of_token(connection: Connection, token_hash: str) -> Mapping[str, Any] | None:
    """The tenant and user of a token, revoked or not."""
    asked = (
        select(tenants, users.c.user, users.c.role)
        .join(users, users.c.tenant == tenants.c.id)
        .where(users.c.token == token_hash)
    )
    row = connection.execute(asked).first()
    return dict(row._mapping) if row is not None else None


def account_beginning(connection: Connection, tenant: int, id: str) -> list[str]:
    """At most two accounts, not revoked, whose ids begin so (hexadecimal digits)."""
    asked = select(users.c.token).where(
        users.c.tenant == tenant,
        users.c.revoked.is_(False),
        users.c.token.startswith(id, autoescape=True),
    )
    return [row[0] for row in connection.execute(asked.order_by(users.c.token).limit(2))]
