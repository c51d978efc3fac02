"""A federation of real hosts on loopback, one per node, that a test can steer and break."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple

from node.service import enrol
from node.service.place import Place
from node.storage.store import SqlStore
from schemas.sealed import Receipt
from sync.driver import turn
from sync.event import ChainId, Event
from sync.receipts import read_receipt
from sync.transports.http import HttpWire
from tests.support.forms import DEPLOY, DONE, FORM
from tests.support.hosts import Running, User, join


class Seat(NamedTuple):
    """Where a node sits, and how its host behaves."""

    above: str
    level: str
    poll: bool = False
    works: bool = True
    skew: timedelta = timedelta(0)
    every: int = 1


class Realm:
    """Nodes by name, each alone on its host; the first one is the root."""

    def __init__(self, path: Path, plan: Mapping[str, Seat]) -> None:
        self.plan = plan
        self.hosts: dict[str, Running] = {}
        self.places: dict[str, Place] = {}
        self._users: dict[tuple[str, str], User] = {}
        for name, seat in plan.items():
            self.sit(path, name, seat)

    def sit(self, path: Path, name: str, seat: Seat) -> None:
        """Start a host with one node and let it join."""
        one = self.hosts[name] = Running(
            path / name, poll=seat.every, skew=seat.skew, works=seat.works
        )
        root = None if seat.above else "gov"
        born = enrol.init(one.host, f"示例{name}", seat.level, root=root)
        if root:
            self.places[name] = one.host.place(born.node)
        else:
            above = self.hosts[seat.above]
            self.places[name] = join(self.places[seat.above], above, born.node, one, poll=seat.poll)

    def node(self, name: str) -> str:
        return self.places[name].tenant.node

    def name(self, node: str) -> str:
        return next(name for name in self.places if self.node(name) == node)

    def user(self, name: str, role: str) -> User:
        """A user of that role, whose token outlasts restarts."""
        if (name, role) not in self._users:
            self._users[name, role] = User(self.hosts[name], self.node(name), role, role)
        return self._users[name, role]

    def knows(self, name: str) -> set[str]:
        """Names of the members that a node knows."""
        place = self.places[name]
        found = self.hosts[name].host.read(place, lambda store: list(store.roster()))
        return {each for each in self.places if self.node(each) in found}

    def chain(self, name: str, stream: str = "up") -> ChainId:
        place = self.places[name]
        return place.domain, self.node(name), place.membership.epoch, stream

    def held(self, name: str, of: str, stream: str = "up") -> list[Event]:
        """What `name` holds of a stream of `of`."""
        chain = self.chain(of, stream)
        return self.hosts[name].host.read(
            self.places[name], lambda store: store.events(chain, 1, 10**6)
        )

    def receipt(self, name: str, by: str, about: str) -> Receipt | None:
        """The receipt of `by` about `about` as `name` holds it."""

        def look(store: SqlStore) -> Receipt | None:
            stored = store.receipt(self.node(by), self.node(about))
            return read_receipt(stored.line) if stored is not None else None

        return self.hosts[name].host.read(self.places[name], look)

    def link(self, name: str, peer: str) -> dict[str, Any]:
        """What an operator of `name` sees of the link with `peer`, over REST."""
        items = self.user(name, "supervisor").get("/sync")["items"]
        return next(one for one in items if one["peer"] == self.node(peer))

    def noticed(self, name: str, peer: str) -> list[str]:
        """Codes of the notices on that link."""
        return [one["code"] for one in self.link(name, peer)["notices"]]

    def missing(self, name: str, stream: str = "up") -> dict[str, int]:
        """Per reader, how many of the stream's events its receipt doesn't name yet."""
        for one in self.user(name, "supervisor").get("/sync")["received"]:
            if one["stream"] == stream:
                return {self.name(each["node"]): each["missing"] for each in one["readers"]}
        return {}

    def mine(self, name: str) -> list[dict[str, Any]]:
        """The assignments that a node was given, newest last."""
        items: list[dict[str, Any]] = self.user(name, "supervisor").get(
            "/assignments?role=assignee"
        )["items"]
        return items

    def hand(self, name: str, lead: str, *others: str) -> list[str]:
        """Register a matter at `name` and issue it; the assignments' ids, the lead's first."""
        chief = self.user(name, "supervisor")
        made = chief.post("/matters", FORM)
        units = {
            "lead": self.node(lead),
            "cohandlers": [self.node(other) for other in others],
        }
        handed = chief.post(f"/matters/{made['id']}/issue", units)
        return [one["id"] for one in handed["assignments"]]

    def has(self, name: str, id: str) -> bool:
        return id in {one["id"] for one in self.mine(name)}

    def act(self, name: str, id: str, *words: str) -> None:
        """The head of `name` acts on its assignment."""
        bodies: dict[str, Any] = {"deploy": DEPLOY, "report": DONE, "clear": DONE}
        for word in words:
            self.user(name, "head").post(f"/assignments/{id}/{word}", bodies.get(word))

    def call(self, name: str) -> str | None:
        """Take a node's turn with its parent now, whatever its schedule; a failure's code."""
        one, place = self.hosts[name].host, self.places[name]
        parent = self.node(self.plan[name].above)
        link = one.read(place, lambda store: store.link(parent))
        assert link is not None
        wire = HttpWire(one.limits.bytes * 2)
        try:
            return turn(one.hands(place, wire), parent, link.address or "").failure
        finally:
            wire.close()

    def stop(self) -> None:
        for one in self.hosts.values():
            if one.works:
                one.worker.stop()
        for one in self.hosts.values():
            one.stop()
