"""One run: consecutive sealed events of one chain, judged as bytes before anybody understands them.

Decides whether untrusted lines are what their origin sealed, by a table of checks in the order of
docs/spec/06-routing-and-relay.md, "Accepting a run"; each check can be switched off by tests, which
must then fail. Never decides who may send the run (routes.py) nor what its events mean.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256
from typing import Any

import msgspec

from federation import dsse
from federation.keys import PublicKey
from schemas.header import Header, head_of, parse_header
from schemas.refusals import Refused
from schemas.sealed import Seal, read_signed
from schemas.shapes import read_object
from sync.event import ChainId, Event, Tip


class RunSpec(msgspec.Struct, frozen=True):
    """What a manifest says of a run: its chain (the domain is the body's), first seq and count."""

    origin: str
    epoch: str
    stream: str
    first: int
    count: int

    def chain(self, domain: str) -> ChainId:
        """The chain that the run is of."""
        return domain, self.origin, self.epoch, self.stream


class Untrusted(msgspec.Struct, frozen=True):
    """A run as it came. `erased(seq, head)` tells whether that payload was lawfully erased."""

    chain: ChainId
    first: int
    lines: Sequence[bytes]
    seal: Mapping[str, Any]
    tip: Tip
    erased: Callable[[int, str], bool]


class Walk(msgspec.Struct):
    """Where reading stands: the line before, and the events read."""

    seq: int
    prev: str | None
    events: list[Event]


Check = Callable[[Untrusted, Walk, Header, bytes], None]


def belongs(run: Untrusted, walk: Walk, header: Header, payload: bytes) -> None:
    """The header says of itself what the run says of it."""
    said = (header.domain, header.source, header.epoch, header.stream)
    if said != run.chain:
        raise Refused("bad-header", f"seq {walk.seq}: the header is of another chain")
    if header.id != f"{header.epoch}/{header.stream}/{header.seq}":
        raise Refused("bad-header", f"seq {walk.seq}: the id is not made of epoch, stream and seq")


def same_payload(run: Untrusted, walk: Walk, header: Header, payload: bytes) -> None:
    """The payload is the one that the header names."""
    if payload and sha256(payload).hexdigest() != header.datahash:
        raise Refused("bad-datahash", f"seq {walk.seq}: another payload than the header names")


def lawfully_erased(run: Untrusted, walk: Walk, header: Header, payload: bytes) -> None:
    """A payload is missing only where its origin or the root erased it."""
    if not payload and not run.erased(walk.seq, walk.events[-1].head):
        raise Refused("payload-missing", f"seq {walk.seq}: no `erased` event names this payload")


def in_step(run: Untrusted, walk: Walk, header: Header, payload: bytes) -> None:
    """The header's seq is the next one."""
    if header.seq != walk.seq:
        missing = {"seq": walk.seq, "head": walk.prev or run.tip.head}
        raise Refused("gap", f"seq {walk.seq}: the header says {header.seq}", expected=missing)


def follows(run: Untrusted, walk: Walk, header: Header, payload: bytes) -> None:
    """The header names the one before it."""
    if walk.prev is not None and header.prev != walk.prev:
        raise Refused("bad-chain", f"seq {walk.seq}: `prev` is not the header before it")


LINE_CHECKS: tuple[Check, ...] = (belongs, same_payload, lawfully_erased, in_step, follows)


def no_gap(run: Untrusted) -> None:
    """The first event is held already or is the next one."""
    if run.first > run.tip.seq + 1:
        raise Refused(
            "gap",
            f"events {run.tip.seq + 1} to {run.first - 1} are missing",
            expected={"seq": run.tip.seq + 1, "head": run.tip.head},
        )


RUN_CHECKS: tuple[Callable[[Untrusted], None], ...] = (no_gap,)


def read_run(
    run: Untrusted,
    line_checks: tuple[Check, ...] = LINE_CHECKS,
    run_checks: tuple[Callable[[Untrusted], None], ...] = RUN_CHECKS,
) -> list[Event]:
    """Return the run's events, chained to one another and to `run.tip` where they touch it.

    Nothing of it may be taken before `sealed_by` held. Raises Refused with the first failure.
    """
    for check in run_checks:
        check(run)
    prev = run.tip.head if run.first == run.tip.seq + 1 else None
    walk = Walk(run.first, prev, [])
    lines = iter(run.lines)
    for header_line, payload_line in zip(lines, lines, strict=True):
        header = _header(header_line, walk.seq)
        head = head_of(header_line)
        walk.events.append(Event(head, header, header_line, payload_line or None))
        for line_check in line_checks:
            line_check(run, walk, header, payload_line)
        walk.seq, walk.prev = walk.seq + 1, head
    return walk.events


def _header(line: bytes, seq: int) -> Header:
    try:
        return parse_header(line)
    except Refused as refusal:
        raise Refused("bad-header", f"seq {seq}: {refusal.detail}") from None


def sealed_by(seal: Mapping[str, Any], chain: ChainId, last: Tip, key: PublicKey) -> Seal:
    """Return the seal that the origin's `key` put on exactly `last` of `chain`; else `bad-seal`."""
    try:
        made = read_signed(dsse.verify(seal, "seal", key), Seal, "seal")
    except Refused as refusal:
        raise Refused("bad-seal", refusal.detail) from None
    if (made.domain, made.origin, made.epoch, made.stream) != chain:
        raise Refused("bad-seal", "the seal is of another chain")
    if (made.seq, made.head) != last:
        raise Refused("bad-seal", "the seal does not end where the run ends")
    return made


def read_spec(untrusted: Mapping[str, Any]) -> RunSpec:
    """Return the run that a manifest announces. Raises Refused `malformed`."""
    return read_object(untrusted, RunSpec, "run")
