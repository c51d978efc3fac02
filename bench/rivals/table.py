"""The rivals by name: how each is made, why one can't run here, and in which way each works.

Sync policy, publish mode and payload stand side by side in every result that has rivals. One that
is absent is named with the reason, never left out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Final

from bench.rivals import jetstream, postgres, redis

SIZE: Final = 986  # bytes: header and payload line of a registration (bench/three_hops.py, FORM)
BODY: Final = bytes(range(256)) * (SIZE // 256) + bytes(SIZE % 256)
STORES: Final = 4
OURS: Final = {
    "sync": "SQLite WAL, synchronous=FULL: fsync before each answer, at every store",
    "publish": "registered in transactions (gate, number, audit), sealed, handed on in bodies",
    "hops": "signed exchange over HTTP, verified, chained and applied to the read model at each",
}


class Rival:
    """One rival: `make` starts its four stores, `missing` says why it can't."""

    def __init__(self, make: Callable[..., Any], missing: Callable[[], str]) -> None:
        self.make, self.missing = make, missing


RIVALS: Final[Mapping[str, Rival]] = {
    "postgresql": Rival(postgres.Chain, postgres.missing),
    "jetstream": Rival(
        partial(jetstream.Chain, always=False), partial(jetstream.missing, always=False)
    ),
    "jetstream-always": Rival(
        partial(jetstream.Chain, always=True), partial(jetstream.missing, always=True)
    ),
    "redis": Rival(redis.Chain, redis.missing),
}


def absent(names: Sequence[str] = tuple(RIVALS)) -> dict[str, str]:
    """Those of `names` that can't run here, each with the reason."""
    return {name: why for name in names if (why := RIVALS[name].missing())}


def ways(names: Sequence[str] = tuple(RIVALS)) -> dict[str, dict[str, Any]]:
    """How ours and each of `names` works, side by side, those that are absent included."""
    found = {"ours": OURS} | {name: RIVALS[name].make().ways for name in names}
    return {name: one | {"payload, bytes": SIZE, "stores": STORES} for name, one in found.items()}


def compared(rates: Mapping[str, float]) -> dict[str, float]:
    """How many times each rival's rate ours is."""
    return {name: rates["ours"] / one for name, one in rates.items() if name != "ours"}
