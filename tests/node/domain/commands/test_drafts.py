"""Each command on a draft by each role and in each state; the fold of what comes of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from node.domain.calendar import Calendar
from node.domain.commands import Actor, DomainRefused, Draft, drafts
from node.domain.commands.likeness import Likeness
from node.domain.draft import DraftState, fold_draft, owner, triage_due, triage_light
from node.domain.facts import Fact
from node.domain.machine import MATTER_STATES
from node.domain.triage import TRIAGE_COMMANDS, allowed_on, permit_draft, starts
from tests.node.domain.cast import EPOCH, ROOT, TREE
from tests.node.domain.commands.stage import CALENDAR, NO
from tests.schemas.intake_examples import DRAFT, FORM, LAWFUL
from tests.schemas.matter_examples import CITY, HEAD, MATTER

NOW = "2026-11-24T05:03:28Z"
FIRM = "某公司"
ROLES = ("registrar", "supervisor", "leader", "handler", "head", "enterprise", "admin", "system")
ASK = {name: LAWFUL["duban.draft.submitted"][name] for name in (
    "situation", "demand", "difficulty", "applicant")}  # fmt: skip
RECEIPT = drafts.Receipt("20261124-0001", HEAD)


def by(role: str, node: str = ROOT) -> Actor:
    return Actor(node, FIRM, role)


def in_state(state: str, **change: Any) -> DraftState:
    made = DraftState(
        id=DRAFT, state=state, source="enterprise", submitter=FIRM, begun_at=NOW, form=dict(FORM)
    )
    if state == "APPROVED":
        made.matter = MATTER
        made.complaints = fold([("complained", {})]).complaints
    for name, value in change.items():
        setattr(made, name, value)
    return made


def fold(words: list[tuple[str, dict[str, Any]]], stream: str = "own", writer: str = ROOT) -> Any:
    """A course of facts, after submission and up to approval when the first word asks for it."""
    before = ["submitted", "drafted", "proposed", "approved"] if words[0][0] == "complained" else []
    facts = []
    for seq, (word, change) in enumerate([*((one, {}) for one in before), *words], 1):
        type = f"duban.draft.{word}"
        head = f"{seq:064x}"
        facts.append(
            Fact(head, type, writer, DRAFT, stream, EPOCH, seq, NOW, (), LAWFUL[type] | change)
        )
    folded = fold_draft(reversed(facts))
    return folded.state if all(v.outcome == "applied" for v in folded.verdicts.values()) else folded


ACTS: dict[str, Callable[[Actor, DraftState], Any]] = {
    "draft": lambda who, state: drafts.draft(who, state, FORM, "n0000001"),
    "edit": lambda who, state: drafts.edit(who, state, {"title": "另一题目"}),
    "decline": lambda who, state: drafts.decline(who, state, {"reason": "非职责", "to": "12345"}),
    "propose": lambda who, state: drafts.propose(who, state, {}, []),
    "approve": lambda who, state: drafts.approve(who, state, NO, "n0000001", NOW, TREE),
    "reject": lambda who, state: drafts.reject(who, state, {"reason": "已列入计划"}),
    "merge": lambda who, state: drafts.merge(who, state, {"into": MATTER, "reason": "同"}, "OPEN"),
    "rate": lambda who, state: drafts.rate(who, state, {"score": 5}, True),
    "complain": lambda who, state: drafts.complain(who, state, {"text": "未通车"}),
    "accept": lambda who, state: permit_draft(who, "accept", state) or True,
    "judge": lambda who, state: drafts.judge(who, state, {"finding": "proved", "grounds": "实"}),
}


def lawful(word: str) -> tuple[str, str]:
    roles = sorted(TRIAGE_COMMANDS[word].roles - ({"leader"} if word == "approve" else set()))
    return roles[0], sorted(starts(word) - {""})[0]


def test_every_command_of_the_table_is_tried() -> None:
    assert set(ACTS) | {"submit"} == set(TRIAGE_COMMANDS)


@pytest.mark.parametrize("word", ACTS)
@pytest.mark.parametrize("role", ROLES)
def test_only_the_roles_of_the_row_may(word: str, role: str) -> None:
    state = in_state(lawful(word)[1])
    if word == "approve" and role == "leader":
        state.form["grade"] = "major"
    if role in TRIAGE_COMMANDS[word].roles:
        assert ACTS[word](by(role), state)
        return
    with pytest.raises(DomainRefused) as refused:
        ACTS[word](by(role), state)
    assert refused.value.code == "wrong-role"
    assert refused.value.accepted


@pytest.mark.parametrize("word", ACTS)
@pytest.mark.parametrize("state", MATTER_STATES)
def test_only_in_the_states_of_the_row(word: str, state: str) -> None:
    role, _ = lawful(word)
    if state in starts(word):
        assert ACTS[word](by(role), in_state(state))
        return
    with pytest.raises(DomainRefused) as refused:
        ACTS[word](by(role), in_state(state))
    assert refused.value.code == "wrong-state"


@pytest.mark.parametrize("word", ACTS)
def test_only_at_the_drafts_own_node(word: str) -> None:
    role, state = lawful(word)
    with pytest.raises(DomainRefused, match="wrong-node"):
        ACTS[word](by(role, CITY), in_state(state))


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("state", ["LEAD", "DRAFT", "PROPOSED", "APPROVED", "REJECTED"])
def test_what_one_may_do_now_is_what_is_not_refused(role: str, state: str) -> None:
    done = set()
    for word, act in ACTS.items():
        try:
            act(by(role), in_state(state))
        except DomainRefused:
            continue
        done.add(word)
    assert set(allowed_on(by(role), in_state(state))) == done


@pytest.mark.parametrize(
    ("grade", "role", "right"),
    [
        ("general", "supervisor", True), ("general", "leader", False),
        ("major", "leader", True), ("major", "supervisor", False),
        ("complex", "leader", True), ("complex", "supervisor", False),
    ],
)  # fmt: skip
def test_the_grade_says_who_decides(grade: str, role: str, right: bool) -> None:
    state = in_state("PROPOSED", form={**FORM, "grade": grade})
    if right:
        assert ACTS["approve"](by(role), state)
    else:
        with pytest.raises(DomainRefused, match="wrong-role"):
            ACTS["approve"](by(role), state)


def submit(role: str = "enterprise", **change: Any) -> tuple[Draft, list[Any]]:
    return drafts.submit(by(role), ASK | change, RECEIPT, NOW, CALENDAR, "n0000001")


def test_a_submission_gets_its_receipt_and_a_day_for_triage() -> None:
    made, remarks = submit()
    assert (made.stream, owner(made.subject), remarks) == ("own", ROOT, []) or remarks
    assert made.data["receipt"] == "20261124-0001"
    assert made.data["due"] == "2026-11-25T16:00:00Z"


@pytest.mark.parametrize("name", ["situation", "demand", "difficulty"])
def test_situation_demand_and_difficulty_must_be_stated(name: str) -> None:
    with pytest.raises(DomainRefused) as refused:
        submit(**{name: " "})
    assert (refused.value.code, refused.value.where) == ("bad-input", name)


def test_a_wrong_check_digit_warns_and_is_taken() -> None:
    right = submit(applicant={"name": "甲", "uscc": "91350100m000100y43"})
    assert right[0].data["applicant"]["uscc"] == "91350100M000100Y43"
    assert right[1] == []
    made, (remark,) = submit(applicant={"name": "甲", "uscc": "91350100M000100Y44"})
    assert made.data["applicant"]["uscc"] == "91350100M000100Y44"
    assert (remark.severity, remark.where) == ("warn", "applicant.uscc")
    assert "should be 3" in remark.detail


@pytest.mark.parametrize("code", ["9135", "91350100M000100I43", "", None])
def test_a_code_out_of_form_is_refused_with_what_is_accepted(code: Any) -> None:
    with pytest.raises(DomainRefused) as refused:
        submit(applicant={"name": "甲", "uscc": code})
    assert refused.value.where == "applicant.uscc"
    assert refused.value.accepted


def test_an_enterprise_uses_its_own_port_and_others_say_their_source() -> None:
    for change in ({"source": "leader"}, {"source": "x"}, {"applicant": None}):
        with pytest.raises(DomainRefused, match="bad-input"):
            submit(**change)
    with pytest.raises(DomainRefused) as refused:
        submit("registrar")
    assert "hotline 热线与网络留言" in refused.value.accepted
    made, _ = submit("registrar", source="热线与网络留言", applicant=None)
    assert made.data["source"] == "hotline"
    assert "applicant" not in made.data


def test_another_firm_finds_no_draft() -> None:
    with pytest.raises(DomainRefused, match="not-found"):
        ACTS["complain"](Actor(ROOT, "另一公司", "enterprise"), in_state("APPROVED"))


def test_a_draft_begins_with_what_was_submitted() -> None:
    lead = fold([("submitted", {})])
    made = drafts.draft(by("registrar"), lead, {"basis": "来信"}, "")
    assert made.data["title"] == "断头路影响运输"
    assert made.data["content"].startswith("现状:示例路东段未贯通\n诉求:")
    with pytest.raises(DomainRefused, match="basis"):
        drafts.draft(by("registrar"), None, {"source": "leader"}, "n0000001")


def test_the_gate_holds_where_a_draft_is_proposed_edited_and_approved() -> None:
    vague = in_state("DRAFT", form={**FORM, "indicators": []})
    with pytest.raises(DomainRefused, match="gate"):
        drafts.propose(by("registrar"), vague, {"answer": "x"}, [])
    with pytest.raises(DomainRefused, match="bad-input"):
        drafts.edit(by("registrar"), in_state("PROPOSED"), {"title": ""})
    bad = {"indicators": [{"name": "a", "unit": "b", "target": "c"}]}
    with pytest.raises(DomainRefused, match="gate"):
        drafts.edit(by("registrar"), in_state("PROPOSED"), bad)
    assert drafts.edit(by("registrar"), in_state("DRAFT"), bad)
    with pytest.raises(DomainRefused, match="gate"):
        drafts.approve(by("supervisor"), in_state("PROPOSED", form={"grade": "general"}), NO,
                       "n0000001", NOW, TREE)  # fmt: skip


def test_warnings_and_likely_duplicates_need_an_answer() -> None:
    twin = Likeness(MATTER, NO, "打通", "OPEN", 0.9, ("similar title 90%",))
    vague = in_state("DRAFT", form={**FORM, "content": "请加强办理。"})
    for state, alike in ((in_state("DRAFT"), [twin]), (vague, [])):
        with pytest.raises(DomainRefused) as refused:
            drafts.propose(by("registrar"), state, {}, alike)
        assert (refused.value.code, refused.value.where) == ("gate", "answer")
        made = drafts.propose(by("registrar"), state, {"answer": "已核,不是一件事"}, alike)
        assert (made.data["points"], made.data["answer"]) == (14, "已核,不是一件事")


def test_the_registration_names_nothing_that_only_this_node_can_read() -> None:
    state = in_state("PROPOSED", receipt="20261124-0001", asked=dict(ASK))
    registered, ended = drafts.approve(by("supervisor"), state, NO, "n0000001", NOW, TREE)
    assert (registered.stream, ended.stream) == ("up", "own")
    said = str(registered.data)
    assert "draft:" not in said
    assert "示例公司" not in said
    assert "20261124" not in said
    assert registered.data["source"] == "企业端口"
    assert ended.data["matter"] == registered.subject


@pytest.mark.parametrize(
    ("found", "into", "code"),
    [(None, MATTER, "not-found"), ("LEAD", DRAFT, "not-found"), ("MERGED", MATTER, "wrong-state"),
     ("CANCELLED", MATTER, "wrong-state")],
)  # fmt: skip
def test_one_merges_only_into_something_that_goes_on(
    found: str | None, into: str, code: str
) -> None:
    with pytest.raises(DomainRefused) as refused:
        drafts.merge(by("supervisor"), in_state("LEAD"), {"into": into, "reason": "同"}, found)
    assert refused.value.code == code


def test_a_result_is_rated_once_it_is_cleared_from_1_to_5() -> None:
    state = in_state("APPROVED")
    with pytest.raises(DomainRefused, match="wrong-state"):
        drafts.rate(by("enterprise"), state, {"score": 5}, False)
    for score in (0, 6, "good"):
        with pytest.raises(DomainRefused, match="bad-input"):
            drafts.rate(by("enterprise"), state, {"score": score}, True)


def test_a_complaint_is_judged_once() -> None:
    state = fold([("complained", {"text": "一"}), ("complained", {"text": "二"})])
    said = {"finding": "unfounded", "grounds": "已通车"}
    with pytest.raises(DomainRefused, match="conflict"):
        drafts.judge(by("supervisor"), state, said)
    head = state.complaints[0].head
    made = drafts.judge(by("supervisor"), state, said | {"complaint": head})
    state.complaints[0].finding = "unfounded"
    with pytest.raises(DomainRefused, match="conflict"):
        drafts.judge(by("supervisor"), state, said | {"complaint": head})
    assert made.data["complaint"] == head


def test_a_whole_course_folds_and_keeps_what_was_said() -> None:
    course = ["submitted", "drafted", "edited", "proposed", "approved", "rated", "complained"]
    state = fold([(one, {}) for one in course])
    assert (state.state, state.verdict, state.score) == ("APPROVED", "on_time", "5")
    assert [one.state for one in state.steps] == ["LEAD", "DRAFT", "PROPOSED", "APPROVED"]
    assert (state.no, state.points, len(state.complaints)) == ("示督〔2026〕1号", 9, 1)
    judged = fold([("complained", {}), ("complaint_judged", {"complaint": f"{5:064x}"})])
    assert judged.complaints[0].finding == "proved"


@pytest.mark.parametrize(
    ("words", "options", "code"),
    [
        (["proposed"], {}, "wrong-state"),
        (["submitted", "approved"], {}, "wrong-state"),
        (["submitted"], {"stream": "up"}, "no-authority"),
        (["submitted"], {"writer": CITY}, "no-authority"),
    ],
)
def test_what_is_out_of_place_does_not_count(
    words: list[str], options: dict[str, Any], code: str
) -> None:
    folded = fold([(one, {}) for one in words], **options)
    assert code in {one.code for one in folded.verdicts.values()}


def test_a_payload_out_of_form_or_erased_does_no_harm() -> None:
    folded = fold([("submitted", {"demand": 1})])
    assert [one.code for one in folded.verdicts.values()] == ["bad-payload"]
    fact = Fact("a" * 64, "duban.draft.submitted", ROOT, DRAFT, "own", EPOCH, 1, NOW, (), None)
    erased = fold_draft([fact]).state
    assert erased is not None
    assert erased.state == "LEAD"


def test_triage_counts_working_days_and_shows_its_light() -> None:
    assert triage_due("2026-11-27T02:00:00Z", CALENDAR) == "2026-11-30T16:00:00Z"  # a Friday
    holiday = Calendar("cn/2026.2", date(2026, 12, 31), frozenset({date(2026, 11, 30)}))
    assert triage_due("2026-11-27T02:00:00Z", holiday) == "2026-12-01T16:00:00Z"
    due = "2026-11-30T16:00:00Z"
    assert triage_light(due, None, "2026-11-30T03:00:00Z") == "green"
    assert triage_light(due, None, "2026-11-30T04:00:00Z") == "yellow"
    assert triage_light(due, None, due) == "red"
    assert triage_light(due, due, due) is None
    late = fold([("submitted", {"due": NOW}), ("drafted", {})])
    assert late.verdict == "late"
