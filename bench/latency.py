"""How long one registration in a township takes until the province's own books show it: push.

Four `duban serve` processes on loopback, an idle tree; the province is asked every few
milliseconds.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path

from bench.figure import Figure
from bench.line import LEVELS
from bench.live import enrolled
from bench.three_hops import FORM
from deploy.demo.client import Command, Desk, RefusedError
from deploy.demo.hosts import machines

BAR = 0.5
PAUSE = 0.002
REST = 0.05
"""seconds of quiet between two registrations"""


def measure(given: Mapping[str, str]) -> Figure:
    """Milliseconds; the value is the 99th percentile of `--events` registrations."""
    count = int(given.get("events", 200))
    with tempfile.TemporaryDirectory() as folder:
        hosts = machines(dict.fromkeys(LEVELS, False), Path(folder))
        desks = dict[str, Desk]()
        try:
            desks = enrolled(hosts)
            town, province = desks[LEVELS[-1]], desks[LEVELS[0]]
            _once(town, province)
            took = sorted(_once(town, province) * 1000 for _ in range(count))
        finally:
            for desk in desks.values():
                desk.close()
            for host in hosts.values():
                host.close()
    p99 = statistics.quantiles(took, n=100)[98]
    return Figure(
        name="latency",
        value=round(p99, 1),
        unit="ms (p99, push)",
        ratio=p99 / 1000 / BAR,
        against="the limit of 0.5 s",
        runs=[round(one, 1) for one in took],
        bar="p99 at most 500 ms by push",
        reached=p99 / 1000 <= BAR,
        detail={"p50 ms": round(statistics.median(took), 1), "worst ms": round(took[-1], 1)},
    )


def _once(town: Desk, province: Desk) -> float:
    time.sleep(REST)
    begun = time.perf_counter()
    (made,) = town.act([Command("matter.register", "", FORM)])
    path = f"/api/v1/matters/{made['id']}"
    while True:
        try:
            province.call("GET", path)
            return time.perf_counter() - begun
        except RefusedError as refused:
            if "404" not in str(refused):
                raise
            time.sleep(PAUSE)
