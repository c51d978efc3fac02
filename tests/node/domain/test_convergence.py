"""Whatever the order, the doubling and the portions in which facts come: the same books."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from node.domain.assignment import AssignmentState, extend_assignment, fold_assignment
from node.domain.facts import Fact, Verdict
from tests.node.domain.cast import TREE
from tests.node.domain.histories import histories
from tests.node.domain.oracle import Oracle

BUSY = settings(deadline=None, max_examples=100)


def code(verdict: Verdict) -> str:
    return verdict.code or verdict.outcome


class Keeper:
    """A book kept fact by fact: the short way where there is one, else all anew."""

    def __init__(self) -> None:
        self.facts: dict[str, Fact] = {}
        self.state: AssignmentState | None = None
        self.verdicts: dict[str, Verdict] = {}
        self.short = 0

    def take(self, fact: Fact) -> None:
        if fact.head in self.facts:
            return
        self.facts[fact.head] = fact
        if self.state is not None:
            before = msgspec.json.encode(self.state)
            longer = extend_assignment(self.state, fact, TREE)
            assert msgspec.json.encode(self.state) == before
            if longer is not None:
                self.state = longer.state
                self.verdicts.update(longer.verdicts)
                self.short += 1
                return
        self.all_anew()

    def all_anew(self) -> None:
        folded = fold_assignment(self.facts.values(), TREE)
        self.state, self.verdicts = folded.state, dict(folded.verdicts)


def kept(facts: Iterable[Fact]) -> Keeper:
    keeper = Keeper()
    for fact in facts:
        keeper.take(fact)
    return keeper


def books(facts: Iterable[Fact]) -> tuple[bytes, dict[str, Verdict]]:
    folded = fold_assignment(facts, TREE)
    return msgspec.json.encode(folded.state), dict(folded.verdicts)


@BUSY
@given(histories(), st.data())
def test_any_order_and_doubling_gives_the_same_books(told: list[Fact], data: st.DataObject) -> None:
    shuffled = data.draw(st.permutations(told))
    doubled = shuffled + data.draw(st.lists(st.sampled_from(told), max_size=5))
    assert books(doubled) == books(told)


@BUSY
@given(histories(), st.data())
def test_a_book_kept_fact_by_fact_equals_the_refold_at_every_step(
    told: list[Fact], data: st.DataObject
) -> None:
    keeper = Keeper()
    shuffled = told if data.draw(st.booleans()) else data.draw(st.permutations(told))
    for fact in shuffled:
        keeper.take(fact)
        state, verdicts = books(keeper.facts.values())
        assert msgspec.json.encode(keeper.state) == state
        assert keeper.verdicts == verdicts


@BUSY
@given(histories(), st.data())
def test_any_two_who_hold_the_same_set_hold_the_same_books(
    told: list[Fact], data: st.DataObject
) -> None:
    cut = data.draw(st.integers(0, len(told)))
    one, other = kept(told[:cut]), kept(told[cut:])
    for fact in other.facts.values():
        one.take(fact)
    for fact in told[:cut]:
        other.take(fact)
    assert msgspec.json.encode(one.state) == msgspec.json.encode(other.state)
    assert one.verdicts == other.verdicts


@BUSY
@given(histories())
def test_the_fold_agrees_with_a_plain_reading_of_the_specification(told: list[Fact]) -> None:
    folded = fold_assignment(told, TREE)
    oracle = Oracle(told, TREE)
    assume(oracle.consistent)
    assert {head: code(one) for head, one in folded.verdicts.items()} == oracle.verdicts
    assert (folded.state.state if folded.state else None) == oracle.state


@BUSY
@given(histories(wild=False))
def test_lawful_writers_are_never_quarantined(told: list[Fact]) -> None:
    """Each judged by what it knew: it may lose a crossing, but nothing else."""
    folded = fold_assignment(told, TREE)
    assert {one.outcome for one in folded.verdicts.values()} <= {"applied", "void"}
    assert folded.state is not None


@BUSY
@given(histories(), st.data())
def test_quarantined_facts_void_nothing_and_move_nothing(
    told: list[Fact], data: st.DataObject
) -> None:
    folded = fold_assignment(told, TREE)
    bad = {head for head, one in folded.verdicts.items() if one.outcome == "quarantined"}
    named = {head for fact in told for head in fact.re}
    chains: dict[str, set[tuple[str, str]]] = {}
    for fact in told:
        chains.setdefault(fact.writer, set()).add((fact.epoch, fact.stream))
    # across its own chains a writer's order is its own claim, which a quarantined fact may make
    claims = {fact.head for fact in told if len(chains[fact.writer]) > 1}
    without = [fact for fact in told if fact.head not in bad - named - claims]
    again = fold_assignment(without, TREE)
    assert all(again.verdicts[fact.head] == folded.verdicts[fact.head] for fact in without)
    if folded.state and again.state:
        assert again.state.state == folded.state.state
        assert again.state.frontier == folded.state.frontier
        assert again.state.clocks == folded.state.clocks


def rising(told: list[Fact]) -> bool:
    """Whether nobody tells of an old epoch after a newer one."""
    places: dict[str, Any] = {}
    for fact in told:
        if fact.place < places.get(fact.writer, fact.place):
            return False
        places[fact.writer] = fact.place
    return True


@BUSY
@given(histories().filter(rising))
def test_what_is_quarantined_stays_so_and_only_a_crossing_changes_what_counts(
    told: list[Fact],
) -> None:
    before: dict[str, Verdict] = {}
    for count in range(1, len(told) + 1):
        verdicts = dict(fold_assignment(told[:count], TREE).verdicts)
        for head, one in before.items():
            if one.outcome in ("applied", "void"):
                assert verdicts[head].outcome in ("applied", "void")
            elif one.outcome == "quarantined":
                assert verdicts[head] == one
        before = verdicts
