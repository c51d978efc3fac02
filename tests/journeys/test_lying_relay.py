"""A relay that lies, over real HTTP: each lie is noticed, named to operators, and mended."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import delete, insert, null, select, update

from node.service.verify import verify
from node.storage.engine import Connection
from node.storage.tables import chains, journal, spool
from sync.event import Tip
from tests.support.hand import Hand
from tests.support.hosts import until
from tests.support.proxy import Proxy, proxy
from tests.support.realm import Realm, Seat

PLAN = {
    "province": Seat("", "province"),
    "city": Seat("province", "city"),
    "county": Seat("city", "county", poll=True, works=False),
    "town": Seat("county", "township", poll=True, works=False),
    "village": Seat("county", "township", poll=True, works=False),
}
ABOVE = ("county", "city", "province")


class Case:
    """A township and its sister below a county that may lie; nobody below the city works alone."""

    def __init__(self, realm: Realm) -> None:
        self.realm = realm
        self.ids: dict[str, str] = {}
        until(lambda: realm.hosts["county"].turns() and realm.knows("province") == set(PLAN))
        self.ids["town"], self.ids["village"] = realm.hand("county", "town", "village")
        for name in self.ids:
            realm.hosts[name].turns()
            realm.act(name, self.ids[name], "sign", "deploy")
        self.settled()

    def report(self, name: str = "town") -> int:
        """One more report; its seq in the reporter's chain."""
        self.realm.act(name, self.ids[name], "report")
        return len(self.realm.held(name, name))

    def sent(self, *names: str) -> None:
        """The townships hand over what they have; the county holds it and hands on nothing."""
        for name in names or self.ids:
            self.realm.call(name)

    def relay(self) -> None:
        self.realm.call("county")

    def settled(self) -> None:
        """Everybody calls until the province holds everything and its receipts are back."""
        realm, none = self.realm, dict.fromkeys(ABOVE, 0)

        def done() -> bool:
            self.sent()
            self.relay()
            return all(
                realm.missing(name) == none
                and realm.held("province", name) == realm.held(name, name)
                for name in self.ids
            )

        until(done)


@pytest.fixture(scope="module")
def case(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Case]:
    realm = Realm(tmp_path_factory.mktemp("liar"), PLAN)
    yield Case(realm)
    realm.stop()


# in between: it has no key of anybody's


@pytest.fixture
def between(case: Case) -> Iterator[Proxy]:
    """A proxy between the township and the county."""
    hand = Hand(case.realm, "town", "county")
    with proxy(hand.url) as made:
        link = hand.link()
        link.address = made.url
        hand.save(link)
        yield made
        link = hand.link()
        link.address, link.failures, link.due = hand.url, 0, 0.0
        hand.save(link)


def _altering(old: str, new: str) -> Callable[[bytes], bytes]:
    def alter(body: bytes) -> bytes:
        return body.replace(old.encode(), new.encode())

    return alter


def test_what_a_proxy_alters_on_the_way_up_is_refused_and_named(case: Case, between: Proxy) -> None:
    before = len(case.realm.held("county", "town"))
    case.report()
    between.up = _altering("已补设12块", "已补设99块")
    case.sent("town")
    assert "已补设12块".encode() in between.seen[-1]
    assert case.realm.noticed("town", "county") == ["bad-signature"]
    stats = case.realm.user("county", "supervisor").get("/stats")
    assert stats["refused"]["bad-signature"] == 1
    assert len(case.realm.held("county", "town")) == before


def test_what_a_proxy_alters_on_the_way_down_is_refused_and_named(
    case: Case, between: Proxy
) -> None:
    case.report()
    between.down = _altering('"poll":1', '"poll":9')
    case.sent("town")
    assert case.realm.noticed("town", "county") == ["bad-signature"]
    # the county holds it although the township can't know yet
    assert case.realm.held("county", "town") == case.realm.held("town", "town")
    assert case.realm.link("town", "county")["pending"] > 0


