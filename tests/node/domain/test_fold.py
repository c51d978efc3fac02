"""Each outcome of judging, one by one: form, waiting, authority, state, crossings, repetitions."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from node.domain.assignment import (
    AssignmentState,
    extend_assignment,
    fold_assignment,
    start_assignment,
)
from node.domain.authority import AUTHORITY
from node.domain.facts import Fact, Verdict
from tests.node.domain.cast import CITY, COUNTY, ROOT, STRANGER, TASK, TREE, Pen, lawful_course

LOST = "e" * 64


@pytest.fixture
def pen() -> Pen:
    return Pen()


def outcomes(*facts: Fact, **options: Any) -> list[str]:
    """The code or outcome of each fact, in the order given."""
    verdicts = fold_assignment(facts, TREE, **options).verdicts
    return [verdicts[fact.head].code or verdicts[fact.head].outcome for fact in facts]


def state_of(*facts: Fact) -> AssignmentState:
    found = fold_assignment(facts, TREE).state
    assert found is not None
    return found


def working(pen: Pen) -> list[Fact]:
    """Issued, signed and deployed."""
    issued = pen.issue()
    return [issued, pen.up("signed", issued), pen.up("deployed", issued)]


def test_a_lawful_course_applies_whole(pen: Pen) -> None:
    facts = lawful_course(pen)
    assert set(outcomes(*facts)) == {"applied"}
    found = state_of(*facts)
    assert (found.state, found.struck, found.irregular) == ("CLOSED", True, 0)


@pytest.mark.parametrize(
    ("name", "change", "code"),
    [
        ("praised", {}, "unknown-type"),
        ("reported", {"crit": ("unheard",)}, "critical"),
        ("reported", {"crit": ("unheard",), "unheard": 1}, "critical"),
        ("reported", {"crit": ("attachments", "re")}, "applied"),
        ("reported", {"text": 1}, "bad-payload"),
        ("reported", {"text": 1, "erased": True}, "applied"),
        ("praised", {"erased": True}, "unknown-type"),
    ],
)
def test_form_is_judged_first(pen: Pen, name: str, change: dict[str, Any], code: str) -> None:
    facts = working(pen)
    assert outcomes(*facts, pen.up(name, facts[0], **change))[-1] == code


def test_a_head_of_another_object_is_a_bad_payload(pen: Pen) -> None:
    facts = working(pen)
    odd = pen.up("reported", facts[0], LOST)
    assert outcomes(*facts, odd)[-1] == "waiting"
    assert outcomes(*facts, odd, foreign={LOST})[-1] == "bad-payload"


def test_who_names_something_not_held_waits_and_so_does_what_builds_upon_it(pen: Pen) -> None:
    facts = working(pen)
    early = pen.up("reported", LOST)
    later = pen.up("clearance_applied", facts[0])
    answer = pen.down("granted", later)
    beside = pen.down("urged")
    assert outcomes(*facts, early, later, answer, beside)[3:] == ["waiting"] * 3 + ["applied"]


def test_nobody_waits_for_a_neutral_fact_of_its_writer(pen: Pen) -> None:
    facts = working(pen)
    urged = pen.down("urged", LOST)
    cancelled = pen.down("cancelled", facts[2])
    assert outcomes(*facts, urged, cancelled)[3:] == ["waiting", "applied"]


def test_a_fact_out_of_form_keeps_nobody_waiting(pen: Pen) -> None:
    facts = working(pen)
    odd = pen.up("reported", LOST, text=1)
    after = pen.up("reported", facts[0])
    assert outcomes(*facts, odd, after)[3:] == ["bad-payload", "applied"]


def test_until_its_issue_is_held_all_wait(pen: Pen) -> None:
    facts = working(pen)
    urged = pen.down("urged")
    assert outcomes(*facts[1:], urged) == ["waiting"] * 3
    assert outcomes(urged) == ["waiting"]
    assert fold_assignment([urged], TREE).state is None


def test_an_issue_by_a_wrong_node_makes_nothing_and_releases_nobody(pen: Pen) -> None:
    forged = pen.say(STRANGER, "issued", TASK, f"to/{CITY}")
    urged = pen.down("urged")
    assert outcomes(forged, urged) == ["no-authority", "waiting"]
    facts = working(pen)
    assert outcomes(*facts, forged, urged) == ["applied"] * 3 + ["no-authority", "applied"]


def test_where_the_issue_does_not_count_nobody_is_assignee(pen: Pen) -> None:
    issued = pen.issue(due={})
    signed = pen.up("signed", issued)
    assert outcomes(issued, signed) == ["bad-payload", "no-authority"]
    assert fold_assignment([issued, signed], TREE).state is None


def test_a_stranger_has_no_authority_and_moves_nothing(pen: Pen) -> None:
    facts = working(pen)
    forged = pen.say(STRANGER, "granted", TASK, f"to/{CITY}", facts[2])
    assert outcomes(*facts, forged)[-1] == "no-authority"
    assert state_of(*facts, forged).state == "DOING"


def test_what_lies_past_a_suspension_is_disputed_and_held(pen: Pen) -> None:
    facts = working(pen)
    report = pen.up("reported", facts[0])
    answer = pen.down("cancelled", report)
    found = outcomes(*facts, report, answer, disputed={report.head})
    assert found[3:] == ["disputed", "applied"]
    assert outcomes(*facts, disputed={facts[0].head}) == ["disputed"] + ["no-authority"] * 2


def test_what_its_own_past_does_not_allow_is_in_a_wrong_state_for_good(pen: Pen) -> None:
    issued = pen.issue()
    deployed = pen.up("deployed", issued)  # not signed
    signed = pen.up("signed", issued)
    assert outcomes(issued, deployed, signed) == ["applied", "wrong-state", "applied"]
    assert state_of(issued, deployed, signed).state == "SIGNED"


def test_an_assignee_that_does_not_name_the_issue_has_not_seen_it(pen: Pen) -> None:
    issued = pen.issue()
    assert outcomes(issued, pen.up("signed")) == ["applied", "wrong-state"]


def test_only_the_first_issue_counts(pen: Pen) -> None:
    first, second = pen.issue(), pen.issue(title="又一次")
    assert outcomes(second, first) == ["wrong-state", "applied"]
    assert state_of(second, first).title == first.datum("title")


def test_a_crossed_report_is_void_and_so_is_what_the_issuer_had_not_seen(pen: Pen) -> None:
    issued = pen.issue()
    cancelled = pen.down("cancelled")
    signed, deployed = pen.up("signed", issued), pen.up("deployed", issued)
    found = outcomes(issued, cancelled, signed, deployed)
    assert found == ["applied", "applied", "void", "void"]
    after = state_of(issued, cancelled, signed, deployed)
    assert (after.state, after.signed_at, after.irregular) == ("CANCELLED", None, 2)


def test_what_the_issuer_had_seen_stands(pen: Pen) -> None:
    issued, signed, deployed = working(pen)
    cancelled = pen.down("cancelled", signed)
    assert outcomes(issued, signed, deployed, cancelled) == ["applied"] * 2 + ["void", "applied"]
    assert state_of(issued, signed, deployed, cancelled).signed_at == signed.time


def test_who_goes_on_after_a_lost_crossing_is_judged_by_what_stood(pen: Pen) -> None:
    facts = working(pen)
    applied = pen.up("clearance_applied", facts[0])
    returned = pen.down("returned", applied)
    crossed = pen.up("reported", facts[0])  # in CLOSE_REQ, not having seen the return
    after = pen.up("reported", returned)
    found = outcomes(*facts, applied, returned, crossed, after)
    assert found[3:] == ["applied", "applied", "wrong-state", "applied"]


def test_a_void_fact_beats_nobody_and_a_quarantined_one_neither(pen: Pen) -> None:
    facts = working(pen)
    granted = pen.down("granted", facts[2])  # nothing was applied for: wrong state
    reported = pen.up("reported", facts[0])
    assert outcomes(*facts, granted, reported)[3:] == ["wrong-state", "applied"]
    assert state_of(*facts, granted, reported).reports == 1


def test_neutral_facts_cross_nothing(pen: Pen) -> None:
    facts = working(pen)
    urged = pen.down("urged")
    copied = pen.say(COUNTY, "copied", TASK, f"to/{CITY}")
    reported = pen.up("reported", facts[0])
    assert set(outcomes(*facts, urged, copied, reported)) == {"applied"}
    found = state_of(*facts, urged, copied, reported)
    assert (found.urges, found.copies, found.frontier[ROOT]) == (1, 1, facts[0].head)


@pytest.mark.parametrize("name", ["cancelled", "struck"])
def test_of_equal_repetitions_the_earlier_counts_and_the_other_is_neutral(
    pen: Pen, name: str
) -> None:
    facts = working(pen)
    last = facts[2]
    if name == "struck":
        last = pen.up("clearance_applied", facts[0])
        facts += [last, pen.down("granted", last)]
    told = [
        pen.down(name, last, repeats=LOST, epoch=f"{epoch}-0a0b0c0d", time=f"2026-12-0{epoch}T{at}")
        for epoch, at in ((1, "01:00:00Z"), (2, "01:00:00Z"))
    ]
    assert set(outcomes(*facts, *told)) == {"applied"}
    found = state_of(*facts, *told)
    assert found.frontier[ROOT] == told[0].head
    assert (found.cancelled_at or found.struck_at) == told[0].time
    assert found.urges == found.copies == found.irregular == 0


def test_a_second_cancellation_of_the_issuer_s_own_is_no_repetition(pen: Pen) -> None:
    issued = pen.issue()
    first, second = pen.down("cancelled"), pen.down("cancelled")
    assert outcomes(issued, first, second) == ["applied", "applied", "wrong-state"]


def test_a_repetition_that_came_too_early_is_no_earlier_one(pen: Pen) -> None:
    facts = working(pen)
    applied = pen.up("clearance_applied", facts[0])
    early = pen.down("struck", applied, repeats=LOST)
    granted = pen.down("granted", applied)
    struck = pen.down("struck", applied, repeats=LOST)
    found = outcomes(*facts, applied, early, granted, struck)
    assert found[4:] == ["wrong-state", "applied", "applied"]


def test_a_repeated_ruling_has_the_registrar_s_rank(pen: Pen) -> None:
    """Two issuers can't be; but one that goes on in a new epoch without its past can cross."""
    facts = working(pen)
    reported = pen.up("reported", facts[0])
    ruled = pen.down("cancelled", facts[2], repeats=LOST)
    assert outcomes(*facts, reported, ruled)[3:] == ["void", "applied"]


