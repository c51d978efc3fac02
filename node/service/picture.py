"""The full picture as people read it: what the read models count, with the units' names.

Decides nothing: counts come from node/readmodel, names from the roster.
"""

from __future__ import annotations

from typing import Any

from federation.trust import custodian
from node.readmodel import queries
from node.readmodel.scope import EVERYTHING, Sight
from node.service.host import Host
from node.service.place import Place
from node.storage.store import SqlStore


def picture(host: Host, place: Place, sight: Sight = EVERYTHING) -> dict[str, Any]:
    """`queries.picture` of a place as of now; each unit with its `name` and `custody`, the
    node on whose machine its key lies (null: not known here)."""
    with host.database.read(place.tenant.id) as connection:
        now = host.now().business
        found = queries.picture(connection, place.tenant.id, place.domain, now, sight)

    def named(store: SqlStore) -> None:
        roster = store.roster()
        for row in found["units"]:
            row["custody"] = custodian(roster, row["unit"])
            row["name"] = roster.row(row["unit"])["name"] if row["unit"] in roster else None

    host.read(place, named)
    return found