def test_what_a_proxy_cuts_off_is_refused_and_named(case: Case, between: Proxy) -> None:
    case.report()
    between.up = lambda body: body[: len(body) // 2]
    case.sent("town")
    assert set(case.realm.noticed("town", "county")) <= {"bad-signature", "malformed"}
    assert case.realm.noticed("town", "county") != []


def test_what_a_proxy_sends_twice_is_refused_and_changes_nothing(
    case: Case, between: Proxy
) -> None:
    case.report()
    between.twice = True
    case.sent("town")
    assert {one.json()["code"] for one in between.again} == {"stale-challenge"}
    assert case.realm.noticed("town", "county") == []
    assert case.realm.held("county", "town") == case.realm.held("town", "town")


# a relay with a key of its own: the county's, which has what it relays in its own store


def _at_county(case: Case, work: Callable[[Connection], Any]) -> Any:
    return case.realm.hosts["county"].host.database.write(work)


def _row(case: Case, of: str, seq: int) -> Any:
    """The place of an event of `of` in the county's journal."""
    _, origin, epoch, stream = case.realm.chain(of)
    found = select(chains.c.id).where(
        chains.c.origin == origin, chains.c.epoch == epoch, chains.c.stream == stream
    )
    return (journal.c.chain == found.scalar_subquery()) & (journal.c.seq == seq)


def _changed(case: Case, seq: int, payload: Any) -> Any:
    """Change a payload of the township in the county's store; the one that was there."""

    def work(one: Connection) -> Any:
        where = _row(case, "town", seq)
        before = one.execute(select(journal.c.payload).where(where)).scalar_one()
        one.execute(update(journal).where(where).values(payload=payload))
        return before

    return _at_county(case, work)


def _assert_named(case: Case, code: str) -> None:
    """The city refuses the township's run and says so, the county is told, others go on."""
    realm, town = case.realm, case.realm.node("town")
    here = realm.link("city", "county")
    there = realm.link("county", "city")
    for notes in (here["refused"], there["told"]):
        assert (notes[-1]["code"], notes[-1]["origin"], notes[-1]["mended"]) == (code, town, False)
    assert code in realm.noticed("city", "county")
    assert code in realm.noticed("county", "city")
    assert realm.held("city", "village") == realm.held("village", "village")


def _assert_tail_behind(case: Case, behind: int) -> None:
    """The origin sees it too: the county says that it holds what nobody above says to hold."""
    case.sent("town")
    missing = case.realm.missing("town")
    assert missing == {"county": 0, "city": behind, "province": behind}


def _assert_mended(case: Case) -> None:
    case.report()
    case.settled()
    for notes in (
        case.realm.link("city", "county")["refused"],
        case.realm.link("county", "city")["told"],
    ):
        assert all(note["mended"] for note in notes)


def test_an_altered_payload_is_named_by_its_hash(case: Case) -> None:
    case.settled()
    seq = case.report()
    case.report("village")
    case.sent()
    lie = case.realm.held("town", "town")[-1].payload_line or b""
    true = _changed(case, seq, lie.replace("已补设12块".encode(), "已补设99块".encode()))
    case.relay()
    _assert_named(case, "bad-datahash")
    _assert_tail_behind(case, 1)
    assert any(
        one.where.endswith(f"/up/{seq}") for one in verify(case.realm.hosts["county"].host).findings
    )
    _changed(case, seq, true)
    _assert_mended(case)


def test_an_erasure_that_nobody_ordered_is_named(case: Case) -> None:
    seq = case.report()
    case.report("village")
    case.sent()
    true = _changed(case, seq, null())
    served = case.realm.hosts["city"].host.exchanges
    case.relay()
    _assert_named(case, "payload-missing")
    _assert_tail_behind(case, 1)
    # the city asks for it, is given the same again, and does not ask on and on
    assert case.realm.hosts["city"].host.exchanges - served < 10
    _changed(case, seq, true)
    _assert_mended(case)


def test_a_forged_event_of_the_township_is_named_by_its_seal(case: Case) -> None:
    """The county writes in the township's name, behind all that the township wrote."""
    hand = Hand(case.realm, "county", "city")
    last = case.realm.held("town", "town")[-1]
    forged = hand.forge(case.realm.chain("town"), Tip(last.header.seq, last.head), "已办结")
    case.report("village")
    case.sent()
    true = hand.held("village", *[len(case.realm.held("village", "village"))] * 2)
    (result,) = hand.say(forged, true)
    assert (result["code"], result["origin"]) == ("bad-seal", case.realm.node("town"))
    assert "bad-seal" in case.realm.noticed("city", "county")
    assert case.realm.held("city", "village") == case.realm.held("village", "village")
    assert case.realm.held("city", "town")[-1].head == last.head
    _assert_mended(case)


def test_a_run_before_its_time_is_a_gap_and_nothing_is_lost(case: Case) -> None:
    hand = Hand(case.realm, "county", "city")
    seqs = [case.report() for _ in range(3)]
    case.sent()
    runs = [hand.held("town", seq, seq) for seq in reversed(seqs)]
    results = hand.say(*runs)
    assert [one["code"] for one in results] == ["gap", "gap"]
    assert {one["expected"]["seq"] for one in results} == {seqs[0]}
    assert "gap" in case.realm.noticed("city", "county")
    _assert_mended(case)


def test_a_dropped_middle_is_a_gap_until_it_comes(case: Case) -> None:
    """The county loses an event for good: what follows it is refused, and told to the county."""
    seqs = [case.report() for _ in range(3)]
    case.report("village")
    case.sent()

    def take(one: Connection) -> Any:
        where = _row(case, "town", seqs[0])
        taken = one.execute(select(journal).where(where)).mappings().one()
        one.execute(delete(journal).where(where))
        return dict(taken)

    taken = _at_county(case, take)
    case.relay()
    _assert_named(case, "gap")
    _assert_tail_behind(case, 3)
    _at_county(case, lambda one: one.execute(insert(journal).values(**taken)))
    _assert_mended(case)


def test_a_dropped_tail_shows_in_the_receipts_of_those_above(case: Case) -> None:
    """The county says nothing of the last run: only its origin can know, by what is not said."""
    case.report()
    case.report("village")
    case.sent()

    def drop(one: Connection) -> Any:
        _, origin, epoch, stream = case.realm.chain("town")
        found = select(chains.c.id).where(
            chains.c.origin == origin, chains.c.epoch == epoch, chains.c.stream == stream
        )
        where = spool.c.chain == found.scalar_subquery()
        taken = [dict(row) for row in one.execute(select(spool).where(where)).mappings()]
        one.execute(delete(spool).where(where))
        return taken

    taken = _at_county(case, drop)
    assert taken
    case.relay()
    until(lambda: case.realm.held("city", "village") == case.realm.held("village", "village"))
    case.sent()
    _assert_tail_behind(case, 1)
    assert case.realm.missing("village")["county"] == 0
    # the county's receipt speaks of an event that it never handed on: the city names it
    assert "withheld" in case.realm.noticed("city", "county")
    # were the county to hide its receipt too, the last seal that came still names its next
    city, chain = case.realm.hosts["city"].host, case.realm.chain("town")
    seals = city.read(case.realm.places["city"], lambda store: store.idle("2999-01-01T00:00:00Z"))
    (promised,) = [next_by for named, _, next_by in seals if named == chain]
    assert promised > city.now().wire
    # and the next report, once handed on honestly, makes it a gap that is asked for
    _assert_mended(case)
    assert case.realm.noticed("city", "county") == []


def test_every_node_verifies_after_all_those_lies(case: Case) -> None:
    for name in PLAN:
        assert verify(case.realm.hosts[name].host).findings == []
