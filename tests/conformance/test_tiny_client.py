"""The spec alone is enough: what was written from it reads and refuses the golden bytes."""

import ast
import json
import sys
from pathlib import Path
from typing import Any

import pytest
import tiny_wire as wire
from make_vectors import everything
from tiny_client import TinyClient

HERE = Path(__file__).parent
WIRE = HERE.parent / "vectors" / "wire"
SPEC = HERE.parents[1] / "docs" / "spec"
CLIENT = ["tiny_wire.py", "tiny_book.py", "tiny_client.py", "tiny_cli.py"]


def vector(name: str) -> Any:
    return json.loads((WIRE / name).read_text(encoding="utf-8"))


def cases(name: str) -> list[Any]:
    return [pytest.param(c, id=f"{n}-{c['code']}") for n, c in enumerate(vector(name))]


def lineage() -> wire.Lineage:
    told = vector("lineage.json")
    known = wire.Lineage(told["genesis"])
    for step in told["steps"]:
        known.step(step)
    return known


@pytest.fixture
def city(tmp_path: Path) -> TinyClient:
    """The example's city, joined and with its four events written."""
    client = TinyClient.new(tmp_path / "city.json", "示例市政府", "city")
    keys, up = vector("keys.json")["good"], vector("streams.json")["up"]
    answer = vector("join.json")["city"]["answer"]
    state = client.state | {"seed": keys["city"]["seed"], "epoch": keys["city"]["epoch"]}
    state |= {"domain": vector("domain.json")["domain"], "parent": keys["root"]["node"]}
    state |= {"lineage": answer["lineage"], "link": answer["link"], "address": "nowhere"}
    state["books"] = {"up": {"head": up["heads"][-1], "lines": up["lines"]}}
    state["spool"] = [["up", n] for n in range(1, 5)]
    return TinyClient(client.path, state)


@pytest.mark.parametrize("name", CLIENT)
def test_it_imports_only_the_standard_library_and_cryptography(name: str) -> None:
    allowed = set(sys.stdlib_module_names) | {"cryptography"} | {n[:-3] for n in CLIENT}
    for node in ast.walk(ast.parse((HERE / name).read_text(encoding="utf-8"))):
        names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0
            names = [node.module or ""]
        assert {n.split(".")[0] for n in names} <= allowed
        assert not (isinstance(node, ast.Name) and node.id in {"__import__", "eval", "exec"})


@pytest.mark.parametrize("name", sorted(everything()))
def test_golden_bytes_are_those_that_the_generator_writes(name: str) -> None:
    made = everything()[name]
    assert made == (
        (WIRE / name).read_text(encoding="utf-8") if name == "ferry.txt" else vector(name)
    )


def test_every_vector_file_is_named_in_the_spec() -> None:
    index = (SPEC / "README.md").read_text(encoding="utf-8")
    assert {p.name for p in WIRE.iterdir()} == set(everything())
    assert all(f"`{p.name}`" in index for p in WIRE.iterdir())


def test_examples_in_the_spec_are_the_golden_bytes() -> None:
    up, to = vector("streams.json")["up"], vector("streams.json")["to"]
    compact = {"ensure_ascii": False, "separators": (",", ":")}
    quoted = {
        "01-primitives.md": [json.dumps(vector("keys.json")["good"]["city"]["key"], **compact)],
        "02-events.md": [*up["lines"][2:4], up["heads"][1]],
        "03-seals-and-receipts.md": [
            json.dumps(up["seal"], **compact),
            wire.peek(vector("receipt.json"), "receipt")[1].decode(),
        ],
        "04-membership.md": [vector("domain.json")["domain"]],
        "09-ferry.md": (WIRE / "ferry.txt").read_text(encoding="utf-8").split("\n")[:2],
        "10-13710-events.md": [to["lines"][3], up["lines"][7]],
    }
    for page, pieces in quoted.items():
        lines = [x.strip() for x in (SPEC / page).read_text(encoding="utf-8").split("\n")]
        assert [p for p in pieces if p not in lines] == [], page


def test_good_lines_are_read() -> None:
    for line in vector("json.json")["good"]:
        assert wire.loads(line.encode()) == json.loads(line)


@pytest.mark.parametrize("case", vector("json.json")["refused"], ids=lambda c: c["why"])
def test_bad_lines_are_refused(case: wire.Obj) -> None:
    with pytest.raises(wire.RefusedError, match="malformed"):
        wire.loads(case["line"].encode())


def test_raw_lone_surrogates_are_refused() -> None:
    with pytest.raises(wire.RefusedError, match="malformed"):
        wire.loads(b'{"a":"\xed\xa0\x80"}')


