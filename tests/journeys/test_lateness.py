"""What was stated in time but came late is ruled so by its issuer's node, by itself, once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from node.service import enrol
from node.service.clock import OffsetClock
from node.service.place import Place
from node.service.verify import verify
from tests.node.domain.commands.stage import DEPLOY, DONE, FORM
from tests.schemas.rule_examples import LAWFUL
from tests.support.hosts import Running, User, join, running, until

POLICY = LAWFUL["duban.policy.published"]


@pytest.fixture
def town(tmp_path: Path) -> Iterator[tuple[Running, Running, Place, Place]]:
    hosts = [Running(tmp_path / name) for name in ("above", "below")]
    with running(*hosts):
        above, below = hosts
        born = enrol.init(above.host, "示例市", "city", root="gov")
        root = above.host.place(born.node)
        node = enrol.init(below.host, "示例区", "county").node
        yield above, below, root, join(root, above, node, below)


def test_a_report_that_came_an_hour_late_is_ruled_late_by_the_issuer_s_node(
    town: tuple[Running, Running, Place, Place],
) -> None:
    above, below, root, city = town
    boss = User(above, root.tenant.node, "supervisor")
    head = User(below, city.tenant.node, "head")
    matter = boss.post("/matters", FORM)["id"]
    task = boss.post(f"/matters/{matter}/issue", {"lead": city.tenant.node})["assignments"][0]
    path = f"/assignments/{task['id']}"
    until(lambda: [one for one in head.get("/assignments")["items"] if one["id"] == task["id"]])
    head.post(f"{path}/sign")
    until(lambda: boss.get(path)["state"] == "SIGNED")
    now = above.host.now
    assert isinstance(now, OffsetClock)
    now.advance(timedelta(days=2))  # stage 1 ends here; below it is still two days earlier
    head.post(f"{path}/deploy", DEPLOY)
    told = until(lambda: _of(boss.get(path), "ruled"))
    assert len(told) == 1
    assert (told[0]["data"]["clock"], "by" in told[0]["data"]) == ("k1", False)
    for user in (boss, head):
        until(lambda user=user: _of(user.get(path), "ruled"))
        assert user.get(path)["verdict"]["k1"] == "late"
    head.post(f"{path}/report", DONE)
    until(lambda: len(_of(boss.get(path), "ruled")) == 2)
    head.post(f"{path}/report", DONE)  # stops no clock
    until(lambda: len(_of(boss.get(path), "reported")) == 2)
    assert len(_of(boss.get(path), "ruled")) == 2
    for host in (above, below):
        assert verify(host.host).findings == []


def test_a_policy_that_tolerates_three_days_lets_the_same_report_count_as_stated(
    town: tuple[Running, Running, Place, Place],
) -> None:
    above, below, root, city = town
    boss = User(above, root.tenant.node, "supervisor")
    head = User(below, city.tenant.node, "head")
    terms = {name: value for name, value in POLICY.items() if name != "by"}
    wide = {"boards": ["daily"], "grades": ["general"], "counts": "natural", "tolerance": 4320}
    boss.post("/policies", terms | wide)
    matter = boss.post("/matters", FORM)["id"]
    task = boss.post(f"/matters/{matter}/issue", {"lead": city.tenant.node})["assignments"][0]
    path = f"/assignments/{task['id']}"
    until(lambda: [one for one in head.get("/assignments")["items"] if one["id"] == task["id"]])
    head.post(f"{path}/sign")
    until(lambda: boss.get(path)["state"] == "SIGNED")
    now = above.host.now
    assert isinstance(now, OffsetClock)
    now.advance(timedelta(days=2))
    head.post(f"{path}/deploy", DEPLOY)
    until(lambda: boss.get(path)["state"] == "DOING")
    assert not _of(boss.get(path), "ruled")
    now.advance(timedelta(days=2))
    head.post(f"{path}/report", DONE)
    assert len(until(lambda: _of(boss.get(path), "ruled"))) == 1  # four days are too many


def _of(found: dict[str, Any], word: str) -> list[dict[str, Any]]:
    return [one for one in found["events"] if one["type"].endswith(f".{word}")]
