"""The demo's processes: a terminal per host for `duban` commands, and `duban serve`.

Decides how a process is started, watched and ended: by its own id, with SIGTERM and a wait, and
only those that were started here. Never looks inside a host's database.
"""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from deploy.demo.client import await_true, healthy

GRACE = 20.0  # seconds that a process may take to stop


class CommandError(RuntimeError):
    """A `duban` command failed; the message carries its words and its exit code."""


@dataclass
class Machine:
    """One host: its folder, its address, its terminal, and its server once started."""

    name: str
    folder: Path
    poll: bool
    port: int
    server: subprocess.Popen[bytes] | None = None
    _terminal: subprocess.Popen[str] | None = field(default=None, repr=False)

    @property
    def url(self) -> str:
        """Where pages, API and exchange answer."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def exchange(self) -> str:
        """The exchange URL that invitations and joins state."""
        return f"{self.url}/exchange/v1"

    @property
    def database(self) -> Path:
        """The host's SQLite file; ValueError unless there is exactly one."""
        (only,) = self.folder.glob("*.db")
        return only

    def duban(self, *words: str, said: str = "") -> Any:
        """Run one `duban` command on this host's data and return its JSON; CommandError.

        `said`: what it reads from its standard input.
        """
        if self._terminal is None:
            self._terminal = subprocess.Popen(
                [sys.executable, "-m", "deploy.demo.terminal"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
        stdin, stdout = self._terminal.stdin, self._terminal.stdout
        assert stdin is not None
        assert stdout is not None
        full = [*words, "--data", str(self.folder), "--json"]
        stdin.write(json.dumps({"words": full, "stdin": said}) + "\n")
        stdin.flush()
        line = stdout.readline()
        answer: dict[str, Any] = json.loads(line or '{"code": 1, "text": "the terminal ended"}')
        if answer["code"]:
            raise CommandError(f"duban {' '.join(full)}: {answer['text']} ({answer['code']})")
        return json.loads(str(answer["text"]))

    def serve(self, clock: str) -> None:
        """Start the server with business time at `clock`; returns at once."""
        command = [sys.executable, "-m", "node", "serve", "--data", str(self.folder)]
        command += ["--port", str(self.port), "--clock", clock, "--poll", "1"]
        with (self.folder / "serve.log").open("ab") as log:
            self.server = subprocess.Popen(command, stdout=log, stderr=log)

    def await_ready(self) -> None:
        """Wait for the health check; TimeoutError, or CommandError if the process has ended."""
        await_true(self._answers, f"host {self.name}", 60.0)

    def _answers(self) -> bool:
        if self.server is None or self.server.poll() is not None:
            log = self.folder / "serve.log"
            raise CommandError(f"host {self.name} ended: {log.read_text()[-2000:]}")
        return healthy(self.url)

    def close(self) -> None:
        """End the terminal and the server that were started here, and wait for both."""
        if self._terminal is not None and self._terminal.stdin is not None:
            self._terminal.stdin.close()
        for process in (self._terminal, self.server):
            if process is not None:
                _end(process)


def _end(process: subprocess.Popen[Any]) -> None:
    process.terminate()
    try:
        process.wait(GRACE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    for stream in (process.stdin, process.stdout):
        if stream is not None:
            stream.close()


def free_ports(count: int) -> list[int]:
    """Loopback ports that nobody listens on at the moment."""
    doors = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [int(door.getsockname()[1]) for door in doors]
    for door in doors:
        door.close()
    return ports


def machines(names: Mapping[str, bool], folder: Path) -> dict[str, Machine]:
    """One machine per host name, each with an empty folder and a port; value: polls only."""
    found = {}
    for (name, poll), port in zip(names.items(), free_ports(len(names)), strict=True):
        place = folder / name
        place.mkdir(parents=True, exist_ok=True)
        found[name] = Machine(name, place, poll, port)
    return found
