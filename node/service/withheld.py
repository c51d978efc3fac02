"""At an ancestor: appeals that came the second way, and what they prove of those in between.

Decides what is kept for people to see; what is taken decides sync/appeal.py. Follows
docs/spec/12-second-way.md.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

from node.storage.hosts import list_settings, put_setting
from node.storage.store import SqlStore
from schemas.strict import dump
from sync import appeal
from sync.body import Incoming
from sync.me import Limits, Me, Now

_WITHHELD: Final = "withheld"


def answer(store: SqlStore, me: Me, incoming: Incoming, now: Now, limits: Limits) -> bytes:
    """Take an appeal, keep what it proves, return the answer's bytes. Raises Refused."""
    made, proved = appeal.serve(store, me, incoming, now, limits)
    for one in proved:
        names = ("epoch", "stream", "confirmed", "held")
        kept = {
            "at": now.wire,
            "by": one.by,
            "origin": one.origin,
            "since": one.since,
            "streams": [dict(zip(names, each, strict=True)) for each in one.streams],
        }
        name = f"{_WITHHELD} {store.domain} {one.by} {one.origin}"
        put_setting(store.connection, name, dump(kept).decode(), store.tenant)
    return made


def withholding(store: SqlStore) -> list[dict[str, Any]]:
    """Who is shown to have confirmed what it did not pass on, the latest first.

    Each: `by`, `origin`, `since` (when it was confirmed), `at` (when the appeal came; both wire,
    UTC), per stream what was confirmed and what was held here then; names as known.
    """
    roster, found = store.roster(), list[dict[str, Any]]()
    for name, value in list_settings(store.connection, store.tenant).items():
        if name.startswith(f"{_WITHHELD} {store.domain} "):
            row: dict[str, Any] = msgspec.json.decode(value)
            for role in ("by", "origin"):
                member = roster.member(row[role])
                row[f"{role}_name"] = member.name if member is not None else None
            found.append(row)
    return sorted(found, key=lambda row: str(row["at"]), reverse=True)
