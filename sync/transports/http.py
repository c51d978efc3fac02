"""The wire over HTTP, as the caller: one POST, one answer, both bounded in size and time.

Decides nothing on what a body says. Follows docs/spec/05-exchange.md, "HTTP".
"""

from __future__ import annotations

import json
from typing import Any

import requests

from schemas.refusals import REFUSALS, Refused
from sync.squeeze import WORTH, deflate, inflate

CONTENT_TYPE = "application/vnd.duban.exchange"
MAX_PROBLEM = 65536


class HttpWire:
    """Kept connections to many peers. Not to be shared between threads."""

    def __init__(
        self, limit: int, connect_seconds: float = 5.0, read_seconds: float = 30.0
    ) -> None:
        self._session = requests.Session()
        self._session.trust_env = False
        self._limit = limit
        self._timeouts = (connect_seconds, read_seconds)
        self._plain = set[str]()

    def post(self, address: str, body: bytes) -> bytes:
        """Send a body to a peer's exchange URL; return the answer's bytes.

        Raises Refused: the peer's own problem, or `unavailable` when nobody answered.
        """
        squeezed = len(body) >= WORTH and address not in self._plain
        answer = self._send(address, deflate(body) if squeezed else body, squeezed)
        status, found = answer
        if status == 415 and squeezed:
            self._plain.add(address)
            status, found = self._send(address, body, squeezed=False)
        if status == 200:
            return found
        raise _refusal(status, found)

    def join(self, address: str, document: dict[str, Any]) -> dict[str, Any]:
        """Send a join to a parent's exchange URL; return the admission. Refused as `post`."""
        body = json.dumps(document, ensure_ascii=False).encode()
        status, found = self._send(f"{address}/join", body, squeezed=False, kind="application/json")
        if status != 200:
            raise _refusal(status, found)
        try:
            admission = json.loads(found)
        except ValueError:
            raise Refused("malformed", "admission: not JSON") from None
        if not isinstance(admission, dict):
            raise Refused("malformed", "admission: not an object")
        return admission

    def _send(
        self, address: str, body: bytes, squeezed: bool, kind: str = CONTENT_TYPE
    ) -> tuple[int, bytes]:
        headers = {"Content-Type": kind, "Accept-Encoding": "zstd"}
        if squeezed:
            headers["Content-Encoding"] = "zstd"
        try:
            with self._session.post(
                address,
                data=body,
                headers=headers,
                timeout=self._timeouts,
                allow_redirects=False,
                stream=True,
            ) as answer:
                found = answer.raw.read(self._limit + 1, decode_content=False)
                encoding = answer.headers.get("Content-Encoding", "")
                status = answer.status_code
        except (requests.RequestException, OSError) as error:
            raise Refused("unavailable", f"{address}: {type(error).__name__}") from None
        if len(found) > self._limit:
            raise Refused("oversize", f"the answer is larger than {self._limit} bytes")
        return status, inflate(found, self._limit) if encoding == "zstd" else found

    def close(self) -> None:
        """Close all connections."""
        self._session.close()


def _refusal(status: int, untrusted: bytes) -> Refused:
    """The problem document as a Refused; `unavailable` when it is none that the spec knows."""
    try:
        problem = json.loads(untrusted[:MAX_PROBLEM])
        code, detail = problem["code"], str(problem["detail"])[:500]
    except (ValueError, KeyError, TypeError):
        return Refused("unavailable", f"status {status} without a problem document")
    if code not in REFUSALS:
        return Refused("unavailable", f"status {status}: {str(code)[:40]}: {detail}")
    extra = {
        name: problem[name] for name in ("challenge", "expected", "retry_after") if name in problem
    }
    return Refused(code, detail, **extra)
