"""Ours and the rivals in turn, in one run: three hops live, four durable stores each.

Each sends the same number of rows of the size that a registration of ours has on the wire, 500 at a
time, and stops when the last store holds all. `catching_up`: a backlog over the same three hops,
ours beside JetStream's servers, whose upper streams are made when the lowest is full.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping
from typing import Any, Final

from bench import catching_up as ours_catching_up
from bench import live
from bench.figure import Figure, median
from bench.rivals.table import BODY, RIVALS, absent, compared, ways
from deploy.demo.client import BATCH, await_true

LEAST: Final = {"postgresql": 0.65, "jetstream": 1.5}
SERVER_TO_SERVER: Final = ("jetstream", "jetstream-always")
LEAST_CATCHING_UP: Final = 0.5


def once(name: str, events: int) -> float:
    """Events a second of a rival: from the first row sent until the last store has all."""
    with RIVALS[name].make() as chain:
        chain.send(BODY, 1, 1)
        await_true(lambda: chain.arrived() == 1, "the first row", most=0.05)
        begun = time.perf_counter()
        chain.send(BODY, events, BATCH)
        await_true(lambda: chain.arrived() == events + 1, "all rows", 300.0, most=0.02)
        return events / (time.perf_counter() - begun)


def behind(name: str, events: int) -> float:
    """Events a second of a rival whose upper stores come when the lowest is full."""
    with RIVALS[name].make(apart=True) as chain:
        chain.send(BODY, events, BATCH)
        begun = time.perf_counter()
        chain.join()
        await_true(lambda: chain.arrived() == events, "all rows", 600.0, most=0.02)
        return events / (time.perf_counter() - begun)


def interleaved(
    runs: int, ours: Callable[[], float], rival: Callable[[str], float], names: list[str]
) -> dict[str, list[float]]:
    """Rates of ours and of each rival, in turn."""
    rates = dict[str, list[float]](ours=[])
    for number in range(runs):
        sys.stderr.write(f"run {number + 1} of {runs}\n")
        rates["ours"].append(ours())
        for name in names:
            rates.setdefault(name, []).append(rival(name))
    return rates


def figure(
    name: str,
    rates: dict[str, list[float]],
    least: Mapping[str, float],
    bar: str,
    detail: Mapping[str, Any],
    beside: tuple[str, ...] = tuple(RIVALS),
) -> Figure:
    """What interleaved runs came to: reached when ours is at least `least` times each named."""
    medians = {each: median(found) for each, found in rates.items()}
    ratios = compared(medians)
    first = next(iter(least))
    return Figure(
        name=name,
        value=medians["ours"],
        unit="events/s",
        ratio=ratios.get(first),
        against=RIVALS[first].make().name,
        runs=rates["ours"],
        bar=bar,
        reached=all(ratios.get(each, 0.0) >= one for each, one in least.items()),
        detail=dict(detail)
        | {
            "events/s": medians,
            "ours is": {each: f"{ratio:.2f} x" for each, ratio in ratios.items()},
            "absent": absent(beside),
            "ways": ways(beside),
        },
    )


def measure(given: Mapping[str, str]) -> Figure:
    """Medians of interleaved runs; the ratio that counts is to PostgreSQL."""
    events, runs = int(given.get("events", 20_000)), int(given.get("runs", 5))
    here = [name for name in RIVALS if name not in absent()]
    rates = interleaved(
        runs, lambda: events / live.once(events), lambda name: once(name, events), here
    )
    bar = "0.65 x PostgreSQL and 1.5 x JetStream (default sync)"
    return figure("rivals", rates, LEAST, bar, {"events": events})


def catching_up(given: Mapping[str, str]) -> Figure:
    """Medians of interleaved runs of a backlog; the ratio is to JetStream's default sync."""
    events, runs = int(given.get("events", 100_000)), int(given.get("runs", 5))
    here = [name for name in SERVER_TO_SERVER if name not in absent(SERVER_TO_SERVER)]
    rates = interleaved(
        runs, lambda: ours_catching_up.once(events), lambda name: behind(name, events), here
    )
    bar, least = "0.5 x JetStream server to server", {"jetstream": LEAST_CATCHING_UP}
    return figure("catch-up-rivals", rates, least, bar, {"events": events}, SERVER_TO_SERVER)
