"""Whole lives of matters, command by command, folded back."""

from __future__ import annotations

import pytest

from node.domain import commands as c
from node.domain.commands import DomainRefused
from tests.node.domain.cast import BUREAU, CITY, COUNTY, OFFICE, ROOT, TOWN, TREE
from tests.node.domain.commands.stage import CLOCK, DONE, Stage, at


def test_a_life_from_registration_through_parts_to_strike_off_leaves_everything_closed() -> None:
    stage = Stage()
    matter = stage.register()
    assert stage.rolled(matter) == "APPROVED"
    lead, co = stage.issue(matter, CITY, BUREAU)
    assert stage.rolled(matter) == "OPEN"
    for id in (lead, co):
        stage.until_doing(id)
    part, other = stage.split(lead, COUNTY, OFFICE)
    for id in (part, other):
        stage.until_doing(id)
    (deepest,) = stage.split(part, TOWN)
    stage.until_doing(deepest)
    for id in (deepest, other, part, co, lead):
        assert stage.act("clear", id).state == "CLOSE_REQ"
        assert stage.rolled(matter) == "OPEN"
        assert stage.act("grant", id).state == "CLOSED"
    assert stage.rolled(matter) == "CLOSED"
    stage.rule(c.strike(at(ROOT), stage.matter(matter), "CLOSED", "已通车", TREE), "struck")
    assert stage.matter(matter).state == stage.rolled(matter) == "STRUCK"
    assert stage.matter(matter).result == "已通车"
    assert [(one.state, one.struck) for one in stage.held()] == [("CLOSED", True)] * 5
    assert stage.assignment(lead).copies == stage.assignment(part).copies == 1
    parents = {one.id: one.parent for one in stage.held()}
    assert parents == {lead: None, co: None, part: lead, other: lead, deepest: part}


def test_a_cancelled_matter_is_cancelled_down_to_its_last_part() -> None:
    stage = Stage()
    matter = stage.register()
    lead, co = stage.issue(matter, CITY, BUREAU)
    stage.until_doing(lead)
    (part,) = stage.split(lead, COUNTY)
    stage.until_doing(part)
    (deepest,) = stage.split(part, TOWN)
    draft = c.cancel(at(ROOT), stage.matter(matter), "重复立项", TREE, stage.rolled(matter))
    stage.rule(draft, "cancelled")
    assert stage.rolled(matter) == "CANCELLED"
    assert {one.id: one.state for one in stage.held()} == dict.fromkeys(
        (lead, co, part, deepest), "CANCELLED"
    )
    said = [stage.facts[id][-1].data or {} for id in (lead, part, deepest)]
    assert [one["grounds"] for one in said] == ["重复立项"] * 3
    assert ["by" in one for one in said] == [True, False, False]
    heads = [stage.facts[id][-1].head for id in (matter, lead, part)]
    assert [one["repeats"] for one in said] == heads


def test_a_returned_application_is_made_again_and_the_last_clock_runs_on() -> None:
    stage = Stage()
    (lead,) = stage.issue(stage.register(), CITY)
    stage.until_doing(lead)
    stage.act("clear", lead)
    back = stage.act("return", lead)
    assert (back.state, back.returns, back.clocks[-1].open) == ("DOING", 1, True)
    stage.act("clear", lead)
    assert stage.act("grant", lead).mark == "good"


def test_along_a_line_the_assignee_answers_in_the_issuer_s_own_stream() -> None:
    stage = Stage()
    matter = stage.register(BUREAU)
    (task,) = stage.issue(matter, OFFICE, node=BUREAU)
    stage.until_doing(task)
    stage.act("clear", task)
    assert stage.act("grant", task).state == "CLOSED"
    assert {fact.stream for fact in stage.facts[task]} == {f"to/{OFFICE}", f"to/{BUREAU}"}


def test_a_whole_is_cleared_after_its_parts_and_a_lead_after_its_co_handlers() -> None:
    stage = Stage()
    lead, co = stage.issue(stage.register(), CITY, BUREAU)
    for id in (lead, co):
        stage.until_doing(id)
    (part,) = stage.split(lead, COUNTY)
    stage.until_doing(part)
    head = at(CITY, "head")
    for id, word in ((part, "parts"), (co, "co-handlers")):
        with pytest.raises(DomainRefused, match=f"1 of its {word} not done: {id}") as refused:
            c.clear(head, stage.assignment(lead), DONE, stage.held(), TREE)
        assert (refused.value.code, refused.value.accepted) == ("wrong-state", f"all {word} first")
        stage.act("clear", id)
        if id == part:
            stage.act("grant", part)
    stage.act("clear", lead)
    with pytest.raises(DomainRefused, match="1 of its co-handlers not done"):
        stage.act("grant", lead)
    stage.act("grant", co)
    assert stage.act("grant", lead).state == "CLOSED"


def test_a_matter_taken_back_from_everybody_can_be_issued_again() -> None:
    stage = Stage()
    matter = stage.register()
    (lead,) = stage.issue(matter, CITY)
    with pytest.raises(DomainRefused) as refused:
        stage.issue(matter, BUREAU)
    assert refused.value.code == "conflict"
    own = {"matter": matter, "grounds": "改派", "repeats": None, "by": at(ROOT).by()}
    stage.write(ROOT, c.Draft("duban.assignment.cancelled", lead, f"to/{CITY}", own))
    (again,) = stage.issue(matter, BUREAU)
    assert stage.assignment(again).state == "ISSUED"
    assert stage.rolled(matter) == "OPEN"


def test_a_unit_has_one_part_of_a_whole_and_may_have_one_again_when_it_was_cancelled() -> None:
    stage = Stage()
    (lead,) = stage.issue(stage.register(), CITY)
    stage.until_doing(lead)
    (part,) = stage.split(lead, COUNTY)
    with pytest.raises(DomainRefused, match="has a part already") as refused:
        stage.split(lead, OFFICE, COUNTY)
    assert (refused.value.code, refused.value.where) == ("conflict", "cohandlers[0]")
    state = stage.assignment(part)
    state.state = "CANCELLED"
    whole = stage.assignment(lead)
    drafts = c.split(
        at(CITY), whole, stage.facts[lead][0].data or {}, [COUNTY], TREE, CLOCK, ["q0000001"],
        [state],
    )  # fmt: skip
    assert [draft.stream for draft in drafts] == [f"to/{COUNTY}"]
