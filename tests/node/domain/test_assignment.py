"""What an assignment's facts add up to: members, clocks, returns, marks, and erased payloads."""

from __future__ import annotations

import json
from typing import Any

import msgspec
import pytest

from node.domain.assignment import AssignmentState, fold_assignment
from node.domain.facts import Fact
from tests.node.domain.cast import (
    CITY,
    CO_TASK,
    COUNTY,
    MATTER,
    PART,
    ROOT,
    STRANGER,
    TASK,
    TREE,
    Pen,
    lawful_course,
)


@pytest.fixture
def pen() -> Pen:
    return Pen()


def state_of(*facts: Fact) -> AssignmentState:
    found = fold_assignment(facts, TREE).state
    assert found is not None
    return found


def clocks(state: AssignmentState) -> dict[str, tuple[Any, ...]]:
    return {one.kind: (one.due, one.stopped_at, one.verdict, one.open) for one in state.clocks}


def test_an_issue_fills_the_book(pen: Pen) -> None:
    issued = pen.issue()
    found = state_of(issued)
    assert found.id == TASK
    assert (found.state, found.matter, found.issuer, found.assignee) == (
        "ISSUED", MATTER, ROOT, CITY,
    )  # fmt: skip
    assert (found.no, found.title) == ("示督〔2026〕1号", "打通示例路断头段")
    assert (found.board, found.grade, found.campaign, found.class_) == (
        "daily", "general", "铁路沿线", "彩钢瓦",
    )  # fmt: skip
    assert (found.kind, found.parent, found.part, found.lead) == ("lead", None, False, None)
    assert found.cohandlers == [COUNTY]
    assert (found.issued_head, found.t0) == (issued.head, "2026-11-24T05:03:28Z")
    assert (found.policy, found.calendar) == ("default/1", "cn/2026.1")
    assert found.due == found.original_due == issued.datum("due")
    assert [clock.kind for clock in found.clocks] == ["k1", "k3", "k7"]
    assert all(clock.open and clock.verdict is None for clock in found.clocks)
    assert found.frontier == {ROOT: issued.head}


def test_a_cohandler_s_book_names_the_lead_and_a_part_s_the_whole(pen: Pen) -> None:
    lead = {"node": CITY, "assignment": TASK}
    co = state_of(pen.issue(CO_TASK, ROOT, COUNTY, kind="co", lead=lead, cohandlers=[]))
    assert (co.kind, co.lead, co.part) == ("co", lead, False)
    part = state_of(pen.issue(PART, CITY, COUNTY, parent=TASK))
    assert (part.parent, part.part, part.issuer) == (TASK, True, CITY)


def test_the_whole_course_step_by_step(pen: Pen) -> None:
    facts = lawful_course(pen)
    states = [state_of(*facts[:count]).state for count in range(1, len(facts) + 1)]
    assert states == [
        "ISSUED", "SIGNED", "DOING", "DOING", "DOING", "CLOSE_REQ", "DOING", "DOING", "DOING",
        "CLOSE_REQ", "CLOSED", "CLOSED",
    ]  # fmt: skip


def test_the_whole_course_adds_up(pen: Pen) -> None:
    found = state_of(*lawful_course(pen))
    assert found.signed_at == "2026-11-24T06:00:00Z"
    assert (found.deployed_at, found.leader, found.responsible) == (
        "2026-11-25T15:59:59Z", "张三", "李四",
    )  # fmt: skip
    assert (found.reports, found.last_report_text) == (2, "第二次")
    assert found.last_report_at == "2026-12-02T03:00:00Z"
    assert found.applied_at == "2026-12-03T15:59:59Z"
    assert (found.returns, found.mark, found.closed_at) == (1, "good", "2026-12-04T01:00:00Z")
    assert (found.struck, found.struck_at) == (True, "2026-12-05T01:00:00Z")
    assert (found.cancelled, found.cancelled_at) == (False, None)
    assert (found.urges, found.last_urged_at) == (1, "2026-11-28T01:00:00Z")
    assert (found.copies, found.last_copied_at) == (1, "2026-12-02T02:00:00Z")
    assert found.due["k7"] == "2026-12-03T16:00:00Z"
    assert found.original_due["k7"] == "2026-12-01T16:00:00Z"
    assert clocks(found) == {
        "k1": ("2026-11-25T16:00:00Z", "2026-11-25T15:59:59Z", "on_time", False),
        "k3": ("2026-11-27T16:00:00Z", "2026-11-27T16:00:00Z", "late", False),
        "k7": ("2026-12-03T16:00:00Z", "2026-12-03T15:59:59Z", "on_time", False),
    }


def test_only_the_first_report_stops_its_clock(pen: Pen) -> None:
    facts = lawful_course(pen)
    assert state_of(*facts[:9]).clocks[1].stopped_at == "2026-11-27T16:00:00Z"


