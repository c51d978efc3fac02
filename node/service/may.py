"""What a user may do now with a matter or an assignment, as far as its node knows.

Decides nothing: it loads what node/domain/permissions.py asks for.
"""

from __future__ import annotations

from node.domain.commands import Actor
from node.domain.permissions import allowed
from node.readmodel.books import Books
from node.service.host import Host
from node.service.place import Place
from node.storage.store import SqlStore


def on_matter(host: Host, place: Place, actor: Actor, id: str) -> list[str]:
    """The commands that the actor may give on a matter; none where it is not held."""

    now = host.now().business

    def look(store: SqlStore) -> list[str]:
        books = _books(store)
        found = books.matter(id)
        if found is None:
            return []
        return list(allowed(actor, found, store.roster(), books.of_matter(id), now))

    return host.read(place, look)


def on_assignment(host: Host, place: Place, actor: Actor, id: str) -> list[str]:
    """The commands that the actor may give on an assignment; none where it is not held."""

    now = host.now().business

    def look(store: SqlStore) -> list[str]:
        books = _books(store)
        found = books.assignment(id)
        if found is None:
            return []
        around = [*(books.of_matter(found.matter) if found.matter else []), *books.parts(id)]
        matter = books.matter(found.matter) if found.matter else None
        rolled = books.rolled(matter) if matter is not None else None
        return list(allowed(actor, found, store.roster(), around, now, rolled))

    return host.read(place, look)


def _books(store: SqlStore) -> Books:
    return Books(store.connection, store.tenant, store.node, store.domain)
