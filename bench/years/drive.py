"""The driver: founds the tree, then steps its hosts through the four years, day by day.

Each working day every host acts by the plan on what its nodes' books hold, and in the evening links
exchange, upwards, then downwards, until nothing waits: those on which somebody waits, and on the
last working day of the week all with traffic. What was done is kept per
node and day, so a folder that was left in the middle goes on, and so does a host that was killed
with -9. Decides nothing of the plan.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, suppress
from datetime import date
from pathlib import Path
from random import Random
from typing import Any, Final

import msgspec

from bench.years import stage
from bench.years.days import at, evening
from bench.years.plan import Plan
from bench.years.tree import Tree
from node.cli.crew import Crew, Failed, Ways
from node.cli.topology import memory

POLL: Final = 86_400
"""seconds: the driver says when links are called"""
PATIENCE: Final = 120.0
"""seconds for a link that failed to be called again"""
KEPT: Final = "years.json"
Tell = Callable[[int], None]


class Kept(msgspec.Struct):
    """What outlasts the driver: of which plan the folder is, and how far it has come."""

    matters: int
    seed: int
    first: date
    last: date
    day: int = 0
    """working days that are done"""
    seconds: float = 0.0
    exchanges: int = 0
    link_weeks: int = 0
    kills: int = 0


def found(folder: Path, document: dict[str, Any], port: int) -> None:
    """Make and enrol every node, as an operator does; what is there already is left as it is."""
    folder.mkdir(parents=True, exist_ok=True)
    plan = folder / "tree.json"
    if not plan.exists():
        plan.write_text(json.dumps(document, ensure_ascii=False), encoding="utf-8")
    command = [sys.executable, "-m", "node", "topology", "apply", str(plan), "--json"]
    done = [*command, "--data", str(folder / "hosts"), "--port", str(port)]
    subprocess.run(done, check=True, stdout=subprocess.DEVNULL)


def keep(folder: Path, kept: Kept) -> None:
    """Write down how far it has come."""
    part = folder / f"{KEPT}.part"
    part.write_bytes(msgspec.json.encode(kept))
    part.replace(folder / KEPT)


def kept_in(folder: Path, plan: Plan) -> Kept:
    """How far a folder has come. ValueError where another plan was played in it."""
    span = plan.span
    fresh = Kept(span.matters, span.seed, span.first, span.last)
    try:
        kept = msgspec.json.decode((folder / KEPT).read_bytes(), type=Kept)
    except FileNotFoundError:
        return fresh
    if (kept.matters, kept.seed, kept.first, kept.last) != (
        span.matters, span.seed, span.first, span.last,
    ):  # fmt: skip
        raise ValueError(f"{folder} holds another plan: {kept.matters} matters, seed {kept.seed}")
    return kept


class Drive:
    """The hosts at play, and the days that are to be played."""

    def __init__(self, folder: Path, plan: Plan, tree: Tree) -> None:
        self.folder, self.plan, self.tree = folder, plan, tree
        self.kept = kept_in(folder, plan)
        ports = json.loads((folder / "hosts" / "topology.json").read_text(encoding="utf-8"))
        silent = Ways(stage.OPERATIONS, frozenset(ports["ports"]))
        self.crew = Crew(folder / "hosts", ports["ports"], POLL, silent)
        self.root = tree.host[tree.root]
        self.others = [one for one in self.crew.ports if one != self.root]
        self.ids = dict[str, str]()
        self._week: tuple[int, int] | None = None
        self._links = set[tuple[str, str]]()
        for _, some in self._all("keys"):
            self.ids |= some
        for host in self.crew.ports:
            self._begin(host, self._start)

    @property
    def _start(self) -> str:
        return at(self.plan.days[min(self.kept.day, len(self.plan.days) - 1)], 8 * 60)

    def _begin(self, host: str, moment: str) -> None:
        self.crew.ask(host, "begin", self.tree, self.ids, self.plan.span.seed, moment)

    def _all(self, name: str, *given: Any) -> Iterator[tuple[str, Any]]:
        return self.crew.spread(name, [(host, given) for host in self.crew.ports])

    def play(self, tell: Tell, kills: Sequence[tuple[int, str]] = ()) -> None:
        """All days that are left; `kills`: on which day a host is killed, and whether while it
        acts or while it exchanges. `tell` hears how many commands were given so far."""
        begun, before = time.monotonic(), self.kept.seconds
        if not self.kept.day:
            self._publish()
        done = sum(len(self.plan.of(d, h)) for d in range(self.kept.day) for h in self.crew.ports)
        tell(done)
        killed = dict(kills)
        for day in range(self.kept.day, len(self.plan.days)):
            done += self._day(day, killed.get(day, ""))
            self.kept.day, self.kept.seconds = day + 1, before + time.monotonic() - begun
            keep(self.folder, self.kept)
            tell(done)
        self._count_links(None)
        keep(self.folder, self.kept)

    def _publish(self) -> None:
        units = {one.lead for one in self.plan.matters if one.problem >= 0}
        territory = [{"region": key, "unit": self.ids[key]} for key in sorted(units)]
        self.crew.ask(self.root, "publish", territory)
        self._exchange("")

    def _day(self, day: int, kill: str) -> int:
        when = self.plan.days[day]
        orders = {host: self.plan.of(day, host) for host in self.crew.ports}
        if not any(orders.values()):
            return 0
        self._count_links(when.isocalendar()[:2])
        moment, victim = evening(when), self._victim(day) if kill else ""
        for host, steps in orders.items():
            self.crew.tell(host, "act", day, when, moment, steps)
        if kill == "act":
            self._kill(victim)
        for host, steps in orders.items():
            if kill != "act" or host != victim:
                self.crew.hear(host)
                continue
            self._raise(host, moment)
            self.crew.ask(host, "act", day, when, moment, steps)
        keys = self.plan.called(day)
        called = None if keys is None else frozenset(self.ids[key] for key in keys)
        self._exchange(victim if kill == "exchange" else "", moment, called)
        return sum(map(len, orders.values()))

    def _victim(self, day: int) -> str:
        return Random(f"{self.plan.span.seed} kill {day}").choice(self.others)

    def _kill(self, host: str) -> None:
        time.sleep(0.01)  # into its work
        self.crew.kill(host)
        self.kept.kills += 1

    def _raise(self, host: str, moment: str) -> None:
        """Hear that a host has ended (or what it answered before it did), and start it again."""
        with suppress(Failed):
            self.crew.hear(host)
        self.crew.restart(host)
        self._begin(host, moment)

    def _exchange(
        self, victim: str, moment: str = "", called: frozenset[str] | None = None
    ) -> None:
        """Upwards and downwards until no events wait on any link that is called; None: on all."""
        end = time.monotonic() + PATIENCE
        while True:
            left = self._settle(called, victim, moment)
            victim, (rounds, more) = "", self._ask_far(called)
            if not rounds and not left + more:
                return
            if time.monotonic() > end:
                raise Failed(f"{left + more} links are still waiting after {PATIENCE:.0f} s")

    def _ask_far(self, called: frozenset[str] | None) -> tuple[int, int]:
        """The root calls the cities that have not called; how many exchanges, and links left."""
        rounds, left = self.crew.ask(self.root, "settle", True, called)
        self.kept.exchanges += rounds
        return rounds, left

    def _settle(self, called: frozenset[str] | None, victim: str, moment: str) -> int:
        waiting = 0
        for host in self.crew.ports:
            self.crew.tell(host, "settle", host != self.root, called)
        if victim:
            self._kill(victim)
        for host in self.crew.ports:
            if host == victim:
                self._raise(host, moment)
                rounds, left = self.crew.ask(host, "settle", True, called)
            else:
                rounds, left = self.crew.hear(host)
            self.kept.exchanges += rounds
            waiting += left
        return waiting

    def _count_links(self, week: tuple[int, int] | None) -> None:
        """Count each link once in each week in which it was called."""
        if week == self._week:
            return
        for _, some in self._all("used") if self._week is not None else ():
            self._links |= {(child, parent) for child, parent in some}
        self.kept.link_weeks += len(self._links)
        self._links, self._week = set(), week

    def close(self) -> None:
        """End every process that was started."""
        self.crew.close()

    def books(self) -> Iterator[Any]:
        """Every host's own rows; see Stage.books."""
        for _, found in self._all("books"):
            yield found

    def picture(self, root: str) -> dict[str, list[dict[str, Any]]]:
        """All rows that the root shows."""
        found: dict[str, list[dict[str, Any]]] = self.crew.ask(self.root, "picture", self.ids[root])
        return found

    def memory(self) -> dict[str, float]:
        """Resident memory of each host that it shares with no other in full (PSS), MiB."""
        return {host: round(memory(pid)) for host, pid in self.crew.pids.items()}

    def rest(self) -> None:
        """Let receipts go that nothing took along, and leave every host as of the last day."""
        while sum(rounds for _, (rounds, _) in self._all("settle", True, None, True)):
            pass
        for _ in self._all("end", evening(self.plan.days[-1])):
            pass


def drive(folder: Path, plan: Plan, tree: Tree) -> Any:
    """The hosts of a folder, to be closed."""
    return closing(Drive(folder, plan, tree))
