"""A run is taken as its origin sealed it or not at all; every check of it is needed."""

import json
from pathlib import Path
from typing import Any

import pytest

from federation.keys import PublicKey
from schemas.refusals import Refused
from sync.event import Event, Tip
from sync.run import LINE_CHECKS, RUN_CHECKS, Untrusted, read_run, read_spec, sealed_by
from sync.writing import START

WIRE = Path(__file__).parents[1] / "vectors" / "wire"


def _read(name: str) -> Any:
    return json.loads((WIRE / name).read_text(encoding="utf-8"))


STREAMS = _read("streams.json")
REFUSED = _read("refused_runs.json")
KEYS = {
    case["node"]: PublicKey.from_record(case["key"])
    for case in _read("keys.json")["good"].values()
    if "node" in case
}
DOMAIN = json.loads(STREAMS["up"]["lines"][0])["domain"]


def _accept(case: dict[str, Any], tip: Tip = START, **tables: Any) -> list[Event]:
    """Read the run and its seal as an inbox does."""
    spec = read_spec(case["run"])
    chain = spec.chain(DOMAIN)
    lines = [line.encode() for line in case["lines"]]
    run = Untrusted(chain, spec.first, lines, case["seal"], tip, lambda _seq, _head: False)
    events = read_run(run, **tables)
    last = Tip(events[-1].header.seq, events[-1].head)
    sealed_by(case["seal"], chain, last, KEYS[spec.origin])
    return events


@pytest.mark.parametrize("name", STREAMS)
def test_the_runs_of_the_vectors_are_accepted(name: str) -> None:
    events = _accept(STREAMS[name])
    assert [event.header.seq for event in events] == list(range(1, len(events) + 1))
    lines = [line for event in events for line in (event.header_line, event.payload_line)]
    assert [line.decode() for line in lines if line] == STREAMS[name]["lines"]


@pytest.mark.parametrize("number", range(len(REFUSED)))
def test_the_refused_runs_of_the_vectors_are_refused_by_their_code(number: int) -> None:
    with pytest.raises(Refused) as caught:
        _accept(REFUSED[number])
    assert caught.value.code == REFUSED[number]["code"]


@pytest.mark.parametrize("check", [*LINE_CHECKS, *RUN_CHECKS], ids=lambda check: check.__name__)
def test_each_check_switched_off_lets_some_refused_run_through_its_code(check: Any) -> None:
    tables = {
        "line_checks": tuple(one for one in LINE_CHECKS if one is not check),
        "run_checks": tuple(one for one in RUN_CHECKS if one is not check),
    }

    def code(case: dict[str, Any], **off: Any) -> str | None:
        try:
            _accept(case, **off)
        except Refused as refusal:
            return refusal.code
        return None

    assert any(code(case, **tables) != case["code"] for case in REFUSED)


def test_a_gap_says_what_is_missing() -> None:
    case = next(case for case in REFUSED if case["code"] == "gap")
    with pytest.raises(Refused) as caught:
        _accept(case)
    assert caught.value.problem()["expected"] == {"seq": 1, "head": "0" * 64}


def test_a_run_goes_on_from_the_tip() -> None:
    whole = _accept(STREAMS["up"])
    case = {
        "run": STREAMS["up"]["run"] | {"first": 3, "count": 2},
        "lines": STREAMS["up"]["lines"][4:],
        "seal": STREAMS["up"]["seal"],
    }
    assert _accept(case, Tip(2, whole[1].head)) == whole[2:]
    with pytest.raises(Refused) as caught:
        _accept(case, Tip(2, "f" * 64))
    assert caught.value.code == "bad-chain"


def test_an_erased_payload_is_accepted_only_where_it_was_lawfully_erased() -> None:
    case = dict(STREAMS["up"])
    lines = [line.encode() for line in case["lines"]]
    lines[-1] = b""
    spec = read_spec(case["run"])
    events = read_run(
        Untrusted(spec.chain(DOMAIN), 1, lines, case["seal"], START, lambda seq, _head: seq == 4)
    )
    assert events[-1].payload_line is None
    assert events[-1].size == len(lines[-2]) + 2
    with pytest.raises(Refused) as caught:
        read_run(
            Untrusted(spec.chain(DOMAIN), 1, lines, case["seal"], START, lambda seq, _h: seq == 3)
        )
    assert caught.value.code == "payload-missing"


def test_an_announcement_of_another_shape_is_refused() -> None:
    with pytest.raises(Refused, match="count"):
        read_spec({"origin": "a", "epoch": "b", "stream": "up", "first": 1})
