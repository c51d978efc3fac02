"""The tree is a function of the set of events: any order, any number, ends in the same rows."""

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from federation.roster import Roster, RosterEvent
from schemas import membership as m
from schemas.refusals import Refused
from schemas.strict import dump
from tests.federation.family import (
    GENESIS,
    TREE,
    admission,
    agreed,
    epoch_of,
    event,
    head,
    id_of,
    key_of,
    rotation,
)
from tests.federation.lawful import LAWFUL, cutting, moving, recovering

TOWN = id_of("town")


def _opened(old: int, new: int) -> RosterEvent:
    data = {"cause": "rotation", "last": None, "rotation": rotation("town", old, new)}
    return event("town", m.OPENED, data, seq=1, stream="up", epoch=epoch_of("town", new))


def _rekeyed(counter: int) -> RosterEvent:
    key = key_of("town", counter).public.record
    data = {"node": TOWN, "epoch": epoch_of("town", counter), "key": key, "opened": "0" * 64}
    return event("county", m.REKEYED, data)


def _moved(writer: str, old: str, new: str, counter: int) -> RosterEvent:
    detail = moving("town", old, new, counter)
    return event(writer, m.MOVED, agreed("move", "town", detail, ["town", old, new]))


def _all_events() -> list[RosterEvent]:
    suspended = event("county", m.SUSPENDED, {"node": TOWN, "grounds": "x", "heads": [head(3)]})
    lift = {"node": TOWN, "grounds": "y"}
    line = {"over": id_of("county"), "by": id_of("dept")}
    recovery = agreed("recover", "town", recovering(counter=4), ["county", "city"])
    # who consents to a move here must not be cut: a consent by a cut key is refused where the cut
    # is known, so the order would count (docs/adr/0003)
    detail = cutting("city2", head(9, "up", "city2"))
    cut = agreed("cut", "city2", detail, ["root", "offline1", "offline2"])
    return [
        *(admission(name) for name in TREE),
        admission("town", name="新名"),
        *(_opened(1, 2), _opened(1, 3), _opened(2, 5), _rekeyed(2), _rekeyed(3)),
        event("county", m.RECOVERED, recovery),
        _moved("root", "county", "county2", 6),
        _moved("root", "county2", "city", 7),
        _moved("city", "city", "county", 8),
        _moved("root", "county", "dept", 9),
        *(event("root", m.LINE, line), event("root", m.LINE, line | {"end": True})),
        suspended,
        event("county2", m.SUSPENDED, {"node": TOWN, "grounds": "z", "heads": []}),
        event("root", m.RESUMED, lift, re=(suspended.head,)),
        event("root", m.CUT, cut),
        event("root", m.OBSERVER, {"node": id_of("dept")}),
    ]


EVENTS = _all_events()


def _fold(events: list[RosterEvent]) -> bytes:
    """Each event as it comes; those refused are judged anew whenever the roster changes."""
    roster, waiting = Roster(GENESIS), list[RosterEvent]()
    for one in events:
        waiting.append(one)
        changed = True
        while changed:
            changed = False
            for each in list(waiting):
                try:
                    changed = bool(roster.apply(each)) or changed
                    waiting.remove(each)
                except Refused:
                    continue
    assert waiting == []
    return dump(roster.dump())


EXPECTED = _fold(EVENTS)


@settings(deadline=None, max_examples=60)
@given(st.randoms(use_true_random=False))
def test_any_order_with_any_repetition_ends_in_the_same_rows(chance: random.Random) -> None:
    shuffled = [*EVENTS, *chance.sample(EVENTS, 8)]
    chance.shuffle(shuffled)
    assert _fold(shuffled) == EXPECTED


def test_each_kind_that_changes_rows_takes_part() -> None:
    changing = {kind for kind, _ in LAWFUL} - {m.ERASED, m.SUCCEEDED, m.RESOLVED}
    assert {one.type for one in EVENTS} == changing


def test_losing_one_event_is_seen_in_the_rows() -> None:
    for one in EVENTS:
        if one.type in (m.RECOVERED, m.CUT, m.OBSERVER):
            assert _fold([each for each in EVENTS if each is not one]) != EXPECTED
