"""What each host's process is told, day by day: take your place, act, exchange, show your books.

The driver (drive.py) hands in the clock and each day's steps; a host knows nothing of the others
but their ids. Turns are taken when told: those that carry events, from below upwards and then down,
so that one exchange carries all that a link has; receipts go with what goes anyway. Decides
no step.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import date, datetime
from itertools import groupby
from typing import Any, Final

import msgspec

from bench.years import words
from bench.years.course import Step
from bench.years.sitting import Sitter
from bench.years.tree import Tree
from node.domain.commands import Actor
from node.readmodel import queries
from node.service import campaigns, policies, searching
from node.service.clock import OffsetClock
from node.service.founding import held
from node.service.host import Host
from node.service.numbers import set_letters
from node.service.place import Place
from node.storage.turns import Turn, pressing, turns
from node.worker import Loopback
from sync.driver import Hands, Wire, turn
from sync.me import Now
from sync.transports.http import HttpWire

THREADS: Final = 12
"""turns at once: they share commits"""
MOST_TURNS: Final = 1000
FIELDS: Final = ("id", "state", "due", "verdict", "struck")
_stage = dict[int, "Stage"]()


class Stage:
    """One host at play."""

    def __init__(self, host: Host, tree: Tree, ids: Mapping[str, str], seed: int) -> None:
        self.host, self.tree, self.ids = host, tree, ids
        self.real = host.now
        self.business = host.now().business
        host.now = self.now
        self.places = {one.tenant.node: one for one in host.places()}
        self.depth = {ids[key]: depth for key, depth in tree.depth.items() if key in ids}
        self.sitter = Sitter(host, tree, ids, seed, self.set_clock)
        self.pool = ThreadPoolExecutor(THREADS, thread_name_prefix="turn")
        self.wires, self.near = list[HttpWire](), Loopback(host)
        self.hands = dict[tuple[str, str], Hands]()
        self.used = set[tuple[str, str]]()

    def set_clock(self, at: str) -> None:
        """Business time, until it is moved again."""
        self.business = at

    def now(self) -> Now:
        """Wire time is the machine's, business time the play's."""
        found = self.real()
        return Now(found.wire, self.business, found.next_by, found.seconds)

    def act(self, day: int, when: date, evening: str, steps: Sequence[Step]) -> int:
        """Every node's steps of the day, each node's in one transaction; how many."""
        waiting = list[Future[int]]()
        for key, mine in groupby(steps, key=lambda one: one.node):
            place = self.places[self.ids[key]]
            job = self._job(place, day, when, list(mine))
            waiting.append(self.host.database.submit(job, place.tenant.id))
        done = sum(one.result() for one in waiting)
        self.business = evening
        return done

    def _job(self, place: Place, day: int, when: date, steps: list[Step]) -> Callable[[Any], int]:
        def run(connection: Any) -> int:
            store, me = self.host.store(connection, place), self.host.me(connection, place)
            return self.sitter.sit(place, day, when, steps, store, me)

        return run

    def settle(
        self, far: bool, called: frozenset[str] | None = None, receipts: bool = False
    ) -> tuple[int, int]:
        """Exchange until nothing waits; how many exchanges, and how many links could not be.

        `far`: also call those below on other hosts; `called`: only on links of which one of these
        is the lower node; `receipts`: also where only they wait.
        """

        def meant(one: Turn) -> bool:
            lower = max(one.node, one.peer, key=lambda node: self.depth[node])
            return (far or not self._outward(one)) and (called is None or lower in called)

        rounds, failed = 0, set[tuple[str, str]]()
        while True:
            found = [
                one
                for one in self._waiting(receipts)
                if (one.node, one.peer) not in failed and meant(one)
            ]
            if not found:
                break
            first = min(map(self._rank, found))
            chosen = [one for one in found if self._rank(one) == first]
            for one, made in zip(chosen, self.pool.map(self._take, chosen), strict=True):
                rounds += made[0]
                self.used.add((one.node, one.peer) if first < 0 else (one.peer, one.node))
                if made[1] is not None:
                    failed.add((one.node, one.peer))
        with self.host.database.read() as connection:
            left = [one for one in pressing(connection) if meant(one)]
        return rounds, len(left)

    def _waiting(self, receipts: bool) -> list[Turn]:
        with self.host.database.read() as connection:
            if receipts:
                return turns(connection, self.host.now().seconds, MOST_TURNS)
            return pressing(connection)

    def _outward(self, one: Turn) -> bool:
        return one.address is not None and self.depth[one.peer] > self.depth[one.node]

    def _rank(self, one: Turn) -> int:
        """Calls upwards come first, the deepest of them before others; then those downwards."""
        depth = self.depth[one.node]
        return -depth if self.depth[one.peer] < depth else depth + 1

    def _take(self, one: Turn) -> tuple[int, str | None]:
        """One link's turn; over the network on a connection that no other turn is using."""
        if one.address is None:
            return self._turn(one, self.near)
        wire = self.wires.pop() if self.wires else HttpWire(self.host.limits.bytes * 2)
        rounds, failure = self._turn(one, wire)
        if failure is None:
            self.wires.append(wire)
        else:
            wire.close()  # the next turn begins on a new connection
        return rounds, failure

    def _turn(self, one: Turn, wire: Wire) -> tuple[int, str | None]:
        named = one.node, one.domain
        if named not in self.hands:
            self.hands[named] = self.host.hands(self.places[one.node], self.near)
        hands = msgspec.structs.replace(self.hands[named], wire=wire)
        done = turn(hands, one.peer, one.address or "")
        return done.rounds, done.failure

    def books(self) -> dict[str, list[tuple[Any, ...]]]:
        """By node: what it gave, what it was given, what it registered, as its own book has it."""
        found: dict[str, list[tuple[Any, ...]]] = {"assignments": [], "matters": []}
        for node, place in self.places.items():
            for mine in ({"assignee": node}, {"issuer": node}):
                found["assignments"] += [(node, *row) for row in self._assignments(place, mine)]
            found["matters"] += [
                (node, row["id"], row["state"], row["board"])
                for row in self._matters(place)
                if row["registrar"] == node
            ]
        return found

    def _assignments(self, place: Place, mine: Mapping[str, str]) -> list[tuple[Any, ...]]:
        rows, after = list[tuple[Any, ...]](), None
        with self.host.database.read() as connection:
            while some := queries.list_assignments(
                connection, place.tenant.id, place.domain, self.business,
                after=after, limit=queries.MOST, **mine,
            ):  # fmt: skip
                rows += [tuple(row[name] for name in FIELDS) for row in some]
                after = some[-1]["id"]
        return rows

    def _matters(self, place: Place) -> list[dict[str, Any]]:
        rows, after = list[dict[str, Any]](), None
        with self.host.database.read() as connection:
            while some := queries.list_matters(
                connection, place.tenant.id, place.domain, self.business,
                after=after, limit=queries.MOST,
            ):  # fmt: skip
                rows += some
                after = some[-1]["id"]
        return rows


