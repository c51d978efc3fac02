"""A node writes into its own streams: drafts become journal, seal, spool and effect at once.

Follows docs/spec/02-events.md and 03-seals-and-receipts.md. Decides which stream needs its opening
event first; never whether the node may write what it writes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any

from federation.rotation import stated_rotation
from sync import attachments, inbox, routes
from sync.event import ChainId, Event, Tip
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
    sealed: bool = True,
) -> list[Event]:
    """Append `drafts` in order, sealed; return the events, openings included.

    `sealed`: False leaves the seal, and with it the spooling, to `settle` in the same transaction,
    which must come before SEAL_EVENTS events or SEAL_BYTES are unsealed in a stream. `salt` gives
    16 random bytes per call. Raises Refused `oversize`; then the host's transaction must be rolled
    back.
    """
    written = list[Event]()
    for stream, group in groupby(drafts, key=lambda one: one.stream):
        written.extend(_into(store, me, stream, list(group), now, salt, sealed))
    return written


def _into(
    store: Store,
    me: Me,
    stream: str,
    drafts: list[Draft],
    now: Now,
    salt: Callable[[], bytes],
    sealed: bool,
) -> Sequence[Event]:
    chain = (me.domain, me.node, me.epoch, stream)
    if sealed:
        settle(store, me, stream, now)
    tip = store.tip(chain)
    if tip.seq == 0:
        drafts.insert(0, opening(me.node, stream, _opens(store, me, stream)))
    events = write(chain, tip, drafts, now.business, [salt() for _ in drafts])
    store.append(events)
    attachments.note(store, events)
    start = events[0].header.seq
    for index in seal_points(events) if sealed else ():
        last = Tip(events[index].header.seq, events[index].head)
        _seal(store, me, chain, start, last, now)
        start = last.seq + 1
    store.apply(events)
    return events


def _opens(store: Store, me: Me, stream: str) -> Mapping[str, Any]:
    """What the first event of a stream says: after a rotation, that, and where the stream stood."""
    rotations = store.rotations()
    if not rotations:
        return BIRTH
    for rotation in reversed(rotations):
        before = stated_rotation(rotation).old
        tip = store.tip((me.domain, me.node, before, stream))
        if tip.seq:
            last = {"epoch": before, "seq": tip.seq, "head": tip.head}
            return {"cause": "rotation", "last": last, "rotation": rotations[-1]}
    return {"cause": "rotation", "last": None, "rotation": rotations[-1]}


def reopen(store: Store, me: Me, now: Now, salt: Callable[[], bytes], own: bool) -> list[Event]:
    """Open the streams that the node has, in its new epoch; return the events.

    `up` and `all` are opened in any case, so that everybody above and below hears of the epoch;
    with `own` true only `own` is, as in a domain that nobody shares.
    """
    old = [stated_rotation(rotation).old for rotation in store.rotations()]
    streams = {"all", "up"} if not own else set[str]()
    if not own:
        streams |= {chain[3] for chain, _ in store.chains_of(me.node)}
    if any(store.tip((me.domain, me.node, epoch, "own")).seq for epoch in old):
        streams.add("own")
    written = list[Event]()
    for stream in sorted(streams):
        written.extend(_into(store, me, stream, [], now, salt, True))
    return written


def settle(store: Store, me: Me, stream: str, now: Now) -> None:
    """Seal and spool what was published into a stream and not sealed; nothing where all is."""
    chain = (me.domain, me.node, me.epoch, stream)
    tip, held = store.tip(chain), store.last_seal(chain)
    start = held[0] + 1 if held is not None else 1
    if start <= tip.seq:
        _seal(store, me, chain, start, tip, now)


def _seal(store: Store, me: Me, chain: ChainId, start: int, last: Tip, now: Now) -> None:
    store.put_seal(chain, last.seq, seal(chain, last, now.wire, now.next_by, me.key), now.next_by)
    if chain[3] != "own":
        inbox.spread(store, me, chain, start, last.seq, None)


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
