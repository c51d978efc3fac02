"""What nobody needs any longer goes: uploads that were begun or finished, and named by no event.

Decides which uploads are given up, by their age alone. Never drops what an event names, nor what
another user or another domain of the node still has. Follows docs/spec/11-attachments.md, "REST".
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final

from node.service.attachments import forget
from node.service.clock import instant
from node.service.host import Host
from node.storage.files import with_left_uploads
from node.storage.store import SqlStore
from sync.me import Me

LINGER: Final = timedelta(days=7)
MOST: Final = 200
"""uploads given up in one transaction; the others at the next look"""


def tidy(host: Host) -> int:
    """Give up what has lingered too long at every node of the host; how many uploads that were."""
    before = instant(datetime.fromtimestamp(host.now().seconds, UTC) - LINGER)

    def work(store: SqlStore, _: Me) -> int:
        given_up = store.left(before, MOST)
        for upload in given_up:
            forget(store, upload)
        return len(given_up)

    with host.database.read() as connection:
        found = with_left_uploads(connection, before)
    return sum(host.write(host.place(node, domain), work) for node, domain in found)
