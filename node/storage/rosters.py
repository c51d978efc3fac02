"""The roster of a membership, as rows and as the tree that they make.

Decides when a tree may be kept in memory: under a token that each change draws anew, so that a tree
of a transaction that was undone is never found again. Never judges a membership event: the roster
does. Follows docs/spec/04-membership.md.
"""

from __future__ import annotations

import secrets
import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, Final, Self

import msgspec
from sqlalchemy import bindparam, select, update

from federation.authority import Floor, RosterEvent
from federation.genesis import Genesis, open_genesis
from federation.ids import epoch_counter
from federation.lineage import Proven, verify_step
from federation.roster import Roster
from node.storage.scope import Statement, named, putting
from node.storage.seals import Seals
from node.storage.tables import members, memberships, proofs
from schemas.header import Header, head_of, parse_header, parse_payload
from schemas.membership import ADMITTED, ERASED, LINE, OBSERVER, OPENED, SHAPES
from schemas.strict import dump
from sync.event import ChainId, Event

_MEMBERSHIP: Final = tuple(named(memberships.c.tenant, memberships.c.domain))

_STATE: Final = Statement(
    select(memberships.c.version, memberships.c.rotations).where(*_MEMBERSHIP)
)
_GENESIS: Final = Statement(select(memberships.c.genesis).where(*_MEMBERSHIP))
_ROWS: Final = Statement(select(members.c.row).where(*named(members.c.tenant, members.c.domain)))
_PUT: Final = putting(members, "tenant", "domain", "node", "row")
_VERSION: Final = Statement(
    update(memberships).where(*_MEMBERSHIP).values(version=bindparam("to_version"))
)
_ROTATIONS: Final = Statement(
    update(memberships).where(*_MEMBERSHIP).values(rotations=bindparam("to_rotations"))
)
_KEEP: Final = putting(proofs, "tenant", "domain", "node", "head", "type", "record")
_PROOFS: Final = Statement(
    select(proofs.c.record).where(*named(proofs.c.tenant, proofs.c.domain, proofs.c.node))
)
_PROOF: Final = Statement(
    select(proofs.c.record)
    .where(*named(proofs.c.tenant, proofs.c.domain, proofs.c.node, proofs.c.type))
    .order_by(proofs.c.head)
    .limit(1)
)


class KeptRoster(Roster):
    """A roster that can be copied before it is changed; its members are never changed in place."""

    def copy(self) -> Self:
        """One that can be changed while this one is read."""
        made = type(self)(self.genesis)
        made._members = dict(self._members)
        made._children = {parent: set(below) for parent, below in self._children.items()}
        return made


class _Kept:
    """The trees of one membership by version, the newest last; and their members, counted."""

    __slots__ = ("size", "trees")

    def __init__(self) -> None:
        self.trees: dict[int, KeptRoster] = {}
        self.size = 0


class Rosters:
    """The trees in memory of one database: the latest used ones, up to `most` members in all.

    Two of a membership at most: the one that readers see, and the one that is being made.
    """

    def __init__(self, most: int = 40000) -> None:
        self._most: Final = most
        self._held: Final = OrderedDict[tuple[int, str], _Kept]()
        self._lock: Final = threading.Lock()
        self._size = 0

    def __len__(self) -> int:
        return self._size

    def get(self, tenant: int, domain: str, version: int) -> KeptRoster | None:
        """The tree of this version, None when it isn't held."""
        with self._lock:
            kept = self._held.get((tenant, domain))
            if kept is None:
                return None
            self._weigh((tenant, domain), kept)
            return kept.trees.get(version)

    def put(self, tenant: int, domain: str, version: int, roster: KeptRoster) -> None:
        """Keep a tree, which nobody changes once its transaction is over."""
        with self._lock:
            kept = self._held.setdefault((tenant, domain), _Kept())
            kept.trees = dict([*list(kept.trees.items())[-1:], (version, roster)])
            self._weigh((tenant, domain), kept)

    def _weigh(self, place: tuple[int, str], kept: _Kept) -> None:
        """Count its members anew (trees grow while they are made), and let go of the oldest."""
        self._held.move_to_end(place)
        size = sum(map(len, kept.trees.values()))
        self._size += size - kept.size
        kept.size = size
        while self._size > self._most and len(self._held) > 1:
            _, dropped = self._held.popitem(last=False)
            self._size -= dropped.size


@lru_cache(maxsize=64)
def _opened(envelope: str) -> Genesis:
    return open_genesis(envelope.encode())


def new_version() -> int:
    """A token that no other state of a roster has had."""
    return secrets.randbits(62)


def roster_event(event: Event) -> RosterEvent:
    """An event held as a roster judges it. Refused: `malformed`, for a payload that is none."""
    header = event.header
    return RosterEvent(
        head=event.head,
        writer=header.source,
        stream=header.stream,
        epoch=header.epoch,
        seq=header.seq,
        type=header.type,
        subject=header.subject,
        data=parse_payload(event.payload_line or b""),
        re=header.refs,
    )


def _placed(header: Header, head: str, payload: bytes | None) -> tuple[tuple[int, int], str] | None:
    """Where a membership event stands among the proofs of its member, and its mark; None: nowhere.

    Admission, then epochs in their order, then all else.
    """
    if header.type == ADMITTED:
        return (0, 0), ""
    if header.type == OPENED:
        rotated = payload is not None and parse_payload(payload).get("rotation") is not None
        return ((1, epoch_counter(header.epoch)), header.epoch) if rotated else None
    if header.type in SHAPES and header.type not in (ERASED, LINE, OBSERVER):
        return (2, header.seq), head
    return None


