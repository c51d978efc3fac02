"""Due instants worked out by hand, verdicts, parts, returns and lights."""

from dataclasses import replace
from datetime import date
from types import MappingProxyType

import pytest

from node.domain.calendar import DEFAULT_POLICY, Calendar, Policy, due_date, next_month
from node.domain.clocks import (
    Clock,
    due_instants,
    light,
    part_due,
    restart,
    resumed_due,
    submit,
    worst,
    yellow_from,
)

# National Day 2026: 1 to 7 October off; 20 September and 10 October made up.
CN = Calendar(
    "cn/2026.1",
    covered_until=date(2026, 12, 31),
    holidays=frozenset(date(2026, 10, day) for day in range(1, 8)),
    workdays=frozenset({date(2026, 9, 20), date(2026, 10, 10)}),
)
WORKING = replace(DEFAULT_POLICY, version="working/1", counts="working")


def days(k1: str, k3: str, last: str, kind: str = "k7") -> dict[str, str]:
    """Exclusive dates, 00:00 in Shanghai, as instants."""
    return {key: f"{day}T16:00:00Z" for key, day in (("k1", k1), ("k3", k3), (kind, last))}


@pytest.mark.parametrize(
    ("t0", "due"),
    [
        # Tuesday 24 November 2026, 13:03 in Shanghai: due on the 25th, 27th, 1 December, inclusive
        ("2026-11-24T05:03:28Z", days("2026-11-25", "2026-11-27", "2026-12-01")),
        # one second before midnight there, and midnight itself
        ("2026-11-24T15:59:59Z", days("2026-11-25", "2026-11-27", "2026-12-01")),
        ("2026-11-24T16:00:00Z", days("2026-11-26", "2026-11-28", "2026-12-02")),
        # over the leap day, and where there is none
        ("2028-02-27T01:00:00Z", days("2028-02-28", "2028-03-01", "2028-03-05")),
        ("2027-02-27T01:00:00Z", days("2027-02-28", "2027-03-02", "2027-03-06")),
        # over the year's end
        ("2026-12-30T01:00:00Z", days("2026-12-31", "2027-01-02", "2027-01-06")),
    ],
)
def test_a_general_matter_is_due_in_1_3_and_7_days(t0: str, due: dict[str, str]) -> None:
    assert due_instants(t0, "general", DEFAULT_POLICY, CN) == due


@pytest.mark.parametrize("grade", ["major", "complex"])
@pytest.mark.parametrize(
    ("t0", "last"),
    [
        ("2026-11-24T05:03:28Z", "2026-12-24"),
        ("2026-01-31T01:00:00Z", "2026-02-28"),
        ("2028-01-30T01:00:00Z", "2028-02-29"),
        ("2028-01-31T01:00:00Z", "2028-02-29"),
        ("2028-02-29T01:00:00Z", "2028-03-29"),
        ("2026-12-31T01:00:00Z", "2027-01-31"),
        ("2026-01-30T16:00:00Z", "2026-02-28"),  # the 31st in Shanghai
        ("2026-03-31T01:00:00Z", "2026-04-30"),
    ],
)
def test_a_major_one_on_the_same_day_of_the_next_month_or_its_last(
    grade: str, t0: str, last: str
) -> None:
    due = due_instants(t0, grade, DEFAULT_POLICY, CN)
    assert set(due) == {"k1", "k3", "km"}
    assert due["km"] == f"{last}T16:00:00Z"


def test_the_year_of_the_next_month_turns_in_december() -> None:
    assert next_month(date(2026, 12, 15)) == date(2027, 1, 15)


@pytest.mark.parametrize(
    ("policy", "kind", "due"),
    [
        (DEFAULT_POLICY, "k1", date(2026, 10, 1)),
        (DEFAULT_POLICY, "k3", date(2026, 10, 3)),
        (DEFAULT_POLICY, "k7", date(2026, 10, 7)),
        # from Wednesday 30 September: Thu 8, Fri 9, Sat 10 (made up), Mon 12 … Thu 15
        (WORKING, "k1", date(2026, 10, 8)),
        (WORKING, "k3", date(2026, 10, 10)),
        (WORKING, "k7", date(2026, 10, 15)),
        (replace(DEFAULT_POLICY, first_day=True), "k1", date(2026, 9, 30)),
        (replace(DEFAULT_POLICY, first_day=True), "k3", date(2026, 10, 2)),
        (replace(WORKING, first_day=True), "k3", date(2026, 10, 9)),
        (replace(DEFAULT_POLICY, same_day=True), "k1", date(2026, 9, 30)),
        (replace(DEFAULT_POLICY, same_day=True), "k3", date(2026, 10, 3)),
        (replace(DEFAULT_POLICY, rolls_over=True), "k1", date(2026, 10, 8)),
        (replace(DEFAULT_POLICY, rolls_over=True), "km", date(2026, 10, 30)),
        (replace(DEFAULT_POLICY, days=MappingProxyType({"k1": 2})), "k1", date(2026, 10, 2)),
    ],
)
def test_a_policy_says_how_days_are_counted(policy: Policy, kind: str, due: date) -> None:
    assert due_date(kind, date(2026, 9, 30), policy, CN) == due


def test_past_what_a_calendar_covers_only_weekends_are_known() -> None:
    short = replace(CN, covered_until=date(2026, 9, 30))
    assert short.provisional(date(2026, 10, 1))
    assert short.is_workday(date(2026, 10, 1))
    assert not short.is_workday(date(2026, 10, 10))
    assert not CN.provisional(date(2026, 12, 31))
    assert due_date("k1", date(2100, 1, 1), WORKING, CN) == date(2100, 1, 4)


