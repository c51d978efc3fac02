"""The strict JSON line: what every border lets in, and nothing else.

Decides whether untrusted bytes are one JSON object as docs/spec/01-primitives.md defines it: UTF-8,
no NaN or Infinity, no duplicate names, no lone surrogates, bounded depth, size and integers.
A line that a compact encoder would write back byte for byte has none of these faults, so it takes
the fast path; every other line is read by the slow one. A property test holds both equal.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from typing import Any

import msgspec

from schemas.refusals import Refused

MAX_DEPTH = 16
MAX_INTEGER = 2**53 - 1

_decode = msgspec.json.Decoder().decode
_encoder = msgspec.json.Encoder()
_encode = _encoder.encode
_LONG_DIGITS = re.compile(rb"[0-9]{16}")
_SURROGATE = re.compile("[\ud800-\udfff]")
_ESCAPED = re.compile(rb"\\u[dD][89a-fA-F]")  # UTF-8 itself lets no surrogate in
_TEXT = re.compile(rb'"[^"]*"?')
_NEITHER = bytes(byte for byte in range(256) if byte not in b'{}[]"')


def dump(value: Mapping[str, Any] | list[Any] | msgspec.Struct) -> bytes:
    """Return the compact UTF-8 encoding of `value`, without a line feed."""
    return _encode(value)


def parse(untrusted: bytes, limit: int, what: str = "line") -> dict[str, Any]:
    """Return the object in one strict JSON line of at most `limit` bytes.

    Raises Refused: `oversize` when longer, `malformed` with the reason otherwise.
    """
    if len(untrusted) > limit:
        raise Refused("oversize", f"{what}: {len(untrusted)} bytes, at most {limit} are accepted")
    fast = _fast(untrusted)
    return fast if fast is not None else _slow(untrusted, what)


def _fast(untrusted: bytes) -> dict[str, Any] | None:
    if untrusted.count(b"{") + untrusted.count(b"[") > MAX_DEPTH or _LONG_DIGITS.search(untrusted):
        return None
    try:
        value = _decode(untrusted)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None
    return value if type(value) is dict and _encode(value) == untrusted else None


def _no(reason: str) -> Refused:
    return Refused("malformed", reason)


def _pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(items)
    if len(found) != len(items):
        raise _no("a name stands twice in one object")
    return found


def _constant(name: str) -> Any:
    raise _no(f"{name} is not JSON")


def _integer(digits: str) -> int:
    if len(digits) > 17 or abs(int(digits)) > MAX_INTEGER:
        raise _no("an integer beyond 2^53 - 1")
    return int(digits)


def _real(digits: str) -> float:
    value = float(digits)
    if math.isinf(value):
        raise _no("a number beyond the range of a double")
    return value


def _slow(untrusted: bytes, what: str) -> dict[str, Any]:
    try:
        return _read(untrusted)
    except UnicodeDecodeError:
        raise _no(f"{what}: not UTF-8") from None
    except ValueError as error:
        raise _no(f"{what}: not JSON ({error})") from None
    except Refused as refusal:
        raise _no(f"{what}: {refusal.detail}") from None


def _read(untrusted: bytes) -> dict[str, Any]:
    if b"\n" in untrusted or b"\r" in untrusted:
        raise _no("a line break inside a line")
    _bound_depth(untrusted)
    value = json.loads(
        untrusted.decode("utf-8"),
        object_pairs_hook=_pairs,
        parse_constant=_constant,
        parse_int=_integer,
        parse_float=_real,
    )
    if not isinstance(value, dict):
        raise _no("not a JSON object")
    if _ESCAPED.search(untrusted) and _SURROGATE.search(json.dumps(value, ensure_ascii=False)):
        raise _no("a lone surrogate")
    return value


def _bound_depth(untrusted: bytes) -> None:
    """Refuse when brackets outside strings nest deeper than MAX_DEPTH."""
    plain = untrusted.replace(b"\\\\", b"").replace(b'\\"', b"")
    depth = 0
    for bracket in _TEXT.sub(b"", plain.translate(None, _NEITHER)):
        depth += 1 if bracket in b"{[" else -1
        if depth > MAX_DEPTH:
            raise _no("nested deeper than 16")
