"""A notice becomes messages: one per address of those who hear it, each with an id of its own.

The id follows from the notice's key, the way and the address: the same at every try, so that a
receiver notices a message that came twice. Decides nothing on when it goes (deliveries.py).
"""

from __future__ import annotations

from collections.abc import Collection
from hashlib import sha256
from typing import Any

from node.storage import notices
from node.storage.engine import Connection
from node.storage.store import SqlStore
from sync.me import Now


def message_id(node: str, key: str, channel: str, address: str) -> str:
    """A message's name: 32 hexadecimal digits, the same at each try."""
    return sha256("\n".join((node, key, channel, address)).encode()).hexdigest()[:32]


def messages(
    connection: Connection,
    store: SqlStore,
    n: int,
    key: str,
    users: Collection[str],
    channels: Collection[str],
    now: Now,
) -> list[dict[str, Any]]:
    """The outbox rows of a notice; several people at one address make one message."""
    found = dict[tuple[str, str], str]()
    held = notices.list_contacts(connection, store.tenant, users) if users and channels else []
    for one in held:
        for channel, address in one.addresses.items():
            if channel in channels:
                found.setdefault((channel, address), one.user)
    return [
        row_of(store.tenant, store.node, key, channel, address, now)
        | {"user": user, "notice": n, "text": None}
        for (channel, address), user in found.items()
    ]


def row_of(
    tenant: int, node: str, key: str, channel: str, address: str, now: Now
) -> dict[str, Any]:
    """An outbox row, due at once."""
    return {
        "tenant": tenant,
        "id": message_id(node, key, channel, address),
        "channel": channel,
        "address": address,
        "made_at": now.business,
        "begun": now.seconds,
        "due": now.seconds,
    }
