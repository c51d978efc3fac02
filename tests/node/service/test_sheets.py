"""A cell that a spreadsheet would run stays a text, and what XLSX can't hold is no error."""

from __future__ import annotations

import csv
import io

import pytest
from openpyxl import load_workbook

from node.service.sheets import write_csv, write_xlsx

TEXTS = [
    "=1+1",
    "+1",
    "-1",
    "@A1",
    "\t=1",
    "\r=1",
    "＝1",
    "a=1",
    "正常",
    "a\x00b",
    "a\ud800b",
    'a"b,c\nd',
]


def test_csv_guards_texts_and_leaves_numbers() -> None:
    into = io.BytesIO()
    assert write_csv(into, ["=h"], [[*TEXTS], [-1, 2.5, None, True]]) == 2
    heading, first, second = csv.reader(
        io.StringIO(into.getvalue().decode("utf-8-sig"), newline="")
    )
    assert heading == ["'=h"]
    assert first[:7] == [f"'{one}" for one in TEXTS[:7]]
    assert first[7:] == ["a=1", "正常", "a�b", "a�b", 'a"b,c\nd']
    assert second == ["-1", "2.5", "", "True"]


@pytest.mark.parametrize("text", TEXTS)
def test_xlsx_holds_texts_as_texts(text: str) -> None:
    into = io.BytesIO()
    assert write_xlsx(into, "x" * 40, ["h"], [[text], [-1], [None]]) == 3
    sheet = load_workbook(io.BytesIO(into.getvalue())).active
    assert sheet is not None
    cell = sheet["A2"]
    assert cell.data_type == "s"
    kept = text.replace("\x00", "�").replace("\ud800", "�").replace("\r", "\n")
    assert cell.value == kept
    assert sheet["A3"].value == -1
