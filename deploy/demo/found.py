"""Setting up: every node of the topology is made, enrolled and given its accounts.

Decides the order: all keys first, then the servers, then enrolment rank after rank through the
same `duban` commands that an operator types. Never touches a database or a key itself.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deploy.demo.client import ROLES, ROOT_ROLES, Desk
from deploy.demo.hosts import Machine, machines
from node.service.topology import Body, Topology

Tick = Callable[[str], None]
PASSWORD = "duban-13710"  # for the pages, of every person of the demo: it is printed
PEOPLE = ("supervisor", "head", "handler", "leader")
# who may come in by the pages: body -> roles
SEATS = {
    **{key: PEOPLE for key in ("ty", "cz", "wx", "xd-bg", "xd-ljb", "wx-pl", "sx-jtt")},
    "sx": (*PEOPLE, "enterprise", "admin", "security", "auditor"),
    "xd": (*PEOPLE, "enterprise", "auditor"),
}


@dataclass(frozen=True)
class Federation:
    """The running demo: bodies by key, their ids, machines, desks and logins."""

    topology: Topology
    machines: dict[str, Machine]
    ids: dict[str, str]
    requests: dict[str, dict[str, Any]]
    desks: dict[tuple[str, str], Desk]  # by body and domain
    logins: dict[str, dict[str, str]]

    def machine(self, key: str) -> Machine:
        """The host of a body."""
        return self.machines[self.topology.bodies[key].host]

    def desk(self, key: str, domain: str = "") -> Desk:
        """A body's desk in a domain; without one: in its first."""
        return self.desks[(key, domain or self.topology.bodies[key].domains[0])]

    def key(self, node: str) -> str:
        """The body's key by its node id; KeyError if it is none of ours."""
        return {found: key for key, found in self.ids.items()}[node]

    def close(self) -> None:
        """End every process that was started."""
        for desk in self.desks.values():
            desk.close()
        for machine in self.machines.values():
            machine.close()


def prepare(topology: Topology, folder: Path) -> Federation:
    """A federation on paper: folders and ports, no process yet."""
    names = {host.name: host.poll for host in topology.hosts.values()}
    return Federation(topology, machines(names, folder), {}, {}, {}, {})


def make_nodes(fed: Federation, tick: Tick) -> None:
    """`duban init` for every body; roots found their domain."""
    for body in fed.topology.bodies.values():
        words = ["init", "--name", body.name, "--level", body.level]
        words += ["--code", body.code] if body.code else []
        for root in body.roots:
            words += ["--root", root]
        made = fed.machine(body.key).duban(*words)
        fed.ids[body.key] = made["node"]
        fed.requests[body.key] = made["request"]
        tick(body.name)


def serve(fed: Federation, clock: str) -> None:
    """Start every host and wait for all health checks."""
    for machine in fed.machines.values():
        machine.serve(clock)
    for machine in fed.machines.values():
        machine.await_ready()


def enrol(fed: Federation, tick: Tick) -> None:
    """Invite and join, rank after rank, each node in each of its domains."""
    for rank in fed.topology.ranks():
        for body, domain, parent in rank:
            _enrol(fed, body, domain, parent)
            tick(body.name)


def _enrol(fed: Federation, body: Body, domain: str, parent: str) -> None:
    words = [
        "invite",
        json.dumps(fed.requests[body.key]),
        "--name",
        body.name,
        "--level",
        body.level,
    ]
    words += ["--node", fed.ids[parent], "--domain", domain]
    machine, above = fed.machine(body.key), fed.machine(parent)
    words += ["--hosted"] if machine is above else ["--address", above.exchange]
    invitation = json.dumps(above.duban(*words), ensure_ascii=False)
    where = ["--poll"] if machine.poll else ["--address", machine.exchange]
    machine.duban("join", invitation, "--node", fed.ids[body.key], *where)


def open_desks(fed: Federation, tick: Tick) -> None:
    """One account per role at every body, at a root one for firms too; SEATS have a password."""
    for key, node in fed.ids.items():
        machine, tokens = fed.machine(key), {}
        seats = SEATS.get(key, ())
        roles = ROOT_ROLES if fed.topology.bodies[key].roots else ROLES
        for role in dict.fromkeys((*roles, *seats)):
            words = ["user", "add", f"{key}-{role}", "--role", role, "--node", node]
            words += ["--password"] if role in seats else []
            tokens[role] = machine.duban(*words, said=f"{PASSWORD}\n")["token"]
        fed.logins[key] = tokens
        for domain in fed.topology.bodies[key].domains:
            fed.desks[(key, domain)] = Desk(machine.url, tokens, domain)
        tick(fed.topology.bodies[key].name)
