"""A relay that lies, between two hosts: what it does to requests and answers is a test's to say."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import requests

from sync.squeeze import inflate
from sync.transports.http import CONTENT_TYPE

Spoil = Callable[[bytes], bytes]


def same(body: bytes) -> bytes:
    return body


class Proxy:
    """Passes bodies on, uncompressed; `up` changes requests, `down` answers that are no refusals.

    `seen` has the requests as they came; `twice` sends each of them again, after its answer.
    """

    def __init__(self, target: str) -> None:
        self.target = target
        self.up: Spoil = same
        self.down: Spoil = same
        self.twice = False
        self.seen: list[bytes] = []
        self.again: list[requests.Response] = []
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                raw = self.rfile.read(int(self.headers["Content-Length"]))
                squeezed = self.headers.get("Content-Encoding") == "zstd"
                answer = proxy.carry(inflate(raw, 1 << 26) if squeezed else raw)
                body = answer.content
                body = proxy.down(body) if answer.status_code == 200 else body
                self.send_response(answer.status_code)
                self.send_header("Content-Type", answer.headers["Content-Type"])
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/exchange/v1"

    def carry(self, body: bytes) -> requests.Response:
        self.seen.append(body)
        answer = self._post(self.up(body))
        if self.twice:
            self.again.append(self._post(body))
        return answer

    def _post(self, body: bytes) -> requests.Response:
        return requests.post(
            self.target, data=body, headers={"Content-Type": CONTENT_TYPE}, timeout=10
        )

    def honest(self) -> None:
        """From now on it tells the truth."""
        self.up, self.down, self.twice = same, same, False


@contextmanager
def proxy(target: str) -> Iterator[Proxy]:
    """A proxy before the exchange URL `target`, running."""
    made = Proxy(target)
    thread = threading.Thread(target=made.server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield made
    finally:
        made.server.shutdown()
        made.server.server_close()
        thread.join(5)
