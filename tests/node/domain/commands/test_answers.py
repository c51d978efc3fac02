"""Requests and rulings, command by command, folded back: clocks worked out by hand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from node.domain import commands as c
from node.domain.assignment import AssignmentState
from node.domain.calendar import DEFAULT_POLICY
from node.domain.commands import DomainRefused, Draft
from tests.node.domain.cast import BUREAU, CITY, COUNTY, OFFICE, ROOT, T0, TOWN, TREE
from tests.node.domain.commands.stage import CALENDAR, DONE, PLAN, WHY, Stage, at, content_of

HEAD, BOSS, LEADER = at(CITY, "head"), at(ROOT), at(ROOT, "leader")
ASK = {"grounds": "不属职责", "proposed": "省交通厅"}


class Desk(Stage):
    """The stage, with single drafts written at an instant."""

    def do(self, draft: Draft | list[Draft], node: str, time: str = T0) -> AssignmentState:
        drafts = draft if isinstance(draft, list) else [draft]
        self.write(node, *drafts, time=time)
        return self.assignment(drafts[0].subject)

    def open(self, *units: str, grade: str = "general") -> tuple[str, list[str]]:
        matter = self.register(grade=grade)
        return matter, self.issue(matter, *units)

    def of(self, id: str, kind: str) -> tuple[Any, ...]:
        clock = self.assignment(id).clock(kind)
        assert clock is not None
        return clock.due, clock.verdict, clock.first, clock.first_verdict, clock.open


def code(act: Callable[[], object]) -> str:
    with pytest.raises(DomainRefused) as refused:
        act()
    assert refused.value.accepted
    return refused.value.code


@pytest.fixture
def desk() -> Desk:
    return Desk()


# relief


def reassigned(desk: Desk, id: str, unit: str, time: str) -> list[str]:
    state = desk.assignment(id)
    drafts = c.reassign(
        BOSS, state, content_of(state), unit, desk.held(state.matter), TREE,
        (time, DEFAULT_POLICY, CALENDAR), desk.nonce(1)[0],
    )  # fmt: skip
    desk.write(ROOT, *drafts, time=time)
    return [draft.subject for draft in drafts]


def test_a_relieved_lead_ends_unscored_and_the_new_one_leads_within_the_matter_s_time(
    desk: Desk,
) -> None:
    matter, (lead, co) = desk.open(CITY, BUREAU)
    asked = desk.do(c.refuse(HEAD, desk.assignment(lead), ASK, T0, TREE), CITY)
    assert (asked.state, asked.refusals) == ("RETURNED", 1)
    assert [one.open for one in asked.clocks] == [True] * 3  # a request pauses nothing
    old, new, told = reassigned(desk, lead, COUNTY, "2026-11-28T01:00:00Z")
    found = desk.assignment(new)
    assert (old, told, found.state, found.kind) == (lead, co, "ISSUED", "lead")
    assert (found.instead, found.lead, found.cohandlers) == (lead, None, [BUREAU])
    # its own would be the 29th, 1 and 5 December; the matter's is 1 December
    assert found.due == {
        "k1": "2026-11-29T16:00:00Z", "k3": "2026-12-01T16:00:00Z", "k7": "2026-12-01T16:00:00Z",
    }  # fmt: skip
    gone = desk.assignment(lead)
    assert (gone.state, gone.relieved_to) == ("RELIEVED", {"node": COUNTY, "assignment": new})
    assert [(one.open, one.verdict) for one in gone.clocks] == [(False, None)] * 3
    assert desk.assignment(co).lead == {"node": COUNTY, "assignment": new}
    desk.until_doing(co)
    desk.until_doing(new)
    for id in (co, new):
        desk.act("clear", id)
        desk.act("grant", id)
    assert desk.rolled(matter) == "CLOSED"
    assert desk.assignment(new).copies == 1


def test_a_relieved_co_handler_s_successor_may_copy_to_the_lead(desk: Desk) -> None:
    _, (lead, co) = desk.open(CITY, BUREAU)
    desk.do(c.refuse(at(BUREAU, "head"), desk.assignment(co), ASK, T0, TREE), BUREAU)
    _, new, told = reassigned(desk, co, TOWN, T0)
    assert told == lead
    assert desk.assignment(new).lead == {"node": CITY, "assignment": lead}
    assert desk.assignment(lead).cohandlers == [BUREAU, TOWN]
    desk.until_doing(new)
    assert desk.assignment(lead).copies == 1


def test_the_parts_of_a_relieved_whole_are_cancelled(desk: Desk) -> None:
    _, (lead,) = desk.open(CITY)
    desk.act("sign", lead)
    (part,) = desk.split(lead, OFFICE)
    desk.do(c.refuse(HEAD, desk.assignment(lead), ASK, T0, TREE), CITY)
    reassigned(desk, lead, BUREAU, T0)
    desk.spread([desk.facts[lead][-1]])
    found = desk.assignment(part)
    assert (found.state, desk.facts[part][-1].datum("grounds")) == ("CANCELLED", "改派其他单位")


def test_relief_is_asked_for_once_within_stage_1_and_an_upheld_one_goes_on(desk: Desk) -> None:
    _, (lead,) = desk.open(CITY)
    state = desk.assignment(lead)
    late = "2026-11-25T16:00:00Z"
    assert code(lambda: c.refuse(HEAD, state, ASK, late, TREE)) == "wrong-state"
    assert code(lambda: c.refuse(HEAD, state, {"grounds": "x"}, T0, TREE)) == "bad-input"
    desk.do(c.refuse(HEAD, state, ASK, "2026-11-25T15:59:59Z", TREE), CITY)
    kept = desk.do(c.uphold(BOSS, desk.assignment(lead), WHY, TREE), ROOT)
    assert (kept.state, kept.refusal) == ("SIGNED", None)
    assert code(lambda: c.refuse(HEAD, kept, ASK, T0, TREE)) == "conflict"
    desk.act("deploy", lead)


def test_nobody_gets_the_same_matter_twice(desk: Desk) -> None:
    _, (lead, _) = desk.open(CITY, BUREAU)
    state = desk.do(c.refuse(HEAD, desk.assignment(lead), ASK, T0, TREE), CITY)
    for unit in (CITY, BUREAU):
        with pytest.raises(DomainRefused, match="conflict") as refused:
            reassigned(desk, lead, unit, T0)
        assert refused.value.where == "to"
    assert state.state == "RETURNED"


# co-handlers added later


def added(desk: Desk, id: str, *units: str, time: str = T0, node: str = ROOT) -> list[str]:
    state = desk.assignment(id)
    held = [one for one in desk.held(state.matter) if one.parent == state.parent]
    drafts = c.add_cohandlers(
        at(node), state, content_of(state), units, held, TREE,
        (time, DEFAULT_POLICY, CALENDAR), desk.nonce(len(units)),
    )  # fmt: skip
    desk.write(node, *drafts, time=time)
    return [draft.subject for draft in drafts[1:]]


def test_a_co_handler_added_later_works_with_the_lead_within_the_matter_s_time(desk: Desk) -> None:
    matter, (lead,) = desk.open(CITY)
    desk.until_doing(lead)
    (co,) = added(desk, lead, BUREAU, time="2026-11-28T01:00:00Z")
    found = desk.assignment(co)
    assert (found.kind, found.parent, found.part) == ("co", None, False)
    assert found.lead == {"node": CITY, "assignment": lead}
    # its own would be the 29th, 1 and 5 December; the matter's is 1 December
    assert found.due == {
        "k1": "2026-11-29T16:00:00Z", "k3": "2026-12-01T16:00:00Z", "k7": "2026-12-01T16:00:00Z",
    }  # fmt: skip
    assert desk.assignment(lead).cohandlers == [BUREAU]
    assert [one.id for one in desk.held(matter) if one.kind == "lead"] == [lead]
    desk.until_doing(co)
    assert desk.assignment(lead).copies == 1
    with pytest.raises(DomainRefused, match="1 of its co-handlers not done"):
        desk.act("clear", lead)
    for word, id in (("clear", co), ("clear", lead), ("grant", co), ("grant", lead)):
        desk.act(word, id)
    assert desk.rolled(matter) == "CLOSED"


def test_a_co_handler_of_a_part_is_a_part_of_the_same_whole(desk: Desk) -> None:
    _, (lead,) = desk.open(CITY)
    desk.act("sign", lead)
    (part,) = desk.split(lead, COUNTY)
    (co,) = added(desk, part, OFFICE, node=CITY)
    found = desk.assignment(co)
    assert (found.parent, found.part, found.kind) == (lead, True, "co")
    assert found.due == desk.assignment(part).due


@pytest.mark.parametrize(
    ("units", "why", "where"),
    [
        ([], "bad-input", "cohandlers"),
        ([CITY], "conflict", "cohandlers[0]"),
        ([TOWN, BUREAU], "conflict", "cohandlers[1]"),
        ([TOWN, TOWN], "bad-input", "cohandlers[1]"),
        ([ROOT], "wrong-node", "cohandlers[0]"),
    ],
)
def test_nobody_is_added_who_is_there_already_or_can_t_be_given_anything(
    desk: Desk, units: list[str], why: str, where: str
) -> None:
    _, (lead, _) = desk.open(CITY, BUREAU)
    with pytest.raises(DomainRefused) as refused:
        added(desk, lead, *units)
    assert (refused.value.code, refused.value.where) == (why, where)


def test_only_a_lead_gets_co_handlers(desk: Desk) -> None:
    _, (_, co) = desk.open(CITY, BUREAU)
    assert code(lambda: added(desk, co, TOWN)) == "conflict"


# extension


def test_an_extension_keeps_the_first_due_instant_and_judges_by_both(desk: Desk) -> None:
    _, (lead,) = desk.open(CITY)
    desk.until_doing(lead)
    (part,) = desk.split(lead, COUNTY)
    asked = c.extend(HEAD, desk.assignment(lead), {"reason": "雨", "until": "2026-12-04"}, T0, TREE)
    waiting = desk.do(asked, CITY)
    assert waiting.due["k7"] == "2026-12-01T16:00:00Z"
    desk.do(c.grant_extension(BOSS, waiting, {}, TREE), ROOT)
    assert desk.of(lead, "k7") == ("2026-12-04T16:00:00Z", None, "2026-12-01T16:00:00Z", None, True)
    assert desk.assignment(part).due["k7"] == "2026-12-01T16:00:00Z"
    for word in ("sign", "deploy", "report", "clear", "grant"):
        desk.act(word, part)
    state = desk.assignment(lead)
    desk.do(c.clear(HEAD, state, DONE, desk.held(), TREE), CITY, "2026-12-03T01:00:00Z")
    assert desk.of(lead, "k7")[1:4] == ("on_time", "2026-12-01T16:00:00Z", "late")


def test_an_extension_is_asked_for_in_time_twice_at_most_one_at_a_time(desk: Desk) -> None:
    _, (lead,) = desk.open(CITY)
    desk.until_doing(lead)

    def ask(until: str, now: str = T0) -> Draft:
        form = {"reason": "雨", "until": until}
        return c.extend(HEAD, desk.assignment(lead), form, now, TREE)

    assert code(lambda: ask("2026-12-04", "2026-12-01T16:00:00Z")) == "wrong-state"
    for until in ("2026-12-01", "2026-11-30", "2026-12-32", "soon"):
        assert code(lambda until=until: ask(until)) == "bad-input"
    desk.do(ask("2026-12-04"), CITY)
    assert code(lambda: ask("2026-12-05")) == "conflict"
    desk.do(c.refuse_extension(BOSS, desk.assignment(lead), WHY, TREE), ROOT)
    desk.do(ask("2026-12-04"), CITY)
    desk.do(c.grant_extension(BOSS, desk.assignment(lead), {"until": "2026-12-02"}, TREE), ROOT)
    assert desk.assignment(lead).due["k7"] == "2026-12-02T16:00:00Z"
    assert code(lambda: ask("2026-12-09")) == "conflict"


def test_a_part_is_extended_up_to_its_whole_and_a_major_matter_by_a_leader(desk: Desk) -> None:
    _, (lead,) = desk.open(CITY, grade="major")
    desk.until_doing(lead)
    (part,) = desk.split(lead, COUNTY)
    desk.until_doing(part)
    state = desk.assignment(part)
    form = {"reason": "雨", "until": "2026-12-31"}
    asked = desk.do(c.extend(at(COUNTY, "head"), state, form, T0, TREE), COUNTY)
    chief = at(CITY, "leader")
    whole = desk.assignment(lead)  # due at the end of 24 December
    assert code(lambda: c.grant_extension(at(CITY), asked, {}, TREE, whole)) == "wrong-role"
    assert code(lambda: c.grant_extension(chief, asked, {}, TREE, whole)) == "bad-input"
    assert c.grant_extension(chief, asked, {}, TREE)


# plan


def test_a_plan_takes_the_last_clock_s_place_and_each_milestone_has_a_clock(desk: Desk) -> None:
    _, (lead,) = desk.open(CITY, grade="complex")
    desk.until_doing(lead)
    asked = desk.do(c.plan(HEAD, desk.assignment(lead), PLAN, T0, TREE), CITY)
    assert asked.state == "DOING"
    hung = desk.do(c.grant_plan(BOSS, asked, {}, T0, TREE), ROOT)
    assert (hung.state, hung.plan) == ("HUNG", None)
    assert desk.of(lead, "km") == ("2026-12-24T16:00:00Z", None, None, None, False)
    assert desk.of(lead, "kp1") == ("2026-12-20T16:00:00Z", None, None, None, True)
    assert desk.of(lead, "kp2")[0] == "2027-02-28T16:00:00Z"
    said = {**DONE, "milestone": "kp1"}
    desk.do(c.report(HEAD, hung, said, TREE), CITY, "2026-12-20T16:00:00Z")
    assert desk.of(lead, "kp1")[1] == "late"
    assert code(lambda: c.report(HEAD, desk.assignment(lead), said, TREE)) == "bad-input"
    back = desk.do(c.restore(HEAD, desk.assignment(lead), WHY, TREE), CITY)
    assert (back.state, desk.of(lead, "kp2")[4]) == ("DOING", True)
    desk.do(c.clear(HEAD, back, DONE, [], TREE), CITY, "2027-02-28T15:59:59Z")
    assert desk.of(lead, "kp2")[1] == "on_time"
    state = desk.assignment(lead)
    desk.do(c.send_back(BOSS, state, WHY, "2027-03-02T01:00:00Z", TREE), ROOT)
    # applied on 28 February, returned on 2 March: two days; kp1's verdict stays
    assert desk.of(lead, "kp2") == ("2027-03-02T16:00:00Z", None, None, None, True)
    assert desk.of(lead, "kp1")[1] == "late"


def test_a_return_lets_the_last_milestone_run_on_where_all_were_reported(desk: Desk) -> None:
    _, (lead,) = desk.open(CITY, grade="complex")
    desk.until_doing(lead)
    asked = desk.do(c.plan(HEAD, desk.assignment(lead), PLAN, T0, TREE), CITY)
    desk.do(c.grant_plan(BOSS, asked, {}, T0, TREE), ROOT)
    for clock, when in (("kp1", "2026-12-19T01:00:00Z"), ("kp2", "2027-02-20T01:00:00Z")):
        said = {**DONE, "milestone": clock}
        desk.do(c.report(HEAD, desk.assignment(lead), said, TREE), CITY, when)
    back = desk.do(c.restore(HEAD, desk.assignment(lead), WHY, TREE), CITY)
    applied = desk.do(c.clear(HEAD, back, DONE, [], TREE), CITY, "2027-02-22T01:00:00Z")
    assert applied.applied_clocks() == []
    returned = c.send_back(BOSS, applied, WHY, "2027-02-24T01:00:00Z", TREE)
    assert desk.do(returned, ROOT).state == "DOING"
    assert desk.of(lead, "kp1")[1] == "on_time"
    assert desk.of(lead, "kp2") == ("2027-03-02T16:00:00Z", None, None, None, True)


def test_a_plan_offered_after_the_due_instant_leaves_a_breach(desk: Desk) -> None:
    _, (lead,) = desk.open(CITY)
    desk.until_doing(lead)
    late = "2026-12-02T01:00:00Z"
    asked = desk.do(c.plan(HEAD, desk.assignment(lead), PLAN, late, TREE), CITY, late)
    desk.do(c.grant_plan(BOSS, asked, {}, late, TREE), ROOT, late)
    assert desk.of(lead, "k7")[1] == "late"


@pytest.mark.parametrize(
    "milestones",
    [
        [],
        [{"name": "立项"}],
        [{"name": " ", "date": "2026-12-20"}],
        [{"name": "立项", "date": "2026-11-23"}],
        [{"name": "甲", "date": "2026-12-20"}, {"name": "乙", "date": "2026-12-19"}],
        ["立项"],
    ],
    ids=str,
)
def test_a_plan_names_milestones_with_dates_in_order(desk: Desk, milestones: list[Any]) -> None:
    _, (lead,) = desk.open(CITY)
    desk.until_doing(lead)
    form = {"solution": "分步", "milestones": milestones}
    assert code(lambda: c.plan(HEAD, desk.assignment(lead), form, T0, TREE)) == "bad-input"


def test_a_refused_plan_may_be_offered_again(desk: Desk) -> None:
    _, (lead,) = desk.open(CITY)
    desk.until_doing(lead)
    asked = desk.do(c.plan(HEAD, desk.assignment(lead), PLAN, T0, TREE), CITY)
    assert code(lambda: c.plan(HEAD, asked, PLAN, T0, TREE)) == "conflict"
    refused = desk.do(c.refuse_plan(BOSS, asked, WHY, TREE), ROOT)
    assert (refused.state, refused.plan) == ("DOING", None)
    assert c.plan(HEAD, refused, PLAN, T0, TREE)


# reopening


@pytest.mark.parametrize(
    ("now", "due"),
    [
        ("2026-12-10T01:00:00Z", "2026-12-17T16:00:00Z"),
        ("2026-12-10T15:59:59Z", "2026-12-17T16:00:00Z"),
        ("2026-12-10T16:00:00Z", "2026-12-18T16:00:00Z"),  # midnight in Shanghai
        ("2028-02-25T01:00:00Z", "2028-03-03T16:00:00Z"),  # over the leap day
    ],
)
def test_a_reopened_one_has_a_round_of_its_own_and_the_first_verdict_stays(
    desk: Desk, now: str, due: str
) -> None:
    matter, (lead,) = desk.open(CITY)
    desk.until_doing(lead)
    for word in ("clear", "grant"):
        desk.act(word, lead)
    assert desk.rolled(matter) == "CLOSED"
    form = {**WHY, "complaint": "来信查实"}
    state = desk.assignment(lead)
    clock = (now, DEFAULT_POLICY, CALENDAR)
    again = desk.do(c.reopen(BOSS, state, form, TREE, clock), ROOT, now)
    assert (again.state, again.round, again.complaints) == ("DOING", 2, 1)
    assert (again.mark, again.earlier) == (None, [{"mark": "good", "closed_at": T0}])
    assert desk.rolled(matter) == "OPEN"
    assert desk.of(lead, "k7")[1] == "on_time"
    assert desk.of(lead, "k7.2") == (due, None, None, None, True)
    desk.do(c.clear(HEAD, again, DONE, [], TREE), CITY, due)
    assert desk.of(lead, "k7.2")[1] == "late"
    desk.act("grant", lead)
    assert desk.of(lead, "k7")[1] == "on_time"


def test_what_is_struck_off_is_not_reopened_nor_a_part_of_what_is_closed(desk: Desk) -> None:
    matter, (lead,) = desk.open(CITY)
    desk.until_doing(lead)
    (part,) = desk.split(lead, COUNTY)
    desk.until_doing(part)
    for id in (part, lead):
        desk.act("clear", id)
        desk.act("grant", id)
    clock = (T0, DEFAULT_POLICY, CALENDAR)
    inner, outer = desk.assignment(part), desk.assignment(lead)
    assert code(lambda: c.reopen(at(CITY), inner, WHY, TREE, clock, outer)) == "wrong-state"
    desk.rule(c.strike(BOSS, desk.matter(matter), "CLOSED", "办结", TREE), "struck")
    struck = desk.assignment(lead)
    assert code(lambda: c.reopen(BOSS, struck, WHY, TREE, clock)) == "wrong-state"


# pause


def paused(desk: Desk, matter: str, lead: str, asked_at: str, at_: str) -> None:
    asker = desk.assignment(lead)
    desk.do(c.ask_pause(HEAD, asker, {"grounds": "汛期"}, TREE), CITY, asked_at)
    draft = c.pause(BOSS, desk.matter(matter), desk.held(matter), "属实", TREE, "OPEN")
    desk.rule(draft, "paused", at_)


@pytest.mark.parametrize(
    ("asked", "granted", "resumed", "due"),
    [
        # asked for on the 26th, granted on the 28th, resumed on the 30th: four days
        ("2026-11-26T01:00:00Z", "2026-11-28T01:00:00Z", "2026-11-30T01:00:00Z", "2026-12-05"),
        # over a month's end and midnight in Shanghai: asked for on the 30th, resumed on the 1st
        ("2026-11-30T15:59:59Z", "2026-11-30T15:59:59Z", "2026-11-30T16:00:00Z", "2026-12-02"),
        ("2026-11-30T01:00:00Z", "2026-11-30T02:00:00Z", "2026-11-30T03:00:00Z", "2026-12-01"),
        # over the leap day of 2028: 456 days from 30 November 2026 to 29 February 2028
        ("2026-11-30T01:00:00Z", "2026-11-30T02:00:00Z", "2028-02-29T01:00:00Z", "2028-03-01"),
    ],
)
def test_a_pause_counts_from_the_request_on_and_is_given_back_in_whole_days(
    desk: Desk, asked: str, granted: str, resumed: str, due: str
) -> None:
    matter, (lead,) = desk.open(CITY)
    desk.until_doing(lead)
    (part,) = desk.split(lead, COUNTY)
    desk.act("sign", part)
    paused(desk, matter, lead, asked, granted)
    for id in (lead, part):
        state = desk.assignment(id)
        assert (state.state, state.paused_since) == ("SUSPENDED", asked)
        last = state.clock("k7")
        assert last is not None
        assert not last.runs
    first = desk.assignment(part).clock("k1")
    assert first is not None
    assert first.runs  # stage 1 can't pause
    desk.do(c.deploy(at(COUNTY, "head"), desk.assignment(part), DEPLOYED, TREE), COUNTY, granted)
    assert desk.assignment(part).state == "SUSPENDED"
    draft = c.resume(BOSS, desk.matter(matter), resumed, TREE, "OPEN")
    desk.rule(draft, "resumed", resumed)
    for id in (lead, part):
        assert desk.assignment(id).state == "DOING"
        assert desk.of(id, "k7") == (f"{due}T16:00:00Z", None, None, None, True)


DEPLOYED: dict[str, Any] = {
    "leader": "张三",
    "responsible": "李四",
    "contact": {"name": "王五", "phone": "0351-0000000"},
    "measures": "逐项落实",
}


def test_a_pause_that_meets_an_application_closes_before_a_result_is_computed(desk: Desk) -> None:
    matter, (lead,) = desk.open(CITY)
    desk.until_doing(lead)
    state = desk.assignment(lead)
    late = "2026-12-02T01:00:00Z"
    desk.do(c.ask_pause(HEAD, state, {"grounds": "汛期"}, TREE), CITY, "2026-11-27T01:00:00Z")
    desk.do(c.clear(HEAD, desk.assignment(lead), DONE, [], TREE), CITY, late)
    assert desk.of(lead, "k7")[1] == "late"
    draft = c.pause(BOSS, desk.matter(matter), desk.held(matter), "属实", TREE, "OPEN")
    desk.rule(draft, "paused", "2026-12-03T01:00:00Z")
    draft = c.resume(BOSS, desk.matter(matter), "2026-12-07T01:00:00Z", TREE, "OPEN")
    desk.rule(draft, "resumed", "2026-12-07T01:00:00Z")
    # from 27 November to 7 December: ten days
    assert desk.of(lead, "k7") == ("2026-12-11T16:00:00Z", None, None, None, True)


def test_a_refused_request_pauses_nothing_and_may_be_made_again(desk: Desk) -> None:
    matter, (lead,) = desk.open(CITY)
    desk.until_doing(lead)
    asked = desk.do(c.ask_pause(HEAD, desk.assignment(lead), {"grounds": "汛"}, TREE), CITY)
    assert code(lambda: c.ask_pause(HEAD, asked, {"grounds": "汛"}, TREE)) == "conflict"
    refused = desk.do(c.refuse_pause(BOSS, asked, WHY, TREE), ROOT)
    assert (refused.state, refused.pause_pending) == ("DOING", False)
    held = desk.held(matter)
    book = desk.matter(matter)
    assert code(lambda: c.pause(BOSS, book, held, "属实", TREE, "OPEN")) == "wrong-state"
    assert code(lambda: c.resume(BOSS, book, T0, TREE, "OPEN")) == "wrong-state"
    paused(desk, matter, lead, T0, T0)
    book = desk.matter(matter)
    assert code(lambda: c.pause(BOSS, book, held, "属实", TREE, "OPEN")) == "conflict"


def test_a_suspended_one_is_cancelled_like_any_other(desk: Desk) -> None:
    matter, (lead,) = desk.open(CITY)
    desk.until_doing(lead)
    paused(desk, matter, lead, T0, T0)
    desk.rule(c.cancel(BOSS, desk.matter(matter), "取消", TREE, "OPEN"), "cancelled")
    assert desk.assignment(lead).state == "CANCELLED"


# rulings on time, calendars, merging, links


def test_a_person_rules_when_something_was_submitted(desk: Desk) -> None:
    _, (lead,) = desk.open(CITY)
    desk.act("sign", lead)
    desk.act("deploy", lead)
    of = desk.facts[lead][-1]
    form = {"clock": "k1", "submitted": "2026-11-25T16:00:00Z", **WHY}
    desk.do(c.rule(BOSS, desk.assignment(lead), form, of, TREE), ROOT)
    assert desk.of(lead, "k1")[1] == "late"
    again = {**form, "submitted": "2026-11-25T15:59:59Z"}
    desk.do(c.rule(BOSS, desk.assignment(lead), again, of, TREE), ROOT)
    assert desk.of(lead, "k1")[1] == "on_time"
    for clock in ("k3", "k9"):
        wrong = {**form, "clock": clock}
        assert code(lambda w=wrong: c.rule(BOSS, desk.assignment(lead), w, of, TREE)) == "bad-input"


def test_what_the_node_finds_by_itself_has_no_author_and_is_said_once(desk: Desk) -> None:
    _, (lead,) = desk.open(CITY)
    desk.act("sign", lead)
    desk.act("deploy", lead)
    of, late = desk.facts[lead][-1], "2026-11-26T01:00:00Z"
    (draft,) = c.ruled_by_itself(desk.assignment(lead), of, late, TREE)
    assert draft.data == {"clock": "k1", "of": of.head, "stated": of.time, "submitted": late}
    desk.do(draft, ROOT)
    desk.write(ROOT, draft)  # once more, as a restored node might: an echo
    assert desk.of(lead, "k1")[1] == "late"
    assert c.ruled_by_itself(desk.assignment(lead), of, late, TREE) == []
    signed = desk.facts[lead][1]
    assert c.ruled_by_itself(desk.assignment(lead), signed, late, TREE) == []


def test_a_changed_calendar_moves_open_clocks_and_no_breach(desk: Desk) -> None:
    _, (lead,) = desk.open(CITY)
    now = "2026-11-26T01:00:00Z"
    said = {"calendar": "cn/2026.2", "policy": "default/2", **WHY}
    due = {"k7": "2026-12-03T16:00:00Z"}
    state = desk.assignment(lead)
    found = desk.do(c.redate(BOSS, state, due, said, now, TREE), ROOT, now)
    assert found.due["k7"] == "2026-12-03T16:00:00Z"
    assert (found.calendar, found.policy) == ("cn/2026.2", "default/2")
    for kind in ("k1", "km"):  # past due; not there
        wrong = {kind: "2026-12-09T16:00:00Z"}
        with pytest.raises(DomainRefused, match="breaches stay") as refused:
            c.redate(BOSS, found, wrong, said, now, TREE)
        assert refused.value.where == f"due.{kind}"


def test_a_merged_matter_ends_with_its_assignments(desk: Desk) -> None:
    matter, (lead,) = desk.open(CITY)
    other = desk.register()
    form = {"into": other, "grounds": "同一路段"}
    assert c.merge(BOSS, desk.matter(matter), form, TREE, "OPEN")
    itself = {**form, "into": matter}
    with pytest.raises(DomainRefused, match="itself"):
        c.merge(BOSS, desk.matter(matter), itself, TREE, "OPEN")
    assert code(lambda: c.merge(BOSS, desk.matter(matter), form, TREE, "CLOSED")) == "wrong-state"
    desk.rule(c.merge(BOSS, desk.matter(matter), form, TREE, "OPEN"), "cancelled")
    assert (desk.rolled(matter), desk.matter(matter).into) == ("MERGED", other)
    assert desk.assignment(lead).state == "CANCELLED"


def test_links_and_listings_move_nothing(desk: Desk) -> None:
    matter, other = desk.register(), desk.register()
    form = {"to": other, "kind": "follow-up"}
    desk.write(ROOT, c.link(BOSS, desk.matter(matter), form, TREE))
    desk.write(ROOT, c.link(BOSS, desk.matter(matter), form, TREE))
    on, off = ({"listed": word, "grounds": "久拖"} for word in ("on", "off"))
    desk.write(ROOT, c.put_on_list(LEADER, desk.matter(matter), on, TREE, "APPROVED"))
    found = desk.matter(matter)
    assert (found.state, found.links, found.listed) == ("APPROVED", [("follow-up", other)], True)
    draft = c.put_on_list(LEADER, found, off, TREE, "CLOSED")
    desk.write(ROOT, draft, time="2026-11-30T01:00:00Z")
    assert not desk.matter(matter).listed
    with pytest.raises(DomainRefused, match="itself"):
        c.link(BOSS, found, {"to": matter, "kind": "related"}, TREE)


def test_the_issuer_s_answer_is_due_in_three_working_days(desk: Desk) -> None:
    _, (lead,) = desk.open(CITY)
    desk.until_doing(lead)
    friday = "2026-11-27T01:00:00Z"
    applied = desk.do(c.clear(HEAD, desk.assignment(lead), DONE, [], TREE), CITY, friday)
    draft = c.grant(BOSS, applied, {"mark": "pass"}, TREE, (), CALENDAR)
    assert draft.data["review_due"] == "2026-12-02T16:00:00Z"  # Mon, Tue, Wed
    assert desk.do(draft, ROOT, "2026-12-02T16:00:00Z").late_reviews == 1
    back = c.send_back(BOSS, applied, WHY, friday, TREE, replace(CALENDAR))
    assert back.data["review_due"] == "2026-12-02T16:00:00Z"
