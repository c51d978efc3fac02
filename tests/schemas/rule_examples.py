"""One lawful `data` for each event type on calendars and policies, optional members filled in."""

from typing import Any

from tests.schemas.matter_examples import BY, CITY, ROOT
from tests.schemas.matter_examples import LAWFUL as OF_MATTERS

CALENDAR = f"calendar:{ROOT}:100000000000"
LEDGER = f"ledger:{ROOT}:boardinvestment"
CAMPAIGN = f"campaign:{ROOT}:railway2026"
POLICY = f"policy:{ROOT}:workingdays"
SCORE = f"score:{ROOT}:monthlyscore"

LAWFUL: dict[str, dict[str, Any]] = {
    "duban.calendar.published": {
        "version": "cn/2027.1",
        "covered_from": "2026-01-01",
        "covered_until": "2027-12-31",
        "holidays": [{"date": "2027-01-01", "name": "元旦"}],
        "workdays": [{"date": "2027-02-06", "name": "春节调休"}],
        "by": BY,
    },
    "duban.policy.published": {
        "version": "workingdays/1",
        "boards": ["key-work"],
        "grades": ["major"],
        "counts": "working",
        "first_day": False,
        "same_day": False,
        "rolls_over": False,
        "days": {"k1": 1, "k3": 3, "k7": 7, "km": 22},
        "warn": {"k1": 240, "k3": 1440, "k7": 2880, "km": 4320},
        "review": 3,
        "triage": 1,
        "ladder": [{"after": "due", "minutes": 1440, "to": "office"}],
        "tolerance": 15,
        "by": BY,
    },
    "duban.policy.withdrawn": {"by": BY},
    "duban.ledger.published": {
        "version": "investment/2",
        "board": "investment",
        "fields": [
            {
                "code": "signed_amount",
                "zh": "签约金额",
                "en": "Signed amount",
                "type": "money",
                "unit": "万元",
                "scale": 6,
                "required": True,
                "cumulative": False,
            },
            {
                "code": "industry",
                "zh": "行业",
                "en": "Industry",
                "type": "choice",
                "required": False,
                "cumulative": False,
                "choices": ["能源", "其他"],
            },
            {
                "code": "signed_on",
                "zh": "签约日期",
                "en": "Signed on",
                "type": "date",
                "required": False,
                "cumulative": False,
            },
        ],
        "totals": [
            {
                "code": "signed",
                "zh": "签约总额",
                "en": "Signed",
                "kind": "sum",
                "field": "signed_amount",
            },
            {
                "code": "dated",
                "zh": "签约率",
                "en": "Dated",
                "kind": "rate",
                "field": "signed_on",
                "of": "industry",
            },
        ],
        "groups": [
            {"code": "city", "zh": "市", "en": "City", "by": "city"},
            {"code": "month", "zh": "月份", "en": "Month", "by": "month", "field": "signed_on"},
        ],
        "by": BY,
    },
    "duban.campaign.published": {
        "version": "railway2026/1",
        "title": "高铁沿线外部环境问题整治",
        "board": "daily",
        "grade": "major",
        "starts": "2026-03-02",
        "ends": "2026-06-01",
        "classes": [{"code": "R1", "name": "水井封闭"}],
        "territory": [{"region": "140105", "unit": CITY}],
        "milestones": [{"name": "完成六成", "date": "2026-05-01", "share": 60}],
        "by": BY,
    },
    "duban.score.published": {
        "version": "monthlyscore/1",
        "lines": [
            {"measure": "k1.late", "effect": "deduct", "points": 1000, "per": "share", "most": 900},
            {"measure": "excellent", "effect": "credit", "points": 50, "per": "each", "most": 300},
        ],
        "minimum": 5,
        "by": BY,
    },
}
EVERY: dict[str, dict[str, Any]] = {**OF_MATTERS, **LAWFUL}