# what a process is told


def keys(host: Host) -> dict[str, str]:
    """Node ids by their keys in the topology."""
    return held(host)


def begin(host: Host, tree: Tree, ids: Mapping[str, str], seed: int, at: str) -> int:
    """Take one's place; how many nodes live here."""
    stage = _stage[0] = Stage(host, tree, ids, seed)
    stage.set_clock(at)
    mine = [key for key in tree.registrars() if ids[key] in stage.places]
    for key in mine:
        place, letters = stage.places[ids[key]], tree.letters(key)

        def put(connection: Any, place: Place = place, letters: str = letters) -> None:
            set_letters(connection, place.tenant.id, letters, place.domain)

        host.database.write(put, place.tenant.id)
    return len(stage.places)


def publish(host: Host, territory: list[dict[str, Any]]) -> None:
    """At the root, once: the policy by which everybody is given time, and the campaign."""
    stage = _stage[0]
    place = stage.places[stage.ids[stage.tree.root]]
    actor = Actor(place.tenant.node, "supervisor-1", "supervisor")
    known = {one["version"] for one in policies.show(host, place)["published"]}
    if words.POLICY not in known:
        policies.publish(
            host, place, actor, {"version": words.POLICY, "tolerance": words.TOLERANCE}
        )
    if territory and not campaigns.listed(host, place)["items"]:
        campaigns.publish(host, place, actor, words.campaign(territory))


def act(_: Host, day: int, when: date, evening: str, steps: Sequence[Step]) -> int:
    """See Stage.act."""
    return _stage[0].act(day, when, evening, steps)


def settle(
    _: Host, far: bool, called: frozenset[str] | None = None, receipts: bool = False
) -> tuple[int, int]:
    """See Stage.settle."""
    return _stage[0].settle(far, called, receipts)


def used(_: Host) -> list[tuple[str, str]]:
    """The links (child, parent) that this host called since it was last asked."""
    found, _stage[0].used = sorted(_stage[0].used), set()
    return found


def books(_: Host) -> dict[str, list[tuple[Any, ...]]]:
    """See Stage.books."""
    return _stage[0].books()


def picture(_: Host, root: str) -> dict[str, list[dict[str, Any]]]:
    """All rows of the root's read models."""
    stage = _stage[0]
    place = stage.places[root]
    rows = [dict(zip(FIELDS, row, strict=True)) for row in stage._assignments(place, {})]
    matters = [
        {name: row[name] for name in ("id", "state", "board")} for row in stage._matters(place)
    ]
    return {"assignments": rows, "matters": matters, "drafts": []}


def end(host: Host, at: str) -> None:
    """Leave the host as it stands at that instant: its clock is kept, its texts are indexed."""
    while searching.index(host):
        pass
    clock = _stage[0].real
    if isinstance(clock, OffsetClock):
        clock.set(datetime.fromisoformat(at))


OPERATIONS: Final[Mapping[str, Callable[..., Any]]] = {
    "keys": keys,
    "begin": begin,
    "publish": publish,
    "act": act,
    "settle": settle,
    "used": used,
    "books": books,
    "picture": picture,
    "end": end,
}
