"""The exchange body: framing, manifest, envelope. The same bytes over every transport.

Decides whether bytes have the form of a body and what it says of itself. Never decides whether to
believe it (checks.py), nor touches a store. Follows docs/spec/05-exchange.md, "Body".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from federation import dsse
from schemas.documents import Domain, Envelope, Epoch, Hash, Node, Seq, Stream
from schemas.refusals import Refused
from schemas.sealed import read_signed
from schemas.shapes import read_object
from schemas.strict import dump, parse
from sync.attachments import MAX_ASKS, Ask, ChunkSpec
from sync.event import Event
from sync.me import MAX_BYTES, Me
from sync.run import RunSpec

MAX_WANTS = 16
Position = Annotated[int, Meta(ge=0, le=2**53 - 1)]
LinkEpoch = Epoch
Challenge = Annotated[str, Meta(max_length=128)]


class Head(msgspec.Struct, frozen=True, kw_only=True, rename={"sender": "from"}):
    """What the envelope signs."""

    v: Annotated[int, Meta(ge=1, le=1)] = 1
    sender: Node
    to: Node
    domain: Domain
    epoch: Epoch
    link: LinkEpoch
    challenge: Challenge | None
    counter: Annotated[int, Meta(ge=1, le=2**53 - 1)]
    fence: Annotated[int, Meta(ge=0, le=2**53 - 1)]
    body: Hash


class AnnouncedLimits(msgspec.Struct, frozen=True):
    """How much the signer takes in one body."""

    events: Annotated[int, Meta(ge=1, le=100_000)]
    bytes: Annotated[int, Meta(ge=1024, le=2**31)]
    chunks: Annotated[int, Meta(ge=0, le=1000)] = 0


class Hello(msgspec.Struct, frozen=True, omit_defaults=True):
    """The signer's versions, limits, fresh challenge and wish for the next call."""

    version: Annotated[int, Meta(ge=1, le=10_000)]
    min: Annotated[int, Meta(ge=1, le=10_000)]
    limits: AnnouncedLimits
    challenge: Challenge
    poll: Annotated[int, Meta(ge=0, le=86_400)]
    at: Annotated[str, Meta(max_length=40)] | None = None
    """the signer's wire time; shows a wrong clock, and decides nothing"""


class Cursor(msgspec.Struct, frozen=True, rename={"start": "from"}):
    """Positions in spools: `ack` in the receiver's, `start` and `through` in the signer's."""

    ack: Position
    start: Position
    through: Position


class Want(msgspec.Struct, frozen=True, rename={"start": "from"}):
    """Please send this chain from `start` on."""

    origin: Node
    epoch: Epoch
    stream: Stream
    start: Seq


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """Line 2 of a body; absent lists are empty."""

    hello: Hello
    cursor: Cursor
    runs: Annotated[tuple[RunSpec, ...], Meta(max_length=2000)] = ()
    seals: Annotated[tuple[dict[str, Any], ...], Meta(max_length=2000)] = ()
    lineage: Annotated[tuple[dict[str, Any], ...], Meta(max_length=10_000)] = ()
    receipts: Annotated[tuple[dict[str, Any], ...], Meta(max_length=2000)] = ()
    wants: Annotated[tuple[Want, ...], Meta(max_length=MAX_WANTS)] = ()
    vector: Annotated[tuple[tuple[Node, Epoch, Stream, Position, Hash], ...], Meta()] = ()
    results: Annotated[tuple[dict[str, Any], ...], Meta(max_length=2000)] = ()
    idle: Annotated[tuple[dict[str, Any], ...], Meta(max_length=2000)] = ()
    asks: Annotated[tuple[Ask, ...], Meta(max_length=MAX_ASKS)] = ()
    chunks: Annotated[tuple[ChunkSpec, ...], Meta(max_length=1000)] = ()


class Incoming(msgspec.Struct, frozen=True):
    """A body whose first line was read; nothing of it is verified."""

    head: Head
    envelope: dsse.Opened
    rotations: tuple[Mapping[str, Any], ...]
    rest: bytes


