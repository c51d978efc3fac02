"""What a matter's facts add up to, and the short way of keeping its book."""

from __future__ import annotations

import itertools

import msgspec
import pytest

from node.domain.facts import Fact
from node.domain.matter import MatterState, extend_matter, fold_matter
from tests.node.domain.cast import CITY, MATTER, ROOT, TREE, Pen
from tests.schemas.matter_examples import LAWFUL


@pytest.fixture
def pen() -> Pen:
    return Pen()


def on(pen: Pen, name: str, writer: str = ROOT, stream: str = "up", **change: object) -> Fact:
    return pen.say(writer, f"matter.{name}", MATTER, stream, **change)


def state_of(*facts: Fact) -> MatterState:
    found = fold_matter(facts, TREE).state
    assert found is not None
    return found


def test_a_registration_fills_the_book(pen: Pen) -> None:
    registered = on(pen, "registered")
    found = msgspec.to_builtins(state_of(registered))
    told = {**LAWFUL["duban.matter.registered"]}
    del told["by"]
    values = told.pop("ledger")["values"]
    assert {key: found[key] for key in told} == told
    assert state_of(registered).ledger == values
    assert (found["id"], found["state"], found["registrar"]) == (MATTER, "APPROVED", ROOT)
    assert (found["registered_head"], found["registered_at"]) == (registered.head, registered.time)
    assert found["ended_head"] is found["ended_at"] is found["result"] is found["grounds"] is None


@pytest.mark.parametrize(
    ("name", "state", "result", "grounds"),
    [("struck", "STRUCK", "已通车", None), ("cancelled", "CANCELLED", None, "重复立项")],
)
def test_a_ruling_ends_it(
    pen: Pen, name: str, state: str, result: str | None, grounds: str | None
) -> None:
    registered = on(pen, "registered")
    ruling = on(pen, name, time="2026-12-05T01:00:00Z")
    found = state_of(ruling, registered)
    assert (found.state, found.result, found.grounds) == (state, result, grounds)
    assert (found.ended_head, found.ended_at) == (ruling.head, ruling.time)
    longer = extend_matter(state_of(registered), ruling, TREE)
    assert longer is not None
    assert longer.state == found


def test_only_one_ruling_counts_and_nothing_after_it(pen: Pen) -> None:
    facts = [
        on(pen, name) for name in ("registered", "struck", "cancelled", "struck", "registered")
    ]
    for told in itertools.permutations(facts):
        verdicts = fold_matter(told, TREE).verdicts
        codes = [verdicts[fact.head].code for fact in facts]
        assert codes == ["", "", "wrong-state", "wrong-state", "wrong-state"]
    assert extend_matter(state_of(*facts[:2]), facts[2], TREE) is None


def test_only_the_registrar_in_up_may_write(pen: Pen) -> None:
    registered = on(pen, "registered")
    wrong = [
        on(pen, "struck", stream="all"),
        on(pen, "struck", writer=CITY),
        pen.say(ROOT, "signed", MATTER, "up"),
    ]
    verdicts = fold_matter([registered, *wrong], TREE).verdicts
    assert [verdicts[fact.head].code for fact in wrong] == ["no-authority"] * 3
    assert state_of(registered, *wrong).irregular == 3


def test_a_head_of_another_object_and_a_disputed_fact_do_not_count(pen: Pen) -> None:
    registered = on(pen, "registered")
    odd = pen.say(ROOT, "matter.struck", MATTER, "up", "e" * 64)
    folded = fold_matter([registered, odd], TREE, foreign={"e" * 64})
    assert folded.verdicts[odd.head].code == "bad-payload"
    folded = fold_matter([registered], TREE, disputed={registered.head})
    assert folded.verdicts[registered.head].code == "disputed"
    assert folded.state is None


def test_an_erased_matter_is_still_in_the_books(pen: Pen) -> None:
    found = state_of(on(pen, "registered", erased=True), on(pen, "struck", erased=True))
    assert (found.state, found.title, found.indicators, found.contact) == ("STRUCK", "", [], {})


def test_a_book_survives_being_written_down(pen: Pen) -> None:
    found = state_of(on(pen, "registered"))
    assert msgspec.json.decode(msgspec.json.encode(found), type=MatterState) == found
