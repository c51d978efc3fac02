"""Three hops: a township's events until the province has verified, stored and applied them all.

One process, one core, four SQLite files, no network: events a second over the whole way, and per
hop. The limit that the design must reach (issue of the main job): 5,000 a second for three hops.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from bench.figure import Figure, median
from bench.line import LEVELS, Line
from bench.shares import shares

LEAST = 5000
FORM = {
    "title": "整改某段连续长下坡警示标志缺失",
    "board": "daily",
    "grade": "general",
    "content": "补设标志并复核夜间可视距离",
    "source": "领导批示",
    "basis": "示例批示",
    "weight": "要事",
    "indicators": [{"name": "补设标志", "unit": "块", "target": "12"}],
    "responsible": "张三",
    "head": "李四",
    "contact": {"name": "王五", "phone": "0351-0000000"},
}


def once(events: int) -> dict[str, float]:
    """Seconds for writing and for each hop, all `events` together."""
    with tempfile.TemporaryDirectory() as folder:
        line, took = Line(Path(folder)), dict[str, float]()
        try:
            begun = time.perf_counter()
            line.write(FORM, events)
            took["written"] = time.perf_counter() - begun
            for level in reversed(LEVELS[1:]):
                begun = time.perf_counter()
                line.climb(level)
                took[level] = time.perf_counter() - begun
            written, arrived = line.events("township"), line.events("province")
            if arrived != written or written < events:
                raise RuntimeError(f"{arrived} of {written} events arrived")
        finally:
            line.close()
    return took


def measure(given: Mapping[str, str]) -> Figure:
    """Medians of several runs, as events a second over all three hops."""
    events, runs = int(given.get("events", 10_000)), int(given.get("runs", 5))
    found = [once(events) for _ in range(runs)]
    rates = [events / sum(took[level] for level in LEVELS[1:]) for took in found]
    each = {name: round(median([events / took[name] for took in found])) for name in found[0]}
    return Figure(
        name="three-hops",
        value=median(rates),
        unit="events/s",
        ratio=median(rates) / LEAST,
        against="the limit of 5,000",
        runs=rates,
        bar=f"at least {LEAST}",
        reached=median(rates) >= LEAST,
        detail={"events": events, "events/s of each hop": each},
    )


def profile(events: int = 10_000) -> None:
    """Where the writers' time of one run goes, by part of the product."""
    for part, share in shares(lambda: once(events)):
        sys.stdout.write(f"{share:6.1%}  {part}\n")
