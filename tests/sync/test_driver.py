"""A link's turn: it goes on while there is more, and a failure only sets the next turn."""

from collections.abc import Callable

import pytest

from schemas.refusals import Refused
from sync.driver import Hands, Turn, turn
from sync.ports import Link, Store
from tests.federation.family import id_of
from tests.support.town import Town

LINE: dict[str, str | None] = {"root": None, "city": "root", "county": "city", "town": "county"}


class Loopback:
    """A wire that ends at the parent's store; `fail` may raise first."""

    def __init__(self, town: Town, name: str, fail: Callable[[], None] = lambda: None) -> None:
        self.town, self.name, self.fail = town, name, fail

    def post(self, address: str, body: bytes) -> bytes:
        self.fail()
        return self.town.serve(self.name, body)


def _hands(town: Town, fail: Callable[[], None] = lambda: None) -> Hands:
    store = town.stores["town"]

    def transact(work: Callable[[Store], object]) -> object:
        kept = store.snapshot()
        try:
            return work(store)
        except Refused:
            store.restore(kept)
            raise

    return Hands(
        transact, town.me("town"), Loopback(town, "county", fail), town.now, town.challenge,
        lambda: 0.5,
    )  # fmt: skip


def _link(town: Town) -> Link:
    link = town.stores["town"].link(id_of("county"))
    assert link is not None
    return link


def test_a_turn_goes_on_until_nothing_is_left() -> None:
    town = Town(LINE)
    town.note("town", count=1300)
    done = turn(_hands(town), id_of("county"), "x")
    assert done.failure is None
    assert len(town.held("county", town.chain("town"))) == 1301
    assert _link(town).due == town.second + 30.0
    assert turn(_hands(town), id_of("county"), "x") == Turn(1)


@pytest.mark.parametrize("code", ["unavailable", "busy", "oversize", "link-epoch"])
def test_a_failure_sets_the_next_turn_and_is_shown(code: str) -> None:
    town = Town(LINE)
    town.note("town")

    def fail() -> None:
        raise Refused(code, "as told")

    for number in (1, 2):
        assert turn(_hands(town, fail), id_of("county"), "x") == Turn(1, code)
        link = _link(town)
        assert (link.failures, link.last_error) == (number, f"{code}: as told")
        assert link.due > town.second
    assert (link.most_events == 500) == (code != "oversize")
    assert turn(_hands(town), id_of("county"), "x").failure is None
    assert (_link(town).failures, _link(town).last_error) == (0, None)


def test_a_turn_without_a_link_ends_quietly() -> None:
    town = Town(LINE)
    done = turn(_hands(town), "a" * 32, "x")
    assert done == Turn(1, "not-linked")
