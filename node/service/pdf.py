"""A document as PDF, written without a library: A4, wrapped lines, tables over pages, page numbers.

Decides layout only. The letters used are embedded from a face of the host (faces.py); a host that
has none names STSong-Light, one of the fonts that every PDF reader knows for Chinese (PDF 32000-1,
9.7.5.2, Adobe-GB1) and replaces by a Song face. Letters beyond the basic plane, which two bytes
can't say, and those that the face lacks stand as □. The same document gives the same bytes.
"""

from __future__ import annotations

import functools
import zlib
from collections.abc import Callable, Iterator
from hashlib import sha256
from typing import Final

from node.service import faces
from node.service.faces import Face
from node.service.papers import Heading, Paper, Table, title_size

TYPE: Final = "application/pdf"
PAGE: Final = (595.28, 841.89)  # A4 in points
LEFT, RIGHT, TOP, BOTTOM = 79.4, 73.7, 104.9, 99.2
WIDTH: Final = PAGE[0] - LEFT - RIGHT
HALF: Final = 500  # thousandths of the size: what a letter of ASCII takes
BODY, CELL, NOTE = 16.0, 9.5, 12.0
NO_START: Final = "，。；：！？、）》」』”’%〕…,.;:!?)"
NO_END: Final = "（《「『“‘〔("


Wide = Callable[[str], int]
"""how wide a letter is, in thousandths of the size"""


def write(paper: Paper) -> bytes:
    """The document's bytes, in the host's face."""
    return write_with(paper, faces.find())


def write_with(paper: Paper, face: Face | None) -> bytes:
    """The document's bytes; None: the reader's own face."""
    sheet = _Sheet(face)
    size = title_size(paper.title, WIDTH)
    for line in wrapped(paper.title, size, WIDTH, wide=sheet.wide):
        sheet.line(line, size, "center", 36)
    sheet.gap(14)
    for part in paper.parts:
        if isinstance(part, Table):
            sheet.table(part)
        elif isinstance(part, Heading):
            sheet.need(105)  # never alone at the end of a page
            sheet.paragraph(part.text, BODY, bold=True, indent=0)
        else:
            sheet.paragraph(part, BODY)
    sheet.gap(28)
    for text in (paper.signed, paper.dated):
        sheet.line(text, BODY, "right", 28)
    return _packed(sheet.done(), face, sheet.letters)


def _wide(letter: str) -> int:
    return HALF if " " <= letter <= "~" else 1000


def _length(text: str, size: float, wide: Wide = _wide) -> float:
    return sum(map(wide, text)) * size / 1000


def wrapped(
    text: str, size: float, width: float, indent: float = 0.0, wide: Wide = _wide
) -> list[str]:
    """Lines that fit into a width; numbers and words stay whole, marks never begin a line."""
    found, line, room = list[str](), "", width - indent
    for piece in _pieces(text):
        if line and _length(line + piece, size, wide) > room and piece[0] not in NO_START:
            found.append(line.rstrip())
            line, room = "", width
        while _length(piece, size, wide) > room:  # longer than a line: it is cut
            cut = max(1, int(room / size))
            found.append(line + piece[:cut])
            line, piece, room = "", piece[cut:], width
        line += piece
    return [*found, line.rstrip()]


def _pieces(text: str) -> Iterator[str]:
    """What is never parted."""
    held = ""
    for letter in text:
        whole = letter.isascii() and (letter.isalnum() or letter in "./%+-:")
        if (
            held
            and not (whole and held[-1].isascii() and held[-1] not in " ")
            and (held[-1] not in NO_END)
        ):
            yield held
            held = ""
        held += letter
    if held:
        yield held


