"""A document as its parts: a title, paragraphs, headings, tables, who signs and when.

States shapes only. docx.py and pdf.py write one down; bulletins.py says what stands in it.
"""

from __future__ import annotations

from typing import Any, NamedTuple


class Heading(NamedTuple):
    """A section's heading."""

    text: str


class Table(NamedTuple):
    """A table: `widths` are relative."""

    title: str
    heading: list[str]
    rows: list[list[str]]
    widths: list[int]


Part = str | Heading | Table
"""a paragraph is its text"""


def title_size(title: str, width: float) -> float:
    """The largest size, 22 to 18 points, at which a title fits into a line; else 22."""
    letters = sum(0.5 if one.isascii() else 1.0 for one in title)
    return next((size for size in (22.0, 20.0, 18.0) if letters * size <= width), 22.0)


class Paper(NamedTuple):
    """A document."""

    title: str
    parts: list[Part]
    signed: str
    dated: str

    @property
    def tables(self) -> list[Table]:
        """Its tables."""
        return [one for one in self.parts if isinstance(one, Table)]

    @property
    def rows(self) -> int:
        """How many lines its tables have under their headings."""
        return sum(len(one.rows) for one in self.tables)

    def told(self) -> dict[str, Any]:
        """What is in it, counted."""
        tables = [{"title": one.title, "rows": len(one.rows)} for one in self.tables]
        return {"title": self.title, "tables": tables, "rows": self.rows}
