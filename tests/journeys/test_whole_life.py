"""One matter with all that can happen to it, over four levels and real HTTP.

A refusal and reassignment, an extension refused and one granted, a plan, a returned clearance, a
proved complaint, strike-off; the enterprise sees each public step; all books agree after each.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import pytest

from node.service.verify import verify
from tests.support.lives import Firm, Lives

WHY = {"reason": "依据不足"}


@pytest.fixture(scope="module")
def lives(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lives]:
    made = Lives(tmp_path_factory.mktemp("life"))
    yield made
    made.stop()


def _day(instant: str, later: int = 0) -> str:
    """The last day that lies before an exclusive due instant, or one some days later."""
    return str(date.fromisoformat(instant[:10]) + timedelta(later))


def test_one_matter_with_all_that_can_happen_to_it(lives: Lives) -> None:
    firm = Firm(lives)
    matter = firm.taken_up()
    wrong, co = lives.issue(matter, "bureau", "town")
    assert firm.track()["unit"] == "示例bureau"

    # refusal and reassignment: one lead all the time, within the matter's time
    asked = {"grounds": "不属职责", "proposed": lives.node("city")}
    lives.do("bureau", "refuse", wrong, asked)
    promised = lives.clock(wrong, "k7")["due"]
    assert lives.refused("bureau", "reassign", wrong, {"to": "x"}, "supervisor") == "wrong-node"
    whole = lives.do("province", "reassign", wrong, {"to": lives.node("city")})["to"]
    assert lives.state(wrong) == "RELIEVED"
    assert lives.clock(whole, "k7")["due"] == promised
    assert firm.track()["unit"] == "示例city"
    assert lives.refused("bureau", "sign", wrong, {}, "head") == "wrong-state"
    lives.steps("city", whole, "sign", "deploy", "report")
    lives.steps("town", co, "sign", "deploy", "report", "clear")

    (part,) = lives.split("city", whole, "county")
    lives.steps("county", part, "sign", "deploy", "report")
    (deepest,) = lives.split("county", part, "town")
    assert lives.clock(deepest, "k7")["due"] == lives.clock(part, "k7")["due"] == promised

    # an extension refused, one granted; a request moves nothing, and neither moves a part
    more = {"reason": "连日降雨", "until": _day(promised, 5)}
    lives.do("county", "extend", part, more)
    assert lives.clock(part, "k7")["due"] == promised
    code = lives.refused("city", "grant-extension", part, {}, "supervisor")
    assert code == "bad-input"  # past the whole's own due instant
    lives.do("city", "refuse-extension", part, WHY)
    lives.do("city", "extend", whole, more)
    lives.do("province", "grant-extension", whole)
    extended = lives.clock(whole, "k7")["due"]
    assert _day(extended) == _day(promised, 5)
    assert lives.clock(part, "k7")["due"] == promised
    lives.do("county", "extend", part, more | {"until": _day(promised, 3)})
    lives.do("city", "grant-extension", part)
    assert _day(lives.clock(part, "k7")["due"]) == _day(promised, 3)
    assert lives.refused("county", "extend", part, more, "head") == "conflict"  # twice at most

    # a plan, in the place of the last clock
    lives.steps("town", deepest, "sign", "deploy", "report")
    milestones = [
        {"name": "征拆", "date": _day(promised)},
        {"name": "铺筑", "date": _day(promised, 2)},
    ]
    plan = {"solution": "先征拆、后铺筑", "milestones": milestones}
    lives.do("town", "plan", deepest, plan)
    lives.do("county", "refuse-plan", deepest, WHY)
    lives.do("town", "plan", deepest, plan)
    lives.do("county", "grant-plan", deepest)
    assert lives.state(deepest, "town") == "HUNG"
    lives.do("town", "report", deepest, {"text": "已征拆3户", "milestone": "kp1"})
    assert lives.clock(deepest, "kp1")["verdict"] == "on_time"

    # a returned clearance, then granted level by level
    lives.do("town", "clear", deepest)
    due = lives.clock(deepest, "kp2")["due"]
    lives.advance(1)
    lives.do("county", "return", deepest, {"reason": "缺少验收记录"})
    assert _day(lives.clock(deepest, "kp2")["due"]) == _day(due, 1)  # the review is given back
    lives.do("town", "clear", deepest)
    lives.do("county", "grant", deepest)
    lives.do("county", "clear", part)
    lives.do("city", "grant", part)
    lives.do("city", "clear", whole)
    lives.do("province", "grant", co)
    lives.do("province", "grant", whole)
    assert firm.track()["stage"] == "已办结"

    # a proved complaint opens round 2, and round 1's verdict stays
    firm.track("/rate", score=1, remark="仍未通车")
    firm.track("/complain", text="仍未通车")
    judged = {"finding": "proved", "grounds": "现场核实"}
    chief = lives.user("province", "supervisor")
    assert chief.post(f"/drafts/{firm.receipt['id']}/judge", judged)["reopened"] == whole
    lives.agree()
    assert lives.state(whole, "city") == "DOING"
    assert lives.clock(whole, "k7")["verdict"] == "on_time"
    lives.do("city", "clear", whole)
    lives.do("province", "grant", whole, {"mark": "pass"})
    lives.strike(matter)
    told = firm.track()
    assert (told["stage"], told["complaints"][0]["finding"]) == ("已销号", "proved")
    assert firm.steps() == [
        "线索/申报", "拟办", "已立项",
        "已交办(待签收)",  # to the bureau, which it wasn't for
        "已交办(待签收)", "已签收", "已部署", "已反馈进展", "已申请办结", "已办结",
        "复核发回", "已申请办结", "已办结", "已销号",
    ]  # fmt: skip


def test_every_node_verifies_after_all_that(lives: Lives) -> None:
    for name in lives.plan:
        assert verify(lives.hosts[name].host).findings == []
