"""Chains and their events: appended once, given back byte for byte.

Decides where an event is kept; checks only that a run goes on where its chain ends. Never judges an
event. Follows docs/spec/02-events.md; a payload goes when its erasure is applied, a header never.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import msgspec
from sqlalchemy import bindparam, insert, null, select, update

from node.storage.objects import Objects
from node.storage.scope import Row, Statement, adding, named
from node.storage.tables import chains, erasures, journal, objects, outcomes
from schemas.header import NO_HEAD, Header
from schemas.strict import dump
from sync.event import ChainId, Event, Tip
from sync.writing import START

_header = msgspec.json.Decoder(Header).decode
FIELDS: Final = (journal.c.head, journal.c.header, journal.c.payload)

_FIND: Final = Statement(
    select(
        *(chains.c.id, chains.c.seq, chains.c.head),
        *(chains.c.frozen.is_not(None), chains.c.parked, chains.c.quarantined),
    ).where(*named(*(chains.c[one] for one in ("tenant", "domain", "origin", "epoch", "stream"))))
)
_CHAIN: Final = Statement(
    insert(chains)
    .values(
        **{one: bindparam(one) for one in ("tenant", "domain", "origin", "epoch", "stream")},
        seq=0,
        head=NO_HEAD,
        parked=0,
        quarantined=0,
    )
    .returning(chains.c.id)
)
_GROWN: Final = Statement(
    update(chains)
    .where(*named(chains.c.id))
    .values(seq=bindparam("to_seq"), head=bindparam("to_head"))
)
_FREEZE: Final = Statement(
    update(chains)
    .where(*named(chains.c.id), chains.c.frozen.is_(None))
    .values(frozen=bindparam("proof"))
)
_PROOF: Final = Statement(select(chains.c.frozen).where(*named(chains.c.id)))
_LIST: Final = (
    select(chains.c.origin, chains.c.epoch, chains.c.stream, chains.c.seq, chains.c.head)
    .where(*named(chains.c.tenant, chains.c.domain), chains.c.stream != "own", chains.c.seq > 0)
    .order_by(chains.c.origin, chains.c.epoch, chains.c.stream)
)
_CHAINS: Final = Statement(_LIST)
_CHAINS_OF: Final = Statement(_LIST.where(*named(chains.c.origin)))
_APPEND: Final = Statement(
    adding(
        journal,
        *("tenant", "chain", "seq", "head", "type", "object", "time", "header", "payload"),
    )
)
_HEAD_AT: Final = Statement(select(journal.c.head).where(*named(journal.c.chain, journal.c.seq)))
_EVENTS: Final = Statement(
    select(*FIELDS)
    .where(
        *named(journal.c.chain),
        journal.c.seq >= bindparam("first"),
        journal.c.seq <= bindparam("last"),
    )
    .order_by(journal.c.seq)
)
_TOLD: Final = Statement(
    select(*FIELDS)
    .where(
        *named(journal.c.chain),
        journal.c.seq >= bindparam("first"),
        journal.c.seq <= bindparam("last"),
        journal.c.time < bindparam("time"),
    )
    .order_by(journal.c.seq)
)
_ABOUT: Final = (
    select(*FIELDS)
    .join(chains, chains.c.id == journal.c.chain)
    .join(objects, objects.c.id == journal.c.object)
    .where(*named(objects.c.tenant, objects.c.subject), chains.c.domain == bindparam("domain"))
    .order_by(journal.c.pos)
)
_EVENTS_OF: Final = Statement(_ABOUT)
_COUNTING: Final = Statement(
    _ABOUT.outerjoin(
        outcomes, (outcomes.c.chain == journal.c.chain) & (outcomes.c.seq == journal.c.seq)
    ).where(outcomes.c.code.is_(None))
)
_ADMITTED: Final = Statement(
    select(chains.c.origin, chains.c.epoch, chains.c.stream, journal.c.seq)
    .join(chains, chains.c.id == journal.c.chain)
    .join(objects, objects.c.id == journal.c.object)
    .outerjoin(outcomes, (outcomes.c.chain == journal.c.chain) & (outcomes.c.seq == journal.c.seq))
    .where(
        *named(objects.c.tenant, objects.c.subject, journal.c.type),
        chains.c.domain == bindparam("domain"),
        outcomes.c.code.is_(None),
    )
    .order_by(journal.c.pos)
    .limit(1)
)
_SINCE: Final = Statement(
    select(journal.c.pos, *FIELDS)
    .join(chains, chains.c.id == journal.c.chain)
    .where(
        *named(journal.c.tenant),
        chains.c.domain == bindparam("domain"),
        journal.c.pos > bindparam("after"),
    )
    .order_by(journal.c.pos)
    .limit(bindparam("most"))
)
_ERASE: Final = Statement(
    update(journal)
    .where(*named(journal.c.chain, journal.c.seq, journal.c.head))
    .values(payload=null())
)
_ERASED: Final = Statement(
    select(erasures.c.head).where(*named(erasures.c.tenant, erasures.c.domain, erasures.c.head))
)
_ERASING: Final = Statement(
    select(erasures.c.head).where(*named(erasures.c.tenant, erasures.c.domain)).limit(1)
)
_ERASURE: Final = Statement(adding(erasures, "tenant", "domain", "head"))


class ChainRow:
    """A chain as this transaction knows it."""

    __slots__ = ("frozen", "id", "parked", "quarantined", "tip")

    def __init__(self, row: Row) -> None:
        self.id: int = row[0]
        self.tip = Tip(row[1], row[2])
        self.frozen = bool(row[3])
        self.parked: int = row[4]
        self.quarantined: int = row[5]


def event_of(row: Row) -> Event:
    """The event in the fields (head, header, payload)."""
    head, header, payload = row
    return Event(head, _header(header), header, payload)


class Journal(Objects):
    """The journal's part of a store."""

    def __init__(self, *scope: Any) -> None:
        super().__init__(*scope)
        self._chains: dict[ChainId, ChainRow] = {}
        self._erasing: bool | None = None

    def _chain(self, chain: ChainId) -> ChainRow | None:
        row = self._chains.get(chain)
        if row is None:
            domain, origin, epoch, stream = chain
            place = {"domain": domain, "origin": origin, "epoch": epoch, "stream": stream}
            found = self._one(_FIND, **place)
            if found is None:
                return None
            row = self._chains[chain] = ChainRow(found)
        return row

    def _make_chain(self, chain: ChainId) -> ChainRow:
        row = self._chain(chain)
        if row is None:
            domain, origin, epoch, stream = chain
            if domain != self.domain:
                raise ValueError(f"a chain of {domain} in the store of {self.domain}")
            made = self._one(_CHAIN, origin=origin, epoch=epoch, stream=stream)
            row = self._chains[chain] = ChainRow((*(made or ()), *START, False, 0, 0))
        return row

    def tip(self, chain: ChainId) -> Tip:
        """The last event held of a chain, START when none is."""
        row = self._chain(chain)
        return row.tip if row is not None else START

    def head_at(self, chain: ChainId, seq: int) -> str | None:
        """The head held at `seq`, None when none is."""
        row = self._chain(chain)
        found = self._one(_HEAD_AT, chain=row.id, seq=seq) if row is not None else None
        return found[0] if found is not None else None

    def frozen(self, chain: ChainId) -> bool:
        """Whether a fork froze the chain."""
        row = self._chain(chain)
        return row is not None and row.frozen

    def freeze(self, chain: ChainId, held: bytes, shown: bytes) -> None:
        """Freeze the chain and keep both seals; what froze it first stays the proof."""
        row = self._make_chain(chain)
        row.frozen = True
        kept = dump({"held": held.decode(), "shown": shown.decode()}).decode()
        self._run(_FREEZE, id=row.id, proof=kept)

    def fork(self, chain: ChainId) -> tuple[bytes, bytes] | None:
        """The two seals that froze the chain, None when it isn't frozen."""
        row = self._chain(chain)
        found = self._one(_PROOF, id=row.id) if row is not None else None
        if found is None or found[0] is None:
            return None
        kept = msgspec.json.decode(found[0])
        return kept["held"].encode(), kept["shown"].encode()

    def append(self, events: Sequence[Event]) -> None:
        """Take consecutive events of one chain behind its tip. ValueError if they are not."""
        chain = events[0].chain
        row = self._make_chain(chain)
        seq, head = row.tip
        place: dict[str, int] = self.numbers({event.header.subject for event in events})
        gone = self._gone(events)
        rows = []
        for event in events:
            header = event.header
            payload = None if event.head in gone else event.payload_line
            if header.seq != seq + 1 or header.prev != head or event.chain != chain:
                raise ValueError(f"{header.id} doesn't follow {seq} of its chain")
            seq, head = header.seq, event.head
            rows.append(
                (
                    *(self.tenant, row.id, seq, head, header.type, place[header.subject]),
                    *(header.time, event.header_line, payload),
                )
            )
        self._many(_APPEND, rows)
        self._run(_GROWN, id=row.id, to_seq=seq, to_head=head)
        row.tip = Tip(seq, head)

    def events(self, chain: ChainId, first: int, last: int) -> list[Event]:
        """The events held from `first` to `last`, in order; erased ones without payload."""
        row = self._chain(chain)
        if row is None:
            return []
        return [event_of(one) for one in self._all(_EVENTS, chain=row.id, first=first, last=last)]

    def told_before(
        self, chain: ChainId, first: int, last: int, types: Sequence[str], time: str
    ) -> list[Event]:
        """Events `first` to `last` of a chain, of these types, stated before the instant `time`."""
        row = self._chain(chain)
        if row is None or first > last:
            return []
        found = self._all(_TOLD, chain=row.id, first=first, last=last, time=time)
        return [one for one in map(event_of, found) if one.header.type in types]

    def events_of(self, subject: str, counting: bool = False) -> list[Event]:
        """All events held about one object, in the order in which they were taken.

        `counting`: only those that were plainly applied.
        """
        asked = _COUNTING if counting else _EVENTS_OF
        return [event_of(one) for one in self._all(asked, subject=subject)]

    def since(self, after: int, most: int) -> list[tuple[int, Event]]:
        """At most `most` events taken after position `after`, each with its own position."""
        found = self._all(_SINCE, after=after, most=most)
        return [(row[0], event_of(row[1:])) for row in found]

    def chains(self) -> list[tuple[ChainId, Tip]]:
        """All chains held in this domain but `own`, in a fixed order."""
        return self._listed(self._all(_CHAINS))

    def chains_of(self, origin: str) -> list[tuple[ChainId, Tip]]:
        """The chains held of one origin, but its `own`."""
        return self._listed(self._all(_CHAINS_OF, origin=origin))

    def _listed(self, rows: list[Row]) -> list[tuple[ChainId, Tip]]:
        return [((self.domain, *row[:3]), Tip(row[3], row[4])) for row in rows]

    def erase(self, chain: ChainId, seq: int, head: str) -> None:
        """Drop the payload that an applied `erased` event names, now or when it comes."""
        if self._one(_ERASED, head=head) is None:
            self._run(_ERASURE, head=head)
            self._erasing = True
        row = self._chain(chain)
        if row is not None:
            self._run(_ERASE, chain=row.id, seq=seq, head=head)

    def erased(self, chain: ChainId, seq: int, head: str) -> bool:
        """Whether an applied `erased` event names this payload."""
        return self._one(_ERASED, head=head) is not None

    def _gone(self, events: Sequence[Event]) -> set[str]:
        """Which of the events were erased before they came."""
        if self._erasing is None:
            self._erasing = self._one(_ERASING) is not None
        return (
            {one.head for one in events if self.erased(one.chain, 0, one.head)}
            if (self._erasing)
            else set()
        )

    def admission(self, node: str) -> tuple[ChainId, int] | None:
        """Where the first applied `admitted` of `node` stands; None when none is held."""
        found = self._one(_ADMITTED, subject=f"member:{node}", type="duban.member.admitted")
        return ((self.domain, *found[:3]), found[3]) if found is not None else None
