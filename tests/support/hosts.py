"""Real hosts on loopback: a database each, waitress, a worker, and calls through the real door."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import requests
import waitress

from node.api.app import make_app
from node.bootstrap import make_host
from node.config import Config
from node.service import enrol, users
from node.service.host import Host
from node.service.place import Place
from node.worker import Worker
from sync.transports.http import HttpWire


class Running:
    """One host that serves."""

    def __init__(self, data: Path, database: str | None = None, poll: int = 1) -> None:
        self.config = Config(data=data, database=database or f"sqlite:///{data / 'host.db'}")
        self.host: Host = make_host(self.config)
        self.host.poll = poll
        self.server = waitress.create_server(
            make_app(self.host, movable=True), host="127.0.0.1", port=0, threads=4
        )
        self.address = f"http://127.0.0.1:{self.server.effective_port}"
        self.thread = threading.Thread(target=self.server.run, daemon=True)
        self.thread.start()
        self.worker = Worker(self.host, threads=2)
        self.worker.start()

    @property
    def url(self) -> str:
        return f"{self.address}/exchange/v1"

    def stop(self) -> None:
        if not self.worker.stopped:
            self.worker.stop()
        self.server.task_dispatcher.shutdown(cancel_pending=True, timeout=2)
        self.server.close()
        self.thread.join(5)
        self.host.database.close()


class User:
    """A user's program: a token and the API."""

    def __init__(self, running: Running, node: str, role: str, name: str = "u") -> None:
        self.base = f"{running.address}/api/v1"
        token = users.add(running.host, node, name, role).token
        self.headers = {"Authorization": f"Bearer {token}"}

    def get(self, path: str) -> Any:
        answer = requests.get(self.base + path, headers=self.headers, timeout=10)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def try_post(self, path: str, body: Any = None) -> requests.Response:
        return requests.post(self.base + path, json=body or {}, headers=self.headers, timeout=10)

    def post(self, path: str, body: Any = None) -> Any:
        answer = self.try_post(path, body)
        assert answer.status_code in (200, 201), answer.text
        return answer.json()


def join(parent: Place, above: Running, node: str, below: Running, poll: bool = False) -> Place:
    """Enrol `node` of `below` under `parent`, over real HTTP."""
    request = enrol.request_of(below.host, node)
    invitation = enrol.invite(above.host, parent, request, {}, above.url)
    address = None if poll else below.url
    joining = enrol.prepare(below.host, node, invitation, parent.domain, address, poll)
    wire = HttpWire(enrol.MOST_ADMISSION)
    document = {"invitation": joining.invitation, "join": joining.join}
    try:
        admission = wire.join(above.url, document)
    finally:
        wire.close()
    return enrol.finish(below.host, joining, admission)


def until(check: Callable[[], Any], seconds: float = 15.0) -> Any:
    """What `check` gives once it gives something; AssertionError after `seconds`."""
    end = time.monotonic() + seconds
    pause = threading.Event()
    while True:
        found = check()
        if found:
            return found
        assert time.monotonic() < end, "waited in vain"
        pause.wait(0.05)


@contextmanager
def running(*hosts: Running) -> Iterator[None]:
    try:
        yield
    finally:
        for one in hosts:
            one.stop()
