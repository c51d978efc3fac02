"""What of an assignment is counted, and as what."""

from __future__ import annotations

from typing import Any

import pytest

from node.domain.assignment import AssignmentState
from node.domain.clocks import Clock, extend, submit
from node.domain.evaluation.counting import (
    Counted,
    clearance_rate,
    counted_of,
    counts_as,
    days_late,
    rate,
    tally,
)
from node.domain.evaluation.periods import ALWAYS, Period
from node.domain.record import Turn
from tests.node.domain.commands.stage import given

NOW = "2026-12-20T04:00:00Z"
EXPECTED = frozenset({"expected"})
MISSING = EXPECTED | {"late", "missing"}


def state(*clocks: Clock, state: str = "DOING", **change: Any) -> AssignmentState:
    return given(state, **{"clocks": list(clocks), "applied_at": None, **change})


def one(clock: Clock, **change: Any) -> Counted:
    return next(counted_of(state(clock, **change)))


def submitted(due: str, at: str, kind: str = "k7") -> Clock:
    made = Clock(kind, due)
    submit(made, at)
    return made


def test_on_time_and_late_are_by_the_exclusive_due_instant() -> None:
    due = "2026-12-01T16:00:00Z"
    for at, word in (("2026-12-01T15:59:59.999Z", "on_time"), ("2026-12-01T16:00:00Z", "late")):
        found = counts_as(one(submitted(due, at)), ALWAYS, NOW)
        assert found == EXPECTED | {"submitted", word}


def test_what_is_not_due_yet_is_expected_only_once_submitted() -> None:
    due = "2026-12-24T16:00:00Z"
    assert counts_as(one(Clock("k7", due)), ALWAYS, NOW) == frozenset()
    early = counts_as(one(submitted(due, "2026-12-02T01:00:00Z")), ALWAYS, NOW)
    assert early == EXPECTED | {"submitted", "on_time"}


def test_never_submitted_counts_as_late_also_when_the_assignment_was_cleared_without_it() -> None:
    due = "2026-12-01T16:00:00Z"
    assert counts_as(one(Clock("k3", due)), ALWAYS, NOW) == MISSING
    gone = one(Clock("k3", due, open=False), state="CLOSED", closed_at="2026-12-03T01:00:00Z")
    assert counts_as(gone, ALWAYS, NOW) == MISSING
    assert gone.days == 2


def test_paused_ones_stand_apart_and_relieved_and_cancelled_ones_nowhere() -> None:
    due = "2026-12-01T16:00:00Z"
    paused = Clock("k7", due, paused="2026-11-30T01:00:00Z")
    assert counts_as(one(paused), ALWAYS, NOW) == {"paused"}
    for ended in ("RELIEVED", "CANCELLED"):
        late = submitted(due, "2026-12-05T01:00:00Z")
        assert counts_as(one(late, state=ended), ALWAYS, NOW) == frozenset()


def test_a_last_clock_that_a_plan_replaced_in_time_counts_nowhere_a_late_one_does() -> None:
    due = "2026-12-01T16:00:00Z"
    mile = Clock("kp1", "2027-01-05T16:00:00Z")
    kept = list(counted_of(state(Clock("km", due, open=False), mile, state="HUNG")))
    assert [row.standing for row in kept] == ["void", "counts"]
    late = submitted(due, "2026-12-03T01:00:00Z", "km")
    kept = list(counted_of(state(late, mile, state="HUNG")))
    assert counts_as(kept[0], ALWAYS, NOW) == EXPECTED | {"submitted", "late"}


def test_an_extension_is_reported_both_ways() -> None:
    clock = Clock("k7", "2026-12-01T16:00:00Z")
    extend(clock, "2026-12-10T16:00:00Z")
    open_ = one(clock)
    assert counts_as(open_, ALWAYS, "2026-12-05T00:00:00Z", "due") == frozenset()
    assert counts_as(open_, ALWAYS, "2026-12-05T00:00:00Z", "promised") == MISSING
    submit(clock, "2026-12-08T01:00:00Z")
    done = one(clock)
    assert counts_as(done, ALWAYS, NOW, "due") == EXPECTED | {"submitted", "on_time"}
    assert counts_as(done, ALWAYS, NOW, "promised") == EXPECTED | {"submitted", "late"}
    week = Period("2026-12-04T16:00:00Z", "2026-12-11T16:00:00Z")
    assert counts_as(done, week, NOW, "promised") == frozenset()
    assert counts_as(done, week, NOW, "due")


def test_reviews_are_the_answers_and_the_one_that_waits() -> None:
    asked = ("2026-11-25T01:00:00Z", "2026-12-01T01:00:00Z")
    turns = [
        Turn("returned", "2026-11-26T01:00:00Z", asked[0], "2026-11-30T16:00:00Z"),
        Turn("granted", "2026-12-09T16:00:00Z", asked[1], "2026-12-04T16:00:00Z", "good"),
        Turn("reopened", "2026-12-10T01:00:00Z", complaint=True),
        Turn("granted", "2026-12-12T01:00:00Z", "2026-12-11T01:00:00Z", mark="pass"),
    ]
    held = state(turns=turns, applied_at="2026-12-14T01:00:00Z", state="CLOSE_REQ")
    rows = {row.kind: row for row in counted_of(held)}
    assert list(rows) == ["ka1", "ka2", "ka3", "ka4", "kr1"]
    assert counts_as(rows["ka1"], ALWAYS, NOW) == EXPECTED | {"submitted", "on_time"}
    assert counts_as(rows["ka2"], ALWAYS, NOW) == EXPECTED | {"submitted", "late"}
    assert rows["ka2"].days == 6
    # stated by nobody: erased, or not yet answered
    assert counts_as(rows["ka3"], ALWAYS, NOW) == counts_as(rows["ka4"], ALWAYS, NOW) == frozenset()
    assert [rows[kind].word for kind in rows] == ["returned", "good", "pass", None, "complained"]
    assert rows["ka4"].standing == "counts"
    held.state = "DOING"
    assert {row.kind: row.standing for row in counted_of(held)}["ka4"] == "void"
    held.state = "CANCELLED"
    assert {row.standing for row in counted_of(held)} == {"apart"}


@pytest.mark.parametrize(
    ("at", "days"),
    [
        ("2026-12-01T15:59:59Z", 0),
        ("2026-12-01T16:00:00Z", 1),
        ("2026-12-02T15:59:59Z", 1),
        ("2026-12-02T16:00:00Z", 2),
        ("2026-19-39T29:00:00Z", 0),  # a header may name such a day
    ],
)
def test_days_late_are_the_days_begun_since(at: str, days: int) -> None:
    assert days_late("2026-12-01T16:00:00Z", at) == days


def test_a_tally_is_of_one_stage_and_of_nothing_there_is_no_rate() -> None:
    due = "2026-12-01T16:00:00Z"
    held = state(submitted(due, due, "k1"), submitted(due, "2026-11-30T01:00:00Z", "k3"))
    found = tally(counted_of(held), "k3", ALWAYS, NOW)
    assert (found.completeness, found.timeliness) == (1.0, 1.0)
    none = tally(counted_of(held), "km", ALWAYS, NOW)
    assert (none.completeness, none.timeliness) == (None, None)
    assert rate(1, 3) == 0.3333
    assert clearance_rate(892, 1010, 6, 4) == 0.892
    assert clearance_rate(0, 3, 2, 1) is None
