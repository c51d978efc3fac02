"""What kind of file bytes are, by the bytes alone; and which name endings go with each kind.

Decides which attachments are accepted: the table below and nothing else. Never inflates anything:
of an archive it reads the directory, bounded. Follows docs/spec/11-attachments.md, "Types".
"""

from __future__ import annotations

import codecs
import struct
from collections.abc import Callable, Mapping
from typing import Final

from schemas.refusals import Refused

Read = Callable[[int, int], bytes]
"""(offset, most bytes) -> bytes"""

OFFICE: Final = "application/vnd.openxmlformats-officedocument."
DOCX: Final = OFFICE + "wordprocessingml.document"
XLSX: Final = OFFICE + "spreadsheetml.sheet"
PPTX: Final = OFFICE + "presentationml.presentation"
OFD: Final = "application/ofd"
TEXT: Final = "text/plain"

ENDINGS: Final[Mapping[str, tuple[str, ...]]] = {
    "application/pdf": ("pdf",),
    DOCX: ("docx",),
    XLSX: ("xlsx",),
    PPTX: ("pptx",),
    OFD: ("ofd",),
    "image/png": ("png",),
    "image/jpeg": ("jpg", "jpeg"),
    "image/gif": ("gif",),
    "image/webp": ("webp",),
    TEXT: ("txt", "csv", "md", "log"),
}
"""type -> name endings that go with it"""

ACCEPTED: Final = ", ".join(ending for endings in ENDINGS.values() for ending in endings)

_MAGIC: Final = (
    (b"%PDF-", "application/pdf"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
)
_MEMBERS: Final = (
    ("word/document.xml", DOCX),
    ("xl/workbook.xml", XLSX),
    ("ppt/presentation.xml", PPTX),
    ("OFD.xml", OFD),
)
_END: Final = struct.Struct("<4s4H2LH")
_ENTRY: Final = struct.Struct("<4s6H3L5H2L")
MOST_ENTRIES: Final = 10_000
MOST_DIRECTORY: Final = 1024 * 1024
MOST_INFLATED: Final = 512 * 1024 * 1024
MOST_RATIO: Final = 200
_STEP: Final = 64 * 1024


def recognise(read: Read, size: int) -> str:
    """The media type of the `size` bytes behind `read`. Raises Refused `bad-type`."""
    start = read(0, 16)
    for magic, kind in _MAGIC:
        if start.startswith(magic):
            return kind
    if start[:4] == b"RIFF" and start[8:12] == b"WEBP":
        return "image/webp"
    if start[:4] == b"PK\x03\x04":
        return _archive(read, size)
    if _is_text(read, size):
        return TEXT
    raise Refused("bad-type", f"not a kind of file that is accepted: {ACCEPTED}")


def require_ending(name: str, kind: str) -> None:
    """Refuse `bad-type` when a file's name does not end as its content is."""
    ending = name.rpartition(".")[2].lower() if "." in name else ""
    if ending not in ENDINGS[kind]:
        wanted = " or ".join(f".{one}" for one in ENDINGS[kind])
        raise Refused("bad-type", f"{name!r} holds {kind}, and its name should end in {wanted}")


def _archive(read: Read, size: int) -> str:
    """A zip file's kind by its members; its directory is bounded, and what it would inflate to."""
    tail_at = max(0, size - _END.size - 65535)
    tail = read(tail_at, size - tail_at)
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) < at + _END.size:
        raise Refused("bad-type", "an archive without a directory")
    _, disk, _, _, entries, length, start, _ = _END.unpack_from(tail, at)
    if disk or entries > MOST_ENTRIES or length > MOST_DIRECTORY or start + length > size:
        raise Refused("bad-type", f"an archive of more than {MOST_ENTRIES} members, or a false one")
    names = _members(read(start, length), entries)
    if "[Content_Types].xml" in names or "OFD.xml" in names:
        for member, kind in _MEMBERS:
            if member in names:
                return kind
    raise Refused("bad-type", f"an archive that is no document: {ACCEPTED} are accepted")


def _members(directory: bytes, entries: int) -> set[str]:
    names, at, packed, inflated = set[str](), 0, 0, 0
    for _ in range(entries):
        if at + _ENTRY.size > len(directory) or directory[at : at + 4] != b"PK\x01\x02":
            raise Refused("bad-type", "an archive with a broken directory")
        found = _ENTRY.unpack_from(directory, at)
        packed, inflated = packed + found[8], inflated + found[9]
        at += _ENTRY.size
        names.add(directory[at : at + found[10]].decode("utf-8", "replace"))
        at += found[10] + found[11] + found[12]
    if inflated > MOST_INFLATED or inflated > MOST_RATIO * max(packed, 4096):
        raise Refused("bad-type", f"an archive that would inflate to {inflated} bytes")
    return names


def _is_text(read: Read, size: int) -> bool:
    """UTF-8 or GB18030 without control characters, read piece by piece."""
    return any(_decodes(read, size, coding) for coding in ("utf-8-sig", "gb18030"))


def _decodes(read: Read, size: int, coding: str) -> bool:
    decoder = codecs.getincrementaldecoder(coding)()
    for offset in range(0, size, _STEP):
        piece = read(offset, _STEP)
        try:
            text = decoder.decode(piece, final=offset + _STEP >= size)
        except UnicodeDecodeError:
            return False
        if any(ord(one) < 32 and one not in "\t\r\n\f" for one in text):
            return False
    return True
