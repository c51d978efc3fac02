"""Issue along a line, past a level, and to co-handlers added later, over real HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from node.service.verify import verify
from tests.support.forms import FORM
from tests.support.hosts import until
from tests.support.lives import Lives
from tests.support.realm import Seat

PLAN = {
    "province": Seat("", "province"),
    "bureau": Seat("province", "department"),
    "city": Seat("province", "city"),
    "office": Seat("city", "department"),
    "county": Seat("city", "county"),
    "town": Seat("county", "township"),
}


@pytest.fixture(scope="module")
def lives(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lives]:
    made = Lives(tmp_path_factory.mktemp("lines"), PLAN)
    yield made
    made.stop()


def _issued(lives: Lives, by: str, to: str) -> tuple[str, str]:
    chief = lives.user(by, "supervisor")
    matter = str(chief.post("/matters", FORM)["id"])
    handed = chief.post(f"/matters/{matter}/issue", {"lead": lives.node(to)})
    return matter, str(handed["assignments"][0]["id"])


def _said_by(seen: dict[str, Any], node: str) -> list[str]:
    """The types of a node's events about an assignment that count."""
    told = [one for one in seen["events"] if one["source"] == node and not one["outcome"]]
    return [one["type"].rpartition(".")[2] for one in told]


def test_a_bureau_issues_along_its_line_to_the_city_s_bureau(lives: Lives) -> None:
    chief = lives.user("bureau", "supervisor")
    matter = chief.post("/matters", FORM)["id"]
    units = {"lead": lives.node("office")}
    refused = chief.try_post(f"/matters/{matter}/issue", units)
    assert (refused.status_code, refused.json()["code"]) == (403, "wrong-node")
    assert refused.json()["where"] == "lead"
    line = {"over": lives.node("office"), "by": lives.node("bureau")}
    lives.user("province", "admin").post("/lines", line)
    until(lambda: chief.try_post(f"/matters/{matter}/issue", units).status_code == 200)
    held = chief.get("/assignments")["items"]
    assert [one["assignee"] for one in held] == [lives.node("office")]
    id = held[0]["id"]
    until(lambda: id in lives.rows("office"))
    lives.steps("office", id, "sign", "deploy", "report", "clear")
    # those above either of them see it on its way, and may urge; the other branch doesn't
    assert lives.state(id, "city") == lives.state(id, "province") == "CLOSE_REQ"
    assert id not in lives.rows("county")
    assert lives.refused("city", "grant", id, {"mark": "good"}, "supervisor") == "wrong-node"
    lives.do("bureau", "grant", id)
    lives.do("bureau", "strike", matter, {"result": "已办结"})
    assert lives.rows("office")[id]["struck"]


def test_what_is_issued_past_a_level_is_seen_and_urged_there_and_ruled_on_above(
    lives: Lives,
) -> None:
    matter, id = _issued(lives, "province", "town")
    until(lambda: id in lives.rows("town"))
    lives.agree()
    row = lives.rows("town")[id]
    assert lives.rows("city")[id] == lives.rows("county")[id] == row
    lives.do("city", "urge", id, {"text": "请按时签收"})
    seen = lives.user("town", "head").get(f"/assignments/{id}")
    assert (seen["parent"], seen["issuer"]) == (None, lives.node("province"))
    assert _said_by(seen, lives.node("city")) == ["urged"]
    for name, code in (("county", "wrong-node"), ("city", "wrong-node")):
        assert lives.refused(name, "split", id, {"lead": lives.node("town")}, "supervisor") == code
    lives.steps("town", id, "sign", "deploy", "report", "clear")
    assert lives.refused("county", "grant", id, {"mark": "good"}, "supervisor") == "wrong-node"
    lives.do("province", "grant", id)
    lives.strike(matter)


def test_a_county_can_t_issue_upwards_nor_sideways(lives: Lives) -> None:
    chief = lives.user("county", "supervisor")
    matter = chief.post("/matters", FORM)["id"]
    for name in ("city", "province", "office"):
        refused = chief.try_post(f"/matters/{matter}/issue", {"lead": lives.node(name)})
        assert (refused.status_code, refused.json()["code"]) == (403, "wrong-node")


def test_a_co_handler_added_later_reports_to_the_issuer_with_a_copy_to_the_lead(
    lives: Lives,
) -> None:
    matter, lead = _issued(lives, "province", "city")
    until(lambda: lead in lives.rows("city"))
    lives.steps("city", lead, "sign", "deploy", "report")
    lives.advance(2)
    chief = lives.user("province", "supervisor")
    assert "add-cohandler" in chief.get(f"/assignments/{lead}")["allowed"]
    units = {"cohandlers": [lives.node("bureau")]}
    assert lives.refused("city", "add-cohandler", lead, units, "supervisor") == "wrong-node"
    made = lives.do("province", "add-cohandler", lead, units)["assignments"]
    co = made[0]["id"]
    assert made[0]["due"]["k7"] == lives.clock(lead, "k7")["due"]
    assert lives.rows("bureau")[co]["kind"] == "co"
    code = lives.refused("province", "add-cohandler", lead, units, "supervisor")
    assert code == "conflict"
    lives.steps("bureau", co, "sign", "deploy", "report")
    city = lives.user("city", "supervisor")
    bureau = lives.node("bureau")
    until(lambda: _said_by(city.get(f"/assignments/{lead}"), bureau) == ["copied"])
    lives.do("bureau", "clear", co)
    lives.do("city", "clear", lead)
    lives.do("province", "grant", co)
    lives.do("province", "grant", lead)
    lives.strike(matter)


def test_every_node_verifies_after_all_that(lives: Lives) -> None:
    for name in lives.plan:
        assert verify(lives.hosts[name].host).findings == []
