"""The digest: on working days from 08:30 on, one message per address with all that still runs.

Decides what stands in it: what was said to the people at that address about clocks that still run,
the latest threshold of each, and what was held back over night or a holiday, which then goes with
it and not by itself. Once per address and date; nothing to say, no digest. A host that was away at
08:30 makes today's when it comes back, and none for the days before. Follows docs/notices.md.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Any, Final

from node.domain.reminders import digest_day
from node.notify import words
from node.readmodel import inbox
from node.service.host import Host
from node.service.outbox import row_of
from node.service.workdays import calendar_at
from node.storage import notices
from node.storage.engine import Connection
from node.storage.hosts import Tenant, find_setting, put_setting
from sync.me import Now

LAST: Final = "digest"
"""the host's setting that names the date of the last digests"""


def made_for(connection: Connection) -> str | None:
    """The date whose digests have been made."""
    return find_setting(connection, LAST)


def make(host: Host) -> int:
    """Today's digests, if it is time and they are not made; how many."""
    now = host.now()
    day = digest_day(now.business)
    if day is None:
        return 0
    with host.database.read() as connection:
        if made_for(connection) == day.isoformat():
            return 0
        nodes = notices.tenants_with_contacts(connection)
    made = 0
    for node in nodes:
        tenant = host.tenant(node)
        if calendar_at(host, tenant).is_workday(day):
            made += _of(host, tenant, day, now)
    host.database.write(lambda one: put_setting(one, LAST, day.isoformat()))
    return made


def _of(host: Host, tenant: Tenant, day: date, now: Now) -> int:
    """One node's digests."""

    def work(connection: Connection) -> int:
        staff = set().union(*inbox.people(connection, tenant.id).values())
        at = dict[tuple[str, str], set[str]]()
        for one in notices.list_contacts(connection, tenant.id, staff):
            for channel, address in one.addresses.items():
                if channel in host.channels:
                    at.setdefault((channel, address), set()).add(one.user)
        rows = [
            row
            for (channel, address), users in at.items()
            for row in _digest(connection, tenant, day, channel, address, users, now)
        ]
        notices.put_deliveries(connection, rows)
        return len(rows)

    return host.database.write(work, tenant.id)


def _digest(
    connection: Connection,
    tenant: Tenant,
    day: date,
    channel: str,
    address: str,
    users: Collection[str],
    now: Now,
) -> list[dict[str, Any]]:
    held_back = notices.take_into_digest(connection, tenant.id, channel, address)
    running = inbox.running(connection, tenant.id, users)
    held = [inbox.notice(connection, tenant.id, n) for n in held_back]
    moved = [one for one in held if one is not None and one["kind"] == "redated"]
    if not running and not moved:
        return []
    row = row_of(tenant.id, tenant.node, f"digest/{day}", channel, address, now)
    text = words.digest(day, running, moved, now.business)
    return [row | {"user": min(users), "notice": None, "text": text}]
