"""``python -m bench screens [--matters 76788,1000000] [--folder F]``: how long pages take.

A supervisor of the province asks for the command screen, lists, searches, one matter and the rest,
through the whole application by WSGI; p50 and p95 of many, by the clock and of CPU, at each size.
`--folder` keeps what was laden for the next time: 76,788 matters take minutes, a million hours.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any, Final

from bench.figure import Figure
from bench.screens.laden import laden, open_province
from node.api.app import make_app
from node.cli.serve import settle_memory
from node.readmodel import accounts, register
from node.readmodel.register import Wanted
from node.service import passwords, searching, users
from node.service.host import Host
from node.service.place import Place
from node.web.app import install
from tests.node.web.stand import PASSWORD, Browser

MATTERS: Final = (76_788,)
TIMES: Final = 100
"""of a page, as long as that takes no more than MOST_SECONDS, and LEAST times in any case"""
MOST_SECONDS: Final = 10.0
LEAST: Final = 3
MOST: Final = 0.05
"""seconds, the 95th of a hundred: of the command screen; others may take twice that"""
SCREEN: Final = "command screen"
BESIDE: Final = ("workbench", "ledger of investment", "timeliness")
"""measured too; the bar doesn't speak of them"""
Cost = dict[str, float]


def measure(given: Mapping[str, str]) -> Figure:
    """Every page at every size; the value is the slowest page, against what it may take."""
    sizes = [int(one) for one in given.get("matters", "").split(",") if one] or list(MATTERS)
    with tempfile.TemporaryDirectory() as apart:
        folder = Path(given.get("folder") or apart)
        found = {size: _at(laden(folder, size, _tell)) for size in sorted(sizes)}
    last, first = found[max(found)], found[min(found)]
    barred = {name: cost for name, cost in last.items() if name not in BESIDE}
    shares = {name: cost["p95 ms"] / 1000 / _may(name) for name, cost in barred.items()}
    worst = max(shares, key=lambda name: shares[name])
    detail: dict[str, Any] = {f"{size:,} matters": costs for size, costs in found.items()}
    if len(found) > 1:
        growth = {name: last[name]["p50 ms"] / first[name]["p50 ms"] for name in last}
        detail["growth"] = {name: round(value, 2) for name, value in growth.items()}
    return Figure(
        name="screens",
        value=last[worst]["p95 ms"],
        unit=f"ms ({worst})",
        ratio=shares[worst],
        against="what it may take",
        runs=[cost["p95 ms"] for cost in barred.values()],
        bar="p95 at most 50 ms for the command screen, 100 ms for lists, search and one matter",
        reached=all(share <= 1 for share in shares.values()),
        detail=detail,
    )


def _tell(line: str) -> None:
    sys.stderr.write(line + "\n")


def _may(name: str) -> float:
    return MOST if name.startswith(SCREEN) else 2 * MOST


def _at(path: Path) -> dict[str, Cost]:
    host, place = open_province(path)
    with closing(host.database):
        while searching.index(host):
            pass
        browser, pages = _supervisor(host, place), _pages(host, place)
        settle_memory()  # as a server does at its start
        return {name: _cost(browser, where) for name, where in pages.items()}


def _supervisor(host: Host, place: Place) -> Browser:
    node = place.tenant.node
    with host.database.read(place.tenant.id) as connection:
        known = accounts.accounts_of(connection, place.tenant.id, "bench")
    if not known:
        users.add(host, node, "bench", "supervisor")
    passwords.set_password(host, place.tenant, users.operator(node), "bench", PASSWORD)
    browser = Browser(install(make_app(host), host))
    browser.login(node, "bench")
    return browser


def _pages(host: Host, place: Place) -> dict[str, str]:
    asked = place.tenant.id, place.domain, host.now().business
    with host.database.read(place.tenant.id) as connection:
        rows = register.find_matters(connection, *asked, Wanted(state="OPEN"), limit=1)
    after = f"{rows[0]['registered_at']}~{rows[0]['id']}"
    return {
        SCREEN: "/screen",
        "matters": "/matters",
        "matters, second page": f"/matters?after={after}",
        "matters, red": "/matters?light=red",
        "matters, board and state": "/matters?board=daily&state=OPEN",
        "matters, search of two characters": "/matters?text=整改",
        "one matter": f"/matters/{rows[0]['id']}",
        "workbench": "/",
        "assignments": "/slips",
        "ledger of investment": "/ledgers/investment",
        "timeliness": "/stats/timeliness",
    }


def _cost(browser: Browser, path: str) -> Cost:
    begun = time.perf_counter()
    browser.get(path)
    fits = int(MOST_SECONDS / (time.perf_counter() - begun))
    times = max(LEAST, min(TIMES, fits))
    walls, cpus = list[float](), list[float]()
    for _ in range(times):
        begun, spent = time.perf_counter(), time.process_time()
        browser.get(path)
        walls.append(1000 * (time.perf_counter() - begun))
        cpus.append(1000 * (time.process_time() - spent))
    return {
        "p50 ms": round(statistics.median(walls), 1),
        "p95 ms": round(statistics.quantiles(walls, n=20)[-1], 1),
        "CPU ms": round(statistics.median(cpus), 1),
    }
