"""What bytes are accepted as, by the bytes alone; bombs and disguises are refused by name."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Callable

import pytest

from schemas.media import DOCX, OFD, PPTX, XLSX, recognise, require_ending
from schemas.refusals import Refused


def reading(data: bytes) -> Callable[[int, int], bytes]:
    return lambda offset, most: data[offset : offset + most]


def kind(data: bytes) -> str:
    return recognise(reading(data), len(data))


def packed(*members: str, content: bytes = b"<x/>", method: int = zipfile.ZIP_DEFLATED) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", method) as archive:
        for member in members:
            archive.writestr(member, content)
    return made.getvalue()


TYPES = "[Content_Types].xml"


@pytest.mark.parametrize(
    ("data", "found"),
    [
        (b"%PDF-1.7\n...", "application/pdf"),
        (b"\x89PNG\r\n\x1a\n....", "image/png"),
        (b"\xff\xd8\xff\xe0....", "image/jpeg"),
        (b"GIF89a....", "image/gif"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "image/webp"),
        (packed(TYPES, "word/document.xml"), DOCX),
        (packed(TYPES, "xl/workbook.xml"), XLSX),
        (packed(TYPES, "ppt/presentation.xml"), PPTX),
        (packed("OFD.xml", "Doc_0/Document.xml"), OFD),
        ("单位,件数\n小店区,12\n".encode(), "text/plain"),
        ("单位,件数\r\n小店区,12\r\n".encode("gb18030"), "text/plain"),
        (("督办" * 60000).encode(), "text/plain"),
    ],
)
def test_accepted_kinds_are_recognised_by_their_content(data: bytes, found: str) -> None:
    assert kind(data) == found


@pytest.mark.parametrize(
    "data",
    [
        b"MZ\x90\x00\x03" + bytes(100),
        b"\x7fELF" + bytes(100),
        b"#!/bin/sh\n\x00",
        packed("payload.exe"),
        packed("word/document.xml"),
        b"PK\x03\x04" + bytes(200),
        packed(TYPES, "word/document.xml")[:-3],
        bytes(range(128, 256)) * 10,
    ],
)
def test_everything_else_is_refused_with_what_is_accepted(data: bytes) -> None:
    with pytest.raises(Refused, match="bad-type"):
        kind(data)


def test_an_archive_that_would_inflate_without_bound_is_refused_without_inflating_it() -> None:
    bomb = packed(TYPES, "word/document.xml", content=bytes(8 * 1024 * 1024))
    assert len(bomb) < 40000
    with pytest.raises(Refused, match="inflate"):
        kind(bomb)


def test_a_directory_that_lies_about_its_length_is_refused() -> None:
    data = bytearray(packed(TYPES, "word/document.xml"))
    at = data.rfind(b"PK\x05\x06")
    for offset, value in ((12, 2**31), (16, 2**31)):
        changed = bytearray(data)
        struct.pack_into("<L", changed, at + offset, value)
        with pytest.raises(Refused, match="bad-type"):
            kind(bytes(changed))
    struct.pack_into("<H", data, at + 10, 60000)
    with pytest.raises(Refused, match="bad-type"):
        kind(bytes(data))
    short = bytearray(packed(TYPES, "word/document.xml"))
    struct.pack_into("<H", short, short.rfind(b"PK\x05\x06") + 10, 9)
    with pytest.raises(Refused, match="broken directory"):
        kind(bytes(short))


def test_a_name_must_end_as_its_content_is() -> None:
    require_ending("清障.PNG", "image/png")
    require_ending("a.jpeg", "image/jpeg")
    require_ending("表.csv", "text/plain")
    for name in ("清障.pdf", "清障", "a.png.exe"):
        with pytest.raises(Refused, match=r"\.png"):
            require_ending(name, "image/png")
