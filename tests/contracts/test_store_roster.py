"""The directory's part of a store, on both engines: rows, trees in memory, proofs, rotations."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from federation.lineage import Proven, document, event_of, verify_lineage
from federation.roster import Roster
from node.storage.hosts import find_membership, put_membership
from node.storage.rosters import Rosters, roster_event
from node.storage.store import SqlStore
from schemas.header import parse_header
from schemas.refusals import Refused
from schemas.strict import dump, parse
from sync.event import Event, Tip
from sync.writing import Draft, opening, write
from tests.federation.family import (
    DOMAIN,
    GENESIS,
    GENESIS_ENVELOPE,
    LATER,
    TREE,
    Book,
    admission,
    admitted,
    epoch_of,
    id_of,
    key_of,
    rotation,
    steps_to_town,
)
from tests.node.storage.house import House, chain_of, sealed, written


@pytest.fixture
def house(database_url: str) -> Iterator[House]:
    made = House(database_url, "town", "county")
    yield made
    made.close()


def grow(store: SqlStore) -> None:
    for name in TREE:
        store.change_roster(admission(name))


def full() -> Roster:
    roster = Roster(GENESIS)
    for name in TREE:
        roster.apply(admission(name))
    return roster


def shape(roster: Roster) -> dict[str, tuple[str, ...]]:
    return {node: roster.lineage(node) for node in roster}


def test_a_new_membership_knows_its_root_only(house: House) -> None:
    roster = house.read(lambda store: store.roster())
    assert list(roster) == [id_of("root")]
    assert (roster.domain, roster.root) == (DOMAIN, id_of("root"))


def test_changes_are_seen_at_once_and_after_reloading_from_rows(house: House) -> None:
    def work(store: SqlStore) -> None:
        grow(store)
        assert shape(store.roster()) == shape(full())

    house.write(work)
    assert shape(house.read(lambda store: store.roster())) == shape(full())
    house.rosters = Rosters()
    reloaded = house.read(lambda store: store.roster())
    assert shape(reloaded) == shape(full())
    assert reloaded.key(id_of("town"), epoch_of("town")) == key_of("town").public
    assert list(house.read(lambda store: store.roster(), name="county")) == [id_of("root")]


def test_the_rows_are_those_of_the_roster_itself(house: House) -> None:
    def work(store: SqlStore) -> list[dict[str, Any]]:
        grow(store)
        house.rosters = Rosters()
        return house.store(store.connection).roster().dump()

    found = house.write(work)
    same = {"stated"}  # the fixtures number each event anew
    strip = [{k: v for k, v in row.items() if k not in same} for row in found]
    assert strip == [{k: v for k, v in row.items() if k not in same} for row in full().dump()]


def test_a_reader_keeps_the_tree_of_its_own_moment(house: House) -> None:
    house.write(lambda store: store.change_roster(admission("city")))
    with house.database.read() as connection:
        store = house.store(connection)
        before = store.roster()
        house.write(grow)
        assert len(before) == 2
        assert len(house.store(connection).roster()) == 2
    assert len(house.read(lambda store: store.roster())) == len(TREE) + 1


def test_a_change_that_was_undone_is_nowhere(house: House) -> None:
    def work(store: SqlStore) -> None:
        grow(store)
        raise RuntimeError("undone")

    for _ in range(2):
        with pytest.raises(RuntimeError, match="undone"):
            house.write(work)
        assert len(house.read(lambda store: store.roster())) == 1
    house.write(lambda store: store.change_roster(admission("city")))
    assert len(house.read(lambda store: store.roster())) == 2


def test_a_refused_event_changes_nothing(house: House) -> None:
    def work(store: SqlStore) -> None:
        store.change_roster(admission("city"))
        with pytest.raises(Refused) as caught:
            store.change_roster(admission("town"))
        assert caught.value.code == "unknown-member"
        assert len(store.roster()) == 2

    house.write(work)
    house.rosters = Rosters()
    assert len(house.read(lambda store: store.roster())) == 2


def test_two_changes_in_one_commit_follow_each_other(house: House) -> None:
    first = house.database.submit(
        lambda connection: house.store(connection).change_roster(admission("city")), 1
    )
    second = house.database.submit(
        lambda connection: house.store(connection).change_roster(admission("county")), 1
    )
    assert first.result() == (id_of("city"),)
    assert second.result() == (id_of("county"),)
    assert len(house.read(lambda store: store.roster())) == 3


def test_the_memory_for_trees_is_bounded_by_their_members(house: House) -> None:
    house.rosters = Rosters(most=8)
    house.write(grow)
    house.write(grow, name="county")
    assert len(house.read(lambda store: store.roster())) == len(TREE) + 1
    assert len(house.rosters) <= len(TREE) + 2
    for name in ("town", "county"):
        assert len(house.read(lambda store: store.roster(), name=name)) == len(TREE) + 1


def test_an_event_held_is_judged_as_the_one_that_came(house: House) -> None:
    chain = chain_of("root", "all")

    def work(store: SqlStore) -> None:
        made = [
            opening(id_of("root"), "all", {"cause": "birth", "last": None}),
            Draft(
                "duban.member.admitted", f"member:{id_of('city')}", "all", admitted("city", "root")
            ),
        ]
        store.append(write(chain, store.tip(chain), made, "2026-11-24T05:03:28Z", [b"s" * 16] * 2))
        for event in store.events(chain, 1, 2):
            store.change_roster(roster_event(event))

    house.write(work)
    assert house.read(lambda store: store.roster().parent(id_of("city"))) == id_of("root")
    assert house.read(lambda store: store.admission(id_of("city"))) == (chain, 2)
    assert house.read(lambda store: store.admission(id_of("root"))) is None


def test_a_lineage_is_learnt_step_by_step_and_can_be_proved_to_others(house: House) -> None:
    steps = steps_to_town()

    def work(store: SqlStore) -> None:
        with pytest.raises(Refused):
            store.learn(steps[1])
        for step in (*steps, *steps):
            store.learn(step)

    house.write(work)
    for name, step in zip(("city", "county", "town"), steps, strict=True):
        assert house.read(lambda store, n=name: store.proof(id_of(n))) == parse(
            dump(step.to_wire()), 10**6
        )
    assert house.read(lambda store: store.proof(id_of("root"))) is None
    assert house.read(lambda store: len(store.roster())) == 4


def test_a_forged_step_is_neither_believed_nor_kept(house: House) -> None:
    book = Book("root").opened()
    book.write("duban.member.admitted", admitted("city", "root"))
    forged = book.proven(2, book.seal(key_of("town")))
    with pytest.raises(Refused):
        house.write(lambda store: store.learn(forged))
    assert house.read(lambda store: store.proof(id_of("city"))) is None
    assert house.read(lambda store: len(store.roster())) == 1


def test_what_the_journal_holds_is_proved_from_it(house: House) -> None:
    book = Book("root").opened()
    for name in ("city", "city2", "dept"):
        book.write("duban.member.admitted", admitted(name, "root"))
    chain = chain_of("root", "all")

    def take(store: SqlStore) -> None:
        events = []
        for header, payload in book.lines:
            proven = Proven(header, payload, (), book.seal())
            parsed = parse_header(header)
            events.append(Event(event_of(parsed, proven).head, parsed, header, payload))
        store.append(events)
        assert store.proof(id_of("city")) is None  # no seal reaches it yet
        line = sealed(chain, Tip(3, events[2].head), key_of("root"))
        store.put_seal(chain, 3, line, LATER)
        line = sealed(chain, Tip(4, events[3].head), key_of("root"))
        store.put_seal(chain, 4, line, LATER)

    house.write(take)
    for name, later in (("city", 1), ("city2", 0), ("dept", 0)):
        proof = house.read(lambda store, n=name: store.proof(id_of(n)))
        assert proof is not None
        assert len(proof["headers"]) == later
        steps = [Proven.from_wire(proof)]
        proved = verify_lineage(document(GENESIS_ENVELOPE, steps), DOMAIN)
        assert proved.parent(id_of(name)) == id_of("root")
    assert house.read(lambda store: store.proof(id_of("town"))) is None


def test_a_rotation_beside_an_envelope_is_kept(house: House) -> None:
    made = rotation("town", 1, 2)

    def work(store: SqlStore) -> None:
        grow(store)
        store.rotated(id_of("town"), made)
        store.rotated(id_of("town"), made)

    house.write(work)
    house.rosters = Rosters()
    roster = house.read(lambda store: store.roster())
    assert roster.key(id_of("town"), epoch_of("town", 2)) == key_of("town", 2).public


def test_a_node_repeats_its_own_rotations_oldest_first(house: House) -> None:
    made = [rotation("town", 1, 2), rotation("town", 2, 3)]
    assert house.read(lambda store: store.rotations()) == []

    def work(store: SqlStore) -> None:
        for one in made:
            store.add_rotation(one)
        assert store.rotations() == made

    house.write(work)
    assert house.read(lambda store: store.rotations()) == made
    with house.database.read() as connection:
        known = find_membership(connection, house.tenants["town"], DOMAIN)
    assert known is not None
    house.database.write(lambda c: put_membership(c, house.tenants["town"], known))
    assert house.read(lambda store: store.rotations()) == made


def test_the_nodes_own_domain_and_a_foreign_one_have_no_roster(house: House) -> None:
    for domain in (f"self@{id_of('town')}", "gov@" + "a" * 32):
        with pytest.raises(LookupError):
            house.read(lambda store: store.roster(), domain=domain)


def test_roster_event_of_an_erased_payload_is_refused() -> None:
    (event,) = written(chain_of(), Tip(0, "0" * 64), 1)
    with pytest.raises(Refused):
        roster_event(type(event)(event.head, event.header, event.header_line, None))
    assert parse(event.header_line, 4096)["seq"] == roster_event(event).seq == 1
