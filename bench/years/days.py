"""Working days of the four years, how many matters each brings, and the instants of a day.

Pure: the calendar is handed in. A round of the play is one working day: what is done on it is
exchanged in its evening. Decides no matter's course.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from bench.years.figures import ISSUED_BEFORE_REST, MONTHS, YEARS, Span
from deploy.sample.railway import share
from node.domain.calendar import Calendar

SHANGHAI: Final = ZoneInfo("Asia/Shanghai")
DAY: Final = timedelta(days=1)
OPENS, NOON, CLOSES = 8 * 60 + 30, 14 * 60 + 30, 17 * 60 + 30
"""minutes: when the morning's sittings begin, the afternoon's, and when no more does"""


def working(span: Span, calendar: Calendar) -> list[date]:
    """The working days of the span, in order."""
    count = (span.last - span.first).days + 1
    every = (span.first + DAY * at for at in range(count))
    return [day for day in every if calendar.is_workday(day)]


def volumes(span: Span, days: Sequence[date], apart: date, count: int) -> list[int]:
    """How many matters are registered on each working day, but for `count` of the day `apart`.

    Each year's share is as in `YEARS`; within it, busy months have more, and eves of rest little.
    """
    known, found = frozenset(days), dict[date, int]()
    years = sorted({day.year for day in days})
    parts = share(span.matters, [YEARS.get(year, 1) for year in years])
    for year, part in zip(years, parts, strict=True):
        mine = [day for day in days if day.year == year]
        weights = [_busy(day, eve=day + DAY not in known) for day in mine]
        others = part - (count if year == apart.year else 0)
        found |= zip(mine, share(others, weights), strict=True)
    return [found[day] for day in days]


def _busy(day: date, eve: bool) -> float:
    return MONTHS[day.month - 1] * (ISSUED_BEFORE_REST if eve else 1.0)


def at(day: date, minute: int) -> str:
    """The instant of a minute of a day in Asia/Shanghai, as events state it."""
    local = datetime.combine(day, time(minute // 60, minute % 60), tzinfo=SHANGHAI)
    return local.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z")


def evening(day: date) -> str:
    """When the day's exchange takes place."""
    return at(day, 18 * 60)
