"""The header's two statements (marshmallow, typed) are equal, and its parser is strict."""

from typing import Any

import marshmallow as ma
import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.header import (
    DATASCHEMA,
    MAX_HEADER,
    NO_HEAD,
    Header,
    HeaderSchema,
    head_of,
    parse_header,
    parse_payload,
)
from schemas.refusals import Refused
from schemas.strict import dump

GOOD: dict[str, Any] = {
    "specversion": "1.0",
    "id": "1-00000000/up/1",
    "source": "a" * 32,
    "type": "duban.stream.opened",
    "subject": "member:" + "a" * 32,
    "time": "2026-11-24T05:03:28Z",
    "dataschema": DATASCHEMA,
    "domain": "gov@" + "a" * 32,
    "epoch": "1-00000000",
    "stream": "up",
    "seq": 1,
    "prev": NO_HEAD,
    "datahash": "1" * 64,
}
ODD = [
    "",
    "x",
    "1.0",
    "up",
    "own",
    "to/" + "b" * 32,
    0,
    1,
    2**31,
    True,
    None,
    1.0,
    [],
    "a" * 64,
    "up\n",
    "1" * 64 + "\n",
]


def test_other_key_orders_and_spaces_give_the_same_header() -> None:
    mirrored = dict(reversed(GOOD.items()))
    loose = dump(mirrored).replace(b'":', b'": ')
    assert parse_header(loose) == parse_header(dump(GOOD))
    assert head_of(loose) != head_of(dump(GOOD))


@given(st.sampled_from([*GOOD, "re", "crit", "attestedby"]), st.sampled_from(ODD))
def test_the_typed_header_accepts_exactly_what_the_schema_accepts(name: str, value: Any) -> None:
    candidate = GOOD | {name: value}
    try:
        by_schema = HeaderSchema().load(candidate)
    except ma.ValidationError:
        by_schema = None
    try:
        by_type = msgspec.to_builtins(parse_header(dump(candidate)))
    except Refused:
        by_type = None
    assert by_schema == by_type


@pytest.mark.parametrize("name", GOOD)
def test_a_missing_member_is_refused_by_name(name: str) -> None:
    short = {key: value for key, value in GOOD.items() if key != name}
    with pytest.raises(Refused, match=name):
        parse_header(dump(short))


def test_a_doubled_member_and_an_oversize_header_are_refused() -> None:
    with pytest.raises(Refused, match="twice"):
        parse_header(dump(GOOD)[:-1] + b',"seq":1}')
    with pytest.raises(Refused) as caught:
        parse_header(b" " * (MAX_HEADER + 1))
    assert caught.value.code == "oversize"


def test_references_are_read_one_by_one() -> None:
    header = msgspec.convert(GOOD | {"re": "1" * 64 + " " + "2" * 64}, Header)
    assert header.refs == ("1" * 64, "2" * 64)
    assert msgspec.convert(GOOD, Header).refs == ()


def test_a_payload_needs_salt_and_data() -> None:
    assert parse_payload(dump({"salt": "0" * 32, "data": {"a": 1}})) == {"a": 1}
    with pytest.raises(Refused, match="salt"):
        parse_payload(b'{"data":{}}')
