"""A host goes on answering however many of its neighbours keep their connections."""

from __future__ import annotations

import socket
import threading
from pathlib import Path

import requests
from waitress import wasyncore

from node.bootstrap import make_host
from node.cli.serve import listen
from node.config import Config

IDLE = 300  # three times what the server library takes by itself


def test_many_kept_connections_do_not_keep_others_out(tmp_path: Path) -> None:
    host = make_host(Config(data=tmp_path, database=f"sqlite:///{tmp_path}/host.db"))
    server = listen(host, "127.0.0.1", 0, threads=2)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    kept = list[socket.socket]()
    try:
        for _ in range(IDLE):
            one = socket.create_connection(("127.0.0.1", server.effective_port), timeout=5)
            one.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
            assert one.recv(15).startswith(b"HTTP/1.1 200")
            kept.append(one)
        url = f"http://127.0.0.1:{server.effective_port}/healthz"
        assert requests.get(url, timeout=5).json()["status"] == "ok"
    finally:
        for one in kept:
            one.close()
        server.task_dispatcher.shutdown(cancel_pending=True, timeout=2)
        channels = server._map
        server.trigger.pull_trigger(lambda: wasyncore.close_all(channels, ignore_all=True))
        thread.join(5)
        host.database.close()
    assert not thread.is_alive()
