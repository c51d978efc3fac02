"""A peer that takes less than one seal covers is told so, and not called again and again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from node.worker import Loopback
from sync.driver import turn
from sync.me import Limits
from tests.support.forms import FORM
from tests.support.onehost import OneHost


@pytest.fixture
def one(tmp_path: Path) -> Iterator[OneHost]:
    parents = {"province": None, "city": "province", "bureau": "province"}
    made = OneHost(tmp_path, f"sqlite:///{tmp_path}/host.db", parents)
    made.settle()
    yield made
    made.close()


def test_a_turn_ends_where_one_seal_covers_more_than_the_peer_takes(one: OneHost) -> None:
    made = one.do("province", "matter.register", form=FORM)
    both = {"lead": one.node("city"), "cohandlers": [one.node("bureau")]}
    one.do("province", "matter.issue", made["id"], both)  # two events under one seal
    hands = one.host.hands(one.places["city"], Loopback(one.host))
    one.host.limits = Limits(events=1)
    small = one.host.hands(one.places["city"], Loopback(one.host))
    done = turn(small, one.node("province"), "")
    assert (done.failure, done.rounds) == ("oversize", 1)
    one.host.limits = hands.limits
    assert turn(hands, one.node("province"), "").failure is None
    chains = one.host.read(one.places["city"], lambda store: store.chains())
    assert [tip.seq for _, tip in chains] == [2]
