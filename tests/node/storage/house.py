"""A host for tests of storage: a migrated database, tenants, and events that chain rightly."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from federation.keys import SigningKey
from node.storage.engine import Database
from node.storage.hosts import Membership, Tenant, create_tenant, put_membership
from node.storage.migrate import upgrade
from node.storage.rosters import Rosters
from node.storage.store import Applier, SqlStore
from schemas.strict import dump
from sync.event import ChainId, Event, Tip
from sync.writing import START, Draft, opening, seal, write
from tests.federation.family import AT, DOMAIN, GENESIS_ENVELOPE, LATER, epoch_of, id_of, key_of

T = TypeVar("T")
_salts = itertools.count(1)


def idle(store: SqlStore, events: Sequence[Event]) -> None:
    """Rules that judge nothing: everything counts as applied."""


def chain_of(name: str = "town", stream: str = "up", domain: str = DOMAIN) -> ChainId:
    return domain, id_of(name), epoch_of(name), stream


def drafts(name: str, stream: str, count: int, text: str = "x", subject: str = "") -> list[Draft]:
    about = subject or f"assignment:{id_of(name)}:a0000001"
    return [Draft("duban.assignment.reported", about, stream, {"text": text})] * count


def written(
    chain: ChainId, tip: Tip, count: int, name: str = "town", text: str = "x", subject: str = ""
) -> list[Event]:
    """The next `count` events of a chain, its opening included."""
    made = drafts(name, chain[3], count, text, subject)
    if tip == START:
        made[0] = opening(chain[1], chain[3], {"cause": "birth", "last": None})
    return write(chain, tip, made, AT, [next(_salts).to_bytes(16, "big") for _ in made])


def sealed(chain: ChainId, tip: Tip, key: SigningKey, next_by: str = LATER) -> bytes:
    return seal(chain, tip, AT, next_by, key)


class House:
    """One database with tenants by name, all members of the test domain."""

    def __init__(self, url: str, *names: str, fresh: bool = True) -> None:
        self.url = url
        if fresh:
            upgrade(url)
        self.database = Database(url)
        self.rosters = Rosters()
        self.tenants: dict[str, Tenant] = {}
        for name in names:
            self.tenants[name] = self.database.write(lambda c, n=name: self._found(c, n))

    def _found(self, connection: Any, name: str) -> Tenant:
        tenant = create_tenant(connection, id_of(name), name)
        place = {"epoch": epoch_of(name), "keyid": key_of(name).public.keyid, "joined_at": AT}
        genesis = dump(GENESIS_ENVELOPE).decode()
        put_membership(connection, tenant, Membership(domain=DOMAIN, genesis=genesis, **place))
        put_membership(connection, tenant, Membership(domain=f"self@{tenant.node}", **place))
        return tenant

    def store(
        self, connection: Any, name: str = "town", domain: str = DOMAIN, rules: Applier = idle
    ) -> SqlStore:
        return SqlStore(connection, self.tenants[name], domain, rules, self.rosters)

    def write(self, work: Callable[[SqlStore], T], name: str = "town", **options: Any) -> T:
        """Run `work` on the tenant's store in a transaction of its own."""
        return self.database.write(
            lambda connection: work(self.store(connection, name, **options)),
            self.tenants[name].id,
        )

    def read(self, work: Callable[[SqlStore], T], name: str = "town", **options: Any) -> T:
        with self.database.read() as connection:
            return work(self.store(connection, name, **options))

    def grow(self, chain: ChainId, count: int, name: str = "town", **options: Any) -> list[Event]:
        """Append `count` events to a chain and seal the last."""

        def work(store: SqlStore) -> list[Event]:
            events = written(chain, store.tip(chain), count, **options)
            store.append(events)
            tip = store.tip(chain)
            store.put_seal(chain, tip.seq, sealed(chain, tip, key_of("town")), LATER)
            return events

        return self.write(work, name)

    def close(self) -> None:
        self.database.close()
