"""A message on its way out, and what an outlet is. Decides nothing."""

from __future__ import annotations

from typing import Protocol

import msgspec


class Message(msgspec.Struct, frozen=True):
    """`id`: the same at each try; `channel`: email, sms or chat."""

    id: str
    channel: str
    to: str
    subject: str
    text: str


class Undelivered(Exception):
    """Nobody took it. `for_good`: the receiver refused this message, trying again is no use."""

    def __init__(self, detail: str, for_good: bool = False) -> None:
        super().__init__(detail)
        self.detail, self.for_good = detail, for_good


class Outlet(Protocol):
    """A way out."""

    def send(self, message: Message) -> None:
        """Hand it over; it was taken when this returns. Raises Undelivered."""
        ...
