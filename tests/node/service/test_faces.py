"""A document's own face: what is embedded is a font of just its letters, or none is."""

from __future__ import annotations

import re
import zlib
from pathlib import Path

import pytest

from node.service import faces, pdf
from node.service.faces import Face, _entries, _Index
from node.service.papers import Heading, Paper, Table

PAPER = Paper(
    "通报", ["办结率 85.7%。", Heading("一、"), Table("表", ["号"], [["甲𠮷"]], [1])], "省", "日"
)


@pytest.fixture(scope="module")
def face() -> Face:
    found = faces.find()
    if found is None:
        pytest.skip("no Noto or Source Han CJK font is installed (Debian: fonts-noto-cjk)")
    return found


def test_a_part_holds_the_letters_asked_for_and_no_others(face: Face) -> None:
    codes = sorted(map(ord, "督办1W。"))
    font = face.part(codes)
    names = _Index(font, font[2])
    tops = _Index(font, names.end)
    top = _entries(tops[0])
    glyphs = _Index(font, top[faces.CHARSTRINGS][1][0])
    assert len(glyphs) == len(codes) + 1
    assert [glyphs[at] for at in range(1, 6)] == [face._glyphs[face.glyph(one)] for one in codes]
    at = top[faces.CHARSET][1][0]
    assert font[at] == 0
    told = [int.from_bytes(font[at + 1 + 2 * n : at + 3 + 2 * n], "big") for n in range(5)]
    assert told == codes, "a letter's code is its CID"
    parts = _Index(font, top[faces.FD_ARRAY][1][0])
    select = top[faces.FD_SELECT][1][0]
    assert set(font[select + 1 : select + 7]) <= set(range(len(parts)))
    assert top[faces.CID_COUNT][1] == [codes[-1] + 1]
    for one in parts:
        size, place = _entries(one)[faces.PRIVATE][1]
        settings = _entries(font[place : place + size])
        if faces.SUBRS in settings:
            assert settings[faces.SUBRS][1] == [size]
            assert _Index(font, place + size).end <= len(font)


def test_a_letter_has_its_width_and_a_strange_one_no_glyph(face: Face) -> None:
    assert face.width(ord("督")) == 1000
    assert 200 < face.width(ord("1")) < 700
    assert face.glyph(0xE000 + 0x1234) == 0


def test_a_pdf_embeds_the_face_and_says_the_same_text(face: Face) -> None:
    data = pdf.write_with(PAPER, face)
    assert b"STSong" not in data
    assert b"/FontFile3 6 0 R" in data
    found = re.search(
        rb"/Subtype /CIDFontType0C /Length (\d+) >>\nstream\n(.*?)\nendstream", data, re.DOTALL
    )
    assert found
    assert int(found[1]) == len(found[2])
    assert zlib.decompress(found[2])[:4] == b"\1\0\4\4"
    pages = [
        zlib.decompress(one)
        for one in re.findall(rb"/FlateDecode >>\nstream\n(.*?)\nendstream", data, re.DOTALL)
    ]
    words = "".join(
        bytes.fromhex(one.decode()).decode("utf-16-be")
        for one in re.findall(rb"<([0-9A-F]+)> Tj", b"".join(pages))
    )
    assert "办结率 85.7%。" in words
    assert "甲□" in words
    assert pdf.write_with(PAPER, face) == data


def test_without_a_face_a_pdf_names_one_that_readers_know() -> None:
    data = pdf.write_with(PAPER, None)
    assert b"/STSong-Light" in data
    assert b"FontFile" not in data
    start = int(re.findall(rb"startxref\n(\d+)", data)[0])
    for number, place in enumerate(re.findall(rb"(\d{10}) 00000 n", data[start:]), 1):
        assert data[int(place) :].startswith(b"%d 0 obj" % number)


@pytest.mark.parametrize("data", [b"", b"OTTO", b"ttcf" + b"\0" * 40, b"%PDF-1.4 no font at all"])
def test_what_is_no_such_font_is_passed_over(
    data: bytes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / faces.NAMES[0]).write_bytes(data)
    monkeypatch.setattr(faces, "FOLDERS", (str(tmp_path),))
    assert faces.find() is None
