"""Crossed requests and rulings, pair by pair: who stands, and what the clocks say."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import permutations
from typing import Any

import pytest

from node.domain.assignment import AssignmentState, fold_assignment
from node.domain.facts import Fact
from tests.node.domain.cast import COUNTY, TASK, TREE, Pen

A, B = "2026-12-02T01:00:00Z", "2026-12-02T02:00:00Z"


def until(state: str) -> tuple[Pen, list[Fact]]:
    """A pen, and the facts that lead to a state; all known to both."""
    pen = Pen()
    told = [pen.issue()]
    words = {
        "ISSUED": (), "SIGNED": ("signed",), "DOING": ("signed", "deployed"),
        "HUNG": ("signed", "deployed"), "CLOSE_REQ": ("signed", "deployed", "clearance_applied"),
    }  # fmt: skip
    told += [pen.up(word, told[0]) for word in words[state]]
    if state == "HUNG":
        told.append(pen.down("hung", told[-1]))
    return pen, told


def folded(facts: Iterable[Fact]) -> tuple[AssignmentState, dict[str, str]]:
    found = fold_assignment(list(facts), TREE)
    assert found.state is not None
    return found.state, {head: one.code or one.outcome for head, one in found.verdicts.items()}


# state, the issuer's word, the assignee's word, what becomes of each, the state that is left
CROSSED: list[tuple[str, str, str, str, str]] = [
    ("ISSUED", "cancelled", "refused", "void", "CANCELLED"),
    ("SIGNED", "paused", "refused", "void", "SUSPENDED"),
    ("SIGNED", "paused", "deployed", "void", "SUSPENDED"),
    ("DOING", "paused", "clearance_applied", "void", "SUSPENDED"),
    ("DOING", "paused", "reported", "applied", "SUSPENDED"),
    ("DOING", "paused", "extension_asked", "void", "SUSPENDED"),
    ("DOING", "extended", "clearance_applied", "applied", "CLOSE_REQ"),
    ("DOING", "extended", "reported", "applied", "DOING"),
    ("DOING", "extension_refused", "clearance_applied", "applied", "CLOSE_REQ"),
    ("DOING", "hung", "clearance_applied", "void", "HUNG"),
    ("DOING", "hung", "reported", "applied", "HUNG"),
    ("DOING", "redated", "clearance_applied", "applied", "CLOSE_REQ"),
    ("DOING", "ruled", "clearance_applied", "applied", "CLOSE_REQ"),
    ("DOING", "cancelled", "reported", "void", "CANCELLED"),
    ("HUNG", "restored", "clearance_applied", "void", "DOING"),
    ("HUNG", "restored", "restored", "void", "DOING"),
    ("HUNG", "restored", "reported", "applied", "DOING"),
    ("CLOSE_REQ", "granted", "pause_asked", "void", "CLOSED"),
    ("CLOSE_REQ", "returned", "pause_asked", "applied", "DOING"),
    ("CLOSE_REQ", "paused", "pause_asked", "void", "SUSPENDED"),
]


@pytest.mark.parametrize(("state", "strong", "weak", "outcome", "left"), CROSSED)
def test_who_stands(state: str, strong: str, weak: str, outcome: str, left: str) -> None:
    pen, told = until(state)
    seen = [fact for fact in told if fact.stream == "up"][-1:]
    heard = [fact for fact in told if fact.stream != "up"][-1]
    ruling, said = pen.down(strong, *seen, time=A), pen.up(weak, heard, time=B)
    found, outcomes = folded([*told, ruling, said])
    assert (outcomes[ruling.head], outcomes[said.head]) == ("applied", outcome)
    assert found.state == left
    for order in permutations((ruling, said)):
        assert folded([*order, *told]) == (found, outcomes)


def test_an_extension_that_crossed_the_application_judges_it_by_both_instants() -> None:
    pen, told = until("DOING")  # k7 is due on 1 December, extended to the 8th
    extended = pen.down("extended", told[-1], time=A)
    applied = pen.up("clearance_applied", told[0], time=B)
    found, _ = folded([*told, extended, applied])
    clock = found.clock("k7")
    assert clock is not None
    assert (clock.verdict, clock.first_verdict, clock.stopped_at) == ("on_time", "late", B)


def test_after_a_crossing_both_go_on_from_what_stood() -> None:
    pen, told = until("DOING")
    extended = pen.down("extended", told[-1], time=A)
    applied = pen.up("clearance_applied", told[0], time=B)
    returned = pen.down("returned", applied, due={"k7": "2026-12-10T16:00:00Z"})
    again = pen.up("clearance_applied", returned, time="2026-12-09T01:00:00Z")
    found, outcomes = folded([*told, extended, applied, returned, again])
    assert set(outcomes.values()) == {"applied"}
    clock = found.clock("k7")
    assert clock is not None
    # extended by a week, then two days more: the first promise moves by those two
    assert (clock.due, clock.first) == ("2026-12-10T16:00:00Z", "2026-12-03T16:00:00Z")
    assert (clock.verdict, clock.first_verdict) == ("on_time", "late")


@pytest.mark.parametrize("change", [{"stated": A}, {"clock": "k3"}, {"clock": "kp1"}])
def test_a_ruling_on_what_stopped_no_clock_has_no_effect(change: dict[str, Any]) -> None:
    pen, told = until("DOING")
    found, outcomes = folded([*told, pen.down("ruled", told[-1], **change)])
    assert set(outcomes.values()) == {"applied"}
    assert [one.verdict for one in found.clocks] == ["on_time", None, None]


def test_a_newcomer_s_copy_that_came_first_counts_once_the_lead_is_told() -> None:
    pen, told = until("DOING")
    other = "n" * 32
    copied = pen.say(other, "copied", TASK, told[0].stream)
    _, before = folded([*told, copied])
    assert before[copied.head] == "no-authority"
    grown = pen.down("regrouped", told[-1], cohandlers=[COUNTY, other])
    found, after = folded([*told, copied, grown])
    assert (after[copied.head], found.copies, found.cohandlers) == ("applied", 1, [COUNTY, other])


def test_of_erased_rulings_the_state_moves_and_the_clocks_stay() -> None:
    pen, told = until("DOING")
    paused = pen.down("paused", told[-1], time=A, erased=True)
    resumed = pen.down("resumed", told[-1], time=B, erased=True)
    found, outcomes = folded([*told, paused, resumed])
    assert set(outcomes.values()) == {"applied"}
    assert (found.state, found.due, found.paused_since) == ("DOING", found.original_due, None)
    assert all(one.paused is None for one in found.clocks)
