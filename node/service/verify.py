"""Does the database hold what was signed, and do the read models follow from it?

Reads every stored chain and checks headers, hashes and seals anew; then rebuilds the read models
from the journal in a fresh database beside the live one, and compares row by row. Changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from hashlib import sha256
from typing import Any

import msgspec

from federation import dsse
from federation.lineage import Proven
from federation.roster import Floor, RosterEvent
from node.readmodel.shadow import compare, shadow
from node.service.apply import Rules
from node.service.host import Host
from node.service.place import Place
from node.storage.hosts import put_membership
from node.storage.review import all_chains, learnt, seals_of
from node.storage.rosters import Rosters
from node.storage.store import SqlStore
from schemas.header import NO_HEAD, head_of, parse_header
from schemas.refusals import Refused
from schemas.sealed import Seal, read_signed
from schemas.strict import dump
from sync.event import ChainId, Event

STEP = 2000
MEMBER = "duban.member."
BELOW = "below-receipt"


class Finding(msgspec.Struct, frozen=True):
    """Something that is not as it must be."""

    node: str
    domain: str
    where: str
    what: str


class Report(msgspec.Struct):
    """What was looked at, and what was found."""

    chains: int = 0
    events: int = 0
    seals: int = 0
    rows: int = 0
    findings: list[Finding] = msgspec.field(default_factory=list)


def verify(host: Host) -> Report:
    """Verify every node of the host in every domain."""
    report = Report()
    for place in host.places():
        _Checked(host, place, report).run()
    return report


class _Checked:
    """One node in one domain under verification."""

    def __init__(self, host: Host, place: Place, report: Report) -> None:
        self.host, self.place, self.report = host, place, report

    def _say(self, where: str, what: str) -> None:
        node = self.place.tenant.node
        self.report.findings.append(Finding(node, self.place.domain, where, what))

    def run(self) -> None:
        """Chains first, then the read models."""
        with self.host.database.read() as connection:
            store = self.host.store(connection, self.place)
            for chain, last in all_chains(store):
                self.report.chains += 1
                self._chain(store, chain, last)
            self._rebuild(store)

    def _chain(self, store: SqlStore, chain: ChainId, last: int) -> None:
        where, prev, seals = "/".join(chain[1:]), NO_HEAD, seals_of(store, chain)
        seq = 0
        for event in _all(store, chain, last):
            seq += 1
            self.report.events += 1
            try:
                header = parse_header(event.header_line)
            except Refused as refusal:
                self._say(f"{where}/{seq}", refusal.detail)
                return
            head = head_of(event.header_line)
            if (header.seq, header.prev, head) != (seq, prev, event.head):
                self._say(f"{where}/{seq}", "does not follow the event before it")
                return
            self._payload(store, event, f"{where}/{seq}")
            if seq in seals:
                self._seal(store, chain, seals.pop(seq), (seq, head))
            prev = head
        if seq != last:
            self._say(where, f"ends at {seq}, {last} expected")
        for missing in seals:
            self._say(where, f"a seal on {missing}, which is not held")

    def _payload(self, store: SqlStore, event: Event, where: str) -> None:
        if event.payload_line is None:
            if not store.erased(event.chain, event.header.seq, event.head):
                self._say(where, "the payload is missing and nobody entitled erased it")
        elif sha256(event.payload_line).hexdigest() != event.header.datahash:
            self._say(where, "the payload is not the one that the header names")

    def _seal(self, store: SqlStore, chain: ChainId, line: bytes, at: tuple[int, str]) -> None:
        self.report.seals += 1
        where = "/".join(chain[1:])
        try:
            opened = dsse.peek(line, "seal")
            seal = read_signed(opened.payload, Seal, "seal")
        except Refused as refusal:
            self._say(f"{where}/{at[0]}", refusal.detail)
            return
        key = store.roster().key(chain[1], chain[2])
        if key is None or not opened.signed_by(key):
            self._say(f"{where}/{at[0]}", "the seal is not signed by the origin's key")
        stated = (seal.domain, seal.origin, seal.epoch, seal.stream, seal.seq, seal.head)
        if stated != (*chain, *at):
            self._say(f"{where}/{at[0]}", "the seal is for something else")

    def _rebuild(self, live: SqlStore) -> None:
        with shadow() as connection:
            tenant = self.place.tenant
            put_membership(connection, tenant, self.place.membership)
            rules = Rules(None, None, _as_it_was(live))
            rebuilt = SqlStore(connection, tenant, self.place.domain, rules, Rosters())
            steps = [*self.place.membership.lineage, *learnt(live)]
            unproven = self._learn(rebuilt, list({dump(one): one for one in steps}.values()))
            after = 0
            while found := live.since(after, STEP):
                for run in _runs([event for _, event in found]):
                    rebuilt.append(run)
                    rebuilt.apply(run)
                    if unproven and run[0].header.type.startswith(MEMBER):
                        unproven = self._learn(rebuilt, unproven)
                after = found[-1][0]
            for step in self._learn(rebuilt, unproven):
                self._say("lineage", f"a kept step does not follow: {step['header'][:80]}")
            for where, what, count in compare(live, rebuilt):
                self.report.rows += count
                if what:
                    self._say(where, what)

    def _learn(self, rebuilt: SqlStore, steps: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Take in all that can be proved by now, in whatever order they were kept; the others."""
        left, before = steps, len(steps) + 1
        while left and len(left) < before:
            before, again = len(left), list[dict[str, Any]]()
            for step in left:
                try:
                    rebuilt.learn(Proven.from_wire(step))
                except Refused:
                    again.append(step)
            left = again
        return left


def _as_it_was(live: SqlStore) -> Callable[[SqlStore, RosterEvent], Floor]:
    """Receipts are no events: what they stopped when it came stays stopped."""

    def floor(_: SqlStore, event: RosterEvent) -> Floor:
        if live.outcomes_of(event.subject).get(event.head) == BELOW:
            raise Refused(BELOW, "so it was judged when it came")
        return {}

    return floor


def _all(store: SqlStore, chain: ChainId, last: int) -> Iterator[Event]:
    for first in range(1, last + 1, STEP):
        yield from store.events(chain, first, min(first + STEP - 1, last))


def _runs(events: list[Event]) -> Iterator[list[Event]]:
    """Cut into consecutive events of one chain, as `append` takes them."""
    run = list[Event]()
    for event in events:
        if run and event.chain != run[-1].chain:
            yield run
            run = []
        run.append(event)
    if run:
        yield run


def as_json(report: Report) -> dict[str, Any]:
    """The report for a script."""
    made: dict[str, Any] = msgspec.to_builtins(report)
    return made
