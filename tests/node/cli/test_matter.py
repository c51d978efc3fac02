"""The terminal: every operation, from the same table as REST, with its exit codes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from node.cli import duban, main
from node.service.work import OPERATIONS

FORM = {
    "title": "整改某段警示标志缺失",
    "board": "daily",
    "grade": "general",
    "content": "补设标志",
    "source": "领导批示",
    "basis": "晋政办〔2026〕1号",
    "indicators": [{"name": "补设标志", "unit": "块", "target": "12"}],
    "responsible": "张三",
    "head": "李四",
    "contact": {"name": "王五", "phone": "1"},
}
DEPLOY = {
    "leader": "甲",
    "responsible": "乙",
    "contact": {"name": "丙", "phone": "1"},
    "measures": "立即整改",
}


# where node/cli/intake.py has the commands on drafts
DRAFTS = dict.fromkeys(("submit", "rate", "complain"), "intake") | dict.fromkeys(
    ("draft", "edit", "decline", "propose", "approve", "reject", "merge", "judge", "accept"),
    "triage",
)


class Terminal:
    """`duban` on a host with a province and a city."""

    def __init__(self, data: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.data, self.capsys = data, capsys
        self.province = self.json("init", "--name", "省", "--level", "province", "--root", "gov")[
            "node"
        ]
        asks = self.json("init", "--name", "市", "--level", "city")
        self.city = asks["node"]
        words = ["invite", json.dumps(asks), "--name", "市", "--level", "city"]
        invitation = self.json(*words, "--node", self.province)
        self.json("join", json.dumps(invitation), "--poll", "--node", self.city)

    def run(self, *words: str) -> tuple[int, str, str]:
        self.capsys.readouterr()
        try:
            main([*words, "--data", str(self.data)])
            code = 0
        except SystemExit as leaving:
            code = int(leaving.code or 0)
        said = self.capsys.readouterr()
        return code, said.out, said.err

    def json(self, *words: str) -> Any:
        code, out, err = self.run(*words, "--json")
        assert code == 0, err
        return json.loads(out)


@pytest.fixture
def terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Terminal:
    return Terminal(tmp_path, capsys)


def _help(*words: str) -> Result:
    return CliRunner().invoke(duban, [*words, "--help"])


@pytest.mark.parametrize("operation", OPERATIONS)
def test_every_operation_is_a_command_with_an_example(operation: str) -> None:
    kind, word = operation.split(".", 1)
    groups = {"matter": ["matter"], "assignment": ["assignment", "matter"]}.get(
        kind, [DRAFTS.get(word, "")]
    )
    for group in groups:
        name = {"matter.register": "new", "matter.list": "put-on-list"}.get(operation, word)
        shown = _help(group, name)
        assert shown.exit_code == 0
        assert f"Example: duban {group} {name} " in " ".join(shown.output.split())
        assert "--json" in shown.output


def test_a_matter_lives_from_the_terminal(terminal: Terminal) -> None:
    above, below = ("--node", terminal.province), ("--node", terminal.city)
    made = terminal.json("matter", "new", json.dumps(FORM), "--campaign", "专项", *above)
    no = made["no"]
    terminal.json("matter", "issue", no, "--lead", terminal.city, *above)
    terminal.json("sync", "now")
    terminal.json("matter", "sign", no, *below)
    terminal.json("matter", "deploy", no, json.dumps(DEPLOY), *below)
    (mine,) = terminal.json("assignment", "list", "--mine", *below)
    terminal.json("assignment", "report", mine["id"], '{"text":"已补","indicators":[]}', *below)
    done = '{"indicators":[{"name":"补设标志","value":"12"}]}'
    terminal.json("matter", "clear", no, done, "--text", "办结", *below)
    terminal.json("sync", "now")
    terminal.json("matter", "return", no, "--reason", "缺照片", *above)
    terminal.json("sync", "now")
    terminal.json("matter", "clear", no, done, "--text", "补上", *below)
    terminal.json("sync", "now")
    terminal.json("matter", "grant", no, "--mark", "good", *above)
    assert terminal.json("matter", "show", no, *above)["allowed"] == ["strike", "link", "value"]
    terminal.json("matter", "strike", no, "--result", "已办结", *above)
    assert terminal.json("matter", "list", "--state", "STRUCK", *above)[0]["no"] == no
    acts = terminal.json("audit", *above)
    assert [one["act"] for one in acts[:2]] == ["matter.strike", "assignment.grant"]


def test_a_refusal_is_one_line_and_exit_code_1(terminal: Terminal) -> None:
    node = ("--node", terminal.province)
    for words in (
        ("matter", "new", "{}"),
        ("matter", "new", '{"titel":"x"}'),
        ("matter", "new", "not-there.json"),
        ("matter", "sign", "督〔2026〕9号"),
        ("matter", "show", "督〔2026〕9号"),
        ("matter", "show", "matter:x"),
        ("assignment", "show", "assignment:x"),
        ("matter", "new", json.dumps(FORM), "--role", "handler"),
        ("user", "revoke", "ffff"),
        ("user", "role", "ffff", "--role", "head"),
    ):
        code, out, err = terminal.run(*words, *node)
        assert (code, out) == (1, ""), words
        assert err.startswith("refused: "), words
        assert err.count("\n") == 1, words
    assert "titel" in terminal.run("matter", "new", '{"titel":"x"}', *node)[2]


def test_wrong_usage_is_exit_code_2(terminal: Terminal) -> None:
    for words in (
        ("matter", "nothing"),
        ("matter", "issue"),
        ("assignment", "grant", "x", "--mark", "superb"),
        ("user", "add", "x", "--role", "emperor"),
        ("audit", "--limit", "0"),
    ):
        assert terminal.run(*words)[0] == 2, words


def test_accounts_from_the_terminal(terminal: Terminal) -> None:
    node = ("--node", terminal.province)
    made = terminal.json("user", "add", "张三", "--role", "handler", *node)
    (one,) = terminal.json("user", "list", *node)
    changed = terminal.json("user", "role", one["id"][:10], "--role", "head", *node)
    assert changed["role"] == "head"
    assert terminal.run("user", "revoke", made["token"])[0] == 0
    assert terminal.json("user", "list", *node)[0]["revoked"] is True
    second = terminal.json("user", "add", "李四", "--role", "admin", *node)
    assert second["token"]
    code, _, err = terminal.run("user", "add", "李四", "--role", "security", *node)
    assert code == 1
    assert "three administrators" in err
