"""One step of a fault run, drawn from a seed: somebody acts, two hosts meet, or something breaks.

Decides what happens and to whom, and keeps count of what was injected. Never decides what is right:
check.py does.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from sync.writing import Draft
from tests.faults import orders
from tests.faults.box import Box, Dead, Failed, result, shift
from tests.faults.tree import HONEST, PLAN, VICTIMS, Tree, above_says
from tests.support.forms import DEPLOY, DONE, FORM

LONGEST_LIFE = 0.012
"""seconds after which a host at work is killed at the latest"""
KEPT_BODIES = 40
TURNS = 4
"""a gap is seen in one turn, asked for in the next, answered and taken in the third"""
BY = {"user": "u", "role": "head"}
MARK = {"mark": "good"}
NEXT: dict[str, tuple[str, str, dict[str, Any]]] = {
    "ISSUED": ("handler", "assignment.sign", {}),
    "SIGNED": ("head", "assignment.deploy", DEPLOY),
    "DOING": ("handler", "assignment.report", DONE),
}
MOMENTS = ("before", "meanwhile", "after", "answered", "below")
"""of the parent: before it gets the body, at work, before its answer is out, right after it; and of
the child, when the answer comes"""
CUT = ("refused", ("unavailable", "the link is cut", {}))


class Run:
    """A tree, a seed, and what has happened."""

    def __init__(self, tree: Tree, seed: int) -> None:
        self.tree = tree
        self.chance = random.Random(seed)
        self.injected = Counter[str]()
        self.steps = 0
        self.wrong = list[str]()
        self._bodies: list[tuple[str, bytes]] = []
        self._made: dict[str, list[str]] = {}
        self._kinds: list[tuple[int, Callable[[], None]]] = [
            (40, self._act), (24, self._meet), (10, self._bad_link), (8, self._kill_in_turn),
            (7, self._kill_in_act), (3, self._kill_idle), (3, self._lie), (2, self._full_disk),
            (2, self._wrong_clock), (2, self._poison), (1, self._reopen),
        ]  # fmt: skip

    def step(self) -> None:
        """The next one."""
        self.steps += 1
        weights = [weight for weight, _ in self._kinds]
        (kind,) = self.chance.choices([one for _, one in self._kinds], weights)
        kind()

    # acts

    def _who(self) -> str:
        return self.chance.choice(HONEST)

    def _command(self, name: str) -> tuple[str, str, str, Any] | None:
        """Something that this node may do now: role, operation, object, form."""
        box, draw = self.tree.boxes[name], self.chance.random()
        if draw < 0.35 or name == "province":
            below = [one for one in HONEST if PLAN[one][0] == name]
            if below and draw < 0.2:
                made = self._do(name, "supervisor", "matter.register", "", FORM)
                if made is None:
                    return None
                lead = {"lead": self.tree.nodes[self.chance.choice(below)]}
                return "supervisor", "matter.issue", made["id"], lead
            return "supervisor", "matter.register", "", FORM
        given = box.do(orders.mine, self.tree.eyes[name], "assignee")
        open_ones = [(id, state) for id, state in given if state in NEXT]
        if not open_ones:
            return "supervisor", "matter.register", "", FORM
        id, state = self.chance.choice(open_ones)
        if state == "DOING" and self.chance.random() < 0.3:
            return "head", "assignment.clear", id, DONE
        role, operation, form = NEXT[state]
        return role, operation, id, form

    def _act(self) -> None:
        """A command that is answered."""
        name = self._who()
        box = self.tree.boxes[name]
        if self.chance.random() < 0.15:
            asked = [
                id
                for id, at in box.do(orders.mine, self.tree.eyes[name], "issuer")
                if at == "CLOSE_REQ"
            ]
            if asked:
                self._do(name, "supervisor", "assignment.grant", self.chance.choice(asked), MARK)
                return
        command = self._command(name)
        if command is not None:
            self._do(name, *command)

    def _do(self, name: str, role: str, operation: str, id: str, form: Any) -> Any:
        """One command; None when it was refused."""
        sure = int(operation == "matter.register")
        try:
            made, tips = self.tree.boxes[name].do(
                orders.act, self.tree.nodes[name], role, operation, id, form
            )
        except Failed as failed:
            self.injected["command refused"] += 1
            if "Unavailable" in str(failed):
                self.injected["not kept, and said so"] += 1
            return None
        self.tree.counts(name, sure=sure)
        self.tree.relies(name, tips)
        if sure:
            self._made.setdefault(name, []).append(str(made["id"]))
        return made

    def _kill_in_act(self) -> None:
        """Killed while it works on a command, or right after the answer."""
        name = self._who()
        box, node = self.tree.boxes[name], self.tree.nodes[name]
        box.tell(orders.act, node, "supervisor", "matter.register", "", FORM)
        self.injected["kill -9 in a command"] += 1
        if self.chance.random() < 0.5:
            time.sleep(self.chance.random() * LONGEST_LIFE)
            heard = box.pipe.poll(0)
        else:
            heard = box.pipe.poll(10)
        said = box.pipe.recv() if heard else None
        box.kill()
        self.tree.again(name)
        if said is None:
            self.tree.counts(name, maybe=1)
            return
        try:
            _, tips = result(said)
        except Failed:
            return
        self.tree.counts(name, sure=1)
        self.tree.relies(name, tips)

    # links

    def _low(self) -> str:
        return self.chance.choice([name for name in HONEST if self.tree.above(name)])

    def _meet(self) -> None:
        name = self._low()

        def carry(above: Box, body: bytes) -> tuple[str, Any]:
            self._bodies = [*self._bodies, (self.tree.above(name), body)][-KEPT_BODIES:]
            return above_says(above, body)

        self.tree.exchange(name, carry)

    def _bad_link(self) -> None:
        """A link that is cut, slow, doubles, repeats or bends what it carries."""
        name, kind = self._low(), self.chance.choice(sorted(LINKS))
        self.injected[f"link: {kind}"] += 1
        old = [body for to, body in self._bodies if to == self.tree.above(name)]
        again = self.chance.choice(old) if old else b""
        self.tree.exchange(name, lambda above, body: LINKS[kind](above, body, self.chance, again))
        self._meets_again(name)

    def _kill_in_turn(self) -> None:
        """Either end is killed somewhere in a conversation."""
        name, when = self._low(), self.chance.choice(MOMENTS)
        above, dead = self.tree.above(name), list[str]()
        self.injected[f"kill -9 in an exchange: {when}"] += 1
        skipped = self.chance.randrange(2)

        def carry(box: Box, body: bytes) -> tuple[str, Any]:
            nonlocal skipped
            if skipped or dead:
                skipped -= 1
                return above_says(box, body)
            if when == "below":
                answer = above_says(box, body)
                self.tree.boxes[name].kill()
                dead.append(name)
                return answer
            if when == "meanwhile":
                box.tell(orders.serve, body)
                time.sleep(self.chance.random() * LONGEST_LIFE)
            answer = above_says(box, body) if when in ("after", "answered") else CUT
            box.kill()
            dead.append(above)
            self.tree.again(above)
            return answer if when == "answered" else CUT

        with suppress(Dead, OSError):
            self.tree.exchange(name, carry)
        if name in dead:
            self.tree.again(name)
        self._meets_again(name)

    def _kill_idle(self) -> None:
        name = self.chance.choice(tuple(PLAN))
        self.injected["kill -9 at rest"] += 1
        self.tree.boxes[name].kill()
        self.tree.again(name)

    def _meets_again(self, name: str) -> None:
        """Both are up again and the link is good: the parent must come to hold all of the child."""
        parent = self.tree.above(name)
        for _ in range(TURNS):
            self.tree.exchange(name)
            mine = self.tree.boxes[name].do(orders.tips, self.tree.nodes[name])
            nodes = self.tree.nodes[parent], self.tree.nodes[name]
            theirs = self.tree.boxes[parent].do(orders.known, *nodes)
            if all(theirs.get(chain) == end for chain, end in mine.items() if chain[1] == "up"):
                return
        self.wrong.append(f"{parent} lacks events of {name}, and does not get them")

    def _lie(self) -> None:
        """A relay alters, forges or drops what it passes on; a day later that must have shown."""
        relays = [name for name in HONEST if self.tree.above(name) and self._relays(name)]
        name, kind = self.chance.choice(relays), self.chance.choice(sorted(orders.LIES))
        for below in [one for one in HONEST if self.tree.above(one) == name]:
            self._do(below, "supervisor", "matter.register", "", FORM)
            self.tree.exchange(below)
        self.injected[f"relay lies: {kind}"] += 1
        self.tree.exchange(name, lie=kind)
        self.tree.beat()

    def _relays(self, name: str) -> bool:
        return any(self.tree.above(one) == name for one in HONEST)

    # hosts

    def _full_disk(self) -> None:
        name = self._who()
        box = self.tree.boxes[name]
        self.injected["disk full"] += 1
        box.do(orders.starve)
        for _ in range(4):
            self._do(name, "supervisor", "matter.register", "", FORM)
        for below in [one for one in HONEST if self.tree.above(one) == name]:
            self.tree.exchange(below)
        box.do(orders.feed)

    def _wrong_clock(self) -> None:
        name = self._who()
        box = self.tree.boxes[name]
        self.injected["clock off by a day"] += 1
        box.skew = self.chance.choice((-orders.DAY, 0.0, orders.DAY))
        box.do(shift, box.skew)

    def _poison(self) -> None:
        """Events that no rule understands, or that their writer has no right to."""
        name = self.chance.choice([one for one in HONEST if self.tree.above(one)])
        box, node = self.tree.boxes[name], self.tree.nodes[name]
        drafts = [Draft("duban.assignment.enchanted", f"matter:{node}:x0000001", "up", {"a": 1})]
        theirs = self._made.get(self.tree.above(name), [])
        if theirs:
            data = {"grounds": "无权撤销", "by": BY}
            drafts.append(Draft("duban.matter.cancelled", self.chance.choice(theirs), "up", data))
        given = box.do(orders.mine, self.tree.eyes[name], "assignee")
        asked = [id for id, state in given if state == "CLOSE_REQ"]
        if asked:
            id = self.chance.choice(asked)
            drafts.append(Draft("duban.assignment.granted", id, "up", MARK | {"by": BY}))
        self.injected["poison"] += len(drafts)
        heads, tips = box.do(orders.write, node, *drafts)
        self.tree.poison |= set(heads)
        self.tree.relies(name, tips)

    def _reopen(self) -> None:
        """The victims work as well, so that their two histories differ."""
        for name in VICTIMS:
            self._do(name, "supervisor", "matter.register", "", FORM)
            self.tree.exchange(name)
        self.injected["victims at work"] += 1

    def double(self) -> None:
        """From now on `twin` runs twice: both copies write, and both call their parent."""
        self.injected["duplicated node"] += 1
        self.tree.exchange("twin")
        self.tree.twin = Box(self.tree.copied("twin", "twin-copy"), self.tree.plant)
        node = self.tree.nodes["twin"]
        for box in (self.tree.boxes["twin"], self.tree.twin):
            box.do(orders.act, node, "supervisor", "matter.register", "", FORM)
        for _ in range(3):
            for box in (self.tree.boxes["twin"], self.tree.twin):
                self.tree.exchange("twin", box=box)

    def age(self) -> None:
        """`aged` is restored from a backup that lacks what it has handed in since."""
        self.injected["restored backup"] += 1
        backup = self.tree.copied("aged", "aged-backup")
        node = self.tree.nodes["aged"]
        for _ in range(3):
            self.tree.boxes["aged"].do(orders.act, node, "supervisor", "matter.register", "", FORM)
            self.tree.exchange("aged")
        self.tree.restored("aged", backup)
        self.tree.boxes["aged"].do(orders.act, node, "supervisor", "matter.register", "", FORM)
        for _ in range(3):
            self.tree.exchange("aged")


Carrying = Callable[[Box, bytes, random.Random, bytes], tuple[str, Any]]


def _lost(above: Box, body: bytes, chance: random.Random, again: bytes) -> tuple[str, Any]:
    return CUT


def _unanswered(above: Box, body: bytes, chance: random.Random, again: bytes) -> tuple[str, Any]:
    above_says(above, body)
    return CUT


def _slow(above: Box, body: bytes, chance: random.Random, again: bytes) -> tuple[str, Any]:
    time.sleep(chance.random() * LONGEST_LIFE)
    return above_says(above, body)


def _twice(above: Box, body: bytes, chance: random.Random, again: bytes) -> tuple[str, Any]:
    answer = above_says(above, body)
    above_says(above, body)
    return answer


def _replayed(above: Box, body: bytes, chance: random.Random, again: bytes) -> tuple[str, Any]:
    if again:
        above_says(above, again)
    return above_says(above, body)


def _cut_short(above: Box, body: bytes, chance: random.Random, again: bytes) -> tuple[str, Any]:
    return above_says(above, body[: chance.randrange(len(body))])


def _bent(above: Box, body: bytes, chance: random.Random, again: bytes) -> tuple[str, Any]:
    at = chance.randrange(len(body))
    return above_says(
        above, body[:at] + bytes([body[at] ^ 1 << chance.randrange(8)]) + body[at + 1 :]
    )


def _bent_answer(above: Box, body: bytes, chance: random.Random, again: bytes) -> tuple[str, Any]:
    kind, value = above_says(above, body)
    if kind == "answer":
        at = chance.randrange(len(value))
        value = value[:at] + bytes([value[at] ^ 1 << chance.randrange(8)]) + value[at + 1 :]
    return kind, value


LINKS: dict[str, Carrying] = {
    "request lost": _lost, "answer lost": _unanswered, "slow": _slow, "doubled": _twice,
    "an old body again": _replayed, "cut short": _cut_short, "bent": _bent,
    "answer bent": _bent_answer,
}  # fmt: skip
