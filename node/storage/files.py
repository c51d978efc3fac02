"""Attachments as they are kept: what events name, how it stands with each side, bytes in chunks.

Decides nothing. Bytes are kept per tenant, once for all domains and sides; one tenant's are never
given to another, whatever hash it knows. Follows docs/spec/11-attachments.md.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from sqlalchemy import Connection, bindparam, delete, exists, func, select, update

from node.storage.hosts import find_setting
from node.storage.journal import Journal
from node.storage.scope import Row, Statement, adding, named, putting
from node.storage.tables import attachment_names as names
from node.storage.tables import attachment_sources as sources
from node.storage.tables import blob_chunks, blobs, chains, journal, objects, tenants
from sync.ports import Blob, FilePolicy, Named, Source

MOST, QUOTA, CARRY = "attachments.most", "attachments.quota", "attachments.carry"
_SOURCE: Final = tuple(column for column in sources.c if column.name not in ("tenant", "domain"))
_PUT_NAME: Final = putting(
    names, *("tenant", "domain", "sha256", "chain", "seq", "size", "name", "type")
)
_NAMES: Final = (
    select(
        *(names.c.sha256, names.c.size, names.c.name, names.c.type),
        *(chains.c.origin, chains.c.epoch, chains.c.stream, names.c.seq, objects.c.subject),
    )
    .join(chains, chains.c.id == names.c.chain)
    .join(journal, (journal.c.chain == names.c.chain) & (journal.c.seq == names.c.seq))
    .join(objects, objects.c.id == journal.c.object)
    .where(*named(names.c.tenant, names.c.domain), journal.c.payload.is_not(None))
    .order_by(journal.c.pos, names.c.sha256)
)
_NAMES_OF: Final = Statement(_NAMES.where(*named(names.c.sha256)))
_ABOUT: Final = Statement(_NAMES.where(*named(objects.c.subject)))
_MINE: Final = select(*_SOURCE).where(*named(sources.c.tenant, sources.c.domain))
_SOURCES: Final = Statement(_MINE.where(*named(sources.c.sha256)).order_by(sources.c.source))
_ONE: Final = Statement(_MINE.where(*named(sources.c.sha256, sources.c.source)))
_FROM: Final = Statement(
    _MINE.where(*named(sources.c.source, sources.c.state))
    .order_by(sources.c.since, sources.c.sha256)
    .limit(bindparam("most"))
)
_PUT: Final = putting(sources, *(column.name for column in sources.c))
_BLOB: Final = tuple(named(blobs.c.tenant, blobs.c.sha256, blobs.c.source))
_FIND: Final = Statement(
    select(blobs.c.id, blobs.c.size, blobs.c.received, blobs.c.type).where(*_BLOB)
)
_STAGE: Final = Statement(adding(blobs, "tenant", "sha256", "source", "size", "received", "type"))
_GROWN: Final = Statement(
    update(blobs).where(*named(blobs.c.id)).values(received=bindparam("to_received"))
)
_KEPT: Final = Statement(
    update(blobs).where(*named(blobs.c.id)).values(source="", type=bindparam("to_type"))
)
_CHUNK: Final = Statement(adding(blob_chunks, "blob", "n", "data"))
_READ: Final = Statement(
    select(blob_chunks.c.data).where(*named(blob_chunks.c.blob, blob_chunks.c.n))
)
_DROP_CHUNKS: Final = Statement(delete(blob_chunks).where(*named(blob_chunks.c.blob)))
_DROP: Final = Statement(delete(blobs).where(*named(blobs.c.id)))
_STORED: Final = Statement(select(func.sum(blobs.c.size)).where(*named(blobs.c.tenant)))
_AWAITED: Final = Statement(
    select(func.sum(sources.c.size))
    .outerjoin(
        blobs,
        (blobs.c.tenant == sources.c.tenant)
        & (blobs.c.sha256 == sources.c.sha256)
        & (blobs.c.source == sources.c.source),
    )
    .where(*named(sources.c.tenant), sources.c.state == "wanted", blobs.c.id.is_(None))
)
_USERS: Final = Statement(
    select(func.count())
    .select_from(sources)
    .where(*named(sources.c.tenant, sources.c.sha256), sources.c.state == "held")
)
_NAMERS: Final = Statement(
    select(func.count())
    .select_from(
        names.join(chains, chains.c.id == names.c.chain).join(
            journal, (journal.c.chain == names.c.chain) & (journal.c.seq == names.c.seq)
        )
    )
    .where(*named(names.c.tenant, names.c.sha256), journal.c.payload.is_not(None))
)
_UNNAMED: Final = (
    sources.c.source.startswith("user:"),
    sources.c.since < bindparam("before"),
    ~exists().where(names.c.tenant == sources.c.tenant, names.c.sha256 == sources.c.sha256),
)
_LEFT: Final = Statement(
    _MINE.where(*_UNNAMED).order_by(sources.c.since, sources.c.sha256).limit(bindparam("most"))
)
_LEFT_AT: Final = (
    select(tenants.c.node, sources.c.domain)
    .join(tenants, tenants.c.id == sources.c.tenant)
    .where(*_UNNAMED)
    .distinct()
)
_KEPT_ALL: Final = (
    select(blobs.c.id, blobs.c.sha256, blobs.c.size, blobs.c.received)
    .where(*named(blobs.c.tenant), blobs.c.source == "")
    .order_by(blobs.c.id)
)
_CHUNKS: Final = (
    select(blob_chunks.c.data).where(*named(blob_chunks.c.blob)).order_by(blob_chunks.c.n)
)
_FORGET: Final = Statement(
    delete(sources).where(
        *named(sources.c.tenant, sources.c.domain, sources.c.sha256, sources.c.source)
    )
)


def with_left_uploads(connection: Connection, before: str) -> list[tuple[str, str]]:
    """(node, domain) of those where an upload of before a wire instant is named by no event."""
    return [(row[0], row[1]) for row in connection.execute(_LEFT_AT, {"before": before})]


def kept_bytes(
    connection: Connection, tenant: int
) -> Iterator[tuple[str, int, int, Iterator[bytes]]]:
    """What a tenant keeps, as it lies there: hash, size, number of chunks, and the chunks."""
    for id, hash, size, received in connection.execute(_KEPT_ALL, {"tenant": tenant}).all():
        rows = connection.execute(_CHUNKS, {"blob": id})
        yield hash, size, received, (bytes(row[0]) for row in rows)


class Files(Journal):
    """The attachments' part of a store."""

    def __init__(self, *scope: Any) -> None:
        super().__init__(*scope)
        self._fresh: list[Named] = []

    def file_policy(self) -> FilePolicy:
        """What this node takes, as set, or as a node takes that nobody told otherwise."""
        given = FilePolicy()
        found = {
            short: find_setting(self.connection, name, self.tenant)
            for short, name in (("most", MOST), ("quota", QUOTA), ("carry", CARRY))
        }
        return FilePolicy(
            int(found["most"] or given.most),
            int(found["quota"] or given.quota),
            int(found["carry"] or given.carry),
        )

    def put_names(self, came: Sequence[Named]) -> None:
        """Remember what events held here name."""
        for one in came:
            chain = self._make_chain(one.chain).id
            place = {"sha256": one.sha256, "chain": chain, "seq": one.seq}
            self._run(_PUT_NAME, **place, size=one.size, name=one.name, type=one.type)
        self._fresh.extend(came)

    def fresh_names(self) -> list[Named]:
        """What `put_names` was given in this transaction since the last call."""
        found, self._fresh = self._fresh, []
        return found

    def names(self, hash: str) -> list[Named]:
        """By which events it is named, those erased left out."""
        return [self._named(row) for row in self._all(_NAMES_OF, sha256=hash)]

    def names_about(self, subject: str) -> list[Named]:
        """What the events about one object name."""
        return [self._named(row) for row in self._all(_ABOUT, subject=subject)]

    def _named(self, row: Row) -> Named:
        hash, size, name, kind, origin, epoch, stream, seq, subject = row
        chain = (self.domain, origin, epoch, stream)
        return Named(hash, size, name, kind, chain, seq, subject)

    def source(self, hash: str, source: str) -> Source | None:
        """How it stands with it from one side."""
        found = self._one(_ONE, sha256=hash, source=source)
        return Source(*found) if found is not None else None

    def sources(self, hash: str) -> list[Source]:
        """How it stands with it from every side."""
        return [Source(*row) for row in self._all(_SOURCES, sha256=hash)]

    def wanted(self, source: str, most: int) -> list[Source]:
        """What is wanted from one side, the oldest first."""
        return self.sources_from(source, "wanted", most)

    def sources_from(self, source: str, state: str, most: int) -> list[Source]:
        """What is in one state from one side, the oldest first."""
        rows = self._all(_FROM, source=source, state=state, most=most)
        return [Source(*row) for row in rows]

    def put_source(self, source: Source) -> None:
        """Keep how it stands."""
        self._run(_PUT, **{name: getattr(source, name) for name in Source.__struct_fields__})

    def forget_source(self, hash: str, source: str) -> None:
        """Forget how it stood with it from one side."""
        self._run(_FORGET, sha256=hash, source=source)

    def blob(self, hash: str, source: str = "") -> Blob | None:
        """What is verified and kept of it; with `source`, what of it has come from there."""
        found = self._one(_FIND, sha256=hash, source=source)
        return Blob(*found[1:]) if found is not None else None

    def put_chunk(self, hash: str, source: str, size: int, n: int, data: bytes) -> None:
        """Stage the next chunk from one side. ValueError when it is not its turn."""
        found = self._one(_FIND, sha256=hash, source=source)
        if found is None:
            self._run(_STAGE, sha256=hash, source=source, size=size, received=0, type="")
            found = self._one(_FIND, sha256=hash, source=source)
        if found is None or found[2] != n:
            raise ValueError(f"chunk {n} is not the next one of {hash}")
        self._run(_CHUNK, blob=found[0], n=n, data=data)
        self._run(_GROWN, id=found[0], to_received=n + 1)

    def chunk(self, hash: str, n: int, source: str = "") -> bytes | None:
        """One chunk of what is kept; with `source`, of what is staged."""
        found = self._one(_FIND, sha256=hash, source=source)
        row = self._one(_READ, blob=found[0], n=n) if found is not None else None
        return bytes(row[0]) if row is not None else None

    def keep(self, hash: str, source: str, type: str) -> None:
        """What is staged is whole and verified: keep it, once for all sides."""
        staged = self._one(_FIND, sha256=hash, source=source)
        if self._one(_FIND, sha256=hash, source="") is not None:
            self.drop(hash, source)
        elif staged is not None:
            self._run(_KEPT, id=staged[0], to_type=type)

    def drop(self, hash: str, source: str = "") -> None:
        """Drop what is staged; without `source`, what is kept."""
        found = self._one(_FIND, sha256=hash, source=source)
        if found is not None:
            self._run(_DROP_CHUNKS, blob=found[0])
            self._run(_DROP, id=found[0])

    def used(self, hash: str) -> bool:
        """Whether any domain of this node holds it or an event held in one names it."""
        counts = (self._one(_USERS, sha256=hash), self._one(_NAMERS, sha256=hash))
        return any(row is not None and row[0] for row in counts)

    def left(self, before: str, most: int) -> list[Source]:
        """Users' uploads begun or finished before a wire instant and named by no event."""
        return [Source(*row) for row in self._all(_LEFT, before=before, most=most)]

    def stored(self) -> int:
        """Bytes kept and staged for this node in all domains, those still to come included."""
        rows = (self._one(_STORED), self._one(_AWAITED))
        return sum(int(row[0] or 0) for row in rows if row is not None)
