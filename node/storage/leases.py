"""Which worker process is at which link or subscriber, where several work on one database.

Decides that one at a time is: whoever's lease runs. A process that ends without a word loses its
leases when they lapse, and another goes on; what is done twice then has one effect all the same.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Final

from sqlalchemy import Connection, delete, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert

from node.storage.tables import leases

Key = tuple[int, str, str]
"""a link: tenant, domain, peer; a subscriber: tenant, `webhook`, id"""
_KEY: Final = (leases.c.tenant, leases.c.domain, leases.c.peer)


def claim(
    connection: Connection, keys: Collection[Key], holder: str, now: float, until: float
) -> set[Key]:
    """Take those that nobody is at; rows under another's hand are passed over, not waited for.

    `now`, `until`: wire time, Unix seconds.
    """
    if not keys:
        return set()
    rows = [
        {"tenant": tenant, "domain": domain, "peer": peer, "holder": "", "until": 0.0}
        for tenant, domain, peer in keys
    ]
    connection.execute(insert(leases).on_conflict_do_nothing(), rows)
    free = (
        select(*_KEY)
        .where(tuple_(*_KEY).in_(list(keys)), leases.c.until <= now)
        .with_for_update(skip_locked=True)
    )
    taken = {(row.tenant, row.domain, row.peer) for row in connection.execute(free)}
    if taken:
        mine = update(leases).where(tuple_(*_KEY).in_(list(taken)))
        connection.execute(mine.values(holder=holder, until=until))
    return taken


def release(connection: Connection, keys: Iterable[Key], holder: str) -> None:
    """Give them back."""
    held = tuple_(*_KEY).in_(list(keys))
    connection.execute(delete(leases).where(held, leases.c.holder == holder))
