"""Ours and the rivals in turn, in one run: three hops live, four durable stores each.

Each sends the same number of rows of the size that a registration of ours has on the wire, 500 at a
time, and stops when the last store holds all. A rival that can't run is named with the reason.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final

from bench import live
from bench.figure import Figure, median
from bench.rivals import jetstream, postgres, redis
from deploy.demo.client import BATCH, await_true

SIZE: Final = 986  # bytes: header and payload line of a registration (bench/three_hops.py, FORM)
RIVALS: Final[Mapping[str, tuple[Callable[[], Any], Callable[[], str]]]] = {
    "postgresql": (postgres.Chain, postgres.missing),
    "jetstream": (partial(jetstream.Chain, always=False), partial(jetstream.missing, False)),
    "jetstream-always": (
        partial(jetstream.Chain, always=True),
        partial(jetstream.missing, True),
    ),
    "redis": (redis.Chain, redis.missing),
}
LEAST: Final = {"postgresql": 0.65, "jetstream": 1.5}


def once(rival: Callable[[], Any], events: int) -> float:
    """Events a second of a rival: from the first row sent until the last store has all."""
    body = bytes(range(256)) * (SIZE // 256) + bytes(SIZE % 256)
    with rival() as chain:
        chain.send(body, 1, 1)
        await_true(lambda: chain.arrived() == 1, "the first row", most=0.05)
        begun = time.perf_counter()
        chain.send(body, events, BATCH)
        await_true(lambda: chain.arrived() == events + 1, "all rows", 300.0, most=0.02)
        return events / (time.perf_counter() - begun)


def measure(given: Mapping[str, str]) -> Figure:
    """Medians of interleaved runs; the ratio that counts is to PostgreSQL."""
    events, runs = int(given.get("events", 20_000)), int(given.get("runs", 5))
    absent = {name: why for name, (_, missing) in RIVALS.items() if (why := missing())}
    rates = dict[str, list[float]](ours=[])
    for number in range(runs):
        sys.stderr.write(f"run {number + 1} of {runs}\n")
        rates["ours"].append(events / live.once(events))
        for name, (rival, _) in RIVALS.items():
            if name not in absent:
                rates.setdefault(name, []).append(once(rival, events))
    ours = median(rates["ours"])
    ratios = {name: ours / median(found) for name, found in rates.items() if name != "ours"}
    reached = all(ratios.get(name, 0.0) >= least for name, least in LEAST.items())
    return Figure(
        name="rivals",
        value=ours,
        unit="events/s",
        ratio=ratios.get("postgresql"),
        against=postgres.Chain.name,
        runs=rates["ours"],
        bar="0.65 x PostgreSQL and 1.5 x JetStream (default sync)",
        reached=reached,
        detail={
            "events": events,
            "events/s": {name: median(found) for name, found in rates.items()},
            "ours is": {name: f"{ratio:.2f} x" for name, ratio in ratios.items()},
            "absent": absent,
        },
    )
