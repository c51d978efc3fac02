"""ledger and campaign from a terminal: a table checked, marked, mended and brought in."""

from __future__ import annotations

import json
from pathlib import Path

import openpyxl
import pytest

from node.cli import main
from node.domain.instants import local_date
from node.service.clock import OffsetClock
from tests.node.api.stand import Stand
from tests.node.service.test_campaigns import form, packed, table


def told(capsys: pytest.CaptureFixture[str], stand: Stand, *words: str) -> tuple[int, str, str]:
    """Exit code, output and errors of one command, as the province."""
    place = ("--data", str(stand.config.data), "--database", stand.config.database)
    node = ("--node", stand.nodes["province"])
    code = 0
    try:
        main([*words, *place, *node])
    except SystemExit as left:
        code = int(left.code or 0)
    out, err = capsys.readouterr()
    return code, out, err


@pytest.fixture
def stand(tmp_path: Path) -> Stand:
    made = Stand(tmp_path / "data", f"sqlite:///{tmp_path / 'host.db'}")
    made.close()
    return made


def test_a_campaign_is_published_filled_and_looked_at(
    stand: Stand, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert isinstance(stand.host.now, OffsetClock)
    assert local_date(stand.host.now().business)
    code, out, err = told(capsys, stand, "campaign", "publish", json.dumps(form(stand)), "--json")
    assert code == 0, err
    id = json.loads(out)["id"]
    bad, good, marked = (tmp_path / name for name in ("bad.xlsx", "good.xlsx", "marked.xlsx"))
    rows = table(20)
    good.write_bytes(packed(rows))
    bad.write_bytes(packed([*rows[:5], rows[5] | {"class": "R9"}, *rows[6:]]))
    code, out, err = told(capsys, stand, "campaign", "check", id, str(bad), "--errors", str(marked))
    assert code == 1
    assert "row 7, class: 'R9'" in out
    assert "20 rows, 1 faulty cells" in out
    assert openpyxl.load_workbook(marked).active["B7"].fill.fill_type == "solid"
    code, out, err = told(capsys, stand, "campaign", "import", id, str(bad))
    assert (code, "row 7, class" in err) == (1, True)
    assert told(capsys, stand, "campaign", "check", id, str(good))[0] == 0
    code, out, _ = told(capsys, stand, "campaign", "import", id, str(good), "--json")
    assert (code, json.loads(out)["registered"]) == (0, 20)
    code, out, _ = told(capsys, stand, "campaign", "show", id, "--json")
    assert json.loads(out)["matters"] == 20
    code, out, _ = told(capsys, stand, "ledger", "totals", "daily", "--group", "city", "--json")
    assert json.loads(out)["total"]["people_sum"] == "240"
    code, out, _ = told(capsys, stand, "ledger", "rows", "daily", "--q", "K0+", "--json")
    assert code == 0
    empty = tmp_path / "empty.xlsx"
    assert told(capsys, stand, "campaign", "template", id, str(empty))[0] == 0
    assert openpyxl.load_workbook(empty)["登记"]["A1"].value == "标题* title"
    assert json.loads(told(capsys, stand, "campaign", "list", "--json")[1])["items"][0]["id"] == id


def test_a_ledger_is_shown_and_published(
    stand: Stand, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, _ = told(capsys, stand, "ledger", "show", "reform", "--json")
    made = json.loads(out) | {"version": "reform/2"}
    (tmp_path / "reform.json").write_text(json.dumps(made), encoding="utf-8")
    code, _, err = told(capsys, stand, "ledger", "publish", str(tmp_path / "reform.json"))
    assert code == 0, err
    force = json.loads(told(capsys, stand, "ledger", "show", "--json")[1])["in_force"]
    assert (force["reform"], force["daily"]) == ("reform/2", "daily/1")
    code, _, err = told(capsys, stand, "ledger", "publish", str(tmp_path / "reform.json"))
    assert (code, "not after" in err) == (1, True)