def peek(untrusted: bytes) -> Incoming:
    """Read line 1. Raises Refused `malformed`, `oversize`."""
    first, line_feed, rest = untrusted.partition(b"\n")
    if not line_feed:
        raise Refused("malformed", "body: no line feed after the envelope")
    line = parse(first, dsse.MAX_ENVELOPE, "envelope")
    rotation = line.pop("rotation", ())
    rotations = tuple(rotation) if isinstance(rotation, list) else (rotation,) if rotation else ()
    opened = dsse.peek(read_object(line, Envelope, "envelope"), "exchange")
    parse(opened.payload, dsse.MAX_ENVELOPE, "envelope payload")
    return Incoming(read_signed(opened.payload, Head, "envelope payload"), opened, rotations, rest)


def hashes(incoming: Incoming) -> bool:
    """Whether the rest is what the envelope signs."""
    return sha256(incoming.rest).hexdigest() == incoming.head.body


class Runs(msgspec.Struct, frozen=True):
    """A manifest, the lines of each of its runs, the bytes of each of its chunks."""

    manifest: Manifest
    lines: tuple[Sequence[bytes], ...]
    pieces: tuple[bytes, ...] = ()


def open_rest(rest: bytes) -> Runs:
    """Read line 2 and cut the following lines into runs. Raises Refused `malformed`."""
    found = parse(rest.partition(b"\n")[0], MAX_BYTES, "manifest")
    manifest = read_object(found, Manifest, "manifest")
    rest, pieces = _cut_pieces(rest, manifest.chunks)
    if not rest.endswith(b"\n"):
        raise Refused("malformed", "body: the last line has no line feed")
    lines = rest[:-1].split(b"\n")
    if len(manifest.seals) != len(manifest.runs):
        raise Refused("malformed", "manifest: as many seals as runs are needed")
    cut, at = list[Sequence[bytes]](), 1
    for run in manifest.runs:
        cut.append(lines[at : at + 2 * run.count])
        at += 2 * run.count
    if at != len(lines):
        raise Refused("malformed", f"body: {len(lines) - 1} lines follow, {at - 1} are announced")
    return Runs(manifest, tuple(cut), pieces)


def _cut_pieces(rest: bytes, chunks: Sequence[ChunkSpec]) -> tuple[bytes, tuple[bytes, ...]]:
    """The lines, and the chunks' bytes behind them."""
    if not chunks:
        return rest, ()
    at = len(rest) - sum(chunk.size for chunk in chunks)
    if at < 0:
        raise Refused("malformed", "body: shorter than the chunks that it announces")
    lines, pieces = rest[:at], list[bytes]()
    for chunk in chunks:
        pieces.append(rest[at : at + chunk.size])
        at += chunk.size
    return lines, tuple(pieces)


class Outgoing(msgspec.Struct, frozen=True, kw_only=True):
    """What one body shall say, before it is signed."""

    manifest: Manifest
    events: tuple[Sequence[Event], ...] = ()
    pieces: tuple[bytes, ...] = ()


def encode(outgoing: Outgoing, me: Me, link: Mapping[str, Any]) -> bytes:
    """The signed bytes. `link`: to, link, challenge, counter, fence, and perhaps rotation."""
    parts = [dump(outgoing.manifest)]
    for run in outgoing.events:
        for event in run:
            parts.append(event.header_line)
            parts.append(event.payload_line or b"")
    rest = b"".join((b"\n".join(parts), b"\n", *outgoing.pieces))
    head = Head(
        sender=me.node,
        to=link["to"],
        domain=me.domain,
        epoch=me.epoch,
        link=link["link"],
        challenge=link["challenge"],
        counter=link["counter"],
        fence=link["fence"],
        body=sha256(rest).hexdigest(),
    )
    line = dsse.envelope("exchange", dump(head), [me.key])
    if link.get("rotation"):
        line["rotation"] = link["rotation"]
    return dump(line) + b"\n" + rest
