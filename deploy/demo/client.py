"""The demo's only door to the REST API: one connection and one token per desk.

Decides which path and which role each operation takes, so that a change of the API is a change
here. Never retries a refusal: a demo that is refused is wrong. Stands on the standard library.
"""

from __future__ import annotations

import http.client
import json
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

Row = dict[str, Any]
BATCH = 500  # commands per call that the API takes
PAGE = 500  # rows per page
IDLE = 30.0  # seconds after which a connection is not used again

PUBLIC = "public"  # no account: whoever has a receipt's number and code

# operation -> (path, role that may do it)
OPERATIONS: Mapping[str, tuple[str, str]] = {
    "matter.register": ("/api/v1/matters", "supervisor"),
    "matter.issue": ("/api/v1/matters/{id}/issue", "supervisor"),
    "matter.strike": ("/api/v1/matters/{id}/strike", "supervisor"),
    "matter.cancel": ("/api/v1/matters/{id}/cancel", "supervisor"),
    "matter.merge": ("/api/v1/matters/{id}/merge", "supervisor"),
    "matter.pause": ("/api/v1/matters/{id}/pause", "supervisor"),
    "matter.resume": ("/api/v1/matters/{id}/resume", "supervisor"),
    "matter.link": ("/api/v1/matters/{id}/link", "registrar"),
    "assignment.sign": ("/api/v1/assignments/{id}/sign", "handler"),
    "assignment.deploy": ("/api/v1/assignments/{id}/deploy", "head"),
    "assignment.report": ("/api/v1/assignments/{id}/report", "handler"),
    "assignment.split": ("/api/v1/assignments/{id}/split", "supervisor"),
    "assignment.clear": ("/api/v1/assignments/{id}/clear", "head"),
    "assignment.grant": ("/api/v1/assignments/{id}/grant", "supervisor"),
    "assignment.return": ("/api/v1/assignments/{id}/return", "supervisor"),
    "assignment.refuse": ("/api/v1/assignments/{id}/refuse", "head"),
    "assignment.reassign": ("/api/v1/assignments/{id}/reassign", "supervisor"),
    "assignment.uphold": ("/api/v1/assignments/{id}/uphold", "supervisor"),
    "assignment.add-cohandler": ("/api/v1/assignments/{id}/add-cohandler", "registrar"),
    "assignment.extend": ("/api/v1/assignments/{id}/extend", "head"),
    "assignment.grant-extension": ("/api/v1/assignments/{id}/grant-extension", "supervisor"),
    "assignment.refuse-extension": ("/api/v1/assignments/{id}/refuse-extension", "supervisor"),
    "assignment.plan": ("/api/v1/assignments/{id}/plan", "head"),
    "assignment.grant-plan": ("/api/v1/assignments/{id}/grant-plan", "supervisor"),
    "assignment.ask-pause": ("/api/v1/assignments/{id}/ask-pause", "head"),
    "assignment.refuse-pause": ("/api/v1/assignments/{id}/refuse-pause", "supervisor"),
    "draft.submit": ("/api/v1/intake", "enterprise"),
    "draft.start": ("/api/v1/drafts", "registrar"),
    "draft.draft": ("/api/v1/drafts/{id}/draft", "registrar"),
    "draft.decline": ("/api/v1/drafts/{id}/decline", "supervisor"),
    "draft.propose": ("/api/v1/drafts/{id}/propose", "registrar"),
    "draft.approve": ("/api/v1/drafts/{id}/approve", "supervisor"),
    "draft.reject": ("/api/v1/drafts/{id}/reject", "supervisor"),
    "draft.merge": ("/api/v1/drafts/{id}/merge", "supervisor"),
    "draft.judge": ("/api/v1/drafts/{id}/judge", "supervisor"),
    "track.show": ("/api/v1/track", PUBLIC),
    "track.rate": ("/api/v1/track/rate", PUBLIC),
    "track.complain": ("/api/v1/track/complain", PUBLIC),
}
OPERATION = ("/api/v1/clock", "/api/v1/stats", "/api/v1/sync")  # an administrator sees no content
ROLES = ("registrar", "supervisor", "head", "handler", "admin")
ROOT_ROLES = (*ROLES, "enterprise")  # the port for firms is open at the roots


class RefusedError(RuntimeError):
    """The API said no; the message carries status and problem document."""

    def __init__(self, asked: str, status: int, text: str):
        super().__init__(f"{asked}: {status} {text}")
        self.status = status


@dataclass(frozen=True)
class Command:
    """One operation on one object; `target` is empty for a registration."""

    op: str
    target: str
    body: Mapping[str, Any]


