"""Two real ends joined in memory: down, up, sideways, receipts, and what goes wrong."""

from typing import Any

import pytest

from schemas.refusals import Refused
from sync.event import ChainId
from tests.federation.family import id_of
from tests.support.town import Town

LINE: dict[str, str | None] = {"root": None, "city": "root", "county": "city", "town": "county"}
TREE: dict[str, str | None] = LINE | {"dept": "root", "city2": "root", "county2": "city2"}


def _lines(town: Town, name: str, chain: ChainId) -> list[bytes]:
    return [one.header_line for one in town.held(name, chain)]


def test_a_report_climbs_from_the_township_to_the_root() -> None:
    town = Town(LINE)
    town.note("town", count=3)
    town.settle(2)
    for name in ("county", "city", "root"):
        assert _lines(town, name, town.chain("town")) == _lines(town, "town", town.chain("town"))


def test_an_assignment_sinks_to_its_addressee_and_is_seen_on_the_way_only() -> None:
    town = Town(TREE)
    town.settle(3)
    town.note("root", f"to/{id_of('town')}")
    town.settle(4)
    chain = town.chain("root", f"to/{id_of('town')}")
    assert [len(_lines(town, name, chain)) for name in ("city", "county", "town")] == [2, 2, 2]
    assert [len(_lines(town, name, chain)) for name in ("dept", "city2", "county2")] == [0, 0, 0]


def test_a_copy_goes_sideways_with_the_lineage_of_its_origin() -> None:
    town = Town(TREE)
    town.settle(3)
    town.note("county2", f"to/{id_of('county')}")
    town.settle(6)
    chain = town.chain("county2", f"to/{id_of('county')}")
    for name in ("city2", "root", "city", "county"):
        assert len(_lines(town, name, chain)) == 2, name
    assert _lines(town, "town", chain) == []
    assert id_of("county2") in town.stores["county"].roster()
    assert {"city2", "root", "county"} <= town.receipts("county2")


def test_what_is_for_all_reaches_ancestors_and_descendants() -> None:
    town = Town(TREE)
    town.note("city", "all")
    town.settle(4)
    chain = town.chain("city", "all")
    assert len(_lines(town, "city", chain)) == 3
    for name in ("root", "county", "town"):
        assert len(_lines(town, name, chain)) == 3, name
    assert _lines(town, "city2", chain) == []


def test_own_events_never_leave() -> None:
    town = Town(LINE)
    town.note("town", "own")
    town.settle(3)
    assert len(_lines(town, "town", town.chain("town", "own"))) == 2
    assert _lines(town, "county", town.chain("town", "own")) == []


def test_receipts_of_every_ancestor_come_back_to_the_origin() -> None:
    town = Town(LINE)
    town.note("town")
    town.settle(4)
    assert town.receipts("town") == {"county", "city", "root"}
    assert town.stores["root"].receipt(id_of("county"), id_of("town")) is not None


def test_an_exchange_with_nothing_new_carries_nothing() -> None:
    town = Town(LINE)
    town.note("town")
    town.settle(8)
    body = town.call("town", "county", "c")
    assert body.count(b"\n") == 2
    assert b'"runs":[]' in body
    assert b'"receipts":[]' in body


def test_more_than_a_body_takes_is_sent_in_several() -> None:
    town = Town(LINE)
    town.note("town", count=1200)
    town.meet("town")
    assert 0 < len(_lines(town, "county", town.chain("town"))) <= 500
    town.settle(4)
    assert len(_lines(town, "root", town.chain("town"))) == 1201


def test_a_lost_answer_and_a_body_sent_twice_change_nothing() -> None:
    town = Town(LINE)
    town.meet("town")
    town.note("town", count=2)

    def lost(answer: bytes) -> bytes:
        raise Refused("unavailable", "lost")

    with pytest.raises(Refused):
        town.meet("town", down=lost)
    town.meet("town")
    chain = town.chain("town")
    assert _lines(town, "county", chain) == _lines(town, "town", chain)
    body = town.call("town", "county", "again")
    town.serve("county", body)
    with pytest.raises(Refused) as caught:
        town.serve("county", body)
    assert caught.value.code == "stale-challenge"
    assert _lines(town, "county", chain) == _lines(town, "town", chain)


def _altered(body: bytes) -> bytes:
    return body.replace(b'"text":"x"', b'"text":"y"', 1)


def _without_events(body: bytes) -> bytes:
    lines = body.split(b"\n")
    return b"\n".join([*lines[:-3], b""])


@pytest.mark.parametrize("liar", [_altered, _without_events])
def test_a_body_changed_on_the_way_is_refused_whole(liar: Any) -> None:
    town = Town(LINE)
    town.meet("town")
    town.note("town", count=2)
    with pytest.raises(Refused) as caught:
        town.meet("town", up=liar)
    assert caught.value.code == "bad-signature"
    town.meet("town")
    assert len(_lines(town, "county", town.chain("town"))) == 3
