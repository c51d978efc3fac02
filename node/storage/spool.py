"""Each peer's spool: what is still to be sent to it, in an order that is never numbered twice.

Decides the positions. Never what belongs into a spool. Follows docs/spec/05-exchange.md, "Cursor".
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import bindparam, delete, select

from node.storage.journal import Journal
from node.storage.scope import Statement, adding, named, putting
from node.storage.tables import chains, spool, spool_ends
from sync.event import ChainId
from sync.ports import Item

_PEER: Final = tuple(named(spool.c.tenant, spool.c.domain, spool.c.peer))
_NEXT: Final = putting(spool_ends, "tenant", "domain", "peer", "n", counts=spool_ends.c.n)
_END: Final = Statement(
    select(spool_ends.c.n).where(
        *named(spool_ends.c.tenant, spool_ends.c.domain, spool_ends.c.peer)
    )
)
_ADD: Final = Statement(
    adding(
        spool,
        *("tenant", "domain", "peer", "n", "chain", "first", "last", "signer", "about"),
    )
)
_REPLACED: Final = Statement(
    delete(spool).where(*_PEER, *named(spool.c.signer, spool.c.about), spool.c.about.is_not(None))
)
_AFTER: Final = Statement(
    select(
        *(spool.c.n, spool.c.first, spool.c.last, spool.c.signer, spool.c.about),
        *(chains.c.origin, chains.c.epoch, chains.c.stream),
    )
    .outerjoin(chains, chains.c.id == spool.c.chain)
    .where(*_PEER, spool.c.n > bindparam("after"))
    .order_by(spool.c.n)
    .limit(bindparam("most"))
)
_DROP: Final = Statement(delete(spool).where(*_PEER, spool.c.n <= bindparam("through")))


class Spool(Journal):
    """The spools' part of a store."""

    def spool(self, peer: str, chain: ChainId, first: int, last: int, signer: str = "") -> None:
        """Add a run to the peer's spool; with `first` 0 a receipt, or the chain's last seal again.

        A receipt is that of `signer` about the chain's origin, and replaces the one for the same
        (signer, origin) that is still in it; so does a seal for the same chain. Of a receipt's
        chain only the origin is kept.
        """
        about = chain[1] if signer else None if first else "/".join(chain[1:])
        number = None if signer else self._make_chain(chain).id
        if about is not None:
            self._run(_REPLACED, peer=peer, signer=signer, about=about)
        found = self._one(_NEXT, peer=peer, n=1)
        place = {"n": found[0] if found is not None else 1, "chain": number, "about": about}
        self._run(_ADD, peer=peer, first=first, last=last, signer=signer, **place)

    def spooled(self, peer: str, after: int, most: int) -> list[Item]:
        """At most `most` items past position `after`, in order."""
        items = []
        for n, first, last, signer, about, *chain in self._all(
            _AFTER, peer=peer, after=after, most=most
        ):
            origin, epoch, stream = (about, "", "") if signer else chain
            items.append(Item(n, (self.domain, origin, epoch, stream), first, last, signer))
        return items

    def spool_end(self, peer: str) -> int:
        """The highest position ever given out in the peer's spool."""
        found = self._one(_END, peer=peer)
        return found[0] if found is not None else 0

    def unspool(self, peer: str, through: int) -> None:
        """Drop what the peer has confirmed."""
        self._run(_DROP, peer=peer, through=through)
