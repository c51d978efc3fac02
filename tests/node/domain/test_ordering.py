"""The causal order: what reaches what, whatever the facts' order; and claims that can't be true."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from node.domain.crossing import NEUTRAL
from node.domain.facts import Fact
from node.domain.ordering import Order, arrange, waiting
from tests.node.domain.cast import CITY, ROOT, Pen
from tests.node.domain.histories import histories


def arranged(*facts: Fact) -> Order:
    by_head = {fact.head: fact for fact in facts}
    return arrange(by_head, [head for head, fact in by_head.items() if fact.type not in NEUTRAL])


def reaches(order: Order, one: Fact, other: Fact) -> bool:
    heads = [fact.head for fact in order.facts]
    return bool(order.past[heads.index(one.head)] >> heads.index(other.head) & 1)


def test_a_fact_reaches_what_it_names_and_what_that_reaches() -> None:
    pen = Pen()
    issued = pen.issue()
    signed = pen.up("signed", issued)
    cancelled = pen.down("cancelled", signed)
    order = arranged(cancelled, signed, issued)
    assert list(order.facts) == [issued, signed, cancelled]
    assert list(order.past) == [0b0, 0b1, 0b11]


def test_a_fact_reaches_its_writer_s_earlier_ones_by_epoch_then_seq() -> None:
    pen = Pen()
    second, first = (
        pen.down("returned", epoch="10-0a0b0c0d"),
        pen.down("granted", epoch="9-ffffffff"),
    )
    third = pen.down("cancelled", epoch="10-0a0b0c0d")
    order = arranged(third, second, first)
    assert list(order.facts) == [first, second, third]
    assert reaches(order, third, first)


def test_neutral_facts_reach_only_what_they_name_and_nobody_reaches_them_by_place() -> None:
    pen = Pen()
    issued, urged, cancelled = pen.issue(), pen.down("urged"), pen.down("cancelled")
    order = arranged(issued, urged, cancelled)
    assert not reaches(order, urged, issued)
    assert not reaches(order, cancelled, urged)
    assert reaches(order, cancelled, issued)


def test_a_claim_against_the_hashes_is_not_believed() -> None:
    """Of two chains of one writer the later epoch's is named by the earlier epoch's: hashes win."""
    pen = Pen()
    new = pen.down("cancelled", epoch="2-0a0b0c0d")
    heard = pen.up("signed", new)
    old = pen.down("granted", heard, epoch="1-0a0b0c0d")
    order = arranged(old, heard, new)
    assert list(order.facts) == [new, heard, old]
    assert not reaches(order, new, old)
    assert order.knotted == []


def test_two_claims_that_contradict_each_other_give_one_order_for_all() -> None:
    pen = Pen()
    root_new = pen.down("granted", epoch="2-0a0b0c0d")
    city_new = pen.up("signed", epoch="2-0a0b0c0d")
    root_old = pen.down("returned", city_new)
    city_old = pen.up("reported", root_new)
    facts = [root_new, city_new, root_old, city_old]
    order = arranged(*facts)
    assert order.knotted == []
    assert arranged(*reversed(facts)) == order


def test_facts_that_name_each_other_are_knotted() -> None:
    """No hash allows it; the order says so rather than run for ever."""
    pen = Pen()
    one, other = pen.up("signed"), pen.down("granted")
    one = replace(one, re=(other.head,))
    other = replace(other, re=(one.head,))
    order = arranged(one, other)
    assert list(order.facts) == []
    assert order.knotted == sorted(
        (one.head, other.head), key=lambda head: {one.head: CITY, other.head: ROOT}[head]
    )


def test_an_order_of_nothing_is_empty() -> None:
    assert arranged() == Order([], [], [])


@pytest.mark.parametrize("firm", [True, False])
def test_who_is_firm_waits_for_nobody(firm: bool) -> None:
    pen = Pen()
    odd = pen.up("reported", "e" * 64)
    later = pen.up("reported")
    facts = {fact.head: fact for fact in (odd, later)}
    found = waiting(facts, list(facts), {odd.head} if firm else set())
    assert found == (set() if firm else {odd.head, later.head})


def test_who_is_firm_does_not_wait_for_one_that_waits() -> None:
    pen = Pen()
    odd = pen.up("reported", "e" * 64)
    later = pen.down("granted", odd)
    last = pen.up("reported", later)
    facts = {fact.head: fact for fact in (odd, later, last)}
    assert waiting(facts, list(facts), {later.head}) == {odd.head, last.head}


@settings(deadline=None, max_examples=60)
@given(histories(), st.data())
def test_the_order_is_a_function_of_the_set(told: list[Fact], data: st.DataObject) -> None:
    order = arranged(*told)
    assert arranged(*data.draw(st.permutations(told))) == order
    for at, past in enumerate(order.past):
        assert past < 1 << at
        for below in range(at):
            if past >> below & 1:
                assert order.past[below] & ~past == 0
