"""Months, spans of days, classes of age, and the review's bounds, worked out by hand."""

from __future__ import annotations

import pytest

from node.domain.evaluation.ageing import AGES, LATENESS, begun, fallen_due
from node.domain.evaluation.periods import Period, days, month, month_of
from node.domain.evaluation.reviewing import applied_before
from node.domain.guards import DomainRefused
from node.service.calendars import national


def test_a_month_is_shanghai_s() -> None:
    assert month("2026-11") == Period("2026-10-31T16:00:00Z", "2026-11-30T16:00:00Z")
    assert month("2028-02") == Period("2028-01-31T16:00:00Z", "2028-02-29T16:00:00Z")
    assert month("2026-12").until == "2026-12-31T16:00:00Z"
    assert month_of("2026-11-30T15:59:59Z") == "2026-11"
    assert month_of("2026-11-30T16:00:00Z") == "2026-12"


def test_what_is_due_at_a_month_s_end_belongs_to_it_and_what_happens_then_to_the_next() -> None:
    november, end = month("2026-11"), "2026-11-30T16:00:00Z"
    assert november.holds_due(end)
    assert not november.holds_due("2026-10-31T16:00:00Z")
    assert month("2026-10").holds_due("2026-10-31T16:00:00Z")
    assert not november.holds(end)
    assert november.holds("2026-10-31T16:00:00Z")
    assert november.holds("2026-10-31T16:00:00.001Z")
    assert Period().holds(end)
    assert Period().holds_due(end)


def test_both_dates_of_a_span_belong_to_it() -> None:
    assert days("2026-11-24", "2026-11-24") == Period(
        "2026-11-23T16:00:00Z", "2026-11-24T16:00:00Z"
    )
    assert days(None, None) == Period()


@pytest.mark.parametrize("name", ["2026-13", "2026-1", "0000-01", "9999-01", "", "２０２６-01"])
def test_what_is_no_month_is_refused(name: str) -> None:
    with pytest.raises(DomainRefused) as caught:
        month(name)
    assert (caught.value.code, caught.value.where) == ("bad-input", "month")


@pytest.mark.parametrize(
    ("since", "until", "where"),
    [
        ("2026-02-30", None, "since"),
        ("20261124", None, "since"),
        ("2026-W48-2", None, "since"),
        (None, "1700-01-01", "until"),
        ("2026-11-24", "2026-11-23", "until"),
    ],
)
def test_what_is_no_span_is_refused(since: str | None, until: str | None, where: str) -> None:
    with pytest.raises(DomainRefused) as caught:
        days(since, until)
    assert (caught.value.code, caught.value.where) == ("bad-input", where)


def test_classes_of_age_leave_no_gap_and_begin_today() -> None:
    now = "2026-11-24T05:00:00Z"
    found = [begun(age, now) for age in AGES]
    assert found[0] == Period("2026-11-16T16:00:00Z", "2026-11-24T16:00:00Z")  # 17 to 24 November
    assert [one.since for one in found[:-1]] == [one.until for one in found[1:]]
    assert found[-1].since is None
    assert [age.name for age in AGES][::5] == ["0-7", "366-"]


def test_classes_of_lateness_leave_no_gap_and_begin_with_today() -> None:
    now = "2026-11-24T05:00:00Z"
    found = [fallen_due(late, now) for late in LATENESS]
    # due by the end of 23, 22 or 21 November: one, two or three days begun
    assert found[0] == Period("2026-11-21T16:00:00Z", "2026-11-24T16:00:00Z")
    assert found[0].holds("2026-11-23T16:00:00Z")
    assert [one.since for one in found[:-1]] == [one.until for one in found[1:]]
    assert found[-1].since is None


@pytest.mark.parametrize(
    ("at", "before"),
    [
        # applied on Thursday the 19th: Friday, Monday, Tuesday; over at Tuesday's end
        ("2026-11-24T15:59:59Z", "2026-11-18T16:00:00Z"),
        ("2026-11-24T16:00:00Z", "2026-11-19T16:00:00Z"),
        # from 30 September to 7 October (National Day): 8, 9 and the 10th, which is made up
        ("2026-10-10T15:59:59Z", "2026-09-29T16:00:00Z"),
        ("2026-10-10T16:00:00Z", "2026-10-07T16:00:00Z"),
    ],
)
def test_the_applications_whose_answer_is_due(at: str, before: str) -> None:
    assert applied_before(at, national()) == before
