"""Links: one record for each peer, saved whole; beside it what turns.py asks for.

Decides nothing. Follows docs/spec/05-exchange.md for what a record remembers.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable
from typing import Any, Final

import msgspec
from sqlalchemy import Connection, func, select

from node.storage.scope import Scope, Statement, among, named, putting
from node.storage.tables import links
from sync.ports import Link, Side

_read = msgspec.json.Decoder(Link).decode
_write = msgspec.json.Encoder().encode

_MINE: Final = select(links.c.record).where(*named(links.c.tenant, links.c.domain))
_ONE: Final = Statement(_MINE.where(*named(links.c.peer)))
_ALL: Final = Statement(_MINE.order_by(links.c.peer))
_SIDE: Final = (
    select(links.c.peer)
    .where(*named(links.c.tenant, links.c.domain, links.c.side))
    .order_by(links.c.peer)
)
_PEERS: Final = Statement(_SIDE)
_THESE: Final = among(_SIDE, links.c.peer)
_PUT: Final = putting(links, "tenant", "domain", "peer", "side", "due", "record")


def calls(link: Link) -> bool:
    """Whether the link has turns by the clock; one between two nodes here has them when needed."""
    new = link.side == "up" and link.last_heard is None
    return link.address is not None or link.seeks or bool(link.files) or new


def unheard(connection: Connection) -> int:
    """How many links of this host have never had a word from their peer."""
    asked = select(func.count()).where(links.c.record.like('%"last_heard":null%'))
    return connection.execute(asked).scalar() or 0


class Links(Scope):
    """The links' part of a store."""

    def __init__(self, *scope: Any) -> None:
        super().__init__(*scope)
        self._links: dict[str, Link] | None = None

    def link(self, peer: str) -> Link | None:
        """The link with `peer`, None when there is none. A copy: `save_link` stores it."""
        if self._links is not None:
            held = self._links.get(peer)
            return copy.copy(held) if held is not None else None
        found = self._one(_ONE, peer=peer)
        return _read(found[0]) if found is not None else None

    def links(self) -> list[Link]:
        """All links of the node in this domain, by peer."""
        if self._links is None:
            read = [_read(row[0]) for row in self._all(_ALL)]
            self._links = {link.peer: link for link in read}
        return [copy.copy(link) for _, link in sorted(self._links.items())]

    def peers(self, side: Side, of: Iterable[str] | None = None) -> list[str]:
        """With whom there is a link of that side, in order; `of`: only such as are among these."""
        asked = {"side": side}
        found = self._all(_PEERS, **asked) if of is None else self._among(_THESE, of, **asked)
        return [row[0] for row in found]

    def save_link(self, link: Link) -> None:
        """Store a link's record. A new child calls once, also where its parent lives here."""
        if self._links is not None:
            self._links[link.peer] = copy.copy(link)
        due = link.due if calls(link) else None
        record = _write(link).decode()
        self._run(_PUT, peer=link.peer, side=link.side, due=due, record=record)
