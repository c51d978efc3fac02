"""A store in memory: the second implementation of sync.ports.Store, and the tests' fast one.

Keeps everything in plain dictionaries; `snapshot` and `restore` stand for transactions. Events are
applied by counting them, unless a test hands in rules.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from federation.lineage import Proven, verify_step
from federation.roster import Roster, RosterEvent
from schemas.header import parse_payload
from schemas.membership import SHAPES
from schemas.refusals import Refused
from schemas.strict import dump, parse
from sync.event import ChainId, Event, Tip
from sync.ports import Counts, Item, Link, Side, Stored
from sync.writing import START
from tests.support.files import MemoryFiles

Rules = Callable[["MemoryStore", Sequence[Event]], None]


class MemoryStore(MemoryFiles):
    """One node in one domain, in memory."""

    def __init__(self, node: str, roster: Roster, rules: Rules | None = None) -> None:
        self.node, self.domain = node, roster.domain
        self.rules = rules
        self.tree = roster
        self.journal: dict[ChainId, list[Event]] = {}
        self.seals: dict[ChainId, dict[int, bytes]] = {}
        self.promised: dict[ChainId, str] = {}
        self.forks: dict[ChainId, tuple[bytes, bytes]] = {}
        self.outcomes: dict[str, str] = {}
        self.held_links: dict[str, Link] = {}
        self.spools: dict[str, list[Item]] = {}
        self.ends: dict[str, int] = {}
        self.held_receipts: dict[tuple[str, str], Stored] = {}
        self.debts: dict[str, None] = {}
        self.steps: dict[str, dict[str, Any]] = {}
        self.own_rotations: list[dict[str, Any]] = []
        super().__init__()

    def snapshot(self) -> dict[str, Any]:
        kept = {k: v for k, v in vars(self).items() if k != "rules"}
        return copy.deepcopy(kept)

    def restore(self, kept: dict[str, Any]) -> None:
        vars(self).update(kept)

    # directory

    def roster(self) -> Roster:
        return self.tree

    def learn(self, step: Proven) -> None:
        verify_step(self.tree, step)
        data = parse_payload(step.payload)
        if b'"duban.member.admitted"' in step.header:
            self.steps[data["node"]] = parse(dump(step.to_wire()), 10**6)

    def proof(self, node: str) -> dict[str, Any] | None:
        if node in self.steps:
            return self.steps[node]
        for chain, events in self.journal.items():
            for event in events:
                named = event.header.subject == f"member:{node}"
                if named and event.header.type == "duban.member.admitted":
                    return self._proven(chain, event)
        return None

    def proofs(self, node: str) -> list[tuple[str, dict[str, Any]]]:
        found = dict[str, dict[str, Any]]()
        first = self.proof(node)
        if first is not None:
            found[""] = first
        for chain, events in sorted(self.journal.items()):
            for event in events:
                one = event.header
                if one.subject != f"member:{node}" or event.payload_line is None:
                    continue
                rotated = parse_payload(event.payload_line).get("rotation") is not None
                if one.type == "duban.stream.opened" and not rotated:
                    continue
                mark = one.epoch if rotated else event.head
                proof = self._proven(chain, event)
                if one.type != "duban.member.admitted" and proof is not None:
                    found.setdefault(mark, proof)
        return list(found.items())

    def _proven(self, chain: ChainId, event: Event) -> dict[str, Any] | None:
        later = [one for one in sorted(self.seals[chain]) if one >= event.header.seq]
        if not later or event.payload_line is None:
            return None
        between = self.events(chain, event.header.seq + 1, later[0])
        return {
            "header": event.header_line.decode(),
            "payload": event.payload_line.decode(),
            "headers": [one.header_line.decode() for one in between],
            "seal": parse(self.seals[chain][later[0]], 16384),
        }

    def rotated(self, node: str, rotation: Mapping[str, Any]) -> None:
        self.tree.accept_rotation(self.domain, node, rotation)

    def rotations(self) -> list[dict[str, Any]]:
        return self.own_rotations

    # journal

    def tip(self, chain: ChainId) -> Tip:
        held = self.journal.get(chain)
        return Tip(len(held), held[-1].head) if held else START

    def head_at(self, chain: ChainId, seq: int) -> str | None:
        held = self.journal.get(chain, [])
        return held[seq - 1].head if 0 < seq <= len(held) else None

    def frozen(self, chain: ChainId) -> bool:
        return chain in self.forks

    def freeze(self, chain: ChainId, held: bytes, shown: bytes) -> None:
        self.forks[chain] = (held, shown)

    def append(self, events: Sequence[Event]) -> None:
        chain = events[0].chain
        assert events[0].header.seq == self.tip(chain).seq + 1
        self.journal.setdefault(chain, []).extend(events)

    def put_seal(self, chain: ChainId, seq: int, line: bytes, next_by: str) -> None:
        self.seals.setdefault(chain, {})[seq] = line
        self.promised[chain] = max(next_by, self.promised.get(chain, ""))

    def seal_after(self, chain: ChainId, seq: int, most: int) -> tuple[int, bytes] | None:
        held = self.seals.get(chain, {})
        inside = [one for one in held if seq < one <= most]
        later = [one for one in held if one > seq]
        found = max(inside) if inside else min(later, default=None)
        return (found, held[found]) if found is not None else None

    def last_seal(self, chain: ChainId) -> tuple[int, bytes] | None:
        held = self.seals.get(chain)
        return (max(held), held[max(held)]) if held else None

    def idle(self, before: str) -> list[tuple[ChainId, Tip, str]]:
        return [
            (chain, tip, self.promised[chain])
            for chain, tip in self.chains()
            if self.promised.get(chain, before) < before
        ]

    def events(self, chain: ChainId, first: int, last: int) -> list[Event]:
        return self.journal.get(chain, [])[first - 1 : last]

    def erased(self, chain: ChainId, seq: int, head: str) -> bool:
        for events in self.journal.values():
            for event in events:
                if event.header.type == "duban.payload.erased" and event.payload_line:
                    data = parse_payload(event.payload_line)
                    place = (data["origin"], data["epoch"], data["stream"])
                    if (*place, data["seq"], data["head"]) == (*chain[1:], seq, head):
                        return True
        return False

    def chains(self) -> Iterable[tuple[ChainId, Tip]]:
        return [(chain, self.tip(chain)) for chain in sorted(self.journal) if chain[3] != "own"]

    def chains_of(self, origin: str) -> Iterable[tuple[ChainId, Tip]]:
        return [(chain, tip) for chain, tip in self.chains() if chain[1] == origin]

    def counts(self, chain: ChainId) -> Counts:
        held = self.journal.get(chain, [])
        bad = sum(event.head in self.outcomes for event in held)
        return Counts(applied=len(held) - bad, quarantined=bad)

    def quarantined(self, origin: str) -> list[tuple[str, str]]:
        return [
            (event.head, self.outcomes[event.head])
            for chain, events in self.journal.items()
            for event in events
            if chain[1] == origin and event.head in self.outcomes
        ][-16:]

    def apply(self, events: Sequence[Event]) -> None:
        for event in events:
            rotated = b'"rotation":{' in (event.payload_line or b"")
            if event.header.type in SHAPES and (
                event.header.type != "duban.stream.opened" or rotated
            ):
                self._member(event)
        if self.rules is not None:
            self.rules(self, events)

    def _member(self, event: Event) -> None:
        one = event.header
        data = parse_payload(event.payload_line or b"")
        try:
            self.tree.apply(
                RosterEvent(
                    head=event.head,
                    writer=one.source,
                    stream=one.stream,
                    epoch=one.epoch,
                    seq=one.seq,
                    type=one.type,
                    subject=one.subject,
                    data=data,
                    re=one.refs,
                )
            )
        except Refused as refusal:
            self.outcomes[event.head] = refusal.code

    # links and spools

    def link(self, peer: str) -> Link | None:
        return copy.copy(self.held_links.get(peer))

    def links(self) -> list[Link]:
        return [copy.copy(self.held_links[peer]) for peer in sorted(self.held_links)]

    def peers(self, side: Side, of: Iterable[str] | None = None) -> list[str]:
        mine = [one.peer for one in self.links() if one.side == side]
        return mine if of is None else [one for one in mine if one in set(of)]

    def save_link(self, link: Link) -> None:
        self.held_links[link.peer] = copy.copy(link)

    def spool(self, peer: str, chain: ChainId, first: int, last: int, signer: str = "") -> None:
        held = self.spools.setdefault(peer, [])
        if not first:
            key = chain[1:2] if signer else chain
            same = [
                one
                for one in held
                if not one.first
                and one.signer == signer
                and (one.chain[1:2] if signer else one.chain) == key
            ]
            for one in same:
                held.remove(one)
        self.ends[peer] = self.ends.get(peer, 0) + 1
        held.append(Item(self.ends[peer], chain, first, last, signer))

    def spooled(self, peer: str, after: int, most: int) -> list[Item]:
        return [one for one in self.spools.get(peer, []) if one.n > after][:most]

    def spool_end(self, peer: str) -> int:
        return self.ends.get(peer, 0)

    def unspool(self, peer: str, through: int) -> None:
        self.spools[peer] = [one for one in self.spools.get(peer, []) if one.n > through]

    # receipts

    def receipt(self, signer: str, origin: str) -> Stored | None:
        return self.held_receipts.get((signer, origin))

    def put_receipt(self, stored: Stored) -> None:
        self.held_receipts[stored.signer, stored.origin] = stored

    def owed(self) -> list[str]:
        return sorted(self.debts)

    def owe(self, origin: str) -> None:
        self.debts[origin] = None

    def paid(self, origins: Sequence[str]) -> None:
        for origin in origins:
            self.debts.pop(origin, None)
