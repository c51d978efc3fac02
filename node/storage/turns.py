"""Whose turn it is: links due by the clock or with something to send, nodes with seals running out.

Decides which links the worker calls now: those with an address, or whose peer lives on this host;
never one that is waiting out a failure. Follows docs/spec/05-exchange.md, "Retry".
"""

from __future__ import annotations

from typing import Final, NamedTuple

import msgspec
from sqlalchemy import Connection, and_, exists, or_, select

from node.storage.tables import chains, links, memberships, owed, seals, spool, tenants
from sync.ports import Link
from sync.schedule import MOST_SECONDS, due_now

_called: Final = links.c.record.not_like('%"address":null%')
_read: Final = msgspec.json.Decoder(Link).decode


class Turn(NamedTuple):
    """One link to call now; `address` is None when the peer lives here.

    `lazy`: it isn't due, and only receipts and seals of idle chains wait: they can go with the next
    body that goes anyway.
    """

    tenant: int
    node: str
    domain: str
    peer: str
    address: str | None
    lazy: bool


def turns(connection: Connection, now: float, most: int) -> list[Turn]:
    """At most `most` links whose turn it is. `now`: wire time, Unix seconds."""
    peers = tenants.alias("peers")
    here = (links.c.tenant == spool.c.tenant, links.c.domain == spool.c.domain)
    waiting = exists().where(*here, links.c.peer == spool.c.peer)
    events = exists().where(*here, links.c.peer == spool.c.peer, spool.c.first > 0)
    indebted = exists().where(owed.c.tenant == links.c.tenant, owed.c.domain == links.c.domain)
    asked = (
        select(
            links.c.tenant,
            tenants.c.node,
            links.c.domain,
            links.c.peer,
            links.c.record,
            peers.c.id.label("local"),
            or_(links.c.due <= now, events).label("pressing"),
            or_(waiting, indebted).label("busy"),
        )
        .join(tenants, tenants.c.id == links.c.tenant)
        .outerjoin(peers, peers.c.node == links.c.peer)
        .where(
            or_(
                and_(links.c.due <= now, or_(peers.c.id.is_not(None), _called)),
                links.c.due > now + MOST_SECONDS,
                and_(
                    or_(links.c.due.is_not(None), peers.c.id.is_not(None)),
                    or_(waiting, indebted),
                ),
            )
        )
        .limit(most)
    )
    found = []
    for row in connection.execute(asked):
        link = _read(row.record)
        ripe = due_now(link.due, now, link.poll)
        if link.kind == "ferry" or not (ripe or (row.busy and not link.failures)):
            continue
        if link.address is not None or row.local is not None:
            address = None if row.local is not None else link.address
            place = row.tenant, row.node, row.domain, row.peer
            found.append(Turn(*place, address, lazy=not (row.pressing or ripe)))
    return found


def waning(connection: Connection, before: str) -> list[tuple[str, str]]:
    """(node, domain) of those whose `up` or `all` promises another seal by an instant before."""
    here = (memberships.c.tenant == chains.c.tenant, memberships.c.domain == chains.c.domain)
    asked = (
        select(tenants.c.node, chains.c.domain)
        .join(chains, and_(chains.c.tenant == tenants.c.id, chains.c.origin == tenants.c.node))
        .join(memberships, and_(*here, memberships.c.epoch == chains.c.epoch))
        .join(seals, and_(seals.c.chain == chains.c.id, seals.c.seq == chains.c.seq))
        .where(chains.c.stream.in_(("up", "all")), seals.c.next_by < before)
        .distinct()
        .order_by(tenants.c.node, chains.c.domain)
    )
    return [(row.node, row.domain) for row in connection.execute(asked)]
