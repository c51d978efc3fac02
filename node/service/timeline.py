"""One assignment whole: its row, its clocks, and every event about it that is held, with content.

Decides nothing; what was erased shows as an event without content.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from federation.trust import custodian
from node.domain.clocks import light
from node.domain.commands import DomainRefused
from node.domain.evaluation.reviewing import open_review
from node.readmodel import queries
from node.readmodel.books import Books
from node.readmodel.scope import EVERYTHING, Sight
from node.service.almanac import rules_of
from node.service.host import Host
from node.service.place import Place
from node.service.rulebook import policy_of_assignment
from node.storage.store import SqlStore
from schemas.header import parse_payload
from sync.event import Event


def assignment(host: Host, place: Place, id: str, sight: Sight = EVERYTHING) -> dict[str, Any]:
    """`queries.list_assignments`'s row with `events`, in the order in which they were taken.

    `review`: of an application that waits for this node's answer, due instant and light; else null.

    Each event: type, source, custody (the node on whose machine the source's key lies), time
    (business, UTC), id, head, outcome, data (null when erased). Who sees only what it submitted
    gets the steps without their data. Raises DomainRefused `not-found`.
    """
    with host.database.read(place.tenant.id) as connection:
        now = host.now().business
        rows = queries.list_assignments(
            connection, place.tenant.id, place.domain, now, id=id, sight=sight
        )
    if not rows:
        raise DomainRefused("not-found", f"no assignment {id} is held here")

    def told(store: SqlStore) -> list[dict[str, Any]]:
        outcomes = store.outcomes_of(id)
        roster = store.roster()
        return [
            _told(event, outcomes.get(event.head), custodian(roster, event.header.source))
            for event in store.events_of(id)
        ]

    steps = host.read(place, told)
    if sight.extent != "all":
        steps = [step | {"data": None} for step in steps]
    return rows[0] | {"review": host.read(place, _review(host, place, id))} | {"events": steps}


def _review(host: Host, place: Place, id: str) -> Callable[[SqlStore], dict[str, str] | None]:
    """When this node's answer to an application is due, and its light; None when none is owed."""

    def look(store: SqlStore) -> dict[str, str] | None:
        books = Books(store.connection, store.tenant, store.node, store.domain)
        state = books.assignment(id)
        if state is None or state.issuer != store.node:
            return None
        days = policy_of_assignment(store, state.policy).review
        clock = open_review(state, rules_of(store, place).calendar(), days)
        if clock is None:
            return None
        return {"due": clock.due, "light": light(clock, host.now().business) or "green"}

    return look


def reviews(host: Host, place: Place, ids: Sequence[str]) -> dict[str, dict[str, str]]:
    """Of applications that wait for this node's answer: when that is due, and its light."""
    found = {id: host.read(place, _review(host, place, id)) for id in ids}
    return {id: one for id, one in found.items() if one is not None}


def _told(event: Event, outcome: str | None, custody: str | None) -> dict[str, Any]:
    header = event.header
    data = None if event.payload_line is None else parse_payload(event.payload_line)
    return {
        "type": header.type,
        "source": header.source,
        "custody": custody,
        "id": header.id,
        "time": header.time,
        "head": event.head,
        "outcome": outcome,
        "data": data,
    }
