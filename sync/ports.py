"""What the exchange needs of a store: one node, one domain, inside one transaction.

The one seam between the protocol and its storage. Everything called between `begin` and `commit` of
the host's transaction becomes durable at once or not at all (protocol law 5). Decides nothing.
Follows docs/spec/05-exchange.md and 06-routing-and-relay.md for what must be remembered.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal, Protocol

import msgspec

from federation.lineage import Proven
from federation.roster import Roster
from sync.event import ChainId, Event, Tip
from sync.me import MAX_BYTES, MAX_EVENTS
from sync.notes import Note

Kind = Literal["http", "ferry"]
Side = Literal["up", "down"]


class Link(msgspec.Struct, kw_only=True):
    """What a node remembers of one peer in one domain; a plain record, saved whole.

    Positions: `sent` and `acked` are of our spool, `taken` is of the peer's.
    """

    peer: str
    side: Side
    """up: the peer is our parent; down: our child"""
    kind: Kind = "http"
    epoch: str
    """link epoch, named by the upper side"""
    address: str | None = None
    """where we may call the peer; None when only it calls us"""
    counter: int = 0
    """the last counter that we used"""
    heard: int = 0
    """the last counter that we accepted"""
    given: tuple[str, ...] = ()
    """challenges that we gave and that are not used yet, oldest first, at most two"""
    theirs: str | None = None
    """the peer's last challenge that we have not used"""
    fence: int = 0
    """the highest fence seen from the peer"""
    acked: int = 0
    """what the peer has confirmed of our spool"""
    taken: int = 0
    """what we have confirmed of the peer's spool"""
    ferried: int = 0
    """how much of our spool stands in ferry files already"""
    due: float = 0.0
    """wire time (Unix seconds) of the next call; only meaningful with an address"""
    failures: int = 0
    """failures in a row"""
    poll: int = 30
    """seconds after which the peer asked us to call again"""
    last_heard: str | None = None
    """wire instant of the last body accepted from the peer"""
    last_error: str | None = None
    """code and detail of the last failure, None after a success"""
    most_events: int = MAX_EVENTS
    """what the peer takes in one body, as it said or as it was found out"""
    most_bytes: int = MAX_BYTES
    wants: tuple[tuple[str, str, str, int], ...] = ()
    """(origin, epoch, stream, from) that we ask for in the next body"""
    requested: tuple[tuple[str, str, str, int], ...] = ()
    """what we last asked for: lets runs of our own streams come back from above"""
    asked: tuple[tuple[str, str, str, int], ...] = ()
    """(origin, epoch, stream, from) that the peer asked for and has not been sent"""
    results: tuple[dict[str, Any], ...] = ()
    """what to say in the next body of the runs that we did not accept"""
    mismatch: bool = False
    """whether the next body carries our vector"""
    knows: tuple[str, ...] = ()
    """what the peer has been sent about members of other branches: the node for its admission,
    node/mark for what changed since"""
    tell: tuple[str, ...] = ()
    """members of other branches of whom something has changed that the peer must be told"""
    most_chunks: int = 0
    """how many chunks of attachments the peer takes in one body; 0: it knows of none"""
    hurry: bool = False
    """whether a body should go to the peer at once, for the sake of an attachment"""
    seeks: bool = False
    """whether we want attachments from the peer"""
    files: tuple[tuple[str, int], ...] = ()
    """(sha256, n): attachments held here of which chunks from `n` on are due to the peer"""
    awaited: tuple[str, ...] = ()
    """hashes of attachments that are due to the peer once they come here"""
    replies: tuple[dict[str, Any], ...] = ()
    """what the next body says of attachments, beside `results`"""
    skew: float | None = None
    """seconds by which the peer's wire clock was ahead of ours in its last body; for people only"""
    refused: tuple[Note, ...] = ()
    """what we did not accept of the peer's bodies, the latest few; for people only"""
    told: tuple[Note, ...] = ()
    """what the peer did not accept of ours, as it told us; for people only"""


class Item(msgspec.Struct, frozen=True):
    """One position of a spool: a sealed run; with `first` 0 the receipt of `signer` about the
    chain's origin or, without a signer, the chain's last seal again."""

    n: int
    chain: ChainId
    first: int
    last: int
    signer: str = ""


