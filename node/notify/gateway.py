"""Text messages and group-chat robots: one POST of JSON to the gateway that the settings name.

What is posted is the JSON of DUBAN_GATEWAY_BODY, in whose strings {id} {channel} {to} {subject}
{text} are replaced: so most gateways and robots are met without code. The message's id goes with it
as Idempotency-Key, the same at each try. Decides nothing on when. Follows docs/notices.md.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, Final

from node.config import Config
from node.notify.message import Message, Undelivered
from schemas.refusals import Refused
from sync.transports.webhook import HookSender

AGAIN: Final = (408, 425, 429)
"""answers below 500 that a later try may change"""
_NAMED: Final = re.compile(r"\{(id|channel|to|subject|text)\}")


class Gateway:
    """The way to an HTTP gateway; a connection per message."""

    def __init__(self, config: Config) -> None:
        self._address = config.gateway_url or ""
        self._token = config.gateway_token
        self._form = json.loads(config.gateway_body)

    def send(self, message: Message) -> None:
        """Post it. Raises Undelivered; for good where the gateway refuses it with 4xx."""
        named = {name: getattr(message, name) for name in message.__struct_fields__}
        body = json.dumps(filled(self._form, named), ensure_ascii=False).encode()
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "duban",
            "Idempotency-Key": message.id,
        }
        if self._token is not None:
            headers["Authorization"] = f"Bearer {self._token}"
        sender = HookSender()
        try:
            status = sender.post(self._address, body, headers)
        except Refused as refused:
            raise Undelivered(refused.detail) from None
        finally:
            sender.close()
        if not 200 <= status < 300:
            raise Undelivered(f"status {status}", 400 <= status < 500 and status not in AGAIN)


def filled(form: Any, named: Mapping[str, str]) -> Any:
    """A JSON value in whose strings each {name} is replaced, once."""
    if isinstance(form, str):
        return _NAMED.sub(lambda found: named[found[1]], form)
    if isinstance(form, list):
        return [filled(one, named) for one in form]
    if isinstance(form, dict):
        return {name: filled(one, named) for name, one in form.items()}
    return form