def test_facts_that_name_each_other_count_for_nothing_and_stop_nobody(pen: Pen) -> None:
    """No hash allows it; but an answer there must be."""
    issued, urged = pen.issue(), pen.down("urged")
    signed = pen.up("signed", issued)
    knotted = replace(issued, re=(signed.head,))
    assert outcomes(knotted, signed, urged) == ["wrong-state", "wrong-state", "applied"]
    assert fold_assignment([knotted, signed, urged], TREE).state is None


def test_a_member_that_the_type_does_not_name_gives_no_rank(pen: Pen) -> None:
    issued = pen.issue()
    cancelled = pen.down("cancelled")
    signed = pen.up("signed", issued, repeats=LOST)
    assert outcomes(issued, cancelled, signed) == ["applied", "applied", "void"]


def test_a_table_with_a_row_less_refuses_what_the_row_allowed(pen: Pen) -> None:
    facts = working(pen)
    for row in AUTHORITY:
        if row.type not in {fact.type for fact in facts}:
            continue
        table = tuple(one for one in AUTHORITY if one is not row)
        found = outcomes(*facts, table=table)
        at = [fact.type for fact in facts].index(row.type)
        assert found[at] == "no-authority"
        state = state_of(*facts[:at]) if at else None
        if state is not None:
            assert extend_assignment(state, facts[at], TREE, table) is None


