"""A federation in memory that a test can steer and break: real ends, real bytes, no network.

Each node has its own store and key; `meet` lets a lower node call its parent, `wire` may
change what passes between them (a liar in the middle), and every end works in transactions.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import Any

from federation.roster import Roster
from schemas.refusals import Refused
from sync import exchange
from sync.body import peek
from sync.event import ChainId, Event
from sync.me import Limits, Me, Now
from sync.ports import Link
from sync.publish import publish
from sync.writing import Draft
from tests.federation.family import DOMAIN, GENESIS, admission, admitted, epoch_of, id_of, key_of
from tests.support.memory import MemoryStore, Rules

LINK = "1-5eed0001"
Wire = Callable[[bytes], bytes]


def _same(body: bytes) -> bytes:
    return body


class Town:
    """Nodes by name; `parents` says who is below whom (root: None)."""

    def __init__(self, parents: dict[str, str | None], rules: Rules | None = None) -> None:
        self.parents = parents
        self.limits = Limits()
        self.numbers = itertools.count(1)
        self.stores: dict[str, MemoryStore] = {}
        self.second = 0
        for name, parent in parents.items():
            self._found(name, parent, rules)

    def _found(self, name: str, parent: str | None, rules: Rules | None) -> None:
        roster = Roster(GENESIS)
        line = self.lineage(name)
        for each in reversed(line[:-1]):
            roster.apply(admission(each, self.parents[each]))
        store = self.stores[name] = MemoryStore(id_of(name), roster, rules)
        if parent is None:
            return
        above = self.stores[parent]
        above.save_link(Link(peer=id_of(name), side="down", epoch=LINK))
        data = admitted(name, parent)
        self.write(parent, Draft("duban.member.admitted", f"member:{id_of(name)}", "all", data))
        store.steps = dict(above.steps)
        for each in line[:-1]:
            proof = self.stores[self.parents[each] or "root"].proof(id_of(each))
            assert proof is not None
            store.steps[id_of(each)] = proof
        store.save_link(Link(peer=id_of(parent), side="up", epoch=LINK))

    def lineage(self, name: str) -> list[str]:
        found = [name]
        while (above := self.parents[found[-1]]) is not None:
            found.append(above)
        return found

    def me(self, name: str) -> Me:
        return Me(id_of(name), DOMAIN, epoch_of(name), key_of(name))

    def now(self) -> Now:
        self.second += 1
        hour, minute = divmod(self.second // 60, 60)
        at = f"2026-11-24T{hour:02}:{minute:02}:{self.second % 60:02}Z"
        return Now(at, at, "2026-11-25T00:00:00Z", float(self.second))

    def salt(self) -> bytes:
        return next(self.numbers).to_bytes(16, "big")

    def challenge(self) -> str:
        return f"challenge-{next(self.numbers)}"

    def write(self, name: str, *drafts: Draft) -> list[Event]:
        return publish(self.stores[name], self.me(name), drafts, self.now(), self.salt)

    def note(self, name: str, stream: str = "up", text: str = "x", count: int = 1) -> list[Event]:
        subject = f"assignment:{id_of(name)}:a0000001"
        drafts = [Draft("duban.assignment.reported", subject, stream, {"text": text})] * count
        return self.write(name, *drafts)

    def call(self, name: str, peer: str, challenge: str) -> bytes:
        store = self.stores[name]
        return exchange.call(store, self.me(name), id_of(peer), self.now(), challenge, self.limits)

    def serve(self, name: str, body: bytes, **tables: Any) -> bytes:
        store = self.stores[name]
        kept, fresh = store.snapshot(), (self.challenge(), self.challenge())
        try:
            incoming = peek(body)
            if incoming.head.to != store.node:
                raise Refused("wrong-receiver")
            return exchange.serve(
                store, self.me(name), incoming, self.now(), fresh, self.limits, **tables
            )
        except Refused as refusal:
            store.restore(kept)
            if refusal.code == "stale-challenge":
                exchange.give(store, incoming.head.sender, fresh[1])
                refusal.extra["challenge"] = fresh[1]
            raise

    def meet(self, lower: str, up: Wire = _same, down: Wire = _same, upper: str = "") -> None:
        """One exchange opened by `lower`; a first refusal for want of a challenge is repeated."""
        upper = upper or self.parents[lower] or ""
        store = self.stores[lower]
        for attempt in (1, 2):
            fresh = self.challenge()
            request = self.call(lower, upper, fresh)
            try:
                answer = self.serve(upper, up(request))
            except Refused as refusal:
                code = exchange.told(store, id_of(upper), refusal.problem())
                if code == "stale-challenge" and attempt == 1:
                    continue
                raise
            kept = store.snapshot()
            try:
                answer = down(answer)
                exchange.hear(store, self.me(lower), peek(answer), self.now(), fresh, self.limits)
            except Refused:
                store.restore(kept)
                raise
            return

    def settle(self, rounds: int = 6) -> None:
        """Let everybody meet their parent until nothing more moves."""
        for _ in range(rounds):
            for name, parent in reversed(self.parents.items()):
                if parent is not None:
                    self.meet(name)

    def held(self, name: str, chain: ChainId) -> Sequence[Event]:
        return self.stores[name].events(chain, 1, 10**6)

    def chain(self, name: str, stream: str = "up") -> ChainId:
        return DOMAIN, id_of(name), epoch_of(name), stream

    def receipts(self, name: str) -> set[str]:
        """Names of those whose receipt about itself `name` holds."""
        names = {id_of(each): each for each in self.parents}
        store = self.stores[name]
        return {names[by] for by, about in store.held_receipts if about == store.node}
