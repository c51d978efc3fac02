"""The product reads the golden vectors of docs/spec as the specification says."""

import json
from base64 import b64decode, urlsafe_b64decode
from pathlib import Path
from typing import Any

import pytest

from federation.ids import domain_id, node_id
from schemas.refusals import Refused
from schemas.strict import parse

WIRE = Path(__file__).parent / "wire"


def _read(name: str) -> Any:
    return json.loads((WIRE / name).read_text(encoding="utf-8"))


@pytest.mark.parametrize("line", _read("json.json")["good"])
def test_a_good_line_is_accepted(line: str) -> None:
    assert parse(line.encode(), 65536) == json.loads(line)


@pytest.mark.parametrize("case", _read("json.json")["refused"], ids=lambda case: case["why"])
def test_a_faulty_line_is_refused(case: dict[str, str]) -> None:
    with pytest.raises(Refused):
        parse(case["line"].encode("utf-8", "surrogatepass"), 65536)


NODES = {name: case for name, case in _read("keys.json")["good"].items() if "node" in case}


def test_the_vectors_name_three_nodes() -> None:
    assert set(NODES) == {"root", "city", "town"}


@pytest.mark.parametrize("name", NODES)
def test_a_node_id_is_the_hash_of_its_first_key(name: str) -> None:
    case = NODES[name]
    assert node_id(urlsafe_b64decode(case["key"]["pub"] + "=")) == case["node"]


def test_a_domain_id_is_the_hash_of_its_genesis() -> None:
    genesis = _read("domain.json")["genesis"]
    stated = str(_read("domain.json"))
    assert domain_id("gov", b64decode(genesis["payload"])) in stated
