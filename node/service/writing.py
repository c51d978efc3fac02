"""How a node writes by itself: drafts into its own streams, in the transaction at hand.

Decides nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from node.domain.commands import Draft
from node.service.convert import drafts_of
from node.service.place import Chance, Place
from node.storage.engine import Connection
from node.storage.hosts import Tenant, find_membership
from node.storage.store import SqlStore
from sync.me import Me, Now
from sync.publish import publish


class Pen(Protocol):
    """What a host lends a node that writes by itself."""

    now: Callable[[], Now]
    chance: Chance

    @property
    def channels(self) -> frozenset[str]:
        """By which ways messages leave the host."""
        ...

    def me(self, connection: Connection, place: Place) -> Me:
        """Who signs for the node in that domain."""
        ...


def write_by_itself(host: Pen, store: SqlStore, drafts: Sequence[Draft]) -> None:
    """Append, seal and spool drafts of this node's own; nothing where it is no member."""
    tenant = Tenant(store.tenant, store.node, "")
    membership = find_membership(store.connection, tenant, store.domain) if drafts else None
    if membership is not None:
        me = host.me(store.connection, Place(tenant, membership))
        publish(store, me, drafts_of(drafts), host.now(), lambda: host.chance.bytes(16))
