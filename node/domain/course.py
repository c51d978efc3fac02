"""The course of one object: which of its entitled facts find the state that they need, and stand.

Decides, for each fact, the state that its own past gives, whether its type is allowed there, and
which of the allowed ones no crossing makes void. Never judges form or authority (fold.py).
Follows docs/spec/07-apply.md, "State" and "Crossing".
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Final

from node.domain.authority import Parties
from node.domain.crossing import rank, standing
from node.domain.facts import Fact
from node.domain.machine import Moves
from node.domain.ordering import Order


def repetition(fact: Fact) -> tuple[Any, ...] | None:
    """What makes a repetition equal to another one of its writer's; None: it is none."""
    repeats = fact.datum("repeats")
    if fact.type == RULED and fact.datum("by") is None:  # the node's own finding, not a person's
        repeats = fact.datum("of")
    return repeats and (fact.writer, fact.type, fact.re, fact.stream, repeats)


RULED: Final = "duban.assignment.ruled"


class Course:
    """Which of the entitled facts are allowed by what they themselves build upon.

    Of equal repetitions the first that is allowed counts; the others are echoes, without effect.
    """

    def __init__(self, order: Order, lively: Collection[int], moves: Moves, parties: Parties):
        self.order = order
        self.moves = moves
        self.mask = sum(1 << at for at in lively)
        self.ranks = {at: rank(order.facts[at], parties) for at in lively}
        self.allowed: set[int] = set()
        self.echoes: set[int] = set()
        self._found: dict[int, str | None] = {0: None}
        said: set[tuple[Any, ...] | None] = set()
        for at in sorted(lively):
            key = repetition(order.facts[at])
            if key in said:
                self.echoes.add(at)
            elif moves.after(self._state(order.past[at] & self.mask), order.facts[at].type):
                self.allowed.add(at)
                said |= {key} - {None}

    def stand(self) -> list[int]:
        """All that are allowed and not void, in order."""
        return self._standing(self.mask)

    def _standing(self, past: int) -> list[int]:
        among = [at for at in self.allowed if past >> at & 1]
        return standing(among, self.ranks.__getitem__, self._beats)

    def _beats(self, other: int, one: int) -> bool:
        facts, past = self.order.facts, self.order.past
        if past[one] >> other & 1 or past[other] >> one & 1:
            return False
        if facts[one].writer == facts[other].writer:
            return False
        return not self.moves.leaves_room(facts[other].type, facts[one].type)

    def _state(self, past: int) -> str | None:
        """The state that a set of facts gives which contains the past of each of its members."""
        if past not in self._found:
            last = past.bit_length() - 1
            before = past ^ (1 << last)
            if self.order.past[last] & self.mask == before:  # the last one builds upon the rest
                self._found[past] = self._after(self._state(before), last)
            else:
                self._found[past] = self._run(past)
        return self._found[past]

    def _after(self, state: str | None, at: int) -> str | None:
        if at not in self.allowed:
            return state
        return self.moves.after(state, self.order.facts[at].type) or state

    def _run(self, past: int) -> str | None:
        state: str | None = None
        for at in self._standing(past):
            state = self._after(state, at)
        return state
