"""A small federation of real hosts in one process, and a wire that loses, repeats and crosses.

Province; city and department below it; two counties below the city, a township below the first.
Clocks and chance are handed in: the same choices make the same run.
"""

from __future__ import annotations

import random
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from federation.keys import Vault
from node.bootstrap import make_host
from node.config import read_config
from node.domain.assignment import AssignmentState
from node.domain.commands import Actor, DomainRefused
from node.domain.machine import ENDED
from node.readmodel.books import Books
from node.service import enrol, work
from node.service.host import Host
from node.service.place import Place
from node.storage.engine import Database
from node.storage.store import SqlStore
from schemas.refusals import Refused
from sync import exchange
from sync.driver import turn
from sync.me import Limits, Now
from tests.node.domain.commands.stage import DEPLOY, DONE, FORM

PARENTS = {
    "province": None,
    "city": "province",
    "department": "province",
    "county": "city",
    "other": "city",
    "township": "county",
}
LEVELS = {"department": "city", "other": "county"}
NODES = tuple(PARENTS)
START = datetime(2026, 3, 2, 2, tzinfo=UTC)
FAULTS = ("", "", "", "request lost", "answer lost", "twice", "old", "crossed", "doubled answer")
ROLES = {"sign": "head", "clear": "head", "split": "head"}
ROLES |= {"deploy": "handler", "report": "handler"}
Step = tuple[str, str, dict[str, Any]]


class Clock:
    """Wire and business time, moved by hand."""

    def __init__(self) -> None:
        self.moment = START

    def __call__(self) -> Now:
        self.moment += timedelta(milliseconds=1)
        later = self.moment + timedelta(days=1)
        wire = f"{self.moment:%Y-%m-%dT%H:%M:%S}.{self.moment.microsecond // 1000:03}Z"
        return Now(wire, wire, f"{later:%Y-%m-%dT%H:%M:%SZ}", self.moment.timestamp())


class Chance:
    """Chance that a seed decides."""

    def __init__(self, seed: str) -> None:
        self._random = random.Random(seed)

    def bytes(self, count: int) -> bytes:
        return self._random.randbytes(count)

    def nonce(self) -> str:
        return self._random.randbytes(13).hex()

    def unit(self) -> float:
        return self._random.random()


def found(folder: Path) -> None:
    """Make the six nodes, enrolled and quiet, each in a database of its own."""
    for name in NODES:
        make_host(read_config(str(folder / name), None)).database.close()
    world = World(folder)
    try:
        for name, above in PARENTS.items():
            host = world.hosts[name]
            level = LEVELS.get(name, name)
            born = enrol.init(host, name, level, root=None if above else "gov")
            if above is None:
                world.places[name] = host.place(born.node)
                continue
            parent, upper = world.places[above], world.hosts[above]
            request = enrol.request_of(host, born.node)
            invitation = enrol.invite(upper, parent, request, {}, f"http://{above}")
            args = (invitation, parent.domain, f"http://{name}", False)
            joining = enrol.prepare(host, born.node, *args)
            document = {"invitation": joining.invitation, "join": joining.join}
            world.places[name] = enrol.finish(host, joining, enrol.admit(upper, document))
        world.settle()
        _begin(world)
    finally:
        world.close()


def _begin(world: World) -> None:
    """Two matters under way: one in parts down to the township, one just given across branches."""
    first = world.do("province", "matter.register", "", FORM)["id"]
    units = {"lead": world.node("city"), "cohandlers": [world.node("department")]}
    id = world.do("province", "matter.issue", first, units)["assignments"][0]["id"]
    for name, below in (("city", ["county", "other"]), ("county", ["township"])):
        world.settle()
        world.do(name, "assignment.sign", id, {})
        world.do(name, "assignment.deploy", id, DEPLOY)
        lead, *others = map(world.node, below)
        parts = world.do(name, "assignment.split", id, {"lead": lead, "cohandlers": others})
        id = parts["assignments"][0]["id"]
    second = world.do("province", "matter.register", "", FORM)["id"]
    units = {"lead": world.node("county"), "cohandlers": [world.node("department")]}
    world.do("province", "matter.issue", second, units)
    world.settle()


