"""One lawful `data` for each event type on calendars and policies, optional members filled in."""

from typing import Any

from tests.schemas.matter_examples import BY, ROOT
from tests.schemas.matter_examples import LAWFUL as OF_MATTERS

CALENDAR = f"calendar:{ROOT}:100000000000"
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
