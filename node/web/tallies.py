"""What is counted, in the interface's words; charts as bars, each beside its table.

Decides words, lengths and addresses only. Every number comes from node/service/statistics.py with
the address of its list, which is opened here under /stats/list. Follows docs/statistics.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from node.web.words import say

WIDTH: Final = 1000.0

WORDS: Final[Mapping[str, str]] = {
    "registered": "登记",
    "given": "交办",
    "cancelled": "撤销",
    "merged": "合并",
    "relieved": "改派",
    "cleared": "办结",
    "open": "未结",
    "in_hand": "在办(含期内办结)",
    "expected": "应交",
    "submitted": "已交",
    "on_time": "按时",
    "late": "超时",
    "missing": "未交",
    "paused": "中止",
    "overdue": "逾期",
    "returned": "退回重办",
    "reopened": "复核发回",
    "complained": "投诉查实",
    "excellent": "优秀",
    "good": "良好",
    "pass": "合格",
    "satisfied": "满意",
    "basic": "基本满意",
    "unsatisfied": "不满意",
    "overdue_days": "逾期天数",
}
STAGES: Final[Mapping[str, str]] = {
    "k1": "1天内研究部署",
    "k3": "3天内反馈办理情况",
    "k7": "7天内落实",
    "km": "1个月内落实",
    "kp": "挂账时间节点",
    "ka": "办结审核",
}
LISTS: Final[Mapping[str, str]] = {
    "matters": "事项",
    "assignments": "交办单",
    "clocks": "时限",
    "drafts": "受理件",
}
BY: Final[Mapping[str, str]] = {"unit": "单位", "board": "板块", "region": "地区"}
BASES: Final[Mapping[str, str]] = {"due": "现行时限", "promised": "最初承诺时限"}
EFFECTS: Final[Mapping[str, str]] = {"deduct": "扣分", "credit": "加分"}
PER: Final[Mapping[str, str]] = {"share": "按比例", "each": "每次"}


def word(code: str) -> str:
    """What a counted word is called; of an age its days (`open-8-30`)."""
    name, dash, span = code.partition("-")
    if not dash:
        return say(WORDS.get(name, name))
    least, _, most = span.partition("-")
    if most:
        return say("{least}至{most}天", least=least, most=most)
    return say("{least}天及以上", least=least)


def stage(code: str) -> str:
    """What a stage is called."""
    return say(STAGES.get(code, code))


def measure(code: str) -> str:
    """What a line of the score counts: `k7.late`, `returned`."""
    first, dot, second = code.partition(".")
    return f"{stage(first)} · {word(second)}" if dot else word(code)


def opened(block: Mapping[str, Any], name: str) -> str:
    """The address of the list behind a number of a block."""
    return f"/stats/list{block['list']}&count={name}"


def listed(address: str) -> str:
    """The page of a list's address, as a service gives it."""
    return f"/stats/list{address}"


def stacked(
    rows: Iterable[Mapping[str, Any]], words: Sequence[str], most: int | None = None
) -> list[dict[str, Any]]:
    """Per row a bar of its counts, one piece per word; the longest fills the width.

    A row: label, counts, and perhaps text (what stands behind the bar).
    """
    found = [dict(row) for row in rows]
    longest = most or max((sum(row["counts"][one] for one in words) for row in found), default=0)
    for row in found:
        at, bars = 0.0, list[dict[str, Any]]()
        for name in words:
            count = row["counts"][name]
            if count and longest:
                wide = WIDTH * count / longest
                bars.append({"name": name, "x": round(at, 1), "w": round(wide, 1), "count": count})
                at += wide
        row["bars"] = bars
        row.setdefault("text", str(sum(row["counts"][one] for one in words)))
    return found


def shares(rows: Iterable[tuple[str, float | None]], name: str = "rate") -> list[dict[str, Any]]:
    """Per label a bar of a share of 1; None: no bar, a dash."""
    return [
        {
            "label": label,
            "bars": [{"name": name, "x": 0, "w": round(WIDTH * share, 1), "count": ""}]
            if share
            else [],
            "text": "—" if share is None else f"{share * 100:.1f}%",
        }
        for label, share in rows
    ]
