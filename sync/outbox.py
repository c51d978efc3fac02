"""The outbox: what is due to one peer, cut into one body.

Decides what goes into the next body and how far that brings the peer's cursor: spooled runs up to
sealed events within the peer's limits, receipts, what it asked for, the lineage that it can't know.
Follows docs/spec/05-exchange.md, "Manifest", "Cursor", "Wants".
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from federation.roster import Roster
from schemas.header import parse_payload
from schemas.membership import LINE, MOVED, SUCCEEDED
from schemas.refusals import Refused
from schemas.strict import parse
from sync import attachments, routes
from sync.body import Cursor, Hello, Manifest, Outgoing, Want
from sync.event import ChainId, Event
from sync.me import Limits, Me
from sync.ports import Item, Link, Store
from sync.run import RunSpec

MAX_SEAL = 16384
MAX_RECEIPT = 262144
"""bytes: 256 streams of less than 300, and the signature"""
MAX_RUN = 256
NAMING = {LINE: ("over", "by"), MOVED: ("node", "parent", "from"), SUCCEEDED: ("successor",)}
"""members of the payload that name nodes whom the readers of `all` need not know"""


class Load(msgspec.Struct):
    """A body being filled."""

    limits: Limits
    specs: list[RunSpec] = msgspec.field(default_factory=list)
    seals: list[dict[str, Any]] = msgspec.field(default_factory=list)
    events: list[Sequence[Event]] = msgspec.field(default_factory=list)
    receipts: list[dict[str, Any]] = msgspec.field(default_factory=list)
    idle: list[dict[str, Any]] = msgspec.field(default_factory=list)
    speakers: set[str] = msgspec.field(default_factory=set)
    """signers of receipts and origins of runs: whom the peer must know"""
    reached: dict[ChainId, int] = msgspec.field(default_factory=dict)
    count: int = 0
    size: int = 0

    def room(self) -> bool:
        """Whether another run may be put in."""
        return self.count < self.limits.events and self.size < self.limits.bytes


def put_chain(store: Store, load: Load, chain: ChainId, first: int, last: int) -> None:
    """Put events `first` to `last` into the body as far as they fit, in runs that end at seals.

    No run is longer than 256 events, so that seals stay dense enough for every later hop. The first
    goes whatever the limits say: a peer that takes less than one seal covers would else be called
    again and again with nothing.
    Chains already in this body go on where they end.
    """
    start = max(first, load.reached.get(chain, first - 1) + 1)
    while start <= last:
        room = min(load.limits.events - load.count, MAX_RUN)
        sealed = store.seal_after(chain, start - 1, min(start - 1 + room, last))
        if sealed is None:
            return
        if load.count and sealed[0] - start + 1 > load.limits.events - load.count:
            return
        seq, line = sealed
        events = store.events(chain, start, seq)
        size = sum(event.size for event in events) + len(line)
        if load.count and load.size + size > load.limits.bytes:
            return
        load.specs.append(RunSpec(chain[1], chain[2], chain[3], start, len(events)))
        load.speakers.add(chain[1])
        load.seals.append(parse(line, MAX_SEAL, "seal"))
        load.events.append(events)
        load.count += len(events)
        load.size += size
        if chain[3] == "all":
            load.speakers.update(_named(events))
        load.reached[chain] = seq
        start = seq + 1


def _named(events: Sequence[Event]) -> Iterator[str]:
    """Members whom events for everybody name beside their subject."""
    for event in events:
        names = NAMING.get(event.header.type)
        if names is not None and event.payload_line is not None:
            try:
                data = parse_payload(event.payload_line)
            except Refused:
                continue
            yield from (data[name] for name in names if isinstance(data.get(name), str))


def _fill(store: Store, load: Load, items: Sequence[Item]) -> Iterator[int]:
    """Put spool items in, those of one chain joined; yield each position that is covered."""
    ends = {item.chain: item.last for item in items if item.first}
    for item in items:
        if item.signer:
            if not load.room():
                return
            stored = store.receipt(item.signer, item.chain[1])
            if stored is not None:
                load.receipts.append(parse(stored.line, MAX_RECEIPT, "receipt"))
                load.speakers.add(item.signer)
                load.size += len(stored.line)
        elif not item.first:
            if not load.room():
                return
            _put_seal(store, load, item)
        elif load.reached.get(item.chain, 0) < item.last:
            if load.room():
                put_chain(store, load, item.chain, item.first, ends[item.chain])
            if load.reached.get(item.chain, 0) < item.last:
                return
        yield item.n


def _put_seal(store: Store, load: Load, item: Item) -> None:
    """The chain's last seal, unless the chain has grown: then a run carries a newer one."""
    sealed = store.last_seal(item.chain)
    if sealed is not None and sealed[0] == item.last == store.tip(item.chain).seq:
        load.idle.append(parse(sealed[1], MAX_SEAL, "seal"))
        load.size += len(sealed[1])