class Stored(msgspec.Struct, frozen=True):
    """A receipt as it is kept: the latest per (signer, origin)."""

    signer: str
    origin: str
    epoch: str
    counter: int
    line: bytes


class Counts(msgspec.Struct, frozen=True):
    """How many events of a chain ended how (docs/spec/03-seals-and-receipts.md, Receipts)."""

    applied: int = 0
    parked: int = 0
    quarantined: int = 0


class Named(msgspec.Struct, frozen=True):
    """One attachment, named by one event."""

    sha256: str
    size: int
    name: str
    type: str
    """media type as the writer states it"""
    chain: ChainId
    seq: int
    subject: str


class Source(msgspec.Struct):
    """How it stands with one attachment from one side; saved whole.

    `source`: a neighbour, or `user:…` for what is uploaded here. `state`: wanted, held, missing or
    refused. `reason`: a code of docs/spec/08-refusals.md and words. `since`: wire instant.
    """

    sha256: str
    source: str
    state: str
    size: int
    since: str
    reason: str = ""
    tries: int = 0
    name: str = ""


class Blob(msgspec.Struct, frozen=True):
    """Bytes that are kept, `received` chunks of them; `type` is found when they are whole."""

    size: int
    received: int
    type: str


class FilePolicy(msgspec.Struct, frozen=True):
    """What a node takes of attachments, in bytes."""

    most: int = 32 * 1024 * 1024
    """the largest one"""
    quota: int = 10 * 1024**3
    """all of them"""
    carry: int = 1024 * 1024
    """those up to this size travel with the event that names them, unasked"""


class Files(Protocol):
    """What a store keeps of attachments (docs/spec/11-attachments.md)."""

    def file_policy(self) -> FilePolicy:
        """What this node takes."""
        ...

    def put_names(self, names: Sequence[Named]) -> None:
        """Remember what events held here name."""
        ...

    def fresh_names(self) -> list[Named]:
        """What `put_names` was given in this transaction since the last call."""
        ...

    def names(self, hash: str) -> list[Named]:
        """By which events it is named, those erased left out."""
        ...

    def source(self, hash: str, source: str) -> Source | None:
        """How it stands with it from one side."""
        ...

    def sources(self, hash: str) -> list[Source]:
        """How it stands with it from every side."""
        ...

    def wanted(self, source: str, most: int) -> list[Source]:
        """What is wanted from one side, the oldest first."""
        ...

    def put_source(self, source: Source) -> None:
        """Keep how it stands."""
        ...

    def blob(self, hash: str, source: str = "") -> Blob | None:
        """What is verified and kept of it; with `source`, what of it has come from there."""
        ...

    def put_chunk(self, hash: str, source: str, size: int, n: int, data: bytes) -> None:
        """Stage the next chunk from one side; the whole has `size` bytes."""
        ...

    def chunk(self, hash: str, n: int, source: str = "") -> bytes | None:
        """One chunk of what is kept; with `source`, of what is staged."""
        ...

    def keep(self, hash: str, source: str, type: str) -> None:
        """What is staged is whole and verified: keep it, once for all sides."""
        ...

    def drop(self, hash: str, source: str = "") -> None:
        """Drop what is staged; without `source`, what is kept."""
        ...

    def stored(self) -> int:
        """Bytes kept and staged for this node in all domains, those still to come included."""
        ...


