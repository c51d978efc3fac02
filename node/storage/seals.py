"""Seals as they came, by the seq that they vouch for.

Decides which of two seals on one event is kept: the one that promises the later next seal. Verifies
nothing. Follows docs/spec/03-seals-and-receipts.md.
"""

from __future__ import annotations

from typing import Final

from sqlalchemy import bindparam, select

from node.storage.journal import Journal
from node.storage.scope import Statement, named, putting
from node.storage.tables import chains, seals
from sync.event import ChainId, Tip

_PUT: Final = putting(
    seals,
    *("chain", "seq", "tenant", "line", "next_by"),
    where=lambda comes, held: comes.next_by >= held.next_by,
)
_OF: Final = select(seals.c.seq, seals.c.line).where(*named(seals.c.chain))
_INSIDE: Final = Statement(
    _OF.where(seals.c.seq > bindparam("after"), seals.c.seq <= bindparam("most"))
    .order_by(seals.c.seq.desc())
    .limit(1)
)
_BEYOND: Final = Statement(
    _OF.where(seals.c.seq > bindparam("after")).order_by(seals.c.seq).limit(1)
)
_LAST: Final = Statement(_OF.order_by(seals.c.seq.desc()).limit(1))
# whoever writes seals what it wrote, so an idle chain's last seal stands on its last event
_IDLE: Final = Statement(
    select(
        *(chains.c.origin, chains.c.epoch, chains.c.stream, chains.c.seq, chains.c.head),
        seals.c.next_by,
    )
    .join(seals, (seals.c.chain == chains.c.id) & (seals.c.seq == chains.c.seq))
    .where(
        *named(chains.c.tenant, chains.c.domain),
        chains.c.stream != "own",
        seals.c.next_by < bindparam("before"),
    )
    .order_by(chains.c.origin, chains.c.epoch, chains.c.stream)
)


class Seals(Journal):
    """The seals' part of a store."""

    def put_seal(self, chain: ChainId, seq: int, line: bytes, next_by: str) -> None:
        """Keep a verified seal on the event at `seq` (replaces an older one at the same seq)."""
        row = self._make_chain(chain)
        self._run(_PUT, chain=row.id, seq=seq, line=line, next_by=next_by)

    def seal_after(self, chain: ChainId, seq: int, most: int) -> tuple[int, bytes] | None:
        """The furthest seal at a seq in (seq, most], else the next one past `most`, else None."""
        return self._seal(_INSIDE, chain, after=seq, most=most) or self._seal(
            _BEYOND, chain, after=most if most > seq else seq
        )

    def last_seal(self, chain: ChainId) -> tuple[int, bytes] | None:
        """The furthest seal held of the chain."""
        return self._seal(_LAST, chain)

    def idle(self, before: str) -> list[tuple[ChainId, Tip, str]]:
        """Chains whose last event was promised another seal by a wire instant before `before`.

        Each with its tip and that instant: to be sealed again if it is this node's own, silent if
        it is another's.
        """
        return [
            ((self.domain, *row[:3]), Tip(row[3], row[4]), row[5])
            for row in self._all(_IDLE, before=before)
        ]

    def _seal(
        self, statement: Statement, chain: ChainId, **bounds: int
    ) -> tuple[int, bytes] | None:
        row = self._chain(chain)
        found = self._one(statement, chain=row.id, **bounds) if row is not None else None
        return (found[0], found[1]) if found is not None else None
