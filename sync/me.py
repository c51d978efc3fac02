"""Who speaks, and when: what the host hands to the conversation. Decides nothing."""

from __future__ import annotations

import msgspec

from federation.keys import SigningKey

VERSION = 1
LEAST_VERSION = 1
MAX_EVENTS = 500
MAX_BYTES = 4 * 1024 * 1024
MAX_CHUNKS = 4


class Me(msgspec.Struct, frozen=True):
    """One node in one domain, with the key of its current epoch."""

    node: str
    domain: str
    epoch: str
    key: SigningKey
    fence: int = 1


class Now(msgspec.Struct, frozen=True):
    """Both clocks, read once by the host (docs/spec/01-primitives.md, "Two clocks")."""

    wire: str
    """wire instant"""
    business: str
    """business instant; may be moved in demonstrations"""
    next_by: str
    """wire instant by which idle chains are sealed again"""
    seconds: float
    """wire time as Unix seconds, for schedules"""


class Limits(msgspec.Struct, frozen=True):
    """How much one body may carry."""

    events: int = MAX_EVENTS
    bytes: int = MAX_BYTES
    chunks: int = MAX_CHUNKS
    """chunks of attachments, 256 KiB each"""
