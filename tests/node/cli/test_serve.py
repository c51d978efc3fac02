"""What `duban serve` listens with: connections that stand idle keep nobody out."""

from __future__ import annotations

import socket
import threading
from pathlib import Path

import requests
from waitress import wasyncore

from node.bootstrap import make_host
from node.cli.serve import listen
from node.config import Config

IDLE = 300  # browsers keep six each, hosts one or two a link


def test_many_idle_connections_keep_nobody_out(tmp_path: Path) -> None:
    host = make_host(Config(data=tmp_path, database=f"sqlite:///{tmp_path / 'host.db'}"))
    server = listen(host, "127.0.0.1", 0, pages=True)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    place = "127.0.0.1", server.effective_port
    idle = [socket.create_connection(place, timeout=10) for _ in range(IDLE)]
    try:
        answer = requests.get(f"http://{place[0]}:{place[1]}/login", timeout=20)
        assert answer.status_code == 200
    finally:
        for one in idle:
            one.close()
        server.task_dispatcher.shutdown(cancel_pending=True, timeout=2)
        server.trigger.pull_trigger(lambda: wasyncore.close_all(server._map, ignore_all=True))
        thread.join(5)
        host.database.close()
    assert not thread.is_alive()
