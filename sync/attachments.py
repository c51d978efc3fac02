"""Attachments between neighbours: who may have which, what is asked for, what a chunk must satisfy.

Decides, for one link, which chunks a peer is given and which that came are taken, until the whole
is what its hash says. Never touches an event, never refuses a body: what is wrong with one
attachment is told of in `results` and holds up nothing else. Follows docs/spec/11-attachments.md.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from hashlib import sha256
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from federation.roster import Roster
from schemas.documents import Hash
from schemas.header import parse_payload
from schemas.media import recognise
from schemas.refusals import REFUSALS, Refused
from sync import routes
from sync.event import Event
from sync.me import Now
from sync.ports import Link, Named, Source, Store

CHUNK = 256 * 1024
MAX_ASKS = 16
MAX_AWAITED = 64
MAX_TOLD = 64
MAX_NAMED = 50
PATIENCE = 8
"""bodies in a row in which a peer may leave an ask without any answer"""
LOCAL = "user:"
"""how a source is called that is no peer: `user:` and the name of who uploaded it here"""
WANTED, HELD, MISSING, REFUSED = "wanted", "held", "missing", "refused"


class Ask(msgspec.Struct, frozen=True):
    """Please send this attachment from chunk `n` on."""

    sha256: Hash
    n: Annotated[int, Meta(ge=0, le=2**20)]


class ChunkSpec(msgspec.Struct, frozen=True):
    """One chunk whose bytes stand behind the body's lines; `hash` is that of these bytes."""

    sha256: Hash
    n: Annotated[int, Meta(ge=0, le=2**20)]
    size: Annotated[int, Meta(ge=1, le=CHUNK)]
    hash: Hash


class Row(msgspec.Struct, frozen=True):
    """An attachment as a payload names it."""

    sha256: Hash
    size: Annotated[int, Meta(ge=1, le=2**38)]
    name: Annotated[str, Meta(max_length=255)]
    type: Annotated[str, Meta(max_length=100)]


