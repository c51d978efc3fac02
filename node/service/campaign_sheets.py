"""A campaign's classes, territory and milestones as lines of text and as a workbook.

Decides how a line and a row are taken apart. What a campaign accepts is the schema's to say. The
workbook has one heading and a kind per row, so that it can be filled in from any list.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Final

from node.domain.sheet import Column, Odd
from node.service import workbooks

LINES: Final[Mapping[str, tuple[str, ...]]] = {
    "classes": ("code", "name"),
    "territory": ("region", "unit"),
    "milestones": ("date", "share", "name"),
}
"""the members of each line, in their order; the last takes what is left of it"""
KINDS: Final[Mapping[str, str]] = {"类别": "classes", "属地": "territory", "节点": "milestones"}
PLAIN: Final[Mapping[str, str]] = {
    "名称": "title", "开始日期": "starts", "截止日期": "ends", "版本": "version"
}  # fmt: skip
COLUMNS: Final = (
    Column("kind", "栏目", True, "名称、版本、开始日期、截止日期、类别、属地、节点之一"),
    Column("code", "代码或日期", False, "类别代码;区划代码;日期如 2026-06-30"),
    Column("name", "名称或单位", False, "专项、类别或节点的名称;属地单位的名称或全路径"),
    Column("share", "办结百分比", False, "只用于节点:0至100"),
)
EXAMPLES: Final = (
    ("名称", "", "铁路沿线安全环境专项治理"),
    ("版本", "", "railwaysafe/1"),
    ("开始日期", "2026-03-01"),
    ("截止日期", "2026-12-31"),
    ("类别", "A1", "私搭乱建"),
    ("属地", "140105", "小店区"),
    ("节点", "2026-06-30", "完成六成", 60),
)
MOST: Final = 1000


def text(name: str, value: Any) -> str:
    """Rows as lines."""
    if isinstance(value, str):
        return value
    members = LINES[name]
    return "\n".join(" ".join(str(row.get(one, "")) for one in members) for row in value or ())


def rows(name: str, said: str) -> list[dict[str, Any]]:
    """Lines as rows; blanks or tabs part the members, as a sheet's cells are pasted."""
    members, found = LINES[name], list[dict[str, Any]]()
    for line in said.splitlines():
        words = line.split(None, len(members) - 1)
        if words:
            found.append(
                {one: _share(one, word) for one, word in zip(members, words, strict=False)}
            )
    return found


def _share(member: str, word: str) -> Any:
    plain = word.strip().removesuffix("%")
    whole = member == "share" and plain.isascii() and plain.isdigit() and len(plain) < 9
    return int(plain) if whole else word.strip()


def read(
    heading: Sequence[Any], table: Sequence[tuple[int, Sequence[Any]]]
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """What a workbook says of a campaign, and every faulty cell (row, column, value, accepted)."""
    named = [_said(one).split(" ")[0].rstrip("*") for one in heading]
    wrong = [
        _fault(1, column.zh, "、".join(named)[:60], f"the heading {column.zh}")
        for column in COLUMNS
        if column.zh not in named
    ]
    if wrong:
        return {}, wrong
    at = [named.index(column.zh) for column in COLUMNS]
    found: dict[str, Any] = {name: [] for name in LINES}
    for number, row in table[:MOST]:
        kind, code, name, share = (_said(row[one]) if one < len(row) else "" for one in at)
        if kind in PLAIN:
            found[PLAIN[kind]] = code or name
        elif kind in KINDS:
            said = {"classes": f"{code} {name}", "territory": f"{code} {name}",
                    "milestones": f"{code} {share} {name}"}  # fmt: skip
            got = rows(KINDS[kind], said[KINDS[kind]])
            wrong += _lacking(number, code, name, share if kind == "节点" else "0")
            found[KINDS[kind]] += got
        else:
            wrong.append(_fault(number, "栏目", kind, f"one of {'、'.join((*PLAIN, *KINDS))}"))
    if len(table) > MOST:
        wrong.append(_fault(MOST + 2, "栏目", "", f"at most {MOST} rows"))
    return found, wrong


def _fault(row: int, column: str, value: str, accepted: str) -> dict[str, Any]:
    return {"row": row, "column": column, "value": value[:60], "accepted": accepted}


def _lacking(number: int, code: str, name: str, share: str) -> list[dict[str, Any]]:
    cells = zip(COLUMNS[1:], (code, name, share), strict=True)
    return [_fault(number, one.zh, "", "not empty") for one, value in cells if not value]


def _said(cell: Any) -> str:
    if isinstance(cell, Odd):
        return ""  # a formula or an error says nothing
    if isinstance(cell, datetime | date):
        return cell.strftime("%Y-%m-%d")
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    return "" if cell is None else str(cell).strip()


def template() -> bytes:
    """A table with a row of each kind, to be written over."""
    return workbooks.template(COLUMNS, [], *EXAMPLES)
