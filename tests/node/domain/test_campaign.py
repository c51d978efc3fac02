"""Campaigns: whose territory a place is, what fits, and a hard end that nothing is due after."""

from __future__ import annotations

from typing import Any

import pytest

from node.domain.campaign import (
    capped,
    end_instant,
    fit,
    is_campaign,
    territory_of,
    unit_for,
)
from node.domain.commands import Draft
from node.domain.guards import DomainRefused
from node.domain.ledgers import DEFAULTS
from node.domain.sheet import Checker, SheetRefused, columns, headings
from tests.schemas.matter_examples import CITY, COUNTY, TASK, TOWN
from tests.schemas.rule_examples import CAMPAIGN, LAWFUL

RAILWAY: dict[str, Any] = LAWFUL["duban.campaign.published"] | {
    "territory": [
        {"region": "140000", "unit": CITY},
        {"region": "140105", "unit": COUNTY},
        {"region": "140105002000", "unit": TOWN},
    ]
}
END = "2026-06-01T16:00:00Z"
NOW = "2026-05-01T00:00:00Z"


@pytest.mark.parametrize(
    ("region", "unit"),
    [
        ("140105002", TOWN),
        ("140105002201", TOWN),
        ("140105001", COUNTY),
        ("140105", COUNTY),
        ("140202", CITY),
        ("310101", None),
    ],
)
def test_the_nearest_territory_around_a_place_answers_for_it(region: str, unit: str | None) -> None:
    assert unit_for(RAILWAY, region) == unit
    named = {CITY: "140000", COUNTY: "140105", TOWN: "140105002000", None: None}
    assert territory_of(RAILWAY, region) == named[unit]


def test_only_an_id_is_a_campaign() -> None:
    assert is_campaign(CAMPAIGN)
    assert not is_campaign("铁路沿线")
    assert not is_campaign(None)


@pytest.mark.parametrize("word", ["issued", "returned", "reopened", "resumed", "redated"])
def test_what_an_issuer_computes_is_cut_at_the_end(word: str) -> None:
    due = {"k1": "2026-05-02T16:00:00Z", "km": "2026-07-01T16:00:00Z"}
    draft = Draft(f"duban.assignment.{word}", TASK, f"to/{CITY}", {"due": due, "x": 1})
    found = capped(draft, RAILWAY, NOW)
    assert end_instant(RAILWAY) == END
    assert found.data == {"due": {"k1": due["k1"], "km": END}, "x": 1}


def test_nothing_is_given_once_it_is_over() -> None:
    draft = Draft("duban.assignment.issued", TASK, f"to/{CITY}", {"due": {"k1": END}})
    assert capped(draft, RAILWAY, "2026-06-01T15:59:59Z") == draft
    with pytest.raises(DomainRefused, match="ended on 2026-06-01") as caught:
        capped(draft, RAILWAY, END)
    assert caught.value.code == "wrong-state"


@pytest.mark.parametrize(
    ("word", "data", "where"),
    [
        ("extended", lambda at: {"due": {"km": at}}, "until"),
        ("hung", lambda at: {"milestones": [{"due": at}]}, "milestones"),
    ],
)
def test_a_later_date_that_a_person_names_is_refused(word: str, data: Any, where: str) -> None:
    def draft(at: str) -> Draft:
        return Draft(f"duban.assignment.{word}", TASK, f"to/{CITY}", data(at))

    assert capped(draft(END), RAILWAY, NOW) == draft(END)
    with pytest.raises(DomainRefused) as caught:
        capped(draft("2026-06-02T16:00:00Z"), RAILWAY, NOW)
    assert (caught.value.code, caught.value.where) == ("bad-input", where)
    assert caught.value.accepted == "up to 2026-06-01"


