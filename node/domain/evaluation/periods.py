"""Months and spans of days in Asia/Shanghai, as instants.

Decides where a period begins and ends, and what falls into it. Never asks what time it is. Follows
docs/statistics.md.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from node.domain.guards import DomainRefused
from node.domain.instants import end_of, local_date, order

DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
MONTH: Final = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])")


@dataclass(frozen=True, slots=True)
class Period:
    """From the instant `since` on, before the instant `until`; None: without that bound."""

    since: str | None = None
    until: str | None = None

    def holds(self, at: str) -> bool:
        """Whether something that happened at an instant lies in it."""
        after = self.since is None or order(at) >= order(self.since)
        return after and (self.until is None or order(at) < order(self.until))

    def holds_due(self, due: str) -> bool:
        """Whether an exclusive due instant lies in it: the end of the last day belongs to it."""
        after = self.since is None or order(due) > order(self.since)
        return after and (self.until is None or order(due) <= order(self.until))


ALWAYS: Final = Period()


def month_of(instant: str) -> str:
    """The month in Asia/Shanghai in which an instant lies, as 2026-11."""
    return local_date(instant).isoformat()[:7]


def month(name: str) -> Period:
    """A month, as 2026-11. Refuses `bad-input`."""
    if not MONTH.fullmatch(name) or name.startswith("0000"):
        raise DomainRefused("bad-input", f"month {name!r}"[:80], "a month, as 2026-11", "month")
    first = date.fromisoformat(f"{name}-01")
    if first.year == date.max.year:
        raise DomainRefused("bad-input", f"month {name}", "an earlier month", "month")
    after = (first + timedelta(days=31)).replace(day=1)
    return Period(_begin(first), _begin(after))


def days(since: str | None, until: str | None) -> Period:
    """From one date to another, both included; None: without that bound. Refuses `bad-input`."""
    first, last = _day(since, "since"), _day(until, "until")
    if first is not None and last is not None and last < first:
        raise DomainRefused("bad-input", f"{until} is before {since}", f"{since} or later", "until")
    return Period(_begin(first) if first else None, end_of(last) if last else None)


def _begin(first: date) -> str:
    return end_of(first - timedelta(days=1))


def _day(text: str | None, where: str) -> date | None:
    if not text:
        return None
    try:
        found = date.fromisoformat(text) if DAY.fullmatch(text) else None
    except ValueError:
        found = None
    if found is None or not 1900 <= found.year <= 9000:
        raise DomainRefused("bad-input", f"{where} {text!r}"[:80], "a date, as 2026-11-24", where)
    return found
