"""Rival: four Redis servers, each the replica of the one below, append-only file synced always.

Rows are appended to one stream (XADD), pipelined `batch` at a time. A few lines of RESP are the
client.
"""

from __future__ import annotations

import shutil
import socket
import subprocess
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Final, Self

from bench.rivals.clients import Lines
from bench.rivals.jetstream import _end, _free

STORES: Final = 4
PROGRAM: Final = "redis-server"
WAIT: Final = 10.0
UP: Final = b"master_link_status:up"


class Chain:
    """Four servers; the lowest is written to."""

    name = "Redis replica chain, AOF always"
    ways: Final = {
        "sync": "appendfsync always at every store",
        "publish": "XADD, pipelined, each acknowledged by the first store, a batch open at once",
        "hops": "each server is the replica of the one below",
    }

    def __init__(self) -> None:
        self._stack = ExitStack()
        self._lines = list[socket.socket]()
        self._ports = list[int]()

    def __enter__(self) -> Self:
        try:
            folder = Path(self._stack.enter_context(tempfile.TemporaryDirectory()))
            for number in range(STORES):
                self._add(folder / str(number))
        except BaseException:
            self._stack.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def _add(self, folder: Path) -> None:
        folder.mkdir()
        port = _free()
        command = [shutil.which(PROGRAM) or PROGRAM, "--port", str(port), "--bind", "127.0.0.1"]
        command += ["--dir", str(folder), "--appendonly", "yes", "--appendfsync", "always"]
        command += ["--save", "", "--repl-diskless-sync-delay", "0"]
        if self._ports:
            command += ["--replicaof", f"127.0.0.1 {self._ports[-1]}"]
        log = self._stack.enter_context((folder / "log").open("wb"))
        self._stack.callback(_end, subprocess.Popen(command, stdout=log, stderr=log))
        self._ports.append(port)
        line = _connected(port)
        self._stack.callback(line.close)
        self._lines.append(line)
        end = time.monotonic() + WAIT
        while len(self._ports) > 1 and b"master_link_status:up" not in self._ask(
            "INFO replication"
        ):
            if time.monotonic() > end:
                raise RuntimeError("a replica does not follow")
            time.sleep(0.05)

    def _ask(self, words: str) -> bytes:
        self._lines[-1].sendall(words.encode() + b"\r\n")
        return self._lines[-1].recv(65536)

    def send(self, body: bytes, count: int, batch: int) -> None:
        """Entries into the lowest store."""
        one = _entry(body)
        file = self._lines[0].makefile("rb")
        for start in range(0, count, batch):
            part = min(batch, count - start)
            self._lines[0].sendall(one * part)
            for _ in range(part):
                file.readline()
                file.readline()

    def clients(self, count: int, body: bytes, batch: int) -> list[Lines]:
        """So many connections to the lowest, each appending `batch` entries at a time."""
        made = list[Lines]()
        for _ in range(count):
            line = _connected(self._ports[0])
            self._stack.callback(line.close)
            made.append(Lines(line, _entry(body) * batch, b"\n", 2 * batch))
        return made

    def arrived(self) -> int:
        """Entries in the highest store."""
        return int(self._ask("XLEN e").strip().removeprefix(b":"))


def _entry(body: bytes) -> bytes:
    head = b"*5\r\n$4\r\nXADD\r\n$1\r\ne\r\n$1\r\n*\r\n$1\r\nb\r\n"
    return head + f"${len(body)}\r\n".encode() + body + b"\r\n"


def missing() -> str:
    """Why this rival can't run here; empty if it can."""
    return "" if shutil.which(PROGRAM) else f"{PROGRAM} is not installed (Debian: redis-server)"


def _connected(port: int) -> socket.socket:
    end = time.monotonic() + WAIT
    while True:
        try:
            return socket.create_connection(("127.0.0.1", port), timeout=60)
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.05)
