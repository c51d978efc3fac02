"""A stranger's client docks at a real `duban serve` over loopback HTTP and does the main job."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import tiny_cli
from tiny_wire import Obj, RefusedError

from deploy.demo.client import Desk, await_true
from deploy.demo.hosts import Machine, machines

MATTER = {
    "title": "打通示例路断头段",
    "board": "daily",
    "grade": "general",
    "content": "示例路东段300米未贯通,11月底前通车。",
    "source": "会议议定",
    "basis": "示府纪〔2026〕1号",
    "weight": "要事",
    "indicators": [{"name": "贯通里程", "unit": "米", "target": "300", "evidence": "验收单"}],
    "responsible": "李四",
    "head": "张三",
    "contact": {"name": "王五", "phone": "0351-0000000"},
}
TEXT = "清障完成,路基已铺180米。"
NAMED = ("--name", "示例乡政府", "--level", "township")


@pytest.fixture
def root(tmp_path: Path) -> Iterator[Machine]:
    """A host that will have one node, the root of `gov`."""
    machine = machines({"root": False}, tmp_path)["root"]
    try:
        yield machine
    finally:
        machine.close()


@pytest.fixture
def office(root: Machine) -> Iterator[tuple[str, Desk]]:
    """The root's id, and a desk with a registrar, a supervisor and an administrator."""
    made = root.duban("init", "--name", "示例省政府办公厅", "--level", "province", "--root", "gov")
    root.serve("2026-11-24T01:00:00Z")
    root.await_ready()
    tokens = {}
    for role in ("registrar", "supervisor", "admin"):
        added = root.duban("user", "add", f"u-{role}", "--role", role, "--node", made["node"])
        tokens[role] = added["token"]
    desk = Desk(root.url, tokens)
    yield made["node"], desk
    desk.close()


class Tiny:
    """The client as a user of its command line sees it."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.state = folder, str(folder / "tiny.json")

    def __call__(self, *words: str) -> Any:
        return tiny_cli.run([self.state, *words])

    def ask(self, machine: Machine, parent: str) -> Path:
        """A request, and the parent's invitation for it in a file."""
        request, invitation = self.folder / "request.json", self.folder / "invitation.json"
        request.write_text(json.dumps(self("new", *NAMED)), encoding="utf-8")
        words = ["invite", str(request), *NAMED, "--node", parent, "--domain", "gov"]
        words += ["--address", machine.exchange]
        invitation.write_text(json.dumps(machine.duban(*words)), encoding="utf-8")
        return invitation

    def tasks(self) -> dict[str, Obj]:
        """Exchange, then what was issued to it."""
        self("exchange")
        return dict(self("list"))


@pytest.fixture
def tiny(tmp_path: Path) -> Tiny:
    return Tiny(tmp_path)


def issue(desk: Desk, node: str) -> str:
    """Register a matter and issue it to the node; the assignment's id."""
    matter = desk.call("POST", "/api/v1/matters", MATTER, role="supervisor")
    body = {"lead": node, "cohandlers": []}
    path = f"/api/v1/matters/{matter['id']}/issue"
    issued = desk.call("POST", path, body, role="supervisor")
    return str(issued["assignments"][0]["id"])


def apply_and_rule(desk: Desk, tiny: Tiny, subject: str, verdict: str, body: Obj) -> None:
    """The client applies for clearance; the parent waits for it and rules."""
    tiny("clear", subject, "--text", "办理完毕", "--figure", "贯通里程=300")
    await_true(
        lambda: bool(list(desk.assignments(role="issuer", state="CLOSE_REQ"))), "applied", 20
    )
    desk.call("POST", f"/api/v1/assignments/{subject}/{verdict}", body, role="supervisor")


def test_it_joins_receives_an_assignment_and_reports_and_the_parent_shows_it(
    root: Machine, office: tuple[str, Desk], tiny: Tiny
) -> None:
    parent, desk = office
    joined = tiny("join", str(tiny.ask(root, parent)))
    assert joined["domain"].startswith("gov@")
    subject = issue(desk, joined["node"])
    await_true(lambda: subject in tiny.tasks(), "the assignment at the tiny client", 20)
    assert tiny("list")[subject]["data"]["title"] == MATTER["title"]
    tiny("report", subject, "--text", TEXT, "--figure", "贯通里程=180")

    def shown() -> bool:
        found = desk.call("GET", f"/api/v1/assignments/{subject}")
        return TEXT in json.dumps(found, ensure_ascii=False) and "DOING" in str(found)

    await_true(shown, "the report at the parent", 20)
    assert tiny("exchange")["provisional"] is False
    (stream,) = [s for s in tiny("receipts")[parent]["streams"] if s["stream"] == "up"]
    assert (stream["seq"], stream["applied"], stream["quarantined"]) == (4, 4, 0)


def test_parent_returns_what_it_was_asked_to_clear_and_then_clears_it(
    root: Machine, office: tuple[str, Desk], tiny: Tiny
) -> None:
    parent, desk = office
    subject = issue(desk, tiny("join", str(tiny.ask(root, parent)))["node"])
    await_true(lambda: subject in tiny.tasks(), "the assignment", 20)
    tiny("report", subject, "--text", TEXT, "--figure", "贯通里程=300")
    apply_and_rule(desk, tiny, subject, "return", {"reason": "佐证不全"})
    await_true(lambda: tiny.tasks()[subject]["state"] == "DOING", "the return", 20)
    apply_and_rule(desk, tiny, subject, "grant", {"mark": "good"})
    await_true(lambda: tiny.tasks()[subject]["state"] == "CLOSED", "the grant", 20)


def test_invitation_for_another_key_is_refused_by_the_client_itself(
    root: Machine, office: tuple[str, Desk], tiny: Tiny, tmp_path: Path
) -> None:
    invitation = tiny.ask(root, office[0])
    (tmp_path / "other").mkdir()
    other = Tiny(tmp_path / "other")
    other("new", "--name", "另一乡政府", "--level", "township")
    with pytest.raises(RefusedError, match="misfit"):
        other("join", str(invitation))


def test_used_invitation_is_refused_to_a_second_join(
    root: Machine, office: tuple[str, Desk], tiny: Tiny
) -> None:
    invitation = tiny.ask(root, office[0])
    tiny("join", str(invitation))
    state = json.loads(Path(tiny.state).read_text(encoding="utf-8"))
    del state["epoch"], state["joined"]
    Path(tiny.state).write_text(json.dumps(state), encoding="utf-8")
    with pytest.raises(RefusedError, match="invitation-used"):
        tiny("join", str(invitation))