class _Sheet:
    """Pages in the making, from the top down."""

    def __init__(self, face: Face | None) -> None:
        self._face, self.letters = face, set[int]()
        self.wide: Wide = _wide if face is None else functools.cache(
            lambda letter: face.width(ord(letter))
        )  # fmt: skip
        self.pages: list[list[str]] = [[]]
        self.y = PAGE[1] - TOP

    def _hex(self, text: str) -> str:
        """A text in the font's encoding: UCS-2, high byte first."""
        plain = "".join(one if self._says(one) else "□" for one in text)
        self.letters.update(map(ord, plain))
        return plain.encode("utf-16-be").hex().upper()

    def _says(self, letter: str) -> bool:
        basic = " " <= letter <= "\uffff" and not "\ud800" <= letter <= "\udfff"
        return basic and (self._face is None or self._face.glyph(ord(letter)) > 0)

    def _length(self, text: str, size: float) -> float:
        return _length(text, size, self.wide)

    def gap(self, height: float) -> None:
        self.y -= height

    def need(self, height: float) -> bool:
        """Begin a new page where so much no longer fits; whether one was begun."""
        if self.y - height >= BOTTOM:
            return False
        self.pages.append([])
        self.y = PAGE[1] - TOP
        return True

    def text(self, x: float, y: float, text: str, size: float, bold: bool = False) -> None:
        mode = f"2 Tr {size / 60:.2f} w" if bold else "0 Tr"
        said = f"BT {mode} /F1 {size:g} Tf {x:.2f} {y:.2f} Td <{self._hex(text)}> Tj ET"
        self.pages[-1].append(said)

    def line(
        self, text: str, size: float, align: str, height: float, bold: bool = False, at: float = 0.0
    ) -> None:
        self.need(height)
        room = WIDTH - self._length(text, size)
        shift = {"left": at, "center": room / 2, "right": room}[align]
        self.text(LEFT + shift, self.y - size, text, size, bold)
        self.y -= height

    def paragraph(self, text: str, size: float, bold: bool = False, indent: int = 2) -> None:
        first = indent * size
        for at, line in enumerate(wrapped(text, size, WIDTH, first, self.wide)):
            self.line(line, size, "left", 28, bold, first if at == 0 else 0.0)

    def table(self, table: Table) -> None:
        whole = sum(table.widths)
        widths = [WIDTH * one / whole for one in table.widths]
        self.gap(6)
        self.need(90)
        self.line(table.title, NOTE, "center", 20, bold=True)
        self.row(table.heading, widths, head=True)
        for cells in table.rows:
            if self.need(self.height(cells, widths)):
                self.row(table.heading, widths, head=True)
            self.row(cells, widths)
        self.gap(12)

    def _lines(self, text: str, width: float) -> list[str]:
        return wrapped(text, CELL, width - 6, wide=self.wide)

    def height(self, cells: list[str], widths: list[float]) -> float:
        most = max(len(self._lines(text, width)) for text, width in zip(cells, widths, strict=True))
        return most * (CELL + 3) + 6

    def row(self, cells: list[str], widths: list[float], head: bool = False) -> None:
        height, x, page = self.height(cells, widths), LEFT, self.pages[-1]
        for text, width in zip(cells, widths, strict=True):
            if head:
                page.append(
                    f"0.92 g {x:.2f} {self.y - height:.2f} {width:.2f} {height:.2f} re f 0 g"
                )
            page.append(f"0.5 w {x:.2f} {self.y - height:.2f} {width:.2f} {height:.2f} re S")
            lines = self._lines(text, width)
            top = self.y - (height - len(lines) * (CELL + 3)) / 2
            for at, line in enumerate(lines):
                middle = (width - self._length(line, CELL)) / 2 if head or len(text) < 12 else 3.0
                self.text(x + middle, top - CELL - at * (CELL + 3), line, CELL)
            x += width
        self.y -= height

    def done(self) -> list[bytes]:
        """The pages' contents, numbered."""
        count = len(self.pages)
        for number, page in enumerate(self.pages, 1):
            said = f"— {number} / {count} —"
            x = (PAGE[0] - self._length(said, 10.5)) / 2
            page.append(f"BT 0 Tr /F1 10.5 Tf {x:.2f} 56 Td <{self._hex(said)}> Tj ET")
        return ["\n".join(page).encode("ascii") for page in self.pages]


def _named() -> list[bytes]:
    """The objects of a face that the reader has: 3 to 5, and two that are empty."""
    return [
        b"<< /Type /Font /Subtype /Type0 /BaseFont /STSong-Light /Encoding /UniGB-UCS2-H "
        b"/DescendantFonts [4 0 R] >>",
        b"<< /Type /Font /Subtype /CIDFontType0 /BaseFont /STSong-Light /CIDSystemInfo "
        b"<< /Registry (Adobe) /Ordering (GB1) /Supplement 2 >> /DW 1000 "
        b"/W [1 95 %d 814 939 %d] /FontDescriptor 5 0 R >>" % (HALF, HALF),
        b"<< /Type /FontDescriptor /FontName /STSong-Light /Flags 6 /FontBBox [-25 -254 1000 880] "
        b"/ItalicAngle 0 /Ascent 880 /Descent -120 /CapHeight 880 /StemV 93 >>",
        b"null",
        b"null",
    ]