def test_the_short_way_takes_a_lawful_course_and_leaves_the_old_state_alone(pen: Pen) -> None:
    facts = lawful_course(pen)
    state = state_of(facts[0])
    for count, fact in enumerate(facts[1:-1], 2):
        longer = extend_assignment(state, fact, TREE)
        assert longer is not None, fact.type
        assert longer.verdicts == {fact.head: Verdict("applied")}
        assert longer.state is not None
        assert longer.state is not state
        assert longer.state == state_of(*facts[:count])
        state = longer.state


def plain_refusals(pen: Pen) -> dict[str, Fact]:
    issued, signed, deployed = working(pen)
    return {
        "already known": signed,
        "its issue": issued,
        "a second issue": pen.issue(),
        "a state that does not allow it": pen.up("signed", issued),
        "not named what it should have": pen.up("reported"),
        "named what is not known": pen.up("reported", issued, LOST),
        "named what is not the latest": pen.down("cancelled", signed),
        "bad payload": pen.up("reported", issued, text=1),
        "a stranger's": pen.say(STRANGER, "granted", TASK, f"to/{CITY}", deployed, issued),
        "perhaps an echo": pen.down("cancelled", deployed, repeats=LOST),
    }


@pytest.mark.parametrize("case", sorted(plain_refusals(Pen())))
def test_the_short_way_leaves_to_the_fold_what_is_not_plain(case: str) -> None:
    state = state_of(*working(Pen()))
    assert extend_assignment(state, plain_refusals(Pen())[case], TREE) is None


def test_the_short_way_is_closed_while_something_irregular_is_held(pen: Pen) -> None:
    facts = working(pen)
    odd = pen.up("reported", facts[0], text=1)
    state = state_of(*facts, odd)
    assert state.irregular == 1
    assert extend_assignment(state, pen.up("reported", facts[0]), TREE) is None


def test_what_one_fact_makes_by_the_short_way_is_what_the_fold_makes_of_it(pen: Pen) -> None:
    issued, signed, _ = working(pen)
    firsts = [issued, replace(issued, data=None), signed, *plain_refusals(Pen()).values()]
    firsts += [replace(issued, type="duban.assignment.nonsense"), replace(issued, writer=STRANGER)]
    firsts += [replace(issued, stream="up"), replace(issued, re=(LOST,))]
    made = [(start_assignment(fact, TREE), fold_assignment([fact], TREE)) for fact in firsts]
    assert made[0][0] is not None
    for short, whole in made:
        assert short is None or (short.state, short.verdicts) == (whole.state, whole.verdicts)
