"""How events ended: a row for each that is parked, void or quarantined, none for those applied.

Keeps each chain's counts equal to its rows, so that a receipt costs the same however long the chain
is. Never judges. Follows docs/spec/07-apply.md, "Accept and apply".
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from sqlalchemy import bindparam, delete, insert, select, update

from node.storage.journal import ChainRow
from node.storage.scope import Statement, named, putting
from node.storage.seals import Seals
from node.storage.tables import chains, journal, objects, outcomes, self_written
from sync.event import ChainId, Event
from sync.ports import Counts

APPLIED: Final = ""
VOID: Final = "void"
WAITING: Final = "waiting"
MOST_QUARANTINED: Final = 16

_CODE: Final = Statement(select(outcomes.c.code).where(*named(outcomes.c.chain, outcomes.c.seq)))
_PUT: Final = putting(outcomes, "chain", "seq", "tenant", "head", "code")
_DROP: Final = Statement(delete(outcomes).where(*named(outcomes.c.chain, outcomes.c.seq)))
_COUNTED: Final = Statement(
    update(chains)
    .where(*named(chains.c.id))
    .values(parked=bindparam("to_parked"), quarantined=bindparam("to_quarantined"))
)
_IN_DOMAIN: Final = (chains.c.domain == bindparam("domain"),)
_PLACED: Final = (journal.c.chain == outcomes.c.chain) & (journal.c.seq == outcomes.c.seq)
_QUARANTINED: Final = Statement(
    select(outcomes.c.head, outcomes.c.code)
    .join(chains, chains.c.id == outcomes.c.chain)
    .join(journal, _PLACED)
    .where(
        *named(chains.c.tenant, chains.c.domain, chains.c.origin),
        chains.c.quarantined > 0,
        outcomes.c.code != VOID,
        outcomes.c.code != WAITING,
    )
    .order_by(journal.c.pos.desc())
    .limit(MOST_QUARANTINED)
)
_OF: Final = Statement(
    select(outcomes.c.head, outcomes.c.code)
    .join(chains, chains.c.id == outcomes.c.chain)
    .join(journal, _PLACED)
    .join(objects, objects.c.id == journal.c.object)
    .where(*named(objects.c.tenant, objects.c.subject), *_IN_DOMAIN)
)
_SUBJECTS: Final = Statement(
    select(objects.c.subject)
    .join(journal, journal.c.object == objects.c.id)
    .join(outcomes, _PLACED)
    .join(chains, chains.c.id == outcomes.c.chain)
    .where(*named(outcomes.c.tenant, outcomes.c.code), *_IN_DOMAIN)
    .distinct()
    .order_by(objects.c.subject)
)
_WRITTEN: Final = Statement(
    select(self_written.c.key).where(*named(self_written.c.tenant, self_written.c.key))
)
_WRITE: Final = Statement(
    insert(self_written).values(tenant=bindparam("tenant"), key=bindparam("key"))
)


class Outcomes(Seals):
    """The outcomes' part of a store."""

    def __init__(self, *scope: Any) -> None:
        super().__init__(*scope)
        self.amiss: dict[str, str] = {}
        """codes that this transaction set for events that did not simply apply, by head"""

    def set_outcomes(self, judged: Iterable[tuple[Event, str]]) -> None:
        """Say how events held ended: "" applied, "void", "waiting", else a quarantine's code.

        Events of which nothing is said count as applied: say only what is, or was, otherwise.
        """
        touched: dict[ChainId, ChainRow] = {}
        for event, code in judged:
            self.amiss[event.head] = code
            row = touched[event.chain] = self._make_chain(event.chain)
            place = {"chain": row.id, "seq": event.header.seq}
            found = self._one(_CODE, **place)
            was = found[0] if found is not None else APPLIED
            if was == code:
                continue
            _count(row, was, -1)
            _count(row, code, 1)
            if code == APPLIED:
                self._run(_DROP, **place)
            else:
                self._run(_PUT, **place, head=event.head, code=code)
        for row in touched.values():
            self._run(_COUNTED, id=row.id, to_parked=row.parked, to_quarantined=row.quarantined)

    def outcomes_of(self, subject: str) -> dict[str, str]:
        """The codes of those events about one object that did not simply apply, by head."""
        return {row[0]: row[1] for row in self._all(_OF, subject=subject)}

    def subjects_with(self, code: str) -> list[str]:
        """The objects with an event that ended so: judged anew when its reason may be gone."""
        return [row[0] for row in self._all(_SUBJECTS, code=code)]

    def counts(self, chain: ChainId) -> Counts:
        """How the chain's events ended."""
        row = self._chain(chain)
        if row is None:
            return Counts()
        applied = row.tip.seq - row.parked - row.quarantined
        return Counts(applied=applied, parked=row.parked, quarantined=row.quarantined)

    def quarantined(self, origin: str) -> list[tuple[str, str]]:
        """(head, code) of at most 16 quarantined events of an origin, the latest first."""
        return [(row[0], row[1]) for row in self._all(_QUARANTINED, origin=origin)]

    def claim(self, key: str) -> bool:
        """Whether this is the first time that the node writes, by itself, what `key` stands for."""
        if self._one(_WRITTEN, key=key) is not None:
            return False
        self._run(_WRITE, key=key)
        return True


def _count(row: ChainRow, code: str, by: int) -> None:
    if code == WAITING:
        row.parked += by
    elif code not in (APPLIED, VOID):
        row.quarantined += by
