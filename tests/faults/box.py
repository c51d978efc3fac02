"""One host in a process of its own, which a fault run may kill with -9 at any moment.

The process is forked, so that starting it again takes a few hundredths of a second; it does one
order after the other, told by a pipe. What it sends to a peer goes through the pipe as well: the
run in between is the link, and may cut it, lie, or repeat itself.
"""

from __future__ import annotations

import logging
import multiprocessing
import os
import signal
from collections.abc import Callable
from datetime import timedelta
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Final

from node.bootstrap import make_host, real_time
from node.config import Config
from node.domain.commands import DomainRefused
from node.service.clock import OffsetClock
from node.storage.engine import Unavailable
from schemas.refusals import Refused

_fork: Final = multiprocessing.get_context("fork")
Work = Callable[..., Any]


class Dead(Exception):
    """The process was killed before it answered."""


class Failed(Exception):
    """It could not do as it was told, and says that nothing was kept."""


class Wire:
    """What a turn in the process posts through: up the pipe, and the answer comes down."""

    def __init__(self, pipe: Connection) -> None:
        self._pipe = pipe

    def post(self, address: str, body: bytes) -> bytes:
        """Raises Refused as over HTTP."""
        self._pipe.send(("wire", body))
        kind, value = self._pipe.recv()
        if kind == "refused":
            raise Refused(value[0], value[1], **value[2])
        answer: bytes = value
        return answer


def _live(folder: Path, pipe: Connection, skew: float, plant: Callable[[], None] | None) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    logging.disable(logging.CRITICAL)  # what goes wrong here is meant to
    if plant is not None:
        plant()
    host = make_host(Config(data=folder, database=f"sqlite:///{folder / 'host.db'}"))
    shift(host, None, skew)
    wire = Wire(pipe)
    pipe.send(("ready", None))
    while True:
        try:
            work, given = pipe.recv()
        except EOFError:
            os._exit(0)
        try:
            pipe.send(("done", work(host, wire, *given)))
        except Refused as refused:
            pipe.send(("refused", (refused.code, refused.detail, refused.extra)))
        except (DomainRefused, Unavailable) as error:
            pipe.send(("failed", f"{type(error).__name__}: {error}"))
        except Exception as error:
            pipe.send(("broken", f"{type(error).__name__}: {error}"))


def shift(host: Any, _: Any, seconds: float) -> None:
    """Both clocks of the host are wrong by so much from now on."""
    skew = timedelta(seconds=seconds)
    host.now = OffsetClock(lambda: real_time() + skew, lambda: timedelta(0), lambda _: None)


class Box:
    """A host; `plant` breaks something in its process."""

    def __init__(self, folder: Path, plant: Callable[[], None] | None = None) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder: Final = folder
        self.skew = 0.0
        self.plant = plant
        self.start()

    @property
    def database(self) -> str:
        """The SQLite file."""
        return str(self.folder / "host.db")

    def start(self) -> None:
        """Begin, or begin again after a kill."""
        self.pipe, theirs = _fork.Pipe()
        given = (self.folder, theirs, self.skew, self.plant)
        self._process = _fork.Process(target=_live, args=given, daemon=True)
        self._process.start()
        theirs.close()
        self.hear()

    def kill(self) -> None:
        """SIGKILL, whatever it is doing."""
        if self._process.pid is not None and self._process.is_alive():
            os.kill(self._process.pid, signal.SIGKILL)
        self._process.join()
        self.pipe.close()

    def tell(self, work: Work, *given: Any) -> None:
        """Give an order without waiting."""
        try:
            self.pipe.send((work, given))
        except OSError:
            raise Dead from None

    def hear(self) -> tuple[str, Any]:
        """What it says next. Raises Dead."""
        try:
            said: tuple[str, Any] = self.pipe.recv()
        except (EOFError, OSError):
            raise Dead from None
        return said

    def do(self, work: Work, *given: Any) -> Any:
        """Give an order and return what it came to. Raises Dead, Refused, Failed."""
        self.tell(work, *given)
        return result(self.hear())


def result(said: tuple[str, Any]) -> Any:
    """The value of an answer. Raises Refused, Failed, and RuntimeError for what must not be."""
    kind, value = said
    if kind == "refused":
        raise Refused(value[0], value[1], **value[2])
    if kind == "failed":
        raise Failed(value)
    if kind == "broken":
        raise RuntimeError(value)
    return value
