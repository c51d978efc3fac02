"""A Chinese face for documents: found among the host's fonts, of which a document embeds its part.

Decides which face is taken (Noto's and Source Han's, Song before sans) and what a document needs
of it: a CFF font of the letters used, each under its UCS-2 code as CID, so that a text is written
alike with and without a face. Reads OpenType with CFF outlines only (Adobe TN 5176, 5177); changes
no outline. Without such a font there is none: the document names one that readers know (pdf.py).
"""

from __future__ import annotations

import functools
import struct
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

FOLDERS: Final = (
    "/usr/share/fonts", "/usr/local/share/fonts", "~/.local/share/fonts", "~/.fonts",
    "/Library/Fonts",
)  # fmt: skip
NAMES: Final = (
    "NotoSerifCJKsc-Regular.otf", "NotoSerifCJK-Regular.ttc", "NotoSerifSC-Regular.otf",
    "SourceHanSerifSC-Regular.otf", "SourceHanSerif-Regular.ttc", "SourceHanSerifCN-Regular.otf",
    "NotoSansCJKsc-Regular.otf", "NotoSansCJK-Regular.ttc", "NotoSansSC-Regular.otf",
    "SourceHanSansSC-Regular.otf", "SourceHanSansCN-Regular.otf",
)  # fmt: skip
SIMPLIFIED: Final = 2  # of a collection: Japanese, Korean, Simplified Chinese, …
CHARSET, CHARSTRINGS, PRIVATE, SUBRS = 15, 17, 18, 19
ROS, CID_COUNT, FD_ARRAY, FD_SELECT = 0x0C1E, 0x0C22, 0x0C24, 0x0C25
PLACED: Final = (CHARSET, 16, CHARSTRINGS, PRIVATE, SUBRS, ROS, CID_COUNT, FD_ARRAY, FD_SELECT)
Entries = dict[int, tuple[bytes, list[int]]]


def find() -> Face | None:
    """The host's face; None: it has none that can be embedded."""
    for name in NAMES:
        for folder in FOLDERS:
            for path in sorted(Path(folder).expanduser().rglob(name)):
                try:
                    return face_of(path)
                except (OSError, ValueError, LookupError, struct.error):
                    continue  # a damaged or a strange one: the next
    return None


@functools.lru_cache(maxsize=1)
def face_of(path: Path) -> Face:
    """A font's file, read. ValueError where it isn't OpenType with CFF outlines by CID."""
    return Face(path.read_bytes())


class _Index:
    """Byte strings one after another."""

    def __init__(self, data: bytes, at: int) -> None:
        self._count: int = struct.unpack_from(">H", data, at)[0]
        self._size: int = data[at + 2] if self._count else 1
        self._data, self._at = data, at + 3
        self._base = at + 2 + self._size * (self._count + 1)
        self.end = self._base + self._offset(self._count) if self._count else at + 2

    def _offset(self, number: int) -> int:
        at = self._at + self._size * number
        return int.from_bytes(self._data[at : at + self._size], "big")

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, number: int) -> bytes:
        if not 0 <= number < self._count:
            raise IndexError(number)
        first, last = self._offset(number), self._offset(number + 1)
        return self._data[self._base + first : self._base + last]

    def __iter__(self) -> Iterator[bytes]:
        return (self[number] for number in range(self._count))


def _index(items: Sequence[bytes]) -> bytes:
    if not items:
        return b"\0\0"
    ends, at = [1], 1
    for one in items:
        at += len(one)
        ends.append(at)
    offsets = b"".join(one.to_bytes(4, "big") for one in ends)
    return struct.pack(">HB", len(items), 4) + offsets + b"".join(items)


def _entries(data: bytes) -> Entries:
    """A DICT: operator to its operands as they stand, and as whole numbers."""
    found: Entries = {}
    at = start = 0
    numbers = list[int]()
    while at < len(data):
        first = data[at]
        if first <= 21:
            end = at + (2 if first == 12 else 1)
            operator = first if first != 12 else 0x0C00 | data[at + 1]
            found[operator] = (data[start:at], numbers)
            at = start = end
            numbers = []
        else:
            value, at = _number(data, at)
            numbers.append(value)
    return found


def _number(data: bytes, at: int) -> tuple[int, int]:
    """An operand and where the next begins; a real number counts as 0."""
    first = data[at]
    if first == 28:
        return int.from_bytes(data[at + 1 : at + 3], "big", signed=True), at + 3
    if first == 29:
        return int.from_bytes(data[at + 1 : at + 5], "big", signed=True), at + 5
    if first == 30:
        while 15 not in (data[at + 1] >> 4, data[at + 1] & 15):
            at += 1
        return 0, at + 2
    if first <= 246:
        return first - 139, at + 1
    if first <= 250:
        return (first - 247) * 256 + data[at + 1] + 108, at + 2
    return -(first - 251) * 256 - data[at + 1] - 108, at + 2


def _operator(code: int) -> bytes:
    return code.to_bytes(2, "big") if code > 255 else bytes((code,))


def _whole(*values: int) -> bytes:
    """Operands of five bytes each, whatever they are: places are known before they are counted."""
    return b"".join(b"\x1d" + one.to_bytes(4, "big", signed=True) for one in values)


def _kept(entries: Entries) -> bytes:
    """A DICT without what is placed anew."""
    return b"".join(raw + _operator(code) for code, (raw, _) in entries.items()
                    if code not in PLACED)  # fmt: skip


