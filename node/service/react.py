"""What a node writes by itself: rulings repeated to its parts' assignees, its children's new keys.

In the transaction that applied what calls for it, once per (type, cause, object) (protocol laws 5
and 6); a rebuild writes none, since it has no such hand.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from federation.ids import member_id
from node.domain.assignment import AssignmentState
from node.domain.commands import react
from node.readmodel.books import Books
from node.service.convert import drafts_of, fact_of
from node.service.place import Chance, Place
from node.storage.engine import Connection
from node.storage.hosts import Tenant, find_membership
from node.storage.store import SqlStore
from schemas.membership import REKEYED
from sync.event import Event
from sync.me import Me, Now
from sync.publish import publish
from sync.writing import Draft

RULINGS = ("duban.assignment.struck", "duban.assignment.cancelled")


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
    if drafts:
        _write(host, store, drafts_of(drafts))


def record_key(host: Pen, store: SqlStore, event: Event) -> None:
    """At the parent: write `rekeyed` when an applied `opened` of a child began an epoch, once."""
    child, epoch = event.header.source, event.header.epoch
    roster = store.roster()
    key = roster.key(child, epoch)
    if key is None or roster.parent(child) != store.node:
        return
    if not store.claim(f"{REKEYED} {store.domain} {child} {epoch}"):
        return
    data = {"node": child, "epoch": epoch, "key": key.record, "opened": event.head}
    _write(host, store, [Draft(REKEYED, member_id(child), "all", data)])


def _write(host: Pen, store: SqlStore, drafts: Sequence[Draft]) -> None:
    tenant = Tenant(store.tenant, store.node, "")
    membership = find_membership(store.connection, tenant, store.domain)
    if membership is not None:
        me = host.me(store.connection, Place(tenant, membership))
        publish(store, me, drafts, host.now(), lambda: host.chance.bytes(16))
