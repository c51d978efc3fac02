"""One host of a topology in a process of its own: it serves, and does what it is told by a pipe.

Decides how such a process starts (by fork, so that 129 of them share what is loaded), how it is
told and how it ends: with the pipe, so none outlives whoever started it. What it is told to do is
node/service/founding.py's.
"""

from __future__ import annotations

import logging
import multiprocessing
import os
import shutil
import signal
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from multiprocessing.connection import Connection, wait
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, NamedTuple

from node.api.app import make_app_for_peers
from node.bootstrap import make_host, settle_shapes
from node.cli.serve import server_of, settle_memory
from node.config import read_config
from node.service import enrol, founding
from node.service.host import Host
from node.storage.migrate import upgrade
from node.worker import Worker
from schemas.refusals import Refused
from sync.transports.http import HttpWire

BIND: Final = "127.0.0.1"
THREADS: Final = 4
DATABASE: Final = "host.db"
AT_WORK: Final = 8
"""so many hosts are given orders at once: more would only take the processor from each other"""
Order = tuple[str, tuple[Any, ...]]
"""an operation and what it is given"""
_fork: Final = multiprocessing.get_context("fork")
_log = logging.getLogger("duban.topology")


def _carry(address: str, document: dict[str, Any]) -> Mapping[str, Any]:
    """A join to another host's exchange address."""
    wire = HttpWire(enrol.MOST_ADMISSION)
    try:
        return wire.join(address, document)
    finally:
        wire.close()


def _joins(host: Host, asked: Sequence[Any], address: str) -> int:
    return founding.joins(host, asked, address, _carry)


OPERATIONS: Final[Mapping[str, Callable[..., Any]]] = {
    "births": founding.births,
    "requests": founding.requests,
    "invitations": founding.invitations,
    "joins": _joins,
    "enrol": founding.enrol_here,
    "standing": founding.standing,
}


class Ways(NamedTuple):
    """What the processes of a crew do: the orders that they understand, and who calls by itself."""

    operations: Mapping[str, Callable[..., Any]] = OPERATIONS
    idle: frozenset[str] = frozenset()
    """hosts without a worker: they answer, and call nobody"""


