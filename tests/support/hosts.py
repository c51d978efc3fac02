"""Real hosts on loopback: a database each, waitress, a worker, and calls through the real door."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import requests
import waitress
from flask import Flask
from waitress import wasyncore

from node.api.app import make_app
from node.bootstrap import make_host, real_time
from node.config import Config
from node.service import enrol, users
from node.service.clock import OffsetClock
from node.service.host import Host
from node.service.place import Place
from node.worker import Worker
from sync.transports.http import HttpWire


class Running:
    """One host that serves. `skew`: by how much both its clocks are wrong; `works`: whether it
    calls anybody by itself (`turns` lets one that doesn't take its turns once)."""

    threads = 4

    def __init__(
        self,
        data: Path,
        database: str | None = None,
        poll: int = 1,
        skew: timedelta = timedelta(0),
        works: bool = True,
    ) -> None:
        self.config = Config(data=data, database=database or f"sqlite:///{data / 'host.db'}")
        self.poll, self.skew, self.works, self.port = poll, skew, works, 0
        self.start()

    def start(self) -> None:
        """Open the database and serve, at the same port as before."""
        self.host: Host = make_host(self.config)
        self.host.poll = self.poll
        if self.skew:
            skew = self.skew
            self.host.now = OffsetClock(lambda: real_time() + skew, timedelta, lambda _: None)
        self.server = waitress.create_server(
            self.app(), host="127.0.0.1", port=self.port, threads=self.threads
        )
        self.port = self.server.effective_port
        self.address = f"http://127.0.0.1:{self.port}"
        self.thread = threading.Thread(target=self.server.run, daemon=True)
        self.thread.start()
        self.worker = Worker(self.host, threads=2)
        if self.works:
            self.worker.start()

    def app(self) -> Flask:
        """What is served: REST and the exchange; tests of pages serve those too."""
        return make_app(self.host, movable=True)

    @property
    def url(self) -> str:
        return f"{self.address}/exchange/v1"

    def turns(self) -> int:
        """Take every turn that is due or waiting, in this thread; how many rounds it took."""
        worker = Worker(self.host, threads=1)
        return worker.once()[0]

    def stop(self) -> None:
        if self.works and not self.worker.stopped:
            self.worker.stop()
        self.server.task_dispatcher.shutdown(cancel_pending=True, timeout=2)
        # kept connections of peers would hold its loop open: all are closed inside that loop
        channels = self.server._map
        self.server.trigger.pull_trigger(lambda: wasyncore.close_all(channels, ignore_all=True))
        self.thread.join(5)
        assert not self.thread.is_alive()
        self.host.database.close()


class User:
    """A user's program: a token and the API."""

    def __init__(self, running: Running, node: str, role: str, name: str = "") -> None:
        self.base = f"{running.address}/api/v1"
        token = users.add(running.host, node, name or f"u-{role}", role).token
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


def until(check: Callable[[], Any], seconds: float = 60.0) -> Any:
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
