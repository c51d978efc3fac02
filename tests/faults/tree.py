"""A small tree of hosts in boxes, each with one node, and what the run knows of them for certain.

What a host has answered counts: `relied` are the ends of chains that somebody was told of, and
`registered` how many registrations were acknowledged or may have been (killed before the answer).
"""

from __future__ import annotations

import shutil
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final, NamedTuple

from tests.faults import orders
from tests.faults.box import Box

PLAN: Final[dict[str, tuple[str, str]]] = {
    "province": ("", "province"),
    "citya": ("province", "city"),
    "cityb": ("province", "city"),
    "county": ("citya", "county"),
    "town": ("county", "township"),
    "bureau": ("cityb", "department"),
    "twin": ("county", "township"),
    "aged": ("cityb", "department"),
}
VICTIMS: Final = ("twin", "aged")
"""`twin` will run twice, `aged` from an old backup: no command mends that yet, so they take no part
in assignments; what differs for them must be told to an operator"""
HONEST: Final = tuple(name for name in PLAN if name not in VICTIMS)
ROUNDS: Final = 12
Carry = Callable[[Box, bytes], tuple[str, Any]]


class Registered(NamedTuple):
    """How many registrations somebody was told of, and how many more there may be."""

    sure: int = 0
    maybe: int = 0


def plainly(above: Box, body: bytes) -> tuple[str, Any]:
    """An honest link."""
    return above_says(above, body)


def above_says(above: Box, body: bytes) -> tuple[str, Any]:
    """What the parent answers, as it goes down the pipe. Raises Dead."""
    above.tell(orders.serve, body)
    kind, value = above.hear()
    if kind in ("failed", "broken"):
        return "refused", ("unavailable", str(value), {})
    return ("answer", value) if kind == "done" else (kind, value)


class Tree:
    """Boxes and nodes by name."""

    def __init__(self, folder: Path, plant: Callable[[], None] | None = None) -> None:
        self.folder: Final = folder
        self.plant: Final = plant
        self.boxes: dict[str, Box] = {}
        self.nodes: dict[str, str] = {}
        self.eyes: dict[str, str] = {}
        self.relied: dict[str, dict[tuple[str, str], dict[int, str]]] = defaultdict(dict)
        self.registered: dict[str, Registered] = defaultdict(Registered)
        self.poison: set[str] = set()
        self.twin: Box | None = None
        for name, (above, level) in PLAN.items():
            box = self.boxes[name] = Box(folder / name)
            node = self.nodes[name] = box.do(orders.born, name, level, "" if above else "gov")
            self.eyes[name] = box.do(orders.eyes, node)
            if above:
                self._join(name, above, node)
        self.settle()
        if plant is not None:
            for box in self.boxes.values():
                box.kill()
                box.plant = plant
                box.start()

    def _join(self, name: str, above: str, node: str) -> None:
        box, parent = self.boxes[name], self.boxes[above]
        asked = box.do(orders.request, node)
        invitation = parent.do(orders.invite, self.nodes[above], asked)
        document = box.do(orders.prepare, node, invitation)
        box.do(orders.finish, node, invitation, parent.do(orders.admit, document))

    def relies(self, name: str, tips: orders.Tips) -> None:
        """Somebody was told that these events of `name` are kept."""
        for chain, (seq, head) in tips.items():
            self.relied[name].setdefault(chain, {})[seq] = head

    def counts(self, name: str, sure: int = 0, maybe: int = 0) -> None:
        """So many registrations more."""
        old = self.registered[name]
        self.registered[name] = Registered(old.sure + sure, old.maybe + maybe)

    def above(self, name: str) -> str:
        return PLAN[name][0]

    def exchange(
        self, name: str, carry: Carry = plainly, lie: str = "", box: Box | None = None
    ) -> str | None:
        """A turn of a node with its parent over this link; the failure. Raises Dead."""
        low, above = box or self.boxes[name], self.above(name)
        low.tell(orders.take_turn, self.nodes[name], self.nodes[above], lie)
        while True:
            kind, value = low.hear()
            if kind != "wire":
                return str(value) if kind in ("failed", "broken") else value
            low.pipe.send(carry(self.boxes[above], value))

    def again(self, name: str) -> None:
        """Start a host that was killed."""
        self.boxes[name].start()

    def settle(self) -> None:
        """Honest links, nobody killed: until a whole round moves nothing more."""
        for _ in range(ROUNDS):
            before = self._ends()
            for name in reversed(PLAN):
                if self.above(name):
                    self.exchange(name)
            if self._ends() == before:
                return

    def _ends(self) -> Any:
        return {name: self.boxes[name].do(held, self.nodes[name]) for name in PLAN}

    def beat(self) -> None:
        """A day passes, idle chains are sealed anew, and everybody meets."""
        for box in self.boxes.values():
            box.do(orders.beat, box.skew)
        self.settle()

    def copied(self, name: str, into: str) -> Path:
        """A copy of a host's folder, as a backup of the machine would have it."""
        self.boxes[name].kill()
        target = self.folder / into
        shutil.copytree(self.folder / name, target)
        self.again(name)
        return target

    def restored(self, name: str, backup: Path) -> None:
        """The host goes on from an old copy of its folder."""
        self.boxes[name].kill()
        shutil.rmtree(self.folder / name)
        shutil.copytree(backup, self.folder / name)
        self.again(name)

    def close(self) -> None:
        """Kill what runs."""
        for box in (*self.boxes.values(), *([self.twin] if self.twin else [])):
            box.kill()

    def paths(self, names: tuple[str, ...]) -> Iterator[str]:
        """Databases."""
        return (self.boxes[name].database for name in names)


def held(host: Any, _: Any, node: str) -> Any:
    """Ends of all chains that the node holds."""
    place = host.place(node, orders.DOMAIN)
    return host.read(place, lambda store: sorted((*c, t.seq) for c, t in store.chains()))
