"""The event's header: CloudEvents attributes and the extensions that chain it.

States the shape twice, as a marshmallow schema (the definition) and as a typed struct (the hot
path); tests/schemas/test_header.py holds the two equal. Follows docs/spec/02-events.md.
"""

from __future__ import annotations

import re
from functools import lru_cache
from hashlib import sha256
from typing import Any

import marshmallow as ma
import msgspec

from schemas.refusals import Refused
from schemas.strict import dump, parse

MAX_HEADER = 2048
MAX_PAYLOAD = 65536
MAX_SEQ = 2**31 - 1
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

    specversion: str
    id: str
    source: str
    type: str
    subject: str
    time: str
    dataschema: str
    domain: str
    epoch: str
    stream: str
    seq: int
    prev: str
    datahash: str
    re: str = ""
    crit: str = ""
    attestedby: str = ""

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
_fits = {
    name: re.compile(pattern).match
    for name, pattern in (
        ("time", INSTANT),
        ("prev", HASH),
        ("datahash", HASH),
        ("re", RE),
        ("crit", CRIT),
        ("attestedby", NODE),
    )
}
_kinds = tuple(re.compile(one).match for one in (NODE, TYPE, DOMAIN, EPOCH, STREAM))
_subject = re.compile(SUBJECT).match
# of members that no other check compares, in one look: an instant and two hashes
_varies = re.compile(
    " ".join(one.removeprefix("^").removesuffix(r"\Z") for one in (INSTANT, HASH, HASH))
).fullmatch


@lru_cache(maxsize=65536)
def _recurs(*values: str) -> str:
    """The name of the first of the members that recur from event to event which has no form."""
    names = ("source", "type", "domain", "epoch", "stream")
    for name, value, fits in zip(names, values, _kinds, strict=True):
        if not fits(value) or len(value) > 96:
            return name
    return ""


def _unsound(one: Header) -> str:
    """The name of a member that has not its form, "" when all have."""
    named = _recurs(one.source, one.type, one.domain, one.epoch, one.stream)
    if named:
        return named
    if not _subject(one.subject):
        return "subject"
    if one.specversion != "1.0":
        return "specversion"
    if len(one.id) > 128 or len(one.dataschema) > 64:
        return "id or dataschema"
    if not 1 <= one.seq <= MAX_SEQ:
        return "seq"
    if not _varies(f"{one.time} {one.prev} {one.datahash}"):
        return next(
            name for name in ("time", "prev", "datahash") if not _fits[name](getattr(one, name))
        )
    if one.re or one.crit or one.attestedby:
        for name in ("re", "crit", "attestedby"):
            value = getattr(one, name)
            if value and not _fits[name](value):
                return name
    return ""


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
        if dump(header) != untrusted:
            header = _loose(untrusted)
    except (msgspec.DecodeError, UnicodeDecodeError):
        header = _loose(untrusted)
    named = _unsound(header)
    if named:
        raise Refused("malformed", f"header: `{named}` has not its form")
    return header


def _loose(untrusted: bytes) -> Header:
    """A header in another writer's key order or spacing, read strictly."""
    found = parse(untrusted, MAX_HEADER, "header")
    empty = [name for name in ("re", "crit", "attestedby") if found.get(name) == ""]
    try:
        header = msgspec.convert(found, Header)
    except msgspec.ValidationError as error:
        raise Refused("malformed", f"header: {error}") from None
    if empty:
        raise Refused("malformed", f"header: `{empty[0]}` is empty; leave it out")
    return header


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