def test_a_return_opens_the_last_clock_again(pen: Pen) -> None:
    facts = lawful_course(pen)
    assert clocks(state_of(*facts[:6]))["k7"][1:] == ("2026-11-30T01:00:00Z", "on_time", False)
    assert clocks(state_of(*facts[:7]))["k7"] == ("2026-12-03T16:00:00Z", None, None, True)


def test_a_return_with_the_other_grade_s_word_sets_the_clock_that_there_is(pen: Pen) -> None:
    facts = lawful_course(pen)[:6]
    due = {"km": "2026-12-09T16:00:00Z"}
    found = state_of(*facts, pen.down("returned", facts[5], due=due))
    assert found.due == {**found.original_due, "k7": due["km"]}
    assert clocks(found)["k7"] == (due["km"], None, None, True)


def test_a_month_s_matter_has_a_month_s_clock(pen: Pen) -> None:
    due = {"k1": "2026-11-25T16:00:00Z", "k3": "2026-11-27T16:00:00Z"}
    due["km"] = "2026-12-24T16:00:00Z"
    issued = pen.issue(grade="major", due=due)
    facts = [issued, pen.up("signed", issued), pen.up("deployed", issued)]
    done = pen.up("clearance_applied", issued, time="2026-12-24T16:00:00Z")
    found = state_of(*facts, done)
    assert clocks(found)["km"] == ("2026-12-24T16:00:00Z", "2026-12-24T16:00:00Z", "late", False)
    assert clocks(found)["k3"] == ("2026-11-27T16:00:00Z", None, None, True)


@pytest.mark.parametrize("name", ["granted", "cancelled"])
def test_an_ending_stops_every_clock_without_a_verdict(pen: Pen, name: str) -> None:
    issued = pen.issue()
    facts = [issued, pen.up("signed", issued), pen.up("deployed", issued)]
    facts.append(pen.up("clearance_applied", issued))
    found = state_of(*facts, pen.down(name, facts[-1]))
    assert not any(clock.open for clock in found.clocks)
    assert clocks(found)["k3"][1:3] == (None, None)
    assert found.state == {"granted": "CLOSED", "cancelled": "CANCELLED"}[name]
    assert found.cancelled is (name == "cancelled")


def test_a_closed_assignment_is_not_cancelled(pen: Pen) -> None:
    facts = lawful_course(pen)
    odd = pen.down("cancelled", facts[9])
    assert fold_assignment([*facts, odd], TREE).verdicts[odd.head].code == "wrong-state"


def test_several_may_urge_and_the_latest_is_shown(pen: Pen) -> None:
    issued = pen.issue(PART, CITY, COUNTY, parent=TASK)
    urges = [
        pen.say(who, "urged", PART, f"to/{COUNTY}", time=time)
        for who, time in (
            (ROOT, "2026-11-26T00:00:00.500Z"),
            (CITY, "2026-11-26T00:00:00Z"),
            (STRANGER, "2026-12-26T00:00:00Z"),
        )
    ]
    found = state_of(issued, *urges)
    assert (found.urges, found.last_urged_at) == (2, "2026-11-26T00:00:00.500Z")


def test_an_erased_payload_leaves_what_its_header_shows(pen: Pen) -> None:
    issued = pen.issue(erased=True)
    facts = [issued, pen.up("signed", issued, erased=True)]
    facts += [pen.up("deployed", issued, erased=True), pen.up("reported", issued, erased=True)]
    facts += [pen.up("clearance_applied", issued, erased=True)]
    facts += [pen.down("returned", facts[-1], erased=True)]
    found = state_of(*facts)
    assert (found.state, found.issuer, found.assignee, found.t0) == (
        "DOING", ROOT, CITY, issued.time,
    )  # fmt: skip
    assert (found.title, found.matter, found.due, found.clocks) == ("", "", {}, [])
    assert (found.reports, found.last_report_text, found.returns) == (1, None, 1)


def test_an_erased_return_lets_the_clock_run_to_its_old_instant(pen: Pen) -> None:
    facts = lawful_course(pen)[:6]
    found = state_of(*facts, pen.down("returned", facts[5], erased=True))
    assert clocks(found)["k7"] == ("2026-12-01T16:00:00Z", None, None, True)


def test_a_book_survives_being_written_down(pen: Pen) -> None:
    found = state_of(*lawful_course(pen))
    line = msgspec.json.encode(found)
    assert msgspec.json.decode(line, type=AssignmentState) == found
    assert json.loads(line)["class"] == "彩钢瓦"


def test_a_twin_shares_nothing_that_changes(pen: Pen) -> None:
    found = state_of(pen.issue())
    twin = found.twin()
    assert twin == found
    twin.clocks[0].open = False
    twin.due["k1"] = twin.frontier[CITY] = "x"
    twin.places[CITY] = (1, "", 1, "")
    assert found == state_of(Pen().issue())