def count(size: int) -> int:
    """How many chunks `size` bytes have."""
    return -(-size // CHUNK)


def note(store: Store, events: Iterable[Event]) -> None:
    """Remember what events just appended name."""
    found = [named for event in events for named in named_in(event)]
    if found:
        store.put_names(found)


def named_in(event: Event) -> Sequence[Named]:
    """What one event names; what has not the form of an attachment names nothing."""
    line = event.payload_line
    if line is None or b'"attachments"' not in line:
        return ()
    try:
        rows = parse_payload(line).get("attachments")
    except Refused:
        return ()
    found = list[Named]()
    for untrusted in rows[:MAX_NAMED] if isinstance(rows, list) else ():
        try:
            row = msgspec.convert(untrusted, Row)
        except msgspec.ValidationError:
            continue
        place = (event.chain, event.header.seq, event.header.subject)
        found.append(Named(row.sha256, row.size, row.name, row.type, *place))
    return found


def giver(store: Store, origin: str) -> str | None:
    """From whom what `origin` names must come: "" from a user here, else a neighbour."""
    if origin == store.node:
        return ""
    roster = store.roster()
    return roster.child_toward(store.node, origin) or roster.parent(store.node)


def proven(store: Store, named: Named) -> bool:
    """Whether the bytes came here from the side that named them.

    A hash alone opens nothing: someone who names what this node holds from elsewhere must bring
    the bytes first.
    """
    side = giver(store, named.chain[1])
    if side is None:
        return False
    if side:
        found = store.source(named.sha256, side)
        return found is not None and found.state == HELD
    return any(
        one.state == HELD and one.source.startswith(LOCAL) for one in store.sources(named.sha256)
    )


def _may_have(roster: Roster, me: str, link: Link, named: Named) -> bool:
    return routes.may_have(roster, me, link, named.chain)


def _entitled(store: Store, link: Link, hash: str) -> tuple[list[Named], bool]:
    """The names by which the peer may have it, and whether one of them is proven here."""
    roster = store.roster()
    names = [one for one in store.names(hash) if _may_have(roster, store.node, link, one)]
    return names, store.blob(hash) is not None and any(proven(store, one) for one in names)


class Reach:
    """One transaction's view of the links: the one being served, changed in place, and others."""

    def __init__(self, store: Store, now: Now, link: Link | None = None) -> None:
        self.store, self.now, self._link = store, now, link

    def links(self) -> list[Link]:
        """All links."""
        here = self._link
        return [here if here and one.peer == here.peer else one for one in self.store.links()]

    def save(self, link: Link) -> None:
        """Store a link that was changed; the one being served is stored by who serves it."""
        if link is not self._link:
            self.store.save_link(link)


def seek(reach: Reach, named: Named) -> Source | None:
    """Want what `named` names from the side that named it; what became of that, or is.

    None when no neighbour could give it: only a user of this node has it.
    """
    store = reach.store
    side = giver(store, named.chain[1])
    if not side:
        return None
    held = store.source(named.sha256, side)
    if held is not None and held.state in (HELD, WANTED):
        return held
    policy = store.file_policy()
    made = Source(named.sha256, side, WANTED, named.size, reach.now.wire)
    if named.size > policy.most:
        made.state, made.reason = REFUSED, f"too-large: at most {policy.most} bytes are taken here"
    elif store.stored() + named.size > policy.quota:
        made.state, made.reason = REFUSED, f"quota: {policy.quota} bytes are kept here"
    if held is not None and held.size != named.size:
        store.drop(named.sha256, side)
    store.put_source(made)
    if made.state == WANTED:
        for link in reach.links():
            if link.peer == side:
                link.seeks = True
                hasten(reach, link)
    return made


def hasten(reach: Reach, link: Link) -> None:
    """Let the link's turn come at once, unless it waits out a failure."""
    link.hurry = True
    if not link.failures:
        link.due = 0.0
    reach.save(link)


def settle(reach: Reach) -> None:
    """What events of this transaction name and policy carries at once: wanted, and due to peers."""
    store = reach.store
    fresh = [one for one in store.fresh_names() if one.chain[3] != "own"]
    if not fresh:
        return
    carried = store.file_policy().carry
    for named in fresh:
        if named.size <= carried:
            ready = proven(store, named)
            if not ready:
                seek(reach, named)
            _carry(reach, named, ready)


def _carry(reach: Reach, named: Named, ready: bool) -> None:
    """Due to every neighbour that gets the event, but the one from whom it came."""
    store = reach.store
    side = giver(store, named.chain[1])
    for link in reach.links():
        may = link.most_chunks and link.peer != side
        if may and _may_have(store.roster(), store.node, link, named):
            _due(link, named.sha256, 0, ready)
            reach.save(link)


def _due(link: Link, hash: str, n: int, ready: bool) -> None:
    """Note that chunks from `n` on are due to the peer: at once, or when they come here."""
    files = tuple(one for one in link.files if one[0] != hash)
    awaited = tuple(one for one in link.awaited if one != hash)
    if ready:
        link.files, link.awaited = (*files, (hash, n))[-MAX_AWAITED:], awaited
    else:
        link.files, link.awaited = files, (*awaited, hash)[-MAX_AWAITED:]


def _tell(link: Link, hash: str, code: str, detail: str = "") -> None:
    none = {"origin": None, "epoch": None, "stream": None}
    said = none | {"sha256": hash, "code": code, "detail": detail or REFUSALS[code].title}
    link.replies = (*(one for one in link.replies if one["sha256"] != hash), said)[-MAX_TOLD:]


# what the peer asks for


def asked(reach: Reach, link: Link, asks: Sequence[Ask]) -> None:
    """Take the peer's asks: due at once, sought further on, or told why not."""
    for ask in asks:
        names, ready = _entitled(reach.store, link, ask.sha256)
        if not names:
            _tell(link, ask.sha256, "not-named")
            continue
        _due(link, ask.sha256, ask.n, ready)
        if not ready:
            _seek_for(reach, link, names)


def _seek_for(reach: Reach, link: Link, names: Sequence[Named]) -> None:
    """Ask the next node for what a peer wants and is not held here."""
    best: Source | None = None
    for named in names:
        if giver(reach.store, named.chain[1]) == link.peer:
            continue
        found = seek(reach, named)
        if best is None or (found is not None and found.state == WANTED):
            best = found
    if best is None:
        _tell(link, names[0].sha256, "missing")
    elif best.state == REFUSED:
        _tell(link, best.sha256, *_why(best.reason))
    else:
        _tell(link, best.sha256, "sought")


def _why(reason: str) -> tuple[str, str]:
    code, _, detail = reason.partition(": ")
    return (code, detail) if code in REFUSALS else ("missing", reason)


def deliverable(link: Link) -> bool:
    """Whether chunks can go out in the next body."""
    return bool(link.files) and link.most_chunks > 0 and link.most_bytes >= 2 * CHUNK


def give(store: Store, link: Link, room: int, most: int) -> list[tuple[ChunkSpec, bytes]]:
    """At most `most` chunks and `room` bytes of what is due to the peer, in turns; changes it."""
    given = list[tuple[ChunkSpec, bytes]]()
    if not deliverable(link):
        return given
    waiting = list(link.files)
    may = {hash: _entitled(store, link, hash)[1] for hash, _ in waiting}
    while waiting and len(given) < most and room >= CHUNK:
        hash, n = waiting.pop(0)
        data = store.chunk(hash, n) if may[hash] else None
        if data is None:
            continue
        given.append((ChunkSpec(hash, n, len(data), sha256(data).hexdigest()), data))
        room -= len(data)
        waiting.append((hash, n + 1))
    link.files = tuple(waiting)
    return given


# what this node asks for


def asks(store: Store, link: Link) -> tuple[Ask, ...]:
    """What the next body asks the peer for; who leaves asks unanswered too often has not got it."""
    if not link.seeks:
        return ()
    found = list[Ask]()
    for row in store.wanted(link.peer, MAX_ASKS):
        row.tries += link.kind == "http"
        if row.tries > PATIENCE:
            row.state, row.reason = MISSING, "missing: the peer does not answer"
        else:
            staged = store.blob(row.sha256, row.source)
            found.append(Ask(row.sha256, staged.received if staged is not None else 0))
        store.put_source(row)
    link.seeks = bool(found)
    return tuple(found)


def take(
    reach: Reach, link: Link, came: Sequence[tuple[ChunkSpec, bytes]], results: Sequence[Any]
) -> None:
    """Take the chunks that came, and what the peer says of asks that it can't fulfil."""
    for spec, data in came:
        row = reach.store.source(spec.sha256, link.peer)
        if row is not None and row.state in (WANTED, MISSING):
            try:
                _take(reach, link, row, spec, data)
            except Refused as refusal:
                _tell(link, spec.sha256, refusal.code, refusal.detail)
    for one in results:
        if isinstance(one.get("sha256"), str):
            _told(reach, link, one)


def _take(reach: Reach, link: Link, row: Source, spec: ChunkSpec, data: bytes) -> None:
    store = reach.store
    due = min(CHUNK, row.size - spec.n * CHUNK)
    if len(data) != due or sha256(data).hexdigest() != spec.hash:
        raise Refused("bad-chunk", f"chunk {spec.n}: {len(data)} bytes, {due} are due")
    staged = store.blob(row.sha256, row.source)
    if spec.n != (staged.received if staged is not None else 0):
        return
    store.put_chunk(row.sha256, row.source, row.size, spec.n, data)
    row.tries, row.state, row.reason, link.seeks = 0, WANTED, "", True
    store.put_source(row)
    if spec.n + 1 == count(row.size):
        try:
            finish(store, row)
        except Refused as refusal:
            row.state, row.reason = REFUSED, f"{refusal.code}: {refusal.detail}"
            row.since = reach.now.wire
            store.put_source(row)
            _pass_on(reach, link, row)
            raise
        row.since = reach.now.wire
        store.put_source(row)
        arrived(reach, row.sha256)


def finish(store: Store, row: Source) -> str:
    """Verify the staged whole of a source and keep it; return the type found in its content.

    Raises Refused `bad-content`, `bad-type`; then nothing of it is kept.
    """
    read = reader(store, row)
    total = sha256()
    for n in range(count(row.size)):
        total.update(read(n * CHUNK, CHUNK))
    try:
        if total.hexdigest() != row.sha256:
            raise Refused("bad-content", "the whole has not the hash by which it was named")
        found = recognise(read, row.size)
    except Refused:
        store.drop(row.sha256, row.source)
        raise
    store.keep(row.sha256, row.source, found)
    row.state, row.reason = HELD, ""
    return found


def reader(store: Store, row: Source) -> Callable[[int, int], bytes]:
    """Read a staged whole: (offset, most) gives bytes up to the end of a chunk or more."""

    def read(offset: int, most: int) -> bytes:
        parts, end = list[bytes](), min(offset + most, row.size)
        while offset < end:
            chunk = store.chunk(row.sha256, offset // CHUNK, row.source) or b""
            part = chunk[offset % CHUNK : offset % CHUNK + end - offset]
            if not part:
                break
            parts.append(part)
            offset += len(part)
        return b"".join(parts)

    return read


def arrived(reach: Reach, hash: str) -> None:
    """It is held now: whoever waits for it and may have it gets it."""
    for link in reach.links():
        if hash in link.awaited and _entitled(reach.store, link, hash)[1]:
            _due(link, hash, 0, ready=True)
            hasten(reach, link)


def _told(reach: Reach, link: Link, said: Mapping[str, Any]) -> None:
    """The peer can't give it, or not yet."""
    row, code = reach.store.source(said["sha256"], link.peer), said.get("code")
    if row is None or row.state not in (WANTED, MISSING):
        return
    if code == "sought":
        row.tries = 0
        reach.store.put_source(row)
    elif code in REFUSALS:
        row.state = MISSING if code == "missing" else REFUSED
        row.reason, row.since = f"{code}: {str(said.get('detail', ''))[:200]}", reach.now.wire
        reach.store.put_source(row)
        _pass_on(reach, link, row)


def _pass_on(reach: Reach, link: Link, row: Source) -> None:
    """Who waits for it hears what came of it."""
    for other in reach.links():
        if other.peer != link.peer and row.sha256 in other.awaited:
            _tell(other, row.sha256, *_why(row.reason))
            hasten(reach, other)
