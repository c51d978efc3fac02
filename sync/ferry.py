"""The ferry file: many bodies for one link, carried by hand (摆渡).

Frames and unframes only; what is in a body is judged as over any other transport. Follows
docs/spec/09-ferry.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from schemas.documents import Domain, Epoch, Node
from schemas.refusals import Refused
from schemas.shapes import read_document
from schemas.strict import dump
from sync.me import MAX_BYTES

MAX_BODY = MAX_BYTES + 1024 * 1024
MAX_LABEL = 4096


class Label(msgspec.Struct, frozen=True, rename={"version": "duban-ferry", "sender": "from"}):
    """The first line: for whom the file is. Not signed; each body must agree with it."""

    version: Literal[1]
    sender: Node
    to: Node
    domain: Domain
    link: Epoch | None
    bodies: Annotated[int, Meta(ge=0, le=1_000_000)]


class Cargo(msgspec.Struct, frozen=True):
    """A file's label and its bodies, oldest first."""

    label: Label
    bodies: tuple[bytes, ...]


def pack(sender: str, to: str, domain: str, link: str | None, bodies: Sequence[bytes]) -> bytes:
    """The file's bytes."""
    label = Label(1, sender, to, domain, link, len(bodies))
    parts = [dump(label), b"\n"]
    for body in bodies:
        parts.extend((b"%d\n" % len(body), body, b"\n"))
    return b"".join(parts)


def unpack(untrusted: bytes) -> Cargo:
    """Read a file. Raises Refused `malformed`, whole, when it does not follow the form."""
    first, line_feed, rest = untrusted.partition(b"\n")
    if not line_feed:
        raise Refused("malformed", "ferry file: no first line")
    label = read_document(first, Label, MAX_LABEL, "ferry file")
    bodies = list[bytes]()
    for number in range(1, label.bodies + 1):
        digits, line_feed, rest = rest.partition(b"\n")
        plain = line_feed and digits.isdigit() and len(digits) < 10 and not digits.startswith(b"0")
        length = int(digits) if plain else -1
        if not plain or length > MAX_BODY or rest[length : length + 1] != b"\n":
            raise Refused("malformed", f"ferry file: body {number} is not framed as it should be")
        bodies.append(rest[:length])
        rest = rest[length + 1 :]
    if rest:
        raise Refused("malformed", "ferry file: something follows the last body")
    return Cargo(label, tuple(bodies))
