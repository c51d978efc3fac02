"""topology: a whole federation from one file, on this machine.

Decides the order: every host serves first, then all keys, then enrolment rank after rank, then
every link is heard once. Each step leaves out what was done before: a run that was killed goes on.
"""

from __future__ import annotations

import json
import os
import signal
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, Final, TypeVar

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from node.cli.common import show
from node.cli.crew import Crew
from node.service.founding import Enrolment, Standing
from node.service.topology import Body, Topology, TopologyError, load

KEPT: Final = "topology.json"
AT_ONCE: Final = 100
"""how many nodes one order is about: a step of the progress bar"""
PORT: Final = 8700
POLL: Final = 900
LOOK_SECONDS: Final = 0.25
T = TypeVar("T")
Orders = list[tuple[str, tuple[Any, ...]]]


@click.group()
def topology() -> None:
    """A whole federation on this machine, from one file."""


def _options(command: Any) -> Any:
    command = click.option("--data", type=click.Path(path_type=Path), required=True)(command)
    command = click.option("--port", default=PORT, show_default=True, help="of the first host")(
        command
    )
    return click.option("--poll", default=POLL, show_default=True, help="seconds between polls")(
        command
    )


@topology.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@_options
@click.option("--stay", is_flag=True, help="go on serving until Ctrl-C")
@click.option("--json", "as_json", is_flag=True, help="for scripts")
def apply(file: Path, data: Path, port: int, poll: int, stay: bool, as_json: bool) -> None:
    """Make and enrol every node of FILE; what is there already is left as it is.

    Example: duban topology apply shanxi.json --data ./shanxi
    """
    begun = time.monotonic()
    try:
        plan = load(file)
    except (TopologyError, KeyError, TypeError, ValueError) as error:
        raise click.ClickException(f"{file} is no topology file: {error}") from None
    data.mkdir(parents=True, exist_ok=True)
    ports = _ports(data, plan, port)
    with _crew(data, ports, poll) as crew, _bars() as bars:
        ids = _births(crew, plan, data, bars)
        born = time.monotonic()
        _enrol(crew, plan, ids, bars)
        enrolled = time.monotonic()
        found = _in_touch(crew, plan, bars)
        told = {
            "nodes": found.nodes,
            "hosts": len(plan.hosts),
            "members": found.enrolled,
            "known": found.known,
            "seconds": {
                "born": round(born - begun, 1),
                "enrolled": round(enrolled - born, 1),
                "in touch": round(time.monotonic() - enrolled, 1),
                "all": round(time.monotonic() - begun, 1),
            },
            "memory": {"all hosts, MiB": round(sum(memory(one) for one in crew.pids.values()))},
        }
        bars.stop()
        show(told, as_json)
        if stay:
            _stay(crew, data)


@topology.command()
@_options
def serve(data: Path, port: int, poll: int) -> None:
    """Serve the hosts that `apply` made, until Ctrl-C.

    Example: duban topology serve --data ./shanxi
    """
    del port
    ports = _known_ports(data)
    if not ports:
        raise click.ClickException(f"{data} holds no topology: duban topology apply FILE")
    with _crew(data, ports, poll) as crew:
        _stay(crew, data)


@contextmanager
def _crew(data: Path, ports: dict[str, int], poll: int) -> Iterator[Crew]:
    with closing(Crew(data, ports, poll)) as crew:
        yield crew


def _stay(crew: Crew, data: Path) -> None:
    click.echo(f"{len(crew.ports)} hosts serve the nodes in {data}; Ctrl-C to stop")
    try:
        signal.pause()
    except KeyboardInterrupt:
        click.echo("stopping")


