"""A document as .docx: the least that WordprocessingML asks for, packed without a library.

Decides type and layout as official documents have it: A4, a red-headed title in 小标宋 (宋体 where
it isn't installed), text in 仿宋 16 pt, tables with a heading that comes again on each page, page
numbers. The same document gives the same bytes. Follows ECMA-376, parts 1 and 2.
"""

from __future__ import annotations

import io
import re
import zipfile
from typing import Final
from xml.sax.saxutils import escape

from node.service.papers import Heading, Paper, Table, title_size

TYPE: Final = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
WORDS: Final = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
RELATIONS: Final = "http://schemas.openxmlformats.org/package/2006/relationships"
OFFICE: Final = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
CONTENT: Final = "http://schemas.openxmlformats.org/package/2006/content-types"
PART: Final = "application/vnd.openxmlformats-officedocument.wordprocessingml"
NOT_XML: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
WIDTH: Final = 8844  # twentieths of a point between the margins
HEAD: Final = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
AT: Final = (1980, 1, 1, 0, 0, 0)
SERIF, PLAIN, BLACK = "方正小标宋简体", "仿宋_GB2312", "黑体"


def write(paper: Paper) -> bytes:
    """The document's bytes."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as pack:
        for name, text in (
            ("[Content_Types].xml", _types()),
            ("_rels/.rels", _relations(("officeDocument", "word/document.xml"))),
            ("word/_rels/document.xml.rels",
             _relations(("styles", "styles.xml"), ("footer", "footer1.xml"))),
            ("word/styles.xml", _styles()),
            ("word/footer1.xml", _footer()),
            ("word/document.xml", _document(paper)),
        ):  # fmt: skip
            pack.writestr(zipfile.ZipInfo(name, AT), HEAD + text, zipfile.ZIP_DEFLATED)
    return made.getvalue()


def _types() -> str:
    parts = (("document", "document.main"), ("styles", "styles"), ("footer1", "footer"))
    named = "".join(
        f'<Override PartName="/word/{name}.xml" ContentType="{PART}.{kind}+xml"/>'
        for name, kind in parts
    )
    rels = "application/vnd.openxmlformats-package.relationships+xml"
    return (
        f'<Types xmlns="{CONTENT}"><Default Extension="rels" ContentType="{rels}"/>'
        f'<Default Extension="xml" ContentType="application/xml"/>{named}</Types>'
    )


def _relations(*rows: tuple[str, str]) -> str:
    named = "".join(
        f'<Relationship Id="r{at}" Type="{OFFICE}/{kind}" Target="{target}"/>'
        for at, (kind, target) in enumerate(rows, 1)
    )
    return f'<Relationships xmlns="{RELATIONS}">{named}</Relationships>'


def _styles() -> str:
    fonts = f'<w:rFonts w:ascii="Times New Roman" w:hAnsi="Times New Roman" w:eastAsia="{PLAIN}"/>'
    return (
        f'<w:styles xmlns:w="{WORDS}"><w:docDefaults><w:rPrDefault><w:rPr>{fonts}'
        '<w:sz w:val="32"/><w:szCs w:val="32"/><w:lang w:val="en-US" w:eastAsia="zh-CN"/>'
        "</w:rPr></w:rPrDefault></w:docDefaults>"
        '<w:style w:type="paragraph" w:default="1" w:styleId="Normal"><w:name w:val="Normal"/>'
        "</w:style></w:styles>"
    )


def _footer() -> str:
    field = '<w:fldSimple w:instr=" PAGE "><w:r><w:t>1</w:t></w:r></w:fldSimple>'
    return (
        f'<w:ftr xmlns:w="{WORDS}"><w:p><w:pPr><w:jc w:val="center"/></w:pPr>{field}</w:p></w:ftr>'
    )


def _document(paper: Paper) -> str:
    size = int(2 * title_size(paper.title, WIDTH / 20))
    body = [_line(paper.title, SERIF, size, "center", 'w:after="480"')]
    for part in paper.parts:
        if isinstance(part, Table):
            body += [_line(part.title, BLACK, 24, "center", 'w:before="160"'), _table(part)]
        elif isinstance(part, Heading):
            body.append(_line(part.text, BLACK, 32, "left", 'w:before="160"'))
        else:
            body.append(_line(part, PLAIN, 32, "both", "", indent=True))
    body += [_line(text, PLAIN, 32, "right", "") for text in ("", paper.signed, paper.dated)]
    page = (
        f'<w:sectPr><w:footerReference xmlns:r="{OFFICE}" w:type="default" r:id="r2"/>'
        '<w:pgSz w:w="11906" w:h="16838"/><w:pgMar w:top="2098" w:right="1474" w:bottom="1984" '
        'w:left="1588" w:header="851" w:footer="992" w:gutter="0"/></w:sectPr>'
    )
    return f'<w:document xmlns:w="{WORDS}"><w:body>{"".join(body)}{page}</w:body></w:document>'


def _run(text: str, font: str, size: int, bold: bool = False) -> str:
    clean = escape(NOT_XML.sub("�", text))
    fonts = f'<w:rFonts w:eastAsia="{font}"/>{"<w:b/>" if bold else ""}'
    look = f'<w:rPr>{fonts}<w:sz w:val="{size}"/><w:szCs w:val="{size}"/></w:rPr>'
    return f'<w:r>{look}<w:t xml:space="preserve">{clean}</w:t></w:r>'


def _line(text: str, font: str, size: int, align: str, spacing: str, indent: bool = False) -> str:
    first = '<w:ind w:firstLineChars="200" w:firstLine="640"/>' if indent else ""
    gap = f'<w:spacing {spacing} w:line="560" w:lineRule="exact"/>'
    look = f'<w:pPr>{gap}{first}<w:jc w:val="{align}"/></w:pPr>'
    return f"<w:p>{look}{_run(text, font, size)}</w:p>"


def _table(table: Table) -> str:
    whole = sum(table.widths)
    widths = [WIDTH * one // whole for one in table.widths]
    edges = "".join(
        f'<w:{side} w:val="single" w:sz="4" w:space="0" w:color="000000"/>'
        for side in ("top", "left", "bottom", "right", "insideH", "insideV")
    )
    look = (
        f'<w:tblPr><w:tblW w:w="{sum(widths)}" w:type="dxa"/><w:jc w:val="center"/>'
        f'<w:tblBorders>{edges}</w:tblBorders><w:tblLayout w:type="fixed"/></w:tblPr>'
    )
    grid = "".join(f'<w:gridCol w:w="{one}"/>' for one in widths)
    rows = [_row(table.heading, widths, True), *(_row(one, widths) for one in table.rows)]
    return f"<w:tbl>{look}<w:tblGrid>{grid}</w:tblGrid>{''.join(rows)}</w:tbl>"


def _row(cells: list[str], widths: list[int], heading: bool = False) -> str:
    look = f"<w:trPr><w:cantSplit/>{'<w:tblHeader/>' if heading else ''}</w:trPr>"
    made = "".join(
        f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/><w:vAlign w:val="center"/></w:tcPr>'
        f'<w:p><w:pPr><w:jc w:val="{"center" if heading or len(text) < 12 else "left"}"/></w:pPr>'
        f"{_run(text, BLACK if heading else PLAIN, 21)}</w:p></w:tc>"
        for text, width in zip(cells, widths, strict=True)
    )
    return f"<w:tr>{look}{made}</w:tr>"
