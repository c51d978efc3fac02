"""The province on PostgreSQL: its hop, and one report's exchange, beside the same on SQLite.

One line of four hosts in one process without network, once with a file at the province and once
with a server of its own (fsync and synchronous_commit on, rules about rows in force, a plain user);
in turn, in one run. Two figures each: events a second that the province takes of a backlog, and the
milliseconds of an exchange that carries one event. A server that can't run here is named.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from bench.figure import Figure, median
from bench.line import LEVELS, Line
from bench.rivals.postgres import SETTINGS as DURABLE
from bench.three_hops import FORM
from tests.support.postgres import PostgresServer, PostgresUnavailableError

SETTINGS: Final = DURABLE | {"wal_level": "replica", "autovacuum": "on"}
LEAST: Final = 0.5
"""of what the same hop gives on SQLite"""
SINGLES: Final = 31
ENGINES: Final = ("sqlite", "postgresql")
Found = dict[str, float]


def once(events: int, database: str | None) -> Found:
    """What the province's hop gives. `database`: its address; None: a file."""
    root, city = LEVELS[0], LEVELS[1]
    with tempfile.TemporaryDirectory() as folder:
        line = Line(Path(folder), {root: database} if database else None)
        try:
            line.write(FORM, events)
            for level in reversed(LEVELS[2:]):
                line.climb(level)
            begun = time.perf_counter()
            line.climb(city)
            hop = time.perf_counter() - begun
            taken = _singles(line)
            if line.events(root) != line.events(LEVELS[-1]):
                raise RuntimeError("not every event arrived at the province")
            return {"events/s": events / hop, "ms an exchange of one event": median(taken)}
        finally:
            line.close()


def _singles(line: Line) -> list[float]:
    """Milliseconds of each exchange of the province that carries one event, both ends."""
    taken = []
    for _ in range(SINGLES):
        line.write(FORM, 1)
        for level in reversed(LEVELS[2:]):
            line.climb(level)
        begun = time.perf_counter()
        line.climb(LEVELS[1])
        taken.append(1000 * (time.perf_counter() - begun))
    return taken


def measure(given: Mapping[str, str]) -> Figure:
    """Medians of interleaved runs; the value is PostgreSQL's, against SQLite's of the same run."""
    events, runs = int(given.get("events", 10_000)), int(given.get("runs", 5))
    found: dict[str, list[Found]] = {engine: [] for engine in ENGINES}
    try:
        with PostgresServer(SETTINGS) as server:
            for number in range(runs):
                found["sqlite"].append(once(events, None))
                name = f"province{number}"
                server.create(name)
                found["postgresql"].append(once(events, server.database_url(name)))
                server.drop(name)
    except PostgresUnavailableError as absent:
        sys.exit(f"bench: PostgreSQL is absent: {absent}")
    return figure(events, found)


def figure(events: int, found: Mapping[str, list[Found]]) -> Figure:
    """What both came to."""
    rates = {engine: [one["events/s"] for one in found[engine]] for engine in ENGINES}
    ratio = median(rates["postgresql"]) / median(rates["sqlite"])
    detail: dict[str, Any] = {"events": events, "the province's settings": dict(SETTINGS)}
    for engine in ENGINES:
        detail[engine] = {
            name: median([one[name] for one in found[engine]]) for name in found[engine][0]
        }
    return Figure(
        name="postgresql",
        value=median(rates["postgresql"]),
        unit="events/s (one hop, the province on PostgreSQL)",
        ratio=ratio,
        against="the same hop on SQLite",
        runs=[round(one) for one in rates["postgresql"]],
        bar=f"at least {LEAST} x SQLite",
        reached=ratio >= LEAST,
        detail=detail,
    )
