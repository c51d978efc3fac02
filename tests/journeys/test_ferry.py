"""A township with no network at all: it joins, gets its assignment and reports, all by file."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from node.cli import main

FORM = {
    "title": "整改某段连续长下坡警示标志缺失",
    "board": "daily",
    "grade": "general",
    "content": "补设标志并复核夜间可视距离",
    "source": "领导批示",
    "basis": "示例批示",
    "indicators": [{"name": "补设标志", "unit": "块", "target": "12"}],
    "responsible": "张三",
    "head": "李四",
    "contact": {"name": "王五", "phone": "0351-0000000"},
}
DEPLOY = {"leader": "甲", "responsible": "乙", "contact": {"name": "丙", "phone": "1"}}
DONE = {"text": "已补设12块", "indicators": [{"name": "补设标志", "value": "12"}]}
Duban = Callable[..., Any]


@pytest.fixture
def duban(capsys: pytest.CaptureFixture[str]) -> Duban:
    """A command as typed; its JSON, or its text where it prints none."""

    def run(*words: str) -> Any:
        capsys.readouterr()
        main(list(words))
        text = capsys.readouterr().out
        try:
            return json.loads(text)
        except ValueError:
            return text

    return run


class Village:
    """A province and a township, each a folder; files are carried between them."""

    def __init__(self, path: Path, duban: Duban) -> None:
        self.path, self.duban, self.carried = path, duban, 0
        self.province, self.town = str(path / "province"), str(path / "town")
        root = ("--name", "示例省", "--level", "province", "--root", "gov")
        self.root = duban("init", *root, "--data", self.province, "--json")["node"]
        town = ("--name", "示例乡", "--level", "township")
        made = duban("init", *town, "--data", self.town, "--json")
        self.node = made["node"]
        asked = ("invite", json.dumps(made["request"]), *town, "--data", self.province)
        self.invitation = duban(*asked, "--json")

    def file(self) -> Path:
        self.carried += 1
        return self.path / f"disc{self.carried}.duban"

    def join(self) -> None:
        ask = self.file()
        words = ("join", json.dumps(self.invitation), "--ferry", str(ask), "--data", self.town)
        self.duban(*words)
        self.duban("ferry", "in", str(ask), "--data", self.province)
        self.down()

    def down(self) -> str:
        """One file from the province to the township; what the township says of it."""
        file = self.file()
        self.duban("ferry", "out", str(file), "--to", self.node, "--data", self.province)
        return str(self.duban("ferry", "in", str(file), "--data", self.town))

    def up(self) -> Path:
        file = self.file()
        self.duban("ferry", "out", str(file), "--data", self.town)
        self.duban("ferry", "in", str(file), "--data", self.province)
        return file

    def new(self, where: str) -> Any:
        return self.duban("matter", "new", json.dumps(FORM), "--data", where, "--json")

    def act(self, word: str, id: str, body: Any) -> Any:
        words = ("assignment", word, id, json.dumps(body), "--role", "head")
        return self.duban(*words, "--data", self.town, "--json")

    def shown(self, where: str) -> Any:
        return self.duban("assignment", "list", "--data", where, "--json")


def test_a_township_without_network_joins_and_reports_by_file(tmp_path: Path, duban: Duban) -> None:
    village = Village(tmp_path, duban)
    village.join()
    made = village.new(village.province)
    issue = ("matter", "issue", made["id"], "--lead", village.node, "--data", village.province)
    id = duban(*issue, "--json")["assignments"][0]["id"]
    village.down()
    for word, body in (("sign", {}), ("deploy", DEPLOY | {"measures": "整改"}), ("report", DONE)):
        village.act(word, id, body)
    first = village.up()
    (seen,) = village.shown(village.province)
    assert (seen["id"], seen["state"]) == (id, "DOING")
    status = duban("sync", "status", "--data", village.town, "--json")
    assert [(one["kind"], one["acked"]) for one in status] == [("ferry", 0)]
    village.down()
    (link,) = duban("sync", "status", "--data", village.town, "--json")
    assert link["pending"] == 0
    again = duban("ferry", "in", str(first), "--data", village.province)
    assert "taken" in again
    assert len(village.shown(village.province)) == 1
    for where in (village.province, village.town):
        assert duban("verify", "--data", where, "--json")["findings"] == []


def test_a_file_with_one_byte_changed_is_refused_and_loses_nothing(
    tmp_path: Path, duban: Duban, capsys: pytest.CaptureFixture[str]
) -> None:
    village = Village(tmp_path, duban)
    village.join()
    village.new(village.town)
    file = village.file()
    duban("ferry", "out", str(file), "--data", village.town)
    bytes_ = file.read_bytes()
    changed = bytes_.replace("警示标志".encode(), "警示标识".encode(), 1)
    assert changed != bytes_
    file.write_bytes(changed)
    with pytest.raises(SystemExit):
        duban("ferry", "in", str(file), "--data", village.province)
    assert "refused: " in capsys.readouterr().err
    assert duban("picture", "--data", village.province, "--json")["matters"] == 0
    assert "bad-signature" in village.down()
    village.up()
    assert duban("picture", "--data", village.province, "--json")["matters"] == 1


def test_a_township_that_did_not_ask_is_not_taken_in_by_an_answer(
    tmp_path: Path, duban: Duban, capsys: pytest.CaptureFixture[str]
) -> None:
    village = Village(tmp_path, duban)
    ask = village.file()
    words = ("join", json.dumps(village.invitation), "--ferry", str(ask), "--data", village.town)
    duban(*words)
    duban("ferry", "in", str(ask), "--data", village.province)
    file = village.file()
    duban("ferry", "out", str(file), "--to", village.node, "--data", village.province)
    label, rest = file.read_bytes().split(b"\n", 1)
    stranger = duban(
        "init", "--name", "另一乡", "--level", "township", "--data", village.town, "--json"
    )
    label = label.replace(village.node.encode(), stranger["node"].encode())
    file.write_bytes(label + b"\n" + rest)
    with pytest.raises(SystemExit):
        duban("ferry", "in", str(file), "--data", village.town)
    assert "did not ask" in capsys.readouterr().err


def test_past_a_parent_that_withholds_an_appeal_goes_by_file(tmp_path: Path, duban: Duban) -> None:
    village = Village(tmp_path, duban)
    village.join()
    hamlet = str(tmp_path / "hamlet")
    words = ("--name", "示例村", "--level", "zone")
    made = duban("init", *words, "--data", hamlet, "--json")
    asked = ("invite", json.dumps(made["request"]), *words, "--data", village.town)
    ask, back = village.file(), village.file()
    invitation = json.dumps(duban(*asked, "--json"))
    duban("join", invitation, "--ferry", str(ask), "--data", hamlet)
    duban("ferry", "in", str(ask), "--data", village.town)
    duban("ferry", "out", str(back), "--to", made["node"], "--data", village.town)
    duban("ferry", "in", str(back), "--data", hamlet)
    village.new(hamlet)
    up, down = village.file(), village.file()
    duban("ferry", "out", str(up), "--data", hamlet)
    duban("ferry", "in", str(up), "--data", village.town)
    duban("ferry", "out", str(down), "--to", made["node"], "--data", village.town)
    duban("ferry", "in", str(down), "--data", hamlet)
    assert duban("picture", "--data", village.province, "--json")["matters"] == 0

    appeal, answer = village.file(), village.file()
    duban("sync", "appeal", village.root, "--file", str(appeal), "--data", hamlet)
    told = duban("ferry", "in", str(appeal), "--answer", str(answer), "--data", village.province)
    assert f"carry {answer} back to {made['node']}" in told
    assert duban("picture", "--data", village.province, "--json")["matters"] == 1
    (shown,) = duban("sync", "withholding", "--data", village.province, "--json")
    assert (shown["by"], shown["origin"]) == (village.node, made["node"])
    duban("ferry", "in", str(answer), "--data", hamlet)
    assert "示例省 2/2" in duban("sync", "receipts", "--data", hamlet)
    for where in (village.province, village.town, hamlet):
        assert duban("verify", "--data", where, "--json")["findings"] == []
