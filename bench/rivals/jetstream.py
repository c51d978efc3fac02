"""Rival: four NATS JetStream servers in a line, leaf nodes, each stream sourcing the one below.

File storage at every store; `always` syncs each message to disc, else the server's default (every
two minutes) holds. Publishes are asynchronous with acknowledgements, at most `batch` open. A few
lines of NATS's text protocol serve as client. Facts: docs.nats.io, "JetStream on Leaf Nodes" and
"Client Protocol".
"""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final, Self

from bench.rivals.clients import Lines

STORES: Final = 4
PROGRAM: Final = "nats-server"
WAIT: Final = 10.0
SYNC: Final = "sync_interval: always"


class Client:
    """One connection: requests, and publishes that are acknowledged."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), timeout=60)
        self._file = self._socket.makefile("rb")
        self._file.readline()
        self._box = f"box{port}"  # leaf nodes share subjects
        hello = {"verbose": False, "pedantic": False, "lang": "bench", "version": "0"}
        self._socket.sendall(f"CONNECT {json.dumps(hello)}\r\nSUB {self._box} 1\r\n".encode())

    def close(self) -> None:
        """End the connection."""
        self._file.close()
        self._socket.close()

    def request(self, subject: str, body: bytes) -> dict[str, Any]:
        """One request and its answer."""
        self._socket.sendall(self._message(subject, body))
        answer: dict[str, Any] = json.loads(self._next())
        return answer

    def publish(self, subject: str, body: bytes, count: int, open_at_most: int) -> None:
        """So many messages, each acknowledged by the stream."""
        line = self._message(subject, body)
        for start in range(0, count, open_at_most):
            part = min(open_at_most, count - start)
            self._socket.sendall(line * part)
            for _ in range(part):
                self._next()

    def _message(self, subject: str, body: bytes) -> bytes:
        return f"PUB {subject} {self._box} {len(body)}\r\n".encode() + body + b"\r\n"

    def _next(self) -> bytes:
        while True:
            line = self._file.readline()
            if line.startswith(b"MSG "):
                return self._file.read(int(line.split()[-1]) + 2)[:-2]
            if line.startswith(b"PING"):
                self._socket.sendall(b"PONG\r\n")
            elif line.startswith(b"-ERR") or not line:
                raise RuntimeError(f"nats-server says {line!r}")


class Chain:
    """Four servers, the lowest publishing. `apart`: the others' streams are made by `join` only."""

    def __init__(self, always: bool, apart: bool = False) -> None:
        self.name = f"NATS JetStream, sync {'always' if always else 'default'}"
        self.ways = {
            "sync": "fsync of each message" if always else "fsync every 2 minutes (the default)",
            "publish": "asynchronous, each acknowledged by the first store, a batch open at once",
            "hops": "leaf nodes; each stream sources the one below",
        }
        self._always, self._apart = always, apart
        self._stack = ExitStack()
        self._clients = list[Client]()
        self._ports = list[int]()
        self._leaf = 0

    def __enter__(self) -> Self:
        try:
            folder = Path(self._stack.enter_context(tempfile.TemporaryDirectory()))
            for number in range(STORES):
                self._add(folder / str(number), number)
        except BaseException:
            self._stack.close()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def _add(self, folder: Path, number: int) -> None:
        folder.mkdir()
        port, leaf = _free(), _free()
        sync = SYNC if self._always else ""
        remote = ""
        if number:
            remote = f'remotes: [{{url: "nats-leaf://127.0.0.1:{self._leaf}"}}]'
        text = f"""
        listen: "127.0.0.1:{port}"
        server_name: s{number}
        jetstream: {{store_dir: "{folder}", domain: d{number}, {sync}}}
        leafnodes: {{listen: "127.0.0.1:{leaf}", {remote}}}
        """
        (folder / "conf").write_text(text, encoding="ascii")
        log = self._stack.enter_context((folder / "log").open("wb"))
        command = [shutil.which(PROGRAM) or PROGRAM, "-c", str(folder / "conf")]
        process = subprocess.Popen(command, stdout=log, stderr=log)
        self._stack.callback(_end, process)
        client = _connected(port)
        self._stack.callback(client.close)
        self._leaf = leaf
        self._clients.append(client)
        self._ports.append(port)
        if not (number and self._apart):
            self._stream(number)

    def join(self) -> None:
        """Make the streams of all stores but the lowest: from now on they catch up with it."""
        for number in range(1, STORES):
            self._stream(number)

    def _stream(self, number: int) -> None:
        client, stream = self._clients[number], dict[str, Any]()
        stream |= {"name": f"E{number}", "storage": "file", "num_replicas": 1}
        if number:
            outside = {"api": f"$JS.d{number - 1}.API"}
            stream["sources"] = [{"name": f"E{number - 1}", "external": outside}]
        else:
            stream["subjects"] = ["events"]
        made = client.request(f"$JS.API.STREAM.CREATE.E{number}", json.dumps(stream).encode())
        if "error" in made:
            raise RuntimeError(f"nats-server: {made['error']}")

    def send(self, body: bytes, count: int, batch: int) -> None:
        """Messages into the lowest stream."""
        self._clients[0].publish("events", body, count, batch)

    def clients(self, count: int, body: bytes, batch: int) -> list[Lines]:
        """So many connections to the lowest, each publishing `batch` messages at a time."""
        made = list[Lines]()
        for number in range(count):
            line = socket.create_connection(("127.0.0.1", self._ports[0]), timeout=60)
            self._stack.callback(line.close)
            with line.makefile("rb") as file:
                file.readline()
                box = f"many{number}"
                hello = {"verbose": False, "pedantic": False, "lang": "bench", "version": "0"}
                line.sendall(f"CONNECT {json.dumps(hello)}\r\nSUB {box} 1\r\nPING\r\n".encode())
                while not file.readline().startswith(b"PONG"):
                    pass
            one = f"PUB events {box} {len(body)}\r\n".encode() + body + b"\r\n"
            made.append(Lines(line, one * batch, b"}\r\n", batch))
        return made

    def arrived(self) -> int:
        """Messages in the highest stream."""
        found = self._clients[-1].request(f"$JS.API.STREAM.INFO.E{STORES - 1}", b"")
        return int(found["state"]["messages"])


def missing(always: bool) -> str:
    """Why this rival can't run here; empty if it can."""
    if not shutil.which(PROGRAM):
        return f"{PROGRAM} is not installed (Debian: nats-server)"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "conf"
        sync = SYNC if always else ""
        path.write_text(f'jetstream: {{store_dir: "{folder}", {sync}}}', encoding="ascii")
        done = subprocess.run([PROGRAM, "-t", "-c", str(path)], capture_output=True, text=True)
        return "" if done.returncode == 0 else f"{PROGRAM} -t: {done.stderr.strip()[-200:]}"


def _free() -> int:
    with socket.create_server(("127.0.0.1", 0)) as door:
        return int(door.getsockname()[1])


def _connected(port: int) -> Client:
    end = time.monotonic() + WAIT
    while True:
        try:
            return Client(port)
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.05)


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    process.wait()
