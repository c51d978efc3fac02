"""Working days: the calendar in force, a table checked and published, what a change moves.

Pages only; node/service/almanac.py and redating.py decide. A table comes as a workbook, as CSV or
as pasted text; its columns may be named in Chinese.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any, Final

from flask import Response, request

from node.domain.commands import DomainRefused
from node.domain.permissions import COMMANDS
from node.domain.table import TableRefused
from node.service import almanac, redating, units, workbooks
from node.web import faults, sayings
from node.web.door import STAFF, Page, Shown, Visit, flash, go
from node.web.words import mark

READS: Final = STAFF | {"admin"}
MOVES: Final = COMMANDS["redate"].roles & STAFF
BOTH: Final = ("GET", "POST")
MEANT: Final[Mapping[str, str]] = {
    "日期": "date", "类型": "kind", "名称": "name", "放假": "holiday", "上班": "workday",
    "调休上班": "workday", "休息": "holiday",
}  # fmt: skip
COLUMNS: Final = {"date": mark("日期"), "kind": mark("类型"), "name": mark("名称")}
KINDS: Final = {"holidays": mark("放假"), "workdays": mark("上班")}
MOST: Final = 2 * 1024 * 1024


def pages() -> Iterator[Page]:
    """The pages of this room."""
    yield Page("calendars", "/admin/calendars", every, READS, BOTH)
    yield Page("redating", "/admin/calendars/preview", preview, MOVES, BOTH)


def every(visit: Visit) -> Shown:
    """The calendar in force and until when it is known; versions; a table checked, published."""
    told, wrong, draft = None, list[dict[str, Any]](), None
    host, place = visit.host, visit.place
    if visit.posted:
        try:
            draft = _do(visit)
        except TableRefused as refused:
            wrong, told = refused.faults, _counted(refused)
        except DomainRefused as refused:
            told = sayings.told(refused, "calendar.import")
        else:
            if draft is None:
                return go("redating")
    shown = almanac.show(host, place)
    version = request.args.get("version", "").strip()
    page = visit.show(
        "calendars.html", told=told, wrong=wrong, draft=draft, shown=shown, columns=COLUMNS,
        days=_days(almanac.one(host, place, version)) if version else [], version=version,
        kinds=KINDS, faults=faults, said=request.form, may=visit.may(*MOVES),
        left=(date.fromisoformat(shown["in_force"]["covered_until"]) - _today(visit)).days,
    )  # fmt: skip
    return Response(page, 200 if told is None else 422)


def _today(visit: Visit) -> date:
    return datetime.fromisoformat(visit.now.replace("Z", "+00:00")).date()


def _counted(refused: TableRefused) -> dict[str, str]:
    told = sayings.told(refused, "calendar.import")
    return told | {"detail": "", "accepted": "", "label": ""}


def _days(data: Mapping[str, Any]) -> list[dict[str, Any]]:
    found = [one | {"kind": kind} for kind in KINDS for one in data[kind]]
    return sorted(found, key=lambda one: str(one["date"]), reverse=True)


def _do(visit: Visit) -> dict[str, Any] | None:
    """Check a table and keep it as a draft, or publish the draft (None)."""
    host, place, actor, form = visit.host, visit.place, visit.actor, request.form
    region = form.get("region", "").strip() or "cn"
    if form.get("what") == "publish":
        deed = visit.deed("calendar.publish", region)
        visit.around(deed, lambda: almanac.publish(host, place, actor, region))
        flash("日历已公布,随签名日志发往各级。下面是它对在办事项的影响")
        return None
    said: dict[str, Any] = {
        name: value
        for name in ("version", "covered_until", "covered_from")
        if (value := form.get(name, "").strip())
    }
    said |= {"region": region, "rows": _table(form.get("text", ""))}
    deed = visit.deed("calendar.import", region, said)
    return visit.around(deed, lambda: almanac.bring_in(host, place, actor, said))


def _table(pasted: str) -> list[dict[str, Any]]:
    """The rows of the file, else of what was pasted: by the heading's names, cells as texts."""
    upload = request.files.get("file")
    data = upload.read(MOST + 1) if upload is not None else b""
    if len(data) > MOST:
        raise DomainRefused("bad-input", f"{len(data)} bytes", f"at most {MOST >> 20} MiB", "file")
    if data[:2] == b"PK":
        heading, rows = workbooks.read(data)
        lines = [heading, *(row for _, row in rows)]
    else:
        text = data.decode("utf-8-sig", errors="replace") if data else pasted
        lines = [one.replace("\t", ",").replace("，", ",").split(",") for one in text.splitlines()]
        lines = [one for one in lines if any(cell.strip() for cell in one)]
    if len(lines) < 2:
        accepted = "a heading date,kind,name and a row per date"
        raise DomainRefused("bad-input", "no table", accepted, "file")
    names = [_cell(one) for one in lines[0]]
    if missing := [name for name in ("date", "kind") if name not in names]:
        accepted = "a heading date,kind,name and a row per date"
        raise DomainRefused("bad-input", f"no column {missing[0]}", accepted, "file")
    return [dict(zip(names, map(_cell, row), strict=False)) for row in lines[1:]]


def _cell(value: Any) -> str:
    if isinstance(value, datetime | date):
        return value.strftime("%Y-%m-%d")
    text = "" if value is None else str(value).strip()
    return MEANT.get(text, text)


def preview(visit: Visit) -> Shown:
    """What the calendar in force changes of open assignments: shown first, then applied."""
    host, place, actor, told = visit.host, visit.place, visit.actor, None
    if visit.posted:
        form = request.form
        said = {
            "token": form.get("token", ""),
            "reason": form.get("reason", "").strip(),
            "only": form.getlist("only"),
        }
        deed = visit.deed("calendar.apply", "", said)
        try:
            made = visit.around(deed, lambda: redating.apply(host, place, actor, said))
        except DomainRefused as refused:
            told = sayings.told(refused, "calendar.apply")
        else:
            flash("已调整 {count} 件交办单的时限,承办单位会收到提醒", count=len(made["applied"]))
            return go("calendars")
    found = redating.preview(host, place)
    page = visit.show(
        "redating.html", found=found, told=told, tree=units.tree(host, place), said=request.form,
        moved=[one for one in found["items"] if one["moves"]],
        kept=[one for one in found["items"] if one["kept"]], why=sayings.detail,
    )  # fmt: skip
    return Response(page, 200 if told is None else 422)
