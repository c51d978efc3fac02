"""What the 13710 events may say: an example of each, its optional members, and its rules."""

import copy
from typing import Any

import marshmallow as ma
import pytest

from schemas.assignments import ASSIGNMENTS
from schemas.matters import MATTERS
from schemas.strict import dump
from schemas.terms import BOARDS, GRADES, KINDS, MARKS, ROLES
from tests.schemas.matter_examples import CITY, HEAD, LAWFUL, TASK

SHAPES = MATTERS | ASSIGNMENTS
OPTIONAL = {
    "duban.matter.registered": {"ledger", "weight", "region", "campaign", "class"},
    "duban.assignment.issued": {"campaign", "class", "instead", "warn", "provisional"},
    "duban.assignment.reported": {"ledger", "attachments", "milestone"},
    "duban.assignment.granted": {"remark", "review_due"},
    "duban.assignment.returned": {"review_due"},
    "duban.assignment.reopened": {"complaint"},
    "duban.assignment.paused": {"by"},
    "duban.assignment.resumed": {"by"},
    "duban.assignment.ruled": {"by", "reason"},
    "duban.assignment.redated": {"policy", "provisional"},
    "duban.assignment.struck": {"by"},
    "duban.assignment.cancelled": {"by"},
}
ISSUED = "duban.assignment.issued"
LEAD = {"node": CITY, "assignment": TASK}


def load(name: str, **change: Any) -> Any:
    return SHAPES[name]().load(copy.deepcopy(LAWFUL[name]) | change)


def refused(name: str, **change: Any) -> Any:
    with pytest.raises(ma.ValidationError) as caught:
        load(name, **change)
    return caught.value.messages


def test_every_type_has_a_lawful_example() -> None:
    assert set(LAWFUL) == set(SHAPES)
    for name, data in LAWFUL.items():
        assert load(name) == data


@pytest.mark.parametrize("name", sorted(LAWFUL))
def test_exactly_the_members_that_may_be_absent_can_be_left_out(name: str) -> None:
    absent = set()
    for member in LAWFUL[name]:
        data = {key: value for key, value in LAWFUL[name].items() if key != member}
        try:
            SHAPES[name]().load(data)
            absent.add(member)
        except ma.ValidationError:
            pass
    assert absent == OPTIONAL.get(name, set())


@pytest.mark.parametrize("name", sorted(LAWFUL))
def test_only_what_names_another_object_may_be_null(name: str) -> None:
    null = set()
    for member in LAWFUL[name]:
        try:
            load(name, **{member: None})
            null.add(member)
        except ma.ValidationError:
            pass
    allowed = {
        ISSUED: {"parent", "lead"},
        "duban.assignment.struck": {"repeats"},
        "duban.assignment.cancelled": {"repeats"},
        "duban.assignment.paused": {"repeats"},
        "duban.assignment.resumed": {"repeats"},
        "duban.assignment.regrouped": {"lead"},
    }
    assert null == allowed.get(name, set())


@pytest.mark.parametrize(
    ("name", "member", "words"),
    [
        ("duban.matter.registered", "board", BOARDS),
        ("duban.matter.registered", "grade", GRADES),
        ("duban.assignment.granted", "mark", MARKS),
    ],
)
def test_a_choice_takes_its_words_and_no_other(
    name: str, member: str, words: tuple[str, ...]
) -> None:
    for word in words:
        assert load(name, **{member: word})[member] == word
    assert member in refused(name, **{member: words[0].upper()})


def test_each_role_is_taken_and_no_other() -> None:
    for role in ROLES:
        load("duban.assignment.signed", by={"user": "u", "role": role})
    refused("duban.assignment.signed", by={"user": "u", "role": "auditor"})


@pytest.mark.parametrize(
    "change",
    [
        {"kind": "co", "cohandlers": []},  # a co-handler's without a lead
        {"lead": LEAD},  # a lead's with one
        {"kind": "co", "lead": LEAD},  # a co-handler's with co-handlers of its own
        {"grade": "major"},  # a month's matter with a week's clock
        {"due": {"k1": "2026-11-25T16:00:00Z", "k3": "2026-11-27T16:00:00Z"}},
        {"due": LAWFUL[ISSUED]["due"] | {"km": "2026-12-24T16:00:00Z"}},
        {"due": {"k7": "2026-12-01T16:00:00Z"}},
        {"t0": "2026-11-24 05:03:28Z"},
        {"t0": "2026-11-24T05:03:28+08:00"},
        {"t0": "2026-11-31T25:00:00Z"},
        {"policy": "Default/1"},
        {"calendar": "cn"},
        {"assignee": "city"},
        {"matter": TASK},
        {"parent": LAWFUL[ISSUED]["matter"]},
        {"cohandlers": [CITY] * 501},
        {"title": "x" * 201},
        {"title": "one\ntwo"},
        {"content": "x" * 20_001},
        {"content": "nul\x00"},
    ],
    ids=str,
)
def test_an_issue_that_contradicts_itself_is_refused(change: dict[str, Any]) -> None:
    refused(ISSUED, **change)


def test_a_cohandlers_issue_and_a_month_s_are_lawful() -> None:
    load(ISSUED, kind="co", lead=LEAD, cohandlers=[])
    month = {"k1": "2026-11-25T16:00:00Z", "k3": "2026-11-27T16:00:00Z"}
    month["km"] = "2026-12-24T16:00:00.250Z"
    load(ISSUED, grade="complex", due=month)
    assert KINDS == ("lead", "co")


def test_new_due_instants_name_clocks_and_one_at_least() -> None:
    name = "duban.assignment.returned"
    for clock in ("k7", "km", "k7.2", "kp1", "kp12", "kp99.3"):
        load(name, due={clock: "2026-12-24T16:00:00Z"})
    at = "2026-12-24T16:00:00Z"
    for wrong in ({}, {"k1": at}, {"k7": "soon"}, {"kp0": at}, {"k7.1": at}, [], "k7"):
        refused(name, due=wrong)
    load("duban.assignment.redated", due={"k1": "2026-12-24T16:00:00Z"})
    load("duban.assignment.resumed", due={})


def test_a_plan_has_no_open_end() -> None:
    refused("duban.assignment.plan_asked", milestones=[])
    refused("duban.assignment.hung", milestones=[])


def test_a_file_is_named_by_hash_and_size() -> None:
    file = {"sha256": HEAD, "size": 0, "name": "a", "type": "b"}
    name = "duban.assignment.reported"
    load(name, attachments=[file])
    for change in ({"size": -1}, {"size": True}, {"size": 1.0}, {"size": 2**53}, {"sha256": "0"}):
        refused(name, attachments=[file | change])


def test_a_tuple_is_a_list_but_a_text_is_none() -> None:
    assert load("duban.assignment.reported", indicators=())["indicators"] == []
    refused("duban.assignment.reported", indicators="")
    refused("duban.assignment.reported", indicators={})


def test_bytes_are_no_text() -> None:
    refused("duban.assignment.urged", text=b"x")
    refused("duban.assignment.granted", mark=b"good")


@pytest.mark.parametrize("name", sorted(LAWFUL))
def test_the_example_fits_into_one_payload_line(name: str) -> None:
    assert len(dump({"salt": "0" * 32, "data": LAWFUL[name]})) < 65536
