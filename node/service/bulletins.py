"""A month's bulletin (通报): what was counted, who stands where and why, what is overdue.

Decides what stands in it, in which order and words. Every number is that of statistics.py and
scores.py of the same month; every row of a table is there, however many. Follows
docs/statistics.md.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, Final

from node.domain.commands import DomainRefused
from node.domain.evaluation.counting import STAGES
from node.domain.evaluation.periods import month, month_of
from node.domain.instants import local_date
from node.readmodel.counts import MOST
from node.readmodel.scope import EVERYTHING, Sight
from node.service import docx, exports, pdf, scores, statistics
from node.service.host import Host
from node.service.papers import Heading, Paper, Part, Table
from node.service.place import Place

FORMS: Final = {"docx": docx, "pdf": pdf}
Tell = Callable[[str, int, int], None]
STAGE: Final = {
    "k1": "1天内研究部署", "k3": "3天内反馈办理情况", "k7": "7天内落实", "km": "1个月内落实",
    "kp": "挂账时间节点", "ka": "办结审核",
}  # fmt: skip
LEVEL: Final = {
    "province": "省级", "city": "市级", "county": "县级", "township": "乡镇(街道)",
    "department": "部门", "zone": "开发区", "central": "中央驻晋单位", "": "其他",
}  # fmt: skip
WORD: Final = {
    "late": "超时", "missing": "未交", "overdue_days": "逾期天数", "returned": "退回重办",
    "reopened": "复核发回", "complained": "投诉查实", "excellent": "评为优秀", "good": "评为良好",
    "pass": "评为合格", "satisfied": "申报人满意", "basic": "申报人基本满意",
    "unsatisfied": "申报人不满意", "on_time": "按时", "submitted": "已交", "expected": "应交",
}  # fmt: skip


def _quiet(_: str, __: int, ___: int) -> None:
    """Tells nobody."""


def bulletin(
    host: Host,
    place: Place,
    query: Mapping[str, Any],
    sight: Sight = EVERYTHING,
    tell: Tell = _quiet,
) -> Paper:
    """The bulletin of a month (`month`, default: this one), perhaps of one `level` of units.

    Refuses `bad-input`.
    """
    name = query.get("month") or month_of(host.now().business)
    month(name)
    asked = {"month": name}
    counted = statistics.statistics(host, place, asked, sight)
    tell("statistics", 1, 3)
    level = {"level": query["level"]} if query.get("level") else {}
    scored = scores.scores(host, place, asked | level, sight)
    tell("scores", 2, 3)
    overdue = _overdue(host, place, name, sight)
    tell("overdue", 3, 3)
    members = statistics.directory(host, place)
    names = {node: str(row["name"] or node[:8]) for node, row in members.items()}
    parts: list[Part] = [
        _first(name, counted, scored),
        Heading("一、总体情况"), *_whole(counted["total"]),
        Heading("二、各节点完成情况"), _stages(counted["total"]),
        Heading("三、单位评价"), *_units(scored, names),
        Heading("四、到期未交事项"), *_late(overdue, names),
        Heading("五、评分办法"), *_table(host, place, scored["table"]),
    ]  # fmt: skip
    year, number = name.split("-")
    title = f"关于{year}年{int(number)}月13710督办事项办理情况的通报"
    return Paper(title, parts, place.tenant.name, _day(local_date(host.now().business)))


def file(paper: Paper, form: str) -> tuple[bytes, str]:
    """The document in one of FORMS, and its media type. Refuses `bad-input`."""
    if form not in FORMS:
        raise DomainRefused("bad-input", f"form {form!r}"[:80], ", ".join(FORMS), "form")
    return FORMS[form].write(paper), FORMS[form].TYPE


def _day(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def _percent(value: float | None) -> str:
    return "—" if value is None else f"{value * 100:.1f}%"


def _first(name: str, counted: Mapping[str, Any], scored: Mapping[str, Any]) -> str:
    year, number = name.split("-")
    state = "" if scored["final"] else "（本月尚未结束，数据为暂计）"
    at = _day(local_date(counted["as_of"]))
    return f"现将{year}年{int(number)}月13710督办事项办理情况通报如下。数据截至{at}{state}。"


def _whole(total: Mapping[str, Any]) -> list[Part]:
    matters, given = total["matters"]["counts"], total["assignments"]["counts"]
    turns, ratings = total["turns"]["counts"], total["ratings"]["counts"]
    return [
        f"本月登记事项{matters['registered']}件，其中撤销{matters['cancelled']}件、"
        f"合并{matters['merged']}件；已办结{matters['cleared']}件，未办结{matters['open']}件,"
        f"办结率{_percent(total['matters']['clearance_rate'])}。",
        f"本月交办任务{given['given']}件，已办结{given['cleared']}件，未办结{given['open']}件,"
        f"办结率{_percent(total['assignments']['clearance_rate'])}；"
        f"本月在办任务{given['in_hand']}件。",
        f"退回重办{turns['returned']}件次，复核发回{turns['reopened']}件次，其中投诉查实"
        f"{turns['complained']}件次；评定优秀{turns['excellent']}件、良好{turns['good']}件、"
        f"合格{turns['pass']}件。申报人评价满意{ratings['satisfied']}件、基本满意"
        f"{ratings['basic']}件、不满意{ratings['unsatisfied']}件。逾期天数合计"
        f"{total['overdue_days']['sum']}天。",
    ]


def _stages(total: Mapping[str, Any]) -> Table:
    words = ("expected", "submitted", "on_time", "late", "missing")
    rows = []
    for stage in STAGES:
        block = total["stages"][stage]["due"]
        rows.append([
            STAGE[stage], *(str(block["counts"][word]) for word in words),
            _percent(block["completeness"]), _percent(block["timeliness"]),
        ])  # fmt: skip
    heading = ["节点", *(WORD[word] for word in words), "完整率", "按时率"]
    return Table("各节点完成情况", heading, rows, [28, 10, 10, 10, 10, 10, 12, 12])


def _units(scored: Mapping[str, Any], names: Mapping[str, str]) -> list[Part]:
    found: list[Part] = []
    for level in dict.fromkeys(row["level"] for row in scored["rows"]):
        mine = [row for row in scored["rows"] if row["level"] == level]
        ranked = [row for row in mine if row["rank"] is not None]
        few = [row for row in mine if row["rank"] is None]
        word = LEVEL.get(level, level)
        if ranked:
            rows = [
                [str(row["rank"]), names.get(row["unit"], row["unit"][:8]),
                 f"{row['score']:.2f}", str(row["in_hand"]["counts"]["in_hand"]), _why(row)]
                for row in ranked
            ]  # fmt: skip
            heading = ["名次", "单位", "得分", "在办", "扣分与加分"]
            found.append(Table(f"{word}单位评价", heading, rows, [8, 24, 11, 9, 48]))
        if few:
            told = "、".join(names.get(row["unit"], row["unit"][:8]) for row in few)
            found.append(
                f"{word}单位中，当月在办不足{scored['minimum']}件、不排名的{len(few)}个：{told}。"
            )
    return found or ["本月没有可评价的单位。"]


def measure(code: str) -> str:
    """What a line of the score counts."""
    first, dot, second = code.partition(".")
    return f"{STAGE.get(first, first)}{WORD.get(second, second)}" if dot else WORD.get(code, code)


def _why(row: Mapping[str, Any]) -> str:
    told = (
        f"{measure(one['measure'])}{one['count']}"
        + (f"/{one['of']}" if one["of"] is not None else "")
        + f" {one['points']:+.2f}"
        for one in row["lines"]
        if one["points"]
    )
    return "；".join(told) or "无扣分、无加分"


def _overdue(host: Host, place: Place, name: str, sight: Sight) -> list[dict[str, Any]]:
    query, after = {"month": name, "count": "missing"}, None
    found = list[dict[str, Any]]()
    while page := exports.listed(host, place, "clocks", query, sight, after, MOST):
        found += page
        after = page[-1]["id"]
    return sorted(found, key=lambda one: (-int(one["days"] or 0), _number(one["no"]), one["id"]))


def _number(no: str | None) -> list[int]:
    """A document number as people order it: 9 before 10."""
    return [int(one) for one in re.findall("[0-9]+", no or "")]


def _late(overdue: list[dict[str, Any]], names: Mapping[str, str]) -> list[Part]:
    if not overdue:
        return ["本月到期的节点均已提交。"]
    rows = [
        [row["no"] or "", row["title"] or "", STAGE.get(row["stage"], row["stage"]),
         names.get(row["unit"], row["unit"][:8]), str(row["days"] or "—")]
        for row in overdue
    ]  # fmt: skip
    heading = ["编号", "事项", "节点", "单位", "逾期天数"]
    return [
        f"本月到期、至今未交的共{len(rows)}项，请有关单位抓紧办理。",
        Table("到期未交事项", heading, rows, [22, 36, 18, 16, 8]),
    ]


def _table(host: Host, place: Place, version: str) -> list[Part]:
    table = scores.one(host, place, version)
    rows = [
        [measure(one["measure"]), "扣分" if one["effect"] == "deduct" else "加分",
         f"{one['points'] / 100:.2f}", "按比例" if one["per"] == "share" else "每次",
         f"{one['most'] / 100:.2f}"]
        for one in table["lines"]
    ]  # fmt: skip
    return [
        f"满分100分，按评分表（{table['version']}）扣分、加分；当月在办不足{table['minimum']}件的"
        "不排名，同层级单位之间排名。",
        Table("评分表", ["项目", "扣分或加分", "分值", "计法", "最多"], rows, [36, 16, 16, 16, 16]),
    ]
