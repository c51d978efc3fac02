"""The same three hops as they run in earnest: four `duban serve` processes, HTTP on loopback.

A township registers matters in batches through the REST API; the clock stops when the province's
own journal holds, and has applied, every one of them. Writing and signing are part of it.
"""

from __future__ import annotations

import json
import os
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

from bench.figure import Figure, median
from bench.line import LEVELS
from bench.three_hops import FORM, LEAST
from deploy.demo.client import BATCH, Command, Desk, await_true
from deploy.demo.hosts import Machine, machines


@contextmanager
def _worker(none: bool) -> Iterator[None]:
    """What is started meanwhile has a worker of its own, or none."""
    if none:
        os.environ["DUBAN_WORKER"] = "none"
    try:
        yield
    finally:
        os.environ.pop("DUBAN_WORKER", None)


def enrolled(hosts: dict[str, Machine], silent: bool = False) -> dict[str, Desk]:
    """Serve all, join each to the one above; desks of the highest and the lowest.

    `silent`: the lowest has no worker and no address, so it only writes.
    """
    nodes, desks = dict[str, str](), dict[str, Desk]()
    requests = {}
    for number, level in enumerate(LEVELS):
        words = ["init", "--name", level, "--level", level]
        made = hosts[level].duban(*words, *(() if number else ("--root", "gov")))
        nodes[level], requests[level] = made["node"], json.dumps(made["request"])
    for level, host in hosts.items():
        with _worker(silent and level == LEVELS[-1]):
            host.serve("2026-03-02T01:00:00Z")
    for host in hosts.values():
        host.await_ready()
    for above, level in pairwise(LEVELS):
        words = ["invite", requests[level], "--name", level, "--level", level]
        invitation = hosts[above].duban(*words, "--address", hosts[above].exchange)
        where = ["--address", hosts[level].exchange]
        if silent and level == LEVELS[-1]:
            where = ["--poll"]
        hosts[level].duban("join", json.dumps(invitation), *where)
    for level in (LEVELS[0], LEVELS[-1]):
        added = hosts[level].duban("user", "add", "bench", "--role", "supervisor")
        desks[level] = Desk(hosts[level].url, {"supervisor": added["token"]})
    return desks


def once(events: int) -> float:
    """Seconds from the first batch until the province shows every matter."""
    with tempfile.TemporaryDirectory() as folder:
        hosts = machines(dict.fromkeys(LEVELS, False), Path(folder))
        desks = dict[str, Desk]()
        try:
            desks = enrolled(hosts)
            town, province = desks[LEVELS[-1]], desks[LEVELS[0]]

            def shown() -> int:
                return int(province.call("GET", "/api/v1/picture", role="supervisor")["matters"])

            def held() -> int:
                return int(province.call("GET", "/api/v1/stats", role="supervisor")["events"])

            town.act([Command("matter.register", "", FORM)])
            await_true(lambda: shown() == 1, "the first matter at the province")
            before, begun = held(), time.perf_counter()
            for start in range(0, events, BATCH):
                town.act([Command("matter.register", "", FORM)] * min(BATCH, events - start))
            await_true(lambda: held() >= before + events, "all events at the province", most=0.05)
            took = time.perf_counter() - begun
            if shown() != events + 1:
                raise RuntimeError(f"{shown()} matters are shown, {events + 1} were registered")
            return took
        finally:
            for desk in desks.values():
                desk.close()
            for host in hosts.values():
                host.close()


def measure(given: Mapping[str, str]) -> Figure:
    """The median of several runs, writing through REST included."""
    events, runs = int(given.get("events", 20_000)), int(given.get("runs", 5))
    rates = [events / once(events) for _ in range(runs)]
    return Figure(
        name="live",
        value=median(rates),
        unit="events/s",
        ratio=median(rates) / LEAST,
        against="the limit of 5,000",
        runs=rates,
        bar=f"at least {LEAST}",
        reached=median(rates) >= LEAST,
        detail={"events": events, "processes": len(LEVELS)},
    )
