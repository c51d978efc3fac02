"""What a store keeps of attachments, in memory."""

from __future__ import annotations

import copy
from collections.abc import Sequence

from sync.event import ChainId, Event
from sync.ports import Blob, FilePolicy, Named, Source


class MemoryFiles:
    """The attachments' part of a store in memory; `policy` may be set by a test."""

    journal: dict[ChainId, list[Event]]

    def __init__(self) -> None:
        self.policy = FilePolicy()
        self.named: list[Named] = []
        self.fresh: list[Named] = []
        self.stands: dict[tuple[str, str], Source] = {}
        self.bytes: dict[tuple[str, str], list[bytes]] = {}
        self.sizes: dict[tuple[str, str], tuple[int, str]] = {}

    def file_policy(self) -> FilePolicy:
        return self.policy

    def put_names(self, names: Sequence[Named]) -> None:
        self.named.extend(names)
        self.fresh.extend(names)

    def fresh_names(self) -> list[Named]:
        found, self.fresh = self.fresh, []
        return found

    def names(self, hash: str) -> list[Named]:
        return [one for one in self.named if one.sha256 == hash and self._whole(one)]

    def _whole(self, one: Named) -> bool:
        return self.journal[one.chain][one.seq - 1].payload_line is not None

    def source(self, hash: str, source: str) -> Source | None:
        return copy.copy(self.stands.get((hash, source)))

    def sources(self, hash: str) -> list[Source]:
        return [copy.copy(one) for key, one in self.stands.items() if key[0] == hash]

    def wanted(self, source: str, most: int) -> list[Source]:
        found = [
            one for one in self.stands.values() if (one.source, one.state) == (source, "wanted")
        ]
        found.sort(key=lambda one: (one.since, one.sha256))
        return [copy.copy(one) for one in found[:most]]

    def put_source(self, source: Source) -> None:
        self.stands[source.sha256, source.source] = copy.copy(source)

    def blob(self, hash: str, source: str = "") -> Blob | None:
        if (hash, source) not in self.sizes:
            return None
        size, type = self.sizes[hash, source]
        return Blob(size, len(self.bytes[hash, source]), type)

    def put_chunk(self, hash: str, source: str, size: int, n: int, data: bytes) -> None:
        self.sizes.setdefault((hash, source), (size, ""))
        held = self.bytes.setdefault((hash, source), [])
        assert n == len(held)
        held.append(data)

    def chunk(self, hash: str, n: int, source: str = "") -> bytes | None:
        held = self.bytes.get((hash, source), [])
        return held[n] if n < len(held) else None

    def keep(self, hash: str, source: str, type: str) -> None:
        data, (size, _) = self.bytes.pop((hash, source)), self.sizes.pop((hash, source))
        self.bytes.setdefault((hash, ""), data)
        self.sizes.setdefault((hash, ""), (size, type))

    def drop(self, hash: str, source: str = "") -> None:
        self.bytes.pop((hash, source), None)
        self.sizes.pop((hash, source), None)

    def stored(self) -> int:
        awaited = [
            one.size
            for key, one in self.stands.items()
            if one.state == "wanted" and key not in self.sizes
        ]
        return sum(size for size, _ in self.sizes.values()) + sum(awaited)
