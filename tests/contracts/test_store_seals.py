"""Seals, forks, erasures and outcomes: what a store keeps about events, on both engines."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from federation.keys import SigningKey
from sync.event import Tip
from sync.ports import Counts, Store
from sync.writing import START
from tests.federation.family import LATER, id_of
from tests.node.storage.house import House, chain_of, sealed, written

CHAIN = chain_of()
OTHER = chain_of("county")


@pytest.fixture
def house(database_url: str) -> Iterator[House]:
    made = House(database_url, "town", "county")
    yield made
    made.close()


def test_seals_are_found_inside_a_bound_or_past_it(house: House) -> None:
    chain = CHAIN
    house.grow(chain, 12)
    key = SigningKey.from_seed(b"k" * 32)

    def put(store: Store) -> None:
        for seq in (3, 5, 9, 12):
            head = store.head_at(chain, seq) or ""
            store.put_seal(chain, seq, sealed(chain, Tip(seq, head), key), LATER)

    house.write(put)
    for (seq, most), found in {
        (0, 12): 12,
        (0, 11): 9,
        (0, 3): 3,
        (0, 2): 3,
        (3, 4): 5,
        (3, 3): 5,
        (9, 11): 12,
        (12, 20): None,
    }.items():
        seal = house.read(lambda store, a=seq, b=most: store.seal_after(chain, a, b))
        assert (seal[0] if seal else None) == found, (seq, most)
    last = house.read(lambda store: store.last_seal(chain))
    assert last is not None
    assert last[0] == 12


def test_a_later_seal_on_the_same_event_replaces_the_older_one_only(house: House) -> None:
    house.grow(CHAIN, 2)
    for line, next_by in ((b"b", "2026-12-03T00:00:00Z"), (b"a", "2026-12-02T00:00:00Z")):
        house.write(lambda s, one=line, by=next_by: s.put_seal(CHAIN, 2, one, by))
        assert house.read(lambda store: store.last_seal(CHAIN)) == (2, b"b")


def test_a_seal_may_come_before_its_events(house: House) -> None:
    events = written(CHAIN, START, 2)

    def take(store: Store) -> None:
        store.put_seal(CHAIN, 2, b"line", LATER)
        store.append(events)

    house.write(take)
    assert house.read(lambda store: store.seal_after(CHAIN, 0, 500)) == (2, b"line")


def test_idle_chains_are_those_whose_last_seal_has_run_out(house: House) -> None:
    house.grow(CHAIN, 2)
    house.grow(chain_of(stream="own"), 2)
    assert house.read(lambda store: store.idle(LATER)) == []
    tip = house.read(lambda store: store.tip(CHAIN))
    assert house.read(lambda store: store.idle("2026-12-02T00:00:00Z")) == [(CHAIN, tip, LATER)]


def test_a_frozen_chain_stays_frozen_and_keeps_its_first_proof(house: House) -> None:
    house.grow(CHAIN, 2)
    house.write(lambda store: store.freeze(CHAIN, b"held", b"shown"))
    house.write(lambda store: store.freeze(CHAIN, b"held", b"another"))
    assert house.read(lambda store: store.frozen(CHAIN))
    assert house.read(lambda store: store.fork(CHAIN)) == (b"held", b"shown")
    assert not house.read(lambda store: store.frozen(OTHER))
    assert house.read(lambda store: store.fork(OTHER)) is None


def test_an_erased_payload_is_gone_and_its_header_stays(house: House) -> None:
    events = house.grow(CHAIN, 3)
    head = events[1].head
    assert not house.read(lambda store: store.erased(CHAIN, 2, head))
    for _ in range(2):
        house.write(lambda store: store.erase(CHAIN, 2, head))
    held = house.read(lambda store: store.events(CHAIN, 1, 3))
    assert [one.payload_line is None for one in held] == [False, True, False]
    assert held[1].header_line == events[1].header_line
    assert house.read(lambda store: store.erased(CHAIN, 2, head))


def test_what_was_erased_before_it_came_is_held_without_payload(house: House) -> None:
    events = written(CHAIN, START, 3)
    house.write(lambda store: store.erase(CHAIN, 2, events[1].head))
    house.write(lambda store: store.append(events))
    held = house.read(lambda store: store.events(CHAIN, 1, 3))
    assert [one.payload_line is None for one in held] == [False, True, False]


# outcomes


def test_counts_follow_the_outcomes_and_sum_up_to_the_chain(house: House) -> None:
    events = house.grow(CHAIN, 5)
    assert house.read(lambda store: store.counts(CHAIN)) == Counts(5, 0, 0)
    codes = ["waiting", "void", "no-authority", "weak"]
    house.write(lambda store: store.set_outcomes(zip(events[1:], codes, strict=True)))
    assert house.read(lambda store: store.counts(CHAIN)) == Counts(2, 1, 2)
    assert house.read(lambda store: store.quarantined(id_of("town"))) == [
        (events[4].head, "weak"),
        (events[3].head, "no-authority"),
    ]
    subject = events[1].header.subject
    assert house.read(lambda store: store.outcomes_of(subject)) == {
        event.head: code for event, code in zip(events[1:], codes, strict=True)
    }
    assert house.read(lambda store: store.subjects_with("no-authority")) == [subject]
    anew = [(events[1], ""), (events[3], "void"), (events[4], "weak"), (events[2], "waiting")]
    for _ in range(2):
        house.write(lambda store: store.set_outcomes(anew))
        assert house.read(lambda store: store.counts(CHAIN)) == Counts(3, 1, 1)
    assert house.read(lambda store: store.subjects_with("no-authority")) == []
    house.grow(CHAIN, 2)
    assert house.read(lambda store: store.counts(CHAIN)) == Counts(5, 1, 1)


def test_at_most_sixteen_quarantined_events_are_named_the_latest_first(house: House) -> None:
    events = house.grow(CHAIN, 30)
    house.write(lambda store: store.set_outcomes((event, "weak") for event in events))
    named = house.read(lambda store: store.quarantined(id_of("town")))
    assert [head for head, _ in named] == [event.head for event in events[:13:-1]]


def test_what_a_node_writes_by_itself_it_writes_once(house: House) -> None:
    assert house.write(lambda store: store.claim("ruled/x"))
    assert not house.write(lambda store: store.claim("ruled/x"))
    assert house.write(lambda store: store.claim("ruled/y"))
    assert house.write(lambda store: store.claim("ruled/x"), name="county")
