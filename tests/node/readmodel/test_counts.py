"""What the database counts is what the rules say, row by row; and a list has as many rows."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, create_engine, insert

from node.domain.assignment import AssignmentState
from node.domain.clocks import Clock, extend, submit
from node.domain.evaluation.counting import BASES, COUNTS, STAGES, counted_of, counts_as
from node.domain.evaluation.periods import ALWAYS, Period, days
from node.domain.instants import end_of, instant, local_date, reached
from node.domain.record import Turn
from node.readmodel.counts import (
    SOURCES,
    TURNS,
    Asked,
    count,
    count_in_hand,
    list_clocks,
    overdue_days,
)
from node.readmodel.rows import assignment_row, clock_rows
from node.readmodel.scope import Sight
from node.readmodel.tables import assignments, clocks, metadata
from tests.node.domain.commands.stage import given

NOW = "2026-12-20T04:00:00.250Z"
DOMAIN = "gov@" + "r" * 32
UNITS = ("a" * 32, "b" * 32, "c" * 32)
PERIODS = (
    ALWAYS,
    days("2026-12-01", "2026-12-31"),
    days(None, "2026-11-30"),
    days("2026-11-30", None),
)
STATES = ("ISSUED", "DOING", "HUNG", "CLOSED", "CANCELLED", "RELIEVED", "CLOSE_REQ", "SUSPENDED")


def _at(dice: random.Random) -> str:
    """Some instant around the turn of November, often a midnight there to the second."""
    start = datetime(2026, 11, 20, 16, tzinfo=UTC) + timedelta(days=dice.randrange(34))
    if dice.random() < 0.4:
        return instant(start)
    return instant(start + timedelta(milliseconds=dice.randrange(86_400_000)))


def _clock(dice: random.Random, kind: str) -> Clock:
    made = Clock(kind, end_of(local_date(_at(dice))))
    if dice.random() < 0.3:
        extend(made, end_of(local_date(made.due) + timedelta(days=dice.randrange(9))))
    if dice.random() < 0.5:
        submit(made, _at(dice))
    elif dice.random() < 0.3:
        made.paused = _at(dice)
    elif dice.random() < 0.2:
        made.open = False
    return made


def _turn(dice: random.Random) -> Turn:
    kind = dice.choice(("granted", "returned", "reopened"))
    due = end_of(local_date(_at(dice))) if dice.random() < 0.8 else None
    mark = dice.choice(("excellent", "good", "pass")) if kind == "granted" else None
    if kind == "reopened":
        return Turn("reopened", _at(dice), complaint=dice.random() < 0.5)
    return Turn(kind, _at(dice), _at(dice), due, mark)  # type: ignore[arg-type]


def _state(dice: random.Random, number: int) -> AssignmentState:
    state = dice.choice(STATES)
    ended = _at(dice) if state in ("CLOSED", "CANCELLED", "RELIEVED") else None
    kinds = [
        "k1",
        "k3",
        dice.choice(("k7", "km")),
        *(["kp1", "kp2"] if dice.random() < 0.2 else []),
    ]
    return given(
        state,
        id=f"assignment:{UNITS[0]}:n{number:08}",
        board=dice.choice(("daily", "reform")),
        issuer=dice.choice(UNITS[:2]),
        assignee=dice.choice(UNITS),
        t0=_at(dice),
        clocks=[_clock(dice, kind) for kind in kinds],
        turns=[_turn(dice) for _ in range(dice.choice((0, 0, 1, 3)))],
        applied_at=_at(dice) if dice.random() < 0.5 else None,
        closed_at=ended if state != "CANCELLED" else None,
        cancelled_at=ended if state == "CANCELLED" else None,
    )


STATED = [_state(random.Random(number), number) for number in range(300)]


@pytest.fixture
def held(database_url: str) -> Iterator[Connection]:
    """300 assignments of one tenant, and the same of another that must not be counted."""
    engine = create_engine(database_url)
    with engine.connect() as connection:
        metadata.create_all(connection)
        for tenant, domain in ((1, DOMAIN), (2, DOMAIN), (1, "party@" + "r" * 32)):
            named = STATED
            if domain != DOMAIN:
                named = [_state(random.Random(n), 1000 + n) for n in range(20)]
            rows = [
                assignment_row(tenant, domain, one, clock_rows(tenant, domain, one))
                for one in named
            ]
            connection.execute(insert(assignments), rows)
            connection.execute(
                insert(clocks), [row for one in named for row in clock_rows(tenant, domain, one)]
            )
        yield connection
    engine.dispose()


def _asked(**change: Any) -> Asked:
    return Asked(tenant=1, domain=DOMAIN, now=NOW, **change)


def _unit(state: AssignmentState, stage: str) -> str:
    return state.issuer if stage == "ka" else state.assignee


@pytest.mark.parametrize("period", PERIODS, ids=str)
def test_stages_are_counted_as_the_rules_say(held: Connection, period: Period) -> None:
    for basis in BASES:
        expected: dict[tuple[str | None, ...], Counter[str]] = {}
        for state in STATED:
            for row in counted_of(state):
                for word in counts_as(row, period, NOW, basis):
                    key = (_unit(state, row.stage), state.board, row.stage)
                    expected.setdefault(key, Counter())[word] += 1
        asked = _asked(period=period, basis=basis)
        found = count(held, "stages", asked, ("unit", "board", "stage"), COUNTS)
        assert {
            k: {w: n for w, n in v.items() if n} for k, v in found.items() if any(v.values())
        } == {key: dict(words) for key, words in expected.items()}
        assert sum(one["expected"] for one in found.values()) > 100


def test_each_count_has_as_many_rows_in_its_list(held: Connection) -> None:
    source = SOURCES["stages"]
    for stage in STAGES:
        for change in ({}, {"unit": UNITS[1]}, {"board": "reform"}, {"units": UNITS[:2]},
                       {"others": UNITS[:2]}, {"basis": "promised"}):  # fmt: skip
            asked = _asked(stage=stage, period=PERIODS[1], **change)
            numbers = count(held, "stages", asked, (), COUNTS)[()]
            for word, number in numbers.items():
                where = [*source.where(asked), source.words(asked)[word]]
                assert len(list_clocks(held, asked, where, limit=500)) == number


def test_answers_and_reopenings_are_counted_when_they_fell(held: Connection) -> None:
    for period in PERIODS:
        expected: Counter[str] = Counter()
        for state in STATED:
            for row in counted_of(state):
                told = row.word is not None and row.standing == "counts"
                if told and period.holds(str(row.stopped_at)):
                    expected[str(row.word)] += 1
        expected["reopened"] += expected["complained"]
        found = count(held, "turns", _asked(period=period), (), TURNS)[()]
        assert found == {word: expected[word] for word in TURNS}


def test_overdue_days_are_the_days_begun_of_what_is_late(held: Connection) -> None:
    total = 0
    for state in STATED:
        for row in counted_of(state):
            if row.stage != "ka" and "late" in counts_as(row, ALWAYS, NOW):
                runs = row.open and row.due is not None and reached(row.due, NOW)
                today = local_date(NOW) - local_date(str(row.due))
                total += row.days + (today.days + 1 if runs else 0)
    found = overdue_days(held, _asked(), ())[()]["overdue_days"]
    assert found == total > 100
    source, asked = SOURCES["stages"], _asked()
    where = [*source.where(asked), source.words(asked)["overdue"]]
    rows = list_clocks(held, asked, where, limit=500)
    assert sum(row["days"] for row in rows) == total


def test_in_hand_is_what_was_given_before_the_end_and_not_ended_before_the_beginning(
    held: Connection,
) -> None:
    for period in PERIODS:
        expected: Counter[str] = Counter()
        for state in STATED:
            begun = period.until is None or state.t0[:-1] < period.until[:-1]
            ended = state.cancelled_at or state.closed_at
            still = period.since is None or ended is None or ended[:-1] >= period.since[:-1]
            if begun and still and state.state not in ("CANCELLED", "RELIEVED"):
                expected[state.assignee] += 1
        found = count_in_hand(held, _asked(period=period), ("unit",))
        assert {unit: had["in_hand"] for (unit,), had in found.items()} == expected


def test_who_sees_nothing_counts_nothing(held: Connection) -> None:
    for extent in ("nothing", "submitted"):
        asked = _asked(sight=Sight(extent, "u"))  # type: ignore[arg-type]
        for source, words in (("stages", COUNTS), ("turns", TURNS), ("assignments", ("given",))):
            assert not any(count(held, source, asked, (), words)[()].values())
