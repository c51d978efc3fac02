"""In time or late: what an issuer's node finds by itself when something came late to the parent.

Decides nothing of the domain: it compares the header time of what stopped a clock with the first
receipt of the assignee's parent that covers it, and appends `ruled` where more than the policy's
tolerance lies between (15 minutes unless it says otherwise; a week where the way down is by ferry).
Called inside the transaction that took the event or the receipt in; a rebuild calls neither.
Follows docs/spec/10-13710-events.md, "ruled".
"""

from __future__ import annotations

from datetime import timedelta
from typing import Final

from federation import dsse
from federation.ids import owner_of
from node.domain.assignment import AssignmentState
from node.domain.commands import ruled_by_itself
from node.domain.instants import later, order, reached
from node.domain.machine import ASSIGNMENT_MOVES
from node.readmodel.books import Books
from node.service.convert import fact_of
from node.service.rulebook import policy_of_assignment
from node.service.writing import Pen, write_by_itself
from node.storage.store import SqlStore
from schemas.sealed import Receipt, read_signed
from schemas.strict import parse
from sync.event import ChainId, Event
from sync.ports import Stored

LEAST: Final = timedelta(minutes=1)
"""a shorter tolerance than this is not looked for"""
FERRY: Final = timedelta(days=7)
"""how long a disc may be on its way"""
STOPPING: Final = tuple(
    sorted(
        {name for name, row in ASSIGNMENT_MOVES.rows.items() if row.stops}
        | {"duban.assignment.reported"}
    )
)
MOST_LINE: Final = 1 << 20


def on_event(
    host: Pen, store: SqlStore, books: Books, state: AssignmentState, event: Event
) -> None:
    """An event about an assignment of ours was taken in: perhaps long after it was stated."""
    header = event.header
    if header.type not in STOPPING or state.issuer != store.node or header.source == store.node:
        return
    now = host.now().business
    if not reached(later(header.time, _tolerance(store, state)), now):
        return
    parent = store.roster().parent(header.source)
    if parent == store.node:
        _rule(host, store, books, event, now)
    elif parent is not None:
        stored = store.receipt(parent, header.source)
        receipt = _read(stored) if stored is not None else None
        if receipt is not None and _covered(receipt, event.chain) >= header.seq:
            _rule(host, store, books, event, receipt.time)


def on_receipt(host: Pen, store: SqlStore, stored: Stored) -> None:
    """A receipt is about to replace the one before: what does it say for the first time?"""
    parent = store.roster().parent(stored.origin) if stored.origin in store.roster() else None
    if stored.signer in (store.node, stored.origin) or stored.signer != parent:
        return
    receipt = _read(stored)
    before = [_read(one) for one in store.receipts_about(stored.origin)]
    books = Books(store.connection, store.tenant, store.node, store.domain)
    latest = later(receipt.time, -LEAST)
    for one in receipt.streams:
        chain: ChainId = (store.domain, stored.origin, one.epoch, one.stream)
        known = max((_covered(each, chain) for each in before if each.by != store.node), default=0)
        for event in store.told_before(chain, known + 1, one.seq, STOPPING, latest):
            if owner_of(event.header.subject) == store.node:
                _rule(host, store, books, event, receipt.time)


def _read(stored: Stored) -> Receipt:
    opened = dsse.peek(parse(stored.line, MOST_LINE, "receipt"), "receipt")
    return read_signed(opened.payload, Receipt, "receipt")


def _tolerance(store: SqlStore, state: AssignmentState) -> timedelta:
    """How long after its stated time a submission may reach the assignee's parent."""
    allowed = timedelta(minutes=policy_of_assignment(store, state.policy).tolerance)
    below = store.roster().child_toward(store.node, state.assignee)
    link = store.link(below) if below is not None else None
    return max(allowed, FERRY) if link is not None and link.kind == "ferry" else allowed


def _covered(receipt: Receipt, chain: ChainId) -> int:
    return max(
        (one.seq for one in receipt.streams if (one.epoch, one.stream) == chain[2:]), default=0
    )


def _rule(host: Pen, store: SqlStore, books: Books, event: Event, submitted: str) -> None:
    state = books.assignment(event.header.subject)
    if state is None or state.issuer != store.node:
        return
    if order(submitted) < order(later(event.header.time, _tolerance(store, state))):
        return
    if event.head in store.outcomes_of(event.header.subject):
        return
    drafts = [
        draft
        for draft in ruled_by_itself(state, fact_of(event), submitted, store.roster())
        if store.claim(f"{draft.type} {event.head} {draft.data['clock']}")
    ]
    write_by_itself(host, store, drafts)
