"""A host at work: its database, its nodes, their keys; the frame in which everything else runs.

Decides nothing of the domain or the protocol: it opens transactions, makes stores, and answers
bodies of the exchange. Clocks and chance are handed in by bootstrap.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import TypeVar

from federation.keys import SigningKey, Vault
from node.notify.message import Outlet
from node.service import withheld
from node.service.apply import Rules
from node.service.calendars import national
from node.service.place import Chance, Place
from node.service.react import Reactions, record_key
from node.storage.engine import Connection, Database
from node.storage.hosts import (
    Tenant,
    find_membership,
    find_tenant,
    list_memberships,
    list_seats,
    list_tenants,
    load_key,
)
from node.storage.rosters import Rosters
from node.storage.store import SqlStore
from schemas.refusals import Refused
from sync import appeal, exchange
from sync.body import peek
from sync.driver import Hands, Wire
from sync.me import Limits, Me, Now

T = TypeVar("T")


class Host:
    """One database and the nodes in it. Safe to share between threads."""

    def __init__(
        self, database: Database, vault: Vault, now: Callable[[], Now], chance: Chance
    ) -> None:
        self.database = database
        self.vault = vault
        self.now = now
        self.chance = chance
        self.limits = Limits()
        self.poll = 30
        self.withheld = 86400
        """seconds that a higher receipt may come after the parent's"""
        self.exchanges = 0
        self.strangers = dict[str, tuple[int, int]]()  # address -> minute, tokens that fit nobody
        self.refused = Counter[str]()
        """bodies refused since the start, by code: of an unsigned one nothing else may be kept"""
        self.calendar = national()
        self.outlets = dict[str, Outlet]()
        """ways to people: by channel"""
        self._rosters = Rosters()
        self._keys = dict[tuple[int, str], SigningKey]()
        self._rules = Rules(Reactions(self), partial(record_key, self))

    @property
    def channels(self) -> frozenset[str]:
        """By which ways messages leave the host."""
        return frozenset(self.outlets)

    # who lives here

    def tenants(self) -> list[Tenant]:
        """All nodes of this host."""
        with self.database.read() as connection:
            return list_tenants(connection)

    def tenant(self, node: str) -> Tenant:
        """The node with this id. Raises Refused `wrong-receiver`."""
        with self.database.read() as connection:
            found = find_tenant(connection, node)
        if found is None:
            raise Refused("wrong-receiver", f"{node} is not served here")
        return found

    def seats(self, roots: bool = False) -> list[tuple[str, str]]:
        """(node, domain) of every node in every domain, or of the roots; cheap where many live."""
        with self.database.read() as connection:
            return list_seats(connection, roots)

    def places(self) -> list[Place]:
        """Every node in every domain, its own `self@…` left out."""
        with self.database.read() as connection:
            return [
                Place(tenant, one)
                for tenant in list_tenants(connection)
                for one in list_memberships(connection, tenant)
                if one.genesis is not None
            ]

    def place(self, node: str, domain: str | None = None) -> Place:
        """A node in one domain; the only one when none is named.

        Raises Refused `wrong-receiver`, `foreign-domain`.
        """
        tenant = self.tenant(node)
        with self.database.read(tenant.id) as connection:
            held = [one for one in list_memberships(connection, tenant) if one.genesis is not None]
        if domain is not None:
            held = [one for one in held if domain in (one.domain, one.domain.partition("@")[0])]
        if len(held) == 1:
            return Place(tenant, held[0])
        domains = ", ".join(one.domain for one in held) or "none"
        raise Refused("foreign-domain", f"{domain or 'no domain'} named; member of: {domains}")

    # transactions

    def store(self, connection: Connection, place: Place) -> SqlStore:
        """The store of one node in one domain inside `connection`'s transaction."""
        return SqlStore(connection, place.tenant, place.domain, self._rules, self._rosters)

    def me(self, connection: Connection, place: Place) -> Me:
        """Who signs: the node with the key of its current epoch in the domain."""
        current = find_membership(connection, place.tenant, place.domain) or place.membership
        named = place.tenant.id, current.keyid
        if named not in self._keys:
            self._keys[named] = load_key(connection, place.tenant, current.keyid, self.vault)
        return Me(place.tenant.node, place.domain, current.epoch, self._keys[named], current.fence)

    def write(self, place: Place, work: Callable[[SqlStore, Me], T]) -> T:
        """Run `work` in one durable transaction of that node; what it raises undoes it all."""

        def run(connection: Connection) -> T:
            return work(self.store(connection, place), self.me(connection, place))

        return self.database.write(run, place.tenant.id)

    def read(self, place: Place, work: Callable[[SqlStore], T]) -> T:
        """Run `work` on one consistent state of that node, changing nothing."""
        with self.database.read(place.tenant.id) as connection:
            return work(self.store(connection, place))

    # exchange

    def serve(self, untrusted: bytes) -> bytes:
        """Answer one body of the exchange. Raises Refused, for the transport to put in words."""
        try:
            return self._serve(untrusted)
        except Refused as refusal:
            self.refused[refusal.code] += 1
            raise

    def _serve(self, untrusted: bytes) -> bytes:
        incoming = peek(untrusted)
        place = self.place(incoming.head.to, incoming.head.domain)
        fresh = self.chance.nonce(), self.chance.nonce()

        def take(store: SqlStore, me: Me) -> bytes:
            return exchange.serve(store, me, incoming, self.now(), fresh, self.limits, self.poll)

        self.exchanges += 1
        if appeal.is_appeal(incoming.head):
            now, limits = self.now(), self.limits
            return self.write(
                place, lambda one, me: withheld.answer(one, me, incoming, now, limits)
            )
        try:
            return self.write(place, take)
        except Refused as refusal:
            if refusal.code == "stale-challenge":
                peer = incoming.head.sender
                self.write(place, lambda store, _: exchange.give(store, peer, fresh[1]))
                refusal.extra["challenge"] = fresh[1]
            raise

    def hands(self, place: Place, wire: Wire) -> Hands:
        """What the driver needs in order to take this node's turns."""
        with self.database.read(place.tenant.id) as connection:
            me = self.me(connection, place)
        return Hands(
            transact=lambda work: self.write(place, lambda store, _: work(store)),
            me=me,
            wire=wire,
            now=self.now,
            challenge=self.chance.nonce,
            chance=self.chance.unit,
            limits=self.limits,
        )