def test_a_made_up_weekend_is_worked_and_a_holiday_is_not() -> None:
    assert CN.is_workday(date(2026, 9, 20))  # a Sunday
    assert not CN.is_workday(date(2026, 9, 19))
    assert not CN.is_workday(date(2026, 10, 1))


def test_an_instant_that_names_no_day_is_an_error() -> None:
    with pytest.raises(ValueError, match="day"):
        due_instants("2026-02-30T00:00:00Z", "general", DEFAULT_POLICY, CN)


OWN = days("2026-12-01", "2026-12-03", "2026-12-07")


def whole(**due: str) -> list[Clock]:
    return [Clock(kind, f"2026-{day}T16:00:00Z") for kind, day in due.items()]


def test_a_part_is_due_no_later_than_its_whole_stage_by_stage() -> None:
    parent = whole(k1="11-25", k3="12-02", k7="12-05")
    assert part_due(OWN, parent) == days("2026-11-25", "2026-12-02", "2026-12-05")


def test_a_part_that_is_due_earlier_keeps_its_own() -> None:
    assert part_due(OWN, whole(k1="12-20", k3="12-20", km="12-24")) == OWN


def test_a_stage_that_the_whole_has_submitted_caps_nothing() -> None:
    parent = whole(k1="11-25", k3="11-27", km="12-24")
    for clock in parent[:2]:
        submit(clock, "2026-11-25T01:00:00Z")
    assert part_due(OWN, parent) == OWN


def test_the_last_clock_of_the_whole_caps_every_stage_of_the_part() -> None:
    parent = whole(k1="11-25", k3="11-27", k7="12-02")
    for clock in parent[:2]:
        submit(clock, "2026-11-25T01:00:00Z")
    assert part_due(OWN, parent) == days("2026-12-01", "2026-12-02", "2026-12-02")


def test_a_whole_past_due_gives_its_part_its_own_instant_born_red() -> None:
    parent = whole(k7="11-20")
    due = part_due(OWN, parent)
    assert set(due.values()) == {"2026-11-20T16:00:00Z"}
    assert light(Clock("k7", due["k7"]), "2026-11-30T00:00:00Z") == "red"


@pytest.mark.parametrize(
    ("applied", "returned", "due"),
    [
        ("2026-11-30T01:00:00Z", "2026-12-02T01:00:00Z", "2026-12-03T16:00:00Z"),
        ("2026-11-30T01:00:00Z", "2026-11-30T15:59:59Z", "2026-12-01T16:00:00Z"),
        ("2026-11-30T15:59:59Z", "2026-11-30T16:00:00Z", "2026-12-02T16:00:00Z"),
        ("2026-11-30T01:00:00Z", "2026-11-29T01:00:00Z", "2026-12-01T16:00:00Z"),  # a skewed clock
    ],
)
def test_a_return_gives_back_the_review_s_whole_days(applied: str, returned: str, due: str) -> None:
    assert resumed_due("2026-12-01T16:00:00Z", applied, returned) == due


def test_a_submission_at_the_due_instant_is_late() -> None:
    for at, verdict in (("2026-11-25T15:59:59.999Z", "on_time"), ("2026-11-25T16:00:00Z", "late")):
        clock = Clock("k1", "2026-11-25T16:00:00Z")
        submit(clock, at)
        assert (clock.verdict, clock.stopped_at, clock.open) == (verdict, at, False)


def test_a_clock_that_runs_on_is_judged_anew() -> None:
    clock = Clock("k7", "2026-11-25T16:00:00Z")
    submit(clock, "2026-11-26T00:00:00Z")
    restart(clock, "2026-11-28T16:00:00Z")
    assert clock == Clock("k7", "2026-11-28T16:00:00Z")


@pytest.mark.parametrize(
    ("kind", "yellow"),
    [
        ("k1", "2026-11-30T04:00:00Z"),  # half a day
        ("k3", "2026-11-29T16:00:00Z"),  # one day
        ("k7", "2026-11-28T16:00:00Z"),  # two days
        ("km", "2026-11-23T16:00:00Z"),  # seven days
    ],
)
def test_a_light_turns_yellow_when_rule_16_says_and_red_when_due(kind: str, yellow: str) -> None:
    clock = Clock(kind, "2026-11-30T16:00:00Z")
    assert light(clock, "2026-11-01T00:00:00Z") == "green"
    assert light(clock, yellow.replace("00:00Z", "00:00.000Z")) == "yellow"
    just_before = yellow.replace(":00:00Z", ":59:59Z").replace(
        yellow[11:13], f"{int(yellow[11:13]) - 1:02}"
    )
    assert light(clock, just_before) == "green"
    assert light(clock, "2026-11-30T15:59:59Z") == "yellow"
    assert light(clock, clock.due) == "red"
    assert yellow_from(clock) == yellow


def test_a_clock_that_stopped_shows_no_light() -> None:
    clock = Clock("k1", "2026-11-30T16:00:00Z")
    submit(clock, "2026-12-30T16:00:00Z")
    assert light(clock, "2027-01-01T00:00:00Z") is None


def test_the_gravest_light_is_shown() -> None:
    assert worst(["green", None, "red", "yellow"]) == "red"
    assert worst(["green", "yellow"]) == "yellow"
    assert worst([None]) is None
    assert worst([]) is None
