"""What a node writes by itself: a ruling on its own assignment, repeated to its parts' assignees.

In the transaction that applied the ruling, once per (type, ruling, part) (protocol laws 5 and 6); a
rebuild writes none, since it has no such hand.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from node.domain.assignment import AssignmentState
from node.domain.commands import RULINGS, react
from node.readmodel.books import Books
from node.service.convert import drafts_of, fact_of
from node.service.place import Chance, Place
from node.storage.engine import Connection
from node.storage.hosts import Tenant, find_membership
from node.storage.store import SqlStore
from sync.event import Event
from sync.me import Me, Now
from sync.publish import publish


class Pen(Protocol):
    """What a host lends a node that writes by itself."""

    now: Callable[[], Now]
    chance: Chance

    def me(self, connection: Connection, place: Place) -> Me:
        """Who signs for the node in that domain."""
        ...


def repeat_down(
    host: Pen, store: SqlStore, books: Books, state: AssignmentState, event: Event
) -> None:
    """Repeat a ruling that counts, if this node is the assignee and has handed parts down."""
    if event.header.type not in RULINGS or state.assignee != store.node:
        return
    if event.head in store.outcomes_of(event.header.subject):
        return
    drafts = [
        draft
        for draft in react(state, fact_of(event), books.parts(state.id))
        if store.claim(f"{draft.type} {event.head} {draft.subject}")
    ]
    if not drafts:
        return
    tenant = Tenant(store.tenant, store.node, "")
    membership = find_membership(store.connection, tenant, store.domain)
    if membership is not None:
        me = host.me(store.connection, Place(tenant, membership))
        publish(store, me, drafts_of(drafts), host.now(), lambda: host.chance.bytes(16))
