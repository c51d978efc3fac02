"""Tables as files: CSV and XLSX that no spreadsheet runs anything of.

Decides how a cell is written. A text that a spreadsheet could take for a formula stays a text: in
CSV behind an apostrophe, in XLSX as a cell of type text. Control characters, which XLSX can't hold,
become U+FFFD. Never decides which rows there are (exports.py).
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import IO, Any, Final

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell

FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
MOST_CELL: Final = 32_767  # characters that XLSX holds
Cell = str | int | float | bool | None
Line = Sequence[Cell]


def write_csv(into: IO[bytes], heading: Line, lines: Iterable[Line]) -> int:
    """UTF-8 with a byte order mark, RFC 4180; how many lines, the heading not counted."""
    text = io.TextIOWrapper(into, encoding="utf-8-sig", newline="", write_through=True)
    written = csv.writer(text)
    written.writerow([_guarded(one) for one in heading])
    count = 0
    for line in lines:
        written.writerow([_guarded(one) for one in line])
        count += 1
    text.detach()
    return count


def write_xlsx(into: IO[bytes], title: str, heading: Line, lines: Iterable[Line]) -> int:
    """One sheet; how many lines, the heading not counted."""
    book = Workbook(write_only=True)
    sheet: Any = book.create_sheet(title[:31])
    sheet.freeze_panes = "A2"
    sheet.append(list(_cells(sheet, heading)))
    count = 0
    for line in lines:
        sheet.append(list(_cells(sheet, line)))
        count += 1
    book.save(into)
    return count


def _guarded(value: Cell) -> Cell:
    if not isinstance(value, str):
        return value
    clean = CONTROL.sub("�", value)
    return f"'{clean}" if clean.startswith(FORMULA) else clean


def _cells(sheet: Any, line: Line) -> Iterator[Any]:
    for value in line:
        if isinstance(value, str):
            # a line ends in LF: which writer of XML is installed must not decide what stands there
            clean = CONTROL.sub("�", value.replace("\r", "\n"))[:MOST_CELL]
            cell: Any = WriteOnlyCell(sheet, clean)
            cell.data_type = "s"
            cell.quotePrefix = True
            yield cell
        else:
            yield value
