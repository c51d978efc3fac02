"""Which form a command takes that REST and the terminal give: one row per operation in `FORMS`.

States the shape of a request's body only; unknown members are refused, so that a misspelt one is
not lost in silence. A new command needs one row, beside its form; tests/node/api/test_forms.py
holds the table equal to node/service/work.py.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import marshmallow as ma

from schemas.api.forms.admin import Contacts, NewHook
from schemas.api.forms.assignments import ASSIGNMENTS
from schemas.api.forms.drafts import DRAFTS
from schemas.api.forms.matters import MATTERS
from schemas.api.forms.shape import ID, Form, Free
from schemas.compile import Decoder, ShapeError, compile_decoder
from schemas.fields import Part, Rows, Shape, Text
from schemas.ledgers import LEDGERS
from schemas.rulebook import RULEBOOK

MOST_BATCH: Final = 500

# operation -> its form; an operation without a row takes any object, and a test fails
FORMS: Final[Mapping[str, type[ma.Schema]]] = {**MATTERS, **ASSIGNMENTS, **DRAFTS}


class Command(Form):
    """One command of a batch."""

    op = Text(ID)
    id = Text(ID, optional=True)
    body = ma.fields.Nested(Free)


class Batch(Form):
    """Commands in order, all or nothing."""

    commands = Rows(Part(Command), MOST_BATCH)

    def load(self, data: Any, **kwargs: Any) -> Any:
        """As marshmallow does; read at once where nothing is wrong and no member is unknown."""
        plain = _plain(Batch, data)
        return super().load(data, **kwargs) if plain is None else plain


# what is read and drawn by the same means, though it is no command: by what acts are called
ACTS: Final[Mapping[str, type[ma.Schema]]] = {
    "contact.put": Contacts,
    "hook.add": NewHook,
    **{
        f"{event.split('.')[1]}.publish": shape
        for event, shape in (RULEBOOK | LEDGERS).items()
        if event.endswith(".published")
    },
}


def form_of(operation: str) -> type[ma.Schema]:
    """The form of an operation."""
    return FORMS.get(operation) or ACTS.get(operation, Free)


@dataclass(frozen=True, slots=True)
class Member:
    """A member that fits into one word of a command line, or (`many`) into several."""

    name: str
    needed: bool
    many: bool
    words: tuple[str, ...]  # the only ones accepted; empty: any


def members(operation: str) -> list[Member]:
    """The members of an operation's form that are texts or lists of texts, in its order."""
    found = []
    for name, field in form_of(operation)().fields.items():
        many = isinstance(field, Rows)
        inner = field.inner if isinstance(field, Rows) else field
        if isinstance(inner, ma.fields.String):
            words = [one for one in inner.validators if isinstance(one, ma.validate.OneOf)]
            choices = tuple(str(word) for one in words for word in one.choices)
            found.append(Member(field.data_key or name, field.required, many, choices))
    return found


def objects(operation: str) -> list[str]:
    """The needed members of an operation's form that only JSON can say."""
    simple = {one.name for one in members(operation)}
    fields = form_of(operation)().fields
    return [name for name, one in fields.items() if one.required and name not in simple]


@functools.cache
def _decoder(form: type[ma.Schema]) -> Decoder | None:
    """The form compiled; None for one that can't be."""
    try:
        return compile_decoder(form) if issubclass(form, Shape) else None
    except TypeError:
        return None


def _plain(form: type[ma.Schema], untrusted: Any) -> dict[str, Any] | None:
    """What the compiled form gives back unchanged: no fault is in it, no unknown member."""
    decoder = _decoder(form)
    if decoder is None or not isinstance(untrusted, dict):
        return None
    try:
        plain = decoder(untrusted)
    except ShapeError:
        return None
    return plain if plain and plain == untrusted else None


def read(operation: str, untrusted: Mapping[str, Any]) -> tuple[dict[str, Any], str, str]:
    """A body read by its operation's form; and the fault's place and words, else empty."""
    form = form_of(operation)
    plain = _plain(form, untrusted)
    if plain is not None:
        return plain, "", ""
    try:
        found: dict[str, Any] = form().load(untrusted)
    except ma.ValidationError as error:
        return {}, *fault(error.messages)
    return found, "", ""


def fault(messages: Any) -> tuple[str, str]:
    """The place (`contact.phone`, `commands[0].op`) and the words of the first thing wrong."""
    where = ""
    while isinstance(messages, dict) and messages:
        key, messages = next(iter(messages.items()))
        if isinstance(key, int):
            where += f"[{key}]"
        elif key != ma.exceptions.SCHEMA:
            where += f".{key}" if where else str(key)
    return where, str(messages[0] if isinstance(messages, list) and messages else messages)
