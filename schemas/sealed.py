"""What is signed about streams: seals and receipts.

Follows docs/spec/03-seals-and-receipts.md. Decodes payloads that a DSSE envelope carried; says
nothing on who may sign them.
"""

from __future__ import annotations

from typing import Annotated, TypeVar

import msgspec
from msgspec import Meta

from schemas.header import DOMAIN, EPOCH, HASH, INSTANT, NODE, STREAM
from schemas.refusals import Refused

_Hash = Annotated[str, Meta(pattern=HASH)]
_Node = Annotated[str, Meta(pattern=NODE)]
_Domain = Annotated[str, Meta(pattern=DOMAIN)]
_Epoch = Annotated[str, Meta(pattern=EPOCH)]
_Stream = Annotated[str, Meta(pattern=STREAM)]
_Instant = Annotated[str, Meta(pattern=INSTANT)]
_Seq = Annotated[int, Meta(ge=1, le=2**31 - 1)]
_Count = Annotated[int, Meta(ge=0, le=2**31 - 1)]


class Seal(msgspec.Struct, frozen=True, kw_only=True):
    """One signature's worth of a stream: all events up to `seq`, whose header hash is `head`."""

    v: Annotated[int, Meta(ge=1, le=1)]
    domain: _Domain
    origin: _Node
    epoch: _Epoch
    stream: _Stream
    seq: _Seq
    head: _Hash
    at: _Instant
    next_by: _Instant


class ReceiptStream(msgspec.Struct, frozen=True, kw_only=True):
    """What the signer holds of one stream, and how many of its events took effect."""

    epoch: _Epoch
    stream: _Stream
    seq: _Seq
    head: _Hash
    applied: _Count = 0
    parked: _Count = 0
    quarantined: _Count = 0


class Quarantined(msgspec.Struct, frozen=True):
    """One event that the signer keeps without applying it, with the reason's code."""

    head: _Hash
    code: Annotated[str, Meta(max_length=32)]


class Receipt(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A statement: `by` holds these streams of `origin`; the latest (epoch, counter) wins."""

    v: Annotated[int, Meta(ge=1, le=1)]
    domain: _Domain
    by: _Node
    epoch: _Epoch
    counter: Annotated[int, Meta(ge=1, le=2**53 - 1)]
    origin: _Node
    at: _Instant
    time: _Instant
    streams: Annotated[tuple[ReceiptStream, ...], Meta(max_length=256)]
    quarantine: Annotated[tuple[Quarantined, ...], Meta(max_length=16)] = ()


_T = TypeVar("_T", bound=msgspec.Struct)


def read_signed(payload: bytes, shape: type[_T], what: str) -> _T:
    """Decode a verified DSSE payload. Raises Refused `malformed` naming the member."""
    try:
        return msgspec.json.decode(payload, type=shape)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise Refused("malformed", f"{what}: {error}") from None
