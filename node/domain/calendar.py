"""Policies and calendars: how days are counted.

Decides on which date a stage is due. Both are frozen and carry a version, which the issuer signs
with the due instants. Never reads a calendar from anywhere: data are handed in, and past their
last covered date only weekends are known (provisional, never an error). Follows
docs/spec/10-13710-events.md, "issued".
"""

from __future__ import annotations

import calendar as months
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from types import MappingProxyType
from typing import Literal

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Calendar:
    """Which dates are working days, up to `covered_until`."""

    version: str  # as "cn/2026.1"
    covered_until: date
    holidays: frozenset[date] = frozenset()  # weekdays off
    workdays: frozenset[date] = frozenset()  # weekends made up for them

    def is_workday(self, day: date) -> bool:
        """Whether one works on `day`; past `covered_until` only weekends are known."""
        if self.provisional(day):
            return day.weekday() < 5
        return day in self.workdays or (day.weekday() < 5 and day not in self.holidays)

    def provisional(self, day: date) -> bool:
        """Whether `day` lies past what this calendar covers."""
        return day > self.covered_until


@dataclass(frozen=True, slots=True)
class Policy:
    """How many days each stage has, and how they are counted."""

    version: str  # as "default/1"
    counts: Literal["natural", "working"] = "natural"
    first_day: bool = False  # whether the day of issue is day 1
    same_day: bool = False  # whether stage 1 is due on the day of issue itself
    rolls_over: bool = False  # whether a due date that is no working day moves to the next one
    days: Mapping[str, int] = field(
        default_factory=lambda: MappingProxyType({"k1": 1, "k3": 3, "k7": 7})
    )


DEFAULT_POLICY = Policy("default/1")


def due_date(kind: str, start: date, policy: Policy, calendar: Calendar) -> date:
    """The date on which a stage is due whose clock starts on the date `start`."""
    if kind == "km":
        found = next_month(start)
    elif kind == "k1" and policy.same_day:
        found = start
    else:
        found = _count(start, policy.days[kind], policy, calendar)
    while policy.rolls_over and not calendar.is_workday(found):
        found += _DAY
    return found


def next_month(start: date) -> date:
    """The same day of the next month, or that month's last day."""
    year, month = (start.year + 1, 1) if start.month == 12 else (start.year, start.month + 1)
    return date(year, month, min(start.day, months.monthrange(year, month)[1]))


def _count(start: date, days: int, policy: Policy, calendar: Calendar) -> date:
    """The last of `days` counted days."""
    found = start - _DAY if policy.first_day else start
    while days:
        found += _DAY
        if policy.counts == "natural" or calendar.is_workday(found):
            days -= 1
    return found
