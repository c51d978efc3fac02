"""The product reads the golden vectors of docs/spec as the specification says."""

import json
from base64 import b64decode, urlsafe_b64decode
from pathlib import Path
from typing import Any

import pytest

from federation.ids import domain_id, node_id
from node.domain.ledger import in_unit, number, read_value
from schemas.events import BadPayload, decode_data, read_payload
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


LEDGERS = _read("../ledgers.json")


@pytest.mark.parametrize("case", LEDGERS["amounts"], ids=lambda case: case["entered"])
def test_an_amount_is_a_count_of_the_smallest_unit(case: dict[str, Any]) -> None:
    field = {"zh": "金额", "code": "amount", "type": "money", **case}
    assert read_value(field, case["entered"]) == case["value"]
    assert in_unit(field, number(case["value"])) == case["entered"]


@pytest.mark.parametrize("value", LEDGERS["no_amounts"])
def test_what_is_no_such_count_has_no_part_in_a_sum(value: str) -> None:
    assert number(value) is None


@pytest.mark.parametrize("case", LEDGERS["good"], ids=lambda case: case["type"])
def test_a_line_about_ledgers_and_campaigns_is_read_whole(case: dict[str, Any]) -> None:
    line = case["line"].encode()
    assert read_payload(case["type"], line) == (json.loads(line)["data"], True)


@pytest.mark.parametrize("case", LEDGERS["refused"], ids=lambda case: case["why"])
def test_a_payload_about_ledgers_out_of_form_is_refused(case: dict[str, Any]) -> None:
    with pytest.raises(BadPayload):
        decode_data(case["type"], case["data"])
