"""A node's store in one domain, inside one transaction: sync.ports.Store on the host's database.

Decides nothing: it puts the parts together and hands new events to the node's rules. It only ever
asks for rows of its own tenant and domain. One store per transaction and membership: it remembers
what it read. Follows docs/spec/05-exchange.md and 06-routing-and-relay.md for what is remembered.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol, TypeAlias, runtime_checkable

from sqlalchemy import Connection

from node.storage.files import Files
from node.storage.hosts import Tenant
from node.storage.links import Links
from node.storage.outcomes import Outcomes
from node.storage.receipts import Receipts
from node.storage.rosters import Directory, Rosters
from node.storage.spool import Spool
from sync.event import Event
from sync.ports import Stored

Applier: TypeAlias = Callable[["SqlStore", Sequence[Event]], None]
"""The node's rules: judge events just appended, set outcomes, change roster and read models."""


@runtime_checkable
class Listener(Protocol):
    """Rules that hear of receipts, too."""

    def heard(self, store: SqlStore, stored: Stored) -> None:
        """A verified receipt came, and is about to be kept."""
        ...


class SqlStore(Directory, Outcomes, Spool, Links, Receipts, Files):
    """One node in one domain, within `connection`'s transaction."""

    def __init__(
        self,
        connection: Connection,
        tenant: Tenant,
        domain: str,
        applier: Applier,
        rosters: Rosters,
    ) -> None:
        super().__init__(rosters, connection, tenant.id, tenant.node, domain)
        self._applier = applier

    def apply(self, events: Sequence[Event]) -> None:
        """Let the rules judge events just appended, and change read models and spools."""
        self._applier(self, events)

    def put_receipt(self, stored: Stored) -> None:
        """Keep a verified receipt in place of the one before, once the rules have heard of it."""
        if isinstance(self._applier, Listener):
            self._applier.heard(self, stored)
        super().put_receipt(stored)
