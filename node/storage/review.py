"""For a reviewer: all that is stored of a membership, row by row, as it lies there.

Reads only, and only what can't fail on a damaged row: no line is opened here. Used by
`duban verify`.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

import msgspec
from sqlalchemy import Connection, Select, func, select

from node.storage.store import SqlStore
from node.storage.tables import (
    chains,
    journal,
    links,
    memberships,
    objects,
    proofs,
    receipts,
    seals,
    spool,
    spool_ends,
)
from sync.event import ChainId, Tip

STEP: Final = 2000


class Kept(NamedTuple):
    """A row of the journal."""

    pos: int
    chain: int
    seq: int
    head: str
    type: str
    subject: str | None
    time: str
    header: bytes
    payload: bytes | None


class KeptChain(NamedTuple):
    """A row of the chains."""

    id: int
    chain: ChainId
    tip: Tip
    fork: str | None
    """the two seals that froze it, as JSON"""


class KeptSeal(NamedTuple):
    """A row of the seals."""

    chain: int
    seq: int
    line: bytes
    next_by: str


class KeptReceipt(NamedTuple):
    """A row of the receipts."""

    origin: str
    signer: str
    epoch: str
    counter: int
    line: bytes


class KeptItem(NamedTuple):
    """A row of a spool, beside the end of what it names and the highest position given out."""

    peer: str
    n: int
    chain: int | None
    first: int
    last: int
    signer: str
    about: str | None
    end: int | None


def domains(connection: Connection, tenant: int) -> list[str]:
    """The domains of a tenant's memberships, its own among them, in order."""
    asked = select(memberships.c.domain).where(memberships.c.tenant == tenant)
    return list(connection.execute(asked.order_by(memberships.c.domain)).scalars())


def subjects(connection: Connection, tenant: int, domain: str) -> list[str]:
    """The objects with events in a domain, members left out, in the order of their first events."""
    first = func.min(journal.c.pos)
    asked = (
        select(objects.c.subject)
        .join(journal, journal.c.object == objects.c.id)
        .join(chains, chains.c.id == journal.c.chain)
        .where(chains.c.tenant == tenant, chains.c.domain == domain)
        .where(objects.c.subject.not_like("member:%"))
        .group_by(objects.c.id, objects.c.subject)
        .order_by(first)
    )
    return list(connection.execute(asked).scalars())


def strays(connection: Connection) -> int:
    """Events and seals that belong to no chain at all."""
    found = 0
    for table in (journal, seals):
        lost = select(func.count()).select_from(
            table.outerjoin(chains, chains.c.id == table.c.chain)
        )
        found += connection.execute(lost.where(chains.c.id.is_(None))).scalar_one()
    return found


def all_chains(store: SqlStore) -> list[KeptChain]:
    """Each chain of the membership, `own` ones too."""
    asked = _here(store, select(chains)).order_by(chains.c.id)
    return [
        KeptChain(
            row.id,
            (row.domain, row.origin, row.epoch, row.stream),
            Tip(row.seq, row.head),
            row.frozen,
        )
        for row in store.connection.execute(asked)
    ]


def all_events(store: SqlStore) -> Iterator[Kept]:
    """Every event of those chains, in the order in which they were taken."""
    asked = _here(
        store,
        select(
            *(journal.c.pos, journal.c.chain, journal.c.seq, journal.c.head, journal.c.type),
            *(objects.c.subject, journal.c.time, journal.c.header, journal.c.payload),
        )
        .join(chains, chains.c.id == journal.c.chain)
        .outerjoin(objects, objects.c.id == journal.c.object),
    )
    after = -1
    while True:
        some = asked.where(journal.c.pos > after).order_by(journal.c.pos).limit(STEP)
        rows = [Kept(*row) for row in store.connection.execute(some)]
        for row in rows:
            payload = bytes(row.payload) if row.payload is not None else None
            yield row._replace(header=bytes(row.header), payload=payload)
        if len(rows) < STEP:
            return
        after = rows[-1].pos


def all_seals(store: SqlStore) -> list[KeptSeal]:
    """Every seal on those chains."""
    asked = _here(
        store,
        select(seals.c.chain, seals.c.seq, seals.c.line, seals.c.next_by).join(
            chains, chains.c.id == seals.c.chain
        ),
    ).order_by(seals.c.chain, seals.c.seq)
    rows = [KeptSeal(*row) for row in store.connection.execute(asked)]
    return [row._replace(line=bytes(row.line)) for row in rows]


def all_receipts(store: SqlStore) -> list[KeptReceipt]:
    """The receipts of the membership."""
    asked = select(
        *(receipts.c.origin, receipts.c.signer, receipts.c.epoch),
        *(receipts.c.counter, receipts.c.line),
    ).where(receipts.c.tenant == store.tenant, receipts.c.domain == store.domain)
    rows = [KeptReceipt(*row) for row in store.connection.execute(asked)]
    return [row._replace(line=bytes(row.line)) for row in sorted(rows)]


def all_items(store: SqlStore) -> list[KeptItem]:
    """What waits in every peer's spool."""
    end = (spool_ends.c.tenant == spool.c.tenant) & (spool_ends.c.domain == spool.c.domain)
    asked = (
        select(
            *(spool.c.peer, spool.c.n, spool.c.chain, spool.c.first, spool.c.last),
            *(spool.c.signer, spool.c.about, spool_ends.c.n),
        )
        .outerjoin(spool_ends, end & (spool_ends.c.peer == spool.c.peer))
        .where(spool.c.tenant == store.tenant, spool.c.domain == store.domain)
        .order_by(spool.c.peer, spool.c.n)
    )
    return [KeptItem(*row) for row in store.connection.execute(asked)]


def all_links(store: SqlStore) -> list[tuple[str, str, str]]:
    """(peer, side, record) of every link."""
    asked = select(links.c.peer, links.c.side, links.c.record).where(
        links.c.tenant == store.tenant, links.c.domain == store.domain
    )
    return [(row[0], row[1], row[2]) for row in store.connection.execute(asked)]


def learnt(store: SqlStore) -> list[dict[str, Any]]:
    """Membership events that came with their own proofs. Raises msgspec.DecodeError."""
    asked = select(proofs.c.record).where(
        proofs.c.tenant == store.tenant, proofs.c.domain == store.domain
    )
    return [msgspec.json.decode(row.record) for row in store.connection.execute(asked)]


def _here(store: SqlStore, asked: Select[Any]) -> Select[Any]:
    return asked.where(chains.c.tenant == store.tenant, chains.c.domain == store.domain)
