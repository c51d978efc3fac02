"""Weighing: is it big (大事), key (要事) or urgent (急事)? One small published table.

Decides the points of the options chosen, the axes that they reach, and so whether a matter is
trivial. Never decides what follows (gate.py). docs/intake.md shows the table.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from schemas.intake import CRITERIA, WEIGHTS

AXES: Final[Mapping[str, str]] = dict(zip(WEIGHTS, ("大事", "要事", "急事"), strict=True))
ENOUGH: Final = 3  # points on an axis that make the matter one of its kind


@dataclass(frozen=True, slots=True)
class Criterion:
    """One row: its name, the axis it counts on, and per option its words and points."""

    name: str
    axis: str
    options: Mapping[str, tuple[str, int]]


def _row(code: str, name: str, axis: str, *options: tuple[str, int]) -> Criterion:
    return Criterion(name, axis, dict(zip(CRITERIA[code], options, strict=True)))


TABLE: Final[Mapping[str, Criterion]] = {
    "scope": _row(
        "scope", "涉及范围", "big",
        ("一户一企", 0), ("数户数企", 1), ("一个乡镇", 2), ("一个县", 3), ("市及以上", 4),
    ),
    "people": _row(
        "people", "涉及人数", "big", ("10人以下", 0), ("数十人", 1), ("数百人", 2), ("千人以上", 3)
    ),
    "money": _row(
        "money", "涉及金额", "big",
        ("不涉及", 0), ("100万元以下", 1), ("1000万元以下", 2), ("1000万元及以上", 3),
    ),
    "instruction": _row(
        "instruction", "批示层级", "key", ("无", 0), ("县级", 2), ("市级", 3), ("省级", 4)
    ),
    "livelihood": _row(
        "livelihood", "民生与营商", "key", ("不涉及", 0), ("间接影响", 1), ("直接影响", 3)
    ),
    "deadline": _row(
        "deadline", "时限", "urgent", ("无", 0), ("一个月内", 1), ("一周内", 2), ("三日内", 3)
    ),
    "danger": _row(
        "danger", "安全风险", "urgent", ("无", 0), ("可能发生", 2), ("正在发生", 4)
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Weight:
    """Points per axis, all points, and the axes that have enough."""

    axes: Mapping[str, int]
    points: int
    reached: tuple[str, ...]

    @property
    def words(self) -> str:
        """As people read it: `大事(4分)、急事(3分)`."""
        return "、".join(f"{AXES[axis]}({self.axes[axis]}分)" for axis in self.reached)


def weigh(scores: Mapping[str, Any]) -> Weight:
    """The weight of the options chosen; criteria left out count nothing.

    KeyError for a criterion or an option that the table doesn't have.
    """
    axes = dict.fromkeys(AXES, 0)
    for code, option in scores.items():
        row = TABLE[code]
        axes[row.axis] += row.options[option][1]
    reached = tuple(axis for axis, points in axes.items() if points >= ENOUGH)
    return Weight(axes, sum(axes.values()), reached)