def test_node_ids_follow_from_first_keys() -> None:
    good = vector("keys.json")["good"]
    for name in ("root", "city", "town"):
        assert wire.node_id(good[name]["key"]) == good[name]["node"]


@pytest.mark.parametrize("case", vector("keys.json")["refused"], ids=lambda c: c["why"])
def test_weak_keys_are_refused(case: wire.Obj) -> None:
    with pytest.raises(wire.RefusedError, match=case["code"]):
        wire.public(case)


def test_other_algorithms_are_refused() -> None:
    with pytest.raises(wire.RefusedError, match="algorithm"):
        wire.public(vector("keys.json")["good"]["city"]["key"] | {"alg": "sm2-sm3"})


def test_lineage_teaches_every_key_of_the_example() -> None:
    known, good = lineage(), vector("keys.json")["good"]
    assert known.domain == vector("domain.json")["domain"]
    for name in ("root", "city", "town"):
        assert known.key(good[name]["node"], good[name]["epoch"]) == good[name]["key"]


def test_lineage_without_a_step_is_refused() -> None:
    told = vector("lineage.json")
    with pytest.raises(wire.RefusedError, match="unknown-origin"):
        wire.Lineage(told["genesis"]).step(told["steps"][1])


@pytest.mark.parametrize("name", ["all", "to", "up", "cityall"])
def test_streams_are_chained_and_sealed(name: str) -> None:
    told = vector("streams.json")[name]
    lines = [line.encode() for line in told["lines"]]
    events = wire.chain(told["run"], lines, lineage().domain, (0, wire.ZEROS))
    assert [e["head"] for e in events] == told["heads"]
    key = lineage().key(told["run"]["origin"], told["run"]["epoch"])
    assert wire.check_seal(told["seal"], events[-1], key)["seq"] == len(events)


@pytest.mark.parametrize("case", cases("refused_runs.json"))
def test_bad_runs_are_refused_with_their_code(case: wire.Obj) -> None:
    known, run = lineage(), case["run"]
    lines = [line.encode() for line in case["lines"]]
    with pytest.raises(wire.RefusedError, match=f"^{case['code']}\\b"):  # noqa: PT012
        events = wire.chain(run, lines, known.domain, (0, wire.ZEROS))
        wire.check_seal(case["seal"], events[-1], known.key(run["origin"], run["epoch"]))
        wire.need(all(e["payload"] is not None for e in events), "payload-missing")


def test_rotation_makes_the_new_epoch_known() -> None:
    known, told, keys = lineage(), vector("rotation.json"), vector("keys.json")["good"]
    known.rotate(told["rotation"])
    header, _ = wire.read_event(*(line.encode() for line in told["lines"]))
    event = {"header": header, "head": wire.sha(told["lines"][0].encode())}
    wire.check_seal(told["seal"], event, known.key(header["source"], header["epoch"]))
    assert known.key(header["source"], header["epoch"]) == keys["town2"]["key"]


def test_rotation_needs_both_signatures() -> None:
    for keep in (0, 1):
        told = vector("rotation.json")["rotation"]
        told["signatures"] = [told["signatures"][keep]]
        with pytest.raises(wire.RefusedError, match="bad-signature"):
            lineage().rotate(told)


def test_golden_answer_is_believed_and_brings_the_assignment(city: TinyClient) -> None:
    answer = vector("exchange.json")[1]["answer"].encode()
    assert city._answer(answer, "c1-from-city") == 2
    (subject, about), *more = city.assignments().items()
    assert (about["state"], more) == ("ISSUED", [])
    assert city.state["acked"] == 4
    assert not city.provisional
    assert list(city.state["receipts"]) == [vector("keys.json")["good"]["root"]["node"]]
    assert subject.endswith(":a0000001")


def test_same_answer_again_is_a_replay(city: TinyClient) -> None:
    answer = vector("exchange.json")[1]["answer"].encode()
    city._answer(answer, "c1-from-city")
    with pytest.raises(wire.RefusedError, match="replay"):
        city._answer(answer, "c1-from-city")


def test_answer_to_another_request_is_not_believed(city: TinyClient) -> None:
    with pytest.raises(wire.RefusedError, match="something else"):
        city._answer(vector("exchange.json")[1]["answer"].encode(), "c9-from-city")


def test_altered_answer_is_not_believed(city: TinyClient) -> None:
    answer = vector("exchange.json")[1]["answer"].replace("300", "200").encode()
    with pytest.raises(wire.RefusedError, match="bad-signature"):
        city._answer(answer, "c1-from-city")
