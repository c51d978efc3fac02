"""A host's heartbeats: its nodes' idle chains are sealed again in time; and who has gone silent.

Decides nothing that sync/heartbeat.py doesn't. Follows docs/spec/03-seals-and-receipts.md.
"""

from __future__ import annotations

from typing import Any

from node.service.host import Host
from node.service.place import Place
from node.storage.store import SqlStore
from node.storage.turns import waning
from sync import heartbeat
from sync.me import Me


def beat(host: Host, place: Place | None = None) -> int:
    """Seal again what is due, of one node or of all that live here; how many seals were made."""
    with host.database.read() as connection:
        found = waning(connection, host.now().next_by)
    made = 0
    for node, domain in found:
        if place is None or (node, domain) == (place.tenant.node, place.domain):
            made += host.write(host.place(node, domain), lambda store, me: _beat(host, store, me))
    return made


def _beat(host: Host, store: SqlStore, me: Me) -> int:
    return heartbeat.beat(store, me, host.now(), host.chance.unit)


def silence(host: Host, place: Place) -> list[dict[str, Any]]:
    """Nodes whose promised seal has not come, the longest silent first.

    Each: node, name (null: not known here), its streams, since (wire instant, UTC), and `via`, the
    peer from whom its seals come.
    """
    return host.read(place, lambda store: silence_in(host, store))


def silence_in(host: Host, store: SqlStore) -> list[dict[str, Any]]:
    """As `silence`, within a transaction at hand."""
    roster, found = store.roster(), dict[str, dict[str, Any]]()
    for one in heartbeat.silent(store, host.now()):
        member = roster.member(one.origin)
        row = found.setdefault(
            one.origin,
            {
                "node": one.origin,
                "name": member.name if member is not None else None,
                "streams": [],
                "since": one.since,
                "via": roster.child_toward(store.node, one.origin) or roster.parent(store.node),
            },
        )
        row["streams"].append(one.stream)
        row["since"] = min(row["since"], one.since)
    return sorted(found.values(), key=lambda row: (row["since"], row["node"]))
