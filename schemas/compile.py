"""A fast decoder made from a marshmallow schema, so that a shape is stated once.

Decides nothing by itself: accepts and refuses exactly what the schema does, and gives the same
result, about fifty times faster. A field or validator that it can't translate raises TypeError
while compiling, never later. tests/schemas/test_compile.py holds the two equal.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any, Literal, NotRequired, Required, TypedDict

import marshmallow as ma
import msgspec

from schemas.fields import LINE, PROSE, Flag, Pairs, Part, Rows, Shape, Whole
from schemas.header import MAX_PAYLOAD
from schemas.strict import dump

Decoder = Callable[[bytes | Mapping[str, Any]], dict[str, Any]]
LineReader = Callable[[bytes], dict[str, Any] | None]
Check = Callable[[Any, str], None]


class ShapeError(ValueError):
    """A member that doesn't fit: `path` like `$.due.k1`, and why in words."""

    def __init__(self, path: str, message: str) -> None:
        self.path = path
        self.message = message
        super().__init__(f"{path}: {message}")


def compile_decoder(schema: type[Shape]) -> Decoder:
    """Return a decoder for the objects that `schema` describes.

    It takes a parsed object, or the bytes of a JSON line that was already read strictly, and gives
    a new dict without unknown members. Raises ShapeError.
    """
    kind = _object(schema)
    check = _rules(schema)
    from_bytes = msgspec.json.Decoder(kind).decode

    def decode(untrusted: bytes | Mapping[str, Any]) -> dict[str, Any]:
        try:
            if isinstance(untrusted, bytes):
                found = from_bytes(untrusted)
            else:
                found = msgspec.convert(untrusted, kind)
        except msgspec.DecodeError as error:
            raise _shape_error(str(error)) from None
        if check is not None:
            check(found, "$")
        result: dict[str, Any] = found
        return result

    return decode


def compile_line(schema: type[Shape]) -> LineReader:
    """Return a reader of whole payload lines whose `data` has the form of `schema`.

    It gives what the strict parser and the decoder give together, or None where only they can
    tell: it takes a line that our encoder would write back byte for byte, with no member that the
    schema doesn't name. Such a line can hold no fault that the strict parser looks for. With
    neither a backslash nor DEL in it, no text holds a control character, so none is looked for.
    """
    salt = Annotated[str, msgspec.Meta(min_length=32, max_length=32)]
    guarded, plain = (
        msgspec.json.Decoder(_typed("Line", {"salt": salt, "data": _object(schema, plain)})).decode
        for plain in (False, True)
    )
    check = _rules(schema)

    def read(untrusted: bytes) -> dict[str, Any] | None:
        if len(untrusted) > MAX_PAYLOAD:
            return None
        easy = b"\\" not in untrusted and b"\x7f" not in untrusted
        try:
            found = plain(untrusted) if easy else guarded(untrusted)
            if check is not None:
                check(found["data"], "$")
        except (msgspec.DecodeError, UnicodeDecodeError, ShapeError):
            return None
        data: dict[str, Any] = found["data"]
        return data if dump(found) == untrusted else None

    return read


def _shape_error(message: str) -> ShapeError:
    words, found, path = message.rpartition(" - at `")
    return ShapeError(path.rstrip("`"), words) if found else ShapeError("$", message)


def _object(schema: type[Shape], plain: bool = False) -> Any:
    """The typed dict of a shape. `plain`: no text of it can hold a control character."""
    members = {}
    for name, field in schema().fields.items():
        kind = _field(field, plain)
        needed = Required if field.required else NotRequired
        members[field.data_key or name] = needed[kind]
    return _typed(schema.__name__, members)


def _typed(name: str, members: dict[str, Any]) -> Any:
    return TypedDict(name, members)  # type: ignore[operator]


def _field(field: ma.fields.Field[Any], plain: bool) -> Any:
    kind = _kind(field, plain)
    return kind | None if field.allow_none else kind


def _kind(field: ma.fields.Field[Any], plain: bool) -> Any:
    limits = _limits(field)
    if plain and limits.get("pattern") in (LINE, PROSE):
        del limits["pattern"]
    match field:
        case Part():
            return _object(_inner(field), plain)
        case ma.fields.Nested() if field.schema.unknown == ma.INCLUDE and not field.schema.fields:
            return dict[str, Any]
        case Rows():
            inner = _field(field.inner, plain)
            return Annotated[list[inner], msgspec.Meta(**limits)]  # type: ignore[valid-type]
        case Pairs():
            named, told = (
                _field(one, plain) for one in (field.key_field, field.value_field) if one
            )
            return Annotated[dict[named, told], msgspec.Meta(**limits)]  # type: ignore[valid-type]
        case Whole():
            return Annotated[int, msgspec.Meta(**limits)]
        case Flag():
            return bool
        case ma.fields.String():
            if "words" in limits:
                return Literal[limits["words"]]
            return Annotated[str, msgspec.Meta(**limits)]
    raise TypeError(f"no decoder for a field like {field!r}")


def _limits(field: ma.fields.Field[Any]) -> dict[str, Any]:
    limits: dict[str, Any] = {}
    for validator in field.validators:
        match validator:
            case ma.validate.Length(equal=None):
                limits |= {"min_length": validator.min, "max_length": validator.max}
            case ma.validate.Range(min_inclusive=True, max_inclusive=True):
                limits |= {"ge": validator.min, "le": validator.max}
            case ma.validate.Regexp():
                limits["pattern"] = validator.regex.pattern
            case ma.validate.OneOf():
                limits["words"] = tuple(validator.choices)
            case _:
                raise TypeError(f"no decoder for a check like {validator!r}")
    return limits


def _inner(field: Part) -> type[Shape]:
    shape = field.nested
    if not (isinstance(shape, type) and issubclass(shape, Shape)):
        raise TypeError(f"no decoder for an object like {field!r}")
    return shape


def _rules(schema: type[Shape]) -> Check | None:
    """All rules of an object and of the objects inside it; None when there are none."""
    inside = {
        field.data_key or name: deeper
        for name, field in schema().fields.items()
        if (deeper := _inside(field)) is not None
    }
    if not inside and not schema.RULES:
        return None

    def check(found: dict[str, Any], path: str) -> None:
        for member, deeper in inside.items():
            if found.get(member) is not None:
                deeper(found[member], f"{path}.{member}")
        for rule in schema.RULES:
            if not rule.holds(found):
                raise ShapeError(f"{path}.{rule.member}", rule.message)

    return check


def _inside(field: ma.fields.Field[Any]) -> Check | None:
    if isinstance(field, Part):
        return _rules(_inner(field))
    each = _inside(field.inner) if isinstance(field, Rows) else None
    if each is None:
        return None

    def check(found: list[Any], path: str) -> None:
        for index, item in enumerate(found):
            each(item, f"{path}[{index}]")

    return check
