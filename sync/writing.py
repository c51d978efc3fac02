"""A node's own hand: drafts become chained events, and a chain's end becomes a seal.

Pure: business time, salts, wire time and the key are handed in. Decides how the next event of a
chain looks and where seals must stand; never whether the node may write it. Follows
docs/spec/02-events.md and 03-seals-and-receipts.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from typing import Any

import msgspec

from federation import dsse
from federation.keys import SigningKey
from schemas.header import DATASCHEMA, MAX_HEADER, MAX_PAYLOAD, NO_HEAD, Header, head_of
from schemas.refusals import Refused
from schemas.sealed import Seal
from schemas.strict import dump
from sync.event import ChainId, Event, Tip

SEAL_EVENTS = 250
SEAL_BYTES = 1024 * 1024
START = Tip(0, NO_HEAD)


class Draft(msgspec.Struct, frozen=True):
    """What a node wants to say: not yet placed in a chain."""

    type: str
    subject: str
    stream: str
    data: Mapping[str, Any]
    re: tuple[str, ...] = ()


def write(
    chain: ChainId, tip: Tip, drafts: Iterable[Draft], time: str, salts: Iterable[bytes]
) -> list[Event]:
    """Place `drafts` (all of the chain's stream) behind `tip`, in order.

    `time`: business instant for all of them; `salts`: 16 random bytes for each.
    Raises Refused `oversize` when a line would be too long to travel.
    """
    domain, source, epoch, stream = chain
    seq, prev = tip
    written = []
    for draft, salt in zip(drafts, salts, strict=False):
        payload_line = dump({"salt": salt.hex(), "data": draft.data})
        seq += 1
        header = Header(
            specversion="1.0",
            id=f"{epoch}/{stream}/{seq}",
            source=source,
            type=draft.type,
            subject=draft.subject,
            time=time,
            dataschema=DATASCHEMA,
            domain=domain,
            epoch=epoch,
            stream=stream,
            seq=seq,
            prev=prev,
            datahash=sha256(payload_line).hexdigest(),
            re=" ".join(sorted(draft.re)),
        )
        header_line = dump(header)
        for line, most, what in (
            (header_line, MAX_HEADER, "header"),
            (payload_line, MAX_PAYLOAD, "payload"),
        ):
            if len(line) > most:
                raise Refused("oversize", f"{what}: {len(line)} bytes, at most {most} are accepted")
        prev = head_of(header_line)
        written.append(Event(prev, header, header_line, payload_line))
    return written


def opening(source: str, stream: str, data: Mapping[str, Any]) -> Draft:
    """The first event of each chain."""
    return Draft("duban.stream.opened", f"member:{source}", stream, data)


def seal_points(events: Sequence[Event]) -> list[int]:
    """Indexes of the events that must be sealed: each 250 events or 1 MiB, and the last."""
    points, count, size = [], 0, 0
    for index, event in enumerate(events):
        if count and (count == SEAL_EVENTS or size + event.size > SEAL_BYTES):
            points.append(index - 1)
            count = size = 0
        count += 1
        size += event.size
    if events:
        points.append(len(events) - 1)
    return points


def seal(chain: ChainId, tip: Tip, at: str, next_by: str, key: SigningKey) -> bytes:
    """The seal on a chain's prefix up to `tip`, one JSON line. `at`, `next_by`: wire instants."""
    domain, origin, epoch, stream = chain
    made = Seal(
        v=1,
        domain=domain,
        origin=origin,
        epoch=epoch,
        stream=stream,
        seq=tip.seq,
        head=tip.head,
        at=at,
        next_by=next_by,
    )
    return dsse.sign("seal", dump(made), [key])