def _embedded(face: Face, letters: set[int]) -> list[bytes]:
    """The objects of an embedded face: 3 to 7. A letter's code is its CID."""
    codes = sorted(letters)
    font = face.part(codes)
    tag = "".join(chr(65 + one % 26) for one in sha256(font).digest()[:6])
    name = f"/{tag}+{face.name}".encode("ascii")
    widths = " ".join(f"{one} [{face.width(one)}]" for one in codes).encode("ascii")
    tall, deep = (one * 1000 // face.em for one in (face.ascent, face.descent))
    return [
        b"<< /Type /Font /Subtype /Type0 /BaseFont %b-Identity-H /Encoding /Identity-H "
        b"/DescendantFonts [4 0 R] /ToUnicode 7 0 R >>" % name,
        b"<< /Type /Font /Subtype /CIDFontType0 /BaseFont %b /CIDSystemInfo << /Registry (Adobe) "
        b"/Ordering (Identity) /Supplement 0 >> /DW 1000 /W [%b] /FontDescriptor 5 0 R >>"
        % (name, widths),
        b"<< /Type /FontDescriptor /FontName %b /Flags 6 /FontBBox [-1000 %d 2000 %d] "
        b"/ItalicAngle 0 /Ascent %d /Descent %d /CapHeight 733 /StemV 93 /FontFile3 6 0 R >>"
        % (name, deep, tall, tall, deep),
        _stream(font, b"/Subtype /CIDFontType0C"),
        _stream(_to_unicode(codes), b""),
    ]


def _to_unicode(codes: list[int]) -> bytes:
    """What a reader copies and searches: each code is the letter itself."""
    lines = ["/CIDInit /ProcSet findresource begin 12 dict begin begincmap",
             "/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def",
             "/CMapName /Adobe-Identity-UCS def /CMapType 2 def",
             "1 begincodespacerange <0000> <FFFF> endcodespacerange"]  # fmt: skip
    for at in range(0, len(codes), 100):
        some = codes[at : at + 100]
        lines += [f"{len(some)} beginbfchar", *(f"<{one:04X}> <{one:04X}>" for one in some),
                  "endbfchar"]  # fmt: skip
    lines.append("endcmap CMapName currentdict /CMap defineresource pop end end")
    return "\n".join(lines).encode("ascii")


def _stream(data: bytes, said: bytes) -> bytes:
    squeezed = zlib.compress(data, 9)
    head = b"<< /Filter /FlateDecode %b /Length %d >>" % (said, len(squeezed))
    return head + b"\nstream\n" + squeezed + b"\nendstream"


def _packed(pages: list[bytes], face: Face | None, letters: set[int]) -> bytes:
    """Objects, their places, the trailer."""
    first = 8
    kids = " ".join(f"{first + 2 * at} 0 R" for at in range(len(pages)))
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Count {len(pages)} /Kids [{kids}] >>".encode(),
        *(_named() if face is None else _embedded(face, letters)),
    ]
    for at, content in enumerate(pages):
        number = first + 2 * at
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {PAGE[0]} {PAGE[1]}] /Resources "
            f"<< /Font << /F1 3 0 R >> >> /Contents {number + 1} 0 R >>".encode()
        )
        squeezed = zlib.compress(content, 9)
        objects.append(
            b"<< /Length %d /Filter /FlateDecode >>\nstream\n%b\nendstream"
            % (len(squeezed), squeezed)
        )
    made, places = bytearray(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n"), list[int]()
    for number, body in enumerate(objects, 1):
        places.append(len(made))
        made += b"%d 0 obj\n%b\nendobj\n" % (number, body)
    start = len(made)
    made += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    made += b"".join(b"%010d 00000 n \n" % one for one in places)
    made += b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (
        len(objects) + 1, start,
    )  # fmt: skip
    return bytes(made)
