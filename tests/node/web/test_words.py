"""Every string of the interface is Chinese in the code and has its English in the catalogue."""

from __future__ import annotations

import ast
import re
from importlib.resources import files
from pathlib import Path

import pytest

from node.service import tracking
from node.web import labels, sayings
from node.web.words import english
from tests.node.web.stand import WebStand

ROOM = Path(str(files("node.web")))
HAN = re.compile(r"[\u4e00-\u9fff]")
SAID = re.compile(r"_\(\s*'((?:[^'\\]|\\.)*)'")


def docstrings(tree: ast.AST) -> set[int]:
    kinds = (ast.Module, ast.FunctionDef, ast.ClassDef)
    bodies = [one.body for one in ast.walk(tree) if isinstance(one, kinds)]
    return {id(body[0].value) for body in bodies if body and isinstance(body[0], ast.Expr)}


def in_code() -> set[str]:
    found = set[str]()
    for path in sorted(ROOM.glob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        skipped = docstrings(tree)
        for one in ast.walk(tree):
            plain = isinstance(one, ast.Constant) and isinstance(one.value, str)
            if plain and id(one) not in skipped and HAN.search(one.value):  # type: ignore[attr-defined]
                found.add(one.value)  # type: ignore[attr-defined]
    return found


def in_templates() -> set[str]:
    texts = [path.read_text(encoding="utf-8") for path in sorted((ROOM / "templates").iterdir())]
    return {said for text in texts for said in SAID.findall(text) if HAN.search(said)}


def every() -> set[str]:
    tables = labels.every() | sayings.every() | set(tracking._WORDS.values())
    return {one for one in in_code() | in_templates() | tables if HAN.search(one)}


def test_every_string_has_its_english() -> None:
    assert sorted(every() - set(english())) == []


def test_the_catalogue_holds_nothing_that_is_not_said() -> None:
    assert sorted(set(english()) - every()) == []


def test_both_languages_name_the_same_places() -> None:
    named = re.compile(r"\{\w+\}")
    for chinese, told in english().items():
        assert set(named.findall(chinese)) >= set(named.findall(told)), chinese
        assert told
        assert not HAN.search(told.replace("晋政办〔2026〕1号", "")), told


@pytest.mark.parametrize("path", sorted((ROOM / "templates").iterdir()), ids=lambda one: one.name)
def test_no_template_says_a_chinese_word_past_the_catalogue(path: Path) -> None:
    text = SAID.sub("", path.read_text(encoding="utf-8"))
    assert HAN.findall(text) == []


def test_a_page_in_english_shows_chinese_only_where_people_wrote_it(long_web: WebStand) -> None:
    chief = long_web.browser("supervisor")
    chief.get("/language/en?next=/", 303)
    for path in ("/", "/triage", "/matters", "/slips", "/approvals", "/matters/new", "/inbox",
                 "/federation", "/screen", "/me", "/triage/new", "/triage/submit",
                 "/stats/timeliness", "/stats/clearance", "/stats/ageing", "/stats/regions",
                 "/stats/score",
                 "/stats/score/table", "/stats/list/clocks?count=late", "/bulletins",
                 "/campaigns"):  # fmt: skip
        chief.get(path)
        words = chief.said().replace("中文", "").replace("示例省", "").replace("示例市", "")
        words = words.replace("晋政办〔2026〕1号", "")
        assert HAN.findall(words) == [], path


def test_nobody_is_sent_elsewhere_by_the_switch_of_language(long_web: WebStand) -> None:
    nobody = long_web.nobody()
    for evil in ("//evil.example", "https://evil.example", "/\\evil.example"):
        nobody.get(f"/language/en?next={evil}", 303)
        assert nobody.page.headers["Location"] == "/"
