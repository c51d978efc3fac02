"""The score and the rank, worked out by hand in hundredths."""

from __future__ import annotations

from typing import Any

import pytest

from node.domain.evaluation.counting import STAGES
from node.domain.evaluation.scoring import DEFAULT_TABLE, FULL, ranks, score
from schemas.rulebook import MEASURES, ScorePublished
from schemas.rulebook import STAGES as STATED
from tests.schemas.matter_examples import BY


def table(*lines: tuple[str, str, int, str, int]) -> dict[str, Any]:
    names = ("measure", "effect", "points", "per", "most")
    return {"lines": [dict(zip(names, line, strict=True)) for line in lines], "minimum": 1}


def test_the_default_is_a_lawful_publication_but_for_who_says_it() -> None:
    assert ScorePublished().load({**DEFAULT_TABLE, "by": BY})["minimum"] == 5
    assert STAGES == STATED
    assert {one["measure"] for one in DEFAULT_TABLE["lines"]} <= set(MEASURES)


def test_who_did_nothing_wrong_and_nothing_well_has_all() -> None:
    assert score({}, DEFAULT_TABLE).points == FULL
    assert {one.points for one in score({}, DEFAULT_TABLE).lines} == {0}


@pytest.mark.parametrize(
    ("numbers", "points"),
    [
        ({"k7.late": 1, "k7.expected": 3}, -833),  # 2500 / 3 = 833.33
        ({"k7.late": 1, "k7.expected": 16}, -156),  # 156.25
        ({"k7.late": 1, "k7.expected": 40}, -63),  # 62.5: halves up
        ({"k7.late": 3, "k7.expected": 3}, -2500),
        ({"k7.expected": 3}, 0),
        ({"k7.late": 3}, 0),  # of none expected there is no share
    ],
)
def test_a_share_takes_its_part_of_the_points(numbers: dict[str, int], points: int) -> None:
    found = score(numbers, table(("k7.late", "deduct", 2500, "share", 9000)))
    assert (found.points, found.lines[0].points) == (FULL + points, points)
    assert found.lines[0].of == numbers.get("k7.expected", 0)


def test_each_one_takes_the_points_and_no_line_more_than_its_most() -> None:
    lines = table(
        ("returned", "deduct", 100, "each", 250), ("excellent", "credit", 50, "each", 100)
    )
    found = score({"returned": 2, "excellent": 1}, lines)
    assert (found.points, [one.points for one in found.lines]) == (9850, [-200, 50])
    assert [one.points for one in score({"returned": 9, "excellent": 9}, lines).lines] == [
        -250,
        100,
    ]


def test_a_score_lies_between_0_and_100_and_its_lines_add_up_to_it() -> None:
    worst = table(
        ("returned", "deduct", 9000, "each", 10_000), ("reopened", "deduct", 1, "each", 1)
    )
    assert score({"returned": 2, "reopened": 1}, worst).points == 0
    best = table(("excellent", "credit", 50, "each", 100))
    assert score({"excellent": 1}, best).points == FULL
    told = score({"returned": 1, "k1.late": 1, "k1.expected": 7}, DEFAULT_TABLE)
    assert told.points == FULL + sum(one.points for one in told.lines)


def test_ranks_are_per_level_shared_by_equals_and_none_below_the_minimum() -> None:
    scored = [
        ("a", "city", 9000, 5), ("b", "city", 9500, 5), ("c", "city", 9000, 9),
        ("d", "city", 8000, 5), ("e", "city", 10_000, 4), ("f", "county", 100, 5),
    ]  # fmt: skip
    assert ranks(scored, 5) == {"a": 2, "b": 1, "c": 2, "d": 4, "e": None, "f": 1}
