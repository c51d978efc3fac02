"""Workbooks read and written: the only place that knows openpyxl.

Decides how much of a file is read (bytes, unpacked bytes, rows, columns): a file from outside may
be a bomb, hold entities or formulas; XML is read by defusedxml. Never knows what a cell means
(node/domain/sheet.py).
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import openpyxl
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Font, PatternFill
from openpyxl.utils import get_column_letter

from node.domain.commands import DomainRefused
from node.domain.sheet import Column, Fault, Odd

XLSX: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MOST_BYTES: Final = 16 * 1024 * 1024
MOST_UNPACKED: Final = 64 * 1024 * 1024
MOST_PARTS: Final = 1000
MOST_ROWS: Final = 20_000
MOST_COLUMNS: Final = 100
ACCEPTED: Final = (
    f"an .xlsx workbook of at most {MOST_BYTES >> 20} MiB, {MOST_UNPACKED >> 20} MiB unpacked, "
    f"{MOST_ROWS} rows and {MOST_COLUMNS} columns in its first sheet"
)
FAULTY: Final = PatternFill("solid", fgColor="FFFFC7CE")
HEAD: Final = Font(bold=True)
REMARKS: Final = "问题说明 remarks"

Rows = list[tuple[int, list[Any]]]


def read(untrusted: bytes) -> tuple[list[Any], Rows]:
    """The first sheet: its heading, and its other rows with their numbers; empty ones left out.

    A formula or an error comes as `Odd`. Refuses `bad-input` for what is no workbook or too large.
    """
    _bounded(untrusted)
    try:
        book = openpyxl.load_workbook(io.BytesIO(untrusted), read_only=True, keep_links=False)
        try:
            sheet = book.worksheets[0]
            sheet.reset_dimensions()
            lines = list(sheet.iter_rows(max_row=MOST_ROWS + 2, max_col=MOST_COLUMNS + 1))
        finally:
            book.close()
    except Exception as error:  # a damaged file may raise anything
        detail = f"can't be read: {type(error).__name__}: {error}"[:200]
        raise DomainRefused("bad-input", detail, ACCEPTED, "file") from None
    rows = [_trimmed([_value(cell) for cell in line]) for line in lines]
    if len(rows) > MOST_ROWS + 1 or any(len(row) > MOST_COLUMNS for row in rows):
        raise DomainRefused("bad-input", "too many rows or columns", ACCEPTED, "file")
    heading = rows[0] if rows else []
    numbered = [(number, row) for number, row in enumerate(rows[1:], 2) if _says(row)]
    if not numbered:
        raise DomainRefused("bad-input", "no row below the heading", ACCEPTED, "file")
    return heading, numbered


def _bounded(untrusted: bytes) -> None:
    if len(untrusted) > MOST_BYTES:
        raise DomainRefused("bad-input", f"{len(untrusted)} bytes", ACCEPTED, "file")
    try:
        with zipfile.ZipFile(io.BytesIO(untrusted)) as packed:
            parts = packed.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OSError):
        raise DomainRefused("bad-input", "no workbook", ACCEPTED, "file") from None
    unpacked = sum(one.file_size for one in parts)  # more than this zipfile never gives
    if len(parts) > MOST_PARTS or unpacked > MOST_UNPACKED:
        detail = f"{len(parts)} parts, {unpacked} bytes unpacked"
        raise DomainRefused("bad-input", detail, ACCEPTED, "file")


def _value(cell: Any) -> Any:
    value = cell.value
    if value is not None and cell.data_type in ("f", "e"):
        return Odd(str(value))
    return value


def _trimmed(row: list[Any]) -> list[Any]:
    """Without the empty cells at its end."""
    while row and row[-1] is None:
        row.pop()
    return row


def _says(row: Sequence[Any]) -> bool:
    return any(one is not None and str(one).strip() for one in row)


def template(
    columns: Sequence[Column], notes: Iterable[Sequence[str]], *examples: Sequence[Any]
) -> bytes:
    """An empty table with its heading, and a second sheet that says what is accepted."""
    book = openpyxl.Workbook()
    sheet: Any = book.active
    sheet.title = "登记"
    sheet.append([one.heading for one in columns])
    for number, column in enumerate(columns, 1):
        sheet.cell(1, number).font = HEAD
        sheet.column_dimensions[get_column_letter(number)].width = 4 + 2 * len(column.heading)
    sheet.freeze_panes = "A2"
    for line in examples:
        sheet.append(list(line))
    guide = book.create_sheet("说明")
    guide.append(["列 column", "名称 name", "必填 required", "填写要求 accepted"])
    for column in columns:
        guide.append([column.code, column.zh, "是" if column.needed else "", column.accepted])
    for line in notes:
        guide.append(list(line))
    return _saved(book)


def marked(heading: Sequence[Any], rows: Rows, faults: Sequence[Fault], codes: list[str]) -> bytes:
    """The same table with the faulty cells coloured and a column of remarks, rows as they were."""
    found: dict[int, dict[str, Fault]] = {}
    for fault in faults:
        found.setdefault(fault.row, {})[fault.column] = fault
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet("登记")
    width = max(len(heading), *(len(row) for _, row in rows), 0)
    last = 0
    for number, row in [(1, list(heading)), *rows]:
        for _ in range(last + 1, number):  # an empty row stays, so that numbers do
            sheet.append([])
        last = number
        wrong = found.get(number, {})
        told = "; ".join(f"{one.column}: {one.accepted}" for one in wrong.values())
        remark = REMARKS if number == 1 and not told else told
        line = [_cell(sheet, one, _at(codes, i) in wrong) for i, one in enumerate(row)]
        sheet.append([*line, *[None] * (width - len(line)), _cell(sheet, remark, False)])
    return _saved(book)


def _at(codes: Sequence[str], index: int) -> str:
    return codes[index] if index < len(codes) else ""


def _cell(sheet: Any, value: Any, faulty: bool) -> Any:
    """A cell whose text is never taken for a formula."""
    text = isinstance(value, str)
    kept = ILLEGAL_CHARACTERS_RE.sub("?", value.replace("\r", "\n")) if text else value
    cell = WriteOnlyCell(sheet, kept)
    if text:
        cell.data_type = "s"
    if faulty:
        cell.fill = FAULTY
    return cell


def _saved(book: Any) -> bytes:
    made = io.BytesIO()
    book.save(made)
    return made.getvalue()


def cells(codes: Sequence[str], row: Sequence[Any]) -> Mapping[str, Any]:
    """A row by its columns' codes."""
    return {code: one for code, one in zip(codes, row, strict=False) if code}
