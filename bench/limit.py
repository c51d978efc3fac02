"""The limit of one process without a network: what no node can be faster than, on this machine.

Per event: hash both lines, follow the chain, read header and payload in one typed pass, keep the
event as a row of a journal and a matter as a row of a read model; per 256 events: verify a seal and
make all of it durable in one commit (SQLite, WAL, synchronous=FULL). No authority, no fold, no
routes, no receipts, no search: plain code that uses the product's keys and encodings only.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import msgspec

from federation.keys import SigningKey
from sync.event import Event

BATCH: Final = 256
PRAGMAS: Final = ("page_size = 8192", "journal_mode = WAL", "synchronous = FULL")
TABLES: Final = (
    "CREATE TABLE events (chain INTEGER, seq INTEGER, head TEXT, header BLOB, payload BLOB,"
    " PRIMARY KEY (chain, seq)) WITHOUT ROWID",
    "CREATE TABLE matters (id TEXT PRIMARY KEY, no TEXT, title TEXT, board TEXT, grade TEXT,"
    " origin TEXT, at TEXT, row BLOB) WITHOUT ROWID",
)
JOURNAL: Final = "INSERT INTO events VALUES (1, ?, ?, ?, ?)"
MODEL: Final = "INSERT OR REPLACE INTO matters VALUES (?, ?, ?, ?, ?, ?, ?, ?)"


class Head(msgspec.Struct):
    """What is read of a header."""

    source: str
    subject: str
    time: str
    seq: int
    prev: str
    datahash: str


class Matter(msgspec.Struct):
    """What is read of a registration."""

    no: str
    title: str
    board: str
    grade: str


class Payload(msgspec.Struct):
    """A payload line."""

    data: Matter


_head: Final = msgspec.json.Decoder(Head).decode
_payload: Final = msgspec.json.Decoder(Payload).decode


def rate(events: Sequence[Event], folder: Path) -> tuple[float, float]:
    """Events a second, and seconds of CPU per event. `events`: one chain's, consecutive."""
    key = SigningKey.from_seed(b"l" * 32)
    lines = [(one.header_line, one.payload_line or b"") for one in events]
    batches = [lines[at : at + BATCH] for at in range(0, len(lines), BATCH)]
    heads = [sha256(batch[-1][0]).digest() for batch in batches]
    seals = [key.sign(head) for head in heads]
    base = sqlite3.connect(folder / "limit.db", isolation_level=None)
    for statement in (*(f"PRAGMA {one}" for one in PRAGMAS), *TABLES):
        base.execute(statement)
    prev, begun, spent = events[0].header.prev, time.perf_counter(), time.process_time()
    for batch, head, seal in zip(batches, heads, seals, strict=True):
        key.public.verify(seal, head)
        prev = _take(base, batch, prev)
    took, used = time.perf_counter() - begun, time.process_time() - spent
    base.close()
    return len(lines) / took, used / len(lines)


def _take(base: sqlite3.Connection, batch: Sequence[tuple[bytes, bytes]], prev: str) -> str:
    """One commit's worth; the last head. ValueError where the chain does not hold."""
    journal, model = list[tuple[Any, ...]](), list[tuple[Any, ...]]()
    for header_line, payload_line in batch:
        header, data = _head(header_line), _payload(payload_line).data
        if header.prev != prev or sha256(payload_line).hexdigest() != header.datahash:
            raise ValueError(f"seq {header.seq} does not follow")
        prev = sha256(header_line).hexdigest()
        journal.append((header.seq, prev, header_line, payload_line))
        row = header.subject, data.no, data.title, data.board, data.grade
        model.append((*row, header.source, header.time, payload_line))
    base.execute("BEGIN IMMEDIATE")
    base.executemany(JOURNAL, journal)
    base.executemany(MODEL, model)
    base.execute("COMMIT")
    return prev
