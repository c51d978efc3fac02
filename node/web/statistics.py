"""Statistics as pages: timeliness, completeness, clearance, backlog, regions.

Decides how a question is put together and what stands on a page. All numbers are those of
node/service/statistics.py; each opens its list (counted.py). Follows docs/statistics.md.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any, Final
from urllib.parse import urlencode

from flask import request

from node.domain.commands import DomainRefused
from node.domain.evaluation.counting import BASES, STAGES
from node.domain.evaluation.periods import month_of
from node.domain.instants import local_date
from node.service import statistics, units
from node.service.units import Tree
from node.web import labels, tallies
from node.web.door import Page, Shown, Visit, go
from node.web.words import say

ASKED: Final = ("month", "since", "until", "board", "region", "by", "basis")
PAGE: Final = 50
SHOWN: Final = 20  # bars of one chart; the table has all
CHUNK: Final = 1 << 16


def pages() -> Iterator[Page]:
    """The pages of this room."""
    yield Page("stats", "/stats", first)
    yield Page("timeliness", "/stats/timeliness", timeliness)
    yield Page("clearance", "/stats/clearance", clearance)
    yield Page("ageing", "/stats/ageing", ageing)
    yield Page("regions", "/stats/regions", regions)


def first(_: Visit) -> Shown:
    """To the first page of statistics."""
    return go("timeliness")


# the question


def asked_of(tree: Tree, by: str) -> dict[str, Any]:
    """What the query string asks for; `unit`: an id, a name or a path of one unit."""
    found = {name: value for name in ASKED if (value := request.args.get(name, "").strip())}
    if found.get("month"):  # a month stands before dates left over in the form
        found = {name: value for name, value in found.items() if name not in ("since", "until")}
    said = request.args.get("unit", "").strip()
    if said:
        named = tree.find(said)
        if len(named) != 1:
            told = "; ".join(one.path for one in named[:5]) or "?"
            raise DomainRefused("bad-input", f"{len(named)} units: {told}", said[:80], "unit")
        found["unit"] = named[0].node
    if found.get("by") not in statistics.BY:
        found["by"] = by
    if not found["by"]:
        del found["by"]
    return found


def _spans(now: str) -> list[tuple[str, dict[str, str]]]:
    """Periods to choose with one click."""
    today = local_date(now)
    this = month_of(now)
    before = (today.replace(day=1) - timedelta(days=1)).isoformat()[:7]
    return [
        (say("全部时间"), {}),
        (say("本月"), {"month": this}),
        (say("上月"), {"month": before}),
        (say("今年"), {"since": date(today.year, 1, 1).isoformat()}),
    ]


def _quick(now: str) -> list[dict[str, Any]]:
    kept = {
        name: value
        for name, value in request.args.items()
        if value and name not in ("month", "since", "until", "page")
    }
    chosen = {name: request.args.get(name, "") for name in ("month", "since", "until")}
    return [
        {
            "words": words,
            "href": f"{request.path}?{urlencode(kept | span)}",
            "on": chosen == {"month": "", "since": "", "until": ""} | span,
        }
        for words, span in _spans(now)
    ]


def _named(row: Mapping[str, Any], by: str | None, tree: Tree, names: Names) -> str:
    """What a row is called."""
    key = row["key"]
    if by == "board":
        return say(labels.BOARDS.get(key, key))
    if by == "region":
        return names(key)
    return row.get("name") or tree.name(key)


def _answer(
    visit: Visit,
    tree: Tree,
    asked: dict[str, Any],
    ask: Any = statistics.statistics,
    **only: Sequence[str],
) -> dict[str, Any]:
    told: dict[str, Any] = ask(visit.host, visit.place, asked, visit.sight, whole=True, **only)
    by, names = asked.get("by"), Names(tree)
    for row in told["rows"]:
        row["label"] = _named(row, by, tree, names)
    return told


class Names:
    """Names of regions."""

    def __init__(self, tree: Tree) -> None:
        self._held = tree.regions

    def __call__(self, code: str) -> str:
        """A code with the name of the unit that has it."""
        if code in ("none", ""):
            return say("未填区划")
        held = self._held.get(code.rstrip("0"))
        return f"{held}({code})" if held else code


def _part(rows: list[Any]) -> dict[str, Any]:
    """A page of rows, by its number, and the addresses before and behind."""
    said = request.args.get("page", "1")
    number = int(said) if said.isdigit() and 0 < int(said) < 10_000 else 1
    start = (number - 1) * PAGE
    plain = {name: value for name, value in request.args.items() if value and name != "page"}

    def address(at: int) -> str:
        return f"{request.path}?{urlencode(plain | {'page': str(at)})}"

    return {
        "rows": rows[start : start + PAGE],
        "count": len(rows),
        "before": address(number - 1) if number > 1 else "",
        "behind": address(number + 1) if start + PAGE < len(rows) else "",
    }


def show(visit: Visit, template: str, tree: Tree, asked: Mapping[str, Any], **more: Any) -> Shown:
    """A page of statistics."""
    return visit.show(
        template,
        tree=tree,
        asked=asked,
        said=request.args,
        quick=_quick(visit.now),
        now=visit.now,
        tallies=tallies,
        query=urlencode({name: value for name, value in asked.items() if value}),
        **more,
    )


# pages


def timeliness(visit: Visit) -> Shown:
    """Completeness and timeliness per stage; the same per unit, board or region."""
    tree = units.tree(visit.host, visit.place)
    asked = asked_of(tree, "unit")
    basis = asked.get("basis", "due")
    if basis not in BASES:
        accepted = ", ".join(BASES)
        raise DomainRefused("bad-input", f"basis {basis!r}"[:80], accepted, "basis")
    told = _answer(visit, tree, asked, only=("stages", "overdue_days"), bases=(basis,))
    stages = [
        {"stage": one, "label": tallies.stage(one), **told["total"]["stages"][one][basis]}
        for one in STAGES
    ]
    rows = [row | {"sums": _sums(row["stages"], basis)} for row in told["rows"]]
    rows = [row for row in rows if row["sums"]["expected"] or row["sums"]["paused"]]
    rows.sort(key=_worst)
    return show(
        visit, "stats_timeliness.html", tree, asked, basis=basis, stages=stages,
        stage_bars=tallies.stacked(
            ({"label": one["label"], "counts": one["counts"],
              "text": _percent(one["timeliness"])} for one in stages),
            ("on_time", "late")),
        bars=tallies.shares((row["label"], row["sums"]["rate"]) for row in rows[:SHOWN]),
        total=_sums(told["total"]["stages"], basis), late=told["total"]["overdue_days"],
        part=_part(rows), told=told, codes=STAGES,
    )  # fmt: skip


def _percent(value: float | None) -> str:
    return "—" if value is None else f"{value * 100:.1f}%"


def _sums(stages: Mapping[str, Any], basis: str) -> dict[str, Any]:
    """All stages of a row together."""
    blocks = [stages[one][basis] for one in STAGES]
    names = ("expected", "submitted", "on_time", "late", "missing", "paused")
    found: dict[str, Any] = {name: sum(one["counts"][name] for one in blocks) for name in names}
    found["rate"] = found["on_time"] / found["expected"] if found["expected"] else None
    found["full"] = found["submitted"] / found["expected"] if found["expected"] else None
    first: str = blocks[0]["list"]
    found["list"] = first.replace(f"stage={STAGES[0]}&", "").replace(f"&stage={STAGES[0]}", "")
    return found


def _worst(row: Mapping[str, Any]) -> tuple[float, int, str]:
    rate = row["sums"]["rate"]
    return (2.0 if rate is None else rate, -row["sums"]["late"], row["label"])


def clearance(visit: Visit) -> Shown:
    """Clearance over any period, returns and redos, marks, satisfaction."""
    tree = units.tree(visit.host, visit.place)
    asked = asked_of(tree, "unit")
    told = _answer(visit, tree, asked)
    rows = [
        row
        for row in told["rows"]
        if any(any(row[name]["counts"].values()) for name in ("matters", "assignments", "turns"))
    ]
    rows.sort(key=lambda row: (-row["assignments"]["counts"]["given"], row["label"]))
    chart = [
        {"label": label, "counts": told["total"][name]["counts"],
         "text": _percent(told["total"][name]["clearance_rate"])}
        for name, label in (("matters", say("事项")), ("assignments", say("交办单")))
    ]  # fmt: skip
    most = max(sum(one["counts"][word] for word in ("cleared", "open")) for one in chart)
    return show(
        visit, "stats_clearance.html", tree, asked, told=told, total=told["total"],
        whole_bars=tallies.stacked(chart, ("cleared", "open"), most or None),
        bars=tallies.stacked(
            ({"label": row["label"], "counts": row["assignments"]["counts"],
              "text": _percent(row["assignments"]["clearance_rate"])} for row in rows[:SHOWN]),
            ("cleared", "open")),
        part=_part(rows),
    )  # fmt: skip


def ageing(visit: Visit) -> Shown:
    """How old the backlog is, and how long overdue."""
    tree = units.tree(visit.host, visit.place)
    asked = asked_of(tree, "unit")
    told = _answer(visit, tree, asked, statistics.ageing)
    total = told["total"]
    rows = [row for row in told["rows"] if any(row["assignments"]["counts"].values())
            or any(row["matters"]["counts"].values())]  # fmt: skip
    rows.sort(
        key=lambda row: (
            -row["assignments"]["counts"]["overdue"],
            -row["assignments"]["counts"]["open"],
            row["label"],
        )
    )
    classes = {
        name: [one for one in total[name]["counts"] if one.startswith(f"{kind}-")]
        for name, kind in (("matters", "open"), ("assignments", "open"))
    } | {"overdue": [one for one in total["assignments"]["counts"] if one.startswith("overdue-")]}
    charts = {
        name: tallies.stacked(
            (
                {"label": tallies.word(one),
                 "counts": {name if name == "overdue" else "open":
                            total["assignments" if name == "overdue" else name]["counts"][one]}}
                for one in held
            ),
            (name if name == "overdue" else "open",),
        )
        for name, held in classes.items()
    }  # fmt: skip
    return show(
        visit, "stats_ageing.html", tree, asked, told=told, total=total, classes=classes,
        charts=charts, part=_part(rows),
    )  # fmt: skip


def regions(visit: Visit) -> Shown:
    """The same numbers by city; of one city by county."""
    tree = units.tree(visit.host, visit.place)
    asked = asked_of(tree, "region") | {"by": "region"}
    told = _answer(visit, tree, asked)
    rows = [row | {"sums": _sums(row["stages"], "due")} for row in told["rows"]]
    rows.sort(key=lambda row: row["key"])
    return show(
        visit, "stats_regions.html", tree, asked, told=told, rows=rows,
        total=told["total"] | {"sums": _sums(told["total"]["stages"], "due")},
        cleared=tallies.shares((row["label"], row["matters"]["clearance_rate"]) for row in rows),
        bars=tallies.shares((row["label"], row["sums"]["rate"]) for row in rows),
        inside=asked.get("region"),
        link=lambda code: urlencode(
            {name: asked[name] for name in ("month", "since", "until", "board") if name in asked}
            | {"region": code}
        ),
    )  # fmt: skip