def _live(folder: Path, port: int, poll: int, pipe: Connection, ways: Ways) -> None:
    """The process: serve until the pipe ends, doing one order after the other."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # whoever holds the pipe decides
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    host = make_host(read_config(str(folder), f"sqlite:///{folder / DATABASE}"))
    host.poll = poll
    server, at_work = server_of(make_app_for_peers(host), BIND, port, THREADS), Worker(host)
    threading.Thread(target=server.run, name="server", daemon=True).start()
    if folder.name not in ways.idle:
        at_work.start()
    pipe.send(("", os.getpid()))
    try:
        while True:
            name, given = pipe.recv()
            try:
                pipe.send(("", ways.operations[name](host, *given)))
            except Refused as refused:
                pipe.send((f"{refused.code}: {refused.detail}", None))
            except Exception as error:
                _log.exception("%s", name)
                pipe.send((f"{type(error).__name__}: {error}", None))
    except (EOFError, BrokenPipeError):
        pass
    finally:
        if folder.name not in ways.idle:
            at_work.stop()
        server.close()
        host.database.close()


class Failed(RuntimeError):
    """A host could not do as it was told; the message says which and why."""


class Crew:
    """The hosts of a topology, one process each. `ports`: by host name."""

    def __init__(
        self, data: Path, ports: Mapping[str, int], poll: int, ways: Ways | None = None
    ) -> None:
        self.ports: Final = dict(ports)
        self.pids = dict[str, int]()
        self._data, self._poll, self._ways = data, poll, ways or Ways()
        self._pipes = dict[str, Connection]()
        self._processes = dict[str, Any]()
        settle_shapes()
        settle_memory()  # before the fork: what is shared is never touched by the collector
        self._databases()
        for name in ports:
            self._begin(name)
        for name, pid in self._answers(dict.fromkeys(ports, 1)):
            self.pids[name] = pid

    def _databases(self) -> None:
        """An empty database for each new host: one is made, the others are its copies."""
        wanted = [self._data / name / DATABASE for name in self.ports]
        wanted = [path for path in wanted if not path.exists()]
        for path in wanted:
            path.parent.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(dir=self._data) as folder:
            blank, copy = Path(folder, "blank"), Path(folder, "copy")
            if wanted:
                upgrade(f"sqlite:///{blank}")
            for path in wanted:
                shutil.copyfile(blank, copy)
                copy.replace(path)

    def _begin(self, name: str) -> None:
        folder = self._data / name
        ours, theirs = _fork.Pipe()
        held = [*self._pipes.values(), ours]
        how = folder, self.ports[name], self._poll, theirs, self._ways
        process = _fork.Process(target=_begin, args=(held, *how))
        process.start()
        theirs.close()
        self._pipes[name] = ours
        self._processes[name] = process

    def kill(self, name: str) -> None:
        """End a host's process with SIGKILL, whatever it is doing."""
        self._processes[name].kill()
        self._processes[name].join()

    def restart(self, name: str) -> None:
        """Start a host again whose process has ended."""
        self._pipes.pop(name).close()
        self._begin(name)
        self.pids[name] = self.hear(name)

    def tell(self, host: str, name: str, *given: Any) -> None:
        """One order to one host, whose answer is asked for later."""
        self._pipes[host].send((name, given))

    def hear(self, host: str) -> Any:
        """The answer to the order that was told. Raises Failed."""
        return next(self._answers({host: 1}))[1]

    def address(self, host: str) -> str:
        """The exchange address of a host."""
        return f"http://{BIND}:{self.ports[host]}/exchange/v1"

    def ask(self, host: str, name: str, *given: Any) -> Any:
        """One order to one host. Raises Failed."""
        return next(self.spread(name, [(host, given)]))[1]

    def spread(
        self, name: str, orders: Sequence[tuple[str, tuple[Any, ...]]]
    ) -> Iterator[tuple[str, Any]]:
        """Orders to several hosts at once, one at a time each, in order; answers as they come."""
        waiting = dict[str, list[tuple[Any, ...]]]()
        for host, given in orders:
            waiting.setdefault(host, []).append(given)
        later = list(waiting)[::-1]

        def begin() -> None:
            if later:
                host = later.pop()
                self._pipes[host].send((name, waiting[host][0]))

        for _ in range(AT_WORK):
            begin()
        for host, answer in self._answers({host: len(listed) for host, listed in waiting.items()}):
            listed = waiting[host]
            del listed[0]
            if listed:
                self._pipes[host].send((name, listed[0]))
            else:
                begin()
            yield host, answer

    def _answers(self, left: dict[str, int]) -> Iterator[tuple[str, Any]]:
        """Every answer that is awaited, `left` of each host, as they come. Raises Failed."""
        names = {self._pipes[host]: host for host in left}
        while left:
            for ready in wait([self._pipes[host] for host in left]):
                host = names[ready]  # type: ignore[index]
                try:
                    wrong, answer = self._pipes[host].recv()
                except (EOFError, ConnectionResetError):
                    wrong, answer = "its process has ended", None
                if wrong:
                    raise Failed(f"host {host}: {wrong}")
                left[host] -= 1
                if not left[host]:
                    del left[host]
                yield host, answer

    def close(self) -> None:
        """End every process, and wait for each."""
        for pipe in self._pipes.values():
            pipe.close()
        for process in self._processes.values():
            process.join()


def _begin(held: Sequence[Connection], folder: Path, port: int, poll: int, *how: Any) -> None:
    for one in held:
        one.close()  # else a sibling would keep it open, and its end would go unnoticed
    _live(folder, port, poll, *how)
