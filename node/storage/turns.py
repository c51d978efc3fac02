"""Whose turn it is: links due by the clock or with something to send, nodes with seals running out.

Decides which links the worker calls now: those with an address, or whose peer lives on this host;
never one that is waiting out a failure. Follows docs/spec/05-exchange.md, "Retry".
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import msgspec
from sqlalchemy import (
    Connection,
    Select,
    and_,
    bindparam,
    desc,
    exists,
    func,
    or_,
    select,
    union,
)

from node.storage.links import calls
from node.storage.scope import Statement, execute
from node.storage.tables import chains, links, memberships, owed, seals, spool, tenants
from sync.ports import Link
from sync.schedule import MOST_SECONDS, due_now

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


def _asked() -> Select[Any]:
    """Links that are due, or with something waiting: it starts from those, not from all links."""
    mine = (links.c.tenant, links.c.domain, links.c.peer)
    candidates = union(
        select(*mine).where(links.c.due <= bindparam("now")),
        select(*mine).where(links.c.due > bindparam("far")),
        select(spool.c.tenant, spool.c.domain, spool.c.peer),
        select(*mine).join(
            owed, and_(owed.c.tenant == links.c.tenant, owed.c.domain == links.c.domain)
        ),
    ).subquery("candidates")
    peers = tenants.alias("peers")
    here = (links.c.tenant == spool.c.tenant, links.c.domain == spool.c.domain)
    waiting = exists().where(*here, links.c.peer == spool.c.peer)
    events = exists().where(*here, links.c.peer == spool.c.peer, spool.c.first > 0)
    indebted = exists().where(owed.c.tenant == links.c.tenant, owed.c.domain == links.c.domain)
    pressing = or_(links.c.due <= bindparam("now"), events)
    same = (mine[at] == column for at, column in enumerate(candidates.c))
    return (
        select(
            links.c.tenant,
            tenants.c.node,
            links.c.domain,
            links.c.peer,
            links.c.record,
            peers.c.id,
            pressing.label("pressing"),
            or_(waiting, indebted),
        )
        .select_from(candidates)
        .join(links, and_(*same))
        .join(tenants, tenants.c.id == links.c.tenant)
        .outerjoin(peers, peers.c.node == links.c.peer)
        .where(or_(links.c.due.is_not(None), peers.c.id.is_not(None)))
        .order_by(desc("pressing"), links.c.due)  # else receipts alone could keep events waiting
        .limit(bindparam("most"))
    )


def _waiting() -> Select[Any]:
    """Links with events in their spool: it starts from the spools, which are short."""
    mine = (spool.c.tenant, spool.c.domain, spool.c.peer)
    full = select(*mine).where(spool.c.first > 0).distinct().subquery("full")
    peers = tenants.alias("peers")
    same = (links.c[name] == full.c[name] for name in ("tenant", "domain", "peer"))
    return (
        select(
            links.c.tenant, tenants.c.node, links.c.domain, links.c.peer, links.c.record, peers.c.id
        )
        .select_from(full)
        .join(links, and_(*same))
        .join(tenants, tenants.c.id == links.c.tenant)
        .outerjoin(peers, peers.c.node == links.c.peer)
    )


_NEXT: Final = Statement(select(func.min(links.c.due)).where(links.c.due > bindparam("now")))
_TURNS: Final = Statement(_asked())
_PRESSING: Final = Statement(_waiting())


def turns(connection: Connection, now: float, most: int) -> list[Turn]:
    """At most `most` links whose turn it is. `now`: wire time, Unix seconds."""
    found = []
    far = now + MOST_SECONDS
    for row in execute(connection, _TURNS, now=now, far=far, most=most).fetchall():
        tenant, node, domain, peer, record, local, pressing, busy = row
        link = _read(record)
        ripe = calls(link) and due_now(link.due, now, link.poll)
        if link.kind == "ferry" or not (ripe or (busy and not link.failures)):
            continue
        if link.address is not None or local is not None:
            address = None if local is not None else link.address
            lazy = not (pressing or ripe)
            found.append(Turn(tenant, node, domain, peer, address, lazy=lazy))
    return found


def next_due(connection: Connection, now: float) -> float | None:
    """When the next link is due by the clock, wire time; None when none is."""
    found = execute(connection, _NEXT, now=now).fetchone()
    return None if found is None or found[0] is None else float(found[0])


def pressing(connection: Connection) -> list[Turn]:
    """Every link with events waiting in its spool; receipts and the clock are no reason.

    Of a link that is waiting out a failure too: whoever asks steps through time and waits for it.
    """
    found = []
    for tenant, node, domain, peer, record, local in execute(connection, _PRESSING).fetchall():
        link = _read(record)
        if link.address is not None or local is not None:
            address = None if local is not None else link.address
            found.append(Turn(tenant, node, domain, peer, address, lazy=False))
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
