"""Open reviews: which applications' answers are due by an instant.

Decides it for the issuer alone, by its own calendar (docs/adr/0006): three working days. Never asks
what time it is. Follows docs/statistics.md.
"""

from __future__ import annotations

from datetime import timedelta

from node.domain.calendar import Calendar
from node.domain.clocks import review_due
from node.domain.instants import end_of, local_date, reached

LONGEST = 60  # days that three working days may span


def applied_before(at: str, calendar: Calendar) -> str:
    """The instant before which whoever applied has its answer due at or before `at`."""
    day = local_date(at)
    for _ in range(LONGEST):
        day -= timedelta(days=1)
        end = end_of(day)
        if reached(review_due(end_of(day - timedelta(days=1)), calendar), at):
            return end
    return end_of(day)
