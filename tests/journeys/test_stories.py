"""The article's stories over four levels and real HTTP; after each step all books agree."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest

from deploy.sample.railway import problems
from node.service.verify import verify
from tests.support.forms import DEPLOY, DONE, FORM
from tests.support.hosts import until
from tests.support.lives import Firm, Lives


@pytest.fixture(scope="module")
def lives(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lives]:
    made = Lives(tmp_path_factory.mktemp("stories"))
    yield made
    made.stop()


def test_a_firm_s_stalled_building_land_from_its_submission_to_its_rating(lives: Lives) -> None:
    firm = Firm(lives, title="厂区建设用地停滞三年", situation="厂区二期建设用地批而未供")
    matter = firm.taken_up(
        title="办结示例公司二期建设用地供地手续",
        content="示例公司二期用地批而未供。请于11月底前办结供地手续1宗。",
        indicators=[{"name": "供地手续", "unit": "宗", "target": "1", "evidence": "划拨决定书"}],
    )
    (whole,) = lives.issue(matter, "city")
    seen = firm.track()
    assert (seen["unit"], seen["promised"]) == ("示例city", lives.clock(whole, "k7")["due"])
    public = [
        ("sign", "已签收"), ("deploy", "已部署"), ("report", "已反馈进展"),
    ]  # fmt: skip
    for word, step in public:
        lives.do("city", word, whole)
        assert firm.last() == step
    (part,) = lives.split("city", whole, "county")
    lives.steps("county", part, "sign", "deploy", "report")
    (deepest,) = lives.split("county", part, "town")
    lives.steps("town", deepest, "sign", "deploy", "report", "clear")
    assert lives.refused("county", "clear", part, DONE, "head") == "wrong-state"
    for unit, below, id in (("county", "town", deepest), ("city", "county", part)):
        lives.do(unit, "grant", id)
        assert firm.last() == "已反馈进展"  # what happens below is not public
        above = part if unit == "county" else whole
        lives.do(unit, "clear", above)
        assert lives.state(id, below) == "CLOSED"
    assert firm.last() == "已申请办结"
    lives.do("province", "grant", whole)
    assert firm.track()["stage"] == "已办结"
    firm.track("/rate", score=5, remark="已拿到手续")
    lives.strike(matter)
    told = firm.track()
    assert (told["stage"], told["rating"]) == ("已销号", "5")
    assert firm.steps() == [
        "线索/申报", "拟办", "已立项", "已交办(待签收)", "已签收", "已部署", "已反馈进展",
        "已申请办结", "已办结", "已销号",
    ]  # fmt: skip
    assert DEPLOY["measures"] not in str(told)


def test_over_wide_transport_permits_are_solved_in_seven_days_with_a_follow_up(
    lives: Lives,
) -> None:
    matter = lives.register(title="办理示例企业超宽设备运输许可", content="办理超宽运输许可3件")
    lead, co = lives.issue(matter, "bureau", "city")
    for name, id in (("bureau", lead), ("city", co)):
        lives.steps(name, id, "sign", "deploy", "report")
    lives.advance(6)
    assert lives.rows("bureau")[lead]["light"] == lives.rows("province")[lead]["light"] == "yellow"
    lives.do("city", "clear", co)
    lives.do("bureau", "clear", lead)
    lives.do("province", "grant", co)
    lives.do("province", "grant", lead, {"mark": "excellent"})
    assert {kind: one for kind, one in lives.rows("province")[lead]["verdict"].items()} == {
        "k1": "on_time", "k3": "on_time", "k7": "on_time",
    }  # fmt: skip
    later = lives.register(title="拓宽示例收费站超宽车道", content="拓宽收费站超宽车道1条")
    lives.do("province", "link", matter, {"to": later, "kind": "follow-up"})
    lives.strike(matter)
    assert lives.matter(matter)["links"] == [["follow-up", later]]
    assert lives.matter(later)["links"] == [["follows", matter]]
    (widen,) = lives.issue(later, "bureau")
    lives.steps("bureau", widen, "sign", "deploy", "report")
    lives.advance(8)
    assert lives.rows("bureau")[widen]["light"] == "red"
    lives.do("bureau", "clear", widen)
    lives.do("province", "grant", widen)
    assert lives.clock(widen, "k7")["verdict"] == "late"
    lives.strike(later)


def test_ten_institutions_become_companies_within_a_month_by_two_milestones(lives: Lives) -> None:
    indicators = [{"name": "转制院所", "unit": "家", "target": "10"}]
    matter = lives.register(
        title="完成10家院所转企改制", board="reform", grade="major", indicators=indicators
    )
    (whole,) = lives.issue(matter, "city")
    lives.steps("city", whole, "sign", "deploy")
    (part,) = lives.split("city", whole, "county")
    lives.steps("county", part, "sign", "deploy", "report")
    month = lives.clock(part, "km")["due"]
    last = date.fromisoformat(month[:10])  # due is the next 00:00 in Shanghai: 16:00Z of that day
    milestones = [
        {"name": "工商注册", "date": str(last - timedelta(10))},
        {"name": "挂牌", "date": str(last)},
    ]
    plan = {"solution": "先注册、后挂牌", "milestones": milestones}
    lives.do("county", "plan", part, plan)
    assert lives.state(part) == "DOING"
    lives.do("city", "grant-plan", part)
    assert lives.state(part) == lives.state(part, "county") == "HUNG"
    assert lives.clock(part, "kp2")["due"] == month
    lives.advance(15)
    said = {"text": "10家完成工商注册", "milestone": "kp1"}
    lives.do("county", "report", part, said)
    assert lives.clock(part, "kp1")["verdict"] == "on_time"
    lives.do("city", "report", whole)
    lives.advance(12)
    readings = [{"name": "转制院所", "value": "10"}]
    lives.do("county", "report", part, {"text": "10家挂牌", "milestone": "kp2"})
    lives.do("county", "clear", part, {"text": "10家全部挂牌", "indicators": readings})
    lives.do("city", "grant", part)
    lives.do("city", "clear", whole)
    lives.do("province", "grant", whole)
    assert lives.clock(whole, "km")["verdict"] == lives.clock(part, "kp2")["verdict"] == "on_time"
    assert lives.clock(whole, "k3")["verdict"] == "late"
    lives.strike(matter)


def test_the_railway_s_problems_are_given_to_their_county_class_by_class(lives: Lives) -> None:
    kinds: dict[str, list[dict[str, Any]]] = {}
    for row in problems():
        kinds.setdefault(row["class"], []).append(row)
    sample = [row for rows in kinds.values() for row in rows[:2]]
    assert len(sample) == 12
    chief, head = lives.user("province", "supervisor"), lives.user("county", "head")

    def batch(user: Any, op: str, ids: list[str], bodies: list[Any]) -> list[dict[str, Any]]:
        commands = [
            {"op": op, "body": body} | ({"id": id} if id else {})
            for id, body in zip(ids, bodies, strict=True)
        ]
        results: list[dict[str, Any]] = user.post("/batch", {"commands": commands})["results"]
        lives.agree()
        return results

    before = {name: lives.user(name, "supervisor").get("/picture") for name in lives.plan}
    forms = [
        FORM
        | {
            "title": row["title"], "content": row["content"], "board": "daily", "grade": "major",
            "campaign": "railway", "class": row["class"], "indicators": row["indicators"],
        }
        for row in sample
    ]  # fmt: skip
    made = batch(chief, "matter.register", [""] * 12, forms)
    units = {"lead": lives.node("county")}
    handed = batch(chief, "matter.issue", [one["id"] for one in made], [units] * 12)
    ids = [one["assignments"][0]["id"] for one in handed]
    for op, body in (("sign", {}), ("deploy", DEPLOY), ("report", DONE), ("clear", DONE)):
        batch(head, f"assignment.{op}", ids, [body] * 12)
    batch(chief, "assignment.grant", ids[:11], [{"mark": "pass"}] * 11)
    batch(chief, "matter.strike", [one["id"] for one in made[:11]], [{"result": "已销号"}] * 11)
    rows = chief.get("/matters?campaign=railway&limit=500")["items"]
    assert sorted(one["class"] for one in rows) == sorted([*kinds] * 2)
    assert sorted(one["state"] for one in rows) == ["OPEN"] + ["STRUCK"] * 11
    for name in ("province", "city", "county"):
        picture = lives.user(name, "supervisor").get("/picture")
        unit = {one["unit"]: one for one in picture["units"]}[lives.node("county")]
        was = {one["unit"]: one for one in before[name]["units"]}.get(lives.node("county"), {})
        assert unit["assignments"] - was.get("assignments", 0) == 12
        assert unit["cleared"] - was.get("cleared", 0) == 11
        assert picture["assignments"] == sum(one["assignments"] for one in picture["units"])


def test_an_investment_project_from_signing_to_production_by_cumulative_reports(
    lives: Lives,
) -> None:
    def both_show(**wanted: Any) -> None:
        """The registrar's ledger and the province's, to which the project has climbed."""
        known = {"signed": 1, "signed_sum": "20000.5"} | wanted
        for name in ("city", "province"):
            until(lambda name=name: totals(name).items() >= known.items(), 20)
        assert totals("city") == totals("province")

    def totals(name: str) -> dict[str, Any]:
        """A node's totals; empty until it has heard of the project."""
        told = lives.user(name, "supervisor").get("/ledgers/investment/totals?group=city")
        groups = [{k: v for k, v in row.items() if k != "key"} for row in told["items"]]
        assert groups in ([], [told["total"]])  # a single city has all of it
        return dict(told["total"]) if groups else {}

    def report(unit: str, id: str, **values: str) -> Any:
        return lives.do(unit, "report", id, {"text": "项目进展", "ledger": values})

    signed = {
        "investor": "示例公司", "industry": "新材料", "signed_amount": "20000.5",
        "signed_on": "2026-10-08",
    }  # fmt: skip
    indicators = [{"name": "到位资金", "unit": "万元", "target": "20000.5"}]
    form = FORM | {
        "title": "示例新材料项目落地", "board": "investment", "grade": "major", "region": "140105",
        "content": "请按约开工、到位资金、投产。", "indicators": indicators, "ledger": signed,
    }  # fmt: skip
    city = lives.user("city", "supervisor")
    matter = city.post("/matters", form)["id"]
    both_show(started=0, funds_rate=0.0, produced=0)
    handed = lives.do("city", "issue", matter, {"lead": lives.node("county")})
    project = handed["assignments"][0]["id"]
    lives.steps("county", project, "sign", "deploy")
    (site,) = lives.split("county", project, "town")
    lives.steps("town", site, "sign", "deploy")

    report("county", project, started_on="2026-11-02")
    both_show(started=1, started_rate=1.0, funds_sum="0")
    report("county", project, funds="5000")
    both_show(funds_sum="5000")
    report("town", site, funds="7000")  # a part's figures stay in its own reports
    report("county", project, funds="16000.4")
    both_show(funds_sum="16000.4", funds_rate=0.8, produced=0)
    (warning,) = report("county", project, funds="15000")["warnings"]  # it can't become less
    assert warning["fields"] == ["funds"]
    report("county", project, funds="20000.5", produced_on="2026-11-20")
    both_show(funds_rate=1.0, produced=1, produced_rate=1.0)

    readings = {"text": "已投产", "indicators": [{"name": "到位资金", "value": "20000.5"}]}
    lives.do("town", "clear", site, readings)
    lives.do("county", "grant", site)
    lives.do("county", "clear", project, readings)
    lives.do("city", "grant", project, {"mark": "excellent"})
    lives.do("city", "strike", matter, {"result": "已投产,同意销号"})
    both_show(produced=1)
    seen = lives.user("province", "supervisor").get("/ledgers/investment/rows")["items"]
    assert [(one["id"], one["state"]) for one in seen] == [(matter, "STRUCK")]
    assert seen[0]["values"] == signed | {
        "started_on": "2026-11-02", "funds": "20000.5", "produced_on": "2026-11-20",
    }  # fmt: skip


def test_every_node_verifies_after_all_that(lives: Lives) -> None:
    for name in lives.plan:
        assert verify(lives.hosts[name].host).findings == []
