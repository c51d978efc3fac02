"""Catching up: a township that wrote for long without sending hands all of it over three hops.

Four hosts as processes on loopback. The township's server runs without a worker while it writes;
then its worker is started, and what counts is from the first event at the province until the last:
verified, stored, applied and relayed at each hop, receipts going back.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from bench.figure import Figure, median
from bench.line import LEVELS
from bench.live import enrolled
from bench.three_hops import FORM, LEAST
from deploy.demo.client import BATCH, Command, Desk, await_true
from deploy.demo.hosts import machines


def once(events: int) -> float:
    """Events a second."""
    with tempfile.TemporaryDirectory() as folder:
        hosts = machines(dict.fromkeys(LEVELS, False), Path(folder))
        desks, worker = dict[str, Desk](), None
        try:
            desks = enrolled(hosts, silent=True)
            town, province = desks[LEVELS[-1]], desks[LEVELS[0]]
            for start in range(0, events, BATCH):
                town.act([Command("matter.register", "", FORM)] * min(BATCH, events - start))

            def held() -> int:
                return int(province.call("GET", "/api/v1/stats", role="supervisor")["events"])

            before = held()
            data = str(hosts[LEVELS[-1]].folder)
            command = [sys.executable, "-m", "node", "worker", "--data", data]
            worker = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            await_true(lambda: held() > before + 10, "the first events", most=0.05)
            first, begun = held(), time.perf_counter()
            await_true(lambda: held() >= before + events, "all events at the province", most=0.05)
            return (before + events - first) / (time.perf_counter() - begun)
        finally:
            if worker is not None:
                worker.terminate()
                worker.wait()
            for desk in desks.values():
                desk.close()
            for host in hosts.values():
                host.close()


def measure(given: Mapping[str, str]) -> Figure:
    """The median of several runs."""
    events, runs = int(given.get("events", 40_000)), int(given.get("runs", 5))
    rates = [once(events) for _ in range(runs)]
    return Figure(
        name="catch-up",
        value=median(rates),
        unit="events/s",
        ratio=median(rates) / LEAST,
        against="the limit of 5,000",
        runs=[round(one) for one in rates],
        bar=f"at least {LEAST} over three hops",
        reached=median(rates) >= LEAST,
        detail={"events": events, "processes": len(LEVELS), "cores": os.cpu_count()},
    )
