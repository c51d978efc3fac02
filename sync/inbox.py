"""The inbox: runs of a trusted body become journal, or a named refusal, one by one.

Decides for each run, in the order of docs/spec/06-routing-and-relay.md, whether it is taken; then
appends, routes and hands it to the rules, all in the host's transaction. A bad run holds up
nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from federation.keys import PublicKey
from federation.lineage import Proven
from federation.rotation import prove_rotation, require_holding
from schemas.header import parse_header, parse_payload
from schemas.membership import ERASED, OPENED
from schemas.refusals import Refused
from schemas.strict import dump
from sync import attachments, heartbeat, receipts, routes
from sync.body import Runs
from sync.event import ChainId, Event, Tip
from sync.me import Me
from sync.ports import Link, Store
from sync.run import RunSpec, Untrusted, read_run, sealed_by

MAX_WANTS = 16


def take(store: Store, me: Me, link: Link, body: Runs) -> list[dict[str, Any]]:
    """Take all that a body carries; return the results to tell the sender. Changes `link.wants`."""
    results = list[dict[str, Any]]()
    _learn(store, body.manifest.lineage, results)
    asked = {want[:3] for want in link.requested}
    for spec, lines, seal in zip(body.manifest.runs, body.lines, body.manifest.seals, strict=True):
        try:
            take_run(store, me, link, (spec, lines, seal), asked)
        except Refused as refusal:
            results.append(_result(spec, refusal))
            if refusal.code in ("gap", "payload-missing", "unknown-origin"):
                _want(store, me, link, spec, refusal)
    _take_receipts(store, me, body.manifest.receipts, results)
    heartbeat.take(store, me, link, body.manifest.idle)
    return results


def _learn(
    store: Store, lineage: Sequence[Mapping[str, Any]], results: list[dict[str, Any]]
) -> None:
    """Membership events of other branches, each with its own proof."""
    learnt = False
    for step in lineage:
        try:
            store.learn(Proven.from_wire(step))
            learnt = True
        except Refused as refusal:
            results.append(
                {"origin": None, "epoch": None, "stream": None, "code": "bad-lineage"}
                | {"detail": str(refusal)}
            )
    if learnt:
        store.apply([])


def take_run(
    store: Store,
    me: Me,
    link: Link,
    came: tuple[RunSpec, Sequence[bytes], Mapping[str, Any]],
    asked: set[tuple[str, str, str]],
) -> None:
    """Take one run whole, or raise Refused and take nothing of it."""
    spec, lines, seal = came
    chain, roster = spec.chain(me.domain), store.roster()
    if spec.origin not in roster:
        raise Refused("unknown-origin", f"{spec.origin} is not in the directory")
    if (spec.origin, spec.epoch, spec.stream) not in asked or link.side == "down":
        routes.check_route(roster, me.node, link.peer, chain)
    key = _epoch_key(store, chain, spec, lines)
    tip = store.tip(chain)
    run = Untrusted(chain, spec.first, lines, seal, tip, _eraser(store, chain, lines))
    events = read_run(run)
    last = Tip(events[-1].header.seq, events[-1].head)
    made = sealed_by(seal, chain, last, key)
    _no_fork(store, chain, tip, events, seal)
    if store.frozen(chain):
        raise Refused("frozen", "the stream is frozen after a fork")
    new = events[max(0, tip.seq + 1 - spec.first) :]
    if last.seq >= tip.seq:
        store.put_seal(chain, last.seq, dump(seal), made.next_by)
    if new:
        store.append(new)
        attachments.note(store, new)
        spread(store, me, chain, new[0].header.seq, last.seq, link.peer)
        store.apply(new)


def spread(store: Store, me: Me, chain: ChainId, first: int, last: int, giver: str | None) -> None:
    """Spool new events of a chain to every neighbour that the routes name, and owe receipts."""
    for peer in routes.receivers(store, me.node, chain, giver):
        store.spool(peer, chain, first, last)
    if routes.reads(store.roster(), me.node, chain):
        store.owe(chain[1])


def _epoch_key(store: Store, chain: ChainId, spec: RunSpec, lines: Sequence[bytes]) -> PublicKey:
    """The key of the run's epoch, if need be by the rotation in its own first event."""
    roster = store.roster()
    opening = _opening(lines) if spec.first == 1 else None
    key = roster.key(spec.origin, spec.epoch)
    if key is not None:
        return key
    if opening is not None and isinstance(opening.get("rotation"), dict):
        try:
            opened = prove_rotation(roster, chain[0], spec.origin, opening["rotation"])
            require_holding(roster, spec.origin, opened)
        except Refused as refusal:
            raise Refused("bad-opening", refusal.detail) from None
        if opened.epoch == spec.epoch:
            return opened.key
    raise Refused("unknown-origin", f"no key is known for epoch {spec.epoch} of {spec.origin}")


