"""Webhooks reach a real receiver: signed, again when in doubt, through failures and restarts."""

from __future__ import annotations

import hmac
import json
import threading
from base64 import b64decode, b64encode
from collections.abc import Iterator
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from node.api.app import make_app
from node.bootstrap import make_host
from node.service import hooks as telling
from node.storage import hooks as kept
from node.worker import Worker
from sync.transports.webhook import HookSender
from tests.node.api.stand import FORM, Stand
from tests.support.hosts import until


class Receiver:
    """A subscriber on loopback; `status` is what it answers."""

    def __init__(self) -> None:
        self.taken: list[tuple[dict[str, str], bytes]] = []
        self.status = 200
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                outer.taken.append((headers, body))
                self.send_response(outer.status)
                self.send_header("Location", "/elsewhere")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_port}/hook"
        self.thread = threading.Thread(target=self.server.serve_forever, daemon=True)
        self.thread.start()

    @property
    def ids(self) -> list[str]:
        return [headers["webhook-id"] for headers, _ in self.taken]

    @property
    def bodies(self) -> list[dict[str, Any]]:
        return [json.loads(body) for _, body in self.taken]

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join(5)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    yield made
    made.close()


def _subscribe(stand: Stand, receiver: Receiver, **more: Any) -> Any:
    return stand.done("POST", "/hooks", {"address": receiver.address, **more}, "admin")


def _tell(stand: Stand, seconds: float | None = None) -> list[tuple[int, str | None]]:
    """What a worker does, once, in this thread; `seconds`: as of then."""
    now = stand.host.now().seconds if seconds is None else seconds
    sender = HookSender()
    try:
        with stand.host.database.read() as connection:
            found = kept.due(connection, now, 10)
        return [telling.deliver(stand.host, hook, node, sender.post) for hook, node in found]
    finally:
        sender.close()


def test_each_change_of_state_is_told_in_order_signed_and_without_content(
    any_stand: Stand, receiver: Receiver
) -> None:
    stand, hook = any_stand, _subscribe(any_stand, receiver)
    made = stand.done("POST", "/matters", FORM)
    issued = stand.done("POST", f"/matters/{made['id']}/issue", {"lead": stand.nodes["city"]})
    stand.done("POST", f"/matters/{made['id']}/cancel", {"grounds": "重复"})
    assert _tell(stand) == [(5, None)]
    given = issued["assignments"][0]["id"]
    said = [(one["object"], one["from"], one["to"]) for one in receiver.bodies]
    assert said[0] == (made["id"], None, "APPROVED")
    assert set(said[1:3]) == {(given, None, "ISSUED"), (made["id"], "APPROVED", "OPEN")}
    assert set(said[3:]) == {
        (made["id"], "OPEN", "CANCELLED"),
        (given, "ISSUED", "CANCELLED"),
    }
    secret = b64decode(hook["secret"].removeprefix("whsec_"))
    for headers, body in receiver.taken:
        signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
        expected = b64encode(hmac.new(secret, signed, sha256).digest()).decode()
        assert headers["webhook-signature"] == f"v1,{expected}"
        assert FORM["title"].encode() not in body
    assert len(set(receiver.ids)) == 5
    assert _tell(stand) == []


def test_a_refused_command_tells_nothing(stand: Stand, receiver: Receiver) -> None:
    _subscribe(stand, receiver)
    good = {"op": "matter.register", "body": FORM}
    commands = [good, good, {"op": "matter.register", "body": {}}]
    assert stand.ask("POST", "/batch", body={"commands": commands}).status_code == 422
    assert _tell(stand) == []