class World:
    """The six nodes at work."""

    def __init__(self, folder: Path, seed: str = "") -> None:
        self.clock = Clock()
        self.wire = Wire(self)
        self.given = Counter[str]()
        self.hosts: dict[str, Host] = {}
        self.places: dict[str, Place] = {}
        for name in NODES:
            database = Database(f"sqlite:///{folder / name / 'host.db'}")
            key = bytes.fromhex((folder / name / "host.key").read_text())
            host = Host(database, Vault(key), self.clock, Chance(name + seed))
            host.limits = Limits(events=4)  # so that much takes many rounds
            self.hosts[name] = host
            for place in host.places():
                self.places[name] = place

    @staticmethod
    def copy(template: Path, folder: Path, seed: str) -> World:
        """A world that starts where `template` stands."""
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(template, folder)
        return World(folder, seed)

    def close(self) -> None:
        for host in self.hosts.values():
            host.database.close()

    def node(self, name: str) -> str:
        return self.places[name].tenant.node

    def read(self, name: str, ask: Callable[[SqlStore], Any]) -> Any:
        return self.hosts[name].read(self.places[name], ask)

    # commands

    def act(self, name: str, choice: int) -> bool:
        """One of the commands that the node's own books suggest; whether it was given."""
        steps: dict[str, list[Step]] = {}
        for step in self.read(name, lambda store: list(self._open(name, store))):
            steps.setdefault(step[0], []).append(step)
        if choice % 4:  # rulings that end everything are rare
            steps.pop("matter.cancel", None)
        choice, rest = divmod(choice // 4, len(steps) or 1)
        if not steps:
            return False
        alike = steps[sorted(steps)[rest]]
        try:
            self.do(name, *alike[choice % len(alike)])
        except DomainRefused:
            return False
        return True

    def do(self, name: str, operation: str, id: str, form: dict[str, Any]) -> dict[str, Any]:
        """One command by whoever may give it. Raises DomainRefused."""
        word = operation.partition(".")[2]
        actor = Actor(self.node(name), "u", ROLES.get(word, "supervisor"))
        done = work.run(self.hosts[name], self.places[name], actor, operation, id, form)
        self.given[word] += 1
        return done

    def _open(self, name: str, store: SqlStore) -> Iterator[Step]:
        books, me = Books(store.connection, store.tenant, store.node, store.domain), store.node
        held = sorted(store.roster())
        below = sorted(one for one in held if store.roster().in_subtree(me, one))
        ids = {
            event.header.subject: None for _, event in store.since(0, 10**6) if event.header.subject
        }
        if name in ("province", "city") and sum(id.startswith("matter:") for id in ids) < 3:
            yield "matter.register", "", FORM
        for id in ids:
            task = books.assignment(id) if id.startswith("assignment:") else None
            if task is not None:
                yield from _on_task(task, me, list(store.roster().children(me)))
            matter = books.matter(id) if id.startswith("matter:") else None
            if matter is not None and matter.registrar == me:
                yield "matter.strike", id, {"result": "r"}
                if books.of_matter(id):
                    yield "matter.cancel", id, {"grounds": "g"}
                    continue
                units = [one for one in below if one != me]
                yield from (
                    ("matter.issue", id, {"lead": one, "cohandlers": [other]})
                    for one, other in zip(units, (*units[1:], *units[:1]), strict=True)
                    if one != other
                )
                yield from (("matter.issue", id, {"lead": one}) for one in units)

    # exchanges

    def links(self) -> list[tuple[str, str]]:
        """(who calls, whom), both ways of every link."""
        pairs = [(name, above) for name, above in PARENTS.items() if above is not None]
        return [*pairs, *((above, name) for name, above in pairs)]

    def talk(self, caller: str, called: str, *faults: str) -> str | None:
        """One turn of `caller`, with these faults on its bodies; the code that ended it."""
        self.wire.faults = list(faults)
        hands = self.hosts[caller].hands(self.places[caller], self.wire)
        try:
            return turn(hands, self.node(called), f"http://{called}").failure
        finally:
            self.wire.faults = []

    def settle(self) -> None:
        """Exchange without faults until nobody has anything left to say."""
        for _ in range(12):
            failures = [self.talk(*link) for link in self.links()]
            if not any(failures) and not any(self._waits(*link) for link in self.links()):
                return
        raise AssertionError(f"still not quiet: {failures}")

    def _waits(self, caller: str, called: str) -> bool:
        peer = self.node(called)
        return bool(self.read(caller, lambda store: exchange.pending(store, peer)))


def _on_task(task: AssignmentState, me: str, children: list[str]) -> Iterator[Step]:
    id = task.id
    if task.assignee == me and task.state not in ENDED:
        word = {"ISSUED": "sign", "SIGNED": "deploy", "DOING": "clear"}.get(task.state)
        if word is not None:
            form = {"deploy": DEPLOY, "clear": DONE}.get(word, {})
            yield f"assignment.{word}", id, form
        if task.state == "DOING":
            yield "assignment.report", id, DONE
            if children:
                others = {"lead": children[0], "cohandlers": children[1:]}
                yield "assignment.split", id, others
    if task.issuer == me and task.state == "CLOSE_REQ":
        yield "assignment.grant", id, {"mark": "good", "remark": "r"}
        yield "assignment.return", id, {"reason": "r"}
    if task.assignee != me and task.state not in ENDED:
        yield "assignment.urge", id, {"text": "t"}


class Wire:
    """Hands bodies over, as well or badly as the next fault says."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.faults: list[str] = []
        self._past: dict[str, list[bytes]] = {}
        self.replayed = 0

    def post(self, address: str, body: bytes) -> bytes:
        to = address.removeprefix("http://")
        host = self._world.hosts[to]
        fault = self.faults.pop(0) if self.faults else ""
        if fault == "request lost":
            raise Refused("unavailable", "lost on the way there")
        if fault == "old":
            for old in self._past.get(to, [])[-3:]:
                self._refused(host, old)
        if fault == "crossed":
            faults, self.faults = self.faults, []
            for caller, called in self._world.links():
                if caller == to:
                    self._world.talk(caller, called)
            self.faults = faults
        answer = host.serve(body)
        self._past.setdefault(to, []).append(body)
        if fault in ("twice", "doubled answer"):
            self._refused(host, body)
        if fault == "answer lost":
            raise Refused("unavailable", "lost on the way back")
        return answer

    def _refused(self, host: Host, body: bytes) -> None:
        """A body that was taken before must not be taken again."""
        try:
            host.serve(body)
        except Refused:
            self.replayed += 1
            return
        raise AssertionError("a body was taken twice")
