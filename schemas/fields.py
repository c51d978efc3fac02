"""The strict members that payload schemas are made of, and rules between members.

Decides what a member's form may be: nothing is ever turned into another type, no text holds
control characters (PostgreSQL could not store a NUL), lengths are bounded. Never decides what a
value means. Follows docs/spec/10-13710-events.md, "Common values".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import marshmallow as ma

LINE = r"^[^\x00-\x1f\x7f]*\Z"
PROSE = r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*\Z"
MAX_SAFE = 2**53 - 1
NO_CLASSIFIED = "严禁涉密:不得填写、上传国家秘密和工作秘密。No classified content."
"""stands on every form, and in every form's description in the API"""


@dataclass(frozen=True, slots=True)
class Rule:
    """A condition between the members of one object; `member` is where its breach is shown."""

    member: str
    message: str
    holds: Callable[[Mapping[str, Any]], bool]


class Shape(ma.Schema):
    """An object whose unknown members are dropped from the result; `RULES` bind its members.

    `NOTICE` is shown wherever the shape is shown to be filled in.
    """

    RULES: ClassVar[tuple[Rule, ...]] = ()
    NOTICE: ClassVar[str] = NO_CLASSIFIED

    class Meta:
        """Unknown members are dropped from the result."""

        unknown = ma.EXCLUDE

    @ma.validates_schema(skip_on_field_errors=True)
    def check_rules(self, data: dict[str, Any], **_: Any) -> None:
        """Refuse a breach of a rule; runs only when every member is well-formed by itself."""
        for rule in self.RULES:
            if not rule.holds(data):
                raise ma.ValidationError(rule.message, rule.member)


class Text(ma.fields.String):
    """A string of at most `most` characters that fits `pattern`; bytes are no string."""

    def __init__(
        self,
        most: int,
        pattern: str = LINE,
        *,
        key: str | None = None,
        optional: bool = False,
        null: bool = False,
    ):
        checks = [ma.validate.Length(max=most), ma.validate.Regexp(pattern)]
        super().__init__(
            required=not optional,
            allow_none=null,
            validate=checks,
            data_key=key,
            attribute=key,
        )

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> str:
        if not isinstance(value, str):
            raise self.make_error("invalid")
        return value


class Choice(ma.fields.String):
    """One of a few words."""

    def __init__(self, words: Sequence[str], *, optional: bool = False):
        super().__init__(required=not optional, validate=ma.validate.OneOf(words))

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> str:
        if not isinstance(value, str):
            raise self.make_error("invalid")
        return value


class Flag(ma.fields.Boolean):
    """true or false; no number and no word is either."""

    def __init__(self) -> None:
        super().__init__(required=True)

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> bool:
        if not isinstance(value, bool):
            raise self.make_error("invalid", input=value)
        return value


class Whole(ma.fields.Integer):
    """An integer from `least` to `most`; true and 1.0 are none."""

    def __init__(self, least: int = 0, most: int = MAX_SAFE, *, optional: bool = False):
        within = ma.validate.Range(min=least, max=most)
        super().__init__(required=not optional, strict=True, validate=within)

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> int:
        if not isinstance(value, int) or isinstance(value, bool):
            raise self.make_error("invalid", input=value)
        return value


class Rows(ma.fields.List[Any]):
    """A list of at most `most` items; an object is no list."""

    def __init__(self, inner: ma.fields.Field[Any], most: int, *, optional: bool = False):
        super().__init__(inner, required=not optional, validate=ma.validate.Length(max=most))

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> list[Any]:
        if not isinstance(value, list | tuple):
            raise self.make_error("invalid")
        return super()._deserialize(value, attr, data, **kwargs)


class Part(ma.fields.Nested):
    """An object inside an object."""

    def __init__(self, shape: type[Shape], *, optional: bool = False, null: bool = False):
        super().__init__(shape, required=not optional, allow_none=null)


class Pairs(ma.fields.Dict):
    """An object of `least` to `most` members: names that fit `pattern`, each with a `value`."""

    def __init__(
        self, pattern: str, value: Text, most: int, *, least: int = 1, optional: bool = False
    ):
        names = ma.fields.String(validate=ma.validate.Regexp(pattern))
        size = ma.validate.Length(min=least, max=most)
        super().__init__(keys=names, values=value, required=not optional, validate=size)

    def _deserialize(self, value: Any, attr: Any, data: Any, **kwargs: Any) -> dict[str, Any]:
        if not isinstance(value, Mapping):
            raise self.make_error("invalid")
        return dict(super()._deserialize(value, attr, data, **kwargs))  # type: ignore[no-untyped-call]
