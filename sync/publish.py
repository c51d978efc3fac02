"""A node writes into its own streams: drafts become journal, seal, spool and effect at once.

Follows docs/spec/02-events.md and 03-seals-and-receipts.md. Decides which stream needs its opening
event first; never whether the node may write what it writes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any

from sync import inbox, routes
from sync.event import Event, Tip
from sync.me import Me, Now
from sync.ports import Store
from sync.writing import SEAL_EVENTS, Draft, opening, seal, seal_points, write

BIRTH: Mapping[str, Any] = {"cause": "birth", "last": None}


def publish(
    store: Store,
    me: Me,
    drafts: Iterable[Draft],
    now: Now,
    salt: Callable[[], bytes],
    opens: Callable[[str], Mapping[str, Any]] = lambda stream: BIRTH,
) -> list[Event]:
    """Append `drafts` in order, sealed; return the events, openings included.

    `salt` gives 16 random bytes per call; `opens` gives the data of a stream's first event in the
    epoch. Raises Refused `oversize`; then the host's transaction must be rolled back.
    """
    written = list[Event]()
    for stream, group in groupby(drafts, key=lambda one: one.stream):
        written.extend(_into(store, me, stream, list(group), now, salt, opens))
    return written


def _into(
    store: Store,
    me: Me,
    stream: str,
    drafts: list[Draft],
    now: Now,
    salt: Callable[[], bytes],
    opens: Callable[[str], Mapping[str, Any]],
) -> Sequence[Event]:
    chain = (me.domain, me.node, me.epoch, stream)
    tip = store.tip(chain)
    if tip.seq == 0:
        drafts.insert(0, opening(me.node, stream, opens(stream)))
    events = write(chain, tip, drafts, now.business, [salt() for _ in drafts])
    store.append(events)
    start = events[0].header.seq
    for index in seal_points(events):
        last = Tip(events[index].header.seq, events[index].head)
        line = seal(chain, last, now.wire, now.next_by, me.key)
        store.put_seal(chain, last.seq, line, now.next_by)
        if stream != "own":
            inbox.spread(store, me, chain, start, last.seq, None)
        start = last.seq + 1
    store.apply(events)
    return events


def fill(store: Store, me: Me, peer: str) -> None:
    """Spool to a new neighbour below all that the routes let it have, sealed piece by piece."""
    roster = store.roster()
    for chain, tip in store.chains():
        if not routes.goes_down(roster, me.node, peer, chain):
            continue
        after = 0
        while after < tip.seq:
            sealed = store.seal_after(chain, after, after + SEAL_EVENTS)
            if sealed is None:
                break
            store.spool(peer, chain, after + 1, sealed[0])
            after = sealed[0]