class Face:
    """One face of a font's file."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        at = 0
        if data[:4] == b"ttcf":
            (count,) = struct.unpack_from(">I", data, 8)
            (at,) = struct.unpack_from(">I", data, 12 + 4 * min(SIMPLIFIED, count - 1))
        (count,) = struct.unpack_from(">H", data, at + 4)
        self._tables = {
            data[one : one + 4]: struct.unpack_from(">II", data, one + 8)
            for one in range(at + 12, at + 12 + 16 * count, 16)
        }
        self._outlines()
        self._letters()
        (self.em,) = struct.unpack_from(">H", data, self._tables[b"head"][0] + 18)
        hhea = self._tables[b"hhea"][0]
        self.ascent, self.descent = struct.unpack_from(">hh", data, hhea + 4)
        (self._metrics,) = struct.unpack_from(">H", data, hhea + 34)

    def _outlines(self) -> None:
        if b"CFF " not in self._tables:
            raise ValueError("no CFF outlines")
        at, size = self._tables[b"CFF "]
        self._cff = cff = self._data[at : at + size]
        names = _Index(cff, cff[2])
        tops = _Index(cff, names.end)
        self._strings = _Index(cff, tops.end)
        self._global = _Index(cff, self._strings.end)
        self.name = names[0].decode("ascii")
        self._top = _entries(tops[0])
        if ROS not in self._top:
            raise ValueError("no font by CID")
        self._glyphs = _Index(cff, self._top[CHARSTRINGS][1][0])
        self._parts = list(_Index(cff, self._top[FD_ARRAY][1][0]))
        self._select = self._selected(self._top[FD_SELECT][1][0])

    def _selected(self, at: int) -> tuple[list[int], list[int]]:
        """From which glyph on which part counts."""
        cff = self._cff
        if cff[at] == 0:
            return list(range(len(self._glyphs))), list(cff[at + 1 : at + 1 + len(self._glyphs)])
        (count,) = struct.unpack_from(">H", cff, at + 1)
        rows = [struct.unpack_from(">HB", cff, at + 3 + 3 * one) for one in range(count)]
        return [first for first, _ in rows], [part for _, part in rows]

    def _letters(self) -> None:
        """The table of letters beyond and within the basic plane (format 12)."""
        data, at = self._data, self._tables[b"cmap"][0]
        (count,) = struct.unpack_from(">H", data, at + 2)
        for one in range(count):
            (place,) = struct.unpack_from(">I", data, at + 8 + 8 * one)
            if data[at + place : at + place + 2] == b"\0\x0c":
                (rows,) = struct.unpack_from(">I", data, at + place + 12)
                first = at + place + 16
                self._runs = [struct.unpack_from(">III", data, first + 12 * n) for n in range(rows)]
                self._begins = [run[0] for run in self._runs]
                return
        raise ValueError("no table of letters")

    def glyph(self, code: int) -> int:
        """The glyph of a letter; 0: it has none."""
        number = bisect_right(self._begins, code) - 1
        if number < 0 or code > self._runs[number][1]:
            return 0
        return int(self._runs[number][2] + code - self._runs[number][0])

    def width(self, code: int) -> int:
        """How wide a letter is, in thousandths of the size."""
        number = min(self.glyph(code), self._metrics - 1)
        at = self._tables[b"hmtx"][0] + 4 * number
        (wide,) = struct.unpack_from(">H", self._data, at)
        return int(wide * 1000 // self.em)

    def part(self, codes: Sequence[int]) -> bytes:
        """A CFF font of these letters (UCS-2 codes, ascending), each code its own CID."""
        glyphs = [0, *map(self.glyph, codes)]
        firsts, parts = self._select
        owners = [parts[bisect_right(firsts, one) - 1] for one in glyphs]
        used = sorted(set(owners))
        select = b"\0" + bytes(used.index(one) for one in owners)
        charset = b"\0" + b"".join(struct.pack(">H", one) for one in codes)
        strings = _index([self._glyphs[one] for one in glyphs])
        head = b"\1\0\4\4" + _index([self.name.encode("ascii")])
        shared = _index(list(self._strings)) + _index(list(self._global))
        start = len(head) + len(_index([self._topped(0, 0, 0, 0, 0)])) + len(shared)
        at_select = start + len(charset)
        at_strings = at_select + len(select)
        at_array = at_strings + len(strings)
        bodies = [self._private(one) for one in used]
        place = at_array + len(_index([self._font(one, 0, 0) for one in used]))
        array = list[bytes]()
        for one, (size, body) in zip(used, bodies, strict=True):
            array.append(self._font(one, size, place))
            place += len(body)
        top = self._topped(start, at_select, at_strings, at_array, max(codes, default=0) + 1)
        rest = charset + select + strings + _index(array) + b"".join(body for _, body in bodies)
        return head + _index([top]) + shared + rest

    def _topped(self, charset: int, select: int, strings: int, array: int, count: int) -> bytes:
        return b"".join((
            self._top[ROS][0], _operator(ROS), _kept(self._top),
            _whole(count), _operator(CID_COUNT), _whole(charset), _operator(CHARSET),
            _whole(select), _operator(FD_SELECT), _whole(strings), _operator(CHARSTRINGS),
            _whole(array), _operator(FD_ARRAY),
        ))  # fmt: skip

    def _font(self, number: int, size: int, place: int) -> bytes:
        kept = _kept(_entries(self._parts[number]))
        return kept + _whole(size, place) + _operator(PRIVATE)

    def _private(self, number: int) -> tuple[int, bytes]:
        """A part's own settings with its subroutines behind them; the settings' size."""
        size, at = _entries(self._parts[number])[PRIVATE][1]
        entries = _entries(self._cff[at : at + size])
        kept = _kept(entries)
        if SUBRS not in entries:
            return len(kept), kept
        subrs = _Index(self._cff, at + entries[SUBRS][1][0])
        length = len(kept) + len(_whole(0)) + len(_operator(SUBRS))
        settings = kept + _whole(length) + _operator(SUBRS)
        return length, settings + _index(list(subrs))
