"""What a node writes is what a stranger accepts; long batches are sealed on the way."""

import pytest

from federation.ids import node_id
from federation.keys import SigningKey
from schemas.refusals import Refused
from schemas.strict import parse
from sync.event import Event, Tip
from sync.run import Untrusted, read_run, sealed_by
from sync.writing import SEAL_EVENTS, START, Draft, opening, seal, seal_points, write

KEY = SigningKey.from_seed(b"k" * 32)
NODE = node_id(KEY.public.raw)
CHAIN = ("gov@" + "a" * 32, NODE, "1-00000000", "up")
AT, NEXT = "2026-11-24T05:03:28Z", "2026-11-25T05:03:28Z"
OPENED = opening(NODE, "up", {"cause": "birth", "last": None})
SUBJECT = f"assignment:{NODE}:a0000001"


def _written(count: int, text: str = "x") -> list[Event]:
    drafts = [Draft("duban.assignment.reported", SUBJECT, "up", {"text": text})] * (count - 1)
    salts = [number.to_bytes(16, "big") for number in range(count)]
    return write(CHAIN, START, [OPENED, *drafts], AT, salts)


def test_what_is_written_and_sealed_is_accepted() -> None:
    events = _written(5)
    tip = Tip(5, events[-1].head)
    lines = [line for one in events for line in (one.header_line, one.payload_line or b"")]
    made = parse(seal(CHAIN, tip, AT, NEXT, KEY), 10**5)
    assert read_run(Untrusted(CHAIN, 1, lines, made, START, lambda *_: False)) == events
    assert sealed_by(made, CHAIN, tip, KEY.public).next_by == NEXT
    assert {one.chain for one in events} == {CHAIN}


def test_a_seal_vouches_for_its_own_chain_and_end_only() -> None:
    events = _written(3)
    made = parse(seal(CHAIN, Tip(3, events[2].head), AT, NEXT, KEY), 10**5)
    for chain, tip in (
        ((*CHAIN[:3], "all"), Tip(3, events[2].head)),
        (CHAIN, Tip(2, events[1].head)),
        (CHAIN, Tip(3, events[1].head)),
    ):
        with pytest.raises(Refused) as caught:
            sealed_by(made, chain, tip, KEY.public)
        assert caught.value.code == "bad-seal"
    with pytest.raises(Refused) as caught:
        sealed_by(made, CHAIN, Tip(3, events[2].head), SigningKey.from_seed(b"o" * 32).public)
    assert caught.value.code == "bad-seal"


def test_references_are_written_in_ascending_order() -> None:
    draft = Draft("duban.assignment.reported", SUBJECT, "up", {}, ("f" * 64, "0" * 64))
    (event,) = write(CHAIN, START, [draft], AT, [b"s" * 16])
    assert event.header.refs == ("0" * 64, "f" * 64)


def test_a_line_too_long_to_travel_is_refused() -> None:
    with pytest.raises(Refused) as caught:
        _written(2, "x" * 70000)
    assert caught.value.code == "oversize"


def test_seals_stand_at_least_each_256_events_and_each_mebibyte() -> None:
    assert seal_points([]) == []
    assert seal_points(_written(3)) == [2]
    assert seal_points(_written(SEAL_EVENTS + 1)) == [SEAL_EVENTS - 1, SEAL_EVENTS]
    long = _written(40, "x" * 60000)
    points = seal_points(long)
    assert points[-1] == 39
    for start, end in zip([-1, *points[:-1]], points, strict=True):
        assert sum(one.size for one in long[start + 1 : end + 1]) <= 1024 * 1024
