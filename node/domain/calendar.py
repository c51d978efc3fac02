"""Policies and calendars: how days are counted.

Decides on which date a stage is due. Both are frozen and carry a version, which the issuer signs
with the due instants. Never reads a calendar from anywhere: data are handed in, and past their
last covered date only weekends are known (provisional, never an error). Follows
docs/spec/10-13710-events.md, "issued" and "Calendars and policies".
"""

from __future__ import annotations

import calendar as months
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from types import MappingProxyType
from typing import Final, Literal

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Calendar:
    """Which dates are working days, from `covered_from` to `covered_until`."""

    version: str  # as "cn/2026.1"
    covered_until: date
    holidays: frozenset[date] = frozenset()  # weekdays off
    workdays: frozenset[date] = frozenset()  # weekends made up for them
    covered_from: date = date.min

    def is_workday(self, day: date) -> bool:
        """Whether one works on `day`; of dates that are not covered only weekends are known."""
        if self.provisional(day):
            return day.weekday() < 5
        return day in self.workdays or (day.weekday() < 5 and day not in self.holidays)

    def provisional(self, day: date) -> bool:
        """Whether `day` lies outside of what this calendar covers."""
        return not self.covered_from <= day <= self.covered_until


@dataclass(frozen=True, slots=True)
class Rung:
    """One step of the urging ladder: `minutes` after a clock is yellow or due, whom to tell."""

    after: Literal["yellow", "due"]
    minutes: int
    to: Literal["handler", "head", "office", "screen"]


# Rule 15: yellow, the handler; due, the head; a day later the issuing office; two more, the screen.
LADDER: Final = (
    Rung("yellow", 0, "handler"),
    Rung("due", 0, "head"),
    Rung("due", 1440, "office"),
    Rung("due", 4320, "screen"),
)
# Rule 16: how many minutes before its due instant a clock turns yellow.
WARN: Final[Mapping[str, int]] = MappingProxyType(
    {"k1": 720, "k3": 1440, "k7": 2880, "km": 10080, "kp": 2880, "ka": 1440}
)


@dataclass(frozen=True, slots=True)
class Policy:
    """How many days each stage has, how they are counted, and what follows when time runs out."""

    version: str  # as "default/1"
    counts: Literal["natural", "working"] = "natural"
    first_day: bool = False  # whether the day of issue is day 1
    same_day: bool = False  # whether stage 1 is due on the day of issue itself
    rolls_over: bool = False  # whether a due date that is no working day moves to the next one
    days: Mapping[str, int] = field(
        default_factory=lambda: MappingProxyType({"k1": 1, "k3": 3, "k7": 7})
    )  # with `km`: so many days; else the same day of the next month
    warn: Mapping[str, int] = field(default_factory=lambda: WARN)  # minutes
    review: int = 3  # working days for the issuer's ruling on an application (rule 11)
    triage: int = 1  # working days until a lead is taken up or turned away (rule 2)
    ladder: tuple[Rung, ...] = LADDER
    tolerance: int = 15  # minutes between a submission's time and its first receipt

    def asks(self) -> bool:
        """Whether a due date of this policy depends on the calendar."""
        return self.counts == "working" or self.rolls_over


DEFAULT_POLICY: Final = Policy("default/1")
_WORKING: Final = Policy("working/1", counts="working")


def due_date(kind: str, start: date, policy: Policy, calendar: Calendar) -> date:
    """The date on which a stage is due whose clock starts on the date `start`."""
    if kind == "km" and "km" not in policy.days:
        found = next_month(start)
    elif kind == "k1" and policy.same_day:
        found = start
    else:
        found = _count(start, policy.days[kind], policy, calendar)
    while policy.rolls_over and not calendar.is_workday(found):
        found += _DAY
    return found


def provisional(start: date, due: date, policy: Policy, calendar: Calendar) -> bool:
    """Whether a due date counted from `start` rests on dates that the calendar doesn't cover."""
    return policy.asks() and (calendar.provisional(start) or calendar.provisional(due))


def working_days(start: date, days: int, calendar: Calendar) -> date:
    """The last of `days` working days after `start`: a reviewer's, or a triage's, due date."""
    return _count(start, days, _WORKING, calendar)


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
