"""`duban calendar` and `duban policy`: files in, JSON out, one clear line for a no."""

import json
from pathlib import Path
from typing import Any

import pytest

from node.cli import main


class Terminal:
    """A root on its own host."""

    def __init__(self, path: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.path, self._capsys = path, capsys
        self.run("init", "--name", "山西省", "--level", "province", "--root", "gov")

    def run(self, *words: str) -> str:
        main(["--data", str(self.path / "host"), *words])
        return self._capsys.readouterr().out

    def json(self, *words: str) -> Any:
        return json.loads(self.run(*words, "--json"))

    def refused(self, *words: str) -> str:
        with pytest.raises(SystemExit) as leaving:
            self.run(*words)
        assert leaving.value.code == 1
        return self._capsys.readouterr().err


@pytest.fixture
def terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Terminal:
    return Terminal(tmp_path, capsys)


IMPORT = ("--version", "cn/2027.1", "--covered-until", "2027-12-31")


def test_a_table_is_imported_shown_published_and_in_force(terminal: Terminal) -> None:
    table = terminal.path / "2027.csv"
    table.write_text("date,kind,name\n2027-01-01,holiday,元旦\n", encoding="utf-8-sig")
    told = terminal.json("calendar", "import", str(table), *IMPORT)
    assert (told["rows"], told["covered_from"], told["changes"]) == (1, "2025-01-01", [])
    assert terminal.json("calendar", "show")["drafts"][0]["version"] == "cn/2027.1"
    assert terminal.json("calendar", "publish")["version"] == "cn/2027.1"
    assert terminal.json("calendar", "show")["in_force"]["covered_until"] == "2027-12-31"
    assert terminal.json("calendar", "show", "cn/2026")["covered_from"] == "2004-01-01"
    assert "cn/2027.1: 0 assignments would move" in terminal.run("calendar", "preview")
    again = terminal.refused("calendar", "import", str(table), *IMPORT)
    assert "cn/2027.1 is not after cn/2027.1" in again


def test_json_rows_are_taken_as_well_and_what_would_change_is_told(terminal: Terminal) -> None:
    table = terminal.path / "rows.json"
    table.write_text(json.dumps({"rows": [{"date": "2026-12-28", "kind": "holiday"}]}))
    told = terminal.json("calendar", "import", str(table), *IMPORT, "--covered-from", "2026-12-01")
    assert told["changes"] == [{"date": "2026-12-28", "is": "holidays"}]
    table.write_text("[{")
    assert "not JSON" in terminal.refused("calendar", "import", str(table), *IMPORT)


def test_each_faulty_cell_is_one_of_the_words_and_nothing_is_kept(terminal: Terminal) -> None:
    table = terminal.path / "2027.csv"
    table.write_text("date,kind\n2027-02-30,holiday\n2027-03-01,off\n")
    told = terminal.refused("calendar", "import", str(table), *IMPORT)
    assert "row 1, date: '2027-02-30'; accepted: a date as 2027-02-06" in told
    assert "row 2, kind: 'off'; accepted: holiday or workday" in told
    assert terminal.json("calendar", "show")["drafts"] == []


def test_a_policy_is_published_shown_and_withdrawn(terminal: Terminal) -> None:
    form = '{"version":"workingdays/1","counts":"working"}'
    assert terminal.json("policy", "publish", form)["counts"] == "working"
    force = terminal.json("policy", "show")["in_force"]
    assert force["daily"]["general"] == "workingdays/1"
    assert terminal.json("policy", "show", "workingdays/1")["days"]["k7"] == 7
    assert terminal.json("policy", "show", "default/1")["counts"] == "natural"
    assert terminal.json("policy", "withdraw", "workingdays")["state"] == "WITHDRAWN"
    assert terminal.json("policy", "show")["in_force"]["daily"]["general"] == "default/1"
    assert "no policy workingdayz" in terminal.refused("policy", "withdraw", "workingdayz")


@pytest.mark.parametrize(
    "words",
    [
        *(("calendar", one) for one in ("show", "import", "publish", "preview", "apply")),
        *(("policy", one) for one in ("show", "publish", "withdraw")),
    ],
)
def test_every_help_has_an_example(
    words: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    main([*words, "--help"])
    told = capsys.readouterr().out
    assert f"duban {' '.join(words)}" in told
    assert "Example" in told
