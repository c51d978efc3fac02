"""The full-text index of a host, filled when there is time.

Decides nothing: node/readmodel/words.py says what waits for it and how it is found meanwhile.
"""

from __future__ import annotations

from typing import Final

from node.readmodel import words
from node.service.host import Host

MOST: Final = 500


def index(host: Host) -> int:
    """Index at most so many texts of all nodes here; how many."""
    with host.database.read() as connection:
        if not words.waiting(connection):
            return 0
    return host.database.write(lambda connection: words.index(connection, MOST))
