"""Nodes that keep their books in one real database meet, exchange and agree."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any, TypeVar

import pytest

from node.storage.rosters import roster_event
from node.storage.store import SqlStore
from schemas.membership import ADMITTED
from schemas.refusals import Refused
from schemas.strict import dump
from sync import exchange
from sync.body import peek
from sync.driver import Hands, turn
from sync.event import Event
from sync.me import Limits, Me, Now
from sync.ports import Counts, Link
from sync.publish import publish
from sync.writing import Draft
from tests.federation.family import DOMAIN, admission, admitted, epoch_of, id_of, key_of
from tests.node.storage.house import House, chain_of

T = TypeVar("T")
PARENTS = {"root": None, "city": "root", "county": "city", "city2": "root"}
NOW = Now("2026-11-24T05:03:28Z", "2026-11-24T05:03:28Z", "2026-11-25T05:03:28Z", 1000.0)
LINK = "1-5eed0001"


def rules(store: SqlStore, events: Sequence[Event]) -> None:
    for event in events:
        if event.header.type == ADMITTED:
            try:
                store.change_roster(roster_event(event))
            except Refused as refusal:
                store.set_outcomes([(event, refusal.code)])


class Neighbours:
    """A small tree on one host; each exchange is three transactions, as in a running node."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.numbers = iter(range(1, 10**6))
        for name, parent in PARENTS.items():
            self.work(name, self._above(name))
            if parent is not None:
                self._admit(name, parent)

    def _above(self, name: str) -> Callable[[SqlStore], None]:
        line = [name]
        while (above := PARENTS[line[-1]]) is not None:
            line.append(above)

        def known(store: SqlStore) -> None:
            for each in reversed(line[:-1]):
                store.change_roster(admission(each, PARENTS[each]))

        return known

    def _admit(self, name: str, parent: str) -> None:
        up = Link(peer=id_of(parent), side="up", epoch=LINK)
        down = Link(peer=id_of(name), side="down", epoch=LINK)
        self.work(name, lambda store: store.save_link(up))
        self.work(parent, lambda store: store.save_link(down))
        draft = Draft(ADMITTED, f"member:{id_of(name)}", "all", admitted(name, parent))
        self.write(parent, [draft])

    def work(self, name: str, work: Callable[[SqlStore], T]) -> T:
        return self.house.write(work, name, rules=rules)

    def me(self, name: str) -> Me:
        return Me(id_of(name), DOMAIN, epoch_of(name), key_of(name))

    def write(self, name: str, drafts: Sequence[Draft]) -> list[Event]:
        me = self.me(name)
        return self.work(name, lambda store: publish(store, me, drafts, NOW, self.salt))

    def salt(self) -> bytes:
        return next(self.numbers).to_bytes(16, "big")

    def report(self, name: str, stream: str = "up", count: int = 1) -> None:
        subject = f"assignment:{id_of(name)}:a0000001"
        self.write(name, [Draft("duban.assignment.reported", subject, stream, {})] * count)

    def post(self, address: str, body: bytes) -> bytes:
        """The wire: serve the body at the node that `address` names."""
        incoming, fresh = peek(body), (self.challenge(), self.challenge())
        try:
            return self.work(
                address,
                lambda store: exchange.serve(
                    store, self.me(address), incoming, NOW, fresh, Limits()
                ),
            )
        except Refused as refusal:
            sender = incoming.head.sender
            self.work(address, lambda store: exchange.give(store, sender, fresh[1]))
            refusal.extra["challenge"] = fresh[1]
            raise

    def challenge(self) -> str:
        return f"challenge-{next(self.numbers)}"

    def meet(self, name: str, parent: str) -> None:
        transact = partial(self.work, name)
        me, now = self.me(name), lambda: NOW
        hands = Hands(transact, me, self, now, self.challenge, lambda: 0.5)
        assert turn(hands, id_of(parent), parent).failure is None

    def settle(self, rounds: int = 5) -> None:
        for _ in range(rounds):
            for name, parent in reversed(PARENTS.items()):
                if parent is not None:
                    self.meet(name, parent)


@pytest.fixture
def town(database_url: str) -> Iterator[Neighbours]:
    house = House(database_url, *PARENTS)
    yield Neighbours(house)
    house.close()


def held(town: Neighbours, name: str) -> dict[Any, Any]:
    return dict(town.house.read(lambda store: store.chains(), name))


def test_what_a_county_writes_reaches_the_root_whole_and_is_receipted(town: Neighbours) -> None:
    town.report("county", count=300)
    town.settle()
    chain = chain_of("county")
    books = [town.house.read(lambda s: s.events(chain, 1, 999), name) for name in PARENTS]
    assert len(books[0]) == 301
    assert books[0] == books[1] == books[2]
    assert books[3] == []
    assert town.house.read(lambda s: s.counts(chain), "root") == Counts(applied=301)
    about = town.house.read(lambda s: s.receipts_about(id_of("county")), "county")
    assert {one.signer for one in about} == {id_of("root"), id_of("city")}
    for name in PARENTS:
        assert town.house.read(lambda s: s.owed(), name) == []


def test_a_letter_to_another_branch_goes_there_with_its_writers_lineage(town: Neighbours) -> None:
    town.report("county", f"to/{id_of('city2')}", 3)
    town.settle()
    chain = chain_of("county", f"to/{id_of('city2')}")
    assert held(town, "city2")[chain] == held(town, "county")[chain]
    lineage = town.house.read(lambda s: s.roster().lineage(id_of("county")), "city2")
    assert lineage == (id_of("county"), id_of("city"), id_of("root"))
    proof = town.house.read(lambda s: s.proof(id_of("county")), "city2")
    assert proof == town.house.read(lambda s: s.proof(id_of("county")), "root")
    assert dump(proof)


def ends(store: SqlStore) -> list[tuple[int, int]]:
    """For each link, the last position given out and how many items wait."""
    peers = [link.peer for link in store.links()]
    return [(store.spool_end(peer), len(store.spooled(peer, 0, 9))) for peer in peers]


def test_an_exchange_with_nothing_new_leaves_spools_empty_and_numbers_as_they_are(
    town: Neighbours,
) -> None:
    town.report("county", count=3)
    town.settle()
    kept = None
    for _ in range(2):
        town.settle(1)
        found = {name: town.house.read(ends, name) for name in PARENTS}
        assert all(not left for one in found.values() for _, left in one)
        assert kept in (None, found)
        kept = found
