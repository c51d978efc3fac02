"""Idle chains are sealed again, and whoever stops is noticed by everybody who reads it."""

from datetime import UTC, datetime
from typing import Any

import pytest

from schemas.strict import dump, parse
from sync import exchange, heartbeat
from sync.body import Manifest, open_rest, peek
from sync.event import Tip
from sync.me import Now
from sync.writing import seal
from tests.federation.family import DOMAIN, epoch_of, id_of, key_of
from tests.support.town import Town

LINE: dict[str, str | None] = {"root": None, "city": "root", "county": "city", "town": "county"}
DAY = 86400.0


class Days(Town):
    """A town in which whole days pass when a test says so."""

    day = 0

    def now(self) -> Now:
        one = super().now()
        date, then = 24 + self.day, 25 + self.day
        at = one.wire.replace("-24T", f"-{date}T")
        second = heartbeat.seconds(at)
        return Now(at, at, f"2026-11-{then}T{at[11:]}", second)

    def beat(self, name: str, chance: float = 1.0) -> int:
        return heartbeat.beat(self.stores[name], self.me(name), self.now(), lambda: chance)

    def silent(self, name: str) -> set[tuple[str, str]]:
        names = {id_of(each): each for each in self.parents}
        found = heartbeat.silent(self.stores[name], self.now())
        return {(names[one.origin], one.stream) for one in found}

    def pass_days(self, count: int = 1) -> None:
        self.day += count


def _town() -> Days:
    town = Days(LINE)
    town.note("town")
    town.settle(6)
    return town


def _manifest(body: bytes) -> Manifest:
    return open_rest(body.partition(b"\n")[2]).manifest


def test_a_seal_is_renewed_between_a_half_and_a_quarter_of_its_time() -> None:
    town = _town()
    store, me = town.stores["town"], town.me("town")
    made = heartbeat.seconds(store.promised[town.chain("town")]) - DAY
    for after, chance, count in ((0.4, 1.0, 0), (0.55, 0.0, 0), (0.55, 0.99, 1)):
        at = made + after * DAY
        now = Now("2026-11-24T14:00:00Z", "", "2026-11-25T14:00:00Z", at)
        kept = store.snapshot()
        found = heartbeat.beat(store, me, _at(now, at), lambda c=chance: c)
        assert found == count, (after, chance)
        store.restore(kept)
    assert heartbeat.beat(store, me, _at(now, made + 0.76 * DAY), lambda: 0.0) == 1


def _at(now: Now, second: float) -> Now:
    wire = datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    then = datetime.fromtimestamp(second + DAY, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return Now(wire, wire, then, second)


def test_a_heartbeat_climbs_verbatim_and_costs_nothing_afterwards() -> None:
    town = _town()
    town.pass_days()
    assert town.beat("town") == 1
    line = town.stores["town"].last_seal(town.chain("town"))
    town.settle(3)
    for name in ("county", "city", "root"):
        assert town.stores[name].last_seal(town.chain("town")) == line
    assert ("town", "up") not in town.silent("root")
    town.settle(2)
    body = _manifest(town.call("town", "county", "c"))
    assert (body.idle, body.runs, body.receipts) == ((), (), ())
    assert all(not spool for store in town.stores.values() for spool in store.spools.values())


def test_only_the_latest_seal_of_a_chain_waits_in_a_spool() -> None:
    town = _town()
    for _ in range(3):
        town.pass_days()
        town.beat("town")
    assert len(town.stores["town"].spools[id_of("county")]) == 1
    (sent,) = _manifest(town.call("town", "county", "c")).idle
    kept = town.stores["town"].last_seal(town.chain("town"))
    assert kept is not None
    assert dump(sent) == dump(parse(kept[1], 16384))


def test_who_stops_is_silent_to_every_ancestor_and_who_beats_is_not() -> None:
    town = _town()
    assert town.silent("root") == set()
    town.pass_days(2)
    for name in ("root", "city", "county"):
        town.beat(name)
    town.settle(4)
    for name in ("root", "city", "county"):
        assert town.silent(name) == {("town", "up")}
    town.beat("town")
    town.settle(4)
    assert town.silent("root") == set()


def test_a_parent_that_stops_is_silent_to_its_descendants() -> None:
    town = _town()
    town.pass_days(2)
    town.beat("root")
    town.settle(4)
    assert town.silent("town") == {("city", "all"), ("county", "all")}


def test_a_seal_past_what_is_held_is_asked_for() -> None:
    town = _town()
    town.note("town", count=2)
    town.stores["town"].spools[id_of("county")].clear()
    town.pass_days()
    town.beat("town")
    town.settle(4)
    chain = town.chain("town")
    assert town.stores["root"].tip(chain) == town.stores["town"].tip(chain)


@pytest.mark.parametrize(
    "change",
    [
        {"key": key_of("city")},
        {"chain": ("gov@" + "a" * 32, id_of("town"), epoch_of("town"), "up")},
        {"chain": (DOMAIN, id_of("town"), epoch_of("town"), f"to/{id_of('city')}")},
        {"chain": (DOMAIN, id_of("root"), epoch_of("root"), "up"), "key": key_of("root")},
        {"chain": (DOMAIN, "a" * 32, epoch_of("town"), "up")},
        {"tip": Tip(2, "0" * 64)},
        {"tip": Tip(1, "0" * 64)},
        {"next_by": "2026-11-24T00:00:01Z"},
    ],
)
def test_a_seal_that_says_nothing_new_or_is_none_changes_nothing(change: dict[str, Any]) -> None:
    town = _town()
    store, chain = town.stores["county"], town.chain("town")
    link = store.link(id_of("town"))
    assert link is not None
    made = {
        "chain": chain,
        "tip": store.tip(chain),
        "at": "2026-11-26T00:00:00Z",
        "next_by": "2026-11-28T00:00:00Z",
        "key": key_of("town"),
    }
    before, waiting = store.last_seal(chain), store.snapshot()["spools"]
    good = parse(seal(**made), 16384)
    bad = parse(seal(**(made | change)), 16384)
    heartbeat.take(store, town.me("county"), link, [bad, {"payload": "x"}])
    assert (store.last_seal(chain), store.spools, link.wants) == (before, waiting, ())
    heartbeat.take(store, town.me("county"), link, [good])
    assert store.last_seal(chain) == (2, dump(good))
    assert [len(store.spools[id_of("city")]), store.spools.get(id_of("town"), [])] == [1, []]


def test_heartbeats_go_by_ferry_too() -> None:
    town = _town()
    for name, peer in (("town", "county"), ("county", "town")):
        link = town.stores[name].link(id_of(peer))
        assert link is not None
        link.kind = "ferry"
        town.stores[name].save_link(link)
    town.pass_days()
    town.beat("town")
    up = town.stores["town"], town.me("town"), id_of("county"), town.now(), town.limits
    for body in exchange.load(*up):
        exchange.unload(
            town.stores["county"], town.me("county"), peek(body), town.now(), town.limits
        )
    line = town.stores["town"].last_seal(town.chain("town"))
    assert town.stores["county"].last_seal(town.chain("town")) == line
    assert town.stores["county"].spools[id_of("city")]
