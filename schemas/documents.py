"""Signed documents that are not events: envelope, genesis, request, invitation, join, rotation.

States their shapes. Never verifies a signature, nor whether a document fits another one.
Follows docs/spec/01-primitives.md and docs/spec/04-membership.md.
"""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

Node = Annotated[str, Meta(pattern=r"^[a-z2-7]{32}\Z")]
Domain = Annotated[str, Meta(pattern=r"^[a-z][a-z0-9-]{0,31}@[a-z2-7]{32}\Z")]
Epoch = Annotated[str, Meta(pattern=r"^[1-9][0-9]{0,8}-[0-9a-f]{8}\Z")]
Hash = Annotated[str, Meta(pattern=r"^[0-9a-f]{64}\Z")]
Nonce = Annotated[str, Meta(pattern=r"^[a-z0-9]{8,26}\Z")]
Stream = Annotated[str, Meta(pattern=r"^(up|all|own|to/[a-z2-7]{32})\Z")]
Seq = Annotated[int, Meta(ge=1, le=2**31 - 1)]
Instant = Annotated[
    str,
    Meta(
        pattern=r"^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
        r"T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]{3})?Z\Z"
    ),
]
Label = Annotated[str, Meta(pattern=r"^[^\x00-\x1f\x7f]{1,200}\Z")]
Place = Annotated[str, Meta(pattern=r"^[0-9]{6,12}\Z")]
Address = Annotated[str, Meta(pattern=r"^https?://[!-~]{1,500}\Z")]
Custody = Annotated[str, Meta(pattern=r"^(own|hosted:[a-z2-7]{32})\Z")]
Level = Literal["province", "city", "county", "zone", "township", "department", "central"]
Version = Literal[1]
Act = Literal["move", "succeed", "recover", "cut", "resolve"]
Signer = Annotated[str, Meta(pattern=r"^([a-z2-7]{32}|recovery)\Z")]

MAX_SIGNATURES = 8


class Signature(msgspec.Struct, frozen=True):
    """One signature of an envelope; `keyid` is a hint and decides nothing."""

    keyid: Annotated[str, Meta(max_length=64)]
    sig: Annotated[str, Meta(max_length=128)]


class Envelope(msgspec.Struct, frozen=True):
    """A DSSE v1 envelope, nothing of it verified."""

    payload: str
    payloadType: Annotated[str, Meta(max_length=128)]  # noqa: N815  the name that DSSE gives it
    signatures: Annotated[tuple[Signature, ...], Meta(min_length=1, max_length=MAX_SIGNATURES)]


class KeyRecord(msgspec.Struct, frozen=True):
    """A public key as it travels; federation/keys.py judges the algorithm and the point."""

    alg: Annotated[str, Meta(max_length=32)]
    pub: Annotated[str, Meta(max_length=256)]


class Recovery(msgspec.Struct, frozen=True):
    """Offline keys, any `k` of which recover the root or a child of the root."""

    k: Annotated[int, Meta(ge=1, le=16)]
    keys: Annotated[tuple[KeyRecord, ...], Meta(min_length=1, max_length=16)]


class GenesisDoc(msgspec.Struct, frozen=True, kw_only=True):
    """The document that founds a domain."""

    v: Version
    name: Annotated[str, Meta(pattern=r"^[a-z][a-z0-9-]{0,31}\Z")]
    title: Label
    root: Node
    epoch: Epoch
    key: KeyRecord
    recovery: Recovery
    at: Instant


class RequestDoc(msgspec.Struct, frozen=True, kw_only=True):
    """A node asks to be admitted, and proves that it holds its first key."""

    v: Version
    node: Node
    key: KeyRecord
    name: Label
    level: Level
    code: Place | None
    at: Instant
    nonce: Nonce


class InvitationDoc(msgspec.Struct, frozen=True, kw_only=True):
    """A parent's offer that fits one node, one key, once."""

    v: Version
    domain: Domain
    parent: Node
    epoch: Epoch
    node: Node
    key: KeyRecord
    name: Label
    level: Level
    code: Place | None
    address: Address | None
    custody: Custody
    request: Hash
    nonce: Nonce
    at: Instant
    expires: Instant
    lineage: dict[str, Any]


class JoinDoc(msgspec.Struct, frozen=True, kw_only=True):
    """The node accepts; also the proof of possession inside its `admitted` event."""

    v: Version
    domain: Domain
    node: Node
    parent: Node
    epoch: Epoch
    key: KeyRecord
    nonce: Nonce
    address: Address | None
    poll: bool
    at: Instant


class RotationDoc(msgspec.Struct, frozen=True, kw_only=True):
    """A node goes on under a new key; signed by the old one and the new one."""

    v: Version
    domain: Domain
    node: Node
    old: Epoch = msgspec.field(name="from")
    new: Epoch = msgspec.field(name="to")
    key: KeyRecord


class ConsentDoc(msgspec.Struct, frozen=True, kw_only=True):
    """`by` agrees that `act` is done to `node`; `detail` is the event's data without consents."""

    v: Version
    domain: Domain
    act: Act
    node: Node
    by: Signer
    detail: dict[str, Any]


class ProvenDoc(msgspec.Struct, frozen=True):
    """One event shown without its stream: its lines, the later headers, the seal on the last."""

    header: Annotated[str, Meta(max_length=2048)]
    payload: Annotated[str, Meta(max_length=65536)]
    headers: Annotated[tuple[Annotated[str, Meta(max_length=2048)], ...], Meta(max_length=256)]
    seal: Envelope


class LineageDoc(msgspec.Struct, frozen=True):
    """All that is needed to know a node from its domain's id."""

    genesis: Envelope
    steps: Annotated[tuple[ProvenDoc, ...], Meta(max_length=4096)]


class JoinBody(msgspec.Struct, frozen=True):
    """What a child posts in order to be admitted."""

    invitation: Envelope
    join: Envelope
