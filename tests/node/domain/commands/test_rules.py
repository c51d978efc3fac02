"""Publishing calendars and policies: who may, under which version, what a form may leave out."""

from typing import Any

import pytest

from node.domain import commands as c
from node.domain.commands import DomainRefused
from node.domain.rulebook import NATION
from tests.node.domain.cast import CITY, ROOT, TREE
from tests.node.domain.commands.stage import at
from tests.schemas.rule_examples import LAWFUL

CALENDAR = {
    name: value for name, value in LAWFUL["duban.calendar.published"].items() if name != "by"
}


def calendar(held: tuple[str, ...] = (), node: str = ROOT, role: str = "supervisor", **change: Any):  # type: ignore[no-untyped-def]
    return c.publish_calendar(at(node, role), NATION, {**CALENDAR, **change}, held, TREE)


def policy(held: tuple[str, ...] = (), node: str = ROOT, **form: Any) -> dict[str, Any]:
    form = {"version": "workingdays/1", **form}
    return dict(c.publish_policy(at(node), form, held, TREE).data)


def refused(ask: Any) -> DomainRefused:
    with pytest.raises(DomainRefused) as caught:
        ask()
    return caught.value


def test_the_root_s_supervisor_publishes_a_calendar_to_all() -> None:
    draft = calendar()
    assert (draft.subject, draft.stream) == (f"calendar:{ROOT}:{NATION}", "all")
    assert refused(lambda: calendar(node=CITY)).code == "wrong-node"
    assert refused(lambda: calendar(role="head")).code == "wrong-role"


@pytest.mark.parametrize("version", ["cn", "cn/", "us/1", "cn-140000/1", "cn/x", "cn/1.2.3", None])
def test_a_calendar_s_version_is_its_region_and_a_number(version: Any) -> None:
    found = refused(lambda: calendar(version=version))
    assert (found.code, found.where) == ("bad-input", "version")


@pytest.mark.parametrize("held", ["cn/2027.1", "cn/2027.2", "cn/2028"])
def test_a_version_is_never_used_again_and_numbers_grow(held: str) -> None:
    assert refused(lambda: calendar((held,))).code == "conflict"
    assert calendar(("cn/2026", "cn/2027.0")).data["version"] == "cn/2027.1"


@pytest.mark.parametrize(
    "change",
    [
        {"covered_until": "2025-12-31"},
        {"covered_from": "2027-01-02"},
        {"covered_until": "2027-02-30"},
        {"workdays": [{"date": "2027-01-01"}]},
        {"holidays": "none"},
    ],
)
def test_a_calendar_that_contradicts_itself_is_refused(change: dict[str, Any]) -> None:
    assert refused(lambda: calendar(**change)).code == "bad-input"


def test_a_calendar_that_one_event_can_t_carry_is_refused() -> None:
    days = [
        {"date": f"{year}-{month:02}-{day:02}", "name": "节" * 50}
        for year in range(2026, 2028)
        for month in range(1, 13)
        for day in range(1, 29)
    ]
    found = refused(lambda: calendar(holidays=days, workdays=[]))
    assert found.code == "bad-input"
    assert "at most 65536" in found.accepted


def test_what_a_policy_s_form_leaves_out_is_as_in_the_default() -> None:
    said = policy(counts="working", days={"km": 22}, warn={"k1": 60})
    assert said["days"] == {"k1": 1, "k3": 3, "k7": 7, "km": 22}
    assert said["warn"]["k1"] == 60
    assert said["warn"]["km"] == 10080
    assert said["review"] == 3
    assert said["tolerance"] == 15
    assert [one["to"] for one in said["ladder"]] == ["handler", "head", "office", "screen"]
    assert policy(node=CITY)["version"] == "workingdays/1"


@pytest.mark.parametrize(
    ("form", "where"),
    [
        ({"version": "default/1"}, "version"),
        ({"version": "7workdays/1"}, "version"),
        ({"version": "workingdays/x"}, "version"),
        ({"colour": "red"}, "colour"),
        ({"days": {"k1": 0}}, "days.k1"),
        ({"days": 3}, "days"),
        ({"counts": "lunar"}, "counts"),
        ({"boards": ["weekly"]}, "boards[0]"),
        ({"first_day": 1}, "first_day"),
    ],
)
def test_a_policy_out_of_form_is_refused_by_member(form: dict[str, Any], where: str) -> None:
    found = refused(lambda: policy(**form))
    assert (found.code, found.where) == ("bad-input", where)


def test_only_what_was_published_can_be_withdrawn_and_only_once() -> None:
    draft = c.withdraw_policy(at(CITY), "workingdays", "PUBLISHED", TREE)
    assert (draft.subject, draft.stream) == (f"policy:{CITY}:workingdays", "all")
    for state, code in ((None, "not-found"), ("WITHDRAWN", "wrong-state")):
        ask = lambda state=state: c.withdraw_policy(at(CITY), "workingdays", state, TREE)  # noqa: E731
        assert refused(ask).code == code
