"""What the events say by which rules are given and judged: one schema per type.

States the form of `data` only. Never judges who may publish (node/domain/authority.py), nor counts
a day by it (node/domain/calendar.py). Follows docs/spec/10-13710-events.md, "Calendars and
policies" and "Score tables".
"""

from __future__ import annotations

from datetime import date
from typing import Any, Final

from schemas.fields import Choice, Flag, Part, Rows, Rule, Shape, Text, Whole
from schemas.terms import BOARDS, GRADES, MAX_WARN, By, Warned

COUNTS: Final = ("natural", "working")
AFTER: Final = ("yellow", "due")
WHOM: Final = ("handler", "head", "office", "screen")

DATE: Final = r"^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])\Z"
CALENDAR_VERSION: Final = r"^cn(-[0-9]{6}|-[0-9]{12})?/[0-9]{1,6}(\.[0-9]{1,6})?\Z"
POLICY_VERSION: Final = r"^[a-z][a-z0-9]{7,25}/[0-9]{1,6}(\.[0-9]{1,6})?\Z"
SCORE_VERSION: Final = r"^monthlyscore/[0-9]{1,6}(\.[0-9]{1,6})?\Z"
STAGES: Final = ("k1", "k3", "k7", "km", "kp", "ka")  # of 13710, of a plan, and the review
SHARES: Final = tuple(f"{stage}.{word}" for stage in STAGES for word in ("late", "missing"))
MEASURES: Final = (
    *SHARES,
    *("overdue_days", "returned", "reopened", "complained"),
    *("excellent", "good", "pass", "satisfied", "basic", "unsatisfied"),
)
EFFECTS: Final = ("deduct", "credit")
PER: Final = ("each", "share")
MOST_POINTS: Final = 10_000  # hundredths of a point: the whole score
MOST_LINES: Final = 50
MOST_DAYS: Final = 1500  # a calendar's holidays, and its make-up workdays
MOST_COUNT: Final = 366  # days that a stage may have


class Day(Shape):
    """A date that is not what its weekday says."""

    date = Text(10, DATE)
    name = Text(50, optional=True)


def _real(data: Any) -> bool:
    days = [one["date"] for one in (*data["holidays"], *data["workdays"])]
    try:
        for text in (data["covered_from"], data["covered_until"], *days):
            date.fromisoformat(text)
    except ValueError:
        return False
    return True


def _spans(data: Any) -> bool:
    return bool(data["covered_from"] <= data["covered_until"])


def _covered(data: Any) -> bool:
    first, last = data["covered_from"], data["covered_until"]
    return all(first <= one["date"] <= last for one in (*data["holidays"], *data["workdays"]))


def _once(data: Any) -> bool:
    dates = [one["date"] for one in (*data["holidays"], *data["workdays"])]
    return len(set(dates)) == len(dates)


class CalendarPublished(Shape):
    """A whole calendar of a region, under a version that is never used again."""

    RULES = (
        Rule("holidays", "every date is a day of the calendar", _real),
        Rule("covered_until", "not before covered_from", _spans),
        Rule("holidays", "every date within covered_from and covered_until", _covered),
        Rule("holidays", "every date once, as a holiday or a workday", _once),
    )
    version = Text(64, CALENDAR_VERSION)
    covered_from = Text(10, DATE)
    covered_until = Text(10, DATE)
    holidays = Rows(Part(Day), MOST_DAYS)
    workdays = Rows(Part(Day), MOST_DAYS)
    by = Part(By)


class Days(Shape):
    """How many days each stage has. `km` absent: the same day of the next month."""

    k1 = Whole(1, MOST_COUNT)
    k3 = Whole(1, MOST_COUNT)
    k7 = Whole(1, MOST_COUNT)
    km = Whole(1, MOST_COUNT, optional=True)


class Rung(Shape):
    """One step of the urging ladder: so many minutes after that, whom to tell."""

    after = Choice(AFTER)
    minutes = Whole(0, MAX_WARN)
    to = Choice(WHOM)


class PolicyPublished(Shape):
    """How days are counted on some boards and grades, under a version never used again."""

    version = Text(64, POLICY_VERSION)
    boards = Rows(Choice(BOARDS), len(BOARDS))
    grades = Rows(Choice(GRADES), len(GRADES))
    counts = Choice(COUNTS)
    first_day = Flag()
    same_day = Flag()
    rolls_over = Flag()
    days = Part(Days)
    warn = Part(Warned)
    review = Whole(1, MOST_COUNT)
    triage = Whole(1, MOST_COUNT)
    ladder = Rows(Part(Rung), 20)
    tolerance = Whole(0, MAX_WARN)
    by = Part(By)


class PolicyWithdrawn(Shape):
    """The policy is given to no new matter any longer."""

    by = Part(By)


class ScoreLine(Shape):
    """One line of the table: so many hundredths of a point off, or on, and no more than `most`."""

    measure = Choice(MEASURES)
    effect = Choice(EFFECTS)
    points = Whole(1, MOST_POINTS)
    per = Choice(PER)
    most = Whole(1, MOST_POINTS)


def _shared(data: Any) -> bool:
    return all(one["per"] == "each" or one["measure"] in SHARES for one in data["lines"])


def _alone(data: Any) -> bool:
    measures = [one["measure"] for one in data["lines"]]
    return len(set(measures)) == len(measures)


class ScorePublished(Shape):
    """A whole table by which units are scored month by month, under a version never used again."""

    RULES = (
        Rule("lines", "per share only where a share of a stage is meant (late, missing)", _shared),
        Rule("lines", "every measure once", _alone),
    )
    version = Text(64, SCORE_VERSION)
    lines = Rows(Part(ScoreLine), MOST_LINES)
    minimum = Whole(1, 1_000_000)
    by = Part(By)


RULEBOOK: Final[dict[str, type[Shape]]] = {
    "duban.calendar.published": CalendarPublished,
    "duban.policy.published": PolicyPublished,
    "duban.policy.withdrawn": PolicyWithdrawn,
    "duban.score.published": ScorePublished,
}
