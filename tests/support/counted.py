"""A user's program that follows every number of an answer to the list behind it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

Get = Callable[[str], Any]


def blocks(found: Any) -> Iterator[dict[str, Any]]:
    """Every object of an answer that has a list."""
    if isinstance(found, dict):
        if "list" in found:
            yield found
        for value in found.values():
            yield from blocks(value)
    elif isinstance(found, list):
        for value in found:
            yield from blocks(value)


def rows(get: Get, address: str) -> list[dict[str, Any]]:
    """A list whole, page by page, two rows each."""
    found: list[dict[str, Any]] = []
    after = ""
    while True:
        page = get(f"{address}&limit=2{after}")
        found += page["items"]
        if page["next"] is None:
            return found
        after = f"&after={page['next']}"


def follow(get: Get, found: Any) -> int:
    """Hold each number equal to its list; how many numbers there were that aren't 0."""
    met = 0
    for block in blocks(found):
        for word, number in block.get("counts", {}).items():
            listed = rows(get, f"{block['list']}&count={word}")
            assert len(listed) == number, (block["list"], word)
            met += number > 0
        if "sum" in block:
            assert sum(one["days"] for one in rows(get, block["list"])) == block["sum"]
            met += block["sum"] > 0
        if "measure" in block:
            listed = rows(get, block["list"])
            days = block["measure"] == "overdue_days"
            assert (sum(one["days"] for one in listed) if days else len(listed)) == block["count"]
            met += block["count"] > 0
    return met
