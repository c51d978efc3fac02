"""What the events about members say: one shape per event type.

States the form of `data` only. Never judges who may write it, nor the proofs inside it.
Follows docs/spec/04-membership.md, and docs/spec/02-events.md for `opened` and `erased`.
"""

from collections.abc import Mapping
from typing import Annotated, Final, Literal, TypeAlias

import msgspec
from msgspec import Meta

from schemas.documents import (
    Address,
    Custody,
    Envelope,
    Epoch,
    Hash,
    KeyRecord,
    Label,
    Level,
    Node,
    Place,
    Seq,
    Stream,
)
from schemas.refusals import Refused
from schemas.shapes import read_object

Grounds = Annotated[str, Meta(min_length=1, max_length=2000)]
Consents = Annotated[tuple[Envelope, ...], Meta(max_length=32)]


class Head(msgspec.Struct, frozen=True):
    """One event of a chain: its place and the hash of its header line."""

    epoch: Epoch
    stream: Stream
    seq: Seq
    head: Hash


Heads = Annotated[tuple[Head, ...], Meta(max_length=256)]


class Last(msgspec.Struct, frozen=True):
    """The last event of the same stream in the previous epoch that has one."""

    epoch: Epoch
    seq: Seq
    head: Hash


class Opened(msgspec.Struct, frozen=True, kw_only=True):
    """The first event of a stream in an epoch."""

    cause: Literal["birth", "rotation", "recovery", "restore", "move", "fork"]
    last: Last | None
    rotation: Envelope | None = None


class Admitted(msgspec.Struct, frozen=True, kw_only=True):
    """The writer takes `node` as its child; `join` is the node's own word for it."""

    node: Node
    name: Label
    level: Level
    code: Place | None
    custody: Custody
    address: Address | None
    poll: bool
    epoch: Epoch
    key: KeyRecord
    join: Envelope


class Rekeyed(msgspec.Struct, frozen=True, kw_only=True):
    """The parent has seen the event `opened` that began `epoch`."""

    node: Node
    epoch: Epoch
    key: KeyRecord
    opened: Hash


class Suspended(msgspec.Struct, frozen=True, kw_only=True):
    """Nothing that `node` writes past `heads` counts."""

    node: Node
    grounds: Grounds
    heads: Heads


class Resumed(msgspec.Struct, frozen=True, kw_only=True):
    """What the writer's suspension held back counts again."""

    node: Node
    grounds: Grounds


class Line(msgspec.Struct, frozen=True, kw_only=True):
    """`by` guides `over`; `end` true: no longer."""

    over: Node
    by: Node
    end: bool = False


class Moved(msgspec.Struct, frozen=True, kw_only=True):
    """`node` goes from one parent to another, and opens `epoch` with it.

    `from` and `epoch` are signed by every consent, so that a consent fits one move only, and moves
    that come in the wrong order end in the same tree.
    """

    node: Node
    parent: Node
    old: Node = msgspec.field(name="from")
    epoch: Epoch
    consents: Consents


class Succeeded(msgspec.Struct, frozen=True, kw_only=True):
    """`successor` takes over what `node` had."""

    node: Node
    successor: Node
    consents: Consents


class Observer(msgspec.Struct, frozen=True, kw_only=True):
    """`node` may receive all that the root has."""

    node: Node


class Recovered(msgspec.Struct, frozen=True, kw_only=True):
    """`node` goes on in `epoch` under `key`, its old key being lost or stolen."""

    node: Node
    epoch: Epoch
    key: KeyRecord
    consents: Consents


class Cut(msgspec.Struct, frozen=True, kw_only=True):
    """What `node` wrote in `epoch` past `heads` is disputed."""

    node: Node
    epoch: Epoch
    heads: Heads
    consents: Consents


class Resolved(msgspec.Struct, frozen=True, kw_only=True):
    """Of two histories of a chain, the one with head `keep` at `seq` holds."""

    node: Node
    epoch: Epoch
    stream: Stream
    seq: Seq
    keep: Hash
    consents: Consents


class Erased(msgspec.Struct, frozen=True, kw_only=True):
    """The payload of one event is gone; its header stays."""

    origin: Node
    epoch: Epoch
    stream: Stream
    seq: Seq
    head: Hash
    grounds: Annotated[str, Meta(max_length=2000)] | None = None


Fact: TypeAlias = (
    Opened
    | Admitted
    | Rekeyed
    | Suspended
    | Resumed
    | Line
    | Moved
    | Succeeded
    | Observer
    | Recovered
    | Cut
    | Resolved
    | Erased
)

OPENED: Final = "duban.stream.opened"
ADMITTED: Final = "duban.member.admitted"
REKEYED: Final = "duban.member.rekeyed"
SUSPENDED: Final = "duban.member.suspended"
RESUMED: Final = "duban.member.resumed"
LINE: Final = "duban.member.line"
MOVED: Final = "duban.member.moved"
SUCCEEDED: Final = "duban.member.succeeded"
OBSERVER: Final = "duban.member.observer"
RECOVERED: Final = "duban.epoch.recovered"
CUT: Final = "duban.epoch.cut"
RESOLVED: Final = "duban.fork.resolved"
ERASED: Final = "duban.payload.erased"

SHAPES: Final[Mapping[str, type[Fact]]] = {
    OPENED: Opened,
    ADMITTED: Admitted,
    REKEYED: Rekeyed,
    SUSPENDED: Suspended,
    RESUMED: Resumed,
    LINE: Line,
    MOVED: Moved,
    SUCCEEDED: Succeeded,
    OBSERVER: Observer,
    RECOVERED: Recovered,
    CUT: Cut,
    RESOLVED: Resolved,
    ERASED: Erased,
}


def read_fact(kind: str, untrusted: object) -> Fact:
    """Return what an event of type `kind` says.

    Raises Refused: `unknown-type` when it is no membership event, `bad-payload` with the member.
    """
    shape = SHAPES.get(kind)
    if shape is None:
        raise Refused("unknown-type", f"{kind} is not a membership event")
    return read_object(untrusted, shape, kind, "bad-payload")
