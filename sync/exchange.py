"""The conversation of two neighbours, without any I/O: both ends on one page.

`call` makes a request, `serve` takes a request and makes the answer, `hear` takes the answer. Each
works inside the host's transaction and either commits as a whole or, when it raises Refused, leaves
nothing behind. Follows docs/spec/05-exchange.md.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from federation.member import EpochKey
from schemas.refusals import Refused
from sync import attachments, inbox, notes, receipts
from sync.body import AnnouncedLimits, Hello, Incoming, Manifest, Outgoing, Runs, encode
from sync.checks import CHECKS, Case, judge
from sync.me import LEAST_VERSION, VERSION, Limits, Me, Now
from sync.outbox import compose
from sync.ports import Link, Store

FERRIED = 256
"""chunks of attachments in one ferry file: 64 MiB"""
Checks = tuple[Callable[[Case], None], ...]


def call(store: Store, me: Me, peer: str, now: Now, challenge: str, limits: Limits) -> bytes:
    """The bytes of the next request to `peer`. `challenge`: fresh random text for its answer."""
    link = _link(store, peer)
    receipts.settle(store, me, now)
    return _sign(store, me, link, limits, (challenge, link.theirs), now, poll=0)


def serve(
    store: Store,
    me: Me,
    incoming: Incoming,
    now: Now,
    challenges: tuple[str, str],
    limits: Limits,
    poll: int = 30,
    checks: Checks = CHECKS,
) -> bytes:
    """Take a request and return the answer's bytes.

    `challenges`: two fresh random texts, one for the next request, one to go into a refusal.
    Raises Refused; `stale-challenge` carries the challenge to use (which the host must store with
    `give` in a transaction of its own).
    """
    link = store.link(incoming.head.sender)
    case = Case(me, incoming, store.roster(), link, limits, None, ferry=False)
    body = judge(case, checks)
    link = _link(store, incoming.head.sender)
    _accepted(store, link, incoming, body, now, case.learnt)
    link.given = tuple(one for one in link.given if one != incoming.head.challenge)
    _take(store, me, link, body, now)
    fresh = challenges[0]
    link.given = (*link.given, fresh)[-2:]
    return _sign(store, me, link, limits, (fresh, body.manifest.hello.challenge), now, poll)


def give(store: Store, peer: str, challenge: str) -> None:
    """Remember a challenge that a refusal gave to `peer`."""
    link = _link(store, peer)
    link.given = (*link.given, challenge)[-2:]
    store.save_link(link)


def hear(
    store: Store,
    me: Me,
    incoming: Incoming,
    now: Now,
    challenge: str,
    limits: Limits,
    checks: Checks = CHECKS,
) -> Manifest:
    """Take the answer to the request that carried `challenge`. Raises Refused."""
    link = store.link(incoming.head.sender)
    case = Case(me, incoming, store.roster(), link, limits, challenge, ferry=False)
    body = judge(case, checks)
    link = _link(store, incoming.head.sender)
    _accepted(store, link, incoming, body, now, case.learnt)
    link.theirs = body.manifest.hello.challenge
    link.poll = body.manifest.hello.poll or link.poll
    _take(store, me, link, body, now)
    return body.manifest


def told(store: Store, peer: str, problem: dict[str, Any]) -> str:
    """Take note of an unsigned refusal; return its code.

    Only a challenge, and a link epoch for the lower side, may change anything (spec, "HTTP").
    """
    link = _link(store, peer)
    code = str(problem.get("code", "unavailable"))[:32]
    challenge = problem.get("challenge")
    if code == "stale-challenge" and isinstance(challenge, str) and len(challenge) <= 128:
        link.theirs = challenge
    link.last_error = f"{code}: {str(problem.get('detail', ''))[:200]}"
    store.save_link(link)
    return code


def pending(store: Store, peer: str) -> bool:
    """Whether something waits for the next body to `peer`."""
    link = _link(store, peer)
    waiting = bool(link.asked or link.wants or link.results or link.tell or link.mismatch)
    waiting = waiting or link.hurry or attachments.deliverable(link)
    return waiting or bool(store.spooled(peer, link.acked, 1)) or bool(store.owed())


def load(store: Store, me: Me, peer: str, now: Now, limits: Limits) -> list[bytes]:
    """The bodies of a ferry file for `peer`: everything past its last confirmed cursor.

    Changes what the link asks and tells, as any body does.
    """
    link = _link(store, peer)
    receipts.settle(store, me, now)
    bodies, after, ferried = list[bytes](), link.acked, FERRIED
    hello = Hello(
        VERSION, LEAST_VERSION, AnnouncedLimits(limits.events, limits.bytes, limits.chunks), "", 0
    )
    while True:
        room = _room(link, limits)
        room = Limits(room.events, room.bytes, min(room.chunks, ferried))
        outgoing = compose(store, me, link, room, after, hello)
        manifest = outgoing.manifest
        ferried -= len(manifest.chunks)
        more = bool(manifest.runs or manifest.receipts or manifest.idle or manifest.chunks)
        if bodies and not more:
            break
        link.counter += 1
        bodies.append(_encode(store, me, link, outgoing, None, fence=0))
        after = manifest.cursor.through
        if not more:
            break
    link.ferried = max(link.ferried, after)
    store.save_link(link)
    return bodies


def unload(
    store: Store, me: Me, incoming: Incoming, now: Now, limits: Limits, checks: Checks = CHECKS
) -> None:
    """Take one body of a ferry file. Raises Refused; what to answer goes on the next disc."""
    link = store.link(incoming.head.sender)
    case = Case(me, incoming, store.roster(), link, limits, None, ferry=True)
    body = judge(case, checks)
    link = _link(store, incoming.head.sender)
    if link.kind != "ferry":
        raise Refused("not-linked", "this link is not opened for ferrying")
    _accepted(store, link, incoming, body, now, case.learnt)
    _take(store, me, link, body, now)


def _link(store: Store, peer: str) -> Link:
    link = store.link(peer)
    if link is None:
        raise Refused("not-linked", f"there is no link with {peer}")
    return link


def _accepted(
    store: Store,
    link: Link,
    incoming: Incoming,
    body: Runs,
    now: Now,
    learnt: tuple[EpochKey, ...],
) -> None:
    """Everything that a trusted body changes on the link itself."""
    for rotation in incoming.rotations if learnt else ():
        store.rotated(incoming.head.sender, rotation)
    link.heard = max(link.heard, incoming.head.counter)
    link.fence = max(link.fence, incoming.head.fence)
    link.last_heard, link.last_error, link.failures = now.wire, None, 0
    takes = body.manifest.hello.limits
    link.most_events, link.most_bytes = takes.events, takes.bytes
    link.most_chunks = takes.chunks
    link.skew = _skew(body.manifest.hello.at, now)
    cursor = body.manifest.cursor
    if cursor.ack > store.spool_end(link.peer):
        link.mismatch = True
    elif cursor.ack > link.acked:
        link.acked = cursor.ack
        store.unspool(link.peer, cursor.ack)
    if cursor.start <= link.taken:
        link.taken = max(link.taken, cursor.through)
    else:
        link.mismatch = True


def _take(store: Store, me: Me, link: Link, body: Runs, now: Now) -> None:
    """Runs, receipts, wants and vector of a trusted body; what they change is saved."""
    # saved first: spooling for others reads the list of links
    store.save_link(link)
    link.results = tuple(inbox.take(store, me, link, body))
    _note(store, link, body, now)
    if any(one.get("code") == "unknown-origin" for one in body.manifest.results):
        link.knows = ()  # a body was lost, or more has changed than was told: tell it again
    link.asked = tuple(
        dict.fromkeys(
            (*link.asked, *((w.origin, w.epoch, w.stream, w.start) for w in body.manifest.wants))
        )
    )[:64]
    if body.manifest.vector:
        _compare(store, me, link, body.manifest)
    _take_attachments(store, link, body, now)
    receipts.settle(store, me, now)
    store.save_link(link)


def _take_attachments(store: Store, link: Link, body: Runs, now: Now) -> None:
    """What runs just taken name, then chunks, then asks."""
    reach, manifest = attachments.Reach(store, now, link), body.manifest
    attachments.settle(reach)
    if manifest.chunks or manifest.results:
        came = list(zip(manifest.chunks, body.pieces, strict=True))
        attachments.take(reach, link, came, manifest.results)
    if manifest.asks:
        attachments.asked(reach, link, manifest.asks)


def _note(store: Store, link: Link, body: Runs, now: Now) -> None:
    """Keep for operators what either side did not accept."""

    def held(place: notes.Place) -> int:
        origin, epoch, stream = place
        return store.tip((store.domain, origin or "", epoch or "", stream or "")).seq

    if link.refused:
        link.refused = notes.grown(link.refused, held)
    if link.results:
        link.refused = notes.add(link.refused, link.results, now.wire, held)
    if link.told:
        link.told = notes.went_through(link.told)
    said = tuple(one for one in body.manifest.results if "sha256" not in one)
    if said:
        link.told = notes.add(link.told, said, now.wire, held)


def _skew(at: str | None, now: Now) -> float | None:
    """Seconds by which the peer's clock is ahead of ours; None when it doesn't say a time."""
    try:
        theirs = datetime.fromisoformat(at) if at is not None else None
    except ValueError:
        return None
    if theirs is None or theirs.tzinfo is None:
        return None
    return round(theirs.timestamp() - now.seconds, 3)


def _compare(store: Store, me: Me, link: Link, manifest: Manifest) -> None:
    """Both sides' chains beside each other: send what the peer lacks, ask for what we lack."""
    theirs = {(o, e, s): (seq, head) for o, e, s, seq, head in manifest.vector}
    for chain, tip in store.chains():
        seq, _ = theirs.pop(chain[1:], (0, ""))
        if seq < tip.seq:
            link.asked = (*link.asked, (*chain[1:], seq + 1))
        elif seq > tip.seq:
            link.wants = (*link.wants, (*chain[1:], tip.seq + 1))
    for (origin, epoch, stream), (seq, _) in theirs.items():
        if seq:
            link.wants = (*link.wants, (origin, epoch, stream, 1))
    link.wants = link.wants[:16]


