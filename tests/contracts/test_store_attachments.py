"""What a store keeps of attachments, on both engines: names, sides, chunks, tenants apart."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from typing import Any

import pytest
from sqlalchemy import text

from node.storage.files import CARRY, MOST, QUOTA
from node.storage.hosts import put_setting
from node.storage.migrate import downgrade, upgrade
from sync.attachments import CHUNK, named_in
from sync.ports import Blob, FilePolicy, Named, Source, Store
from sync.writing import START, Draft, write
from tests.federation.family import AT, id_of
from tests.node.storage.house import House, chain_of

CHAIN = chain_of()
DATA = bytes(range(256)) * 1500
HASH = sha256(DATA).hexdigest()
PIECES = [DATA[at : at + CHUNK] for at in range(0, len(DATA), CHUNK)]
ROW = {"sha256": HASH, "size": len(DATA), "name": "清障.png", "type": "image/png"}
SUBJECT = f"assignment:{id_of('town')}:a0000001"


@pytest.fixture
def house(database_url: str) -> Iterator[House]:
    made = House(database_url, "town", "county")
    yield made
    made.close()


def report(house: House, *rows: Any, name: str = "town") -> Named:
    """An event that names `rows`."""

    def work(store: Any) -> Named:
        data = {"text": "x", "attachments": list(rows)}
        draft = Draft("duban.assignment.reported", SUBJECT, "up", data)
        tip = store.tip(CHAIN)
        (event,) = write(CHAIN, tip, [draft], AT, [bytes(15) + bytes([tip.seq])])
        store.append([event])
        store.put_names(named_in(event))
        (named,) = store.fresh_names()
        return named

    return house.write(work, name)


def stage(store: Store, source: str = "user:u") -> None:
    for n, piece in enumerate(PIECES):
        store.put_chunk(HASH, source, len(DATA), n, piece)


def test_what_an_event_names_is_found_by_hash_and_by_object(house: House) -> None:
    named = report(house, ROW)
    assert named == Named(HASH, len(DATA), "清障.png", "image/png", CHAIN, 1, SUBJECT)
    assert house.read(lambda store: store.names(HASH)) == [named]
    assert house.read(lambda store: store.names_about(SUBJECT)) == [named]
    assert house.read(lambda store: store.names("0" * 64)) == []
    house.write(lambda store: store.erase(CHAIN, 1, store.head_at(CHAIN, 1) or ""))
    assert house.read(lambda store: store.names(HASH)) == []


def test_chunks_are_staged_in_turn_and_read_by_nobody_before_they_are_kept(house: House) -> None:
    house.write(stage)
    assert house.read(lambda store: store.blob(HASH)) is None
    assert house.read(lambda store: store.chunk(HASH, 0)) is None
    staged = house.read(lambda store: store.blob(HASH, "user:u"))
    assert staged == Blob(len(DATA), len(PIECES), "")
    with pytest.raises(ValueError, match="not the next"):
        house.write(lambda store: store.put_chunk(HASH, "user:u", len(DATA), 0, PIECES[0]))
    house.write(lambda store: store.keep(HASH, "user:u", "image/png"))
    assert house.read(lambda store: store.blob(HASH)) == Blob(len(DATA), 2, "image/png")
    assert house.read(lambda store: [store.chunk(HASH, n) for n in (0, 1, 2)]) == [*PIECES, None]


def test_the_same_bytes_from_two_sides_are_kept_once(house: House) -> None:
    house.write(stage)
    house.write(lambda store: store.keep(HASH, "user:u", "image/png"))
    house.write(lambda store: stage(store, id_of("city")))
    assert house.read(lambda store: store.stored()) == 2 * len(DATA)
    house.write(lambda store: store.keep(HASH, id_of("city"), "image/png"))
    assert house.read(lambda store: store.stored()) == len(DATA)
    assert house.read(lambda store: store.blob(HASH, id_of("city"))) is None


def test_one_tenant_has_nothing_of_what_another_keeps(house: House) -> None:
    report(house, ROW)
    house.write(stage)
    house.write(lambda store: store.keep(HASH, "user:u", "image/png"))
    other = {"name": "county"}
    assert house.read(lambda store: store.blob(HASH), **other) is None
    assert house.read(lambda store: store.chunk(HASH, 0), **other) is None
    assert house.read(lambda store: store.names(HASH), **other) == []
    assert house.read(lambda store: store.stored(), **other) == 0
    house.write(lambda store: store.drop(HASH), **other)
    assert house.read(lambda store: store.blob(HASH)) is not None
    house.write(lambda store: store.drop(HASH))
    with house.database.read() as connection:
        assert connection.execute(text("SELECT count(*) FROM blob_chunks")).scalar() == 0


def test_how_it_stands_is_kept_per_side_the_oldest_want_first(house: House) -> None:
    city, county = id_of("city"), id_of("county")
    rows = [
        Source("b" * 64, city, "wanted", 7, "2026-11-24T00:00:02Z"),
        Source("a" * 64, city, "wanted", 5, "2026-11-24T00:00:03Z", "r", 2, "n"),
        Source("a" * 64, county, "missing", 5, "2026-11-24T00:00:01Z"),
    ]
    for row in rows:
        house.write(lambda store, row=row: store.put_source(row))
    assert house.read(lambda store: store.wanted(city, 9)) == rows[:2]
    assert house.read(lambda store: store.wanted(city, 1)) == rows[:1]
    assert house.read(lambda store: store.source("a" * 64, city)) == rows[1]
    assert {one.source for one in house.read(lambda store: store.sources("a" * 64))} == {
        city,
        county,
    }
    assert house.read(lambda store: store.stored()) == 12
    house.write(lambda store: store.put_chunk("a" * 64, city, 5, 0, b"12345"))
    assert house.read(lambda store: store.stored()) == 12
    rows[0].state = "refused"
    house.write(lambda store: store.put_source(rows[0]))
    house.write(lambda store: store.forget_source("a" * 64, city))
    assert house.read(lambda store: store.wanted(city, 9)) == []
    assert house.read(lambda store: store.wanted(city, 9), name="county") == []


def test_policy_is_the_tenants_own(house: House) -> None:
    assert house.read(lambda store: store.file_policy()) == FilePolicy()

    def change(store: Any) -> None:
        for name, value in ((MOST, "1"), (QUOTA, "2"), (CARRY, "0")):
            put_setting(store.connection, name, value, store.tenant)

    house.write(change)
    assert house.read(lambda store: store.file_policy()) == FilePolicy(1, 2, 0)
    assert house.read(lambda store: store.file_policy(), name="county") == FilePolicy()


def test_names_held_before_the_tables_were_made_are_found_by_the_step(house: House) -> None:
    false = [{"sha256": "x"}, 7, ROW | {"size": 0}, ROW | {"name": None}]
    named = report(house, ROW, *false)
    assert named.chain[1] == CHAIN[1]
    house.grow(CHAIN, 2)
    house.close()
    downgrade(house.url, "0001")
    upgrade(house.url)
    again = House(house.url, fresh=False)
    again.tenants = house.tenants
    assert again.read(lambda store: store.names(HASH)) == [named]
    again.close()


def test_a_chain_at_its_start_names_nothing(house: House) -> None:
    assert house.read(lambda store: store.tip(CHAIN)) == START
    assert house.read(lambda store: store.fresh_names()) == []
