"""Many clients of one server from one thread: each sends a batch, waits until all of it is
acknowledged, and sends the next. Decides nothing about protocols: each client knows its own.
"""

from __future__ import annotations

import selectors
import socket
from collections.abc import Sequence
from typing import Final, Protocol

PATIENCE: Final = 120.0
"""seconds without any acknowledgement after which a run is given up"""


class Client(Protocol):
    """One connection."""

    def fileno(self) -> int:
        """To wait for."""
        ...

    def send(self) -> None:
        """One batch."""
        ...

    def heard(self) -> bool:
        """Read what has come; whether the whole batch is acknowledged. RuntimeError: it isn't."""
        ...


class Lines:
    """A client whose batch is always the same bytes, acknowledged by so many marks."""

    def __init__(self, line: socket.socket, batch: bytes, mark: bytes, marks: int) -> None:
        self._line, self._batch, self._mark, self._marks = line, batch, mark, marks
        self._left = 0
        self._rest = b""

    def fileno(self) -> int:
        """The socket's."""
        return self._line.fileno()

    def send(self) -> None:
        """One batch."""
        self._left = self._marks
        self._line.sendall(self._batch)

    def heard(self) -> bool:
        """Count marks."""
        data = self._line.recv(65536)
        if not data or data.startswith(b"-"):
            raise RuntimeError(f"the server says {data[:200]!r}")
        if b"PING\r\n" in data:
            self._line.sendall(b"PONG\r\n")
        found = self._rest + data
        self._left -= found.count(self._mark)
        tail = found.rpartition(self._mark)[2]
        self._rest = tail[max(0, len(tail) - len(self._mark) + 1) :]
        return self._left <= 0


def drive(clients: Sequence[Client], turns: int) -> None:
    """Every client sends `turns` batches. RuntimeError when a server refuses or falls silent."""
    left = dict.fromkeys(range(len(clients)), turns)
    with selectors.DefaultSelector() as ready:
        for number, client in enumerate(clients):
            ready.register(client.fileno(), selectors.EVENT_READ, number)
            client.send()
        while left:
            found = ready.select(PATIENCE)
            if not found:
                raise RuntimeError(f"no acknowledgement in {PATIENCE:g} s")
            for key, _ in found:
                client = clients[key.data]
                if not client.heard():
                    continue
                left[key.data] -= 1
                if left[key.data]:
                    client.send()
                else:
                    del left[key.data]
                    ready.unregister(client.fileno())
