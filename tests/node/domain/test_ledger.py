"""Values of a ledger: read by their fields, exact, and the same whatever order events come in."""

from __future__ import annotations

from datetime import date, datetime
from itertools import permutations
from typing import Any

import pytest

from node.domain.ledger import (
    BadValue,
    accepts,
    changed,
    effective,
    field_of,
    in_unit,
    number,
    rate,
    read_value,
    shrinking,
)
from node.domain.ledgers import DEFAULTS
from node.domain.matter import fold_matter
from schemas.events import BadPayload, decode_data
from tests.node.domain.cast import MATTER, ROOT, TREE, Pen
from tests.schemas.rule_examples import LAWFUL

BY = {"user": "u1", "role": "supervisor"}
LEDGER = "duban.ledger.published"
CAMPAIGN = "duban.campaign.published"


def of(code: str) -> Any:
    return field_of(DEFAULTS["investment"], code)


@pytest.mark.parametrize(
    ("code", "given", "held"),
    [
        ("signed_amount", "12500.5", "12500500000"),
        ("signed_amount", 3, "3000000"),
        ("signed_amount", 0.1, "100000"),
        ("signed_amount", "0", "0"),
        ("signed_on", "2026-03-02", "2026-03-02"),
        ("signed_on", date(2026, 3, 2), "2026-03-02"),
        ("signed_on", datetime(2026, 3, 2), "2026-03-02"),
        ("industry", " 能源 ", "能源"),
        ("investor", 2026, "2026"),
    ],
)
def test_a_value_is_held_exactly(code: str, given: Any, held: str) -> None:
    assert read_value(of(code), given) == held


@pytest.mark.parametrize(
    ("code", "given"),
    [
        *(("signed_amount", one) for one in (
            "", "x", "-1", "1,000", "1_0", "1e99", "nan", "9" * 41, True, None, [], "0.0000001",
            "99999999999", "1", float("inf"),
        )),
        *(("signed_on", one) for one in (
            "2026-2-3", "20260302", "2026-02-30", datetime(2026, 3, 2, 1), 45000, None,
        )),
        ("industry", "炼金"), ("industry", None), ("investor", ""), ("investor", "x" * 501),
        ("investor", "a\nb"), ("investor", None),
    ],
)  # fmt: skip
def test_another_value_is_refused_with_what_is_accepted(code: str, given: Any) -> None:
    if given == "1":
        given = "１"  # a full-width digit is no digit here
    with pytest.raises(BadValue) as caught:
        read_value(of(code), given)
    assert caught.value.accepted == accepts(of(code))


def test_units_come_back_without_rounding() -> None:
    for text in ("12500.5", "0", "0.000001", "1000", "999999999.999999"):
        held = read_value(of("signed_amount"), text)
        assert in_unit(of("signed_amount"), number(held)) == text
    assert in_unit(of("funds"), None) is None
    assert number("12a") is None
    assert number("-1") is None
    assert number("007") is None


def test_rates_have_four_digits_and_nothing_over_nothing() -> None:
    assert (rate(1, 3), rate(0, 4), rate(1, 0)) == (0.3333, 0.0, None)


def test_what_the_lead_reported_stands_over_what_was_entered() -> None:
    assert effective({"a": "1", "b": "1"}, [{"a": "2"}, {"a": "3"}]) == {"a": "3", "b": "1"}
    definition = DEFAULTS["investment"]
    assert shrinking(definition, {"funds": "5"}, {"funds": "4", "signed_amount": "1"}) == ["funds"]
    assert shrinking(definition, {"signed_amount": "5"}, {"signed_amount": "4"}) == []


def test_a_field_keeps_its_type_and_scale_for_good() -> None:
    before = DEFAULTS["investment"]
    less = {**before, "fields": [one for one in before["fields"] if one["code"] != "funds"]}
    assert changed(before, less) is None
    other = {**before, "fields": [{**one, "type": "text"} for one in before["fields"]]}
    assert changed(before, other) == "industry"


@pytest.mark.parametrize("board", sorted(DEFAULTS))
def test_the_products_definitions_have_the_form_of_published_ones(board: str) -> None:
    data = {**DEFAULTS[board], "by": BY}
    assert decode_data(LEDGER, data) == data


FIELD = LAWFUL[LEDGER]["fields"][0]
BAD: list[tuple[str, dict[str, Any], str]] = [
    (LEDGER, {"version": "daily/2"}, "$.version"),
    (LEDGER, {"fields": [FIELD, FIELD]}, "$.fields"),
    (LEDGER, {"fields": [{**FIELD, "scale": 2}]}, "$.fields"),
    (LEDGER, {"fields": [{**FIELD, "type": "text"}]}, "$.fields"),
    (LEDGER, {"fields": [{**FIELD, "choices": ["a"]}]}, "$.fields"),
    (LEDGER, {"fields": [*LAWFUL[LEDGER]["fields"][:2],
                         {**LAWFUL[LEDGER]["fields"][2], "cumulative": True}]}, "$.fields"),
    (LEDGER, {"totals": [{"code": "a", "zh": "a", "en": "a", "kind": "sum",
                          "field": "industry"}]}, "$.totals"),
    (LEDGER, {"totals": [{"code": "a", "zh": "a", "en": "a", "kind": "sum", "field": "x"}]},
     "$.totals"),
    (LEDGER, {"totals": [{"code": "a", "zh": "a", "en": "a", "kind": "count", "of": "industry"}]},
     "$.totals"),
    (LEDGER, {"totals": [{"code": "a", "zh": "a", "en": "a", "kind": "rate"}]}, "$.totals"),
    (LEDGER, {"totals": [{"code": "a", "zh": "a", "en": "a", "kind": "rate",
                          "field": "signed_on", "of": "signed_amount"}]}, "$.totals"),
    (LEDGER, {"groups": [{"code": "a", "zh": "a", "en": "a", "by": "month",
                          "field": "industry"}]}, "$.groups"),
    (LEDGER, {"groups": [{"code": "a", "zh": "a", "en": "a", "by": "city",
                          "field": "industry"}]}, "$.groups"),
    (CAMPAIGN, {"ends": "2026-01-01"}, "$.ends"),
    (CAMPAIGN, {"ends": "2026-02-31"}, "$.ends"),
    (CAMPAIGN, {"classes": []}, "$.classes"),
    (CAMPAIGN, {"territory": LAWFUL[CAMPAIGN]["territory"] * 2}, "$.territory"),
    (CAMPAIGN, {"milestones": [{"name": "a", "date": "2030-01-01", "share": 1}]}, "$.milestones"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "change", "path"), BAD)
def test_a_definition_that_contradicts_itself_is_a_bad_payload(
    name: str, change: dict[str, Any], path: str
) -> None:
    with pytest.raises(BadPayload) as caught:
        decode_data(name, {**LAWFUL[name], **change})
    assert caught.value.path == path


def test_entered_values_are_the_same_in_whatever_order_events_come() -> None:
    pen = Pen()
    facts = [pen.say(ROOT, "matter.registered", MATTER, "up")]
    for amount in ("1", "2", "3"):
        told = {"version": "investment/1", "values": {"signed_amount": amount}}
        facts.append(pen.say(ROOT, "matter.valued", MATTER, "up", ledger=told))
    found = [fold_matter(order, TREE).state for order in permutations(facts)]
    assert all(one == found[0] for one in found)
    assert found[0] is not None
    assert found[0].ledger == {"signed_amount": "3", "industry": "能源"}
