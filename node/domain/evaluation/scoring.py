"""The monthly score: a published table of deductions and credits over what was counted.

Decides what each line takes, the sum within 0 and 100, and the rank among units of one level. Whole
hundredths of a point throughout, each line rounded once, halves up, so that what is shown adds up.
Never counts (counting.py). Follows docs/spec/10-13710-events.md, "Score tables".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

SCORE_NAME: Final = "monthlyscore"
FULL: Final = 10_000  # hundredths


def _line(measure: str, effect: str, points: int, per: str, most: int) -> dict[str, Any]:
    return {"measure": measure, "effect": effect, "points": points, "per": per, "most": most}


# Counts where nothing is published. Its number is below every published one's.
DEFAULT_TABLE: Final[dict[str, Any]] = {
    "version": f"{SCORE_NAME}/0",
    "lines": [
        _line("k1.late", "deduct", 1000, "share", 1000),
        _line("k3.late", "deduct", 1500, "share", 1500),
        _line("k7.late", "deduct", 2500, "share", 2500),
        _line("km.late", "deduct", 2500, "share", 2500),
        _line("kp.late", "deduct", 1000, "share", 1000),
        _line("ka.late", "deduct", 500, "share", 500),
        _line("k7.missing", "deduct", 100, "each", 500),
        _line("km.missing", "deduct", 200, "each", 500),
        _line("overdue_days", "deduct", 10, "each", 500),
        _line("returned", "deduct", 100, "each", 500),
        _line("reopened", "deduct", 200, "each", 500),
        _line("complained", "deduct", 200, "each", 500),
        _line("unsatisfied", "deduct", 100, "each", 500),
        _line("excellent", "credit", 50, "each", 300),
        _line("satisfied", "credit", 50, "each", 200),
    ],
    "minimum": 5,
}


@dataclass(frozen=True, slots=True)
class Taken:
    """What one line gives: `count` counted, of `of` expected (a share's), `points` hundredths."""

    measure: str
    effect: str
    count: int
    of: int | None
    points: int  # negative: a deduction


@dataclass(frozen=True, slots=True)
class Score:
    """Hundredths of a point, 0 to 10,000, and every line that gives it, those of 0 too."""

    points: int
    lines: tuple[Taken, ...]


def stage_of(measure: str) -> str | None:
    """The stage that a measure is about; None for one about no stage."""
    stage, dot, _ = measure.partition(".")
    return stage if dot else None


def score(numbers: Mapping[str, int], table: Mapping[str, Any]) -> Score:
    """Score a unit by a table.

    `numbers`: per measure how many, and per stage (`k7.expected`) how many were expected.
    """
    lines = tuple(_taken(line, numbers) for line in table["lines"])
    whole = FULL + sum(one.points for one in lines)
    return Score(min(max(whole, 0), FULL), lines)


def _taken(line: Mapping[str, Any], numbers: Mapping[str, int]) -> Taken:
    measure, count, of = line["measure"], numbers.get(line["measure"], 0), None
    taken = line["points"] * count
    if line["per"] == "share":
        of = numbers.get(f"{stage_of(measure)}.expected", 0)
        taken = (2 * taken + of) // (2 * of) if of else 0
    taken = min(taken, line["most"])
    return Taken(
        measure, line["effect"], count, of, -taken if line["effect"] == "deduct" else taken
    )


def ranks(scored: Iterable[tuple[str, str, int, int]], minimum: int) -> dict[str, int | None]:
    """The rank of each unit among those of its level, by (unit, level, points, in hand).

    Equal scores share a rank, and the next is as far behind as there are before it. None: fewer in
    hand than `minimum`.
    """
    found: dict[str, int | None] = {}
    levels: dict[str, list[tuple[int, str]]] = {}
    for unit, level, points, hand in scored:
        found[unit] = None
        if hand >= minimum:
            levels.setdefault(level, []).append((points, unit))
    for standing in levels.values():
        standing.sort(key=lambda one: (-one[0], one[1]))
        rank, last = 0, -1
        for place, (points, unit) in enumerate(standing, 1):
            rank, last = (rank if points == last else place), points
            found[unit] = rank
    return found
