"""The tree as the plan reads it: governments, their departments, and on which host each lives.

Reads a topology file (deploy/topology). Decides nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

Row = Mapping[str, Any]


class Tree(msgspec.Struct, frozen=True):
    """Keys of bodies: the root, and who is below whom, by level, in the file's order."""

    root: str
    host: Mapping[str, str]
    name: Mapping[str, str]
    above: Mapping[str, str]
    level: Mapping[str, str]
    below: Mapping[str, Mapping[str, tuple[str, ...]]]
    """government -> level (city, county, township, department) -> keys; zones count as counties"""
    depth: Mapping[str, int]

    @property
    def cities(self) -> tuple[str, ...]:
        """The cities' governments."""
        return self.below[self.root]["city"]

    @property
    def counties(self) -> tuple[str, ...]:
        """All counties and zones."""
        return tuple(one for city in self.cities for one in self.below[city]["county"])

    def registrars(self) -> tuple[str, ...]:
        """Who registers matters."""
        return (self.root, *self.cities, *self.counties)

    def letters(self, key: str) -> str:
        """The letters that a registrar numbers with: no two have the same."""
        if key == self.root:
            return "晋政督"
        if self.above[key] == self.root:
            return f"{self.name[key]}督"
        return f"{self.name[self.above[key]]}{self.name[key]}督"


def read(document: Row) -> Tree:
    """The tree of a topology document with one domain."""
    (root,) = document["domains"].values()
    above, level, host, name = dict[str, str](), dict[str, str](), dict[str, str](), {}
    below: dict[str, dict[str, list[str]]] = {}
    depth = dict[str, int]()
    for row in document["nodes"]:
        key = row["key"]
        host[key], name[key] = row["host"], row["name"]
        level[key] = "county" if row["level"] == "zone" else row["level"]
        below[key] = {one: [] for one in ("city", "county", "township", "department")}
        depth[key] = 0
        for parent in row["parents"].values():
            above[key], depth[key] = parent, depth[parent] + 1
            below[parent][level[key]].append(key)
    frozen = {
        key: {one: tuple(keys) for one, keys in levels.items()} for key, levels in below.items()
    }
    return Tree(root, host, name, above, level, frozen, depth)


def smaller(document: Row, cities: int, counties: int, leaves: int) -> dict[str, Any]:
    """The same tree with so many cities, counties in each, and bodies of a kind in each of those.

    Every city has a host of its own with all below it, as in the whole.
    """
    most = {"city": cities, "county": counties, "zone": 0, "township": leaves, "department": leaves}
    kept, count, nodes = set[str](), dict[tuple[str, str], int](), []
    for row in document["nodes"]:
        parents = list(row["parents"].values())
        if parents:
            place = parents[0], row["level"]
            if parents[0] not in kept or count.get(place, 0) >= most[row["level"]]:
                continue
            count[place] = count.get(place, 0) + 1
        kept.add(row["key"])
        nodes.append(row)
    used = {row["host"] for row in nodes}
    hosts = [one for one in document["hosts"] if one["name"] in used]
    return {**document, "name": "shanxi-small", "hosts": hosts, "nodes": nodes}
