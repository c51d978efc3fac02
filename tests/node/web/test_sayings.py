"""Every refusal is told in Chinese on a Chinese page, in the domain's words on an English one."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask

from node.domain.commands import DomainRefused
from node.web import faults, sayings
from schemas.ledgers import LEDGERS
from schemas.refusals import REFUSALS, Refused
from schemas.rulebook import RULEBOOK
from tests.node.web.refusing import refusals

HAN = re.compile(r"[\u4e00-\u9fff]")
DYNAMIC = ("x x",)  # a word and a value that follow from the caller alone
SAID = sorted(set(refusals()))


def shapes() -> list[tuple[str, str]]:
    """The rules between members of what is published on pages: place, words."""
    found = []
    for event, shape in (RULEBOOK | LEDGERS).items():
        found += [(f"{event} {rule.member}", rule.message) for rule in shape.RULES]
    return found


@pytest.mark.parametrize("code", sorted(REFUSALS))
def test_every_code_of_the_protocol_has_a_name(code: str) -> None:
    assert HAN.search(sayings.told(Refused(code))["title"])


def test_every_code_of_the_domain_has_a_name() -> None:
    codes = {one.code for one in SAID}
    assert {"bad-input", "conflict", "throttled", "wrong-role"} <= codes
    for code in codes | {"gate"}:
        assert HAN.search(sayings.told(DomainRefused(code, "?"))["title"]), code


def test_all_refusals_were_found() -> None:
    assert len(SAID) > 200, "the code is read, not a list"


@pytest.mark.parametrize("one", SAID, ids=lambda one: one.place)
def test_what_is_wrong_and_what_is_accepted_are_told_in_chinese(one: Any) -> None:
    told = sayings.told(DomainRefused(one.code, one.detail, one.accepted))
    assert HAN.search(told["detail"]) or one.detail in DYNAMIC, one
    assert not one.accepted or HAN.search(told["accepted"]), one


@pytest.mark.parametrize(("place", "words"), shapes(), ids=lambda one: one[:40])
def test_what_binds_a_publications_members_is_told_in_chinese(place: str, words: str) -> None:
    assert HAN.search(sayings.detail(words)), place


def test_an_english_page_has_the_domains_own_words() -> None:
    with Flask("x").test_request_context(headers={"Cookie": "duban_lang=en"}):
        told = sayings.told(DomainRefused("conflict", "no board x", "a new code"))
        assert (told["detail"], told["accepted"]) == ("no board x", "a new code")
        assert faults.accepted("a date as 2026-03-02") == "a date as 2026-03-02"


def test_tables_and_refusals_are_read_by_one_reader() -> None:
    assert faults.detail("tried too often") == sayings.detail("tried too often")
    assert faults.accepted("a later date") == sayings.accepted("a later date")
    assert faults.accepted("one of a、b") == "以下之一:a、b"


def test_what_comes_from_elsewhere_is_shown_as_it_was_said() -> None:
    assert sayings.detail("Quite another thing!") == "Quite another thing!"
