"""Each membership shape is stated once; its schema and its decoder accept the same."""

from typing import Any

import marshmallow as ma
import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.membership import SHAPES
from schemas.refusals import Refused
from schemas.shapes import read_document, read_object, schema_of
from schemas.strict import dump
from tests.federation.lawful import LAWFUL

DATA: dict[str, dict[str, Any]] = {kind: dict(make()[1].data) for (kind, _), make in LAWFUL.items()}
ODD = [
    None,
    "",
    "x",
    "up",
    "own",
    0,
    1,
    -1,
    2**31,
    1.0,
    1.5,
    True,
    [],
    {},
    ["x"],
    [{}],
    "a\n",
    "a" * 64,
]


def _by_schema(kind: str, data: dict[str, Any]) -> Any:
    try:
        return schema_of(SHAPES[kind])().load(data)
    except ma.ValidationError:
        return None


def _by_decoder(kind: str, data: dict[str, Any]) -> Any:
    try:
        return read_object(data, SHAPES[kind], kind)
    except Refused:
        return None


def test_every_shape_has_a_lawful_example_that_both_accept() -> None:
    assert set(DATA) == set(SHAPES)
    for kind, data in DATA.items():
        assert _by_schema(kind, data) is not None
        assert _by_decoder(kind, data) is not None


@settings(deadline=None, max_examples=400)
@given(st.sampled_from(sorted(DATA)), st.data())
def test_schema_and_decoder_accept_the_same(kind: str, draw: st.DataObject) -> None:
    data = dict(DATA[kind])
    name = draw.draw(st.sampled_from(sorted(data)))
    if draw.draw(st.booleans()):
        data[name] = draw.draw(st.sampled_from(ODD))
    else:
        del data[name]
    assert (_by_schema(kind, data) is None) == (_by_decoder(kind, data) is None)


def test_a_document_is_read_strictly() -> None:
    kind = next(iter(SHAPES))
    assert read_document(dump(DATA[kind]), SHAPES[kind], 10**6, kind) == read_object(
        DATA[kind], SHAPES[kind], kind
    )
    with pytest.raises(Refused, match="twice"):
        read_document(b'{"a":1,"a":1}', SHAPES[kind], 100, kind)


def test_a_shape_that_no_field_states_is_an_error_of_ours() -> None:
    class Odd(msgspec.Struct):
        value: bytes

    with pytest.raises(TypeError, match="no field"):
        schema_of(Odd)