class Store(Files, Protocol):
    """One node in one domain. Every method works inside the host's running transaction."""

    node: str
    domain: str

    # directory
    def roster(self) -> Roster:
        """The roster as of this transaction; callers don't change it."""
        ...

    def learn(self, step: Proven) -> None:
        """Verify a proven membership event of another branch, take it in and keep its proof.

        Raises Refused as federation.lineage.verify_step; then nothing has changed.
        """
        ...

    def proof(self, node: str) -> dict[str, Any] | None:
        """The proven event (docs/spec/04) that admitted `node`; None for the root or a stranger."""
        ...

    def proofs(self, node: str) -> list[tuple[str, dict[str, Any]]]:
        """All that proves what `node` is now: its admission first, then what changed since.

        Each with its mark: "" for the admission, the epoch for a rotation, else the event's head.
        """
        ...

    def rotated(self, node: str, rotation: Mapping[str, Any]) -> None:
        """Take in a verified rotation of `node` that stood beside an envelope."""
        ...

    def rotations(self) -> list[dict[str, Any]]:
        """This node's own rotations, oldest first, which its envelopes repeat; [] before any."""
        ...

    # journal
    def tip(self, chain: ChainId) -> Tip:
        """The last event held of a chain, START when none is."""
        ...

    def head_at(self, chain: ChainId, seq: int) -> str | None:
        """The head held at `seq`, None when none is."""
        ...

    def frozen(self, chain: ChainId) -> bool:
        """Whether a fork froze the chain."""
        ...

    def freeze(self, chain: ChainId, held: bytes, shown: bytes) -> None:
        """Freeze the chain and keep both seals as proof."""
        ...

    def append(self, events: Sequence[Event]) -> None:
        """Take consecutive events of one chain behind its tip."""
        ...

    def put_seal(self, chain: ChainId, seq: int, line: bytes, next_by: str) -> None:
        """Keep a verified seal on the event at `seq` (replaces an older one at the same seq)."""
        ...

    def seal_after(self, chain: ChainId, seq: int, most: int) -> tuple[int, bytes] | None:
        """The furthest seal at a seq in (seq, most], else the next one past `most`, else None."""
        ...

    def last_seal(self, chain: ChainId) -> tuple[int, bytes] | None:
        """The furthest seal held of the chain."""
        ...

    def idle(self, before: str) -> list[tuple[ChainId, Tip, str]]:
        """Chains whose last event was promised another seal by a wire instant before `before`.

        Each with its tip and that instant.
        """
        ...

    def events(self, chain: ChainId, first: int, last: int) -> list[Event]:
        """The events held from `first` to `last`, in order; erased ones without payload."""
        ...

    def erased(self, chain: ChainId, seq: int, head: str) -> bool:
        """Whether an applied `erased` event names this payload."""
        ...

    def chains(self) -> Iterable[tuple[ChainId, Tip]]:
        """All chains held in this domain but `own`, in a fixed order."""
        ...

    def chains_of(self, origin: str) -> Iterable[tuple[ChainId, Tip]]:
        """The chains held of one origin."""
        ...

    def counts(self, chain: ChainId) -> Counts:
        """How the chain's events ended."""
        ...

    def quarantined(self, origin: str) -> list[tuple[str, str]]:
        """(head, code) of at most 16 quarantined events of an origin, the latest first."""
        ...

    # apply: the node's rules, behind the same seam
    def apply(self, events: Sequence[Event]) -> None:
        """Let the rules judge events just appended, and change read models and spools.

        With no events: judge anew what waited for members that have become known.
        """
        ...

    # links and spools
    def link(self, peer: str) -> Link | None:
        """The link with `peer`, None when there is none. A copy: `save_link` stores it."""
        ...

    def links(self) -> list[Link]:
        """All links of the node in this domain, by peer."""
        ...

    def peers(self, side: Side, of: Iterable[str] | None = None) -> list[str]:
        """With whom there is a link of that side, in order; `of`: only such as are among these."""
        ...

    def save_link(self, link: Link) -> None:
        """Store a link's record."""
        ...

    def spool(self, peer: str, chain: ChainId, first: int, last: int, signer: str = "") -> None:
        """Add a run to the peer's spool; with `first` 0 a receipt, or the chain's last seal again.

        A receipt is that of `signer` about the chain's origin, and replaces the one for the same
        (signer, origin) that is still in it; so does a seal for the same chain.
        """
        ...

    def spooled(self, peer: str, after: int, most: int) -> list[Item]:
        """At most `most` items past position `after`, in order."""
        ...

    def spool_end(self, peer: str) -> int:
        """The highest position ever given out in the peer's spool."""
        ...

    def unspool(self, peer: str, through: int) -> None:
        """Drop what the peer has confirmed."""
        ...

    # receipts
    def receipt(self, signer: str, origin: str) -> Stored | None:
        """The latest receipt of `signer` about `origin`."""
        ...

    def put_receipt(self, stored: Stored) -> None:
        """Keep a verified receipt in place of the one before."""
        ...

    def owed(self) -> list[str]:
        """Origins about which this node owes a receipt since their chains grew."""
        ...

    def owe(self, origin: str) -> None:
        """Remember that this node owes a receipt about `origin`."""
        ...

    def paid(self, origins: Sequence[str]) -> None:
        """Forget what was owed."""
        ...
