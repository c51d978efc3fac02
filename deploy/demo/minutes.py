"""What the first five minutes need after the story: a campaign, a table with two faults.

Decides which cells are wrong: a division outside the campaign's territory, a target that is
missing. The other rows are problems of the railway's sample, as the template names their columns.
Comes after the books were checked, so that what was stated beforehand is not touched.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import openpyxl

from deploy.demo.found import Federation
from deploy.demo.play import advance, later
from deploy.sample import document
from deploy.sample.railway import problems

SHANGHAI, EVENING = ZoneInfo("Asia/Shanghai"), 18
LASTS = 90  # days
ROWS = 20
FAULTS = {3: ("region", "310101"), 8: ("target", "")}  # by row, the first below the heading is 0


def evening_after(now: datetime) -> datetime:
    """18:00 of the day after `now`, in Shanghai: lights of what is due that day are yellow."""
    local = now.astimezone(SHANGHAI)
    return local.replace(hour=EVENING, minute=0, second=0, microsecond=0) + timedelta(days=1)


def one_day_later(fed: Federation) -> datetime:
    """Let it be the next day's evening on every host; the business time then, in Shanghai."""
    now = advance(fed.desk(fed.topology.roots["gov"]), 0)
    return later(fed, (evening_after(now) - now).total_seconds()).astimezone(SHANGHAI)


def publish(fed: Federation) -> str:
    """The railway's campaign, as the government's root publishes it today; its title."""
    root = fed.topology.roots["gov"]
    desk, source = fed.desk(root, "gov"), document("railway")
    first = advance(fed.desk(root), 0).date()
    codes = {one.code: key for key, one in fed.topology.bodies.items() if one.level == "county"}
    regions = sorted({one["township"][:6] for one in problems()})
    form = {
        "version": f"railway{first.year}/1",
        "title": source["campaign"]["title"],
        "board": "daily",
        "grade": "major",
        "starts": first.isoformat(),
        "ends": (first + timedelta(days=LASTS)).isoformat(),
        "classes": [{"code": one["code"], "name": one["name"]} for one in source["classes"]],
        "territory": [{"region": one, "unit": fed.ids[codes[one]]} for one in regions],
        "milestones": [],
    }
    desk.call("POST", "/api/v1/campaigns", form)
    return str(form["title"])


def write(path: Path) -> Path:
    """Write it; its path."""
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("登记")
    for number, one in enumerate(problems()[:ROWS]):
        (indicator,) = one["indicators"]
        row = {
            "title": one["title"], "class": one["class"], "region": one["township"],
            "content": one["content"], "indicator": indicator["name"],
            "indicator_unit": indicator["unit"], "target": indicator["target"],
            "basis": "示例方案", "responsible": "张某", "head": "李某", "contact": "王某",
            "phone": "000-0000000", "ledger.people": 12,
        }  # fmt: skip
        if number == 0:
            sheet.append(list(row))
        if number in FAULTS:
            name, value = FAULTS[number]
            row[name] = value
        sheet.append(list(row.values()))
    book.save(path)
    return path
