"""Idle chains, sealed again: made, judged, passed on; and who has fallen silent.

A heartbeat is no event: of a chain only the latest seal counts. Decides when a seal is due again,
whether a seal that came is kept and goes on, and which chains are silent. Never refuses anything on
account of silence. Follows docs/spec/03-seals-and-receipts.md, "Heartbeats".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import msgspec

from federation import dsse
from schemas.refusals import Refused
from schemas.sealed import Seal, read_signed
from schemas.strict import dump
from sync import routes
from sync.event import ChainId, Tip
from sync.me import Me, Now
from sync.ports import Link, Store
from sync.writing import seal

STREAMS = ("up", "all")
MAX_WANTS = 16
LATEST, EARLIEST = 0.25, 0.5
"""of the time that a seal has, the parts that remain when it is renewed at the latest and at the
earliest; chance decides in between, so that nodes born together don't beat together"""


class Silence(msgspec.Struct, frozen=True):
    """One chain of a node from which nothing was heard in time."""

    origin: str
    stream: str
    since: str
    """wire instant by which another seal was promised"""


def seconds(instant: str) -> float:
    """A wire instant as Unix seconds."""
    return datetime.fromisoformat(instant).astimezone(UTC).timestamp()


def beat(store: Store, me: Me, now: Now, chance: Callable[[], float]) -> int:
    """Seal this node's own idle chains again, those that are due; how many. Spools the new seals.

    `chance`: draws in [0, 1), one per chain that may be due.
    """
    span, made = seconds(now.next_by) - now.seconds, 0
    for chain, tip, next_by in store.idle(now.next_by):
        if chain[1:3] != (me.node, me.epoch) or chain[3] not in STREAMS:
            continue
        left = seconds(next_by) - now.seconds
        if left > span * (LATEST + (EARLIEST - LATEST) * chance()):
            continue
        line = seal(chain, tip, now.wire, now.next_by, me.key)
        store.put_seal(chain, tip.seq, line, now.next_by)
        _spread(store, me, chain, tip, None)
        made += 1
    return made


def take(store: Store, me: Me, link: Link, idle: Sequence[Mapping[str, Any]]) -> None:
    """Keep the seals that say more than those held, and pass them on; the others are dropped.

    One on an event that is not held shows that something is missing: it is asked for by
    `link.wants`.
    """
    for untrusted in idle:
        made = _verified(store, me, link, untrusted)
        if made is None:
            continue
        chain = (made.domain, made.origin, made.epoch, made.stream)
        tip = store.tip(chain)
        if made.seq > tip.seq:
            want = (made.origin, made.epoch, made.stream, tip.seq + 1)
            if want not in link.wants and len(link.wants) < MAX_WANTS:
                link.wants = (*link.wants, want)
        elif (made.seq, made.head) == tip and _later(store, chain, made):
            store.put_seal(chain, made.seq, dump(dsse.as_object(untrusted)), made.next_by)
            _spread(store, me, chain, tip, link.peer)


def _verified(store: Store, me: Me, link: Link, untrusted: Mapping[str, Any]) -> Seal | None:
    """The seal, if its origin's key made it and its chain travels over this link; else None."""
    roster = store.roster()
    try:
        opened = dsse.peek(untrusted, "seal")
        made = read_signed(opened.payload, Seal, "seal")
        key = roster.key(made.origin, made.epoch)
        if made.domain != me.domain or made.stream not in STREAMS or key is None:
            return None
        chain = (made.domain, made.origin, made.epoch, made.stream)
        routes.check_route(roster, me.node, link.peer, chain)
    except Refused:
        return None
    return made if opened.signed_by(key) else None


def _later(store: Store, chain: ChainId, made: Seal) -> bool:
    held = store.last_seal(chain)
    if held is None:
        return True
    return read_signed(dsse.peek(held[1], "seal").payload, Seal, "seal").next_by < made.next_by


def _spread(store: Store, me: Me, chain: ChainId, tip: Tip, giver: str | None) -> None:
    """Spool the chain's latest seal to every neighbour that the routes name."""
    for peer in routes.receivers(store, me.node, chain, giver):
        store.spool(peer, chain, 0, tip.seq)


def silent(store: Store, now: Now) -> list[Silence]:
    """Chains of other nodes whose promised seal has not come; `up` and `all` in their epoch now."""
    roster, found = store.roster(), list[Silence]()
    for (_, origin, epoch, stream), _, next_by in store.idle(now.wire):
        current = stream in STREAMS and epoch == roster.current_epoch(origin)
        if origin != store.node and current:
            found.append(Silence(origin, stream, next_by))
    return found
