"""What an operator should be shown of what is stored: forks, and receipts of others about others.

Reads only; for `duban sync` and GET /sync. Follows docs/spec/06-routing-and-relay.md, "A relay".
"""

from __future__ import annotations

from typing import Any, Final

from sqlalchemy import Connection, func, or_, select

from node.storage.store import SqlStore
from node.storage.tables import chains, journal, objects, receipts
from sync.event import ChainId


def forks(store: SqlStore) -> list[tuple[ChainId, tuple[bytes, bytes]]]:
    """The chains that a fork froze, each with the seal that was held and the one that was shown."""
    asked = (
        select(chains.c.origin, chains.c.epoch, chains.c.stream)
        .where(
            chains.c.tenant == store.tenant,
            chains.c.domain == store.domain,
            chains.c.frozen.is_not(None),
        )
        .order_by(chains.c.id)
    )
    rows = store.connection.execute(asked).all()
    named: list[ChainId] = [(store.domain, row.origin, row.epoch, row.stream) for row in rows]
    found = [(chain, store.fork(chain)) for chain in named]
    return [(chain, both) for chain, both in found if both is not None]


def receipts_of_others(store: SqlStore) -> list[bytes]:
    """The latest receipts by others about others, as they came, origin by origin."""
    asked = (
        select(receipts.c.line)
        .where(
            receipts.c.tenant == store.tenant,
            receipts.c.domain == store.domain,
            receipts.c.signer != store.node,
            receipts.c.origin != store.node,
        )
        .order_by(receipts.c.origin, receipts.c.signer)
    )
    return [bytes(row.line) for row in store.connection.execute(asked)]


NEAR: Final = 20_000
"""positions of the host's journal among which the latest events of a node are looked for"""


def latest(store: SqlStore, most: int) -> list[dict[str, Any]]:
    """The events about matters and assignments taken last, newest first.

    Each: type, time, subject, origin, pos.
    Of a node that has taken none for long, fewer than `most` perhaps.
    """
    end = store.connection.execute(select(func.max(journal.c.pos))).scalar() or 0
    asked = (
        select(journal.c.type, journal.c.time, objects.c.subject, chains.c.origin, journal.c.pos)
        .join(chains, chains.c.id == journal.c.chain)
        .join(objects, objects.c.id == journal.c.object)
        .where(
            journal.c.pos > end - NEAR,
            journal.c.tenant == store.tenant,
            chains.c.domain == store.domain,
            or_(
                journal.c.type.startswith("duban.matter."),
                journal.c.type.startswith("duban.assignment."),
            ),
        )
        .order_by(journal.c.pos.desc())
        .limit(most)
    )
    return [dict(row._mapping) for row in store.connection.execute(asked)]


def pulse(connection: Connection, tenant: int) -> int:
    """A number that grows with every event that a node takes."""
    asked = select(func.coalesce(func.sum(chains.c.seq), 0)).where(chains.c.tenant == tenant)
    return int(connection.execute(asked).scalar_one())
