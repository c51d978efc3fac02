"""The federation: the tree of nodes with lag, receipts, quarantine, silence, forks.

Reads only; node/service says how each fares (links.py, receipted.py, heartbeats.py).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from node.readmodel import register
from node.service import heartbeats, links, receipted, units
from node.service.withheld import withholding
from node.web.door import STAFF, Page, Shown, Visit

OPERATES: Final = STAFF | {"admin"}
MOST_SHOWN: Final = 400


def pages() -> Iterator[Page]:
    """The pages of this room."""
    yield Page("federation", "/federation", federation, OPERATES)


def federation(visit: Visit) -> Shown:
    """How the tree fares, as this node knows it."""
    host, place = visit.host, visit.place
    tree = units.tree(host, place)
    status = {one["peer"]: one for one in links.status(host, place)}
    silent = heartbeats.silence(host, place)
    red = None if visit.may("admin") else visit.ask(register.red_units)
    return visit.show(
        "federation.html",
        tree=tree,
        nodes=_nodes(tree),
        most=MOST_SHOWN,
        status=status,
        held=_held(visit),
        red=red,
        silent={one["node"]: one for one in silent},
        forks=links.forked(host, place),
        above=above(receipted.status(host, place)),
        withheld=list(host.read(place, withholding)),
        now=visit.now,
        seconds=host.now().seconds,
    )


def above(status: dict[str, Any]) -> list[dict[str, Any]]:
    """Per node above: how much of what it should have it says to hold, over all streams."""
    found = []
    for one in status["ancestors"]:
        mine = [
            row for row in one["streams"] if row["stream"] in ("up", "all", f"to/{one['node']}")
        ]
        found.append(
            {
                **{name: one[name] for name in ("node", "name", "at")},
                "held": sum(row["held"] for row in mine),
                "of": sum(row["of"] for row in mine),
                "quarantined": sum(row.get("quarantined", 0) for row in mine),
                "contradicts": any(row.get("contradicts") for row in mine),
            }
        )
    return found


def _held(visit: Visit) -> dict[str, dict[str, int]]:
    """Per node: how many events of it are held, parked and quarantined here."""

    def look(store: Any) -> dict[str, dict[str, int]]:
        found: dict[str, dict[str, int]] = {}
        for (_, origin, _, stream), tip in store.chains():
            if stream != "own":
                row = found.setdefault(origin, {"events": 0, "chains": 0})
                row["events"] += tip.seq
                row["chains"] += 1
        return found

    return visit.host.read(visit.place, look)


def _nodes(tree: units.Tree) -> list[tuple[int, str]]:
    """All members with their depth, each below its parent."""
    found = list[tuple[int, str]]()

    def walk(node: str, depth: int) -> None:
        if len(found) < MOST_SHOWN:
            found.append((depth, node))
            for child in tree.children(node):
                walk(child, depth + 1)

    walk(tree.root, 0)
    return found
