"""The wire over HTTP, against a real server on loopback that answers as it is told."""

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from schemas.refusals import Refused
from sync.squeeze import deflate, inflate
from sync.transports.http import CONTENT_TYPE, HttpWire

LIMIT = 100_000


class Peer(BaseHTTPRequestHandler):
    """Echoes; the path says how it misbehaves."""

    protocol_version = "HTTP/1.1"
    seen: list[tuple[str, dict[str, str], bytes]] = []

    def do_POST(self) -> None:
        raw = self.rfile.read(int(self.headers["Content-Length"]))
        self.seen.append((self.path, dict(self.headers), raw))
        squeezed = self.headers.get("Content-Encoding") == "zstd"
        body = inflate(raw, 10**6) if squeezed else raw
        answers: dict[str, tuple[int, bytes, dict[str, str]]] = {
            "/zstd": (200, deflate(body), {"Content-Encoding": "zstd"}),
            "/big": (200, b"x" * (LIMIT + 1), {}),
            "/bomb": (200, deflate(b"x" * (LIMIT + 1)), {"Content-Encoding": "zstd"}),
            "/away": (307, body, {"Location": "/echo"}),
            "/html": (502, b"<html>", {}),
            "/odd/join": (200, b"[1]", {}),
            "/html/join": (200, b"<html>", {}),
        }
        status, found, headers = answers.get(self.path, (200, body, {}))
        if self.path == "/plain" and squeezed:
            status, found = 415, b"{}"
        elif self.path.startswith("/say/"):
            status, found = 409, _problem(self.path[5:])
        self.send_response(status)
        for name, value in {"Content-Length": str(len(found)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(found)

    def log_message(self, *_: Any) -> None:
        return


def _problem(code: str) -> bytes:
    said = {"code": code, "detail": "as told", "challenge": "c", "expected": {"seq": 1}}
    return json.dumps(said).encode()


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Peer)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def wire() -> Iterator[HttpWire]:
    wire = HttpWire(LIMIT)
    yield wire
    wire.close()


def test_small_bodies_go_plain_and_large_ones_squeezed(wire: HttpWire, address: str) -> None:
    for body in (b"small", b"large" * 1000):
        assert wire.post(f"{address}/echo", body) == body
        _, headers, _ = Peer.seen[-1]
        assert headers["Content-Type"] == CONTENT_TYPE
        assert ("Content-Encoding" in headers) == (len(body) > 1024)


def test_a_peer_without_zstd_is_sent_plain_bodies_from_then_on(
    wire: HttpWire, address: str
) -> None:
    body = b"large" * 1000
    assert wire.post(f"{address}/plain", body) == body
    before = len(Peer.seen)
    assert wire.post(f"{address}/plain", body) == body
    assert len(Peer.seen) == before + 1


def test_a_squeezed_answer_is_read(wire: HttpWire, address: str) -> None:
    assert wire.post(f"{address}/zstd", b"hello") == b"hello"


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("/big", "oversize"),
        ("/bomb", "bomb"),
        ("/away", "unavailable"),
        ("/html", "unavailable"),
        ("/say/busy", "busy"),
        ("/say/nonsense", "unavailable"),
    ],
)
def test_answers_that_are_none_are_named(
    wire: HttpWire, address: str, path: str, code: str
) -> None:
    with pytest.raises(Refused) as caught:
        wire.post(f"{address}{path}", b"x")
    assert caught.value.code == code


def test_a_problem_keeps_what_the_sender_needs(wire: HttpWire, address: str) -> None:
    with pytest.raises(Refused) as caught:
        wire.post(f"{address}/say/stale-challenge", b"x")
    assert caught.value.extra == {"challenge": "c", "expected": {"seq": 1}}


def test_nobody_there_is_unavailable(wire: HttpWire) -> None:
    with pytest.raises(Refused) as caught:
        wire.post("http://127.0.0.1:1/exchange/v1", b"x")
    assert caught.value.code == "unavailable"


def test_a_join_is_posted_beside_the_exchange(wire: HttpWire, address: str) -> None:
    assert wire.join(f"{address}/echo", {"a": "督"}) == {"a": "督"}
    assert Peer.seen[-1][0] == "/echo/join"
    for path, code in (("/odd", "malformed"), ("/html", "malformed"), ("/say/rate", "unavailable")):
        with pytest.raises(Refused) as caught:
            wire.join(f"{address}{path}", {})
        assert caught.value.code == code