def compose(store: Store, me: Me, link: Link, limits: Limits, after: int, hello: Hello) -> Outgoing:
    """Fill one body for `link` from its spool past position `after`.

    Changes `link`: what was asked for and is now sent, and what was to be told, leaves it.
    """
    load, through = Load(limits), after
    load.speakers.update(link.tell)
    for covered in _fill(store, load, store.spooled(link.peer, after, limits.events)):
        through = covered
    left = list[tuple[str, str, str, int]]()
    for origin, epoch, stream, start in link.asked:
        chain = (me.domain, origin, epoch, stream)
        tip = store.tip(chain)
        if not _may_have(store, me, link, chain):
            continue
        if load.room():
            put_chain(store, load, chain, start, tip.seq)
        reached = load.reached.get(chain, start - 1)
        if reached < tip.seq:
            left.append((origin, epoch, stream, reached + 1))
    link.asked = tuple(left)
    given = list[tuple[attachments.ChunkSpec, bytes]]()
    if link.files and not link.asked and through >= store.spool_end(link.peer):
        most = min(limits.chunks, link.most_chunks)
        given = attachments.give(store, link, limits.bytes - load.size, most)
    manifest = Manifest(
        hello=hello,
        cursor=Cursor(ack=link.taken, start=after, through=through),
        runs=tuple(load.specs),
        seals=tuple(load.seals),
        lineage=_lineage(store, me, link, load),
        receipts=tuple(load.receipts),
        wants=tuple(Want(*want) for want in link.wants),
        vector=_vector(store, me, link) if link.mismatch else (),
        results=(*link.results, *link.replies),
        idle=tuple(load.idle),
        asks=attachments.asks(store, link),
        chunks=tuple(spec for spec, _ in given),
    )
    link.requested = link.wants or link.requested
    link.wants, link.results, link.replies, link.tell = (), (), (), ()
    link.mismatch = link.hurry = False
    pieces = tuple(data for _, data in given)
    return Outgoing(manifest=manifest, events=tuple(load.events), pieces=pieces)


def _may_have(store: Store, me: Me, link: Link, chain: ChainId) -> bool:
    return routes.may_have(store.roster(), me.node, link, chain)


def _lineage(store: Store, me: Me, link: Link, load: Load) -> tuple[dict[str, Any], ...]:
    """Proofs of members of other branches that this body speaks of and the peer can't know."""
    if link.side == "up":
        return ()
    roster, steps = store.roster(), list[dict[str, Any]]()
    above = set(roster.lineage(link.peer))
    for origin in sorted(load.speakers):
        for node in reversed(roster.lineage(origin)):
            if node in above or roster.in_subtree(link.peer, node):
                continue
            missing = marks(roster, node) - set(link.knows)
            if missing:
                for mark, step in store.proofs(node):
                    if _mark(node, mark) in missing:
                        steps.append(step)
                        link.knows = (*link.knows, _mark(node, mark))
    return tuple(steps)


def marks(roster: Roster, node: str) -> set[str]:
    """What a reader must be told of a member of another branch, as `Link.knows` names it."""
    member = roster.member(node)
    if member is None:
        return set()
    heads = [one.head for one in member.suspensions]
    heads += [one.head for one in member.lifts] + [one.head for one in member.moves]
    heads += [one.head for one in member.cuts] + [one.head for one in member.resolutions]
    rotated = [one.epoch for one in member.epochs if one.since is not None]
    return {_mark(node, one) for one in ("", *rotated, *heads)}


def _mark(node: str, mark: str) -> str:
    return f"{node}/{mark}" if mark else node


def _vector(store: Store, me: Me, link: Link) -> tuple[tuple[str, str, str, int, str], ...]:
    roster = store.roster()
    found = []
    for chain, tip in store.chains():
        if link.side == "up":
            shared = routes.goes_up(roster, me.node, chain) or routes.goes_down(
                roster, link.peer, me.node, chain
            )
        else:
            shared = _may_have(store, me, link, chain) or roster.in_subtree(link.peer, chain[1])
        if shared:
            found.append((chain[1], chain[2], chain[3], tip.seq, tip.head))
    return tuple(found)
