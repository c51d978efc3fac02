"""A tree with many producers at its foot: hosts as processes on loopback, told what to do by pipes.

A line of hosts with one node each, and below the lowest of them many nodes on a few hosts, which
only poll, as townships do. Their workers start when a measurement says so, so that a backlog can be
written first. Decides nothing about figures.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final, Self

from sqlalchemy import func, select

from bench.three_hops import FORM
from deploy.demo.client import await_true
from deploy.demo.hosts import free_ports
from node.cli.crew import OPERATIONS, Crew, Ways
from node.domain.commands import Actor
from node.readmodel.tables import matters
from node.service import enrol, work
from node.service.founding import Enrolment
from node.service.host import Host
from node.service.place import Place
from node.service.topology import Body
from node.storage.store import SqlStore
from node.worker import Worker
from sync.me import Limits
from sync.transports.http import HttpWire

AT_ONCE: Final = 16
"""producers of one host that write at the same time"""
_at_work = list[Worker]()


def join(host: Host, asked: Sequence[Any]) -> int:
    """Join over HTTP as nodes that only poll."""
    wire = HttpWire(enrol.MOST_ADMISSION)

    def invited(one: tuple[Enrolment, dict[str, Any]]) -> None:
        whom, invitation = one
        joining = enrol.prepare(host, whom.child, invitation, None, None, True)
        document = {"invitation": joining.invitation, "join": joining.join}
        enrol.finish(host, joining, wire.join(joining.address or "", document))

    try:
        for one in asked:
            invited(one)
    finally:
        wire.close()
    return len(asked)


def write(host: Host, count: int, batch: int) -> float:
    """Each node of the host registers `count` matters, `batch` in a transaction; seconds."""
    places, begun = host.places(), time.perf_counter()

    def produce(place: Place) -> None:
        actor = Actor(place.tenant.node, "bench", "supervisor")
        for start in range(0, count, batch):
            asked = [("matter.register", "", FORM)] * min(batch, count - start)
            work.batch(host, place, actor, asked)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(produce, places))
    return time.perf_counter() - begun


def registered(host: Host, makers: frozenset[str]) -> int:
    """Events of these nodes that the first node of the host holds, their openings left out."""
    place = host.places()[0]

    def count(store: SqlStore) -> int:
        return sum(tip.seq - 1 for chain, tip in store.chains() if chain[1] in makers)

    return host.read(place, count)


def shown(host: Host) -> int:
    """Matters in the read models of the host."""
    with host.database.read() as connection:
        return int(connection.execute(select(func.count()).select_from(matters)).scalar_one())


def spent(_: Host) -> float:
    """Seconds of CPU of the process, all threads."""
    return time.process_time()


def served(host: Host) -> int:
    """Exchanges answered so far."""
    return host.exchanges


def narrow(host: Host, events: int) -> None:
    """From now on at most so many events in a body."""
    host.limits = Limits(events=events)


def start_work(host: Host) -> None:
    """Begin to call."""
    _at_work.append(Worker(host))
    _at_work[-1].start()


def stop_work(_: Host) -> None:
    """Finish the turns under way, and call nobody any more."""
    while _at_work:
        _at_work.pop().stop()


def forget_spools(host: Host) -> None:
    """As if all had been sent and confirmed: what a child holds of a parent that was restored."""
    for place in host.places():
        parent = place.membership.parent or ""

        def sent(store: Any, _: Any, parent: str = parent) -> None:
            link = store.link(parent)
            link.acked = store.spool_end(parent)
            store.unspool(parent, link.acked)
            store.save_link(link)

        host.write(place, sent)


DOES: Final[Mapping[str, Callable[..., Any]]] = OPERATIONS | {
    one.__name__: one
    for one in (
        join,
        write,
        registered,
        shown,
        spent,
        served,
        narrow,
        start_work,
        stop_work,
        forget_spools,
    )
}


class Crowd:
    """`line`: names from the root down; `producers`: nodes below its lowest, on `hosts` hosts."""

    def __init__(self, folder: Path, line: Sequence[str], producers: int, hosts: int = 1) -> None:
        self.line: Final = tuple(line)
        self.feet: Final = tuple(f"producers{number}" for number in range(hosts))
        logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # queues are what is wanted
        names = (*self.line, *self.feet)
        ports = dict(zip(names, free_ports(len(names)), strict=True))
        self.crew: Final = Crew(folder, ports, 1, Ways(DOES, frozenset(self.feet)))
        self.makers = frozenset[str]()
        self._producers = producers

    def __enter__(self) -> Self:
        try:
            self._grow()
        except BaseException:
            self.crew.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        try:
            self.feet_do("stop_work")
        finally:
            self.crew.close()

    def _grow(self) -> None:
        """Everybody is born, and enrolled rank after rank."""
        nodes = [
            self._born(name, [name], () if number else ("gov",))[0]
            for number, name in enumerate(self.line)
        ]
        for number, name in enumerate(self.line[1:]):
            self._under(self.line[number], nodes[number], name, [nodes[number + 1]])
        for number, foot in enumerate(self.feet):
            share = range(number, self._producers, len(self.feet))
            below = self._born(foot, [f"p{one}" for one in share], ())
            self.makers |= frozenset(below)
            self._under(self.line[-1], nodes[-1], foot, below)
        everybody = len(self.line) + self._producers
        await_true(
            lambda: self.crew.ask(self.line[0], "standing").known == everybody, "the whole tree"
        )

    def _born(self, host: str, keys: Sequence[str], roots: tuple[str, ...]) -> list[str]:
        level = host if host in self.line else "township"
        bodies = [Body(key, key, level, None, host, {}, roots) for key in keys]
        made, _ = self.crew.ask(host, "births", bodies)
        return [made[key] for key in keys]

    def _under(self, above: str, parent: str, below: str, nodes: Sequence[str]) -> None:
        whom = [Enrolment(one, parent, "gov", "示例", "township") for one in nodes]
        asked = self.crew.ask(below, "requests", list(nodes))
        given = [
            (one, each, self.crew.address(above)) for one, each in zip(whom, asked, strict=True)
        ]
        invited = self.crew.ask(above, "invitations", given)
        if below in self.feet:
            self.crew.ask(below, "join", list(zip(whom, invited, strict=True)))
        else:
            address = self.crew.address(below)
            self.crew.ask(below, "joins", list(zip(whom, invited, strict=True)), address)

    def feet_do(self, name: str, *given: Any) -> list[Any]:
        """One order to every host of producers, at the same time."""
        return [one for _, one in self.crew.spread(name, [(foot, given) for foot in self.feet])]

    def at_top(self) -> int:
        """Registrations of the producers in the root's journal."""
        return int(self.crew.ask(self.line[0], "registered", self.makers))

    def await_top(self, count: int, seconds: float = 1800.0) -> None:
        """Until the root's journal holds so many registrations, each applied."""
        await_true(lambda: self.at_top() >= count, f"{count} events at the root", seconds, 0.03)
        if (found := self.crew.ask(self.line[0], "shown")) != count:
            raise RuntimeError(f"{found} matters are shown at the root, {count} were registered")

    def cpu(self) -> dict[str, float]:
        """Seconds of CPU so far, by host."""
        return {name: self.crew.ask(name, "spent") for name in (*self.line, *self.feet)}
