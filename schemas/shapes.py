"""One statement of a shape, two readers of it.

A shape is stated once, as a typed struct. `schema_of` makes the marshmallow schema from the same
statement (for documents, forms and OpenAPI); `read_object` runs the compiled decoder, which the
hot path needs. tests/schemas/test_membership.py holds the two equal. Decides nothing on what a
value means. Unknown members are dropped from the result and never refused (docs/spec/README.md).
"""

import functools
from collections.abc import Mapping
from typing import Any, TypeVar

import marshmallow as ma
import msgspec
from msgspec import inspect as shape

from schemas.refusals import Refused
from schemas.strict import parse

T = TypeVar("T", bound=msgspec.Struct)


def read_object(untrusted: object, kind: type[T], what: str, code: str = "malformed") -> T:
    """Return the parsed JSON value `untrusted` as a `kind`; Refused(`code`) says which member."""
    try:
        return msgspec.convert(untrusted, kind)
    except msgspec.ValidationError as error:
        raise Refused(code, f"{what}: {error}") from None


def read_document(untrusted: bytes, kind: type[T], limit: int, what: str) -> T:
    """Return the strict JSON line `untrusted` (at most `limit` bytes) as a `kind`.

    Raises Refused: `oversize`, or `malformed` with the member and the reason.
    """
    return read_object(parse(untrusted, limit, what), kind, what)


class _Base(ma.Schema):
    class Meta:
        """Unknown members are dropped from the result."""

        unknown = ma.EXCLUDE


class _Text(ma.fields.Field[str]):
    """A string and nothing that could be turned into one."""

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> str:
        if not isinstance(value, str):
            raise ma.ValidationError("not a string")
        return value


class _Flag(ma.fields.Field[bool]):
    """true or false, no word or number for them."""

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> bool:
        if not isinstance(value, bool):
            raise ma.ValidationError("not true or false")
        return value


class _Whole(ma.fields.Field[int]):
    """An integer, written as one: 1.0 is none."""

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            raise ma.ValidationError("not an integer")
        return value


class _Object(ma.fields.Field[dict[str, Any]]):
    """Any JSON object, kept as it is."""

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> dict[str, Any]:
        if not isinstance(value, Mapping):
            raise ma.ValidationError("not an object")
        return dict(value)


@functools.cache
def schema_of(kind: type[msgspec.Struct]) -> type[ma.Schema]:
    """Return the marshmallow schema that states the same shape as the struct `kind`."""
    stated = shape.type_info(kind)
    assert isinstance(stated, shape.StructType)  # noqa: S101  what type_info gives for a struct
    members = {one.encode_name: _field(one.type, required=one.required) for one in stated.fields}
    return type(f"{kind.__name__}Schema", (_Base,), members)


def _field(stated: shape.Type, required: bool = True, null: bool = False) -> Any:
    options: dict[str, Any] = {"required": required, "allow_none": null}
    match stated:
        case shape.UnionType(types=types):
            (inner,) = (one for one in types if not isinstance(one, shape.NoneType))
            return _field(inner, required, null=True)
        case shape.StrType():
            return _Text(validate=_text_checks(stated), **options)
        case shape.LiteralType(values=values):
            inner_field = _Text if isinstance(values[0], str) else _Whole
            return inner_field(validate=ma.validate.OneOf(values), **options)
        case shape.IntType(ge=least, le=most):
            return _Whole(validate=ma.validate.Range(min=least, max=most), **options)
        case shape.BoolType():
            return _Flag(**options)
        case shape.VarTupleType(item_type=item, min_length=least, max_length=most):
            length = ma.validate.Length(min=least, max=most)
            return ma.fields.List(_field(item), validate=length, **options)
        case shape.StructType(cls=inner_kind):
            return ma.fields.Nested(schema_of(inner_kind), **options)
        case shape.DictType():
            return _Object(**options)
    raise TypeError(f"no field states {stated}")


def _text_checks(stated: shape.StrType) -> list[ma.validate.Validator]:
    checks: list[ma.validate.Validator] = [
        ma.validate.Length(min=stated.min_length, max=stated.max_length)
    ]
    if stated.pattern is not None:
        checks.append(ma.validate.Regexp(stated.pattern))
    return checks
