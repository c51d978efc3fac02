"""Open reviews: when an application's answer is due, and which are due by an instant (rule 11).

Decides it for the issuer alone, by its own calendar (docs/adr/0006): three working days. Never asks
what time it is. Follows docs/statistics.md.
"""

from __future__ import annotations

from datetime import timedelta

from node.domain.calendar import Calendar
from node.domain.clocks import REVIEW_DAYS, Clock, review_due
from node.domain.evaluation.counting import REVIEW, counted_of
from node.domain.instants import end_of, local_date, reached
from node.domain.record import AssignmentState

LONGEST = 60  # days that three working days may span


def open_review(
    state: AssignmentState, calendar: Calendar, days: int = REVIEW_DAYS
) -> Clock | None:
    """The clock of the answer that an application waits for, as `ka2`; None: none is owed."""
    if state.state != "CLOSE_REQ":
        return None
    for one in counted_of(state):
        if one.stage == REVIEW and one.stopped_at is None and one.asked is not None:
            return Clock(one.kind, review_due(one.asked, calendar, days))
    return None


def applied_before(at: str, calendar: Calendar) -> str:
    """The instant before which whoever applied has its answer due at or before `at`."""
    day = local_date(at)
    for _ in range(LONGEST):
        day -= timedelta(days=1)
        end = end_of(day)
        if reached(review_due(end_of(day - timedelta(days=1)), calendar), at):
            return end
    return end_of(day)
