"""What an operator should be shown of what is stored: forks, and receipts of others about others.

Reads only; for `duban sync` and GET /sync. Follows docs/spec/06-routing-and-relay.md, "A relay".
"""

from __future__ import annotations

from sqlalchemy import select

from node.storage.store import SqlStore
from node.storage.tables import chains, receipts
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
