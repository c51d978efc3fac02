"""The compiled decoder accepts, refuses and gives exactly what the marshmallow schema does."""

import copy
import json
from typing import Any

import marshmallow as ma
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.compile import ShapeError, compile_decoder
from schemas.events import STATED
from schemas.fields import Choice, Part, Rows, Rule, Shape, Text, Whole
from tests.schemas.intake_examples import LAWFUL as DRAFTS
from tests.schemas.matter_examples import HEAD
from tests.schemas.rule_examples import EVERY

LAWFUL = {**EVERY, **DRAFTS}
DECODERS = {name: compile_decoder(schema) for name, schema in STATED.items()}
ODD: list[Any] = [
    None, True, False, 0, 1, -1, 1.0, 1.5, 2**53 - 1, 2**53, "", "x", "x\n", "x\x00", "x\x7f", "\t",
    "lead", "co", "general", "major", "registrar", "k7", HEAD, HEAD + "\n", HEAD.upper(), "r" * 32,
    "2026-02-30T00:00:00Z", "2026-12-01T16:00:00.123Z", "2026-12-01T24:00:00Z", "2026-12-01",
    "x" * 65, "x" * 201, "字" * 200, "字" * 20_001, [], {}, [None], [{}], ["r" * 32], [[]],
    "140105", "default/1", "cn/2026.1", "cn/2026.1.1", "٣" * 6,
]  # fmt: skip
KEYS = ["k1", "k3", "k7", "km", "node", "assignment", "user", "role", "extra", "class", "class_"]


def _by_schema(name: str, data: Any) -> Any:
    try:
        return STATED[name]().load(data)
    except ma.ValidationError:
        return None


def _by_decoder(name: str, data: Any) -> Any:
    try:
        return DECODERS[name](data)
    except ShapeError:
        return None


def _paths(value: Any) -> list[tuple[Any, ...]]:
    """Every place inside a JSON value, the value itself apart."""
    if isinstance(value, dict):
        items: Any = value.items()
    elif isinstance(value, list):
        items = enumerate(value)
    else:
        return []
    return [(key, *rest) for key, inner in items for rest in [(), *_paths(inner)]]


def _holder(data: Any, path: tuple[Any, ...]) -> Any:
    for key in path[:-1]:
        data = data[key]
    return data


@st.composite
def mutated(draw: st.DrawFn) -> tuple[str, Any]:
    """A lawful payload with up to three changes. No infinity: the strict parser gives none."""
    name = draw(st.sampled_from(sorted(LAWFUL)))
    data = copy.deepcopy(LAWFUL[name])
    odd = st.sampled_from(ODD).map(copy.deepcopy)
    for _ in range(draw(st.integers(0, 3))):
        paths = _paths(data)
        if not paths:
            break
        path = draw(st.sampled_from(paths))
        holder, key = _holder(data, path), path[-1]
        match draw(st.integers(0, 3)):
            case 0:
                del holder[key]
            case 1:
                holder[key] = draw(odd)
            case 2:
                holder[key] = draw(
                    st.text() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
                )
            case _ if isinstance(holder, dict):
                holder[draw(st.sampled_from(KEYS))] = draw(odd)
            case _:
                holder.append(draw(odd))
    return name, data


@settings(deadline=None, max_examples=600)
@given(mutated())
def test_schema_and_decoder_accept_the_same_and_give_the_same(made: tuple[str, Any]) -> None:
    name, data = made
    loaded, decoded = _by_schema(name, data), _by_decoder(name, data)
    assert loaded == decoded
    assert json.dumps(loaded, sort_keys=True) == json.dumps(decoded, sort_keys=True)


@settings(deadline=None, max_examples=200)
@given(mutated())
def test_bytes_and_objects_decode_the_same(made: tuple[str, Any]) -> None:
    name, data = made
    line = json.dumps(data, ensure_ascii=False).encode("utf-8", "surrogatepass")
    assert _by_decoder(name, line) == _by_decoder(name, json.loads(line))