class Directory(Seals):
    """The directory's part of a store."""

    def __init__(self, rosters: Rosters, *scope: Any) -> None:
        super().__init__(*scope)
        self._rosters = rosters
        self._seen: KeptRoster | None = None
        self._draft: KeptRoster | None = None
        self._drawn: int | None = None
        self._membership: tuple[int, str] | None = None

    def roster(self) -> Roster:
        """The roster as of this transaction; callers don't change it. LookupError: no member."""
        return self._roster()

    def change_roster(self, event: RosterEvent, floor: Floor | None = None) -> tuple[str, ...]:
        """Judge a membership event and take it in; return the nodes whose rows changed.

        Raises Refused as `Roster.apply`; then nothing has changed.
        """
        return self._change(lambda roster: roster.apply(event, floor))

    def learn(self, step: Proven) -> None:
        """Verify a proven membership event of another branch, take it in and keep its proof.

        Raises Refused as federation.lineage.verify_step; then nothing has changed.
        """
        self._change(lambda roster: verify_step(roster, step))
        header, data = parse_header(step.header), parse_payload(step.payload)
        node = data.get("node") or header.source
        record = dump(step.to_wire()).decode()
        self._run(_KEEP, node=node, head=head_of(step.header), type=header.type, record=record)

    def proof(self, node: str) -> dict[str, Any] | None:
        """The proven event (docs/spec/04) that admitted `node`; None for the root or a stranger."""
        found = self._one(_PROOF, node=node, type=ADMITTED)
        if found is not None:
            kept: dict[str, Any] = msgspec.json.decode(found[0])
            return kept
        place = self.admission(node)
        return self._proven(*place) if place is not None else None

    def proofs(self, node: str) -> list[tuple[str, dict[str, Any]]]:
        """All that proves what `node` is now: its admission first, then what changed since.

        Each with its mark: "" for the admission, the epoch for a rotation, else the event's head.
        """
        found = list[tuple[tuple[int, int], str, dict[str, Any]]]()
        for row in self._all(_PROOFS, node=node):
            record: dict[str, Any] = msgspec.json.decode(row[0])
            header, payload = record["header"].encode(), record["payload"].encode()
            place = _placed(parse_header(header), head_of(header), payload)
            if place is not None:
                found.append((*place, record))
        for event in self.events_of(f"member:{node}", counting=True):
            place = _placed(event.header, event.head, event.payload_line)
            proven = self._proven(event.chain, event.header.seq) if place is not None else None
            if place is not None and proven is not None:
                found.append((*place, proven))
        kept = dict[str, dict[str, Any]]()
        for _, mark, record in sorted(found, key=lambda one: one[:2]):
            kept.setdefault(mark, record)
        return list(kept.items())

    def _proven(self, chain: ChainId, seq: int) -> dict[str, Any] | None:
        sealed = self.seal_after(chain, seq - 1, seq - 1)
        if sealed is None:
            return None
        event, *later = self.events(chain, seq, sealed[0])
        if event.payload_line is None:
            return None
        return {
            "header": event.header_line.decode(),
            "payload": event.payload_line.decode(),
            "headers": [one.header_line.decode() for one in later],
            "seal": msgspec.json.decode(sealed[1]),
        }

    def rotated(self, node: str, rotation: Mapping[str, Any]) -> None:
        """Take in a verified rotation of `node` that stood beside an envelope."""

        def taken(roster: KeptRoster) -> tuple[str, ...]:
            before = roster.member(node)
            roster.accept_rotation(self.domain, node, rotation)
            return () if roster.member(node) == before else (node,)

        self._change(taken)

    def rotations(self) -> list[dict[str, Any]]:
        """This node's own rotations, oldest first, which its envelopes repeat; [] before any."""
        kept: list[dict[str, Any]] = msgspec.json.decode(self._state()[1])
        return kept

    def add_rotation(self, rotation: Mapping[str, Any]) -> None:
        """Keep a rotation of this node's own behind those before it."""
        kept = dump([*self.rotations(), rotation]).decode()
        self._run(_ROTATIONS, to_rotations=kept)
        self._membership = (self._state()[0], kept)

    def _state(self) -> tuple[int, str]:
        if self._membership is None:
            found = self._one(_STATE)
            if found is None:
                raise LookupError(f"{self.node} is no member of {self.domain}")
            self._membership = (found[0], found[1])
        return self._membership

    def _roster(self) -> KeptRoster:
        if self._seen is None:
            version = self._state()[0]
            self._seen = self._rosters.get(self.tenant, self.domain, version)
            if self._seen is None:
                self._seen = self._load()
                self._rosters.put(self.tenant, self.domain, version, self._seen)
        return self._seen

    def _load(self) -> KeptRoster:
        found = self._one(_GENESIS)
        if found is None or found[0] is None:
            raise LookupError(f"{self.domain} has no roster")
        rows = [msgspec.json.decode(row[0]) for row in self._all(_ROWS)]
        return KeptRoster.load(_opened(found[0]), rows)

    def _change(self, make: Callable[[KeptRoster], tuple[str, ...]]) -> tuple[str, ...]:
        """Change a copy of the tree that others may be reading; keep what changed."""
        if self._draft is None:
            self._draft = self._roster().copy()
        nodes = make(self._draft)
        if nodes and self._drawn is None:
            self._drawn = new_version()
            self._run(_VERSION, to_version=self._drawn)
            self._seen, self._membership = self._draft, (self._drawn, self._state()[1])
            self._rosters.put(self.tenant, self.domain, self._drawn, self._draft)
        for node in nodes:
            self._run(_PUT, node=node, row=dump(self._draft.row(node)).decode())
        return nodes