def test_what_fails_waits_longer_each_time_and_nothing_overtakes(
    stand: Stand, receiver: Receiver
) -> None:
    _subscribe(stand, receiver, kinds=["matter"])
    first, second = (stand.done("POST", "/matters", FORM)["id"] for _ in range(2))
    receiver.status = 503
    pauses, at = [], stand.host.now().seconds
    for _ in range(4):
        assert _tell(stand, at + 10_000) == [(0, "status 503")]
        with stand.host.database.read() as connection:
            hook = kept.list_hooks(connection, stand.places["province"].tenant.id)[0][0]
        pauses.append(hook.due - stand.host.now().seconds)
        assert _tell(stand) == []
    assert pauses == sorted(pauses)
    assert pauses[-1] > 4
    shown = stand.got("/hooks", "admin")["items"][0]
    assert (shown["pending"], shown["failures"], shown["last_error"]) == (2, 4, "status 503")
    assert [one["object"] for one in receiver.bodies] == [first] * 4
    assert len(set(receiver.ids)) == 1
    receiver.status = 204
    assert _tell(stand, at + 10_000) == [(2, None)]
    assert [one["object"] for one in receiver.bodies[4:]] == [first, second]
    log = stand.got(f"/hooks/{shown['id']}/posts", "admin")["items"]
    assert [(one["attempts"], one["delivered_at"] is None) for one in log] == [
        (5, False),
        (1, False),
    ]


def test_a_redirect_is_no_delivery(stand: Stand, receiver: Receiver) -> None:
    _subscribe(stand, receiver)
    stand.done("POST", "/matters", FORM)
    receiver.status = 302
    assert _tell(stand) == [(0, "status 302")]
    assert len(receiver.taken) == 1


def test_a_crash_after_sending_sends_the_same_id_again(stand: Stand, receiver: Receiver) -> None:
    _subscribe(stand, receiver)
    stand.done("POST", "/matters", FORM)

    def crash(*given: Any) -> int:
        sender = HookSender()
        sender.post(*given)
        sender.close()
        raise KeyboardInterrupt

    with stand.host.database.read() as connection:
        ((hook, node),) = kept.due(connection, stand.host.now().seconds, 10)
    with pytest.raises(KeyboardInterrupt):
        telling.deliver(stand.host, hook, node, crash)
    assert _tell(stand) == [(1, None)]
    assert len(receiver.taken) == 2
    assert len(set(receiver.ids)) == 1


def test_the_worker_delivers_and_a_restart_between_loses_nothing(
    stand: Stand, receiver: Receiver
) -> None:
    _subscribe(stand, receiver, kinds=["matter"])
    ids = [stand.done("POST", "/matters", FORM)["id"] for _ in range(3)]
    stand.host.database.close()
    again = make_host(stand.config)
    worker = Worker(again, threads=1)
    worker.start()
    try:
        assert make_app(again)
        until(lambda: len(receiver.taken) >= 3)
    finally:
        worker.stop()
        again.database.close()
    assert [one["object"] for one in receiver.bodies] == ids


def test_a_subscriber_that_is_dropped_is_told_nothing(stand: Stand, receiver: Receiver) -> None:
    hook = _subscribe(stand, receiver)
    stand.done("POST", "/matters", FORM)
    assert stand.ask("DELETE", f"/hooks/{hook['id']}", "admin", node="city").status_code == 404
    stand.done("DELETE", f"/hooks/{hook['id']}", None, "admin")
    assert _tell(stand) == []
    assert stand.ask("DELETE", f"/hooks/{hook['id']}", "admin").status_code == 404
    assert stand.got("/hooks", "admin")["items"] == []


def test_a_peers_event_is_told_like_a_command(stand: Stand, receiver: Receiver) -> None:
    _subscribe(stand, receiver, kinds=["assignment"])
    made = stand.done("POST", "/matters", FORM)
    issued = stand.done("POST", f"/matters/{made['id']}/issue", {"lead": stand.nodes["city"]})
    given = issued["assignments"][0]["id"]
    worker = Worker(stand.host, threads=1)
    worker.once()
    stand.done("POST", f"/assignments/{given}/sign", None, "head", node="city")
    worker.once()
    _tell(stand)
    assert [(one["from"], one["to"]) for one in receiver.bodies] == [
        (None, "ISSUED"),
        ("ISSUED", "SIGNED"),
    ]


@pytest.mark.parametrize(
    "address", ["ftp://a/b", "file:///etc/passwd", "http://u:p@a/b", "http://", "x", "http://a b/"]
)
def test_only_an_http_address_will_do(stand: Stand, address: str) -> None:
    assert stand.ask("POST", "/hooks", "admin", {"address": address}).status_code == 422
