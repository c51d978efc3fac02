"""For a reviewer: a membership's chains, `own` ones too, their seals, proofs, forks and receipts.

Reads only; used by `duban verify` and `duban sync`.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec
from sqlalchemy import select

from node.storage.store import SqlStore
from node.storage.tables import chains, proofs, receipts, seals
from sync.event import ChainId

_CHAINS: Final = (
    select(chains.c.origin, chains.c.epoch, chains.c.stream, chains.c.seq)
    .order_by(chains.c.id)
)  # fmt: skip


def all_chains(store: SqlStore) -> list[tuple[ChainId, int]]:
    """Each chain held, and the seq of its last event."""
    asked = _CHAINS.where(chains.c.tenant == store.tenant, chains.c.domain == store.domain)
    rows = store.connection.execute(asked).all()
    return [((store.domain, row.origin, row.epoch, row.stream), row.seq) for row in rows]


def seals_of(store: SqlStore, chain: ChainId) -> dict[int, bytes]:
    """The seals held of a chain, by seq."""
    domain, origin, epoch, stream = chain
    asked = (
        select(seals.c.seq, seals.c.line)
        .join(chains, chains.c.id == seals.c.chain)
        .where(
            chains.c.tenant == store.tenant,
            chains.c.domain == domain,
            chains.c.origin == origin,
            chains.c.epoch == epoch,
            chains.c.stream == stream,
        )
    )
    return {row.seq: bytes(row.line) for row in store.connection.execute(asked)}


def forks(store: SqlStore) -> list[tuple[ChainId, tuple[bytes, bytes]]]:
    """The chains that a fork froze, each with the seal that was held and the one that was shown."""
    asked = _CHAINS.where(
        chains.c.tenant == store.tenant,
        chains.c.domain == store.domain,
        chains.c.frozen.is_not(None),
    )
    named: list[ChainId] = [
        (store.domain, row.origin, row.epoch, row.stream)
        for row in store.connection.execute(asked).all()
    ]
    found = [(chain, store.fork(chain)) for chain in named]
    return [(chain, both) for chain, both in found if both is not None]


def receipts_below(store: SqlStore) -> list[bytes]:
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


def learnt(store: SqlStore) -> list[dict[str, Any]]:
    """Membership events that came with their own proofs."""
    asked = select(proofs.c.record).where(
        proofs.c.tenant == store.tenant, proofs.c.domain == store.domain
    )
    return [msgspec.json.decode(row.record) for row in store.connection.execute(asked)]
