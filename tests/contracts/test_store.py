"""What every store of the exchange must do, on both engines: journal, tenants, rules."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import text

from schemas.header import NO_HEAD
from sync.event import Tip
from sync.ports import Counts, Link, Store, Stored
from sync.writing import START
from tests.federation.family import DOMAIN, id_of
from tests.node.storage.house import House, chain_of, written

CHAIN = chain_of()
OTHER = chain_of("county")


@pytest.fixture
def house(database_url: str) -> Iterator[House]:
    made = House(database_url, "town", "county")
    yield made
    made.close()


def test_it_is_a_store_of_the_exchange(house: House) -> None:
    with house.database.read() as connection:
        store: Store = house.store(connection)
        assert (store.node, store.domain) == (id_of("town"), DOMAIN)


# journal


def test_a_chain_that_nobody_wrote_is_at_its_start(house: House) -> None:
    assert house.read(lambda store: store.tip(CHAIN)) == START == Tip(0, NO_HEAD)
    assert house.read(lambda store: store.head_at(CHAIN, 1)) is None
    assert house.read(lambda store: store.events(CHAIN, 1, 9)) == []
    assert house.read(lambda store: store.chains()) == []
    assert house.read(lambda store: store.counts(CHAIN)) == Counts()
    assert house.read(lambda store: store.last_seal(CHAIN)) is None
    assert not house.read(lambda store: store.frozen(CHAIN))


def test_events_come_back_byte_for_byte_and_in_order(house: House) -> None:
    first = house.grow(CHAIN, 3, text="督办 \u2028 \\u0041")
    second = house.grow(CHAIN, 4)
    held = house.read(lambda store: store.events(CHAIN, 1, 100))
    assert held == [*first, *second]
    assert [type(one.header_line) for one in held] == [bytes] * 7
    assert house.read(lambda store: store.events(CHAIN, 3, 4)) == [first[2], second[0]]
    assert house.read(lambda store: store.tip(CHAIN)) == Tip(7, second[-1].head)
    assert house.read(lambda store: store.head_at(CHAIN, 3)) == first[2].head
    assert house.read(lambda store: store.head_at(CHAIN, 8)) is None


def test_a_header_in_another_order_of_members_comes_back_as_it_travelled(house: House) -> None:
    (event,) = written(CHAIN, START, 1)
    line = event.header_line
    odd = b'{"source"' + line.partition(b'"source"')[2][:-1] + b', "specversion":"1.0",'
    odd += line.partition(b'"specversion":"1.0",')[2].partition(b',"source"')[0] + b',"more":1}'
    strange = type(event)("f" * 64, event.header, odd, event.payload_line)
    house.write(lambda store: store.append([strange]))
    assert house.read(lambda store: store.events(CHAIN, 1, 1)) == [strange]


def test_a_run_that_does_not_go_on_where_the_chain_ends_is_not_taken(house: House) -> None:
    house.grow(CHAIN, 2)
    tip = house.read(lambda store: store.tip(CHAIN))
    gap = written(CHAIN, Tip(tip.seq + 1, tip.head), 1)
    again = written(CHAIN, START, 2)
    bent = written(CHAIN, Tip(tip.seq, "a" * 64), 1)
    mixed = [*written(CHAIN, tip, 1), *written(OTHER, START, 1)]
    for events in (gap, again, bent, mixed):
        with pytest.raises(ValueError, match="doesn't follow"):
            house.write(lambda store, run=events: store.append(run))
    assert house.read(lambda store: store.tip(CHAIN)) == tip


def test_the_database_itself_refuses_a_second_event_at_one_place(house: House) -> None:
    house.grow(CHAIN, 2)
    twice = text(
        "INSERT INTO journal (tenant, chain, seq, head, type, object, time, header)"
        " SELECT tenant, chain, seq, head, type, object, time, header FROM journal"
    )
    with pytest.raises(Exception, match=r"(?i)unique"):
        house.database.write(lambda connection: connection.execute(twice))
    assert house.read(lambda store: len(store.events(CHAIN, 1, 9))) == 2


def test_chains_are_listed_in_one_order_without_what_is_private(house: House) -> None:
    for chain in (chain_of(stream="up"), OTHER, chain_of(stream="own"), chain_of(stream="all")):
        house.grow(chain, 2)
    listed = house.read(lambda store: store.chains())
    names = [chain for chain, _ in listed]
    assert names == sorted(names)
    assert {chain[3] for chain in names} == {"up", "all"}
    assert dict(listed)[OTHER] == house.read(lambda store: store.tip(OTHER))
    mine = house.read(lambda store: store.chains_of(id_of("town")))
    assert [chain for chain, _ in mine] == [chain_of(stream="all"), chain_of(stream="up")]


def test_all_events_about_an_object_come_in_the_order_in_which_they_were_taken(
    house: House,
) -> None:
    subject = f"assignment:{id_of('county')}:b0000001"
    first = house.grow(OTHER, 2, subject=subject)[1:]
    second = house.grow(CHAIN, 3, subject=subject)[1:]
    house.grow(CHAIN, 2)
    third = house.grow(OTHER, 1, subject=subject)
    assert house.read(lambda store: store.events_of(subject)) == [*first, *second, *third]
    assert house.read(lambda store: store.events_of("matter:x")) == []


def test_positions_grow_and_are_never_given_twice(house: House) -> None:
    events = house.grow(CHAIN, 5)
    taken = house.read(lambda store: store.since(0, 100))
    assert [event for _, event in taken] == events
    positions = [pos for pos, _ in taken]
    assert positions == sorted(set(positions))
    house.database.write(
        lambda connection: connection.execute(text("DELETE FROM journal WHERE seq = 5"))
    )
    again = written(OTHER, START, 1)
    house.write(lambda store: store.append(again))
    after = house.read(lambda store: store.since(positions[3], 100))
    assert [event for _, event in after] == again
    assert after[0][0] > positions[4]
    assert len(house.read(lambda store: store.since(0, 2))) == 2


def test_independent_readers_find_all_they_need_in_one_view(house: House) -> None:
    (_, event) = house.grow(CHAIN, 2)
    house.write(lambda store: store.erase(CHAIN, 1, store.head_at(CHAIN, 1) or ""))
    with house.database.read() as connection:
        rows = connection.execute(text("SELECT * FROM events ORDER BY pos")).mappings().all()
    columns = "tenant pos domain origin epoch stream seq head type subject time header payload"
    assert " ".join(rows[1]) == columns
    assert tuple(rows[1][name] for name in ("domain", "origin", "epoch", "stream")) == CHAIN
    assert bytes(rows[1]["header"]) == event.header_line
    assert bytes(rows[1]["payload"]) == event.payload_line
    assert rows[1]["subject"] == event.header.subject
    assert rows[0]["payload"] is None


# tenants and domains


def test_tenants_and_domains_of_one_host_never_see_each_other(house: House) -> None:
    house.grow(CHAIN, 3, name="town")
    house.grow(CHAIN, 2, name="county")
    peer = id_of("city")
    link = Link(peer=peer, side="up", epoch="1-5eed0001")

    def fill(store: Store) -> None:
        store.save_link(link)
        store.spool(peer, CHAIN, 1, 3)
        store.owe("x")
        store.put_receipt(Stored(peer, "x", "1-00000001", 1, b"x"))
        store.freeze(CHAIN, b"a", b"b")

    house.write(fill)
    assert house.read(lambda store: store.tip(CHAIN).seq, name="county") == 2
    own = f"self@{id_of('town')}"
    for name, domain in (("county", DOMAIN), ("town", own)):
        where = {"name": name, "domain": domain}
        assert house.read(lambda store: store.links(), **where) == []
        assert house.read(lambda store: store.spooled(peer, 0, 9), **where) == []
        assert house.read(lambda store: store.spool_end(peer), **where) == 0
        assert house.read(lambda store: store.owed(), **where) == []
        assert house.read(lambda store: store.receipt(peer, "x"), **where) is None
        if name == "county":
            assert not house.read(lambda store: store.frozen(CHAIN), **where)
        else:
            assert house.read(lambda store: store.chains(), **where) == []
            assert house.read(lambda store: store.since(0, 99), **where) == []


def test_a_chain_of_another_domain_is_not_taken(house: House) -> None:
    foreign = chain_of(domain=f"self@{id_of('town')}")
    with pytest.raises(ValueError, match="in the store of"):
        house.write(lambda store: store.append(written(foreign, START, 1)))
    own = f"self@{id_of('town')}"
    house.write(lambda store: store.append(written(foreign, START, 1)), domain=own)
    assert house.read(lambda store: store.tip(foreign).seq, domain=own) == 1


def test_new_events_go_to_the_rules_with_the_store(house: House) -> None:
    heard = []
    events = written(CHAIN, START, 2)
    rules = {"rules": lambda store, run: heard.append((store.tip(CHAIN).seq, list(run)))}

    def work(store: Store) -> None:
        store.append(events)
        store.apply(events)

    house.write(work, **rules)
    assert heard == [(2, events)]
