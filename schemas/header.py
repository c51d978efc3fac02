"""The event's header: CloudEvents attributes and the extensions that chain it.

States the shape twice, as a marshmallow schema (the definition) and as a typed struct (the hot
path); tests/schemas/test_header.py holds the two equal. Follows docs/spec/02-events.md.
"""

from __future__ import annotations

import re
from hashlib import sha256
from typing import Annotated, Any

import marshmallow as ma
import msgspec
from msgspec import Meta

from schemas.refusals import Refused
from schemas.strict import dump, parse

MAX_HEADER = 2048
MAX_PAYLOAD = 65536
NO_HEAD = "0" * 64
DATASCHEMA = "urn:duban:1"

HASH = r"^[0-9a-f]{64}\Z"
NODE = r"^[a-z2-7]{32}\Z"
DOMAIN = r"^[a-z][a-z0-9-]{0,31}@[a-z2-7]{32}\Z"
EPOCH = r"^[1-9][0-9]{0,8}-[0-9a-f]{8}\Z"
STREAM = r"^(up|all|own|to/[a-z2-7]{32})\Z"
TYPE = r"^duban(\.[a-z][a-z0-9_]{0,31}){2,3}\Z"
SUBJECT = r"^(member:[a-z2-7]{32}|[a-z]{1,16}:[a-z2-7]{32}:[a-z0-9]{8,26})\Z"
INSTANT = r"^[0-9]{4}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-5][0-9](\.[0-9]{3})?Z\Z"
RE = r"^[0-9a-f]{64}( [0-9a-f]{64}){0,15}\Z"
CRIT = r"^[a-z0-9_]{1,32}( [a-z0-9_]{1,32}){0,7}\Z"


class Header(msgspec.Struct, frozen=True, omit_defaults=True):
    """A header whose bytes were checked; `re` and `crit` are space separated, "" when absent."""

    specversion: Annotated[str, Meta(pattern=r"^1\.0\Z")]
    id: Annotated[str, Meta(max_length=128)]
    source: Annotated[str, Meta(pattern=NODE)]
    type: Annotated[str, Meta(pattern=TYPE, max_length=96)]
    subject: Annotated[str, Meta(pattern=SUBJECT)]
    time: Annotated[str, Meta(pattern=INSTANT)]
    dataschema: Annotated[str, Meta(max_length=64)]
    domain: Annotated[str, Meta(pattern=DOMAIN)]
    epoch: Annotated[str, Meta(pattern=EPOCH)]
    stream: Annotated[str, Meta(pattern=STREAM)]
    seq: Annotated[int, Meta(ge=1, le=2**31 - 1)]
    prev: Annotated[str, Meta(pattern=HASH)]
    datahash: Annotated[str, Meta(pattern=HASH)]
    re: Annotated[str, Meta(pattern=RE)] = ""
    crit: Annotated[str, Meta(pattern=CRIT)] = ""
    attestedby: Annotated[str, Meta(pattern=NODE)] = ""

    @property
    def refs(self) -> tuple[str, ...]:
        """The heads named in `re`."""
        return tuple(self.re.split()) if self.re else ()


class HeaderSchema(ma.Schema):
    """The header's definition; members that it does not name are kept but not understood."""

    class Meta:
        """Unknown members are dropped from the result."""

        unknown = ma.EXCLUDE

    @staticmethod
    def _text(pattern: str, required: bool = True, most: int = 4096) -> ma.fields.String:
        checks = [
            ma.validate.Regexp(pattern),
            ma.validate.Length(max=most),
        ]
        return ma.fields.String(required=required, validate=checks)

    specversion = _text(r"^1\.0\Z")
    id = _text(r"(?s)^.*\Z", most=128)
    source = _text(NODE)
    type = _text(TYPE, most=96)
    subject = _text(SUBJECT)
    time = _text(INSTANT)
    dataschema = _text(r"(?s)^.*\Z", most=64)
    domain = _text(DOMAIN)
    epoch = _text(EPOCH)
    stream = _text(STREAM)
    seq = ma.fields.Integer(
        required=True, strict=True, validate=ma.validate.Range(min=1, max=2**31 - 1)
    )
    prev = _text(HASH)
    datahash = _text(HASH)
    re = _text(RE, required=False)
    crit = _text(CRIT, required=False)
    attestedby = _text(NODE, required=False)


_typed = msgspec.json.Decoder(Header).decode
_LONG_DIGITS = re.compile(rb"[0-9]{16}")


def parse_header(untrusted: bytes) -> Header:
    """Return the header in one line (without its LF).

    A line that our own encoder would write back byte for byte takes the fast path: it can hold
    none of the faults that the strict parser looks for.
    Raises Refused: `oversize`, `malformed` with the member and the reason.
    """
    if len(untrusted) > MAX_HEADER:
        raise Refused("oversize", f"header: {len(untrusted)} bytes, at most {MAX_HEADER}")
    try:
        header = _typed(untrusted)
        if dump(header) == untrusted:
            return header
    except (msgspec.DecodeError, UnicodeDecodeError):
        pass
    loose = parse(untrusted, MAX_HEADER, "header")
    try:
        return msgspec.convert(loose, Header)
    except msgspec.ValidationError as error:
        raise Refused("malformed", f"header: {error}") from None


def head_of(line: bytes) -> str:
    """Return the head that names an event: the hash of its header line without its LF."""
    return sha256(line).hexdigest()


def parse_payload(untrusted: bytes) -> dict[str, Any]:
    """Return the `data` of a payload line. Raises Refused `oversize` or `malformed`."""
    payload = parse(untrusted, MAX_PAYLOAD, "payload")
    data, salt = payload.get("data"), payload.get("salt")
    if not isinstance(data, dict) or not isinstance(salt, str) or len(salt) != 32:
        raise Refused("malformed", "payload: `salt` of 32 hex digits and an object `data` needed")
    return data
