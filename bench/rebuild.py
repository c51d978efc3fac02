"""The root rebuilt from its children: all that they retain comes back, in one go.

Eleven children below a root that holds its key and its roster and none of their events; the
children believe that all was confirmed. Cursors don't match, both sides compare what they hold
(docs/spec/05-exchange.md, "Cursor"), and the children send again from their journals. It is what is
left after a root was restored from a backup of its first day; `duban restore` itself is not here
yet. The clock runs from the children's first call until the root holds and shows everything.

The limit is measured in the same run on the same events: `bench/limit.py`, one process, no network.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from bench import limit
from bench.crowd import Crowd
from bench.figure import Figure, median
from bench.line import LEVELS, Line
from bench.three_hops import FORM

CHILDREN: Final = 11
HOSTS: Final = 2
LEAST: Final = 0.5
BATCH: Final = 250
SAMPLE: Final = 20_000


def the_limit(events: int) -> tuple[float, float]:
    """Events a second of one process without a network, and its seconds of CPU per event."""
    with tempfile.TemporaryDirectory() as folder:
        line = Line(Path(folder))
        try:
            line.write(FORM, events)
            host, place = line.hosts["township"], line.places["township"]

            def up(store: Any) -> Any:
                (chain,) = (one for one, _ in store.chains() if one[1] == place.tenant.node)
                return store.events(chain, 2, events + 1)

            found = host.read(place, up)
        finally:
            line.close()
        return limit.rate(found, Path(folder))


def once(events: int) -> dict[str, float]:
    """Events a second, and the root's µs of CPU per event."""
    each = events // CHILDREN
    with (
        tempfile.TemporaryDirectory() as folder,
        Crowd(Path(folder), LEVELS[:1], CHILDREN, HOSTS) as crowd,
    ):
        crowd.feet_do("start_work")
        crowd.feet_do("write", 1, 1)
        crowd.await_top(CHILDREN)
        crowd.feet_do("stop_work")
        crowd.feet_do("write", each, BATCH)
        crowd.feet_do("forget_spools")
        spent, begun = crowd.cpu(), time.perf_counter()
        crowd.feet_do("start_work")
        crowd.await_top(CHILDREN * (each + 1))
        took, used = time.perf_counter() - begun, crowd.cpu()
        root = LEVELS[0]
        return {
            "events/s": each * CHILDREN / took,
            "CPU of the root, us per event": 1e6 * (used[root] - spent[root]) / each / CHILDREN,
        }


def measure(given: Mapping[str, str]) -> Figure:
    """Medians, the limit taken before each run. The bar is of `--events 1000000`."""
    events, runs = int(given.get("events", 100_000)), int(given.get("runs", 3))
    limits, found = list[tuple[float, float]](), list[dict[str, float]]()
    for _ in range(runs):
        limits.append(the_limit(min(events, SAMPLE)))
        found.append(once(events))
    rates, most = [one["events/s"] for one in found], median([rate for rate, _ in limits])
    cpu = median([one["CPU of the root, us per event"] for one in found])
    least = median([1e6 * used for _, used in limits])
    return Figure(
        name="rebuild",
        value=median(rates),
        unit="events/s",
        ratio=median(rates) / most,
        against="the one-process limit",
        runs=[round(one) for one in rates],
        bar=f"{LEAST} x the one-process limit, 1,000,000 events",
        reached=median(rates) >= LEAST * most and events >= 1_000_000,
        detail={
            "events": events,
            "children": CHILDREN,
            "the limit, events/s": most,
            "CPU of the limit, us per event": round(least, 1),
            "CPU of the root, us per event": round(cpu, 1),
            "share of the limit by CPU alone": round(least / cpu, 2),
        },
    )
