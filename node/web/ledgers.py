"""The six boards' ledgers: totals and rates, by city, month or industry; rows; print; files.

Decides how a definition's fields and totals are drawn and where a number leads. Definitions, sums
and rates are node/service/ledgers.py's. Follows docs/ledgers.md.
"""

from __future__ import annotations

import calendar
from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import urlencode

from flask import request

from node.service import acts, exports, ledgers, units
from node.web import labels, tallies
from node.web.counted import sent
from node.web.door import Page, Shown, Visit
from node.web.statistics import Names
from node.web.words import language, say
from schemas.ledgers import NUMERIC

PAGE: Final = 50
PRINTED: Final = 5000  # rows of one print view; more is said, and had as a file
BARS: Final = 20
FILTERS: Final = (
    "q", "city", "state", "campaign", "class", "field", "value", "least", "most", "present",
)  # fmt: skip


def pages() -> Iterator[Page]:
    """The pages of this room."""
    yield Page("ledgers", "/ledgers", every)
    yield Page("ledger", "/ledgers/<board>", ledger)
    yield Page("ledger_file", "/ledgers/<board>/file", file)


def named(one: Mapping[str, Any]) -> str:
    """A field's, a total's or a group's name in the request's language."""
    return str(one["en"] if language() == "en" else one["zh"])


def _wanted() -> dict[str, str]:
    return {name: value for name in FILTERS if (value := request.args.get(name, "").strip())}


def every(visit: Visit) -> Shown:
    """All six, each with its totals."""
    held = [
        {
            "board": board,
            "definition": ledgers.one(visit.host, visit.place, board),
            "total": ledgers.totals(visit.host, visit.place, board, {}, visit.sight)["total"],
        }
        for board in labels.BOARDS
    ]
    return visit.show(
        "ledgers.html", held=held, named=named, amount=amount, units=measured, now=visit.now
    )


def ledger(visit: Visit, board: str) -> Shown:
    """One board: totals, groups, rows; `print=1`: all rows on one page, for paper."""
    definition = ledgers.one(visit.host, visit.place, board)
    wanted, host, place = _wanted(), visit.host, visit.place
    groups = {one["code"]: one for one in definition["groups"]}
    group = request.args.get("group", "") or next(iter(groups), "")
    totals = ledgers.totals(host, place, board, wanted, visit.sight, group)
    paper = request.args.get("print") == "1"
    rows, more = _rows(visit, board, wanted, paper)
    tree = units.tree(host, place)
    names = Names(tree)
    parts = [
        part | {"label": _label(groups[group], part["key"], names), "href": _within(part, wanted,
                groups[group], board)}
        for part in totals["items"]
    ]  # fmt: skip
    measure = _measure(definition)
    return visit.show(
        "ledger.html",
        board=board,
        definition=definition,
        total=totals["total"],
        parts=parts,
        group=group,
        groups=groups.values(),
        measure=measure,
        bars=_bars(parts, measure),
        rows=rows,
        more=more,
        paper=paper,
        printed=PRINTED,
        said=request.args,
        query=urlencode(wanted),
        link=lambda total: _behind(total, wanted, board),
        named=named,
        amount=amount,
        units=measured,
        numeric=NUMERIC,
        names=names,
        now=visit.now,
    )


def _rows(
    visit: Visit, board: str, wanted: Mapping[str, str], paper: bool
) -> tuple[list[dict[str, Any]], str]:
    """A page of rows and the address of the next; for paper all of them, up to PRINTED."""
    rows = list[dict[str, Any]]()
    after = None if paper else request.args.get("after") or None
    while True:
        limit = 500 if paper else PAGE
        page = ledgers.rows(visit.host, visit.place, board, wanted, visit.sight, limit, after)
        rows += page["items"]
        after = page["next"]
        if not paper or after is None or len(rows) >= PRINTED:
            break
    if paper or after is None:
        return rows[:PRINTED], ""
    kept = {name: value for name, value in request.args.items() if value} | {"after": after}
    return rows, f"{request.path}?{urlencode(kept)}"


def measured(definition: Mapping[str, Any], total: Mapping[str, Any]) -> str:
    """The unit in which a sum is told."""
    if total["kind"] != "sum":
        return ""
    field: Mapping[str, Any] = next(
        (one for one in definition["fields"] if one["code"] == total["field"]), {}
    )
    return str(field.get("unit", ""))


def amount(total: Mapping[str, Any], value: Any) -> str:
    """A total as people read it: a rate per cent, thousands parted."""
    if value is None:
        return "—"
    if total["kind"] == "rate":
        return f"{value * 100:.1f}%"
    whole, dot, rest = str(value).partition(".")
    return f"{int(whole):,}{dot}{rest}"


def _behind(total: Mapping[str, Any], wanted: Mapping[str, str], board: str) -> str:
    """The address of the rows behind a count or a sum: those that have the field."""
    if total["kind"] == "rate" or (total.get("field") and wanted.get("field")):
        return ""
    more = {"field": total["field"], "present": "true"} if total.get("field") else {}
    return f"/ledgers/{board}?{urlencode(dict(wanted) | more)}#rows"


def _within(
    part: Mapping[str, Any], wanted: Mapping[str, str], group: Mapping[str, Any], board: str
) -> str:
    """The address of a group's rows; empty where no filter says it."""
    key = part["key"]
    if group["by"] == "city":
        more = {"city": key} if key else None
    elif wanted.get("field"):
        more = None
    elif key is None:
        more = {"field": group["field"], "present": "false"}
    elif group["by"] == "month":
        last = calendar.monthrange(int(key[:4]), int(key[5:7]))[1]
        more = {"field": group["field"], "least": f"{key}-01", "most": f"{key}-{last:02}"}
    else:
        more = {"field": group["field"], "value": key}
    return "" if more is None else f"/ledgers/{board}?{urlencode(dict(wanted) | more)}#rows"


def _label(group: Mapping[str, Any], key: str | None, names: Names) -> str:
    if group["by"] == "city":
        return names(key or "none")
    return key or say("未填")


def _measure(definition: Mapping[str, Any]) -> Mapping[str, Any]:
    """What the chart shows: the first sum, else the count."""
    totals = definition["totals"]
    return next((one for one in totals if one["kind"] == "sum"), totals[0])


def _bars(parts: list[dict[str, Any]], measure: Mapping[str, Any]) -> list[dict[str, Any]]:
    values = [(part["label"], part[measure["code"]]) for part in parts]
    most = max((float(value or 0) for _, value in values), default=0.0)
    if not most:
        return []
    ordered = sorted(values, key=lambda one: -float(one[1] or 0))[:BARS]
    bars = tallies.shares((label, float(value or 0) / most) for label, value in ordered)
    for bar, (_, value) in zip(bars, ordered, strict=True):
        bar["text"] = amount(measure, value)
    return bars


def file(visit: Visit, board: str) -> Shown:
    """The rows as a file; an act in the audit trail."""
    form = request.args.get("form", "xlsx")
    made, count = ledgers.export(visit.host, visit.place, board, form, _wanted(), visit.sight)
    acts.done(visit.host, visit.who.tenant, visit.actor, visit.deed("read.ledger-file", board))
    return sent(made, exports.FORMS[form], f"{board}.{form}", count)