def _sign(
    store: Store,
    me: Me,
    link: Link,
    limits: Limits,
    challenges: tuple[str, str | None],
    now: Now,
    poll: int,
) -> bytes:
    """The next body to the link's peer. `challenges`: a fresh one for it, and its own."""
    fresh, challenge = challenges
    hello = Hello(
        version=VERSION,
        min=LEAST_VERSION,
        limits=AnnouncedLimits(limits.events, limits.bytes, limits.chunks),
        challenge=fresh,
        poll=poll,
        at=now.wire,
    )
    outgoing = compose(store, me, link, _room(link, limits), link.acked, hello)
    if link.told:
        sent = {(run.origin, run.epoch, run.stream) for run in outgoing.manifest.runs}
        link.told = notes.resent(link.told, sent)
    link.counter += 1
    store.save_link(link)
    return _encode(store, me, link, outgoing, challenge, me.fence)


def _room(link: Link, limits: Limits) -> Limits:
    events, size = min(limits.events, link.most_events), min(limits.bytes, link.most_bytes)
    return Limits(events, size, limits.chunks)


def _encode(
    store: Store, me: Me, link: Link, outgoing: Outgoing, challenge: str | None, fence: int
) -> bytes:
    stated = {
        "to": link.peer,
        "link": link.epoch,
        "challenge": challenge,
        "counter": link.counter,
        "fence": fence,
        "rotation": store.rotations(),
    }
    return encode(outgoing, me, stated)
