"""The gate: each fault by itself, each vague word with its place, weight, several demands."""

from pathlib import Path
from typing import Any

import pytest

from node.domain.commands.gate import Remark, check, gate
from node.domain.commands.weighing import AXES, TABLE, weigh
from node.domain.commands.wording import VAGUE, joined, vague
from schemas.intake import CRITERIA, SOURCES
from tests.schemas.intake_examples import FORM, SCORES

PAGE = Path(__file__).parents[4] / "docs" / "intake.md"


def found(severity: str, proposing: bool = True, **change: Any) -> list[Remark]:
    return [one for one in check({**FORM, **change}, proposing) if one.severity == severity]


def test_a_whole_form_passes_without_a_remark() -> None:
    assert check(FORM, proposing=True) == []


@pytest.mark.parametrize(
    "name", ["title", "content", "board", "grade", "source", "basis", "responsible", "head",
             "contact", "indicators", "lead", "scores"],
)  # fmt: skip
def test_what_is_missing_is_named(name: str) -> None:
    for nothing in (None, "", [], {}):
        assert any(one.where == name for one in found("refuse", **{name: nothing}))


@pytest.mark.parametrize("name", ["lead", "scores"])
def test_what_only_a_decision_needs_is_warned_of_in_a_direct_registration(name: str) -> None:
    form = {key: value for key, value in FORM.items() if key != name}
    assert gate(form) == []
    assert [one.where for one in check(form) if one.severity == "warn"] == [name]


@pytest.mark.parametrize(
    ("row", "where"),
    [
        ({"unit": "米", "target": "300", "evidence": "验收单"}, "indicators[0].name"),
        ({"name": "里程", "target": "300", "evidence": "验收单"}, "indicators[0].unit"),
        ({"name": "里程", "unit": "米", "evidence": "验收单"}, "indicators[0].target"),
        ({"name": "里程", "unit": "米", "target": "300"}, "indicators[0].evidence"),
        ({"name": "里程", "unit": "米", "target": "若干", "evidence": "验收单"}, "indicators"),
        ("里程", "indicators[0].name"),
    ],
)
def test_an_indicator_says_name_unit_target_and_evidence_with_a_figure(
    row: Any, where: str
) -> None:
    assert where in [one.where for one in found("refuse", indicators=[row])]


@pytest.mark.parametrize("word", VAGUE)
def test_each_vague_word_is_pointed_out_where_it_stands(word: str) -> None:
    text = f"示例路300米未贯通。请相关单位{word}办理。"
    (one,) = [one for one in found("warn", content=text) if one.code == "vague"]
    assert (one.where, one.word) == ("content", word)
    assert text[one.start : one.end] == word


def test_several_vague_words_are_pointed_out_one_by_one() -> None:
    assert [one.word for one in vague("进一步加强巡查,切实推进整改。")] == [
        "进一步", "加强", "切实", "推进",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "text",
    ["加强巡查,每周3次", "推进三家企业复产", "完成率提升百分之五", "证书有效期", "不断电检修"],
)
def test_a_sentence_with_a_figure_is_not_vague(text: str) -> None:
    assert list(vague(text)) == []


def test_the_numeral_in_a_vague_word_is_no_figure() -> None:
    assert [one.word for one in vague("进一步统一思想")] == ["进一步"]


def test_a_vague_indicator_must_be_refined() -> None:
    row = {"name": "加强巡查", "unit": "次", "target": "不断增加", "evidence": "记录"}
    words = [one.word for one in found("refuse", indicators=[*FORM["indicators"], row])]
    assert words == ["加强", "不断"]
    assert found("refuse", indicators=[{**row, "target": "每周3"}]) == []


@pytest.mark.parametrize("lead", ["交通局、住建局", "交通局和住建局", ["a", "b"]])
def test_more_than_one_lead_is_refused(lead: Any) -> None:
    assert [one.where for one in found("refuse", lead=lead)] == ["lead"]


@pytest.mark.parametrize(
    ("title", "words"),
    [
        ("打通断头路以及修缮泵站", ["以及"]),
        ("修路、架桥和通水", ["、", "和"]),
        ("和平路及时通车", []),
    ],
)
def test_several_demands_in_one_title_are_hinted_at(title: str, words: list[str]) -> None:
    hints = found("hint", title=title)
    assert [one.word for one in hints] == words
    assert [title[one.start : one.end] for one in hints] == words


def test_a_count_in_the_content_hints_at_several_things() -> None:
    assert [one.word for one in joined("一是修路3米。二是架桥1座。")] == ["二是"]


def test_the_published_table_has_the_options_of_the_schema_in_ascending_points() -> None:
    assert {code: tuple(row.options) for code, row in TABLE.items()} == dict(CRITERIA)
    for row in TABLE.values():
        points = [given for _, given in row.options.values()]
        assert points == sorted(points)
        assert points[0] == 0
        assert max(points) >= 3


def test_the_page_has_the_whole_table_the_words_and_the_sources() -> None:
    page = PAGE.read_text(encoding="utf-8")
    for code, row in TABLE.items():
        options = [f"{name} `{option}` {given}" for option, (name, given) in row.options.items()]
        assert f"| {row.name} `{code}` | {AXES[row.axis]} | {'; '.join(options)} |" in page
    assert "、".join(VAGUE) in page
    assert all(f"| `{code}` | {name} |" in page for code, name in SOURCES.items())


def test_points_add_up_per_axis() -> None:
    weight = weigh(SCORES)
    assert (dict(weight.axes), weight.points) == ({"big": 4, "key": 6, "urgent": 4}, 14)
    assert weight.reached == ("big", "key", "urgent")
    assert weight.words == "大事(4分)、要事(6分)、急事(4分)"


def test_a_trivial_matter_is_refused_and_says_where_it_belongs() -> None:
    (one,) = found("refuse", scores={"scope": "one", "deadline": "week"})
    assert one.code == "trivial"
    assert "12345" in one.accepted


@pytest.mark.parametrize("scores", [{"luck": "much"}, {"scope": "moon"}, {"scope": []}, "big"])
def test_a_score_that_the_table_does_not_have_is_refused_with_what_it_has(scores: Any) -> None:
    (one,) = found("refuse", scores=scores)
    assert one.code == "weight"
    assert one.accepted


def test_neither_a_solution_nor_the_demand_for_one() -> None:
    assert [o.where for o in found("refuse", solution="", content="路断300米。")] == ["solution"]
    assert found("refuse", solution="", content="请打通300米。") == []


def test_a_source_out_of_the_table_is_warned_of_with_the_table() -> None:
    (one,) = found("warn", source="道听途说")
    assert "企业端口" in one.accepted
    assert found("warn", source="企业端口") == []
