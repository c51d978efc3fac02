"""What the demo adds for the first five minutes: a table with two faults, a day that passes."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from openpyxl import load_workbook

from deploy.demo import minutes
from deploy.sample.railway import problems


def test_the_table_differs_from_the_sample_in_two_cells(tmp_path: Path) -> None:
    sheet = load_workbook(minutes.write(tmp_path / "bad.xlsx")).active
    assert sheet is not None
    head, *rows = sheet.iter_rows(values_only=True)
    assert len(rows) == minutes.ROWS
    wrong = set()
    for number, (row, one) in enumerate(zip(rows, problems(), strict=False)):
        said = dict(zip(head, row, strict=True))
        (indicator,) = one["indicators"]
        meant = {"region": one["township"], "target": indicator["target"], "title": one["title"]}
        wrong |= {(number, name) for name, value in meant.items() if said[name] != value}
    assert wrong == {(number, name) for number, (name, _) in minutes.FAULTS.items()}


def test_a_day_later_is_the_next_evening_in_shanghai() -> None:
    for hour, day in ((1, 14), (11, 14), (15, 14), (17, 15)):
        at = minutes.evening_after(datetime(2026, 3, 13, hour, 30, tzinfo=UTC))
        assert at.isoformat() == f"2026-03-{day}T18:00:00+08:00"
