"""Where a run's time goes, by part of the product: the writers' threads under cProfile.

A profile slows Python down more than what is written in C, so the shares lean towards Python.
"""

from __future__ import annotations

import cProfile
import pstats
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from node.storage.engine import Database

HOUSE = Path(__file__).resolve().parent.parent
WORDS = {
    "executemany": "SQLite: inserts",
    "execute": "SQLite: questions",
    "fetchall": "SQLite: questions",
    "commit": "SQLite: commits",
    "openssl_sha256": "SHA-256",
    "hexdigest": "SHA-256",
    "verify": "Ed25519: verify",
    "sign": "Ed25519: sign",
    "decode": "JSON: decode (msgspec)",
    "encode": "JSON: encode (msgspec)",
    "convert": "JSON: decode (msgspec)",
}
ROOMS = (
    *("node/domain", "node/service", "node/readmodel", "node/storage"),
    *("sync", "federation", "schemas"),
)


def shares(work: Callable[[], Any]) -> list[tuple[str, float]]:
    """Run `work`; return each part and its share of the writers' time, the dearest first."""
    watches = list[cProfile.Profile]()
    serve = Database._serve

    def watched(self: Database) -> None:
        watch = cProfile.Profile(time.thread_time)
        watches.append(watch)
        watch.runcall(serve, self)

    Database._serve = watched  # type: ignore[method-assign]
    try:
        work()
    finally:
        Database._serve = serve  # type: ignore[method-assign]
    total = pstats.Stats(watches[0])
    for watch in watches[1:]:
        total.add(watch)
    parts = Counter[str]()
    for (file, _, name), (_, _, own, _, _) in total.stats.items():  # type: ignore[attr-defined]
        parts[_part(file, name)] += own
    spent = sum(parts.values())
    return [(part, own / spent) for part, own in parts.most_common()]


def _part(file: str, name: str) -> str:
    if file == "~":
        method = name.partition("'")[2].partition("'")[0] or name.rpartition(".")[2].rstrip(">")
        return WORDS.get(method, "Python: built in")
    path = Path(file)
    if path.is_relative_to(HOUSE):
        inside = path.relative_to(HOUSE).as_posix()
        return next((room for room in ROOMS if inside.startswith(f"{room}/")), "other")
    return "libraries in Python"
