"""Statistics and scores at a province, a city and a county: every number has its list."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import Client

from node.api.app import make_app
from node.domain.commands import DomainRefused
from node.domain.evaluation.periods import month_of
from node.domain.permissions import may
from node.service import scores, statistics, users, work
from tests.support.counted import follow, rows
from tests.support.forms import DEPLOY, DONE, FORM
from tests.support.onehost import OneHost

PARENTS = {"province": None, "city": "province", "county": "city", "bureau": "province"}
GOOD = {"mark": "excellent"}


class Country(OneHost):
    """With a program of a supervisor's at each node."""

    def __init__(self, path: Path, database: str) -> None:
        super().__init__(path, database, dict(PARENTS))
        client = Client(make_app(self.host, movable=False))
        self.gets = {name: self._program(client, name) for name in PARENTS}

    def _program(self, client: Client, name: str) -> Callable[[str], Any]:
        token = users.add(self.host, self.node(name), "u", "supervisor").token

        def get(path: str) -> Any:
            answer = client.get(f"/api/v1{path}", headers={"Authorization": f"Bearer {token}"})
            assert answer.status_code == 200, answer.text
            return answer.json

        return get

    def matter(self, issuer: str, lead: str, **change: Any) -> tuple[str, str]:
        made = self.do(issuer, "matter.register", form={**FORM, **change})
        handed = self.do(issuer, "matter.issue", made["id"], {"lead": self.node(lead)})
        self.settle()
        return str(made["id"]), str(handed["assignments"][0]["id"])

    def do(self, name: str, operation: str, id: str = "", form: Any = None) -> dict[str, Any]:
        role = "supervisor" if may("supervisor", operation.partition(".")[2]) else "head"
        place, actor = self.places[name], self.actor(name, role)
        return work.run(self.host, place, actor, operation, id, form or {})

    def work(self, name: str, id: str, *words: str) -> None:
        forms = {"sign": {}, "deploy": DEPLOY, "report": DONE, "clear": DONE}
        for word in words:
            self.do(name, f"assignment.{word}", id, forms[word])
        self.settle()

    def pass_days(self, count: int) -> None:
        self.ahead += timedelta(days=count)
        self.settle()

    def stage(self, name: str, stage: str, query: dict[str, Any] | None = None) -> dict[str, Any]:
        told = statistics.statistics(self.host, self.places[name], query or {})
        found: dict[str, Any] = told["total"]["stages"][stage]["due"]
        return found


@pytest.fixture
def country(tmp_path: Path, database_url: str) -> Iterator[Country]:
    made = Country(tmp_path, database_url)
    yield made
    made.close()


def lived(country: Country) -> None:
    """One matter cleared in time, one returned and cleared late, one never touched, one cancelled,
    one merged, one a part of which is with the county, and one of the city's own."""
    _, prompt = country.matter("province", "city")
    _, slow = country.matter("province", "bureau", board="reform")
    country.matter("province", "city", grade="major", region="140105")
    gone, _ = country.matter("province", "bureau")
    twin, _ = country.matter("province", "city")
    into, whole = country.matter("province", "city", title="整改某县道警示标志缺失")
    country.do("province", "matter.cancel", gone, {"grounds": "重复立项"})
    country.do("province", "matter.merge", twin, {"into": into, "grounds": "同一事项"})
    country.work("city", prompt, "sign", "deploy", "report", "clear")
    country.do("province", "assignment.grant", prompt, GOOD)
    country.work("city", whole, "sign", "deploy")
    country.do("city", "assignment.split", whole, {"lead": country.node("county")})
    country.matter("city", "county")
    country.work("bureau", slow, "sign", "deploy", "report")
    country.pass_days(9)
    country.work("bureau", slow, "clear")
    country.do("province", "assignment.return", slow, {"reason": "佐证不全"})
    country.settle()
    country.pass_days(2)
    country.work("bureau", slow, "clear")
    country.settle()


def test_every_number_at_every_node_is_the_length_of_its_list(country: Country) -> None:
    lived(country)
    month = month_of(country.host.now().business)
    looked = {
        "province": ("/statistics", f"/statistics?month={month}&by=unit", "/scores"),
        "city": ("/statistics?by=board", "/statistics/ageing?by=unit", "/scores"),
        "county": ("/statistics?by=region", "/statistics/ageing"),
        "bureau": ("/statistics/ageing?by=board", "/scores"),
    }
    for name, paths in looked.items():
        get = country.gets[name]
        assert sum(follow(get, get(path)) for path in paths) > 5


