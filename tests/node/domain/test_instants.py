"""Instants compare as moments, and fall on dates in Asia/Shanghai."""

from datetime import UTC, date, datetime, timedelta

import pytest

from node.domain import instants


def test_instants_with_and_without_a_fraction_compare_as_moments() -> None:
    rising = ["2026-01-01T00:00:00Z", "2026-01-01T00:00:00.001Z", "2026-01-01T00:00:01Z"]
    assert sorted(reversed(rising), key=instants.order) == rising
    assert instants.earlier(rising[2], rising[1]) == rising[1]


def test_a_due_instant_is_exclusive() -> None:
    due = "2026-11-25T16:00:00Z"
    assert not instants.reached(due, "2026-11-25T15:59:59Z")
    assert not instants.reached(due, "2026-11-25T15:59:59.999Z")
    assert instants.reached(due, due)
    assert instants.reached(due, "2026-11-25T16:00:00.001Z")


@pytest.mark.parametrize(
    ("instant", "day"),
    [
        ("2026-11-24T15:59:59Z", date(2026, 11, 24)),  # 23:59:59 in Shanghai
        ("2026-11-24T15:59:59.999Z", date(2026, 11, 24)),
        ("2026-11-24T16:00:00Z", date(2026, 11, 25)),  # midnight there
        ("2026-12-31T16:00:00Z", date(2027, 1, 1)),
        ("2028-02-28T16:00:00Z", date(2028, 2, 29)),
    ],
)
def test_a_day_begins_at_midnight_in_shanghai(instant: str, day: date) -> None:
    assert instants.local_date(instant) == day


def test_a_day_ends_with_the_next_midnight_there() -> None:
    assert instants.end_of(date(2026, 11, 25)) == "2026-11-25T16:00:00Z"
    assert instants.end_of(date(2026, 12, 31)) == "2026-12-31T16:00:00Z"
    # Summer time was kept there in 1986 to 1991: midnight was at 15:00 UTC.
    assert instants.end_of(date(1988, 7, 1)) == "1988-07-01T15:00:00Z"


def test_an_instant_is_written_with_milliseconds_only_where_it_has_some() -> None:
    whole = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    assert instants.instant(whole) == "2026-01-02T03:04:05Z"
    assert instants.instant(whole + timedelta(milliseconds=7)) == "2026-01-02T03:04:05.007Z"
    assert instants.instant(whole.astimezone(instants.SHANGHAI)) == "2026-01-02T03:04:05Z"
    assert instants.later("2026-02-28T16:00:00Z", timedelta(days=1)) == "2026-03-01T16:00:00Z"


def test_a_day_that_does_not_exist_is_an_error() -> None:
    with pytest.raises(ValueError, match="day"):
        instants.moment("2026-02-30T00:00:00Z")
