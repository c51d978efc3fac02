"""The picture: what a matter's assignments make of it, and how many stand where.

Decides a matter's state from its own and its assignments', and counts matters by board, state and
light. Never reads a table, never asks what time it is: lights are handed in (clocks.py). Follows
docs/spec/07-apply.md, "States".
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from node.domain.clocks import Light
from node.domain.machine import ASSIGNMENT_STATES, ENDED

OPEN_STATES: Final = frozenset(ASSIGNMENT_STATES) - ENDED
CLEARED: Final = ("CLOSED", "STRUCK")
APART: Final = ("CANCELLED", "MERGED")  # counted, but in no rate

Counts = Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Picture:
    """Counts of matters; a state or light that none shows has no entry."""

    states: Counts
    boards: Mapping[str, Counts]  # board -> state -> how many
    lights: Mapping[str, Counts]  # board -> light -> how many

    @property
    def matters(self) -> int:
        """How many there are in all."""
        return sum(self.states.values())

    @property
    def cleared(self) -> int:
        """How many are closed, struck off or not."""
        return sum(self.states.get(state, 0) for state in CLEARED)

    @property
    def clearance_rate(self) -> float | None:
        """Cleared / (registered - cancelled - merged), 0 to 1; None when nothing counts."""
        counted = self.matters - sum(self.states.get(state, 0) for state in APART)
        return self.cleared / counted if counted else None


def matter_state(own: str, assignments: Iterable[tuple[str, str, bool]]) -> str:
    """A matter's state, from its own and from (kind, state, part) of each of its assignments.

    OPEN from the first assignment on; CLOSED when the lead's is closed and no other is open. What
    the registrar has struck or cancelled stays so.
    """
    held = list(assignments)
    if own != "APPROVED" or not held:
        return own
    if any(state in OPEN_STATES for _, state, _ in held):
        return "OPEN"
    led = any(kind == "lead" and state == "CLOSED" and not part for kind, state, part in held)
    return "CLOSED" if led else "OPEN"


def roll_up(matters: Iterable[tuple[str, str, Light | None]]) -> Picture:
    """Count matters, each given as (board, state, its gravest light or None)."""
    states: Counter[str] = Counter()
    boards: dict[str, Counter[str]] = {}
    lights: dict[str, Counter[str]] = {}
    for board, state, light in matters:
        states[state] += 1
        boards.setdefault(board, Counter())[state] += 1
        if light is not None:
            lights.setdefault(board, Counter())[light] += 1
    return Picture(_sorted(states), _nested(boards), _nested(lights))


def _sorted(counts: Counts) -> Counts:
    return dict(sorted(counts.items()))


def _nested(counts: Mapping[str, Counts]) -> Mapping[str, Counts]:
    return {board: _sorted(counts[board]) for board in sorted(counts)}
