"""How old a backlog is: its classes, in days of Asia/Shanghai, as instants.

Decides the classes and their bounds. Never asks what time it is. Follows docs/statistics.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from node.domain.evaluation.periods import Period
from node.domain.instants import end_of, local_date


@dataclass(frozen=True, slots=True)
class Class:
    """From `least` to `most` days, both included; None: without end."""

    least: int
    most: int | None

    @property
    def name(self) -> str:
        """As `8-30`, or `366-`."""
        return f"{self.least}-{'' if self.most is None else self.most}"


AGES: Final = (Class(0, 7), Class(8, 30), Class(31, 90), Class(91, 180), Class(181, 365),
               Class(366, None))  # fmt: skip
LATENESS: Final = (Class(1, 3), Class(4, 7), Class(8, 30), Class(31, None))


def begun(age: Class, now: str) -> Period:
    """When something began that is so many days old: today's is 0 days old."""
    today = local_date(now)
    oldest = None if age.most is None else end_of(today - timedelta(days=age.most + 1))
    return Period(oldest, end_of(today - timedelta(days=age.least)))


def fallen_due(late: Class, now: str) -> Period:
    """The exclusive due instants since which so many days have begun."""
    today = local_date(now)
    oldest = None if late.most is None else end_of(today - timedelta(days=late.most))
    return Period(oldest, end_of(today + timedelta(days=1 - late.least)))