@pytest.mark.parametrize(
    ("change", "where"),
    [({"class": "R9"}, "class"), ({"board": "reform"}, "board"), ({"grade": "general"}, "grade")],
)
def test_a_matter_fits_its_campaign_or_is_refused(change: dict[str, str], where: str) -> None:
    form = {"campaign": CAMPAIGN, "class": "R1", "board": "daily", "grade": "major"}
    fit(RAILWAY, form)
    with pytest.raises(DomainRefused) as caught:
        fit(RAILWAY, form | change)
    assert caught.value.where == where
    with pytest.raises(DomainRefused) as caught:
        fit(None, form)
    assert caught.value.where == "campaign"


# its table

ROW: dict[str, Any] = {
    "title": "K0+001 左侧水井",
    "class": "水井封闭",
    "region": 140105,
    "content": "限期封闭。\n并验收。",
    "indicator": "封闭水井",
    "indicator_unit": "口",
    "target": 1.0,
    "basis": "方案",
    "responsible": "张某",
    "head": "李某",
    "contact": "王某",
    "phone": 3510000,
    "ledger.people": 12,
    "ledger.place": " ",
}


def checker(held: dict[tuple[str, str], str] | None = None, gone: str = "") -> Checker:
    return Checker(RAILWAY, CAMPAIGN, DEFAULTS["daily"], held or {}, lambda unit: unit != gone)


def test_a_row_becomes_a_form_for_the_unit_of_its_place() -> None:
    made = checker()
    found = made.row(2, ROW)
    assert found is not None
    assert (found.unit, found.row, made.faults) == (COUNTY, 2, [])
    form = found.form
    assert (form["class"], form["region"], form["campaign"]) == ("R1", "140105", CAMPAIGN)
    assert form["indicators"] == [{"name": "封闭水井", "unit": "口", "target": "1"}]
    assert form["contact"] == {"name": "王某", "phone": "3510000"}
    assert form["ledger"] == {"version": "daily/1", "values": {"people": "12"}}


def test_a_row_without_values_says_nothing_of_a_ledger() -> None:
    found = checker().row(2, {name: one for name, one in ROW.items() if "ledger" not in name})
    assert found is not None
    assert "ledger" not in found.form


@pytest.mark.parametrize(
    "change",
    [
        {"title": True}, {"title": None}, {"phone": 1.5e60}, {"region": "14010"}, {"region": 3.5},
        {"basis": "a\x01"}, {"target": "尽快"}, {"ledger.solved_on": 3}, {"class": "r1"},
    ],
)  # fmt: skip
def test_each_fault_is_at_its_own_cell(change: dict[str, Any]) -> None:
    made = checker()
    assert made.row(7, ROW | change) is None
    assert [(one.row, one.column) for one in made.faults] == [(7, next(iter(change)))]


def test_a_title_stands_once_at_a_place_in_the_table_and_in_the_books() -> None:
    made = checker({("K0+001 左侧水井", "140105"): "示督〔2026〕1号"})
    assert made.row(2, ROW) is None
    assert "示督〔2026〕1号" in made.faults[0].accepted
    other = checker()
    assert other.row(2, ROW)
    assert other.row(3, ROW) is None
    assert "row 2 has it" in other.faults[0].accepted
    assert other.row(4, ROW | {"region": "140202"})


def test_a_place_whose_unit_is_no_longer_below_is_a_fault() -> None:
    made = checker(gone=COUNTY)
    assert made.row(2, ROW) is None
    assert made.faults[0].column == "region"


def test_columns_are_known_by_code_name_or_heading_and_stand_once() -> None:
    wanted = columns(RAILWAY, DEFAULTS["daily"])
    for names in ("code", "zh", "heading"):
        given = [getattr(one, names) for one in wanted]
        assert headings(wanted, [*given, None]) == [*(one.code for one in wanted), ""]
    with pytest.raises(SheetRefused) as caught:
        headings(wanted, ["title", "标题*", "题目"])
    told = [(one["row"], one["column"]) for one in caught.value.told]
    assert told[:2] == [(1, "title"), (1, "题目")]
    assert {one.code for one in wanted if one.needed} - {"title"} == {b for _, b in told[2:]}
    many = caught.value.faults * 3
    assert "more" in SheetRefused(many).detail