@pytest.mark.parametrize("name", sorted(STATED))
def test_every_member_replaced_by_every_odd_value_is_judged_alike(name: str) -> None:
    for path in _paths(LAWFUL[name]):
        for odd in ODD:
            data = copy.deepcopy(LAWFUL[name])
            _holder(data, path)[path[-1]] = odd
            assert _by_schema(name, data) == _by_decoder(name, data), (path, odd)


@pytest.mark.parametrize("name", sorted(STATED))
def test_every_member_left_out_is_judged_alike(name: str) -> None:
    for path in _paths(LAWFUL[name]):
        data = copy.deepcopy(LAWFUL[name])
        del _holder(data, path)[path[-1]]
        assert _by_schema(name, data) == _by_decoder(name, data), path


@pytest.mark.parametrize("odd", [None, [], "x", 1, b"", b"[]", b"{", b"\xff"])
def test_what_is_no_object_is_refused(odd: Any) -> None:
    with pytest.raises(ShapeError):
        DECODERS["duban.assignment.signed"](odd)


def test_unknown_members_are_dropped_and_the_original_is_left_alone() -> None:
    data = copy.deepcopy(LAWFUL["duban.assignment.issued"]) | {"later": 1}
    data["due"]["later"] = 1
    before = copy.deepcopy(data)
    found = DECODERS["duban.assignment.issued"](data)
    assert found == LAWFUL["duban.assignment.issued"]
    assert data == before
    found["due"]["k1"] = "changed"
    assert data == before


class Inner(Shape):
    RULES = (Rule("a", "a is not b", lambda inner: inner["a"] != "b"),)
    a = Text(5)


class Outer(Shape):
    rows = Rows(Part(Inner), 3)
    one = Part(Inner, null=True)
    count = Whole(2)
    words = Rows(Choice(("x", "y")), 2, optional=True)


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"rows": [{"a": "c"}, {"a": "b"}]}, "$.rows[1].a"),
        ({"one": {"a": "b"}}, "$.one.a"),
        ({"count": 1}, "$.count"),
        ({"words": ["x", "z"]}, "$.words[1]"),
        ({"rows": [{"a": "123456"}]}, "$.rows[0].a"),
    ],
)
def test_an_error_names_the_member(change: dict[str, Any], path: str) -> None:
    lawful: dict[str, Any] = {"rows": [{"a": "c"}], "one": None, "count": 2}
    decode = compile_decoder(Outer)
    assert decode(lawful) == lawful
    with pytest.raises(ShapeError) as caught:
        decode(lawful | change)
    assert caught.value.path == path
    assert caught.value.message
    with pytest.raises(ma.ValidationError):
        Outer().load(lawful | change)


def test_an_object_without_a_member_is_an_error_of_the_whole() -> None:
    with pytest.raises(ShapeError) as caught:
        compile_decoder(Inner)({})
    assert caught.value.path == "$"


def _shape(field: Any) -> type[Shape]:
    return type("Odd", (Shape,), {"x": field})


class Loose(ma.Schema):
    a = ma.fields.String()


@pytest.mark.parametrize(
    "field",
    [
        ma.fields.Boolean(),
        ma.fields.String(validate=ma.validate.Email()),
        ma.fields.String(validate=ma.validate.Length(equal=3)),
        ma.fields.String(validate=lambda _: True),
        Whole.__mro__[1](validate=ma.validate.Range(min=1, min_inclusive=False)),
    ],
)
def test_a_field_or_check_that_it_cannot_translate_is_an_error_while_compiling(field: Any) -> None:
    with pytest.raises(TypeError, match="no decoder"):
        compile_decoder(_shape(field))


def test_an_object_that_is_no_shape_is_an_error_while_compiling() -> None:
    with pytest.raises(TypeError, match="no decoder"):
        compile_decoder(_shape(Part(Loose)))  # type: ignore[arg-type]


def test_an_open_range_is_an_error_while_compiling() -> None:
    field = Whole()
    field.validators = [ma.validate.Range(min=1, min_inclusive=False)]
    with pytest.raises(TypeError, match="no decoder"):
        compile_decoder(_shape(field))
