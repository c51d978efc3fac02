"""What a form asks, in plain words: name, kind, whether it is needed, how long, which words.

For whoever draws forms (node/web) without knowing marshmallow. States what forms.py states, nothing
of its own.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Any, Literal

import marshmallow as ma

from schemas.api.forms import form_of
from schemas.fields import PROSE
from schemas.terms import DAY, INSTANT

Kind = Literal[
    "line", "prose", "choice", "day", "instant", "flag", "part", "rows", "lines", "map", "raw"
]


@dataclass(frozen=True, slots=True)
class Field:
    """One member. `rows`: objects with `parts`; `lines`: texts; `map`: names with texts."""

    name: str
    kind: Kind
    needed: bool
    most: int = 0  # characters of a text, items of a list; 0: not stated
    words: tuple[str, ...] = ()
    parts: tuple[Field, ...] = ()


@functools.cache
def outline(operation: str) -> tuple[Field, ...]:
    """The members of an operation's form, in its order."""
    return _fields(form_of(operation))


def _fields(shape: type[ma.Schema]) -> tuple[Field, ...]:
    return tuple(_field(one.data_key or name, one) for name, one in shape().fields.items())


def _field(name: str, one: ma.fields.Field[Any]) -> Field:
    most = _most(one)
    if isinstance(one, ma.fields.List):
        inner = one.inner
        if isinstance(inner, ma.fields.Nested):
            return Field(name, "rows", one.required, most, parts=_fields(type(inner.schema)))
        return Field(name, "lines", one.required, most)
    if isinstance(one, ma.fields.Nested):
        return Field(name, "part", one.required, parts=_fields(type(one.schema)))
    if isinstance(one, ma.fields.Dict):
        return Field(name, "map", one.required)
    if isinstance(one, ma.fields.Boolean):
        return Field(name, "flag", one.required)
    if isinstance(one, ma.fields.String):
        words = _words(one)
        return Field(name, "choice" if words else _text(one), one.required, most, words)
    return Field(name, "raw", one.required)


def _most(one: ma.fields.Field[Any]) -> int:
    found = [each for each in one.validators if isinstance(each, ma.validate.Length)]
    return int(found[0].max or 0) if found else 0


def _words(one: ma.fields.Field[Any]) -> tuple[str, ...]:
    found = [each for each in one.validators if isinstance(each, ma.validate.OneOf)]
    return tuple(str(word) for each in found for word in each.choices)


def _text(one: ma.fields.Field[Any]) -> Literal["line", "prose", "day", "instant"]:
    patterns = {
        each.regex.pattern for each in one.validators if isinstance(each, ma.validate.Regexp)
    }
    if DAY in patterns:
        return "day"
    if INSTANT in patterns:
        return "instant"
    return "prose" if PROSE in patterns else "line"
