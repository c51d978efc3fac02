"""`duban stats` and `duban score`: files by their ending, one clear line for a no."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest
from openpyxl import load_workbook

from node.service.exports import TABLES
from tests.node.cli.test_rules import Terminal


@pytest.fixture
def terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Terminal:
    return Terminal(tmp_path, capsys)


def test_statistics_are_shown_in_all_and_by_unit(terminal: Terminal) -> None:
    told = terminal.json("stats", "show", "--month", "2026-11", "--by", "unit")
    assert told["total"]["stages"]["k7"]["due"]["counts"]["expected"] == 0
    assert told["total"]["matters"]["clearance_rate"] is None
    assert (told["rows"], told["since"]) == ([], "2026-10-31T16:00:00Z")
    aged = terminal.json("stats", "ageing")["total"]
    assert aged["matters"]["counts"]["open-0-7"] == 0
    assert aged["assignments"]["counts"]["overdue-31-"] == 0
    assert "month '2026'" in terminal.refused("stats", "show", "--month", "2026")


@pytest.mark.parametrize("what", TABLES)
def test_files_are_written_as_their_ending_says(terminal: Terminal, what: str) -> None:
    for ending in ("csv", "xlsx"):
        file = terminal.path / f"{what}.{ending}"
        assert terminal.json("stats", "export", what, str(file))["rows"] == 0
    with (terminal.path / f"{what}.csv").open(encoding="utf-8-sig", newline="") as text:
        assert len(list(csv.reader(text))) == 1
    book = load_workbook(terminal.path / f"{what}.xlsx")
    assert book.sheetnames == [what]
    book.close()
    assert "csv, xlsx" in terminal.refused("stats", "export", what, str(terminal.path / "a.txt"))


def test_a_score_table_is_shown_published_and_counts_from_the_next_month(
    terminal: Terminal,
) -> None:
    assert terminal.json("score", "table", "monthlyscore/0")["minimum"] == 5
    assert (
        terminal.json("score", "publish", '{"version":"monthlyscore/1","minimum":3}')["minimum"]
        == 3
    )
    told = terminal.json("score", "table")
    assert (told["in_force"]["version"], told["next_month"]) == ("monthlyscore/0", "monthlyscore/1")
    assert "ranked from 5 in hand; the month is not over" in terminal.run("score", "show")
    assert terminal.json("score", "show", "--table", "monthlyscore/1")["minimum"] == 3
    assert "is not after" in terminal.refused("score", "publish", '{"version":"monthlyscore/1"}')
