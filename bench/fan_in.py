"""A hundred producers: nodes that each hand their parent a few events per exchange.

`three_hops`: 16 events per exchange over county, city and province, against rivals with a hundred
clients that commit 16 rows each, in turn and in one run. Ours is measured twice in the same tree:
the producers write (gate, number, sign, journal) and send at once, as a rival's clients do: that is
what the bar is held against; and a backlog that was written before, by the same exchanges.
`one_hop`: one event per exchange, as events per second of the receiver's CPU.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from bench.crowd import Crowd
from bench.figure import Figure, median
from bench.line import LEVELS
from bench.rivals.clients import drive
from bench.rivals.run import figure, interleaved
from bench.rivals.table import BODY, RIVALS, absent
from deploy.demo.client import await_true

PRODUCERS: Final = 100
BATCH: Final = 16
HOSTS: Final = 2
"""of the producers: few processes, yet more than one commit at a time"""
LEAST: Final = {"postgresql": 1.0}
LEAST_PER_CPU: Final = 1200
Found = dict[str, Any]


def _timed(crowd: Crowd, events: int, begin: str, *given: Any) -> Found:
    """Let every host of producers `begin`, until the root has `events` more; rate and CPU."""
    before, spent, lowest = crowd.at_top(), crowd.cpu(), crowd.line[-1]
    served, begun = crowd.crew.ask(lowest, "served"), time.perf_counter()
    crowd.feet_do(begin, *given)
    crowd.await_top(before + events)
    took, used = time.perf_counter() - begun, crowd.cpu()
    each = {name: round(1e6 * (used[name] - spent[name]) / events) for name in used}
    calls = (crowd.crew.ask(lowest, "served") - served) / events
    return {"events/s": events / took, "CPU, us per event": each, "exchanges per event": calls}


def _met(crowd: Crowd, batch: int) -> None:
    """Every producer has opened its stream; from now on its bodies carry `batch` events.

    A transaction's events are under one seal, and a body ends at a seal: opening and first matter
    go together, so bodies are narrowed only afterwards.
    """
    crowd.feet_do("start_work")
    crowd.feet_do("write", batch, batch)
    crowd.await_top(PRODUCERS * batch)
    crowd.feet_do("narrow", batch)


def ours(each: int) -> tuple[Found, Found]:
    """Three hops: written meanwhile, and written before. `each`: events of a producer."""
    with tempfile.TemporaryDirectory() as folder, _crowd(folder, LEVELS[:-1]) as crowd:
        _met(crowd, BATCH)
        meanwhile = _timed(crowd, PRODUCERS * each, "write", each, BATCH)
        crowd.feet_do("stop_work")
        crowd.feet_do("write", each, BATCH)
        return meanwhile, _timed(crowd, PRODUCERS * each, "start_work")


def _crowd(folder: str, line: tuple[str, ...]) -> Crowd:
    return Crowd(Path(folder), line, PRODUCERS, HOSTS)


def rival(name: str, each: int) -> float:
    """Events a second of a rival with so many clients, until its last store has all."""
    turns = each // BATCH
    with RIVALS[name].make() as chain:
        chain.send(BODY, 1, 1)
        await_true(lambda: chain.arrived() == 1, "the first row", most=0.05)
        clients = chain.clients(PRODUCERS, BODY, BATCH)
        begun, count = time.perf_counter(), PRODUCERS * turns * BATCH
        drive(clients, turns)
        await_true(lambda: chain.arrived() == count + 1, "all rows", 600.0, most=0.02)
        return count / (time.perf_counter() - begun)


def three_hops(given: Mapping[str, str]) -> Figure:
    """Medians of interleaved runs; `--events` in all, 16 or a multiple per producer."""
    asked, runs = int(given.get("events", 16_000)), int(given.get("runs", 5))
    each = max(1, asked // PRODUCERS // BATCH) * BATCH
    here = [name for name in RIVALS if name not in absent()]
    found = list[tuple[Found, Found]]()

    def run() -> float:
        found.append(ours(each))
        return float(found[-1][0]["events/s"])

    rates = interleaved(runs, run, lambda name: rival(name, each), here)
    before = [one["events/s"] for _, one in found]
    detail = {
        "events": PRODUCERS * each,
        "producers": PRODUCERS,
        "events per exchange": BATCH,
        "exchanges per event at the first hop": round(found[-1][0]["exchanges per event"], 3),
        "ours, written before, events/s": median(before),
        "CPU, us per event, written meanwhile": found[-1][0]["CPU, us per event"],
        "CPU, us per event, written before": found[-1][1]["CPU, us per event"],
    }
    return figure("fan-in", rates, LEAST, "1 x PostgreSQL with 100 clients", detail)


def one_hop(given: Mapping[str, str]) -> Figure:
    """One event per exchange, one hop: events per second of the receiver's CPU."""
    asked, runs = int(given.get("events", 2_000)), int(given.get("runs", 5))
    each, root = max(1, asked // PRODUCERS), LEVELS[0]
    found = list[Found]()
    for _ in range(runs):
        with tempfile.TemporaryDirectory() as folder, _crowd(folder, (root,)) as crowd:
            _met(crowd, 1)
            crowd.feet_do("stop_work")
            crowd.feet_do("write", each, 1)
            found.append(_timed(crowd, PRODUCERS * each, "start_work"))
    rates = [1e6 / one["CPU, us per event"][root] for one in found]
    return Figure(
        name="fan-in-one",
        value=median(rates),
        unit="events per second of the receiver's CPU",
        ratio=median(rates) / LEAST_PER_CPU,
        against="the limit of 1,200",
        runs=[round(one) for one in rates],
        bar=f"at least {LEAST_PER_CPU}",
        reached=median(rates) >= LEAST_PER_CPU,
        detail={
            "events": PRODUCERS * each,
            "producers": PRODUCERS,
            "exchanges per event": round(found[-1]["exchanges per event"], 2),
            "events/s by the clock": median([one["events/s"] for one in found]),
        },
    )
