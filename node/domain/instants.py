"""Instants as they travel, and dates in Asia/Shanghai.

Decides how two instants compare and on which date an instant falls. Never asks what time it is.
Follows docs/spec/01-primitives.md, "Hashes, encodings, instants".
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")


def order(instant: str) -> str:
    """A sort key: instants with and without a fraction compare as moments."""
    return instant[:-1]


def earlier(one: str, other: str) -> str:
    """The earlier of two instants."""
    return min(one, other, key=order)


def reached(due: str, instant: str) -> bool:
    """Whether `instant` is at or after the exclusive `due`."""
    return order(instant) >= order(due)


def moment(instant: str) -> datetime:
    """The aware datetime that an instant names; ValueError when there is no such day."""
    return datetime.fromisoformat(instant)


def instant(moment: datetime) -> str:
    """An aware datetime as an instant of whole seconds, or of milliseconds if it has any."""
    at = moment.astimezone(UTC)
    precision = "milliseconds" if at.microsecond >= 1000 else "seconds"
    return at.replace(tzinfo=None).isoformat(timespec=precision) + "Z"


def local_date(instant: str) -> date:
    """The date in Asia/Shanghai on which an instant falls."""
    return moment(instant).astimezone(SHANGHAI).date()


def end_of(day: date) -> str:
    """The exclusive end of a date in Asia/Shanghai: its next 00:00."""
    midnight = datetime.combine(day + timedelta(days=1), time.min, tzinfo=SHANGHAI)
    return instant(midnight)


def later(start: str, span: timedelta) -> str:
    """The instant that lies `span` after `start`."""
    return instant(moment(start) + span)
