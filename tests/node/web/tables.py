"""A campaign and its table, as tests of pages need them: rows of the railway's problems."""

from __future__ import annotations

import io
from datetime import date, timedelta
from typing import Any

import openpyxl

from deploy.sample import document
from deploy.sample.railway import problems
from tests.node.web.stand import WebStand

Row = dict[str, Any]


def campaign_form(web: WebStand, **change: Any) -> dict[str, Any]:
    """The railway campaign, all of it the city's, from yesterday on for half a year."""
    source = document("railway")
    today = date.fromisoformat(web.day(0))
    return {
        "version": "railway2026/1",
        "title": source["campaign"]["title"],
        "board": "daily",
        "grade": "major",
        "starts": (today - timedelta(days=1)).isoformat(),
        "ends": (today + timedelta(days=180)).isoformat(),
        "classes": [{"code": one["code"], "name": one["name"]} for one in source["classes"]],
        "territory": [
            {"region": code, "unit": web.nodes["city"]}
            for code in sorted({one["township"][:6] for one in problems()})
        ],
        "milestones": [{"name": "完成六成", "date": web.day(60), "share": 60}],
        **change,
    }


def rows(count: int) -> list[Row]:
    """So many problems as a table's rows, by column."""
    found = []
    for one in problems()[:count]:
        (indicator,) = one["indicators"]
        found.append({
            "title": one["title"], "class": one["class"], "region": one["township"],
            "content": one["content"], "indicator": indicator["name"],
            "indicator_unit": indicator["unit"], "target": indicator["target"],
            "basis": "示例方案", "responsible": "张某", "head": "李某", "contact": "王某",
            "phone": "000-0000000", "ledger.people": 12,
        })  # fmt: skip
    return found


def packed(found: list[Row]) -> bytes:
    """The rows as a workbook."""
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("登记")
    sheet.append(list(found[0]))
    for row in found:
        sheet.append(list(row.values()))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
