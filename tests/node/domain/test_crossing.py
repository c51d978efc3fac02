"""Who beats whom, of crossed facts."""

from __future__ import annotations

import pytest

from node.domain.authority import AUTHORITY, Parties
from node.domain.crossing import CROSSING, NEUTRAL, rank, standing
from tests.node.domain.cast import CITY, COUNTY, ROOT, STRANGER, TASK, Pen

PARTIES = Parties(registrar=STRANGER, issuer=ROOT, assignee=CITY)


def test_every_type_either_crosses_or_is_neutral() -> None:
    assert {row.type for row in AUTHORITY} == CROSSING | NEUTRAL
    assert not CROSSING & NEUTRAL


def test_registrar_beats_issuer_beats_assignee_beats_others() -> None:
    pen = Pen()
    registrar, issuer, assignee, other = (
        pen.say(who, "reported", TASK, "up") for who in (STRANGER, ROOT, CITY, COUNTY)
    )
    ranks = [rank(fact, PARTIES) for fact in (registrar, issuer, assignee, other)]
    assert ranks == sorted(ranks, reverse=True)
    assert len(set(ranks)) == 4


@pytest.mark.parametrize("name", ["struck", "cancelled"])
def test_a_repeated_ruling_weighs_like_the_registrar_s(name: str) -> None:
    pen = Pen()
    registrar = pen.say(STRANGER, "reported", TASK, "up")
    assert rank(pen.down(name, repeats="f" * 64), PARTIES) == rank(registrar, PARTIES)
    assert rank(pen.down(name, repeats=None), PARTIES) < rank(registrar, PARTIES)


def test_whoever_is_void_beats_nobody() -> None:
    weights = {0: 1, 1: 2, 2: 3}
    pairs = {frozenset({0, 1}), frozenset({1, 2})}
    crossed = lambda one, other: frozenset({one, other}) in pairs  # noqa: E731
    assert standing(weights, weights.__getitem__, crossed) == [0, 2]


def test_equals_do_not_beat_each_other() -> None:
    assert standing([0, 1], lambda _: 1, lambda *_: True) == [0, 1]
