"""A node says something that is no command on a matter: written, sealed, counted, or undone."""

from __future__ import annotations

from collections.abc import Sequence

from node.domain.commands import DomainRefused, Draft
from node.service.convert import drafts_of
from node.service.host import Host
from node.storage.store import SqlStore
from sync.me import Me
from sync.publish import publish


def say(host: Host, store: SqlStore, me: Me, drafts: Sequence[Draft]) -> None:
    """Publish drafts in the store's transaction. Refuses `conflict` when one would not count."""
    salt = host.chance.bytes
    for event in publish(store, me, drafts_of(drafts), host.now(), lambda: salt(16)):
        code = store.outcomes_of(event.header.subject).get(event.head, "")
        if code:
            raise DomainRefused("conflict", f"{event.header.type} would not count: {code}")
