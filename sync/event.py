"""An event as it is held: its two lines as they travelled, and what its header says.

Decides nothing. Follows docs/spec/02-events.md.
"""

from __future__ import annotations

from typing import NamedTuple, TypeAlias

import msgspec

from schemas.header import Header

ChainId: TypeAlias = tuple[str, str, str, str]
"""(domain, origin, epoch, stream): what a chain is named by."""


class Event(msgspec.Struct, frozen=True, gc=False):
    """One event; `payload` is None when it was erased."""

    head: str
    header: Header
    header_line: bytes
    payload_line: bytes | None

    @property
    def chain(self) -> ChainId:
        """The chain that it belongs to."""
        one = self.header
        return one.domain, one.source, one.epoch, one.stream

    @property
    def size(self) -> int:
        """Bytes of its two lines, line feeds included."""
        return len(self.header_line) + len(self.payload_line or b"") + 2


class Tip(NamedTuple):
    """Where a chain ends: the seq and head of its last event; (0, 64 zeros) before the first."""

    seq: int
    head: str
