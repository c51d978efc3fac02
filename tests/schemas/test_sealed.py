"""Seals and receipts of the golden vectors are read; misshapen ones are refused by member."""

import json
from base64 import b64decode
from pathlib import Path
from typing import Any

import pytest

from schemas.refusals import Refused
from schemas.sealed import Receipt, Seal, read_signed
from schemas.strict import dump

WIRE = Path(__file__).parents[1] / "vectors" / "wire"


def _payloads(value: Any, kind: str) -> list[bytes]:
    """Every payload of a DSSE envelope of this kind, anywhere inside `value`."""
    if isinstance(value, list):
        return [each for item in value for each in _payloads(item, kind)]
    if not isinstance(value, dict):
        return []
    if value.get("payloadType") == f"application/vnd.duban.{kind}+json":
        return [b64decode(value["payload"])]
    return [each for item in value.values() for each in _payloads(item, kind)]


def _read(name: str, kind: str) -> list[bytes]:
    found = _payloads(json.loads((WIRE / name).read_text(encoding="utf-8")), kind)
    assert found
    return found


def test_the_seals_of_the_vectors_are_read() -> None:
    for payload in _read("lineage.json", "seal"):
        seal = read_signed(payload, Seal, "seal")
        assert seal.head == json.loads(payload)["head"]


def test_the_receipts_of_the_vectors_are_read() -> None:
    for payload in _read("receipt.json", "receipt"):
        receipt = read_signed(payload, Receipt, "receipt")
        assert dump(receipt) == payload
        assert [each.seq for each in receipt.streams] == [
            each["seq"] for each in json.loads(payload)["streams"]
        ]


@pytest.mark.parametrize("name", ["domain", "origin", "epoch", "stream", "seq", "head", "next_by"])
def test_a_seal_without_a_member_is_refused_by_its_name(name: str) -> None:
    whole = json.loads(_read("lineage.json", "seal")[0])
    short = {key: value for key, value in whole.items() if key != name}
    with pytest.raises(Refused, match=name):
        read_signed(dump(short), Seal, "seal")


def test_a_seal_that_is_not_json_is_refused() -> None:
    with pytest.raises(Refused, match="seal"):
        read_signed(b"\xff", Seal, "seal")