def _known_ports(data: Path) -> dict[str, int]:
    try:
        kept = json.loads((data / KEPT).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    ports: dict[str, int] = kept["ports"]
    return ports


def _ports(data: Path, plan: Topology, first: int) -> dict[str, int]:
    """A port per host. Links hold addresses, so a host that has one keeps it."""
    ports = _known_ports(data)
    free = max(ports.values(), default=first - 1) + 1
    for name in plan.hosts:
        if name not in ports:
            ports[name] = free
            free += 1
    text = json.dumps({"ports": ports}, ensure_ascii=False, indent=1)
    (data / KEPT).write_text(text + "\n", encoding="utf-8")
    return ports


@contextmanager
def _bars() -> Iterator[Progress]:
    columns = (
        TextColumn("{task.description:<10}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[rate]}"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True)) as bars:
        yield bars


class _Bar:
    """One bar, with its rate."""

    def __init__(self, bars: Progress, name: str, total: int) -> None:
        self._bars, self._begun = bars, time.monotonic()
        self._task = bars.add_task(name, total=total, rate="")

    def at(self, done: int) -> None:
        """So many are done."""
        took = time.monotonic() - self._begun
        rate = f"{done / took:,.0f}/s" if took > 0 else ""
        self._bars.update(self._task, completed=done, rate=rate)


def _chunks(items: Sequence[T]) -> Iterator[Sequence[T]]:
    for start in range(0, len(items), AT_ONCE):
        yield items[start : start + AT_ONCE]


def _births(crew: Crew, plan: Topology, data: Path, bars: Progress) -> dict[str, str]:
    """Every node made; handle -> node id. A founded domain's recovery seeds go to a file."""
    here = defaultdict[str, list[Body]](list)
    for body in plan.bodies.values():
        here[body.host].append(body)
    orders: Orders = [(host, (part,)) for host, listed in here.items() for part in _chunks(listed)]
    bar, ids = _Bar(bars, "born", len(plan.bodies)), dict[str, str]()
    for _, (made, seeds) in crew.spread("births", orders):
        ids |= made
        bar.at(len(ids))
        for domain, listed in seeds.items():
            _keep(data / f"recovery-{domain}.txt", listed)
    return ids


def _keep(path: Path, seeds: Sequence[str]) -> None:
    """Recovery seeds, for their owner alone: to be taken away from this machine."""
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write("\n".join(seeds) + "\n")


def _enrol(crew: Crew, plan: Topology, ids: dict[str, str], bars: Progress) -> None:
    """Rank after rank, so that every parent is a member before it invites."""
    ranks = list(plan.ranks())
    bar, done = _Bar(bars, "enrolled", sum(map(len, ranks))), 0
    for rank in ranks:
        near, far = list[tuple[Body, str, str]](), list[tuple[Body, str, str]]()
        for one in rank:
            (near if plan.bodies[one[2]].host == one[0].host else far).append(one)
        for count in _near(crew, ids, near):
            done += count
            bar.at(done)
        for count in _far(crew, plan, ids, far):
            done += count
            bar.at(done)


def _whom(ids: dict[str, str], one: tuple[Body, str, str], hosted: bool) -> Enrolment:
    body, domain, parent = one
    place = body.name, body.level, body.code
    return Enrolment(ids[body.key], ids[parent], domain, *place, hosted)


def _near(crew: Crew, ids: dict[str, str], rank: list[tuple[Body, str, str]]) -> Iterator[int]:
    """Parent and child on one host."""
    here = defaultdict[str, list[Enrolment]](list)
    for one in rank:
        here[one[0].host].append(_whom(ids, one, hosted=True))
    orders: Orders = [(host, (part,)) for host, listed in here.items() for part in _chunks(listed)]
    yield from _counted(crew, "enrol", orders)


def _far(
    crew: Crew, plan: Topology, ids: dict[str, str], rank: list[tuple[Body, str, str]]
) -> Iterator[int]:
    """Parent and child on two hosts: the request and the invitation are carried by hand."""
    pairs = defaultdict[tuple[str, str], list[tuple[Body, str, str]]](list)
    for one in rank:
        pairs[plan.bodies[one[2]].host, one[0].host].append(one)
    whom = [[_whom(ids, one, hosted=False) for one in listed] for listed in pairs.values()]
    orders: Orders = [
        (below, ([one.child for one in each],))
        for (_, below), each in zip(pairs, whom, strict=True)
    ]
    asked = _in_order(crew, "requests", orders)
    orders = [
        (
            above,
            ([(one, asks, crew.address(above)) for one, asks in zip(each, found, strict=True)],),
        )
        for (above, _), each, found in zip(pairs, whom, asked, strict=True)
    ]
    invited = _in_order(crew, "invitations", orders)
    orders = [
        (below, (list(zip(each, found, strict=True)), crew.address(below)))
        for (_, below), each, found in zip(pairs, whom, invited, strict=True)
    ]
    yield from _counted(crew, "joins", orders)


def _in_order(crew: Crew, name: str, orders: Orders) -> list[Any]:
    """The answers, in the order of the orders."""
    found = defaultdict[str, list[Any]](list)
    for host, answer in crew.spread(name, orders):
        found[host].append(answer)
    return [found[host].pop(0) for host, _ in orders]


def _counted(crew: Crew, name: str, orders: Orders) -> Iterator[int]:
    """Give orders that begin with a list; as each is done, how long its list was."""
    sizes = defaultdict[str, list[int]](list)
    for host, given in orders:
        sizes[host].append(len(given[0]))
    for host, _ in crew.spread(name, orders):
        yield sizes[host].pop(0)


def _in_touch(crew: Crew, plan: Topology, bars: Progress) -> Standing:
    """Wait until every link was heard and every root knows all members below it."""
    links = 2 * sum(len(one.parents) for one in plan.bodies.values())
    most = max(len(plan.members(domain)) for domain in plan.roots)
    bar, held = _Bar(bars, "in touch", links), dict[str, Standing]()
    asked = list(crew.ports)
    while True:
        held |= dict(crew.spread("standing", [(host, ()) for host in asked]))
        found = list(held.values())
        silent, known = sum(one.silent for one in found), max(one.known for one in found)
        bar.at(links - silent)
        if not silent and known >= most:
            nodes, members = sum(one.nodes for one in found), sum(one.enrolled for one in found)
            return Standing(nodes, members, silent, known)
        asked = [host for host, one in held.items() if one.silent or 0 < one.known < most]
        time.sleep(LOOK_SECONDS)


def memory(pid: int) -> float:
    """Resident memory of a process that no other shares in full (PSS), MiB; 0 where unknown."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
    except OSError:
        return 0.0
    found = [int(line.split()[1]) for line in lines if line.startswith("Pss:")]
    return sum(found) / 1024
