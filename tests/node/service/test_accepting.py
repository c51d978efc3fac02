"""A draft accepted and issued by one command: every step's own rule, all of it or nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from node.service.verify import verify
from tests.node.api.stand import FORM as PLAIN
from tests.node.api.stand import Stand
from tests.node.service.test_ledgers import SIGNED

FORM = PLAIN | {
    "source": "hotline",
    "scores": {"livelihood": "direct"},
    "solution": "补设后复核",
    "indicators": [{"name": "补设标志", "unit": "块", "target": "12", "evidence": "验收单"}],
}
ASK = {"source": "hotline", "title": "某段警示标志缺失", "situation": "连续长下坡",
       "demand": "补设", "difficulty": "无"}  # fmt: skip


@pytest.fixture
def stand(tmp_path: Path, database_url: str) -> Iterator[Stand]:
    made = Stand(tmp_path, database_url)
    yield made
    made.close()


@pytest.fixture
def lite(tmp_path: Path) -> Iterator[Stand]:
    made = Stand(tmp_path, f"sqlite:///{tmp_path / 'host.db'}")
    yield made
    made.close()


def asked(stand: Stand) -> str:
    return str(stand.done("POST", "/intake", ASK)["id"])


def accept(stand: Stand, id: str, role: str = "supervisor", **change: Any) -> Any:
    body = FORM | {"lead": stand.nodes["city"]} | change
    return stand.ask("POST", f"/drafts/{id}/accept", role, body)


def state(stand: Stand, id: str) -> str:
    return str(stand.got(f"/drafts/{id}")["state"])


def test_what_was_submitted_is_registered_and_issued_at_once(stand: Stand) -> None:
    id = asked(stand)
    assert "accept" in stand.got(f"/drafts/{id}")["allowed"]
    made = accept(stand, id).json
    assert (made["id"], made["state"]) == (id, "APPROVED")
    matter = stand.got(f"/matters/{made['matter']}")
    assert (matter["no"], matter["state"], matter["title"]) == (made["no"], "OPEN", FORM["title"])
    (slip,) = made["assignments"]
    assert slip["assignee"] == stand.nodes["city"]
    assert [one["act"] for one in stand.audit(act="draft.accept")] == ["draft.accept"]
    assert verify(stand.host).findings == []


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"lead": "nobody"}, "lead"),
        ({"scores": {}}, "scores"),
        ({"indicators": []}, "indicators"),
        ({"basis": ""}, "basis"),
        ({"board": "investment", "ledger": {"signed_amount": "lots"}}, "ledger.signed_amount"),
        ({"board": "investment", "ledger": {"signed_amount": "1"}}, "ledger.investor"),
        ({"cohandlers": ["nobody"]}, "cohandlers[0]"),
    ],
)
def test_a_step_that_is_refused_leaves_nothing_written(
    lite: Stand, change: dict[str, Any], where: str
) -> None:
    id = asked(lite)
    answer = accept(lite, id, **change)
    assert answer.status_code in (403, 409, 422), answer.text
    assert answer.json.get("where", "") == where
    assert state(lite, id) == "LEAD"
    assert lite.got("/matters")["items"] == []
    assert accept(lite, id).json["no"].endswith("〕1号"), "no number was lost"


def test_only_a_supervisor_accepts(lite: Stand) -> None:
    id = asked(lite)
    for role in ("registrar", "leader", "handler"):
        assert accept(lite, id, role).status_code == 403
    assert "accept" not in lite.got(f"/drafts/{id}", "registrar")["allowed"]
    assert state(lite, id) == "LEAD"


def test_a_major_one_waits_for_its_leader_with_the_lead_that_is_meant(lite: Stand) -> None:
    id = asked(lite)
    made = accept(lite, id, grade="major").json
    assert (made["state"], made["waits"]) == ("PROPOSED", "leader")
    assert lite.got(f"/drafts/{id}")["form"]["lead"] == lite.nodes["city"]
    assert lite.got("/matters")["items"] == []
    again = accept(lite, id, grade="major")
    assert again.json["state"] == "PROPOSED", "said again, nothing changes"
    lite.done("POST", f"/drafts/{id}/approve", {}, "leader")
    assert accept(lite, id).json["code"] == "wrong-state"


def test_a_draft_that_is_under_way_goes_on_from_where_it_is(lite: Stand) -> None:
    id = asked(lite)
    lite.done("POST", f"/drafts/{id}/draft", FORM, "registrar")
    assert accept(lite, id, title="补设某段警示标志").json["state"] == "APPROVED"
    assert lite.got("/matters")["items"][0]["title"] == "补设某段警示标志"
    other = asked(lite)
    lite.done("POST", f"/drafts/{other}/draft", FORM | {"lead": "示例市"}, "registrar")
    lite.done("POST", f"/drafts/{other}/propose", {"answer": "另一路段"}, "registrar")
    assert accept(lite, other).json["state"] == "APPROVED"


def test_a_likely_duplicate_must_be_answered_here_too(lite: Stand) -> None:
    lite.done("POST", "/matters", PLAIN)
    id = asked(lite)
    assert accept(lite, id).json["where"] == "answer"
    assert accept(lite, id, answer="另一路段").json["state"] == "APPROVED"


def test_a_draft_carries_ledger_values_into_the_register(stand: Stand) -> None:
    said = FORM | {"board": "investment", "ledger": SIGNED, "lead": "示例市"}
    id = stand.done("POST", "/drafts", said, "registrar")["id"]
    assert stand.got(f"/drafts/{id}")["form"]["ledger"] == SIGNED
    bad = {"ledger": {"signed_amount": "lots"}}
    answer = stand.ask("POST", f"/drafts/{id}/edit", "registrar", bad)
    assert answer.json["where"] == "ledger.signed_amount"
    stand.done("POST", f"/drafts/{id}/propose", {"answer": "无"}, "registrar")
    made = stand.done("POST", f"/drafts/{id}/approve", {})
    (row,) = stand.got("/ledgers/investment/rows", "leader")["items"]
    assert (row["id"], row["values"]) == (made["matter"], SIGNED)
    assert verify(stand.host).findings == []
