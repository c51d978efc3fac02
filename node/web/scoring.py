"""The monthly score as pages: each unit's with its reasons, ranked above a minimum; the table.

Decides what stands on a page. Scores, ranks and lines are node/service/scores.py's. Follows
docs/statistics.md, "The monthly score".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any, Final

from flask import request

from node.domain.evaluation.periods import month_of
from node.service import scores, units
from node.service.units import Tree
from node.web import tallies
from node.web.door import Page, Shown, Visit
from node.web.statistics import asked_of, show

SHOWN: Final = 20  # bars of one chart; the table has all


def pages() -> Iterator[Page]:
    """The pages of this room."""
    yield Page("score", "/stats/score", score)
    yield Page("score_table", "/stats/score/table", table)


def score(visit: Visit) -> Shown:
    """A month's scores with their reasons; ranked per level above the minimum."""
    tree = units.tree(visit.host, visit.place)
    asked = {
        name: value
        for name in ("month", "level", "table")
        if (value := request.args.get(name, "").strip())
    }
    unit = asked_of(tree, "").get("unit")
    if unit:
        asked["unit"] = unit
    told = scores.scores(visit.host, visit.place, asked, visit.sight)
    levels = list[dict[str, Any]]()
    for level in dict.fromkeys(row["level"] for row in told["rows"]):
        mine = [row for row in told["rows"] if row["level"] == level]
        ranked = [row for row in mine if row["rank"] is not None]
        bars = tallies.shares((_title(row, tree), row["score"] / 100) for row in ranked[:SHOWN])
        for bar, row in zip(bars, ranked, strict=False):
            bar["text"] = f"{row['score']:.2f}"
        few = [row for row in mine if row["rank"] is None]
        levels.append({"level": level, "ranked": ranked, "few": few, "bars": bars})
    return show(
        visit, "stats_score.html", tree, asked, told=told, levels=levels,
        months=_months(told["month"], visit.now), title=lambda row: _title(row, tree),
    )  # fmt: skip


def _title(row: Mapping[str, Any], tree: Tree) -> str:
    return row["name"] or tree.name(row["unit"])


def _months(chosen: str, now: str) -> dict[str, str]:
    """The month before, the month after unless it lies ahead."""
    first = date.fromisoformat(f"{chosen}-01")
    before = (first - timedelta(days=1)).isoformat()[:7]
    after = (first + timedelta(days=32)).isoformat()[:7]
    return {"before": before, "after": after if after <= month_of(now) else ""}


def table(visit: Visit) -> Shown:
    """The published table: what is deducted and credited; every version held."""
    told = scores.show(visit.host, visit.place)
    version = request.args.get("version", "").strip()
    shown = scores.one(visit.host, visit.place, version) if version else told["in_force"]
    return visit.show(
        "stats_table.html",
        told=told,
        shown=shown,
        tallies=tallies,
        now=visit.now,
        said=request.args,
    )
