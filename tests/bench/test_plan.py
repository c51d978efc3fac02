"""The plan of the four years: exact totals, one seed one plan, and no step before its cause."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from functools import lru_cache

import pytest

from bench.years.course import ACTS, AWAITED, Step
from bench.years.days import at
from bench.years.figures import EARLY, Span
from bench.years.plan import CLEARED, Plan
from bench.years.tree import Tree, read, smaller
from deploy.topology.shanxi import tree as shanxi
from node.domain.calendar import next_month
from node.service.calendars import national


@lru_cache(maxsize=1)
def whole() -> tuple[Tree, Plan]:
    body = read(shanxi(12))
    return body, Plan(Span(), body, national())


def small(seed: int = 1, matters: int = 400) -> Plan:
    return Plan(Span(matters, seed), read(smaller(shanxi(12), 2, 2, 3)), national())


def test_the_whole_plan_has_exactly_what_is_reported() -> None:
    _, plan = whole()
    assert plan.totals.matters == 76_788
    assert sum(plan.totals.boards["investment"].values()) == 6_248
    assert plan.totals.campaign == 2_606
    assert plan.totals.rate == 0.892
    assert len(plan.totals.boards) == 6
    early = sum(plan.days[one.day] <= date(2016, 12, 31) for one in plan.matters)
    assert early == EARLY
    assert plan.weeks >= 208
    assert plan.totals.steps >= 460_000


def test_work_is_spread_over_the_tree_and_its_hosts() -> None:
    body, plan = whole()
    registrars = {one.registrar for one in plan.matters}
    assert registrars == set(body.registrars())
    assert plan.links > 7_000
    assert {body.host[one.registrar] for one in plan.matters} == set(body.host.values())


def test_every_share_of_the_stages_is_there_and_none_is_everything() -> None:
    _, plan = whole()
    found = Counter(
        step.act
        for day in range(len(plan.days))
        for host in set(whole()[0].host.values())
        for step in plan.of(day, host)
    )
    assert set(found) == set(ACTS)
    assert 0.02 < found["return"] / found["grant"] < 0.1
    assert 0.02 < found["extend"] / found["issue"] < 0.1
    assert 0.01 < found["hang"] / found["issue"] < 0.06
    assert 0.002 < found["reopen"] / found["grant"] < 0.02


def test_the_railway_is_over_within_its_three_months() -> None:
    _, plan = whole()
    mine = [one for one in plan.matters if one.problem >= 0]
    assert {one.board for one in mine} == {"key-work"}
    assert {plan.days[one.day] for one in mine} == {date(2018, 4, 2)}
    assert all(one.fate == "clear" for one in mine)


def steps_of(plan: Plan) -> list[Step]:
    hosts = set(plan.tree.host.values())
    return [step for day in range(len(plan.days)) for host in hosts for step in plan.of(day, host)]


def test_the_same_seed_gives_the_same_plan_and_another_seed_another() -> None:
    one, same, other = small(), small(), small(seed=2)
    assert sorted(map(str, steps_of(one))) == sorted(map(str, steps_of(same)))
    assert one.totals == same.totals
    assert sorted(map(str, steps_of(one))) != sorted(map(str, steps_of(other)))


def test_what_another_node_caused_is_a_working_day_old() -> None:
    plan = small()
    given = dict[tuple[str, str], int]()
    for step in sorted(steps_of(plan), key=lambda one: one.day):
        if step.act == "issue":
            given |= {(step.no, unit): step.day for unit in step.said}
        elif step.act == "split":
            given[step.no, step.unit] = step.day
        elif step.act == "reassign":
            given[step.no, step.said] = step.day
        elif step.unit and step.node == step.unit:
            assert step.day > given[step.no, step.unit]


def test_more_time_is_asked_for_before_a_matter_is_due_whoever_has_it_by_then() -> None:
    body, plan = whole()
    issued, asked = dict[str, date](), 0
    months = {one.no for one in plan.matters if one.grade != "general"}
    for day, when in enumerate(plan.days):
        for host in set(body.host.values()):
            for step in plan.of(day, host):
                if step.act == "issue":
                    issued[step.no] = when
                elif step.act == "extend":
                    first = issued[step.no]
                    due = next_month(first) if step.no in months else first + timedelta(7)
                    assert when <= due
                    asked += 1
    assert asked > 1_000


HEARD = AWAITED - {"clear", "refuse", "extend", "plan", "ask-pause"} | {"issue", "reassign"}


def test_a_unit_has_heard_of_what_it_goes_on_from_before_it_does() -> None:
    body, plan = whole()
    of = defaultdict[str, list[Step]](list)
    called = [plan.called(day) for day in range(len(plan.days))]
    for day in range(len(plan.days)):
        for host in sorted(set(body.host.values())):
            for step in plan.of(day, host):
                of[step.no].append(step)
    for steps in of.values():
        told = dict[str, int]()
        for step in steps:
            if step.node == step.unit and told.get(step.unit, step.day) < step.day:
                since = called[told.pop(step.unit) : step.day]
                assert any(some is None or step.unit in some for some in since), step
            if step.act in HEARD:
                units = (step.unit,) if step.unit else tuple(told_of(step, steps))
                told |= dict.fromkeys(units, step.day)


def told_of(step: Step, steps: Sequence[Step]) -> Iterator[str]:
    """Who hears of a matter's own step: who is given it, else who does something afterwards."""
    if step.act == "issue":
        yield from step.said
    else:
        yield from {one.unit for one in steps if one.unit == one.node and one.day > step.day}


def test_numbers_are_given_out_one_after_the_other_by_body_and_year() -> None:
    plan = small()
    last = dict[str, int]()
    for one in plan.matters:
        prefix, _, rest = one.no.partition("〕")
        assert int(rest.removesuffix("号")) == last.get(prefix, 0) + 1
        last[prefix] = int(rest.removesuffix("号"))
        assert prefix.endswith(f"〔{plan.days[one.day].year}")


@pytest.mark.parametrize("matters", [50, 1000])
def test_a_smaller_plan_clears_the_same_share(matters: int) -> None:
    plan = small(matters=matters)
    cleared = plan.totals.count(*CLEARED)
    counted = plan.totals.matters - plan.totals.count("CANCELLED", "MERGED")
    assert plan.totals.matters == matters
    assert cleared == round(0.892 * counted)


def test_every_day_of_work_is_a_working_day_in_office_hours() -> None:
    plan, calendar = small(), national()
    assert all(calendar.is_workday(day) for day in plan.days)
    assert at(date(2018, 4, 2), 8 * 60 + 30) == "2018-04-02T00:30:00.000Z"


def test_a_link_is_called_when_somebody_waits_and_each_on_the_last_day_of_the_week() -> None:
    plan = small()
    for day, when in enumerate(plan.days[:-1]):
        ends = plan.days[day + 1].isocalendar()[:2] != when.isocalendar()[:2]
        assert (plan.called(day) is None) == ends
    assert plan.called(len(plan.days) - 1) is None
    for step in steps_of(plan):
        called = plan.called(step.day)
        if called is not None and step.act in ("split", "clear", "return"):
            assert step.unit in called
        if called is not None and step.act == "issue":
            assert set(step.said) <= called
