"""Every event type and its payload schema: one registry, one way to read `data`.

Decides whether a type is known, which critical members its specification names, and whether a
payload has its form. Never judges the writer. Follows docs/spec/07-apply.md, "Judging one event",
steps 1 to 3.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any, Final

import marshmallow as ma

from schemas.assignments import ASSIGNMENTS
from schemas.compile import Decoder, LineReader, ShapeError, compile_decoder, compile_line
from schemas.header import HeaderSchema, parse_payload
from schemas.intake import DRAFTS
from schemas.ledgers import LEDGERS
from schemas.matters import MATTERS
from schemas.membership import SHAPES
from schemas.rulebook import RULEBOOK
from schemas.shapes import schema_of

MEMBERSHIP: Final[dict[str, type[ma.Schema]]] = {
    name: schema_of(kind) for name, kind in SHAPES.items()
}
STATED: Final = {**MATTERS, **ASSIGNMENTS, **RULEBOOK, **LEDGERS, **DRAFTS}
REGISTRY: Final[dict[str, type[ma.Schema]]] = {**STATED, **MEMBERSHIP}

_HEADER: Final = frozenset(HeaderSchema().fields)
_DECODERS: Final[dict[str, Decoder]] = {
    name: compile_decoder(schema) for name, schema in STATED.items()
}
_LINES: Final[dict[str, LineReader]] = {
    name: compile_line(schema) for name, schema in STATED.items()
}


class BadPayload(ValueError):
    """The payload of `type` doesn't fit: `path` is the member (`$.due.k1`), `message` says why."""

    def __init__(self, type: str, path: str, message: str) -> None:
        self.type = type
        self.path = path
        self.message = message
        super().__init__(f"{type} {path}: {message}")


def known(type: str) -> bool:
    """Whether some rule understands events of this type."""
    return type in REGISTRY


def decode_data(type: str, untrusted: Mapping[str, Any]) -> dict[str, Any]:
    """Return `data` without members that the schema of `type` doesn't name.

    `untrusted` comes from a line that was read strictly. Raises BadPayload, and KeyError for a
    type that isn't known.
    """
    decoder = _DECODERS.get(type)
    try:
        if decoder is not None:
            return decoder(untrusted)
        found: dict[str, Any] = REGISTRY[type]().load(untrusted)
        return found
    except ShapeError as error:
        raise BadPayload(type, error.path, error.message) from None
    except ma.ValidationError as error:
        raise BadPayload(type, *_first(error.messages)) from None


def read_payload(type: str, untrusted: bytes) -> tuple[dict[str, Any], bool]:
    """Return `data` of a payload line, and whether it is sure to be as `decode_data` returns it.

    Raises Refused `oversize` or `malformed` for a line that is none.
    """
    reader = _LINES.get(type)
    found = reader(untrusted) if reader is not None else None
    return (parse_payload(untrusted), False) if found is None else (found, True)


def _first(messages: Any) -> tuple[str, str]:
    """The path of the first member found wrong, and what is wrong with it."""
    path = "$"
    while isinstance(messages, dict):
        key, messages = next(iter(messages.items()))
        if key != ma.exceptions.SCHEMA:
            path += f"[{key}]" if isinstance(key, int) else f".{key}"
    return path, str(messages[0])


@functools.cache
def _members(type: str) -> frozenset[str]:
    return frozenset(field.data_key or name for name, field in REGISTRY[type]().fields.items())


def understood(type: str, crit: tuple[str, ...], data: Mapping[str, Any]) -> bool:
    """Whether each member that `crit` names is one of a header's, or one of `data` and there."""
    return all(one in _HEADER or (one in _members(type) and one in data) for one in crit)
