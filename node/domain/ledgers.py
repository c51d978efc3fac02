"""The ledgers that the product is delivered with: one definition per board, as data.

States definitions only, in the form of `duban.ledger.published`; the root may publish others. Never
reads a value (ledger.py). Follows docs/spec/10-13710-events.md, "Ledgers and campaigns".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from schemas.ledgers import MONEY

Row = dict[str, Any]
INDUSTRIES: Final = (
    "能源", "装备制造", "新材料", "信息技术", "生物医药", "节能环保", "现代农业", "食品加工",
    "文化旅游", "现代物流", "商贸服务", "基础设施", "其他",
)  # fmt: skip
FUNDS: Final = "万元"


def _field(code: str, zh: str, en: str, type: str, needed: bool = False, **more: Any) -> Row:
    made = {"code": code, "zh": zh, "en": en, "type": type, "required": needed}
    return made | {"cumulative": False} | more


def _money(code: str, zh: str, en: str, needed: bool = False, grows: bool = False) -> Row:
    return _field(code, zh, en, "money", needed, unit=FUNDS, scale=MONEY[FUNDS], cumulative=grows)


def _date(code: str, zh: str, en: str, needed: bool = False) -> Row:
    return _field(code, zh, en, "date", needed)


def _text(code: str, zh: str, en: str, needed: bool = False) -> Row:
    return _field(code, zh, en, "text", needed)


def _total(code: str, zh: str, en: str, kind: str, field: str = "", of: str = "") -> Row:
    named = {"field": field, "of": of}
    made = {"code": code, "zh": zh, "en": en, "kind": kind}
    return made | {name: value for name, value in named.items() if value}


def _month(field: str) -> Row:
    return {"code": "month", "zh": "月份", "en": "Month", "by": "month", "field": field}


_CITY: Final = {"code": "city", "zh": "市", "en": "City", "by": "city"}
_INDUSTRY: Final = {
    "code": "industry", "zh": "行业", "en": "Industry", "by": "field", "field": "industry",
}  # fmt: skip
_WORK: Final = _field("industry", "行业", "Industry", "choice", True, choices=list(INDUSTRIES))
_COUNT: Final = _total("matters", "事项数", "Matters", "count")


def _ledger(board: str, fields: list[Row], totals: list[Row], groups: list[Row]) -> Row:
    named = {"version": f"{board}/1", "board": board}
    return named | {"fields": fields, "totals": [_COUNT, *totals], "groups": [_CITY, *groups]}


_INVESTMENT: Final = _ledger(
    "investment",
    [
        _text("investor", "投资方", "Investor", True),
        _WORK,
        _money("signed_amount", "签约金额", "Signed amount", True),
        _date("signed_on", "签约日期", "Signed on", True),
        _date("started_on", "开工日期", "Construction started on"),
        _money("funds", "累计到位资金", "Funds in place, cumulative", grows=True),
        _date("produced_on", "投产日期", "In production since"),
    ],
    [
        _total("signed", "签约项目", "Signed projects", "count", "signed_on"),
        _total("signed_sum", "签约总额", "Signed in all", "sum", "signed_amount"),
        _total("started", "开工项目", "Projects under construction", "count", "started_on"),
        _total("started_rate", "开工率", "Start rate", "rate", "started_on", "signed_on"),
        _total("funds_sum", "到位资金", "Funds in place", "sum", "funds"),
        _total("funds_rate", "资金到位率", "Funds rate", "rate", "funds", "signed_amount"),
        _total("produced", "投产项目", "Projects in production", "count", "produced_on"),
        _total("produced_rate", "投产率", "Production rate", "rate", "produced_on", "signed_on"),
    ],
    [_month("signed_on"), _INDUSTRY],
)
_KEY_PROJECT: Final = _ledger(
    "key-project",
    [
        _WORK,
        _money("total", "总投资", "Total investment", True),
        _money("year_plan", "年度计划投资", "Planned this year"),
        _money("completed", "累计完成投资", "Completed investment, cumulative", grows=True),
        _date("start_by", "计划开工", "To start by", True),
        _date("started_on", "开工日期", "Started on"),
        _text("milestone", "形象进度", "Milestone reached"),
        _date("milestone_on", "节点日期", "Milestone reached on"),
        _date("finished_on", "竣工日期", "Finished on"),
    ],
    [
        _total("total_sum", "总投资合计", "Total investment", "sum", "total"),
        _total("completed_sum", "完成投资合计", "Completed investment", "sum", "completed"),
        _total("completed_rate", "投资完成率", "Completion rate", "rate", "completed", "total"),
        _total("started", "开工项目", "Projects started", "count", "started_on"),
        _total("finished", "竣工项目", "Projects finished", "count", "finished_on"),
    ],
    [_month("start_by"), _INDUSTRY],
)
_UPGRADE: Final = _ledger(
    "technical-upgrade",
    [
        _text("firm", "企业", "Firm", True),
        _WORK,
        _text("equipment", "设备", "Equipment", True),
        _field("units", "设备台数", "Pieces of equipment", "number", unit="台(套)", scale=0),
        _money("investment", "计划投资", "Planned investment", True),
        _money("completed", "累计完成投资", "Completed investment, cumulative", grows=True),
        _date("completed_on", "完工日期", "Completed on"),
    ],
    [
        _total("units_sum", "设备合计", "Pieces of equipment", "sum", "units"),
        _total("investment_sum", "计划投资合计", "Planned investment", "sum", "investment"),
        _total("completed_sum", "完成投资合计", "Completed investment", "sum", "completed"),
        _total(
            "completed_rate", "投资完成率", "Completion rate", "rate", "completed", "investment"
        ),
        _total("done", "完工项目", "Completed projects", "count", "completed_on"),
        _total("done_rate", "完工率", "Share completed", "rate", "completed_on"),
    ],
    [_month("completed_on"), _INDUSTRY],
)
_REFORM: Final = _ledger(
    "reform",
    [
        _text("task", "改革任务", "Reform", True),
        _date("plan_by", "方案出台时限", "Plan due on", True),
        _date("planned_on", "方案出台日期", "Plan issued on"),
        _date("registered_on", "登记注册日期", "Registered on"),
        _date("opened_on", "挂牌日期", "Opened on"),
        _date("accepted_on", "验收日期", "Accepted on"),
    ],
    [
        _total("planned", "方案已出台", "Plans issued", "count", "planned_on"),
        _total("registered", "已登记注册", "Registered", "count", "registered_on"),
        _total("opened", "已挂牌", "Opened", "count", "opened_on"),
        _total("accepted", "已验收", "Accepted", "count", "accepted_on"),
        _total("accepted_rate", "验收率", "Share accepted", "rate", "accepted_on"),
    ],
    [_month("plan_by")],
)
_DAILY: Final = _ledger(
    "daily",
    [
        _text("place", "地点", "Place"),
        _date("solved_on", "解决日期", "Solved on"),
        _field("people", "受益人数", "People concerned", "number", unit="人", scale=0),
    ],
    [
        _total("solved", "已解决", "Solved", "count", "solved_on"),
        _total("solved_rate", "解决率", "Share solved", "rate", "solved_on"),
        _total("people_sum", "受益人数合计", "People concerned", "sum", "people"),
    ],
    [_month("solved_on")],
)
_KEY_WORK: Final = _ledger(
    "key-work",
    [
        _text("item", "工作内容", "Item of work"),
        _field("progress", "累计进度", "Progress, cumulative", "number", unit="%", scale=1,
               cumulative=True),
        _date("done_on", "完成日期", "Done on"),
    ],
    [
        _total("done", "已完成", "Done", "count", "done_on"),
        _total("done_rate", "完成率", "Share done", "rate", "done_on"),
    ],
    [_month("done_on")],
)  # fmt: skip

DEFAULTS: Final[Mapping[str, Mapping[str, Any]]] = {
    one["board"]: one for one in (_DAILY, _KEY_WORK, _REFORM, _KEY_PROJECT, _UPGRADE, _INVESTMENT)
}
