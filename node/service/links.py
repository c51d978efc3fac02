"""How the links fare: what operators see of each, and a host's counts. Reads only."""

from __future__ import annotations

from typing import Any

from node.readmodel.queries import host_counts
from node.service.heartbeats import silence_in
from node.service.host import Host
from node.service.place import Place
from node.storage.store import SqlStore


def status(host: Host, place: Place) -> list[dict[str, Any]]:
    """Per link: lag, last heard, backoff, what is pending, who is silent beyond it."""

    def look(store: SqlStore) -> list[dict[str, Any]]:
        now = host.now().seconds
        found, quiet = [], silence_in(host, store)
        for link in store.links():
            end = store.spool_end(link.peer)
            found.append(
                {
                    "peer": link.peer,
                    "side": link.side,
                    "kind": link.kind,
                    "address": link.address,
                    "pending": len(store.spooled(link.peer, link.acked, 100000)),
                    "acked": link.acked,
                    "end": end,
                    "last_heard": link.last_heard,
                    "last_error": link.last_error,
                    "failures": link.failures,
                    "next_call_in": round(max(0.0, link.due - now), 1) if link.address else None,
                    "silent": [one for one in quiet if one["via"] == link.peer],
                }
            )
        return found

    return host.read(place, look)


def stats(host: Host) -> dict[str, Any]:
    """Counts over the whole host: nodes, events, receipts held, exchanges answered."""
    with host.database.read() as connection:
        return dict(host_counts(connection)) | {"exchanges": host.exchanges}
