"""What must not grow with the size of the whole: one report, an exchange with nothing new, a page.

Trees of several sizes on one host (the first nodes of the tree of 8,907), then one node with more
and more matters. Each cost is the median of many, in one process, with nothing else going on in it:
milliseconds by the clock, and of CPU. A report counts at the node that writes it, durable; the
exchange is of a city with the province, both ends; pages are the province's, for a supervisor.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any, Final

from bench.figure import Figure
from bench.three_hops import FORM
from deploy.topology.shanxi import tree
from node.api.app import make_app
from node.bootstrap import make_host
from node.config import read_config
from node.domain.commands import Actor
from node.service import founding, passwords, users, work
from node.service.founding import Enrolment
from node.service.place import Place
from node.service.topology import Topology, parse
from node.web.app import install
from node.worker import Loopback, Worker
from sync.driver import turn
from tests.node.web.stand import PASSWORD, Browser
from tests.support.forms import DEPLOY, DONE

NODES: Final = (100, 1000, 8907)
MATTERS: Final = (10_000, 100_000, 1_000_000)
TIMES: Final = 31
MOST_GROWTH: Final = 1.5
BATCH: Final = 500
AT_ONCE: Final = 100
PAGES: Final = {"page: command screen": "/screen", "page: matters": "/matters"}
Costs = dict[str, dict[str, float]]


class Site:
    """A tree on one host, the province and its first city and that city's first department."""

    def __init__(self, folder: Path, plan: Topology) -> None:
        self.host = make_host(read_config(str(folder), f"sqlite:///{folder / 'host.db'}"))
        self.host.poll = 86400
        self._worker = Worker(self.host)
        ids, _ = founding.births(self.host, plan.bodies.values())
        for rank in plan.ranks():
            whom = [
                Enrolment(ids[one.key], ids[parent], domain, one.name, one.level, one.code, True)
                for one, domain, parent in rank
            ]
            for at in range(0, len(whom), AT_ONCE):
                founding.enrol_here(self.host, whom[at : at + AT_ONCE])
        self.settle()
        bodies = list(plan.bodies.values())
        city = next(one for one in bodies if one.level == "city")
        below = next(one for one in bodies if city.key in one.parents.values())
        root = bodies[0]
        self.root, self.city, self.unit = (
            self.host.place(ids[one.key]) for one in (root, city, below)
        )
        node = self.root.tenant
        users.add(self.host, node.node, "chief", "supervisor")
        passwords.set_password(self.host, node, users.operator(node.node), "chief", PASSWORD)
        self.browser = Browser(install(make_app(self.host), self.host))
        self.browser.login(node.node, "chief")

    def settle(self) -> None:
        """Until nobody has anything to say."""
        self._worker.once(10**6)

    def close(self) -> None:
        """Let go of the database."""
        self.host.database.close()

    def do(self, place: Place, role: str, operation: str, id: str, form: Any) -> dict[str, Any]:
        """One command as somebody of that role."""
        actor = Actor(place.tenant.node, "bench", role)
        return work.run(self.host, place, actor, operation, id, form)

    def load(self, count: int) -> None:
        """The province registers matters until it has `count` more."""
        actor = Actor(self.root.tenant.node, "bench", "supervisor")
        for start in range(0, count, BATCH):
            asked = [("matter.register", "", FORM)] * min(BATCH, count - start)
            work.batch(self.host, self.root, actor, asked)
        self.settle()

    def given(self, issuer: Place, unit: Place) -> str:
        """An assignment under way at `unit`."""
        made = self.do(issuer, "supervisor", "matter.register", "", FORM)
        lead = {"lead": unit.tenant.node}
        handed = self.do(issuer, "supervisor", "matter.issue", made["id"], lead)
        self.settle()
        id = str(handed["assignments"][0]["id"])
        self.do(unit, "handler", "assignment.sign", id, {})
        self.do(unit, "head", "assignment.deploy", id, DEPLOY)
        return id

    def costs(self, issuer: Place, unit: Place) -> Costs:
        """Every cost at this size."""
        id = self.given(issuer, unit)
        report = _cost(lambda: self.do(unit, "handler", "assignment.report", id, DONE))
        self.settle()
        hands = self.host.hands(self.city, Loopback(self.host))
        parent = self.root.tenant.node
        idle = _cost(lambda: _fine(turn(hands, parent, "").failure))
        found = {"a report at its own node": report, "an exchange with nothing new": idle}
        return found | {
            name: _cost(partial(self.browser.get, path)) for name, path in PAGES.items()
        }


def _fine(failure: str | None) -> None:
    if failure is not None:
        raise RuntimeError(f"the exchange failed: {failure}")


def _cost(once: Callable[[], Any]) -> dict[str, float]:
    """Medians in ms; the first time doesn't count."""
    once()
    walls, cpus = list[float](), list[float]()
    for _ in range(TIMES):
        begun, spent = time.perf_counter(), time.process_time()
        once()
        walls.append(1000 * (time.perf_counter() - begun))
        cpus.append(1000 * (time.process_time() - spent))
    return {
        "ms": round(statistics.median(walls), 2),
        "CPU ms": round(statistics.median(cpus), 2),
    }


def plan_of(count: int) -> Topology:
    """The first `count` nodes of the whole tree, all on one host."""
    whole = tree(1)
    return parse(whole | {"nodes": whole["nodes"][:count]})


def by_nodes(sizes: Sequence[int]) -> dict[str, Costs]:
    """Costs by the number of nodes of the tree."""
    found = dict[str, Costs]()
    for size in sizes:
        sys.stderr.write(f"{size} nodes\n")
        with (
            tempfile.TemporaryDirectory() as folder,
            closing(Site(Path(folder), plan_of(size))) as site,
        ):
            found[str(size)] = site.costs(site.city, site.unit)
    return found


def by_matters(sizes: Sequence[int]) -> dict[str, Costs]:
    """Costs by the number of matters at the province; it issues, and the city reports."""
    found, held = dict[str, Costs](), 0
    with (
        tempfile.TemporaryDirectory() as folder,
        closing(Site(Path(folder), plan_of(NODES[0]))) as site,
    ):
        for size in sizes:
            sys.stderr.write(f"{size} matters\n")
            site.load(size - held)
            held = size
            found[str(size)] = site.costs(site.root, site.city)
    return found


def growth(costs: Mapping[str, Costs]) -> dict[str, float]:
    """By how much each cost's CPU is more at the largest size than at the smallest."""
    first, *_, last = (*costs.values(), *costs.values())
    return {name: round(last[name]["CPU ms"] / first[name]["CPU ms"], 2) for name in first}


def _sizes(given: Mapping[str, str], name: str, default: tuple[int, ...]) -> list[int]:
    said = given.get(name)
    return [int(one) for one in said.split(",") if one] if said is not None else list(default)


def measure(given: Mapping[str, str]) -> Figure:
    """`--nodes 100,1000,8907 --matters 10000,100000,1000000` are the defaults; less is quicker."""
    nodes = by_nodes(_sizes(given, "nodes", NODES))
    matters = by_matters(_sizes(given, "matters", MATTERS))
    grown = {"nodes": growth(nodes), "matters": growth(matters)}
    worst = max(value for one in grown.values() for value in one.values())
    return Figure(
        name="size",
        value=worst,
        unit="x the CPU at the smallest size (the worst cost)",
        ratio=None,
        against=None,
        runs=[worst],
        bar=f"growth below x {MOST_GROWTH}",
        reached=worst < MOST_GROWTH,
        detail={"growth of": grown, "by nodes": nodes, "by matters": matters},
    )
