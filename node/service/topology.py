"""A federation to be, as frozen records, read from one JSON file and checked.

Decides whether a topology file is sound: keys are unique, parents come first and exist, each
domain has one root, each node has at most one parent in each of its domains. Never starts or
creates anything. File format: ``deploy/topology/README.md``.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any


class TopologyError(ValueError):
    """The topology file contradicts itself; the message says where."""


@dataclass(frozen=True)
class Body:
    """One node to be. `key` is its handle within the file; `parents`: domain -> parent's key."""

    key: str
    name: str
    level: str
    code: str | None
    host: str
    parents: Mapping[str, str]
    roots: tuple[str, ...]

    @property
    def domains(self) -> tuple[str, ...]:
        """The domains that the node is a member of, its own as root included."""
        return (*self.roots, *self.parents)


@dataclass(frozen=True)
class Host:
    """One process and database; a `poll` host has no address and calls its parent by itself."""

    name: str
    poll: bool


@dataclass(frozen=True)
class Topology:
    """Bodies in file order, parents before children."""

    name: str
    roots: Mapping[str, str]
    hosts: Mapping[str, Host]
    bodies: Mapping[str, Body]

    def chain(self, key: str, domain: str) -> list[str]:
        """From the domain's root down to `key`, both included."""
        up = [key]
        while domain in self.bodies[up[-1]].parents:
            up.append(self.bodies[up[-1]].parents[domain])
        return up[::-1]

    def members(self, domain: str) -> list[Body]:
        """All members of a domain, its root first."""
        return [body for body in self.bodies.values() if domain in body.domains]

    def below(self, key: str, domain: str) -> list[Body]:
        """The direct children of `key` in `domain`."""
        return [body for body in self.bodies.values() if body.parents.get(domain) == key]

    def ranks(self) -> Iterator[list[tuple[Body, str, str]]]:
        """Enrolments (body, domain, parent) that may run side by side, rank after rank."""
        depth = {
            (body.key, domain): len(self.chain(body.key, domain)) - 1
            for body in self.bodies.values()
            for domain in body.domains
        }
        for rank in range(1, max(depth.values()) + 1):
            yield [
                (self.bodies[key], domain, self.bodies[key].parents[domain])
                for (key, domain), found in depth.items()
                if found == rank
            ]


def load(path: Path) -> Topology:
    """Read and check a topology file; TopologyError if it contradicts itself."""
    return parse(json.loads(path.read_text(encoding="utf-8")))


def parse(document: Mapping[str, Any]) -> Topology:
    """Check a topology document and turn it into records; TopologyError says what is wrong."""
    hosts = {row["name"]: Host(row["name"], bool(row.get("poll"))) for row in document["hosts"]}
    roots: Mapping[str, str] = document["domains"]
    bodies: dict[str, Body] = {}
    for row in document["nodes"]:
        body = _body(row, roots)
        _check(body, bodies, hosts, roots)
        bodies[body.key] = body
    missing = [key for key in roots.values() if key not in bodies]
    if missing:
        raise TopologyError(f"no node for the root {missing[0]}")
    return Topology(document["name"], roots, hosts, bodies)


def _body(row: Mapping[str, Any], roots: Mapping[str, str]) -> Body:
    founded = tuple(domain for domain, key in roots.items() if key == row["key"])
    return Body(
        row["key"], row["name"], row["level"], row["code"], row["host"], row["parents"], founded
    )


def _check(
    body: Body, known: Mapping[str, Body], hosts: Mapping[str, Host], roots: Mapping[str, str]
) -> None:
    if body.key in known:
        raise TopologyError(f"{body.key} occurs twice")
    if body.host not in hosts:
        raise TopologyError(f"{body.key} names the unknown host {body.host}")
    if not body.domains:
        raise TopologyError(f"{body.key} belongs to no domain")
    for domain, parent in body.parents.items():
        if domain not in roots or domain in body.roots:
            raise TopologyError(f"{body.key} can't have a parent in {domain}")
        if parent not in known or domain not in known[parent].domains:
            raise TopologyError(
                f"{body.key} names {parent}, which is no earlier member of {domain}"
            )
