"""Webhook subscriptions and the outbox of what they are told.

Decides which subscriptions are due and in which order their messages go (by number, one after the
other); never what is worth a message (node/readmodel/announce.py), nor how it is sent.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from sqlalchemy import Connection, bindparam, delete, exists, func, insert, select, update

from node.storage.scope import Statement, execute
from node.storage.tables import hooks, posts, tenants

KEPT_SECONDS: Final = 7 * 86400.0


class Hook(NamedTuple):
    """A subscription. `kinds`: words apart by spaces; `secret`: locked; `due`: Unix seconds."""

    tenant: int
    id: str
    domain: str
    address: str
    kinds: str
    secret: bytes
    due: float
    failures: int
    last_error: str | None


class Post(NamedTuple):
    """A message. `n` grows; `delivered`: Unix seconds, None while it waits."""

    n: int
    object: str
    body: str
    attempts: int
    delivered: float | None
    last_error: str | None


def add(connection: Connection, hook: Hook) -> None:
    """Keep a new subscription."""
    connection.execute(insert(hooks).values(hook._asdict()))


def drop(connection: Connection, tenant: int, id: str) -> bool:
    """Forget a subscription and its messages; whether there was one."""
    connection.execute(delete(posts).where(posts.c.tenant == tenant, posts.c.hook == id))
    gone = delete(hooks).where(hooks.c.tenant == tenant, hooks.c.id == id)
    return bool(connection.execute(gone).rowcount)


def list_hooks(
    connection: Connection, tenant: int, after: str | None = None, limit: int = 500
) -> list[tuple[Hook, int]]:
    """Subscriptions by id, a keyset page, each with how many messages wait."""
    waiting = (
        select(func.count())
        .select_from(posts)
        .where(posts.c.tenant == tenant, posts.c.hook == hooks.c.id, posts.c.delivered.is_(None))
        .scalar_subquery()
    )
    asked = select(hooks, waiting.label("pending")).where(hooks.c.tenant == tenant)
    if after:
        asked = asked.where(hooks.c.id > after)
    found = connection.execute(asked.order_by(hooks.c.id).limit(limit))
    return [(_hook(row), row.pending) for row in found]


def _hook(row: Any) -> Hook:
    found = {name: row._mapping[name] for name in Hook._fields}
    return Hook(**found | {"secret": bytes(row.secret)})


def put_posts(connection: Connection, tenant: int, made: Sequence[tuple[str, str, str]]) -> None:
    """Add messages in order: each a subscription's id, the object, the body."""
    rows = [
        {"tenant": tenant, "hook": hook, "object": object, "body": body, "attempts": 0}
        for hook, object, body in made
    ]
    if rows:
        connection.execute(insert(posts), rows)


def list_posts(
    connection: Connection, tenant: int, hook: str, after: int = 0, limit: int = 100
) -> list[Post]:
    """The messages of a subscription by number: a keyset page."""
    asked = select(posts).where(posts.c.tenant == tenant, posts.c.hook == hook, posts.c.n > after)
    return [_post(row) for row in connection.execute(asked.order_by(posts.c.n).limit(limit))]


def waiting(connection: Connection, hook: Hook, most: int) -> list[Post]:
    """The next messages that a subscription has not taken, in order."""
    asked = select(posts).where(
        posts.c.tenant == hook.tenant, posts.c.hook == hook.id, posts.c.delivered.is_(None)
    )
    return [_post(row) for row in connection.execute(asked.order_by(posts.c.n).limit(most))]


def _post(row: Any) -> Post:
    return Post(*(row._mapping[name] for name in Post._fields))


_DUE: Final = Statement(
    select(*(hooks.c[name] for name in Hook._fields), tenants.c.node)
    .join(tenants, tenants.c.id == hooks.c.tenant)
    .where(
        hooks.c.due <= bindparam("now"),
        exists().where(
            posts.c.tenant == hooks.c.tenant,
            posts.c.hook == hooks.c.id,
            posts.c.delivered.is_(None),
        ),
    )
    .limit(bindparam("most"))
)


def due(connection: Connection, now: float, most: int) -> list[tuple[Hook, str]]:
    """Subscriptions with something to send whose time it is, each with its node's id."""
    found = execute(connection, _DUE, now=now, most=most).fetchall()
    return [(Hook._make((*row[:5], bytes(row[5]), *row[6:-1])), row[-1]) for row in found]


def delivered(connection: Connection, hook: Hook, n: int, now: float) -> None:
    """A message was taken; those taken a week ago are forgotten."""
    _tried(connection, n, delivered=now, last_error=None)
    fine = {"due": 0.0, "failures": 0, "last_error": None}
    here = (hooks.c.tenant == hook.tenant, hooks.c.id == hook.id)
    connection.execute(update(hooks).where(*here).values(fine))
    old = posts.c.delivered < now - KEPT_SECONDS
    connection.execute(delete(posts).where(posts.c.tenant == hook.tenant, old))


def failed(connection: Connection, hook: Hook, n: int, error: str, due: float) -> None:
    """A message was not taken: nothing of this subscription is tried before `due`."""
    _tried(connection, n, delivered=None, last_error=error)
    here = (hooks.c.tenant == hook.tenant, hooks.c.id == hook.id)
    values = {"due": due, "failures": hooks.c.failures + 1, "last_error": error}
    connection.execute(update(hooks).where(*here).values(values))


def _tried(connection: Connection, n: int, **values: Any) -> None:
    tried = values | {"attempts": posts.c.attempts + 1}
    connection.execute(update(posts).where(posts.c.n == n).values(tried))
