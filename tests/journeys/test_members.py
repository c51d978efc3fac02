"""Keys, suspensions, receipts and the directory through the real doors: HTTP and terminal."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from node.cli import main
from node.service import appeals
from node.service.verify import verify
from tests.journeys.test_silence import Three
from tests.support.hosts import User, until
from tests.support.onehost import DEPLOY, DONE, FORM


@pytest.fixture
def three(tmp_path: Path) -> Iterator[Three]:
    made = Three(tmp_path)
    yield made
    made.stop()


def _user(three: Three, name: str, role: str) -> User:
    return User(three.hosts[name], three.node(name), role)


def test_a_key_is_changed_in_the_middle_of_work_and_a_suspension_comes_and_goes(
    three: Three,
) -> None:
    chief, head = _user(three, "county", "supervisor"), _user(three, "town", "head")
    province = _user(three, "province", "supervisor")
    made = chief.post("/matters", FORM)
    handed = chief.post(f"/matters/{made['id']}/issue", {"lead": three.node("town")})
    path = f"/assignments/{handed['assignments'][0]['id']}"
    until(lambda: head.get("/assignments")["items"])
    head.post(f"{path}/sign")
    refused = head.try_post("/rotate")
    assert (refused.status_code, refused.json()["code"]) == (403, "wrong-role")
    turned = _user(three, "town", "admin").post("/rotate")
    assert {one["epoch"][:2] for one in turned["domains"]} == {"2-"}
    head.post(f"{path}/deploy", DEPLOY)
    head.post(f"{path}/report", DONE)

    def state() -> list[str]:
        return [one["state"] for one in province.get("/assignments")["items"]]

    until(lambda: state() == ["DOING"])
    rows = {one["node"]: one for one in province.get("/nodes")["items"]}
    assert rows[three.node("town")]["epoch"].startswith("2-")
    until(lambda: not head.get("/receipts")["provisional"])

    def received() -> bool:
        above = head.get("/receipts")["ancestors"]
        return all(each["held"] == each["of"] for one in above for each in one["streams"])

    until(received)

    guard = _user(three, "county", "security")
    grounds = {"grounds": "私钥疑似泄露"}
    guard.post(f"/nodes/{three.node('town')}/suspend", grounds)
    again = guard.try_post(f"/nodes/{three.node('town')}/suspend", grounds)
    assert (again.status_code, again.json()["code"]) == (409, "wrong-state")
    empty = guard.try_post(f"/nodes/{three.node('town')}/resume", {})
    assert (empty.status_code, empty.json()["where"]) == (422, "grounds")
    head.post(f"{path}/clear", DONE)
    until(lambda: "suspended" in (head.get("/sync")["items"][0]["last_error"] or ""))
    until(lambda: [one["suspended"] for one in province.get("/nodes")["items"]].count(True) == 1)
    assert state() == ["DOING"]
    guard.post(f"/nodes/{three.node('town')}/resume", {"grounds": "已核实"})
    until(lambda: state() == ["CLOSE_REQ"], 30)
    for name in three.hosts:
        assert verify(three.hosts[name].host).findings == []


def test_past_a_county_that_withholds_the_township_turns_to_the_province(three: Three) -> None:
    for name in ("county", "province"):
        three.hosts[name].worker.stop()  # it answers, and passes nothing on
    head = _user(three, "town", "supervisor")
    head.post("/matters", FORM)
    province = _user(three, "province", "supervisor")
    county = _user(three, "county", "supervisor")
    until(lambda: county.get("/matters")["items"])
    until(lambda: head.get("/receipts")["ancestors"][0]["at"])
    assert province.get("/withholding")["items"] == []
    root = three.node("province")
    town = three.hosts["town"].host
    appeals.set_address(town, three.places["town"], root, three.hosts["province"].url)
    three.wire.ahead = timedelta(hours=25)
    (shown,) = until(lambda: province.get("/withholding")["items"])
    assert (shown["by_name"], shown["origin_name"]) == ("county", "town")
    assert [(one["confirmed"], one["held"]) for one in shown["streams"]] == [(2, 0)]
    until(lambda: province.get("/matters")["items"])
    until(lambda: not head.get("/receipts")["provisional"])
    for name in three.hosts:
        assert verify(three.hosts[name].host).findings == []


def test_wrong_bodies_are_refused_with_what_is_accepted(three: Three) -> None:
    admin, guard = _user(three, "province", "admin"), _user(three, "province", "security")
    ends = {"over": three.node("county"), "by": three.node("town")}
    for body, where in (({}, "over"), ({"over": "x"}, "by"), (ends | {"end": 1}, "end")):
        answer = admin.try_post("/lines", body)
        assert (answer.status_code, answer.json()["where"]) == (422, where)
    assert guard.try_post("/erase", {}).json()["where"] == "id"
    answer = guard.try_post("/erase", {"id": "1-00000000/up/1"})
    assert (answer.status_code, answer.json()["code"]) == (404, "not-found")


@pytest.fixture
def duban(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Any:
    """A command as typed, at the one province of a folder; its JSON, or its text."""

    def run(*words: str) -> Any:
        capsys.readouterr()
        main([*words, "--data", str(tmp_path)])
        text = capsys.readouterr().out
        try:
            return json.loads(text)
        except ValueError:
            return text

    return run


def test_every_command_works_from_the_terminal(
    duban: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    root = ("--name", "示例省", "--level", "province", "--root", "gov")
    node = duban("init", *root, "--json")["node"]
    turned = duban("rotate", "--json")
    assert turned["node"] == node
    (row,) = duban("nodes", "--json")
    assert (row["epoch"][:2], row["custody"], row["provisional"]) == ("2-", node, False)
    assert "示例省" in duban("nodes")
    assert duban("sync", "silence", "--json") == []
    told = duban("sync", "receipts", "--json")
    assert (told["node"], told["ancestors"], told["provisional"]) == (node, [], False)
    assert "received by nobody above" in duban("sync", "receipts")
    made = duban("matter", "new", json.dumps(FORM), "--json")
    assert told["streams"]
    for words in (
        ("suspend", node, "--grounds", "查"),
        ("resume", node, "--grounds", "查"),
        ("line", "--over", node, "--by", node),
        ("erase", "9-00000000/up/1"),
        ("erase", "1-0/up/x", "--role", "handler"),
    ):
        with pytest.raises(SystemExit):
            duban(*words)
        assert capsys.readouterr().err.startswith("refused: ")
    assert made["no"]


@pytest.mark.parametrize("name", ["rotate", "suspend", "resume", "line", "erase", "nodes"])
def test_every_command_explains_itself_with_an_example(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    main([name, "--help"])
    assert f"Example: duban {name}" in capsys.readouterr().out
