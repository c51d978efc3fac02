"""Calendars and policies as published: versions, withdrawal, regions, and the best fit."""

from datetime import date
from itertools import permutations
from typing import Any

import pytest

from node.domain.calendar import DEFAULT_POLICY, WARN, Rung
from node.domain.facts import Fact, Verdict
from node.domain.rulebook import (
    NATION,
    RuleState,
    best,
    calendar_name,
    calendar_of,
    enclosing,
    fold_rule,
    policy_of,
    region_of,
)
from tests.node.domain.cast import CALENDAR, CITY, POLICY, ROOT, TREE, Pen
from tests.schemas.rule_examples import LAWFUL


def published(pen: Pen, subject: str = POLICY, writer: str = ROOT, **change: Any) -> Fact:
    kind = subject.partition(":")[0]
    return pen.say(writer, f"{kind}.published", subject, "all", **change)


def state_of(*facts: Fact) -> RuleState:
    found = fold_rule(facts, TREE)
    assert found.state is not None
    return found.state


def test_each_publication_is_a_version_and_ends_the_one_before_in_every_order() -> None:
    pen = Pen()
    first = published(pen, time="2026-01-01T00:00:00Z")
    second = published(pen, version="workingdays/2", time="2026-06-01T00:00:00Z")
    gone = pen.say(ROOT, "policy.withdrawn", POLICY, "all", time="2026-09-01T00:00:00Z")
    for order in permutations((first, second, gone)):
        state = state_of(*order)
        assert state.state == "WITHDRAWN"
        assert [(one.version, one.at, one.ended_at) for one in state.versions] == [
            ("workingdays/1", first.time, second.time),
            ("workingdays/2", second.time, gone.time),
        ]


def test_a_withdrawn_policy_may_be_published_again_and_not_withdrawn_twice() -> None:
    pen = Pen()
    facts = [published(pen), *(pen.say(ROOT, "policy.withdrawn", POLICY, "all") for _ in range(2))]
    facts.append(published(pen, version="workingdays/2"))
    found = fold_rule(facts, TREE)
    assert found.state is not None
    assert found.state.state == "PUBLISHED"
    assert found.state.versions[-1].ended_at is None
    assert found.verdicts[facts[2].head] == Verdict("quarantined", "wrong-state")


def test_a_version_says_for_good_what_it_said_first() -> None:
    pen = Pen()
    state = state_of(published(pen), published(pen, review=9))
    assert len(state.versions) == 1
    assert state.versions[0].data["review"] == 3
    assert state.versions[0].ended_at is None


def test_an_erased_publication_leaves_no_version() -> None:
    pen = Pen()
    state = state_of(published(pen, erased=True), published(pen, version="workingdays/2"))
    assert [one.version for one in state.versions] == ["workingdays/2"]


def test_a_calendar_of_another_than_the_root_has_no_authority() -> None:
    said = published(Pen(), CALENDAR.replace(ROOT, CITY), CITY)
    found = fold_rule([said], TREE)
    assert found.state is None
    assert found.verdicts[said.head] == Verdict("quarantined", "no-authority")
    assert state_of(published(Pen(), POLICY.replace(ROOT, CITY), CITY)).owner == CITY


@pytest.mark.parametrize(
    ("code", "region", "name"),
    [
        ("cn", NATION, "cn"),
        ("140000", "140000000000", "cn-140000"),
        ("140105", "140105000000", "cn-140105"),
        ("140105001", "140105001000", "cn-140105001000"),
    ],
)
def test_a_region_is_a_place_code_of_twelve_digits(code: str, region: str, name: str) -> None:
    assert region_of(code) == region
    assert calendar_name(region) == name


@pytest.mark.parametrize("code", ["", "CN", "14010", "1401050010011", "14010x", "١٤٠١٠٥"])
def test_what_is_no_region_is_an_error(code: str) -> None:
    with pytest.raises(ValueError):
        region_of(code)


def test_the_nearest_region_comes_first_and_the_nation_last() -> None:
    assert enclosing(None) == (NATION,)
    assert enclosing("140000") == ("140000000000", NATION)
    assert enclosing("140105001") == (
        "140105001000",
        "140105000000",
        "140100000000",
        "140000000000",
        NATION,
    )


def test_published_data_give_the_calendar_and_the_policy() -> None:
    found = calendar_of(LAWFUL["duban.calendar.published"])
    assert (found.version, found.covered_until) == ("cn/2027.1", date(2027, 12, 31))
    assert not found.is_workday(date(2027, 1, 1))
    assert found.is_workday(date(2027, 2, 6))
    policy = policy_of(LAWFUL["duban.policy.published"])
    assert (policy.counts, policy.days["km"], policy.warn["k1"]) == ("working", 22, 240)
    assert policy.warn["kp"] == WARN["kp"]
    assert policy.ladder == (Rung("due", 1440, "office"),)
    assert policy.tolerance == DEFAULT_POLICY.tolerance


def test_the_closest_fit_counts_boards_before_grades_and_of_equals_the_last() -> None:
    def one(name: str, boards: list[str], grades: list[str]) -> dict[str, Any]:
        return {"version": name, "boards": boards, "grades": grades}

    policies = [
        one("any", [], []),
        one("grade", [], ["major"]),
        one("board", ["reform"], []),
        one("both", ["reform"], ["major"]),
        one("later", ["reform"], ["major", "complex"]),
    ]

    def fit(board: str, grade: str) -> Any:
        found = best(policies, board, grade)
        return found and found["version"]

    assert fit("daily", "general") == "any"
    assert fit("daily", "major") == "grade"
    assert fit("reform", "general") == "board"
    assert fit("reform", "major") == "later"
    assert best(policies[3:4], "daily", "general") is None
