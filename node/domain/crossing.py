"""Crossed facts: two writers, neither of whom had seen the other's. Who wins.

Decides which types can cross at all, and which of two crossed facts is void. Never looks at
states. Follows docs/spec/07-apply.md, "Crossing".
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from node.domain.authority import Parties
from node.domain.facts import Fact
from node.domain.machine import ALL_MOVES

# Said beside the course of things: they change no state, are named in no `re`, and never cross.
NEUTRAL: Final = frozenset(
    {
        "duban.assignment.urged",
        "duban.assignment.copied",
        "duban.assignment.pause_refused",
        "duban.matter.linked",
        "duban.matter.listed",
        "duban.matter.valued",
    }
)
# Any two of these on one object cross, a report too: whoever reports without having seen that the
# matter was taken back, reports into the void. Beside what leaves it room (machine.py) it stands.
CROSSING: Final = frozenset(type for moves in ALL_MOVES for type in moves.rows)

REGISTRAR, ISSUER, ASSIGNEE, OTHER = 3, 2, 1, 0


def rank(fact: Fact, parties: Parties) -> int:
    """How much a fact weighs when crossed; a ruling that is repeated weighs like the first."""
    if fact.datum("repeats") is not None:
        return REGISTRAR
    if fact.writer == parties.issuer:
        return ISSUER
    if fact.writer == parties.assignee:
        return ASSIGNEE
    return REGISTRAR if fact.writer == parties.registrar else OTHER


def standing(
    facts: Iterable[int],
    weight: Callable[[int], int],
    beats: Callable[[int, int], bool],
) -> list[int]:
    """Those of `facts` that no weightier standing one beats, in ascending order.

    `beats(other, one)`: whether the two are crossed, and `other` leaves no room for `one`.
    """
    kept: list[int] = []
    for one in sorted(facts, key=lambda fact: (-weight(fact), fact)):
        if not any(weight(other) > weight(one) and beats(other, one) for other in kept):
            kept.append(one)
    return sorted(kept)
