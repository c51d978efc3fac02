"""A document as .docx.

Decides type and layout as official documents have it: A4, a title in 小标宋 (宋体 where it isn't
installed), text in 仿宋 16 pt, tables with a heading that comes again on each page, page numbers.
Never decides what a document says (bulletins.py). Follows ECMA-376, part 1, through python-docx.
"""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from typing import Final

import docx
from docx.document import Document
from docx.enum.table import WD_CELL_VERTICAL_ALIGNMENT, WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Emu, Length, Pt, Twips
from docx.table import Table as Grid
from docx.table import _Cell, _Row
from docx.text.paragraph import Paragraph
from docx.text.run import Run

from node.service.papers import Heading, Paper, Table, title_size

TYPE: Final = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
NOT_XML: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
WIDTH: Final = Twips(8844)  # between the margins
LATIN, SERIF, PLAIN, BLACK = "Times New Roman", "方正小标宋简体", "仿宋_GB2312", "黑体"
CENTER, LEFT = WD_ALIGN_PARAGRAPH.CENTER, WD_ALIGN_PARAGRAPH.LEFT
SHORT: Final = 12  # letters of a cell that stands in its middle


def write(paper: Paper) -> bytes:
    """The document's bytes."""
    made = docx.Document()
    _page(made)
    _line(
        made.add_paragraph(), paper.title, SERIF, title_size(paper.title, WIDTH.pt), CENTER, 0, 24
    )
    for part in paper.parts:
        if isinstance(part, Table):
            _line(made.add_paragraph(), part.title, BLACK, 12, CENTER, 8)
            _table(made, part)
        elif isinstance(part, Heading):
            _line(made.add_paragraph(), part.text, BLACK, 16, LEFT, 8)
        else:
            text = made.add_paragraph()
            _line(text, part, PLAIN, 16, WD_ALIGN_PARAGRAPH.JUSTIFY)
            text.paragraph_format.first_line_indent = Pt(32)
    for word in ("", paper.signed, paper.dated):
        _line(made.add_paragraph(), word, PLAIN, 16, WD_ALIGN_PARAGRAPH.RIGHT)
    told = io.BytesIO()
    made.save(told)
    return told.getvalue()


def _page(made: Document) -> None:
    """A4 with the margins of official documents, and a number at the foot of each page."""
    page = made.sections[0]
    page.page_width, page.page_height = Twips(11906), Twips(16838)
    page.top_margin, page.bottom_margin = Twips(2098), Twips(1984)
    page.left_margin, page.right_margin = Twips(1588), Twips(1474)
    foot = page.footer.paragraphs[0]
    foot.alignment = CENTER
    field = OxmlElement("w:fldSimple")
    field.set(qn("w:instr"), "PAGE")
    foot._p.append(field)
    made.core_properties.author = made.core_properties.comments = ""


def _line(
    line: Paragraph,
    text: str,
    font: str,
    size: float,
    align: WD_ALIGN_PARAGRAPH,
    before: int = 0,
    after: int = 0,
) -> None:
    """A paragraph of the text; sizes and distances in points."""
    line.alignment = align
    look = line.paragraph_format
    look.space_before, look.space_after = Pt(before), Pt(after)
    look.line_spacing_rule, look.line_spacing = WD_LINE_SPACING.EXACTLY, Pt(28)
    _face(line.add_run(NOT_XML.sub("�", text)), font, size)


def _face(run: Run, font: str, size: float) -> None:
    run.font.size, run.font.name = Pt(size), LATIN
    run._r.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), font)


def _table(made: Document, table: Table) -> None:
    grid = made.add_table(rows=0, cols=len(table.widths), style="Table Grid")
    grid.alignment, grid.autofit = WD_TABLE_ALIGNMENT.CENTER, False
    widths = [Emu(WIDTH * one // sum(table.widths)) for one in table.widths]
    for column, width in zip(grid.columns, widths, strict=True):
        column.width = width
    _row(grid, table.heading, widths, heading=True)
    for cells in table.rows:
        _row(grid, cells, widths)


def _row(grid: Grid, cells: list[str], widths: Sequence[Length], heading: bool = False) -> None:
    row: _Row = grid.add_row()  # type: ignore[no-untyped-call]
    _whole(row, heading)
    for cell, text, width in zip(row.cells, cells, widths, strict=True):
        cell.width = width
        _cell(cell, text, heading)


def _whole(row: _Row, heading: bool) -> None:
    """A row isn't broken by a page's end; a heading comes again on the next."""
    look = row._tr.get_or_add_trPr()
    look.append(OxmlElement("w:cantSplit"))
    if heading:
        look.append(OxmlElement("w:tblHeader"))


def _cell(cell: _Cell, text: str, heading: bool) -> None:
    cell.vertical_alignment = WD_CELL_VERTICAL_ALIGNMENT.CENTER
    line = cell.paragraphs[0]
    line.alignment = CENTER if heading or len(text) < SHORT else LEFT
    _face(line.add_run(NOT_XML.sub("�", text)), BLACK if heading else PLAIN, 10.5)