def test_the_numbers_are_those_of_the_story(country: Country) -> None:
    lived(country)
    total = country.gets["province"]("/statistics")["total"]
    assert total["matters"]["counts"] == {
        "registered": 6, "cancelled": 1, "merged": 1, "cleared": 1, "open": 3,
    } | {"registered": 7, "open": 4}  # the city's own climbs to the province  # fmt: skip
    assert total["matters"]["clearance_rate"] == 0.2
    k1 = total["stages"]["k1"]["due"]
    # prompt, slow and whole deployed at once; the major one, the part and the city's own never
    assert k1["counts"] == {
        "expected": 6, "submitted": 3, "on_time": 3, "late": 3, "missing": 3, "paused": 0,
    }  # fmt: skip
    assert (k1["completeness"], k1["timeliness"]) == (0.5, 0.5)
    k7 = total["stages"]["k7"]["due"]["counts"]
    assert (k7["expected"], k7["submitted"], k7["on_time"], k7["late"]) == (5, 2, 1, 4)
    review = total["stages"]["ka"]["due"]["counts"]
    assert (review["expected"], review["on_time"], review["missing"]) == (2, 2, 0)
    assert total["turns"]["counts"]["returned"] == 1
    assert total["turns"]["counts"]["excellent"] == 1
    assert total["overdue_days"]["sum"] > 0


def test_region_divides_matters_by_their_place_and_the_rest_by_their_unit(country: Country) -> None:
    lived(country)
    found = {row["key"]: row for row in country.gets["province"]("/statistics?by=region")["rows"]}
    assert found["1401"]["matters"]["counts"]["registered"] == 1
    assert found["none"]["matters"]["counts"]["registered"] == 6
    deep = country.gets["province"]("/statistics?by=region&region=1401")["rows"]
    assert [row["key"] for row in deep] == ["140105"]


def test_an_open_review_is_the_issuer_s_and_late_after_three_working_days(country: Country) -> None:
    _, id = country.matter("province", "city")
    country.work("city", id, "sign", "deploy", "report", "clear")
    assert country.stage("province", "ka")["counts"]["expected"] == 0
    country.pass_days(14)
    for name, missing in (("province", 1), ("city", 0)):
        counts = country.stage(name, "ka")["counts"]
        assert (counts["missing"], counts["late"], counts["expected"]) == (missing,) * 3
        listed = rows(country.gets[name], "/clocks?stage=ka&count=missing")
        assert [one["unit"] for one in listed] == [country.node("province")] * missing
    country.do("province", "assignment.grant", id, GOOD)
    country.settle()
    for name in ("province", "city"):
        counts = country.stage(name, "ka")["counts"]
        assert (counts["late"], counts["submitted"], counts["missing"]) == (1, 1, 0)


def test_a_table_published_by_the_root_scores_the_months_that_begin_after_it(
    country: Country,
) -> None:
    lived(country)
    this = month_of(country.host.now().business)
    line = {"measure": "returned", "effect": "deduct", "points": 250, "per": "each", "most": 9000}
    form = {"version": "monthlyscore/1", "lines": [line], "minimum": 1}
    place, actor = country.places["province"], country.actor("province", "supervisor")
    scores.publish(country.host, place, actor, form)
    country.settle()
    for name in PARENTS:
        told = scores.show(country.host, country.places[name])
        assert (told["in_force"]["version"], told["next_month"]) == (
            "monthlyscore/0", "monthlyscore/1",
        )  # fmt: skip
        assert scores.one(country.host, country.places[name], "monthlyscore/1")["lines"] == [line]
    found = scores.scores(country.host, place, {"month": this})
    assert (found["table"], found["final"], found["minimum"]) == ("monthlyscore/0", False, 5)
    tried = scores.scores(country.host, place, {"table": "monthlyscore/1"})
    bureau = next(row for row in tried["rows"] if row["unit"] == country.node("bureau"))
    assert (bureau["score"], bureau["rank"]) == (97.5, 1)
    assert [(one["count"], one["points"]) for one in bureau["lines"]] == [(1, -2.5)]
    assert "-2.50  returned: 1" in scores.explained(bureau)
    country.pass_days(40)
    later = scores.scores(country.host, place, {})
    assert later["table"] == "monthlyscore/1"
    assert later["month"] > this


def test_only_the_root_publishes_and_a_version_never_again(country: Country) -> None:
    for name, form, code in (
        ("city", {"version": "monthlyscore/1"}, "wrong-node"),
        ("province", {"version": "monthly/1"}, "bad-input"),
        ("province", {"version": "monthlyscore/1", "weights": []}, "bad-input"),
        ("province", {"version": "monthlyscore/1", "minimum": 0}, "bad-input"),
        ("province", {"version": "monthlyscore/1"}, ""),
        ("province", {"version": "monthlyscore/1"}, "conflict"),
    ):
        actor, place = country.actor(name, "supervisor"), country.places[name]
        if not code:
            assert scores.publish(country.host, place, actor, form)["minimum"] == 5
            continue
        with pytest.raises(DomainRefused) as caught:
            scores.publish(country.host, place, actor, form)
        assert caught.value.code == code
    with pytest.raises(DomainRefused, match="no score table monthlyscore/9"):
        scores.one(country.host, country.places["province"], "monthlyscore/9")


def test_verify_rebuilds_what_is_counted_to_the_same(country: Country) -> None:
    lived(country)
    assert country.findings() == []
