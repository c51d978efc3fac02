"""Where messages arrive in tests: a small SMTP server and an HTTP gateway, both on loopback."""

from __future__ import annotations

import json
import socketserver
import threading
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from node.config import Config
from node.notify.message import Outlet
from node.notify.outlets import outlets


class Postbox:
    """A mail server. `refuse`: what it says to each recipient, if not 250; `mails`: what it took.

    `login`: base64 of the only AUTH PLAIN that it lets in, where one is asked for.
    """

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.to: list[str] = []
        self.refuse: str | None = None
        self.login: str | None = None
        self.logins: list[str] = []
        box = self

        class Handler(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                box.serve(self)

        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def serve(self, one: socketserver.StreamRequestHandler) -> None:
        """One conversation."""

        def say(line: str) -> None:
            one.wfile.write(line.encode() + b"\r\n")

        say("220 postbox")
        for raw in one.rfile:
            word, _, rest = raw.decode().strip().partition(" ")
            if word.upper() == "EHLO":
                say("250-postbox")
                say("250-8BITMIME" if self.login is None else "250-AUTH PLAIN")
                say("250 SMTPUTF8")
            elif word.upper() == "AUTH":
                self.logins.append(rest)
                say("235 fine" if rest == f"PLAIN {self.login}" else "535 who are you?")
            elif word.upper() == "RCPT":
                say(self.refuse or "250 fine")
                if self.refuse is None:
                    self.to.append(rest.partition("<")[2].partition(">")[0])
            elif word.upper() == "DATA":
                say("354 go on")
                self._take(one)
                say("250 taken")
            elif word.upper() == "QUIT":
                say("221 bye")
                return
            else:
                say("250 fine")

    def _take(self, one: socketserver.StreamRequestHandler) -> None:
        lines = []
        for raw in one.rfile:
            if raw == b".\r\n":
                break
            lines.append(raw.removeprefix(b".") if raw.startswith(b"..") else raw)
        made = message_from_bytes(b"".join(lines), policy=policy.default)
        assert isinstance(made, EmailMessage)
        self.mails.append(made)

    @property
    def ids(self) -> list[str]:
        return [str(one["Message-ID"]) for one in self.mails]

    @property
    def subjects(self) -> list[str]:
        return [str(one["Subject"]) for one in self.mails]

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)


class Gate:
    """A gateway. `status`: what it answers; `posts`: headers and bodies that came."""

    def __init__(self) -> None:
        self.posts: list[tuple[dict[str, str], dict[str, Any]]] = []
        self.status = 200
        gate = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                gate.posts.append((headers, json.loads(body)))
                self.send_response(gate.status)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/send?key=1"
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    @property
    def bodies(self) -> list[dict[str, Any]]:
        return [body for _, body in self.posts]

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5)


def ways(config: Config, box: Postbox | None, gate: Gate | None, **more: Any) -> dict[str, Outlet]:
    """The outlets of settings that name these."""
    said: dict[str, Any] = {"data": config.data, "database": config.database, **more}
    if box is not None:
        said |= {"smtp_host": "127.0.0.1", "smtp_port": box.port}
    if gate is not None:
        said |= {"gateway_url": gate.url}
    return outlets(Config(**said))
