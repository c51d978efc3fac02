"""What a node writes by itself when an event takes effect: repetitions, keys, rulings on lateness.

A ruling on its own assignment is repeated to its parts' assignees, a child's new key is recorded,
in the transaction that applied what calls for it, once per (type, cause, object) (protocol laws 5
and 6); a rebuild writes none, since it has no such hand. Lateness: lateness.py; who is told of a
redating: redated.py.
"""

from __future__ import annotations

from federation.ids import member_id
from node.domain.assignment import AssignmentState
from node.domain.commands import RULINGS, Draft, react
from node.readmodel.books import Books
from node.service import lateness, redated
from node.service.convert import fact_of
from node.service.ending import until_its_end
from node.service.writing import Pen, write_by_itself
from node.storage.store import SqlStore
from schemas.membership import REKEYED
from sync.event import Event
from sync.ports import Stored


class Reactions:
    """The hand of a host's nodes."""

    def __init__(self, host: Pen) -> None:
        self._host = host

    def __call__(self, store: SqlStore, books: Books, state: AssignmentState, event: Event) -> None:
        """An event about an assignment was judged; `state`: after it."""
        repeat_down(self._host, store, books, state, event)
        lateness.on_event(self._host, store, books, state, event)
        redated.on_event(self._host, store, state, event)

    def heard(self, store: SqlStore, stored: Stored) -> None:
        """A verified receipt came, and is about to be kept."""
        lateness.on_receipt(self._host, store, stored)


def repeat_down(
    host: Pen, store: SqlStore, books: Books, state: AssignmentState, event: Event
) -> None:
    """Repeat a ruling that counts, if this node is the assignee and has handed parts down."""
    if event.header.type not in RULINGS or state.assignee != store.node:
        return
    if event.head in store.outcomes_of(event.header.subject):
        return
    drafts = [
        until_its_end(store, state, draft)
        for draft in react(state, fact_of(event), books.parts(state.id))
        if store.claim(f"{draft.type} {event.head} {draft.subject}")
    ]
    write_by_itself(host, store, drafts)


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
    write_by_itself(host, store, [Draft(REKEYED, member_id(child), "all", data)])
