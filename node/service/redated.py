"""A changed calendar moves clocks: at the unit in charge each person is told once (rule 7).

One notice per issuer and version of the calendar, however many clocks moved; its count grows with
what comes later, and nobody is told again. Laid down in the transaction that took the event in,
once per event; a rebuild lays down none. Follows docs/notices.md.
"""

from __future__ import annotations

from typing import Final

from node.domain.assignment import AssignmentState
from node.domain.reminders import hearers
from node.readmodel import inbox
from node.service.convert import fact_of
from node.service.outbox import messages
from node.service.writing import Pen
from node.storage import notices
from node.storage.store import SqlStore
from sync.event import Event

REDATED: Final = "duban.assignment.redated"
SOON: Final = 60.0
"""seconds that a message waits, for the other events of the same change"""


def on_event(host: Pen, store: SqlStore, state: AssignmentState, event: Event) -> None:
    """Tell the assignee's people of an event that moved clocks, if it counts."""
    if event.header.type != REDATED or state.assignee != store.node:
        return
    if event.head in store.outcomes_of(event.header.subject) or event.payload_line is None:
        return
    if not store.claim(f"told {event.head}"):
        return
    connection, tenant, now = store.connection, store.tenant, host.now()
    version = str(fact_of(event).datum("calendar", ""))
    key = f"redated/{store.domain}/{event.header.source}/{version}"
    said = {
        "key": key, "domain": store.domain, "kind": "redated", "object": state.id, "clock": "",
        "after": "", "minutes": 0, "to": "redated", "due": version, "at": event.header.time,
        "made_at": now.business, "count": 1,
    }  # fmt: skip
    n = notices.put_notice(connection, tenant, said)
    if n is None:
        held = notices.find_notice(connection, tenant, key)
        notices.count_one_more(connection, tenant, held or 0)
        return
    heard = hearers("redated", inbox.people(connection, tenant))
    notices.put_letters(connection, tenant, n, heard)
    rows = messages(connection, store, n, key, heard, host.channels, now)
    notices.put_deliveries(connection, [row | {"due": now.seconds + SOON} for row in rows])
