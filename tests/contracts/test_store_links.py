"""Spools, links and receipts: what a store keeps about its peers, on both engines."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sync.ports import Link, Store, Stored
from tests.federation.family import DOMAIN, epoch_of, id_of
from tests.node.storage.house import House, chain_of

CHAIN = chain_of()
OTHER = chain_of("county")


@pytest.fixture
def house(database_url: str) -> Iterator[House]:
    made = House(database_url, "town", "county")
    yield made
    made.close()


def test_a_spool_keeps_its_order_and_what_is_confirmed_leaves_it(house: House) -> None:
    peer, other = id_of("city"), id_of("city2")

    def fill(store: Store) -> None:
        for first in (1, 3, 5):
            store.spool(peer, CHAIN, first, first + 1)
        store.spool(other, OTHER, 1, 9)

    house.write(fill)
    items = house.read(lambda store: store.spooled(peer, 0, 10))
    assert [(item.chain, item.first, item.last, item.signer) for item in items] == [
        (CHAIN, first, first + 1, "") for first in (1, 3, 5)
    ]
    numbers = [item.n for item in items]
    assert numbers == sorted(set(numbers))
    assert house.read(lambda store: store.spool_end(peer)) == numbers[-1]
    assert house.read(lambda store: store.spooled(peer, numbers[0], 1)) == items[1:2]
    house.write(lambda store: store.unspool(peer, numbers[1]))
    assert house.read(lambda store: store.spooled(peer, 0, 10)) == items[2:]
    assert len(house.read(lambda store: store.spooled(other, 0, 10))) == 1


def test_a_position_is_never_given_twice_even_when_the_spool_was_emptied(house: House) -> None:
    peer = id_of("city")
    assert house.read(lambda store: store.spool_end(peer)) == 0
    seen = []
    for _ in range(3):
        house.write(lambda store: store.spool(peer, CHAIN, 1, 1))
        (item,) = house.read(lambda store: store.spooled(peer, 0, 10))
        house.write(lambda store, n=item.n: store.unspool(peer, n))
        seen.append(item.n)
        assert house.read(lambda store: store.spool_end(peer)) == item.n
    assert len(set(seen)) == 3
    assert seen == sorted(seen)


def test_a_receipt_replaces_the_one_that_is_still_waiting(house: House) -> None:
    peer, city, town = id_of("root"), id_of("city"), id_of("town")
    about = (DOMAIN, town, "1-00000001", "receipt")

    def fill(store: Store) -> None:
        store.spool(peer, about, 0, 0, city)
        store.spool(peer, CHAIN, 1, 2)
        store.spool(peer, about, 0, 0, id_of("county"))
        store.spool(peer, about, 0, 0, city)

    house.write(fill)
    items = house.read(lambda store: store.spooled(peer, 0, 10))
    assert [item.signer for item in items] == ["", id_of("county"), city]
    assert {item.chain[1] for item in items if item.signer} == {town}
    assert [(item.first, item.last) for item in items if item.signer] == [(0, 0)] * 2
    assert house.read(lambda store: store.chains()) == []


# links and receipts


def test_links_come_back_whole_and_are_copies(house: House) -> None:
    link = Link(
        peer=id_of("city"),
        side="up",
        epoch="1-5eed0001",
        address="https://city.example/exchange/v1",
        given=("a", "b"),
        wants=((id_of("root"), epoch_of("root"), "all", 4),),
        results=({"code": "gap", "expected": {"seq": 3, "head": None}},),
        knows=(id_of("dept"),),
        due=12.5,
    )
    house.write(lambda store: store.save_link(link))
    assert house.read(lambda store: store.link(link.peer)) == link
    assert house.read(lambda store: store.link(id_of("root"))) is None

    def change(store: Store) -> None:
        for taken in (store.link(link.peer), store.links()[0], store.link(link.peer)):
            assert taken is not None
            taken.counter += 1
        assert store.link(link.peer) == link
        mine = store.links()[0]
        mine.counter = 7
        store.save_link(mine)
        assert store.links() == [mine]
        below = Link(peer=id_of("aaa"), side="down", epoch="1-5eed0002")
        store.save_link(below)
        assert store.links() == sorted([mine, below], key=lambda one: one.peer)
        assert store.peers("up") == [mine.peer]
        assert store.peers("down") == [below.peer]
        assert store.peers("down", (mine.peer, below.peer, id_of("root"))) == [below.peer]
        assert store.peers("down", ()) == []

    house.write(change)
    assert [one.counter for one in house.read(lambda store: store.links())].count(7) == 1


def test_the_latest_receipt_of_each_signer_is_kept(house: House) -> None:
    town, city, root = id_of("town"), id_of("city"), id_of("root")
    old = Stored(city, town, "1-00000001", 3, b"old")
    new = Stored(city, town, "1-00000001", 4, "新".encode())
    other = Stored(root, town, "1-00000001", 1, b"root")
    for one in (old, new, other):
        house.write(lambda store, it=one: store.put_receipt(it))
    assert house.read(lambda store: store.receipt(city, town)) == new
    assert house.read(lambda store: store.receipt(town, city)) is None
    about = house.read(lambda store: store.receipts_about(town))
    assert {one.signer: one for one in about} == {city: new, root: other}


def test_what_is_owed_is_owed_once_until_it_is_paid(house: House) -> None:
    for origin in ("b", "a", "b"):
        house.write(lambda store, one=origin: store.owe(one))
    assert house.read(lambda store: store.owed()) == ["a", "b"]
    house.write(lambda store: store.paid(["b", "z"]))
    assert house.read(lambda store: store.owed()) == ["a"]