class Desk:
    """One body's accounts at its host, in one domain; each thread has a connection of its own."""

    def __init__(self, url: str, tokens: Mapping[str, str], domain: str = ""):
        place = urlsplit(url)
        self._lines = threading.local()
        self._where = (place.hostname or "", place.port or 80)
        self._tokens = tokens
        self._open: set[http.client.HTTPConnection] = set()
        self._domain = {"domain": domain} if domain else {}

    def act(self, commands: Sequence[Command], role: str = "") -> list[Row]:
        """Do commands of one kind in order; many at once go through the batch door."""
        if len(commands) == 1:
            command = commands[0]
            path, usual = OPERATIONS[command.op]
            path = path.format(id=command.target)
            return [self.call("POST", path, command.body, role=role or usual)]
        results: list[Row] = []
        for start in range(0, len(commands), BATCH):
            part = commands[start : start + BATCH]
            body = {"commands": [{"op": c.op, "id": c.target, "body": c.body} for c in part]}
            role = role or OPERATIONS[part[0].op][1]
            results += self.call("POST", "/api/v1/batch", body, role=role)["results"]
        return results

    def close(self) -> None:
        """Close every thread's connection."""
        while self._open:
            self._open.pop().close()

    def pages(self, path: str, **query: str) -> Iterator[Row]:
        """All items of a list, page after page."""
        after: str | None = None
        while True:
            more = {} if after is None else {"after": after}
            asked = urlencode({"limit": PAGE} | query | more)
            page = self.call("GET", f"{path}{'&' if '?' in path else '?'}{asked}")
            yield from page["items"]
            after = page.get("next")
            if not after:
                return

    def assignments(self, **query: str) -> Iterator[Row]:
        """Assignments in sight; narrowed by `role` (assignee, issuer) and `state`."""
        return self.pages("/api/v1/assignments", **query)

    def call(
        self, method: str, path: str, body: Mapping[str, Any] | None = None, role: str = ""
    ) -> Row:
        """One request; RefusedError unless the answer is a 2xx.

        `role`: whose token (PUBLIC: nobody's); none named: the administrator's for operation, the
        supervisor's else.
        """
        role = role or ("admin" if path.partition("?")[0] in OPERATION else "supervisor")
        if self._domain and role != PUBLIC and "domain=" not in path:
            path += ("&" if "?" in path else "?") + urlencode(self._domain)
        data = None if body is None else json.dumps(body, ensure_ascii=False).encode()
        headers = {} if role == PUBLIC else {"Authorization": f"Bearer {self._tokens[role]}"}
        if data is not None:
            headers["Content-Type"] = "application/json"
        status, text = self._send(method, path, data, headers)
        if not 200 <= status < 300:
            raise RefusedError(f"{method} {path}", status, text.decode(errors="replace")[:500])
        answer: Row = json.loads(text) if text else {}
        return answer

    def _send(
        self, method: str, path: str, data: bytes | None, headers: Mapping[str, str]
    ) -> tuple[int, bytes]:
        line, used = getattr(self._lines, "line", (None, 0.0))
        if line is None or time.monotonic() - used > IDLE:
            if line is not None:
                self._open.discard(line)
                line.close()
            line = http.client.HTTPConnection(*self._where, timeout=120)
            self._open.add(line)
        try:
            line.request(method, path, data, dict(headers))
            answer = line.getresponse()
            content = answer.read()
            self._lines.line = (line, time.monotonic())
            return answer.status, content
        except (OSError, http.client.HTTPException):
            line.close()
            raise


def healthy(url: str) -> bool:
    """True once the host answers its health check."""
    place = urlsplit(url)
    line = http.client.HTTPConnection(place.hostname or "", place.port, timeout=2)
    try:
        line.request("GET", "/healthz")
        return line.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        line.close()


def await_true(
    check: Callable[[], bool], what: str, seconds: float = 120.0, most: float = 0.5
) -> None:
    """Ask until `check` holds, at least every `most` seconds; TimeoutError after `seconds`."""
    deadline, pause = time.monotonic() + seconds, 0.02
    while not check():
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited {seconds:.0f} s for {what}")
        time.sleep(pause)
        pause = min(pause * 1.5, most)


def await_state(desk: Desk, ids: Iterable[str], state: str, role: str, what: str) -> None:
    """Wait until the desk's own books show all `ids` in `state`."""
    wanted = set(ids)

    def there() -> bool:
        shown = {row["id"] for row in desk.assignments(role=role, state=state)}
        return wanted <= shown

    await_true(there, f"{len(wanted)} assignments {state} at {what}")
