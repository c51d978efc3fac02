"""Receipts, the latest of each signer about each origin, and which ones this node owes.

Decides nothing: whoever puts one has judged it. Follows docs/spec/03-seals-and-receipts.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from sqlalchemy import delete, select

from node.storage.scope import Row, Scope, Statement, named, putting
from node.storage.tables import owed, receipts
from sync.ports import Stored

_MINE: Final = select(
    *(receipts.c.signer, receipts.c.origin, receipts.c.epoch),
    *(receipts.c.counter, receipts.c.line),
).where(*named(receipts.c.tenant, receipts.c.domain, receipts.c.origin))
_ONE: Final = Statement(_MINE.where(*named(receipts.c.signer)))
_ABOUT: Final = Statement(_MINE.order_by(receipts.c.signer))
_BY: Final = Statement(
    select(receipts.c.origin).where(*named(receipts.c.tenant, receipts.c.domain, receipts.c.signer))
)
_PUT: Final = putting(receipts, "tenant", "domain", "origin", "signer", "epoch", "counter", "line")
_OWED: Final = Statement(
    select(owed.c.origin).where(*named(owed.c.tenant, owed.c.domain)).order_by(owed.c.origin)
)
_OWE: Final = putting(owed, "tenant", "domain", "origin")
_PAID: Final = Statement(delete(owed).where(*named(owed.c.tenant, owed.c.domain, owed.c.origin)))


class Receipts(Scope):
    """The receipts' part of a store."""

    def receipt(self, signer: str, origin: str) -> Stored | None:
        """The latest receipt of `signer` about `origin`."""
        found = self._one(_ONE, signer=signer, origin=origin)
        return _stored(found) if found is not None else None

    def receipts_about(self, origin: str) -> list[Stored]:
        """The latest receipt of each signer about `origin`, by signer."""
        return [_stored(row) for row in self._all(_ABOUT, origin=origin)]

    def receipted_by(self, signer: str) -> set[str]:
        """The nodes about whom a receipt of `signer` is held."""
        return {row[0] for row in self._all(_BY, signer=signer)}

    def put_receipt(self, stored: Stored) -> None:
        """Keep a verified receipt in place of the one before."""
        self._run(
            _PUT,
            origin=stored.origin,
            signer=stored.signer,
            epoch=stored.epoch,
            counter=stored.counter,
            line=stored.line,
        )

    def owed(self) -> list[str]:
        """Origins about which this node owes a receipt since their chains grew."""
        return [row[0] for row in self._all(_OWED)]

    def owe(self, origin: str) -> None:
        """Remember that this node owes a receipt about `origin`."""
        self._run(_OWE, origin=origin)

    def paid(self, origins: Sequence[str]) -> None:
        """Forget what was owed."""
        for origin in origins:
            self._run(_PAID, origin=origin)


def _stored(row: Row) -> Stored:
    signer, origin, epoch, counter, line = row
    return Stored(signer, origin, epoch, counter, bytes(line))
