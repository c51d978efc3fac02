"""The clock rules of 13710, one section each, with instants worked out by hand.

2026 as `chinesecalendar` has it. Spring Festival: 15 to 23 February off, Saturday 14 and Saturday
28 February made up. National Day: 1 to 7 October off, Sunday 20 September and Saturday 10 October
made up. A due instant is the exclusive next 00:00 in Asia/Shanghai, which is 16:00 in UTC.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from types import MappingProxyType
from typing import Any

import pytest

from node.domain import commands as c
from node.domain.assignment import AssignmentState, fold_assignment
from node.domain.calendar import (
    DEFAULT_POLICY,
    LADDER,
    Policy,
    Rung,
    due_date,
    provisional,
    working_days,
)
from node.domain.clocks import (
    Clock,
    due_instants,
    light,
    part_due,
    provisional_kinds,
    review_due,
    submit,
    yellow_from,
)
from node.domain.commands import DomainRefused
from node.domain.evaluation.counting import clearance_rate, counted_of, tally
from node.domain.evaluation.periods import Period
from node.domain.facts import APPLIED, Fact
from node.domain.redating import Move, Proposal, propose
from node.domain.reminders import (
    OFFICE,
    UNIT,
    digest_day,
    hearers,
    may_send,
    next_threshold,
    reminders,
    said_at,
    wakes_at,
)
from node.service.calendars import national
from tests.node.domain.cast import CITY, COUNTY, ROOT, TREE, Pen
from tests.node.domain.commands.stage import DEPLOY, DONE, Stage, at

CN = national()
WORKING = replace(DEFAULT_POLICY, version="workingdays/1", counts="working")
ROLLING = replace(DEFAULT_POLICY, version="rollingover/1", rolls_over=True)


def night(day: str) -> str:
    """The exclusive end of a day in Shanghai."""
    return f"{day}T16:00:00Z"


def due(t0: str, policy: Policy = DEFAULT_POLICY, grade: str = "general") -> dict[str, str]:
    return due_instants(t0, grade, policy, CN)


def nights(k1: str, k3: str, last: str, kind: str = "k7") -> dict[str, str]:
    return {"k1": night(k1), "k3": night(k3), kind: night(last)}


def given(pen: Pen, t0: str, policy: Policy = DEFAULT_POLICY, **change: Any) -> AssignmentState:
    """TASK as ROOT issued it to CITY."""
    grade = change.get("grade", "general")
    told = {"t0": t0, "time": t0, "due": due(t0, policy, grade), "policy": policy.version}
    told |= {"calendar": CN.version, "warn": {}, "provisional": []}
    return folded([pen.issue(**{**told, **change})])


def folded(facts: list[Fact]) -> AssignmentState:
    found = fold_assignment(facts, TREE)
    assert found.state is not None
    assert set(found.verdicts.values()) == {APPLIED}
    return found.state


def clock(state: AssignmentState, kind: str) -> Clock:
    found = state.clock(kind)
    assert found is not None
    return found


def test_the_library_s_calendar_is_the_one_that_these_instants_were_worked_out_by() -> None:
    assert CN.version == "cn/2026"
    assert CN.covered_until == date(2026, 12, 31)
    off = [date(2026, 2, day) for day in range(15, 24)] + [date(2026, 10, d) for d in range(1, 8)]
    assert not any(CN.is_workday(day) for day in off)
    made_up = [date(2026, 2, 14), date(2026, 2, 28), date(2026, 9, 20), date(2026, 10, 10)]
    assert all(CN.is_workday(day) for day in made_up)


# 1. A child's due is the earlier of its own and its parent's


def test_rule_1_a_part_is_due_no_later_than_its_whole_whatever_its_own_policy_gives() -> None:
    whole = [Clock(kind, at) for kind, at in due("2026-11-24T05:03:28Z").items()]
    # the city hands down three days later, by working days: k7 of its own is Tuesday 8 December
    own = due("2026-11-27T01:00:00Z", WORKING)
    assert own == nights("2026-11-30", "2026-12-02", "2026-12-08")
    assert part_due(own, whole) == nights("2026-11-25", "2026-11-27", "2026-12-01")


def test_rule_1_a_whole_past_due_gives_its_own_instant_and_the_part_is_born_red() -> None:
    whole = [Clock("k7", night("2026-12-01"))]
    capped = part_due(due("2026-12-05T01:00:00Z"), whole)
    assert set(capped.values()) == {night("2026-12-01")}
    assert light(Clock("k1", capped["k1"]), "2026-12-05T01:00:00Z") == "red"


def test_rule_1_a_parent_s_extension_moves_no_child() -> None:
    pen = Pen()
    issued = pen.issue(due=due("2026-11-24T05:03:28Z"), warn={}, provisional=[])
    part = Stage()
    matter = part.register()
    whole = part.issue(matter, CITY)[0]
    for word in ("sign", "deploy", "report"):
        part.act(word, whole)
    child = part.split(whole, COUNTY)[0]
    before = part.assignment(child).due
    state = part.assignment(whole)
    asked = {"reason": "雨季", "until": "2026-12-10"}
    now = "2026-11-25T01:00:00Z"
    part.write(CITY, c.extend(at(CITY, "head"), state, asked, now, TREE), time=now)
    agreed = c.grant_extension(at(ROOT), part.assignment(whole), {}, TREE)
    part.write(ROOT, agreed, time=now)
    assert part.assignment(whole).due["k7"] == night("2026-12-10")
    assert part.assignment(child).due == before
    assert folded([issued]).due == due("2026-11-24T05:03:28Z")


def test_rule_1_a_skip_level_issue_goes_by_the_issuer_s_policy_and_calendar() -> None:
    stage = Stage()
    matter = stage.matter(stage.register())
    rule = ("2026-02-13T01:00:00Z", WORKING, CN)
    (draft,) = c.issue(at(ROOT), matter, [], [COUNTY], TREE, rule, ["n9000001"])
    assert (draft.data["policy"], draft.data["calendar"]) == ("workingdays/1", "cn/2026")
    # from Friday 13: Saturday 14 made up; 24, 25; 24 to 27, Saturday 28 made up, Monday 2 March
    assert draft.data["due"] == nights("2026-02-14", "2026-02-25", "2026-03-02")


# 2. The anchor is the instant of issue


@pytest.mark.parametrize("signed", ["2026-11-24T05:10:00Z", "2026-11-29T05:10:00Z"])
def test_rule_2_signing_late_moves_nothing(signed: str) -> None:
    pen, t0 = Pen(), "2026-11-24T05:03:28Z"
    issued = pen.issue(t0=t0, due=due(t0))
    state = folded([issued, pen.up("signed", issued, time=signed)])
    assert state.due == nights("2026-11-25", "2026-11-27", "2026-12-01")


def test_rule_2_triage_has_one_working_day() -> None:
    assert DEFAULT_POLICY.triage == 1
    # a lead of Friday 13 February by Saturday 14, one of that day only on Tuesday 24
    assert working_days(date(2026, 2, 13), DEFAULT_POLICY.triage, CN) == date(2026, 2, 14)
    assert working_days(date(2026, 2, 14), DEFAULT_POLICY.triage, CN) == date(2026, 2, 24)


# 3. Computed once by the issuer, and signed with the versions


def test_rule_3_what_the_issuer_signed_is_not_computed_again() -> None:
    odd = nights("2026-11-26", "2026-11-30", "2026-12-09")  # no policy known here gives these
    pen = Pen()
    issued = pen.issue(
        t0="2026-11-24T05:03:28Z", due=odd, policy="unheard0/7", calendar="cn/2031.4"
    )
    state = folded([issued])
    assert state.due == state.original_due == odd
    assert (state.policy, state.calendar) == ("unheard0/7", "cn/2031.4")


# 4. Dates of Asia/Shanghai; exclusive midnight; late iff submitted >= due


@pytest.mark.parametrize(
    ("t0", "k1"),
    [
        ("2026-11-30T15:59:59Z", "2026-12-01"),  # 23:59:59 on the month's last day there
        ("2026-11-30T15:59:59.999Z", "2026-12-01"),
        ("2026-11-30T16:00:00Z", "2026-12-02"),  # midnight there: 1 December has begun
        ("2028-02-28T15:59:59Z", "2028-02-29"),  # the leap day is a day like others
        ("2028-02-28T16:00:00Z", "2028-03-01"),
        ("2026-12-31T15:59:59Z", "2027-01-01"),  # the last covered day
        ("2026-12-31T16:00:00Z", "2027-01-02"),
    ],
)
def test_rule_4_the_day_of_issue_is_shanghai_s(t0: str, k1: str) -> None:
    assert due(t0)["k1"] == night(k1)


@pytest.mark.parametrize(
    ("submitted", "verdict"),
    [
        ("2026-11-25T15:59:00Z", "on_time"),  # 23:59 there
        ("2026-11-25T15:59:59.999Z", "on_time"),
        ("2026-11-25T16:00:00Z", "late"),
        ("2026-11-25T16:00:00.000Z", "late"),
    ],
)
def test_rule_4_late_is_at_or_after_the_next_midnight(submitted: str, verdict: str) -> None:
    pen, t0 = Pen(), "2026-11-24T05:03:28Z"
    issued = pen.issue(t0=t0, due=due(t0))
    signed = pen.up("signed", issued, time=submitted)
    deployed = pen.up("deployed", issued, time=submitted)
    assert clock(folded([issued, signed, deployed]), "k1").verdict == verdict


# 5. What a policy says


@pytest.mark.parametrize(
    ("t0", "policy", "grade", "expected"),
    [
        # default: natural days, first day not counted, T+1, no roll-over: into the holiday
        ("2026-09-30T01:00:00Z", DEFAULT_POLICY, "general",
         nights("2026-10-01", "2026-10-03", "2026-10-07")),
        # working days: Thursday 8, Friday 9, Saturday 10 (made up), Monday 12 to Thursday 15
        ("2026-09-30T01:00:00Z", WORKING, "general",
         nights("2026-10-08", "2026-10-10", "2026-10-15")),
        # natural days that roll over: all three to Thursday 8
        ("2026-09-30T01:00:00Z", ROLLING, "general",
         nights("2026-10-08", "2026-10-08", "2026-10-08")),
        # the first day counted: Wednesday 30 is day 1
        ("2026-09-30T01:00:00Z", replace(DEFAULT_POLICY, first_day=True), "general",
         nights("2026-09-30", "2026-10-02", "2026-10-06")),
        ("2026-09-30T01:00:00Z", replace(WORKING, first_day=True), "general",
         nights("2026-09-30", "2026-10-09", "2026-10-14")),
        # "1" on the same day
        ("2026-09-30T01:00:00Z", replace(DEFAULT_POLICY, same_day=True), "general",
         nights("2026-09-30", "2026-10-03", "2026-10-07")),
        # a made-up Sunday counts
        ("2026-09-18T01:00:00Z", WORKING, "general",
         nights("2026-09-20", "2026-09-22", "2026-09-29")),
        # a month: the same day of the next one, or its last
        ("2026-01-30T15:59:59Z", DEFAULT_POLICY, "major",
         nights("2026-01-31", "2026-02-02", "2026-02-28", "km")),
        ("2026-01-30T16:00:00Z", DEFAULT_POLICY, "major",
         nights("2026-02-01", "2026-02-03", "2026-02-28", "km")),
        ("2026-01-17T01:00:00Z", ROLLING, "complex",  # 17 February rolls over to Tuesday 24
         nights("2026-01-19", "2026-01-20", "2026-02-24", "km")),
        ("2028-01-31T01:00:00Z", DEFAULT_POLICY, "major",
         nights("2028-02-01", "2028-02-03", "2028-02-29", "km")),
        ("2028-02-29T01:00:00Z", DEFAULT_POLICY, "major",
         nights("2028-03-01", "2028-03-03", "2028-03-29", "km")),
        # a month of so many working days: 22 from Monday 1 June, Friday 19 off, is Thursday 2 July
        ("2026-06-01T01:00:00Z",
         replace(WORKING, days=MappingProxyType({"k1": 1, "k3": 3, "k7": 7, "km": 22})), "major",
         nights("2026-06-02", "2026-06-04", "2026-07-02", "km")),
    ],
)  # fmt: skip
def test_rule_5_a_policy_says_how_days_are_counted(
    t0: str, policy: Policy, grade: str, expected: dict[str, str]
) -> None:
    assert due(t0, policy, grade) == expected


# 6. A working day is a date; beyond what is covered weekends only, provisional


def test_rule_6_a_working_day_is_a_date_whatever_the_hour_of_issue() -> None:
    # Friday 25 September is Mid-autumn; the next working day is Monday 28
    for t0 in ("2026-09-23T16:00:00Z", "2026-09-24T15:59:59Z"):  # 00:00:00 and 23:59:59 of the 24th
        assert due(t0, WORKING)["k1"] == night("2026-09-28")


def test_rule_6_past_the_last_covered_day_weekends_only_and_never_a_crash() -> None:
    # Thursday 31 December 2026; 1 January 2027 is a Friday that nobody has declared a holiday yet
    assert due("2026-12-30T01:00:00Z", WORKING)["k1"] == night("2026-12-31")
    assert due("2026-12-31T01:00:00Z", WORKING)["k1"] == night("2027-01-01")
    assert due("2026-12-31T01:00:00Z", WORKING)["k3"] == night("2027-01-05")
    assert due_date("k7", date(2150, 1, 1), WORKING, CN) == date(2150, 1, 12)


@pytest.mark.parametrize(
    ("t0", "policy", "unsure"),
    [
        ("2026-12-30T01:00:00Z", WORKING, ("k3", "k7")),  # k1 is the last covered day itself
        ("2026-12-31T01:00:00Z", WORKING, ("k1", "k3", "k7")),
        ("2026-12-22T01:00:00Z", WORKING, ()),  # 23, 24, 25, 28, 29, 30, 31
        ("2026-12-30T01:00:00Z", ROLLING, ("k3", "k7")),
        ("2026-12-30T01:00:00Z", DEFAULT_POLICY, ()),  # natural days: no calendar can move them
    ],
)
def test_rule_6_what_rests_on_uncovered_dates_is_marked_provisional(
    t0: str, policy: Policy, unsure: tuple[str, ...]
) -> None:
    assert provisional_kinds(t0, "general", policy, CN) == unsure
    stage = Stage()
    matter = stage.matter(stage.register())
    (draft,) = c.issue(at(ROOT), matter, [], [CITY], TREE, (t0, policy, CN), ["n9000001"])
    assert tuple(draft.data.get("provisional", ())) == unsure
    state = stage.assignment(stage.write(ROOT, draft)[0].subject)
    assert tuple(one.kind for one in state.clocks if one.provisional) == unsure


def test_rule_6_a_date_before_what_a_calendar_covers_is_as_unsure() -> None:
    short = replace(CN, covered_from=date(2026, 6, 1))
    assert short.is_workday(date(2026, 2, 17))
    assert provisional(date(2026, 5, 29), date(2026, 6, 5), WORKING, short)
    assert not provisional(date(2026, 6, 1), date(2026, 6, 5), WORKING, short)


# 7. A changed calendar

NEW = replace(
    CN,
    version="cn/2027.1",
    covered_until=date(2027, 12, 31),
    holidays=CN.holidays | {date(2027, 1, 1)},
)
T6 = "2026-12-30T01:00:00Z"  # Wednesday; by working days due Thursday 31, 4 January, 8 January


def test_rule_7_only_open_clocks_that_the_calendar_changes_are_shown() -> None:
    state = given(Pen(), T6, WORKING, provisional=["k3", "k7"])
    assert state.due == nights("2026-12-31", "2027-01-04", "2027-01-08")
    assert propose(state, WORKING, CN, NEW, T6) == Proposal(
        (
            Move("k3", night("2027-01-04"), night("2027-01-05"), False),
            Move("k7", night("2027-01-08"), night("2027-01-11"), False),
        ),
        (),
    )


def test_rule_7_a_clock_that_only_ceases_to_be_provisional_is_shown_too() -> None:
    same = replace(CN, version="cn/2027.1", covered_until=date(2027, 12, 31))
    state = given(Pen(), T6, WORKING, provisional=["k3", "k7"])
    found = propose(state, WORKING, CN, same, T6)
    assert [(one.clock, one.was == one.becomes, one.provisional) for one in found.moves] == [
        ("k3", True, False),
        ("k7", True, False),
    ]


def test_rule_7_natural_days_are_moved_by_no_calendar() -> None:
    assert propose(given(Pen(), T6), DEFAULT_POLICY, CN, NEW, T6) == Proposal((), ())


def test_rule_7_a_breach_stays_and_none_is_made() -> None:
    state = given(Pen(), T6, WORKING, provisional=["k3", "k7"])
    assert propose(state, WORKING, CN, NEW, night("2027-01-04")).kept == (("k3", "due"),)
    # 2 January, a Saturday, made up: k3 would be due on Saturday 2, k7 on Thursday 7
    early = replace(NEW, holidays=CN.holidays, workdays=CN.workdays | {date(2027, 1, 2)})
    found = propose(state, WORKING, CN, early, night("2027-01-02"))
    assert found.kept == (("k3", "past"),)
    assert [(one.clock, one.becomes) for one in found.moves] == [("k7", night("2027-01-07"))]


def test_rule_7_what_was_submitted_keeps_its_verdict_and_an_extension_its_date() -> None:
    state = given(Pen(), T6, WORKING)
    submit(clock(state, "k3"), night("2027-01-06"))
    last = clock(state, "k7")
    last.first, last.due = last.due, night("2027-01-20")
    assert propose(state, WORKING, CN, NEW, T6) == Proposal((), (("k7", "extended"),))
    assert clock(state, "k3").verdict == "late"


def test_rule_7_a_returned_clock_moves_by_as_much_as_its_own_days() -> None:
    state = given(Pen(), T6, WORKING)
    clock(state, "k7").due = night("2027-01-13")  # five days of review given back
    found = propose(state, WORKING, CN, NEW, T6)
    assert found.moves[-1] == Move("k7", night("2027-01-13"), night("2027-01-16"), False)


def test_rule_7_a_part_stays_within_its_whole() -> None:
    state = given(Pen(), T6, WORKING)
    clock(state, "k7").due = night("2027-01-06")  # as its whole was due
    whole = [Clock("k7", night("2027-01-07"))]
    found = propose(state, WORKING, CN, NEW, T6, whole)
    assert found.moves[-1] == Move("k7", night("2027-01-06"), night("2027-01-07"), False)
    # one that was capped by something unknown here never gets later
    assert [one.clock for one in propose(state, WORKING, CN, NEW, T6).moves] == ["k3"]


def test_rule_7_milestones_later_rounds_and_what_isn_t_held_stay() -> None:
    state = given(Pen(), T6, WORKING)
    state.clocks = [Clock("k7.2", night("2027-01-08")), Clock("kp1", night("2027-01-08"))]
    assert propose(state, WORKING, CN, NEW, T6).kept == (("k7.2", "round"), ("kp1", "milestone"))
    assert propose(state, None, CN, NEW, T6).moves == ()
    assert propose(state, WORKING, None, NEW, T6).kept[0] == ("k7.2", "unknown")


def test_rule_7_the_issuer_s_event_moves_the_clock_and_names_the_calendar() -> None:
    stage = Stage()
    matter = stage.matter(stage.register())
    drafts = c.issue(at(ROOT), matter, [], [CITY], TREE, (T6, WORKING, CN), ["n9000001"])
    id = stage.write(ROOT, *drafts, time=T6)[0].subject
    state = stage.assignment(id)
    moves = propose(state, WORKING, CN, NEW, T6).moves
    said = {"calendar": NEW.version, "reason": "国办通知", "provisional": []}
    new = {one.clock: one.becomes for one in moves}
    stage.write(ROOT, c.redate(at(ROOT), state, new, said, T6, TREE), time=T6)
    after = stage.assignment(id)
    assert after.due == nights("2026-12-31", "2027-01-05", "2027-01-11")
    assert after.calendar == "cn/2027.1"
    assert after.policy == "workingdays/1"
    assert after.original_due == nights("2026-12-31", "2027-01-04", "2027-01-08")
    assert not any(one.provisional for one in after.clocks)
    assert propose(after, WORKING, NEW, NEW, T6) == Proposal((), ())


# 8. A pause


def doing(stage: Stage, t0: str, policy: Policy = DEFAULT_POLICY, **change: Any) -> str:
    matter = stage.matter(stage.register(**change))
    drafts = c.issue(at(ROOT), matter, [], [CITY], TREE, (t0, policy, CN), stage.nonce(1))
    id = stage.write(ROOT, *drafts, time=t0)[0].subject
    for word, draft in (("sign", c.sign), ("deploy", None), ("report", None)):
        state = stage.assignment(id)
        head = at(CITY, "head")
        made: Any = draft(head, state, TREE) if draft else None
        made = made or (
            c.deploy(head, state, DEPLOY, TREE)
            if word == "deploy"
            else c.report(head, state, DONE, TREE)
        )
        stage.write(CITY, *(made if isinstance(made, list) else [made]), time=t0)
    return id


def test_rule_8_a_request_pauses_nothing_and_an_approved_pause_counts_from_the_request() -> None:
    stage, t0 = Stage(), "2026-11-24T05:03:28Z"
    id = doing(stage, t0)
    asked = c.ask_pause(at(CITY, "head"), stage.assignment(id), {"grounds": "汛期"}, TREE)
    stage.write(CITY, asked, time="2026-11-26T01:00:00Z")
    assert clock(stage.assignment(id), "k7").paused is None
    assert light(clock(stage.assignment(id), "k7"), "2026-11-30T01:00:00Z") == "yellow"
    matter = stage.assignment(id).matter
    held = stage.held(matter)
    stage.rule(
        c.pause(at(ROOT), stage.matter(matter), held, "属实", TREE, "OPEN"),
        "paused",
        "2026-11-28T01:00:00Z",
    )
    assert clock(stage.assignment(id), "k7").paused == "2026-11-26T01:00:00Z"
    back = "2026-12-03T01:00:00Z"  # seven days after the request, over the month's end
    stage.rule(c.resume(at(ROOT), stage.matter(matter), back, TREE, "OPEN"), "resumed", back)
    assert clock(stage.assignment(id), "k7").due == night("2026-12-08")


# 9. An extension keeps what was first promised


def test_rule_9_both_instants_are_judged() -> None:
    stage, t0 = Stage(), "2026-11-24T05:03:28Z"
    id = doing(stage, t0)
    head = at(CITY, "head")
    form = {"reason": "雨季", "until": "2026-12-10"}
    now = "2026-11-30T01:00:00Z"
    stage.write(CITY, c.extend(head, stage.assignment(id), form, now, TREE), time=now)
    assert stage.assignment(id).due["k7"] == night("2026-12-01")  # a waiting request moves nothing
    stage.write(ROOT, c.grant_extension(at(ROOT), stage.assignment(id), {}, TREE), time=now)
    stage.write(CITY, c.clear(head, stage.assignment(id), DONE, [], TREE), time=night("2026-12-05"))
    last = clock(stage.assignment(id), "k7")
    assert (last.first, last.first_verdict) == (night("2026-12-01"), "late")
    assert (last.due, last.verdict) == (night("2026-12-10"), "on_time")


# 10. Relief: within stage 1, once


@pytest.mark.parametrize(
    ("now", "may"), [("2026-11-25T15:59:59Z", True), ("2026-11-25T16:00:00Z", False)]
)
def test_rule_10_a_refusal_comes_within_stage_1(now: str, may: bool) -> None:
    state = given(Pen(), "2026-11-24T05:03:28Z")
    form = {"grounds": "非本单位职责", "proposed": COUNTY}
    if may:
        assert c.refuse(at(CITY, "head"), state, form, now, TREE).data["grounds"]
        return
    with pytest.raises(DomainRefused):
        c.refuse(at(CITY, "head"), state, form, now, TREE)


# 11. Applying stops the handler's clock and starts the reviewer's


def test_rule_11_the_reviewer_has_three_working_days() -> None:
    # applied for on Friday 13 February: Saturday 14 (made up), Tuesday 24, Wednesday 25
    assert review_due("2026-02-13T01:00:00Z", CN) == night("2026-02-25")
    # on Wednesday 30 September: 8, 9 and Saturday 10 October
    assert review_due("2026-09-30T01:00:00Z", CN) == night("2026-10-10")
    assert DEFAULT_POLICY.review == 3


def test_rule_11_the_remainder_runs_on_and_the_last_submission_is_judged() -> None:
    stage, t0 = Stage(), "2026-11-24T05:03:28Z"
    id = doing(stage, t0)
    head = at(CITY, "head")
    stage.write(CITY, c.clear(head, stage.assignment(id), DONE, [], TREE), time=night("2026-11-29"))
    assert clock(stage.assignment(id), "k7").verdict == "on_time"
    now = "2026-12-02T01:00:00Z"  # two days after Monday 30, the day of the application there
    back = c.send_back(at(ROOT), stage.assignment(id), {"reason": "标线未划"}, now, TREE)
    stage.write(ROOT, back, time=now)
    assert clock(stage.assignment(id), "k7").due == night("2026-12-03")
    assert clock(stage.assignment(id), "k7").verdict is None
    stage.write(CITY, c.clear(head, stage.assignment(id), DONE, [], TREE), time=night("2026-12-03"))
    assert clock(stage.assignment(id), "k7").verdict == "late"


# 12. Reopening: a round 2


def test_rule_12_round_1_keeps_its_verdict_and_round_2_has_its_own_clock() -> None:
    stage, t0 = Stage(), "2026-11-24T05:03:28Z"
    id = doing(stage, t0)
    head = at(CITY, "head")
    late = night("2026-12-02")
    stage.write(CITY, c.clear(head, stage.assignment(id), DONE, [], TREE), time=late)
    stage.write(ROOT, c.grant(at(ROOT), stage.assignment(id), {"mark": "pass"}, TREE), time=late)
    t2 = "2026-12-14T01:00:00Z"
    rule = (t2, DEFAULT_POLICY, CN)
    again = c.reopen(at(ROOT), stage.assignment(id), {"reason": "申报人不满意"}, TREE, rule)
    stage.write(ROOT, again, time=t2)
    state = stage.assignment(id)
    assert clock(state, "k7").verdict == "late"
    assert clock(state, "k7.2").due == night("2026-12-21")
    assert state.round == 2


# 14. A policy change affects new matters only


def test_rule_14_what_was_issued_keeps_its_policy_and_its_minutes_of_yellow() -> None:
    pen = Pen()
    early = replace(
        DEFAULT_POLICY,
        version="earlywarn/1",
        warn=MappingProxyType({**DEFAULT_POLICY.warn, "k1": 240}),
    )
    stage = Stage()
    matter = stage.matter(stage.register())
    t0 = "2026-11-24T05:03:28Z"
    (draft,) = c.issue(at(ROOT), matter, [], [CITY], TREE, (t0, early, CN), ["n9000001"])
    assert draft.data["warn"] == {"k1": 240, "k3": 1440, "k7": 2880}
    state = stage.assignment(stage.write(ROOT, draft)[0].subject)
    k1 = clock(state, "k1")  # yellow four hours before midnight: 20:00 there
    assert light(k1, "2026-11-25T11:59:59Z") == "green"
    assert light(k1, "2026-11-25T12:00:00Z") == "yellow"
    plain = given(pen, t0)
    assert light(clock(plain, "k1"), "2026-11-25T11:59:59Z") == "yellow"


def test_rule_14_the_default_says_nothing_beside_its_version() -> None:
    stage = Stage()
    matter = stage.matter(stage.register())
    rule = ("2026-11-24T05:03:28Z", DEFAULT_POLICY, CN)
    (draft,) = c.issue(at(ROOT), matter, [], [CITY], TREE, rule, ["n9000001"])
    assert draft.data["policy"] == "default/1"
    assert not {"warn", "provisional"} & draft.data.keys()


# 15. The ladder of reminders


def test_rule_15_the_default_ladder() -> None:
    told = [(one.after, one.minutes, one.to) for one in LADDER]
    assert told == [
        ("yellow", 0, "handler"),
        ("due", 0, "head"),
        ("due", 24 * 60, "office"),
        ("due", 72 * 60, "screen"),
    ]


def said(clocks: list[Clock], to: tuple[str, ...], now: str) -> list[tuple[str, str, str]]:
    found = reminders(clocks, LADDER, to, now)
    return [(one.clock, one.rung.to, one.at) for one in found]


K1 = Clock("k1", night("2026-11-25"))  # yellow from 12:00 of the 25th, which is 04:00 in UTC
BOTH = (*UNIT, *OFFICE)


@pytest.mark.parametrize(
    ("now", "unit", "office"),
    [
        ("2026-11-25T03:59:59Z", None, None),
        ("2026-11-25T04:00:00Z", ("handler", "2026-11-25T04:00:00Z"), None),
        ("2026-11-25T15:59:59.999Z", ("handler", "2026-11-25T04:00:00Z"), None),
        ("2026-11-25T16:00:00Z", ("head", night("2026-11-25")), None),
        ("2026-11-26T15:59:59Z", ("head", night("2026-11-25")), None),
        ("2026-11-26T16:00:00Z", ("head", night("2026-11-25")), ("office", night("2026-11-26"))),
        ("2026-11-28T16:00:00Z", ("head", night("2026-11-25")), ("screen", night("2026-11-28"))),
        ("2027-11-28T16:00:00Z", ("head", night("2026-11-25")), ("screen", night("2026-11-28"))),
    ],
)
def test_rule_15_each_side_says_the_latest_threshold_that_was_reached(
    now: str, unit: tuple[str, str] | None, office: tuple[str, str] | None
) -> None:
    assert said([K1], UNIT, now) == ([("k1", *unit)] if unit else [])
    assert said([K1], OFFICE, now) == ([("k1", *office)] if office else [])


def test_rule_15_a_reminder_is_one_by_clock_threshold_and_due_version() -> None:
    (first,) = reminders([K1], LADDER, UNIT, night("2026-11-25"))
    (again,) = reminders([K1], LADDER, UNIT, night("2026-11-27"))
    assert first.key("a") == again.key("a") == f"a/k1/due+0/head/{night('2026-11-25')}"
    (moved,) = reminders([Clock("k1", night("2026-11-24"))], LADDER, UNIT, night("2026-11-25"))
    (other,) = reminders([Clock("k3", K1.due)], LADDER, UNIT, night("2026-11-25"))
    (warned,) = reminders([K1], LADDER, UNIT, "2026-11-25T05:00:00Z")
    keys = {one.key("a") for one in (first, moved, other, warned)} | {first.key("b")}
    assert len(keys) == 5


def test_rule_15_clocks_that_stand_still_say_nothing() -> None:
    paused = Clock("k7", K1.due, paused="2026-11-24T00:00:00Z")
    stopped = Clock("k1", K1.due, stopped_at="2026-11-24T00:00:00Z", open=False)
    assert said([paused, stopped], BOTH, night("2026-12-31")) == []
    assert next_threshold([paused, stopped], LADDER, BOTH, "2026-11-24T00:00:00Z") is None
    assert wakes_at([paused, stopped]) is None


def test_rule_15_the_next_threshold_is_the_first_that_is_still_to_come() -> None:
    k3 = Clock("k3", night("2026-11-27"))
    assert wakes_at([k3, K1]) == "2026-11-25T04:00:00Z"
    found, now = [], "2026-11-24T00:00:00Z"
    while (at := next_threshold([k3, K1], LADDER, BOTH, now)) is not None:
        found.append(at)
        now = at
    assert found == [
        "2026-11-25T04:00:00Z",
        *(night(f"2026-11-{day}") for day in (25, 26, 27, 28, 30)),
    ]
    assert next_threshold([K1], LADDER, UNIT, night("2026-11-25")) is None


def test_rule_15_a_policy_s_own_ladder_counts_and_rungs_of_one_instant_are_all_said() -> None:
    ladder = (
        Rung("yellow", 60, "handler"),
        Rung("due", 0, "handler"),
        Rung("due", 0, "head"),
        Rung("due", 90, "office"),
    )
    at_yellow = reminders([K1], ladder, BOTH, "2026-11-25T04:59:59Z")
    assert at_yellow == []
    late = reminders([K1], ladder, UNIT, "2026-11-25T20:00:00Z")
    assert [(one.rung.to, one.at) for one in late] == [("handler", K1.due), ("head", K1.due)]
    (office,) = reminders([K1], ladder, OFFICE, "2026-11-25T20:00:00Z")
    assert office.at == "2026-11-25T17:30:00Z"


def test_rule_15_the_unit_s_rungs_are_said_at_the_unit_and_the_office_s_at_the_office() -> None:
    state = given(Pen(), "2026-11-24T05:03:28Z")
    assert said_at(state, CITY) == UNIT
    assert said_at(state, ROOT) == OFFICE
    assert said_at(state, COUNTY) == ()


def test_rule_15_a_rung_is_heard_in_its_role_or_by_the_next_in_line() -> None:
    people = {"handler": {"乙", "甲"}, "head": {"丙"}, "supervisor": {"丁"}, "registrar": {"甲"}}
    assert hearers("handler", people) == sorted(["甲", "乙"])
    assert hearers("head", people) == ["丙"]
    assert hearers("office", people) == sorted(["丁", "甲"])
    assert hearers("screen", people) == ["丙"]
    assert hearers("redated", people) == sorted(["甲", "乙", "丙"])
    assert hearers("screen", {"registrar": {"甲"}}) == ["甲"]
    assert hearers("handler", {"auditor": {"甲"}}) == []


@pytest.mark.parametrize(
    ("now", "may"),
    [
        ("2026-11-25T00:29:59Z", False),  # Wednesday, 08:29:59 there
        ("2026-11-25T00:30:00Z", True),
        ("2026-11-25T09:59:59Z", True),
        ("2026-11-25T10:00:00Z", False),  # 18:00
        ("2026-11-28T02:00:00Z", False),  # Saturday
        ("2026-10-01T02:00:00Z", False),  # National Day, a Thursday
        ("2026-10-10T02:00:00Z", True),  # a Saturday made up
    ],
)
def test_rule_15_messages_go_in_working_hours(now: str, may: bool) -> None:
    assert may_send(now, CN) is may


def test_rule_15_the_digest_is_due_from_half_past_eight() -> None:
    assert digest_day("2026-11-25T00:29:59.999Z") is None
    assert digest_day("2026-11-25T00:30:00Z") == date(2026, 11, 25)
    assert digest_day("2026-11-25T15:59:59Z") == date(2026, 11, 25)
    assert digest_day("2026-11-25T16:00:00Z") is None


# 16. Yellow


@pytest.mark.parametrize(
    ("kind", "due_at", "yellow"),
    [
        ("k1", night("2026-11-30"), "2026-11-30T04:00:00Z"),  # noon there: half a day
        ("k3", night("2026-11-30"), night("2026-11-29")),
        ("k7", night("2026-12-01"), night("2026-11-29")),  # over the month's end
        ("km", night("2028-03-05"), night("2028-02-27")),  # over the leap day
        ("k7", night("2027-01-01"), night("2026-12-30")),  # no calendar is asked
    ],
)
def test_rule_16_a_clock_turns_yellow_so_long_before(kind: str, due_at: str, yellow: str) -> None:
    one = Clock(kind, due_at)
    assert yellow_from(one) == yellow
    assert light(one, yellow) == "yellow"
    second_before = {
        "2026-11-30T04:00:00Z": "2026-11-30T03:59:59Z",
    }.get(yellow, yellow.replace("16:00:00", "15:59:59"))
    assert light(one, second_before) == "green"
    assert light(one, due_at.replace("16:00:00", "15:59:59")) == "yellow"
    assert light(one, due_at) == "red"


# 17. Statistics; and 13: merged and cancelled ones


SINCE = Period("2026-10-31T16:00:00Z", "2026-11-30T16:00:00Z")  # November
DECEMBER = Period("2026-11-30T16:00:00Z", "2026-12-31T16:00:00Z")


def tallied(states: list[AssignmentState], stage: str, period: Period, now: str) -> dict[str, int]:
    rows = [row for state in states for row in counted_of(state)]
    return dict(tally(rows, stage, period, now).counts)


def test_rule_17_never_submitted_is_late_and_a_month_has_what_was_due_by_its_last_midnight() -> (
    None
):
    """Issued on the 23rd, 7 days: due 30 November's midnight, and that is November's."""
    first, second, third = Stage(), Stage(), Stage()
    t0, ends = "2026-11-23T05:03:28Z", night("2026-11-30")
    states = []
    for stage, at_ in ((first, "2026-11-30T15:59:59Z"), (second, ends), (third, None)):
        id = doing(stage, t0)
        if at_ is not None:
            apply = c.clear(at(CITY, "head"), stage.assignment(id), DONE, [], TREE)
            stage.write(CITY, apply, time=at_)
        states.append(stage.assignment(id))
    november = {"expected": 3, "submitted": 2, "on_time": 1, "late": 2, "missing": 1}
    assert tallied(states, "k7", SINCE, ends) == november
    assert tallied(states, "k7", DECEMBER, ends) == {}
    before = {"expected": 2, "submitted": 2, "on_time": 1, "late": 1}
    assert tallied(states, "k7", SINCE, "2026-11-30T15:59:59Z") == before
    rows = [row for state in states for row in counted_of(state)]
    found = tally(rows, "k7", SINCE, ends)
    assert (found.completeness, found.timeliness) == (0.6667, 0.3333)
    assert tallied(states, "k1", SINCE, ends) == {"expected": 3, "submitted": 3, "on_time": 3}


def test_rule_17_a_paused_clock_stands_apart_and_stage_1_and_3_do_not() -> None:
    stage = Stage()
    id = doing(stage, "2026-11-23T05:03:28Z")
    asked = c.ask_pause(at(CITY, "head"), stage.assignment(id), {"grounds": "汛期"}, TREE)
    stage.write(CITY, asked, time="2026-11-27T01:00:00Z")
    state = stage.assignment(id)
    now = night("2026-12-02")
    assert tallied([state], "k7", SINCE, now) == {"expected": 1, "late": 1, "missing": 1}
    ruling = c.pause(at(ROOT), stage.matter(state.matter), [state], "汛期", TREE, "OPEN")
    stage.rule(ruling, "paused", "2026-11-28T01:00:00Z")
    state = stage.assignment(id)
    assert tallied([state], "k7", SINCE, now) == {"paused": 1}
    assert tallied([state], "k1", SINCE, now) == {"expected": 1, "submitted": 1, "on_time": 1}


def test_rule_17_clearance_rate_leaves_out_the_cancelled_and_the_merged() -> None:
    assert clearance_rate(68_495, 76_788, 0, 0) == 0.892
    assert clearance_rate(6, 12, 1, 1) == 0.6
    assert clearance_rate(0, 2, 1, 1) is None


def test_rule_13_a_merged_or_cancelled_one_is_apart_with_all_that_it_had() -> None:
    stage = Stage()
    id = doing(stage, "2026-11-23T05:03:28Z")
    state = stage.assignment(id)
    assert tallied([state], "k3", SINCE, night("2026-12-02"))["expected"] == 1
    ruling = c.cancel(at(ROOT), stage.matter(state.matter), "重复立项", TREE, "OPEN")
    stage.rule(ruling, "cancelled", "2026-11-28T01:00:00Z")
    state = stage.assignment(id)
    assert state.state == "CANCELLED"
    assert {row.standing for row in counted_of(state)} == {"apart"}
    for kind in ("k1", "k3", "k7"):
        assert tallied([state], kind, SINCE, night("2026-12-02")) == {}