def _opening(lines: Sequence[bytes]) -> dict[str, Any]:
    """The data of a chain's first event, which must open it. Refused `bad-opening`."""
    try:
        if parse_header(lines[0]).type == OPENED:
            return parse_payload(lines[1])
    except Refused as refusal:
        if refusal.code == "oversize":
            raise Refused("bad-header", refusal.detail) from None
    raise Refused("bad-opening", "the first event of a chain must open it")


def _no_fork(
    store: Store, chain: ChainId, tip: Tip, events: Sequence[Event], seal: Mapping[str, Any]
) -> None:
    """Two sealed histories of one chain: keep both seals, freeze the chain."""
    if events[0].header.seq > tip.seq:
        return
    for event in events:
        held = store.head_at(chain, event.header.seq) if event.header.seq <= tip.seq else event.head
        if held != event.head:
            last = store.last_seal(chain)
            store.freeze(chain, last[1] if last is not None else b"", dump(seal))
            raise Refused("fork", f"seq {event.header.seq} is held with another head")


def _eraser(store: Store, chain: ChainId, lines: Sequence[bytes]) -> Any:
    """Whether a payload was erased: by an event held already, or later in the same run."""
    inside = set[tuple[Any, Any]]()
    if b"" in lines:
        for header_line, payload_line in zip(lines[::2], lines[1::2], strict=True):
            if f'"{ERASED}"'.encode() in header_line and payload_line:
                data = parse_payload(payload_line)
                if (data.get("origin"), data.get("epoch"), data.get("stream")) == chain[1:]:
                    inside.add((data.get("seq"), data.get("head")))

    def erased(seq: int, head: str) -> bool:
        return (seq, head) in inside or store.erased(chain, seq, head)

    return erased


def _take_receipts(
    store: Store, me: Me, came: Sequence[Mapping[str, Any]], results: list[dict[str, Any]]
) -> None:
    for one in came:
        try:
            _, stored = receipts.judge(store.roster(), one, me.domain)
        except Refused as refusal:
            none = {"origin": None, "epoch": None, "stream": None}
            results.append(none | {"code": refusal.code, "detail": refusal.detail})
        else:
            receipts.keep(store, me, stored)


def _result(spec: RunSpec, refusal: Refused) -> dict[str, Any]:
    told: dict[str, Any] = {
        "origin": spec.origin,
        "epoch": spec.epoch,
        "stream": spec.stream,
        "code": refusal.code,
        "detail": refusal.detail,
    }
    if "expected" in refusal.extra:
        told["expected"] = refusal.extra["expected"]
    return told


def _want(store: Store, me: Me, link: Link, spec: RunSpec, refusal: Refused) -> None:
    start = store.tip(spec.chain(me.domain)).seq + 1
    want = (spec.origin, spec.epoch, spec.stream, start)
    if want not in link.wants and len(link.wants) < MAX_WANTS:
        link.wants = (*link.wants, want)
