"""Does the database hold what was signed, and do the read models follow from it?

Reads every stored event once, in the order of arrival, and checks headers, hashes and links; hands
each that is whole to a fresh database beside the live one; then checks seals, receipts, forks and
links against the keys which that rebuilt roster names (node/service/standing.py), compares the read
models row by row, and hashes attachments again. Changes nothing, and stops at nothing: whatever
can't be read is a finding, and all else is looked at. Follows docs/spec/02-events.md,
03-seals-and-receipts.md, 07-apply.md, 11-attachments.md.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from typing import Any

import msgspec

from federation.ids import node_id
from federation.keys import PublicKey
from federation.lineage import Proven
from federation.roster import Floor, RosterEvent
from federation.rotation import stated_rotation
from node.readmodel.shadow import ShadowStore, compare, shadow
from node.service.apply import Rules
from node.service.host import Host
from node.service.place import Place
from node.service.standing import Found, Held, standing
from node.storage.engine import Connection
from node.storage.files import kept_bytes
from node.storage.hosts import (
    Tenant,
    find_membership,
    list_keys,
    list_tenants,
    load_key,
    put_membership,
)
from node.storage.review import Kept, KeptChain, all_chains, all_events, domains, learnt, strays
from node.storage.rosters import Rosters
from node.storage.store import SqlStore
from schemas.header import head_of, parse_header
from schemas.refusals import Refused
from schemas.strict import dump
from sync.event import Event, Tip
from sync.writing import START

RUN = 500
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
    receipts: int = 0
    rows: int = 0
    attachments: int = 0
    findings: list[Finding] = msgspec.field(default_factory=list)


def verify(host: Host) -> Report:
    """Verify every node of the host in every domain, its own `self@…` among them."""
    report = Report()
    with host.database.read() as connection:
        lost = strays(connection)
        if lost:
            report.findings.append(Finding("", "", "journal", f"{lost} rows belong to no chain"))
        for tenant in list_tenants(connection):
            for domain in domains(connection, tenant.id):
                _Checked(host, connection, tenant, domain, report).run()
            _attachments(connection, tenant, report)
    return report


def _attachments(connection: Connection, tenant: Tenant, report: Report) -> None:
    """What is kept, byte by byte, against the hash by which it is named."""
    for hash, size, count, chunks in kept_bytes(connection, tenant.id):
        report.attachments += 1
        whole, told, came = sha256(), 0, 0
        for chunk in chunks:
            whole.update(chunk)
            told, came = told + len(chunk), came + 1
        if whole.hexdigest() != hash or (told, came) != (size, count):
            what = f"{told} bytes in {came} chunks are not those named: {size} in {count}"
            report.findings.append(Finding(tenant.node, "", f"attachment {hash}", what))


class _Checked:
    """One node in one domain under verification."""

    def __init__(
        self, host: Host, connection: Connection, tenant: Tenant, domain: str, report: Report
    ) -> None:
        self.host, self.connection, self.report = host, connection, report
        self.tenant, self.domain = tenant, domain
        self.own = domain.startswith("self@")
        self.held = Held()
        self.chains: dict[int, KeptChain] = {}

    def _say(self, where: str, what: str) -> None:
        self.report.findings.append(Finding(self.tenant.node, self.domain, where, what))

    @contextmanager
    def _reading(self, where: str) -> Iterator[None]:
        """Damage can raise anything: it is told, and the work goes on behind this block."""
        try:
            yield
        except Exception as error:
            self._say(where, f"can't be read: {type(error).__name__}: {error}"[:300])

    def run(self) -> None:
        """The journal into a rebuilt one, then all that stands on it."""
        with shadow() as apart:
            live = SqlStore(self.connection, self.tenant, self.domain, Rules(None), Rosters())
            rules = Rules(None, None, _as_it_was(live))
            rebuilt = ShadowStore(apart, self.tenant, self.domain, rules, Rosters())
            place, steps = None, list[dict[str, Any]]()
            with self._reading("membership"):
                membership = find_membership(self.connection, self.tenant, self.domain)
                if membership is not None:
                    place = Place(self.tenant, membership)
                    put_membership(apart, self.tenant, membership)
                    steps += membership.lineage
            with self._reading("lineage"):
                steps += learnt(live)
            with self._reading("journal"):
                self._events(live, rebuilt, list({dump(one): one for one in steps}.values()))
            self._stands(live, rebuilt, place)
            with self._reading("read models"):
                for where, what, count in compare(live, rebuilt):
                    self.report.rows += count
                    if what:
                        self._say(where, what)

    # the journal

    def _events(self, live: SqlStore, rebuilt: ShadowStore, steps: list[dict[str, Any]]) -> None:
        self.chains = {one.id: one for one in all_chains(live)}
        self.held.names = {one.chain: one.id for one in self.chains.values()}
        unproven = learn(rebuilt, steps)
        run = list[Event]()
        for row in all_events(live):
            self.report.events += 1
            event = self._event(live, row)
            if run and (event is None or len(run) == RUN or not _follows(run[-1], event)):
                unproven, run = self._take(rebuilt, run, unproven), []
            if event is not None:
                run.append(event)
        if run:
            unproven = self._take(rebuilt, run, unproven)
        for step in learn(rebuilt, unproven):
            self._say("lineage", f"a kept step does not follow: {str(step.get('header'))[:80]}")
        for number, one in self.chains.items():
            self.report.chains += 1
            self._tip(one, self.held.tips.get(number, START))

    def _tip(self, one: KeptChain, last: Tip) -> None:
        where = "/".join(one.chain[1:])
        if one.tip.seq != last.seq:
            self._say(where, f"ends at {last.seq}, {one.tip.seq} expected")
        elif one.tip.head != last.head:
            self._say(where, f"ends at {last.seq} with another head than the chain's row names")

    def _event(self, live: SqlStore, row: Kept) -> Event | None:
        """The event if it is whole; it may still stand behind a gap."""
        one = self.chains[row.chain]
        where = f"{'/'.join(one.chain[1:])}/{row.seq}"
        tip = self.held.tips.get(row.chain, START)
        self.held.tips[row.chain] = Tip(row.seq, row.head)
        self.held.heads[row.chain, row.seq] = row.head
        try:
            header = parse_header(row.header)
        except Refused as refusal:
            self._say(where, refusal.detail)
            return None
        if row.seq != tip.seq + 1:
            self._say(where, f"event {tip.seq + 1} should stand here: events are missing")
        elif header.prev != tip.head:
            self._say(where, "does not follow the event before it")
        stated = (header.seq, head_of(row.header), header.domain, header.source)
        if (*stated, header.epoch, header.stream) != (row.seq, row.head, *one.chain):
            self._say(where, "is not the event that was taken here")
            return None
        if (header.type, header.subject, header.time) != (row.type, row.subject, row.time):
            self._say(where, "type, object or time beside it are not those of its header")
        if row.payload is None:
            if not live.erased(one.chain, row.seq, row.head):
                self._say(where, "the payload is missing and nobody entitled erased it")
        elif sha256(row.payload).hexdigest() != header.datahash:
            self._say(where, "the payload is not the one that the header names")
            return None
        return Event(row.head, header, row.header, row.payload)

    # the rebuild

    def _take(
        self, rebuilt: ShadowStore, run: list[Event], unproven: list[dict[str, Any]]
    ) -> list[dict[str, Any]]:
        """Take a run as the live journal took it; return the steps that are still unproven."""
        with self._reading(f"{'/'.join(run[0].chain[1:])}/{run[0].header.seq}"):
            rebuilt.append(run)
            rebuilt.apply(run)
            if unproven and any(one.header.type.startswith(MEMBER) for one in run):
                unproven = learn(rebuilt, unproven)
        return unproven

    # what stands on it

    def _stands(self, live: SqlStore, rebuilt: SqlStore, place: Place | None) -> None:
        def tell(found: Found) -> None:
            self.report.seals += found.seals
            self.report.receipts += found.receipts
            for where, what in found.said:
                self._say(where, what)

        with self._reading("keys"):
            if place is None:
                raise LookupError("no membership")
            if not self.own:
                self.held.roster = rebuilt.roster()
            now = place.membership
            key = load_key(self.connection, self.tenant, now.keyid, self.host.vault).public
            if self.own:
                self._earlier_keys(live)
            self.held.keys[self.tenant.node, now.epoch] = key
            if self.held.key(self.tenant.node, now.epoch) != key:
                self._say("keys", f"the key kept for epoch {now.epoch} is not the member's")
        for name, check in standing(live, list(self.chains.values()), self.held):
            found = Found()
            with self._reading(name):
                check(found)
            tell(found)

    def _earlier_keys(self, live: SqlStore) -> None:
        """Where nobody else reads, the node's own rotations say which keys it had."""
        node, made = self.tenant.node, [stated_rotation(one) for one in live.rotations()]
        for one in made:
            self.held.keys[node, one.new] = PublicKey.from_record(one.key)
        for keyid in list_keys(self.connection, self.tenant) if made else ():
            key = load_key(self.connection, self.tenant, keyid, self.host.vault).public
            if node_id(key.raw) == node:
                self.held.keys[node, made[0].old] = key


def _follows(last: Event, event: Event) -> bool:
    return event.chain == last.chain and event.header.prev == last.head


def _as_it_was(live: SqlStore) -> Callable[[SqlStore, RosterEvent], Floor]:
    """Receipts are no events: what they stopped when it came stays stopped."""

    def floor(_: SqlStore, event: RosterEvent) -> Floor:
        if live.outcomes_of(event.subject).get(event.head) == BELOW:
            raise Refused(BELOW, "so it was judged when it came")
        return {}

    return floor


def learn(rebuilt: SqlStore, steps: list[dict[str, Any]]) -> list[dict[str, Any]]:
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


def as_json(report: Report) -> dict[str, Any]:
    """The report for a script."""
    made: dict[str, Any] = msgspec.to_builtins(report)
    return made
