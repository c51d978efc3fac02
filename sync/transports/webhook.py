"""The way to a subscriber: one POST over HTTP(S), bounded in size and time, no redirect followed.

Decides nothing on what is said nor when to try again (node/service/hooks.py).
"""

from __future__ import annotations

from collections.abc import Mapping

import requests

from schemas.refusals import Refused

MOST_ANSWER = 4096


class HookSender:
    """Kept connections to subscribers. Not to be shared between threads."""

    def __init__(self, connect_seconds: float = 5.0, read_seconds: float = 10.0) -> None:
        self._session = requests.Session()
        self._session.trust_env = False
        self._timeouts = (connect_seconds, read_seconds)

    def post(self, address: str, body: bytes, headers: Mapping[str, str]) -> int:
        """Send one message; the answer's status. Refused `unavailable` when nobody answered."""
        try:
            with self._session.post(
                address,
                data=body,
                headers=dict(headers),
                timeout=self._timeouts,
                allow_redirects=False,
                stream=True,
            ) as answer:
                answer.raw.read(MOST_ANSWER, decode_content=False)
                return answer.status_code
        except (requests.RequestException, OSError) as error:
            raise Refused("unavailable", f"{type(error).__name__}") from None

    def close(self) -> None:
        """Close all connections."""
        self._session.close()
