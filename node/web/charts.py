"""Charts as SVG made here, each beside its table of the same numbers.

Decides lengths and positions; colours are style classes, so that no inline style is needed. A chart
never stands alone: the templates draw the table from the same rows.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

ORDER: Final = ("on_time", "late", "overdue", "waiting")
WIDTH: Final = 1000
HEIGHT: Final = 46


def funnel(stages: Mapping[str, Mapping[str, int]]) -> list[dict[str, Any]]:
    """Per stage a bar in four pieces: submitted in time, late, overdue, running."""
    found = list[dict[str, Any]]()
    for stage, counts in stages.items():
        shown = {name: counts.get(name, 0) for name in ORDER}
        total = sum(shown.values())
        expected = shown["on_time"] + shown["late"] + shown["overdue"]
        found.append(
            {
                "stage": stage,
                "y": HEIGHT * len(found),
                "counts": shown,
                "total": total,
                "bars": _bars(shown, total),
                "submitted": shown["on_time"] + shown["late"],
                "expected": expected,
                "rate": shown["on_time"] / expected if expected else None,
            }
        )
    return found


def _bars(shown: Mapping[str, int], total: int) -> list[dict[str, Any]]:
    bars, at = list[dict[str, Any]](), 0.0
    for name, count in shown.items():
        if count:
            width = WIDTH * count / total
            bars.append({"name": name, "count": count, "x": round(at, 1), "w": round(width, 1)})
            at += width
    return bars
