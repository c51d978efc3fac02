"""What is wrong with a table's cells, and with the table, in the interface's words.

Decides wording only: rows, columns and what is accepted are node/domain/sheet.py's, which speaks
English. Read as every refusal is (sayings.py), after the words that only tables have.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from node.domain import sheet
from node.web import sayings
from node.web.sayings import Rows
from node.web.words import language, mark

ACCEPTED: Final[Rows] = (
    (r"text of 1 to (?P<most>\d+) letters", mark("1至{most}个字")),
    (r"one line of 1 to (?P<most>\d+) letters", mark("一行文字,1至{most}个字")),
    (r"one of (?P<what>.+)", mark("以下之一:{what}")),
    (
        r"a place code of 6 to 12 digits in the territory",
        mark("专项属地范围内的区划代码,6至12位数字"),
    ),
    (r"a value: no formula, no error", mark("数值或文字;不得是公式或错误值")),
    (
        r"a number from 0 in (?P<unit>.*), whole, as 1250",
        mark("不小于0的整数,单位{unit},如 1250"),
    ),
    (
        r"a number from 0 in (?P<unit>.*), up to (?P<digits>\d+) digits after the point, as 1250",
        mark("不小于0的数,单位{unit},最多{digits}位小数,如 1250"),
    ),
    (r"a date as 2026-03-02", mark("日期,如 2026-03-02")),
    (
        r"each problem once: it is registered as (?P<no>.+)",
        mark("同一问题只登记一次;已登记为 {no}"),
    ),
    (r"each problem once: row (?P<row>\d+) has it", mark("同一问题只登记一次;第 {row} 行已有")),
    (r"each column once", mark("每一栏只出现一次")),
    (r"the heading (?P<what>.+)", mark("表头须有“{what}”")),
    (r"a figure.*", mark("含数字、可核验的目标值")),
    (
        r"an \.xlsx workbook of at most (?P<size>\d+) MiB, .+",
        mark("不超过 {size} MiB 的 .xlsx 工作簿,第一张表最多 20000 行、100 栏"),
    ),
)


def accepted(text: str) -> str:
    """What a cell takes."""
    return sayings.read(ACCEPTED, text) or sayings.accepted(text)


def detail(text: str) -> str:
    """What is wrong with the whole."""
    return sayings.detail(text)


def columns(campaign: Mapping[str, Any], definition: Mapping[str, Any]) -> dict[str, str]:
    """What a table's columns are called, by code."""
    held = sheet.columns(campaign, definition)
    return {one.code: one.code if language() == "en" else one.zh for one in held}
